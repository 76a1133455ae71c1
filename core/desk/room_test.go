package desk_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/desk"
	"sidestage/core/sim"
	"sidestage/storage"
)

// stage is a desk and its simulated platforms on real sockets, which the chat
// library needs; so these tests run in real time.
type stage struct {
	*world
	api *api.Client
}

func newStage(t *testing.T, source string, scopes ...string) *stage {
	t.Helper()
	listen := func() net.Listener {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	tw, irc, sp := listen(), listen(), listen()
	w := &world{t: t, dir: t.TempDir()}
	var err error
	if w.sim, err = sim.New(sim.Options{TwitchListener: tw, IRCListener: irc, SpotifyListener: sp}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { w.check(w.sim.Run(ctx)) })
	s := w.settings()
	s.Chat.Source = source
	s.Twitch.AuthURL, s.Twitch.HelixURL = "http://"+tw.Addr().String()+"/oauth2", "http://"+tw.Addr().String()+"/helix"
	s.Twitch.EventSubURL, s.Twitch.IRCURL = "ws://"+tw.Addr().String()+"/ws", "irc://"+irc.Addr().String()
	s.Spotify.APIURL, s.Spotify.AccountsURL = "http://"+sp.Addr().String()+"/v1", "http://"+sp.Addr().String()
	if w.desk, err = desk.Open(ctx, desk.Config{Settings: s, Platform: storage.Demo}); err != nil {
		t.Fatal(err)
	}
	for platform, grant := range map[string]func(...string) ([]byte, error){"twitch": func(...string) ([]byte, error) { return w.sim.GrantTwitch(scopes...) }, "spotify": w.sim.GrantSpotify} {
		text, err := grant()
		w.check(err)
		w.login(platform, text)
	}
	deskCtx, stopDesk := context.WithCancel(ctx)
	running.Go(func() { w.check(w.desk.Run(deskCtx)) })
	st := &stage{world: w, api: w.desk.Reach()}
	t.Cleanup(func() {
		st.api.Close()
		stopDesk()
		cancel()
		running.Wait()
		w.check(w.desk.Close())
		w.check(w.sim.Close())
	})
	return st
}

// until waits for something, not for ever.
func (s *stage) until(what string, ok func() bool) {
	s.t.Helper()
	for limit := time.Now().Add(20 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			s.t.Fatalf("waited in vain for: %s", what)
		}
	}
}

func (s *stage) chat() api.Component {
	h, err := s.api.Health(s.t.(*testing.T).Context())
	s.check(err)
	return h.Components.Chat
}

// answers counts what the desk said.
func (s *stage) answers() int { return len(s.sim.Posts()) }

func (s *stage) says(login, text string) {
	_, err := s.sim.Say(login, text)
	s.check(err)
}

func TestACommandByBothWaysIsAnsweredOnce(t *testing.T) {
	s := newStage(t, config.SourceAuto)
	s.until("both ways", func() bool { return s.sim.IRCClients() == 1 && s.chat().State == "eventsub" })
	s.says("lunaverse", "!song")
	s.says(s.sim.Broadcaster().Login, "!queue") // the streamer commands too
	s.until("two answers", func() bool { return s.answers() >= 2 })
	here, err := s.api.Viewers(t.Context(), 100)
	s.check(err)
	if here.TotalCount < 20 || len(here.Viewers) < 2 {
		t.Errorf("%d viewers", here.TotalCount)
	}
	if i := slices.IndexFunc(here.Viewers, func(v api.Viewer) bool { return v.Login == "lunaverse" }); i < 0 || i > 2 || here.Viewers[i].LastSpokeAt.IsZero() {
		t.Errorf("luna is at %d of %+v", i, here.Viewers)
	}
	sagas, err := s.api.Sagas(t.Context(), "", 100)
	s.check(err)
	if s.answers() != 2 || len(sagas.Sagas) != 2 {
		t.Errorf("%d answers, %d sagas for two commands", s.answers(), len(sagas.Sagas))
	}
}

func TestWithoutTheScopeChatIsReadThroughTheChatServer(t *testing.T) {
	s := newStage(t, config.SourceAuto, "channel:manage:redemptions", "user:write:chat")
	s.until("the chat server", func() bool { return s.chat().State == "irc" })
	if c := s.chat(); c.Status != api.StatusDegraded || !strings.Contains(c.Reason, "user:read:chat") {
		t.Errorf("%+v", c)
	}
	if _, err := s.sim.SayElsewhere("mo_types", "!queue"); err != nil { // another channel's
		t.Fatal(err)
	}
	s.says("lunaverse", "!song")
	s.until("an answer", func() bool { return s.answers() >= 1 })
	s.sim.CutIRC(true)
	s.until("a gap", func() bool { return s.sim.IRCClients() == 0 })
	s.until("the chat server again", func() bool { return s.sim.IRCClients() == 1 })
	s.says("mo_types", "!queue")
	s.until("an answer after the gap", func() bool { return s.answers() >= 2 })
	if n := s.answers(); n != 2 {
		t.Errorf("%d answers to two commands", n)
	}
}

func TestChatCanBeReadThroughTheChatServerAlone(t *testing.T) {
	s := newStage(t, config.SourceIRC)
	s.until("the chat server", func() bool { return s.chat().State == "irc" })
	if c := s.chat(); c.Status != api.StatusOK {
		t.Errorf("%+v", c)
	}
	s.says("lunaverse", "!song")
	s.until("an answer", func() bool { return s.answers() == 1 })
}
