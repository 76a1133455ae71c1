package api

import (
	"context"
	"time"
)

// What becomes of the points of a request that is taken out of the queue.
const (
	PointsReturn = "return" // they go back to the viewer
	PointsStay   = "stay"   // they could go back and stay spent, as was asked
	PointsSpent  = "spent"  // they are spent, and Twitch cannot return them
	PointsNone   = "none"   // nobody paid
)

// What becomes of its copy in the player.
const (
	CopyNone  = "none"  // there is none: it was in our own queue
	CopyLater = "later" // it stands in Spotify's queue, and is skipped when its turn comes
	CopyNow   = "now"   // it plays, and is skipped
)

// OnOfflineRefund is the value of song.on_offline that returns points.
const OnOfflineRefund = "refund"

// RemoveRequest says what becomes of the points: Refund false leaves them
// spent, where they could return; absent is true.
type RemoveRequest struct {
	Refund *bool `json:"refund,omitempty"`
}

// Removed is a request that was, or would be, taken out of the queue. Says
// tells what that does to points and player.
type Removed struct {
	Track  Track  `json:"track"`
	Points string `json:"points"`
	Copy   string `json:"copy"`
	Says   string `json:"says"`
}

// MoveRequest is where to put a request: a Position of the queue. One that
// Spotify already has stays before it.
type MoveRequest struct {
	To int `json:"to"`
}

// Moved is a request in its new place.
type Moved struct {
	Track    Track `json:"track"`
	Position int   `json:"position"`
}

// ReplaceRequest gives a request another track.
type ReplaceRequest struct {
	Link string `json:"link"`
}

// Replaced is a request for another track, in its old place.
type Replaced struct {
	Track Track  `json:"track"`
	Was   string `json:"was"` // the title it had
}

// Cleared is everything that was taken out of the queue.
type Cleared struct {
	Removed []Removed `json:"removed"`
}

// CloseRequest says why requests are closed, as viewers read it.
type CloseRequest struct {
	Reason string `json:"reason,omitempty"`
}

// Requests says whether viewers may ask for songs.
type Requests struct {
	Open   bool      `json:"open"`
	Reason string    `json:"reason,omitempty"` // why not
	Since  time.Time `json:"since,omitzero"`   // when they were closed
}

// Outage is why nothing can be given to Spotify now, and Says what to do.
type Outage struct {
	Reason string    `json:"reason"`
	Says   string    `json:"says"`
	Since  time.Time `json:"since"`
}

// EndRequest says what becomes of unplayed requests; absent is as the setting
// song.on_offline says.
type EndRequest struct {
	Refund *bool `json:"refund,omitempty"`
}

// StreamEnd is what the end of the stream does, or would do, to what is
// unplayed. Kept are those that stay because their points cannot return or,
// without Refund, because they are to wait for the next stream.
type StreamEnd struct {
	Refund   bool      `json:"refund"`
	Refunded []Removed `json:"refunded"`
	Kept     []Removed `json:"kept"`
}

// RemoveFromQueue takes a request out of the queue; Conflict, reason "over",
// when it is not there any more.
func (c *Client) RemoveFromQueue(ctx context.Context, id string, r RemoveRequest) (Removed, error) {
	return ask[Removed](ctx, c, PostRemove, call{path: map[string]string{"id": id}, body: r})
}

// MoveInQueue gives a request another place; Conflict, reason "not-waiting",
// when Spotify has it already.
func (c *Client) MoveInQueue(ctx context.Context, id string, to int) (Moved, error) {
	return ask[Moved](ctx, c, PostMove, call{path: map[string]string{"id": id}, body: MoveRequest{To: to}})
}

// Promote makes a request the next of those that can be moved.
func (c *Client) Promote(ctx context.Context, id string) (Moved, error) {
	return ask[Moved](ctx, c, PostPromote, call{path: map[string]string{"id": id}})
}

// Replace gives a request another track. It keeps its place and its points.
func (c *Client) Replace(ctx context.Context, id, link string) (Replaced, error) {
	return ask[Replaced](ctx, c, PostReplace, call{path: map[string]string{"id": id}, body: ReplaceRequest{Link: link}})
}

// ClearQueue takes everything out of the queue that anybody asked for.
func (c *Client) ClearQueue(ctx context.Context, r RemoveRequest) (Cleared, error) {
	return ask[Cleared](ctx, c, PostClear, call{body: r})
}

// OpenRequests lets viewers ask for songs again.
func (c *Client) OpenRequests(ctx context.Context) (Requests, error) {
	return ask[Requests](ctx, c, PostOpen, call{})
}

// CloseRequests refuses requests of viewers, and names the reason in chat.
func (c *Client) CloseRequests(ctx context.Context, reason string) (Requests, error) {
	return ask[Requests](ctx, c, PostClose, call{body: CloseRequest{Reason: reason}})
}

// PreviewStreamEnd says what EndStream would do as the settings are.
func (c *Client) PreviewStreamEnd(ctx context.Context) (StreamEnd, error) {
	return ask[StreamEnd](ctx, c, GetStreamEnd, call{})
}

// EndStream does with what is unplayed what the end of a stream does.
func (c *Client) EndStream(ctx context.Context, r EndRequest) (StreamEnd, error) {
	return ask[StreamEnd](ctx, c, PostStreamEnd, call{body: r})
}
