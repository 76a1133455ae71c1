package twitch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/twitch"
)

// trip is a transport that answers by itself.
type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// says makes a transport that answers everything with status and body, and
// keeps the last request and its body.
func says(status int, body string, seen *call) *http.Client {
	return &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		if seen != nil {
			var sent []byte
			if r.Body != nil {
				sent, _ = io.ReadAll(r.Body)
			}
			*seen = call{
				method: r.Method, path: r.URL.Path, query: r.URL.RawQuery, body: string(sent),
				auth: r.Header.Get("Authorization"), client: r.Header.Get("Client-Id"), kind: r.Header.Get("Content-Type"),
			}
		}
		return reply(status, body), nil
	})}
}

func reply(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func helix(h *http.Client) *twitch.Client {
	return &twitch.Client{
		URL: "https://api.test/helix", ClientID: "cid", HTTP: h,
		Token: func(_ context.Context, refused string) (string, error) {
			if refused != "" {
				return "tok2-secret", nil
			}
			return "tok-secret", nil
		},
	}
}

func TestTheBaseURLMayOrMayNotEndInASlash(t *testing.T) {
	for base, want := range map[string]string{
		"https://api.test/helix":  "/helix/users",
		"https://api.test/helix/": "/helix/users",
		"http://127.0.0.1:8080":   "/users",
		"http://127.0.0.1:8080/":  "/users",
	} {
		var seen call
		c := helix(says(200, `{"data":[{"id":"1"}]}`, &seen))
		c.URL = base
		if _, err := c.Self(t.Context()); err != nil || seen.path != want {
			t.Errorf("%s: %s, %v", base, seen.path, err)
		}
	}
	for _, base := range []string{"", "api.test/helix", "://"} {
		c := helix(nil)
		c.URL = base
		if _, err := c.Self(t.Context()); core.KindOf(err) != core.Invalid {
			t.Errorf("%q: %v", base, err)
		}
	}
}

func TestSelf(t *testing.T) {
	var seen call
	u, err := helix(says(200, string(frame(t, "api_get_users")), &seen)).Self(t.Context())
	want := twitch.User{ID: "13110386", Login: "stevechief137", Name: "SteveChief137", BroadcasterType: "partner"}
	if d := cmp.Diff(want, u); err != nil || d != "" {
		t.Error(err, d)
	}
	sent := call{method: "GET", path: "/helix/users", auth: "Bearer tok-secret", client: "cid"}
	if seen != sent {
		t.Errorf("sent %+v", seen)
	}
}

func TestStreamIsLiveOrOffline(t *testing.T) {
	var seen call
	s, err := helix(says(200, string(frame(t, "api_get_streams")), &seen)).Stream(t.Context(), "13110386")
	want := twitch.Stream{
		ID: "b9d41f3b-4d41-4caa-9d8f-40fa935708be", UserID: "13110386", Title: "Sample stream!", Game: "Just Developing",
		Viewers: 79336, StartedAt: time.Date(2026, 11, 24, 4, 39, 59, 0, time.UTC),
	}
	if d := cmp.Diff(want, s); err != nil || d != "" || seen.query != "user_id=13110386" {
		t.Error(err, d, seen.query)
	}
	_, err = helix(says(200, `{"data":[]}`, nil)).Stream(t.Context(), "1")
	if core.KindOf(err) != core.NotFound || core.ReasonOf(err) != "offline" {
		t.Errorf("offline: %v", err)
	}
	_, err = helix(says(404, `{}`, nil)).Stream(t.Context(), "1")
	if core.ReasonOf(err) == "offline" {
		t.Errorf("a missing endpoint is not an offline stream: %v", err)
	}
}

func TestRewards(t *testing.T) {
	var seen call
	got, err := helix(says(200, string(frame(t, "api_get_custom_rewards")), &seen)).Rewards(t.Context(), "1&x=y", true)
	want := []twitch.Reward{
		{ID: "52da6ab1-32d3-e6b2-7596-786aa2809fba", Title: "Fake reward for 13110386", Cost: 1, Color: "#9146FF", Enabled: true},
		{ID: "e1d029fc-00d9-ff39-0312-2d0b9dbfe5e7", Title: "Song request", Cost: 500, Enabled: true},
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(err, d)
	}
	if seen.query != "broadcaster_id=1%26x%3Dy&only_manageable_rewards=true" {
		t.Error(seen.query)
	}
}

func TestCreateAndUpdateReward(t *testing.T) {
	const made = `{"data":[{"id":"r1","title":"Song","cost":500,"is_enabled":true,"is_paused":true,"should_redemptions_skip_request_queue":false}]}`
	var seen call
	c := helix(says(200, made, &seen))
	got, err := c.CreateReward(t.Context(), "7", twitch.NewReward{Title: "Song", Cost: 500, InputRequired: true})
	if err != nil || got.ID != "r1" || !got.Enabled || !got.Paused {
		t.Errorf("%+v, %v", got, err)
	}
	want := call{
		method: "POST", path: "/helix/channel_points/custom_rewards", query: "broadcaster_id=7",
		auth: "Bearer tok-secret", client: "cid", kind: "application/json",
		body: `{"title":"Song","cost":500,"is_user_input_required":true}`,
	}
	if seen != want {
		t.Errorf("sent %+v", seen)
	}
	if _, err := c.UpdateReward(t.Context(), "7", "r1", twitch.RewardPatch{Paused: new(false)}); err != nil {
		t.Error(err)
	}
	want.method, want.query, want.body = "PATCH", "broadcaster_id=7&id=r1", `{"is_paused":false}`
	if seen != want {
		t.Errorf("sent %+v", seen)
	}
}

func TestRedemptionsArePagedOldestFirst(t *testing.T) {
	var queries []string
	h := &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		queries = append(queries, r.URL.RawQuery)
		switch r.URL.Query().Get("after") {
		case "":
			return reply(200, `{"data":[{"id":"a","status":"UNFULFILLED"},{"id":"b"}],"pagination":{"cursor":"c1"}}`), nil
		case "c1":
			return reply(200, `{"data":[],"pagination":{"cursor":"c2"}}`), nil
		default:
			return reply(200, `{"data":[{"id":"c","broadcaster_id":"1","user_input":"x"}],"pagination":{}}`), nil
		}
	})}
	all := helix(h).Redemptions(t.Context(), "1", "w", twitch.Unfulfilled)
	for range 2 { // a walk can be repeated
		var ids []string
		for r, err := range all {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, r.ID)
		}
		if d := cmp.Diff([]string{"a", "b", "c"}, ids); d != "" {
			t.Error(d)
		}
	}
	if len(queries) != 6 || queries[0] != "broadcaster_id=1&first=50&reward_id=w&sort=OLDEST&status=UNFULFILLED" ||
		queries[1] != "after=c1&"+queries[0] {
		t.Errorf("%q", queries)
	}
}

