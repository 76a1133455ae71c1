package song

import (
	"fmt"
	"slices"
	"time"
)

// Result is what a sync found.
type Result struct {
	// SkipNow: what is current is not wanted and the player has to be told, now
	// and once. It is on record that it was.
	SkipNow  bool
	Heard    bool // what plays came to count as heard, and plays on
	Changed  bool // another occurrence is current, or one of ours ended
	Doubtful bool // the look contradicts the last one and was set aside
	Back     bool // there is a device, and at the last look there was none
	Open     int  // handovers still in the player
	Unseen   int  // of those, the ones that no look has shown yet
}

// A look that contradicts the last one is believed when it is this old and was
// seen this often.
const (
	doubtFor   = 10 * time.Second
	doubtReads = 2
)

// skipMargin is how much of an unwanted item must be left for a skip: with less
// the player may be at the next one before it hears of it.
const skipMargin = time.Second

// doubtfulAddFor is how long after an add of unknown fate its copy is watched for.
const doubtfulAddFor = 10 * time.Minute

// Sync understands a look at the player: whose occurrences moved up, started or
// ended since the last one, and what of it was heard. It changes the state and
// journals what happened, all in tx. A look at an inactive player changes nothing
// but that.
func Sync(tx Tx, s Snapshot) (Result, error) { return understand(tx, s, true) }

// Notice is Sync for a look that somebody took for another reason. What is to be
// skipped is left to the next Sync.
func Notice(tx Tx, s Snapshot) (Result, error) { return understand(tx, s, false) }

func understand(tx Tx, s Snapshot, skips bool) (Result, error) {
	y := &syncing{tx: tx, now: s, skips: skips}
	err := y.load()
	if err == nil {
		err = y.run()
	}
	if err == nil {
		err = y.store()
	}
	if err != nil {
		return Result{}, fmt.Errorf("sync with player: %w", err)
	}
	return y.result, nil
}

// syncing is one sync under way.
type syncing struct {
	tx      Tx
	now     Snapshot
	skips   bool // whoever looked can skip
	ledger  Ledger
	open    []*Handover
	seen    map[int]*Handover // by index in the ledger's Upcoming
	unseen  []*Handover       // never seen there, in order
	surplus []Handover        // to be stored
	change  change
	result  Result
}

func (y *syncing) load() (err error) {
	if y.ledger, err = y.tx.SongLedger(); err != nil {
		return err
	}
	if y.ledger.Seen.At.After(y.tx.Now()) {
		y.ledger.Seen.At = y.now.At // the clock was put back since: nobody knows how long ago it was
	}
	open, err := y.tx.SongHandovers()
	if err != nil {
		return err
	}
	y.seen = map[int]*Handover{}
	y.change = change{was: y.ledger.Seen, now: y.now, own: make([]bool, len(y.ledger.Seen.Upcoming)), queued: y.ledger.Queued}
	for i := range open {
		h := &open[i]
		y.open = append(y.open, h)
		switch {
		case h.current():
			y.change.asked = !h.AskedAt.IsZero()
		case h.Position >= 0:
			y.seen[h.Position] = h
			y.change.own[h.Position] = true
		default:
			y.unseen = append(y.unseen, h)
			y.change.unseen = append(y.change.unseen, arrival{item: h.Track.item(), added: h.AddedAt, unwanted: h.Unwanted})
		}
	}
	return nil
}

func (y *syncing) run() error {
	if y.now.At.Before(y.ledger.Seen.At) {
		return nil // somebody looked later and was faster
	}
	if !y.now.Active {
		return y.inactive()
	}
	y.result.Back = !y.ledger.Seen.Active && !y.ledger.Seen.At.IsZero()
	s := explain(y.change)
	if s.doubtful && !y.confirmed() {
		y.result.Doubtful = true
		return nil
	}
	if err := y.end(s); err != nil {
		return err
	}
	if err := y.begin(s); err != nil {
		return err
	}
	if err := y.move(s); err != nil {
		return err
	}
	y.ledger.Seen, y.ledger.DoubtAt, y.ledger.DoubtReads = y.now, time.Time{}, 0
	return y.skip()
}

// confirmed books a doubtful look and reports whether it has become credible.
func (y *syncing) confirmed() bool {
	l := &y.ledger
	if l.DoubtReads == 0 || l.DoubtAt.After(y.now.At) {
		l.DoubtAt = y.now.At
	}
	l.DoubtReads++
	return l.DoubtReads >= doubtReads && y.now.At.Sub(l.DoubtAt) >= doubtFor
}

// inactive keeps everything for the time when the player is back. Only a track
// that had no more than this time left has ended.
func (y *syncing) inactive() error {
	seen := &y.ledger.Seen
	if cur := y.current(); cur != nil && seen.Playing && y.change.elapsed() >= seen.remaining() {
		cur.Progress = cur.Track.Duration
		if err := y.finish(leaving{h: cur, began: true}, seen.At.Add(seen.remaining())); err != nil {
			return err
		}
		seen.Current, seen.Progress = nil, 0
	}
	seen.Active, seen.Playing, seen.At = false, false, y.now.At
	return nil
}

// current is the handover that is current, nil when it is none of ours.
func (y *syncing) current() *Handover {
	i := slices.IndexFunc(y.open, func(h *Handover) bool { return h.current() })
	if i < 0 {
		return nil
	}
	return y.open[i]
}

// skip asks, once for an occurrence, that what is current be skipped. Where a
// copy of the same track that is wanted was never seen, this may be that one,
// and then it is taken for it: nobody hears the difference, and the other is
// skipped when it comes.
func (y *syncing) skip() error {
	cur := y.current()
	if cur == nil || !cur.Unwanted || !cur.AskedAt.IsZero() {
		return nil
	}
	i := slices.IndexFunc(y.open, func(h *Handover) bool {
		return !h.Unwanted && h.EndedAt.IsZero() && h.Position < 0 && !h.AddedAt.After(cur.StartedAt) && same(h.Track.item(), cur.Track.item())
	})
	if i >= 0 {
		began, progress := cur.StartedAt, cur.Progress
		cur.StartedAt, cur.Progress = time.Time{}, 0
		y.open[i].StartedAt, y.open[i].Progress = began, progress
		return y.playing(y.open[i])
	}
	if y.skips && y.now.remaining() > skipMargin {
		cur.AskedAt = y.tx.Now()
		y.result.SkipNow = true
	}
	return nil
}

func (y *syncing) store() error {
	changed := make([]Handover, len(y.open))
	for i, h := range y.open {
		changed[i] = *h
		if h.EndedAt.IsZero() {
			y.result.Open++
			if h.Position < 0 && !h.current() {
				y.result.Unseen++
			}
		}
	}
	if err := y.tx.SongPutHandovers(changed...); err != nil {
		return err
	}
	for _, h := range y.surplus {
		y.result.Open++
		if err := y.tx.SongInsertHandover(h); err != nil {
			return err
		}
		if err := y.tx.SongDoubt(h.RequestID, -1); err != nil {
			return err
		}
	}
	return y.tx.SongPutLedger(y.ledger)
}
