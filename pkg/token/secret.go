package token

import (
	"fmt"
	"io"
)

// Redacted is what a secret prints instead of itself.
const Redacted = "REDACTED"

// Secret is text that never prints itself: every verb of fmt, and JSON, YAML and
// text marshalling, give REDACTED. Only Reveal hands it out, so that every place
// where a secret leaves can be found by that name.
//
// The text stands behind a pointer because fmt does not call methods on unexported
// fields: a struct that keeps a Secret in one prints an address, not the text.
type Secret struct{ text *string }

// NewSecret keeps s.
func NewSecret(s string) Secret { return Secret{&s} }

// Reveal returns the text itself.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Len returns the length of the text in bytes.
func (s Secret) Len() int { return len(s.Reveal()) }

// Equal reports whether both hold the same text.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// Format implements fmt.Formatter for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// String implements fmt.Stringer.
func (s Secret) String() string { return Redacted }

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return Redacted }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalJSON implements json.Marshaler.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// MarshalYAML implements the Marshaler of the go.yaml.in packages.
func (s Secret) MarshalYAML() (any, error) { return Redacted, nil }
