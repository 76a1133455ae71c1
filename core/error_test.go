package core_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"sidestage/core"
)

func TestEveryKindHasOneMeaningAtEveryEdge(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range core.Kinds() {
		name := k.String()
		if name == "" || seen[name] {
			t.Errorf("kind %d: name %q is empty or taken", k, name)
		}
		seen[name] = true
		if got := core.ParseKind(name); got != k {
			t.Errorf("ParseKind(%q) = %v", name, got)
		}
		if c := k.ExitCode(); c < 1 || c > 6 {
			t.Errorf("%s: exit code %d is not one of the documented ones", name, c)
		}
		if s := k.HTTPStatus(); s < 400 || http.StatusText(s) == "" {
			t.Errorf("%s: HTTP status %d", name, s)
		}
		if k.ChatReply() == "" {
			t.Errorf("%s: chat would hear nothing of a failed redemption", name)
		}
	}
	if got := core.ParseKind("no such kind"); got != core.Internal {
		t.Errorf("unknown kind parses as %v", got)
	}
}

func TestKindAndReasonSurviveWrapping(t *testing.T) {
	inner := core.Because(core.Denied, "premium-required", "spotify: premium required")
	outer := fmt.Errorf("add track: %w", core.E(core.Unavailable, "player: %w", inner))
	if got := core.KindOf(outer); got != core.Unavailable {
		t.Errorf("KindOf = %v, want the outermost", got)
	}
	if got := core.ReasonOf(outer); got != "premium-required" {
		t.Errorf("ReasonOf = %q", got)
	}
	if !errors.Is(outer, inner) {
		t.Error("E does not keep the chain")
	}
	if got := outer.Error(); got != "add track: player: spotify: premium required" {
		t.Errorf("message %q", got)
	}
	if core.KindOf(errors.New("x")) != core.Internal || core.ReasonOf(nil) != "" {
		t.Error("unclassified errors are not internal")
	}
}

type slow time.Duration

func (slow) Error() string               { return "slow down" }
func (s slow) RetryDelay() time.Duration { return time.Duration(s) }

func TestRetryAfterIsClamped(t *testing.T) {
	for in, want := range map[time.Duration]time.Duration{
		-5:                    0,
		0:                     0,
		10 * time.Millisecond: time.Second,
		time.Minute:           time.Minute,
		14 * time.Hour:        30 * time.Minute,
	} {
		if got := core.RetryAfter(fmt.Errorf("call: %w", slow(in))); got != want {
			t.Errorf("RetryAfter(%v) = %v, want %v", in, got, want)
		}
	}
	if core.RetryAfter(errors.New("x")) != 0 {
		t.Error("an error that says nothing asks for a delay")
	}
}

func TestOnlyErrorsWithoutEffectAreTemporary(t *testing.T) {
	if core.Temporary(fmt.Errorf("call: %w", context.DeadlineExceeded)) {
		t.Error("a time-out says nothing about the effect")
	}
	for _, k := range core.Kinds() {
		want := k == core.RateLimited || k == core.Unavailable
		if got := core.Temporary(fmt.Errorf("call: %w", core.E(k, "x"))); got != want {
			t.Errorf("%v: Temporary = %v", k, got)
		}
	}
}
