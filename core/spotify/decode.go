package spotify

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"sidestage/core"
)

// wire is the form of an answer: decoded with room for fields that are absent,
// null or new. sane reports whether what it holds answers the call; the zero
// value is what an empty body leaves.
type wire interface{ sane() bool }

// decode reads the body of a 2xx. 204 and an empty body, also seen beside 200
// and 202, leave into as it is.
func (a answer) decode(into wire) error {
	e := &Error{Status: a.status, Kind: core.Unavailable, Reason: ReasonUnreadable}
	if a.cut != nil {
		e.Reason, e.Err = ReasonNoAnswer, a.cut
		return e
	}
	if body := bytes.TrimSpace(a.body); len(body) > 0 {
		if err := json.Unmarshal(body, into); err != nil {
			e.Err = err
			return e
		}
	}
	if !into.sane() {
		e.Message = "this does not answer the call"
		return e
	}
	return nil
}

type wireUser struct {
	ID          string `json:"id"`
	AccountID   string `json:"account_id"`
	DisplayName string `json:"display_name"`
	Product     string `json:"product"`
}

func (w *wireUser) sane() bool { return w.ID != "" || w.AccountID != "" }

type wirePlayer struct {
	IsPlaying  bool            `json:"is_playing"`
	Item       json.RawMessage `json:"item"`
	ItemKind   string          `json:"currently_playing_type"`
	ProgressMS figure          `json:"progress_ms"`
	Device     *wireDevice     `json:"device"`
	Actions    struct {
		wireDisallows
		Disallows wireDisallows `json:"disallows"`
	} `json:"actions"`
}

type wireDevice struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Type       string `json:"type"`
	Active     bool   `json:"is_active"`
	Private    bool   `json:"is_private_session"`
	Restricted bool   `json:"is_restricted"`
}

// wireDisallows stands in actions.disallows in life and directly in actions in
// the platform's own description.
type wireDisallows struct {
	SkippingNext bool `json:"skipping_next"`
}

// sane holds for nothing at all too: then nothing is playing anywhere.
func (*wirePlayer) sane() bool { return true }

func (w *wirePlayer) player(at time.Time) Player {
	p := Player{
		Playing: w.IsPlaying, Item: itemOrNil(w.Item), ItemKind: w.ItemKind, Progress: w.ProgressMS.times(time.Millisecond),
		Disallows: Disallows{SkippingNext: w.Actions.SkippingNext || w.Actions.Disallows.SkippingNext},
		At:        at,
	}
	if w.Device != nil {
		p.Device = Device(*w.Device)
	}
	p.Active = p.Playing || p.Item != nil || w.Device != nil
	return p
}

type wireDevices struct {
	Devices []wireDevice `json:"devices"`
}

// sane holds for nothing at all too: then there is no device.
func (*wireDevices) sane() bool { return true }

func (w *wireDevices) devices() []Device {
	all := make([]Device, 0, len(w.Devices))
	for _, d := range w.Devices {
		all = append(all, Device(d))
	}
	return all
}

type wireQueue struct {
	Current json.RawMessage   `json:"currently_playing"`
	Queue   []json.RawMessage `json:"queue"`
}

// sane holds for nothing at all too: then the queue is empty.
func (*wireQueue) sane() bool { return true }

func (w *wireQueue) queue() Queue {
	q := Queue{Current: itemOrNil(w.Current)}
	for _, raw := range w.Queue {
		q.Upcoming = append(q.Upcoming, anyItem(raw))
	}
	return q
}

type wireSearch struct {
	Tracks *struct {
		Items []json.RawMessage `json:"items"`
	} `json:"tracks"`
}

func (w *wireSearch) sane() bool { return w.Tracks != nil }

// tracks leaves out what is none, such as null.
func (w *wireSearch) tracks() []Track {
	var found []Track
	for _, raw := range w.Tracks.Items {
		var item wireItem
		_ = json.Unmarshal(raw, &item) // a field of an unforeseen form stays empty, the others count
		if item.kind() == KindTrack {
			found = append(found, item.track())
		}
	}
	return found
}

// figure is a whole number, also one written as a fraction or a string.
type figure int64

// UnmarshalJSON takes every form; what is no number is 0.
func (f *figure) UnmarshalJSON(data []byte) error {
	n, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || math.IsNaN(n) {
		n = 0
	}
	*f = figure(min(max(n, -most), most))
	return nil
}

// most is the largest figure that is believed.
const most = 1 << 53

// times is f of a unit of time; there is none below 0.
func (f figure) times(unit time.Duration) time.Duration {
	return time.Duration(min(max(int64(f), 0), math.MaxInt64/int64(unit))) * unit
}
