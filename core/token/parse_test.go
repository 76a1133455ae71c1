package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/token"
)

func TestGrantsAreReadInEveryFormPlatformsWrite(t *testing.T) {
	for name, c := range map[string]struct {
		in     string
		scopes []string
	}{
		"scope as array":  {`"scope":["a","b"]`, []string{"a", "b"}},
		"scope as string": {`"scope":"a b"`, []string{"a", "b"}},
		"scope null":      {`"scope":null`, nil},
		"no scope":        {`"token_type":"bearer"`, nil},
		"other fields":    {`"scope":[],"user":{"id":7},"access":1`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			in := "\xef\xbb\xbf" + `{"access_token":"AT","refresh_token":"RT","expires_in":3600,` + c.in + "}\r\n"
			g, err := token.ParseGrant(strings.NewReader(in))
			if err != nil {
				t.Fatal(err)
			}
			if g.Access != "AT" || g.Refresh != "RT" || g.ExpiresIn != time.Hour || len(g.Scopes) != len(c.scopes) {
				t.Errorf("%s %q %q %v", g, g.Access, g.Refresh, g.Scopes)
			}
			for i, s := range c.scopes {
				if g.Scopes[i] != s {
					t.Errorf("scopes %v", g.Scopes)
				}
			}
		})
	}
}

func TestUnusableGrantsAreRefusedByName(t *testing.T) {
	const whole = `{"access_token":"xyzzy-a","refresh_token":"xyzzy-r","expires_in":3600}`
	for in, want := range map[string]string{
		"":           "token: not a JSON object",
		"null":       "token: not a JSON object",
		"[1]":        "token: not a JSON object",
		"xyzzy":      "token: not a JSON object",
		"{}":         "token: access_token, refresh_token, expires_in missing or of the wrong type",
		whole + "{}": "token: not a JSON object",
		strings.Replace(whole, "3600", `"xyzzy"`, 1):            "token: expires_in missing or of the wrong type",
		strings.Replace(whole, "3600", "0", 1):                  "token: expires_in is not a lifetime in seconds",
		strings.Replace(whole, "3600", "-9000000000000000", 1):  "token: expires_in is not a lifetime in seconds",
		strings.Replace(whole, "3600", "9000000000000000", 1):   "token: expires_in is not a lifetime in seconds",
		strings.Replace(whole, "3600", `36,"scope":{"a":1}`, 1): "token: scope missing or of the wrong type",
		strings.Replace(whole, "xyzzy-r", "", 1):                "token: refresh_token is not a token",
		strings.Replace(whole, "xyzzy-a", `xyzzy\nHost: x`, 1):  "token: access_token is not a token",
		strings.Replace(whole, `"xyzzy-a"`, "7", 1):             "token: access_token missing or of the wrong type",
		whole + strings.Repeat(" ", 64<<10):                     "token: more than 64 KiB",
	} {
		g, err := token.ParseGrant(strings.NewReader(in))
		if err == nil || core.KindOf(err) != core.Invalid {
			t.Errorf("%.80q: %v, %v", in, g, err)
			continue
		}
		if d := cmp.Diff(want, err.Error()); d != "" {
			t.Errorf("%.80q: %s", in, d)
		}
	}
}

func FuzzParseGrant(f *testing.F) {
	f.Add(`{"access_token":"a","refresh_token":"r","expires_in":3600,"scope":["x"]}`)
	f.Add(`{"access_token":"a","refresh_token":"r","expires_in":1e3,"scope":"x y"}`)
	f.Add(`{"access_token":null}`)
	f.Fuzz(func(t *testing.T, in string) {
		g, err := token.ParseGrant(strings.NewReader(in))
		switch {
		case err != nil && core.KindOf(err) != core.Invalid:
			t.Errorf("kind of %v", err)
		case err == nil && (g.Access == "" || g.Refresh == "" || g.ExpiresIn <= 0 || strings.ContainsAny(g.Access+g.Refresh, " \r\n\x00")):
			t.Errorf("accepted %q %q %v", g.Access, g.Refresh, g.ExpiresIn)
		}
	})
}
