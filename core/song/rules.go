package song

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/stream"
)

// ExemptNobody is a Rule's Exempt beside the roles of chat: it holds for all.
const ExemptNobody chat.Role = "nobody"

// Rule is what a rule demands, and who it does not hold for: a role and all
// above it.
type Rule[V any] struct {
	Value  V
	Exempt chat.Role // "" is chat.Broadcaster
}

// Rules are what the settings demand of a viewer's request. Zero values demand
// nothing.
type Rules struct {
	Closed       chat.Role           // who may ask while requests are closed
	OnlyLive     Rule[bool]          // only while the stream is live
	QueueMax     Rule[int]           // most requests that wait, of everybody
	ViewerMax    Rule[int]           // most that wait, of one viewer
	SessionMax   Rule[int]           // most of one viewer in a stream, those withdrawn aside
	InRowMax     Rule[int]           // most of one viewer in a row among those that wait
	Cooldown     Rule[time.Duration] // between two of one viewer
	MinLength    Rule[time.Duration]
	MaxLength    Rule[time.Duration]
	NoExplicit   Rule[bool]          // no track that Spotify marks explicit
	NoRepeats    Rule[bool]          // no track that waits or plays
	PlayedWithin Rule[time.Duration] // no track that was played such a short time ago
	Blocked      chat.Role           // who blocks do not hold for
	Playable     Rule[bool]          // no track that is barred in the account's country
}

// RuleBook is what the rules need to know.
type RuleBook interface {
	// SongWaiting counts the requests of a viewer, or of everybody for "", that
	// wait or play; it need not count further than most.
	SongWaiting(viewerID string, most int) (int, error)
	// SongTail is whose the last n requests are that wait, last first.
	SongTail(n int) ([]string, error)
	// SongAsked counts the requests of a viewer since a time that were not
	// withdrawn, and says when the last of all was made; zero for none.
	SongAsked(viewerID string, since time.Time) (n int, last time.Time, err error)
	// SongHas reports whether a request for a track, or another release of it,
	// waits or plays.
	SongHas(Track) (bool, error)
	// SongPlayedSince reports whether one was played since then.
	SongPlayedSince(Track, time.Time) (bool, error)
	// SongBlocked finds a block of the track, of one of the artists by their
	// keys, or of the viewer; core.NotFound when there is none.
	SongBlocked(t Track, artists []string, v core.Viewer) (Block, error)
	// StreamLatest is the stream's session that began last; core.NotFound before
	// the first.
	StreamLatest() (stream.Session, error)
	SongGate() (Gate, error)
	SongLedger() (Ledger, error)
	Now() time.Time
}

// The reasons of requests that the rules refuse.
const (
	ReasonClosed        = "closed"
	ReasonOffline       = "offline"
	ReasonQueueFull     = "queue-full"
	ReasonViewerFull    = "viewer-full"
	ReasonSessionFull   = "session-full"
	ReasonInRow         = "in-a-row"
	ReasonCooldown      = "cooldown"
	ReasonTooShort      = "too-short"
	ReasonTooLong       = "too-long"
	ReasonExplicit      = "explicit"
	ReasonWaiting       = "waiting-already"
	ReasonPlaying       = "playing-already"
	ReasonPlayed        = "played-lately"
	ReasonBlockedTrack  = "blocked-track"
	ReasonBlockedArtist = "blocked-artist"
	ReasonBlockedViewer = "blocked-viewer"
	ReasonNotPlayable   = "not-playable"
)

// check is one rule: nil where the request may pass.
type check struct {
	exempt func(Rules) chat.Role
	broken func(RuleBook, Rules, Request) error
}

