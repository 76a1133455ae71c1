package cmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

func newCommandCmd(f *factory) *cobra.Command {
	c := &cobra.Command{
		Use:   "command",
		Short: "Manage the chat commands",
		Long: `Chat commands come with the program, and the settings say who may use them; or
you make them: a text that is said, or another name for a command. A text can
have these placeholders:

  {user}       who uses the command      {song}       what plays
  {touser}     whom they name, or they   {requester}  who asked for it
  {args}       what they typed after it  {uptime}     for how long you are live
  {count}      how often it was used

Moderators do the same in chat: !command add NAME TEXT, edit, alias, remove.
Whatever a command says is said as text: it never runs a command of the chat,
of ours or of another bot. Note that {args} says what a viewer typed, in your
name.`,
	}
	c.AddCommand(newCommandListCmd(f), newCommandAddCmd(f), newCommandEditCmd(f), newCommandRemoveCmd(f))
	return c
}

func newCommandListCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List every chat command",
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			all, err := client.Commands(c.Context())
			if err != nil {
				return err
			}
			return f.print(all, func(b *strings.Builder) { f.table(b, commandRows(all)) })
		},
	}
}

func commandRows(all []api.Command) [][]string {
	var rows [][]string
	for _, c := range all {
		says := c.Text
		switch {
		case c.Target != "":
			says = "as !" + c.Target
		case c.BuiltIn:
			says = c.Doc
		}
		role := c.Role
		if !c.Enabled {
			role = "off"
		}
		name := "!" + strings.Join(append([]string{c.Name}, c.Aliases...), ", !")
		rows = append(rows, []string{name, role, says})
	}
	return rows
}

// commandUse are the flags that say how a command may be used.
type commandUse struct {
	role                     string
	cooldown, viewerCooldown time.Duration
	off                      bool
}

func (u *commandUse) flags(c *cobra.Command) {
	c.Flags().StringVar(&u.role, "role", "", "the weakest `role` that may use it: broadcaster, moderator, vip, subscriber or everyone")
	c.Flags().DurationVar(&u.cooldown, "cooldown", 0, "the least time between two uses; moderators need not wait")
	c.Flags().DurationVar(&u.viewerCooldown, "viewer-cooldown", 0, "the least time between two uses by one viewer")
	c.Flags().BoolVar(&u.off, "off", false, "do not answer it")
}

// given is what the command line says of them.
func (u *commandUse) given(c *cobra.Command) (use api.CommandUse) {
	if c.Flags().Changed("role") {
		use.Role = &u.role
	}
	if c.Flags().Changed("cooldown") {
		ms := u.cooldown.Milliseconds()
		use.CooldownMs = &ms
	}
	if c.Flags().Changed("viewer-cooldown") {
		ms := u.viewerCooldown.Milliseconds()
		use.ViewerCooldownMs = &ms
	}
	if c.Flags().Changed("off") {
		on := !u.off
		use.Enabled = &on
	}
	return use
}

func newCommandAddCmd(f *factory) *cobra.Command {
	var use commandUse
	var target string
	c := &cobra.Command{
		Use:   "add NAME [TEXT]",
		Short: "Make a chat command",
		Example: `  sidestage command add discord "The Discord: example.com/discord"
  sidestage command add hug "{user} hugs {touser}, hug {count}." --cooldown 10s
  sidestage command add music --alias song`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			n := api.NewCommand{Name: args[0], Target: target, CommandUse: use.given(c)}
			if len(args) == 2 {
				n.Text = args[1]
			}
			return f.changeCommand(c.Context(), func(ctx context.Context, client *api.Client) (api.Command, error) {
				return client.AddCommand(ctx, n)
			})
		},
	}
	use.flags(c)
	c.Flags().StringVar(&target, "alias", "", "make it another name for the `command`")
	return c
}

func newCommandEditCmd(f *factory) *cobra.Command {
	var use commandUse
	var count int
	c := &cobra.Command{
		Use:     "edit NAME [TEXT]",
		Short:   "Change a chat command you made",
		Example: "  sidestage command edit hug --count 0\n  sidestage command edit discord --off",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			e := api.EditCommand{CommandUse: use.given(c)}
			if len(args) == 2 {
				e.Text = &args[1]
			}
			if c.Flags().Changed("count") {
				e.Count = &count
			}
			return f.changeCommand(c.Context(), func(ctx context.Context, client *api.Client) (api.Command, error) {
				return client.EditCommand(ctx, args[0], e)
			})
		},
	}
	use.flags(c)
	c.Flags().IntVar(&count, "count", 0, "set how often it was used")
	return c
}

// changeCommand makes a change and shows what came of it.
func (f *factory) changeCommand(ctx context.Context, change func(context.Context, *api.Client) (api.Command, error)) error {
	client := f.reach()
	made, err := change(ctx, client)
	if err != nil {
		return err
	}
	return f.print(made, func(b *strings.Builder) { f.table(b, commandRows([]api.Command{made})) })
}

func newCommandRemoveCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Take a chat command you made away, with its other names",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client := f.reach()
			gone, err := client.RemoveCommand(c.Context(), args[0])
			if err != nil {
				return err
			}
			return f.print(gone, func(b *strings.Builder) { fmt.Fprintf(b, "removed !%s\n", strings.Join(gone.Removed, ", !")) })
		},
	}
}
