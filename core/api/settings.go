package api

import "context"

// Reloaded is what reading the settings again came to.
type Reloaded struct {
	Path     string   `json:"path,omitempty"` // of the file
	Applied  []string `json:"applied"`        // keys that changed and hold at once
	Restart  []string `json:"restart"`        // keys that changed and hold after a restart
	Warnings []string `json:"warnings"`
}

// ReloadSettings makes the desk that runs read its settings again. Invalid says
// what is wrong with them; then everything stays as it was.
func (c *Client) ReloadSettings(ctx context.Context) (Reloaded, error) {
	return ask[Reloaded](ctx, c, PostReload, call{})
}
