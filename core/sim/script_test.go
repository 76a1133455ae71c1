package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core/sim"
)

// show runs the script for d, settling every redemption, and lists who wrote
// what.
func show(t *testing.T, opt sim.Options, d time.Duration) []string {
	t.Helper()
	var lines []string
	opt.Viewers = true
	inBubble(t, opt, func(t *testing.T, w *world) {
		songs, rolls := w.rewards()
		f := w.open()
		f.subscribe("channel.chat.message", 202)
		f.subscribe(addType, 202)
		for begin := time.Now(); time.Since(begin) < d; {
			m := f.notification()
			e := dig(m, "payload.event")
			if id, _ := dig(e, "id").(string); id != "" {
				lines = append(lines, fmt.Sprint(dig(e, "user_login"), " ", dig(e, "reward.title"), " ", dig(e, "user_input")))
				reward, _ := dig(e, "reward.id").(string)
				if reward != songs && reward != rolls {
					t.Fatalf("redeemed on %s", reward)
				}
				w.settle(reward, id, "FULFILLED")
			} else if dig(e, "channel_points_custom_reward_id") == nil {
				lines = append(lines, fmt.Sprint(dig(e, "chatter_user_login"), ": ", dig(e, "message.text")))
			}
		}
	})
	return lines
}

// rewards finds both rewards, or makes them.
func (w *world) rewards() (songs, rolls string) {
	w.t.Helper()
	a := w.twitch.call("GET", rewardsPath+"?broadcaster_id="+w.me(), nil, 200)
	if songs, rolls = a.text(w.t, "data.0.id"), a.text(w.t, "data.1.id"); songs != "" {
		return songs, rolls
	}
	return w.reward("Song request", true), w.reward("Raffle", false)
}

func TestTheScriptIsAFunctionOfItsSeed(t *testing.T) {
	one, two := show(t, sim.Options{Seed: 11, Speed: 20}, time.Minute), show(t, sim.Options{Seed: 11, Speed: 20}, time.Minute)
	if d := cmp.Diff(one, two); d != "" {
		t.Error(d)
	}
	if other := show(t, sim.Options{Seed: 12, Speed: 20}, time.Minute); cmp.Equal(one, other) {
		t.Error("another seed, the same script")
	}
}

func TestTheScriptHasSomeOfEverything(t *testing.T) {
	text := strings.Join(show(t, sim.Options{Seed: 4, Speed: 20}, 3*time.Minute), "\n")
	for _, want := range []string{
		"Song request https://open.spotify.com/track/", "/album/", "spotify:track:", "!song", "!queue", "!SONG", "Raffle", "ren_yoru",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	songs := 0
	twice := false
	before := ""
	for line := range strings.SplitSeq(text, "\n") {
		if _, input, asked := strings.Cut(line, "Song request "); asked {
			songs++
			id := trackOf(input)
			twice = twice || id != "" && id == before
			before = id
		}
	}
	if !twice {
		t.Error("nobody asks for the same song again")
	}
	if songs < 25 || songs > 50 {
		t.Errorf("%d song requests in an hour of stream", songs)
	}
}

// trackOf is the id in a link, however it is written.
func trackOf(input string) string {
	i := strings.LastIndexAny(input, "/:")
	id, _, _ := strings.Cut(input[i+1:], "?")
	if len(id) != 22 {
		return ""
	}
	return id
}

func TestAKilledShowGoesOnWhereItWas(t *testing.T) {
	whole := show(t, sim.Options{Seed: 5, Speed: 20}, 40*time.Second)
	opt := sim.Options{Seed: 5, Speed: 20, BooksPath: t.TempDir() + "/books.jsonl"}
	var parts []string
	for range 4 {
		parts = append(parts, show(t, opt, 8*time.Second)...)
	}
	n := min(len(whole), len(parts))
	if n < 20 {
		t.Fatalf("only %d acts", n)
	}
	// What was on its way when the show was killed is not told again, so the
	// parts may lack a line at each seam, but never repeat or invent one.
	at := 0
	for _, line := range parts[:n] {
		skipped := at
		for skipped < len(whole) && whole[skipped] != line {
			skipped++
		}
		if skipped == len(whole) {
			return // the parts together go further
		}
		if skipped-at > 3 {
			t.Fatalf("%d acts are missing before %q", skipped-at, line)
		}
		at = skipped + 1
	}
}

func TestARateReplacesTheGaps(t *testing.T) {
	n := 0
	for _, line := range show(t, sim.Options{Seed: 5, Speed: 20, Rate: 120}, 30*time.Second) {
		if !strings.Contains(line, ": ") {
			n++
		}
	}
	if n < 55 || n > 62 {
		t.Errorf("%d redemptions in half a minute", n)
	}
}

func TestViewersHoldBackWhileManyRequestsWait(t *testing.T) {
	inBubble(t, sim.Options{Viewers: true, Speed: 100, Seed: 3}, func(t *testing.T, w *world) {
		f, songs, _ := w.listening()
		drain(t, f, 3*time.Minute)
		waiting := 0
		for _, r := range w.sim.Redemptions() {
			if r.RewardID == songs {
				waiting++
			}
		}
		if waiting != 6 {
			t.Errorf("%d requests wait", waiting)
		}
		w.sim.StopViewers()
		before := w.sim.Books().Taken
		rest(time.Minute)
		if after := w.sim.Books().Taken; after != before {
			t.Errorf("%d redemptions after the show", after-before)
		}
	})
}

// drain reads for d.
func drain(t *testing.T, f *feed, d time.Duration) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < d; {
		f.read()
	}
}

// A desk that hands a request over as soon as it hears of it has it heard, for
// ten seconds or to its end, in time.
func TestTheFirstRequestIsHeardInTime(t *testing.T) {
	for speed, within := range map[float64]time.Duration{20: 15 * time.Second, 0: 40 * time.Second} {
		inBubble(t, sim.Options{Viewers: true, Speed: speed}, func(t *testing.T, w *world) {
			begin := time.Now()
			rest(time.Second) // the desk starts up
			f, songs, _ := w.listening()
			go func() {
				for {
					m, err := f.next()
					if err != nil {
						return
					}
					if dig(m, "payload.event.reward.id") != songs {
						continue
					}
					input, _ := dig(m, "payload.event.user_input").(string)
					rest(time.Second) // its way through the desk
					if id := trackOf(input); id != "" {
						w.spotify.call("POST", "/v1/me/player/queue?uri=spotify:track:"+id, nil, 0)
					}
				}
			}()
			for p := w.sim.Player(); !p.Asked || p.Progress < 10*time.Second; p = w.sim.Player() {
				if heard := p.Asked && p.Length-p.Progress <= 100*time.Millisecond; heard {
					break
				}
				rest(100 * time.Millisecond)
				if time.Since(begin) > within {
					t.Fatalf("speed %v: %v after %v", speed, p, within)
				}
			}
			t.Logf("speed %v: heard after %v", speed, time.Since(begin))
			_ = f.conn.CloseNow()
			synctest.Wait()
		})
	}
}
