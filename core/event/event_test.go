package event_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/event"
)

func TestEveryTypeDecodesToItself(t *testing.T) {
	for _, typ := range event.Types() {
		e, err := event.Decode(event.Record{Type: typ, Version: 1, Data: json.RawMessage(`{}`)})
		if err != nil || e.Type() != typ {
			t.Errorf("%s decodes to %T (%v)", typ, e, err)
		}
	}
}

func TestRecordRoundTrip(t *testing.T) {
	want := event.RaffleRolled{RollID: "r1", Viewer: core.Viewer{ID: "7", Login: "kai", Name: "Kai"}, Roll: 4211, WinningNumber: 4207, Distance: 4, Record: true}
	r, err := event.Encode(time.UnixMilli(1), want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := event.Decode(r)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(event.Event(want), got); d != "" {
		t.Error(d)
	}
	if r.Subject != "r1" {
		t.Errorf("subject %q", r.Subject)
	}
}

func TestUnknownTypesAreKeptAndBrokenOnesAreErrors(t *testing.T) {
	r := event.Record{Seq: 9, Type: "moon.landed", Version: 1, Data: json.RawMessage(`{"x":1}`)}
	e, err := event.Decode(r)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(event.Event(event.Unknown{Record: r}), e); d != "" {
		t.Error(d)
	}
	if _, err := event.Decode(event.Record{Type: "raffle.rolled", Version: 1, Data: json.RawMessage(`[`)}); err == nil {
		t.Error("broken data decodes")
	}
}
