package web_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/chat"
	"sidestage/core/raffle"
	"sidestage/core/song"
	"sidestage/storage"
)

func moonlight() core.Viewer { return core.Viewer{ID: "7", Login: "moonlight", Name: "Moonlight"} }

// crowd puts Luna into every list that furnish leaves her out of: she won, is in
// a giveaway and drew it, was heard, is blocked, and paid.
func (h *house) crowd() {
	h.t.Helper()
	at := time.Now()
	h.update(func(tx *storage.Tx) error {
		if err := won(tx, "x2", luna()); err != nil {
			return err
		}
		if _, err := raffle.OpenGiveaway(tx, raffle.Terms{Keyword: "!enter", Audience: raffle.Everybody}); err != nil {
			return err
		}
		if err := raffle.EnterGiveaway(tx, chat.Line{ID: "l1", Chatter: luna(), Text: "!enter", At: at}); err != nil {
			return err
		}
		g, err := tx.Giveaway(0)
		if err != nil {
			return err
		}
		if g, err = raffle.CloseGiveaway(tx, g); err != nil {
			return err
		}
		if _, err = raffle.DrawGiveaway(tx, g, 1, func(core.Viewer) bool { return false }); err != nil {
			return err
		}
		if err := heard(tx, "r3", luna()); err != nil {
			return err
		}
		_, err = tx.RedemptionInsert(core.Redemption{ID: "r1", RewardID: "w", Viewer: luna(), Cost: 500, RedeemedAt: at}, "song")
		_, err2 := tx.SongBlock(song.Block{Kind: song.BlockViewer, Key: "7", Name: "Luna", At: at})
		return errors.Join(err, err2)
	})
}

func won(tx *storage.Tx, id string, v core.Viewer) error {
	_, err := raffle.Record(tx, raffle.Roll{ID: id, Viewer: v, WinningNumber: 7, Roll: 7})
	return errors.Join(err, raffle.Announce(tx, id))
}

func heard(tx *storage.Tx, id string, v core.Viewer) error {
	_, err := song.Persist(tx, song.Request{ID: id, Viewer: v, Track: midnight(), RedeemedAt: tx.Now()})
	return errors.Join(err, tx.SongSetState(id, song.Heard, ""),
		tx.SongInsertPlay(song.Play{RequestID: id, StartedAt: tx.Now(), EndedAt: tx.Now(), Outcome: song.Heard}))
}

// asWas are the routes that tell what was said at the time, and those that do
// not read the database, but for a desk that is only pretended here.
var asWas = []api.Name{api.GetJournal, api.GetViewers, api.GetPoints, api.GetStreamEnd}

// names asks every route that reads and returns the answers in which the viewer
// is called name, by the route.
func (h *house) names(name string) map[api.Name]string {
	h.t.Helper()
	got := map[api.Name]string{}
	for _, route := range api.Routes() {
		if route.Method != http.MethodGet || route.Name == api.GetEvents || slices.Contains(asWas, route.Name) {
			continue
		}
		path := strings.ReplaceAll(examples[route.Name].path, "@Luna", "7")
		status, body, _ := h.ask(h.request(http.MethodGet, path, ""))
		if status != http.StatusOK {
			h.t.Errorf("%s: %d %s", path, status, body)
		}
		if strings.Contains(strings.ToLower(body), `"`+strings.ToLower(name)+`"`) {
			got[route.Name] = body
		}
	}
	return got
}

// Who renames in the middle of a stream is one row everywhere, under the new
// name, and is found by it.
func TestARenamedViewerIsOneRowUnderTheNewName(t *testing.T) {
	open(t, func(h *house) {
		h.furnish()
		h.crowd()
		before := slices.Sorted(maps.Keys(h.names("Luna")))
		if len(before) < 16 {
			t.Errorf("she is only seen in %v", before)
		}
		h.update(func(tx *storage.Tx) error {
			return errors.Join(tx.ViewerPut(moonlight()), won(tx, "x3", moonlight()), heard(tx, "r4", moonlight()))
		})
		for name, body := range h.names("Luna") {
			t.Errorf("the old name in %s: %s", name, body)
		}
		after := h.names("Moonlight")
		if d := cmp.Diff(before, slices.Sorted(maps.Keys(after))); d != "" {
			t.Errorf("seen before -, and after +: %s", d)
		}
		for _, name := range []api.Name{api.GetTopRequester, api.GetViewerStats, api.GetLeaderboard, api.GetAchievementLeaders} {
			var rows []struct {
				UserID string `json:"userId"`
			}
			if err := json.Unmarshal([]byte(after[name]), &rows); err != nil || len(rows) != 1 || rows[0].UserID != "7" {
				t.Errorf("%s: %s, %v", name, after[name], err)
			}
		}
		h.asksForMoonlight()
	})
}

// asksForMoonlight asks for one session what is asked for all there is above.
func (h *house) asksForMoonlight() {
	c := h.client()
	defer c.Close()
	in := api.Within{Session: "1"}
	all, err := c.ViewerStats(h.t.Context(), in, 0)
	if err != nil || len(all) != 1 || all[0].DisplayName != "Moonlight" || all[0].Requests != 4 || all[0].Rolls != 3 {
		h.t.Errorf("viewers: %+v, %v", all, err)
	}
	page, err := c.ViewerPage(h.t.Context(), "@Moonlight", in)
	if err != nil || page.UserID != "7" || page.DisplayName != "Moonlight" || page.Achievements != 1 {
		h.t.Errorf("page: %+v, %v", page, err)
	}
	board, err := c.Leaderboard(h.t.Context(), "1", "", 0)
	if err != nil || len(board) != 1 || board[0].DisplayName != "Moonlight" {
		h.t.Errorf("leaderboard: %+v, %v", board, err)
	}
	wins, err := c.RaffleRolls(h.t.Context(), api.RaffleRolls{Won: true}, 0)
	if err != nil || len(wins) != 2 || wins[0].Viewer.Name != "Moonlight" || wins[1].Viewer.Name != "Moonlight" {
		h.t.Errorf("wins: %+v, %v", wins, err)
	}
	err = h.db.View(h.t.Context(), func(tx *storage.Tx) error {
		booked, err1 := tx.RedemptionsBetween(time.UnixMilli(0), time.Time{})
		in, err2 := tx.GiveawayEntries(1)
		if len(booked) != 1 || booked[0].Viewer != moonlight() || len(in) != 1 || in[0] != moonlight() {
			h.t.Errorf("points %+v, entries %+v", booked, in)
		}
		return errors.Join(err1, err2)
	})
	if err != nil {
		h.t.Error(err)
	}
}

func TestASpanThatMakesNoSenseIsRefused(t *testing.T) {
	open(t, func(h *house) {
		h.furnish()
		for path, want := range map[string]int{
			"/api/stats/sessions?since=yesterday":                         400,
			"/api/stats/viewers?session=1&since=2000-01-01T00:00:00Z":     400,
			"/api/stats/viewers?session=0":                                400,
			"/api/stats/viewers?user=7":                                   400,
			"/api/stats/top-tracks?session=9":                             404,
			"/api/stats/viewers/nobody":                                   404,
			"/api/stats/errors?since=2099-01-01T00:00:00Z":                200,
			"/api/stats/top-requesters?since=1999-12-31T23:00:00%2B02:00": 200,
		} {
			if status, body, _ := h.ask(h.request(http.MethodGet, path, "")); status != want {
				t.Errorf("%s: %d %s", path, status, body)
			}
		}
	})
}
