package twitch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"sidestage/core"
	"sidestage/core/twitch"
)

func TestEveryStatusHasAKind(t *testing.T) {
	for _, tt := range []struct {
		status      int
		read, write core.Kind
	}{
		{302, core.Unavailable, core.Unavailable},
		{400, core.Invalid, core.Invalid},
		{401, core.LoginRequired, core.LoginRequired},
		{403, core.Denied, core.Denied},
		{404, core.NotFound, core.NotFound},
		{408, core.Unavailable, core.Unavailable},
		{409, core.Conflict, core.Conflict},
		{410, core.Invalid, core.Invalid},
		{422, core.Invalid, core.Invalid},
		{429, core.RateLimited, core.RateLimited},
		{500, core.Unavailable, core.Ambiguous},
		{503, core.Unavailable, core.Ambiguous},
	} {
		c := helix(says(tt.status, `{"error":"Word","status":1,"message":"Sentence"}`, nil))
		_, read := c.Self(t.Context())
		_, write := c.CreateReward(t.Context(), "1", twitch.NewReward{})
		for err, want := range map[error]core.Kind{read: tt.read, write: tt.write} {
			e, ok := errors.AsType[*twitch.Error](err)
			if !ok || e.Status != tt.status || e.Code != "Word" || e.Message != "Sentence" || core.KindOf(err) != want {
				t.Errorf("%d: %v is %v", tt.status, err, core.KindOf(err))
			}
			if temporary := want == core.RateLimited || want == core.Unavailable; core.Temporary(err) != temporary {
				t.Errorf("%d: %v: temporary %v", tt.status, err, !temporary)
			}
		}
	}
}

// Helix speaks JSON; a page of HTML is of somebody in between, whatever status
// it has.
func TestAPageOfHTMLIsNoAnswerOfTwitchs(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 409} {
		asked := 0
		c := helix(says(status, "<!DOCTYPE html><title>Sign in to the hotel</title>", nil))
		c.Token = func(context.Context, string) (string, error) { asked++; return "tok", nil }
		err := c.SetRedemption(t.Context(), "1", "2", "3", twitch.Canceled)
		if core.KindOf(err) != core.Unavailable || errors.Is(err, twitch.ErrSettled) || asked != 1 {
			t.Errorf("%d: %v, the token asked for %d times", status, err, asked)
		}
	}
}

func TestHowLongToWaitIsBelievedOnlyWhereItIsMeant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // so that now is now
		reset := fmt.Sprint(time.Now().Unix() + 30)
		for _, tt := range []struct {
			remaining, reset, after string
			want                    time.Duration
		}{
			{"0", reset, "", 30 * time.Second},
			{"0", reset, "5", 30 * time.Second},
			{"12", reset, "", 0},
			{"12", reset, "5", 5 * time.Second},
			{"", "", "5", 5 * time.Second},
			{"0", fmt.Sprint(time.Now().Unix() - 1), "5", 5 * time.Second},
			{"0", "soon", "", 0},
			{"", "", "-5", 0},
			{"", "", " 5", 5 * time.Second},
			{"", "", time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat), 90 * time.Second},
			{"", "", time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat), 0},
			{"", "", "a while", 0},
			{"0", reset + "0", "", 30 * time.Minute}, // clamped by core
		} {
			h := &http.Client{Transport: trip(func(*http.Request) (*http.Response, error) {
				r := reply(429, "")
				r.Header.Set("Ratelimit-Remaining", tt.remaining)
				r.Header.Set("Ratelimit-Reset", tt.reset)
				r.Header.Set("Retry-After", tt.after)
				return r, nil
			})}
			_, err := helix(h).Self(t.Context())
			if got := core.RetryAfter(err); got != tt.want {
				t.Errorf("%+v: %v", tt, got)
			}
		}
	})
}

// echo is a platform that repeats everything it was told in its refusals.
func echo(status int) *http.Client {
	return &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(r.Body)
		text := r.Header.Get("Authorization") + " " + string(body)
		if status == 0 {
			return nil, errors.New("dial tcp: connection refused")
		}
		return reply(status, text), nil
	})}
}

func TestNoSecretAppearsInAnError(t *testing.T) {
	const access, refresh, secret = "acc-secret", "ref-secret", "cli-secret"
	for _, status := range []int{0, 200, 302, 400, 401, 403, 404, 429, 500} {
		o := oauth(echo(status))
		o.ClientSecret = secret
		c := helix(echo(status))
		_, err1 := o.Validate(t.Context(), access)
		_, err2 := o.Refresh(t.Context(), refresh)
		_, err3 := c.Self(t.Context())
		_, err4 := c.SendChat(t.Context(), "1", "2", "hi", "")
		for _, err := range []error{err1, err2, o.Revoke(t.Context(), access), err3, err4} {
			if err == nil {
				continue // a revoked token may be dead already
			}
			for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
				if text := fmt.Sprintf(form, err); strings.Contains(text, "-secret") {
					t.Errorf("%d: %s", status, text)
				}
			}
		}
	}
}

func TestNoSecretAppearsWhereItsHolderIsPrinted(t *testing.T) {
	g := twitch.Grant{Access: "a-secret", Refresh: "r-secret", ExpiresIn: time.Hour}
	o := twitch.OAuth{ClientID: "cid", ClientSecret: "c-secret"}
	var out strings.Builder
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "grant", g, "oauth", o, "pointer", &o)
	for _, v := range []any{g, &g, []twitch.Grant{g}, o, &o} {
		_, _ = fmt.Fprintf(&out, "%v %+v %#v %s", v, v, v, v)
	}
	if strings.Contains(out.String(), "-secret") {
		t.Error(out.String())
	}
}

func TestNoSecretAppearsInTheSessionsLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		f.answering(func(w http.ResponseWriter, r *http.Request) {
			refusal(http.StatusForbidden, "bad token "+r.Header.Get("Authorization"))(w, r)
		})
		s := f.session()
		start(t, s, b.handle)
		sk := f.next()
		sk.welcome("s1")
		sk.send([]byte("tok"))
		synctest.Wait()
		f.mu.Lock()
		f.refuse = func(*http.Request) bool { return true }
		f.mu.Unlock()
		sk.reconnect("ws://twitch.test/ws/x?challenge=url-secret")
		time.Sleep(time.Minute)
		if text := f.logged() + s.Health().Reason; strings.Contains(text, "-secret") || !strings.Contains(text, "bad token") {
			t.Error(text)
		}
	})
}

func FuzzErrorBody(f *testing.F) {
	f.Add(400, []byte(`{"error":"Bad Request","status":400,"message":"no"}`))
	f.Add(404, []byte(`{"error":7,"message":{"a":"b"}}`))
	f.Add(502, []byte("<html>\x00\xff\r\nbad gateway"))
	f.Add(401, []byte(nil))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 300 || status > 999 {
			t.Skip("not a refusal")
		}
		c := helix(says(status, string(body), nil))
		_, err := c.Self(context.Background())
		e, ok := errors.AsType[*twitch.Error](err)
		if !ok || e.Status != status {
			t.Fatalf("%v", err)
		}
		text := err.Error()
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\r\n\x00") || utf8.RuneCountInString(text) > 400 || core.KindOf(err) == core.Internal {
			t.Errorf("%q is %v", text, core.KindOf(err))
		}
	})
}
