package desk

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"runtime/debug"
	"strings"
)

// Build names this program so that two equal names are the same program: its
// version, and where that is not enough (a build without version control, or of
// a changed checkout) the beginning of the executable's digest as well.
func Build() string {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = cmp.Or(info.Main.Version, version)
	}
	if version != "(devel)" && !strings.HasSuffix(version, "+dirty") {
		return version
	}
	return strings.Trim(version, "()") + "-" + digest()
}

// digest is the beginning of the SHA-256 of this process's executable.
func digest() string {
	path, err := os.Executable()
	if err != nil {
		return "unknown"
	}
	file, err := os.Open(path)
	if err != nil {
		return "unknown"
	}
	defer file.Close() //nolint:errcheck // only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "unknown"
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}
