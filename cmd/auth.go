package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/desk"
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
	grant, err := io.ReadAll(io.LimitReader(f.In, api.MaxBody+1)) // one more is refused
	if err != nil {
		return core.E(core.Invalid, "read token: %w", err)
	}
	client, err := f.reach()
	if err != nil {
		return err
	}
	st, err := client.LogIn(ctx, platform, grant)
	if err != nil {
		return err
	}
	return f.print(st, func(b *strings.Builder) {
		if st.State == api.LoginUnvalidated {
			fmt.Fprintf(b, "%s login stored, not yet checked: %s could not be reached\n", platform, platform)
			return
		}
		fmt.Fprintf(b, "logged in to %s as %s\n", platform, printable(st.Login))
	})
}

func newAuthStatusCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show who is logged in, and ask the platforms whether it still holds",
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := f.reach()
			if err != nil {
				return err
			}
			all, err := client.Logins(c.Context(), true)
			if err != nil {
				return err
			}
			if err := f.print(all, func(b *strings.Builder) { f.showLogins(b, all) }); err != nil {
				return err
			}
			for _, st := range all {
				if st.State == api.LoginRequired || st.State == api.LoggedOut || st.Check == api.CheckRefused {
					return core.E(core.LoginRequired, "%s needs a login: sidestage auth login %s", st.Platform, st.Platform)
				}
			}
			return nil
		},
	}
}

func (f *factory) showLogins(b *strings.Builder, all []api.Login) {
	rows := make([][]string, 0, len(all))
	for _, st := range all {
		row := []string{st.Platform, st.State, st.Login, strings.Join(st.Scopes, " ")}
		if !st.ExpiresAt.IsZero() {
			row = append(row, "access until "+clock(st.ExpiresAt), st.Check)
		}
		rows = append(rows, row)
	}
	f.table(b, rows)
}

func newAuthLogoutCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:       "logout twitch|spotify",
		Short:     "End a login and forget it",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: platforms(),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := f.reach()
			if err != nil {
				return err
			}
			st, err := client.LogOut(c.Context(), args[0])
			if err != nil {
				return err
			}
			return f.print(st, func(b *strings.Builder) { fmt.Fprintf(b, "logged out of %s\n", st.Platform) })
		},
	}
}
