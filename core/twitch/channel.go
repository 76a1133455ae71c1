package twitch

import (
	"time"

	"sidestage/core"
)

// Raid is the event of TypeRaid: the viewers of another channel come over.
type Raid struct {
	From    core.Viewer
	ToID    string // the channel they come to
	Viewers int
}

// ChannelUpdate is the event of TypeChannelUpdate.
type ChannelUpdate struct {
	BroadcasterID string
	Title         string
	Language      string
	CategoryID    string
	Category      string
}

// Follow is the event of TypeFollow.
type Follow struct {
	BroadcasterID string
	Viewer        core.Viewer
	At            time.Time // zero when Twitch's time cannot be read
}

// Subscribe is the event of TypeSubscribe: somebody's first month, or a month
// they were given. Months that follow are not told.
type Subscribe struct {
	BroadcasterID string
	Viewer        core.Viewer
	Tier          string // "1000", "2000" or "3000"
	Gift          bool   // Viewer was given it
}

// Cheer is the event of TypeCheer. An anonymous one has no Viewer.
type Cheer struct {
	BroadcasterID string
	Viewer        core.Viewer
	Bits          int
	Text          string
}

// Raid is the event of TypeRaid. Invalid, here and below, means that the
// message has no event.
func (m Message) Raid() (Raid, error) {
	var w struct {
		ID      string `json:"from_broadcaster_user_id"`
		Login   string `json:"from_broadcaster_user_login"`
		Name    string `json:"from_broadcaster_user_name"`
		To      string `json:"to_broadcaster_user_id"`
		Viewers int
	}
	err := m.event(&w)
	return Raid{From: core.Viewer{ID: w.ID, Login: w.Login, Name: w.Name}, ToID: w.To, Viewers: w.Viewers}, err
}

// ChannelUpdate is the event of TypeChannelUpdate.
func (m Message) ChannelUpdate() (ChannelUpdate, error) {
	var w struct {
		channelWire
		Title      string
		Language   string
		CategoryID string `json:"category_id"`
		Category   string `json:"category_name"`
	}
	err := m.event(&w)
	return ChannelUpdate{BroadcasterID: w.Channel, Title: w.Title, Language: w.Language, CategoryID: w.CategoryID, Category: w.Category}, err
}

// Follow is the event of TypeFollow.
func (m Message) Follow() (Follow, error) {
	var w struct {
		channelWire
		At string `json:"followed_at"`
	}
	err := m.event(&w)
	return Follow{BroadcasterID: w.Channel, Viewer: w.viewer(), At: moment(w.At)}, err
}

// Subscribe is the event of TypeSubscribe.
func (m Message) Subscribe() (Subscribe, error) {
	var w struct {
		channelWire
		Tier string
		Gift bool `json:"is_gift"`
	}
	err := m.event(&w)
	return Subscribe{BroadcasterID: w.Channel, Viewer: w.viewer(), Tier: w.Tier, Gift: w.Gift}, err
}

// Cheer is the event of TypeCheer.
func (m Message) Cheer() (Cheer, error) {
	var w struct {
		channelWire
		Anonymous bool `json:"is_anonymous"`
		Bits      int
		Message   string
	}
	err := m.event(&w)
	c := Cheer{BroadcasterID: w.Channel, Bits: w.Bits, Text: w.Message}
	if !w.Anonymous {
		c.Viewer = w.viewer()
	}
	return c, err
}

// channelWire is what events about a viewer in a channel have in common.
type channelWire struct {
	Channel   string `json:"broadcaster_user_id"`
	UserID    string `json:"user_id"`
	UserLogin string `json:"user_login"`
	UserName  string `json:"user_name"`
}

func (w channelWire) viewer() core.Viewer {
	return core.Viewer{ID: w.UserID, Login: w.UserLogin, Name: w.UserName}
}
