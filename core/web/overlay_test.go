package web_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"

	"sidestage/assets"
	"sidestage/core/web"
)

// overlay asks a server for its files; etag is of what the browser has.
func overlay(t *testing.T) (get func(path, etag string) *httptest.ResponseRecorder) {
	t.Helper()
	s := web.New(web.Config{})
	return func(path, etag string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Host = "127.0.0.1:7433"
		r.Header.Set("If-None-Match", etag)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
}

func TestEveryFileOfTheOverlayIsServed(t *testing.T) {
	get := overlay(t)
	kinds := map[string]string{".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
	err := fs.WalkDir(assets.Overlay(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		w := get("/overlay/assets/"+name, "")
		if kind := w.Header().Get("Content-Type"); w.Code != http.StatusOK || !strings.HasPrefix(kind, kinds[path.Ext(name)]) {
			t.Errorf("%s: %d %s", name, w.Code, kind)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryWidgetIsServedAtExactlyItsPath(t *testing.T) {
	get := overlay(t)
	paths := map[string]string{
		"/overlay/": "text/html", "/overlay/assets/theme.css": "text/css", "/overlay/assets/widget/feed.js": "text/javascript",
	}
	for _, widget := range assets.Widgets() {
		paths[widget.Path] = "text/html"
	}
	for path, kind := range paths {
		w := get(path, "")
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), kind) {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
		if !strings.Contains(w.Header().Get("Content-Security-Policy"), "script-src 'self'") {
			t.Errorf("%s has the policy %q", path, w.Header().Get("Content-Security-Policy"))
		}
		if again := get(path, w.Header().Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s is sent again: %d", path, again.Code)
		}
	}
	for _, path := range []string{"/overlay/nothing", "/overlay/../go.mod", "/overlay/assets/page", "/overlay/assets/../../go.mod", "/overlay/now-playing/"} {
		if w := get(path, ""); w.Code == http.StatusOK {
			t.Errorf("%s is served", path)
		}
	}
}
