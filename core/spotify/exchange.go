package spotify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"sidestage/core"
)

// Limits of one exchange.
const (
	defaultTimeout = 10 * time.Second
	maxBody        = 1 << 20  // of an answer that is read
	maxErrorBody   = 64 << 10 // of a refusal
)

// answer is what came back. cut says why the body is not whole.
type answer struct {
	status int
	header http.Header
	body   []byte
	cut    error
}

func (a answer) ok() bool { return a.status >= 200 && a.status <= 299 }

// exchange sends req once and follows no redirect: no call of ours has one,
// and the token is for nobody else. An error means that no status came back;
// it is then Ambiguous if a POST may have reached the platform.
func exchange(req *http.Request, h *http.Client, timeout time.Duration) (answer, error) {
	ctx, cancel := context.WithTimeout(req.Context(), cmp.Or(timeout, defaultTimeout))
	defer cancel()
	var t trip
	req = req.WithContext(httptrace.WithClientTrace(ctx, t.trace()))
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "sidestage")
	c := unredirected(h)
	resp, err := c.Do(req)
	if err != nil {
		return answer{}, lost(err, req.Method, t.left(c.Transport, err))
	}
	defer func() { _ = resp.Body.Close() }()
	a := answer{status: resp.StatusCode, header: resp.Header}
	a.body, a.cut = read(resp.Body, a.ok())
	return a, nil
}

func unredirected(h *http.Client) http.Client {
	var c http.Client
	if h != nil {
		c = *h
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// read reads a capped body. Of a refusal the beginning is enough.
func read(body io.Reader, ok bool) ([]byte, error) {
	if !ok {
		return readUpTo(body, maxErrorBody)
	}
	data, err := readUpTo(body, maxBody+1)
	if err == nil && len(data) > maxBody {
		err = fmt.Errorf("the answer is longer than %d bytes", maxBody)
	}
	return data, err
}

func readUpTo(r io.Reader, n int64) ([]byte, error) { return io.ReadAll(io.LimitReader(r, n)) }

// lost is the error of an exchange without an answer.
func lost(err error, method string, left bool) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // the rest repeats method and address
	}
	e := &Error{Kind: core.Unavailable, Reason: ReasonUnreachable, Err: err}
	if left {
		e.Reason = ReasonNoAnswer
	}
	if left && method == http.MethodPost {
		e.Kind = core.Ambiguous
	}
	return e
}

// trip watches how far one request got. The transport asks for a second
// connection only when nothing of a POST was acted on over the first, so the
// last connection counts.
type trip struct{ asked, got atomic.Bool }

func (t *trip) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { t.asked.Store(true); t.got.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { t.got.Store(true) },
	}
}

// left reports whether anything of the request may have gone out. A foreign
// round tripper need not tell the trip, so of one only a failure to dial is
// believed.
func (t *trip) left(rt http.RoundTripper, err error) bool {
	if t.got.Load() {
		return true
	}
	if _, ours := rt.(*http.Transport); ours || rt == nil || t.asked.Load() {
		return false
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return false
	}
	op, ok := errors.AsType[*net.OpError](err)
	return !ok || op.Op != "dial"
}
