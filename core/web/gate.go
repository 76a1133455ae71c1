package web

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"sidestage/core"
	"sidestage/core/api"
)

// gated is a request that was turned away, with the status of HTTP that no
// core.Kind has.
type gated struct {
	error
	status int
	reason string
}

func (g gated) Unwrap() error       { return g.error }
func (g gated) ErrorReason() string { return g.reason }

// gate turns away what may not even be routed: whoever does not call this
// machine by its name (a web page whose own name was made to point here), another
// origin's page, a write without the token. Such a page could read no answer, but
// its questions cost: calls to the platforms, and streams held open. It may only
// show our pages, and be left for one.
func (s *Server) gate(r *http.Request) error {
	if !s.ours(r.Host) {
		return core.Because(core.Denied, "host", "this server is called 127.0.0.1 or localhost, not %q", r.Host)
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if foreign(r) && (!reads || !isPage(r.URL.Path)) {
		return core.Because(core.Denied, "cross-origin", "another site's page may ask and change nothing here")
	}
	if reads {
		return nil
	}
	if !s.known(r) {
		err := core.E(core.Denied, "this needs the token from the run file, as Authorization: Bearer")
		return gated{error: err, status: http.StatusUnauthorized, reason: "token"}
	}
	return nil
}

// ours reports whether host, with any port, means this machine.
func (s *Server) ours(host string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil { // without a port
		name, port = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), ""
	}
	if strings.Trim(port, "0123456789") != "" {
		return false
	}
	switch strings.ToLower(name) {
	case "127.0.0.1", "localhost", "::1":
		return true
	}
	_, err = netip.ParseAddr(name)
	return s.cfg.Remote && err == nil
}

// isPage reports whether a path is of what browsers show, and not of the API.
func isPage(path string) bool {
	return strings.HasPrefix(path, "/overlay/") || strings.HasPrefix(path, "/oauth/")
}

// foreign reports whether a page of another origin sent r. Programs that are no
// browsers say nothing about origins.
func foreign(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return true
	}
	for _, origin := range r.Header.Values("Origin") {
		if origin != "http://"+r.Host {
			return true
		}
	}
	return false
}

// known reports whether r brings the token, in the same time for every wrong
// one.
func (s *Server) known(r *http.Request) bool {
	given := r.Header.Values("Authorization")
	if len(given) != 1 || s.cfg.Token == "" {
		return false
	}
	scheme, token, _ := strings.Cut(given[0], " ")
	same := subtle.ConstantTimeCompare([]byte(token), []byte(s.cfg.Token)) == 1
	return same && strings.EqualFold(scheme, "Bearer")
}

// harden sets what every answer says about itself.
func (s *Server) harden(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set(api.BuildHeader, s.cfg.Build)
}