// checks are the rules in the order in which they are told: what nobody can
// change first, what only takes time last.
var checks = []check{
	{func(r Rules) chat.Role { return r.Closed }, open},
	{func(r Rules) chat.Role { return r.OnlyLive.Exempt }, onlyLive},
	{func(r Rules) chat.Role { return r.Blocked }, notBlocked},
	{func(r Rules) chat.Role { return r.Playable.Exempt }, playable},
	{func(r Rules) chat.Role { return r.NoExplicit.Exempt }, notExplicit},
	{func(r Rules) chat.Role { return r.MinLength.Exempt }, longEnough},
	{func(r Rules) chat.Role { return r.MaxLength.Exempt }, shortEnough},
	{func(r Rules) chat.Role { return r.NoRepeats.Exempt }, noRepeat},
	{func(r Rules) chat.Role { return r.PlayedWithin.Exempt }, notPlayedLately},
	{func(r Rules) chat.Role { return r.SessionMax.Exempt }, withinSession},
	{func(r Rules) chat.Role { return r.ViewerMax.Exempt }, withinViewer},
	{func(r Rules) chat.Role { return r.InRowMax.Exempt }, notInRow},
	{func(r Rules) chat.Role { return r.QueueMax.Exempt }, withinQueue},
	{func(r Rules) chat.Role { return r.Cooldown.Exempt }, cooledDown},
}

// Check holds a request that is about to come into the queue against the rules.
// role is the strongest its viewer is known to have; "" is none. The error is
// core.Denied with the reason, and with what makes the reason exact as its
// detail. In the transaction of the insert, no two requests pass on the same
// count.
func Check(book RuleBook, rules Rules, r Request, role chat.Role) error {
	for _, c := range checks {
		if exempt(c.exempt(rules), role) {
			continue
		}
		if err := c.broken(book, rules, r); err != nil {
			return err
		}
	}
	return nil
}

// exempt reports whether a role is from or above from.
func exempt(from, role chat.Role) bool {
	return from != ExemptNobody && role.AtLeast(cmp.Or(from, chat.Broadcaster))
}

func denied(reason, detail, format string, a ...any) error {
	return core.Tell(core.Because(core.Denied, reason, format, a...), detail)
}

// open: that requests are taken at all.
func open(book RuleBook, _ Rules, _ Request) error {
	g, err := book.SongGate()
	switch {
	case err != nil:
		return fmt.Errorf("see whether requests are open: %w", err)
	case !g.Closed():
		return nil
	}
	detail := ""
	if g.Reason != "" {
		detail = ": " + strings.TrimRight(g.Reason, ".")
	}
	return denied(ReasonClosed, detail, "song requests are closed right now%s", detail)
}

func onlyLive(book RuleBook, rules Rules, _ Request) error {
	if !rules.OnlyLive.Value {
		return nil
	}
	s, err := session(book)
	if err != nil || s.Live() {
		return err
	}
	return denied(ReasonOffline, "", "requests are taken only while the stream is live")
}

// session is the latest; a zero one, long over, before the first.
func session(book RuleBook) (stream.Session, error) {
	s, err := book.StreamLatest()
	if err != nil && core.KindOf(err) == core.NotFound {
		return stream.Session{EndedAt: time.UnixMilli(0)}, nil
	}
	if err != nil {
		return s, fmt.Errorf("read stream: %w", err)
	}
	return s, nil
}

func notBlocked(book RuleBook, _ Rules, r Request) error {
	var artists []string
	for _, name := range r.Track.Artists {
		artists = append(artists, artistKey(name))
	}
	b, err := book.SongBlocked(r.Track, artists, r.Viewer)
	switch {
	case err != nil && core.KindOf(err) == core.NotFound:
		return nil
	case err != nil:
		return fmt.Errorf("look for blocks: %w", err)
	}
	reason := map[BlockKind]string{BlockTrack: ReasonBlockedTrack, BlockArtist: ReasonBlockedArtist, BlockViewer: ReasonBlockedViewer}[b.Kind]
	return denied(reason, b.Name, "the %s %s is blocked", b.Kind, b.Name)
}

func playable(_ RuleBook, rules Rules, r Request) error {
	if !rules.Playable.Value || r.Track.Barred == "" {
		return nil
	}
	return denied(ReasonNotPlayable, "", "Spotify does not play %s for this account: %s", r.Track.Name, r.Track.Barred)
}

func notExplicit(_ RuleBook, rules Rules, r Request) error {
	if !rules.NoExplicit.Value || !r.Track.Explicit {
		return nil
	}
	return denied(ReasonExplicit, "", "Spotify marks %s explicit", r.Track.Name)
}

func longEnough(_ RuleBook, rules Rules, r Request) error {
	least := rules.MinLength.Value
	if r.Track.Duration >= least {
		return nil
	}
	return denied(ReasonTooShort, spoken(least), "%s is shorter than %s", r.Track.Name, least)
}

