package chat_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sidestage/core"
	"sidestage/core/chat"
)

// say words every sentence by default.
var say chat.Texts

var midnight = chat.Song{Title: "Midnight City", Artists: []string{"M83"}, Requester: "luna"}

func TestSentences(t *testing.T) {
	duet := chat.Song{Title: "Under Pressure", Artists: []string{"Queen", "David Bowie"}}
	five := []chat.Song{midnight, duet, {Title: "C", Requester: "kai"}, {Title: "D"}, {Title: "E"}}
	for _, row := range []struct{ got, want string }{
		{say.Accepted("luna", midnight, 3, 7*time.Minute+20*time.Second), "@luna Midnight City by M83 is in the queue, number 3, in about 7 minutes."},
		{say.Accepted("luna", midnight, 2, 80*time.Second), "@luna Midnight City by M83 is in the queue, number 2, in about a minute."},
		{say.Accepted("luna", midnight, 2, 20*time.Second), "@luna Midnight City by M83 is in the queue, number 2, in less than a minute."},
		{say.Accepted("luna", midnight, 1, 0), "@luna Midnight City by M83 is in the queue, number 1, up next."},
		{say.RaffleWon("luna", 4207, 4207), "@luna rolled 4207 and the winning number is 4207: you win!"},
		{say.RaffleLost("kai", 4207, 4211, 4, false), "@kai rolled 4211, the winning number was 4207: 4 away."},
		{say.RaffleLost("kai", 4207, 4211, 4, true), "@kai rolled 4211, the winning number was 4207: 4 away. Nobody has come closer yet."},
		{say.NowPlaying("kai", midnight), "@kai now playing: Midnight City by M83, requested by luna."},
		{say.NowPlaying("kai", duet), "@kai now playing: Under Pressure by Queen, David Bowie."},
		{say.NowPlaying("kai", chat.Song{Title: "Hum"}), "@kai now playing: Hum."},
		{say.ReturnedTo(chat.Missed, []string{"kai", "luna", "kai", "mo"}), "@kai @luna @mo nobody was at the desk when you asked. Your points are being returned."},
		{say.ReturnedTo(chat.Ended, []string{"kai", "luna"}), "@kai @luna the stream is over before your songs could play. Your points are being returned."},
		{say.ReturnedTo(chat.Cleared, []string{"kai", "luna"}), "@kai @luna the queue was emptied, and your songs with it. Your points are being returned."},
		{say.ReturnedTo(chat.Missed, strings.Fields("a b c d e f g")), "@a @b @c @d @e and 2 more: nobody was at the desk when you asked. Your points are being returned."},
		{say.Raid("kai", 40), "@kai thank you for the raid, and welcome to all 40 of you."},
		{say.NothingPlaying("kai"), "@kai nothing is playing right now."},
		{say.Queue("kai", nil), "@kai the queue is empty. A request would play next."},
		{say.Queue("kai", five[:1]), "@kai up next: 1. Midnight City (luna)."},
		{say.Queue("kai", five), "@kai up next: 1. Midnight City (luna), 2. Under Pressure, 3. C (kai), 4. D."},
	} {
		if row.got != row.want {
			t.Errorf("got  %s\nwant %s", row.got, row.want)
		}
	}
}

// linkReasons are the reasons of the link parser and the track look-up.
var linkReasons = strings.Fields(`empty no-link album playlist artist show episode audiobook chapter
	local-file prerelease user short-link bad-link track-not-found`)

func TestEveryReasonOfALinkHasItsOwnSentence(t *testing.T) {
	seen := map[string]string{}
	general := say.Refused("kai", core.E(core.Invalid, "x"))
	for _, reason := range linkReasons {
		got := say.Refused("kai", fmt.Errorf("request: %w", core.Because(core.Invalid, reason, "secret detail")))
		if got == general {
			t.Errorf("%s has only the general sentence", reason)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%s says the same as %s", reason, other)
		}
		seen[got] = reason
		checkTone(t, got)
		if !strings.HasSuffix(got, " Points returned.") {
			t.Errorf("%s does not say that the points are back", got)
		}
	}
}

