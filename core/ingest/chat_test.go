package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/ingest"
)

// noStore is a database that must not be used.
type noStore struct{}

var errUsed = errors.New("the database was used")

func (noStore) Update(context.Context, func(ingest.Tx) error) error { return errUsed }
func (noStore) View(context.Context, func(ingest.Tx) error) error   { return errUsed }

// talk is an Ingest without a database, and the room it fills.
func talk() (*ingest.Ingest, *chat.Room) {
	room := new(chat.Room)
	return ingest.New(ingest.Config{
		Store: noStore{}, Commands: commands(), Heard: room.Heard,
		Broadcaster: func() string { return channel }, Log: slog.New(slog.DiscardHandler),
	}), room
}

// idle is one of the thousands of lines that ask for nothing.
func idle(i int) chat.Line {
	login := fmt.Sprint("viewer", i%5000)
	return chat.Line{
		ID: fmt.Sprint("m", i), Chatter: core.Viewer{ID: login, Login: login, Name: login}, At: time.Unix(int64(i), 0),
		Text: "this song is stuck in my head since yesterday, what is it called?",
	}
}

func TestLinesThatAskForNothingCostNoDatabase(t *testing.T) {
	in, room := talk()
	for i := range 20_000 {
		if err := in.Chat(t.Context(), idle(i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(room.People()); n != 5000 {
		t.Errorf("%d people are here", n)
	}
}

// BenchmarkIdleChat takes in lines that ask for nothing. A thousand a second is
// what it has to bear; memory is what is left of a million lines.
func BenchmarkIdleChat(b *testing.B) {
	in, room := talk()
	lines := make([]chat.Line, 10_000)
	for i := range lines {
		lines[i] = idle(i)
	}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		if err := in.Chat(b.Context(), lines[n%len(lines)]); err != nil {
			b.Fatal(err)
		}
		n++
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "lines/s")
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-heap")
	runtime.KeepAlive(room)
}
