package twitch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/coder/websocket"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"sidestage/core"
	"sidestage/core/sim"
	"sidestage/core/testenv"
	"sidestage/core/twitch"
)

// description is Helix's OpenAPI description, which stands beside the
// repository, made strict: an object has the fields that are described and no
// others. It is nil where there is none.
var description = sync.OnceValues(func() (*openapi3.T, error) {
	path := filepath.Join("..", "..", "..", "shared", "specs", "twitch-helix.json")
	if _, err := os.Stat(path); err != nil {
		return nil, nil //nolint:nilerr // absent is no error
	}
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		return nil, err
	}
	for _, s := range doc.Components.Schemas {
		seal(s.Value)
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			sealBodies(op)
		}
	}
	amend(doc)
	return doc, nil
})

func sealBodies(op *openapi3.Operation) {
	contents := []openapi3.Content{}
	if op.RequestBody != nil {
		contents = append(contents, op.RequestBody.Value.Content)
	}
	for _, r := range op.Responses.Map() {
		contents = append(contents, r.Value.Content)
	}
	for _, c := range contents {
		for _, media := range c {
			if media.Schema != nil {
				seal(media.Schema.Value)
			}
		}
	}
}

// seal forbids what s does not describe.
func seal(s *openapi3.Schema) {
	if s == nil || s.AdditionalProperties.Has != nil {
		return
	}
	if len(s.Properties) > 0 {
		no := false
		s.AdditionalProperties.Has = &no
	}
	for _, p := range s.Properties {
		seal(p.Value)
	}
	if s.Items != nil {
		seal(s.Items.Value)
	}
}

// amend is where the description is wrong, by name.
func amend(doc *openapi3.T) {
	// A reward without an image of its own has "image": null; the description
	// forgets to say so.
	doc.Components.Schemas["CustomReward"].Value.Properties["image"].Value.Nullable = true
}

// Any endpoint may answer these, says the API guide, but the description does
// not.
var anywhere = []int{
	http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable,
}

// contract is a transport that holds both sides to the description: what the
// client asks and what the simulator answers.
type contract struct {
	doc    *openapi3.T
	next   http.RoundTripper
	broken func(format string, a ...any) // hears of every breach
}

// underContract makes next keep to Helix's description, where there is one.
func underContract(t *testing.T, next http.RoundTripper) http.RoundTripper {
	t.Helper()
	doc, err := description()
	if err != nil {
		t.Fatal(err)
	}
	if doc == nil {
		return next
	}
	return contract{doc, next, t.Errorf}
}

func (c contract) RoundTrip(r *http.Request) (*http.Response, error) {
	path, helix := strings.CutPrefix(r.URL.Path, "/helix")
	if !helix {
		return c.next.RoundTrip(r)
	}
	call := r.Method + " " + path
	in, err := c.input(r, path)
	if err != nil {
		c.broken("%s: %v", call, err)
		return c.next.RoundTrip(r)
	}
	if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
		c.broken("%s?%s is not as described: %v", call, r.URL.RawQuery, err)
	}
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err == nil {
		c.check(call, in, resp, body)
	}
	return resp, nil
}

// input is what kin-openapi has to know of a request. It leaves the body to be
// read again.
func (c contract) input(r *http.Request, path string) (*openapi3filter.RequestValidationInput, error) {
	item := c.doc.Paths.Find(path)
	if item == nil || item.GetOperation(r.Method) == nil {
		return nil, errors.New("the description knows no such call")
	}
	op := item.GetOperation(r.Method)
	for name := range r.URL.Query() {
		if op.Parameters.GetByInAndName("query", name) == nil {
			return nil, errors.New("the description knows no parameter " + name)
		}
	}
	return &openapi3filter.RequestValidationInput{
		Request: r,
		Route:   &routers.Route{Spec: c.doc, Path: path, PathItem: item, Method: r.Method, Operation: op},
		Options: &openapi3filter.Options{
			AuthenticationFunc: authenticated, MultiError: true, IncludeResponseStatus: true, RejectWhenRequestBodyNotSpecified: true,
		},
	}, nil
}

