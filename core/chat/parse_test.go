package chat_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"sidestage/core/chat"
)

func TestParseReadsNameAndArgument(t *testing.T) {
	for text, want := range map[string]chat.Command{
		"!song":                      {Name: "song"},
		"  !SONG  ":                  {Name: "song"},
		"!Stats @Luna":               {Name: "stats", Arg: "@Luna"},
		"!say  Hello   World ":       {Name: "say", Arg: "Hello   World"},
		"!song \U000e0000":           {Name: "song"},
		"!song\U000e0000":            {Name: "song"},
		"\u200b!song\ufeff":          {Name: "song"},
		"!queue\u3000Ünï":            {Name: "queue", Arg: "Ünï"},
		"!ÄRGER x":                   {Name: "ärger", Arg: "x"},
		"!a !b":                      {Name: "a", Arg: "!b"},
		"!now \u200b \U000e0000 x ":  {Name: "now", Arg: "x"},
		"!so\u200bng \u202ea\u2066b": {Name: "song", Arg: "ab"},
		"!say 👩\u200d👧\r\n/ban x":    {Name: "say", Arg: "👩\u200d👧  /ban x"},
		"!\xff a\xff":                {Name: "\ufffd", Arg: "a\ufffd"},
		"!\u202e\u200bsong x":        {Name: "song", Arg: "x"},
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

func TestAnArgumentIsReadAsFarAsAMessageGoes(t *testing.T) {
	got, ok := chat.Parse("!say " + strings.Repeat("ä", 600))
	if !ok || got.Arg != strings.Repeat("ä", chat.MaxArg) {
		t.Errorf("%d characters", utf8.RuneCountInString(got.Arg))
	}
}

func TestNamesAreUnderstoodWithAndWithoutAnAt(t *testing.T) {
	for arg, want := range map[string]string{"@Luna": "luna", "Luna hi": "luna", "": "", "@": "", "@LUNA\u200b": "luna"} {
		first, _ := chat.Words(arg)
		if got := chat.Login(first); got != want {
			t.Errorf("%q: %q", arg, got)
		}
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
		if utf8.RuneCountInString(c.Arg) > chat.MaxArg || strings.ContainsFunc(c.Name+c.Arg, unicode.IsControl) {
			t.Fatalf("Parse(%q) = %+q", text, c)
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
