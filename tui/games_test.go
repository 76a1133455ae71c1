package tui

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/api"
	"sidestage/core/event"
	"sidestage/tui/section"
)

func TestAGiveawayAtTheKeyboard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := tonight(typical())
		r := start(t, e, e)
		r.press("7")
		r.sees("38 of 500 are in")
		r.press("d", "n", escape, "d", "y")
		r.did(e, "draw 7")
		r.press("c", "y")
		r.did(e, "close giveaway 7")
		r.press("x", enter, "x", "y")
		r.did(e, "cancel giveaway 7")
		r.press("3", "m", "y")
		r.did(e, "give w1")
		r.sees("The prize of ada is given.")
		r.press("q")
		if err := r.ends(); err != nil {
			t.Error(err)
		}
		if len(e.done) > 0 {
			t.Errorf("the desk was asked to %q", <-e.done)
		}
	})
}

func TestAGiveawayIsOpenedAndDrawnAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := tonight(drawn())
		r := start(t, e, e)
		r.press("7", "d", "y")
		r.did(e, "redraw 7")
		r.sees("luna won !win.")
		r.press("n", "!sr", enter)
		r.did(e, "open giveaway !sr for everybody, 0 min")
		r.sees("!sr is a chat command")
		r.press("\x7f", "\x7f", "\x7f", "!hi", "\t", "5", "\x1b[B", enter)
		r.did(e, "open giveaway !hi for followers, 5 min")
		r.sees("The giveaway is open: !hi in chat enters.")
		r.press("q") // the form is gone: it is no letter
		if err := r.ends(); err != nil {
			t.Error(err)
		}
	})
}

// An open giveaway and achievements change as their events come.
func TestEventsOfTheGamesShowAtOnce(t *testing.T) {
	t.Parallel()
	m := opened(t, typical(), plainLook(), 140, 40)
	for i, e := range []event.Event{
		event.GiveawayEntered{GiveawayID: "giveaway-7", Viewer: viewer("mo"), Entries: 39},
		event.AchievementUnlocked{AchievementID: "night-owl", Name: "Night Owl", Icon: "🦉", Viewer: viewer("mo")},
		event.RaffleGiven{RollID: "w1", Viewer: viewer("ada")},
	} {
		r := record(m.state.Lines[0].Seq+1000+int64(i), nine(), e)
		m = told(m, newsMsg{{at: nine(), record: &r}})
	}
	screen := fits(t, m)
	for _, want := range []string{"39 of 500 are in", "Night Owl", "mo earned Night Owl", "! 1 needs you", "the prize of ada is given"} {
		if !strings.Contains(screen, want) {
			t.Errorf("%q is not on\n%s", want, screen)
		}
	}
}

func TestAnOutageIsSaidAcrossTheScreen(t *testing.T) {
	t.Parallel()
	e := typical()
	e.health.Components.Player = degraded().health.Components.Player
	for size, lines := range map[[2]int][]string{
		{80, 24}:  {" ! Spotify has no active device", "   Start playback on any device."},
		{140, 40}: {" ! Spotify has no active device", "   Start playback on any device."},
		{60, 16}:  {" ! Spotify has no active device. Start playback on any devi…"},
	} {
		got := strings.Split(fits(t, opened(t, e, plainLook(), size[0], size[1])), "\n")
		for i, want := range lines {
			if strings.TrimRight(got[1+i], " ") != want {
				t.Errorf("%v: line %d is %q, want %q", size, 1+i, got[1+i], want)
			}
		}
	}
	m := opened(t, typical(), plainLook(), 80, 24)
	if got := m.banner(); len(got) > 0 {
		t.Errorf("all is well, and it says %q", got)
	}
}

// A track that must have ended is not shown as playing for as long as Spotify
// cannot be asked.
func TestAFrozenPlayerIsNotBelieved(t *testing.T) {
	t.Parallel()
	e := typical()
	e.health.Components.Spotify = api.Component{Status: api.StatusDegraded, Reason: "log in: sidestage auth login spotify"}
	e.snap.NowPlaying.At = nine().Add(-time.Hour)
	screen := fits(t, opened(t, e, plainLook(), 80, 24))
	if !strings.Contains(screen, "! What plays is not known") || !strings.Contains(screen, "points can still go back") {
		t.Errorf("an hour after the last look:\n%s", screen)
	}
	e.snap.NowPlaying.At = nine()
	if screen = fits(t, opened(t, e, plainLook(), 80, 24)); !strings.Contains(screen, e.snap.NowPlaying.Track.Name) {
		t.Errorf("just seen:\n%s", screen)
	}
}

// Only what is seen can be behind nothing: each panel comes to the front when it
// takes the focus, at every size.
func TestThePanelWithTheFocusIsSeen(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{60, 16}, {80, 24}, {100, 26}, {120, 36}, {136, 36}, {200, 60}} {
		m := opened(t, typical(), plainLook(), size[0], size[1])
		for panel := 1; panel <= section.PanelCount; panel++ {
			m = press(m, string(rune('0'+panel)))
			seen := false
			for _, b := range m.boxes() {
				seen = seen || b.panel == panel
			}
			if !seen {
				t.Errorf("%v: panel %d has the focus and is not seen", size, panel)
			}
		}
	}
}

func TestTheClockRunsWhileAGiveawayDoes(t *testing.T) {
	t.Parallel()
	e := empty()
	e.games()
	e.snap.Wins = nil
	m := opened(t, e, plainLook(), 80, 24)
	if got := m.pace(); got != slow {
		t.Errorf("it ticks every %s", got)
	}
	if m = told(m, tickMsg(m.now.Add(time.Hour))); m.pace() != 0 {
		t.Errorf("with no time left it ticks every %s", m.pace())
	}
}
