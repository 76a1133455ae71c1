package config

import (
	"fmt"
	"os"
	"runtime"
)

// warn collects what works and should be known.
func (ld *loader) warn() {
	if ld.remote() {
		ld.warning("other machines can reach addr %s; whoever does can read everything but secrets", ld.Addr)
	}
	for _, row := range table {
		if v, ok := row.get(&ld.Settings).(string); ok && inTheClear(v) {
			ld.warning("%s: what is sent to %s can be read on the way, logins too", row.key, v)
		}
	}
	if ld.exposed() {
		ld.warning("%s holds twitch.client_secret and others on this machine can read it; chmod 600 it", ld.File.Path)
	}
}

func (ld *loader) warning(format string, a ...any) {
	ld.Warnings = append(ld.Warnings, fmt.Sprintf(format, a...))
}

// exposed reports whether the file holds a secret and lets others read it.
func (ld *loader) exposed() bool {
	if runtime.GOOS == "windows" || ld.Origin("twitch.client_secret").Source != File {
		return false
	}
	info, err := os.Stat(ld.File.Path)
	return err == nil && info.Mode().Perm()&0o077 != 0
}
