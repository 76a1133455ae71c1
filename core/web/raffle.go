package web

import (
	"context"
	"strconv"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/raffle"
)

func (s *Server) raffleSeeds(ctx context.Context, in *request) (any, error) {
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	return read(ctx, s, func(tx Tx) ([]api.RaffleSeed, error) {
		found, err := tx.RaffleSeeds(limit)
		seeds := make([]api.RaffleSeed, 0, len(found))
		for _, f := range found {
			seeds = append(seeds, raffleSeed(f))
		}
		return seeds, err
	})
}

func (s *Server) raffleRolls(ctx context.Context, in *request) (any, error) {
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	which := raffle.Which{UserID: in.query.Get("user")}
	if which.Session, err = in.session(); err != nil {
		return nil, err
	}
	switch wins := in.query.Get("wins"); wins {
	case "":
	case "all":
		which.Won = true
	case "waiting":
		which.Waiting = true
	default:
		return nil, core.Because(core.Invalid, "query", "wins has to be all or waiting, not %q", wins)
	}
	return read(ctx, s, func(tx Tx) ([]api.RaffleRoll, error) { return rolls(tx, which, limit) })
}

func rolls(tx Tx, which raffle.Which, limit int) ([]api.RaffleRoll, error) {
	found, err := tx.RaffleRolls(which, limit)
	all := make([]api.RaffleRoll, 0, len(found))
	for _, r := range found {
		all = append(all, raffleRoll(r))
	}
	return all, err
}

func raffleRoll(r raffle.Roll) api.RaffleRoll {
	shown := api.RaffleRoll{
		ID: r.ID, Viewer: r.Viewer, Roll: r.Roll, WinningNumber: r.WinningNumber, Distance: r.Distance, Won: r.Won, Record: r.Record,
		RolledAt: r.RolledAt, GivenAt: r.GivenAt,
	}
	if r.SeedID != 0 {
		shown.SeedID = raffle.Seed{ID: r.SeedID}.Key()
	}
	return shown
}

func (s *Server) raffleGive(ctx context.Context, in *request) (any, error) {
	r, err := s.cfg.Raffle.Give(ctx, in.path("id"))
	return raffleRoll(r), err
}

// raffleSeed is a seed as the API shows it: the secret only once it is none.
func raffleSeed(s raffle.DrawnSeed) api.RaffleSeed {
	shown := api.RaffleSeed{
		ID: s.Key(), Scope: string(s.Scope), Hash: s.Hash, Highest: s.Highest, CommittedAt: s.CommittedAt, RevealedAt: s.RevealedAt,
		Rolls: s.Rolls, Wins: s.Wins,
	}
	if s.SessionID != 0 {
		shown.SessionID = strconv.FormatInt(s.SessionID, 10)
	}
	if s.Revealed() {
		shown.Seed = s.Secret.Hex()
	}
	return shown
}

// raffleNow is the seed that is drawn from; nil before the first.
func raffleNow(tx Tx) (*api.RaffleSeed, error) {
	found, err := tx.RaffleSeeds(1)
	if err != nil || len(found) == 0 || !found[0].EndedAt.IsZero() {
		return nil, err
	}
	now := raffleSeed(found[0])
	return &now, nil
}

// session is the id of the session that is asked for, 0 for none.
func (in *request) session() (int64, error) {
	if !in.query.Has("session") {
		return 0, nil
	}
	id, err := strconv.ParseInt(in.query.Get("session"), 10, 64)
	if err != nil || id < 1 {
		return 0, core.Because(core.Invalid, "query", "%q is not the number of a session", in.query.Get("session"))
	}
	return id, nil
}

// shownDifferences is how many differences an answer names.
const shownDifferences = 100

func (s *Server) raffleProof(ctx context.Context, in *request) (any, error) {
	session, err := in.session()
	if err != nil {
		return nil, err
	}
	return read(ctx, s, func(tx Tx) (api.RaffleProof, error) {
		p, err := raffle.Verify(tx, session)
		proof := api.RaffleProof{
			OK: len(p.Differences) == 0, Seeds: p.Seeds, Rolls: p.Rolls, Unrevealed: p.Unrevealed, Unverifiable: p.Unverifiable,
			Early: p.Early, Picks: p.Picks, DifferenceCount: len(p.Differences), Differences: []api.RaffleDifference{},
		}
		for _, d := range p.Differences[:min(len(p.Differences), shownDifferences)] {
			proof.Differences = append(proof.Differences, api.RaffleDifference{RollID: d.RollID, Viewer: d.Viewer, SeedID: d.Seed, What: d.What})
		}
		return proof, err
	})
}
