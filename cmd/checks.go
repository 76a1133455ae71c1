package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/desk"
	"sidestage/storage"
	"sidestage/storage/secret"
)

// readSettings reports whether there are settings to go on with.
func (d *doctor) readSettings() bool {
	loaded, err := d.f.settings()
	if wrong := (*config.Error)(nil); errors.As(err, &wrong) {
		for _, p := range wrong.Problems {
			d.fail("settings", "correct it, then: sidestage config check", "%s", p)
		}
		return false
	}
	if err != nil {
		d.fail("settings", "", "%v", err)
		return false
	}
	for _, warning := range loaded.Warnings {
		d.warn("settings", "", "%s", warning)
	}
	d.settings = loaded.Settings
	switch {
	case loaded.File.Path == "" || !exists(loaded.File.Path):
		d.ok("settings", "no file, the defaults hold")
	default:
		d.ok("settings", "%s", loaded.File.Path)
	}
	return true
}

// How little room on the disk is said, and how little fails.
const (
	littleRoom = 1e9
	noRoom     = 1e8
)

func (d *doctor) dataDir(context.Context) {
	const what = "data directory"
	dir := d.settings.DataDir
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.warn(what, "", "there is none yet; the first start makes %s", dir)
		return
	case err != nil:
		d.fail(what, "make it readable for yourself", "%v", err)
		return
	case !info.IsDir():
		d.fail(what, "name another one with --data-dir", "%s is a file", dir)
		return
	}
	d.private(what, dir, 0o700)
	free, known := freeSpace(dir)
	switch {
	case !known:
		d.ok(what, "%s", dir)
	case free < noRoom:
		d.fail(what, "free some space", "%s, only %s free", dir, size(free))
	case free < littleRoom:
		d.warn(what, "free some space", "%s, only %s free", dir, size(free))
	default:
		d.ok(what, "%s, %s free", dir, size(free))
	}
}

// private warns when others on this machine can read what is for the owner.
func (d *doctor) private(what, path string, mode fs.FileMode) {
	info, err := os.Lstat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return // what is missing or unreadable is said elsewhere; Windows has no such bits
	}
	d.warn(what, fmt.Sprintf("chmod %o %s", mode, path), "others on this machine can get at %s", path)
}

func (d *doctor) database(ctx context.Context) {
	const what = "database"
	c, err := storage.Examine(ctx, d.settings.DataDir)
	switch {
	case err != nil && core.KindOf(err) == core.NotFound:
		d.warn(what, "", "there is none yet; the first start makes it")
		return
	case core.ReasonOf(err) == "damaged", core.ReasonOf(err) == "not-a-database":
		d.fail(what, "stop the desk, and sidestage backup restore FILE with the latest copy", "%v", err)
		return
	case err != nil:
		d.fail(what, "", "%v", err)
		return
	}
	d.demo = c.Platform == storage.Demo
	d.private(what, c.File, 0o600)
	if c.Older {
		d.warn(what, "sidestage serve", "%s, schema %d is older than this program's and migrated when a desk starts", size(c.Bytes), c.Schema)
		return
	}
	d.ok(what, "%s, schema %d, every page fits, %s", size(c.Bytes), c.Schema, c.Platform)
}

func (d *doctor) secrets(context.Context) {
	const what = "logins"
	if !exists(d.settings.DataDir) {
		return
	}
	file := filepath.Join(d.settings.DataDir, "secrets.json")
	d.private(what, file, 0o600)
	place, err := secret.Place(d.settings.DataDir)
	switch {
	case err != nil:
		d.fail(what, "move it away and log in again", "%v", err)
	case place == "keyring":
		d.ok(what, "in the keyring of the operating system")
	case place == "file":
		d.ok(what, "in %s, which only you can read", file)
	default:
		d.ok(what, "none is stored yet")
	}
}

