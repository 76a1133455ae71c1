package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"sidestage/assets"
	"sidestage/core"
)

// overlayPolicy lets a page of the overlay use what we serve, show cover art
// from the platforms, and be framed by whatever shows it.
const overlayPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' https:; base-uri 'none'; form-action 'none'; frame-ancestors *"

// contentTypes are those of the overlay's files. The system's own table is not
// asked: a browser refuses a script that some registry calls plain text.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// mountOverlay registers the pages and their files.
func (s *Server) mountOverlay() {
	files := assets.Overlay()
	s.mux.HandleFunc("GET /overlay/{$}", func(w http.ResponseWriter, r *http.Request) {
		s.file(w, r, files, "page/index.html")
	})
	s.mux.HandleFunc("GET /overlay/{page}", func(w http.ResponseWriter, r *http.Request) {
		s.file(w, r, files, "page/"+r.PathValue("page")+".html")
	})
	s.mux.HandleFunc("GET /overlay/assets/{file...}", func(w http.ResponseWriter, r *http.Request) {
		s.file(w, r, files, r.PathValue("file"))
	})
}

// file sends one embedded file. A browser may keep it and asks whether it is
// still the same.
func (s *Server) file(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	kind, known := contentTypes[path.Ext(name)]
	data, err := fs.ReadFile(files, name)
	if err != nil || !known {
		s.refuse(w, r, core.E(core.NotFound, "there is nothing at %s", r.URL.Path))
		return
	}
	sum := sha256.Sum256(data)
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Security-Policy", overlayPolicy)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	http.ServeContent(w, r, strings.TrimPrefix(name, "page/"), time.Time{}, bytes.NewReader(data))
}
