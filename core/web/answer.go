package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"sidestage/core"
	"sidestage/core/api"
)

// send sends an answer.
func (s *Server) send(w http.ResponseWriter, r *http.Request, status int, body any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		s.cfg.Log.ErrorContext(r.Context(), "answer not encoded", "path", r.URL.Path, "error", err)
		status = http.StatusInternalServerError
		b.Reset()
		b.WriteString(`{"error":"the answer could not be written","code":"internal"}` + "\n")
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // a recorder has none
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // whoever asked has gone
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
	s.send(w, r, status, api.Error{Error: err.Error(), Code: kind.String(), Reason: core.ReasonOf(err)})
}
