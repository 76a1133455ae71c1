package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Entry is one setting as it is shown.
type Entry struct {
	Key string `json:"key"`
	// Value is a string, int, bool or list of strings; a secret is redacted.
	Value any `json:"value"`
	Origin
	Env string `json:"env"`
	Doc string `json:"doc"`
}

// Entries lists every setting with its effective value and where that came from.
func (l *Loaded) Entries() []Entry {
	rows := rowsOf(&l.Settings)
	es := make([]Entry, len(rows))
	for i, row := range rows {
		es[i] = Entry{Key: row.key, Value: row.get(&l.Settings), Origin: l.Origin(row.key), Env: row.env(), Doc: row.doc}
	}
	return es
}

// Template is a settings file that explains every setting and gives it its
// default.
func Template() string {
	var (
		b     strings.Builder
		s     = Defaults()
		table string
	)
	b.WriteString("# Settings of sidestage, each with its default.\n" +
		"# The environment (SIDESTAGE_ and the key in capitals) and flags override this file.\n")
	for _, e := range (&Loaded{Settings: s}).Entries() {
		below, name := split(e.Key)
		if below != table {
			fmt.Fprintf(&b, "\n[%s]\n", below)
			table = below
		}
		fmt.Fprintf(&b, "\n# %s\n%s = %s\n", e.Doc, name, literal(e.Value))
	}
	return b.String()
}

// split parts a key into its table and its name.
func split(key string) (table, name string) {
	i := strings.LastIndexByte(key, '.')
	if i < 0 {
		return "", key
	}
	return key[:i], key[i+1:]
}

// literal writes a default as TOML. Defaults are printable, so Go's quoting
// and TOML's agree on them.
func literal(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case []string:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = strconv.Quote(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	default:
		return fmt.Sprint(v)
	}
}