// desk looks for the desk that runs or, when none does, for the port of the
// next one.
func (d *doctor) desk(ctx context.Context) {
	at, err := desk.RunsAt(ctx, d.settings.DataDir)
	switch {
	case err == nil:
		d.address = at
	case core.KindOf(err) != core.NotFound:
		d.fail("desk", "", "%v", err)
		return
	default:
		d.port(ctx)
		return
	}
	h, err := d.client.Health(ctx)
	switch ours := desk.Build(); {
	case err != nil:
		d.fail("desk", "stop it and start it again", "%v", err)
	case h.Build != ours:
		d.warn("desk", "restart it", "runs at %s, but as build %s, and this is %s", at, h.Build, ours)
	default:
		d.ok("desk", "runs at %s since %s", at, clock(h.StartedAt))
	}
}

func (d *doctor) port(ctx context.Context) {
	if held, err := storage.Held(d.settings.DataDir); err == nil && held {
		d.warn("desk", "", "another command works on the data directory just now")
		return
	}
	if err := desk.Free(ctx, d.settings.Addr); err != nil {
		d.fail("desk", "", "none runs, and none can: %v", err)
		return
	}
	d.ok("desk", "none runs; %s is free for it", d.settings.Addr)
}

// parts says what a desk that runs says of its parts. Its logins are asked
// about separately.
func (d *doctor) parts(ctx context.Context) {
	if d.address == "" {
		return
	}
	h, err := d.client.Health(ctx)
	if err != nil {
		return // said before
	}
	for _, part := range []struct {
		what string
		api.Component
	}{{"notifications", h.Components.EventSub}, {"chat", h.Components.Chat}, {"player", h.Components.Player}, {"sagas", h.Components.Sagas}} {
		if part.Status == api.StatusOK {
			d.ok(part.what, "%s", cmp.Or(part.State, "none waits for you"))
			continue
		}
		missing := ""
		if len(part.Missing) > 0 {
			missing = " (" + strings.Join(part.Missing, ", ") + ")"
		}
		d.warn(part.what, "", "%s%s", cmp.Or(part.Reason, part.State, part.Status), missing)
	}
}

// What is said of this machine's clock: tokens, cooldowns and what is too late
// to be answered go by it.
const (
	clockDiffers = 5 * time.Second
	clockWrong   = time.Minute
)

// soonRefreshed is what is left of an access token that asking for more than
// how it is might refresh: that is for the desk, and for auth refresh.
const soonRefreshed = 10 * time.Minute

func (d *doctor) logins(ctx context.Context) {
	all, err := d.client.Logins(ctx, true)
	if err != nil {
		d.fail("logins", "", "%v", err)
		return
	}
	for _, st := range all {
		d.login(st)
		d.usable[st.Platform] = st.Check == api.CheckOK && (d.address != "" || time.Until(st.ExpiresAt) > soonRefreshed)
		if st.Platform == desk.PlatformTwitch && st.Check == api.CheckOK {
			d.clock(time.Duration(st.ClockAheadMs) * time.Millisecond)
		}
	}
}

func (d *doctor) login(st api.Login) {
	what, again := st.Platform+" login", "sidestage auth login "+st.Platform
	if !holds(st) {
		d.fail(what, again, "%s", strings.ReplaceAll(st.State, "-", " "))
		return
	}
	for _, m := range st.Missing {
		say := d.fail
		if m.Optional {
			say = d.warn
		}
		say(what, again, "lacks %s, so there is no %s", m.Scope, m.Disables)
	}
	if left := time.Until(st.EndsAt); !st.EndsAt.IsZero() && left < endsSoon {
		d.warn(what, again, "ends on %s, whatever is done until then", st.EndsAt.Local().Format(day))
	}
	switch {
	case d.demo && d.address == "":
		d.ok(what, "%s; a demo that does not run asks nobody", st.Login)
	case st.Check == api.CheckRefused:
		d.fail(what, "sidestage auth refresh "+st.Platform, "%s refuses the access token; a new one may help", core.PlatformName(st.Platform))
	case st.Check == api.CheckUnreachable:
		d.warn(what, "check your connection", "%s, but %s could not be asked", st.Login, core.PlatformName(st.Platform))
	default:
		d.ok(what, "%s, %s", st.Login, cmp.Or(checks[st.Check], st.State))
	}
}

