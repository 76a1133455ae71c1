package storage

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"sidestage/core/testenv"
)

// The driver is C translated against one exact libc; with another it may
// build and then fail in subtle ways.
func TestLibcIsTheVersionTheDriverWasMadeWith(t *testing.T) {
	const format = "{{.Version}} {{if .Replace}}replaced{{end}} {{.GoMod}}"
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", format, "modernc.org/libc", "modernc.org/sqlite").Output()
	if err != nil {
		testenv.Missing(t, "the go command, to find the driver's go.mod: "+err.Error())
	}
	words := strings.Fields(string(out))
	if len(words) != 4 {
		t.Fatalf("neither may be replaced: %s", out)
	}
	libc, gomod := words[0], words[3]
	text, err := os.ReadFile(gomod)
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`modernc\.org/libc (v\S+)`).FindStringSubmatch(string(text))
	if want == nil || libc != want[1] {
		t.Errorf("built with libc %s, the driver names %q", libc, want)
	}
}
