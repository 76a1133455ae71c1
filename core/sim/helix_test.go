package sim_test

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/sim"
)

func TestHelixChecksTokenClientAndScope(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		if u := w.twitch.call("GET", "/helix/users", nil, 200); u.text(t, "data.0.id") != w.me() || u.text(t, "data.0.broadcaster_type") != "affiliate" {
			t.Errorf("%s", u.body)
		}
		w.twitch.id = "somebody-elses"
		if a := w.twitch.call("GET", "/helix/users", nil, 401); a.text(t, "error") != "Unauthorized" || a.at(t, "status") != 401.0 {
			t.Errorf("%s", a.body)
		}
		w.twitch.id = ""
		w.twitch.call("GET", "/helix/users", nil, 401)
		w.twitch.id, w.twitch.token = sim.DefaultTwitchClientID, "nonsense"
		w.twitch.call("GET", "/helix/users", nil, 401)
		w.twitch.token = parseToken(t, func(...string) ([]byte, error) { return w.sim.GrantTwitch("user:read:chat") }).Access
		w.twitch.call("GET", rewardsPath+"?broadcaster_id="+w.me(), nil, 401)
		w.twitch.call("POST", "/helix/chat/messages", map[string]string{}, 401)
		w.twitch.token = parseToken(t, w.sim.GrantSpotify).Access
		w.twitch.call("GET", "/helix/users", nil, 401)
	})
}

func TestARedemptionIsSettledOnce(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		songs := w.reward("Song request", true)
		good, err := w.sim.Redeem("kai", songs, "one")
		if err != nil {
			t.Fatal(err)
		}
		bad, err := w.sim.Redeem("kai", songs, "two")
		if err != nil {
			t.Fatal(err)
		}
		if a := w.settle(songs, good, "fulfilled"); a.status != 400 {
			t.Errorf("lower case: %d", a.status)
		}
		if a := w.settle(songs, good+"&id=unknown", "FULFILLED"); a.status != 404 {
			t.Errorf("one unknown among two: %d", a.status)
		}
		if a := w.settle(songs, good, "FULFILLED"); a.status != 200 {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := w.settle(songs, good, "CANCELED"); a.status != 404 {
			t.Errorf("a second PATCH: %d", a.status)
		}
		if a := w.settle(songs, bad, "CANCELED"); a.status != 200 {
			t.Errorf("%d %s", a.status, a.body)
		}
		one := w.twitch.call("GET", redemptionsPath+"?broadcaster_id="+w.me()+"&reward_id="+songs+"&id="+bad, nil, 200)
		if one.text(t, "data.0.status") != "CANCELED" {
			t.Errorf("%s", one.body)
		}
		p := w.sim.Points()["kai"]
		if p.Spent != 1000 || p.Refunded != 500 || p.Balance() != p.Start-500 {
			t.Errorf("%+v", p)
		}
		if b := w.sim.Books(); b.Taken != 2 || b.Fulfilled != 1 || b.Cancelled != 1 || b.Unfulfilled != 0 {
			t.Errorf("%+v", b)
		}
	})
}

func TestRewardsAreValidated(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		at := rewardsPath + "?broadcaster_id=" + w.me()
		for name, body := range map[string]map[string]any{
			"no title":         {"cost": 1},
			"a long title":     {"title": strings.Repeat("x", 46), "cost": 1},
			"no cost":          {"title": "a"},
			"a long prompt":    {"title": "a", "cost": 1, "prompt": strings.Repeat("x", 201)},
			"a limit of none":  {"title": "a", "cost": 1, "is_max_per_stream_enabled": true},
			"an eternal wait":  {"title": "a", "cost": 1, "is_global_cooldown_enabled": true, "global_cooldown_seconds": 604801},
			"a cost in a word": {"title": "a", "cost": "many"},
		} {
			if a := w.twitch.call("POST", at, body, 0); a.status != 400 {
				t.Errorf("%s: %d", name, a.status)
			}
		}
		id := w.reward("Song request", true)
		w.twitch.call("POST", at, map[string]any{"title": "song REQUEST", "cost": 1}, 400)
		w.twitch.call("POST", rewardsPath, map[string]any{"title": "a", "cost": 1}, 400)
		w.twitch.call("POST", rewardsPath+"?broadcaster_id=1", map[string]any{"title": "a", "cost": 1}, 401)
		changed := w.twitch.call("PATCH", at+"&id="+id, map[string]any{"is_paused": true, "cost": 700}, 200)
		if changed.at(t, "data.0.is_paused") != true || changed.at(t, "data.0.cost") != 700.0 || changed.text(t, "data.0.title") != "Song request" {
			t.Errorf("%s", changed.body)
		}
		if _, err := w.sim.Redeem("kai", id, "x"); core.KindOf(err) != core.Conflict {
			t.Errorf("a paused reward is redeemed: %v", err)
		}
		w.twitch.call("PATCH", at+"&id=unknown", map[string]any{}, 404)
		for i := range 49 {
			w.reward("more "+strconv.Itoa(i), false)
		}
		w.twitch.call("POST", at, map[string]any{"title": "one too many", "cost": 1}, 400)
	})
}

