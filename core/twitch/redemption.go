package twitch

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"
	"time"

	"sidestage/core"
)

const redemptionsPath = rewardsPath + "/redemptions"

// Status is what became of a redemption, in Helix's spelling; events spell it
// in lower case and are translated.
type Status string

// The statuses. Only an unfulfilled redemption can be settled; cancelling gives
// the points back.
const (
	Unfulfilled Status = "UNFULFILLED"
	Fulfilled   Status = "FULFILLED"
	Canceled    Status = "CANCELED"
)

// Redemption is a viewer's spending of points on a reward, as Helix lists it
// and as events tell it.
type Redemption struct {
	ID            string
	BroadcasterID string
	Viewer        core.Viewer
	Input         string // what the viewer typed; "" when the reward asks for nothing
	Status        Status
	Reward        Reward    // only ID, Title, Cost and Prompt
	RedeemedAt    time.Time // zero when Twitch's time cannot be read
}

// Redemptions walks a reward's redemptions of one status, oldest first. The
// walk ends with the first error.
func (c *Client) Redemptions(ctx context.Context, broadcasterID, rewardID string, status Status) iter.Seq2[Redemption, error] {
	return func(yield func(Redemption, error) bool) {
		q, err := params("broadcaster_id", broadcasterID, "reward_id", rewardID, "status", string(status), "sort", "OLDEST", "first", "50")
		if err != nil {
			yield(Redemption{}, err)
			return
		}
		for w, err := range pages[redemptionWire](ctx, c, request{method: http.MethodGet, path: redemptionsPath, query: q}) {
			if !yield(w.redemption(), err) {
				return
			}
		}
	}
}

// Redemption is one redemption, whatever its status. Twitch forgets settled ones
// after a few days: NotFound.
func (c *Client) Redemption(ctx context.Context, broadcasterID, rewardID, id string) (Redemption, error) {
	q, err := params("broadcaster_id", broadcasterID, "reward_id", rewardID, "id", id)
	if err != nil {
		return Redemption{}, err
	}
	w, err := one[redemptionWire](ctx, c, request{method: http.MethodGet, path: redemptionsPath, query: q, rank: settles})
	return w.redemption(), err
}

// SetRedemption fulfils or cancels a redemption. An error that is ErrSettled
// means that it was not unfulfilled any more or does not exist; Denied, that
// another client id made the reward; Ambiguous, that reading it back will tell.
func (c *Client) SetRedemption(ctx context.Context, broadcasterID, rewardID, id string, to Status) error {
	q, err := params("broadcaster_id", broadcasterID, "reward_id", rewardID, "id", id)
	if err != nil {
		return err
	}
	body := struct {
		Status Status `json:"status"`
	}{to}
	_, err = one[redemptionWire](ctx, c, request{method: http.MethodPatch, path: redemptionsPath, query: q, json: body, rank: settles})
	if e, ok := errors.AsType[*Error](err); ok && !e.foreign() {
		// Production answers 404; the mock servers 400 with these words.
		e.settled = e.Status == http.StatusNotFound ||
			e.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(e.Message), "already")
	}
	return err
}

// redemptionWire is a redemption in Helix and in events alike.
type redemptionWire struct {
	ID            string
	BroadcasterID string `json:"broadcaster_id"`
	EventChannel  string `json:"broadcaster_user_id"` // the same, in events
	UserID        string `json:"user_id"`
	UserLogin     string `json:"user_login"`
	UserName      string `json:"user_name"`
	Input         string `json:"user_input"`
	Status        string
	RedeemedAt    string `json:"redeemed_at"`
	Reward        struct {
		ID, Title, Prompt string
		Cost              int
	}
}

func (w redemptionWire) redemption() Redemption {
	r := Redemption{
		ID:            w.ID,
		BroadcasterID: w.BroadcasterID,
		Viewer:        core.Viewer{ID: w.UserID, Login: w.UserLogin, Name: w.UserName},
		Input:         w.Input,
		Status:        Status(strings.ToUpper(w.Status)),
		Reward:        Reward{ID: w.Reward.ID, Title: w.Reward.Title, Cost: w.Reward.Cost, Prompt: w.Reward.Prompt},
		RedeemedAt:    moment(w.RedeemedAt),
	}
	if r.BroadcasterID == "" {
		r.BroadcasterID = w.EventChannel
	}
	return r
}
