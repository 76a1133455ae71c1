package song_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core/song"
)

func context3() *deck { return newDeck(track("c0", 180), track("c1", 180), track("c2", 180)) }

// The faults of the program this one replaces, each by name.

func TestPausedTimeIsNotPlayed(t *testing.T) {
	inBooth(t, context3, func(_ *testing.T, b *booth) {
		b.request("r1", track("A", 180))
		b.poll(time.Second)
		b.deck.skip()
		b.poll(5 * time.Second)
		b.wantCurrent("A", "r1")
		b.deck.pause(true)
		for range 5 {
			b.poll(time.Minute)
		}
		b.deck.skip()
		b.poll(time.Second)
		b.want("r1", song.Skipped)
	})
}

func TestAPauseDoesNotEndASong(t *testing.T) {
	inBooth(t, context3, func(_ *testing.T, b *booth) {
		b.request("r1", track("A", 180))
		b.deck.skip()
		b.poll(time.Second)
		b.deck.pause(true)
		b.poll(time.Hour)
		b.deck.pause(false)
		b.poll(30 * time.Second)
		b.wantCurrent("A", "r1")
		b.poll(155 * time.Second)
		b.want("r1", song.Heard)
	})
}

func TestARequestThatStartsBeforeItWasSeenUpcomingIsNotLost(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		b.poll(172 * time.Second)
		b.request("r1", track("A", 180))
		b.poll(10 * time.Second)
		b.wantCurrent("A", "r1")
		b.poll(180 * time.Second)
		b.want("r1", song.Heard)
		want := []string{"song.started ", "song.requested r1", "song.handed-over r1", "song.started r1", "song.ended r1 heard", "song.started "}
		if d := cmp.Diff(want, b.events()); d != "" {
			t.Error(d)
		}
	})
}

func TestARequestPlayedWhollyBetweenTwoSyncsDoesNotVanish(t *testing.T) {
	for name, seen := range map[string]bool{"seen upcoming": true, "never seen": false} {
		t.Run(name, func(t *testing.T) {
			inBooth(t, context3, func(t *testing.T, b *booth) {
				b.poll(172 * time.Second)
				b.request("r1", track("A", 6))
				if seen {
					b.poll(time.Second)
				}
				b.poll(20 * time.Second)
				b.wantCurrent("c1", "")
				b.want("r1", song.Heard)
				h := b.history()
				if len(h) != 1 || h[0].EndedAt.Sub(h[0].StartedAt) != 6*time.Second || !h[0].EndedAt.Equal(b.deck.current.started) {
					t.Errorf("history %+v, deck %+v", h, b.deck.current)
				}
			})
		})
	}
}

func TestManyPlayedBetweenTwoSyncsAreJudgedByTheClock(t *testing.T) {
	inBooth(t, context3, func(_ *testing.T, b *booth) {
		b.request("r1", track("A", 180))
		b.request("r2", track("B", 180))
		b.request("r3", track("C", 180))
		b.poll(time.Second)
		b.deck.skip() // A
		b.poll(time.Second)
		b.deck.skip() // B
		time.Sleep(12 * time.Second)
		b.deck.skip() // C
		b.poll(2 * time.Second)
		b.wantCurrent("C", "r3")
		b.want("r1", song.Heard) // 10 of the 13 s can have been its
		b.want("r2", song.Skipped)
	})
}

func TestARequestStaysQueuedForHours(t *testing.T) {
	inBooth(t, func() *deck { return newDeck(track("c0", 7200), track("c1", 180)) }, func(_ *testing.T, b *booth) {
		b.request("r1", track("A", 180))
		for range 119 {
			b.poll(time.Minute)
		}
		b.want("r1", song.Queued)
		b.poll(2 * time.Minute)
		b.wantCurrent("A", "r1")
	})
}

