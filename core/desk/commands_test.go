package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/chat"
	"sidestage/core/sim"
	"sidestage/storage"
)

// TestCommandsAreMadeAndUsedInChat lets a moderator make commands and viewers
// use them.
func TestCommandsAreMadeAndUsedInChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 7})
		time.Sleep(time.Minute)
		w.hears("pip", "!command add hug x", "")
		w.hears("mo", "!command add !Hug {user} hugs {touser}, number {count}.", "@mo !hug answers now.", sim.Moderator)
		w.hears("mo", "!command add hug again", "@mo that command is there already", sim.Moderator)
		w.hears("mo", "!command add song again", "@mo that name belongs to a command", sim.Moderator)
		w.hears("mo", "!command add np again", "@mo that name belongs to a command", sim.Moderator)
		w.hears("mo", "!command add bad {usr}", "@mo a text knows no {usr}.", sim.Moderator)
		w.hears("mo", "!command alias h !hug", "@mo !h answers now.", sim.Moderator)
		w.hears("mo", "!command alias i h", "@mo that is another name already", sim.Moderator)
		w.hears("mo", "!command", "@mo it goes like this: !command add NAME TEXT", sim.Moderator)
		w.hears("kai", "!hug @Luna and all", "kai hugs Luna, number 1.")
		w.hears("pip", "!H", "pip hugs pip, number 2.")
		w.hears("mo", "!command edit hug {args}|{song}|{requester}|{uptime}", "@mo !hug answers anew.", sim.Moderator)
		w.hears("mo", "!hug {user} /me", "{user} /me|", sim.Moderator)
		w.hears("kai", "!commands", "@kai there are !song, ")
		w.hears("mo", "!command remove hug", "@mo gone: !h, !hug.", sim.Moderator)
		w.hears("mo", "!hug", "", sim.Moderator)
		w.hears("mo", "!command remove hug", "@mo there is no such command.", sim.Moderator)
		w.stop()
	})
}

// TestNoCommandDoesHarm tries what people try: loops, other bots' commands,
// lines of their own, invisible letters.
func TestNoCommandDoesHarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 7})
		time.Sleep(time.Minute)
		w.hears("mo", "!command add x !x", "@mo !x answers now.", sim.Moderator)
		w.hears("mo", "!command add a !b", "@mo !a answers now.", sim.Moderator)
		w.hears("mo", "!command add b !a", "@mo !b answers now.", sim.Moderator)
		w.hears("mo", "!command add say {args}", "@mo !say answers now.", sim.Moderator)
		w.hears("mo", "!command add ban /ban {touser}", "@mo !ban answers now.", sim.Moderator)
		before := len(w.sim.Posts())
		for text, want := range map[string]string{
			"!x":                                   "· !x",
			"!a":                                   "· !b",
			"!b":                                   "· !a",
			"!ban @kai":                            "· /ban kai",
			"!say /ban luna":                       "· /ban luna",
			"!say .timeout luna":                   "· .timeout luna",
			"!say !x":                              "· !x",
			"!say \u200b\u202e!x":                  "· !x",
			"!s\u200bay \u2066/me":                 "· /me",
			"!say hi\r\nPRIVMSG #luna :/ban kai":   "hi PRIVMSG #luna :/ban kai",
			"!say {count} {user} {song}":           "{count} {user} {song}",
			"!say " + strings.Repeat("long ", 130): "long long ",
		} {
			w.hears("mo", text, want, sim.Moderator)
		}
		for _, text := range []string{"!say", "!say \u200b\u200d\U000e0000", "!", "! x", "!say\x00\x00"} {
			w.hears("mo", text, "", sim.Moderator)
		}
		time.Sleep(5 * time.Minute)
		posts := w.sim.Posts()
		if n := len(posts) - before; n != 12 {
			t.Errorf("%d answers to 12 commands", n)
		}
		for _, p := range posts {
			if c, ok := chat.Parse(p.Text); ok || strings.HasPrefix(p.Text, "/") || len([]rune(p.Text)) > chat.MaxReply {
				t.Errorf("%q is the command %+v", p.Text, c)
			}
		}
		w.stop()
	})
}

// TestEveryUseCountsOnce has every line delivered twice.
func TestEveryUseCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 7, Faults: []string{"duplicate"}})
		time.Sleep(time.Minute)
		w.hears("mo", "!command add n {count}", "@mo !n answers now.", sim.Moderator)
		for i := range 20 {
			w.hears("mo", "!n", fmt.Sprint(i+1), sim.Moderator)
		}
		w.check(w.desk.Store().View(t.Context(), func(tx *storage.Tx) error {
			c, err := tx.ChatCommand("n")
			if c.Count != 20 {
				t.Errorf("used %d times", c.Count)
			}
			return err
		}))
		w.stop()
	})
}

