// Package web answers the local API: what core/api describes, over HTTP, to the
// dashboard, the commands, the overlay and the user's own scripts. It is the
// only door into a desk.
//
// Nothing is routed before it has passed the gate (gate.go): a Host that is this
// machine by name, no write from another origin, the token on every write.
// Answers are read from one snapshot of the database each; what changes
// something is done by the Desk. A stream of events begins with a snapshot and
// misses nothing after it: it subscribes first, drops what the snapshot already
// has, and reads the journal where the bus could not keep up.
package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"sidestage/core"
	"sidestage/core/achievement"
	"sidestage/core/api"
	"sidestage/core/bus"
	"sidestage/core/chat"
	"sidestage/core/event"
	"sidestage/core/raffle"
	"sidestage/core/saga"
	"sidestage/core/song"
	"sidestage/core/stream"
)

// Tx is one snapshot of the desk's state. The server only reads.
type Tx interface {
	song.Reader
	raffle.Tx
	achievement.Reader
	raffle.VerifyTx
	raffle.GiveawayTx
	stream.Tx
	// ChatCommands lists the custom chat commands by name.
	ChatCommands() ([]chat.Custom, error)

	// SagaByID finds a saga; SagaSteps lists its steps by seq.
	SagaByID(id string) (saga.Saga, error)
	SagaSteps(id string) ([]saga.Step, error)
	// SagaList lists sagas, last changed first, of one state or, for "", of any.
	SagaList(state saga.State, limit int) ([]saga.Saga, error)
	// SagasStanding counts the sagas that are not over or wait for a person.
	SagasStanding() ([]saga.Standing, error)
	// StreamSample is the last count of viewers of a session and when it was
	// taken; core.NotFound when they were not counted.
	StreamSample(id int64) (viewers int, at time.Time, err error)
	// ViewerByID and ViewerByLogin find a viewer, the latter by the login name
	// they were last seen with; core.NotFound when there is none.
	ViewerByID(id string) (core.Viewer, error)
	ViewerByLogin(login string) (core.Viewer, error)
	// ViewerSongs counts the songs a viewer asked for.
	ViewerSongs(userID string) (int, error)
	// EventsAfter is the journal after record seq, oldest first.
	EventsAfter(seq int64, limit int) ([]event.Record, error)
	// EventsOf is the same of some types only; for a negative seq, the newest.
	EventsOf(types []event.Type, seq int64, limit int) ([]event.Record, error)
	// StreamSession finds a session; core.NotFound when there is none.
	StreamSession(id int64) (stream.Session, error)
	// StatsSessions is what streams came to, the latest first.
	StatsSessions(in core.Span, limit int) ([]core.SessionFigures, error)
	// StatsViewers is what viewers did, who spent most first; StatsViewer of one,
	// core.NotFound when they are not known.
	StatsViewers(in core.Span, limit int) ([]core.ViewerFigures, error)
	StatsViewer(id string, in core.Span) (core.ViewerFigures, error)
	// StatsErrors counts what went wrong, what happened last first.
	StatsErrors(in core.Span, limit int) ([]core.ErrorFigures, error)
	// LastSeq is the seq of the newest record.
	LastSeq() (int64, error)
}

// Store gives snapshots.
type Store interface {
	View(ctx context.Context, fn func(Tx) error) error
}

// Songs changes the queue and the player.
type Songs interface {
	// Add starts the saga of a request from the desk and returns its id; false
	// when a saga of that id was there. An empty id is a new one.
	Add(ctx context.Context, r api.AddRequest, id string) (sagaID string, created bool, err error)
	// Search finds tracks by a viewer's text, best first, and tells which of them
	// a request of it would be: an index, or the error it would end with.
	Search(ctx context.Context, text string) (found []song.Track, taken int, refused, err error)
	// Skip skips what is current, if it is the occurrence named. What it returns
	// may know no owner when the player was ahead of the records.
	Skip(ctx context.Context, occurrence string) (song.Now, error)
}

// Requests changes the queue: what waits in it, and who may ask.
type Requests interface {
	// Remove takes a request out of the queue.
	Remove(ctx context.Context, id string, refund bool) (song.Removal, error)
	// Move puts a request at a position of the queue and returns where it is.
	Move(ctx context.Context, id string, to int) (song.Request, int, error)
	// Replace gives a request another track and returns it as it was and is.
	Replace(ctx context.Context, id, link string) (was, is song.Request, err error)
	// Clear takes out everything that waits.
	Clear(ctx context.Context, refund bool) ([]song.Removal, error)
	// Open and Close let viewers ask for songs, or not.
	Open(ctx context.Context) error
	Close(ctx context.Context, reason string) (song.Gate, error)
	// EndStream does what the end of a stream does to what is unplayed; a nil
	// refund is as the settings say. With dry it only says what it would do.
	EndStream(ctx context.Context, refund *bool, dry bool) (refunds bool, refunded, kept []song.Removal, err error)
}

