package web_test

import (
	"net/http"
	"strings"
	"testing"

	"sidestage/core"
)

const back = "/oauth/spotify/callback?code=c0de&state=st"

func TestTheCallbackTellsTheDeskAndThePerson(t *testing.T) {
	open(t, func(h *house) {
		status, body, header := h.ask(h.request(http.MethodGet, back+"&iss=unknown", ""))
		if status != 200 || !strings.Contains(body, "Logged in as &lt;luna&gt;") || !strings.Contains(header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%d %v\n%s", status, header, body)
		}
		if did := h.staff.done(); did != "back spotify code=c0de&iss=unknown&state=st" {
			t.Error(did)
		}
		if strings.Contains(body, "c0de") || header.Get("Cache-Control") != "no-store" || header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("the code gets about: %v\n%s", header, body)
		}
	})
}

func TestTheCallbackSaysWhatWentWrong(t *testing.T) {
	open(t, func(h *house) {
		h.staff.fail = core.E(core.Denied, "the account is not listed <here>")
		status, body, _ := h.ask(h.request(http.MethodGet, back, ""))
		if status != http.StatusForbidden || !strings.Contains(body, "not listed &lt;here&gt;") || strings.Contains(body, "c0de") {
			t.Errorf("%d %s", status, body)
		}
		if status, _, _ := h.ask(h.request(http.MethodGet, back+"%zz", "")); status != http.StatusBadRequest {
			t.Error(status)
		}
	})
}

// A browser that looks ahead, and a page elsewhere whose name was made to point
// here, change nothing.
func TestTheCallbackIsForTheBrowserThatCameBack(t *testing.T) {
	open(t, func(h *house) {
		r := h.request(http.MethodGet, back, "")
		r.Method = http.MethodHead
		if status, _, _ := h.ask(r); status != 200 {
			t.Error(status)
		}
		r = h.request(http.MethodGet, back, "")
		r.Host = "evil.test"
		if status, _, _ := h.ask(r); status != http.StatusForbidden {
			t.Error(status)
		}
		if did := h.staff.done(); did != "" {
			t.Error(did)
		}
	})
}
