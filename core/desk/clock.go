package desk

import (
	"net/http"
	"sync/atomic"
	"time"
)

// clock notices, from the answers of a server, how far this machine's clock is
// ahead of that server's. It makes no calls of its own.
type clock struct {
	next  http.RoundTripper
	ahead atomic.Int64 // nanoseconds, as of the last answer
}

// RoundTrip implements http.RoundTripper.
func (c *clock) RoundTrip(r *http.Request) (*http.Response, error) {
	asked := time.Now()
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return resp, err
	}
	if date, parseErr := http.ParseTime(resp.Header.Get("Date")); parseErr == nil {
		answered := asked.Add(time.Since(asked) / 2)
		c.ahead.Store(int64(answered.Sub(date.Add(time.Second / 2)))) // a Date is cut to the second
	}
	return resp, nil
}

// difference is how far this clock is ahead; 0 where the two agree as well as
// can be told.
func (c *clock) difference() time.Duration {
	d := time.Duration(c.ahead.Load())
	if d.Abs() < 2*time.Second {
		return 0
	}
	return d
}
