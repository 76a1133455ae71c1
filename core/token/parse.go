package token

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"time"

	"sidestage/core"
)

const (
	maxGrantFile = 64 << 10
	maxToken     = 2048                 // bytes; every OS keyring holds that in one entry
	maxLifetime  = 10 * 365 * 24 * 3600 // seconds; more is a mistake in the file
)

// ParseGrant reads the JSON of a login made elsewhere: access_token,
// refresh_token, expires_in in seconds, and scope as an array or one string;
// other fields are ignored. Its errors are Invalid, name the fields, and never
// quote the input.
func ParseGrant(r io.Reader) (Grant, error) {
	fields, err := grantFields(r)
	if err != nil {
		return Grant{}, err
	}
	var g Grant
	var seconds int64
	var wrong []string
	for _, f := range []struct {
		name string
		into any
	}{{"access_token", &g.Access}, {"refresh_token", &g.Refresh}, {"expires_in", &seconds}} {
		if json.Unmarshal(fields[f.name], f.into) != nil {
			wrong = append(wrong, f.name)
		}
	}
	var ok bool
	if g.Scopes, ok = scopesOf(fields["scope"]); !ok {
		wrong = append(wrong, "scope")
	}
	if len(wrong) > 0 {
		return Grant{}, core.E(core.Invalid, "token: %s missing or of the wrong type", strings.Join(wrong, ", "))
	}
	g.ExpiresIn = time.Duration(max(0, min(seconds, maxLifetime+1))) * time.Second
	return g, g.check()
}

// grantFields reads the one JSON object r holds.
func grantFields(r io.Reader) (map[string]json.RawMessage, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxGrantFile+1))
	if err != nil {
		return nil, core.E(core.Invalid, "read token: %w", err)
	}
	if len(data) > maxGrantFile {
		return nil, core.E(core.Invalid, "token: more than 64 KiB")
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // as some editors begin a file
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil || fields == nil {
		return nil, core.E(core.Invalid, "token: not a JSON object")
	}
	return fields, nil
}

// scopesOf reads scopes as platforms write them: an array, one string with
// spaces, null, or nothing.
func scopesOf(raw json.RawMessage) ([]string, bool) {
	if len(raw) == 0 {
		return nil, true
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return strings.Fields(one), true
	}
	var many []string
	return many, json.Unmarshal(raw, &many) == nil
}

// check refuses, as Invalid, a grant that no login can be made of.
func (g Grant) check() error {
	switch {
	case !sendable(g.Access):
		return core.E(core.Invalid, "token: access_token is not a token")
	case !sendable(g.Refresh):
		return core.E(core.Invalid, "token: refresh_token is not a token")
	case g.ExpiresIn <= 0 || g.ExpiresIn > maxLifetime*time.Second:
		return core.E(core.Invalid, "token: expires_in is not a lifetime in seconds")
	}
	return nil
}

// sendable reports whether s can stand in a header: visible ASCII only.
func sendable(s string) bool {
	outside := func(r rune) bool { return r <= ' ' || r > '~' }
	return s != "" && len(s) <= maxToken && !strings.ContainsFunc(s, outside)
}
