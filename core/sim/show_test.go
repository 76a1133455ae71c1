package sim_test

import (
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/sim"
)

func TestTheShowBringsSomeOfEverythingWithinHalfAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Viewers: true, Speed: 20, Seed: 7})
		f, songs, _ := w.listening()
		begin := time.Now()
		var requests, rolls, chat, online int
		var first time.Duration
		for time.Since(begin) < 30*time.Second {
			m := f.notification()
			switch dig(m, "metadata.subscription_type") {
			case "stream.online":
				online++
			case "channel.chat.message":
				chat++
			case addType:
				if dig(m, "payload.event.reward.id") != songs {
					rolls++
					break
				}
				if requests++; requests == 1 {
					first = time.Since(begin)
				}
			}
		}
		t.Logf("%d requests, %d rolls, %d messages", requests, rolls, chat)
		if requests < 3 || rolls < 3 || chat < 10 || online != 1 {
			t.Errorf("%d requests, %d rolls, %d messages, online %d times", requests, rolls, chat, online)
		}
		if first > 2*time.Second {
			t.Errorf("the first request came after %v", first)
		}
		_ = f.conn.CloseNow()
		w.stop()
	})
}
