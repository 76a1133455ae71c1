package desk

import (
	"context"
	"fmt"
	"strings"

	"sidestage/core"
	"sidestage/core/song"
	"sidestage/storage"
)

// Block implements web.Blocks.
func (d *Desk) Block(ctx context.Context, kind song.BlockKind, what string) (b song.Block, err error) {
	if b, err = d.blockOf(ctx, kind, what); err != nil {
		return b, err
	}
	err = d.db.Update(ctx, func(tx *storage.Tx) error {
		b.At = tx.Now()
		return song.AddBlock(tx, b)
	})
	if err != nil {
		return b, fmt.Errorf("block %s: %w", b.Name, err)
	}
	return b, nil
}

// Unblock implements web.Blocks. What is meant is known by its key, as it is
// listed, or by what it was blocked as.
func (d *Desk) Unblock(ctx context.Context, kind song.BlockKind, what string) (b song.Block, err error) {
	remove := func(key string) error {
		return d.db.Update(ctx, func(tx *storage.Tx) (err error) {
			b, err = song.RemoveBlock(tx, kind, key)
			return err
		})
	}
	if err = remove(what); err == nil || core.KindOf(err) != core.NotFound {
		return b, err
	}
	meant, err := d.blockOf(ctx, kind, what)
	if err != nil {
		return b, err
	}
	err = remove(meant.Key)
	if core.KindOf(err) == core.NotFound && kind == song.BlockViewer { // blocked before they were known
		err = remove("@" + login(what))
	}
	return b, err
}

// blockOf is the block that the streamer means.
func (d *Desk) blockOf(ctx context.Context, kind song.BlockKind, what string) (song.Block, error) {
	switch kind {
	case song.BlockTrack:
		wish, err := d.sagas.Spotify.Understand(what)
		if err != nil {
			return song.Block{}, err
		}
		t, err := d.sagas.Find(ctx, wish, "")
		return song.BlockOfTrack(t), err
	case song.BlockArtist:
		return song.BlockOfArtist(what)
	case song.BlockViewer:
		return d.viewerBlock(ctx, what)
	}
	return song.Block{}, core.Because(core.Invalid, "kind", "%q cannot be blocked: track, artist and viewer can", kind)
}

func (d *Desk) viewerBlock(ctx context.Context, name string) (b song.Block, err error) {
	v := core.Viewer{Login: login(name)}
	if v.Login == "" || len([]rune(v.Login)) > maxName || strings.ContainsFunc(v.Login, unprintable) {
		return b, core.Because(core.Invalid, "name", "a name is at most %d printable characters", maxName)
	}
	err = d.db.View(ctx, func(tx *storage.Tx) error {
		known, err := tx.ViewerByLogin(v.Login)
		if err == nil {
			v = known
		}
		if core.KindOf(err) == core.NotFound {
			return nil
		}
		return err
	})
	return song.BlockOfViewer(v), err
}

func login(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.TrimSpace(name), "@"))
}
