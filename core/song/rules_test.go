package song_test

import (
	"context"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/song"
	"sidestage/core/stream"
	"sidestage/storage"
)

// court is a booth in which kai and luna ask for songs under a rule.
type court struct {
	*booth
	n int
}

func (c *court) track(name string) song.Track {
	return song.Track{ID: name, URI: "spotify:track:" + name, Name: name, Artists: []string{"Björk"}, Duration: 4 * time.Minute, ISRC: "isrc-" + name}
}

// ask is what becomes of a request: the reason, or "" for a place in the queue.
func (c *court) ask(rules song.Rules, who string, t song.Track, role chat.Role) (reason, detail string) {
	c.t.Helper()
	c.n++
	r := song.Request{ID: "r" + string(rune('a'+c.n)), Viewer: core.Viewer{ID: who, Login: who, Name: who}, Track: t, RedeemedAt: time.Now()}
	err := c.store.Update(context.Background(), func(tx song.Tx) error {
		if err := song.Check(tx, rules, r, role); err != nil {
			return err
		}
		_, err := song.Persist(tx, r)
		return err
	})
	if err != nil && core.KindOf(err) != core.Denied {
		c.t.Fatalf("%s asks for %s: %v", who, t.Name, err)
	}
	return core.ReasonOf(err), core.DetailOf(err)
}