// Sagas lets a person decide about sagas.
type Sagas interface {
	Retry(ctx context.Context, id string) error
	Resolve(ctx context.Context, id string, happened bool) error
}

// Chat is the channel's chat.
type Chat interface {
	// Say says text in chat and returns the new message's id.
	Say(ctx context.Context, text string) (id string, err error)
	// People lists who is here.
	People() []chat.Person
}

// Books are the channel points as the desk and Twitch have booked them.
type Books interface {
	// Points reports what became of the points of a session; 0 is the latest.
	Points(ctx context.Context, session int64) (api.PointsReport, error)
}

// Raffle lets a person decide about the raffle.
type Raffle interface {
	// Give marks the prize of a winning roll as given.
	Give(ctx context.Context, rollID string) (raffle.Roll, error)
	OpenGiveaway(ctx context.Context, t raffle.Terms) (raffle.Giveaway, error)
	// DrawGiveaway draws winners: the first ones or, again, more of them. Here
	// and below an id of 0 is the last giveaway; another than that is a Conflict.
	DrawGiveaway(ctx context.Context, id int64, winners int, again bool) (raffle.Giveaway, error)
	CloseGiveaway(ctx context.Context, id int64) (raffle.Giveaway, error)
	CancelGiveaway(ctx context.Context, id int64) (raffle.Giveaway, error)
}

// Accounts is what the desk has at the platforms.
type Accounts interface {
	Logins(ctx context.Context, validate bool) ([]api.Login, error)
	// LogIn stores the grant that a platform's token endpoint gave.
	LogIn(ctx context.Context, platform string, grant io.Reader) (api.Login, error)
	LogOut(ctx context.Context, platform string) (api.Login, error)
	// BeginLogin and FinishLogin are a login to which a person agrees in a
	// browser, which CameBack hears of when it ends at our callback.
	BeginLogin(ctx context.Context, platform string, in api.LoginStart) (api.LoginBegun, error)
	FinishLogin(ctx context.Context, platform string, in api.LoginFinish) (api.Login, error)
	CameBack(ctx context.Context, platform string, query url.Values) (api.Login, error)
	RefreshLogin(ctx context.Context, platform string) (api.Login, error)
}

// Rewards is the channel's channel-point rewards. A reward is named by what it
// is for, "song" or "raffle".
type Rewards interface {
	List(ctx context.Context) ([]api.Reward, error)
	SetUp(ctx context.Context) ([]api.Reward, error)
	Update(ctx context.Context, name string) (api.Reward, error)
	Pause(ctx context.Context, name string, paused bool) (api.Reward, error)
	// Delete also takes the id of any reward this app made.
	Delete(ctx context.Context, nameOrID string) (api.Reward, error)
}

// EventSub is what Twitch notifies us of.
type EventSub interface {
	Subscriptions(ctx context.Context) (api.Subscriptions, error)
	SetUp(ctx context.Context) (api.Subscriptions, error)
	CleanUp(ctx context.Context) (api.Cleaned, error)
}

// Config is what a Server is made of.
type Config struct {
	Store    Store
	Songs    Songs
	Blocks   Blocks
	Requests Requests
	Books    Books
	Sagas    Sagas
	Raffle   Raffle
	Chat     Chat
	Accounts Accounts
	Rewards  Rewards
	EventSub EventSub
	Settings Settings
	Commands Commands

	Achievements Achievements
	Player       Player

	// Health says how the desk is; the server adds what it reads in the Store.
	Health func(context.Context) api.Health
	// Metrics answers api.MetricsPath; nil has none.
	Metrics http.Handler
	Bus     *bus.Bus
	Token   string // every write has to bring it
	Build   string // of this program
	// Platform is "live" or "demo".
	Platform string
	// Remote also accepts hosts that are IP addresses, for a desk that other
	// machines may reach. A name could be made to point here, an address not.
	Remote bool
	Log    *slog.Logger
}

// Server answers the local API. Make it with New.
type Server struct {
	cfg    Config
	mux    *http.ServeMux
	ending chan struct{} // closed when streams have to end
	kept   kept

	streams atomic.Int32 // of events, open now
}

// New makes a Server.
func New(c Config) *Server {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: c, mux: http.NewServeMux(), ending: make(chan struct{})}
	s.mount()
	s.mountOverlay()
	s.mountCallback()
	if c.Metrics != nil {
		s.mux.Handle("GET "+api.MetricsPath, c.Metrics)
	}
	return s
}
