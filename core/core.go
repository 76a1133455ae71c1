// Package core holds what every room of the house shares: the one error
// vocabulary and the identity of a viewer. It imports nothing of ours.
//
// An error that crosses a package boundary has a Kind, which alone decides the
// exit code, the HTTP status, the log level and what chat hears; it may have a
// Reason, a stable word for a program to act on; and it may say that trying
// again could help. Unclassified errors are Internal.
package core

// Viewer is a person on Twitch. ID never changes; Login and Name do.
type Viewer struct {
	ID    string `json:"id"`
	Login string `json:"login"`
	Name  string `json:"name"`
}
