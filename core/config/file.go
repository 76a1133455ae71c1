package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxFile is the largest settings file that is read, in bytes.
const maxFile = 64 << 10

// assignment is one key of the file with what was written for it. Table
// headers are assignments too, so that unknown ones are seen.
type assignment struct {
	key  string
	line int
	kind unstable.Kind
	what string // kind in words
	text string
}

// readFile returns the file's content. A missing file is an error only when
// somebody named it.
func readFile(at Location) ([]byte, error) {
	f, err := os.Open(at.Path)
	if errors.Is(err, fs.ErrNotExist) && at.Named == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("the file is larger than %d KiB", maxFile>>10)
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil
}

// parse returns the file's assignments in order. An error is a
// *toml.DecodeError.
//
// The module's parser alone knows the line of each key; Unmarshal alone
// refuses what is well-formed but not allowed, such as a key given twice.
func parse(data []byte) ([]assignment, error) {
	var discard map[string]any
	if err := toml.Unmarshal(data, &discard); err != nil {
		return nil, err
	}
	var (
		w walk
		p = &w.parser
	)
	p.Reset(data)
	for p.NextExpression() {
		w.expression(p.Expression())
	}
	return w.found, p.Error()
}

// walk collects assignments while it goes through a document.
type walk struct {
	parser unstable.Parser
	table  []string
	found  []assignment
}

func (w *walk) expression(n *unstable.Node) {
	if n.Kind == unstable.KeyValue {
		w.keyValue(w.table, n)
		return
	}
	key, line := w.key(nil, n) // a header, of a table or a list of tables
	w.table = key
	w.add(key, line, n)
}

// keyValue adds one key below table; an inline table is as good as its keys.
func (w *walk) keyValue(table []string, n *unstable.Node) {
	key, line := w.key(table, n)
	v := n.Value()
	w.add(key, line, v)
	if v.Kind != unstable.InlineTable {
		return
	}
	for it := v.Children(); it.Next(); {
		w.keyValue(key, it.Node())
	}
}

// key is n's key below table, and its line.
func (w *walk) key(table []string, n *unstable.Node) (key []string, line int) {
	key = append(key, table...)
	for it := n.Key(); it.Next(); {
		k := it.Node()
		if line == 0 {
			line = w.parser.Shape(k.Raw).Start.Line
		}
		key = append(key, string(k.Data))
	}
	return key, line
}

func (w *walk) add(key []string, line int, n *unstable.Node) {
	parts := make([]string, len(key))
	for i, k := range key {
		parts[i] = bare(k)
	}
	a := assignment{strings.Join(parts, "."), line, n.Kind, typeName(n.Kind), string(n.Data)}
	if n.Kind == unstable.Array {
		a.what, a.text = listOf(n)
	}
	w.found = append(w.found, a)
}

// listOf is what a list holds: in words, and if those are all texts, with commas
// between them.
func listOf(n *unstable.Node) (what, text string) {
	var texts []string
	for it := n.Children(); it.Next(); {
		switch v := it.Node(); v.Kind {
		case unstable.Comment:
		case unstable.String:
			texts = append(texts, string(v.Data))
		default:
			return typeName(n.Kind), ""
		}
	}
	return wantList, strings.Join(texts, ",")
}

var barePattern = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// bare quotes a part of a key that needs it, so that "a.b" is not a.b.
func bare(part string) string {
	if barePattern.MatchString(part) {
		return part
	}
	return strconv.Quote(part)
}

// typeName says what was found, in the words of a user.
func typeName(k unstable.Kind) string {
	switch k {
	case unstable.String:
		return wantText
	case unstable.Bool:
		return wantBool
	case unstable.Integer:
		return wantNumber
	case unstable.Float:
		return "a number with a fraction"
	case unstable.Array:
		return "a list"
	case unstable.Table, unstable.InlineTable:
		return "a table"
	case unstable.ArrayTable:
		return "a list of tables"
	default: // dates and times
		return "a date or a time"
	}
}

// fileProblem is the problem behind an error of readFile or parse: the place
// first, without the call that found it.
func fileProblem(path string, err error) Problem {
	var (
		syntax *toml.DecodeError
		access *fs.PathError
	)
	switch {
	case errors.As(err, &syntax):
		line, column := syntax.Position()
		return Problem{
			Where:   fmt.Sprintf("%s:%d:%d", path, line, column),
			Message: strings.TrimPrefix(syntax.Error(), "toml: "),
		}
	case errors.As(err, &access):
		return Problem{Where: path, Message: access.Err.Error()}
	}
	return Problem{Where: path, Message: err.Error()}
}
