package config

import (
	"errors"
	"math"
	"slices"
	"strings"
	"time"
)

// Rule is a rule for song requests: what it demands, and who it does not hold
// for, one of Exempts; a role stands for all above it, too.
type Rule[V any] struct {
	Value  V
	Exempt string
}

// Rules are the rules for song requests. 0 and false demand nothing.
type Rules struct {
	ClosedExempt string
	OnlyLive     Rule[bool]
	QueueMax     Rule[int]
	ViewerMax    Rule[int]
	SessionMax   Rule[int]
	InRowMax     Rule[int]
	Cooldown     Rule[time.Duration]
	MinLength    Rule[time.Duration]
	MaxLength    Rule[time.Duration]
	NoExplicit   Rule[bool]
	NoRepeats    Rule[bool]
	PlayedWithin Rule[time.Duration]
	BlocksExempt string
	Playable     Rule[bool]
}

// streamer is whom a rule spares, unless it says otherwise.
const streamer = "broadcaster"

// Exempts are the values of a rule's Exempt, from nobody on ever more people.
func Exempts() []string {
	return []string{"nobody", "broadcaster", "moderator", "vip", "subscriber", "everyone"}
}

// exempted accepts one of Exempts.
func exempted(s string) (string, error) {
	all := Exempts()
	if !slices.Contains(all, s) {
		return "", errors.New("expected one of " + strings.Join(all, ", "))
	}
	return s, nil
}

// rules are the rows of the rules: each has its value and whom it spares.
func rules() []setting {
	return slices.Concat(
		[]setting{
			text("song.rules.closed_exempt", streamer, func(s *Settings) *string { return &s.Song.Rules.ClosedExempt }, exempted,
				"Who may ask while requests are closed: this role and all above it. With reward.pause_closed they do so in chat, with !sr."),
		},
		onOff("only_live", false, func(r *Rules) *Rule[bool] { return &r.OnlyLive },
			"Take requests only while the stream is live."),
		limit("queue_max", 100, func(r *Rules) *Rule[int] { return &r.QueueMax },
			"Most requests that wait at a time. 0: any number."),
		limit("viewer_max", 0, func(r *Rules) *Rule[int] { return &r.ViewerMax },
			"Most requests of one viewer that wait at a time. 0: any number."),
		limit("session_max", 0, func(r *Rules) *Rule[int] { return &r.SessionMax },
			"Most requests of one viewer in a stream. 0: any number."),
		limit("in_row_max", 0, func(r *Rules) *Rule[int] { return &r.InRowMax },
			"Most requests of one viewer one after the other, without another viewer's between them. 0: any number."),
		span("cooldown", "0s", func(r *Rules) *Rule[time.Duration] { return &r.Cooldown },
			"Time between two requests of one viewer, such as 5m."),
		span("min_length", "0s", func(r *Rules) *Rule[time.Duration] { return &r.MinLength },
			"Shortest track that is taken, such as 30s."),
		span("max_length", "15m", func(r *Rules) *Rule[time.Duration] { return &r.MaxLength },
			"Longest track that is taken. 0s: any."),
		onOff("no_explicit", false, func(r *Rules) *Rule[bool] { return &r.NoExplicit },
			"Refuse tracks that Spotify marks explicit."),
		onOff("no_repeats", false, func(r *Rules) *Rule[bool] { return &r.NoRepeats },
			"Refuse a track that waits in the queue or is playing."),
		span("played_within", "0s", func(r *Rules) *Rule[time.Duration] { return &r.PlayedWithin },
			"Refuse a track that was requested and played such a short time ago, such as 1h."),
		[]setting{
			text("song.rules.blocks_exempt", streamer, func(s *Settings) *string { return &s.Song.Rules.BlocksExempt }, exempted,
				"Who may ask for what queue block keeps out: this role and all above it."),
		},
		spared("playable", "nobody", boolean("song.rules.playable", true, func(s *Settings) *bool { return &s.Song.Rules.Playable.Value },
			"Refuse tracks that Spotify says it does not play in your country."),
			func(s *Settings) *string { return &s.Song.Rules.Playable.Exempt }),
	)
}

func onOff(name string, def bool, at func(*Rules) *Rule[bool], doc string) []setting {
	return spared(name, streamer, boolean("song.rules."+name, def, func(s *Settings) *bool { return &at(&s.Song.Rules).Value }, doc),
		func(s *Settings) *string { return &at(&s.Song.Rules).Exempt })
}

func limit(name string, def int, at func(*Rules) *Rule[int], doc string) []setting {
	return spared(name, streamer, number("song.rules."+name, def, func(s *Settings) *int { return &at(&s.Song.Rules).Value }, 0, math.MaxInt16, doc),
		func(s *Settings) *string { return &at(&s.Song.Rules).Exempt })
}

func span(name, def string, at func(*Rules) *Rule[time.Duration], doc string) []setting {
	return spared(name, streamer, duration("song.rules."+name, def, func(s *Settings) *time.Duration { return &at(&s.Song.Rules).Value }, 0, 24*time.Hour, doc),
		func(s *Settings) *string { return &at(&s.Song.Rules).Exempt })
}

// spared gives a rule the row that says whom it spares; exempt is whom by
// default.
func spared(name, exempt string, rule setting, at func(*Settings) *string) []setting {
	return []setting{rule, text("song.rules."+name+"_exempt", exempt, at, exempted,
		"Who "+name+" does not hold for: nobody, broadcaster, moderator, vip, subscriber or everyone, with all above.")}
}
