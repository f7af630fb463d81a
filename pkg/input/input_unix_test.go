//go:build unix

package input

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestDevices(t *testing.T) {
	const zero = "/dev/zero"
	want := zero + " is a device, not a file"
	if _, err := OS().Read(zero, MaxGiven); err == nil || err.Error() != want {
		t.Errorf("Read: %v", err)
	}
	if _, _, err := OS().Stream(zero); err == nil || err.Error() != want {
		t.Errorf("Stream: %v", err)
	}
	if err := OS().Check(zero, MaxGiven); err == nil || err.Error() != want {
		t.Errorf("Check: %v", err)
	}
}

// A pipe can be read only once, so its content is kept for a second reader.
func TestPipes(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	fill := func(content string) {
		go func() {
			if w, err := os.OpenFile(name, os.O_WRONLY, 0); err == nil {
				_, _ = w.WriteString(content)
				_ = w.Close()
			}
		}()
	}
	files := OS()
	if err := files.Check(name, MaxGiven); err != nil {
		t.Error(err)
	}
	fill("content")
	for range 2 {
		if data, err := files.Read(name, MaxGiven); string(data) != "content" || err != nil {
			t.Errorf("%q, %v", data, err)
		}
	}
	if _, err := files.Read(name, 3); err == nil {
		t.Error("what is remembered has no bound")
	}
	fill(strings.Repeat("x", MaxGiven+1))
	if _, err := OS().Read(name, MaxGiven); err == nil || !strings.Contains(err.Error(), "is larger than 1 MiB") {
		t.Errorf("a pipe without an end: %v", err)
	}
}
