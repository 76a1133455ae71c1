package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/desk"
)

func newAuthCmd(f *factory) *cobra.Command {
	c := &cobra.Command{Use: "auth", Short: "Log in to Twitch and Spotify"}
	c.AddCommand(newAuthLoginCmd(f), newAuthStatusCmd(f), newAuthRefreshCmd(f), newAuthLogoutCmd(f))
	return c
}

// platforms are the arguments auth commands take.
func platforms() []string { return []string{desk.PlatformTwitch, desk.PlatformSpotify} }

func (f *factory) loginWithToken(ctx context.Context, platform string) error {
	grant, err := io.ReadAll(io.LimitReader(f.In, api.MaxBody+1)) // one more is refused
	if err != nil {
		return core.E(core.Invalid, "read token: %w", err)
	}
	client := f.reach()
	st, err := client.LogIn(ctx, platform, grant)
	if err != nil {
		return err
	}
	return f.print(st, func(b *strings.Builder) { f.showLoggedIn(b, st) })
}

// showLoggedIn says how a login that was just stored stands.
func (f *factory) showLoggedIn(b *strings.Builder, st api.Login) {
	if st.State == api.LoginUnvalidated {
		fmt.Fprintf(b, "%[1]s login stored, not yet checked: %[1]s could not be reached\n", core.PlatformName(st.Platform))
		return
	}
	fmt.Fprintf(b, "logged in to %s as %s\n", core.PlatformName(st.Platform), printable(st.Login))
	f.table(b, scopeRows(st))
}

func newAuthStatusCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show who is logged in, and whether that still holds",
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			all, err := client.Logins(c.Context(), true)
			if err != nil {
				return err
			}
			if err := f.print(all, func(b *strings.Builder) { f.showLogins(b, all) }); err != nil {
				return err
			}
			return f.loginsNeedWork(all)
		},
	}
}

// loginsNeedWork says what a person has to do about logins, and is an error
// where something does not work before that.
func (f *factory) loginsNeedWork(all []api.Login) error {
	for _, st := range all {
		if !holds(st) {
			continue
		}
		again := "sidestage auth login " + st.Platform
		for _, m := range st.Missing {
			f.say("the %s login lacks %s, so there is no %s: %s", core.PlatformName(st.Platform), m.Scope, m.Disables, again)
		}
		if left := time.Until(st.EndsAt); !st.EndsAt.IsZero() && left < endsSoon {
			f.say("the %s login ends on %s, whatever is done until then: %s", core.PlatformName(st.Platform), st.EndsAt.Local().Format(day), again)
		}
	}
	for _, st := range all {
		lacks := slices.ContainsFunc(st.Missing, func(m api.Missing) bool { return !m.Optional })
		switch {
		case lacks || !holds(st):
			return core.E(core.LoginRequired, "%s needs a login: sidestage auth login %s", core.PlatformName(st.Platform), st.Platform)
		case st.Check == api.CheckRefused:
			return core.E(core.LoginRequired, "%s refuses the access token; a new one may help: sidestage auth refresh %s", core.PlatformName(st.Platform), st.Platform)
		}
	}
	return nil
}

// The end of a login is said this long ahead, as a day.
const (
	endsSoon = 30 * 24 * time.Hour
	day      = "2 January 2006"
)

// checks are the words for what a platform just said of a login.
var checks = map[string]string{
	api.CheckOK: "checked", api.CheckExpired: "refreshed when needed", api.CheckRefused: "refused", api.CheckUnreachable: "not reached",
}

func (f *factory) showLogins(b *strings.Builder, all []api.Login) {
	var rows [][]string
	for _, st := range all {
		row := []string{st.Platform, st.State, st.Login}
		if !holds(st) {
			rows = append(rows, append(row, "sidestage auth login "+st.Platform))
			continue
		}
		rows = append(append(rows, append(row, "access until "+clock(st.ExpiresAt), checks[st.Check])), scopeRows(st)...)
		if st.RefreshUnknown {
			rows = append(rows, []string{"", "unsure", "the answer to the last refresh was lost; sidestage sorts that out by itself"})
		}
	}
	f.table(b, rows)
}

// holds reports whether a login is of any use.
func holds(st api.Login) bool { return st.State != api.LoginRequired && st.State != api.LoggedOut }

// scopeRows lists what a login may do, what it may not, and until when.
func scopeRows(st api.Login) [][]string {
	var rows [][]string
	for _, scope := range st.Scopes {
		rows = append(rows, []string{"", "has", scope})
	}
	for _, m := range st.Missing {
		rows = append(rows, []string{"", "lacks", m.Scope, "no " + m.Disables})
	}
	if !st.EndsAt.IsZero() {
		rows = append(rows, []string{"", "ends", st.EndsAt.Local().Format(day), "log in again before"})
	}
	return rows
}

func newAuthRefreshCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "refresh [twitch|spotify]",
		Short: "Get new access tokens now, before sidestage does it by itself",
		Long: `Trades the refresh token for a new access token, of one platform or of all that
are logged in. A refresh whose answer was lost is not sent again while the
access token serves: Twitch takes a second use for theft and ends the login.`,
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: platforms(),
		RunE: func(c *cobra.Command, args []string) error {
			client := f.reach()
			if len(args) == 0 {
				var err error
				if args, err = loggedIn(c.Context(), client); err != nil {
					return err
				}
			}
			return f.refresh(c.Context(), client, args)
		},
	}
}

// loggedIn are the platforms with a login.
func loggedIn(ctx context.Context, client *api.Client) (which []string, err error) {
	all, err := client.Logins(ctx, false)
	for _, st := range all {
		if st.State != api.LoggedOut {
			which = append(which, st.Platform)
		}
	}
	if err == nil && len(which) == 0 {
		err = core.E(core.LoginRequired, "nobody is logged in: sidestage auth login twitch")
	}
	return which, err
}

// refresh refreshes each login, and tells what worked though another did not.
func (f *factory) refresh(ctx context.Context, client *api.Client, which []string) error {
	done := []api.Login{}
	var failed []error
	for _, platform := range which {
		st, err := client.RefreshLogin(ctx, platform)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		done = append(done, st)
	}
	err := f.print(done, func(b *strings.Builder) {
		for _, st := range done {
			fmt.Fprintf(b, "%s refreshed, access until %s\n", core.PlatformName(st.Platform), clock(st.ExpiresAt))
		}
	})
	return errors.Join(append(failed, err)...)
}

func newAuthLogoutCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:       "logout twitch|spotify",
		Short:     "End a login at the platform and forget it",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: platforms(),
		RunE: func(c *cobra.Command, args []string) error {
			client := f.reach()
			st, err := client.LogOut(c.Context(), args[0])
			if err != nil {
				return err
			}
			if st.Platform == desk.PlatformSpotify {
				f.say("Spotify has no call that ends a login: to take it back there too, remove the app at spotify.com/account/apps")
			}
			return f.print(st, func(b *strings.Builder) { fmt.Fprintf(b, "logged out of %s\n", core.PlatformName(st.Platform)) })
		},
	}
}
