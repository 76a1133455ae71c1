// Package api is the local HTTP API as both its sides see it: the table of
// routes, the structs that go over the wire, and the client that dashboard,
// commands and tests speak it with. core/web answers.
//
// Reads are open to this machine, writes carry the run file's token. Times are
// RFC 3339, lengths whole milliseconds, absent values left out. Fields are
// added, never renamed. What goes wrong is an Error with the status of its
// core.Kind, and the client turns it back into an error of that kind.
package api

// Limits of lists.
const (
	DefaultLimit = 10
	MaxLimit     = 100
)

// MaxBody is the longest request body the server reads, in bytes.
const MaxBody = 64 << 10

// BuildHeader, on every answer, says which build of the program answers.
const BuildHeader = "Sidestage-Build"

// KeyHeader makes an add to the queue safe to repeat: the same key is the same
// request.
const KeyHeader = "Idempotency-Key"

// Error is the body of every answer that is not a success. Code is the
// core.Kind's name, Reason a finer word where there is one.
type Error struct {
	Error  string `json:"error"`
	Code   string `json:"code"`
	Reason string `json:"reason,omitempty"`
}
