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

// Commands lists the names the saga answers.
func Commands() []string { return []string{"song", "queue"} }

// queueShown is how many requests !queue names.
const queueShown = 4

// chatCommand: compose the answer, send it.
func (s *Sagas) chatCommand(ctx context.Context, run *saga.Run[Tx]) error {
	c, err := saga.Params[Command](run)
	if err != nil {
		return err
	}
	text, err := saga.Local[Tx, string]{Name: "compose", Run: func(_ context.Context, tx Tx) (string, error) {
		return compose(tx, c)
	}}.Do(ctx, run)
	if err != nil {
		return err
	}
	return s.say(ctx, run, "reply", said{Text: text, ReplyTo: run.ID(), Since: c.At})
}

func compose(tx Tx, c Command) (string, error) {
	switch c.Name {
	case "song":
		return composeSong(tx, c.Viewer.Name)
	case "queue":
		return composeQueue(tx, c.Viewer.Name)
	}
	return "", core.E(core.Internal, "no command %q", c.Name)
}

func composeSong(tx Tx, name string) (string, error) {
	now, err := song.NowPlaying(tx)
	if err != nil {
		return "", err
	}
	if now.Current == nil {
		return chat.NothingPlaying(name), nil
	}
	return chat.NowPlaying(name, spoken(*now.Current)), nil
}

func composeQueue(tx Tx, name string) (string, error) {
	next, _, err := song.Queue(tx, queueShown)
	if err != nil {
		return "", err
	}
	songs := make([]chat.Song, len(next))
	for i, e := range next {
		songs[i] = spoken(e)
	}
	return chat.Queue(name, songs), nil
}

func spoken(e song.Entry) chat.Song {
	return chat.Song{Title: e.Track.Name, Artists: e.Track.Artists, Requester: e.Viewer.Name}
}
