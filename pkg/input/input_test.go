package input

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, size int) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	small, full, large := write("small", 10), write("full", MaxGiven), write("large", MaxGiven+1)
	for name, test := range map[string]struct {
		file string
		size int
		want string
	}{
		"a file":                   {small, 10, ""},
		"as large as may be":       {full, MaxGiven, ""},
		"one byte more":            {large, 0, large + " is larger than 1 MiB"},
		"a directory":              {dir, 0, dir + " is a directory, not a file"},
		"nothing":                  {filepath.Join(dir, "nothing"), 0, "no such file"},
		"the device that is empty": {os.DevNull, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := OS().Read(test.file, MaxGiven)
			if len(data) != test.size || (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%d bytes, %v", len(data), err)
			}
			check := OS().Check(test.file, MaxGiven)
			var e *Error
			if errors.As(err, &e) != (check != nil) || check != nil && check.Error() != err.Error() {
				t.Errorf("Check says %v", check)
			}
		})
	}
}

// Files of /proc have size 0 and still have content.
func TestFilesThatSayTheyAreEmpty(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	files := OS()
	files.Open = func(string) (io.ReadCloser, error) { return io.NopCloser(endless{}), nil }
	for _, err := range []error{files.Check(empty, MaxGiven), second(files.Read(empty, MaxGiven))} {
		if err == nil || !strings.Contains(err.Error(), "is larger than 1 MiB") {
			t.Error(err)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func second(_ []byte, err error) error { return err }
