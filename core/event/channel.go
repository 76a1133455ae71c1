package event

import "sidestage/core"

// RaidReceived: the viewers of another channel came over.
type RaidReceived struct {
	From    core.Viewer `json:"from"`
	Viewers int         `json:"viewers"`
}

// ChannelUpdated: the streamer changed what the channel says of itself.
type ChannelUpdated struct {
	Title    string `json:"title"`
	Category string `json:"category"`
	Language string `json:"language,omitempty"`
}

// ViewerFollowed: somebody follows the channel now.
type ViewerFollowed struct {
	Viewer core.Viewer `json:"viewer"`
}

// ViewerSubscribed: somebody's subscription began. Tier is "1000", "2000" or
// "3000"; Gift says that they were given it.
type ViewerSubscribed struct {
	Viewer core.Viewer `json:"viewer"`
	Tier   string      `json:"tier"`
	Gift   bool        `json:"gift,omitempty"`
}

// ViewerCheered: somebody cheered; Viewer is empty when they do not want to be
// named.
type ViewerCheered struct {
	Viewer core.Viewer `json:"viewer"`
	Bits   int         `json:"bits"`
	Text   string      `json:"text,omitempty"`
}

// SubscriptionRevoked: Twitch does not tell us any more of one sort of thing. Status
// is Twitch's word for why, such as "authorization_revoked".
type SubscriptionRevoked struct {
	Subscription string `json:"subscription"` // its type, such as "stream.online"
	Status       string `json:"status"`
}

func (RaidReceived) Type() Type        { return "raid.received" }
func (ChannelUpdated) Type() Type      { return "channel.updated" }
func (ViewerFollowed) Type() Type      { return "viewer.followed" }
func (ViewerSubscribed) Type() Type    { return "viewer.subscribed" }
func (ViewerCheered) Type() Type       { return "viewer.cheered" }
func (SubscriptionRevoked) Type() Type { return "eventsub.revoked" }

func (e RaidReceived) Subject() string        { return e.From.ID }
func (ChannelUpdated) Subject() string        { return "channel" }
func (e ViewerFollowed) Subject() string      { return e.Viewer.ID }
func (e ViewerSubscribed) Subject() string    { return e.Viewer.ID }
func (e ViewerCheered) Subject() string       { return e.Viewer.ID }
func (e SubscriptionRevoked) Subject() string { return e.Subscription }
