// Package reword says an error in other words, and keeps its types.
package reword

// Error is an error that reads as text and wraps cause: errors.Is and errors.As find the cause, whose own words, which
// may quote a secret, are not repeated.
func Error(text string, cause error) error { return &reworded{text, cause} }

type reworded struct {
	text  string
	cause error
}

func (r *reworded) Error() string { return r.text }

func (r *reworded) Unwrap() error { return r.cause }
