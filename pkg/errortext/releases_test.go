package errortext

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "read the releases' sources, out of the module cache or the module proxy, and write testdata/releases.txt")

// releases are those whose words the tables are about, each by the patch release whose source was read.
var releases = []string{"v1.30.14", "v1.31.14", "v1.32.13", "v1.33.0", "v1.34.4", "v1.35.0", "v1.36.3", "v1.37.2"}

const releasesFile = "testdata/releases.txt"

// otherwise are the patterns whose releases the sources do not tell, and why.
var otherwise = map[string]string{
	"Token could not be validated.":                     "up to 1.30 in legacy.go as well, of what cannot be",
	"crypto/rsa: verification error":                    "Go still says it, and go-jose keeps it to itself",
	"x509: certificate has expired or is not yet valid": "Go always adds to it; here in case that was cut off",
	"verifying certificate SN={serial}, SKID={skid}, AKID={akid} failed: x509: certificate has expired or is not yet valid": "likewise",
	"Post {url:q}: {error...}": "the method is written by code",
	"cannot bind token to a Node object as the {gate:q} feature-gate is disabled":  "the gate cannot be switched off since 1.33",
	"Secret UID ({realUID}) does not match claim ({claimUID})":                     "1.37 has the parts, in another text",
	"Pod UID ({realUID}) does not match claim ({claimUID})":                        "1.37 has the parts, in another text",
	"x509: subject with cn={commonName} is not in the allowed list: [{allowed}]":   "of releases before 1.30; the sources have its beginning",
	"x509: subject with cn={commonName} is not allowed":                            "of releases before 1.14",
	"token is bound to a Node object but the {gate:word} feature gate is disabled": "the gate cannot be switched off since 1.32",
}

// TestReleases holds what the tables say of releases against the sources: a wording is used by the releases in whose source it
// is. The sources were read with -update; testdata/releases.txt is what they told.
func TestReleases(t *testing.T) {
	if *update {
		writeReleases(t)
	}
	data, err := os.ReadFile(releasesFile)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]string{}
	for line := range strings.Lines(string(data)) {
		in, text, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if ok && !strings.HasPrefix(line, "#") {
			used[text] = in
		}
	}
	n := 0
	for _, p := range serverPatterns() {
		n++
		in, ok := used[p.text]
		switch why := otherwise[p.text]; {
		case !ok:
			t.Errorf("testdata/releases.txt does not have %q: go test ./pkg/errortext -run TestReleases -update", p.text)
		case why != "" && in == declared(p):
			t.Errorf("%q needs no exception any more", p.text)
		case why == "" && in != declared(p):
			t.Errorf("%q is said to be used by %s of the releases since 1.30, their sources say %s", p.text, declared(p), in)
		}
	}
	if n < 150 || len(used) != n {
		t.Errorf("%d patterns were looked at, testdata/releases.txt has %d", n, len(used))
	}
}

// serverPatterns are the patterns of the API server, each text once.
func serverPatterns() []pattern {
	var out []pattern
	seen := map[string]bool{}
	for _, table := range [][]pattern{
		serverRequest, serverServiceAccount, serverLegacyServiceAccount, serverServiceAccountDetail, serverBootstrap, serverOIDC,
		serverCertificate(), serverWebhook, serverReview, serverTokenRequest, serverAuthorization, serverAPI,
	} {
		for _, p := range table {
			if !seen[p.text] {
				seen[p.text] = true
				out = append(out, p)
			}
		}
	}
	return out
}

// declared is a mark a release: x where the pattern says that it uses the wording, - where not.
func declared(p pattern) string {
	marks := ""
	for _, release := range releases {
		mark := "x"
		if p.since != "" && minor(release) < minor("v"+p.since) || p.until == "old" || p.until != "" && minor(release) > minor("v"+p.until) {
			mark = "-"
		}
		marks += mark
	}
	return marks
}

func minor(release string) int {
	n, err := strconv.Atoi(strings.Split(release, ".")[1])
	if err != nil {
		panic(err)
	}
	return n
}