// authenticated wants the two headers that the guide wants on every call.
func authenticated(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	h := in.RequestValidationInput.Request.Header
	if !strings.HasPrefix(h.Get("Authorization"), "Bearer ") || h.Get("Client-Id") == "" {
		return errors.New("no bearer token, or no client id")
	}
	return nil
}

func (c contract) check(call string, in *openapi3filter.RequestValidationInput, resp *http.Response, body []byte) {
	if in.Route.Operation.Responses.Status(resp.StatusCode) == nil && slices.Contains(anywhere, resp.StatusCode) {
		return
	}
	err := openapi3filter.ValidateResponse(in.Request.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: resp.StatusCode, Header: resp.Header,
		Body: io.NopCloser(bytes.NewReader(body)), Options: in.Options,
	})
	if err != nil {
		c.broken("%s: the answer %d is not as described: %v\n%s", call, resp.StatusCode, err, body)
	}
}

// talk is a whole conversation with the simulator: every method of the client,
// by name, in the order it makes sense.
type talk struct {
	c       *twitch.Client
	sim     *sim.Sim
	session string // of an EventSub socket that is open
	reward  twitch.Reward
}

func (k *talk) me() string { return k.sim.Broadcaster().ID }

// turn is one method's part of a conversation.
type turn struct {
	method string
	do     func(context.Context, *talk) error
}

