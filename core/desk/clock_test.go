package desk

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// answers is a server whose clock is off and who takes a while.
type answers struct{ off, takes time.Duration }

func (a answers) RoundTrip(*http.Request) (*http.Response, error) {
	time.Sleep(a.takes)
	now := time.Now().Add(a.off - a.takes/2).UTC().Format(http.TimeFormat)
	return &http.Response{Header: http.Header{"Date": {now}}, Body: http.NoBody}, nil
}

func TestTheClockIsComparedWithAServersToTwoSeconds(t *testing.T) {
	for _, c := range []struct{ off, takes, want time.Duration }{
		{0, 0, 0},
		{time.Second, time.Second, 0},
		{-time.Second, 8 * time.Second, 0},
		{90 * time.Second, 10 * time.Second, -90 * time.Second},
		{-time.Hour, time.Second, time.Hour},
	} {
		synctest.Test(t, func(t *testing.T) {
			k := &clock{next: answers{off: c.off, takes: c.takes}}
			if k.difference() != 0 {
				t.Error("before anybody was asked")
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://twitch/validate", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := k.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if got := k.difference(); (got-c.want).Abs() > time.Second || c.want == 0 && got != 0 {
				t.Errorf("%s off: %s", c.off, got)
			}
		})
	}
}