func TestAWalkEndsWithItsErrorOrWhenTheReaderHasEnough(t *testing.T) {
	c := helix(says(403, `{"message":"The broadcaster is not a partner or affiliate"}`, nil))
	n := 0
	for _, err := range c.Redemptions(t.Context(), "1", "w", twitch.Unfulfilled) {
		if n++; core.KindOf(err) != core.Denied {
			t.Errorf("%v", err)
		}
	}
	for _, err := range c.Redemptions(t.Context(), "1", "", twitch.Unfulfilled) {
		if n++; core.KindOf(err) != core.Invalid {
			t.Errorf("%v", err)
		}
	}
	for _, err := range helix(says(200, `{"data":[{"id":"a"},{"id":"b"}],"pagination":{"cursor":"x"}}`, nil)).Redemptions(t.Context(), "1", "w", twitch.Fulfilled) {
		if n++; err != nil {
			t.Error(err)
		}
		break
	}
	if n != 3 {
		t.Errorf("%d rounds", n)
	}
}

func TestACursorThatLeadsNowhereEndsTheWalk(t *testing.T) {
	for name, next := range map[string]func(string) string{
		"stuck":  func(string) string { return "same" },
		"hollow": func(after string) string { return after + "x" },
	} {
		asked := 0
		h := &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
			asked++
			return reply(200, `{"data":[],"pagination":{"cursor":"`+next(r.URL.Query().Get("after"))+`"}}`), nil
		})}
		for _, err := range helix(h).Redemptions(t.Context(), "1", "w", twitch.Fulfilled) {
			t.Error(err)
		}
		if asked != 2 {
			t.Errorf("%s: asked %d times", name, asked)
		}
	}
}

