package web

import (
	"bytes"
	"context"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"sidestage/core"
	"sidestage/core/api"
)

// callbackPolicy is that of a page of plain text that nobody may frame.
const callbackPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// maxCallback is the longest query that is looked at, in bytes.
const maxCallback = 8 << 10

// landed is what the page says on which a login ends.
type landed struct{ Title, Text string }

var landedPage = template.Must(template.New("landed").Parse(`<!doctype html>
<html lang="en" class="desk">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>{{.Title}} · sidestage</title>
<link rel="icon" href="/overlay/assets/widget/icon.svg">
<link rel="stylesheet" href="/overlay/assets/theme.css">
<link rel="stylesheet" href="/overlay/assets/widget/index.css">
</head>
<body>
<main>
<h1>{{.Title}}</h1>
<p>{{.Text}}</p>
</main>
</body>
</html>
`))

// mountCallback registers the pages that platforms send the browser back to.
func (s *Server) mountCallback() {
	s.mux.HandleFunc("GET "+api.CallbackPath, func(w http.ResponseWriter, r *http.Request) {
		page, status := landed{"Nothing to see here", "A login ends on this page."}, http.StatusOK
		if r.Method == http.MethodGet { // whoever only looks ahead must not use the code up
			page, status = s.cameBack(r)
		}
		var b bytes.Buffer
		_ = landedPage.Execute(&b, page) // into memory, of two strings
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", callbackPolicy)
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // a recorder has none
		w.WriteHeader(status)
		_, _ = w.Write(b.Bytes()) // whoever asked has gone
	})
}

// cameBack tells the desk, and the person at the browser, how a login ended.
// What the platform sent along is never repeated.
func (s *Server) cameBack(r *http.Request) (landed, int) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || len(r.URL.RawQuery) > maxCallback {
		err := core.E(core.Invalid, "what the platform sent along cannot be read")
		return landed{"Not logged in", sentence(err)}, http.StatusBadRequest
	}
	// Closing the tab must not lose a code that has been spent.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), workTimeout)
	defer cancel()
	login, err := s.cfg.Accounts.CameBack(ctx, r.PathValue("platform"), query)
	switch {
	case err != nil:
		return landed{"Not logged in", sentence(err)}, core.KindOf(err).HTTPStatus()
	case login.State != api.LoginConnected:
		return landed{"Login stored", "It could not be checked yet; sidestage goes on trying. You can close this page."}, http.StatusOK
	}
	return landed{"Logged in as " + login.Login, "You can close this page and go back to sidestage."}, http.StatusOK
}

// sentence is an error on a page of its own.
func sentence(err error) string {
	return "It did not work: " + err.Error() + ". The terminal where you began the login says more."
}