func TestWhatIsNoTrackBreaksNoSync(t *testing.T) {
	odd := map[string]*song.Item{
		"episode":   {Kind: song.KindEpisode, ID: "e1", URI: "spotify:episode:e1", Name: "An episode"},
		"local":     {Kind: song.KindLocal, URI: "spotify:local:a:b:c:10", Name: "A file"},
		"ad":        {Kind: song.KindAd},
		"unknown":   {Kind: song.KindUnknown},
		"nothing":   nil,
		"bare item": {},
	}
	for name, it := range odd {
		t.Run(name, func(t *testing.T) {
			inBooth(t, context3, func(_ *testing.T, b *booth) {
				b.request("r1", track("A", 180))
				b.poll(time.Second)
				for range 4 {
					time.Sleep(8 * time.Second)
					s := b.deck.look()
					s.Current = it
					if it != nil {
						s.Upcoming = append(s.Upcoming[:1:1], append([]song.Item{*it}, s.Upcoming[1:19]...)...)
					}
					b.sync(s)
				}
				b.want("r1", song.Queued)
				b.deck.skip()
				b.poll(time.Second)
				b.wantCurrent("A", "r1")
			})
		})
	}
}

func TestSkippingHitsNoOtherViewersCopy(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		a := track("A", 180)
		b.request("r1", a)
		b.request("r2", a)
		b.update(func(tx song.Tx) error { return song.Withdraw(tx, "r1", "moderated") })
		if r := b.poll(time.Second); r.SkipNow {
			t.Error("asked to skip what nobody asked for")
		}
		b.deck.skip()
		if r := b.poll(time.Second); !r.SkipNow {
			t.Error("a withdrawn copy is current and nobody was asked to skip it")
		}
		if r := b.poll(time.Second); r.SkipNow {
			t.Error("asked twice for one occurrence")
		}
		b.deck.skip()
		if r := b.poll(time.Second); r.SkipNow {
			t.Error("asked to skip the other viewer's copy")
		}
		b.wantCurrent("A", "r2")
		b.want("r1", song.Withdrawn)
		b.poll(30 * time.Second)
		b.deck.skip()
		b.poll(time.Second)
		b.want("r2", song.Heard)
	})
}

func TestACopyThatWasThereAlreadyProvesNothing(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		c1 := track("c1", 180)
		o := b.before(c1)
		if o.Copies != 7 {
			t.Fatalf("%d copies", o.Copies)
		}
		time.Sleep(2 * time.Second)
		if song.Risen(c1, o, b.deck.look()) {
			t.Error("the context's copies were taken for the add")
		}
		b.deck.skip() // a copy moves into the window, and one is current
		b.deck.skip()
		if song.Risen(c1, o, b.deck.look()) {
			t.Error("the context moving on was taken for the add")
		}
		b.deck.add(c1, "r1")
		if !song.Risen(c1, o, b.deck.look()) {
			t.Error("the add was not seen")
		}
		b.deck.skip()
		if !song.Risen(c1, o, b.deck.look()) {
			t.Error("the add, current by now, was not seen")
		}
	})
}

func TestACopyOfTheContextIsNotCredited(t *testing.T) {
	inBooth(t, context3, func(_ *testing.T, b *booth) {
		b.poll(time.Second)
		b.request("r1", track("c2", 180)) // c2 stands in the context too, behind c1
		b.poll(time.Second)
		b.deck.skip()
		b.poll(20 * time.Second)
		b.wantCurrent("c2", "r1")
		b.deck.skip()
		b.poll(20 * time.Second)
		b.wantCurrent("c1", "")
		b.want("r1", song.Heard)
		b.deck.skip()
		b.poll(20 * time.Second)
		b.wantCurrent("c2", "")
	})
}

func TestTheStreamerPlayingTheSameSongIsNotTheViewersCopy(t *testing.T) {
	for name, context := range map[string][]song.Track{"same context": nil, "its own context": {track("d0", 100), track("d1", 100)}} {
		t.Run(name, func(t *testing.T) {
			inBooth(t, context3, func(_ *testing.T, b *booth) {
				a := track("A", 180)
				b.request("r1", a)
				b.poll(time.Second)
				b.deck.byHand(a, context)
				b.poll(20 * time.Second)
				b.wantCurrent("A", "")
				b.want("r1", song.Queued)
				b.deck.skip()
				b.poll(20 * time.Second)
				b.wantCurrent("A", "r1")
			})
		})
	}
}

func TestASeekIsNotAnotherOccurrence(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		b.request("r1", track("A", 180))
		b.deck.skip()
		b.poll(60 * time.Second)
		turn := b.playing().Turn
		b.deck.seek(2 * time.Second)
		b.poll(time.Second)
		b.deck.seek(100 * time.Second)
		b.poll(time.Second)
		if got := b.playing().Turn; got != turn {
			t.Errorf("turn %d became %d", turn, got)
		}
		b.wantCurrent("A", "r1")
	})
}

