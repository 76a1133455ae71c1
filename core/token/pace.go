package token

import (
	"time"

	"sidestage/core"
)

// slowest is the wait between refreshes that keep failing.
const slowest = 10 * time.Minute

// pace spaces refreshes: 60, 120 and 240 s after failures in a row, then every
// ten minutes, or later if the platform says so; and one minute after a
// success, lest a platform with very short lives be asked without pause.
type pace struct {
	next     time.Time // no refresh before, while the token serves
	failures int
	bar      error // set while the platform itself asked to wait until next
}

func (p *pace) succeeded(now time.Time) { *p = pace{next: now.Add(time.Minute)} }

func (p *pace) failed(now time.Time, err error) {
	if !now.Before(p.next) { // callers in need may try more often; that does not count
		p.failures++
		step := slowest
		if p.failures <= 3 {
			step = 30 * time.Second << p.failures
		}
		p.next, p.bar = now.Add(step), nil
	}
	if wait := core.RetryAfter(err); wait > 0 {
		p.bar = err
		if at := now.Add(wait); at.After(p.next) {
			p.next = at
		}
	}
}

// barred is the platform's refusal to be asked at now, or nil.
func (p *pace) barred(now time.Time) error {
	if now.Before(p.next) {
		return p.bar
	}
	return nil
}
