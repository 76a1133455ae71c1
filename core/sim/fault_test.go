package sim_test

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/sim"
)

func TestFaultsAreListedAndUnknownOnesRefused(t *testing.T) {
	names := map[string]bool{}
	for _, f := range sim.Faults() {
		names[f.Name] = true
		if f.Doc == "" {
			t.Errorf("%s has no doc", f.Name)
		}
	}
	for _, name := range []string{"no-device", "unauthorized", "forbidden", "rate-limit", "server-error", "timeout-after", "slow", "drop-socket", "duplicate", "close-code", "refuse-refresh",
		"stale", "ads", "relink", "quota", "login-lost", "premium-required", "owner-premium", "all"} {
		if !names[name] {
			t.Errorf("%s is missing", name)
		}
	}
	if names["misbook"] || names["moderator"] {
		t.Error("what is hidden is listed")
	}
	if _, err := sim.New(sim.Options{Faults: []string{"gremlins"}}); core.KindOf(err) != core.Invalid {
		t.Error(err)
	}
}

// outcome is how one call ended, in a word.
func outcome(a answer, err error) string {
	if err != nil {
		return "cut"
	}
	return strconv.Itoa(a.status)
}

// tally makes a call n times, a tenth of a second apart, and counts outcomes.
func tally(n int, call func() (answer, error)) (map[string]int, time.Duration) {
	seen, begin := map[string]int{}, time.Now()
	for range n {
		seen[outcome(call())]++
		rest(100 * time.Millisecond)
	}
	return seen, time.Since(begin) - time.Duration(n)*100*time.Millisecond
}

func TestCallFaultsStrikeAShareAndEnd(t *testing.T) {
	for fault, want := range map[string][]string{
		"unauthorized":  {"401"},
		"rate-limit":    {"429"},
		"server-error":  {"500", "503"},
		"timeout-after": {"cut"},
		"forbidden":     {"403"},
	} {
		t.Run(fault, func(t *testing.T) {
			inBubble(t, sim.Options{Seed: 3, Faults: []string{fault}}, func(t *testing.T, w *world) {
				say := func() (answer, error) {
					rest(time.Second)
					return w.twitch.do("POST", "/helix/chat/messages", map[string]string{"broadcaster_id": w.me(), "sender_id": w.me(), "message": "hi"})
				}
				seen, _ := tally(100, say)
				struck := 0
				for _, word := range want {
					struck += seen[word]
				}
				if struck < 5 || struck > 30 {
					t.Errorf("struck %d of 100: %v", struck, seen)
				}
				w.sim.StopViewers()
				if seen, _ := tally(20, say); seen["200"] != 20 {
					t.Errorf("it goes on: %v", seen)
				}
				if w.sim.SetFault(fault, true) == nil {
					t.Error("a fault is switched on after the show")
				}
			})
		})
	}
}

func TestACallThatWasStruckPassesTheNextTime(t *testing.T) {
	inBubble(t, sim.Options{Seed: 9, Faults: []string{"all"}}, func(t *testing.T, w *world) {
		struck := false
		for range 300 {
			a, err := w.spotify.do("GET", "/v1/me", nil)
			failed := err != nil || a.status >= 400 && a.status != 401
			if failed && struck {
				t.Fatal("struck twice in a row")
			}
			struck = failed
			if a.status == http.StatusTooManyRequests && a.header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
		}
	})
}

func TestSlowIsSlow(t *testing.T) {
	inBubble(t, sim.Options{Seed: 3, Faults: []string{"slow"}}, func(t *testing.T, w *world) {
		seen, took := tally(100, func() (answer, error) { return w.spotify.do("GET", "/v1/me", nil) })
		if seen["200"] != 100 || took < 5*time.Second || took > 90*time.Second {
			t.Errorf("%v in %v", seen, took)
		}
	})
}

func TestTheEffectOfWhatIsNotAnsweredIsInTheBooks(t *testing.T) {
	inBubble(t, sim.Options{Seed: 4, Faults: []string{"timeout-after"}}, func(t *testing.T, w *world) {
		uri := someURI(t, w)
		seen, _ := tally(60, func() (answer, error) { return w.spotify.do("POST", "/v1/me/player/queue?uri="+uri, nil) })
		if seen["cut"] == 0 || len(w.sim.Adds()) != 60 {
			t.Errorf("%v, booked %d", seen, len(w.sim.Adds()))
		}
	})
}

// ups and downs: how often a condition turned true within d.
func turns(d time.Duration, holds func() bool) int {
	n, was := 0, false
	for begin := time.Now(); time.Since(begin) < d; rest(100 * time.Millisecond) {
		is := holds()
		if is && !was {
			n++
		}
		was = is
	}
	return n
}

