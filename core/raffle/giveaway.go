package raffle

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/event"
)

// Audience is who may win a giveaway.
type Audience string

// The audiences. Subscribers are told by their badge when they enter, followers
// when they are drawn: one who does not follow then is passed over.
const (
	Everybody   Audience = "everybody"
	Subscribers Audience = "subscribers"
	Followers   Audience = "followers"
)

// GiveawayState is where a giveaway stands.
type GiveawayState string

// The states. Drawn and Cancelled are over, though of a drawn one more winners
// can be drawn.
const (
	GiveawayOpen      GiveawayState = "open"   // takes entries
	GiveawayClosed    GiveawayState = "closed" // takes none, is not drawn yet
	GiveawayDrawn     GiveawayState = "drawn"
	GiveawayCancelled GiveawayState = "cancelled"
)

// Bounds of a giveaway.
const (
	MaxKeyword         = 25 // characters
	MaxGiveawayLength  = 24 * time.Hour
	MaxGiveawayEntries = 100_000
	MaxWinners         = 100 // of one draw
)

// Terms are what a giveaway is opened with.
type Terms struct {
	Keyword    string // the word that enters, in any case
	Audience   Audience
	MaxEntries int           // 0: as many as may be
	Length     time.Duration // until it closes by itself; 0: never
}

// Giveaway is one draw among the viewers who asked to be in it. At most one is
// open or closed at a time.
type Giveaway struct {
	ID         int64
	Keyword    string
	Audience   Audience
	MaxEntries int // 0: no limit but MaxGiveawayEntries
	State      GiveawayState
	OpenedAt   time.Time
	ClosesAt   time.Time // zero: by hand
	ClosedAt   time.Time
	EndedAt    time.Time // drawn or cancelled
	Entries    int
	Picks      []Pick // in the order of the draw
	Seed       Seed   // what is drawn from
}

// Pick is one that was drawn. A passed one does not win: they do not follow.
type Pick struct {
	Number  int // from 1
	Draw    int // the how-manieth draw of the giveaway, from 1
	Viewer  core.Viewer
	Passed  bool
	DrawnAt time.Time
}

// Key is the giveaway's id as events carry it.
func (g Giveaway) Key() string { return "giveaway-" + strconv.FormatInt(g.ID, 10) }

// Live reports whether the giveaway is still to be drawn.
func (g Giveaway) Live() bool { return g.State == GiveawayOpen || g.State == GiveawayClosed }

// Winners are those who were drawn and not passed over.
func (g Giveaway) Winners() (all []Pick) {
	for _, p := range g.Picks {
		if !p.Passed {
			all = append(all, p)
		}
	}
	return all
}

// Draws is how often it was drawn.
func (g Giveaway) Draws() int {
	if n := len(g.Picks); n > 0 {
		return g.Picks[n-1].Draw
	}
	return 0
}

// GiveawayTx is the slice of a transaction that giveaways need.
type GiveawayTx interface {
	ViewerPut(core.Viewer) error
	// Giveaway is the newest one, with its seed, for id 0, else the one with that
	// id; core.NotFound when there is none.
	Giveaway(id int64) (Giveaway, error)
	GiveawayInsert(Giveaway) (id int64, err error)
	// GiveawayPut writes State, ClosedAt and EndedAt.
	GiveawayPut(Giveaway) error
	// GiveawayEnter adds an entry; false when the viewer is in already.
	GiveawayEnter(id int64, viewerID string, at time.Time) (bool, error)
	// GiveawayEntries lists who is in, by user id as text.
	GiveawayEntries(id int64) ([]core.Viewer, error)
	GiveawayAddPick(id int64, p Pick) error

	RaffleSeedInsert(Seed) (int64, error)
	RaffleSeedEnd(id int64, at time.Time) error
	RaffleSeedsDue() ([]Seed, error)
	RaffleSeedReveal(id int64, at time.Time) error
	AppendEvent(event.Event) error
	Now() time.Time
}

// Keyword is the first word of a line of chat, as giveaways compare it.
func Keyword(line string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	return strings.ToLower(word)
}

