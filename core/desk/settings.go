package desk

import (
	"context"
	"sync"
	"sync/atomic"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/config"
)

// settings are what the desk goes by. Those that apply at once can change while
// it runs; all else it reads in its Config.
type settings struct {
	now   atomic.Pointer[config.Settings]
	again sync.Mutex // one reading at a time
	users []func(config.Settings)
}

// goBy gives use the settings, now and each time they have been read again. use
// must not fail: what cannot work was refused when they were read.
func (d *Desk) goBy(use func(config.Settings)) {
	d.settings.users = append(d.settings.users, use)
	use(*d.settings.now.Load())
}

// ReloadSettings implements web.Settings: it reads the settings again and
// applies what can be applied at once. Settings that are wrong are Invalid, say
// where, and change nothing.
func (d *Desk) ReloadSettings(context.Context) (api.Reloaded, error) {
	if d.cfg.Load == nil {
		return api.Reloaded{}, core.Because(core.Unavailable, "no-desk", "no desk runs: the next one reads the settings when it starts")
	}
	d.settings.again.Lock()
	defer d.settings.again.Unlock()
	read, err := d.cfg.Load()
	if err != nil {
		return api.Reloaded{}, err
	}
	now, applied, restart := config.Again(*d.settings.now.Load(), read.Settings)
	d.settings.now.Store(&now)
	for _, use := range d.settings.users {
		use(now)
	}
	d.log.Info("settings read again", "applied", applied, "restart", restart)
	return api.Reloaded{Path: read.File.Path, Applied: applied, Restart: restart, Warnings: read.Warnings}, nil
}