func TestEveryRuleRefusesWithItsReason(t *testing.T) {
	a, b := "a", "b"
	for name, test := range map[string]func(c *court) (rules song.Rules, reason, detail string){
		"closed": func(c *court) (song.Rules, string, string) {
			c.update(func(tx song.Tx) error { _, err := song.CloseGate(tx, "we sing now."); return err })
			return song.Rules{}, song.ReasonClosed, ": we sing now"
		},
		"not playable": func(*court) (song.Rules, string, string) {
			return song.Rules{Playable: song.Rule[bool]{Value: true}}, song.ReasonNotPlayable, ""
		},
		"only live": func(*court) (song.Rules, string, string) {
			return song.Rules{OnlyLive: song.Rule[bool]{Value: true}}, song.ReasonOffline, ""
		},
		"queue": func(c *court) (song.Rules, string, string) {
			c.ask(song.Rules{}, "luna", c.track(a), "")
			c.ask(song.Rules{}, "luna", c.track(b), "")
			return song.Rules{QueueMax: song.Rule[int]{Value: 2}}, song.ReasonQueueFull, "2 songs"
		},
		"viewer": func(c *court) (song.Rules, string, string) {
			c.ask(song.Rules{}, "kai", c.track(a), "")
			c.ask(song.Rules{}, "luna", c.track(b), "")
			return song.Rules{ViewerMax: song.Rule[int]{Value: 1}}, song.ReasonViewerFull, "1 song"
		},
		"session": func(c *court) (song.Rules, string, string) {
			c.online()
			c.ask(song.Rules{}, "kai", c.track(a), "")
			return song.Rules{SessionMax: song.Rule[int]{Value: 1}}, song.ReasonSessionFull, "1 song"
		},
		"in a row": func(c *court) (song.Rules, string, string) {
			c.ask(song.Rules{}, "luna", c.track("x"), "")
			c.ask(song.Rules{}, "kai", c.track(a), "")
			c.ask(song.Rules{}, "kai", c.track(b), "")
			return song.Rules{InRowMax: song.Rule[int]{Value: 2}}, song.ReasonInRow, "2 songs"
		},
		"cooldown": func(c *court) (song.Rules, string, string) {
			c.ask(song.Rules{}, "kai", c.track(a), "")
			time.Sleep(100 * time.Second)
			return song.Rules{Cooldown: song.Rule[time.Duration]{Value: 5 * time.Minute}}, song.ReasonCooldown, "3 min 20 s"
		},
		"too long": func(*court) (song.Rules, string, string) {
			return song.Rules{MaxLength: song.Rule[time.Duration]{Value: 3 * time.Minute}}, song.ReasonTooLong, "3 min"
		},
		"too short": func(*court) (song.Rules, string, string) {
			return song.Rules{MinLength: song.Rule[time.Duration]{Value: 10 * time.Minute}}, song.ReasonTooShort, "10 min"
		},
		"explicit": func(*court) (song.Rules, string, string) {
			return song.Rules{NoExplicit: song.Rule[bool]{Value: true}}, song.ReasonExplicit, ""
		},
		"waiting": func(c *court) (song.Rules, string, string) {
			again := c.track("asked")
			again.ID, again.URI = "another-release", "spotify:track:another-release"
			c.ask(song.Rules{}, "luna", again, "")
			return song.Rules{NoRepeats: song.Rule[bool]{Value: true}}, song.ReasonWaiting, ""
		},
		"playing": func(c *court) (song.Rules, string, string) {
			now := song.Item{Kind: song.KindTrack, ID: "other", ISRC: "isrc-asked", Duration: time.Hour}
			c.update(func(tx song.Tx) error {
				_, err := song.Sync(tx, song.Snapshot{Active: true, Playing: true, Current: &now, At: time.Now()})
				return err
			})
			return song.Rules{NoRepeats: song.Rule[bool]{Value: true}}, song.ReasonPlaying, ""
		},
		"played": func(c *court) (song.Rules, string, string) {
			c.ask(song.Rules{}, "luna", c.track("asked"), "")
			c.update(func(tx song.Tx) error {
				if err := tx.SongSetState("r"+string(rune('a'+c.n)), song.Heard, ""); err != nil {
					return err
				}
				return tx.SongInsertPlay(song.Play{RequestID: "r" + string(rune('a'+c.n)), StartedAt: time.Now(), EndedAt: time.Now(), Outcome: song.Heard})
			})
			time.Sleep(59 * time.Minute)
			return song.Rules{PlayedWithin: song.Rule[time.Duration]{Value: time.Hour}}, song.ReasonPlayed, "60 min"
		},
		"blocked track": func(c *court) (song.Rules, string, string) {
			c.block(song.BlockOfTrack(song.Track{ID: "single", Name: "Asked", Artists: []string{"Björk"}, ISRC: "isrc-asked"}))
			return song.Rules{}, song.ReasonBlockedTrack, "Asked by Björk"
		},
		"blocked artist": func(c *court) (song.Rules, string, string) {
			artist, err := song.BlockOfArtist(" bjork ")
			if err != nil {
				c.t.Fatal(err)
			}
			c.block(artist)
			return song.Rules{}, song.ReasonBlockedArtist, "bjork"
		},
		"blocked viewer": func(c *court) (song.Rules, string, string) {
			c.block(song.BlockOfViewer(core.Viewer{Login: "KAI"}))
			return song.Rules{}, song.ReasonBlockedViewer, "KAI"
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBooth(t, func() *deck { return nil }, func(t *testing.T, b *booth) {
				c := &court{booth: b}
				rules, reason, detail := test(c)
				asked := c.track("asked")
				asked.Explicit, asked.Barred = true, "market"
				if got, gotDetail := c.ask(rules, "kai", asked, ""); got != reason || gotDetail != detail {
					t.Errorf("%q (%q), want %q (%q)", got, gotDetail, reason, detail)
				}
				if got, _ := c.ask(rules, "kai", asked, chat.Moderator); got != reason {
					t.Errorf("a moderator: %q", got)
				}
				if got, _ := c.ask(rules, "kai", asked, chat.Broadcaster); got != "" {
					t.Errorf("the streamer: %q", got)
				}
			})
		})
	}
}

