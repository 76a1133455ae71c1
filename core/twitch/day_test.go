package twitch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/sim"
	"sidestage/core/testenv"
	"sidestage/core/twitch"
)

// weather is a network that can be cut, frozen and slowed down.
type weather struct {
	pipes  *pipes
	mu     sync.Mutex
	conns  map[*conn]bool
	away   bool          // nobody can be dialled
	frozen chan struct{} // closed when it thaws; nil when it flows
	drag   atomic.Int64  // how long each read takes
}

// conn is a connection through the weather.
type conn struct {
	net.Conn
	w *weather
}

func (w *weather) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	w.mu.Lock()
	away := w.away
	w.mu.Unlock()
	if away {
		return nil, errors.New("network is unreachable")
	}
	raw, err := w.pipes.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, w: w}
	w.mu.Lock()
	w.conns[c] = true
	w.mu.Unlock()
	return c, nil
}

func (c *conn) Read(b []byte) (int, error) {
	time.Sleep(time.Duration(c.w.drag.Load()))
	n, err := c.Conn.Read(b)
	c.w.mu.Lock()
	thaw := c.w.frozen
	c.w.mu.Unlock()
	if thaw != nil {
		<-thaw
	}
	return n, err
}

func (c *conn) Close() error {
	c.w.mu.Lock()
	delete(c.w.conns, c)
	c.w.mu.Unlock()
	return c.Conn.Close()
}

// cut ends every connection at once.
func (w *weather) cut() {
	w.mu.Lock()
	all := slices.Collect(maps.Keys(w.conns))
	w.mu.Unlock()
	for _, c := range all {
		_ = c.Close()
	}
}

func (w *weather) unplug(away bool) {
	w.mu.Lock()
	w.away = away
	w.mu.Unlock()
	if away {
		w.cut()
	}
}

// freeze lets nothing arrive until the returned thaw.
func (w *weather) freeze() (thaw func()) {
	still := make(chan struct{})
	w.mu.Lock()
	w.frozen = still
	w.mu.Unlock()
	return func() {
		w.mu.Lock()
		w.frozen = nil
		w.mu.Unlock()
		close(still)
	}
}

// purse is the desk's login in brief: one pair of tokens, refreshed when the
// access token is refused.
type purse struct {
	mu    sync.Mutex
	grant twitch.Grant
	oauth *twitch.OAuth
	gone  bool // only a person can help
}

func (p *purse) put(text []byte) {
	var g struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	_ = json.Unmarshal(text, &g)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grant, p.gone = twitch.Grant{Access: g.Access, Refresh: g.Refresh}, false
}

func (p *purse) token(ctx context.Context, refused string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return "", core.E(core.LoginRequired, "run sidestage auth login twitch")
	}
	if refused == "" || refused != p.grant.Access {
		return p.grant.Access, nil
	}
	g, err := p.oauth.Refresh(context.WithoutCancel(ctx), p.grant.Refresh)
	final := []core.Kind{core.LoginRequired, core.Denied, core.Invalid, core.NotFound}
	if err != nil && slices.Contains(final, core.KindOf(err)) {
		p.gone = true
		return "", core.E(core.LoginRequired, "run sidestage auth login twitch")
	}
	if err != nil {
		return "", core.E(core.Unavailable, "refresh: %w", err)
	}
	p.grant = g
	return g.Access, nil
}

// day is a session with the simulated Twitch, and a desk in brief behind it: it
// takes each redemption once, whichever way it came, and fulfils it.
type day struct {
	t       *testing.T
	sim     *sim.Sim
	weather *weather
	helix   *twitch.Client
	session *twitch.Session
	reward  string
	asleep  atomic.Int64 // how far the wall clock has run ahead

	mu      sync.Mutex
	taken   map[string]int // times, by redemption
	work    chan string
	notices int // redemptions that came by notification first
}

func (d *day) take(id string, notified bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.taken[id]++; d.taken[id] > 1 {
		return
	}
	if notified {
		d.notices++
	}
	d.work <- id
}

func (d *day) handle(_ context.Context, m twitch.Message) error {
	if m.Subscription.Type != twitch.TypeRedemptionAdd || m.Revoked() {
		return nil
	}
	r, err := m.Redemption()
	if err == nil {
		d.take(r.ID, true)
	}
	return err
}

