package config

import (
	"fmt"
	"log/slog"
)

// Secret is a value that never shows itself: printing, logging and encoding it give "(secret)". Reveal is the one way to it.
type Secret struct{ value string }

const hidden = "(secret)"

// NewSecret hides a value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value, for the one call that needs it.
func (s Secret) Reveal() string { return s.value }

// Set says whether there is a value.
func (s Secret) Set() bool { return s.value != "" }

// Format covers every verb of fmt, also those that would print a struct's fields.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

func (s Secret) String() string               { return hidden }
func (s Secret) GoString() string             { return hidden }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(hidden) }
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