// OpenGiveaway begins a giveaway and publishes the hash of what it will be drawn
// from. One that is live already is a core.Conflict.
func OpenGiveaway(tx GiveawayTx, t Terms) (Giveaway, error) {
	if err := t.check(); err != nil {
		return Giveaway{}, err
	}
	last, err := tx.Giveaway(0)
	switch {
	case err != nil && core.KindOf(err) != core.NotFound:
		return Giveaway{}, fmt.Errorf("look up giveaway: %w", err)
	case err == nil && last.Live():
		return Giveaway{}, core.Because(core.Conflict, "giveaway-live", "a giveaway is %s already: draw or cancel it first", last.State)
	}
	g := Giveaway{Keyword: Keyword(t.Keyword), Audience: t.Audience, MaxEntries: t.MaxEntries, State: GiveawayOpen, OpenedAt: tx.Now()}
	if t.Length > 0 {
		g.ClosesAt = tx.Now().Add(t.Length)
	}
	if g.ID, err = tx.GiveawayInsert(g); err != nil {
		return Giveaway{}, fmt.Errorf("open giveaway: %w", err)
	}
	g.Seed = Seed{Scope: ForGiveaway, GiveawayID: g.ID, Secret: NewSecret(), CommittedAt: tx.Now()}
	g.Seed.Hash = g.Seed.Secret.Hash()
	if g.Seed.ID, err = tx.RaffleSeedInsert(g.Seed); err != nil {
		return Giveaway{}, fmt.Errorf("keep the seed of %s: %w", g.Key(), err)
	}
	if err := tx.AppendEvent(g.Seed.committed()); err != nil {
		return Giveaway{}, err
	}
	return g, tx.AppendEvent(event.GiveawayOpened{
		GiveawayID: g.Key(), Keyword: g.Keyword, Audience: string(g.Audience), MaxEntries: g.MaxEntries, ClosesAt: g.ClosesAt, Hash: g.Seed.Hash,
	})
}

func (t Terms) check() error {
	word := strings.TrimSpace(t.Keyword)
	switch {
	case word == "" || utf8.RuneCountInString(word) > MaxKeyword || strings.ContainsFunc(word, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }):
		return core.Because(core.Invalid, "keyword", "a keyword is one word of at most %d characters", MaxKeyword)
	case t.Audience != Everybody && t.Audience != Subscribers && t.Audience != Followers:
		return core.Because(core.Invalid, "audience", "%q is no audience: say everybody, subscribers or followers", t.Audience)
	case t.MaxEntries < 0 || t.MaxEntries > MaxGiveawayEntries:
		return core.Because(core.Invalid, "max-entries", "a giveaway takes 1 to %d entries", MaxGiveawayEntries)
	case t.Length < 0 || t.Length > MaxGiveawayLength:
		return core.Because(core.Invalid, "minutes", "a giveaway closes by itself after at most %d minutes", int(MaxGiveawayLength.Minutes()))
	}
	return nil
}

// EnterGiveaway takes the entry of whoever wrote a line of chat with the
// keyword, once each. What may not enter does nothing, and so does a line that
// is no entry or came too late.
func EnterGiveaway(tx GiveawayTx, l chat.Line) error {
	g, err := tx.Giveaway(0)
	if core.KindOf(err) == core.NotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look up giveaway: %w", err)
	}
	late := !g.ClosesAt.IsZero() && !l.At.Before(g.ClosesAt)
	unfit := l.Is(chat.Broadcaster) || g.Audience == Subscribers && !l.Is(chat.Subscriber)
	if g.State != GiveawayOpen || Keyword(l.Text) != g.Keyword || late || unfit || g.Entries >= g.most() {
		return nil
	}
	if err := tx.ViewerPut(l.Chatter); err != nil {
		return err
	}
	fresh, err := tx.GiveawayEnter(g.ID, l.Chatter.ID, tx.Now())
	if err != nil || !fresh {
		return err
	}
	g.Entries++
	if err := tx.AppendEvent(event.GiveawayEntered{GiveawayID: g.Key(), Viewer: l.Chatter, Entries: g.Entries}); err != nil {
		return err
	}
	if g.Entries < g.most() {
		return nil
	}
	_, err = CloseGiveaway(tx, g)
	return err
}

func (g Giveaway) most() int {
	if g.MaxEntries > 0 {
		return g.MaxEntries
	}
	return MaxGiveawayEntries
}

// CloseGiveaway ends the entries of an open giveaway; of another it does nothing.
func CloseGiveaway(tx GiveawayTx, g Giveaway) (Giveaway, error) {
	if g.State != GiveawayOpen {
		return g, nil
	}
	g.State, g.ClosedAt = GiveawayClosed, tx.Now()
	if err := tx.GiveawayPut(g); err != nil {
		return g, fmt.Errorf("close %s: %w", g.Key(), err)
	}
	return g, tx.AppendEvent(event.GiveawayClosed{GiveawayID: g.Key(), Entries: g.Entries})
}