func writeReleases(t *testing.T) {
	used := map[string]string{}
	for _, release := range releases {
		said := readTexts(t, release)
		for _, p := range serverPatterns() {
			mark := "-"
			if said.say(p.text) {
				mark = "x"
			}
			used[p.text] += mark
		}
	}
	var page bytes.Buffer
	fmt.Fprintf(&page, "# Which releases use a wording, by their sources: %s.\n# Made by go test ./pkg/errortext -run TestReleases -update.\n", strings.Join(releases, " "))
	for _, p := range serverPatterns() {
		fmt.Fprintf(&page, "%s  %s\n", used[p.text], p.text)
	}
	if err := os.MkdirAll(filepath.Dir(releasesFile), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(releasesFile, page.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// formats are the fixed parts of all format strings in a release's sources.
type formats struct {
	whole map[string]bool
	by    map[byte][]string // by their first byte
}

// verb is a variable part of a format string.
var verb = regexp.MustCompile(`%[-+#0-9.\[\]]*[a-zA-Z]`)

func (s *formats) add(format string) {
	parts := verb.Split(strings.ReplaceAll(format, "%%", "%"), -1)
	for i, part := range parts {
		// A string of two words that is quoted where it is put in.
		if len(parts) == 1 && i == 0 {
			s.addPart(strconv.Quote(part))
		}
		s.addPart(part)
	}
}

func (s *formats) addPart(part string) {
	if part != "" && !s.whole[part] {
		s.whole[part] = true
		s.by[part[0]] = append(s.by[part[0]], part)
	}
}

// say reports whether the fixed parts of a pattern can be put together from whole parts of format strings; but what stands
// before and after a variable may be a piece of one.
func (s *formats) say(pattern string) bool {
	fixed := pieces(pattern)
	for i, p := range fixed {
		if p.kind == literal && !s.compose(p.text, i > 0, i+1 < len(fixed), 1) {
			return false
		}
	}
	return true
}

// compose reports whether a text is made of whole parts. The first may begin before it, the last may go on behind it. One may be
// a short word: of many such, any text can be made.
func (s *formats) compose(text string, open, goesOn bool, words int) bool {
	const long = 8
	if short(text) || s.whole[text] {
		return true
	}
	if open {
		for part := range s.whole {
			if goesOn && len(text) >= long && strings.Contains(part, text) {
				return true
			}
			for n := min(len(text), len(part)); n >= long; n-- {
				if strings.HasSuffix(part, text[:n]) && s.compose(text[n:], false, goesOn, words) {
					return true
				}
			}
		}
	}
	for _, part := range s.by[text[0]] {
		rest, begins := strings.CutPrefix(text, part)
		switch {
		case goesOn && strings.HasPrefix(part, text):
			return true
		case begins && (len(part) >= long || short(part)) && s.compose(rest, false, goesOn, words):
			return true
		case begins && len(part) < long && words > 0 && s.compose(rest, false, goesOn, words-1):
			return true
		}
	}
	return false
}

// short reports whether a text is but punctuation, which says nothing of a release.
func short(text string) bool { return strings.Trim(text, ` :,.()[]'"/!=`) == "" }

// readTexts reads what the server of a release says: its own packages, and the libraries whose errors it passes on.
func readTexts(t *testing.T, release string) *formats {
	kubernetes := module(t, "k8s.io/kubernetes", release)
	gomod, err := os.ReadFile(filepath.Join(kubernetes, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	in := func(root string, subs ...string) {
		for _, sub := range subs {
			dirs = append(dirs, filepath.Join(root, filepath.FromSlash(sub)))
		}
	}
	in(kubernetes, "pkg/serviceaccount", "pkg/controller/serviceaccount", "pkg/kubeapiserver/authenticator", "pkg/registry/authentication",
		"pkg/registry/core/serviceaccount", "pkg/apis/authentication", "plugin/pkg/auth", "plugin/pkg/admission/noderestriction")
	staging := "v0" + strings.TrimPrefix(release, "v1")
	in(module(t, "k8s.io/apiserver", staging), "pkg/apis", "pkg/authentication", "pkg/authorization", "pkg/endpoints", "pkg/server/filters",
		"pkg/storage", "pkg/registry/generic", "pkg/util/webhook", "plugin/pkg/authenticator")
	in(module(t, "k8s.io/apimachinery", staging), "pkg/api/errors", "pkg/runtime", "pkg/util")
	in(module(t, "k8s.io/api", staging), "authentication", "core")
	// Not each of its patch releases is at the proxy.
	in(module(t, "k8s.io/cluster-bootstrap", fmt.Sprintf("v0.%d.0", minor(release))), "util", "token")
	for _, library := range regexp.MustCompile(`(?m)^\t(github\.com/coreos/go-oidc|gopkg\.in/square/go-jose\.v2|gopkg\.in/go-jose/go-jose\.v2|google\.golang\.org/grpc) (v\S+)`).FindAllStringSubmatch(string(gomod), -1) {
		in(module(t, library[1], library[2]), ".")
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	in(filepath.Join(strings.TrimSpace(string(goroot)), "src"), "context", "crypto/rsa", "crypto/x509", "encoding/json", "io", "net/http", "net/url")

	s := &formats{whole: map[string]bool{}, by: map[byte][]string{}}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(filepath.Base(path), "zz_generated") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(node ast.Node) bool {
				if text, ok := joined(node); ok {
					s.add(text)
					return false
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// joined is the text of a string, or of several that + puts together.
func joined(node ast.Node) (string, bool) {
	switch node := node.(type) {
	case *ast.BasicLit:
		if node.Kind == token.STRING {
			text, err := strconv.Unquote(node.Value)
			return text, err == nil
		}
	case *ast.BinaryExpr:
		x, okX := joined(node.X)
		y, okY := joined(node.Y)
		return x + y, okX && okY && node.Op == token.ADD
	}
	return "", false
}

// module is where the source of a module is.
func module(t *testing.T, path, version string) string {
	download := exec.Command("go", "mod", "download", "-json", path+"@"+version)
	download.Dir = t.TempDir() // outside of this module
	out, err := download.Output()
	var told struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &told); err != nil || jsonErr != nil || told.Error != "" {
		t.Fatalf("%s@%s cannot be had: %v %s", path, version, err, told.Error)
	}
	return told.Dir
}
