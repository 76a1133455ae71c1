package twitch_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/sim"
	"sidestage/core/twitch"
)

// limits is a Helix of one test that says how its rate limit stands and notes
// when which call arrived.
type limits struct {
	mu     sync.Mutex
	status int
	header http.Header
	came   []string
	at     []time.Time
}

func (l *limits) say(status int, pairs ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status, l.header = status, http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		l.header.Set(pairs[i], pairs[i+1])
	}
}

func (l *limits) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.came, l.at = append(l.came, r.Method+" "+r.URL.Path), append(l.at, time.Now())
	a := reply(l.status, `{"data":[{"id":"1","message_id":"m","is_sent":true}]}`)
	a.Header = l.header.Clone()
	return a, nil
}

func (l *limits) seen() ([]string, []time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.came), slices.Clone(l.at)
}

func bucketOf(limit, remaining int, resetIn time.Duration) []string {
	return []string{
		"Ratelimit-Limit", strconv.Itoa(limit), "Ratelimit-Remaining", strconv.Itoa(remaining),
		"Ratelimit-Reset", strconv.FormatInt(time.Now().Add(resetIn).Unix(), 10),
	}
}

// bubble runs a test on a client whose rate limit the test speaks for.
func bubble(t *testing.T, test func(t *testing.T, c *twitch.Client, l *limits)) {
	synctest.Test(t, func(t *testing.T) {
		l := &limits{status: 200, header: http.Header{}}
		test(t, helix(&http.Client{Transport: l}), l)
	})
}

func ask(t *testing.T, c *twitch.Client) {
	t.Helper()
	if _, err := c.Self(t.Context()); err != nil {
		t.Error(err)
	}
}

func settle(ctx context.Context, c *twitch.Client) error {
	return c.SetRedemption(ctx, "1337", "w", "r", twitch.Fulfilled)
}

func TestWhatSettlesPointsGoesBeforePolls(t *testing.T) {
	bubble(t, func(t *testing.T, c *twitch.Client, l *limits) {
		l.say(200, bucketOf(2, 0, 30*time.Second)...)
		ask(t, c)
		l.say(200, bucketOf(2, 0, -time.Second)...) // each answer leaves nothing: the next comes half a minute later
		var wg sync.WaitGroup
		for _, call := range []func() error{
			func() error { _, err := c.Stream(t.Context(), "1337"); return err },
			func() error { _, err := c.Stream(t.Context(), "1337"); return err },
			func() error { _, err := c.Self(t.Context()); return err },
			func() error { return settle(t.Context(), c) },
			func() error { _, err := c.Redemption(t.Context(), "1337", "w", "r"); return err },
		} {
			wg.Go(func() {
				if err := call(); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // they queue up in this order
		}
		if u := c.Usage(); u.API.Waiting != 5 || u.API.Waits != 5 || u.API.ClosedUntil.IsZero() {
			t.Errorf("%+v", u)
		}
		wg.Wait()
		came, at := l.seen()
		const redemption = "/helix/channel_points/custom_rewards/redemptions"
		want := []string{"GET /helix/users", "PATCH " + redemption, "GET " + redemption, "GET /helix/users", "GET /helix/streams", "GET /helix/streams"}
		if !slices.Equal(came, want) {
			t.Errorf("%q", came)
		}
		for i := 1; i < len(at); i++ {
			if gap := at[i].Sub(at[i-1]); gap < 29*time.Second || gap > 31*time.Second {
				t.Errorf("call %d came %v after the one before", i, gap)
			}
		}
	})
}

func TestPollsLeaveTheLastTenthToTheOthers(t *testing.T) {
	bubble(t, func(t *testing.T, c *twitch.Client, l *limits) {
		l.say(200, bucketOf(600, 58, time.Minute)...)
		ask(t, c)
		begin := time.Now()
		if err := settle(t.Context(), c); err != nil || time.Since(begin) > 0 {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		if _, err := c.Stream(t.Context(), "1337"); err != nil || time.Since(begin) != 400*time.Millisecond {
			t.Errorf("a poll waited %v for the four points that were missing: %v", time.Since(begin), err)
		}
	})
}

func TestOnlyAnEmptyBucketIsShut(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		header []string
		want   time.Duration
	}{
		{"no headers", 200, nil, 0},
		{"points left", 200, bucketOf(800, 1, time.Minute), 0},
		{"a 429 for another reason", 429, bucketOf(800, 700, time.Minute), 0},
		{"a 429 without a word", 429, nil, 0},
		{"nonsense", 429, []string{"Ratelimit-Limit", "many", "Ratelimit-Remaining", "-3", "Ratelimit-Reset", "soon"}, 0},
		{"empty, and no time named", 429, []string{"Ratelimit-Limit", "60", "Ratelimit-Remaining", "0"}, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, c *twitch.Client, l *limits) {
				l.say(tt.status, tt.header...)
				_, _ = c.Self(t.Context()) // only its headers count
				l.say(200)
				begin := time.Now()
				ask(t, c)
				if got := time.Since(begin); got != tt.want {
					t.Errorf("waited %v", got)
				}
			})
		})
	}
}

