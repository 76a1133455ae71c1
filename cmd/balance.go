package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sidestage/core"
	"sidestage/storage"
)

// summary is how a demo ended: what the desk's database says, and what the
// simulator's books say, each read only from its own side.
type summary struct {
	Redemptions struct {
		Received      int `json:"received"`
		Fulfilled     int `json:"fulfilled"`
		Refunded      int `json:"refunded"`
		Open          int `json:"open"`
		NeedsDecision int `json:"needsDecision"`
	} `json:"redemptions"`
	Simulator struct {
		Taken       int `json:"taken"`
		Fulfilled   int `json:"fulfilled"`
		Cancelled   int `json:"cancelled"`
		Unfulfilled int `json:"unfulfilled"`
		Queued      int `json:"queued"`
	} `json:"simulator"`
	TracksPlayed      int `json:"tracksPlayed"`
	Rolls             int `json:"rolls"`
	ChatReplies       int `json:"chatReplies"`
	DuplicatesIgnored int `json:"duplicatesIgnored"`
	Sagas             struct {
		P50 int64 `json:"p50Ms"`
		P99 int64 `json:"p99Ms"`
	} `json:"sagas"`

	differences []string
}

func (d *demo) summary(ctx context.Context) (s summary, err error) {
	var tally storage.Tally
	var times []time.Duration
	var ours []core.Redemption
	err = d.desk.Store().View(ctx, func(tx *storage.Tx) (err error) {
		if tally, err = tx.Tally(); err != nil {
			return err
		}
		if times, err = tx.SagaWorkTimes(); err != nil {
			return err
		}
		ours, err = tx.Redemptions()
		return err
	})
	if err != nil {
		return s, err
	}
	s.Redemptions.Received, s.Redemptions.Fulfilled, s.Redemptions.Refunded = tally.Received, tally.Fulfilled, tally.Refunded
	s.Redemptions.Open, s.Redemptions.NeedsDecision = tally.Open, tally.NeedsDecision
	s.TracksPlayed, s.Rolls, s.ChatReplies, s.DuplicatesIgnored = tally.TracksPlayed, tally.Rolls, tally.ChatReplies, tally.DuplicatesIgnored
	s.Sagas.P50, s.Sagas.P99 = percentile(times, 50), percentile(times, 99)
	books := d.sim.Books()
	s.Simulator.Taken, s.Simulator.Fulfilled, s.Simulator.Cancelled = books.Taken, books.Fulfilled, books.Cancelled
	s.Simulator.Unfulfilled, s.Simulator.Queued = books.Unfulfilled, books.Queued
	s.differences = d.compare(ours)
	return s, nil
}

// percentile of sorted times, in milliseconds.
func percentile(times []time.Duration, p int) int64 {
	if len(times) == 0 {
		return 0
	}
	return times[(len(times)-1)*p/100].Milliseconds()
}

// compare names every redemption in which the two sides differ.
func (d *demo) compare(ours []core.Redemption) []string {
	books := map[string]string{}
	for _, e := range d.sim.Redemptions() {
		books[e.ID] = strings.ToLower(e.Status)
	}
	var differ []string
	for _, r := range ours {
		theirs, ok := books[r.ID]
		switch {
		case !ok:
			differ = append(differ, fmt.Sprintf("%s: %s here, unknown to the simulator", r.ID, r.Status))
		case theirs != string(r.Status):
			differ = append(differ, fmt.Sprintf("%s: %s here, %s in the simulator's books", r.ID, r.Status, theirs))
		}
		delete(books, r.ID)
	}
	for id, status := range books {
		differ = append(differ, fmt.Sprintf("%s: unknown here, %s in the simulator's books", id, status))
	}
	slices.Sort(differ)
	return differ
}

// conclude prints how it ended.
func (d *demo) conclude(s summary) error {
	if err := d.f.print(s, s.text); err != nil {
		return err
	}
	if len(s.differences) > 0 {
		return core.Because(core.Internal, "unbalanced", "the books do not balance:\n  %s", strings.Join(s.differences, "\n  "))
	}
	return nil
}

func (s summary) text(b *strings.Builder) {
	r, m := s.Redemptions, s.Simulator
	fmt.Fprintf(b, "\n                   desk  simulator\n")
	fmt.Fprintf(b, "  redemptions    %6d  %9d\n", r.Received, m.Taken)
	fmt.Fprintf(b, "  fulfilled      %6d  %9d\n", r.Fulfilled, m.Fulfilled)
	fmt.Fprintf(b, "  refunded       %6d  %9d\n", r.Refunded, m.Cancelled)
	fmt.Fprintf(b, "  open           %6d  %9d\n", r.Open+r.NeedsDecision, m.Unfulfilled)
	fmt.Fprintf(b, "\n  %s heard, %s, %s in chat, %s ignored\n",
		plural(s.TracksPlayed, "song"), plural(s.Rolls, "roll"), plural(s.ChatReplies, "answer"), plural(s.DuplicatesIgnored, "duplicate"))
	if r.NeedsDecision > 0 {
		fmt.Fprintf(b, "  %d need a decision: sidestage saga list --state needs-decision\n", r.NeedsDecision)
	}
	if len(s.differences) == 0 {
		fmt.Fprintf(b, "  The points balance.\n")
	}
}
