package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/event"
)

// request is a request that passed the gate, its query checked.
type request struct {
	w     http.ResponseWriter
	r     *http.Request
	query url.Values
}

// open checks the query of r: only what the route takes, each once.
func open(w http.ResponseWriter, r *http.Request, route api.Route) (*request, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, core.Because(core.Invalid, "query", "the query cannot be read")
	}
	for name, values := range query {
		if !slices.Contains(route.Query, name) {
			return nil, core.Because(core.Invalid, "query", "%s takes no parameter %q", route.Path, name)
		}
		if len(values) > 1 {
			return nil, core.Because(core.Invalid, "query", "the parameter %q is given %d times", name, len(values))
		}
	}
	return &request{w: w, r: r, query: query}, nil
}

// path is the part of the path that the route's {name} stands for.
func (in *request) path(name string) string { return in.r.PathValue(name) }

// limit is how many entries are asked for.
func (in *request) limit() (int, error) {
	if !in.query.Has("limit") {
		return api.DefaultLimit, nil
	}
	n, err := strconv.Atoi(in.query.Get("limit"))
	if err != nil || n < 1 || n > api.MaxLimit {
		return 0, core.Because(core.Invalid, "query", "limit has to be 1…%d, not %q", api.MaxLimit, in.query.Get("limit"))
	}
	return n, nil
}

// after is the record to go on from; false when none is named.
func (in *request) after() (int64, bool, error) {
	text := in.query.Get("after")
	if id := in.r.Header.Get("Last-Event-ID"); id != "" {
		text = id // a browser that reconnects repeats its first query
	}
	if text == "" && !in.query.Has("after") {
		return 0, false, nil
	}
	seq, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seq < 0 {
		return 0, false, core.Because(core.Invalid, "query", "%q is not the number of an event", text)
	}
	return seq, true, nil
}

// maxTypes is how many types of events can be asked for at once.
const maxTypes = 32

// types are the types of events that are asked for, with commas between them;
// none for all.
func (in *request) types() (types []event.Type, err error) {
	if !in.query.Has("type") {
		return nil, nil
	}
	for name := range strings.SplitSeq(in.query.Get("type"), ",") {
		types = append(types, event.Type(name))
		if name == "" || len(types) > maxTypes {
			return nil, core.Because(core.Invalid, "query", "type has to be 1 to %d types of events with commas between them", maxTypes)
		}
	}
	return types, nil
}

// body reads the JSON object of a request strictly into v. No body at all
// leaves v alone.
func (in *request) body(v any) error {
	data, err := in.raw()
	if err != nil || len(data) == 0 {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return core.Because(core.Invalid, "body", "the body cannot be read: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return core.Because(core.Invalid, "body", "the body goes on after its JSON value")
	}
	return nil
}

// raw reads the body as it is, as far as it may go and in good time.
func (in *request) raw() ([]byte, error) {
	c := http.NewResponseController(in.w)
	_ = c.SetReadDeadline(time.Now().Add(bodyTimeout)) // a recorder has none
	defer func() { _ = c.SetReadDeadline(time.Time{}) }()
	data, err := io.ReadAll(http.MaxBytesReader(in.w, in.r.Body, api.MaxBody))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		err := core.E(core.Invalid, "the body is longer than %d bytes", long.Limit)
		return nil, gated{error: err, status: http.StatusRequestEntityTooLarge, reason: "body"}
	case err != nil:
		return nil, core.Because(core.Invalid, "body", "the body ended early")
	}
	if kind, _, _ := mime.ParseMediaType(in.r.Header.Get("Content-Type")); len(data) > 0 && kind != "application/json" {
		err := core.E(core.Invalid, "the body has to be application/json, not %q", kind)
		return nil, gated{error: err, status: http.StatusUnsupportedMediaType, reason: "body"}
	}
	return data, nil
}
