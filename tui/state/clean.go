package state

import (
	"slices"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/tui/component"
)

func clean(s string) string { return component.Clean(s) }

func cleanTrack(t api.Track) api.Track {
	t.Name, t.Album, t.RequesterDisplayName = clean(t.Name), clean(t.Album), clean(t.RequesterDisplayName)
	t.Artists = cleanAll(t.Artists)
	return t
}

func cleanAll(list []string) []string {
	list = slices.Clone(list)
	for i := range list {
		list[i] = clean(list[i])
	}
	return list
}

func cleanViewer(v core.Viewer) core.Viewer {
	v.Name, v.Login = clean(v.Name), clean(v.Login)
	if v.Name == "" {
		v.Name = v.Login
	}
	return v
}

// CleanSaga is a saga whose text is safe to show.
func CleanSaga(s api.Saga) api.Saga {
	s.Title, s.Kind, s.State, s.WaitingFor = clean(s.Title), clean(s.Kind), clean(s.State), clean(s.WaitingFor)
	s.Error = cleanFailure(s.Error)
	if s.Viewer != nil {
		v := cleanViewer(*s.Viewer)
		s.Viewer = &v
	}
	if s.Step != nil {
		st := cleanStep(*s.Step)
		s.Step = &st
	}
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		s.Steps[i] = cleanStep(s.Steps[i])
	}
	return s
}

func cleanStep(st api.Step) api.Step {
	st.Name, st.State, st.Error = clean(st.Name), clean(st.State), cleanFailure(st.Error)
	return st
}

func cleanFailure(f *api.Failure) *api.Failure {
	if f == nil {
		return nil
	}
	c := *f
	c.Message, c.Reason = clean(c.Message), clean(c.Reason)
	return &c
}
