// Package desk builds everything that runs and runs it in order: storage, then
// the logins, then sagas and the watchers of player and stream, then what comes
// in from Twitch. It stops in reverse, so that nothing new arrives while what
// is under way ends, and storage closes last.
//
// A desk that is opened and not run is a desk of its own moment: it reads and
// writes for one command, resumes no saga, polls nothing and connects to
// nothing by itself.
package desk

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"sidestage/core"
	"sidestage/core/bus"
	"sidestage/core/chat"
	"sidestage/core/config"
	"sidestage/core/event"
	"sidestage/core/ingest"
	"sidestage/core/raffle"
	"sidestage/core/saga"
	"sidestage/core/song"
	"sidestage/core/spotify"
	"sidestage/core/stream"
	"sidestage/core/token"
	"sidestage/core/twitch"
	"sidestage/core/workflow"
	"sidestage/storage"
	"sidestage/storage/secret"
)

// The platforms, as commands and events name them.
const (
	PlatformTwitch  = "twitch"
	PlatformSpotify = "spotify"
)

// Config is what a desk is made of.
type Config struct {
	Settings config.Settings
	// Load reads the settings again, for a desk that runs; nil cannot.
	Load     func() (*config.Loaded, error)
	Platform storage.Platform // storage.Live or storage.Demo; "" takes what is there
	// Offline makes every call to a platform fail: for one-shot commands on a
	// demo that does not run.
	Offline bool
	// Dial opens connections to the platforms; nil dials the network.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	Log  *slog.Logger

	oneShot bool // the desk will not run: see Reach
}

// Desk is one data directory with everything that works on it.
type Desk struct {
	cfg Config
	log *slog.Logger
	db  *storage.DB
	bus bus.Bus

	twitchAuth                *twitch.OAuth
	twitchClock               *clock
	spotifyAuth               *spotify.OAuth
	twitchLogin, spotifyLogin *token.Source
	signIns                   signIns
	helix                     *twitch.Client
	spotify                   *spotify.Client

	settings settings
	commands chat.Dispatch
	words    atomic.Pointer[chat.Texts]

	sagas   *workflow.Sagas
	engine  *saga.Engine[workflow.Tx]
	ingest  *ingest.Ingest
	session *twitch.Session
	sender  *chat.Sender
	room    chat.Room
	irc     *twitch.IRC
	watcher *song.Watcher
	cascade *stream.Cascade
	seeds   keeper
	awards  *reader                // achievements
	keyword atomic.Pointer[string] // that enters the giveaway that is open; nil when none is
	viewers *stream.Poller
	faults  *faults
	figures figures
	stock   atomic.Pointer[string] // why no saga goes on after a restore; nil when they do
	stocked chan struct{}          // closed when what a restored copy has as open is known

	account atomic.Pointer[core.Viewer]    // whose channel this is; nil until known
	rewards atomic.Pointer[ingest.Rewards] // which rewards are ours

	rewardsDue chan struct{} // wakes keepRewards
	telling    sync.Mutex    // one at a time tells Twitch of a reward
	readOnly   bool          // opened without the lock
	door       door
}

// Open opens the data directory of the settings, creating it if need be, and
// takes its lock. Close it when done.
func Open(ctx context.Context, c Config) (*Desk, error) {
	return open(ctx, c, storage.Options{Platform: c.Platform})
}