// CancelGiveaway ends a live giveaway without a winner, and reveals its seed.
func CancelGiveaway(tx GiveawayTx, g Giveaway) (Giveaway, error) {
	if !g.Live() {
		return g, core.Because(core.Conflict, "giveaway-over", "%s is %s", g.Key(), g.State)
	}
	g, err := endGiveaway(tx, g, GiveawayCancelled)
	if err != nil {
		return g, err
	}
	return g, tx.AppendEvent(event.GiveawayCancelled{GiveawayID: g.Key()})
}

func endGiveaway(tx GiveawayTx, g Giveaway, state GiveawayState) (Giveaway, error) {
	if g.ClosedAt.IsZero() {
		g.ClosedAt = tx.Now()
	}
	g.State, g.EndedAt = state, tx.Now()
	if err := tx.GiveawayPut(g); err != nil {
		return g, fmt.Errorf("end %s: %w", g.Key(), err)
	}
	if err := tx.RaffleSeedEnd(g.Seed.ID, tx.Now()); err != nil {
		return g, fmt.Errorf("end the seed of %s: %w", g.Key(), err)
	}
	if err := reveal(tx); err != nil {
		return g, err
	}
	g.Seed.EndedAt, g.Seed.RevealedAt = tx.Now(), tx.Now()
	return g, nil
}

// Order yields who is drawn next, and next after that, from the entries that
// were not drawn before. It is a promise like Secret.Number: the pick with
// number k is, of those left in the order of their user ids as text, the one at
//
//	Number("winner", "giveaway-" id "." k, how many are left)
func (g Giveaway) Order(entries []core.Viewer) iter.Seq[Pick] {
	left := slices.SortedFunc(slices.Values(entries), func(a, b core.Viewer) int { return strings.Compare(a.ID, b.ID) })
	for _, p := range g.Picks {
		left = slices.DeleteFunc(left, func(v core.Viewer) bool { return v.ID == p.Viewer.ID })
	}
	return func(yield func(Pick) bool) {
		for k := len(g.Picks) + 1; len(left) > 0; k++ {
			at := g.Seed.Secret.Number(labelWinner, g.Key()+"."+strconv.Itoa(k), len(left)) - 1
			v := left[at]
			left = slices.Delete(left, at, at+1)
			if !yield(Pick{Number: k, Viewer: v}) {
				return
			}
		}
	}
}

// labelWinner is what the numbers of a giveaway are for.
const labelWinner = "winner"

// EntriesHash is how the journal pins down who was in a draw: the SHA-256 of the
// user ids in the order of the draw, a line each.
func EntriesHash(entries []core.Viewer) string {
	ids := make([]string, 0, len(entries))
	for _, v := range entries {
		ids = append(ids, v.ID+"\n")
	}
	slices.Sort(ids)
	sum := sha256.Sum256([]byte(strings.Join(ids, "")))
	return hex.EncodeToString(sum[:])
}

// DrawGiveaway draws n winners: the first ones of a giveaway that is closed, or
// more of one that was drawn. Of whom is drawn passed says who does not win.
func DrawGiveaway(tx GiveawayTx, g Giveaway, n int, passed func(core.Viewer) bool) (Giveaway, error) {
	if g.State != GiveawayClosed && g.State != GiveawayDrawn {
		return g, core.Because(core.Conflict, "giveaway-state", "%s is %s: it cannot be drawn", g.Key(), g.State)
	}
	entries, err := tx.GiveawayEntries(g.ID)
	if err != nil {
		return g, fmt.Errorf("read the entries of %s: %w", g.Key(), err)
	}
	draw := g.Draws() + 1
	drawn := event.GiveawayDrawn{GiveawayID: g.Key(), Entries: len(entries), EntriesHash: EntriesHash(entries)}
	for p := range g.Order(entries) {
		p.Draw, p.Passed, p.DrawnAt = draw, passed(p.Viewer), tx.Now()
		if err := tx.GiveawayAddPick(g.ID, p); err != nil {
			return g, fmt.Errorf("keep pick %d of %s: %w", p.Number, g.Key(), err)
		}
		g.Picks = append(g.Picks, p)
		if !p.Passed {
			drawn.Winners = append(drawn.Winners, p.Viewer)
		}
		if len(drawn.Winners) == n {
			break
		}
	}
	if len(drawn.Winners) == 0 {
		return g, core.Because(core.Conflict, "no-entries", "nobody is left in %s who could win", g.Key())
	}
	if g.State == GiveawayClosed {
		if g, err = endGiveaway(tx, g, GiveawayDrawn); err != nil {
			return g, err
		}
	}
	return g, tx.AppendEvent(drawn)
}
