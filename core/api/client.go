package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"sidestage/core"
)

// DefaultAddress is where a desk listens that nobody told otherwise.
const DefaultAddress = "127.0.0.1:7433"

// maxAnswer is the longest answer the client reads, in bytes.
const maxAnswer = 8 << 20

// Client speaks the local API. The zero value reaches a desk at
// DefaultAddress and can read. Set the fields before the first call.
//
// Every method's error has the kind and reason the desk gave it. Unavailable
// with reason "no-desk" means that nobody listens; Ambiguous, of a write only,
// that the answer was lost on the way.
type Client struct {
	Address string // host:port; empty is DefaultAddress
	Token   string // of the run file; writes need it
	// Dial replaces the way to Address; nil is TCP.
	Dial func(context.Context) (net.Conn, error)
	// Transport replaces all of the above but Token; nil uses them.
	Transport http.RoundTripper

	once sync.Once
	http *http.Client
}

// Close drops the connections that are open and idle. The client stays usable.
func (c *Client) Close() { c.client().CloseIdleConnections() }

func (c *Client) client() *http.Client {
	c.once.Do(func() {
		c.http = &http.Client{
			Transport:     c.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		if c.Transport == nil {
			c.http.Transport = &http.Transport{DialContext: c.dial}
		}
	})
	return c.http
}

func (c *Client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if c.Dial != nil {
		return c.Dial(ctx)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, addr)
}

func (c *Client) address() string {
	if c.Address == "" {
		return DefaultAddress
	}
	return c.Address
}

// call is one request under way to be made.
type call struct {
	path   map[string]string // the route's wildcards
	query  url.Values
	header http.Header
	body   any // goes out as JSON; bytes as they are
}

// request builds the request of a route.
func (c *Client) request(ctx context.Context, name Name, in call) (*http.Request, error) {
	r := route(name)
	path := r.Path
	for key, value := range in.path {
		path = strings.Replace(path, "{"+key+"}", url.PathEscape(value), 1)
	}
	target := "http://" + c.address() + path
	if len(in.query) > 0 {
		target += "?" + in.query.Encode()
	}
	var body io.Reader
	if in.body != nil {
		data, raw := in.body.([]byte)
		if !raw {
			var err error
			if data, err = json.Marshal(in.body); err != nil {
				return nil, core.E(core.Invalid, "encode request: %w", err)
			}
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, target, body)
	if err != nil {
		return nil, core.E(core.Invalid, "make request: %w", err)
	}
	maps.Copy(req.Header, in.header)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" && r.Method != http.MethodGet {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	return req, nil
}

// send makes the request and returns a success, or the error it ended in.
func (c *Client) send(req *http.Request) (*http.Response, error) {
	resp, err := c.client().Do(req)
	if err != nil {
		return nil, c.lost(req, err)
	}
	if resp.StatusCode/100 != 2 {
		defer resp.Body.Close()
		return nil, refusal(resp)
	}
	return resp, nil
}

// ask makes a request and decodes its answer.
func ask[A any](ctx context.Context, c *Client, name Name, in call) (A, error) {
	var answer A
	req, err := c.request(ctx, name, in)
	if err != nil {
		return answer, err
	}
	resp, err := c.send(req)
	if err != nil {
		return answer, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&answer); err != nil {
		return answer, c.lost(req, fmt.Errorf("read answer: %w", err))
	}
	return answer, nil
}

// lost explains a request that got no answer.
func (c *Client) lost(req *http.Request, err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err // the address is said below, in words
	}
	var known interface{ ErrorKind() core.Kind }
	if errors.As(err, &known) {
		return err
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return core.Because(core.Unavailable, "no-desk", "no desk answers at %s: start one with sidestage serve (%w)", c.address(), op.Err)
	}
	if req.Method != http.MethodGet {
		return core.Because(core.Ambiguous, "answer-lost", "the desk's answer was lost, so it may or may not have happened: %w", err)
	}
	return core.E(core.Unavailable, "ask the desk at %s: %w", c.address(), err)
}

// refusal is the error an answer carries.
func refusal(resp *http.Response) error {
	var e Error
	err := json.NewDecoder(io.LimitReader(resp.Body, MaxBody)).Decode(&e)
	if err != nil || e.Code == "" {
		return core.Because(core.Unavailable, "not-a-desk", "what answers at %s is not sidestage: it says %s", resp.Request.URL.Host, resp.Status)
	}
	return &core.Error{Kind: core.ParseKind(e.Code), Reason: e.Reason, Message: e.Error}
}

// limited is a query with a limit, where one is wanted.
func limited(limit int) url.Values {
	q := url.Values{}
	if limit != 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return q
}
