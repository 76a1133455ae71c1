package song_test

import (
	"strings"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/song"
)

func TestWithFairOrderViewersTakeTurns(t *testing.T) {
	for name, c := range map[string]struct {
		script string // "a": viewer a asks; "-": the next is played; "^": the last is promoted
		want   string // whose the pending requests are, in order
	}{
		"first come":              {"abc", "abc"},
		"one asks a lot":          {"aaabc", "abcaa"},
		"two ask a lot":           {"aabbab", "abab" + "ab"},
		"rounds go on":            {"aaab--", "aa"},
		"a newcomer joins":        {"aaa-bb", "abab"},
		"no catching up":          {"aaaa--b", "aba"},
		"back after playing":      {"ab-a", "ba"},
		"the streamer's word":     {"aab^", "aab"},
		"moved ones count for no": {"ab^b", "bab"},
		"an empty queue":          {"aaa---b", "b"},
	} {
		t.Run(name, func(t *testing.T) {
			inBooth(t, func() *deck { return nil }, func(t *testing.T, b *booth) {
				n := 0
				for _, deed := range c.script {
					time.Sleep(time.Second)
					switch deed {
					case '-':
						b.update(func(tx song.Tx) error { return tx.SongSetState(pendingIDs(t, tx)[0], song.Heard, "") })
					case '^':
						b.update(func(tx song.Tx) error { ids := pendingIDs(t, tx); return song.Promote(tx, ids[len(ids)-1]) })
					default:
						n++
						b.fair(string(deed)+string(rune('A'+n)), string(deed))
					}
				}
				b.view(func(tx song.Tx) error {
					got := ""
					for _, id := range pendingIDs(t, tx) {
						got += id[:1]
					}
					if got != c.want {
						t.Errorf("%s, want %s", got, c.want)
					}
					return nil
				})
			})
		})
	}
}

func (b *booth) fair(id, who string) {
	b.t.Helper()
	b.update(func(tx song.Tx) error {
		rank, err := song.FairRank(tx, who)
		if err != nil {
			return err
		}
		_, err = song.Persist(tx, song.Request{
			ID: id, Viewer: core.Viewer{ID: who, Login: who, Name: who}, RedeemedAt: time.Now(), Rank: rank,
			Track: song.Track{ID: id, URI: "spotify:track:" + id, Name: strings.ToUpper(id)},
		})
		return err
	})
}

func pendingIDs(t *testing.T, tx song.Tx) (ids []string) {
	t.Helper()
	rs, _, err := tx.SongPending(100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rs {
		ids = append(ids, r.ID)
	}
	return ids
}