func TestRedeemingHasItsRules(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		songs := w.reward("Song request", true)
		if _, err := w.sim.Redeem("kai", "Coffee", ""); core.KindOf(err) != core.NotFound {
			t.Error(err)
		}
		if _, err := w.sim.Redeem("kai", songs, " "); core.KindOf(err) != core.Invalid {
			t.Error(err)
		}
		dear := w.twitch.call("POST", rewardsPath+"?broadcaster_id="+w.me(), map[string]any{"title": "Dear", "cost": 3_000_000}, 200).text(t, "data.0.id")
		if _, err := w.sim.Redeem("kai", dear, ""); core.KindOf(err) != core.Conflict {
			t.Error(err)
		}
	})
}

func TestDeletingARewardFulfilsWhatWaits(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		songs := w.reward("Song request", true)
		if _, err := w.sim.Redeem("kai", songs, "one"); err != nil {
			t.Fatal(err)
		}
		w.twitch.call("DELETE", rewardsPath+"?broadcaster_id="+w.me()+"&id="+songs, nil, 204)
		if b, p := w.sim.Books(), w.sim.Points()["kai"]; b.Fulfilled != 1 || p.Refunded != 0 {
			t.Errorf("%+v %+v", b, p)
		}
	})
}

func TestAnotherClientMayNotTouchTheReward(t *testing.T) {
	books := t.TempDir() + "/books.jsonl"
	var songs, id string
	inBubble(t, sim.Options{BooksPath: books}, func(t *testing.T, w *world) {
		songs = w.reward("Song request", true)
		id, _ = w.sim.Redeem("kai", songs, "one")
	})
	inBubble(t, sim.Options{BooksPath: books, ClientIDs: sim.ClientIDs{Twitch: "another"}}, func(t *testing.T, w *world) {
		if a := w.settle(songs, id, "FULFILLED"); a.status != 403 {
			t.Errorf("PATCH redemption: %d", a.status)
		}
		w.twitch.call("PATCH", rewardsPath+"?broadcaster_id="+w.me()+"&id="+songs, map[string]any{"cost": 1}, 403)
		w.twitch.call("DELETE", rewardsPath+"?broadcaster_id="+w.me()+"&id="+songs, nil, 403)
		w.twitch.call("GET", redemptionsPath+"?broadcaster_id="+w.me()+"&status=UNFULFILLED&reward_id="+songs, nil, 403)
		mine := w.twitch.call("GET", rewardsPath+"?only_manageable_rewards=true&broadcaster_id="+w.me(), nil, 200)
		if data, _ := mine.at(t, "data").([]any); len(data) != 0 {
			t.Errorf("%s", mine.body)
		}
	})
}

