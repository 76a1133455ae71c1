package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// Limits of a connection.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = 10 * time.Second
	writeTimeout  = 10 * time.Second // of one answer, or one event
	workTimeout   = time.Minute      // of what a request asks for
	idleTimeout   = 2 * time.Minute
	maxHeader     = 16 << 10
	// lastAnswers is what requests under way get when the server stops.
	lastAnswers = 300 * time.Millisecond
)

// Run serves every listener until ctx ends: streams end at once, other answers
// get a moment. It closes the listeners and returns when nothing runs any more.
// A Server runs once.
func (s *Server) Run(ctx context.Context, listeners ...net.Listener) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler:           s,
		BaseContext:       func(net.Listener) context.Context { return work },
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelWarn),
	}
	stop := context.AfterFunc(ctx, func() { close(s.ending) })
	defer stop()
	g, failed := errgroup.WithContext(ctx)
	for _, l := range listeners {
		g.Go(func() error { return serve(server, l) })
	}
	<-failed.Done()
	last, giveUp := context.WithTimeout(work, lastAnswers)
	defer giveUp()
	err := server.Shutdown(last)
	if err != nil { // somebody still waits: cut it off
		cancel()
		err = server.Close()
	}
	return errors.Join(g.Wait(), err)
}

func serve(server *http.Server, l net.Listener) error {
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	}
	return nil
}
