package web_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/api"
)

var update = flag.Bool("update", false, "write the golden files anew")

var errInvalid = core.E(core.Invalid, "token: not a JSON object")

// golden compares an answer, indented, with testdata/NAME.json.
func golden(t *testing.T, name, got string) {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(got), "", "  "); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("%s: %s", name, d)
	}
}

// examples is one request for every route but the stream of events.
var examples = map[api.Name]struct{ path, body, did string }{
	api.GetHealth:       {path: "/health"},
	api.GetNowPlaying:   {path: "/api/now-playing"},
	api.GetQueue:        {path: "/api/queue?limit=5"},
	api.PostQueue:       {path: "/api/queue", body: `{"link":"a link","as":"mo"}`, did: "add a link as mo key k"},
	api.PostRemove:      {path: "/api/queue/r2/remove", body: `{"refund":false}`, did: "remove r2 refund false"},
	api.PostMove:        {path: "/api/queue/r2/move", body: `{"to":2}`, did: "move r2 to 2"},
	api.PostPromote:     {path: "/api/queue/r2/promote", did: "move r2 to 1"},
	api.PostReplace:     {path: "/api/queue/r2/replace", body: `{"link":"a link"}`, did: "replace r2 by a link"},
	api.PostClear:       {path: "/api/queue/clear", did: "clear refund true"},
	api.PostOpen:        {path: "/api/queue/open", did: "open"},
	api.PostClose:       {path: "/api/queue/close", body: `{"reason":"a break"}`, did: "close: a break"},
	api.GetStreamEnd:    {path: "/api/stream/end", did: "preview the end"},
	api.PostStreamEnd:   {path: "/api/stream/end", body: `{"refund":true}`, did: "end, refund true"},
	api.PostSkip:        {path: "/api/skip", body: `{"occurrence":"3"}`, did: "skip 3"},
	api.GetSearch:       {path: "/api/songs/search?q=nightcall", did: "search nightcall"},
	api.GetBlocks:       {path: "/api/blocks"},
	api.PostBlock:       {path: "/api/blocks", body: `{"kind":"viewer","what":"luna"}`, did: "block viewer luna"},
	api.PostUnblock:     {path: "/api/blocks/remove", body: `{"kind":"artist","what":"m83"}`, did: "unblock artist m83"},
	api.GetHistory:      {path: "/api/song-requests/history"},
	api.GetTopTracks:    {path: "/api/stats/top-tracks"},
	api.GetTopTracksOf:  {path: "/api/stats/top-tracks/7"},
	api.GetTopRequester: {path: "/api/stats/top-requesters"},
	api.GetPoints:       {path: "/api/stats/points?session=2", did: "points of 2"},
	api.GetSessions:     {path: "/api/stats/sessions"},
	api.GetViewerStats:  {path: "/api/stats/viewers?since=1999-12-31T00:00:00Z"},
	api.GetViewerPage:   {path: "/api/stats/viewers/@Luna?session=1"},
	api.GetErrors:       {path: "/api/stats/errors?session=1"},
	api.GetLeaderboard:  {path: "/api/stats/raffle/leaderboard?sortBy=wins&limit=1"},
	api.GetRaffleUser:   {path: "/api/stats/raffle/user/7"},
	api.GetRaffleRolls:  {path: "/api/raffle/rolls"},
	api.PostRaffleGive:  {path: "/api/raffle/rolls/x1/give", did: "give x1"},
	api.GetGiveaway:     {path: "/api/giveaway"},
	api.PostGiveaway: {
		path: "/api/giveaway", body: `{"keyword":"!enter","audience":"followers","minutes":5,"maxEntries":9}`, did: "open {!enter followers 9 5m0s}",
	},
	api.PostDraw:       {path: "/api/giveaway/draw", body: `{"id":1,"winners":2}`, did: "draw 1: 2, again false"},
	api.PostRedraw:     {path: "/api/giveaway/redraw", did: "draw 0: 1, again true"},
	api.PostEndEntries: {path: "/api/giveaway/close", did: "close 0"},
	api.PostCancel:     {path: "/api/giveaway/cancel", body: `{"id":1}`, did: "cancel 1"},
	api.GetRaffleSeeds: {path: "/api/raffle/seeds"},
	api.GetRaffleProof: {path: "/api/raffle/verify"},
	api.GetStream:      {path: "/api/stream"},
	api.GetViewers:     {path: "/api/viewers"},

	api.GetDevices: {path: "/api/devices"},
	api.PostDevice: {path: "/api/devices/pick", body: `{"device":"Desk"}`, did: "pick Desk"},

	api.GetAchievements:         {path: "/api/achievements/definitions"},
	api.GetAchievementLeaders:   {path: "/api/achievements/leaderboard?limit=1"},
	api.GetLatestAchievements:   {path: "/api/achievements/latest"},
	api.GetAchievementsOf:       {path: "/api/achievements/7"},
	api.GetUnlockedBy:           {path: "/api/achievements/@Luna/unlocked"},
	api.PostAchievementsRebuild: {path: "/api/achievements/rebuild", body: `{"dryRun":true}`, did: "rebuild dry"},

	api.PostChat:        {path: "/api/chat", body: `{"text":"hi all"}`, did: "say hi all"},
	api.GetSagas:        {path: "/api/sagas?state=needs-decision"},
	api.GetSaga:         {path: "/api/sagas/r2"},
	api.PostRetry:       {path: "/api/sagas/r2/retry", did: "retry r2"},
	api.PostResolve:     {path: "/api/sagas/r2/resolve", body: `{"happened":false}`, did: "resolve r2 did not happen"},
	api.GetJournal:      {path: "/api/journal?after=2&limit=2"},
	api.GetLogins:       {path: "/api/auth?validate=true", did: "validate"},
	api.PostLogin:       {path: "/api/auth/twitch", body: `{"access_token":"a"}`, did: `login twitch {"access_token":"a"}`},
	api.DeleteLogin:     {path: "/api/auth/spotify", did: "logout spotify"},
	api.PostLoginBegin:  {path: "/api/auth/spotify/begin", body: `{"address":"127.0.0.1:7"}`, did: "begin spotify 127.0.0.1:7"},
	api.PostLoginFinish: {path: "/api/auth/spotify/finish", body: `{"ticket":"t","answer":"a"}`, did: "finish spotify t a"},
	api.PostRefresh:     {path: "/api/auth/twitch/refresh", did: "refresh twitch"},
	api.GetRewards:      {path: "/api/rewards", did: "shelf"},
	api.PostRewards:     {path: "/api/rewards/setup", did: "rewards"},
	api.PostReward:      {path: "/api/rewards/song/update", did: "update reward song"},
	api.PostRewardPause: {path: "/api/rewards/raffle/pause", did: "pause reward raffle true"},
	api.PostRewardGo:    {path: "/api/rewards/raffle/resume", did: "pause reward raffle false"},
	api.DeleteReward:    {path: "/api/rewards/w1", did: "delete reward w1"},
	api.PostReload:      {path: "/api/config/reload", did: "reload"},
	api.GetCommands:     {path: "/api/commands"},
	api.PostCommand:     {path: "/api/commands", body: `{"name":"!Hug","text":"{user} hugs {touser}","role":"vip","cooldownMs":1500}`, did: `add hug "{user} hugs {touser}" "" vip`},
	api.PostCommandEdit: {path: "/api/commands/hug", body: `{"text":"new","count":7,"enabled":true}`, did: "edit hug"},
	api.DeleteCommand:   {path: "/api/commands/hug", did: "remove hug"},

	api.GetEventSub:         {path: "/eventsub"},
	api.PostEventSubSetup:   {path: "/eventsub/setup", did: "set up eventsub"},
	api.PostEventSubCleanup: {path: "/eventsub/cleanup", did: "clean up eventsub"},
}