func open(ctx context.Context, c Config, o storage.Options) (*Desk, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	faults := newFaults(c.Log)
	c.Log = slog.New(hearing{Handler: c.Log.Handler(), faults: faults})
	o.Log = c.Log
	db, err := storage.Open(ctx, c.Settings.DataDir, o)
	if err != nil {
		return nil, err
	}
	c.Offline = c.Offline || c.oneShot && db.Platform() == storage.Demo
	faults.db = db
	d := &Desk{cfg: c, log: c.Log, db: db, faults: faults, figures: newFigures(), readOnly: o.ReadOnly, door: newDoor(), rewardsDue: make(chan struct{}, 1), stocked: make(chan struct{})}
	d.settings.now.Store(&d.cfg.Settings)
	d.goBy(d.converse)
	if err := d.build(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	return d, nil
}

// Close gives the data directory back. Run must have returned.
func (d *Desk) Close() error {
	d.twitchLogin.Settle()
	d.spotifyLogin.Settle()
	d.door.close()
	d.bus.Close()
	return d.db.Close()
}

// Store is the desk's database.
func (d *Desk) Store() *storage.DB { return d.db }

// backlog is how many events a slow listener may be behind.
const backlog = 4096

// Follow gives fn every event that is committed from now on, in order, until
// stop is called; stop returns when fn has seen the last one.
func (d *Desk) Follow(fn func(event.Record)) (stop func()) {
	sub := d.bus.Subscribe(backlog)
	var wg sync.WaitGroup
	wg.Go(func() {
		for it := range sub.Items() {
			if !it.Lagged {
				fn(it.Record)
			}
		}
	})
	return func() { sub.Close(); wg.Wait() }
}

func (d *Desk) build(ctx context.Context) error {
	logins := &vault{open: d.secrets}
	if !d.readOnly { // what is wrong there is to be known at once
		if _, err := logins.store(); err != nil {
			return err
		}
	}
	d.platforms(logins, &http.Client{Transport: d.transport()}, !d.readOnly) //nolint:contextcheck // what the logins tell has happened, whoever asked
	if err := d.engines(); err != nil {
		return err
	}
	if err := d.db.View(ctx, func(tx *storage.Tx) error { return d.commands.Load(tx) }); err != nil {
		return err
	}
	return d.recall(ctx)
}

// secrets opens the place where the logins are kept.
func (d *Desk) secrets() (token.Store, error) {
	demo := d.db.Platform() == storage.Demo
	return secret.Open(d.cfg.Settings.DataDir, secret.Options{NoKeyring: demo || !d.cfg.Settings.Keyring, Log: d.log})
}

// transport keeps a few connections to each platform open.
func (d *Desk) transport() http.RoundTripper {
	if d.cfg.Offline {
		return refusing{}
	}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           d.cfg.Dial,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second,
	}
}

// refusing is the network of a desk that must not use one.
type refusing struct{}

func (refusing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, core.Because(core.Unavailable, "offline", "the demo does not run: start it with sidestage demo")
}

func (d *Desk) platforms(store token.Store, client *http.Client, writes bool) {
	s := d.cfg.Settings
	tell := func(e event.LoginChanged) {
		d.note(e)
		if e.Platform == PlatformSpotify && d.watcher != nil {
			d.watcher.Nudge() // requests may be waiting for it
		}
	}
	d.twitchClock = &clock{next: client.Transport}
	d.twitchAuth = &twitch.OAuth{
		URL: s.Twitch.AuthURL, ClientID: s.Twitch.ClientID, ClientSecret: s.Twitch.ClientSecret.Reveal(), HTTP: &http.Client{Transport: d.twitchClock},
	}
	gate := &spotify.Gate{Keep: d.keepBar}
	d.spotifyAuth = &spotify.OAuth{URL: s.Spotify.AccountsURL, ClientID: s.Spotify.ClientID, HTTP: client}
	d.twitchLogin = token.New(PlatformTwitch, twitchLogin{oauth: d.twitchAuth, channel: d.account.Load}, store, d.log, tell)
	d.spotifyLogin = token.New(PlatformSpotify, spotifyLogin{oauth: d.spotifyAuth, api: s.Spotify.APIURL, gate: gate}, store, d.log, tell)
	asTwitch, asSpotify := d.twitchLogin.Token, d.spotifyLogin.Token
	if !writes { // without the lock, another process may be refreshing
		asTwitch, asSpotify = d.twitchLogin.Glance, d.spotifyLogin.Glance
	}
	d.helix = &twitch.Client{URL: s.Twitch.HelixURL, ClientID: s.Twitch.ClientID, HTTP: client, Token: asTwitch}
	d.spotify = &spotify.Client{URL: s.Spotify.APIURL, HTTP: client, Token: asSpotify, Gate: gate}
	d.session = &twitch.Session{
		URL: s.Twitch.EventSubURL, HTTP: client, Helix: d.helix, Wanted: d.wanted, Ready: d.catchUp, Opened: d.keepSession, Log: d.log,
		Keepalive: time.Duration(s.Twitch.Keepalive) * time.Second,
	}
	d.irc = &twitch.IRC{URL: s.Twitch.IRCURL, Login: d.ircLogin, Dial: d.cfg.Dial, Log: d.log}
}

