package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// krew runs krew itself, in a root of its own.
type krew struct{ programs, root string }

func newKrew(t *testing.T) krew {
	t.Helper()
	programs := os.Getenv("AUTHN_KREW")
	if programs == "" {
		t.Skip("AUTHN_KREW names no folder that krew is in: make krew sets it")
	}
	return krew{programs, t.TempDir()}
}

func (k krew) run(t *testing.T, env []string, program string, args ...string) string {
	t.Helper()
	command := exec.Command(filepath.Join(k.programs, program), args...)
	command.Env = append(append(os.Environ(), "KREW_ROOT="+k.root, "KREW_NO_UPGRADE_CHECK=1"), env...)
	text, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, text)
	}
	return string(text)
}

// manifestOf renders the manifest of the archives in a folder; what is not there gets a
// checksum that no file has.
func manifestOf(t *testing.T, dist string) (file, version string) {
	t.Helper()
	sums, err := os.ReadFile(filepath.Join(dist, "checksums.txt"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^([0-9a-f]{64})  (kubectl-authn_(v\S+?)_(?:linux|darwin|windows)_\S+(?:\.tar\.gz|\.zip))$`).FindAllStringSubmatch(string(sums), -1) {
		found[m[2]], version = m[1], m[3]
	}
	var made []archive
	for _, p := range platforms {
		name := "kubectl-authn_" + version + "_" + p.String() + p.extension()
		sum, ok := found[name]
		if !ok {
			sum = strings.Repeat("0a", 32)
		}
		made = append(made, archive{p, name, sum})
	}
	template, err := os.ReadFile("../../.krew.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := render(string(template), version, made)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "authn.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file, version
}

// krew installs what was made, on each platform that it knows and that there is an archive
// for: of AUTHN_DIST, or of the host.
func TestKrewInstalls(t *testing.T) {
	k := newKrew(t)
	dist := os.Getenv("AUTHN_DIST")
	if dist == "" {
		dist = release(t)
	}
	manifest, version := manifestOf(t, dist)
	// The tool with which krew's index looks at what it is offered.
	k.run(t, nil, "validate-krew-manifest", "-manifest", manifest, "-skip-install")
	installed := 0
	for _, p := range platforms {
		archive := filepath.Join(dist, "kubectl-authn_"+version+"_"+p.String()+p.extension())
		if _, err := os.Stat(archive); err != nil || p.arch == "s390x" {
			continue
		}
		installed++
		k := krew{k.programs, t.TempDir()}
		k.run(t, []string{"KREW_OS=" + p.os, "KREW_ARCH=" + p.arch}, "krew", "install", "--manifest="+manifest, "--archive="+archive)
		store := filepath.Join(k.root, "store", "authn", version)
		for _, name := range []string{"LICENSE", program(p)} {
			if _, err := os.Stat(filepath.Join(store, name)); err != nil {
				t.Errorf("%s: not installed: %v", p, err)
			}
		}
		if p == host(t) {
			// On the PATH, this is `kubectl authn`.
			text, err := exec.Command(filepath.Join(k.root, "bin", program(p)), "version").CombinedOutput()
			if err != nil || !strings.Contains(string(text), version) {
				t.Errorf("the installed program is not %s: %v\n%s", version, err, text)
			}
		}
	}
	if installed == 0 {
		t.Error("nothing was installed")
	}
}

// The repository is an index of krew.
func TestKrewIndex(t *testing.T) {
	k := newKrew(t)
	manifest, err := os.ReadFile("../../plugins/authn.yaml")
	if err != nil {
		t.Fatal(err)
	}
	repository := t.TempDir()
	if err := os.MkdirAll(filepath.Join(repository, "plugins"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(repository, "plugins", "authn.yaml"), manifest, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "--quiet"}, {"add", "."}, {"-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "commit", "--quiet", "-m", "index"}} {
		if _, err := output(repository, "git", args...); err != nil {
			t.Fatal(err)
		}
	}
	k.run(t, nil, "krew", "index", "add", "ours", "file://"+filepath.ToSlash(repository))
	text := k.run(t, nil, "krew", "info", "ours/authn")
	for _, word := range []string{"NAME: authn", "INDEX: ours", "HOMEPAGE: https://github.com/kubectl-authn/kubectl-authn"} {
		if !strings.Contains(text, word) {
			t.Errorf("`krew info` has no %q:\n%s", word, text)
		}
	}
}
