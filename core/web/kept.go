package web

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"sidestage/core/api"
)

// What years have left takes long to count for a span of time. An answer that
// took slow is given again for keptFor, so that whoever asks again and again
// does not hold up the rest; one that is quick is never old.
const (
	slow    = 100 * time.Millisecond
	keptFor = time.Minute
	maxKept = 64
)

// kept are the answers that took long, by the question.
type kept struct {
	mu      sync.Mutex
	answers map[string]keptAnswer
}

type keptAnswer struct {
	body any
	at   time.Time
}

func (k *kept) get(question string) (any, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a, ok := k.answers[question]
	return a.body, ok && time.Since(a.at) < keptFor
}

func (k *kept) put(question string, body any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for other, a := range k.answers {
		if time.Since(a.at) >= keptFor {
			delete(k.answers, other)
		}
	}
	if k.answers == nil {
		k.answers = map[string]keptAnswer{}
	}
	if len(k.answers) < maxKept {
		k.answers[question] = keptAnswer{body: body, at: time.Now()}
	}
}

// count answers a question about a span, with what is kept of it if anything is.
func (s *Server) count(ctx context.Context, in *request, route api.Route, handle handler) (any, error) {
	if !slices.Contains(route.Query, "since") {
		return handle(ctx, in)
	}
	question := in.question()
	if body, ok := s.kept.get(question); ok {
		return body, nil
	}
	begun := time.Now()
	body, err := handle(ctx, in)
	if err == nil && time.Since(begun) >= slow {
		s.kept.put(question, body)
	}
	return body, err
}

// question is what is asked, but for the seconds of since: who asks for the last
// 30 days asks for other ones every time.
func (in *request) question() string {
	query := maps.Clone(in.query)
	if at, err := time.Parse(time.RFC3339, query.Get("since")); err == nil {
		query.Set("since", at.UTC().Truncate(keptFor).Format(time.RFC3339))
	}
	return in.r.URL.Path + "?" + query.Encode()
}