func TestModeratorsSkipAndViewersVote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 7, Speed: 1})
		time.Sleep(time.Minute)
		playing := func() string {
			p := w.sim.Player()
			return p.URI
		}
		w.hears("kai", "!skip", "")
		first := playing()
		w.hears("mo", "!skip", "@mo skipped: ", sim.Moderator)
		if playing() == first {
			t.Error("nothing was skipped")
		}
		second := playing()
		for i, who := range []string{"kai", "pip", "kai", "luna", "mo"} {
			want := fmt.Sprintf("@%s %d of 5 votes", who, i+1)
			switch {
			case i == 2:
				want = "@kai your vote counts already: 2 of 5."
			case i > 2:
				want = fmt.Sprintf("@%s %d of 5 votes", who, i)
			}
			w.hears(who, "!voteskip", want)
		}
		if playing() != second {
			t.Error("skipped before there were votes enough")
		}
		w.hears("zed", "!vs", "5 voted to skip: ")
		if playing() == second {
			t.Error("nothing was skipped")
		}
		w.hears("kai", "!voteskip", "@kai 1 of 5 votes to skip.")
		w.stop()
	})
}

func TestViewersAskAboutThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 7})
		time.Sleep(time.Minute)
		w.hears("kai", "!raffle", "@kai there is no roll of yours yet. Every number comes from a seed with the SHA-256 ")
		w.hears("kai", "!leaderboard", "@kai nobody has rolled yet.")
		w.hears("kai", "!stats", "@kai you: requests 0, heard 0, no rolls yet.")
		w.hears("kai", "!stats @NoSuch", "@kai nobody called NoSuch was seen here yet.", sim.Moderator)
		w.hears("kai", "!uptime", "@kai the stream is offline.")
		w.check(w.sim.GoLive())
		for range 3 {
			_, err := w.sim.Redeem("kai", w.desk.Rewards().Raffle, "")
			w.check(err)
		}
		time.Sleep(65 * time.Minute)
		w.hears("kai", "!uptime", "@kai live for 1 h 5 min.")
		w.hears("kai", "!keyboard", "@kai rolls: 3, wins: ")
		w.hears("pip", "!top", "@pip closest so far: 1. kai (")
		w.hears("pip", "!stats @KAI", "@pip kai: requests 0, heard 0, rolls 3, closest ")
		w.stop()
	})
}

func TestViewersAndModeratorsChangeTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 7, Speed: 1})
		time.Sleep(time.Minute)
		songs := w.sim.Links(8)
		w.check(w.enable("sr"))
		ask := func(viewer string, n int) string {
			id, err := w.sim.Redeem(viewer, w.desk.Rewards().Song, songs[n])
			w.check(err)
			time.Sleep(10 * time.Second)
			return id
		}
		ask("kai", 0)
		ask("luna", 1)
		late := ask("kai", 2)
		w.hears("pip", "!when", "@pip nothing of yours waits.")
		w.hears("kai", "!when", "@kai ")
		w.hears("kai", "!wrongsong", "") // the refund says it
		w.says("@kai your song is out of the queue. Points returned.")
		if got := w.status(late); got != "CANCELED" {
			t.Errorf("the points of the wrong song are %s", got)
		}
		w.hears("mo", "!requests off back soon", "@mo song requests are closed.", sim.Moderator)
		w.hears("pip", "!sr "+songs[3], "@pip song requests are closed right now: back soon.")
		w.hears("mo", "!requests", "@mo song requests are closed.", sim.Moderator)
		w.hears("mo", "!requests perhaps", "@mo it goes like this: !requests on | off [REASON]", sim.Moderator)
		w.hears("mo", "!requests on", "@mo song requests are open.", sim.Moderator)
		w.hears("pip", "!sr "+songs[3], "@pip ")
		w.hears("zed", "!sr https://open.spotify.com/album/1kTlYbs28MXw7hwO0NLYif", "@zed that album has no single track")
		w.hears("mo", "!promote 3", "@mo first of all that wait: ", sim.Moderator)
		w.hears("mo", "!remove 2", "@mo out of the queue: ", sim.Moderator)
		w.hears("mo", "!remove 99", "@mo nobody's request is at that place", sim.Moderator)
		w.hears("mo", "!remove all", "@mo nobody's request is at that place", sim.Moderator)
		w.hears("pip", "!wrongsong", "@pip nothing of yours waits.")
		time.Sleep(20 * time.Minute)
		w.stop()
	})
}
