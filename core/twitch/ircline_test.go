package twitch_test

import (
	"strings"
	"testing"

	irc "github.com/gempir/go-twitch-irc/v4"

	"sidestage/core/twitch"
)

func TestWhichLinesEndAConnection(t *testing.T) {
	for line, ends := range map[string]bool{
		":tmi.twitch.tv RECONNECT": true,
		"RECONNECT":                true,
		":tmi.twitch.tv NOTICE * :Login authentication failed":            true,
		"@msg-id=slow_on :tmi.twitch.tv NOTICE #here :slow mode":          false,
		":luna!luna@luna.tmi.twitch.tv PRIVMSG #here :RECONNECT":          false,
		":luna!luna@luna.tmi.twitch.tv PRIVMSG #here :NOTICE * :hi there": false,
	} {
		if _, err := twitch.JudgeLine(line); (err != nil) != ends {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// FuzzIRCIn: whatever Twitch may send, what passes does not break the library.
func FuzzIRCIn(f *testing.F) {
	for _, line := range []string{
		strings.TrimSpace(message(1)), ":a!a@a JOIN #here", ":a.tmi.twitch.tv 353 a = #here :a b c", ":tmi.twitch.tv 001 a :hi", "PING :x",
		"@badges=broken :a PRIVMSG #c :x", "PRIVMSG", ":tmi.twitch.tv RECONNECT", "@emotes=1:0-9 :a!a@a PRIVMSG #c :x", "@\x00=;=;; : :",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		pass, err := twitch.JudgeLine(line)
		if pass && err != nil {
			t.Fatalf("%q passes with %v", line, err)
		}
		if pass {
			irc.ParseMessage(line) // panics if it should not have passed
		}
	})
}

// FuzzIRCOut: whatever the library may send, what is permitted is one short
// line that says nothing in chat.
func FuzzIRCOut(f *testing.F) {
	for _, line := range []string{"JOIN #here", "NICK a", "PRIVMSG #here :x", "@a=b PRIVMSG #here :x", ":x PRIVMSG #a :b", "JOIN #a\r\nPRIVMSG #b :c", "JOIN #a\x00"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if !twitch.PermittedLine(line) {
			return
		}
		word, _, _ := strings.Cut(line, " ")
		if word != "CAP" && word != "NICK" && word != "JOIN" || strings.ContainsAny(line, "\r\n\x00") || len(line) > 512 {
			t.Fatalf("%q is permitted", line)
		}
	})
}
