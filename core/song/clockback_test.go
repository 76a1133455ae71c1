package song_test

import (
	"testing"
	"time"

	"sidestage/core/song"
)

// TestAClockThatIsPutBackStopsNothing: the looks before it seem to come later, for
// as long as it was fast.
func TestAClockThatIsPutBackStopsNothing(t *testing.T) {
	inBooth(t, context3, func(_ *testing.T, b *booth) {
		const fast = time.Hour
		look := func() song.Snapshot {
			s := b.deck.look()
			s.At = s.At.Add(fast)
			return s
		}
		b.request("r1", track("A", 180))
		b.deck.skip()
		time.Sleep(time.Second)
		b.sync(look())
		b.wantCurrent("A", "r1")
		time.Sleep(30 * time.Second)
		b.sync(look())
		time.Sleep(15 * time.Second)
		b.deck.skip()
		for range 3 { // the clock was put right
			b.poll(7 * time.Second)
		}
		b.want("r1", song.Heard)
		b.request("r2", track("B", 180))
		b.poll(time.Second)
		b.deck.skip()
		b.poll(time.Second)
		b.wantCurrent("B", "r2")
	})
}
