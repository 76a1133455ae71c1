package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/web"
	"sidestage/storage"
)

// Reach is the client of the desk on c's data directory, wherever it runs. Each
// request finds it anew: in the process that the run file names or, when none
// runs, as a desk of the request's own moment, which resumes nothing, polls
// nothing and opens no port. Reads of the latter take no lock and create
// nothing; writes wait a little for the lock, looking again for a run file. The
// process that runs the desk itself uses Desk.Reach.
//
// Whoever runs another build of this program can be read from, and warn is told
// so, once; writes to it are a Conflict, "other-build".
func Reach(c Config, warn func(string)) *api.Client {
	return &api.Client{Transport: &way{
		cfg: c, warn: warn, build: sync.OnceValue(Build),
		// A connection may outlive the desk it leads to.
		network: &http.Transport{DisableKeepAlives: true},
	}}
}

// way is a http.RoundTripper to wherever the desk is.
type way struct {
	cfg     Config
	warn    func(string)
	build   func() string
	network *http.Transport
	warned  sync.Once
}

// How a write waits for the lock.
const (
	lockPatience = 2 * time.Second
	lockPause    = 50 * time.Millisecond
	watchPause   = time.Second // between two looks for a desk that starts
)

// RoundTrip implements http.RoundTripper.
func (w *way) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	for until := time.Now().Add(lockPatience); ; {
		resp, err := w.try(r)
		if err == nil || !later(err) || time.Now().After(until) {
			return resp, err
		}
		select {
		case <-time.After(lockPause):
		case <-r.Context().Done():
			return nil, core.E(core.Unavailable, "wait for the desk: %w", r.Context().Err())
		}
	}
}

// later reports whether it helps to look again: another process has the lock
// and may say where it is or be done soon.
func later(err error) bool {
	gone := (*net.OpError)(nil)
	return core.ReasonOf(err) == "locked" || errors.As(err, &gone) && gone.Op == "dial"
}

func (w *way) try(r *http.Request) (*http.Response, error) {
	run, err := running(r.Context(), w.cfg.Settings.DataDir)
	switch {
	case err == nil:
		return w.forward(r, run)
	case core.KindOf(err) != core.NotFound:
		return nil, err
	case reads(r):
		return w.glance(r)
	}
	return w.moment(r)
}

func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// forward sends r to the desk that runs.
func (w *way) forward(r *http.Request, run runFile) (*http.Response, error) {
	if build := w.build(); run.Build != build {
		if !reads(r) {
			return nil, core.Because(core.Conflict, "other-build",
				"the desk that runs (pid %d) is build %s and this is %s: restart it before changing anything", run.PID, run.Build, build)
		}
		w.warned.Do(func() { w.warn("the desk that runs is build " + run.Build + ", this is " + build) })
	}
	out, err := repeat(r, run.Token)
	if err != nil {
		return nil, err
	}
	out.URL.Host, out.Host = run.Address, run.Address
	return w.network.RoundTrip(out)
}

// repeat copies r so that it can be sent more than once.
func repeat(r *http.Request, token string) (out *http.Request, err error) {
	out = r.Clone(r.Context())
	if r.GetBody != nil {
		if out.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	if !reads(r) {
		out.Header.Set("Authorization", "Bearer "+token)
	}
	return out, nil
}

// glance answers a read from the database as it is.
func (w *way) glance(r *http.Request) (*http.Response, error) {
	d, err := openMoment(r.Context(), w.cfg, storage.Options{ReadOnly: true})
	if err != nil && core.KindOf(err) == core.NotFound {
		secret := rand.Text()
		return w.serve(r, emptyServer(w.cfg.Settings.Chat, w.build(), secret), secret, func() error { return nil })
	}
	if err != nil {
		return nil, err
	}
	return w.serve(r, d.server(w.build()), d.door.token, d.Close)
}

// moment lets a desk of this request's own moment do r.
func (w *way) moment(r *http.Request) (*http.Response, error) {
	d, err := openMoment(r.Context(), w.cfg, storage.Options{})
	if err != nil {
		return nil, err
	}
	return w.serve(r, d.server(w.build()), d.door.token, d.Close)
}

// openMoment opens a desk that will not run. One of a demo calls nobody.
func openMoment(ctx context.Context, c Config, o storage.Options) (*Desk, error) {
	o.Platform = c.Platform
	c.oneShot = true
	return open(ctx, c, o)
}

// serve has a server answer r and ends it with the answer's body.
func (w *way) serve(r *http.Request, server *web.Server, token string, done func() error) (*http.Response, error) {
	out, err := repeat(r, token)
	if err != nil {
		return nil, errors.Join(err, done())
	}
	out.Host, out.URL.Host = "127.0.0.1", "127.0.0.1"
	pipe := web.NewPipe()
	ctx, stop := context.WithCancel(context.WithoutCancel(r.Context()))
	var all sync.WaitGroup
	ended := make(chan error, 1)
	all.Go(func() { ended <- server.Run(ctx, pipe) })
	all.Go(func() { w.watch(ctx, stop) })
	once := &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return pipe.Dial(ctx) },
	}
	end := func() error {
		stop()
		all.Wait()
		return errors.Join(<-ended, done())
	}
	resp, err := once.RoundTrip(out)
	if err != nil {
		return nil, errors.Join(err, end())
	}
	resp.Body = &answerBody{ReadCloser: resp.Body, end: sync.OnceValue(end)}
	return resp, nil
}

// watch stops an answer that goes on, the stream of events, when a desk has
// started: the client will ask again, and find that desk.
func (w *way) watch(ctx context.Context, stop func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(watchPause):
		}
		if _, err := running(ctx, w.cfg.Settings.DataDir); err == nil {
			stop()
		}
	}
}

// answerBody is the body of an answer, whose end is the server's too.
type answerBody struct {
	io.ReadCloser
	end func() error
}

// Close implements io.Closer.
func (b *answerBody) Close() error { return errors.Join(b.ReadCloser.Close(), b.end()) }
