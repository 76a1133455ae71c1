package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/desk"
	"sidestage/core/token"
)

func newAuthCmd(f *factory) *cobra.Command {
	c := &cobra.Command{Use: "auth", Short: "Log in to Twitch and Spotify"}
	c.AddCommand(newAuthLoginCmd(f), newAuthStatusCmd(f), newAuthLogoutCmd(f))
	return c
}

// platforms are the arguments auth commands take.
func platforms() []string { return []string{desk.PlatformTwitch, desk.PlatformSpotify} }

func newAuthLoginCmd(f *factory) *cobra.Command {
	var withToken bool
	c := &cobra.Command{
		Use:   "login twitch|spotify",
		Short: "Store a login",
		Long: `Reads a token as the platform's token endpoint gives it, JSON with
access_token, refresh_token, expires_in and scope, and stores it. Whose it is the
platform says. One that cannot be checked right now is stored and marked so.`,
		Example:   "  sidestage auth login twitch --with-token < token.json",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: platforms(),
		RunE: func(c *cobra.Command, args []string) error {
			if !withToken {
				return core.E(core.Invalid, "only --with-token is there so far: sidestage auth login %s --with-token < token.json", args[0])
			}
			return f.loginWithToken(c.Context(), args[0])
		},
	}
	c.Flags().BoolVar(&withToken, "with-token", false, "read a JSON token from standard input")
	return c
}

func (f *factory) loginWithToken(ctx context.Context, platform string) error {
	d, err := f.openDesk(ctx)
	if err != nil {
		return err
	}
	st, err := d.Login(ctx, platform, f.In)
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	return f.print(st, func(b *strings.Builder) {
		if st.State == token.StateUnvalidated {
			fmt.Fprintf(b, "%s login stored, not yet checked: %s could not be reached\n", platform, platform)
			return
		}
		fmt.Fprintf(b, "logged in to %s as %s\n", platform, st.Login)
	})
}

func newAuthStatusCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show who is logged in, and ask the platforms whether it still holds",
		RunE: func(c *cobra.Command, _ []string) error {
			all, err := f.loginStatus(c.Context())
			if err != nil {
				return err
			}
			if err := f.print(all, func(b *strings.Builder) { showLogins(b, all) }); err != nil {
				return err
			}
			for _, st := range all {
				if st.State == token.StateLoginRequired || st.State == token.StateLoggedOut || st.Check == token.CheckRefused {
					return core.E(core.LoginRequired, "%s needs a login: sidestage auth login %s", st.Platform, st.Platform)
				}
			}
			return nil
		},
	}
}

func (f *factory) loginStatus(ctx context.Context) ([]token.Status, error) {
	d, err := f.openDesk(ctx)
	if err != nil {
		return nil, err
	}
	var all []token.Status
	for _, p := range platforms() {
		st, statusErr := d.LoginStatus(ctx, p, true)
		all, err = append(all, st), errors.Join(err, statusErr)
	}
	return all, errors.Join(err, d.Close())
}

func showLogins(b *strings.Builder, all []token.Status) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, st := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", st.Platform, st.State, st.Login, strings.Join(st.Scopes, " "))
		if !st.ExpiresAt.IsZero() {
			fmt.Fprintf(t, "\taccess until %s\t%s\t\n", st.ExpiresAt.Local().Format(time.DateTime), st.Check)
		}
	}
	_ = t.Flush() // into memory
}

func newAuthLogoutCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:       "logout twitch|spotify",
		Short:     "End a login and forget it",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: platforms(),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := f.openDesk(c.Context())
			if err != nil {
				return err
			}
			err = d.Logout(c.Context(), args[0])
			if err = errors.Join(err, d.Close()); err != nil {
				return err
			}
			v := struct {
				Platform string `json:"platform"`
				State    string `json:"state"`
			}{args[0], token.StateLoggedOut}
			return f.print(v, func(b *strings.Builder) { fmt.Fprintf(b, "logged out of %s\n", args[0]) })
		},
	}
}
