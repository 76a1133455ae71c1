package desk

import (
	"context"
	"fmt"
	"strings"

	"sidestage/core"
	"sidestage/core/api"
)

// Devices implements web.Player. Spotify is asked each time: it forgets a
// device soon after it was closed, and so do we.
func (d *Desk) Devices(ctx context.Context) ([]api.Device, error) {
	found, err := d.spotify.Devices(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]api.Device, 0, len(found))
	for _, f := range found {
		all = append(all, api.Device{ID: f.ID, Name: f.Name, Type: strings.ToLower(f.Type), Active: f.Active, Restricted: f.Restricted})
	}
	return all, nil
}

// PickDevice implements web.Player.
func (d *Desk) PickDevice(ctx context.Context, device string) (api.Device, error) {
	all, err := d.Devices(ctx)
	if err != nil {
		return api.Device{}, err
	}
	picked, err := pick(all, strings.TrimSpace(device))
	if err != nil {
		return api.Device{}, err
	}
	if err := d.spotify.Transfer(ctx, picked.ID); err != nil {
		return api.Device{}, fmt.Errorf("play on %s: %w", picked.Name, err)
	}
	d.watcher.Nudge()
	picked.Active = true
	return picked, nil
}

// pick finds the one device that is meant, by id or by name in any case.
func pick(all []api.Device, device string) (api.Device, error) {
	if device == "" {
		return api.Device{}, core.E(core.Invalid, "say which device: its name or id")
	}
	var named []api.Device
	var names []string
	for _, d := range all {
		if d.ID == device {
			named = []api.Device{d}
			break
		}
		if strings.EqualFold(d.Name, device) {
			named = append(named, d)
		}
		names = append(names, d.Name)
	}
	switch {
	case len(named) == 0 && len(all) == 0:
		return api.Device{}, core.E(core.NotFound, "Spotify sees no device: open Spotify on one, then try again")
	case len(named) == 0:
		return api.Device{}, core.E(core.NotFound, "no device is called %q: Spotify sees %s", device, strings.Join(names, ", "))
	case len(named) > 1:
		return api.Device{}, core.E(core.Conflict, "%d devices are called %q: pick one by its id", len(named), device)
	case named[0].Restricted || named[0].ID == "":
		return api.Device{}, core.E(core.Conflict, "%s takes no commands from other programs: press play on it yourself", named[0].Name)
	}
	return named[0], nil
}
