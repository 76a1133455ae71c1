package theme_test

import (
	"io"
	"math"
	"reflect"
	"strconv"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"sidestage/tui/theme"
)

func TestTextIsReadableOnDarkAndOnLight(t *testing.T) {
	for _, r := range theme.Roles() {
		if r == theme.Line { // no text
			continue
		}
		for _, c := range []struct {
			dark   bool
			ground string
		}{{true, "#111111"}, {false, "#FFFFFF"}} {
			if got := contrast(t, theme.Hex(r, c.dark), c.ground); got < 4.5 {
				t.Errorf("role %d: %s on %s has a contrast of %.2f", r, theme.Hex(r, c.dark), c.ground, got)
			}
		}
	}
}

// contrast is WCAG's ratio: https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
func contrast(t *testing.T, a, b string) float64 {
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.03928 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func TestEverySignTakesOneCell(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		signs := theme.New(theme.Look{ASCII: ascii}).Signs
		for name, s := range signsOf(signs) {
			if name == "Enter" && ascii { // the name of a key
				continue
			}
			if ansi.StringWidth(s) != 1 {
				t.Errorf("%s %q is %d cells wide", name, s, ansi.StringWidth(s))
			}
			if ascii && (len(s) != 1 || s[0] > '~') {
				t.Errorf("%s %q is not ASCII", name, s)
			}
		}
	}
}

func signsOf(s theme.Signs) map[string]string {
	all := map[string]string{}
	for _, group := range []reflect.Value{reflect.ValueOf(s), reflect.ValueOf(s.Border)} {
		for i := range group.NumField() {
			if f := group.Field(i); f.Kind() == reflect.String {
				all[group.Type().Field(i).Name] = f.String()
			}
		}
	}
	for i, cell := range s.Spark {
		all["Spark"+strconv.Itoa(i)] = cell
	}
	return all
}

func TestTheLookFollowsTheEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		want theme.Look
	}{
		"a pipe":           {nil, theme.Look{Profile: termenv.Ascii, Dark: true}},
		"no colour wanted": {map[string]string{"NO_COLOR": "1"}, theme.Look{Profile: termenv.ANSI, Dark: true}},
		"dumb":             {map[string]string{"TERM": "dumb", "NO_COLOR": "1"}, theme.Look{Profile: termenv.Ascii, Dark: true, ASCII: true}},
		"latin":            {map[string]string{"LANG": "de_DE.ISO-8859-1"}, theme.Look{Profile: termenv.Ascii, Dark: true, ASCII: true}},
		"UTF-8 wins":       {map[string]string{"LANG": "C", "LC_ALL": "C.UTF-8"}, theme.Look{Profile: termenv.Ascii, Dark: true}},
	} {
		got := theme.Detect(io.Discard, func(key string) string { return c.env[key] })
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestWithoutColourThereIsWeight(t *testing.T) {
	th := theme.New(theme.Look{Profile: termenv.ANSI})
	if got := th.Spot.Render("x"); got != "\x1b[1mx\x1b[0m" {
		t.Errorf("the spot is %q", got)
	}
	if got := th.OK.Render("x"); got != "x" {
		t.Errorf("ok is %q", got)
	}
}

func TestSixteenColoursKeepTheTerminalsText(t *testing.T) {
	th := theme.New(theme.Look{Profile: termenv.ANSI, Colour: true, Dark: true})
	if got := th.Text.Render("x"); got != "x" {
		t.Errorf("text is %q", got)
	}
	if got := th.Bad.Render("x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("bad is %q", got)
	}
}
