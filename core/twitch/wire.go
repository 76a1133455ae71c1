package twitch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"sidestage/core"
)

const (
	bodyLimit   = 1 << 20          // bytes of an answer
	callTimeout = 10 * time.Second // of one request with its answer
)

// request is one HTTP request. It has a body of at most one sort.
type request struct {
	method string
	path   string // below the base URL, also how errors name the call
	query  url.Values
	header http.Header
	json   any
	form   url.Values
	twice  bool // sent twice, it does no harm, though it is not a GET
	rank   rank // before or after others when points are short
}

func (r request) op() string { return r.method + " /" + r.path }

// write reports whether an unknown outcome of r matters.
func (r request) write() bool { return r.method != http.MethodGet && !r.twice }

// answer is a whole HTTP response.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// wire is a base URL and the way to it.
type wire struct {
	base    string
	http    *http.Client
	timeout time.Duration // 0 is callTimeout
}

// exchange sends r and reads the whole answer, whatever its status. An error
// means that there is no usable answer: Ambiguous when r is a write that may
// have arrived, else Unavailable.
func (w wire) exchange(ctx context.Context, r request) (answer, error) {
	if err := ctx.Err(); err != nil {
		return answer{}, r.lost(false, err)
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(w.timeout, callTimeout))
	defer cancel()
	var sent atomic.Bool
	sent.Store(true) // until the transport tells that it has no connection yet
	req, err := w.build(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { sent.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { sent.Store(true) },
	}), r)
	if err != nil {
		return answer{}, err
	}
	resp, err := w.client().Do(req)
	if err != nil {
		return answer{}, r.lost(sent.Load(), err)
	}
	defer func() { _ = resp.Body.Close() }()
	a := answer{status: resp.StatusCode, header: resp.Header}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, bodyLimit+1))
	if err == nil && len(a.body) > bodyLimit {
		err = errors.New("answer is larger than 1 MiB")
	}
	if err != nil && a.ok() {
		return answer{}, r.lost(true, err)
	}
	return a, nil // of a refusal, what could be read is enough
}

func (w wire) build(ctx context.Context, r request) (*http.Request, error) {
	u, err := url.Parse(w.base)
	if err != nil || u.Host == "" {
		return nil, core.E(core.Invalid, "base URL for %s is not usable: want scheme://host/path", r.op())
	}
	u = u.JoinPath(r.path)
	u.RawQuery = r.query.Encode()
	body, kind, err := r.encode()
	if err != nil {
		return nil, core.E(core.Invalid, "encode %s: %w", r.op(), err)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, core.E(core.Invalid, "build %s: %w", r.op(), err)
	}
	maps.Copy(req.Header, r.header)
	req.Header.Set("Accept", "application/json")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	return req, nil
}

func (r request) encode() (body []byte, contentType string, err error) {
	switch {
	case r.json != nil:
		body, err = json.Marshal(r.json)
		return body, "application/json", err
	case r.form != nil:
		return []byte(r.form.Encode()), "application/x-www-form-urlencoded", nil
	default:
		return nil, "", nil
	}
}

// client follows no redirect: Twitch sends none, and a body with a refresh
// token must not travel to wherever some proxy points.
func (w wire) client() *http.Client {
	c := *cmp.Or(w.http, http.DefaultClient)
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// lost is the error of r when no usable answer came.
func (r request) lost(sent bool, err error) error {
	kind := core.Unavailable
	if sent && r.write() {
		kind = core.Ambiguous
	}
	return core.E(kind, "twitch: %s: no usable answer: %w", r.op(), withoutURL(err))
}

// withoutURL strips the address net/http puts before its errors: the caller has
// named the call, and an EventSub reconnect URL is a secret.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// root is what went wrong, without what each layer says of where it was.
func root(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

// decode reads JSON leniently: a field of an unexpected type stays zero. Only
// what is not JSON at all is an error.
func decode(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return nil
	}
	return err
}

// moment reads an RFC 3339 time; a malformed one is the zero time.
func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t
}
