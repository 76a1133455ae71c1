package desk

import (
	"context"
	"errors"
	"fmt"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/chat"
	"sidestage/core/saga"
	"sidestage/core/song"
	"sidestage/storage"
)

// requests is a desk's queue as the local API changes it.
type requests struct{ d *Desk }

// Remove implements web.Requests.
func (q requests) Remove(ctx context.Context, id string, refund bool) (gone song.Removal, err error) {
	err = q.change(ctx, "remove from the queue", func(tx *storage.Tx) error {
		gone, err = song.Remove(tx, id, "removed", !refund)
		return err
	})
	q.follow(ctx, gone)
	return gone, err
}

// Move implements web.Requests.
func (q requests) Move(ctx context.Context, id string, to int) (r song.Request, at int, err error) {
	err = q.change(ctx, "move in the queue", func(tx *storage.Tx) error {
		ahead, err := song.Ahead(tx)
		if err != nil {
			return err
		}
		if to < 1 {
			return core.Because(core.Invalid, "place", "positions in the queue begin at 1")
		}
		place, err := song.Move(tx, id, max(to-ahead, 1))
		if err != nil {
			return err
		}
		at = ahead + place
		r, err = tx.SongByID(id)
		return err
	})
	return r, at, err
}

// Replace implements web.Requests.
func (q requests) Replace(ctx context.Context, id, link string) (was, is song.Request, err error) {
	wish, err := q.d.sagas.Spotify.Understand(link)
	if err != nil {
		return was, is, err
	}
	track, err := q.d.sagas.Find(ctx, wish, "")
	if err != nil {
		return was, is, fmt.Errorf("look the track up: %w", err)
	}
	err = q.change(ctx, "replace in the queue", func(tx *storage.Tx) error {
		if was, err = song.Replace(tx, id, track); err != nil {
			return err
		}
		is, err = tx.SongByID(id)
		return err
	})
	return was, is, err
}

// Clear implements web.Requests.
func (q requests) Clear(ctx context.Context, refund bool) (gone []song.Removal, err error) {
	err = q.change(ctx, "clear the queue", func(tx *storage.Tx) error {
		if gone, err = song.Unplayed(tx, !refund); err != nil {
			return err
		}
		return q.takeBack(tx, gone, "removed", chat.Cleared)
	})
	q.follow(ctx, gone...)
	return gone, err
}

// takeBack removes requests and has chat told of them.
func (q requests) takeBack(tx *storage.Tx, all []song.Removal, reason string, why chat.Returned) error {
	if err := song.TakeBack(tx, all, reason); err != nil {
		return err
	}
	return q.d.sagas.TellTogether(tx, why, all)
}

// Open implements web.Requests.
func (q requests) Open(ctx context.Context) error {
	return q.change(ctx, "open requests", func(tx *storage.Tx) error {
		return errors.Join(song.OpenGate(tx), q.d.holdForRequests(tx, false))
	})
}

// Close implements web.Requests.
func (q requests) Close(ctx context.Context, reason string) (g song.Gate, err error) {
	err = q.change(ctx, "close requests", func(tx *storage.Tx) error {
		g, err = song.CloseGate(tx, reason)
		return errors.Join(err, q.d.holdForRequests(tx, true))
	})
	return g, err
}

// EndStream implements web.Requests.
func (q requests) EndStream(ctx context.Context, refund *bool, dry bool) (refunds bool, refunded, kept []song.Removal, err error) {
	refunds = q.d.settings.now.Load().Song.OnOffline == api.OnOfflineRefund
	if refund != nil {
		refunds = *refund
	}
	look := q.d.db.View
	if !dry {
		look = q.d.db.Update
	}
	err = look(ctx, func(tx *storage.Tx) error {
		all, err := song.Unfinished(tx)
		if err != nil {
			return err
		}
		for _, r := range all {
			if refunds && song.Ends(r) {
				refunded = append(refunded, r)
			} else {
				kept = append(kept, r)
			}
		}
		if dry {
			return nil
		}
		return q.takeBack(tx, refunded, "stream-ended", chat.Ended)
	})
	if err != nil {
		return refunds, nil, nil, fmt.Errorf("end the stream: %w", err)
	}
	if !dry {
		q.follow(ctx, refunded...)
	}
	return refunds, refunded, kept, nil
}

func (q requests) change(ctx context.Context, what string, fn func(*storage.Tx) error) error {
	if err := q.d.db.Update(ctx, fn); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// follow sees to it that what was removed has effect at once: the player is
// looked at, and a saga that waits to try again does so now.
func (q requests) follow(ctx context.Context, gone ...song.Removal) {
	for _, r := range gone {
		if r.Copy != song.CopyNone {
			q.d.watcher.Nudge()
		}
		var s saga.Saga
		err := q.d.db.View(ctx, func(tx *storage.Tx) (err error) {
			s, err = tx.SagaByID(r.Request.ID)
			return err
		})
		if err == nil && s.WaitingFor == saga.ForRetry {
			err = q.d.engine.Retry(ctx, s.ID)
		}
		if kind := core.KindOf(err); err != nil && kind != core.NotFound && kind != core.Conflict {
			q.d.log.Warn("removed request goes on only later", "saga", r.Request.ID, "error", err)
		}
	}
}
