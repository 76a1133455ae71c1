package song

import (
	"fmt"
	"strings"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// BlockKind is what a block is of.
type BlockKind string

// The kinds of block.
const (
	BlockTrack  BlockKind = "track"
	BlockArtist BlockKind = "artist"
	BlockViewer BlockKind = "viewer"
)

// Block keeps a track, an artist or a viewer out of the requests.
type Block struct {
	Kind BlockKind
	// Key is a track's id, an artist's name without case and accents, a viewer's
	// id, or @ and the login of one that is not known yet.
	Key  string
	Name string // as it is shown
	ISRC string // of a track: other releases of it are blocked too
	At   time.Time
}

// BlockOfTrack blocks a track in all its releases.
func BlockOfTrack(t Track) Block {
	return Block{Kind: BlockTrack, Key: t.ID, Name: t.Name + " by " + strings.Join(t.Artists, ", "), ISRC: t.ISRC}
}

// BlockOfArtist blocks whatever an artist of that name has a part in. Tracks
// name their artists and no more, so a namesake is blocked along.
func BlockOfArtist(name string) (Block, error) {
	b := Block{Kind: BlockArtist, Key: artistKey(name), Name: strings.Join(strings.Fields(name), " ")}
	if b.Key == "" {
		return Block{}, core.Because(core.Invalid, "artist", "there is no name in %q", name)
	}
	return b, nil
}

// BlockOfViewer blocks a viewer; one without an id by login.
func BlockOfViewer(v core.Viewer) Block {
	b := Block{Kind: BlockViewer, Key: v.ID, Name: v.Name}
	if v.ID == "" {
		b.Key, b.Name = "@"+strings.ToLower(v.Login), v.Login
	}
	return b
}

func artistKey(name string) string { return strings.Join(words(name), " ") }

// BlockTx keeps blocks.
type BlockTx interface {
	// SongBlock stores a block; false when it stands already.
	SongBlock(Block) (bool, error)
	// SongUnblock takes one away and returns it; core.NotFound when there is
	// none.
	SongUnblock(kind BlockKind, key string) (Block, error)
	AppendEvent(event.Event) error
	Now() time.Time
}

// AddBlock blocks what b says. Requests that wait already are not touched.
func AddBlock(tx BlockTx, b Block) error {
	b.At = tx.Now()
	fresh, err := tx.SongBlock(b)
	if err != nil || !fresh {
		return err
	}
	return tx.AppendEvent(event.SongBlocked{Kind: string(b.Kind), Key: b.Key, Name: b.Name})
}

// RemoveBlock takes a block away and returns it; core.NotFound when there is
// none.
func RemoveBlock(tx BlockTx, kind BlockKind, key string) (Block, error) {
	b, err := tx.SongUnblock(kind, key)
	if err != nil {
		return Block{}, fmt.Errorf("unblock %s %s: %w", kind, key, err)
	}
	return b, tx.AppendEvent(event.SongUnblocked{Kind: string(b.Kind), Key: b.Key, Name: b.Name})
}
