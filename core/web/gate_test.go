package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sidestage/core/web"
)

// knock is one request at the gate and what comes of it.
type knock struct {
	name, method, path, host string
	header                   map[string]string
	want                     int
	reason                   string
}

func TestTheGateTurnsAwayInOrderAndBeforeRouting(t *testing.T) {
	knocks := []knock{
		{name: "another name", method: "GET", path: "/health", host: "evil.example", want: 403, reason: "host"},
		{name: "another name with our port", method: "GET", path: "/health", host: "evil.example:7433", want: 403, reason: "host"},
		{name: "a name that begins like ours", method: "GET", path: "/health", host: "localhost.evil.example", want: 403, reason: "host"},
		{name: "a name that ends like ours", method: "GET", path: "/health", host: "notlocalhost", want: 403, reason: "host"},
		{name: "another address of this machine", method: "GET", path: "/health", host: "127.0.0.2", want: 403, reason: "host"},
		{name: "every address", method: "GET", path: "/health", host: "0.0.0.0:7433", want: 403, reason: "host"},
		{name: "an address in the network", method: "GET", path: "/health", host: "192.168.1.5:7433", want: 403, reason: "host"},
		{name: "a port that is none", method: "GET", path: "/health", host: "127.0.0.1:x", want: 403, reason: "host"},
		{name: "another name, no such route", method: "GET", path: "/nothing", host: "evil.example", want: 403, reason: "host"},
		{name: "another name, a write with the token", method: "POST", path: "/api/skip", host: "evil.example",
			header: map[string]string{"Authorization": "Bearer " + token}, want: 403, reason: "host"},

		{name: "localhost", method: "GET", path: "/health", host: "localhost", want: 200},
		{name: "localhost, shouted, any port", method: "GET", path: "/health", host: "LOCALHOST:1", want: 200},
		{name: "IPv6", method: "GET", path: "/health", host: "[::1]:7433", want: 200},
		{name: "IPv6 without port", method: "GET", path: "/health", host: "[::1]", want: 200},

		{name: "a foreign page writes, with the token", method: "POST", path: "/api/skip",
			header: map[string]string{"Authorization": "Bearer " + token, "Origin": "https://evil.example"}, want: 403, reason: "cross-origin"},
		{name: "a sandboxed page writes", method: "POST", path: "/api/skip",
			header: map[string]string{"Authorization": "Bearer " + token, "Origin": "null"}, want: 403, reason: "cross-origin"},
		{name: "another port of ours writes", method: "POST", path: "/api/skip",
			header: map[string]string{"Authorization": "Bearer " + token, "Origin": "http://127.0.0.1:3000"}, want: 403, reason: "cross-origin"},
		{name: "a foreign page writes without an origin", method: "POST", path: "/api/skip",
			header: map[string]string{"Authorization": "Bearer " + token, "Sec-Fetch-Site": "same-site"}, want: 403, reason: "cross-origin"},
		{name: "a foreign page writes, no token, no route", method: "POST", path: "/nothing",
			header: map[string]string{"Origin": "https://evil.example"}, want: 403, reason: "cross-origin"},
		{name: "our own page writes", method: "POST", path: "/api/skip",
			header: map[string]string{"Authorization": "Bearer " + token, "Origin": "http://127.0.0.1:7433", "Sec-Fetch-Site": "same-origin"}, want: 200},

		{name: "a foreign page searches, which costs Spotify's quota", method: "GET", path: "/api/songs/search?q=x",
			header: map[string]string{"Sec-Fetch-Site": "cross-site"}, want: 403, reason: "cross-origin"},
		{name: "a foreign page shows the API in a frame", method: "GET", path: "/health",
			header: map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, want: 403, reason: "cross-origin"},
		{name: "a foreign page asks for the stream", method: "HEAD", path: "/api/events",
			header: map[string]string{"Origin": "https://evil.example"}, want: 403},
		{name: "a foreign page reads figures", method: "HEAD", path: "/metrics",
			header: map[string]string{"Sec-Fetch-Site": "same-site"}, want: 403},
		{name: "a foreign page shows the overlay in a frame", method: "GET", path: "/overlay/",
			header: map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, want: 200},
		{name: "a platform's page sends the browser back", method: "GET", path: "/oauth/spotify/callback?state=x&error=y",
			header: map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, want: 200},
		{name: "our own page reads", method: "GET", path: "/api/queue", header: map[string]string{"Sec-Fetch-Site": "same-origin"}, want: 200},
		{name: "a person types the address", method: "GET", path: "/health", header: map[string]string{"Sec-Fetch-Site": "none"}, want: 200},

		{name: "no token", method: "POST", path: "/api/skip", want: 401, reason: "token"},
		{name: "no token, no route", method: "POST", path: "/nothing", want: 401, reason: "token"},
		{name: "no token, another method", method: "PUT", path: "/health", want: 401, reason: "token"},
		{name: "preflight", method: "OPTIONS", path: "/api/skip", want: 401, reason: "token"},
		{name: "wrong token", method: "POST", path: "/api/skip", header: map[string]string{"Authorization": "Bearer the-tokem"}, want: 401, reason: "token"},
		{name: "half the token", method: "POST", path: "/api/skip", header: map[string]string{"Authorization": "Bearer the"}, want: 401, reason: "token"},
		{name: "empty token", method: "POST", path: "/api/skip", header: map[string]string{"Authorization": "Bearer "}, want: 401, reason: "token"},
		{name: "another scheme", method: "POST", path: "/api/skip", header: map[string]string{"Authorization": "Basic " + token}, want: 401, reason: "token"},
		{name: "token in the query", method: "POST", path: "/api/skip?token=" + token, want: 401, reason: "token"},
		{name: "token in a cookie", method: "DELETE", path: "/api/auth/twitch", header: map[string]string{"Cookie": "token=" + token}, want: 401, reason: "token"},
		{name: "a scheme in other letters", method: "POST", path: "/api/skip", header: map[string]string{"Authorization": "bearer " + token}, want: 200},
	}
	open(t, func(h *house) {
		for _, k := range knocks {
			h.knock(k)
		}
	})
}