// catchUp lists what waits, as the desk does after every new session.
func (d *day) catchUp(ctx context.Context) {
	for ctx.Err() == nil {
		var last error
		for r, err := range d.helix.Redemptions(ctx, d.sim.Broadcaster().ID, d.reward, twitch.Unfulfilled) {
			if last = err; err == nil {
				d.take(r.ID, false)
			}
		}
		if last == nil {
			return
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

// fulfil settles what was taken, for as long as it takes.
func (d *day) fulfil(ctx context.Context) {
	for id := range d.work {
		for ctx.Err() == nil {
			err := d.helix.SetRedemption(ctx, d.sim.Broadcaster().ID, d.reward, id, twitch.Fulfilled)
			if err == nil || errors.Is(err, twitch.ErrSettled) {
				break
			}
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
		}
	}
}

// newDay starts the simulator and the session.
func newDay(t *testing.T, seed uint64) (d *day, stop func()) {
	d = &day{t: t, taken: map[string]int{}, work: make(chan string, 100_000)}
	d.weather = &weather{pipes: newPipes(), conns: map[*conn]bool{}}
	client := &http.Client{Transport: &http.Transport{DialContext: d.weather.dial}}
	login := &purse{}
	var err error
	d.sim, err = sim.New(sim.Options{Seed: seed, TwitchListener: d.weather.pipes, Login: func(_ string, token []byte) { login.put(token) }})
	if err != nil {
		t.Fatal(err)
	}
	id := d.sim.ClientIDs().Twitch
	login.oauth = &twitch.OAuth{URL: "http://twitch/oauth2", ClientID: id, HTTP: client}
	d.helix = &twitch.Client{URL: "http://twitch/helix", ClientID: id, HTTP: client, Token: login.token}
	d.session = &twitch.Session{
		URL: "ws://twitch/ws", HTTP: client, Helix: d.helix, Ready: d.catchUp,
		Wanted: func() []twitch.Subscription {
			return twitch.Wishes(d.sim.Broadcaster().ID, []string{twitch.ScopeManageRedemptions, twitch.ScopeReadChat})
		},
	}
	d.session.SetWall(func() time.Time { return time.Now().Add(time.Duration(d.asleep.Load())) })
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { d.check(d.sim.Run(ctx)) })
	grant, err := d.sim.GrantTwitch()
	d.check(err)
	login.put(grant)
	made, err := d.helix.CreateReward(ctx, d.sim.Broadcaster().ID, twitch.NewReward{Title: "Keyboard raffle", Cost: 1})
	d.check(err)
	d.reward = made.ID
	all.Go(func() { d.check(d.session.Run(ctx, d.handle)) })
	all.Go(func() { d.fulfil(ctx) })
	all.Go(func() { // the patrol, every minute while live
		for ctx.Err() == nil {
			select {
			case <-time.After(time.Minute):
				if d.session.Health().SessionID != "" {
					short, done := context.WithTimeout(ctx, time.Minute)
					d.catchUp(short)
					done()
				}
			case <-ctx.Done():
			}
		}
	})
	return d, func() {
		cancel()
		close(d.work)
		all.Wait()
		client.CloseIdleConnections()
		d.weather.cut()
		d.check(d.sim.Close())
	}
}

func (d *day) check(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Error(err)
	}
}

// trouble is one thing that goes wrong for a while; it returns when it is over.
type trouble struct {
	name string
	do   func(d *day, r *rand.Rand, lasts time.Duration)
}

// troubles are all the ways in which a session may be disturbed.
func troubles() []trouble {
	all := []trouble{
		{"cut", func(d *day, _ *rand.Rand, _ time.Duration) { d.weather.cut() }},
		{"no network", func(d *day, _ *rand.Rand, lasts time.Duration) {
			d.weather.unplug(true)
			time.Sleep(lasts)
			d.weather.unplug(false)
		}},
		{"half dead", func(d *day, _ *rand.Rand, lasts time.Duration) { d.sim.DropSockets(10 * lasts) }},
		{"frozen", func(d *day, _ *rand.Rand, lasts time.Duration) {
			thaw := d.weather.freeze()
			time.Sleep(lasts)
			thaw()
		}},
		{"asleep", func(d *day, r *rand.Rand, lasts time.Duration) {
			d.sim.DropSockets(time.Minute)
			d.asleep.Add(int64(time.Minute + upTo(r, 3*time.Hour)))
			time.Sleep(lookAfter)
		}},
		{"slow reads", func(d *day, _ *rand.Rand, lasts time.Duration) {
			d.weather.drag.Store(int64(300 * time.Millisecond))
			time.Sleep(lasts)
			d.weather.drag.Store(0)
		}},
		{"reconnect", func(d *day, _ *rand.Rand, _ time.Duration) { d.sim.Reconnect() }},
		{"reconnect and cut", func(d *day, r *rand.Rand, _ time.Duration) {
			d.sim.Reconnect()
			time.Sleep(upTo(r, time.Second))
			d.weather.cut()
		}},
		{"revoked", func(d *day, r *rand.Rand, _ time.Duration) {
			wishes := twitch.Wishes(d.sim.Broadcaster().ID, nil)
			d.sim.Unsubscribe(wishes[r.IntN(5)].Type, "authorization_revoked")
		}},
		{"login taken back", func(d *day, _ *rand.Rand, lasts time.Duration) {
			d.check(d.sim.Revoke(sim.Twitch))
			time.Sleep(lasts)
		}},
	}
	for code := 4000; code <= 4007; code++ {
		all = append(all, trouble{fmt.Sprint("close ", code), func(d *day, _ *rand.Rand, _ time.Duration) { d.sim.CloseSockets(code) }})
	}
	for _, fault := range []string{"server-error", "unauthorized", "rate-limit", "timeout-after", "slow", "drop-socket", "close-code"} {
		all = append(all, trouble{fault, func(d *day, _ *rand.Rand, lasts time.Duration) {
			d.check(d.sim.SetFault(fault, true))
			time.Sleep(lasts)
			d.check(d.sim.SetFault(fault, false))
		}})
	}
	return all
}

// lookAfter is how soon a session notices that it was asleep.
const lookAfter = 5 * time.Second

// healthyWithin is how long after the end of a trouble a session may take.
const healthyWithin = time.Minute

// TestADayOfTroublesLosesNothing disturbs a session in every way for hours while
// somebody redeems every few seconds.
func TestADayOfTroublesLosesNothing(t *testing.T) {
	long := testenv.Day(6 * time.Hour)
	if testing.Short() {
		long = 3 * time.Hour
	}
	synctest.Test(t, func(t *testing.T) {
		seed := uint64(7)
		d, stop := newDay(t, seed)
		d.check(d.sim.SetFault("duplicate", true))
		d.check(d.sim.SetFault("reorder", true))
		r := rand.New(rand.NewPCG(seed, 1))
		begun := time.Now()
		redeeming := make(chan struct{})
		go func() {
			defer close(redeeming)
			viewers := rand.New(rand.NewPCG(seed, 2))
			for n := 0; time.Since(begun) < long; n++ {
				_, err := d.sim.Redeem(fmt.Sprint("viewer", n%500), "Keyboard raffle", "")
				d.check(err)
				time.Sleep(time.Second + upTo(viewers, 8*time.Second))
			}
		}()
		all, met, slowest := troubles(), map[string]int{}, time.Duration(0)
		for time.Since(begun) < long {
			what := all[r.IntN(len(all))]
			met[what.name]++
			what.do(d, r, time.Second+upTo(r, 2*time.Minute))
			ended := time.Now()
			time.Sleep(2 * time.Second) // a close is not noticed at once
			for d.session.Health().State != twitch.Healthy && time.Since(ended) < 2*healthyWithin {
				time.Sleep(time.Second)
			}
			took := time.Since(ended)
			if slowest = max(slowest, took); took > healthyWithin {
				t.Errorf("%s: healthy after %v: %+v", what.name, took, d.session.Health())
			}
			time.Sleep(upTo(r, 2*time.Minute))
		}
		<-redeeming
		d.sim.StopViewers()
		time.Sleep(3 * time.Minute)
		d.mu.Lock()
		for _, e := range d.sim.Redemptions() {
			if d.taken[e.ID] == 0 || e.Status != "FULFILLED" {
				t.Errorf("redemption of %v was taken %d times and is %s", e.RedeemedAt, d.taken[e.ID], e.Status)
			}
		}
		b := d.sim.Books()
		if b.Taken != len(d.taken) || d.notices == b.Taken || d.notices < b.Taken/2 {
			t.Errorf("%d redemptions, %d taken, %d of them by notification: %+v", b.Taken, len(d.taken), d.notices, b)
		}
		d.mu.Unlock()
		for _, what := range all {
			if met[what.name] == 0 && !testing.Short() {
				t.Errorf("%s never happened", what.name)
			}
		}
		t.Logf("%d redemptions, %d found by listing; %d troubles, the slowest over after %v", b.Taken, b.Taken-d.notices, sum(met), slowest)
		stop()
	})
}

// upTo is anything from nothing to most.
func upTo(r *rand.Rand, most time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(most)))
}

func sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

// BenchmarkDecodeMessage decodes a redemption and a chat message, as far as what
// they tell.
func BenchmarkDecodeMessage(b *testing.B) {
	for name, read := range map[string]func(twitch.Message) error{
		"notification_redemption_add":            func(m twitch.Message) error { _, err := m.Redemption(); return err },
		"notification_chat_message_rpc_injected": func(m twitch.Message) error { _, err := m.ChatMessage(); return err },
		"session_keepalive":                      func(twitch.Message) error { return nil },
	} {
		data := frame(b, name)
		b.Run(strings.TrimPrefix(name, "notification_"), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				m, err := twitch.DecodeMessage(data)
				if err = errors.Join(err, read(m)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
		})
	}
}
