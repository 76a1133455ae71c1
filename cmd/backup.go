package cmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/storage"
)

func newBackupCmd(f *factory) *cobra.Command {
	var keep int
	c := &cobra.Command{
		Use:   "backup [FILE]",
		Short: "Copy the database, and put a copy back",
		Long: `Copies the database as it is at one moment, whether the desk runs or not, checks
the copy, and says where it is: FILE, or a new file in backups/ in the data
directory. Nothing is overwritten. A copy is as private as the database: it has
the viewers, and seeds of the raffle that are not revealed yet. Logins are not
in it, nor are the settings.`,
		Example: "  sidestage backup\n  sidestage backup --keep 14   # from a timer: the newest 14 stay\n  sidestage backup /media/stick/desk.bak",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if keep < 0 || keep > 0 && len(args) > 0 {
				return core.E(core.Invalid, "--keep counts the copies in backups/, at least 1, and goes without a FILE")
			}
			return f.backup(c.Context(), strings.Join(args, ""), keep)
		},
	}
	c.Flags().IntVar(&keep, "keep", 0, "then delete all but the newest `n` copies in backups/; those from before a migration or a restore stay")
	c.AddCommand(newBackupRestoreCmd(f))
	return c
}

// copied is a copy of the database as JSON.
type copied struct {
	Path     string    `json:"path"`
	Bytes    int64     `json:"bytes"`
	Schema   int64     `json:"schema"`
	Platform string    `json:"platform"`
	Until    time.Time `json:"until,omitzero"` // of the newest event in it
}

func copiedAs(c storage.Copy) copied {
	return copied{Path: c.File, Bytes: c.Bytes, Schema: c.Schema, Platform: string(c.Platform), Until: c.Until}
}

// ends is until when something happened that a copy has.
func (c copied) ends() string {
	if c.Until.IsZero() {
		return "with no event yet"
	}
	return "up to " + clock(c.Until)
}

func (f *factory) backup(ctx context.Context, file string, keep int) error {
	loaded, err := f.settings()
	if err != nil {
		return err
	}
	c, err := storage.Backup(ctx, loaded.DataDir, file)
	if err != nil {
		return err
	}
	v := struct {
		copied
		Deleted []string `json:"deleted"` // older copies
	}{copiedAs(c), []string{}}
	if keep > 0 {
		gone, err := storage.Prune(loaded.DataDir, keep)
		if v.Deleted = append(v.Deleted, gone...); err != nil {
			f.say("%v", err)
		}
	}
	return f.print(v, func(b *strings.Builder) {
		f.table(b, [][]string{{v.Path, size(v.Bytes), v.ends()}})
		for _, file := range v.Deleted {
			f.table(b, [][]string{{file, "deleted"}})
		}
		f.say("logins and settings are not in it")
	})
}

// size is a number of bytes as people read it.
func size(n int64) string {
	const step = 1000
	big, unit := float64(n), 0
	for ; big >= step && unit < 4; unit++ {
		big /= step
	}
	if unit == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", big, []string{"", "kB", "MB", "GB", "TB"}[unit])
}

func newBackupRestoreCmd(f *factory) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a copy in the place of the database, while no desk runs",
		Long: `Makes a copy of FILE the database. What is there now is moved to backups/ in the
data directory, so that restoring can be restored too. It refuses while a desk
runs, and what is damaged, of a newer sidestage, or no database of sidestage.

A copy knows nothing of what happened after it. So when a desk then starts, it
first asks Twitch what became of the redemptions that the copy has as open, and
until Twitch has answered no saga goes on:
  settled since       is settled here too; no points move
  points still open   the request goes on; if the player has its track right
                      now, it may be there by request, and the points return
  points spent before, or nobody paid
                      the request is taken out, for it may have been played;
                      ask again with: sidestage queue add
Redemptions made after the copy that are still open are taken in as if the desk
had been away (catch_up). What was heard, rolled or won after it is not known
here any more, and a seed of the raffle that was made after it is lost.

Logins are not in a copy. On this machine they stay; on another one: sidestage
auth login twitch, and spotify.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			loaded, err := f.settings()
			if err != nil {
				return err
			}
			if err := f.confirm(yes, "Put "+args[0]+" in the place of the database? What is there now is moved to backups/."); err != nil {
				return err
			}
			r, err := storage.Restore(c.Context(), loaded.DataDir, args[0])
			if err != nil {
				return err
			}
			return f.restored(c.Context(), r)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

// What becomes of a request that a restored copy has as waiting.
const (
	afterGoesOn   = "goes-on"   // unless Twitch or the player says otherwise
	afterTakenOut = "taken-out" // it may have been played
	afterPlayer   = "player"    // Spotify had it: the player tells
)

// waiting is a request that a restored copy has as waiting.
type waiting struct {
	api.QueuedTrack
	After string `json:"after"`
}

func (f *factory) restored(ctx context.Context, r storage.Restored) error {
	v := struct {
		copied
		Aside    string    `json:"aside,omitempty"` // what was there before
		Requests []waiting `json:"requests"`        // that the copy has as waiting
	}{copiedAs(r.Copy), r.Aside, []waiting{}}
	var err error
	if v.Requests, err = f.waits(ctx); err != nil {
		f.say("what waits in it cannot be listed: %v", err)
		v.Requests = []waiting{}
	}
	return f.print(v, func(b *strings.Builder) {
		f.table(b, [][]string{{"restored", v.Path, v.ends()}})
		if v.Aside != "" {
			f.table(b, [][]string{{"before", v.Aside}})
		}
		says := map[string]string{
			afterGoesOn:   "goes on if its points are still open at Twitch",
			afterTakenOut: "is taken out, it may have been played since",
			afterPlayer:   "Spotify had it, the player tells",
		}
		rows := make([][]string, 0, len(v.Requests))
		for _, w := range v.Requests {
			rows = append(rows, []string{"waits", titled(w.Track), w.RequesterDisplayName, says[w.After]})
		}
		f.table(b, rows)
		f.say("the next desk that starts first asks Twitch what became of what is open in it: sidestage backup restore --help")
		f.say("logins were not touched; on a machine that has none: sidestage auth login twitch, and spotify")
	})
}

// waits lists what waits in the restored database, which a giveaway may be open
// in too.
func (f *factory) waits(ctx context.Context) ([]waiting, error) {
	client := f.reach()
	if g, err := client.Giveaway(ctx); err == nil && g.Giveaway != nil && g.Giveaway.EndedAt.IsZero() {
		f.say("a giveaway is open in it that may have been drawn since; to end it: sidestage raffle cancel")
	}
	q, err := client.Queue(ctx, api.MaxLimit)
	all := []waiting{}
	for _, t := range q.Tracks {
		switch {
		case t.EventID == "":
			continue
		case t.State == api.StateQueued:
			all = append(all, waiting{t, afterPlayer})
		case t.Points == api.PointsReturn:
			all = append(all, waiting{t, afterGoesOn})
		default:
			all = append(all, waiting{t, afterTakenOut})
		}
	}
	return all, err
}
