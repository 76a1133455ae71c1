package web

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/saga"
)

// sagaStates are the words ?state= takes.
var sagaStates = map[saga.State]bool{
	"": true, saga.Running: true, saga.Waiting: true, saga.Compensating: true, saga.Completed: true,
	saga.Compensated: true, saga.Failed: true, saga.NeedsDecision: true,
}

func (s *Server) sagas(ctx context.Context, in *request) (any, error) {
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	state := saga.State(in.query.Get("state"))
	if !sagaStates[state] {
		return nil, core.Because(core.Invalid, "query", "%q is not a state of a saga", string(state))
	}
	return read(ctx, s, func(tx Tx) (api.Sagas, error) {
		found, err := tx.SagaList(state, limit)
		all := api.Sagas{Sagas: make([]api.Saga, 0, len(found))}
		for _, one := range found {
			shown, showErr := describe(tx, one)
			shown.Steps = nil
			all.Sagas, err = append(all.Sagas, shown), cmp.Or(err, showErr)
		}
		return all, err
	})
}

func (s *Server) saga(ctx context.Context, in *request) (any, error) {
	return s.sagaByID(ctx, in.path("id"))
}

func (s *Server) sagaByID(ctx context.Context, id string) (api.Saga, error) {
	return read(ctx, s, func(tx Tx) (api.Saga, error) {
		found, err := tx.SagaByID(id)
		if err != nil {
			return api.Saga{}, err
		}
		return describe(tx, found)
	})
}

func (s *Server) retry(ctx context.Context, in *request) (any, error) {
	if err := s.cfg.Sagas.Retry(ctx, in.path("id")); err != nil {
		return nil, err
	}
	return s.sagaByID(ctx, in.path("id"))
}

func (s *Server) resolve(ctx context.Context, in *request) (any, error) {
	var r api.ResolveRequest
	if err := in.body(&r); err != nil {
		return nil, err
	}
	if r.Happened == nil {
		return nil, core.Because(core.Invalid, "body", `say whether it happened: {"happened": true} or {"happened": false}`)
	}
	if err := s.cfg.Sagas.Resolve(ctx, in.path("id"), *r.Happened); err != nil {
		return nil, err
	}
	return s.sagaByID(ctx, in.path("id"))
}

// describe is a saga with its steps as the API shows it.
func describe(tx Tx, s saga.Saga) (api.Saga, error) {
	shown := api.Saga{
		ID: s.ID, Kind: s.Kind, Version: s.Version, State: string(s.State), WaitingFor: s.WaitingFor, NextAt: s.NextAt,
		CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, Committed: !s.CommittedAt.IsZero(), CommittedAt: s.CommittedAt,
		Error: failure(s.Error),
	}
	steps, err := tx.SagaSteps(s.ID)
	if err != nil {
		return api.Saga{}, err
	}
	for _, st := range steps {
		shown.Steps = append(shown.Steps, step(st))
	}
	if n := len(shown.Steps); n > 0 {
		shown.Step = &shown.Steps[n-1]
	}
	shown.Viewer, shown.Title, err = about(tx, s)
	return shown, err
}

func step(st saga.Step) api.Step {
	return api.Step{
		Seq: st.Seq, Name: st.Name, State: string(st.State), Attempt: st.Attempt, UndoAttempt: st.UndoAttempt,
		StartedAt: st.StartedAt, EndedAt: st.EndedAt, NextAt: st.NextAt, Error: failure(st.Error),
	}
}

func failure(f *saga.Failure) *api.Failure {
	if f == nil {
		return nil
	}
	return &api.Failure{Kind: f.Kind, Reason: f.Reason, Message: f.Message}
}

// params is what all kinds of saga have among what they were started with.
type params struct {
	Viewer core.Viewer `json:"viewer"`
	Input  string      `json:"input"` // what the viewer typed
	Name   string      `json:"name"`  // of the command, or the keyword of the giveaway
	Text   string      `json:"text"`  // what is announced
}

// giveawayKind is the kind of the sagas of giveaways.
const giveawayKind = "giveaway"

// about says for whom a saga is and what it is about: the track once it is
// known, the numbers once they are drawn, before that what was asked. Params
// that do not decode are for the saga to complain about.
func about(tx Tx, s saga.Saga) (*core.Viewer, string, error) {
	var p params
	_ = json.Unmarshal(s.Params, &p) // see above
	title := cmp.Or(p.Input, p.Text)
	switch {
	case p.Name != "" && s.Kind == giveawayKind:
		title = "giveaway " + p.Name
	case p.Name != "":
		title = "!" + p.Name
	}
	viewer, err := nowCalled(tx, p.Viewer)
	if err != nil {
		return nil, "", err
	}
	request, err := tx.SongByID(s.ID)
	if err == nil {
		return viewer, request.Track.Name, nil
	}
	if core.KindOf(err) != core.NotFound {
		return nil, "", err
	}
	roll, err := tx.RaffleRoll(s.ID)
	switch {
	case err == nil:
		return viewer, fmt.Sprintf("rolled %d, winning number %d", roll.Roll, roll.WinningNumber), nil
	case core.KindOf(err) != core.NotFound:
		return nil, "", err
	}
	return viewer, title, nil
}

// nowCalled is a viewer with their latest name; nil for nobody.
func nowCalled(tx Tx, v core.Viewer) (*core.Viewer, error) {
	if v == (core.Viewer{}) {
		return nil, nil //nolint:nilnil // nobody is no error
	}
	known, err := tx.ViewerByID(v.ID)
	if err != nil && core.KindOf(err) == core.NotFound {
		return &v, nil
	}
	return &known, err
}
