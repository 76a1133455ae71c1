package spotify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/time/rate"

	"sidestage/core"
)

// ShortLink finds the first short link in what a viewer typed and returns its
// address; "" when there is none.
func ShortLink(text string) string {
	if len(text) > maxText {
		text = text[:maxText]
	}
	for a := range addresses(strings.Map(visible, text)) {
		full := a.rest
		if !strings.HasSuffix(a.start, "://") {
			full = a.start + full
		}
		if _, reason := classify("https://", full); reason != "short-link" || a.start == "spotify:" {
			continue
		}
		u, err := url.Parse("https://" + trimEnd(full))
		if err == nil && follows(u) {
			return u.String()
		}
	}
	return ""
}

// Limits of following one short link.
const (
	shortHops    = 4
	shortTimeout = 4 * time.Second
	maxPage      = 64 << 10
	shortPace    = 10 * time.Second // between two of one viewer
	shortKept    = 1000             // viewers remembered
)

// Resolver follows short links to tracks. It speaks with the short links' own
// hosts alone, at every hop, over TLS, with no cookies and no login, reaches no
// address that is not public, and never opens the page of the track itself.
type Resolver struct {
	// Transport, for tests; nil dials public addresses only, without a proxy.
	Transport http.RoundTripper

	once  sync.Once
	all   *rate.Limiter
	mu    sync.Mutex
	asked map[string]time.Time // by viewer
}

func (r *Resolver) init() {
	r.all = rate.NewLimiter(rate.Every(2*time.Second), 5)
	r.asked = map[string]time.Time{}
	if r.Transport == nil {
		r.Transport = publicOnly()
	}
}

// Resolve follows the short link at address and returns the id of the track it
// leads to. One that leads elsewhere is Invalid, with the reason ParseLink has
// for where it leads, or "bad-link". One viewer asking too often is RateLimited.
func (r *Resolver) Resolve(ctx context.Context, address, viewer string) (string, error) {
	r.once.Do(r.init)
	if !r.may(viewer) {
		return "", core.Because(core.RateLimited, "short-link", "too many short links at once")
	}
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
	defer cancel()
	for range shortHops {
		u, err := url.Parse(address)
		if err != nil || !follows(u) {
			return "", refuse("bad-link")
		}
		next, err := r.hop(ctx, u)
		if err != nil {
			return "", core.Because(core.Unavailable, "short-link", "follow the short link: %w", err)
		}
		link, err := ParseLink(next)
		switch reason := core.ReasonOf(err); {
		case err == nil && !link.Bare:
			return link.ID, nil
		case reason != "short-link" && reason != "no-link" && reason != "empty":
			return "", err
		}
		address = next
	}
	return "", refuse("bad-link")
}

// may keeps the pace.
func (r *Resolver) may(viewer string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if now.Sub(r.asked[viewer]) < shortPace || !r.all.Allow() {
		return false
	}
	if len(r.asked) >= shortKept {
		clear(r.asked)
	}
	r.asked[viewer] = now
	return true
}

// follows reports whether u is a short link that may be opened: an exact host,
// TLS, no port, no password.
func follows(u *url.URL) bool {
	if u.Scheme != "https" || u.User != nil || u.Port() != "" || strings.Contains(u.Path, "..") {
		return false
	}
	switch strings.ToLower(u.Host) {
	case "spotify.link", "spotify.app.link":
		return len(u.Path) > 1
	case "open.spotify.com":
		return strings.HasPrefix(u.Path, "/s/") && len(u.Path) > 3
	}
	return false
}

// hop asks where u leads: with HEAD, and where that tells nothing with GET.
func (r *Resolver) hop(ctx context.Context, u *url.URL) (string, error) {
	var err error
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		var next string
		if next, err = r.ask(ctx, method, u); next != "" {
			return next, nil
		}
	}
	if err == nil {
		err = errors.New("it leads nowhere")
	}
	return "", err
}

// ask makes one request. The agent names curl, for then spotify.link answers
// with a plain redirect instead of a page for browsers.
func (r *Resolver) ask(ctx context.Context, method string, u *url.URL) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), http.NoBody)
	if err != nil {
		return "", err
	}
	req.Header.Set("User-Agent", "sidestage (like curl)")
	resp, err := r.Transport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	if to, err := resp.Location(); err == nil {
		return to.String(), nil
	}
	if method == http.MethodHead || resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %d", resp.StatusCode)
	}
	page, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if m := canonical.FindSubmatch(page); m != nil {
		return string(m[1]), nil
	}
	return "", err
}

// canonical is where a page says that it really lives.
var canonical = regexp.MustCompile(`(?i)<meta[^>]{0,200}property=["']og:url["'][^>]{0,200}content=["'](https://[^"'<>\s]{1,500})["']`)

// publicOnly is a transport that connects to nothing but public addresses. It
// checks what a name resolved to, so that a name cannot change in between.
func publicOnly() http.RoundTripper {
	dialer := &net.Dialer{Timeout: shortTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); err != nil || !public(at.Addr()) || at.Port() != 443 {
			return fmt.Errorf("%s is not a public address", address)
		}
		return nil
	}}
	return &http.Transport{
		Proxy: nil, DialContext: dialer.DialContext, DisableKeepAlives: true,
		TLSHandshakeTimeout: shortTimeout, ResponseHeaderTimeout: shortTimeout, MaxResponseHeaderBytes: maxPage,
	}
}

// sharedSpace is the address space behind carriers' NAT, public to nobody.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !sharedSpace.Contains(ip) && !nat64.Contains(ip)
}

// nat64 leads to IPv4 addresses, private ones too.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")
