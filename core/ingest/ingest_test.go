package ingest_test

import (
	"context"
	"encoding/json"
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
	"sidestage/core/testenv"
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
func (d *door) Start(tx workflow.Tx, kind, id string, at time.Time, params any) (saga.Saga, bool, error) {
	if d.broken.Load() {
		return saga.Saga{}, false, errors.New("no room")
	}
	text, err := json.Marshal(params)
	if err != nil {
		return saga.Saga{}, false, err
	}
	s := saga.Saga{ID: id, Kind: kind, Version: 1, State: saga.Running, Params: text, OrderedAt: at, CreatedAt: at, UpdatedAt: at}
	fresh, err := tx.SagaInsert(s)
	return s, fresh, err
}

func open(t *testing.T) *door { t.Helper(); return openWith(t, ingest.CatchUp{}) }

func openWith(t *testing.T, policy ingest.CatchUp) *door {
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
		Commands:    commands(),
		Ours:        func(l chat.Line) bool { return l.ID == d.sent },
		CatchUp:     policy,
		Log:         slog.New(slog.DiscardHandler),
	})
	return d
}

// commands are the built-in ones, answered as often as they are asked.
func commands() *chat.Dispatch {
	uses := map[string]chat.Use{}
	for _, b := range chat.Builtins() {
		uses[b.Name] = chat.Use{Enabled: true, Role: b.Use.Role}
	}
	d := &chat.Dispatch{}
	d.Configure(true, uses)
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
	caught, err := d.in.CatchUp(t.Context(), []core.Redemption{{ID: "r1", RewardID: songReward, Viewer: core.Viewer{ID: "9001"}, RedeemedAt: time.Now()}})
	if err != nil || caught != (ingest.Caught{}) {
		t.Errorf("a listed redemption that is known: %+v, %v", caught, err)
	}
	got, sagas := d.tally()
	if got.Received != 1 || sagas != 1 || got.DuplicatesIgnored != 2 {
		t.Errorf("%+v, %d sagas", got, sagas)
	}
}

// update is the message that a redemption was settled.
func update(message, id, status string) string {
	m := strings.ReplaceAll(redemption(message, id, songReward, channel), "redemption.add", "redemption.update")
	return strings.Replace(m, `"status":"unfulfilled"`, `"status":"`+status+`"`, 1)
}

func (d *door) status(id string) (s core.Status) {
	d.t.Helper()
	err := d.db.View(d.t.Context(), func(tx *storage.Tx) (err error) { s, err = tx.RedemptionStatus(id); return err })
	if err != nil {
		d.t.Error(err)
	}
	return s
}

func (d *door) step(id, name string, state saga.StepState) {
	d.t.Helper()
	err := d.db.Update(d.t.Context(), func(tx *storage.Tx) error {
		return tx.SagaPutStep(saga.Step{SagaID: id, Seq: 1, Name: name, State: state, StartedAt: tx.Now()})
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func TestASettlementByAnotherIsRecordedAndOneOfOursIsAConfirmation(t *testing.T) {
	d := open(t)
	for i, c := range []struct {
		step  string
		state saga.StepState
		told  string
		want  core.Status
	}{
		{"turn", saga.StepStarted, "canceled", core.Canceled},
		{"turn", saga.StepStarted, "fulfilled", core.Fulfilled},
		{"fulfil", saga.StepStarted, "fulfilled", core.Unfulfilled}, // its saga books it
		{"fulfil", saga.StepSucceeded, "fulfilled", core.Unfulfilled},
		{"refund", saga.StepStarted, "canceled", core.Unfulfilled},
		{"fulfil", saga.StepUncertain, "fulfilled", core.Fulfilled},
		{"fulfil", saga.StepFailed, "canceled", core.Canceled},
		{"turn", saga.StepStarted, "unfulfilled", core.Unfulfilled},
		{"turn", saga.StepStarted, "of-the-future", core.Unfulfilled},
	} {
		id := fmt.Sprint("r", i)
		d.take(redemption("add"+id, id, songReward, channel))
		d.step(id, c.step, c.state)
		d.take(update("up"+id, id, c.told))
		d.take(update("again"+id, id, c.told))
		if got := d.status(id); got != c.want {
			t.Errorf("%s %s, told %s: on record %s, want %s", c.step, c.state, c.told, got, c.want)
		}
	}
}

func TestASettlementMayComeBeforeTheRedemption(t *testing.T) {
	d := open(t)
	for _, status := range []string{"canceled", "fulfilled"} {
		d.take(update("up"+status, status, status))
		d.take(redemption("add"+status, status, songReward, channel))
		if got := d.status(status); string(got) != status {
			t.Errorf("on record %s, want %s", got, status)
		}
	}
	// What was paid for is carried out, what was given back is not.
	if got, sagas := d.tally(); got.Received != 2 || sagas != 1 {
		t.Errorf("%+v, %d sagas", got, sagas)
	}
}

func TestWhatIsFoundLateFollowsThePolicy(t *testing.T) {
	young, old := time.Now().Add(-time.Minute), time.Now().Add(-2*time.Hour)
	found := []core.Redemption{{ID: "foreign", RewardID: "somebody-elses", RedeemedAt: young}}
	for i := range 5 {
		found = append(found, core.Redemption{ID: fmt.Sprint("old", i), RewardID: songReward, Viewer: core.Viewer{ID: fmt.Sprint(i), Name: fmt.Sprint("v", i)}, RedeemedAt: old.Add(-time.Duration(i) * time.Second)})
	}
	found = append(found, core.Redemption{ID: "young", RewardID: "raffle", Viewer: core.Viewer{ID: "7", Name: "kai"}, RedeemedAt: young})
	for policy, want := range map[string]ingest.Caught{
		ingest.CatchUpProcess: {Taken: 1, Refunded: 5},
		ingest.CatchUpRefund:  {Refunded: 6},
		ingest.CatchUpAsk:     {Asked: 6},
	} {
		d := openWith(t, ingest.CatchUp{Policy: policy, Age: 30 * time.Minute})
		for range 2 {
			got, err := d.in.CatchUp(t.Context(), found)
			if err != nil || got != want {
				t.Errorf("%s: %+v, want %+v (%v)", policy, got, want, err)
			}
			want = ingest.Caught{} // the second time all is known
		}
		var told, speakers int
		for _, r := range found[1:] {
			var s saga.Saga
			var p workflow.Late
			err := d.db.View(t.Context(), func(tx *storage.Tx) (err error) { s, err = tx.SagaByID(r.ID); return err })
			if err = errors.Join(err, json.Unmarshal(s.Params, &p)); err != nil || p.ID != r.ID {
				t.Fatalf("%s: %+v, %v", r.ID, p, err)
			}
			if p.Told {
				told++
			}
			if len(p.For) > 0 {
				speakers++
			}
		}
		if asked := policy == ingest.CatchUpAsk; asked != (told == 0) || asked != (speakers == 0) || speakers > 1 {
			t.Errorf("%s: %d are spoken for, by %d", policy, told, speakers)
		}
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
		event.SubscriptionRevoked{Subscription: "stream.online", Status: "user_removed"},
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
		testenv.Missing(t, "the recorded frames in ../shared/frames")
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
		if strings.Contains(file, "redemption_add") || strings.Contains(file, "redemption_update") {
			want++
		}
	}
	if got, _ := d.tally(); got.Received != want {
		t.Errorf("received %d redemptions, want %d", got.Received, want)
	}
}