// ruleReasons are the reasons for which a rule refuses a request.
var ruleReasons = strings.Fields(`offline queue-full viewer-full session-full in-a-row cooldown too-short too-long explicit
	waiting-already playing-already played-lately blocked-track blocked-artist blocked-viewer not-playable no-match which-one`)

func TestEveryRuleHasItsOwnSentenceWithItsDetail(t *testing.T) {
	seen := map[string]string{}
	general := say.Refused("kai", core.E(core.Denied, "x"))
	for _, reason := range ruleReasons {
		got := say.Refused("kai", fmt.Errorf("request: %w", core.Tell(core.Because(core.Denied, reason, "secret detail"), "3 songs")))
		other, again := seen[got]
		if got == general || again || strings.Contains(got, "{}") {
			t.Errorf("%s: %q, as %s", reason, got, other)
		}
		seen[got] = reason
		checkTone(t, got)
	}
	want := "@kai the queue is full, 100 songs wait. There is room again soon. Points returned."
	if got := say.Refused("kai", core.Tell(core.Because(core.Denied, "queue-full", "x"), "100 songs")); got != want {
		t.Error(got)
	}
	long := say.Refused("kai", core.Tell(core.Because(core.NotFound, "which-one", "x"), strings.Repeat("Hello by Adele / ", 60)))
	if chat.Sanitise(long) != long || !strings.HasSuffix(long, "add the artist. Points returned.") {
		t.Errorf("the end is cut off: %s", long)
	}
}

func TestEveryKindHasASentence(t *testing.T) {
	for _, kind := range core.Kinds() {
		got := say.Refused("kai", core.Because(kind, "a reason nobody knows", "secret detail"))
		checkTone(t, got)
		if back := strings.Contains(got, "Points returned."); back == (kind == core.Ambiguous) {
			t.Errorf("%v: %s", kind, got)
		}
	}
}

func TestNobodyIsToldThatPointsAreBackWhileThatIsUnknown(t *testing.T) {
	err := core.E(core.Ambiguous, "add to player: %w", core.Because(core.Unavailable, "no-active-device", "x"))
	if got := say.Refused("kai", err); strings.Contains(got, "Points") {
		t.Error(got)
	}
}

func TestWhatIsWrongWithUsIsUnavailableAndNobodysFault(t *testing.T) {
	const want = "@kai song requests are unavailable right now. Points returned."
	for _, err := range []error{
		core.Because(core.NotFound, "no-active-device", "x"),
		core.Because(core.Denied, "premium-required", "x"),
		core.E(core.LoginRequired, "x"),
	} {
		if got := say.Refused("kai", err); got != want {
			t.Errorf("%v: %s", core.KindOf(err), got)
		}
	}
}

// checkTone holds every sentence to the house's way of talking.
func checkTone(t *testing.T, s string) {
	t.Helper()
	low := strings.ToLower(s)
	for _, word := range []string{"!", "secret", "error", "invalid", "you must", "your fault", "wrong link", "oauth", "http", "null", "  ", ".."} {
		if strings.Contains(low, word) {
			t.Errorf("%q has %q", s, word)
		}
	}
	if !strings.HasPrefix(s, "@kai ") || !strings.HasSuffix(s, ".") || utf8.RuneCountInString(s) > 140 {
		t.Errorf("%q: name first, a full stop last, short", s)
	}
	if chat.Sanitise(s) != s {
		t.Errorf("%q is not safe as it is", s)
	}
}

func TestLongTitlesNeverPushOutTheEndOfASentence(t *testing.T) {
	long := chat.Song{Title: strings.Repeat("la ", 200), Artists: []string{strings.Repeat("x", 300)}, Requester: strings.Repeat("r", 25)}
	for _, s := range []string{
		say.Accepted("kai", long, 12, time.Hour), say.NowPlaying("kai", long),
		say.Queue("kai", []chat.Song{long, long, long, long}),
	} {
		if got := chat.Sanitise(s); got != s {
			t.Errorf("cut: %q", s)
		}
	}
}
