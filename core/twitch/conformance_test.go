package twitch_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"sidestage/core"
	"sidestage/core/sim"
	"sidestage/core/twitch"
)

// ability is a part of Twitch that a server may not have.
type ability string

const (
	offersOAuth    ability = "oauth"    // tokens are validated
	offersSpending ability = "spending" // the login may be used up
	offersHelix    ability = "helix"    // users, rate limits
	offersEventSub ability = "eventsub" // sockets and subscriptions
	offersPatience ability = "patience" // sockets live as long as documented
	offersRewards  ability = "rewards"  // custom rewards may be made and deleted
	offersChat     ability = "chat"     // messages may be said
	offersHands    ability = "hands"    // somebody there redeems and moves sessions when told to
)

// place is a Twitch and a login there.
type place struct {
	oauth    *twitch.OAuth
	helix    *twitch.Client
	login    twitch.Grant
	eventSub string
	who      core.Viewer
	hands    *sim.Sim // of who does things there; nil without offersHands
}

// fact is something about Twitch that this program relies on.
type fact struct {
	name  string
	needs []ability
	check func(t *testing.T, p *place)
}

// facts are checked in this order; the last one uses the login up.
var facts = []fact{
	{"a token is validated with its client, user and scopes", []ability{offersOAuth}, func(t *testing.T, p *place) {
		id, err := p.oauth.Validate(t.Context(), p.login.Access)
		if err != nil || id.UserID != p.who.ID || id.ExpiresIn <= 0 || len(id.Scopes) == 0 {
			t.Errorf("%+v, %v", id, err)
		}
	}},
	{"a token nobody was given is refused for good", []ability{offersOAuth}, func(t *testing.T, p *place) {
		_, err := p.oauth.Validate(t.Context(), "nobodysaccesstoken00000000000")
		wantKind(t, err, core.LoginRequired)
	}},
	{"answers tell how the rate limit stands", []ability{offersHelix}, func(t *testing.T, p *place) {
		_, err := p.helix.Self(t.Context())
		if u := p.helix.Usage().API; err != nil || u.Points <= 0 || u.Left > u.Points {
			t.Errorf("%+v, %v", u, err)
		}
	}},
	{"a socket is welcomed and the keepalive asked for is given", []ability{offersEventSub}, func(t *testing.T, p *place) {
		m := p.dial(t, "?keepalive_timeout_seconds=30").read(t, 10*time.Second)
		if m.Session.ID == "" || m.Session.Keepalive != 30*time.Second {
			t.Errorf("%+v", m.Session)
		}
	}},
	{"a subscription to a session that is not there is refused", []ability{offersEventSub}, func(t *testing.T, p *place) {
		_, err := p.helix.Subscribe(t.Context(), p.wish(), "AgoQnobodyssession")
		wantKind(t, err, core.Invalid)
	}},
	{"a subscription stands, is listed for its session, not made twice, and deleted once", []ability{offersEventSub}, func(t *testing.T, p *place) {
		id := p.dial(t, "").read(t, 10*time.Second).Session.ID
		made, err := p.helix.Subscribe(t.Context(), p.wish(), id)
		if err != nil || !made.Enabled() || made.SessionID != id {
			t.Fatalf("%+v, %v", made, err)
		}
		_, err = p.helix.Subscribe(t.Context(), p.wish(), id)
		wantKind(t, err, core.Conflict)
		listed, err := p.helix.Subscriptions(t.Context())
		if err != nil || !slices.ContainsFunc(listed, func(s twitch.Subscription) bool { return s.ID == made.ID && s.SessionID == id }) {
			t.Errorf("%+v, %v", listed, err)
		}
		if err := p.helix.Unsubscribe(t.Context(), made.ID); err != nil {
			t.Error(err)
		}
		wantKind(t, p.helix.Unsubscribe(t.Context(), made.ID), core.NotFound)
	}},
	{"a quiet socket is kept alive", []ability{offersEventSub, offersPatience}, func(t *testing.T, p *place) {
		s := p.dial(t, "")
		w := s.read(t, 10*time.Second).Session
		_, err := p.helix.Subscribe(t.Context(), p.wish(), w.ID)
		if err != nil {
			t.Fatal(err)
		}
		if m := s.read(t, w.Keepalive+5*time.Second); m.Type != "session_keepalive" {
			t.Errorf("%+v", m)
		}
	}},
	{"a socket without a subscription is closed with 4003 after ten seconds", []ability{offersEventSub, offersPatience}, func(t *testing.T, p *place) {
		s := p.dial(t, "?keepalive_timeout_seconds=60")
		s.read(t, 10*time.Second)
		begun := time.Now()
		if code := s.end(t, 20*time.Second); code != 4003 || time.Since(begun) < 8*time.Second {
			t.Errorf("closed with %d after %s", code, time.Since(begun))
		}
	}},
	{"a socket that is sent something is closed with 4001", []ability{offersEventSub, offersPatience}, func(t *testing.T, p *place) {
		s := p.dial(t, "")
		s.read(t, 10*time.Second)
		if err := s.conn.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		if code := s.end(t, 10*time.Second); code != 4001 {
			t.Errorf("closed with %d", code)
		}
	}},
	{"a reward is made, found as ours, not made twice, and deleted once", []ability{offersRewards}, func(t *testing.T, p *place) {
		made := p.reward(t)
		ours, err := p.helix.Rewards(t.Context(), p.who.ID, true)
		if err != nil || !slices.ContainsFunc(ours, func(r twitch.Reward) bool { return r.ID == made.ID }) {
			t.Errorf("%+v, %v", ours, err)
		}
		_, err = p.helix.CreateReward(t.Context(), p.who.ID, twitch.NewReward{Title: made.Title, Cost: 1})
		wantKind(t, err, core.Invalid)
		if err := p.helix.DeleteReward(t.Context(), p.who.ID, made.ID); err != nil {
			t.Error(err)
		}
		wantKind(t, p.helix.DeleteReward(t.Context(), p.who.ID, made.ID), core.NotFound)
	}},
	{"what is redeemed is told, is listed in pages oldest first, and settled once", []ability{offersEventSub, offersRewards, offersHands}, redeemedAndSettled},
	{"a session moves with its subscriptions", []ability{offersEventSub, offersRewards, offersHands}, func(t *testing.T, p *place) {
		told, session := p.listen(t)
		reward, before := p.reward(t), session.Health().SessionID
		p.hands.Reconnect()
		for end := time.Now().Add(40 * time.Second); session.Health().SessionID == before && time.Now().Before(end); {
			time.Sleep(100 * time.Millisecond)
		}
		if after := session.Health(); after.SessionID == before {
			t.Errorf("%+v", after)
		}
		id := p.redeem(t, reward)
		if got := <-told; got != id {
			t.Errorf("told of %s, want %s", got, id)
		}
	}},
	{"a message is said, and the same one again is dropped with a reason", []ability{offersChat}, func(t *testing.T, p *place) {
		text := fmt.Sprint("is anybody here? ", time.Now().Unix())
		if id, err := p.helix.SendChat(t.Context(), p.who.ID, p.who.ID, text, ""); id == "" || err != nil {
			t.Fatalf("%q, %v", id, err)
		}
		_, err := p.helix.SendChat(t.Context(), p.who.ID, p.who.ID, text, "")
		if d, ok := errors.AsType[*twitch.Dropped](err); !ok || d.Code == "" {
			t.Errorf("%v", err)
		}
	}},
	{"a refresh gives a pair that serves, and a refresh token works once", []ability{offersOAuth, offersSpending}, func(t *testing.T, p *place) {
		g, err := p.oauth.Refresh(t.Context(), p.login.Refresh)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := p.oauth.Validate(t.Context(), g.Access); err != nil || id.UserID != p.who.ID {
			t.Errorf("%+v, %v", id, err)
		}
		_, err = p.oauth.Refresh(t.Context(), p.login.Refresh)
		wantKind(t, err, core.LoginRequired)
	}},
}

