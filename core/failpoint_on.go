//go:build failpoint

package core

import (
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
)

var failpoints = struct {
	sync.Mutex
	known map[string]bool
}{known: map[string]bool{}}

// Failpoint kills the process, as SIGKILL does, when the environment variable
// SIDESTAGE_FAILPOINT names this place (its parts joined by "/"). A place nobody registered panics, so
// the registry is complete by construction.
func Failpoint(parts ...string) {
	name := strings.Join(parts, "/")
	failpoints.Lock()
	known := failpoints.known[name]
	failpoints.Unlock()
	if !known {
		panic("failpoint " + name + " is not registered")
	}
	if os.Getenv("SIDESTAGE_FAILPOINT") != name {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// RegisterFailpoints declares places that Failpoint will name.
func RegisterFailpoints(names ...string) {
	failpoints.Lock()
	defer failpoints.Unlock()
	for _, n := range names {
		failpoints.known[n] = true
	}
}

// Failpoints lists every registered place, sorted.
func Failpoints() []string {
	failpoints.Lock()
	defer failpoints.Unlock()
	return slices.Sorted(maps.Keys(failpoints.known))
}
