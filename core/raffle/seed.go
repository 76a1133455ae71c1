package raffle

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/stream"
)

// Scope is what a seed is for.
type Scope string

// The scopes. At any time at most one seed of a session or off stream is
// current: all rolls are drawn from it.
const (
	ForSession Scope = "session"
	OffStream  Scope = "off-stream"
	// ForGiveaway is beside these: a giveaway has a seed of its own.
	ForGiveaway Scope = "giveaway"
)

// Seed is the secret that numbers are drawn from. Its hash is published before
// the first of them, the secret itself when the last has been drawn, so that
// anybody can compute them again and nobody could have chosen them.
type Seed struct {
	ID        int64
	Scope     Scope
	SessionID int64 // of ForSession, else 0
	// GiveawayID is that of ForGiveaway, else 0.
	GiveawayID int64
	// Highest is the largest number of a roll, 0 for a giveaway. It is promised together with the
	// hash: who may choose it later chooses the numbers.
	Highest     int
	Hash        string // SHA-256 of the secret's 32 bytes, in hex
	Secret      Secret
	CommittedAt time.Time
	EndedAt     time.Time // nothing new is drawn from it; zero while it is current
	RevealedAt  time.Time // zero while the secret is one
}

// Key is the seed's id as events carry it.
func (s Seed) Key() string { return "seed-" + strconv.FormatInt(s.ID, 10) }

// Revealed reports whether the secret is none any more.
func (s Seed) Revealed() bool { return !s.RevealedAt.IsZero() }

// DrawnSeed is a seed with what came of it.
type DrawnSeed struct {
	Seed
	Rolls, Wins int // that count
}

// Secret is what a seed hides. Whatever prints it prints no part of it, but for
// Hex.
type Secret [sha256.Size]byte

// NewSecret draws a secret that nobody can predict.
func NewSecret() (s Secret) {
	_, _ = rand.Read(s[:]) // never fails
	return s
}

// ParseSecret is the inverse of Hex.
func ParseSecret(text string) (s Secret, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(s) {
		return s, core.E(core.Internal, "a stored seed is not %d bytes in hex", len(s))
	}
	copy(s[:], b)
	return s, nil
}

// Hex is the secret itself.
func (s Secret) Hex() string { return hex.EncodeToString(s[:]) }

// Hash is what may be published while the secret is one.
func (s Secret) Hash() string {
	sum := sha256.Sum256(s[:])
	return hex.EncodeToString(sum[:])
}

// Format implements fmt.Formatter.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("(secret seed)")) }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte("(secret seed)"), nil }

// Follow brings the current seed in line with the stream: one for each session,
// one for each time between two. Of the seed before, nothing new is drawn; it is
// revealed here if no open saga holds it, else by a later Reveal. It belongs
// into the transaction in which the stream's state changes.
func Follow(tx StreamTx, highest int) error {
	session := int64(0)
	live, err := stream.Current(tx)
	switch {
	case err == nil:
		session = live.ID
	case core.KindOf(err) != core.NotFound:
		return err
	}
	now, err := tx.RaffleSeedCurrent()
	switch {
	case core.KindOf(err) == core.NotFound:
	case err != nil:
		return fmt.Errorf("read current seed: %w", err)
	case now.SessionID == session:
		return Reveal(tx)
	default:
		if err := tx.RaffleSeedEnd(now.ID, tx.Now()); err != nil {
			return fmt.Errorf("end %s: %w", now.Key(), err)
		}
	}
	if _, err := commit(tx, session, highest); err != nil {
		return err
	}
	return Reveal(tx)
}

// StreamTx is what Follow needs of a transaction.
type StreamTx interface {
	Tx
	stream.Tx
}

// commit makes a new current seed and publishes its hash.
func commit(tx Tx, session int64, highest int) (Seed, error) {
	s := Seed{Scope: OffStream, SessionID: session, Highest: highest, Secret: NewSecret(), CommittedAt: tx.Now()}
	if session != 0 {
		s.Scope = ForSession
	}
	s.Hash = s.Secret.Hash()
	var err error
	if s.ID, err = tx.RaffleSeedInsert(s); err != nil {
		return Seed{}, fmt.Errorf("keep new seed: %w", err)
	}
	return s, tx.AppendEvent(s.committed())
}

// committed is the event that publishes a seed's hash.
func (s Seed) committed() event.RaffleCommitted {
	e := event.RaffleCommitted{SeedID: s.Key(), Scope: string(s.Scope), Hash: s.Hash, Highest: s.Highest}
	if s.SessionID != 0 {
		e.SessionID = strconv.FormatInt(s.SessionID, 10)
	}
	if s.GiveawayID != 0 {
		e.GiveawayID = Giveaway{ID: s.GiveawayID}.Key()
	}
	return e
}

// Reveal publishes every seed from which all has been drawn: it has ended, and
// no open saga holds it.
func Reveal(tx Tx) error { return reveal(tx) }

// revealTx is what revealing needs of a transaction.
type revealTx interface {
	RaffleSeedsDue() ([]Seed, error)
	RaffleSeedReveal(id int64, at time.Time) error
	AppendEvent(event.Event) error
	Now() time.Time
}

func reveal(tx revealTx) error {
	due, err := tx.RaffleSeedsDue()
	if err != nil {
		return fmt.Errorf("look for seeds to reveal: %w", err)
	}
	for _, s := range due {
		if err := tx.RaffleSeedReveal(s.ID, tx.Now()); err != nil {
			return fmt.Errorf("reveal %s: %w", s.Key(), err)
		}
		e := event.RaffleRevealed{SeedID: s.Key(), Hash: s.Hash, Seed: s.Secret.Hex()}
		if err := tx.AppendEvent(e); err != nil {
			return err
		}
	}
	return nil
}

// Conclude ends the current seed without another to follow it, and a giveaway
// that nobody has drawn, for a desk that will not draw again: the demo, at its
// end.
func Conclude(tx interface {
	Tx
	GiveawayTx
}) error {
	g, err := tx.Giveaway(0)
	if err == nil && g.Live() {
		_, err = CancelGiveaway(tx, g)
	}
	if err != nil && core.KindOf(err) != core.NotFound {
		return err
	}
	now, err := tx.RaffleSeedCurrent()
	if err == nil {
		err = tx.RaffleSeedEnd(now.ID, tx.Now())
	}
	if err != nil && core.KindOf(err) != core.NotFound {
		return fmt.Errorf("end the current seed: %w", err)
	}
	return Reveal(tx)
}

// current is the seed to draw from. Where none stands, because nobody has looked
// at the stream yet, one for off stream is made.
func current(tx Tx, highest int) (Seed, error) {
	s, err := tx.RaffleSeedCurrent()
	if core.KindOf(err) == core.NotFound {
		return commit(tx, 0, highest)
	}
	if err != nil {
		return Seed{}, fmt.Errorf("read current seed: %w", err)
	}
	return s, nil
}
