package desk

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"sidestage/core"
	"sidestage/core/config"
	"sidestage/core/song"
	"sidestage/core/spotify"
	"sidestage/core/token"
)

// spotifyDesk is Spotify as the sagas and the song queue see it.
type spotifyDesk struct {
	api      *spotify.Client
	settings func() config.Song // as they are now
	short    *spotify.Resolver  // nil: short links are followed nowhere
}

// follows reports whether short links are followed.
func (s spotifyDesk) follows() bool { return s.short != nil && s.settings().ShortLinks }

// Understand implements workflow.Spotify.
func (s spotifyDesk) Understand(text string) (song.Wish, error) {
	link, err := spotify.ParseLink(text)
	search := s.settings().Search
	switch reason := core.ReasonOf(err); {
	case err == nil && link.Bare && search:
		return song.Wish{TrackID: link.ID, Maybe: true, Words: link.ID}, nil
	case err == nil:
		return song.Wish{TrackID: link.ID}, nil
	case reason == "short-link" && s.follows():
		if address := spotify.ShortLink(text); address != "" {
			return song.Wish{Short: address}, nil
		}
	case reason == "no-link" && search && !strings.Contains(text, "://"): // a link to elsewhere is nothing to search for
		return song.Wish{Words: spotify.Plain(text)}, nil
	}
	return song.Wish{}, err
}

// Track implements workflow.Spotify.
func (s spotifyDesk) Track(ctx context.Context, id string) (song.Track, error) {
	t, err := s.api.Track(ctx, id)
	if err != nil {
		return song.Track{}, err
	}
	return track(t), nil
}

// Search implements workflow.Spotify.
func (s spotifyDesk) Search(ctx context.Context, words string) ([]song.Track, error) {
	found, err := s.api.Search(ctx, words)
	if err != nil {
		return nil, err
	}
	tracks := make([]song.Track, len(found))
	for i, t := range found {
		tracks[i] = track(t)
	}
	return tracks, nil
}

// Follow implements workflow.Spotify.
func (s spotifyDesk) Follow(ctx context.Context, short, viewer string) (string, error) {
	if !s.follows() { // switched off since
		return "", core.Because(core.Invalid, "short-link", "short links are not followed: see song.short_links")
	}
	return s.short.Resolve(ctx, short, viewer)
}

func track(t spotify.Track) song.Track {
	s := song.Track{
		ID: t.ID, URI: t.URI, Name: t.Name, Artists: t.Artists, Album: t.Album, CoverURL: t.CoverURL,
		Duration: t.Duration, ISRC: t.ISRC, Explicit: t.Explicit,
	}
	if t.Playable != nil && !*t.Playable {
		s.Barred = cmp.Or(t.Restriction, "unknown")
	}
	return s
}

// Add implements workflow.Spotify.
func (s spotifyDesk) Add(ctx context.Context, uri string) error { return s.api.AddToQueue(ctx, uri) }

// Next implements song.Player.
func (s spotifyDesk) Next(ctx context.Context) error { return s.api.Next(ctx) }

// Glance implements song.Glancer.
func (s spotifyDesk) Glance(ctx context.Context) (song.Snapshot, error) {
	p, err := s.api.Player(ctx)
	if err != nil {
		return song.Snapshot{}, fmt.Errorf("read player: %w", err)
	}
	if !p.Active {
		return song.Snapshot{At: p.At}, nil
	}
	return snapshot(p, spotify.Queue{}), nil
}

// Snapshot implements workflow.Spotify and song.Player: player, then queue. A
// track that ends between the two reads makes them disagree; then both are
// read once more.
func (s spotifyDesk) Snapshot(ctx context.Context) (song.Snapshot, error) {
	for range 2 {
		p, err := s.api.Player(ctx)
		if err != nil {
			return song.Snapshot{}, fmt.Errorf("read player: %w", err)
		}
		if !p.Active {
			return song.Snapshot{At: p.At}, nil
		}
		q, err := s.api.Queue(ctx)
		if err != nil {
			return song.Snapshot{}, fmt.Errorf("read player's queue: %w", err)
		}
		if agree(p.Item, q.Current) {
			return snapshot(p, q), nil
		}
	}
	return song.Snapshot{}, core.Because(core.Unavailable, "moving", "player and queue do not agree yet")
}

// agree: what one of the two does not know settles nothing.
func agree(a, b *spotify.Item) bool {
	return a == nil || b == nil || a.URI == b.URI
}

func snapshot(p spotify.Player, q spotify.Queue) song.Snapshot {
	s := song.Snapshot{Active: true, Playing: p.Playing, Progress: p.Progress, At: p.At}
	if p.Item != nil {
		current := item(*p.Item)
		s.Current = &current
	}
	for _, it := range q.Upcoming {
		s.Upcoming = append(s.Upcoming, item(it))
	}
	return s
}

func item(it spotify.Item) song.Item {
	return song.Item{
		Kind: song.ItemKind(it.Kind), ID: it.ID, URI: it.URI, Name: it.Name, Artists: it.Artists,
		Album: it.Album, CoverURL: it.CoverURL, Duration: it.Duration, ISRC: it.ISRC,
	}
}

// spotifyLogin is Spotify's token service as core/token sees it.
type spotifyLogin struct {
	oauth *spotify.OAuth
	api   string
	gate  *spotify.Gate
}

// Refresh implements token.Provider.
func (l spotifyLogin) Refresh(ctx context.Context, refresh string) (token.Grant, error) {
	g, err := l.oauth.Refresh(ctx, refresh)
	return token.Grant{Access: g.Access, Refresh: g.Refresh, ExpiresIn: g.ExpiresIn, Scopes: g.Scopes}, err
}

// Validate implements token.Provider. Spotify has no such call: /me says whose
// token it is. Logging in works for anybody, with any scopes, so only an account
// whose player answers as well is one that the app may use.
func (l spotifyLogin) Validate(ctx context.Context, access string) (token.Identity, error) {
	asked := &spotify.Client{URL: l.api, HTTP: l.oauth.HTTP, Gate: l.gate, Token: func(_ context.Context, refused string) (string, error) {
		if refused != "" {
			return "", core.E(core.LoginRequired, "spotify refuses the token")
		}
		return access, nil
	}}
	me, err := asked.Me(ctx)
	if err == nil {
		_, err = asked.Player(ctx)
	}
	if err != nil {
		return token.Identity{}, unusable(err)
	}
	return token.Identity{UserID: me.ID, Login: me.ID, Name: me.DisplayName}, nil
}

// remedies say what a person can do about a login that Spotify gave and does
// not let us use. None of them is a refresh.
var remedies = map[string]string{
	spotify.ReasonNotAllowed:   "this account may not use the app: add its e-mail address to the app at developer.spotify.com/dashboard, under User Management",
	spotify.ReasonOwnerPremium: "the owner of the app has no Spotify Premium, and without it the app does nothing",
	spotify.ReasonPremium:      "this account has no Spotify Premium, and without it nothing can be queued",
	spotify.ReasonMissingScope: "the login lacks a permission: run sidestage auth login spotify, and agree to all that is asked for",
}

func unusable(err error) error {
	reason := core.ReasonOf(err)
	if say, known := remedies[reason]; known {
		return core.Because(core.Denied, reason, "%s (%w)", say, err)
	}
	return err
}

// Revoke implements token.Provider. Spotify has no such call; an account's
// owner removes the app on its apps page.
func (spotifyLogin) Revoke(context.Context, string) error {
	return core.E(core.NotFound, "spotify has no call that ends a login: remove the app at spotify.com/account/apps")
}
