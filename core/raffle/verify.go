package raffle

import (
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// Proof is what recomputing the rolls came to.
type Proof struct {
	Seeds        int // revealed, and checked
	Rolls        int // recomputed
	Unrevealed   int // rolls whose seed is still a secret
	Unverifiable int // rolls from before there were seeds
	// Early counts rolls that were redeemed before their seed was published:
	// they are right, but a seed could have been chosen for them.
	Early       int
	Picks       int // of giveaways, recomputed
	Differences []Difference
}

// Difference is one thing that is not as it was promised. A deleted roll, too,
// has the id of its redemption.
type Difference struct {
	RollID string // "" where a seed without rolls is concerned
	Viewer core.Viewer
	Seed   string // Seed.Key, "" where there is none
	What   string
}

// VerifyTx is what Verify reads.
type VerifyTx interface {
	// RaffleSeedsOf lists the seeds of a session, of all for 0, oldest first.
	RaffleSeedsOf(session int64) ([]Seed, error)
	// RaffleRollsOf lists every roll of a seed, voided or not, oldest first; for
	// 0 those without one.
	RaffleRollsOf(seed int64) ([]SeededRoll, error)
	// RaffleUnrolled lists what was fulfilled and has no roll, in a session or,
	// for 0, at all. Only ID and Viewer are filled.
	RaffleUnrolled(session int64) ([]Roll, error)
	// RaffleJournal lists the journal's records of a type about a seed or a
	// giveaway.
	RaffleJournal(t event.Type, subject string) ([]event.Record, error)
	// Giveaway finds one with its picks; GiveawayEntries lists who was in it.
	Giveaway(id int64) (Giveaway, error)
	GiveawayEntries(id int64) ([]core.Viewer, error)
}

// SeededRoll is a roll with when its points were spent; zero where that is not
// known.
type SeededRoll struct {
	Roll
	RedeemedAt time.Time
}

// Verify recomputes every roll of every revealed seed of a session, of all for
// 0, checks the seeds against the hashes that were published, and looks for
// fulfilled redemptions without a roll.
func Verify(tx VerifyTx, session int64) (Proof, error) {
	seeds, err := tx.RaffleSeedsOf(session)
	if err != nil {
		return Proof{}, fmt.Errorf("verify: list seeds: %w", err)
	}
	if session != 0 && len(seeds) == 0 {
		return Proof{}, core.E(core.NotFound, "session %d has no seed", session)
	}
	p := Proof{}
	for _, s := range seeds {
		if err := p.seed(tx, s); err != nil {
			return Proof{}, fmt.Errorf("verify %s: %w", s.Key(), err)
		}
	}
	if session == 0 {
		if err := p.seedless(tx, seeds); err != nil {
			return Proof{}, fmt.Errorf("verify rolls without a seed: %w", err)
		}
	}
	missing, err := tx.RaffleUnrolled(session)
	if err != nil {
		return Proof{}, fmt.Errorf("verify: look for missing rolls: %w", err)
	}
	for _, r := range missing {
		p.differ(r, "", "its points were spent and there is no roll")
	}
	return p, nil
}

func (p *Proof) differ(r Roll, seed, what string) {
	p.Differences = append(p.Differences, Difference{RollID: r.ID, Viewer: r.Viewer, Seed: seed, What: what})
}

// seed checks one seed and all that was drawn from it. Without the seed that
// was promised none of its rolls is proven.
func (p *Proof) seed(tx VerifyTx, s Seed) error {
	if s.Scope == ForGiveaway {
		return p.giveaway(tx, s)
	}
	rolls, err := tx.RaffleRollsOf(s.ID)
	if err != nil {
		return err
	}
	broken, hidden, err := promise(tx, s)
	switch {
	case err != nil:
		return err
	case broken != "" && len(rolls) == 0:
		p.differ(Roll{}, s.Key(), broken)
	case broken != "":
		for _, r := range rolls {
			p.differ(r.Roll, s.Key(), broken)
		}
	case hidden:
		p.Unrevealed += len(rolls)
		return nil
	}
	p.Seeds++
	for _, r := range rolls {
		p.Rolls++
		if r.RedeemedAt.Before(s.CommittedAt) && !r.RedeemedAt.IsZero() {
			p.Early++
		}
		if what := recompute(s, r.Roll); broken == "" && what != "" {
			p.differ(r.Roll, s.Key(), what)
		}
	}
	return nil
}

// promise says in what a seed differs from what was published about it, and
// whether it is still hidden.
func promise(tx VerifyTx, s Seed) (broken string, hidden bool, err error) {
	promised, err := published[event.RaffleCommitted](tx, s.Key())
	if err != nil {
		return "", false, err
	}
	if len(promised) != 1 {
		return fmt.Sprintf("the hash of its seed was published %d times instead of once", len(promised)), false, nil
	}
	switch want := s.committed(); {
	case promised[0].Hash != s.Hash:
		return "the hash of its seed is not the one that was published", false, nil
	case promised[0].Highest != s.Highest:
		return fmt.Sprintf("it was promised a number up to %d, not %d", promised[0].Highest, s.Highest), false, nil
	case promised[0] != want:
		return "its seed was published for something else", false, nil
	case s.Secret.Hash() != s.Hash:
		return "its seed does not have the hash that was published", false, nil
	}
	told, err := published[event.RaffleRevealed](tx, s.Key())
	switch {
	case err != nil:
		return "", false, err
	case !s.Revealed() && len(told) == 0:
		return "", true, nil
	case !s.Revealed() || len(told) != 1 || told[0].Seed != s.Secret.Hex() || told[0].Hash != s.Hash:
		return "its seed is not the one that was revealed", false, nil
	}
	return "", false, nil
}

// published is what the journal says of a seed or a giveaway.
func published[E event.Event](tx VerifyTx, subject string) ([]E, error) {
	var e E
	records, err := tx.RaffleJournal(e.Type(), subject)
	if err != nil {
		return nil, err
	}
	all := make([]E, len(records))
	for i, r := range records {
		if err := json.Unmarshal(r.Data, &all[i]); err != nil {
			return nil, core.E(core.Internal, "record %d of the journal does not decode: %w", r.Seq, err)
		}
	}
	return all, nil
}

// giveaway checks the seed of a giveaway and draws it again: from the entries
// that the journal pins down, the same must come out.
func (p *Proof) giveaway(tx VerifyTx, s Seed) error {
	g, err := tx.Giveaway(s.GiveawayID)
	if err != nil {
		return err
	}
	broken, hidden, err := promise(tx, s)
	if err != nil || hidden && broken == "" {
		return err
	}
	entries, err := tx.GiveawayEntries(g.ID)
	if err != nil {
		return err
	}
	told, err := published[event.GiveawayDrawn](tx, g.Key())
	if err != nil {
		return err
	}
	p.Seeds++
	var winners []core.Viewer
	for _, t := range told {
		winners = append(winners, t.Winners...)
		if broken == "" && t.EntriesHash != EntriesHash(entries) {
			broken = "its entries are not those it was drawn from"
		}
	}
	g.Seed = s
	p.picks(g, entries, winners, broken)
	return nil
}

// picks compares the picks of a giveaway with those its seed gives, and its
// winners with those that were told.
func (p *Proof) picks(g Giveaway, entries, told []core.Viewer, broken string) {
	undrawn := g
	undrawn.Picks = nil
	next, stop := iter.Pull(undrawn.Order(entries))
	defer stop()
	for _, had := range g.Picks {
		p.Picks++
		want, _ := next()
		what := broken
		if what == "" && want.Viewer.ID != had.Viewer.ID {
			what = "its seed draws " + want.Viewer.Name
		}
		if what != "" {
			p.differ(Roll{ID: g.Key() + "." + strconv.Itoa(had.Number), Viewer: had.Viewer}, g.Seed.Key(), what)
		}
	}
	if broken != "" && len(g.Picks) == 0 {
		p.differ(Roll{ID: g.Key()}, g.Seed.Key(), broken)
	}
	won := g.Winners()
	for i, v := range told {
		if i >= len(won) || won[i].Viewer.ID != v.ID {
			p.differ(Roll{ID: g.Key(), Viewer: v}, g.Seed.Key(), "they were told to have won and are not among the winners")
		}
	}
	if len(won) > len(told) {
		p.differ(Roll{ID: g.Key()}, g.Seed.Key(), fmt.Sprintf("it has %d winners, %d were told", len(won), len(told)))
	}
}

// recompute says in what a roll differs from what its seed gives; "" for
// nothing.
func recompute(s Seed, r Roll) string {
	winning, roll := s.numbers(r.ID)
	switch {
	case r.WinningNumber != winning:
		return fmt.Sprintf("the winning number is %d here, its seed gives %d", r.WinningNumber, winning)
	case r.Roll != roll:
		return fmt.Sprintf("the roll is %d here, its seed gives %d", r.Roll, roll)
	case r.Distance != max(roll-winning, winning-roll):
		return fmt.Sprintf("the distance is %d here, the numbers are %d apart", r.Distance, max(roll-winning, winning-roll))
	}
	return ""
}

// seedless looks at rolls that have no seed: right before there was one, and
// afterwards never.
func (p *Proof) seedless(tx VerifyTx, seeds []Seed) error {
	rolls, err := tx.RaffleRollsOf(0)
	if err != nil {
		return err
	}
	for _, r := range rolls {
		if len(seeds) > 0 && !r.RolledAt.Before(seeds[0].CommittedAt) {
			p.differ(r.Roll, "", "it has no seed, although one was published by then")
			continue
		}
		p.Unverifiable++
	}
	return nil
}
