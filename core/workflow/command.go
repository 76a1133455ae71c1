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
	text, err := saga.Local[Tx, string]{Name: "compose", Run: func(_ context.Context, tx Tx) (string, error) {
		return s.compose(tx, c)
	}}.Do(ctx, run)
	if err != nil || text == "" {
		return err
	}
	return s.say(ctx, run, "reply", said{Text: text, ReplyTo: run.ID(), Since: c.At})
}

// answer does what a command asks for, in the transaction that books it, and
// words the reply; "" is silence.
type answer func(s *Sagas, tx Tx, c Command) (string, error)

// answers has one for every built-in command; a test compares them.
func answers() map[string]answer {
	return map[string]answer{
		"song":        (*Sagas).answerSong,
		"queue":       (*Sagas).answerQueue,
		"raffle":      (*Sagas).answerRaffle,
		"leaderboard": (*Sagas).answerLeaderboard,
		"stats":       (*Sagas).answerStats,
		"uptime":      (*Sagas).answerUptime,
		"commands":    (*Sagas).answerCommands,
		"command":     (*Sagas).answerCommand,
	}
}

// compose answers a command. What it cannot do for a reason that viewers may
// know, it says.
func (s *Sagas) compose(tx Tx, c Command) (string, error) {
	do, ok := answers()[c.Name]
	if !ok {
		do = (*Sagas).answerCustom
	}
	text, err := do(s, tx, c)
	switch core.KindOf(err) {
	case core.Invalid, core.NotFound, core.Conflict, core.Denied:
		return s.words().Declined(c.Viewer.Name, err), nil
	default:
		return text, err
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
