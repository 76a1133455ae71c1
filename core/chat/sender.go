package chat

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"sidestage/core"
)

// Twitch lets the streamer, moderators and VIPs say 100 messages in 30 s, and
// drops what is said twice within about that time.
const (
	limitSpan = 30 * time.Second
	slackSpan = time.Second // for what the network bunches up

	repeatSpan = 30 * time.Second
	echoSpan   = time.Minute // how long our own words may take to come back
)

const (
	maxWaiting = 100             // messages that may wait for their turn
	sentKept   = 512             // messages that are remembered
	busyPause  = 5 * time.Second // after Twitch said "too many" and not how long
	soon       = time.Second / 4 // the wait of who cannot wait
	again      = " \U000e0000"   // makes a repeated message another one, as chat clients do
)

// Post sends one line to chat and gives the new message's id.
type Post func(ctx context.Context, text, replyTo string) (id string, err error)

// Sender says things in the channel's chat: everybody's messages go through the
// same one. It says them in the order they were asked for, no faster than
// Twitch allows, and remembers them. Its methods may be called from any
// goroutine.
type Sender struct {
	post  Post
	limit *rate.Limiter
	turn  *semaphore.Weighted // who has it may speak; first come, first served

	mu      sync.Mutex
	waiting int
	quiet   time.Time // Twitch wants to hear nothing before
	sent    []utterance
}

// utterance is something we said, or are about to.
type utterance struct {
	id   string // empty until Twitch tells, or for good when the answer was lost
	text string
	at   time.Time
}

// NewSender makes a Sender of at most n messages, 1 or more, in any 30 s.
func NewSender(post Post, n int) *Sender {
	burst := (n + 1) / 2
	every := rate.Limit(float64(n-burst+1) / (limitSpan + slackSpan).Seconds())
	return &Sender{post: post, limit: rate.NewLimiter(every, burst), turn: semaphore.NewWeighted(1)}
}

// Say says text, made safe by Sanitise, as an answer to the message replyTo if
// that is not empty, and returns the new message's id. It waits for its turn
// until ctx ends. RateLimited and Unavailable mean that nothing was sent;
// Conflict with the reason "repeated", that the same was said twice already
// within half a minute, so Twitch would drop it.
func (s *Sender) Say(ctx context.Context, text, replyTo string) (id string, err error) {
	return s.say(ctx, ctx, text, replyTo)
}

// SaySoon is Say for those who have something else to do than to wait: a turn
// that does not come at once, about, is RateLimited, and they ask again.
func (s *Sender) SaySoon(ctx context.Context, text, replyTo string) (id string, err error) {
	wait, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	return s.say(ctx, wait, text, replyTo)
}

func (s *Sender) say(ctx, wait context.Context, text, replyTo string) (id string, err error) {
	if text = Sanitise(text); text == "" {
		return "", core.Because(core.Invalid, "empty", "there is nothing to say")
	}
	leave, err := s.enter(wait)
	if err != nil {
		return "", err
	}
	defer leave()
	if text, err = s.intend(text, time.Now()); err != nil {
		return "", err
	}
	id, err = s.post(ctx, text, replyTo)
	s.note(id, err)
	return id, err
}

// Ours reports whether the streamer's account said l through this Sender.
func (s *Sender) Ours(l Line) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.sent, func(u utterance) bool {
		return u.id != "" && u.id == l.ID ||
			l.Is(Broadcaster) && trim(u.text) == trim(l.Text) && time.Since(u.at) < echoSpan
	})
}

// enter waits until it is this message's turn and Twitch may be spoken to.
func (s *Sender) enter(ctx context.Context) (leave func(), err error) {
	if !s.queue() {
		return nil, core.Because(core.RateLimited, "chat-busy", "%d messages wait to be said already", maxWaiting)
	}
	defer s.unqueue()
	if s.turn.Acquire(ctx, 1) != nil {
		return nil, late(ctx)
	}
	leave = func() { s.turn.Release(1) }
	if s.rest(ctx) != nil || s.limit.Wait(ctx) != nil {
		leave()
		return nil, late(ctx)
	}
	return leave, nil
}

func (s *Sender) queue() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == maxWaiting {
		return false
	}
	s.waiting++
	return true
}

func (s *Sender) unqueue() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting--
}

// late is why a message was not sent before its ctx ended, or would have.
func late(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return core.Because(core.Unavailable, "stopped", "not said: %w", context.Canceled)
	}
	return core.Because(core.RateLimited, "chat-busy", "not said: too many messages were before it")
}

// rest waits as long as Twitch asked for.
func (s *Sender) rest(ctx context.Context) error {
	s.mu.Lock()
	wait := time.Until(s.quiet)
	s.mu.Unlock()
	if wait <= 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// intend remembers text before it is sent, because it can come back before the
// answer does, and makes it another text than one said a moment ago.
func (s *Sender) intend(text string, now time.Time) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	said := func(text string) bool {
		return slices.ContainsFunc(s.sent, func(u utterance) bool { return u.text == text && now.Sub(u.at) < repeatSpan })
	}
	if said(text) {
		text = clip(text, MaxReply-len([]rune(again))) + again
	}
	if said(text) {
		return "", core.Because(core.Conflict, "repeated", "the same was said twice in the last half a minute: Twitch would drop it")
	}
	if len(s.sent) == sentKept {
		s.sent = slices.Delete(s.sent, 0, 1)
	}
	s.sent = append(s.sent, utterance{text: text, at: now})
	return text, nil
}

// note books what became of the message that is being sent, the last one. What
// certainly was not said is no repetition and has no echo.
func (s *Sender) note(id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.sent) - 1
	s.sent[last].id = id
	if err == nil || core.KindOf(err) == core.Ambiguous {
		return
	}
	s.sent = s.sent[:last]
	if core.KindOf(err) == core.RateLimited {
		s.quiet = time.Now().Add(max(core.RetryAfter(err), busyPause))
	}
}