// morePages is more redemptions than two pages hold.
const morePages = 101

func redeemedAndSettled(t *testing.T, p *place) {
	told, _ := p.listen(t)
	reward := p.reward(t)
	var want []string
	for range morePages {
		id := p.redeem(t, reward)
		if got := <-told; got != id {
			t.Fatalf("told of %s, want %s", got, id)
		}
		want = append(want, id)
	}
	var listed []string
	for r, err := range p.helix.Redemptions(t.Context(), p.who.ID, reward.ID, twitch.Unfulfilled) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, r.ID)
	}
	if !slices.Equal(listed, want) {
		t.Errorf("%d are listed, of %d, or in another order", len(listed), len(want))
	}
	if err := p.helix.SetRedemption(t.Context(), p.who.ID, reward.ID, want[0], twitch.Fulfilled); err != nil {
		t.Error(err)
	}
	err := p.helix.SetRedemption(t.Context(), p.who.ID, reward.ID, want[0], twitch.Canceled)
	if !errors.Is(err, twitch.ErrSettled) {
		t.Errorf("settled twice: %v", err)
	}
	if r, err := p.helix.Redemption(t.Context(), p.who.ID, reward.ID, want[0]); err != nil || r.Status != twitch.Fulfilled {
		t.Errorf("%+v, %v", r, err)
	}
}

func wantKind(t *testing.T, err error, kind core.Kind) {
	t.Helper()
	if err == nil || core.KindOf(err) != kind {
		t.Errorf("%v is %v, want %v", err, core.KindOf(err), kind)
	}
}

// wish is a subscription that every login may have.
func (p *place) wish() twitch.Subscription {
	return twitch.Subscription{Type: twitch.TypeStreamOnline, Version: "1", Condition: map[string]string{"broadcaster_user_id": p.who.ID}}
}

// wired is a plain EventSub socket.
type wired struct{ conn *websocket.Conn }

func (p *place) dial(t *testing.T, query string) wired {
	t.Helper()
	conn, resp, err := websocket.Dial(t.Context(), p.eventSub+query, &websocket.DialOptions{HTTPClient: p.helix.HTTP})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body != nil {
		_ = resp.Body.Close()
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = conn.Close(websocket.StatusNormalClosure, "") })
	return wired{conn}
}

