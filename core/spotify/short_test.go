package spotify_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"sidestage/core"
	"sidestage/core/spotify"
)

// hosts answers for the hosts of short links: by URL a Location, or a page.
type hosts struct {
	t     *testing.T
	moved map[string]string
	pages map[string]string
	seen  []string
}

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	address := r.URL.String()
	h.seen = append(h.seen, r.Method+" "+address)
	if len(r.Header["Authorization"])+len(r.Header["Cookie"]) > 0 {
		h.t.Errorf("%s carries a secret", address)
	}
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(h.pages[address])), Request: r}
	if to, ok := h.moved[address]; ok {
		resp.StatusCode = http.StatusTemporaryRedirect
		resp.Header.Set("Location", to)
	}
	return resp, nil
}

func TestAShortLinkIsFoundWhereverItStands(t *testing.T) {
	for text, want := range map[string]string{
		"https://spotify.link/AbC12":                      "https://spotify.link/AbC12",
		"play spotify.link/AbC12 please":                  "https://spotify.link/AbC12",
		"http://SPOTIFY.app.link/x?_p=1.":                 "https://SPOTIFY.app.link/x?_p=1",
		"(https://open.spotify.com/s/abc)":                "https://open.spotify.com/s/abc",
		"https://open.spotify.com/track/" + id:            "",
		"https://spotify.link.evil.tld/x":                 "",
		"https://spotify.link@evil.tld/x":                 "",
		"https://user:pw@spotify.link/x":                  "",
		"https://spotify.link:8443/x":                     "",
		"https://spotify.link/../../etc":                  "",
		"https://evil.tld/?u=https://spotify.link/x":      "",
		"https://spotify.link/":                           "",
		"spoti.fi/x":                                      "",
		"https://open.spotify.com/s/../track/x":           "",
		"spotify:https://open.spotify.com/s/abc":          "https://open.spotify.com/s/abc",
		"https://spotify.link/A\u202e\U000e0000bC and so": "https://spotify.link/AbC",
	} {
		if got := spotify.ShortLink(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestAShortLinkIsFollowedToItsTrackAndNoFurther(t *testing.T) {
	track := "https://open.spotify.com/track/" + id
	h := &hosts{t: t,
		moved: map[string]string{
			"https://spotify.link/a":         "https://spotify.app.link/a?x=1",
			"https://spotify.app.link/a?x=1": track + "?si=1",
			"https://spotify.link/rel":       "/next",
			"https://spotify.link/next":      track,
			"https://spotify.link/album":     "https://open.spotify.com/album/" + id,
			"https://spotify.link/out":       "https://evil.tld/x",
			"https://spotify.link/plain":     "http://spotify.link/a",
			"https://spotify.link/port":      "https://spotify.link:22/a",
			"https://spotify.link/in":        "https://127.0.0.1/latest/meta-data",
			"https://spotify.link/loop":      "https://spotify.link/loop",
		},
		pages: map[string]string{"https://open.spotify.com/s/p": `<head><meta property="og:url" content="` + track + `"/>`},
	}
	for address, want := range map[string]string{ // the reason, or "" for the track
		"https://spotify.link/a":       "",
		"https://spotify.link/rel":     "",
		"https://open.spotify.com/s/p": "",
		"https://spotify.link/album":   "album",
		"https://spotify.link/out":     "bad-link",
		"https://spotify.link/plain":   "bad-link",
		"https://spotify.link/port":    "bad-link",
		"https://spotify.link/in":      "bad-link",
		"https://spotify.link/loop":    "bad-link",
		"https://spotify.link/nowhere": "short-link",
		"https://evil.tld/a":           "bad-link",
		"file:///etc/passwd":           "bad-link",
	} {
		r := &spotify.Resolver{Transport: h}
		got, err := r.Resolve(t.Context(), address, "kai")
		if core.ReasonOf(err) != want || (want == "") != (got == id) {
			t.Errorf("%s: %q, %v", address, got, err)
		}
	}
	for _, asked := range h.seen {
		for _, never := range []string{"evil", "127.0.0.1", "/track/", "http://", ":22"} {
			if strings.Contains(asked, never) {
				t.Errorf("asked %s", asked)
			}
		}
	}
}

func TestAShortLinkReachesNoAddressThatIsNotPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1": false, "10.1.2.3": false, "192.168.0.1": false, "172.16.0.1": false, "169.254.169.254": false, "0.0.0.0": false,
		"100.64.0.1": false, "::1": false, "fe80::1": false, "fd00::1": false, "::ffff:127.0.0.1": false, "64:ff9b::7f00:1": false, "224.0.0.1": false,
		"35.186.224.25": true, "2600:1901::1": true,
	} {
		if got := spotify.Public(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func TestOneViewerCannotKeepUsFollowingLinks(t *testing.T) {
	h := &hosts{t: t, moved: map[string]string{"https://spotify.link/a": "https://open.spotify.com/track/" + id}}
	r := &spotify.Resolver{Transport: h}
	for i, who := range []string{"kai", "luna", "kai"} {
		_, err := r.Resolve(t.Context(), "https://spotify.link/a", who)
		if limited := core.KindOf(err) == core.RateLimited && err != nil; limited != (i == 2) {
			t.Errorf("%d: %v", i, err)
		}
	}
}
