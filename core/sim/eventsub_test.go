package sim_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"sidestage/core/sim"
)

// inBubble runs a test in a synctest bubble with a running simulator.
func inBubble(t *testing.T, opt sim.Options, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, opt)
		test(t, w)
		w.stop()
	})
}

func TestASocketWithoutASubscriptionIsClosedAfterTenSeconds(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		begin := time.Now()
		if code := w.open().closed(); code != 4003 || time.Since(begin) != 10*time.Second {
			t.Errorf("closed %d after %v", code, time.Since(begin))
		}
	})
}

func TestAnythingSentOnTheSocketClosesIt(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		f := w.open()
		f.subscribe(addType, 202)
		if err := f.conn.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		if code := f.closed(); code != 4001 {
			t.Errorf("closed %d", code)
		}
		g := w.open()
		go func() { _ = g.conn.Ping(t.Context()) }()
		if code := g.closed(); code != 4001 {
			t.Errorf("after a ping closed %d", code)
		}
	})
}

func TestAQuietSocketIsKeptAliveAndPinged(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		f := w.open()
		f.subscribe(addType, 202)
		begin := time.Now()
		for range 5 {
			if m := f.read(); dig(m, "metadata.message_type") != "session_keepalive" {
				t.Fatalf("%v", m)
			}
		}
		if d := time.Since(begin); d != 50*time.Second {
			t.Errorf("five keepalives took %v", d)
		}
		if m := w.connect("ws://platform.test/ws?keepalive_timeout_seconds=3").read(); dig(m, "payload.session.keepalive_timeout_seconds") != 10.0 {
			t.Errorf("%v", m)
		}
	})
}

func TestAClientThatDoesNotPongIsClosed(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		mute := func(context.Context, []byte) bool { return false }
		conn, _, err := websocket.Dial(t.Context(), "ws://platform.test/ws", &websocket.DialOptions{HTTPClient: w.twitch.http, OnPingReceived: mute})
		if err != nil {
			t.Fatal(err)
		}
		f, begin := &feed{w: w, conn: conn}, time.Now()
		f.welcome()
		f.subscribe(addType, 202)
		if code := f.closed(); code != 4002 || time.Since(begin) != 20*time.Second {
			t.Errorf("closed %d after %v", code, time.Since(begin))
		}
		synctest.Wait()
		if s := w.twitch.call("GET", subsPath, nil, 200).text(t, "data.0.status"); s != "websocket_failed_ping_pong" {
			t.Errorf("the subscription is %q", s)
		}
	})
}

func TestSubscribingIsStrict(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		f := w.open()
		own := map[string]string{"broadcaster_user_id": w.me()}
		f.subscribe(addType, 202)
		f.subscribe(addType, 409)
		for name, c := range map[string]struct {
			body   any
			status int
		}{
			"no such session":       {subscription("stream.online", "1", own, "AgoQnobody"), 400},
			"no such version":       {subscription("channel.follow", "1", own, f.session), 400},
			"no such type":          {subscription("channel.nap", "1", own, f.session), 400},
			"no condition":          {subscription("stream.online", "1", nil, f.session), 400},
			"chat without a reader": {subscription("channel.chat.message", "1", own, f.session), 400},
			"a raid both ways":      {subscription("channel.raid", "1", map[string]string{"from_broadcaster_user_id": w.me(), "to_broadcaster_user_id": w.me()}, f.session), 400},
			"somebody else's":       {subscription(updateType, "1", map[string]string{"broadcaster_user_id": "1"}, f.session), 403},
			"a webhook":             {map[string]any{"type": "stream.online", "version": "1", "condition": own, "transport": map[string]string{"method": "webhook"}}, 400},
		} {
			if a := w.twitch.call("POST", subsPath, c.body, 0); a.status != c.status {
				t.Errorf("%s: %d, want %d: %s", name, a.status, c.status, a.body)
			}
		}
		id := w.twitch.call("GET", subsPath, nil, 200).text(t, "data.0.id")
		whole := w.twitch.token
		w.twitch.token = parseToken(t, func(...string) ([]byte, error) { return w.sim.GrantTwitch("user:read:chat") }).Access
		w.twitch.call("POST", subsPath, subscription("channel.subscribe", "1", own, f.session), 403) // a scope too few
		w.twitch.token = whole
		w.twitch.call("DELETE", subsPath+"?id="+id, nil, 204)
		w.twitch.call("DELETE", subsPath+"?id="+id, nil, 404)
		f.subscribe(addType, 202)
	})
}

func TestAFourthTransportIsRefused(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		for _, kind := range []string{addType, updateType, "stream.online"} {
			w.open().subscribe(kind, 202)
		}
		w.open().subscribe("stream.offline", 429)
	})
}

