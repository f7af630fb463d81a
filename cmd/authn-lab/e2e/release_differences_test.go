package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// minorKubernetes is the release of the lab's API servers: 37 for v1.37.2.
func minorKubernetes() int {
	parts := strings.Split(otherKubernetes, ".")
	if len(parts) < 2 {
		return 36
	}
	minor, _ := strconv.Atoi(parts[1])
	return minor
}

// askedRelease makes simulate report the differences of another release.
func askedRelease() []string {
	if otherKubernetes == "" {
		return nil
	}
	return []string{"--kubernetes-version", otherKubernetes}
}

// authenticationHeader begins an AuthenticationConfiguration that the release reads.
func authenticationHeader() string {
	version := "v1"
	if minorKubernetes() < 34 {
		version = "v1beta1"
	}
	return "apiVersion: apiserver.config.k8s.io/" + version + "\nkind: AuthenticationConfiguration\n"
}

func rule(expression string) string {
	return mapped(prefixedSub, "  claimValidationRules:\n  - {expression: \""+expression+"\", message: m}\n")
}

// startConfigurations are configurations with which only some releases start. simulate can read all of them.
var startConfigurations = []struct {
	configuration
	version string // of the AuthenticationConfiguration; empty for one that the release reads
	until   int    // the release must be older, because the lab lacks the files that the configuration names
}{
	{configuration: configuration{name: "v1", authentication: mapped(prefixedSub, "")}, version: "v1"},
	{configuration: configuration{name: "v1beta1", authentication: mapped(prefixedSub, "")}, version: "v1beta1"},
	{configuration: configuration{name: "v1alpha1", authentication: mapped(prefixedSub, "")}, version: "v1alpha1"},
	{configuration: configuration{name: "anonymous", authentication: mapped(prefixedSub, "anonymous: {enabled: true, conditions: [{path: /livez}]}\n")}},
	{configuration: configuration{name: "egress", authentication: strings.Replace(mapped(prefixedSub, ""), "url: ISSUER", "url: ISSUER, egressSelectorType: cluster", 1),
		flags: []string{"egress-selector-config-file=EGRESS"}}, until: 34},
	{configuration: configuration{name: "uid-headers", flags: []string{"requestheader-uid-headers=X-Remote-Uid"}}},
	{configuration: configuration{name: "storage-initialization", flags: []string{"storage-initialization-timeout=1m"}}},
	{configuration: configuration{name: "curves", flags: []string{"tls-curve-preferences=23"}}},
	{configuration: configuration{name: "cloud-provider", flags: []string{"cloud-provider=external"}}, until: 33},
	{configuration: configuration{name: "sets", authentication: rule("sets.contains([1], [1]) && claims.?sub.hasValue() && 'a,b'.split(',').join('') == 'ab'")}},
	{configuration: configuration{name: "ip", authentication: rule("isIP('10.0.0.1') && isURL('https://a.example') && quantity('1k').isInteger()")}},
	{configuration: configuration{name: "format-constant", authentication: rule("!format.dns1123Label().validate(claims.sub).hasValue()")}},
	{configuration: configuration{name: "format-named", authentication: rule("format.named('dns1123Label').hasValue()")}},
	{configuration: configuration{name: "two-variables", authentication: rule("[1].all(i, v, i < v)")}},
	{configuration: configuration{name: "transform-map", authentication: rule("{'a': 1}.transformMap(k, v, v) == {'a': 1}")}},
	{configuration: configuration{name: "semver", authentication: rule("isSemver('1.2.3') && semver('1.2.3').major() == 1")}},
	{configuration: configuration{name: "first", authentication: rule("[1].first().hasValue()")}},
	{configuration: configuration{name: "last", authentication: rule("[1].last().hasValue()")}},
	{configuration: configuration{name: "unwrap", authentication: rule("optional.unwrap([optional.of(1)]) == [1]")}},
	{configuration: configuration{name: "unwrap-opt", authentication: rule("[optional.of(1)].unwrapOpt() == [1]")}},
	{configuration: configuration{name: "range", authentication: rule("lists.range(2) == [0, 1]")}},
	{configuration: configuration{name: "slice", authentication: rule("[1, 2].slice(0, 1) == [1]")}},
	{configuration: configuration{name: "flatten", authentication: rule("[[1]].flatten() == [1]")}},
	{configuration: configuration{name: "distinct", authentication: rule("[1, 1].distinct() == [1]")}},
	{configuration: configuration{name: "reverse", authentication: rule("[1, 2].reverse() == [2, 1]")}},
	{configuration: configuration{name: "sort", authentication: rule("[2, 1].sort() == [1, 2]")}},
	{configuration: configuration{name: "sort-by", authentication: rule("[1, 2].sortBy(x, -x) == [2, 1]")}},
}

// TestReleaseStarts checks that an API server of the release starts with exactly those configurations for which
// simulate reports no other behavior.
func TestReleaseStarts(t *testing.T) {
	egress := filepath.Join(t.TempDir(), "egress.yaml")
	if err := os.WriteFile(egress, []byte("apiVersion: apiserver.k8s.io/v1beta1\nkind: EgressSelectorConfiguration\negressSelections:\n- {name: cluster, connection: {proxyProtocol: Direct}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fill := filler(t, "EGRESS", egress)
	release := otherKubernetes
	if release == "" {
		release = "v1.37"
	}
	slots := make(chan struct{}, 2)
	for _, c := range startConfigurations {
		t.Run(c.name, func(t *testing.T) {
			if c.until != 0 && minorKubernetes() >= c.until {
				t.Skip("the lab lacks what it names")
			}
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			dir := t.TempDir()
			header := authenticationHeader()
			if c.version != "" {
				header = "apiVersion: apiserver.config.k8s.io/" + c.version + "\nkind: AuthenticationConfiguration\n"
			}
			name := "starts-" + c.name
			server, err := runner.Lab.StartServer(t.Context(), name, c.apiServerFlags(t, dir, header, fill)...)
			started := err == nil
			reason := ""
			if started {
				server.Stop()
			} else {
				log, err := os.ReadFile(runner.Lab.Path("servers", name, "kube-apiserver.log"))
				if err != nil {
					t.Fatal(err)
				}
				reason = gaveUp(t, string(log))
			}
			manifest := manifestOf(t, name, dir)
			output, _ := exec.Command(runner.Plugin, "simulate", "--manifest", manifest, "--offline", "-o", "json", "--kubernetes-version", release, "a-token").Output()
			mustValidate(t, output)
			var got simulation
			if err := json.Unmarshal(output, &got); err != nil {
				t.Fatalf("%v: %s", err, output)
			}
			refuses := false
			for _, d := range got.Differences {
				refuses = refuses || d.Affects == "Start" && !strings.Contains(d.Detail, "kube-apiserver knows")
			}
			if refuses == started {
				t.Errorf("the API server started: %t (%s); simulate: %+v", started, reason, got.Differences)
			}
		})
	}
}
