package twitch_test

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"testing"

	"sidestage/core/sim"
	"sidestage/core/twitch"
)

// simulated is a client of a simulated Twitch, over connections in memory, with
// a login that may do everything. Both sides are held to Helix's description.
func simulated(t *testing.T, o sim.Options) (*twitch.Client, *sim.Sim) {
	t.Helper()
	l := newPipes()
	o.TwitchListener = l
	s, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	transport := &http.Transport{DialContext: l.dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		cancel()
		running.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	text, err := s.GrantTwitch()
	if err != nil {
		t.Fatal(err)
	}
	var grant struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal(text, &grant); err != nil {
		t.Fatal(err)
	}
	return &twitch.Client{
		URL: "http://twitch.test/helix", ClientID: s.ClientIDs().Twitch, HTTP: &http.Client{Transport: underContract(t, transport)},
		Token: func(context.Context, string) (string, error) { return grant.Access, nil },
	}, s
}
