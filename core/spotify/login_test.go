package spotify_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/spotify"
)

func TestTheConsentPageIsAskedForWithAChallenge(t *testing.T) {
	o := &spotify.OAuth{ClientID: "the-client"}
	// The verifier and its challenge are those of RFC 7636, appendix B.
	page, err := url.Parse(o.Authorize("http://127.0.0.1:7433/oauth/spotify/callback", "st", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"client_id": {"the-client"}, "response_type": {"code"}, "redirect_uri": {"http://127.0.0.1:7433/oauth/spotify/callback"}, "scope": {"a b"},
		"state": {"st"}, "code_challenge_method": {"S256"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"},
	}
	if diff := cmp.Diff(want, page.Query()); diff != "" || page.Host != "accounts.spotify.com" || page.Path != "/authorize" {
		t.Error(page, diff)
	}
}

func TestAVerifierIsLongAndNewEachTime(t *testing.T) {
	a, b := spotify.NewVerifier(), spotify.NewVerifier()
	if a == b || !regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`).MatchString(a) {
		t.Error(a, b)
	}
}

func TestACodeIsExchangedInOneForm(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, _ := url.ParseQuery(string(body))
		want := url.Values{"grant_type": {"authorization_code"}, "code": {"c"}, "redirect_uri": {"http://127.0.0.1/x"}, "client_id": {"the-client"}, "code_verifier": {"v"}}
		if diff := cmp.Diff(want, got); diff != "" || r.Header.Get("Authorization") != "" {
			t.Error(diff)
		}
		_, _ = io.WriteString(w, grantBody+`,"refresh_token":"r"}`)
	}))
	defer srv.Close()
	g, err := (&spotify.OAuth{URL: srv.URL, ClientID: "the-client"}).Exchange(t.Context(), "c", "http://127.0.0.1/x", "v")
	if err != nil || g.Access != secret || g.Refresh != "r" {
		t.Error(err)
	}
}

func TestACodeThatIsRefusedMeansToBeginAnew(t *testing.T) {
	for body, reason := range map[string]string{
		`{"error":"invalid_grant","error_description":"Invalid authorization code the-code"}`: spotify.ReasonInvalidGrant,
		`{"error":"invalid_client","error_description":"Invalid client"}`:                     spotify.ReasonInvalidClient,
		`{"error":"something"}`: spotify.ReasonRefused,
	} {
		o, _ := login(t, reply{status: 400, body: body})
		_, err := o.Exchange(t.Context(), "the-code", "r", "v")
		if core.KindOf(err) != core.LoginRequired || core.ReasonOf(err) != reason || strings.Contains(fmt.Sprint(err), "the-code") {
			t.Errorf("%s: %v", body, err)
		}
	}
	o, _ := login(t, reply{status: 200, body: grantBody + "}"})
	if _, err := o.Exchange(t.Context(), "c", "r", "v"); core.KindOf(err) != core.LoginRequired {
		t.Errorf("without a refresh token: %v", err)
	}
}
