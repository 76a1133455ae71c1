package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sidestage/core"
	"sidestage/core/api"
)

// send sends an answer.
func (s *Server) send(w http.ResponseWriter, r *http.Request, status int, body any) {
	data, ok := s.encode(r, body)
	if !ok {
		status = http.StatusInternalServerError
	}
	write(w, status, data)
}

// sendTagged sends an answer with a tag of what is in it, or only that it is the
// one that whoever asks has. The tag is of the answer itself and not of the
// journal: some change with the time, a new name, the settings or Twitch's books,
// of which the journal says nothing.
func (s *Server) sendTagged(w http.ResponseWriter, r *http.Request, body any) {
	data, ok := s.encode(r, body)
	if !ok {
		write(w, http.StatusInternalServerError, data)
		return
	}
	sum := sha256.Sum256(data)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache") // may be kept, but not shown without asking
	if has(r, tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	write(w, http.StatusOK, data)
}

// has reports whether whoever asks says that they have the answer with a tag.
func has(r *http.Request, tag string) bool {
	for _, line := range r.Header.Values("If-None-Match") {
		for one := range strings.SplitSeq(line, ",") {
			if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// encode is body as JSON; false when it cannot be, and what is said instead.
func (s *Server) encode(r *http.Request, body any) ([]byte, bool) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		s.cfg.Log.ErrorContext(r.Context(), "answer not encoded", "path", r.URL.Path, "error", err)
		return []byte(`{"error":"the answer could not be written","code":"internal"}` + "\n"), false
	}
	return b.Bytes(), true
}

func write(w http.ResponseWriter, status int, data []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // a recorder has none
	w.WriteHeader(status)
	_, _ = w.Write(data) // whoever asked has gone
}

// refuse sends an error. Those that are our own fault are also logged: whoever
// asked may not be a person.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	kind := core.KindOf(err)
	if kind == core.Internal && r.Context().Err() == nil {
		s.cfg.Log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	status := kind.HTTPStatus()
	if g := (gated{}); errors.As(err, &g) {
		status = g.status
	}
	if wait := core.RetryAfter(err); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds()+0.5)))
	}
	s.send(w, r, status, api.Error{Error: worded(err), Code: kind.String(), Reason: core.ReasonOf(err)})
}

// worded is an error in words. What a missing login was noticed at is left out:
// that there is none, and what to do about it, is all there is to say.
func worded(err error) string {
	text := err.Error()
	if core.KindOf(err) != core.LoginRequired {
		return text
	}
	for e := (*core.Error)(nil); errors.As(err, &e); err = e.Err {
		if e.Kind == core.LoginRequired {
			text = e.Message
		}
	}
	return text
}
