//go:build !failpoint

package core

// Failpoint marks a place, named by its parts, where the kill test stops the
// process. In ordinary builds it is nothing at all.
func Failpoint(...string) {}

// RegisterFailpoints declares places that Failpoint will name.
func RegisterFailpoints(...string) {}
