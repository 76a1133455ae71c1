package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sidestage/core"
)

// Put writes one text setting into the settings file, creating the file if
// there is none, and leaves everything else in it as it stands, comments too. A
// file where that cannot be done safely is left alone: Conflict, and the error
// says which line to write by hand.
func Put(path, key, value string) error {
	row, known := find(key)
	if !known || row.want != wantText {
		return core.E(core.Invalid, "there is no text setting %q", key)
	}
	var scratch Settings
	if err := row.set(&scratch, value); err != nil {
		return core.E(core.Invalid, "%s: %w", key, err)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // or the link would be replaced by a file
	}
	old, err := readFile(Location{Path: path})
	if err != nil {
		return core.E(core.Unavailable, "read the settings file: %w", err)
	}
	text, err := with(old, key, value)
	if err != nil {
		table, name := split(key)
		return core.E(core.Conflict, "%s cannot be changed safely (%w); write below [%s]: %s = %s", path, err, table, name, literal(value))
	}
	if err := replace(path, text); err != nil {
		return core.E(core.Unavailable, "write the settings file: %w", err)
	}
	return nil
}

// with is a settings file with one key set. What it makes is read again, and
// has to differ from the old in that key alone.
func with(old []byte, key, value string) ([]byte, error) {
	before, err := parse(old)
	if err != nil {
		return nil, fmt.Errorf("it has a mistake: %w", err)
	}
	for _, edit := range []func([]byte, []assignment, string, string) []byte{overwrite, belowHeader, newTable, dotted} {
		text := edit(old, before, key, value)
		if after, err := parse(text); text != nil && err == nil && only(before, after, key, value) {
			return text, nil
		}
	}
	return nil, errors.New("it is written in a way that is not understood well enough")
}

// only reports whether after says what before says but for key, which is value.
func only(before, after []assignment, key, value string) bool {
	set := false
	plain := func(all []assignment) (kept []string) {
		for _, a := range all {
			if a.key == key {
				set = a.text == value
				continue
			}
			if !isTable(a.key) {
				kept = append(kept, fmt.Sprint(a.key, a.kind, a.text))
			}
		}
		slices.Sort(kept)
		return kept
	}
	old := plain(before)
	set = false
	return slices.Equal(old, plain(after)) && set
}

// textLine is a text setting alone on its line, perhaps with a comment.
var textLine = regexp.MustCompile(`^(\s*[A-Za-z0-9_.-]+\s*=\s*)("[^"\\]*"|'[^']*')(\s*(?:#.*)?)$`)

// overwrite changes the line that sets key.
func overwrite(old []byte, all []assignment, key, value string) []byte {
	i := slices.IndexFunc(all, func(a assignment) bool { return a.key == key })
	if i < 0 {
		return nil
	}
	lines := strings.Split(string(old), "\n")
	ending := ""
	line := lines[all[i].line-1]
	if cut, ok := strings.CutSuffix(line, "\r"); ok {
		line, ending = cut, "\r"
	}
	m := textLine.FindStringSubmatch(line)
	if m == nil {
		return nil
	}
	lines[all[i].line-1] = m[1] + literal(value) + m[3] + ending
	return []byte(strings.Join(lines, "\n"))
}

// belowHeader adds a line below the header of key's table.
func belowHeader(old []byte, all []assignment, key, value string) []byte {
	table, name := split(key)
	lines := strings.Split(string(old), "\n")
	for _, a := range all {
		if a.key == table && strings.HasPrefix(strings.TrimSpace(lines[a.line-1]), "["+table+"]") {
			return []byte(strings.Join(slices.Insert(lines, a.line, name+" = "+literal(value)), "\n"))
		}
	}
	return nil
}

// newTable adds key's table at the end.
func newTable(old []byte, _ []assignment, key, value string) []byte {
	table, name := split(key)
	text := bytes.TrimRight(old, "\n")
	if len(text) > 0 {
		text = append(slices.Clone(text), "\n\n"...)
	}
	return fmt.Appendf(text, "[%s]\n%s = %s\n", table, name, literal(value))
}

// dotted sets key as a whole, before all tables.
func dotted(old []byte, _ []assignment, key, value string) []byte {
	return append(fmt.Appendf(nil, "%s = %s\n", key, literal(value)), old...)
}

// replace puts text in path's place in one move, readable by whoever could read
// it before; a new file is for the owner alone.
func replace(path string, text []byte) error {
	dir, mode := filepath.Dir(path), fs.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	next, err := os.CreateTemp(dir, ".sidestage-*.toml")
	if err != nil {
		return err
	}
	_, err = next.Write(text)
	err = errors.Join(err, next.Chmod(mode), next.Sync(), next.Close())
	if err == nil {
		err = os.Rename(next.Name(), path)
	}
	if err != nil {
		_ = os.Remove(next.Name()) // the error of interest is the first one
	}
	return err
}