// note journals an event that belongs to no other state. It is best effort:
// what it tells of is stored elsewhere.
func (d *Desk) note(e event.Event) {
	err := d.db.Update(context.Background(), func(tx *storage.Tx) error { return tx.AppendEvent(e) })
	if err != nil {
		d.log.Warn("event not journalled", "type", e.Type(), "error", err)
	}
}

func (d *Desk) engines() (err error) {
	d.sender = chat.NewSender(d.post, d.cfg.Settings.Chat.Rate)
	tw := twitchDesk{helix: d.helix, broadcaster: d.broadcaster, sender: d.sender, log: d.log}
	sp := spotifyDesk{api: d.spotify, settings: func() config.Song { return d.settings.now.Load().Song }}
	if !d.cfg.Offline && d.db.Platform() == storage.Live {
		sp.short = &spotify.Resolver{}
	}
	songs := storage.In(d.db, func(tx *storage.Tx) song.Tx { return tx })
	streams := storage.In(d.db, func(tx *storage.Tx) stream.Tx { return tx })
	sagas := storage.In(d.db, func(tx *storage.Tx) workflow.Tx { return tx })

	d.watcher = song.NewWatcher(songs, &watched{spotifyDesk: sp, skips: &d.door.skips}, func() { d.engine.Wake() }, d.log)
	d.sagas = &workflow.Sagas{
		Achievements: d.Definitions,
		Store:        sagas, Twitch: tw, Spotify: sp, Words: func() chat.Texts { return *d.words.Load() }, Commands: &d.commands,
		Removed: requests{d}.follow,
		Closed:  func(tx workflow.Tx, closed bool) error { return d.holdForRequests(tx, closed) },
		Skip:    func(ctx context.Context, occurrence string) error { _, err := d.Skip(ctx, occurrence); return err },
		Votes:   func() int { return d.settings.now.Load().Chat.Votes },
		Rules:   func() song.Rules { return songRules(d.settings.now.Load().Song.Rules) }, Broadcaster: d.broadcaster,
		Policy: func() song.Policy { return policy(d.settings.now.Load().Song) }, Changed: d.watcher.Nudge, Highest: d.cfg.Settings.Raffle.Highest,
	}
	d.seeds = newKeeper(d.db, d.log)
	d.awards = d.newAwards()
	if d.engine, err = saga.New(sagas, saga.Config{Log: d.log, Booked: d.figures.booked}, d.sagas.Kinds()...); err != nil {
		return err
	}
	d.sagas.Start = d.engine.Start
	targets := d.cascadeTargets()
	targets[stream.Songs] = d.songsAfterStream
	d.cascade = stream.NewCascade(streams, targets, d.log)
	d.viewers = stream.NewPoller(streams, tw, d.log)
	d.ingest = ingest.New(ingest.Config{
		Store:  storage.In(d.db, func(tx *storage.Tx) ingest.Tx { return tx }),
		Engine: d.engine, Rewards: d.ourRewards, Broadcaster: d.broadcaster, Commands: &d.commands,
		Ours: d.sender.Ours, Heard: d.room.Heard, Keyword: d.entryWord,
		Stream: d.streamRules(), Raids: d.raids, StreamChanged: func(tx ingest.Tx) error { return d.streamChanged(tx) }, Log: d.log,
		CatchUp: ingest.CatchUp{Policy: d.cfg.Settings.CatchUp, Age: d.cfg.Settings.CatchUpAge},
	})
	d.db.OnEvents(func(rs []event.Record) {
		d.bus.Publish(rs)
		d.engine.Wake()
		d.seeds.heard(rs)
		d.awards.heard(rs)
		d.giveawayHeard(rs)
		d.figures.heard(rs)
	})
	return nil
}

