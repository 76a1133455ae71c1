package cmd

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/desk"
	"sidestage/tui/theme"
)

// show says what to open, and opens it.
func (l *login) show() error {
	if l.f.json {
		begun := l.begun
		begun.Ticket = "" // whoever has it can finish the login
		if err := l.f.printLine(begun); err != nil {
			return err
		}
	} else {
		l.instruct()
	}
	if l.o.noBrowser || !l.begun.Trusted || !l.f.browses() {
		return nil
	}
	l.opened = make(chan error, 1)
	go func() { l.opened <- l.f.Browse(l.begun.Address) }() // some take their time, or stay
	return nil
}

// instruct says in words what to do.
func (l *login) instruct() {
	address := printable(l.begun.Address)
	if !l.f.ErrTerminal {
		l.f.say("open %s", address)
		if l.begun.UserCode != "" {
			l.f.say("and agree there to the code %s", printable(l.begun.UserCode))
		}
		l.f.say("waiting for %s", left(l.until))
		return
	}
	who := "as the broadcaster"
	if l.platform == desk.PlatformSpotify {
		who = "with the account that plays"
	}
	l.f.tell("Open this address in a browser, %s, and agree:\n\n%s\n\n", who, address)
	if l.begun.UserCode != "" {
		l.f.tell("The page shows or asks for this code:\n\n%s\n", l.f.shownCode(l.begun.UserCode))
		return
	}
	l.f.tell("The browser then ends at %s\n", l.begun.Redirect)
	if !l.f.InTerminal {
		return
	}
	l.f.tell(`If that page cannot be reached, because the browser runs on another machine,
paste its address here and press Enter.

Waiting for the browser, %s at most …
`, left(l.until))
}

// shownCode is a code in large letters, and once more to be copied.
func (f *factory) shownCode(code string) string {
	code = printable(code)
	lines, ok := large(code)
	if !ok || theme.PlainASCII(f.getenv) {
		return "    " + code + "\n"
	}
	var b strings.Builder
	for _, line := range lines {
		if f.colour() {
			line = "\x1b[1m" + line + "\x1b[0m"
		}
		b.WriteString("    " + line + "\n")
	}
	return b.String() + "\n    " + code + "\n"
}

// timedOut says why nothing may have come.
func (l *login) timedOut() error {
	if l.begun.Redirect == "" {
		return core.Because(core.LoginRequired, "timed-out", "nobody agreed in time: run sidestage auth login %s again", l.platform)
	}
	return core.Because(core.LoginRequired, "timed-out", `the browser did not come back in time. Likely reasons:
- the page said "Invalid redirect URI": the app has to have registered exactly
  %s
- the page said "Invalid client": %s is wrong, see
  %s
- the browser runs on another machine: paste the address it ends at`, l.begun.Redirect, clientKeys[l.platform], l.clientFrom())
}

// clientFrom is where the client id comes from.
func (l *login) clientFrom() string {
	return cmp.Or(l.loaded.Origin(clientKeys[l.platform]).Where, "in the settings of the desk that runs")
}

// explain adds to an error what a person can do about it.
func (l *login) explain(err error) error {
	var say string
	switch core.ReasonOf(err) {
	case "client-refused", "invalid-client":
		say = "correct " + clientKeys[l.platform] + " (" + l.clientFrom() + "):\nit has to be the id of your own app, of the client type Public"
		if l.platform == desk.PlatformSpotify {
			say = "correct spotify.client_id (" + l.clientFrom() + ")"
		}
	case "login-denied":
		say = "to try again: sidestage auth login " + l.platform
	case "login-expired", "login-ended", "invalid-grant", "refused":
		say = "run sidestage auth login " + l.platform + " again"
	case "grant-refused":
		say = "what was there before is kept"
	default:
		return err
	}
	return &core.Error{Kind: core.KindOf(err), Reason: core.ReasonOf(err), Message: err.Error() + "\n" + say, Err: err}
}

// conclude says who is logged in.
func (l *login) conclude(st api.Login) error {
	if l.f.json {
		return l.f.printLine(st)
	}
	return l.f.print(st, func(b *strings.Builder) { l.f.showLoggedIn(b, st) })
}

// printLine writes v as JSON on a line of its own.
func (f *factory) printLine(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode output: %w", err)
	}
	if _, err := io.WriteString(f.Out, string(data)+"\n"); err != nil {
		return errors.Join(errors.New("write output"), err)
	}
	return nil
}
