package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

func newSayCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "say TEXT...",
		Short: "Say something in your chat",
		Long: `Says TEXT in your chat, as you. It is one line of at most 500 characters; what
begins with "/", "." or "!" is said and not obeyed. Where Twitch takes the
message and does not post it, the reason is told and the exit code is 6.`,
		Example: "  sidestage say 'Back in five minutes.'\n  sidestage say --json -- '-5 degrees outside'",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client := f.reach()
			said, err := client.Say(c.Context(), api.SayRequest{Text: strings.Join(args, " ")})
			if err != nil {
				return err
			}
			return f.print(said, func(b *strings.Builder) { fmt.Fprintf(b, "said, message %s\n", printable(said.MessageID)) })
		},
	}
}
