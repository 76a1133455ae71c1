package spotify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sidestage/core"
)

// apiURL is where the Web API lives.
const apiURL = "https://api.spotify.com/v1"

// Token hands out an access token. refused is the token that was just answered
// with 401, or ""; a token other than that one is expected back.
type Token func(ctx context.Context, refused string) (string, error)

// Client calls the Web API as one account. It is ready to use once Token is
// set and safe for concurrent use.
type Client struct {
	URL     string        // base of every call; "" is the real one
	HTTP    *http.Client  // nil is a plain one; its redirect policy is not used
	Token   Token         // required
	Timeout time.Duration // of one exchange; 0 is 10 s
	Gate    *Gate         // counts calls and bars them; nil does neither

	tracks cache
}

// Me tells whose login this is. That it answers is also the first proof that
// the account may use the app: logging in works for anybody.
func (c *Client) Me(ctx context.Context) (User, error) {
	var w wireUser
	if err := c.get(ctx, "/me", &w); err != nil {
		return User{}, fmt.Errorf("get own account: %w", err)
	}
	return User(w), nil
}

// base62 is the alphabet of ids. The platform answers anything else with 400.
var base62 = regexp.MustCompile(`^[0-9A-Za-z]+$`)

// Track looks up a track, or remembers it from the last hour. An id that is malformed or names nothing is NotFound
// with the reason "track-not-found".
func (c *Client) Track(ctx context.Context, id string) (Track, error) {
	if !base62.MatchString(id) {
		return Track{}, core.Because(core.NotFound, ReasonTrackNotFound, "get track: %.40q is not an id", id)
	}
	if t, ok := c.tracks.get(id); ok {
		return t, nil
	}
	var w wireItem
	if err := c.get(ctx, "/tracks/"+url.PathEscape(id), &w); err != nil {
		return Track{}, fmt.Errorf("get track %s: %w", id, asTrackNotFound(err))
	}
	t := w.track()
	c.tracks.put(id, t)
	return t, nil
}

// asTrackNotFound reads the two answers to an id that names no track: 400 for
// one that cannot be an id and 404 for one that is not taken.
func asTrackNotFound(err error) error {
	e, ok := errors.AsType[*Error](err)
	if ok && e.Reason != ReasonServer && (e.Status == http.StatusBadRequest || e.Status == http.StatusNotFound) {
		e.Kind, e.Reason = core.NotFound, ReasonTrackNotFound
	}
	return err
}

// MaxFound is how many tracks one search finds at most: the platform's limit
// for apps in development mode.
const MaxFound = 10

// Search finds tracks by words, best first.
func (c *Client) Search(ctx context.Context, words string) ([]Track, error) {
	if strings.TrimSpace(words) == "" {
		return nil, core.Because(core.Invalid, "empty", "search: there is nothing to search for")
	}
	q := url.Values{"q": {clip(words, maxQuery)}, "type": {KindTrack}, "limit": {strconv.Itoa(MaxFound)}}
	var w wireSearch
	if err := c.get(ctx, "/search?"+q.Encode(), &w); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return w.tracks(), nil
}

// maxQuery is how much of a text is searched for, in characters. Longer queries
// find nothing.
const maxQuery = 120

// Player reads the player's state. A player that is nowhere active is not an
// error but Player{Active: false}.
func (c *Client) Player(ctx context.Context) (Player, error) {
	var w wirePlayer
	if err := c.get(ctx, "/me/player?additional_types=track,episode", &w); err != nil {
		return Player{}, fmt.Errorf("get player: %w", err)
	}
	return w.player(time.Now()), nil
}

// Queue reads what plays and what comes next. Every place keeps its position:
// what cannot be read stands there as an item of kind unknown.
func (c *Client) Queue(ctx context.Context) (Queue, error) {
	var w wireQueue
	if err := c.get(ctx, "/me/player/queue", &w); err != nil {
		return Queue{}, fmt.Errorf("get queue: %w", err)
	}
	return w.queue(), nil
}

