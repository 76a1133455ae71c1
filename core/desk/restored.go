package desk

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/song"
	"sidestage/storage"
)

// After a copy was restored, what it has as open may have been done long ago. No
// saga goes on before Twitch has said how the redemptions stand: what was
// settled since is settled here. Then, of the requests that wait in our queue,
// those whose points are still open go on, but for tracks that the player shows:
// they may have been handed over since, and their points return. Those whose
// points are spent, or which cost none, are taken out: nobody can tell whether
// they have been played. What was in Spotify's queue is not given to it again in
// any case, and the player tells what became of it.
//
// Where points are spent when a song is heard, those of one that was played while
// no desk looked are still open. So there the points return of what can have been
// played so, and of every redemption that the copy does not know and the desk
// before it may have.

// work runs the sagas, after a restore once that is found out.
func (d *Desk) work(ctx context.Context) error {
	if !d.afterRestore(ctx) {
		return nil
	}
	close(d.stocked)
	return d.engine.Run(ctx)
}

// stockTaken waits until what a restored copy has as open is known, or ctx ends.
func (d *Desk) stockTaken(ctx context.Context) {
	select {
	case <-d.stocked:
	case <-ctx.Done():
	}
}

// afterRestore tries until it succeeds; false when ctx ended before.
func (d *Desk) afterRestore(ctx context.Context) bool {
	began := time.Now()
	for pause := time.Second; ; pause = min(2*pause, time.Minute) {
		err := d.takeStock(ctx, began)
		if err == nil {
			d.stock.Store(nil)
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		says := "the database was restored from a copy, and no saga goes on before Twitch has said what became of its redemptions: " + err.Error()
		d.stock.Store(&says)
		d.log.WarnContext(ctx, "no saga goes on yet after the restore", "retry", pause, "error", err)
		select {
		case <-time.After(max(pause, core.RetryAfter(err))):
		case <-ctx.Done():
			return false
		}
	}
}

// playerPatience is how long the answer of Spotify is waited for. Rolls need
// none, and requests do not wait much longer for Spotify in any case.
const playerPatience = 2 * time.Minute

// takeStock finds out what became of what a restored copy has as open; began is
// when that was tried first.
func (d *Desk) takeStock(ctx context.Context, began time.Time) error {
	stopped, restored, err := d.replaced(ctx)
	if err != nil || !restored {
		return err
	}
	if d.account.Load() == nil {
		if _, err := d.identify(ctx); err != nil {
			return err
		}
	}
	forgotten, err := d.settledSince(ctx, stopped)
	if err != nil {
		return fmt.Errorf("ask what became of redemptions: %w", err)
	}
	shown, err := d.inPlayer(ctx)
	if core.Temporary(err) && time.Since(began) < playerPatience {
		return fmt.Errorf("ask what Spotify plays: %w", err)
	}
	if err != nil {
		d.log.WarnContext(ctx, "not known what the player has; a request that it was given may be given again", "error", err)
	}
	var gone []song.Removal
	err = d.db.Update(ctx, func(tx *storage.Tx) error {
		if gone, err = takeOut(tx, forgotten, shown, stopped); err != nil {
			return err
		}
		if err := d.sagas.TellTogether(tx, chat.Cleared, gone); err != nil {
			return err
		}
		return tx.DropMeta(storage.MetaRestored)
	})
	if err == nil {
		d.log.InfoContext(ctx, "what became of the restored requests is known", "taken out", len(gone))
	}
	return err
}

// replaced says whether the database was restored, and since when no desk has
// looked; zero where nobody can tell.
func (d *Desk) replaced(ctx context.Context) (stopped time.Time, restored bool, err error) {
	err = d.db.View(ctx, func(tx *storage.Tx) error {
		last, err := tx.Meta(storage.MetaRestored)
		if core.KindOf(err) == core.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		restored = true
		at, err := strconv.ParseInt(last, 10, 64)
		if at > 0 {
			stopped = time.UnixMilli(at)
		}
		return err
	})
	return stopped, restored, err
}

// inPlayer is what the player has.
func (d *Desk) inPlayer(ctx context.Context) ([]song.Item, error) {
	now, err := spotifyDesk{api: d.spotify}.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	if now.Current != nil {
		now.Upcoming = append(now.Upcoming, *now.Current)
	}
	return now.Upcoming, nil
}

// settledSince settles here what Twitch has settled, and returns what Twitch
// does not know any more.
func (d *Desk) settledSince(ctx context.Context, stopped time.Time) (forgotten []string, err error) {
	began := time.Now()
	tw := twitchDesk{helix: d.helix, broadcaster: d.broadcaster}
	for _, reward := range []string{d.ourRewards().Song, d.ourRewards().Raffle} {
		if reward == "" {
			continue
		}
		listed, err := d.unfulfilled(ctx, reward)
		if err != nil && core.KindOf(err) != core.NotFound { // a reward that was deleted has none
			return nil, err
		}
		ours, err := d.ingest.Open(ctx, reward, began)
		if err != nil {
			return nil, err
		}
		if reward == d.ourRewards().Song && d.settings.now.Load().Song.Fulfil == string(song.FulfilHeard) {
			if err := d.returnLost(ctx, listed, stopped); err != nil {
				return nil, err
			}
		}
		for _, id := range ours {
			if slices.ContainsFunc(listed, func(r core.Redemption) bool { return r.ID == id }) {
				continue
			}
			now, err := tw.Status(ctx, core.Redemption{ID: id, RewardID: reward})
			switch {
			case core.KindOf(err) == core.NotFound:
				forgotten = append(forgotten, id)
			case err == nil && now != core.Unfulfilled:
				_, err = d.ingest.Settled(ctx, id, now)
			}
			if err != nil && core.KindOf(err) != core.NotFound {
				return nil, err
			}
		}
	}
	return forgotten, nil
}

// returnLost returns the points of what the desk before the restore may have
// known and the copy does not.
func (d *Desk) returnLost(ctx context.Context, open []core.Redemption, stopped time.Time) error {
	lost := slices.DeleteFunc(slices.Clone(open), func(r core.Redemption) bool { return !stopped.IsZero() && r.RedeemedAt.After(stopped) })
	_, err := d.ingest.Return(ctx, lost)
	return err
}

// missed reports whether a request whose points are still open can have been
// handed over and played from end to end since a desk looked last.
func missed(r song.Request, stopped, now time.Time) bool {
	return r.Fulfil == song.FulfilHeard && (stopped.IsZero() || now.Sub(stopped) >= r.Track.Duration)
}

// takeOut takes out of the queue what may have been played since.
func takeOut(tx *storage.Tx, forgotten []string, shown []song.Item, stopped time.Time) (gone []song.Removal, err error) {
	all, err := song.Unplayed(tx, false)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		known := r.Points == song.PointsReturn && !slices.Contains(forgotten, r.Request.ID)
		inPlayer := slices.ContainsFunc(shown, func(it song.Item) bool { return it.URI == r.Request.Track.URI })
		if r.Request.State != song.Pending || known && !inPlayer && !missed(r.Request, stopped, tx.Now()) {
			continue
		}
		out, err := song.Remove(tx, r.Request.ID, "restored", !known)
		if err == nil && r.Points == song.PointsSpent {
			err = tx.SongKeep(r.Request.ID)
		}
		if err != nil {
			return gone, fmt.Errorf("take out request %s: %w", r.Request.ID, err)
		}
		gone = append(gone, out)
	}
	return gone, nil
}
