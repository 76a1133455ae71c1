//go:build linux || darwin || freebsd

package cmd

import "syscall"

// freeSpace is how many bytes the owner of dir can still write there.
func freeSpace(dir string) (bytes int64, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true //nolint:unconvert,gosec // their types differ from system to system
}
