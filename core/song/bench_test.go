package song_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/song"
)

// waiting is how many requests wait in the benchmarks.
const waiting = 10_000

// strict are all rules at once, none of which refuses.
func strict() song.Rules {
	return song.Rules{
		QueueMax: song.Rule[int]{Value: 1 << 20}, ViewerMax: song.Rule[int]{Value: 1 << 20}, SessionMax: song.Rule[int]{Value: 1 << 20},
		InRowMax: song.Rule[int]{Value: 10}, Cooldown: song.Rule[time.Duration]{Value: time.Nanosecond},
		MinLength: song.Rule[time.Duration]{Value: time.Second}, MaxLength: song.Rule[time.Duration]{Value: time.Hour},
		NoExplicit: song.Rule[bool]{Value: true}, NoRepeats: song.Rule[bool]{Value: true},
		PlayedWithin: song.Rule[time.Duration]{Value: time.Hour}, Playable: song.Rule[bool]{Value: true},
	}
}

func nth(i int) song.Request {
	id := strconv.Itoa(i)
	who := "viewer-" + strconv.Itoa(i%500)
	return song.Request{
		ID: "r" + id, Viewer: core.Viewer{ID: who, Login: who, Name: who}, RedeemedAt: time.Now(), Fulfil: song.FulfilHandedOver,
		Track: song.Track{ID: "t" + id, URI: "spotify:track:t" + id, Name: "Track " + id, Artists: []string{"Artist " + id}, ISRC: "I" + id, Duration: 3 * time.Minute},
	}
}

// BenchmarkCheckAndInsert holds a request against every rule and puts it into a
// queue of 10,000, in a transaction of its own.
func BenchmarkCheckAndInsert(b *testing.B) {
	booth := openBooth(b, b.TempDir(), nil)
	defer booth.close()
	booth.update(func(tx song.Tx) error {
		for i := range waiting {
			if _, err := song.Persist(tx, nth(i)); err != nil {
				return err
			}
		}
		return nil
	})
	rules, i := strict(), waiting
	for b.Loop() {
		r := nth(i)
		err := booth.store.Update(context.Background(), func(tx song.Tx) error {
			if err := song.Check(tx, rules, r, ""); err != nil {
				return err
			}
			_, err := song.Persist(tx, r)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// BenchmarkSync is one look at a player that shows 50 items, ten of them ours,
// while the current one goes on.
func BenchmarkSync(b *testing.B) {
	booth := openBooth(b, b.TempDir(), nil)
	defer booth.close()
	current := song.Item{Kind: song.KindTrack, ID: "now", URI: "spotify:track:now", Name: "Now", Duration: time.Hour}
	look := song.Snapshot{Active: true, Playing: true, Current: &current, At: time.Now()}
	for i := range 50 {
		id := fmt.Sprint("c", i)
		look.Upcoming = append(look.Upcoming, song.Item{Kind: song.KindTrack, ID: id, URI: "spotify:track:" + id, Name: id, Duration: 3 * time.Minute})
	}
	booth.update(func(tx song.Tx) error { _, err := song.Sync(tx, look); return err })
	for i := range 10 {
		r := nth(i)
		booth.update(func(tx song.Tx) error {
			if _, err := song.Persist(tx, r); err != nil {
				return err
			}
			return song.HandedOver(tx, r.ID, song.Occurrence{At: time.Now(), Seen: look})
		})
		look.Upcoming[i] = song.Item{Kind: song.KindTrack, ID: r.Track.ID, URI: r.Track.URI, Name: r.Track.Name, ISRC: r.Track.ISRC, Duration: r.Track.Duration}
	}
	for b.Loop() {
		look.At = look.At.Add(10 * time.Second)
		look.Progress = min(look.Progress+10*time.Second, 50*time.Minute)
		booth.update(func(tx song.Tx) error { _, err := song.Sync(tx, look); return err })
	}
}