func TestAnAddThatIsNotShownYetIsNotMissing(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		b.poll(time.Second)
		old := b.deck.look()
		b.request("r1", track("A", 180))
		for range 4 {
			time.Sleep(2 * time.Second)
			old.At, old.Progress = time.Now(), old.Progress+2*time.Second
			b.sync(old)
		}
		b.want("r1", song.Queued)
		b.poll(time.Second)
		b.deck.skip()
		b.poll(time.Second)
		b.wantCurrent("A", "r1")
	})
}

func TestAStaleReadUndoesNothing(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		b.request("r1", track("A", 180))
		b.poll(time.Second)
		old := b.deck.look()
		b.deck.skip()
		b.poll(time.Second)
		for range 3 {
			time.Sleep(time.Second)
			old.At = time.Now()
			if r := b.sync(old); !r.Doubtful {
				t.Error("an old look was believed")
			}
		}
		b.wantCurrent("A", "r1")
		b.poll(time.Second)
		b.wantCurrent("A", "r1")
	})
}

func TestWhatTheStreamerTookOutOfTheQueueEndsAsSkipped(t *testing.T) {
	inBooth(t, context3, func(_ *testing.T, b *booth) {
		b.request("r1", track("A", 180))
		b.poll(time.Second)
		b.deck.queue = nil
		b.poll(2 * time.Second)
		b.want("r1", song.Queued)
		b.poll(5 * time.Second)
		b.want("r1", song.Queued)
		b.poll(6 * time.Second)
		b.want("r1", song.Skipped)
	})
}

func TestWhatNeverTurnsUpEndsAsSkipped(t *testing.T) {
	inBooth(t, context3, func(_ *testing.T, b *booth) {
		b.poll(time.Second)
		b.request("r1", track("A", 180))
		b.deck.queue = nil
		b.poll(2 * time.Second)
		b.want("r1", song.Queued)
		b.poll(10 * time.Second)
		b.want("r1", song.Skipped)
	})
}

func TestAnInactivePlayerKeepsEverything(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		b.request("r1", track("A", 180))
		b.request("r2", track("B", 180))
		b.deck.skip()
		b.poll(5 * time.Second)
		b.deck.device(false)
		for range 10 {
			b.poll(time.Minute)
		}
		b.want("r1", song.Playing)
		b.want("r2", song.Queued)
		if b.playing().Active {
			t.Error("the player counts as active")
		}
		b.deck.device(true)
		b.poll(time.Second)
		b.wantCurrent("A", "r1")
		b.deck.skip()
		b.poll(time.Second)
		b.want("r1", song.Skipped)
		b.wantCurrent("B", "r2")
	})
}

func TestTheLastSongEndsWithThePlayer(t *testing.T) {
	inBooth(t, context3, func(_ *testing.T, b *booth) {
		b.request("r1", track("A", 30))
		b.deck.skip()
		b.poll(25 * time.Second)
		time.Sleep(4 * time.Second)
		b.deck.device(false)
		b.poll(2 * time.Second)
		b.want("r1", song.Heard)
	})
}

func TestShortSongsAreHeardToTheirEnd(t *testing.T) {
	inBooth(t, func() *deck { return newDeck(track("c0", 3), track("c1", 4)) }, func(_ *testing.T, b *booth) {
		ids := []string{"r1", "r2", "r3"}
		for i, id := range ids {
			b.request(id, track(string(rune('A'+i)), 3))
		}
		for range 20 {
			b.poll(b.deck.left() + 250*time.Millisecond)
		}
		for _, id := range ids {
			b.want(id, song.Heard)
		}
	})
}

func TestARelinkedTrackIsRecognised(t *testing.T) {
	inBooth(t, context3, func(_ *testing.T, b *booth) {
		asked := track("A", 180)
		asked.ISRC = "DEA012600001"
		plays := track("A-other-release", 181)
		plays.Name, plays.Artists = asked.Name, asked.Artists
		b.persist("r1", asked)
		o := b.before(asked)
		b.deck.add(plays, "r1")
		b.handedOver("r1", o)
		b.poll(time.Second)
		b.deck.skip()
		b.poll(20 * time.Second)
		if n := b.playing(); n.Current.RequestID != "r1" {
			t.Errorf("current %+v", n.Current)
		}
	})
}