func (h *house) knock(k knock) {
	h.t.Helper()
	r := h.request(k.method, k.path, "")
	r.Header.Del("Authorization")
	if k.host != "" {
		r.Host = k.host
	}
	for name, v := range k.header {
		r.Header.Set(name, v)
	}
	status, body, header := h.ask(r)
	did := h.staff.done()
	if status != k.want || k.reason != "" && !strings.Contains(body, `"reason":"`+k.reason+`"`) {
		h.t.Errorf("%s: %d %s", k.name, status, body)
	}
	if k.want != 200 && did != "" {
		h.t.Errorf("%s: %s was done all the same", k.name, did)
	}
	if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Access-Control-Allow-Origin") != "" {
		h.t.Errorf("%s: headers %v", k.name, header)
	}
	if strings.Contains(body, token) {
		h.t.Errorf("%s: the answer repeats the token", k.name)
	}
}

func TestARemoteDeskIsCalledByItsAddressToo(t *testing.T) {
	server := web.New(web.Config{Remote: true, Token: token})
	for host, want := range map[string]int{"192.168.1.5:7433": 404, "[fe80::1]:7433": 404, "evil.example:7433": 403, "1.2.3.4.evil.example": 403} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+"/nothing", nil)
		w := httptest.NewRecorder()
		if server.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%s: %d, want %d", host, w.Code, want)
		}
	}
}

func TestWithoutATokenNobodyWrites(t *testing.T) {
	server := web.New(web.Config{})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/api/skip", nil)
	r.Header.Set("Authorization", "Bearer ")
	w := httptest.NewRecorder()
	if server.ServeHTTP(w, r); w.Code != 401 {
		t.Errorf("%d", w.Code)
	}
}

func TestTwoAuthorizationsAreNone(t *testing.T) {
	open(t, func(h *house) {
		r := h.request(http.MethodPost, "/api/skip", "")
		r.Header["Authorization"] = []string{"Bearer wrong", "Bearer " + token}
		if status, body, _ := h.ask(r); status != 401 {
			t.Errorf("%d %s", status, body)
		}
	})
}

