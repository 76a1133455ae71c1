package config

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setting is one row of the table.
type setting struct {
	key  string // dotted TOML key
	def  string // default, in the form set reads
	doc  string
	flag string // name of its flag, "" where it has none
	want string // the TOML type it takes, as errors name it
	set  func(*Settings, string) error
	get  func(*Settings) any // string, int, bool or list of strings; a secret redacted
	live bool                // it applies at once when the settings are read again
	copy func(to, from *Settings)
}

// What a setting expects, as errors name it.
const (
	wantText   = "text in quotes"
	wantNumber = "a whole number"
	wantBool   = "true or false"
	wantList   = "a list of texts in quotes"
)

// env is the setting's environment variable.
func (s setting) env() string {
	return "SIDESTAGE_" + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

// check accepts a text and returns it in its normal form, or says what was
// expected. It does not repeat the text, which may be a secret in the wrong place.
type check func(string) (string, error)

func text(key, def string, at func(*Settings) *string, ok check, doc string) setting {
	return setting{
		key: key, def: def, doc: doc, want: wantText, copy: copying(at),
		get: func(s *Settings) any { return *at(s) },
		set: func(s *Settings, v string) (err error) {
			*at(s), err = ok(v)
			return err
		},
	}
}

func secret(key string, at func(*Settings) *Secret, ok check, doc string) setting {
	return setting{
		key: key, doc: doc, want: wantText, copy: copying(at),
		get: func(s *Settings) any { return at(s).String() },
		set: func(s *Settings, v string) error {
			v, err := ok(v)
			*at(s) = NewSecret(v)
			return err
		},
	}
}

func number(key string, def int, at func(*Settings) *int, least, most int, doc string) setting {
	return setting{
		key: key, def: strconv.Itoa(def), doc: doc, want: wantNumber, copy: copying(at),
		get: func(s *Settings) any { return *at(s) },
		set: func(s *Settings, v string) error {
			n, err := strconv.ParseInt(v, 0, 64) // 0: as TOML writes integers, 0x and _ too
			if err != nil || n < int64(least) || n > int64(most) {
				return fmt.Errorf("expected a whole number from %d to %d", least, most)
			}
			*at(s) = int(n)
			return nil
		},
	}
}

// choice is a setting that takes one of a few words.
func choice(key, def string, at func(*Settings) *string, doc string, words ...string) setting {
	return text(key, def, at, func(v string) (string, error) {
		if !slices.Contains(words, v) {
			return "", fmt.Errorf("expected %s or %s", strings.Join(words[:len(words)-1], ", "), words[len(words)-1])
		}
		return v, nil
	}, doc)
}

// duration is a setting that takes a length of time, such as 30m.
func duration(key, def string, at func(*Settings) *time.Duration, least, most time.Duration, doc string) setting {
	return setting{
		key: key, def: def, doc: doc, want: wantText, copy: copying(at),
		get: func(s *Settings) any { return brief(*at(s)) },
		set: func(s *Settings, v string) error {
			d, err := time.ParseDuration(v)
			if err != nil || d < least || d > most {
				return fmt.Errorf("expected a length of time from %s to %s, such as %s", brief(least), brief(most), def)
			}
			*at(s) = d
			return nil
		},
	}
}

// brief is d without its zero parts: 30m, not 30m0s.
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

func boolean(key string, def bool, at func(*Settings) *bool, doc string) setting {
	return setting{
		key: key, def: strconv.FormatBool(def), doc: doc, want: wantBool, copy: copying(at),
		get: func(s *Settings) any { return *at(s) },
		set: func(s *Settings, v string) error {
			if v != "true" && v != "false" {
				return errors.New("expected " + wantBool)
			}
			*at(s) = v == "true"
			return nil
		},
	}
}

func level(key, def string, at func(*Settings) *slog.Level, doc string) setting {
	return setting{
		key: key, def: def, doc: doc, want: wantText, copy: copying(at),
		get: func(s *Settings) any { return strings.ToLower(at(s).String()) },
		set: func(s *Settings, v string) error {
			switch v {
			case "debug", "info", "warn", "error":
				return at(s).UnmarshalText([]byte(v))
			}
			return errors.New("expected debug, info, warn or error")
		},
	}
}

// list is a list of texts, in the environment with commas between them.
func list(key string, def []string, at func(*Settings) *[]string, ok func(string) error, doc string) setting {
	return setting{
		key: key, def: strings.Join(def, ","), doc: doc, want: wantList,
		get:  func(s *Settings) any { return slices.Clone(*at(s)) },
		copy: func(to, from *Settings) { *at(to) = slices.Clone(*at(from)) },
		set: func(s *Settings, v string) error {
			all := strings.FieldsFunc(v, func(r rune) bool { return r == ',' })
			for i := range all {
				all[i] = strings.TrimSpace(all[i])
				if err := ok(all[i]); err != nil {
					return err
				}
			}
			*at(s) = all
			return nil
		},
	}
}

// copying copies the value that at points to.
func copying[T any](at func(*Settings) *T) func(to, from *Settings) {
	return func(to, from *Settings) { *at(to) = *at(from) }
}

// atOnce says that s applies at once when the settings are read again.
func (s setting) atOnce() setting {
	s.live = true
	return s
}

// atOnce says that all of these do.
func atOnce(rows []setting) []setting {
	for i := range rows {
		rows[i] = rows[i].atOnce()
	}
	return rows
}

// withFlag names the flag that sets s too.
func (s setting) withFlag(name string) setting {
	s.flag = name
	return s
}