var conversation = []turn{
	{"Self", func(ctx context.Context, k *talk) error { _, err := k.c.Self(ctx); return err }},
	{"Chatters", func(ctx context.Context, k *talk) error {
		all, err := k.c.Chatters(ctx, k.me())
		if err == nil && len(all) < 2 {
			err = fmt.Errorf("listed %d viewers", len(all))
		}
		return err
	}},
	{"Follows", func(ctx context.Context, k *talk) error {
		err := k.sim.Follow("conversationalist")
		follows, askErr := k.c.Follows(ctx, k.me(), k.sim.Viewer("conversationalist").ID)
		if err = errors.Join(err, askErr); err == nil && !follows {
			err = errors.New("a follower is not known to follow")
		}
		return err
	}},
	{"Stream", func(ctx context.Context, k *talk) error {
		if _, err := k.c.Stream(ctx, k.me()); err == nil {
			return errors.New("it is not live yet")
		}
		err := k.sim.GoLive()
		_, streamErr := k.c.Stream(ctx, k.me())
		return errors.Join(err, streamErr)
	}},
	{"Subscribe", func(ctx context.Context, k *talk) error {
		own := map[string]string{"broadcaster_user_id": k.me()}
		for _, typ := range []string{twitch.TypeStreamOnline, twitch.TypeRedemptionAdd} {
			if _, err := k.c.Subscribe(ctx, twitch.Subscription{Type: typ, Version: "1", Condition: own}, k.session); err != nil {
				return err
			}
		}
		if _, err := k.c.Subscribe(ctx, twitch.Subscription{Type: twitch.TypeStreamOnline, Version: "1", Condition: own}, k.session); err == nil {
			return errors.New("twice the same subscription")
		}
		return nil
	}},
	{"Subscriptions", func(ctx context.Context, k *talk) error { _, err := k.c.Subscriptions(ctx); return err }},
	{"Unsubscribe", func(ctx context.Context, k *talk) error {
		subs, err := k.c.Subscriptions(ctx)
		if err != nil {
			return err
		}
		return k.c.Unsubscribe(ctx, subs[0].ID)
	}},
	{"SendChat", func(ctx context.Context, k *talk) error {
		_, err := k.c.SendChat(ctx, k.me(), k.me(), "hello", "")
		return err
	}},
	{"Shoutout", func(ctx context.Context, k *talk) error {
		err := k.c.Shoutout(ctx, k.me(), "4711")
		if again := k.c.Shoutout(ctx, k.me(), "4711"); core.KindOf(again) != core.RateLimited {
			return errors.New("a second one at once")
		}
		return err
	}},
	{"CreateReward", func(ctx context.Context, k *talk) (err error) {
		k.reward, err = k.c.CreateReward(ctx, k.me(), twitch.NewReward{
			Title: "Song", Cost: 5, Prompt: "Which?", Color: "#00E5CB", InputRequired: true, Cooldown: 60, MaxPerStream: 100, MaxPerViewer: 3,
		})
		want := twitch.Reward{
			ID: k.reward.ID, Title: "Song", Cost: 5, Prompt: "Which?", Color: "#00E5CB", InputRequired: true, Enabled: true,
			Cooldown: 60, MaxPerStream: 100, MaxPerViewer: 3,
		}
		if err == nil && k.reward != want {
			err = errors.New("made another reward")
		}
		if _, twice := k.c.CreateReward(ctx, k.me(), twitch.NewReward{Title: "Song", Cost: 1}); twice == nil {
			return errors.New("twice the same title")
		}
		return err
	}},
	{"UpdateReward", func(ctx context.Context, k *talk) error {
		got, err := k.c.UpdateReward(ctx, k.me(), k.reward.ID, twitch.RewardPatch{
			Title: new("Songs"), Cost: new(6), Prompt: new(""), Color: new("#FF0000"), InputRequired: new(true), Enabled: new(true),
			Paused: new(true), SkipsQueue: new(false), Cooldown: new(0), MaxPerStream: new(0), MaxPerViewer: new(2),
		})
		want := twitch.Reward{ID: k.reward.ID, Title: "Songs", Cost: 6, Color: "#FF0000", InputRequired: true, Enabled: true, Paused: true, MaxPerViewer: 2}
		if err == nil && got != want {
			err = errors.New("made another reward of it")
		}
		_, resumed := k.c.UpdateReward(ctx, k.me(), k.reward.ID, twitch.RewardPatch{Paused: new(false)})
		return errors.Join(err, resumed)
	}},
	{"Rewards", func(ctx context.Context, k *talk) error {
		_, ours := k.c.Rewards(ctx, k.me(), true)
		_, all := k.c.Rewards(ctx, k.me(), false)
		return errors.Join(ours, all)
	}},
	{"Redemptions", func(ctx context.Context, k *talk) error {
		for range 3 {
			if _, err := k.sim.Redeem("kai", k.reward.ID, "a song"); err != nil {
				return err
			}
		}
		for _, err := range k.c.Redemptions(ctx, k.me(), k.reward.ID, twitch.Unfulfilled) {
			if err != nil {
				return err
			}
		}
		return nil
	}},
	{"SetRedemption", func(ctx context.Context, k *talk) error {
		id := k.sim.Redemptions()[0].ID
		err := k.c.SetRedemption(ctx, k.me(), k.reward.ID, id, twitch.Fulfilled)
		if again := k.c.SetRedemption(ctx, k.me(), k.reward.ID, id, twitch.Canceled); !errors.Is(again, twitch.ErrSettled) {
			return errors.New("settled twice")
		}
		return err
	}},
	{"Redemption", func(ctx context.Context, k *talk) error {
		_, err := k.c.Redemption(ctx, k.me(), k.reward.ID, k.sim.Redemptions()[0].ID)
		return err
	}},
	{"DeleteReward", func(ctx context.Context, k *talk) error { return k.c.DeleteReward(ctx, k.me(), k.reward.ID) }},
}

// described skips the test where there is no description to hold anybody to.
func described(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := description()
	if err != nil {
		t.Fatal(err)
	}
	if doc == nil {
		testenv.Missing(t, "Helix's description in ../shared/specs")
	}
	return doc
}

