package desk

import (
	"context"
	"crypto/rand"
	"net"
	"net/url"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/bus"
	"sidestage/core/web"
)

// Landing is where a browser comes back to from a platform's page while no desk
// runs. Make it with Land, and Close it.
type Landing struct{ listener net.Listener }

// Land opens the port for it. One that is taken is Unavailable, ReasonPortTaken,
// and says by whom.
func Land(ctx context.Context, addr string) (*Landing, error) {
	l, err := listen(ctx, addr)
	if err != nil {
		return nil, err
	}
	return &Landing{listener: l}, nil
}

// Address is the port that was opened, as host:port.
func (l *Landing) Address() string { return reachable(l.listener) }

// Close gives the port back.
func (l *Landing) Close() error { return l.listener.Close() }

// Back finishes a login with the address that a browser came back to.
type Back func(ctx context.Context, platform, answer string) (api.Login, error)

// Run answers browsers until ctx ends. What is asked of it beside is answered
// as by a desk that does not run.
func (l *Landing) Run(ctx context.Context, back Back) error {
	server := web.New(web.Config{
		Store: nowhere{}, Accounts: lander{back: back}, Rewards: noRewards{}, Health: noHealth, Bus: &bus.Bus{}, Token: rand.Text(), Build: Build(), Platform: "live",
	})
	return server.Run(ctx, l.listener)
}

// lander hands on what browsers bring back.
type lander struct {
	nobody
	back Back
}

// CameBack implements web.Accounts.
func (l lander) CameBack(ctx context.Context, platform string, query url.Values) (api.Login, error) {
	return l.back(ctx, platform, "http://localhost/?"+query.Encode())
}

// CameBack implements web.Accounts.
func (nobody) CameBack(context.Context, string, url.Values) (api.Login, error) {
	return api.Login{}, core.Because(core.Denied, "state", "no login waits for this page")
}
