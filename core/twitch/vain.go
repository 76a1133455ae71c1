package twitch

import (
	"sync"
	"time"
)

// vainFor is how long a call that a fresh token did not help asks for no other.
const vainFor = 5 * time.Minute

// vain remembers such calls. Twitch answers 401 to a token that is dead and to a
// login without the permission alike; for the latter, every call would spend a
// refresh token, which is good once.
type vain struct {
	mu    sync.Mutex
	until map[string]time.Time // by method and path
}

func (v *vain) is(op string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return time.Now().Before(v.until[op])
}

func (v *vain) add(op string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.until == nil {
		v.until = map[string]time.Time{}
	}
	v.until[op] = time.Now().Add(vainFor)
}

func (v *vain) drop(op string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.until, op)
}