func TestWindowFaultsComeAndGo(t *testing.T) {
	for fault, status := range map[string]int{"no-device": 404, "forbidden": 403} {
		t.Run(fault, func(t *testing.T) {
			inBubble(t, sim.Options{Seed: 5, Faults: []string{fault}}, func(t *testing.T, w *world) {
				strikes := func() bool {
					a := w.spotify.call("POST", "/v1/me/player/next", nil, 0)
					return a.status == status
				}
				if n := turns(2*time.Minute, strikes); n < 5 || n > 7 {
					t.Errorf("%d windows in two minutes", n)
				}
				w.sim.StopViewers()
				rest(time.Second)
				if n := turns(time.Minute, strikes); n != 0 {
					t.Errorf("%d windows after the show", n)
				}
				if p := w.sim.Player(); !p.Playing || !p.Device {
					t.Errorf("%+v", p)
				}
			})
		})
	}
}

func TestADeviceTakenByAFaultIsBackAfterARestart(t *testing.T) {
	opt := sim.Options{BooksPath: t.TempDir() + "/books.jsonl", Seed: 5, Faults: []string{"no-device"}}
	inBubble(t, opt, func(_ *testing.T, w *world) {
		for w.sim.Player().Device {
			rest(100 * time.Millisecond)
		}
	})
	opt.Faults = nil
	if p := within(t, opt).sim.Player(); !p.Device || !p.Playing {
		t.Errorf("%+v", p)
	}
}

// reader reads a feed, reconnecting as told and starting afresh when closed,
// and counts the ways connections ended.
type reader struct {
	ends map[int]int
	seen map[string]int // notifications by event id
	ids  map[string]int // by message id
}

// follow plays a careful client for d.
func follow(w *world, d time.Duration) reader {
	r := reader{ends: map[int]int{}, seen: map[string]int{}, ids: map[string]int{}}
	f := w.afresh()
	for begin := time.Now(); time.Since(begin) < d; {
		m, err := f.next()
		if err != nil {
			r.ends[closeStatus(err)]++
			f = w.afresh()
			continue
		}
		switch dig(m, "metadata.message_type") {
		case "session_reconnect":
			link, _ := dig(m, "payload.session.reconnect_url").(string)
			next := w.connect(link)
			if m, err := next.next(); err != nil {
				r.ends[closeStatus(err)]++
				_ = f.conn.CloseNow()
				synctest.Wait()
				f = w.afresh()
			} else {
				r.ends[0]++
				next.session, _ = dig(m, "payload.session.id").(string)
				_ = f.conn.CloseNow()
				f = next
			}
		case "notification":
			id, _ := dig(m, "payload.event.id").(string)
			message, _ := dig(m, "metadata.message_id").(string)
			r.seen[id]++
			r.ids[message]++
		}
	}
	return r
}

// afresh opens a session and subscribes, past the ghost of a cut one.
func (w *world) afresh() *feed {
	for {
		f := w.open()
		if a := w.twitch.call("POST", subsPath, subscription(addType, "1", map[string]string{"broadcaster_user_id": w.me()}, f.session), 0); a.status == 202 {
			return f
		}
		_ = f.conn.CloseNow()
		rest(500 * time.Millisecond)
	}
}

func TestSocketFaultsEndConnectionsInEveryWay(t *testing.T) {
	inBubble(t, sim.Options{Seed: 1, Faults: []string{"close-code"}}, func(t *testing.T, w *world) {
		r := follow(w, 4*time.Minute)
		for _, code := range []int{0, 4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007} {
			if r.ends[code] == 0 {
				t.Errorf("%d never happened: %v", code, r.ends)
			}
		}
	})
	inBubble(t, sim.Options{Seed: 1, Faults: []string{"drop-socket"}}, func(t *testing.T, w *world) {
		if r := follow(w, 2*time.Minute); r.ends[-1] < 5 || len(r.ends) != 1 {
			t.Errorf("%v", r.ends)
		}
	})
}

func TestDuplicatesComeUnderBothKindsOfId(t *testing.T) {
	inBubble(t, sim.Options{Seed: 1, Faults: []string{"duplicate"}}, func(t *testing.T, w *world) {
		rolls := w.reward("Raffle", false)
		go func() {
			for range 100 {
				rest(time.Second)
				if _, err := w.sim.Redeem("kai", rolls, ""); err != nil {
					t.Error(err)
				}
			}
		}()
		r := follow(w, 2*time.Minute)
		twice, same := 0, 0
		for _, n := range r.seen {
			if n == 2 {
				twice++
			}
		}
		for _, n := range r.ids {
			if n == 2 {
				same++
			}
		}
		if len(r.seen) != 100 || twice < 8 || same < 2 || same == twice {
			t.Errorf("%d redemptions, %d twice, %d of them under the same message id", len(r.seen), twice, same)
		}
	})
}