func TestWhatIsWrongWithARequestIsSaidAndNothingDone(t *testing.T) {
	cases := []struct {
		name, method, path, body string
		want                     int
		part                     string
	}{
		{"no route", "GET", "/api/nothing", "", 404, `"code":"not-found"`},
		{"no route below one", "GET", "/api/queue/1", "", 404, `"code":"not-found"`},
		{"another method", "DELETE", "/api/queue", "", 405, `only GET, POST, HEAD`},
		{"unknown parameter", "GET", "/api/queue?limits=5", "", 400, `no parameter \"limits\"`},
		{"a parameter where there is none", "POST", "/api/skip?force=1", "", 400, `no parameter \"force\"`},
		{"repeated parameter", "GET", "/api/queue?limit=5&limit=6", "", 400, "given 2 times"},
		{"broken query", "GET", "/api/queue?limit=%zz", "", 400, `"code":"invalid"`},
		{"semicolon", "GET", "/api/queue?limit=5;limit=6", "", 400, `"code":"invalid"`},
		{"limit 0", "GET", "/api/queue?limit=0", "", 400, "1…100"},
		{"limit 101", "GET", "/api/song-requests/history?limit=101", "", 400, "1…100"},
		{"limit -1", "GET", "/api/sagas?limit=-1", "", 400, "1…100"},
		{"no limit", "GET", "/api/stats/raffle/leaderboard?limit=", "", 400, "1…100"},
		{"limit with a sign", "GET", "/api/stats/top-tracks?limit=1e1", "", 400, "1…100"},
		{"unknown order", "GET", "/api/stats/raffle/leaderboard?sortBy=luck", "", 400, "luck"},
		{"unknown state", "GET", "/api/sagas?state=asleep", "", 400, "asleep"},
		{"not an event", "GET", "/api/events?after=x", "", 400, "not the number of an event"},
		{"an event below 0", "GET", "/api/journal?after=-2", "", 400, "not the number of an event"},
		{"neither true nor false", "GET", "/api/auth?validate=perhaps", "", 400, "perhaps"},
		{"unknown field", "POST", "/api/skip", `{"occurence":"3"}`, 400, "occurence"},
		{"wrong type", "POST", "/api/skip", `{"occurrence":3}`, 400, `"reason":"body"`},
		{"two values", "POST", "/api/skip", `{} {}`, 400, "goes on"},
		{"half a value", "POST", "/api/skip", `{"occurrence":`, 400, `"reason":"body"`},
		{"too long", "POST", "/api/queue", `{"link":"` + strings.Repeat("x", 64<<10) + `"}`, 413, "longer than 65536"},
		{"a key too long", "POST", "/api/queue", "", 400, "key"},
		{"neither happened nor not", "POST", "/api/sagas/r2/resolve", `{}`, 400, "say whether it happened"},
		{"no such saga", "GET", "/api/sagas/none", "", 404, "no saga none"},
		{"no such roller", "GET", "/api/stats/raffle/user/none", "", 404, `"code":"not-found"`},
	}
	open(t, func(h *house) {
		for _, c := range cases {
			r := h.request(c.method, c.path, c.body)
			if c.name == "a key too long" {
				r.Header.Set("Idempotency-Key", strings.Repeat("k", 129))
			}
			status, body, _ := h.ask(r)
			if status != c.want || !strings.Contains(body, c.part) {
				t.Errorf("%s: %d %s", c.name, status, body)
			}
			if did := h.staff.done(); did != "" {
				t.Errorf("%s: %s was done all the same", c.name, did)
			}
		}
	})
}

func TestABodyHasToBeJSON(t *testing.T) {
	open(t, func(h *house) {
		r := h.request(http.MethodPost, "/api/queue", `{"link":"l"}`)
		r.Header.Set("Content-Type", "text/plain")
		if status, body, _ := h.ask(r); status != 415 {
			t.Errorf("%d %s", status, body)
		}
	})
}

func TestTheTokenOfALoginIsNeverRepeated(t *testing.T) {
	open(t, func(h *house) {
		h.staff.fail = errInvalid
		status, body, _ := h.ask(h.request(http.MethodPost, "/api/auth/twitch", `{"access_token":"s3cret"}`))
		if status != 400 || strings.Contains(body, "s3cret") {
			t.Errorf("%d %s", status, body)
		}
	})
}
