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
			Early: p.Early, DifferenceCount: len(p.Differences), Differences: []api.RaffleDifference{},
		}
		for _, d := range p.Differences[:min(len(p.Differences), shownDifferences)] {
			proof.Differences = append(proof.Differences, api.RaffleDifference{RollID: d.RollID, Viewer: d.Viewer, SeedID: d.Seed, What: d.What})
		}
		return proof, err
	})
}
