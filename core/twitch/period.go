package twitch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// period is the life of one Twitch session, over as many sockets as Twitch asks
// to move it to.
type period struct {
	s     *Session
	queue chan<- Message

	mu     sync.Mutex
	id     string   // of the newest welcome
	ids    []string // of every welcome: Twitch may list subscriptions under an older one
	claims []claim
	rival  bool // another program with the same login hears of redemptions too

	listed []Subscription // Twitch's list, for one pass

	moved   chan struct{}      // the session went on over another socket
	revoked chan struct{}      // a subscription was taken away
	turn    chan struct{}      // held while Ready runs
	setups  chan chan struct{} // whoever wants all of it tried again, and hear when it was
	ended   chan struct{}      // closed when the session is over
	tasks   sync.WaitGroup
}

func newPeriod(s *Session, queue chan<- Message, wanted []Subscription) *period {
	p := &period{
		s:       s,
		queue:   queue,
		moved:   make(chan struct{}, 1),
		revoked: make(chan struct{}, 1),
		turn:    make(chan struct{}, 1),
		setups:  make(chan chan struct{}),
		ended:   make(chan struct{}),
	}
	for _, w := range wanted {
		p.claims = append(p.claims, claim{want: w})
	}
	return p
}

// run connects to url and returns why the session ended, when all of it has.
func (p *period) run(ctx context.Context, url string) error {
	defer p.tasks.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // closes the sockets, too
	l, err := p.open(ctx, url)
	if err != nil {
		return err
	}
	p.enter(l.id)
	p.s.now.Store(p)
	defer func() { p.s.now.Store(nil); close(p.ended) }()
	p.s.board.show(Health{State: Subscribing, SessionID: l.id, Missing: p.missing()})
	p.s.log().InfoContext(ctx, "eventsub session opened", "session", l.id)
	failed := make(chan error, 2)
	p.tasks.Go(func() { failed <- p.stand(ctx) })
	p.tasks.Go(func() { failed <- p.s.overslept(ctx) })
	err = p.keep(ctx, l, failed)
	if errors.Is(err, errUnused) && p.reason() != "" {
		err = fmt.Errorf("%w (%s)", err, p.reason())
	}
	return err
}

// keep follows the session from socket to socket until it is lost, ctx ends, or
// subscribing failed for good.
func (p *period) keep(ctx context.Context, l *link, failed <-chan error) error {
	for {
		var url string
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-failed:
			return err
		case url = <-l.moves:
		case <-l.done:
			select {
			case url = <-l.moves: // Twitch asked first and hung up then
			default:
				return l.err
			}
		}
		next, err := p.open(ctx, url)
		if err != nil {
			return fmt.Errorf("follow a reconnect: %w", err)
		}
		close(l.over)
		l = next
		p.enter(l.id)
		p.s.log().InfoContext(ctx, "eventsub session moved", "session", l.id)
		offer(p.moved, struct{}{})
	}
}

// enter takes the session's id from the newest welcome: it may change.
func (p *period) enter(id string) {
	p.s.past.add(id)
	if p.s.Opened != nil {
		p.s.Opened(id)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.id, p.ids = id, append(p.ids, id)
}

// ours reports whether a subscription is listed for this session.
func (p *period) ours(l Subscription) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.ids, l.SessionID)
}

func (p *period) sessionID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.id
}
