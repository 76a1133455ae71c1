package twitch

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"time"

	"sidestage/core"
)

// Token gives a user access token. Refused is a token the platform has just
// answered 401 to, "" otherwise; a refused one forces a refresh.
type Token func(ctx context.Context, refused string) (string, error)

// Client calls Helix with a user's token. It is safe for concurrent use once
// its fields are set; URL, ClientID and Token are required.
//
// It keeps to Twitch's rate limits as the answers tell them: who calls when the
// points are used up waits for them to come back, what settles points first.
// All calls of a channel have to go through one Client.
type Client struct {
	URL      string        // such as https://api.twitch.tv/helix
	ClientID string        // must be the one the token was given to
	HTTP     *http.Client  // nil is http.DefaultClient
	Token    Token         // asked before every call
	Timeout  time.Duration // of one request; 0 is 10 s

	api, chat bucket
	sent      tally
	vain      vain
}

// maxPages bounds a listing whose cursors never end.
const maxPages = 1000

// call does r and decodes a success into into (nil: the body is of no interest).
// A 401 forces one refresh and one replay: a refused request had no effect. One
// that a fresh token did not help is taken for what it is, a login without the
// permission. A 503 is asked once more, as the API guide says, where that does
// no harm.
func (c *Client) call(ctx context.Context, r request, into any) error {
	token, err := c.Token(ctx, "")
	if err != nil {
		return fmt.Errorf("token for %s: %w", r.op(), err)
	}
	err = c.attempt(ctx, r, token, into)
	switch status(err) {
	case http.StatusUnauthorized:
		if c.vain.is(r.op()) {
			return err
		}
		token, refreshErr := c.Token(ctx, token)
		if refreshErr != nil {
			return fmt.Errorf("refresh token for %s: %w", r.op(), refreshErr)
		}
		err = c.attempt(ctx, r, token, into)
		if status(err) == http.StatusUnauthorized {
			c.vain.add(r.op())
		}
		return err
	case http.StatusServiceUnavailable:
		if !r.write() {
			return c.attempt(ctx, r, token, into)
		}
	}
	return err
}

func (c *Client) attempt(ctx context.Context, r request, token string, into any) error {
	r.header = http.Header{
		"Authorization": {"Bearer " + token},
		"Client-Id":     {c.ClientID},
	}
	b := &c.api
	if r.path == chatPath {
		b = &c.chat
	}
	if err := b.enter(ctx, r.rank); err != nil {
		return r.early(err)
	}
	c.sent.add(r.op())
	a, err := wire{base: c.URL, http: c.HTTP, timeout: c.Timeout}.exchange(ctx, r)
	b.leave(a.status, a.header)
	if err != nil {
		return err
	}
	if !a.ok() {
		return refusal(r, a, token)
	}
	c.vain.drop(r.op())
	if into == nil {
		return nil
	}
	if err := decode(a.body, into); err != nil {
		return r.lost(true, fmt.Errorf("answer is not JSON: %w", err))
	}
	return nil
}

// early is the error of r when it was not sent.
func (r request) early(err error) error {
	if e, ok := errors.AsType[exhausted](err); ok {
		return fmt.Errorf("twitch: %s: %w", r.op(), e)
	}
	return r.lost(false, err)
}

// one calls r and gives the first item of its data. No item is NotFound when
// asking and Ambiguous after a write, whose answer always has one.
func one[T any](ctx context.Context, c *Client, r request) (T, error) {
	var body struct{ Data []T }
	var none T
	if err := c.call(ctx, r, &body); err != nil {
		return none, err
	}
	if len(body.Data) > 0 {
		return body.Data[0], nil
	}
	if r.method == http.MethodGet {
		return none, core.E(core.NotFound, "twitch: %s: nothing found", r.op())
	}
	return none, r.lost(true, errors.New("answer has no data"))
}

// pages walks a listing. It ends with the last page, a cursor that does not
// move, or two empty pages in a row.
func pages[T any](ctx context.Context, c *Client, first request) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		r, empty := first, 0
		r.query = url.Values{}
		maps.Copy(r.query, first.query)
		for range maxPages {
			var page struct {
				Data       []T
				Pagination struct{ Cursor string }
			}
			if err := c.call(ctx, r, &page); err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Data {
				if !yield(item, nil) {
					return
				}
			}
			if empty++; len(page.Data) > 0 {
				empty = 0
			}
			next := page.Pagination.Cursor
			if next == "" || next == r.query.Get("after") || empty == 2 {
				return
			}
			r.query.Set("after", next)
		}
		yield(none, core.E(core.Unavailable, "twitch: %s: more than %d pages", r.op(), maxPages))
	}
}

// params builds a query of identifiers. An empty one is refused here: Twitch
// answers a blank id with a 500.
func params(pairs ...string) (url.Values, error) {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return nil, core.E(core.Invalid, "twitch: %s is empty", pairs[i])
		}
		q.Set(pairs[i], pairs[i+1])
	}
	return q, nil
}

// status is the HTTP status of err, 0 when Twitch itself did not answer.
func status(err error) int {
	if e, ok := errors.AsType[*Error](err); ok && !e.foreign() {
		return e.Status
	}
	return 0
}