func TestTheRecordedListingIsRead(t *testing.T) {
	h := &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Query().Has("after") {
			return reply(200, `{"data":[]}`), nil
		}
		return reply(200, string(frame(t, "api_get_redemptions_unfulfilled"))), nil
	})}
	var got []twitch.Redemption
	for r, err := range helix(h).Redemptions(t.Context(), "13110386", "52da6ab1-32d3-e6b2-7596-786aa2809fba", twitch.Unfulfilled) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r)
	}
	want := twitch.Redemption{
		ID: "aaaaaaaa-0000-0000-0000-000000000001", BroadcasterID: "13110386", Status: twitch.Unfulfilled,
		Viewer: core.Viewer{ID: "18456610", Login: "kidlion767", Name: "KidLion767"}, Input: "spotify:track:4uLU6hMCjMI75M1A2tKUQC",
		Reward:     twitch.Reward{ID: "52da6ab1-32d3-e6b2-7596-786aa2809fba", Title: "Fake reward for 13110386", Cost: 1},
		RedeemedAt: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	if len(got) != 2 {
		t.Fatalf("%d redemptions", len(got))
	}
	if d := cmp.Diff(want, got[0]); d != "" {
		t.Error(d)
	}
}

func TestOneRedemptionIsAskedForByIDAlone(t *testing.T) {
	var seen call
	c := helix(says(200, `{"data":[{"id":"x","status":"CANCELED"}]}`, &seen))
	r, err := c.Redemption(t.Context(), "1", "w", "x")
	if err != nil || r.Status != twitch.Canceled || seen.query != "broadcaster_id=1&id=x&reward_id=w" {
		t.Errorf("%+v, %v, %s", r, err, seen.query)
	}
	if _, err := c.Redemption(t.Context(), "1", "w", ""); core.KindOf(err) != core.Invalid {
		t.Errorf("a blank id was sent: %v", err)
	}
	for _, h := range []*http.Client{says(404, `{}`, nil), says(200, `{"data":[]}`, nil)} {
		if _, err := helix(h).Redemption(t.Context(), "1", "w", "x"); core.KindOf(err) != core.NotFound || errors.Is(err, twitch.ErrSettled) {
			t.Errorf("%v", err)
		}
	}
}

func TestSettlingARedemption(t *testing.T) {
	var seen call
	c := helix(says(200, string(frame(t, "api_patch_redemption_200")), &seen))
	if err := c.SetRedemption(t.Context(), "1", "w", "x", twitch.Canceled); err != nil {
		t.Error(err)
	}
	want := call{
		method: "PATCH", path: "/helix/channel_points/custom_rewards/redemptions", query: "broadcaster_id=1&id=x&reward_id=w",
		auth: "Bearer tok-secret", client: "cid", kind: "application/json", body: `{"status":"CANCELED"}`,
	}
	if seen != want {
		t.Errorf("sent %+v", seen)
	}
	if err := c.SetRedemption(t.Context(), "1", "w", "", twitch.Canceled); core.KindOf(err) != core.Invalid {
		t.Errorf("a blank id was sent: %v", err)
	}
}

func TestARedemptionSettledByAnotherIsRecognised(t *testing.T) {
	for _, tt := range []struct {
		status  int
		body    string
		settled bool
		kind    core.Kind
	}{
		{404, `{"error":"Not Found","status":404,"message":"not found or not unfulfilled"}`, true, core.NotFound},
		{400, string(frame(t, "api_patch_redemption_400_already_done")), true, core.NotFound},
		{400, `{"message":"The value in the status field is not valid"}`, false, core.Invalid},
		{403, `{}`, false, core.Denied},
		{500, ``, false, core.Ambiguous},
		{200, `<html>`, false, core.Ambiguous},
		{200, `{"data":[]}`, false, core.Ambiguous},
	} {
		err := helix(says(tt.status, tt.body, nil)).SetRedemption(t.Context(), "1", "w", "x", twitch.Fulfilled)
		if errors.Is(err, twitch.ErrSettled) != tt.settled || core.KindOf(err) != tt.kind || core.Temporary(err) {
			t.Errorf("%d %s: %v is %v", tt.status, tt.body, err, core.KindOf(err))
		}
	}
}

