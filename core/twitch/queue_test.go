package twitch_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/twitch"
)

func TestAFullQueueClosesTheSessionAndDropsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		s.Queue = 3
		gate := make(chan struct{})
		start(t, s, func(ctx context.Context, m twitch.Message) error {
			<-gate
			return b.handle(ctx, m)
		})
		sk := f.next()
		sk.welcome("s1")
		synctest.Wait()
		for i := range 5 { // one in hand, three waiting, one too many
			sk.notify(fmt.Sprintf("m%d", i))
			synctest.Wait()
		}
		if sk.alive() {
			t.Fatal("the session is still open")
		}
		close(gate)
		next := f.next()
		next.welcome("s2")
		next.notify("m5")
		synctest.Wait()
		if b.ids() != "m0 m1 m2 m3 m4 m5" {
			t.Errorf("handled %q", b.ids())
		}
		if h := s.Health(); h.State != twitch.Healthy || !strings.Contains(f.logged(), "faster than messages were handled") {
			t.Errorf("%+v", h)
		}
	})
}

func TestASlowHandlerDoesNotKeepPingsFromBeingAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		start(t, f.session(), func(context.Context, twitch.Message) error {
			time.Sleep(30 * time.Second)
			return nil
		})
		sk := f.next()
		sk.welcome("s1")
		sk.notify("m1")
		sk.notify("m2")
		asked := time.Now()
		if err := sk.conn.Ping(t.Context()); err != nil || time.Since(asked) > 0 {
			t.Errorf("pong after %v: %v", time.Since(asked), err)
		}
	})
}

func TestAnOversizedFrameCostsOneSessionAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		sk := up(t, f, s, b)
		sk.notify("m1")
		go func() { // the write fails when the client hangs up
			_ = sk.conn.Write(context.Background(), 1, bytes.Repeat([]byte("a"), 5<<20))
		}()
		next := f.next()
		if sk.alive() {
			t.Error("the socket is still open")
		}
		next.welcome("s2")
		next.notify("m2")
		synctest.Wait()
		if h := s.Health(); b.ids() != "m1 m2" || h.State != twitch.Healthy {
			t.Errorf("handled %q, %+v", b.ids(), h)
		}
	})
}

func TestALargeFrameWithinTheLimitIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		sk := up(t, f, f.session(), b)
		sk.send(fmt.Appendf(nil, `{"metadata":{"message_id":"big","message_type":"notification"},"payload":{"event":{"x":%q}}}`, strings.Repeat("k", 900_000)))
		synctest.Wait()
		if b.ids() != "big" {
			t.Errorf("handled %q", b.ids())
		}
	})
}

func TestFramesThatDoNotDecodeAreHandedOverAndHarmless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		sk := up(t, f, s, b)
		junk := []string{"{", "", "null", "[]", `{"metadata":{}}`, strings.Repeat("x", 100_000)}
		for _, j := range junk {
			sk.send([]byte(j))
		}
		sk.notify("m1")
		synctest.Wait()
		got := b.messages()
		if len(got) != len(junk)+1 || got[len(junk)].ID != "m1" {
			t.Fatalf("%d messages", len(got))
		}
		for i, m := range got[:len(junk)] {
			if m.Type != "" || m.ID != "" || len(m.Raw) > 4096 || !strings.HasPrefix(junk[i], string(m.Raw)) {
				t.Errorf("%.20q became %+v", junk[i], m)
			}
		}
		if n := strings.Count(f.logged(), "frame not understood"); n != len(junk) || s.Health().State != twitch.Healthy {
			t.Errorf("%d lines logged, %+v", n, s.Health())
		}
	})
}

func TestMessagesOfUnknownTypeAreHandedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		sk := up(t, f, f.session(), b)
		sk.send([]byte(`{"metadata":{"message_id":"n","message_type":"session_news","message_timestamp":"2020-11-10T20:08:464757833Z"},"payload":7}`))
		synctest.Wait()
		if got := b.messages(); len(got) != 1 || got[0].Type != "session_news" || !got[0].At.IsZero() {
			t.Errorf("%+v", got)
		}
	})
}

func TestOnlySoManyMessageIDsAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		s.Queue = 10_000
		sk := up(t, f, s, b)
		for i := range 4097 {
			sk.notify(fmt.Sprintf("m%d", i))
		}
		sk.notify("m1") // still known
		sk.notify("m0") // forgotten
		synctest.Wait()
		got := b.messages()
		if len(got) != 4098 || got[4097].ID != "m0" {
			t.Errorf("%d messages", len(got))
		}
	})
}

func TestWhatIsQueuedAtTheStopIsStillHandledForAMoment(t *testing.T) {
	for name, tt := range map[string]struct {
		each time.Duration
		want string
	}{
		"in time":  {time.Second, "m0 m1 m2 m3"},
		"too slow": {4 * time.Second, "m0"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, b := newFake(t), &inbox{}
				stop := start(t, f.session(), func(ctx context.Context, m twitch.Message) error {
					select {
					case <-time.After(tt.each):
						return b.handle(ctx, m)
					case <-ctx.Done():
						return ctx.Err()
					}
				})
				sk := f.next()
				sk.welcome("s1")
				for i := range 4 {
					sk.notify(fmt.Sprintf("m%d", i))
				}
				synctest.Wait()
				asked := time.Now()
				stop()
				if b.ids() != tt.want || time.Since(asked) > 6*time.Second {
					t.Errorf("handled %q in %v", b.ids(), time.Since(asked))
				}
				if left := strings.Contains(f.logged(), "left unhandled"); left != (name == "too slow") {
					t.Errorf("logged %s", f.logged())
				}
			})
		})
	}
}

func TestADeadPeerDoesNotHoldUpTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		s.URL = "ws://twitch.test/ws/deaf"
		f.deaf = true
		stop := start(t, s, b.handle)
		f.next().welcome("s1")
		synctest.Wait()
		asked := time.Now()
		stop()
		if took := time.Since(asked); took > 11*time.Second {
			t.Errorf("stopped after %v", took)
		}
	})
}
