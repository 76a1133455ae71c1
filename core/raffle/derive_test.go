package raffle_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sidestage/core/raffle"
	"sidestage/core/testenv"
)

// mac is the first four bytes of the HMAC of a message.
func mac(s raffle.Secret, message string) uint32 {
	h := hmac.New(sha256.New, s[:])
	_, _ = h.Write([]byte(message))
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// secret is a seed of which everybody knows how it was made.
func secret(of string) raffle.Secret { return sha256.Sum256([]byte(of)) }

// The numbers were computed with openssl: printf 'roll:a:0' |
// openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf one | sha256sum | cut -c-64)
func TestNumbersArePromisedForEver(t *testing.T) {
	for _, row := range []struct {
		label, id string
		highest   int
		want      int
	}{
		{"winning", "a", 10_000, 9_709},
		{"roll", "a", 10_000, 2_404},
		{"roll", "17fa2df1-ad76-4804-bfa5-a40ef63efe63", 6, 3},
	} {
		if got := secret("one").Number(row.label, row.id, row.highest); got != row.want {
			t.Errorf("%+v: %d", row, got)
		}
	}
}

// What would come up more often than the rest is thrown away: with 1 000 000
// numbers that is one draw in 4 460.
func TestAnUnfairDrawIsDrawnAgain(t *testing.T) {
	id := drawnAgain(t)
	want := int(mac(secret("one"), "roll:"+id+":1")%raffle.MostHighest) + 1
	if got := secret("one").Number("roll", id, raffle.MostHighest); got != want {
		t.Errorf("%s: %d, want that of the second counter, %d", id, got, want)
	}
}

// drawnAgain is an id whose first draw is thrown away.
func drawnAgain(t *testing.T) string {
	t.Helper()
	for i := range 50_000 {
		id := strconv.Itoa(i)
		if uint64(mac(secret("one"), "roll:"+id+":0")) >= (1<<32)/raffle.MostHighest*raffle.MostHighest {
			return id
		}
	}
	t.Fatal("none of 50 000 draws has to be drawn again")
	return ""
}

func TestNumbersKeepToTheirRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		highest := rapid.IntRange(raffle.LeastHighest, raffle.MostHighest).Draw(t, "highest")
		n := secret(rapid.String().Draw(t, "seed")).Number(rapid.String().Draw(t, "label"), rapid.String().Draw(t, "id"), highest)
		if n < 1 || n > highest {
			t.Fatalf("%d is not in 1…%d", n, highest)
		}
	})
}

// Numbers fall evenly, here a few of them.
func TestNumbersAreFair(t *testing.T) {
	fair(t, 6, 50_000)
	fair(t, raffle.DefaultHighest, 50_000)
}

// BenchmarkAMillionNumbersAreFair is the same with as many as take a while
// under the race detector, which benchmarks run without.
func BenchmarkAMillionNumbersAreFair(b *testing.B) {
	for b.Loop() {
		fair(b, raffle.DefaultHighest, 1_000_000)
	}
}

// fair expects draws to fall evenly: the sum of squares is where chance puts it,
// but for once in ten million runs, and the seed is fixed.
func fair(t testing.TB, highest, draws int) {
	t.Helper()
	count := make([]float64, highest)
	equal := 0
	for i := range draws {
		id := strconv.Itoa(i)
		winning, roll := secret("fair").Number("winning", id, highest), secret("fair").Number("roll", id, highest)
		count[roll-1]++
		if winning == roll {
			equal++
		}
	}
	mean, chi2 := float64(draws)/float64(highest), 0.0
	for _, c := range count {
		chi2 += (c - mean) * (c - mean) / mean
	}
	free := float64(highest - 1)
	if far := (chi2 - free) / math.Sqrt(2*free); math.Abs(far) > 6 {
		t.Errorf("1…%d: chi² is %.1f, %.1f deviations off", highest, chi2, far)
	}
	if far := (float64(equal) - mean) / math.Sqrt(mean); math.Abs(far) > 6 {
		t.Errorf("1…%d: %d wins where %.0f are to be expected", highest, equal, mean)
	}
}

func TestASecretIsNotPrinted(t *testing.T) {
	s := raffle.Seed{Secret: secret("one")}
	hex := s.Secret.Hex()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%d", "%q"} {
		if got := fmt.Sprintf(verb, s); strings.Contains(strings.ToLower(got), hex[:8]) || strings.Contains(got, fmt.Sprint(s.Secret[0], " ", s.Secret[1])) {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

// The README tells viewers how to check a roll: what it says has to be true.
func TestTheReadmesExampleComesToTheSameNumbers(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```python\n(import hashlib.*?)```").FindSubmatch(readme)
	if example == nil {
		t.Fatal("the README has no example in Python")
	}
	python := testenv.Program(t, "python3")
	for id, highest := range map[string]int{"roll-1": 10_000, drawnAgain(t): raffle.MostHighest} {
		s := secret("one")
		out, err := exec.CommandContext(t.Context(), python, "-c", string(example[1]), s.Hex(), id, strconv.Itoa(highest)).CombinedOutput()
		want := fmt.Sprintf("hash %s winning number %d roll %d\n", s.Hash(), s.Number("winning", id, highest), s.Number("roll", id, highest))
		if err != nil || string(out) != want {
			t.Errorf("%v: %s, want %s", err, out, want)
		}
	}
}