func TestSendChat(t *testing.T) {
	const posted = `{"data":[{"message_id":"abc-123-def","is_sent":true}]}`
	var seen call
	c := helix(says(200, posted, &seen))
	id, err := c.SendChat(t.Context(), "1", "2", "now playing: hi\r\nPRIVMSG #x :\x00y", "p")
	if err != nil || id != "abc-123-def" {
		t.Errorf("%q, %v", id, err)
	}
	if seen.method != "POST" || seen.path != "/helix/chat/messages" ||
		seen.body != `{"broadcaster_id":"1","sender_id":"2","message":"now playing: hi PRIVMSG #x :y","reply_parent_message_id":"p"}` {
		t.Errorf("sent %+v", seen)
	}
	if _, err := c.SendChat(t.Context(), "1", "2", strings.Repeat("ö", 501), ""); err != nil {
		t.Error(err)
	}
	var body struct{ Message string }
	if err := json.Unmarshal([]byte(seen.body), &body); err != nil || body.Message != strings.Repeat("ö", 500) {
		t.Errorf("%d bytes were sent, %v", len(body.Message), err)
	}
	if _, err := c.SendChat(t.Context(), "1", "2", " \r\n\x00", ""); core.KindOf(err) != core.Invalid {
		t.Errorf("an empty message: %v", err)
	}
}

