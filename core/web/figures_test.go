package web_test

import (
	"net/http"
	"testing"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/storage"
)

// Who renames in the middle of a stream is one row everywhere, under the new
// name, and is found by it.
func TestARenamedViewerIsOneRowUnderTheNewName(t *testing.T) {
	open(t, func(h *house) {
		h.furnish()
		h.update(func(tx *storage.Tx) error {
			return tx.ViewerPut(core.Viewer{ID: "7", Login: "moonlight", Name: "Moonlight"})
		})
		c := h.client()
		defer c.Close()
		in := api.Within{Session: "1"}
		all, err := c.ViewerStats(h.t.Context(), in, 0)
		if err != nil || len(all) != 1 || all[0].DisplayName != "Moonlight" || all[0].Requests != 2 || all[0].Rolls != 1 {
			t.Errorf("viewers: %+v, %v", all, err)
		}
		page, err := c.ViewerPage(h.t.Context(), "@Moonlight", in)
		if err != nil || page.UserID != "7" || page.DisplayName != "Moonlight" || page.Achievements != 1 {
			t.Errorf("page: %+v, %v", page, err)
		}
		board, err := c.SessionLeaderboard(h.t.Context(), "1", "", 0)
		if err != nil || len(board) != 1 || board[0].DisplayName != "Moonlight" {
			t.Errorf("leaderboard: %+v, %v", board, err)
		}
	})
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
