package twitch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"sidestage/core/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// frames are the recorded frames whose names begin with prefix, by name.
func frames(t testing.TB, prefix string) map[string][]byte {
	t.Helper()
	found := onDisk(prefix)
	if len(found) == 0 {
		testenv.Missing(t, "recorded frames ../shared/frames/"+prefix+"*.json")
	}
	return found
}

// onDisk is frames for those who can do without.
func onDisk(prefix string) map[string][]byte {
	paths, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "frames", prefix+"*.json"))
	found := map[string][]byte{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err == nil {
			found[strings.TrimSuffix(filepath.Base(path), ".json")] = data
		}
	}
	return found
}

// frame is one recorded frame.
func frame(t testing.TB, name string) []byte {
	t.Helper()
	return frames(t, name)[name]
}
