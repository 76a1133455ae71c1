package config

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "(set, not shown)"

// Secret is text that no print, log or encoding shows; only Reveal does. The
// zero value is the empty secret. The text is behind a pointer so that even
// fmt's walk through somebody's unexported field, which calls no methods, does
// not reach it.
type Secret struct{ text *string }

// NewSecret keeps s.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{text: &s}
}

// Reveal returns the text, for the one request that needs it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Equal reports whether both hold the same text.
func (s Secret) Equal(o Secret) bool { return s.Reveal() == o.Reveal() }

// String is "" for the empty secret, else a fixed phrase.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return redacted
}

// Format implements fmt.Formatter for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText implements encoding.TextMarshaler with what String says.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue implements slog.LogValuer with what String says.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
