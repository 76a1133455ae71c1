package chat_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"sidestage/core/chat"
)

func TestParseReadsNameAndArgument(t *testing.T) {
	for text, want := range map[string]chat.Command{
		"!song":                     {Name: "song"},
		"  !SONG  ":                 {Name: "song"},
		"!Stats @Luna":              {Name: "stats", Arg: "@Luna"},
		"!say  Hello   World ":      {Name: "say", Arg: "Hello   World"},
		"!song \U000e0000":          {Name: "song"},
		"!song\U000e0000":           {Name: "song"},
		"\u200b!song\ufeff":         {Name: "song"},
		"!queue\u3000Ünï":           {Name: "queue", Arg: "Ünï"},
		"!ÄRGER x":                  {Name: "ärger", Arg: "x"},
		"!a !b":                     {Name: "a", Arg: "!b"},
		"!now \u200b \U000e0000 x ": {Name: "now", Arg: "x"},
	} {
		got, ok := chat.Parse(text)
		if !ok || got != want {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", text, got, ok, want)
		}
	}
}

func TestParseLeavesOrdinaryTalkAlone(t *testing.T) {
	for _, text := range []string{"", " ", "!", "! song", "!\u200b", "hi !song", "¡song", "\U000e0000", "wow!"} {
		if got, ok := chat.Parse(text); ok {
			t.Errorf("Parse(%q) = %+v", text, got)
		}
	}
}

func TestALineThatIsNoCommandCostsNoAllocation(t *testing.T) {
	line := "just a viewer who talks about !song \U000e0000"
	if n := testing.AllocsPerRun(100, func() { chat.Parse(line) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"!song", "!Stats @Luna", "! x", "!\u200bA\u3000b\U000e0000", "!!", "!\xff\xfe", "!İ x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := chat.Parse(text)
		if !ok {
			if c != (chat.Command{}) {
				t.Fatalf("no command, but %+v", c)
			}
			return
		}
		if c.Name == "" || strings.ContainsFunc(c.Name, unicode.IsSpace) || c.Arg != strings.TrimSpace(c.Arg) {
			t.Fatalf("Parse(%q) = %+q", text, c)
		}
		if !strings.Contains(text, c.Arg) {
			t.Fatalf("Parse(%q) changed the argument to %q", text, c.Arg)
		}
		if again, ok := chat.Parse("!" + c.Name + " " + c.Arg); !ok || again != c {
			t.Fatalf("Parse of %+q gives %+q", c, again)
		}
	})
}

func TestRepliesGoStaleAfterAMinute(t *testing.T) {
	at := time.Unix(1000, 0)
	if chat.Stale(at, at.Add(chat.MaxReplyAge)) {
		t.Error("stale at a minute")
	}
	if !chat.Stale(at, at.Add(chat.MaxReplyAge+time.Millisecond)) {
		t.Error("not stale after a minute")
	}
}
