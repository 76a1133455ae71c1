package twitch_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/twitch"
)

func TestADeviceLoginBeginsWithScopesInThePlural(t *testing.T) {
	var seen call
	const body = `{"device_code":"dc-secret","expires_in":1800,"interval":5,"user_code":"JLLKTXWJ","verification_uri":"https://www.twitch.tv/activate?device-code=JLLKTXWJ"}`
	d, err := oauth(says(200, body, &seen)).Device(t.Context(), "user:read:chat", "user:write:chat")
	want := twitch.Device{
		Code: "dc-secret", UserCode: "JLLKTXWJ", Address: "https://www.twitch.tv/activate?device-code=JLLKTXWJ", Trusted: true,
		Interval: 5 * time.Second, Expires: 30 * time.Minute,
	}
	if diff := cmp.Diff(want, d); diff != "" || err != nil {
		t.Error(err, diff)
	}
	sent := call{method: "POST", path: "/oauth2/device", kind: "application/x-www-form-urlencoded", body: "client_id=20080f048a00954f18ed15de6f93a1&scopes=user%3Aread%3Achat+user%3Awrite%3Achat"}
	if seen != sent {
		t.Errorf("sent %+v", seen)
	}
	if text := fmt.Sprintf("%v %+v %#v %s", d, d, d, d); strings.Contains(text, "secret") {
		t.Error(text)
	}
}

func TestOnlyTwitchsOwnPageIsTrusted(t *testing.T) {
	for address, want := range map[string]bool{
		"https://www.twitch.tv/activate":      true,
		"https://twitch.tv/activate":          true,
		"https://id.test/activate":            true, // whom the settings name
		"http://www.twitch.tv/activate":       false,
		"https://www.twitch.tv.evil.test/a":   false,
		"https://eviltwitch.tv/activate":      false,
		"https://www.twitch.tv@evil.test/a":   false,
		"https://www.twitch.tv:8443/activate": false,
		"javascript:alert(1)":                 false,
		"file:///etc/passwd":                  false,
	} {
		body := fmt.Sprintf(`{"device_code":"d","expires_in":1800,"user_code":"U","verification_uri":%q}`, address)
		d, err := oauth(says(200, body, nil)).Device(t.Context())
		if err != nil || d.Trusted != want || d.Interval != 5*time.Second {
			t.Errorf("%s: %v, %v", address, d.Trusted, err)
		}
	}
}

func TestADeviceLoginThatCannotBegin(t *testing.T) {
	for _, tt := range []struct {
		status       int
		body, reason string
		kind         core.Kind
	}{
		{400, `{"status":400,"message":"invalid client"}`, twitch.ReasonClient, core.Denied},
		{403, `{"status":403,"message":"invalid client secret"}`, twitch.ReasonClient, core.Denied},
		{429, ``, "", core.RateLimited},
		{503, ``, "", core.Unavailable},
		{200, `{}`, "bad-device", core.Unavailable},
		{200, `<html>`, "", core.Unavailable},
	} {
		_, err := oauth(says(tt.status, tt.body, nil)).Device(t.Context())
		if core.KindOf(err) != tt.kind || core.ReasonOf(err) != tt.reason {
			t.Errorf("%d %s: %v", tt.status, tt.body, err)
		}
	}
}

func TestAPollTellsWhatBecameOfTheLogin(t *testing.T) {
	for _, tt := range []struct {
		status       int
		body, reason string
		kind         core.Kind
	}{
		{400, `{"status":400,"message":"invalid device code"}`, twitch.ReasonExpired, core.LoginRequired},
		{400, `{"status":400,"message":"access_denied"}`, twitch.ReasonDenied, core.Denied},
		{400, `{"status":400,"message":"invalid client"}`, twitch.ReasonClient, core.Denied},
		{400, `{"status":400,"message":"something new"}`, twitch.ReasonEnded, core.LoginRequired},
		{400, `{"error":"access_denied"}`, twitch.ReasonDenied, core.Denied},
		{400, `{"error":"expired_token"}`, twitch.ReasonExpired, core.LoginRequired},
		{403, `<html>`, "", core.Unavailable},
		{429, ``, "", core.RateLimited},
		{500, ``, "", core.Unavailable},
		{200, `{}`, "bad-grant", core.Ambiguous},
	} {
		_, err := oauth(says(tt.status, tt.body, nil)).Poll(t.Context(), "dc-secret")
		if core.KindOf(err) != tt.kind || core.ReasonOf(err) != tt.reason {
			t.Errorf("%d %s: %v", tt.status, tt.body, err)
		}
	}
	for _, body := range []string{
		`{"status":400,"message":"authorization_pending"}`,
		`{"status":400,"message":"slow_down"}`,
		`{"error":"authorization_pending","error_description":"wait"}`, // as RFC 8628 has it
		`{"status":400,"error":"Bad Request","message":"authorization_pending"}`,
	} {
		if _, err := oauth(says(400, body, nil)).Poll(t.Context(), "dc-secret"); !errors.Is(err, twitch.ErrPending) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestAPollThatIsAgreedToIsAGrant(t *testing.T) {
	var seen call
	const body = `{"access_token":"acc","expires_in":14542,"refresh_token":"ref","scope":["user:read:chat"],"token_type":"bearer"}`
	g, err := oauth(says(http.StatusOK, body, &seen)).Poll(t.Context(), "dc", "user:read:chat")
	want := twitch.Grant{Access: "acc", Refresh: "ref", ExpiresIn: 14542 * time.Second, Scopes: []string{"user:read:chat"}}
	if diff := cmp.Diff(want, g); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for _, part := range []string{"device_code=dc", "scopes=user%3Aread%3Achat", "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"} {
		if !strings.Contains(seen.body, part) {
			t.Errorf("sent %q without %s", seen.body, part)
		}
	}
}

// A text of Twitch that repeats the code is shown without it.
func TestNoErrorRepeatsTheDeviceCode(t *testing.T) {
	_, err := oauth(says(400, `{"status":400,"message":"no such thing: dc-secret"}`, nil)).Poll(t.Context(), "dc-secret")
	if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), "dc-secret") {
		t.Error(err)
	}
}
