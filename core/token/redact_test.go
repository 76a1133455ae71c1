package token_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/token"
)

// shown is v in every way a program may print it.
func shown(v any) string {
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%T"} {
		fmt.Fprintf(&out, verb+"\n", v)
		fmt.Fprintf(&out, verb+"\n", []any{&v, v, map[string]any{"k": v}})
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("shown", "v", v)
	}
	return out.String()
}

func wantNoSecret(t *testing.T, what, text string) {
	t.Helper()
	hex := fmt.Sprintf("%x", "secret-")
	for _, form := range []string{"secret-", hex, strings.ToUpper(hex)} {
		if strings.Contains(text, form) {
			t.Errorf("%s shows a token:\n%s", what, text)
		}
	}
}

func TestNoTokenIsEverShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		var logs bytes.Buffer
		log := slog.New(slog.NewJSONHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
		src := token.New("twitch", b.p, b.shelf, log, func(e event.LoginChanged) { wantNoSecret(t, "event", shown(e)) })
		show := func(what string, v any) {
			t.Helper()
			wantNoSecret(t, what, shown(v))
			data, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			wantNoSecret(t, what+" as JSON", string(data))
		}
		g := b.p.login()
		show("grant", g)
		status, err := src.Login(t.Context(), g)
		if err != nil {
			t.Fatal(err)
		}
		show("status", status)
		for _, f := range []fate{down, lostBefore, refuse} {
			b.p.then(f)
			_, err := src.Token(t.Context(), b.stored().Access)
			show("error", err)
			show("stored login", b.stored())
			show("stored login in something", struct{ T token.Stored }{b.stored()})
			show("source", src)
		}
		b.p.checkErr = errDown
		if _, err := src.Login(t.Context(), b.p.login()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(life - time.Minute)
		b.p.then(down)
		if _, err := src.Token(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		if err := src.Logout(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err = token.ParseGrant(strings.NewReader(`{"access_token":"secret-1","refresh_token":"secret-2" secret-3`))
		if core.KindOf(err) != core.Invalid {
			t.Fatal(err)
		}
		show("parse error", err)
		if logs.Len() == 0 {
			t.Error("nothing was logged, so this shows nothing")
		}
		wantNoSecret(t, "log", logs.String())
	})
}