// queueable is what the player's queue takes; a local file is not.
var queueable = regexp.MustCompile(`^spotify:(track|episode):[0-9A-Za-z]+$`)

// AddToQueue adds a track or episode to the end of what users queued, on the
// active device. It is not idempotent: after an Ambiguous error the item may
// stand in the queue.
func (c *Client) AddToQueue(ctx context.Context, uri string) error {
	if !queueable.MatchString(uri) {
		return core.Because(core.Invalid, "not-queueable", "add to queue: %.80q is neither track nor episode", uri)
	}
	if err := c.post(ctx, "/me/player/queue?uri="+url.QueryEscape(uri)); err != nil {
		return fmt.Errorf("add %s to queue: %w", uri, err)
	}
	return nil
}

// Next skips what is playing. After an Ambiguous error it may be skipped.
func (c *Client) Next(ctx context.Context) error {
	if err := c.post(ctx, "/me/player/next"); err != nil {
		return fmt.Errorf("skip to next: %w", err)
	}
	return nil
}

// Devices lists where the account can play.
func (c *Client) Devices(ctx context.Context) ([]Device, error) {
	var w wireDevices
	if err := c.get(ctx, "/me/player/devices", &w); err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	return w.devices(), nil
}

// Transfer moves playback to a device and starts it there. One that is not there
// any more has the reason ReasonDeviceGone.
func (c *Client) Transfer(ctx context.Context, deviceID string) error {
	body, err := json.Marshal(struct {
		Devices []string `json:"device_ids"`
		Play    bool     `json:"play"`
	}{[]string{deviceID}, true})
	if err == nil {
		_, err = c.call(ctx, http.MethodPut, "/me/player", body)
	}
	if err != nil {
		return fmt.Errorf("move playback: %w", err)
	}
	return nil
}

// post sends a command. Any 2xx means that it was taken; bodies seen beside it
// range from nothing to a bare word, and are not looked at.
func (c *Client) post(ctx context.Context, path string) error {
	_, err := c.call(ctx, http.MethodPost, path, nil)
	return err
}

func (c *Client) get(ctx context.Context, path string, into wire) error {
	a, err := c.call(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return a.decode(into)
}

// call makes one call, and once more if its token was refused.
func (c *Client) call(ctx context.Context, method, path string, body []byte) (answer, error) {
	token, err := c.token(ctx, "")
	if err != nil {
		return answer{}, err
	}
	a, err := c.send(ctx, method, path, body, token)
	if core.ReasonOf(err) != ReasonTokenRefused {
		return a, err
	}
	if token, err = c.token(ctx, token); err != nil {
		return answer{}, err
	}
	return c.send(ctx, method, path, body, token)
}

// token asks for an access token. Whatever became of a refresh, the call that
// wanted the token was not made: its failure is never Ambiguous.
func (c *Client) token(ctx context.Context, refused string) (string, error) {
	token, err := c.Token(ctx, refused)
	switch {
	case err != nil && (core.KindOf(err) == core.Ambiguous || ctx.Err() != nil):
		return "", core.E(core.Unavailable, "get access token: %w", err)
	case err != nil:
		return "", fmt.Errorf("get access token: %w", err)
	case token == "":
		return "", core.E(core.LoginRequired, "get access token: there is none")
	}
	return token, nil
}

func (c *Client) send(ctx context.Context, method, path string, body []byte, token string) (answer, error) {
	if err := c.Gate.pass(method, path); err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, method, base(c.URL, apiURL)+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, core.E(core.Invalid, "make request: %w", err)
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Bearer "+token)
	a, err := exchange(req, c.HTTP, c.Timeout)
	if err != nil {
		return answer{}, err
	}
	if !a.ok() {
		e := a.refusal(method == http.MethodPost, token)
		c.Gate.learn(ctx, e)
		return answer{}, e
	}
	return a, nil
}

// base is the configured URL without a trailing slash, or the usual one.
func base(configured, usual string) string {
	if configured == "" {
		return usual
	}
	return strings.TrimRight(configured, "/")
}
