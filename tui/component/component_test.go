package component_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/muesli/termenv"
	"pgregory.net/rapid"

	"sidestage/tui/component"
	"sidestage/tui/theme"
)

func plainTheme() theme.Theme { return theme.New(theme.Look{Profile: termenv.Ascii}) }

func TestCleanTakesAwayWhatCommandsATerminal(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                            "plain",
		"a\x1b[31mred\x1b[0m":              "ared",
		"a\x1b]0;title\x07b":               "ab",
		"two\nlines\tand\rmore":            "two lines and more",
		"\u202egnp.exe\u202c":              "gnp.exe",
		"a\u2066b\u2069c\u200fd\u061ce":    "abcde",
		"bell\a null\x00 del\x7f c1\u009b": "bell null del c1",
		"\ufeffmark":                       "mark",
		"👨‍👩‍👧‍👦 👍🏽 ❤️ 1️⃣":                "👨 👍 ❤ 1",
		"z\u0301\u0301\u0301\u0301\u0301o": "z\u0301\u0301\u0301o",
		"夜に駆ける":                            "夜に駆ける",
		"family \u200d joined":             "family  joined",
	} {
		if got := component.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCleanTextIsAsWideAsItsParts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := component.Clean(rapid.String().Draw(rt, "text"))
		for _, r := range s {
			if unicode.IsControl(r) {
				rt.Fatalf("%q holds %q", s, r)
			}
		}
		w := rapid.IntRange(0, 20).Draw(rt, "width")
		for _, fit := range []string{component.Fit(s, w, "…"), component.FitRight(s, w, "…"), component.Spread(s, s, w, "…")} {
			if component.Width(fit) != w {
				rt.Fatalf("%q fit to %d is %q, %d wide", s, w, fit, component.Width(fit))
			}
		}
	})
}

func TestProgressIsExactToHalfACell(t *testing.T) {
	for part, want := range map[time.Duration]string{0: "────", 5: "╸───", 10: "━───", 25: "━━╸─", 40: "━━━━", 99: "━━━━"} {
		if got := component.Progress(plainTheme(), part, 40, 4); got != want {
			t.Errorf("%d of 40 is %s, want %s", part, got, want)
		}
	}
	if got := component.Progress(plainTheme(), 5, 0, 3); got != "───" {
		t.Errorf("of nothing: %s", got)
	}
}

func TestSparkShowsTheLastValuesFromZero(t *testing.T) {
	for want, values := range map[string][]int{"": nil, "⣿": {4, 4}, "⢸": {4}, "⣀": {0, 1, 100}} {
		got := component.Spark(plainTheme(), values, 1)
		if want == "⣀" { // the last two, of which the smaller is still seen
			want = "⣸"
		}
		if got != want {
			t.Errorf("%v is %q, want %q", values, got, want)
		}
	}
}

func TestATablesRowsAreAsWideAsItIsAsked(t *testing.T) {
	th := plainTheme()
	rapid.Check(t, func(rt *rapid.T) {
		w, h := rapid.IntRange(20, 150).Draw(rt, "w"), rapid.IntRange(0, 10).Draw(rt, "h")
		text := component.Clean(rapid.String().Draw(rt, "text"))
		tb := component.Table{
			Columns: []component.Column{{Width: 4}, {Width: 10, Flex: 3}, {Width: 8, Flex: 1, Drop: 1}, {Width: 6, Right: true, Drop: 2}},
			Len:     rapid.IntRange(0, 30).Draw(rt, "rows"), Cursor: rapid.IntRange(0, 40).Draw(rt, "cursor"), Focused: true,
			Row: func(int) []component.Cell {
				return []component.Cell{{Text: text}, {Text: text, More: " " + text}, {Text: text}, {Text: text}}
			},
		}
		got := tb.View(th, w, h)
		if got == "" {
			return
		}
		lines := strings.Split(got, "\n")
		if len(lines) > h {
			rt.Fatalf("%d lines in %d", len(lines), h)
		}
		for _, l := range lines {
			if component.Width(l) != w {
				rt.Fatalf("%q is %d wide, not %d", l, component.Width(l), w)
			}
		}
	})
}

func TestAPanelIsItsSizeWhateverIsInIt(t *testing.T) {
	th := plainTheme()
	rapid.Check(t, func(rt *rapid.T) {
		w, h := rapid.IntRange(0, 60).Draw(rt, "w"), rapid.IntRange(1, 12).Draw(rt, "h")
		title, behind := component.Clean(rapid.String().Draw(rt, "title")), component.Clean(rapid.String().Draw(rt, "behind"))
		content := component.Clean(rapid.String().Draw(rt, "a")) + "\n" + component.Clean(rapid.String().Draw(rt, "b"))
		rows := strings.Split(component.Panel(th, component.Title{Name: title, Behind: behind}, content, rapid.Bool().Draw(rt, "focused"), w, h), "\n")
		if len(rows) != h {
			rt.Fatalf("%d rows, not %d", len(rows), h)
		}
		for _, r := range rows {
			if component.Width(r) != w {
				rt.Fatalf("%q is %d wide, not %d", r, component.Width(r), w)
			}
		}
	})
}

func TestOverKeepsWhatItDoesNotCover(t *testing.T) {
	got := component.Over("夜夜夜夜\n12345678", "ab", 8)
	if want := "夜 ab 夜\n12345678"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestACursorStaysWithItsRow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{3}`), 1, 8, rapid.ID[string])
		before, after := ids.Draw(rt, "before"), ids.Draw(rt, "after")
		c := component.Cursor{}.Move(rapid.IntRange(-2, 10).Draw(rt, "by"), rowsOf(before))
		id := before[c.Index]
		c = c.Follow(rowsOf(after))
		if i := slices.Index(after, id); i >= 0 && c.Index != i {
			rt.Fatalf("the row is at %d, the cursor at %d", i, c.Index)
		}
		if c.Index < 0 || c.Index >= len(after) {
			rt.Fatalf("the cursor is at %d of %d", c.Index, len(after))
		}
	})
}

func rowsOf(ids []string) component.Rows {
	return component.Rows{Len: len(ids), ID: func(i int) string { return ids[i] }}
}

func TestTimesAndNumbersReadAsPeopleWriteThem(t *testing.T) {
	day := time.Date(2026, 3, 14, 21, 4, 0, 0, time.Local)
	for _, c := range []struct{ got, want string }{
		{component.Length(221 * time.Second), "3:41"},
		{component.Length(3723 * time.Second), "1:02:03"},
		{component.Length(-time.Second), "0:00"},
		{component.HoursMinutes(102 * time.Minute), "1:42"},
		{component.Minutes(19*time.Minute + 29*time.Second), "19 min"},
		{component.Minutes(20 * time.Second), "1 min"},
		{component.When(day, day.Add(23*time.Hour)), "21:04"},
		{component.When(day, day.Add(77*time.Hour)), "3 d"},
		{component.Minutes(125 * time.Minute), "2 h 5 min"},
		{component.Wait(0), "~1 min"},
		{component.Wait(9 * time.Minute), "~9 min"},
		{component.Wait(200 * time.Minute), "~3 h"},
		{component.Ago(6 * time.Minute), "6 minutes ago"},
		{component.Ago(0), "just now"},
		{component.Took(300 * time.Millisecond), "0.3 s"},
		{component.Took(2 * time.Millisecond), "2 ms"},
		{component.Took(242 * time.Second), "4:02"},
		{component.Number(4211), "4 211"},
		{component.Number(-1234567), "-1 234 567"},
		{component.Number(999), "999"},
		{component.Clock(time.Time{}), ""},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