func TestEveryRouteAnswersInItsShape(t *testing.T) {
	open(t, func(h *house) {
		h.furnish()
		time.Sleep(10 * time.Second)
		for _, route := range api.Routes() {
			if route.Name != api.GetEvents {
				h.example(route)
			}
		}
	})
}

// example asks a route for its example.
func (h *house) example(route api.Route) {
	h.t.Helper()
	example, ok := examples[route.Name]
	if !ok {
		h.t.Errorf("there is no example of %s", route.Name)
		return
	}
	r := h.request(route.Method, example.path, example.body)
	r.Header.Set(api.KeyHeader, "k")
	status, body, header := h.ask(r)
	want := http.StatusOK
	if route.Name == api.PostQueue {
		want = http.StatusAccepted
	}
	cache := "no-store"
	if route.Tagged() {
		cache = "no-cache"
	}
	if status != want || header.Get(api.BuildHeader) != "b1" || header.Get("Cache-Control") != cache || (header.Get("ETag") != "") != route.Tagged() {
		h.t.Errorf("%s: %d %v", route.Name, status, header)
	}
	if did := h.staff.done(); did != example.did {
		h.t.Errorf("%s: did %q, want %q", route.Name, did, example.did)
	}
	golden(h.t, string(route.Name), body)
}

