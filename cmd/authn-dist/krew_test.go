package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// plugin is a manifest of krew: https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/.
type plugin struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Version          string `json:"version"`
		Homepage         string `json:"homepage"`
		ShortDescription string `json:"shortDescription"`
		Description      string `json:"description"`
		Caveats          string `json:"caveats"`
		Platforms        []struct {
			URI      string `json:"uri"`
			SHA256   string `json:"sha256"`
			Bin      string `json:"bin"`
			Selector struct {
				MatchLabels map[string]string `json:"matchLabels"`
			} `json:"selector"`
			Files []struct{ From, To string } `json:"files"`
		} `json:"platforms"`
	} `json:"spec"`
}

var (
	// semver is that of semver.org, behind a v, as krew's validation has it.
	semver   = regexp.MustCompile(`^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`)
	checksum = regexp.MustCompile(`^[0-9a-f]{64}$`)
	safeName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	// known is what krew runs on (its cmd/validate-krew-manifest, allPlatforms).
	known = []string{"windows/386", "windows/amd64", "windows/arm64", "linux/386", "linux/amd64", "linux/arm", "linux/arm64", "linux/ppc64le",
		"darwin/386", "darwin/amd64", "darwin/arm64"}
)

// The template gives a manifest that holds what krew and its index demand, whatever the version.
func TestTemplate(t *testing.T) {
	text, err := os.ReadFile("../../.krew.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var made []archive
	for _, p := range platforms {
		made = append(made, archive{p, "kubectl-authn_v1.2.3_" + p.String() + p.extension(), strings.Repeat("0a", 32)})
	}
	rendered, err := render(string(text), "v1.2.3", made)
	if err != nil {
		t.Fatal(err)
	}
	holdsRules(t, "authn.yaml", []byte(rendered))
	// Each archive is offered, but for that of an architecture that krew does not know.
	for _, a := range made {
		if offered := strings.Contains(rendered, a.name); offered != (a.platform.arch != "s390x") {
			t.Errorf("%s: offered %v", a.name, offered)
		}
	}
	if _, err := render(string(text), "v1.2.4", made); err == nil {
		t.Error("a manifest was made for archives that there are not")
	}
}

// plugins/authn.yaml, by which the repository is an index of krew, is that of a release.
func TestManifest(t *testing.T) {
	const file = "../../plugins/authn.yaml"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	holdsRules(t, file, text)
	var p plugin
	if err := yaml.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	template, err := output("", "git", "show", p.Spec.Version+":.krew.yaml")
	if err != nil {
		t.Skipf("the tag %s is not in this clone", p.Spec.Version)
	}
	var made []archive
	for _, m := range p.Spec.Platforms {
		made = append(made, archive{name: path.Base(m.URI), sha256: m.SHA256})
	}
	want, err := render(template+"\n", p.Spec.Version, made)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != want {
		t.Errorf("%s is not what .krew.yaml of %s makes of the archives", file, p.Spec.Version)
	}
}

func holdsRules(t *testing.T, file string, data []byte) {
	t.Helper()
	var p plugin
	if err := yaml.UnmarshalStrict(data, &p); err != nil {
		t.Fatal(err)
	}
	if p.APIVersion != "krew.googlecontainertools.github.com/v1alpha2" || p.Kind != "Plugin" {
		t.Errorf("it is a %s of %s", p.Kind, p.APIVersion)
	}
	if name := strings.TrimSuffix(filepath.Base(file), ".yaml"); p.Metadata.Name != name || !safeName.MatchString(name) || strings.HasPrefix(name, "kubectl") {
		t.Errorf("the plugin %q stands in %s", p.Metadata.Name, file)
	}
	if !semver.MatchString(p.Spec.Version) {
		t.Errorf("the version %q is none of semver with a v", p.Spec.Version)
	}
	if n := len(p.Spec.ShortDescription); n == 0 || n > 50 || strings.HasSuffix(p.Spec.ShortDescription, ".") || strings.Contains(strings.ToLower(p.Spec.ShortDescription), "kubectl") {
		t.Errorf("the short description is %q", p.Spec.ShortDescription)
	}
	if p.Spec.Description == "" || !strings.HasPrefix(p.Spec.Homepage, "https://") {
		t.Errorf("description or homepage: %q, %q", p.Spec.Description, p.Spec.Homepage)
	}
	for _, text := range []string{p.Spec.Description, p.Spec.Caveats} {
		for line := range strings.Lines(text) {
			if len(strings.TrimSuffix(line, "\n")) > 80 || strings.TrimRight(line, " \n") != strings.TrimSuffix(line, "\n") {
				t.Errorf("a line is over 80 columns, or ends in a space: %q", line)
			}
		}
	}
	if len(p.Spec.Platforms) < 5 {
		t.Fatalf("%d platforms", len(p.Spec.Platforms))
	}
	selected := map[string]bool{}
	for _, m := range p.Spec.Platforms {
		labels := m.Selector.MatchLabels
		at := labels["os"] + "/" + labels["arch"]
		if len(labels) != 2 || !slices.Contains(known, at) {
			t.Errorf("krew does not know %v", labels)
		}
		if selected[at] {
			t.Errorf("two archives for %s", at)
		}
		selected[at] = true
		if !strings.HasPrefix(m.URI, "https://") || !strings.Contains(m.URI, p.Spec.Version) || !strings.HasSuffix(m.URI, ".tar.gz") && !strings.HasSuffix(m.URI, ".zip") {
			t.Errorf("%s: the archive is at %s", at, m.URI)
		}
		if !checksum.MatchString(m.SHA256) {
			t.Errorf("%s: the checksum is %q", at, m.SHA256)
		}
		var to []string
		for _, f := range m.Files {
			if strings.Contains(f.From, "..") || strings.HasPrefix(f.From, "/") || f.To == "" {
				t.Errorf("%s: takes %s to %s", at, f.From, f.To)
			}
			to = append(to, f.From)
		}
		if !slices.Contains(to, m.Bin) || !slices.Contains(to, "LICENSE") || (labels["os"] == "windows") != strings.HasSuffix(m.Bin, ".exe") {
			t.Errorf("%s: the program %s and the licence are not among %v", at, m.Bin, to)
		}
	}
}