func shortEnough(_ RuleBook, rules Rules, r Request) error {
	most := rules.MaxLength.Value
	if most == 0 || r.Track.Duration <= most {
		return nil
	}
	return denied(ReasonTooLong, spoken(most), "%s is longer than %s", r.Track.Name, most)
}

func noRepeat(book RuleBook, rules Rules, r Request) error {
	if !rules.NoRepeats.Value {
		return nil
	}
	l, err := book.SongLedger()
	if err != nil {
		return fmt.Errorf("read player: %w", err)
	}
	if l.Seen.Active && l.Seen.Current != nil && same(*l.Seen.Current, r.Track.item()) {
		return denied(ReasonPlaying, "", "%s is playing", r.Track.Name)
	}
	if has, err := book.SongHas(r.Track); err != nil || !has {
		return err
	}
	return denied(ReasonWaiting, "", "%s waits in the queue already", r.Track.Name)
}

func notPlayedLately(book RuleBook, rules Rules, r Request) error {
	within := rules.PlayedWithin.Value
	if within == 0 {
		return nil
	}
	if played, err := book.SongPlayedSince(r.Track, book.Now().Add(-within)); err != nil || !played {
		return err
	}
	return denied(ReasonPlayed, spoken(within), "%s was played within the last %s", r.Track.Name, within)
}

func withinSession(book RuleBook, rules Rules, r Request) error {
	most := rules.SessionMax.Value
	if most == 0 {
		return nil
	}
	s, err := session(book)
	if err != nil {
		return err
	}
	n, _, err := book.SongAsked(r.Viewer.ID, s.StartedAt)
	if err != nil || n < most {
		return err
	}
	return denied(ReasonSessionFull, songs(most), "%s has had %s in this stream", r.Viewer.Name, songs(most))
}

func withinViewer(book RuleBook, rules Rules, r Request) error {
	most := rules.ViewerMax.Value
	if most == 0 {
		return nil
	}
	n, err := book.SongWaiting(r.Viewer.ID, most)
	if err != nil || n < most {
		return err
	}
	return denied(ReasonViewerFull, songs(most), "%s has %s in the queue", r.Viewer.Name, songs(most))
}

func notInRow(book RuleBook, rules Rules, r Request) error {
	most := rules.InRowMax.Value
	if most == 0 {
		return nil
	}
	tail, err := book.SongTail(most)
	others := slices.ContainsFunc(tail, func(id string) bool { return id != r.Viewer.ID })
	if err != nil || len(tail) < most || others {
		return err
	}
	return denied(ReasonInRow, songs(most), "the last %s in the queue are %s's", songs(most), r.Viewer.Name)
}

func withinQueue(book RuleBook, rules Rules, _ Request) error {
	most := rules.QueueMax.Value
	if most == 0 {
		return nil
	}
	n, err := book.SongWaiting("", most)
	if err != nil || n < most {
		return err
	}
	return denied(ReasonQueueFull, songs(most), "%s wait in the queue", songs(most))
}

func cooledDown(book RuleBook, rules Rules, r Request) error {
	pause := rules.Cooldown.Value
	if pause == 0 {
		return nil
	}
	_, last, err := book.SongAsked(r.Viewer.ID, book.Now())
	if err != nil || last.IsZero() {
		return err
	}
	left := last.Add(pause).Sub(book.Now())
	if left <= 0 {
		return nil
	}
	return denied(ReasonCooldown, spoken(left), "%s asked less than %s ago", r.Viewer.Name, pause)
}

// songs counts songs in words of chat.
func songs(n int) string {
	if n == 1 {
		return "1 song"
	}
	return strconv.Itoa(n) + " songs"
}

// spoken is a length of time in words of chat, rounded up.
func spoken(d time.Duration) string {
	seconds := int((d + time.Second - 1) / time.Second)
	if seconds < 60 {
		return strconv.Itoa(seconds) + " s"
	}
	text := strconv.Itoa(seconds/60) + " min"
	if seconds%60 > 0 && seconds < 600 {
		text += " " + strconv.Itoa(seconds%60) + " s"
	}
	return text
}