func TestAnEmptyDeskAnswersWithEmptyListsAndNothingPlaying(t *testing.T) {
	answers := map[string]string{
		"/api/now-playing":              `{"track":null,"position":0}`,
		"/api/queue":                    `{"tracks":[],"totalCount":0,"requests":{"open":true}}`,
		"/api/song-requests/history":    `{"requests":[],"totalCount":0}`,
		"/api/stats/raffle/leaderboard": `[]`,
		"/api/stats/top-tracks":         `[]`,
		"/api/stats/top-requesters":     `[]`,
		"/api/sagas":                    `{"sagas":[]}`,
		"/api/stream":                   `{"live":false,"viewers":0,"peakViewers":0}`,
		"/api/journal":                  `{"events":[],"last":0}`,
	}
	open(t, func(h *house) {
		for path, want := range answers {
			if status, body, _ := h.ask(h.request(http.MethodGet, path, "")); status != 200 || body != want+"\n" {
				t.Errorf("%s: %d %s", path, status, body)
			}
		}
	})
}

func TestEveryKindOfErrorHasItsStatusAndComesBackToTheClient(t *testing.T) {
	open(t, func(h *house) {
		c := h.client()
		defer c.Close()
		for _, k := range core.Kinds() {
			h.staff.fail = fmt.Errorf("skip: %w", core.Because(k, "dry", "no water"))
			status, body, _ := h.ask(h.request(http.MethodPost, "/api/skip", ""))
			says := "skip: no water"
			if k == core.LoginRequired { // whatever for: that it is missing is all
				says = "no water"
			}
			want := fmt.Sprintf(`{"error":"%s","code":"%s","reason":"dry"}`+"\n", says, k)
			if status != k.HTTPStatus() || body != want {
				t.Errorf("%v: %d %s", k, status, body)
			}
			_, err := c.Skip(h.t.Context(), api.SkipRequest{})
			if core.KindOf(err) != k || core.ReasonOf(err) != "dry" || err.Error() != says {
				t.Errorf("%v: the client says %v", k, err)
			}
		}
	})
}

func TestHealthTellsWhatIsWrongAndIsAnsweredAllTheSame(t *testing.T) {
	open(t, func(h *house) {
		c := h.client()
		defer c.Close()
		got, err := c.Health(h.t.Context())
		if err != nil || got.Status != api.StatusDegraded || got.Components.Player.Status != api.StatusDegraded {
			t.Errorf("without a device: %+v, %v", got, err)
		}
		h.furnish()
		got, err = c.Health(h.t.Context())
		if err != nil || got.Components.Player.Status != api.StatusOK || got.Components.Sagas.Count != 1 || got.Status != api.StatusDegraded {
			t.Errorf("with an undecided saga: %+v, %v", got, err)
		}
	})
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	open(t, func(h *house) {
		for _, path := range []string{"/health", "/api/events"} {
			r := h.request(http.MethodGet, path, "")
			r.Method = http.MethodHead
			if status, body, _ := h.ask(r); status != 200 || body != "" {
				t.Errorf("%s: %d %q", path, status, body)
			}
		}
	})
}
