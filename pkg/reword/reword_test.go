package reword

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

// An error in other words keeps its types and says nothing of the old ones.
func TestError(t *testing.T) {
	cause := &fs.PathError{Op: "open", Path: "hunter2", Err: fs.ErrPermission}
	err := fmt.Errorf("the key file: %w", Error("it may not be read", cause))
	if got, want := err.Error(), "the key file: it may not be read"; got != want {
		t.Errorf("it reads %q, want %q", got, want)
	}
	var path *fs.PathError
	if !errors.Is(err, fs.ErrPermission) || !errors.As(err, &path) || path != cause {
		t.Error("the cause is lost")
	}
}
