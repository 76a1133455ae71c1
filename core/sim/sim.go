// Package sim is Twitch and Spotify for a desk that has no accounts: it speaks
// the real protocols over any net.Listener, keeps a player that really plays,
// and has viewers who ask for songs, roll and chat.
//
// It is strict where the platforms are strict, and honest: whatever it answers
// or sends is written to its books first, so a killed simulator goes on where
// it was, and Books, Redemptions, Adds and Points tell what truly happened.
// Fault switches make it misbehave the way platforms do. It shares no type with
// the clients it is spoken to by.
//
// Twitch is served as /oauth2/…, /helix/… and /ws (EventSub), and on a listener
// of its own as a chat server (IRC); Spotify as
// /authorize, /api/token and /v1/…
package sim

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"sidestage/core"
)

// DefaultSpeed divides track lengths and the script's gaps when Options.Speed
// is zero: songs of half a minute.
const DefaultSpeed = 6

// The platforms' names, as Options.Login hears them.
const (
	Twitch  = "twitch"
	Spotify = "spotify"
)

// The client ids that are registered when Options.ClientIDs is empty.
const (
	DefaultTwitchClientID  = "k3w9demo0twitch0client0v7q1zr5"
	DefaultSpotifyClientID = "5f2c8ade40spotify0demo0client19b"
)

// ClientIDs are the registered applications, one a platform. Empty means the
// default of that platform.
type ClientIDs struct{ Twitch, Spotify string }

// Options are what a simulator is made of. The zero value is a quiet one with
// books in memory, for a test that plays the viewers itself.
type Options struct {
	BooksPath       string       // file of the books, never ending in .db; "" keeps them in memory
	Seed            uint64       // of script and faults
	Speed           float64      // divides track lengths (never below 3 s) and script gaps; 0 is DefaultSpeed
	Rate            float64      // redemptions a minute of wall clock in place of the script's gaps; 0 keeps the gaps
	Faults          []string     // names of Faults, "all", or the hidden misbook and moderator
	Viewers         bool         // play the script of viewers
	TwitchListener  net.Listener // nil: Twitch is not served by Run
	IRCListener     net.Listener // of Twitch's chat server; nil: there is none
	SpotifyListener net.Listener // nil: Spotify is not served by Run
	Broadcaster     core.Viewer  // the streamer; zero is a made-up one
	ClientIDs       ClientIDs
	// TwitchSecret makes Twitch's application a confidential one: its token
	// endpoint wants this secret, and a browser may be sent to authorize.
	TwitchSecret string

	// Login is called, never concurrently, when the simulated streamer has
	// logged in again after a refused refresh. token is the JSON of the token
	// endpoint (access_token, refresh_token, expires_in, scope). May be nil:
	// then nobody logs in again.
	Login func(platform string, token []byte)

	Log *slog.Logger // nil: silent
}

// Sim is both platforms. Make one with New; its methods may be called from any
// goroutine, with or without Run.
type Sim struct {
	opt      Options
	log      *slog.Logger
	tracks   *library
	script   script
	faults   *faults
	twitch   http.Handler
	spotify  http.Handler
	sockets  sync.WaitGroup // running EventSub sessions
	changed  chan struct{}  // wakes the script: something it may wait for is there
	replayed chan struct{}  // wakes the player: its next track end has moved
	alarm    chan struct{}  // wakes misbehave

	irc chatServer

	mu        sync.Mutex
	books     *books
	state     *state
	hub       hub
	grants    pending
	consent   Consent
	buckets   map[string]*bucket
	away      map[string]time.Time // platform → when the streamer logs in again
	skipAt    time.Time            // when the streamer skips to the first request
	revokeAt  time.Time            // when refuse-refresh takes the next login back
	revoked   int                  // logins taken back so far
	quiet     bool                 // StopViewers was called
	shoutouts map[string]time.Time // user id → when last
	pointless bool                 // the streamer is neither affiliate nor partner
	ended     bool                 // Run is over: no new sockets
	past      player               // before the last command, for stale reads
	pastUntil time.Time            // how long those show it
}