// read is the next frame.
func (s wired) read(t *testing.T, within time.Duration) twitch.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	_, frame, err := s.conn.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	m, err := twitch.DecodeMessage(frame)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// end reads until the socket is closed, and says with which code.
func (s wired) end(t *testing.T, within time.Duration) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	for {
		if _, _, err := s.conn.Read(ctx); err != nil {
			return int(websocket.CloseStatus(err))
		}
	}
}

// listen keeps a session that tells the redemptions it hears of.
func (p *place) listen(t *testing.T) (told chan string, s *twitch.Session) {
	t.Helper()
	told, ready := make(chan string, morePages), make(chan struct{}, 1)
	wish := twitch.Wishes(p.who.ID, nil)[:1]
	s = &twitch.Session{
		URL: p.eventSub, HTTP: p.helix.HTTP, Helix: p.helix,
		Wanted: func() []twitch.Subscription { return wish },
		Ready:  func(context.Context) { ready <- struct{}{} },
	}
	start(t, s, func(_ context.Context, m twitch.Message) error {
		r, err := m.Redemption()
		told <- r.ID
		return err
	})
	<-ready
	return told, s
}

// reward makes a reward for as long as the test lasts.
func (p *place) reward(t *testing.T) twitch.Reward {
	t.Helper()
	made, err := p.helix.CreateReward(t.Context(), p.who.ID, twitch.NewReward{Title: fmt.Sprint("Conformance ", time.Now().UnixNano()), Cost: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.helix.DeleteReward(context.WithoutCancel(t.Context()), p.who.ID, made.ID) })
	return made
}

func (p *place) redeem(t *testing.T, r twitch.Reward) string {
	t.Helper()
	id, err := p.hands.Redeem("luna", r.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestTheFactsHold holds a Twitch to what this program relies on: the simulated
// one, or that of the environment, see CONTRIBUTING.md.
func TestTheFactsHold(t *testing.T) {
	abroad := os.Getenv("SIDESTAGE_TWITCH_HELIX_URL") != ""
	offers := offered(abroad)
	for _, f := range facts {
		t.Run(f.name, func(t *testing.T) {
			for _, need := range f.needs {
				if !slices.Contains(offers, need) {
					t.Skipf("not offered there: %s", need)
				}
			}
			if abroad {
				f.check(t, ofEnvironment(t))
				return
			}
			synctest.Test(t, func(t *testing.T) {
				c, s := simulated(t, sim.Options{})
				f.check(t, simulatedPlace(t, c, s))
			})
		})
	}
}

// offered is what there is: everything here; elsewhere what the environment
// says, or what costs nothing.
func offered(abroad bool) (all []ability) {
	if !abroad {
		return []ability{offersOAuth, offersSpending, offersHelix, offersEventSub, offersPatience, offersRewards, offersChat, offersHands}
	}
	for word := range strings.SplitSeq(cmp.Or(os.Getenv("SIDESTAGE_TEST_OFFERS"), "oauth,helix,eventsub,patience"), ",") {
		if a := ability(word); a != offersHands { // nobody there takes orders
			all = append(all, a)
		}
	}
	return all
}

func simulatedPlace(t *testing.T, c *twitch.Client, s *sim.Sim) *place {
	t.Helper()
	text, err := s.GrantTwitch()
	if err != nil {
		t.Fatal(err)
	}
	p := newPlace(t, c, text)
	p.oauth.URL, p.eventSub, p.hands, p.who = "http://twitch.test/oauth2", "ws://twitch.test/ws", s, s.Broadcaster()
	return p
}

func newPlace(t *testing.T, c *twitch.Client, login []byte) *place {
	t.Helper()
	var g struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.Unmarshal(login, &g); err != nil {
		t.Fatal(err)
	}
	c.Token = func(context.Context, string) (string, error) { return g.Access, nil }
	return &place{
		oauth: &twitch.OAuth{ClientID: c.ClientID, HTTP: c.HTTP}, helix: c, login: twitch.Grant{Access: g.Access, Refresh: g.Refresh},
	}
}

// ofEnvironment is the Twitch that the environment leads to.
func ofEnvironment(t *testing.T) *place {
	t.Helper()
	login, err := os.ReadFile(os.Getenv("SIDESTAGE_TEST_TWITCH_LOGIN"))
	if err != nil {
		t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	c := &twitch.Client{
		URL: os.Getenv("SIDESTAGE_TWITCH_HELIX_URL"), ClientID: os.Getenv("SIDESTAGE_TWITCH_CLIENT_ID"), HTTP: &http.Client{Transport: transport},
	}
	p := newPlace(t, c, login)
	p.oauth.URL = cmp.Or(os.Getenv("SIDESTAGE_TWITCH_AUTH_URL"), "https://id.twitch.tv/oauth2")
	p.eventSub = cmp.Or(os.Getenv("SIDESTAGE_TWITCH_EVENTSUB_URL"), "wss://eventsub.wss.twitch.tv/ws")
	self, err := c.Self(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.who = core.Viewer{ID: self.ID, Login: self.Login, Name: self.Name}
	return p
}