func TestWhatNobodyCanPlayIsRefusedEvenToTheStreamer(t *testing.T) {
	inBooth(t, func() *deck { return nil }, func(t *testing.T, b *booth) {
		c := &court{booth: b}
		barred := c.track("barred")
		barred.Barred = "market"
		if got, _ := c.ask(song.Rules{Playable: song.Rule[bool]{Value: true, Exempt: song.ExemptNobody}}, "kai", barred, chat.Broadcaster); got != song.ReasonNotPlayable {
			t.Error(got)
		}
		if got, _ := c.ask(song.Rules{}, "kai", barred, ""); got != "" {
			t.Error(got)
		}
	})
}

func TestARuleSparesARoleAndAllAboveIt(t *testing.T) {
	roles := []chat.Role{"", chat.Subscriber, chat.VIP, chat.Moderator, chat.Broadcaster}
	for from, spared := range map[chat.Role]int{ // how many of roles, from the end
		song.ExemptNobody: 0, "": 1, chat.Broadcaster: 1, chat.Moderator: 2, chat.VIP: 3, chat.Subscriber: 4, chat.Everyone: 5,
	} {
		inBooth(t, func() *deck { return nil }, func(t *testing.T, b *booth) {
			c := &court{booth: b}
			rules := song.Rules{OnlyLive: song.Rule[bool]{Value: true, Exempt: from}}
			for i, role := range roles {
				got, _ := c.ask(rules, "kai", c.track("t"), role)
				if (got == "") != (i >= len(roles)-spared) {
					t.Errorf("exempt %q, role %q: %q", from, role, got)
				}
			}
		})
	}
}

func TestWhatWasRefundedCountsNowhere(t *testing.T) {
	inBooth(t, func() *deck { return nil }, func(t *testing.T, b *booth) {
		c := &court{booth: b}
		rules := song.Rules{
			ViewerMax: song.Rule[int]{Value: 1}, SessionMax: song.Rule[int]{Value: 1}, InRowMax: song.Rule[int]{Value: 1}, QueueMax: song.Rule[int]{Value: 1},
			Cooldown: song.Rule[time.Duration]{Value: time.Hour}, NoRepeats: song.Rule[bool]{Value: true}, PlayedWithin: song.Rule[time.Duration]{Value: time.Hour},
		}
		c.ask(rules, "kai", c.track("t"), "")
		c.update(func(tx song.Tx) error { return song.Withdraw(tx, "rb", "refunded") })
		if got, _ := c.ask(rules, "kai", c.track("t"), ""); got != "" {
			t.Error(got)
		}
	})
}

func TestABlockStandsOnceAndCanBeTakenAway(t *testing.T) {
	inBooth(t, func() *deck { return nil }, func(t *testing.T, b *booth) {
		c := &court{booth: b}
		block := song.BlockOfViewer(viewer("kai"))
		c.block(block)
		c.block(block)
		b.view(func(tx song.Tx) error {
			if all, n, err := tx.SongBlocks(10); err != nil || n != 1 || len(all) != 1 || all[0].Name != "Viewer kai" {
				t.Errorf("%+v, %d, %v", all, n, err)
			}
			return nil
		})
		b.update(func(tx song.Tx) error {
			got, err := song.RemoveBlock(tx, song.BlockViewer, "kai")
			if got.Name != "Viewer kai" {
				t.Errorf("%+v", got)
			}
			return err
		})
		err := b.store.Update(t.Context(), func(tx song.Tx) error { _, err := song.RemoveBlock(tx, song.BlockViewer, "kai"); return err })
		if core.KindOf(err) != core.NotFound {
			t.Error(err)
		}
	})
}

func (c *court) block(b song.Block) {
	c.t.Helper()
	c.update(func(tx song.Tx) error { return song.AddBlock(tx, b) })
}

func (c *court) online() {
	c.t.Helper()
	err := c.db.Update(context.Background(), func(tx *storage.Tx) error { _, err := stream.Rules{}.Online(tx, "s", time.Now()); return err })
	if err != nil {
		c.t.Fatal(err)
	}
}
