package web

import (
	"bytes"
	"context"

	"sidestage/core"
	"sidestage/core/api"
)

func (s *Server) logins(ctx context.Context, in *request) (any, error) {
	validate := in.query.Get("validate")
	switch validate {
	case "", "false", "true":
	default:
		return nil, core.Because(core.Invalid, "query", "validate has to be true or false, not %q", validate)
	}
	return s.cfg.Accounts.Logins(ctx, validate == "true")
}

// logIn never repeats what the body holds.
func (s *Server) logIn(ctx context.Context, in *request) (any, error) {
	grant, err := in.raw()
	if err != nil {
		return nil, err
	}
	return s.cfg.Accounts.LogIn(ctx, in.path("platform"), bytes.NewReader(grant))
}

func (s *Server) logOut(ctx context.Context, in *request) (any, error) {
	return s.cfg.Accounts.LogOut(ctx, in.path("platform"))
}

func (s *Server) beginLogin(ctx context.Context, in *request) (any, error) {
	var what api.LoginStart
	if err := in.body(&what); err != nil {
		return nil, err
	}
	return s.cfg.Accounts.BeginLogin(ctx, in.path("platform"), what)
}

func (s *Server) finishLogin(ctx context.Context, in *request) (any, error) {
	var what api.LoginFinish
	if err := in.body(&what); err != nil {
		return nil, err
	}
	return s.cfg.Accounts.FinishLogin(ctx, in.path("platform"), what)
}

func (s *Server) refreshLogin(ctx context.Context, in *request) (any, error) {
	return s.cfg.Accounts.RefreshLogin(ctx, in.path("platform"))
}
