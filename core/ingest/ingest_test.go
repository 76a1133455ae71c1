package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/event"
	"sidestage/core/ingest"
	"sidestage/core/saga"
	"sidestage/core/twitch"
	"sidestage/core/workflow"
	"sidestage/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	channel    = "1337"
	songReward = "92af127c-7326-4483-a52b-b0da0be61c01"
)

// door is an Ingest on a real database; sagas are stored and not run.
type door struct {
	t      *testing.T
	db     *storage.DB
	in     *ingest.Ingest
	broken atomic.Bool // starting a saga fails
	sent   string      // id of a line that the desk sent
}

// Start implements ingest.Engine.
func (d *door) Start(tx workflow.Tx, kind, id string, at time.Time, _ any) (saga.Saga, bool, error) {
	if d.broken.Load() {
		return saga.Saga{}, false, errors.New("no room")
	}
	s := saga.Saga{ID: id, Kind: kind, Version: 1, State: saga.Running, Params: []byte("{}"), OrderedAt: at, CreatedAt: at, UpdatedAt: at}
	fresh, err := tx.SagaInsert(s)
	return s, fresh, err
}

func open(t *testing.T) *door {
	t.Helper()
	db, err := storage.Open(t.Context(), t.TempDir(), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &door{t: t, db: db}
	d.in = ingest.New(ingest.Config{
		Store:       storage.In(db, func(tx *storage.Tx) ingest.Tx { return tx }),
		Engine:      d,
		Rewards:     func() ingest.Rewards { return ingest.Rewards{Song: songReward, Raffle: "raffle"} },
		Broadcaster: func() string { return channel },
		Commands:    []string{"song", "queue"},
		Ours:        func(l chat.Line) bool { return l.ID == d.sent },
		Log:         slog.New(slog.DiscardHandler),
	})
	return d
}

func (d *door) take(frame string) {
	d.t.Helper()
	m, err := twitch.DecodeMessage([]byte(frame))
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.in.Notification(d.t.Context(), m); err != nil {
		d.t.Fatal(err)
	}
}

func (d *door) tally() (t storage.Tally, sagas int) {
	d.t.Helper()
	err := d.db.View(d.t.Context(), func(tx *storage.Tx) (err error) {
		if sagas, err = tx.SagasUnsettled(); err != nil {
			return err
		}
		t, err = tx.Tally()
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return t, sagas
}

func redemption(message, id, reward, broadcaster string) string {
	return fmt.Sprintf(`{"metadata":{"message_id":%q,"message_type":"notification","message_timestamp":"2026-11-24T04:36:29Z",
		"subscription_type":"channel.channel_points_custom_reward_redemption.add","subscription_version":"1"},
		"payload":{"subscription":{"status":"enabled","type":"channel.channel_points_custom_reward_redemption.add"},
		"event":{"broadcaster_user_id":%q,"id":%q,"user_id":"9001","user_login":"luna","user_name":"Luna","user_input":"x",
		"status":"unfulfilled","redeemed_at":"2026-11-24T04:36:29Z","reward":{"id":%q,"cost":500,"title":"t"}}}}`, message, broadcaster, id, reward)
}

func chatLine(message, id, text, chatter, extra string) string {
	return fmt.Sprintf(`{"metadata":{"message_id":%q,"message_type":"notification","message_timestamp":"2026-11-24T04:36:29Z",
		"subscription_type":"channel.chat.message","subscription_version":"1"},
		"payload":{"subscription":{"status":"enabled","type":"channel.chat.message"},
		"event":{"broadcaster_user_id":"1337","chatter_user_id":%q,"chatter_user_login":"luna","chatter_user_name":"Luna",
		"message_id":%q,"message":{"text":%q}%s}}}`, message, chatter, id, text, extra)
}

func TestARepeatUnderTheSameOrAnotherMessageIDChangesNothing(t *testing.T) {
	d := open(t)
	d.take(redemption("m1", "r1", songReward, channel))
	d.take(redemption("m1", "r1", songReward, channel))
	d.take(redemption("m2", "r1", songReward, channel))
	fresh, err := d.in.Redemption(t.Context(), core.Redemption{ID: "r1", RewardID: songReward, Viewer: core.Viewer{ID: "9001"}, RedeemedAt: time.Now()})
	if err != nil || fresh {
		t.Errorf("a listed redemption that is known: fresh %v, %v", fresh, err)
	}
	got, sagas := d.tally()
	if got.Received != 1 || sagas != 1 || got.DuplicatesIgnored != 2 {
		t.Errorf("%+v, %d sagas", got, sagas)
	}
}

func TestForeignRewardsAndChannelsAreNoneOfOurBusiness(t *testing.T) {
	d := open(t)
	d.take(redemption("m1", "r1", "somebody-elses", channel))
	d.take(redemption("m2", "r2", songReward, "99999"))
	if got, sagas := d.tally(); got.Received != 0 || sagas != 0 {
		t.Errorf("%+v, %d sagas", got, sagas)
	}
}

func TestOnlyCommandsOfViewersStartAnAnswer(t *testing.T) {
	d := open(t)
	d.take(chatLine("m1", "c1", "hello !song", "9001", ""))
	d.take(chatLine("m2", "c2", "!unknown", "9001", ""))
	d.take(chatLine("m4", "c4", "!song", "9001", `,"channel_points_custom_reward_id":"x"`))
	d.take(chatLine("m5", "c5", "!song", "9001", `,"source_broadcaster_user_id":"77"`))
	if _, sagas := d.tally(); sagas != 0 {
		t.Errorf("%d sagas", sagas)
	}
	d.take(chatLine("m6", "c6", "!SONG please", "9001", ""))
	d.take(chatLine("m7", "c6", "!SONG please", "9001", ""))
	if _, sagas := d.tally(); sagas != 1 {
		t.Errorf("%d sagas", sagas)
	}
}

func TestALineIsHandledOnceWhicheverWayItCame(t *testing.T) {
	d := open(t)
	line := chat.Line{ID: "c1", Chatter: core.Viewer{ID: "9001", Login: "luna", Name: "Luna"}, Text: "!song", At: time.Now()}
	if err := d.in.Chat(t.Context(), line); err != nil { // by IRC
		t.Fatal(err)
	}
	d.take(chatLine("m1", "c1", "!song", "9001", ""))
	if _, sagas := d.tally(); sagas != 1 {
		t.Errorf("%d sagas", sagas)
	}
}

func TestTheStreamerMayCommandAndTheDeskMayNot(t *testing.T) {
	d := open(t)
	d.sent = "c1"
	d.take(chatLine("m1", "c1", "!song", channel, ""))
	if _, sagas := d.tally(); sagas != 0 {
		t.Errorf("our own line started %d sagas", sagas)
	}
	d.take(chatLine("m2", "c2", "!song", channel, ""))
	if _, sagas := d.tally(); sagas != 1 {
		t.Errorf("the streamer's line started %d sagas", sagas)
	}
}

func TestNewsOfTheChannelIsJournalledOnce(t *testing.T) {
	d := open(t)
	raid := func(message, to string) string {
		return fmt.Sprintf(`{"metadata":{"message_id":%q,"message_type":"notification","message_timestamp":"2026-11-24T04:36:29Z"},
			"payload":{"subscription":{"status":"enabled","type":"channel.raid"},"event":{"from_broadcaster_user_id":"9001",
			"from_broadcaster_user_login":"luna","from_broadcaster_user_name":"Luna","to_broadcaster_user_id":%q,"viewers":42}}}`, message, to)
	}
	cheer := func(message string) string {
		return fmt.Sprintf(`{"metadata":{"message_id":%q,"message_type":"notification","message_timestamp":"2026-11-24T04:36:29Z"},
			"payload":{"subscription":{"status":"enabled","type":"channel.cheer"},"event":{"broadcaster_user_id":"1337",
			"user_id":"9001","user_login":"luna","user_name":"Luna","bits":100,"message":"hi"}}}`, message)
	}
	for _, m := range []string{"m1", "m1", "m2"} { // a repeat under the same and under another id
		d.take(raid(m, channel))
	}
	d.take(raid("m3", "99999"))
	for _, m := range []string{"m4", "m4", "m5"} { // two cheers may be alike
		d.take(cheer(m))
	}
	d.take(`{"metadata":{"message_id":"m6","message_type":"revocation","subscription_type":"stream.online"},
		"payload":{"subscription":{"status":"user_removed","type":"stream.online"}}}`)
	d.take(`{"metadata":{"message_id":"m7","message_type":"notification"},"payload":{"subscription":{"status":"enabled","type":"moon.landed"},"event":{}}}`)
	d.take(chatLine("m8", "c1", "hello", "9001", ""))
	var got []event.Event
	err := d.db.View(t.Context(), func(tx *storage.Tx) error {
		records, err := tx.EventsAfter(0, 100)
		for _, r := range records {
			e, decodeErr := event.Decode(r)
			got, err = append(got, e), errors.Join(err, decodeErr)
		}
		return err
	})
	luna := core.Viewer{ID: "9001", Login: "luna", Name: "Luna"}
	want := []event.Event{
		event.RaidReceived{From: luna, Viewers: 42},
		event.ViewerCheered{Viewer: luna, Bits: 100, Text: "hi"}, event.ViewerCheered{Viewer: luna, Bits: 100, Text: "hi"},
		event.EventSubRevoked{Subscription: "stream.online", Status: "user_removed"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestWhatCannotBeWorkedOnIsTriedAgainAndAtLastSetAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		d.broken.Store(true)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.in.Run(ctx) }()
		d.take(redemption("m1", "r1", songReward, channel))
		d.take(redemption("m2", "r2", songReward, channel))
		if got, _ := d.tally(); got.Received != 0 {
			t.Errorf("half of a message was kept: %+v", got)
		}
		time.Sleep(time.Minute)
		d.broken.Store(false)
		time.Sleep(3 * time.Minute)
		if got, sagas := d.tally(); got.Received != 2 || sagas != 2 {
			t.Errorf("%+v, %d sagas", got, sagas)
		}
		d.broken.Store(true)
		d.take(chatLine("m4", "c4", "!song", "9001", ""))
		d.broken.Store(false)
		time.Sleep(3 * time.Minute)
		if _, sagas := d.tally(); sagas != 3 {
			t.Errorf("%d sagas after a command's second attempt", sagas)
		}
		d.broken.Store(true)
		d.take(redemption("m3", "r3", songReward, channel))
		time.Sleep(24 * time.Hour)
		err := d.db.View(t.Context(), func(tx *storage.Tx) error {
			due, err := tx.ReceiptsDue(time.Now().Add(24*time.Hour), 10)
			if len(due) != 0 {
				t.Errorf("still tried: %+v", due)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestRecordedFramesAreTakenInWithoutHarm(t *testing.T) {
	files, err := filepath.Glob("../../../shared/frames/*notification_*.json")
	if err != nil || len(files) == 0 {
		if os.Getenv("SIDESTAGE_REQUIRE_ALL") == "1" {
			t.Fatal("the recorded frames in ../shared/frames are absent")
		}
		t.Skip("the recorded frames in ../shared/frames are absent")
	}
	d := open(t)
	for _, file := range files {
		frame, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d.take(string(frame))
	}
	want := 0
	for _, file := range files {
		if strings.Contains(file, "redemption_add") {
			want++
		}
	}
	if got, _ := d.tally(); got.Received != want {
		t.Errorf("received %d redemptions, want %d", got.Received, want)
	}
}
