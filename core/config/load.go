package config

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// Source is where a value came from.
type Source string

// The sources, in rising precedence.
const (
	Default     Source = "default"
	File        Source = "file"
	Environment Source = "environment"
	Flag        Source = "flag"
)

// Origin is a source and the place in it: file:line, a variable or a flag.
type Origin struct {
	Source Source `json:"source"`
	Where  string `json:"where,omitempty"`
}

// Sources is what Load reads from.
type Sources struct {
	// Env reads the environment; nil is os.LookupEnv.
	Env Lookup
	// Flags holds the flags that were given, by name without dashes: config
	// (the settings file), data-dir, addr.
	Flags map[string]string
}

// Location is where the settings file is looked for.
type Location struct {
	// Path is empty when nobody named a file and the environment does not say
	// where home is.
	Path string
	// Named is the flag or variable that named it, empty for the default.
	// A file that was named must exist.
	Named string
}

// Loaded is the outcome of Load.
type Loaded struct {
	Settings
	// File is where the settings file was looked for.
	File Location
	// Warnings are sentences about settings that work and should be known.
	Warnings []string

	origins map[string]Origin // by key; absent is Default
}

// Origin says where the value of key came from.
func (l *Loaded) Origin(key string) Origin {
	if o, ok := l.origins[key]; ok {
		return o
	}
	return Origin{Source: Default}
}

// Locate says where the settings file is looked for, without reading it. Its
// error is an *Error.
func Locate(src Sources) (Location, error) {
	env := src.env()
	if path, given := src.Flags["config"]; given {
		if path == "" {
			return Location{}, &Error{Problems: []Problem{{Where: "--config", Message: "is empty"}}}
		}
		return Location{Path: path, Named: "--config"}, nil
	}
	if path := env.get("SIDESTAGE_CONFIG"); path != "" {
		return Location{Path: path, Named: "SIDESTAGE_CONFIG"}, nil
	}
	return Location{Path: defaultFile(runtime.GOOS, env)}, nil
}

func (s Sources) env() Lookup {
	if s.Env == nil {
		return os.LookupEnv
	}
	return s.Env
}

// Load reads all sources. Its error is an *Error with all there is to say.
func Load(src Sources) (*Loaded, error) {
	at, err := Locate(src)
	if err != nil {
		return nil, err
	}
	ld := &loader{Loaded: Loaded{Settings: Defaults(), File: at, origins: map[string]Origin{}}}
	ld.fromFile()
	ld.fromEnv(src.env())
	ld.fromFlags(src.Flags)
	ld.dataDir(src.env())
	ld.together()
	if len(ld.problems) > 0 {
		return nil, &Error{Problems: ld.problems}
	}
	ld.warn()
	return &ld.Loaded, nil
}

// Defaults are the settings of the table. DataDir is empty: it depends on the
// environment.
func Defaults() Settings {
	var s Settings
	for _, row := range table {
		_ = row.set(&s, row.def) // a test sets every default
	}
	return s
}

// loader is a Loaded under way.
type loader struct {
	Loaded
	problems []Problem
}

func (ld *loader) problem(where, key, format string, a ...any) {
	ld.problems = append(ld.problems, Problem{Where: where, Key: key, Message: fmt.Sprintf(format, a...)})
}

// set takes one value. A directory given on the command line may be relative;
// in the file nobody could say to what.
func (ld *loader) set(row setting, text string, from Origin) {
	if row.key == "data_dir" && from.Source != File {
		text = absolute(text)
	}
	if err := row.set(&ld.Settings, text); err != nil {
		ld.problem(from.Where, row.key, "%s", err.Error())
		return
	}
	ld.origins[row.key] = from
}

func (ld *loader) fromFile() {
	if ld.File.Path == "" {
		return
	}
	data, err := readFile(ld.File)
	if err == nil {
		err = ld.fromTOML(data)
	}
	if err != nil {
		ld.problems = append(ld.problems, fileProblem(ld.File.Path, err))
	}
}

func (ld *loader) fromTOML(data []byte) error {
	found, err := parse(data)
	for _, a := range found {
		ld.assign(a)
	}
	return err
}

// assign takes one assignment of the file.
func (ld *loader) assign(a assignment) {
	where := fmt.Sprintf("%s:%d", ld.File.Path, a.line)
	row, known := find(a.key)
	switch table := isTable(a.key); {
	case known && a.what == row.want:
		ld.set(row, a.text, Origin{File, where})
	case known:
		ld.problem(where, a.key, "expected %s, found %s", row.want, a.what)
	case table && (a.kind == unstable.Table || a.kind == unstable.InlineTable):
	case table:
		ld.problem(where, a.key, "expected a table, found %s", a.what)
	default:
		ld.problem(where, a.key, "unknown key%s", hint(a.key))
	}
}

// isTable reports whether settings stand below key.
func isTable(key string) bool {
	for _, row := range table {
		if strings.HasPrefix(row.key, key+".") {
			return true
		}
	}
	id, ok := achievementOf(key)
	return ok && key == achievementTable+"."+id
}

func (ld *loader) fromEnv(env Lookup) {
	for _, row := range table {
		if text := env.get(row.env()); text != "" {
			ld.set(row, text, Origin{Environment, row.env()})
		}
	}
}

func (ld *loader) fromFlags(flags map[string]string) {
	for _, row := range table {
		text, given := flags[row.flag]
		if row.flag == "" || !given {
			continue
		}
		from := Origin{Flag, "--" + row.flag}
		if text == "" { // "$UNSET" must not mean the real desk
			ld.problem(from.Where, row.key, "is empty")
			continue
		}
		ld.set(row, text, from)
	}
}

// absolute resolves path. Where the working directory is gone it stays as it
// is, and the check refuses it.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func (ld *loader) dataDir(env Lookup) {
	if ld.DataDir != "" {
		return
	}
	ld.DataDir = defaultDataDir(runtime.GOOS, env)
	if ld.DataDir == "" {
		ld.problem("data_dir", "", "the environment does not say where home is; give --data-dir or SIDESTAGE_DATA_DIR")
	}
}

// together checks what concerns more than one setting.
func (ld *loader) together() {
	if ld.remote() && !ld.AllowRemote {
		ld.problem(ld.place("addr"), "addr", "other machines can reach %s; set allow_remote = true if that is meant", ld.Addr)
	}
	if strings.EqualFold(ld.Reward.Song.Title, ld.Reward.Raffle.Title) {
		ld.problem(ld.place("reward.raffle.title"), "reward.raffle.title", "two rewards of a channel cannot have the same title")
	}
	ld.commandNames()
	ld.sensible()
}

// place is where key's value stands, or the word for the default.
func (ld *loader) place(key string) string {
	if o := ld.Origin(key); o.Where != "" {
		return o.Where
	}
	return string(Default)
}

// remote reports whether other machines can reach Addr.
func (ld *loader) remote() bool {
	host, _, err := net.SplitHostPort(ld.Addr)
	return err == nil && !loopback(host)
}
