package sim

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
)

// reply is what a route answers; the one place that writes it is send.
type reply struct {
	status int
	header http.Header
	body   any    // JSON, nil for none
	text   string // in place of body
	kind   string // content type of text
}

func ok(body any) reply { return reply{status: http.StatusOK, body: body} }

func (r reply) with(key, value string) reply {
	if r.header == nil {
		r.header = http.Header{}
	}
	r.header.Set(key, value)
	return r
}

func (r reply) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.header)
	switch {
	case r.text != "":
		w.Header().Set("Content-Type", r.kind)
		w.WriteHeader(r.status)
		_, _ = io.WriteString(w, r.text)
	case r.body != nil:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(r.status)
		_ = json.NewEncoder(w).Encode(r.body)
	default:
		w.WriteHeader(r.status)
	}
}

// bodyLimit is how much of a request's body is read.
const bodyLimit = 64 << 10

// limited caps every request's body.
func limited(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
		h.ServeHTTP(w, r)
	})
}
