// Package testenv is what tests ask of the machine they run on. Only tests
// import it.
package testenv

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// Missing skips a test that needs what is not there. Where everything has to be,
// with SIDESTAGE_REQUIRE_ALL=1, the test fails.
func Missing(tb testing.TB, what string) {
	tb.Helper()
	if os.Getenv("SIDESTAGE_REQUIRE_ALL") == "1" {
		tb.Fatal("missing: " + what)
	}
	tb.Skip("missing: " + what)
}

// Program is where the first of these programs is that there is: other names of
// the same. A test without any is skipped.
func Program(tb testing.TB, names ...string) string {
	tb.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(tb, names[0])
	return ""
}

// Chromium is where the browser is that the overlay is made for.
func Chromium(tb testing.TB) string {
	tb.Helper()
	return Program(tb, "chromium", "chromium-browser", "google-chrome", "chrome")
}

// Day is how long a day of troubles lasts: with SIDESTAGE_TEST_LONG=1 all of it,
// else the given part.
func Day(part time.Duration) time.Duration {
	if os.Getenv("SIDESTAGE_TEST_LONG") == "1" {
		return 24 * time.Hour
	}
	return part
}