func TestAMessageTwitchDropsIsAnError(t *testing.T) {
	_, err := helix(says(200, `{"data":[{"message_id":"","is_sent":false,"drop_reason":{"code":"user_timed_out","message":"You are\ntimed out"}}]}`, nil)).
		SendChat(t.Context(), "1", "2", "hi", "")
	d, ok := errors.AsType[*twitch.Dropped](err)
	if !ok || d.Code != "user_timed_out" || d.Message != "You are timed out" || core.KindOf(err) != core.Denied || core.Temporary(err) || core.ReasonOf(err) != "dropped" {
		t.Errorf("%#v", err)
	}
	for _, body := range []string{`{"data":[]}`, `{"data":[{}]}`, ``} {
		if _, err := helix(says(200, body, nil)).SendChat(t.Context(), "1", "2", "hi", ""); core.KindOf(err) != core.Ambiguous {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestSubscribe(t *testing.T) {
	var seen call
	c := helix(says(202, string(frame(t, "subscribe_202_redemption_add_reward_id_dropped")), &seen))
	got, err := c.Subscribe(t.Context(), redemptions, "s1")
	want := twitch.Subscription{
		ID: "22a0ff2b-0c8b-850d-e921-13265f37c298", Status: "enabled", Type: redemptions.Type, Version: "1",
		Condition: redemptions.Condition, SessionID: "c95915ce_42764cf3",
		CreatedAt: time.Date(2026, 11, 24, 4, 37, 41, 41686761, time.UTC),
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(err, d)
	}
	if seen.path != "/helix/eventsub/subscriptions" ||
		seen.body != `{"type":"channel.channel_points_custom_reward_redemption.add","version":"1","condition":{"broadcaster_user_id":"1337"},"transport":{"method":"websocket","session_id":"s1"}}` {
		t.Errorf("sent %+v", seen)
	}
	if _, err := c.Subscribe(t.Context(), redemptions, ""); core.KindOf(err) != core.Invalid {
		t.Errorf("without a session: %v", err)
	}
}

func TestRecordedSubscriptionAnswers(t *testing.T) {
	for name, data := range frames(t, "subscribe_") {
		status, err := strconv.Atoi(strings.Split(name, "_")[1])
		if err != nil {
			t.Fatal(err)
		}
		got, err := helix(says(status, string(data), nil)).Subscribe(t.Context(), redemptions, "s1")
		if status == 202 {
			if err != nil || got.Status != "enabled" || got.ID == "" {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			continue
		}
		want := map[int]core.Kind{400: core.Invalid, 409: core.Conflict, 410: core.Invalid}[status]
		if e, ok := errors.AsType[*twitch.Error](err); !ok || e.Status != status || e.Message == "" || e.Code == "" || core.KindOf(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnsubscribe(t *testing.T) {
	var seen call
	if err := helix(says(204, "", &seen)).Unsubscribe(t.Context(), "a b"); err != nil || seen.method != "DELETE" || seen.query != "id=a+b" {
		t.Errorf("%+v, %v", seen, err)
	}
	if err := helix(says(404, "", nil)).Unsubscribe(t.Context(), "x"); core.KindOf(err) != core.NotFound {
		t.Error(err)
	}
}

func TestARefusedTokenIsRefreshedAndTheCallReplayedOnce(t *testing.T) {
	for _, replay := range []int{200, 401} {
		var auth, bodies []string
		h := &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
			auth = append(auth, r.Header.Get("Authorization"))
			body, _ := io.ReadAll(r.Body)
			bodies = append(bodies, string(body))
			if len(auth) == 1 {
				return reply(401, `{"status":401,"message":"Invalid OAuth token"}`), nil
			}
			return reply(replay, `{"data":[{"message_id":"m","is_sent":true}]}`), nil
		})}
		_, err := helix(h).SendChat(t.Context(), "1", "2", "hi", "")
		if d := cmp.Diff([]string{"Bearer tok-secret", "Bearer tok2-secret"}, auth); d != "" || bodies[0] != bodies[1] {
			t.Error(d, bodies)
		}
		if replay == 200 && err != nil || replay == 401 && core.KindOf(err) != core.LoginRequired {
			t.Errorf("%d: %v", replay, err)
		}
	}
}

// Twitch answers 401 to a login without the permission too, which no refresh
// mends, and each refresh spends a token that is good once.
func TestACallThatAFreshTokenDidNotHelpCostsNoMoreOfThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lacks, refreshed := true, 0
		c := helix(&http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
			if lacks && r.URL.Path == "/helix/chat/messages" {
				return reply(401, `{"error":"Unauthorized","status":401,"message":"Missing scope: user:write:chat"}`), nil
			}
			return reply(200, `{"data":[{"id":"1","message_id":"m","is_sent":true}]}`), nil
		})})
		c.Token = func(_ context.Context, refused string) (string, error) {
			if refused != "" {
				refreshed++
			}
			return "tok" + strconv.Itoa(refreshed), nil
		}
		say := func() error { _, err := c.SendChat(t.Context(), "1", "2", "hi", ""); return err }
		for range 20 {
			if err := say(); core.KindOf(err) != core.LoginRequired || !strings.Contains(err.Error(), "user:write:chat") {
				t.Error(err)
			}
			time.Sleep(time.Second)
		}
		if _, err := c.Self(t.Context()); err != nil || refreshed != 1 {
			t.Errorf("%d refreshes, %v", refreshed, err)
		}
		lacks = false // a person logged in again
		if err := say(); err != nil {
			t.Error(err)
		}
		lacks = true
		if err := say(); core.KindOf(err) != core.LoginRequired || refreshed != 2 {
			t.Errorf("%d refreshes, %v: what was helped once may be again", refreshed, err)
		}
		time.Sleep(time.Hour)
		if err := say(); core.KindOf(err) != core.LoginRequired || refreshed != 3 {
			t.Errorf("%d refreshes, %v", refreshed, err)
		}
	})
}

func TestALoginThatIsGoneIsTold(t *testing.T) {
	c := helix(says(401, ``, nil))
	c.Token = func(_ context.Context, refused string) (string, error) {
		if refused == "tok" {
			return "", core.Because(core.LoginRequired, "logged-out", "log in")
		}
		return "tok", nil
	}
	if _, err := c.Self(t.Context()); core.KindOf(err) != core.LoginRequired || core.ReasonOf(err) != "logged-out" {
		t.Error(err)
	}
}

