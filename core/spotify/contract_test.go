package spotify_test

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"sidestage/core/testenv"
)

// description is the published API description, where it is at hand.
const description = "../../../shared/specs/spotify.yaml"

func describedAPI(t *testing.T) routers.Router {
	t.Helper()
	if _, err := os.Stat(description); errors.Is(err, fs.ErrNotExist) {
		testenv.Missing(t, "the API description in ../shared/specs")
	}
	doc, err := openapi3.NewLoader().LoadFromFile(description)
	if err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(doc, openapi3.DisableExamplesValidation())
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// TestEveryRequestIsOneThePublishedDescriptionKnows sends nothing anywhere: the
// requests are checked where they would leave.
func TestEveryRequestIsOneThePublishedDescriptionKnows(t *testing.T) {
	api := describedAPI(t)
	for name, call := range calls {
		c, checked := start(t, reply{status: 200, body: `{"id":"x","tracks":{"items":[]}}`})
		target := c.URL
		c.URL = "" // the real one
		c.HTTP.Transport = described{t, api, target, c.HTTP.Transport}
		if err := call(t.Context(), c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(checked.requests()) != 1 {
			t.Errorf("%s: not sent", name)
		}
	}
}

// described holds requests against the description and sends them to the fake.
type described struct {
	t      *testing.T
	api    routers.Router
	target string
	next   http.RoundTripper
}

func (d described) RoundTrip(r *http.Request) (*http.Response, error) {
	route, params, err := d.api.FindRoute(r)
	if err != nil {
		d.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	} else if err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: bearer},
	}); err != nil {
		d.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	} else if route.Operation.Deprecated {
		d.t.Errorf("%s %s is deprecated", r.Method, r.URL)
	}
	out, err := http.NewRequestWithContext(r.Context(), r.Method, d.target+r.URL.RequestURI(), r.Body)
	if err != nil {
		return nil, err
	}
	return d.next.RoundTrip(out)
}

func bearer(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	if in.RequestValidationInput.Request.Header.Get("Authorization") != "Bearer "+secret {
		return errors.New("no bearer token")
	}
	return nil
}
