package api

import "time"

// SayRequest asks to say something in chat: one line of 1 … 500 characters. A
// "/", "." or "!" at its beginning is said, not obeyed.
type SayRequest struct {
	Text string `json:"text"`
}

// Said is what became of it.
type Said struct {
	MessageID string `json:"messageId"` // Twitch's
}

// Viewers is who is in the channel's chat, as far as the desk that runs knows:
// who spoke last first, then who came last.
type Viewers struct {
	Viewers    []Viewer `json:"viewers"`
	TotalCount int      `json:"totalCount"`
}

// Viewer is somebody who is here, with what they ever asked for and rolled. Of
// those who never did or said anything only the login may be known.
type Viewer struct {
	ID           string    `json:"id,omitempty"`
	Login        string    `json:"login"`
	DisplayName  string    `json:"displayName"`
	Roles        []string  `json:"roles,omitempty"` // broadcaster, moderator, vip, subscriber
	Since        time.Time `json:"since"`
	LastSpokeAt  time.Time `json:"lastSpokeAt,omitzero"`
	SongRequests int       `json:"songRequests"`
	Rolls        int       `json:"rolls"`
	Wins         int       `json:"wins"`
	Closest      *int      `json:"closest"` // distance of the closest losing roll; null without one
}
