// Program authn-dist creates the files of a release: an archive for each platform, checksums, bills of materials,
// and the krew manifest. It builds a clone of HEAD instead of the folder, so that one commit gives the same bytes
// on every machine.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A platform is a target of the Go compiler, and a selector of krew.
type platform struct{ os, arch string }

// platforms are the platforms of a release.
var platforms = []platform{
	{"linux", "amd64"}, {"linux", "arm64"}, {"linux", "arm"}, {"linux", "ppc64le"}, {"linux", "s390x"},
	{"darwin", "amd64"}, {"darwin", "arm64"},
	{"windows", "amd64"}, {"windows", "arm64"},
}

func (p platform) String() string { return p.os + "_" + p.arch }

// extension is the file name extension of the archive.
func (p platform) extension() string {
	if p.os == "windows" {
		return ".zip"
	}
	return ".tar.gz"
}

func main() {
	out := flag.String("out", "dist", "folder to write to; it is emptied first")
	only := flag.String("only", "", "comma-separated platforms such as linux_amd64; all, if empty")
	manifest := flag.String("manifest", "plugins/authn.yaml", "where to write the krew manifest; empty for nowhere")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "error: unexpected argument %q\n", flag.Arg(0))
		os.Exit(3)
	}
	if err := run(*out, *only, *manifest); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

func run(out, only, manifest string) error {
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	tree, err := os.MkdirTemp("", "authn-dist-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tree)
	source, commitTime, err := checkOut(tree)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	license, err := os.ReadFile(filepath.Join(source, "LICENSE"))
	if err != nil {
		return err
	}
	var made []archive
	version := ""
	for _, p := range chosen {
		binary := filepath.Join(tree, "bin", p.String(), program(p))
		if err := build(source, binary, p); err != nil {
			return err
		}
		bill, err := materials(binary, p)
		if err != nil {
			return err
		}
		version = bill.version
		name := fmt.Sprintf("kubectl-authn_%s_%s", version, p)
		completion, err := os.ReadFile(filepath.Join(source, "pkg", "cmd", completes(p)))
		if err != nil {
			return err
		}
		a, err := pack(filepath.Join(out, name), p, binary, completion, license, commitTime)
		if err != nil {
			return err
		}
		if err := bill.write(filepath.Join(out, name+".cdx.json"), commitTime); err != nil {
			return err
		}
		fmt.Printf("%s  %s\n", a.sha256, a.name)
		made = append(made, a)
	}
	if err := writeChecksums(out); err != nil {
		return err
	}
	if manifest == "" {
		return nil
	}
	template, err := os.ReadFile(filepath.Join(source, ".krew.yaml"))
	if err != nil {
		return err
	}
	text, err := render(string(template), version, made)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(manifest), 0o755); err != nil {
		return err
	}
	return os.WriteFile(manifest, []byte(text), 0o644)
}

func choose(only string) ([]platform, error) {
	if only == "" {
		return platforms, nil
	}
	var out []platform
	for name := range strings.SplitSeq(only, ",") {
		found := false
		for _, p := range platforms {
			if p.String() == name {
				out, found = append(out, p), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no platform %q; there are %v", name, platforms)
		}
	}
	return out, nil
}

// checkOut clones HEAD with its tags, which Go derives the version from, and returns the time of the commit.
func checkOut(tree string) (source string, made time.Time, err error) {
	root, err := output("", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return "", time.Time{}, errors.New("this is no git repository: a release is made of a commit")
	}
	if changed, err := output(root, "git", "status", "--porcelain", "--untracked-files=no"); err == nil && changed != "" {
		fmt.Fprintln(os.Stderr, "note: what is not committed is left out")
	}
	source = filepath.Join(tree, "source")
	if _, err := output("", "git", "clone", "--quiet", "--no-hardlinks", root, source); err != nil {
		return "", time.Time{}, err
	}
	head, err := output(root, "git", "rev-parse", "HEAD")
	if err != nil {
		return "", time.Time{}, err
	}
	if _, err := output(source, "git", "checkout", "--quiet", "--detach", head); err != nil {
		return "", time.Time{}, err
	}
	seconds, err := output(source, "git", "log", "-1", "--format=%ct")
	if err != nil {
		return "", time.Time{}, err
	}
	n, err := strconv.ParseInt(seconds, 10, 64)
	return source, time.Unix(n, 0).UTC(), err
}

func program(p platform) string {
	if p.os == "windows" {
		return "kubectl-authn.exe"
	}
	return "kubectl-authn"
}

// completes is the program that kubectl runs for the plugin's completions.
func completes(p platform) string {
	if p.os == "windows" {
		return "kubectl_complete-authn.cmd"
	}
	return "kubectl_complete-authn"
}

func build(source, binary string, p platform) error {
	command := exec.Command("go", "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w -buildid=", "-o", binary, "./cmd/kubectl-authn")
	command.Dir = source
	toolchain, err := toolchainOf(source)
	if err != nil {
		return err
	}
	// Neither the environment nor the settings of `go env -w`, which apply if a variable is empty, may affect the
	// binary.
	command.Env = append(os.Environ(), "GOENV=off", "GOFIPS140=off", "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+p.os, "GOARCH="+p.arch,
		"GOAMD64=v1", "GOARM=7", "GOARM64=v8.0", "GOPPC64=power8", "GOEXPERIMENT=", "GOWORK=off", "GOTOOLCHAIN="+toolchain)
	if text, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s cannot be built: %w\n%s", p, err, text)
	}
	return nil
}

// toolchainOf is the Go release in go.mod, because another release gives other bytes.
func toolchainOf(source string) (string, error) {
	text, err := output(source, "go", "mod", "edit", "-json")
	if err != nil {
		return "", err
	}
	var file struct{ Toolchain string }
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		return "", err
	}
	if file.Toolchain == "" {
		return "", errors.New("go.mod names no toolchain: the release could not be built again")
	}
	return file.Toolchain, nil
}

func output(dir string, name string, args ...string) (string, error) {
	command := exec.Command(name, args...)
	command.Dir = dir
	text, err := command.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return "", fmt.Errorf("%s %s: %s", name, strings.Join(args, " "), strings.TrimSpace(string(exit.Stderr)))
		}
		return "", err
	}
	return strings.TrimSpace(string(text)), nil
}