func TestAnEmptyBucketIsShutUntilItsReset(t *testing.T) {
	for _, status := range []int{200, 429} {
		for _, tt := range []struct {
			reset time.Duration
			skew  time.Duration // of the platform's clock against ours
			want  time.Duration
		}{
			{20 * time.Second, 0, 20 * time.Second},
			{20 * time.Second, 3 * time.Hour, 20 * time.Second},
			{20 * time.Second, -3 * time.Hour, 20 * time.Second},
			{24 * time.Hour, 0, 2 * time.Minute}, // nobody fills a bucket that slowly
		} {
			t.Run(fmt.Sprint(status, tt), func(t *testing.T) {
				bubble(t, func(t *testing.T, c *twitch.Client, l *limits) {
					there := time.Now().Add(tt.skew)
					l.say(status, append(bucketOf(800, 0, tt.skew+tt.reset), "Date", there.UTC().Format(http.TimeFormat))...)
					_, err := c.Self(t.Context())
					if status == 429 && (core.KindOf(err) != core.RateLimited || !core.Temporary(err) || core.RetryAfter(err) != min(tt.reset, 30*time.Minute)) {
						t.Errorf("%v, retry after %v", err, core.RetryAfter(err))
					}
					l.say(200)
					begin := time.Now()
					ask(t, c)
					if got := time.Since(begin); got != tt.want {
						t.Errorf("waited %v", got)
					}
				})
			})
		}
	}
}

func TestWhoCannotWaitIsToldHowLongItTakes(t *testing.T) {
	bubble(t, func(t *testing.T, c *twitch.Client, l *limits) {
		l.say(200, bucketOf(800, 0, 50*time.Second)...)
		ask(t, c)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		begin := time.Now()
		err := settle(ctx, c)
		if core.KindOf(err) != core.RateLimited || !core.Temporary(err) || core.RetryAfter(err) != 50*time.Second || time.Since(begin) > 0 {
			t.Errorf("%v, retry after %v, after %v", err, core.RetryAfter(err), time.Since(begin))
		}
		if came, _ := l.seen(); len(came) != 1 {
			t.Errorf("%q", came)
		}
	})
}

func TestWhoGivesUpFreesItsPlace(t *testing.T) {
	bubble(t, func(t *testing.T, c *twitch.Client, l *limits) {
		l.say(200, bucketOf(60, 0, 50*time.Second)...)
		ask(t, c)
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() { gone <- settle(ctx, c) }()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) || core.KindOf(err) != core.Unavailable {
			t.Error(err)
		}
		if u := c.Usage(); u.API.Waiting != 0 {
			t.Errorf("%+v", u)
		}
		l.say(200, bucketOf(60, 59, 0)...)
		ask(t, c)
		if u := c.Usage(); u.API.Left != 49 || u.Calls["GET /users"] != 2 || u.Calls["PATCH /channel_points/custom_rewards/redemptions"] != 0 {
			t.Errorf("%+v", u)
		}
	})
}

func TestChatHasABucketOfItsOwn(t *testing.T) {
	bubble(t, func(t *testing.T, c *twitch.Client, l *limits) {
		l.say(200, bucketOf(100, 0, 30*time.Second)...)
		if _, err := c.SendChat(t.Context(), "1337", "1337", "hello", ""); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		l.say(200, bucketOf(800, 799, 0)...)
		ask(t, c)
		if time.Since(begin) > 0 {
			t.Errorf("waited %v for chat", time.Since(begin))
		}
		if _, err := c.SendChat(t.Context(), "1337", "1337", "hello", ""); err != nil || time.Since(begin) != 30*time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}

// TestABusyDeskIsNeverRefused asks more than the simulated Twitch gives, from
// many sides at once.
func TestABusyDeskIsNeverRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := simulated(t, sim.Options{})
		begin := time.Now()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				for range 100 {
					ask(t, c)
				}
			})
		}
		wg.Wait()
		u := c.Usage()
		if u.API.Refusals != 0 || u.Calls["GET /users"] != 2000 || u.API.Points != 800 || u.API.Waits == 0 {
			t.Errorf("%+v", u)
		}
		if took := time.Since(begin); took > 3*time.Minute {
			t.Errorf("1200 calls more than a bucket of 800 a minute took %v", took)
		}
	})
}

// TestADryBucketIsWaitedFor: what the fault refuses is asked again in time.
func TestADryBucketIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := simulated(t, sim.Options{Faults: []string{"dry-bucket"}})
		refused := 0
		for range 300 {
			if _, err := c.Self(t.Context()); err != nil {
				refused++
				if core.KindOf(err) != core.RateLimited {
					t.Error(err)
				}
			}
			time.Sleep(time.Second)
		}
		if u := c.Usage(); refused == 0 || int64(refused) != u.API.Refusals || u.API.Waits < int64(refused) || refused > 300/20+1 {
			t.Errorf("%d refused, %+v", refused, u)
		}
	})
}

func BenchmarkAPointOfTheBucket(b *testing.B) {
	l := &limits{status: 200, header: http.Header{}}
	l.say(200, bucketOf(1<<40, 1<<40, time.Minute)...)
	c := helix(&http.Client{Transport: quick{l.header}})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Self(context.Background()); err != nil {
				b.Error(err)
			}
		}
	})
}

// quick answers at once.
type quick struct{ header http.Header }

func (q quick) RoundTrip(*http.Request) (*http.Response, error) {
	r := reply(200, `{"data":[{"id":"1"}]}`)
	r.Header = q.header
	return r, nil
}