func TestRedemptionsComeInPages(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		rolls := w.reward("Raffle", false)
		var want []string
		for range 7 {
			id, err := w.sim.Redeem("kai", rolls, "")
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, id)
		}
		at := redemptionsPath + "?broadcaster_id=" + w.me() + "&reward_id=" + rolls
		var got []string
		for cursor, n := "", 0; n < 3; n++ {
			a := w.twitch.call("GET", at+"&status=UNFULFILLED&first=3&after="+cursor, nil, 200)
			data, _ := a.at(t, "data").([]any)
			for _, d := range data {
				id, _ := dig(d, "id").(string)
				got = append(got, id)
			}
			cursor = a.text(t, "pagination.cursor")
			if (cursor == "") != (n == 2) {
				t.Errorf("page %d has cursor %q", n, cursor)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v, want %v", got, want)
		}
		if a := w.twitch.call("GET", at+"&status=UNFULFILLED&sort=NEWEST&first=1", nil, 200); a.text(t, "data.0.id") != want[6] {
			t.Errorf("%s", a.body)
		}
		w.twitch.call("GET", at, nil, 400)
		w.twitch.call("GET", at+"&status=unfulfilled", nil, 400)
		w.twitch.call("GET", at+"&status=UNFULFILLED&first=51", nil, 400)
		w.twitch.call("GET", at+"&id=unknown", nil, 404)
		w.twitch.call("GET", at+"&id=", nil, 500)
	})
}

func TestTheDesksChatIsCheckedAndComesBack(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		f := w.open()
		f.subscribe("channel.chat.message", 202)
		say := func(text string, status int) answer {
			return w.twitch.call("POST", "/helix/chat/messages", map[string]string{"broadcaster_id": w.me(), "sender_id": w.me(), "message": text}, status)
		}
		a := say("now playing: 夜の灯台, for @kai", 200)
		if a.at(t, "data.0.is_sent") != true {
			t.Errorf("%s", a.body)
		}
		m := f.notification()
		if dig(m, "payload.event.chatter_user_id") != w.me() || dig(m, "payload.event.message_id") != a.text(t, "data.0.message_id") || dig(m, "payload.event.badges.0.set_id") != "broadcaster" {
			t.Errorf("%v", m)
		}
		if dig(m, "payload.event.message.fragments.1.mention.user_login") != "kai" {
			t.Errorf("%v", m)
		}
		say(strings.Repeat("ü", 500), 200)
		say(strings.Repeat("ü", 501), 422)
		say(" ", 400)
		w.twitch.call("POST", "/helix/chat/messages", map[string]string{"broadcaster_id": w.me(), "sender_id": "1", "message": "x"}, 401)
		if posts := w.sim.Posts(); len(posts) != 2 || posts[0].Text != "now playing: 夜の灯台, for @kai" {
			t.Errorf("%v", posts)
		}
		for range 95 { // refused ones count too
			say("again", 200)
		}
		if a := say("too much", 429); a.header.Get("Ratelimit-Remaining") != "0" {
			t.Errorf("%v", a.header)
		}
	})
}

func TestTheRateLimitIsABucket(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		for i := range 800 {
			if a := w.twitch.call("GET", "/helix/users", nil, 200); a.header.Get("Ratelimit-Remaining") != strconv.Itoa(799-i) {
				t.Fatalf("after %d: %v", i, a.header)
			}
		}
		a := w.twitch.call("GET", "/helix/users", nil, 429)
		reset, err := strconv.ParseInt(a.header.Get("Ratelimit-Reset"), 10, 64)
		if err != nil || time.Until(time.Unix(reset, 0)) > 62*time.Second {
			t.Errorf("%v", a.header)
		}
		rest(time.Until(time.Unix(reset, 0)))
		w.twitch.call("GET", "/helix/users", nil, 200)
	})
}

func TestChattersAndUsersAreFound(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		a := w.twitch.call("GET", "/helix/chat/chatters?broadcaster_id="+w.me()+"&moderator_id="+w.me()+"&first=10", nil, 200)
		if data, _ := a.at(t, "data").([]any); len(data) != 10 || a.at(t, "total") == 10.0 || a.text(t, "pagination.cursor") == "" {
			t.Errorf("%s", a.body)
		}
		u := w.twitch.call("GET", "/helix/users?"+url.Values{"login": {"Haneul88"}}.Encode(), nil, 200)
		if u.text(t, "data.0.display_name") != "하늘" {
			t.Errorf("%s", u.body)
		}
		c := w.twitch.call("GET", "/helix/channels?broadcaster_id="+w.me(), nil, 200)
		if c.text(t, "data.0.title") == "" {
			t.Errorf("%s", c.body)
		}
		w.twitch.call("GET", "/helix/moon", nil, 404)
	})
}