func (d *doctor) clock(ahead time.Duration) {
	way := "ahead of"
	if ahead < 0 {
		way = "behind"
	}
	says := ahead.Abs().Round(time.Second).String() + " " + way + " Twitch's"
	const mend = "set the clock of this machine by the network"
	switch {
	case ahead.Abs() >= clockWrong:
		d.fail("clock", mend, "%s, so that what is said in chat counts as too late or too early", says)
	case ahead.Abs() >= clockDiffers:
		d.warn("clock", mend, "%s", says)
	default:
		d.ok("clock", "agrees with Twitch's")
	}
}

func (d *doctor) rewards(ctx context.Context) {
	if !d.usable[desk.PlatformTwitch] {
		return
	}
	all, err := d.client.Rewards(ctx)
	if err != nil {
		d.fail("rewards", "", "%v", err)
		return
	}
	for _, name := range []string{"song", "raffle"} {
		what := name + " reward"
		i := slices.IndexFunc(all, func(r api.Reward) bool { return r.For == name })
		switch {
		case i < 0:
			d.warn(what, "sidestage reward setup", "there is none for %s yet", rewardFor[name])
		case all[i].Problem != "":
			d.fail(what, "", "%s: %s", all[i].Title, all[i].Problem)
		default:
			d.ok(what, "%s, %s, %s", all[i].Title, plural(all[i].Cost, "point"), rewardState(all[i]))
		}
	}
}

// player asks Spotify where it can play.
func (d *doctor) player(ctx context.Context) {
	if !d.usable[desk.PlatformSpotify] {
		return
	}
	const what = "spotify device"
	all, err := d.client.Devices(ctx)
	if err != nil {
		d.fail(what, "", "%v", err)
		return
	}
	if i := slices.IndexFunc(all, func(dev api.Device) bool { return dev.Active }); i >= 0 {
		d.ok(what, "%s is active", all[i].Name)
		return
	}
	if len(all) == 0 {
		d.warn(what, "open Spotify and press play there", "Spotify sees none, so nothing can be queued")
		return
	}
	d.warn(what, "press play there, or: sidestage song device "+all[0].Name, "none is active, so nothing can be queued")
}

// overlayTimeout is how long the overlay may take to answer.
const overlayTimeout = 5 * time.Second

func (d *doctor) overlay(ctx context.Context) {
	if d.address == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, overlayTimeout)
	defer cancel()
	address := "http://" + d.address + "/overlay/"
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	var resp *http.Response
	if err == nil {
		resp, err = http.DefaultClient.Do(r)
	}
	if err != nil {
		d.fail("overlay", "", "%v", err)
		return
	}
	_ = resp.Body.Close()
	switch {
	case resp.StatusCode != http.StatusOK:
		d.fail("overlay", "", "%s answers %s", address, resp.Status)
	case d.address != d.settings.Addr:
		d.warn("overlay", "see that OBS has the same address", "%s, not at %s as in the settings", address, d.settings.Addr)
	default:
		d.ok("overlay", "%s", address)
	}
}

// openers are what shows a page where Linux and its kin are, as cli/browser looks.
var openers = []string{"xdg-open", "x-www-browser", "www-browser", "wslview"}

func (d *doctor) browser(context.Context) {
	const what, instead = "browser", "log in with --no-browser, and open the address on any machine"
	switch {
	case !d.f.browses():
		d.warn(what, instead, "there is no screen to open one on")
	case runtime.GOOS == "windows" || runtime.GOOS == "darwin":
		d.ok(what, "the system's")
	default:
		for _, name := range openers {
			if path, err := exec.LookPath(name); err == nil {
				d.ok(what, "%s", path)
				return
			}
		}
		d.warn(what, instead, "none of %s is there", strings.Join(openers, ", "))
	}
}
