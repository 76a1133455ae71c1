package spotify_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sidestage/core"
	"sidestage/core/spotify"
)

const wholeTrack = `{
  "type":"track","id":"` + id + `","uri":"spotify:track:` + id + `","name":"Cut To The Feeling",
  "artists":[{"name":"Carly Rae Jepsen","id":"x"},{"name":"Someone Else"}],
  "album":{"name":"Cut To The Feeling","images":[
    {"url":"https://i.example/640","width":640,"height":640},
    {"url":"https://i.example/300","width":300,"height":300},
    {"url":"https://i.example/64","width":64,"height":64}]},
  "duration_ms":207959,"explicit":true,"is_local":false,"is_playable":true,
  "external_ids":{"isrc":"USUM71703861"},"disc_number":1,"popularity":63,
  "available_markets":["DE"],"something_new":{"deep":[1,2,3]}}`

func track(t *testing.T, body string) spotify.Track {
	t.Helper()
	c, _ := start(t, reply{status: 200, body: body})
	got, err := c.Track(t.Context(), id)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return got
}

func TestATrackIsReadWhole(t *testing.T) {
	yes := true
	want := spotify.Track{
		ID: id, URI: "spotify:track:" + id, Name: "Cut To The Feeling",
		Artists: []string{"Carly Rae Jepsen", "Someone Else"}, Album: "Cut To The Feeling",
		CoverURL: "https://i.example/640", Duration: 207959 * time.Millisecond, Explicit: true,
		ISRC: "USUM71703861", Playable: &yes,
	}
	if diff := cmp.Diff(want, track(t, wholeTrack)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestATrackMayLackAlmostEverything(t *testing.T) {
	want := spotify.Track{ID: "x", URI: "spotify:track:x"}
	for _, body := range []string{
		`{"id":"x"}`,
		`{"uri":"spotify:track:x"}`,
		`{"type":"track","id":"x","uri":null,"name":null,"artists":null,"album":null,"duration_ms":null,"explicit":null,"is_playable":null,"external_ids":null,"restrictions":null}`,
		`{"id":"x","artists":[null,{"name":""}],"album":{"images":[null,{"url":null,"width":null}]}}`,
		" \n" + `{"id":"x","duration_ms":-5}` + "\n",
	} {
		if diff := cmp.Diff(want, track(t, body)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", body, diff)
		}
	}
}

// A number is one in whatever form it is written.
func TestMillisecondsMayBeAFractionOrAString(t *testing.T) {
	for written, want := range map[string]time.Duration{
		`207959.0`: 207959 * time.Millisecond, `207959.6`: 207959 * time.Millisecond, `2.07959e5`: 207959 * time.Millisecond,
		`"207959"`: 207959 * time.Millisecond, `1e300`: math.MaxInt64 / time.Millisecond * time.Millisecond, `-1.5`: 0, `"NaN"`: 0, `"long"`: 0, `{}`: 0,
	} {
		if got := track(t, `{"id":"x","duration_ms":`+written+`}`); got.Duration != want {
			t.Errorf("%s: %s", written, got.Duration)
		}
		if got := player(t, reply{status: 200, body: `{"is_playing":true,"progress_ms":` + written + `}`}); got.Progress != want || !got.Playing {
			t.Errorf("%s: %+v", written, got)
		}
	}
}

func TestARestrictedTrackSaysWhy(t *testing.T) {
	got := track(t, `{"id":"x","is_playable":false,"restrictions":{"reason":"market"}}`)
	if got.Playable == nil || *got.Playable || got.Restriction != "market" {
		t.Errorf("%+v", got)
	}
}

func TestARelinkedTrackKeepsTheIDItCameWith(t *testing.T) {
	c, _ := start(t, reply{status: 200, body: `{"id":"` + other + `","uri":"spotify:track:` + other + `","linked_from":{"id":"` + id + `"}}`})
	got, err := c.Track(t.Context(), id)
	if err != nil || got.ID != other || got.URI != "spotify:track:"+other {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTheCoverIsTheBestBetween300And640(t *testing.T) {
	for images, want := range map[string]string{
		`[]`: "",
		`[{"url":"a","width":640},{"url":"b","width":300},{"url":"c","width":64}]`:    "a",
		`[{"url":"c","width":64},{"url":"b","width":300}]`:                            "b",
		`[{"url":"a","width":2000},{"url":"b","width":1000},{"url":"c","width":640}]`: "c",
		`[{"url":"a","width":2000},{"url":"b","width":1000},{"url":"c","width":64}]`:  "b",
		`[{"url":"c","width":64},{"url":"b","width":160}]`:                            "b",
		`[{"url":"a","width":null},{"url":"b","width":null}]`:                         "a",
		`[{"url":"","width":640},{"url":"b","width":64}]`:                             "b",
	} {
		if got := track(t, `{"id":"x","album":{"images":`+images+`}}`).CoverURL; got != want {
			t.Errorf("%s: %q, want %q", images, got, want)
		}
	}
}

func TestMe(t *testing.T) {
	c, _ := start(t,
		reply{status: 200, body: `{"id":"smedjan","account_id":"acc","display_name":"S","product":"premium","type":"user"}`},
		reply{status: 200, body: `{"id":"smedjan","display_name":null}`})
	for _, want := range []spotify.User{{ID: "smedjan", AccountID: "acc", DisplayName: "S", Product: "premium"}, {ID: "smedjan"}} {
		got, err := c.Me(t.Context())
		if err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func player(t *testing.T, r reply) spotify.Player {
	t.Helper()
	c, _ := start(t, r)
	before := time.Now()
	p, err := c.Player(t.Context())
	if err != nil {
		t.Fatalf("%d %q: %v", r.status, r.body, err)
	}
	if p.At.Before(before) || p.At.After(time.Now()) {
		t.Errorf("At = %v, not the time of the answer", p.At)
	}
	return p
}

var noTime = cmpopts.IgnoreFields(spotify.Player{}, "At")

func TestThePlayerIsReadWhole(t *testing.T) {
	body := `{"device":{"id":"d1","is_active":true,"is_private_session":true,"is_restricted":true,"name":"Kitchen","type":"speaker","volume_percent":59,"supports_volume":true},
	  "repeat_state":"off","shuffle_state":false,"context":{"type":"playlist"},"timestamp":1490252122574,"progress_ms":44272,"is_playing":true,
	  "item":` + wholeTrack + `,"currently_playing_type":"track","actions":{"disallows":{"resuming":true,"skipping_next":true}},"smart_shuffle":false}`
	want := spotify.Player{
		Active: true, Playing: true, ItemKind: "track", Progress: 44272 * time.Millisecond,
		Item: &spotify.Item{
			Kind: "track", ID: id, URI: "spotify:track:" + id, Name: "Cut To The Feeling",
			Artists: []string{"Carly Rae Jepsen", "Someone Else"}, Album: "Cut To The Feeling",
			CoverURL: "https://i.example/640", Duration: 207959 * time.Millisecond, ISRC: "USUM71703861",
		},
		Device:    spotify.Device{ID: "d1", Name: "Kitchen", Type: "speaker", Active: true, Private: true, Restricted: true},
		Disallows: spotify.Disallows{SkippingNext: true},
	}
	if diff := cmp.Diff(want, player(t, reply{status: 200, body: body}), noTime); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAPlayerThatIsNowhereActiveIsNoError(t *testing.T) {
	for _, r := range []reply{{status: 204}, {status: 200}, {status: 202}, {status: 200, body: " \n"}, {status: 200, body: "null"}, {status: 200, body: "{}"}} {
		if diff := cmp.Diff(spotify.Player{}, player(t, r), noTime); diff != "" {
			t.Errorf("%d %q: -want +got:\n%s", r.status, r.body, diff)
		}
	}
}

func TestAPlayerMayHaveNoItem(t *testing.T) {
	for body, want := range map[string]spotify.Player{
		`{"is_playing":true,"item":null,"currently_playing_type":"ad","progress_ms":null,"device":{"id":null,"name":"Phone"},"actions":{"disallows":{"skipping_next":true}}}`: {Active: true, Playing: true, ItemKind: "ad", Device: spotify.Device{Name: "Phone"}, Disallows: spotify.Disallows{SkippingNext: true}},
		`{"is_playing":false,"item":null,"currently_playing_type":"unknown","device":null,"actions":null}`:                                                                    {ItemKind: "unknown"},
		`{"is_playing":false,"device":{"name":"TV","is_active":true},"actions":{"disallows":null}}`:                                                                           {Active: true, Device: spotify.Device{Name: "TV", Active: true}},
		// The published description has the fields right in actions.
		`{"is_playing":true,"actions":{"skipping_next":true}}`: {Active: true, Playing: true, Disallows: spotify.Disallows{SkippingNext: true}},
	} {
		if diff := cmp.Diff(want, player(t, reply{status: 200, body: body}), noTime); diff != "" {
			t.Errorf("%s: -want +got:\n%s", body, diff)
		}
	}
}

// odd are items that are no ordinary track, each with what becomes of it.
var odd = []struct {
	json string
	want spotify.Item
}{
	{`{"type":"episode","id":"e1","uri":"spotify:episode:e1","name":"Part 1","duration_ms":1000,"images":[{"url":"ep","width":640}],"show":{"name":"A Show","images":[{"url":"show","width":300}]}}`,
		spotify.Item{Kind: "episode", ID: "e1", URI: "spotify:episode:e1", Name: "Part 1", Album: "A Show", CoverURL: "ep", Duration: time.Second}},
	{`{"type":"episode","id":"e1","show":{"images":[{"url":"show","width":300}]}}`,
		spotify.Item{Kind: "episode", ID: "e1", URI: "spotify:episode:e1", CoverURL: "show"}},
	{`{"type":"track","id":null,"uri":"spotify:local:Some+Body:Album:Song:200","name":"Song","is_local":true,"artists":[{"name":"Some Body"}],"album":{"name":"Album"},"duration_ms":200000}`,
		spotify.Item{Kind: "local", URI: "spotify:local:Some+Body:Album:Song:200", Name: "Song", Artists: []string{"Some Body"}, Album: "Album", Duration: 200 * time.Second}},
	{`{"type":"track","id":"","uri":"spotify:local:::Song:200"}`, spotify.Item{Kind: "local", URI: "spotify:local:::Song:200"}},
	{`{"type":"ad","uri":"spotify:ad:1","name":"Advertisement"}`, spotify.Item{Kind: "ad", URI: "spotify:ad:1", Name: "Advertisement"}},
	{`{"uri":"spotify:ad:1"}`, spotify.Item{Kind: "ad", URI: "spotify:ad:1"}},
	{`{"uri":"spotify:track:x"}`, spotify.Item{Kind: "track", ID: "x", URI: "spotify:track:x"}},
	{`{"type":"track","id":"x"}`, spotify.Item{Kind: "track", ID: "x", URI: "spotify:track:x"}},
	{`{"type":"chapter","id":"c","uri":"spotify:chapter:c","name":"One"}`, spotify.Item{Kind: "unknown", ID: "c", URI: "spotify:chapter:c", Name: "One"}},
	{`{"type":"track","name":"neither id nor uri"}`, spotify.Item{Kind: "unknown", Name: "neither id nor uri"}},
	{`{"type":"track","id":"x","artists":"not a list","duration_ms":"long","name":"N"}`, spotify.Item{Kind: "track", ID: "x", URI: "spotify:track:x", Name: "N"}},
	{`null`, spotify.Item{Kind: "unknown"}},
	{`{}`, spotify.Item{Kind: "unknown"}},
	{`7`, spotify.Item{Kind: "unknown"}},
	{`[]`, spotify.Item{Kind: "unknown"}},
}

func TestEveryPlaceInTheQueueKeepsItsPosition(t *testing.T) {
	var places []string
	var want []spotify.Item
	for _, o := range odd {
		places = append(places, o.json)
		want = append(want, o.want)
	}
	body := `{"currently_playing":` + wholeTrack + `,"queue":[` + strings.Join(places, ",") + `]}`
	c, _ := start(t, reply{status: 200, body: body})
	got, err := c.Queue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Upcoming); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got.Current == nil || got.Current.ID != id {
		t.Errorf("current %+v", got.Current)
	}
}

func TestAnyItemCanBeCurrent(t *testing.T) {
	for _, o := range odd {
		if o.json == "null" {
			continue
		}
		want := o.want
		if diff := cmp.Diff(&want, player(t, reply{status: 200, body: `{"item":` + o.json + `}`}).Item); diff != "" {
			t.Errorf("%s: -want +got:\n%s", o.json, diff)
		}
	}
}

func TestAnEmptyQueueIsNoError(t *testing.T) {
	for _, r := range []reply{{status: 204}, {status: 200}, {status: 200, body: `{"currently_playing":null,"queue":[]}`}, {status: 200, body: `{"queue":null}`}} {
		c, _ := start(t, r)
		got, err := c.Queue(t.Context())
		if err != nil || got.Current != nil || len(got.Upcoming) != 0 {
			t.Errorf("%d %q: %+v, %v", r.status, r.body, got, err)
		}
	}
}

func TestAnAnswerThatMakesNoSenseKeepsItsStatus(t *testing.T) {
	all := []string{"me", "track", "player", "queue"}
	for _, v := range []struct {
		reply reply
		calls []string
	}{
		{reply{status: 200, body: "2YotnFZFEjr1zCsicMWpAA"}, all},
		{reply{status: 202, body: "accepted"}, all},
		{reply{status: 200, body: "<html>"}, all},
		{reply{status: 200, body: `{"id":"x"`}, all},
		{reply{status: 200, body: `{"id":"x"} trailing`}, all},
		{reply{status: 200, body: `"x"`}, all},
		{reply{status: 200, body: `[]`}, all},
		{reply{status: 200, body: `{"queue":{}}`}, []string{"queue"}},
		{reply{status: 200, body: `{"is_playing":"yes"}`}, []string{"player"}},
		{reply{status: 200, body: "{}"}, []string{"me", "track"}},
		{reply{status: 200}, []string{"me", "track"}},
		{reply{status: 204}, []string{"me", "track"}},
	} {
		for _, call := range v.calls {
			c, _ := start(t, v.reply)
			err := calls[call](t.Context(), c)
			var e *spotify.Error
			if !errors.As(err, &e) || e.Status != v.reply.status || e.Reason != "unreadable-answer" || e.Kind != core.Unavailable {
				t.Errorf("%s, %d %q: %v", call, v.reply.status, v.reply.body, err)
			}
		}
	}
}

func FuzzQueue(f *testing.F) {
	for _, o := range odd {
		f.Add(o.json)
	}
	f.Add(wholeTrack)
	f.Fuzz(func(t *testing.T, item string) {
		if !json.Valid([]byte(item)) || len(item) > 10_000 {
			return
		}
		c, _ := start(t, reply{status: 200, body: `{"queue":[` + item + `,{"uri":"spotify:track:x"}]}`})
		q, err := c.Queue(t.Context())
		if err != nil || len(q.Upcoming) != 2 || q.Upcoming[1].ID != "x" {
			t.Errorf("%s: %+v, %v", item, q, err)
		}
	})
}