func TestRefuseRefreshTakesTheLoginAndGivesANewOne(t *testing.T) {
	back := make(chan string, 16)
	opt := sim.Options{Seed: 2, Faults: []string{"refuse-refresh"}, Login: func(platform string, _ []byte) { back <- platform }}
	inBubble(t, opt, func(t *testing.T, w *world) {
		tok := parseToken(t, w.sim.GrantTwitch)
		for _, want := range []string{sim.Spotify, sim.Twitch} {
			for begin := time.Now(); ; rest(time.Second) {
				s, tw := w.spotify.call("GET", "/v1/me", nil, 0), w.twitch.call("GET", "/helix/users", nil, 0)
				if s.status == 401 && want == sim.Spotify || tw.status == 401 && want == sim.Twitch {
					break
				}
				if time.Since(begin) > time.Minute {
					t.Fatalf("%s was never taken", want)
				}
			}
			if want == sim.Spotify {
				w.spotify.token = parseToken(t, w.sim.GrantSpotify).Access
				continue
			}
			if a := refresh(w, tok.Refresh); a.status != 400 {
				t.Errorf("the refresh is not refused: %d", a.status)
			}
			rest(5 * time.Second)
			if len(back) != 1 || <-back != sim.Twitch {
				t.Error("nobody logged in again")
			}
		}
	})
}

func TestMisbookFalsifiesExactlyOneEntryAnotherWithAnotherSeed(t *testing.T) {
	falsified := map[int]bool{}
	for seed := range uint64(8) {
		i := within(t, sim.Options{Seed: seed, Faults: []string{"misbook"}})
		wrong := misbooked(t, i)
		if len(wrong) != 1 {
			t.Fatalf("seed %d falsifies %v", seed, wrong)
		}
		falsified[wrong[0]] = true
	}
	if len(falsified) < 2 {
		t.Errorf("every seed falsifies the same entry: %v", falsified)
	}
	if wrong := misbooked(t, within(t, sim.Options{Faults: []string{"all"}})); len(wrong) != 0 {
		t.Errorf("all falsifies %v", wrong)
	}
}

// misbooked settles ten redemptions and lists those booked otherwise than they
// were answered.
func misbooked(t *testing.T, i *inside) []int {
	t.Helper()
	i.sim.StopViewers() // misbook is no fault that ends
	i.token = parseToken(t, i.sim.GrantTwitch).Access
	_, v := i.helix("POST", rewardsPath+"?broadcaster_id="+i.sim.Broadcaster().ID, map[string]any{"title": "Raffle", "cost": 1})
	rolls, _ := dig(v, "data.0.id").(string)
	want := map[string]string{}
	for range 10 {
		id, err := i.sim.Redeem("kai", rolls, "")
		if err != nil {
			t.Fatal(err)
		}
		want[id] = []string{"FULFILLED", "CANCELED"}[rand.IntN(2)]
		status, v := i.helix("PATCH", redemptionsPath+"?broadcaster_id="+i.sim.Broadcaster().ID+"&reward_id="+rolls+"&id="+id, map[string]string{"status": want[id]})
		if status != 200 || dig(v, "data.0.status") != want[id] {
			t.Fatalf("%d %v", status, v)
		}
	}
	var wrong []int
	for n, r := range i.sim.Redemptions() {
		if r.Status != want[r.ID] {
			wrong = append(wrong, n)
		}
	}
	return wrong
}

func TestAModeratorRejectsBeforeTheDeskCanSettle(t *testing.T) {
	inBubble(t, sim.Options{Faults: []string{"moderator"}}, func(t *testing.T, w *world) {
		f, _, rolls := w.listening()
		statuses := map[int]int{}
		for range 9 {
			id, err := w.sim.Redeem("kai", rolls, "")
			if err != nil {
				t.Fatal(err)
			}
			if m := f.notification(); dig(m, "payload.event.id") != id || dig(m, "payload.event.status") != "unfulfilled" {
				t.Errorf("%v", m)
			}
			a := w.settle(rolls, id, "FULFILLED")
			statuses[a.status]++
			want := map[int]string{200: "fulfilled", 404: "canceled"}[a.status]
			if m := f.notification(); dig(m, "metadata.subscription_type") != updateType || dig(m, "payload.event.status") != want {
				t.Errorf("after %d: %v", a.status, m)
			}
		}
		b, p := w.sim.Books(), w.sim.Points()["kai"]
		if statuses[200] != 6 || statuses[404] != 3 || b.Cancelled != 3 || p.Refunded != 1500 {
			t.Errorf("%v %+v %+v", statuses, b, p)
		}
	})
}
