// Command sidestage is a streamer's desk in the terminal.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"sidestage/cmd"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // so that a second signal ends the process at once
	return cmd.Main(ctx, os.Args[1:], cmd.System())
}
