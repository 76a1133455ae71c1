package assets_test

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sidestage/assets"
)

// each calls fn for every file of the overlay with one of those endings.
func each(t *testing.T, endings string, fn func(name, text string)) {
	t.Helper()
	seen := 0
	err := fs.WalkDir(assets.Overlay(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(endings, path.Ext(name)) {
			return err
		}
		seen++
		data, err := fs.ReadFile(assets.Overlay(), name)
		fn(name, string(data))
		return err
	})
	if err != nil || seen == 0 {
		t.Fatalf("%d files walked: %v", seen, err)
	}
}

func TestEveryWidgetHasAPageThatIsWholeByItself(t *testing.T) {
	for _, w := range assets.Widgets() {
		data, err := fs.ReadFile(assets.Overlay(), "page/"+w.Name+".html")
		if err != nil {
			t.Fatal(err)
		}
		if w.Path != "/overlay/"+w.Name || w.Title == "" || w.Width <= 0 || w.Height <= 0 {
			t.Errorf("%+v does not describe itself", w)
		}
		if !strings.HasPrefix(string(data), "<!doctype html>\n<html lang=\"en\">") {
			t.Errorf("%s does not begin with its doctype and <html>", w.Name)
		}
	}
}

func TestTheListNamesEveryWidgetAndItsSize(t *testing.T) {
	data, err := fs.ReadFile(assets.Overlay(), "page/index.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range assets.Widgets() {
		row := fmt.Sprintf(`<td><a href="%[1]s">%[1]s</a></td>`+"\n"+`<td class="size">%d × %d</td>`, w.Path, w.Width, w.Height)
		if !strings.Contains(string(data), "<td>"+w.Title+"<") || !strings.Contains(string(data), row) {
			t.Errorf("the list does not say: %s\n%s", w.Title, row)
		}
	}
}

func TestTheReadmeNamesEveryWidgetAndItsSize(t *testing.T) {
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range assets.Widgets() {
		if row := fmt.Sprintf("| `%s` | %d×%d | ", w.Path, w.Width, w.Height); !strings.Contains(string(data), row) {
			t.Errorf("the README does not say %s", row)
		}
	}
}

var (
	address = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	imports = regexp.MustCompile(`from '\./([^']*)'`)
	inline  = regexp.MustCompile(`<style|\sstyle=|\son\w+=|<script[^>]*>[^<]|javascript:`)
	host    = regexp.MustCompile(`(?i)(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}`)
	literal = regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\b(?:rgb|rgba|hsl|hsla)\(`)
	markup  = regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|createContextualFragment|setHTML`)
)

func TestPagesReferOnlyToFilesThatAreThere(t *testing.T) {
	there := func(from, name string) {
		if _, err := fs.Stat(assets.Overlay(), name); err != nil {
			t.Errorf("%s refers to %s: %v", from, name, err)
		}
	}
	each(t, ".html", func(name, text string) {
		for _, m := range address.FindAllStringSubmatch(text, -1) {
			rest, ok := strings.CutPrefix(m[1], "/overlay/")
			if !ok {
				t.Errorf("%s refers to %s", name, m[1])
			}
			if file, ok := strings.CutPrefix(rest, "assets/"); ok {
				there(name, file)
				continue
			}
			there(name, "page/"+rest+".html")
		}
	})
	each(t, ".js", func(name, text string) {
		for _, m := range imports.FindAllStringSubmatch(text, -1) {
			there(name, "widget/"+m[1])
		}
	})
}

func TestNoFileNeedsMoreThanTheContentSecurityPolicyAllows(t *testing.T) {
	each(t, ".html", func(name, text string) {
		if found := inline.FindString(text); found != "" {
			t.Errorf("%s has %q", name, found)
		}
	})
	each(t, ".html.css.js", func(name, text string) {
		if found := host.FindString(text); found != "" {
			t.Errorf("%s names the host %s", name, found)
		}
	})
}

func TestTextNeverBecomesMarkup(t *testing.T) {
	each(t, ".js", func(name, text string) {
		if found := markup.FindString(text); found != "" {
			t.Errorf("%s has %s", name, found)
		}
	})
}

// newer is what Chrome 103 does not know, by the version that brought it.
var newer = map[string]int{
	`(?m)^\s*(?:translate|rotate|scale):.*;$`: 104,
	`:has\(`:                              105,
	`@container|container-type`:           105,
	`\b\d+(?:d|s|l)v[hw]\b`:               108,
	`color-mix\(`:                         111,
	`(?m)^\s+&`:                           112,
	`@scope|@starting-style`:              117,
	`light-dark\(`:                        123,
	`\.(?:toSorted|toReversed|with)\(`:    110,
	`Object\.groupBy|Promise\.withRes`:    117,
	`AbortSignal\.any`:                    116,
	`for await \(`:                        124, // over a stream
	`\.union\(|\.difference\(|Set\.proto`: 122,
	`/[a-z]*v[a-z]*\.test`:                112, // a pattern's flag
}

func TestNothingIsNewerThanTheBrowserInsideOBS(t *testing.T) {
	for pattern, version := range newer {
		is := regexp.MustCompile(pattern)
		each(t, ".css.js", func(name, text string) {
			if found := is.FindString(text); found != "" {
				t.Errorf("%s uses %q, which came with Chrome %d", name, found, version)
			}
		})
	}
}

func TestOnlyTheThemeNamesColours(t *testing.T) {
	each(t, ".css.html", func(name, text string) {
		if found := literal.FindString(text); found != "" && name != "theme.css" {
			t.Errorf("%s names the colour %s: give it a role in theme.css", name, found)
		}
	})
}

type rgb [3]float64

// theme reads the colours by role, those of the dark and those of the light set.
func theme(t *testing.T) (dark, light map[string]rgb) {
	t.Helper()
	data, err := fs.ReadFile(assets.Overlay(), "theme.css")
	if err != nil {
		t.Fatal(err)
	}
	first, second, ok := strings.Cut(string(data), "prefers-color-scheme: light")
	if !ok {
		t.Fatal("the theme has no light set")
	}
	return roles(t, first), roles(t, second)
}

func roles(t *testing.T, text string) map[string]rgb {
	t.Helper()
	found := map[string]rgb{}
	for _, m := range regexp.MustCompile(`--([a-z]+): #([0-9a-f]{6});`).FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseUint(m[2], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		found[m[1]] = rgb{float64(n >> 16 & 255), float64(n >> 8 & 255), float64(n & 255)}
	}
	return found
}

// luminance and contrast are as WCAG 2 defines them.
func (c rgb) luminance() float64 {
	linear := func(v float64) float64 {
		if v /= 255; v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

func contrast(a, b rgb) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func TestTextIsReadableOnEveryGround(t *testing.T) {
	dark, light := theme(t)
	// The glass over the brightest game there can be.
	glass := rgb{12*0.72 + 255*0.28, 13*0.72 + 255*0.28, 16*0.72 + 255*0.28}
	check := func(ground rgb, set map[string]rgb, least float64, names ...string) {
		for _, name := range names {
			if c := contrast(set[name], ground); c < least {
				t.Errorf("%s on %v has a contrast of %.2f, not %.1f", name, ground, c, least)
			}
		}
	}
	words := []string{"text", "muted", "spot", "viewer", "ok", "warn", "bad", "info"}
	check(rgb{17, 17, 17}, dark, 4.5, words...)
	check(dark["page"], dark, 4.5, words...)
	check(rgb{255, 255, 255}, light, 4.5, words...)
	check(glass, dark, 4.5, "text", "quiet", "spot")
	check(glass, dark, 3, "viewer") // always semibold, with a shadow
}
