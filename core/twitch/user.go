package twitch

import (
	"context"
	"net/http"
	"time"

	"sidestage/core"
)

// User is an account. BroadcasterType is "partner", "affiliate" or "": only the
// first two have channel points.
type User struct {
	ID              string
	Login           string
	Name            string
	BroadcasterType string
}

// Self is the user the token belongs to.
func (c *Client) Self(ctx context.Context) (User, error) {
	u, err := one[struct {
		ID              string
		Login           string
		DisplayName     string `json:"display_name"`
		BroadcasterType string `json:"broadcaster_type"`
	}](ctx, c, request{method: http.MethodGet, path: "users"})
	return User{ID: u.ID, Login: u.Login, Name: u.DisplayName, BroadcasterType: u.BroadcasterType}, err
}

// Stream is a live broadcast.
type Stream struct {
	ID        string
	UserID    string
	Title     string
	Game      string
	Viewers   int
	StartedAt time.Time // zero when Twitch's time cannot be read
}

// Stream is what userID broadcasts now. A NotFound error with the reason
// "offline" means nothing; Twitch's answer may lag minutes behind the
// stream.online event.
func (c *Client) Stream(ctx context.Context, userID string) (Stream, error) {
	q, err := params("user_id", userID)
	if err != nil {
		return Stream{}, err
	}
	s, err := one[streamWire](ctx, c, request{method: http.MethodGet, path: "streams", query: q, rank: polls})
	if core.KindOf(err) == core.NotFound && status(err) == 0 {
		return Stream{}, core.Because(core.NotFound, "offline", "user %s is offline: %w", userID, err)
	}
	return s.stream(), err
}

type streamWire struct {
	ID        string
	UserID    string `json:"user_id"`
	Title     string
	Game      string `json:"game_name"`
	Viewers   int    `json:"viewer_count"`
	StartedAt string `json:"started_at"`
}

func (w streamWire) stream() Stream {
	return Stream{ID: w.ID, UserID: w.UserID, Title: w.Title, Game: w.Game, Viewers: w.Viewers, StartedAt: moment(w.StartedAt)}
}
