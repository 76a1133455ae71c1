package song

import (
	"context"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// Tx is the slice of a transaction that songs need. What is not there is a
// core.NotFound error.
type Tx interface {
	Reader
	RuleBook
	BlockTx

	// SongInsert stores a new request.
	SongInsert(Request) error
	// SongSetState moves a request to another state.
	SongSetState(id string, s State, reason string) error
	// SongKeep notes that the points of a withdrawn request stay spent.
	SongKeep(id string) error
	// SongTellTogether notes that chat is told of a withdrawn request in one line
	// with others.
	SongTellTogether(id string) error
	// SongSetRank gives a request its place among the pending ones.
	SongSetRank(id string, rank int64) error
	// SongSetTrack makes a request one for another track.
	SongSetTrack(id string, t Track) error
	// SongPutGate replaces the Gate, SongPutOutage the Outage.
	SongPutGate(Gate) error
	SongPutOutage(Outage) error
	// SongInsertHandover stores a handover and numbers it.
	SongInsertHandover(Handover) error
	// SongPutHandovers writes the changed columns of handovers.
	SongPutHandovers(...Handover) error
	// SongInsertPlay adds a row to the request history. A request has at most
	// one: a second is a core.Conflict.
	SongInsertPlay(Play) error
	// SongPutLedger replaces the ledger.
	SongPutLedger(Ledger) error
	// SongDoubt adds n to the adds of a request that may still turn up, as of now.
	SongDoubt(id string, n int) error

	// ViewerPut remembers who a viewer is and what they are called now.
	ViewerPut(core.Viewer) error
	AppendEvent(event.Event) error
}

// Reader is the part of Tx that changes nothing.
type Reader interface {
	// SongByID finds a request.
	SongByID(id string) (Request, error)
	// SongIsNext answers IsNext for a pending request.
	SongIsNext(Request) (bool, error)
	// SongPending lists the pending requests in order, and how many there are.
	SongPending(limit int) ([]Request, int, error)
	// SongPendingBefore counts the pending requests before one in order, and how
	// long they play.
	SongPendingBefore(Request) (n int, plays time.Duration, err error)
	// SongRounds is the lowest rank of a pending request that was not moved, and
	// the highest of a viewer's; 0 and -1 where there is none.
	SongRounds(viewerID string) (front, last int64, err error)
	// SongLastRank is the highest rank of a pending request; 0 where there is none.
	SongLastRank() (int64, error)
	// SongToldTogether reports whether SongTellTogether was noted; false for what
	// is no request.
	SongToldTogether(id string) (bool, error)
	// SongUnplayed lists the requests that are pending or queued, in order.
	SongUnplayed() ([]Request, error)
	// SongAdding reports whether the add of a request may be under way.
	SongAdding(id string) (bool, error)
	// RedemptionStatus is what Twitch has booked for the points of a request;
	// core.NotFound when nobody paid.
	RedemptionStatus(id string) (core.Status, error)
	// SongGate and SongOutage are the zero value before the first.
	SongGate() (Gate, error)
	SongOutage() (Outage, error)
	// SongHandovers lists the handovers that are still in the player, in order.
	SongHandovers() ([]Handover, error)
	// SongHandoverOf finds the handover of a request, over or not. Surplus ones
	// do not count.
	SongHandoverOf(requestID string) (Handover, error)
	// SongDoubtful lists the requests with adds that may still turn up and were
	// made since then.
	SongDoubtful(since time.Time) ([]Request, error)
	// SongLedger is what the last accepted look at the player left behind; the
	// zero Ledger before the first.
	SongLedger() (Ledger, error)
	// SongHistory lists what was heard or skipped, newest first, and how much
	// there is.
	SongHistory(limit int) ([]Played, int, error)
	// SongTopTracks lists the tracks heard most of the requests made in a span;
	// viewerID "" is everybody.
	SongTopTracks(viewerID string, in core.Span, limit int) ([]TopTrack, error)
	// SongTopRequesters lists the viewers with the most requests heard.
	SongTopRequesters(in core.Span, limit int) ([]TopRequester, error)
	// SongBlocks lists what is blocked, latest first, and how much there is.
	SongBlocks(limit int) ([]Block, int, error)

	Now() time.Time
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(Tx) error) error
	View(ctx context.Context, fn func(Tx) error) error
}

// Handover is one occurrence of ours: the copy that one add put into Spotify's
// queue. Seq is the order of the adds, which is the order of play.
type Handover struct {
	Seq        int64
	RequestID  string
	Viewer     core.Viewer // of the request, like the next two; read only
	Track      Track
	RedeemedAt time.Time
	AddedAt    time.Time // when the add was about to be made
	At         time.Time // when it was booked
	Position   int       // index in the ledger's Upcoming; -1 when it is not seen there
	Misses     int       // looks since At that did not show it, before it was ever seen
	StartedAt  time.Time // when it became current; zero before
	Progress   time.Duration
	// Unwanted means: skip it when it becomes current, because the request was
	// withdrawn or the add was a surplus one.
	Unwanted bool
	Surplus  bool
	AskedAt  time.Time // when the player was told to skip it; zero = never
	EndedAt  time.Time // when it left the player; zero = still there
}

func (h *Handover) current() bool { return !h.StartedAt.IsZero() && h.EndedAt.IsZero() }

// Ledger is the last look at the player that was believed, and what is needed
// to understand the next one.
type Ledger struct {
	Seen Snapshot `json:"seen"` // its At is zero before the first look
	// Queued is how many of its upcoming items are known to stand in the user's
	// queue, not the context: the first ones.
	Queued int `json:"queued"`
	// Turn numbers the occurrences that were current, requested or not: it grows
	// by one each time another one starts.
	Turn int64 `json:"turn"`
	// DoubtAt is when a look first contradicted Seen, DoubtReads how many have.
	DoubtAt    time.Time `json:"doubtAt,omitzero"`
	DoubtReads int       `json:"doubtReads,omitempty"`
}
