package api

import "context"

// Device is where the Spotify account can play.
type Device struct {
	ID         string `json:"id,omitempty"` // empty where Spotify gives none; not the same for ever
	Name       string `json:"name"`
	Type       string `json:"type"` // computer, smartphone, speaker, …
	Active     bool   `json:"active"`
	Restricted bool   `json:"restricted,omitempty"` // takes no commands from programs
}

// DeviceRequest picks where to play, by id or by name.
type DeviceRequest struct {
	Device string `json:"device"`
}

// Devices lists where the Spotify account can play now; a device that is not
// open anywhere is not among them.
func (c *Client) Devices(ctx context.Context) ([]Device, error) {
	return ask[[]Device](ctx, c, GetDevices, call{})
}

// PickDevice moves playback to a device and starts it there. NotFound when there
// is none of that id or name, Conflict when several have the name or it takes no
// commands.
func (c *Client) PickDevice(ctx context.Context, r DeviceRequest) (Device, error) {
	return ask[Device](ctx, c, PostDevice, call{body: r})
}
