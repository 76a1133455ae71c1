// Package raffle is the keyboard raffle: two numbers are drawn, and only if
// they are the same is the prize won.
//
// Both numbers follow from the redemption and a secret seed, whose hash is
// published when the stream goes online and which is itself published when it
// is over (Seed, Follow): whoever doubts a roll computes it again (Verify).
//
// A roll is recorded inside the saga of its redemption, announced once the
// redemption is fulfilled, and voided when it is not: a roll is never deleted,
// but a voided one counts nowhere. The rules are here; how rolls are kept is
// behind Tx.
package raffle

import (
	"fmt"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// Roll is one redemption's try at the winning number.
type Roll struct {
	ID            string      `json:"id"` // the redemption's
	Viewer        core.Viewer `json:"viewer"`
	WinningNumber int         `json:"winningNumber"`
	Roll          int         `json:"roll"`
	Distance      int         `json:"distance"`         // between the two numbers
	Won           bool        `json:"won"`              // the distance is 0
	Record        bool        `json:"record"`           // when it was rolled, the closest loss so far
	SeedID        int64       `json:"seedId,omitempty"` // of the seed both numbers come from; 0 from before there were seeds
	RolledAt      time.Time   `json:"rolledAt"`
	AnnouncedAt   time.Time   `json:"announcedAt,omitzero"`
	VoidedAt      time.Time   `json:"voidedAt,omitzero"`
	GivenAt       time.Time   `json:"givenAt,omitzero"` // when the prize of a win was
}

// Voided reports whether the roll counts nowhere.
func (r Roll) Voided() bool { return !r.VoidedAt.IsZero() }

// Tx is the slice of a transaction the raffle needs. A roll, an entry or a
// closest loss that is not there is a core.NotFound.
type Tx interface {
	// ViewerPut remembers who a viewer is and what they are called now.
	ViewerPut(core.Viewer) error
	// RaffleRoll is one roll, voided or not, with its viewer's latest name.
	RaffleRoll(id string) (Roll, error)
	RaffleInsert(Roll) error
	RaffleSetAnnounced(id string, at time.Time) error
	RaffleSetVoided(id string, at time.Time) error
	RaffleSetGiven(id string, at time.Time) error
	// RaffleRolls lists rolls that were announced, newest first.
	RaffleRolls(which Which, limit int) ([]Roll, error)
	// RaffleClosestLoss is the smallest distance of all losing rolls that count.
	RaffleClosestLoss() (int, error)
	// RaffleEntries is the top of the leaderboard.
	RaffleEntries(by SortBy, limit int) ([]Entry, error)
	// RaffleSessionEntries is the top of the leaderboard of one session.
	RaffleSessionEntries(session int64, by SortBy, limit int) ([]Entry, error)
	// RaffleEntry is one viewer's row of it.
	RaffleEntry(userID string) (Entry, error)

	// RaffleSeedInsert keeps a new seed and returns its id.
	RaffleSeedInsert(Seed) (int64, error)
	// RaffleSeedCurrent is the seed that has not ended; core.NotFound when there
	// is none.
	RaffleSeedCurrent() (Seed, error)
	RaffleSeedEnd(id int64, at time.Time) error
	// RaffleSeedsDue lists the seeds that have ended, are not revealed, and of
	// whose rolls no saga is open.
	RaffleSeedsDue() ([]Seed, error)
	RaffleSeedReveal(id int64, at time.Time) error
	// RaffleSeeds lists seeds, newest first.
	RaffleSeeds(limit int) ([]DrawnSeed, error)

	AppendEvent(event.Event) error
	Now() time.Time
}

// Draw draws the two numbers of a redemption from the current seed and puts the
// roll on record. Drawing again returns the roll there is. highest is the
// largest number if a seed has to be made first.
func Draw(tx Tx, id string, viewer core.Viewer, highest int) (Roll, error) {
	known, err := tx.RaffleRoll(id)
	if err == nil {
		return known, nil
	}
	if core.KindOf(err) != core.NotFound {
		return Roll{}, fmt.Errorf("look up roll %s: %w", id, err)
	}
	seed, err := current(tx, highest)
	if err != nil {
		return Roll{}, err
	}
	r := Roll{ID: id, Viewer: viewer, SeedID: seed.ID}
	r.WinningNumber, r.Roll = seed.numbers(id)
	return Record(tx, r)
}

// Record puts a roll on record. The caller gives ID, Viewer, both numbers and
// the seed they come from;
// everything else is worked out here. Recording the same roll again returns
// the one there is; the same id with another viewer or other numbers is a
// core.Conflict. Nobody hears of the roll before Announce.
func Record(tx Tx, r Roll) (Roll, error) {
	if err := check(r); err != nil {
		return Roll{}, err
	}
	known, err := tx.RaffleRoll(r.ID)
	if err == nil {
		return known, sameAs(known, r)
	}
	if core.KindOf(err) != core.NotFound {
		return Roll{}, fmt.Errorf("look up roll %s: %w", r.ID, err)
	}
	r = Roll{ID: r.ID, Viewer: r.Viewer, WinningNumber: r.WinningNumber, Roll: r.Roll, SeedID: r.SeedID, RolledAt: tx.Now()}
	r.Distance = max(r.WinningNumber-r.Roll, r.Roll-r.WinningNumber)
	r.Won = r.Distance == 0
	if r.Record, err = breaksRecord(tx, r); err != nil {
		return Roll{}, err
	}
	if err := tx.ViewerPut(r.Viewer); err != nil {
		return Roll{}, err
	}
	if err := tx.RaffleInsert(r); err != nil {
		return Roll{}, fmt.Errorf("insert roll %s: %w", r.ID, err)
	}
	return r, nil
}

func check(r Roll) error {
	if r.ID == "" || r.Viewer.ID == "" {
		return core.E(core.Invalid, "a roll needs the ids of its redemption and its viewer")
	}
	for _, n := range []int{r.WinningNumber, r.Roll} {
		if n < 1 || n > MostHighest {
			return core.E(core.Invalid, "roll %s: %d is not in 1…%d", r.ID, n, MostHighest)
		}
	}
	return nil
}

func sameAs(known, r Roll) error {
	if known.Viewer.ID == r.Viewer.ID && known.WinningNumber == r.WinningNumber && known.Roll == r.Roll {
		return nil
	}
	return core.E(core.Conflict, "roll %s is on record with other numbers", r.ID)
}

func breaksRecord(tx Tx, r Roll) (bool, error) {
	if r.Won {
		return false, nil
	}
	closest, err := tx.RaffleClosestLoss()
	if core.KindOf(err) == core.NotFound {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up closest roll: %w", err)
	}
	return r.Distance < closest, nil
}

// Announce tells everybody about a roll, once: announcing it again does
// nothing. A voided roll is a core.Conflict.
func Announce(tx Tx, id string) error {
	r, err := tx.RaffleRoll(id)
	if err != nil {
		return fmt.Errorf("announce roll %s: %w", id, err)
	}
	if r.Voided() {
		return core.E(core.Conflict, "announce roll %s: it is voided", id)
	}
	if !r.AnnouncedAt.IsZero() {
		return nil
	}
	if err := tx.RaffleSetAnnounced(id, tx.Now()); err != nil {
		return fmt.Errorf("announce roll %s: %w", id, err)
	}
	e := event.RaffleRolled{
		RollID: r.ID, Viewer: r.Viewer,
		Roll: r.Roll, WinningNumber: r.WinningNumber, Distance: r.Distance, Record: r.Record,
	}
	if r.SeedID != 0 {
		e.SeedID = Seed{ID: r.SeedID}.Key()
	}
	return tx.AppendEvent(e)
}

// Void makes a roll count nowhere; its points went back. Voiding a roll that
// is voided already, or was never recorded, does nothing.
func Void(tx Tx, id string) error {
	r, err := tx.RaffleRoll(id)
	if err != nil {
		if core.KindOf(err) == core.NotFound {
			return nil
		}
		return fmt.Errorf("void roll %s: %w", id, err)
	}
	if r.Voided() {
		return nil
	}
	if err := tx.RaffleSetVoided(id, tx.Now()); err != nil {
		return fmt.Errorf("void roll %s: %w", id, err)
	}
	return tx.AppendEvent(event.RaffleVoided{RollID: id})
}