func TestReconnectingCarriesSubscriptionsAndWhatWasNotSent(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		old, songs, _ := w.listening()
		begin := time.Now()
		w.sim.Reconnect()
		m := old.notification()
		link, _ := dig(m, "payload.session.reconnect_url").(string)
		if dig(m, "metadata.message_type") != "session_reconnect" || link == "" {
			t.Fatalf("%v", m)
		}
		fresh := w.connect(link)
		fresh.welcome()
		if fresh.session == old.session {
			t.Error("the session id stayed")
		}
		fresh.subscribe(addType, 409)
		id, err := w.sim.Redeem("kai", songs, "hello")
		if err != nil {
			t.Fatal(err)
		}
		if got := dig(fresh.notification(), "payload.event.id"); got != id {
			t.Errorf("the new connection hears of %v", got)
		}
		if code := old.closed(); code != 4004 || time.Since(begin) != 30*time.Second {
			t.Errorf("the old one closed %d after %v", code, time.Since(begin))
		}
		if code := w.connect(link).closed(); code != 4007 {
			t.Errorf("the used URL closes %d", code)
		}
	})
}

func TestWhoClosesTheOldConnectionFirstHasAnInvalidReconnect(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		old, _, _ := w.listening()
		w.sim.Reconnect()
		link, _ := dig(old.notification(), "payload.session.reconnect_url").(string)
		_ = old.conn.Close(websocket.StatusNormalClosure, "")
		synctest.Wait()
		if code := w.connect(link).closed(); code != 4007 {
			t.Errorf("closed %d", code)
		}
	})
}

func TestEveryCloseCodeArrives(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		for _, code := range []int{4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007} {
			f := w.open()
			f.subscribe(addType, 202)
			w.sim.CloseSockets(code)
			if got := f.closed(); got != code {
				t.Errorf("closed %d, want %d", got, code)
			}
			synctest.Wait()
		}
		f := w.open()
		f.subscribe(addType, 202)
		w.sim.CloseSockets(0)
		if got := f.closed(); got != -1 {
			t.Errorf("cut off with code %d", got)
		}
	})
}

func TestARedemptionIsToldWithItsChatCopy(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		f, songs, rolls := w.listening()
		id, err := w.sim.Redeem("夜のレン", "SONG request", "spotify:track:x")
		if err != nil {
			t.Fatal(err)
		}
		add, copied := f.notification(), f.notification()
		if dig(add, "payload.event.id") != id || dig(add, "payload.event.status") != "unfulfilled" || dig(add, "payload.event.user_login") != "ren_yoru" ||
			dig(add, "payload.event.user_input") != "spotify:track:x" || dig(add, "payload.event.reward.id") != songs {
			t.Errorf("%v", add)
		}
		if dig(copied, "payload.event.channel_points_custom_reward_id") != songs || dig(copied, "payload.event.message.text") != "spotify:track:x" {
			t.Errorf("%v", copied)
		}
		roll, err := w.sim.Redeem("kai", rolls, "ignored")
		if err != nil {
			t.Fatal(err)
		}
		if m := f.notification(); dig(m, "payload.event.id") != roll || dig(m, "payload.event.user_input") != "" {
			t.Errorf("%v", m)
		}
		if a := w.settle(rolls, roll, "FULFILLED"); a.status != 200 || a.text(t, "data.0.status") != "FULFILLED" {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if m := f.notification(); dig(m, "metadata.subscription_type") != updateType || dig(m, "payload.event.status") != "fulfilled" {
			t.Errorf("%v", m)
		}
		if b := w.sim.Books(); b.Delivered != 4 || b.Undelivered != 0 || b.Lost != 0 {
			t.Errorf("%+v", b)
		}
	})
}

func TestWhatHappensWithNobodyListeningIsOnlyInTheList(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		songs := w.reward("Song request", true)
		id, err := w.sim.Redeem("kai", songs, "first")
		if err != nil {
			t.Fatal(err)
		}
		f := w.open()
		f.subscribe(addType, 202)
		if m := f.read(); dig(m, "metadata.message_type") != "session_keepalive" {
			t.Errorf("there is a replay: %v", m)
		}
		a := w.twitch.call("GET", redemptionsPath+"?broadcaster_id="+w.me()+"&reward_id="+songs+"&status=UNFULFILLED", nil, 200)
		if a.text(t, "data.0.id") != id {
			t.Errorf("%s", a.body)
		}
	})
}

func TestTheStreamIsToldAndListed(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		f, _, _ := w.listening()
		if err := w.sim.GoLive(); err != nil {
			t.Fatal(err)
		}
		if m := f.notification(); dig(m, "metadata.subscription_type") != "stream.online" || dig(m, "payload.event.type") != "live" {
			t.Errorf("%v", m)
		}
		if err := w.sim.GoOffline(); err != nil {
			t.Fatal(err)
		}
		if m := f.notification(); dig(m, "metadata.subscription_type") != "stream.offline" {
			t.Errorf("%v", m)
		}
		if data, _ := w.twitch.call("GET", "/helix/streams?user_id="+w.me(), nil, 200).at(t, "data").([]any); len(data) != 0 {
			t.Errorf("still live: %v", data)
		}
	})
}

func TestTheAudienceWanders(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		if err := w.sim.GoLive(); err != nil {
			t.Fatal(err)
		}
		var counts []float64
		for range 10 {
			n, _ := w.twitch.call("GET", "/helix/streams?user_id="+w.me(), nil, 200).at(t, "data.0.viewer_count").(float64)
			counts = append(counts, n)
			rest(time.Minute)
		}
		if slices.Min(counts) < 20 || len(slices.Compact(counts)) < 5 {
			t.Errorf("%v", counts)
		}
	})
}