func TestOnly503sOfReadsAreAskedOnceMore(t *testing.T) {
	for _, tt := range []struct {
		status, want int
		do           func(*twitch.Client) error
	}{
		{503, 2, func(c *twitch.Client) error { _, err := c.Self(context.Background()); return err }},
		{500, 1, func(c *twitch.Client) error { _, err := c.Self(context.Background()); return err }},
		{503, 1, func(c *twitch.Client) error {
			return c.SetRedemption(context.Background(), "1", "w", "x", twitch.Fulfilled)
		}},
	} {
		n := 0
		h := &http.Client{Transport: trip(func(*http.Request) (*http.Response, error) { n++; return reply(tt.status, ""), nil })}
		if err := tt.do(helix(h)); err == nil || n != tt.want {
			t.Errorf("%d: %d requests, %v", tt.status, n, err)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	n := 0
	h := &http.Client{Transport: trip(func(*http.Request) (*http.Response, error) {
		n++
		r := reply(307, "")
		r.Header.Set("Location", "https://portal.test/")
		return r, nil
	})}
	if _, err := helix(h).Self(t.Context()); n != 1 || core.KindOf(err) != core.Unavailable {
		t.Errorf("%d requests, %v", n, err)
	}
}

func TestAnswersAreCapped(t *testing.T) {
	endless := func(status int) *http.Client {
		return &http.Client{Transport: trip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(bytes.Repeat([]byte("x"), 2<<20)))}, nil
		})}
	}
	if _, err := helix(endless(200)).Self(t.Context()); core.KindOf(err) != core.Unavailable {
		t.Error(err)
	}
	if _, err := helix(endless(400)).Self(t.Context()); core.KindOf(err) != core.Invalid || len(err.Error()) > 500 {
		t.Error(core.KindOf(err), len(err.Error()))
	}
}

func TestACallWithoutAnAnswerIsUnavailableOrAmbiguous(t *testing.T) {
	for name, tt := range map[string]struct {
		base        string
		breakIt     func(*fake)
		read, write core.Kind
	}{
		"no connection": {"http://twitch.test/helix", func(f *fake) {
			f.http.Transport.(*http.Transport).DialContext = newPipes().dial // nobody listens
		}, core.Unavailable, core.Unavailable},
		"no answer": {"http://twitch.test/helix", func(f *fake) {
			f.answering(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		}, core.Unavailable, core.Ambiguous},
		"hangs up": {"http://twitch.test/helix", func(f *fake) {
			f.answering(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		}, core.Unavailable, core.Ambiguous},
		"half an answer": {"http://twitch.test/helix", func(f *fake) {
			f.answering(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100")
				_, _ = w.Write([]byte(`{"data":[`))
			})
		}, core.Unavailable, core.Ambiguous},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				tt.breakIt(f)
				asked := time.Now()
				_, err := f.client().Self(t.Context())
				if core.KindOf(err) != tt.read || !core.Temporary(err) {
					t.Errorf("read: %v", err)
				}
				err = f.client().SetRedemption(t.Context(), "1", "w", "x", twitch.Fulfilled)
				if core.KindOf(err) != tt.write || core.Temporary(err) != (tt.write == core.Unavailable) {
					t.Errorf("write: %v is %v", err, core.KindOf(err))
				}
				if took := time.Since(asked); took > 21*time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestTheCallersDeadlineAndCancellationCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.answering(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		asked := time.Now()
		if _, err := f.client().Self(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(asked) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(asked))
		}
		err := f.client().SetRedemption(ctx, "1", "w", "x", twitch.Fulfilled)
		if core.KindOf(err) != core.Unavailable || len(f.seen("PATCH")) != 0 {
			t.Errorf("what was cancelled before had no effect: %v", err)
		}
		c := f.client()
		c.Timeout = 3 * time.Second
		asked = time.Now()
		if _, err := c.Self(t.Context()); err == nil || time.Since(asked) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(asked))
		}
	})
}
