package chat_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"sidestage/core"
	"sidestage/core/chat"
)

func TestSanitiseMakesOneHarmlessLine(t *testing.T) {
	for text, want := range map[string]string{
		"@luna hi":                 "@luna hi",
		"a\r\nPRIVMSG #b :c":       "a PRIVMSG #b :c",
		"a\x00b\x07c\u2028d":       "a b c d",
		" \t\u200b ":               "",
		"/ban luna":                "· /ban luna",
		".timeout luna":            "· .timeout luna",
		"!song":                    "· !song",
		" \u200b\ufeff /me dances": "· /me dances",
		"\u202e/ban":               "· /ban",
		"title \u202eevil\u2066":   "title evil",
		"bad \xff byte":            "bad \ufffd byte",
		"me / you. ok!":            "me / you. ok!",
	} {
		if got := chat.Sanitise(text); got != want {
			t.Errorf("Sanitise(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestSanitiseCutsBetweenLetters(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"fits":         {strings.Repeat("ä", 500), strings.Repeat("ä", 500)},
		"too long":     {strings.Repeat("x", 501), strings.Repeat("x", 499) + "…"},
		"at a space":   {strings.Repeat("x", 498) + " yyy", strings.Repeat("x", 498) + "…"},
		"accent":       {strings.Repeat("x", 498) + "e\u0301yy", strings.Repeat("x", 498) + "…"},
		"family emoji": {strings.Repeat("x", 496) + "👩‍👩‍👧 yy", strings.Repeat("x", 496) + "…"},
		"flag":         {strings.Repeat("x", 498) + "🇩🇪yy", strings.Repeat("x", 498) + "…"},
		"command":      {"!" + strings.Repeat("x", 499), "· !" + strings.Repeat("x", 496) + "…"},
		"one monster":  {"x" + strings.Repeat("\u0301", 600), "…"},
	} {
		if got := chat.Sanitise(row.text); got != row.want {
			t.Errorf("%s: %d characters, ends with %q", name, utf8.RuneCountInString(got), got[max(0, len(got)-12):])
		}
	}
}

func TestCheckRefusesWhatWouldNotBeSaidAsItIs(t *testing.T) {
	for text, reason := range map[string]string{
		"hi": "", "": "empty", "\u200b\n": "empty", strings.Repeat("ä", 500): "", strings.Repeat("ä", 501): "too-long",
	} {
		if err := chat.Check(text); core.ReasonOf(err) != reason {
			t.Errorf("Check(%q) = %v", text, err)
		}
	}
}

func FuzzSanitise(f *testing.F) {
	for _, s := range []string{"/ban", "!song", "a\r\n/b", "\u200b.x", strings.Repeat("👩‍👩‍👧", 200), "\xff", "\u202e!"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := chat.Sanitise(text)
		if n := utf8.RuneCountInString(got); n > chat.MaxReply || !utf8.ValidString(got) {
			t.Fatalf("%d characters, valid %v", n, utf8.ValidString(got))
		}
		if strings.ContainsFunc(got, unicode.IsControl) || got != strings.TrimSpace(got) {
			t.Fatalf("Sanitise(%q) = %q", text, got)
		}
		if strings.HasPrefix(got, "/") || strings.HasPrefix(got, ".") || strings.HasPrefix(got, "!") {
			t.Fatalf("Sanitise(%q) = %q is a command", text, got)
		}
		if c, ok := chat.Parse(got); ok {
			t.Fatalf("Sanitise(%q) = %q loops as %+v", text, got, c)
		}
		if again := chat.Sanitise(got); again != got {
			t.Fatalf("Sanitise(%q) = %q, but again %q", text, got, again)
		}
	})
}