// policy is what new requests go by.
func policy(c config.Song) song.Policy {
	return song.Policy{Pace: song.Pace(c.Handover), Fulfil: song.Fulfil(c.Fulfil), Fair: c.Order == "fair", UnavailableFor: c.UnavailableFor}
}

// converse takes the settings of commands and sentences.
func (d *Desk) converse(s config.Settings) {
	words := s.Chat.Texts()
	d.words.Store(&words)
	d.commands.Configure(s.Chat.Enabled, s.Chat.Uses())
}

// streamTx is what belongs into the transaction in which the stream changes.
type streamTx interface {
	raffle.StreamTx
	AfterCommit(func())
}

// streamChanged does what belongs to a change of the stream's state: the raffle
// gets its seed with it, everybody else hears of it afterwards.
// raids says what is done about a raid.
func (d *Desk) raids() (thank, shoutout bool) {
	c := d.settings.now.Load().Chat
	return c.RaidThanks, c.RaidShoutout
}

func (d *Desk) streamRules() stream.Rules {
	return stream.Rules{ResumeWithin: d.cfg.Settings.Stream.ResumeWithin}
}

func (d *Desk) streamChanged(tx streamTx) error {
	tx.AfterCommit(func() {
		d.cascade.Nudge()
		d.viewers.Nudge()
	})
	return raffle.Follow(tx, d.cfg.Settings.Raffle.Highest)
}

// cascadeTargets are those who must hear that the stream went on or offline.
// The overlay hears it from the journal.
func (d *Desk) cascadeTargets() map[string]func(context.Context, bool) error {
	login := func(s *token.Source) func(context.Context, bool) error {
		return func(_ context.Context, online bool) error {
			if online {
				s.Online()
			} else {
				s.Offline()
			}
			return nil
		}
	}
	return map[string]func(context.Context, bool) error{
		stream.TwitchToken:  login(d.twitchLogin),
		stream.SpotifyToken: login(d.spotifyLogin),
		stream.Pool:         d.warm,
		stream.Rewards:      d.holdOffline,
		stream.Overlay:      func(context.Context, bool) error { return nil },
	}
}

// songsAfterStream does with what is unplayed what the settings say, once the
// stream cannot come back and be the same. Only a transition brings it about, not
// the start of a desk.
func (d *Desk) songsAfterStream(ctx context.Context, online bool) error {
	if online {
		return nil
	}
	var last stream.Session
	err := d.db.View(ctx, func(tx *storage.Tx) (err error) {
		last, err = tx.StreamLatest()
		return err
	})
	if err != nil || last.Live() {
		return err
	}
	window := d.cfg.Settings.Stream.ResumeWithin
	if left := window - time.Since(last.EndedAt); left > 0 {
		return stream.Later(min(left, window))
	}
	_, refunded, _, err := requests{d}.EndStream(ctx, nil, false)
	if len(refunded) > 0 {
		d.log.Info("the stream is over", "requests refunded", len(refunded))
	}
	return err
}

// warm makes the pool ready for the first viewer of a stream: tokens checked,
// connections to both platforms open. The workers are parked already.
func (d *Desk) warm(ctx context.Context, online bool) error {
	if !online {
		return nil
	}
	if _, err := d.helix.Self(ctx); err != nil {
		return err
	}
	_, err := d.spotify.Player(ctx)
	return err
}