// TestTheContractIsKept: a breach by either side is heard of.
func TestTheContractIsKept(t *testing.T) {
	doc := described(t)
	const good = `{"data":[{"id":"1","login":"a","display_name":"A","type":"","broadcaster_type":"","description":"",` +
		`"profile_image_url":"","offline_image_url":"","view_count":0,"created_at":"2020-01-01T00:00:00Z"}]}`
	for _, tt := range []struct {
		name, method, url, body string
		status                  int
		answer                  string
		breaches                int
	}{
		{"nothing wrong", "GET", "/users", "", 200, good, 0},
		{"not of Helix", "POST", "/nowhere?x=y", "", 200, "{}", 0},
		{"a 429 may come from anywhere", "GET", "/users", "", 429, "{}", 0},
		{"no such call", "GET", "/songs", "", 200, good, 1},
		{"no such parameter", "GET", "/users?name=a", "", 200, good, 1},
		{"a parameter is missing", "DELETE", "/eventsub/subscriptions", "", 204, "", 1},
		{"no such field asked", "POST", "/chat/messages", `{"broadcaster_id":"1","sender_id":"1","message":"a","colour":"red"}`, 200,
			`{"data":[{"message_id":"m","is_sent":true}]}`, 1},
		{"a field is missing", "POST", "/chat/messages", `{"broadcaster_id":"1","message":"a"}`, 200,
			`{"data":[{"message_id":"m","is_sent":true}]}`, 1},
		{"no such field answered", "GET", "/users", "", 200, strings.Replace(good, "view_count", "viewers", 1), 1},
		{"a number that is none", "GET", "/users", "", 200, strings.Replace(good, `"view_count":0`, `"view_count":"0"`, 1), 1},
		{"no such status", "GET", "/users", "", 418, "{}", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var heard []string
			next := trip(func(*http.Request) (*http.Response, error) {
				a := reply(tt.status, tt.answer)
				a.Header.Set("Content-Type", "application/json")
				return a, nil
			})
			c := contract{doc, next, func(format string, a ...any) { heard = append(heard, fmt.Sprintf(format, a...)) }}
			url := "https://api.test/helix" + tt.url
			if tt.url == "/nowhere?x=y" {
				url = "https://api.test" + tt.url
			}
			r, err := http.NewRequestWithContext(t.Context(), tt.method, url, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{"Authorization": {"Bearer x"}, "Client-Id": {"c"}, "Content-Type": {"application/json"}}
			if tt.body == "" {
				r.Body = nil
			}
			resp, err := c.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if len(heard) != tt.breaches {
				t.Errorf("heard %q", heard)
			}
		})
	}
}

// TestBothSidesKeepToTheDescription calls every method of the client.
func TestBothSidesKeepToTheDescription(t *testing.T) {
	described(t)
	synctest.Test(t, func(t *testing.T) {
		c, s := simulated(t, sim.Options{})
		k := &talk{c: c, sim: s, session: listening(t, c)}
		for _, turn := range conversation {
			if err := turn.do(t.Context(), k); err != nil {
				t.Errorf("%s: %v", turn.method, err)
			}
		}
	})
}

// TestEveryCallIsPartOfTheConversation keeps new methods under the contract.
func TestEveryCallIsPartOfTheConversation(t *testing.T) {
	for method := range reflect.TypeFor[*twitch.Client]().Methods() {
		name := method.Name
		if name == "Usage" { // asks nothing
			continue
		}
		if !slices.ContainsFunc(conversation, func(t turn) bool { return t.method == name }) {
			t.Errorf("Client.%s is not called in conversation (contract_test.go): add it there", name)
		}
	}
}

// listening opens an EventSub socket and gives the id of its session.
func listening(t *testing.T, c *twitch.Client) string {
	t.Helper()
	conn, resp, err := websocket.Dial(t.Context(), "ws://twitch.test/ws", &websocket.DialOptions{HTTPClient: c.HTTP})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body != nil {
		t.Cleanup(func() { _ = resp.Body.Close() })
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	_, frame, err := conn.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m, err := twitch.DecodeMessage(frame)
	if err != nil {
		t.Fatal(err)
	}
	return m.Session.ID
}
