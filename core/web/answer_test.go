package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/storage"
)

// tagged asks for what may be had already.
func (h *house) tagged(method, path, tag string) (status int, body string, header http.Header) {
	h.t.Helper()
	r := h.request(http.MethodGet, path, "")
	r.Method = method
	if tag != "" {
		r.Header.Set("If-None-Match", tag)
	}
	return h.ask(r)
}

func TestStatisticsThatDidNotChangeAreNotSentAgain(t *testing.T) {
	open(t, func(h *house) {
		h.furnish()
		h.update(func(tx *storage.Tx) error { return tx.StreamEnd(1, time.Now()) }) // else its length grows
		seen := 0
		for _, route := range api.Routes() {
			if !route.Tagged() {
				continue
			}
			seen++
			path := examples[route.Name].path
			_, _, header := h.tagged(http.MethodGet, path, "")
			tag := header.Get("ETag")
			for _, have := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
				status, body, header := h.tagged(http.MethodGet, path, have)
				if status != http.StatusNotModified || body != "" || header.Get("ETag") != tag {
					t.Errorf("%s with %s: %d %q %v", route.Name, have, status, body, header)
				}
			}
			if status, body, _ := h.tagged(http.MethodGet, path, `"other"`); status != http.StatusOK || body == "" {
				t.Errorf("%s with another: %d %q", route.Name, status, body)
			}
			if status, _, header := h.tagged(http.MethodHead, path, tag); status != http.StatusNotModified || header.Get("ETag") != tag {
				t.Errorf("HEAD %s: %d %v", route.Name, status, header)
			}
		}
		if seen < 12 {
			t.Errorf("only %d routes have tags", seen)
		}
	})
}

// What changes without any event is sent anew: the length of a stream that is
// live, and a name.
func TestStatisticsThatChangedWithoutAnEventAreSentAnew(t *testing.T) {
	open(t, func(h *house) {
		h.furnish()
		tags := map[string]string{}
		for _, path := range []string{"/api/stats/sessions", "/api/stats/viewers", "/api/achievements/leaderboard", "/api/stats/raffle/leaderboard"} {
			_, _, header := h.tagged(http.MethodGet, path, "")
			tags[path] = header.Get("ETag")
		}
		time.Sleep(time.Second)
		h.update(func(tx *storage.Tx) error { return tx.ViewerPut(core.Viewer{ID: "7", Login: "moon", Name: "Moon"}) })
		for path, tag := range tags {
			if status, body, _ := h.tagged(http.MethodGet, path, tag); status != http.StatusOK || path != "/api/stats/sessions" && !strings.Contains(body, "Moon") {
				t.Errorf("%s: %d %s", path, status, body)
			}
		}
	})
}

func TestARefusedQuestionHasNoTag(t *testing.T) {
	open(t, func(h *house) {
		for _, path := range []string{"/api/stats/viewers?limit=0", "/api/stats/viewers/nobody"} {
			status, _, header := h.tagged(http.MethodGet, path, "*")
			if status < 400 || header.Get("ETag") != "" || header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %d %v", path, status, header)
			}
		}
	})
}
