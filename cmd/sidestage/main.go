// Command sidestage is a streamer's desk in the terminal.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sidestage/cmd"
)

// sameBreath is how close two signals are that somebody meant as one.
const sameBreath = 100 * time.Millisecond

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// From then on a second signal ends the process at once. One that comes in the
	// same breath is the first one, sent to the whole process group as well.
	context.AfterFunc(ctx, func() { time.AfterFunc(sameBreath, stop) })
	return cmd.Main(ctx, os.Args[1:], cmd.System())
}
