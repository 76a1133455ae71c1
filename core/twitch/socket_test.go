package twitch_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"sidestage/core/twitch"
)

func TestASessionOverARealSocket(t *testing.T) {
	welcome, notification := frame(t, "session_welcome"), frame(t, "notification_stream_online")
	mux := http.NewServeMux()
	mux.HandleFunc("/eventsub/subscriptions", new(fake).accept)
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		for _, data := range [][]byte{welcome, notification} {
			_ = conn.Write(r.Context(), websocket.MessageText, data)
		}
		<-conn.CloseRead(context.Background()).Done()
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	f := &fake{}
	helix := f.client() // no client of its own: net/http's
	helix.URL = srv.URL
	ready, handled := make(chan struct{}, 1), make(chan twitch.Message, 1)
	s := &twitch.Session{
		URL: strings.Replace(srv.URL, "http", "ws", 1) + "/ws", Helix: helix,
		Wanted: func() []twitch.Subscription { return []twitch.Subscription{redemptions} },
		Ready:  func(context.Context) { ready <- struct{}{} },
	}
	stop := start(t, s, func(_ context.Context, m twitch.Message) error { handled <- m; return nil })
	<-ready
	if m := <-handled; m.Subscription.Type != twitch.TypeStreamOnline {
		t.Errorf("%+v", m)
	}
	if h := s.Health(); h.State != twitch.Healthy || h.SessionID != "0938b4ca_69cf828e" {
		t.Errorf("%+v", h)
	}
	stop()
}
