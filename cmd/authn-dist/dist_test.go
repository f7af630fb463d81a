package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// host is the platform that tests build for: it has been compiled for them anyway.
func host(t *testing.T) platform {
	t.Helper()
	if chosen, err := choose(runtime.GOOS + "_" + runtime.GOARCH); err == nil {
		return chosen[0]
	}
	t.Skipf("a release has nothing for %s/%s", runtime.GOOS, runtime.GOARCH)
	return platform{}
}

// release makes the files of a release for the host in a folder of its own.
func release(t *testing.T) string {
	t.Helper()
	if _, err := output("", "git", "rev-parse", "HEAD"); err != nil {
		t.Skip("this is no clone: a release is made of a commit")
	}
	out := filepath.Join(t.TempDir(), "dist")
	if err := run(out, host(t).String(), ""); err != nil {
		t.Fatal(err)
	}
	return out
}

// The same commit gives the same bytes, whatever the folder and the time. The release's
// workflow compares all platforms, with an empty build cache.
func TestSameBytes(t *testing.T) {
	one := release(t)
	// The clock of gzip, tar and zip has seconds, or two of them.
	time.Sleep(2100 * time.Millisecond)
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "a", "longer", "path"))
	if err := os.MkdirAll(os.Getenv("TMPDIR"), 0o755); err != nil {
		t.Fatal(err)
	}
	written := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(written, []byte("GOFLAGS=-tags=another\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOENV", written)
	t.Setenv("GOFIPS140", "latest")
	two := release(t)
	files, err := os.ReadDir(one)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 3 {
		t.Errorf("%d files, want the archive, the bill of materials and the checksums", len(files))
	}
	for _, f := range files {
		a, err := os.ReadFile(filepath.Join(one, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(two, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if string(a) != string(b) {
			t.Errorf("%s differs", f.Name())
		}
	}
	sums, err := os.ReadFile(filepath.Join(one, "checksums.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(sums), "\n"); n != len(files)-1 {
		t.Errorf("%d checksums of %d files:\n%s", n, len(files)-1, sums)
	}
}

// `go install …@latest` rejects a module that replaces or excludes another one.
func TestInstallable(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	text, err := exec.Command("go", "mod", "edit", "-json", "../../go.mod").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{`"Replace": null`, `"Exclude": null`} {
		if !strings.Contains(string(text), word) {
			t.Errorf("go.mod has no %s:\n%s", word, text)
		}
	}
}