// New opens the books, folds them, and makes a simulator that goes on where
// they end. Unknown faults and a books path ending in .db are core.Invalid;
// books that cannot be read are core.Internal.
func New(opt Options) (*Sim, error) {
	opt = opt.withDefaults()
	f, err := newFaults(opt.Seed, opt.Faults)
	if err != nil {
		return nil, err
	}
	s := &Sim{
		opt: opt, log: opt.Log, tracks: newLibrary(), faults: f,
		changed: make(chan struct{}, 1), replayed: make(chan struct{}, 1), alarm: make(chan struct{}, 1),
		hub: newHub(), grants: newPending(), buckets: map[string]*bucket{}, away: map[string]time.Time{}, shoutouts: map[string]time.Time{},
	}
	s.irc.clients = map[*ircClient]bool{}
	s.state = newState(s.tracks)
	s.script = script{seed: opt.Seed, tracks: s.tracks}
	if s.books, err = openBooks(opt.BooksPath, s.state.fold); err != nil {
		return nil, err
	}
	if err := s.commit([]op{booted{Speed: opt.Speed}}); err != nil {
		return nil, errors.Join(err, s.books.close())
	}
	f.begin(s.state.Boots, time.Now())
	s.twitch, s.spotify = s.twitchRoutes(), s.spotifyRoutes()
	return s, nil
}

func (o Options) withDefaults() Options {
	o.Speed = cmp.Or(max(o.Speed, 0), DefaultSpeed)
	o.Broadcaster = cmp.Or(o.Broadcaster, core.Viewer{ID: "70215531", Login: "hollowlantern", Name: "HollowLantern"})
	o.ClientIDs.Twitch = cmp.Or(o.ClientIDs.Twitch, DefaultTwitchClientID)
	o.ClientIDs.Spotify = cmp.Or(o.ClientIDs.Spotify, DefaultSpotifyClientID)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Twitch is the handler behind the Twitch listener.
func (s *Sim) Twitch() http.Handler { return s.twitch }

// Spotify is the handler behind the Spotify listener.
func (s *Sim) Spotify() http.Handler { return s.spotify }

// Broadcaster is the streamer whose channel this is.
func (s *Sim) Broadcaster() core.Viewer { return s.opt.Broadcaster }

// ClientIDs are the registered applications.
func (s *Sim) ClientIDs() ClientIDs { return s.opt.ClientIDs }

// Run serves both listeners, plays, and runs viewers and faults, until ctx
// ends. It returns when all it started has ended, and may be called once.
func (s *Sim) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	if s.opt.TwitchListener != nil {
		g.Go(func() error { return serve(ctx, s.opt.TwitchListener, s.twitch) })
	}
	if s.opt.SpotifyListener != nil {
		g.Go(func() error { return serve(ctx, s.opt.SpotifyListener, s.spotify) })
	}
	if s.opt.IRCListener != nil {
		g.Go(func() error { return s.serveIRC(ctx, s.opt.IRCListener) })
	}
	g.Go(func() error { return s.play(ctx) })
	g.Go(func() error { return s.misbehave(ctx) })
	if s.opt.Viewers {
		g.Go(func() error { return s.perform(ctx) })
	}
	err := g.Wait()
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.CloseSockets(0)
	s.sockets.Wait()
	return err
}

// Close closes the books' file. Call it after Run has returned.
func (s *Sim) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.books.close()
}

// grace is how long requests under way may still take when a server stops.
const grace = time.Second

func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := &http.Server{
		Handler:           h,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		if srv.Shutdown(last) != nil {
			_ = srv.Close() // what did not end by itself is cut off
		}
	})
	err := srv.Serve(l)
	if stop() { // the listener failed before ctx ended
		return errors.Join(err, srv.Close())
	}
	<-stopped
	return nil
}
