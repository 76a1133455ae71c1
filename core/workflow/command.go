package workflow

import (
	"context"
	"time"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/saga"
	"sidestage/core/song"
)

// Command is a chat command as a saga's params. Its id is the chat message's.
type Command struct {
	Viewer core.Viewer `json:"viewer"`
	Roles  []chat.Role `json:"roles,omitempty"`
	Name   string      `json:"name"` // lower case, without "!"
	Arg    string      `json:"arg,omitempty"`
	At     time.Time   `json:"at"`
}

// queueShown is how many requests !queue names.
const queueShown = 4

// chatCommand: compose the answer, send it. A command without an answer ends
// there.
func (s *Sagas) chatCommand(ctx context.Context, run *saga.Run[Tx]) error {
	c, err := saga.Params[Command](run)
	if err != nil {
		return err
	}
	if c.Name == "sr" {
		return s.chatRequest(ctx, run, c)
	}
	a, err := saga.Local[Tx, answered]{Name: "compose", Run: func(_ context.Context, tx Tx) (answered, error) {
		return s.compose(tx, c)
	}}.Do(ctx, run)
	if err != nil {
		return err
	}
	if len(a.Gone) > 0 && s.Removed != nil {
		s.Removed(ctx, a.Gone...)
	}
	if a.Skip != nil {
		if a.Text, err = s.skip(ctx, run, c, *a.Skip); err != nil {
			return err
		}
	} else if a.Text == "" {
		return nil
	}
	return s.say(ctx, run, "reply", said{Text: a.Text, ReplyTo: run.ID(), Since: c.At})
}

// answered is what came of a command: a reply, "" for silence, or something to
// skip, whose reply is worded once that is known.
type answered struct {
	Text string   `json:"text,omitempty"`
	Skip *skipped `json:"skip,omitempty"`
	// Gone are requests that were taken out of the queue.
	Gone []song.Removal `json:"gone,omitempty"`
}

// answer does what a command asks for, in the transaction that books it, and
// words the reply.
type answer func(s *Sagas, tx Tx, c Command) (answered, error)

// talk is an answer that is only said.
func talk(word func(s *Sagas, tx Tx, c Command) (string, error)) answer {
	return func(s *Sagas, tx Tx, c Command) (answered, error) {
		text, err := word(s, tx, c)
		return answered{Text: text}, err
	}
}

// answers has one for every built-in command; a test compares them.
func answers() map[string]answer {
	return map[string]answer{
		"song":         talk((*Sagas).answerSong),
		"queue":        talk((*Sagas).answerQueue),
		"raffle":       talk((*Sagas).answerRaffle),
		"leaderboard":  talk((*Sagas).answerLeaderboard),
		"stats":        talk((*Sagas).answerStats),
		"achievements": talk((*Sagas).answerAchievements),
		"uptime":       talk((*Sagas).answerUptime),
		"commands":     talk((*Sagas).answerCommands),
		"command":      talk((*Sagas).answerCommand),
		"when":         talk((*Sagas).answerWhen),
		"wrongsong":    (*Sagas).answerWrongSong,
		"remove":       (*Sagas).answerRemove,
		"promote":      talk((*Sagas).answerPromote),
		"requests":     talk((*Sagas).answerRequests),
		"skip":         (*Sagas).answerSkip,
		"voteskip":     (*Sagas).answerVote,
	}
}

// compose answers a command. What it cannot do for a reason that viewers may
// know, it says.
func (s *Sagas) compose(tx Tx, c Command) (answered, error) {
	do, ok := answers()[c.Name]
	if !ok {
		do = talk((*Sagas).answerCustom)
	}
	a, err := do(s, tx, c)
	switch core.KindOf(err) {
	case core.Invalid, core.NotFound, core.Conflict, core.Denied:
		return answered{Text: s.words().Declined(c.Viewer.Name, err)}, nil
	default:
		return a, err
	}
}

func (s *Sagas) answerSong(tx Tx, c Command) (string, error) {
	now, err := song.NowPlaying(tx)
	if err != nil {
		return "", err
	}
	if now.Current == nil {
		return s.words().NothingPlaying(c.Viewer.Name), nil
	}
	return s.words().NowPlaying(c.Viewer.Name, spoken(*now.Current)), nil
}

func (s *Sagas) answerQueue(tx Tx, c Command) (string, error) {
	next, _, err := song.Queue(tx, queueShown)
	if err != nil {
		return "", err
	}
	songs := make([]chat.Song, len(next))
	for i, e := range next {
		songs[i] = spoken(e)
	}
	return s.words().Queue(c.Viewer.Name, songs), nil
}

func spoken(e song.Entry) chat.Song {
	return chat.Song{Title: e.Track.Name, Artists: e.Track.Artists, Requester: e.Viewer.Name}
}
