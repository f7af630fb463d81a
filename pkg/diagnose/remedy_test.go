package diagnose

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// remedies are all that the cases of this package bring forth, by finding.
func remedies() map[finding.ID][]finding.Remedy {
	out := map[finding.ID][]finding.Remedy{}
	add := func(findings []finding.Finding) {
		for _, f := range findings {
			out[f.ID] = append(out[f.ID], f.Remedy...)
		}
	}
	for _, c := range checkCases {
		add(Diagnose(c.given).Findings)
		for _, o := range run(c.given) {
			add(o.Result.Findings)
		}
	}
	return out
}

// weakens are words of commands that open what was closed for a reason, or that hand out
// more than what is missing.
var weakens = regexp.MustCompile(`(?i)insecure|no-verify|verify=false|validate=false|anonymous-auth=true|AlwaysAllow|cluster-admin|system:masters|` +
	`system:(un)?authenticated|user=system:anonymous|disable|service-account-lookup|chmod|verbs: \['?\*|--verb='?\*|lookup=false|curl -k|--force`)

// placeholder is a word that somebody would have to replace before the command works.
// TOKEN-FILE stands for a token that was not in a file, and is not to be in a command.
var placeholder = regexp.MustCompile(`\b(?:NAME|FILE|USER|NAMESPACE|POD|TOKEN|CLUSTER|SERVER|SECRET|PATH|URL|PREFIX|[A-Z]+-FILE)\b|<[a-z-]+>|\.\.\.|…`)

func TestRemediesWorkWhenPasted(t *testing.T) {
	commands := 0
	for id, list := range remedies() {
		for _, r := range list {
			if r.Description == "" || strings.ToUpper(r.Description[:1]) != r.Description[:1] {
				t.Errorf("%s: the remedy %q does not say what to do", id, r.Description)
			}
			if weakens.MatchString(r.Command) || strings.Contains(strings.ToLower(r.Description), "disable ") {
				t.Errorf("%s: the remedy weakens the cluster: %s %s", id, r.Description, r.Command)
			}
			if r.Command == "" {
				continue
			}
			commands++
			if p := placeholder.FindString(strings.ReplaceAll(r.Command, "-f TOKEN-FILE", "")); p != "" {
				t.Errorf("%s: the command has a placeholder, %s: %s", id, p, r.Command)
			}
			if out, err := exec.Command("sh", "-n", "-c", r.Command).CombinedOutput(); err != nil {
				t.Errorf("%s: no shell reads %q: %s", id, r.Command, out)
			}
			// Reports indent what they print.
			indented := "      " + strings.ReplaceAll(r.Command, "\n", "\n      ")
			if out, err := exec.Command("sh", "-n", "-c", indented).CombinedOutput(); err != nil || strings.Contains(r.Command, "<<") {
				t.Errorf("%s: indented, no shell reads %q: %s", id, r.Command, out)
			}
		}
	}
	if commands < 100 {
		t.Errorf("only %d commands were seen", commands)
	}
}

// The catalogue speaks to those who have no finding at hand, in general words.
func TestCatalogueWeakensNothing(t *testing.T) {
	command := regexp.MustCompile("`[^`]+`")
	for _, e := range finding.Catalogue {
		for _, c := range command.FindAllString(e.Fix, -1) {
			// To look with --as at what anonymous requests may do gives them nothing.
			if strings.HasPrefix(c, "`kubectl auth can-i --list") || !strings.Contains(c, " ") {
				continue
			}
			if weakens.MatchString(c) {
				t.Errorf("%s: the fix weakens the cluster: %s", e.ID, c)
			}
		}
	}
}

// A caller may have any name, and none of them is anything but a name in the manifest.
func TestDelegateQuotes(t *testing.T) {
	for _, name := range []string{
		"jane", "system:serviceaccount:shop:robot", "oidc:jane@example.com", `o'neill`, "a\"b\\c", "x\n- kind: User\n  name: evil", "' ; rm -rf / '",
		"grüße", "\u202etxt", strings.Repeat("x", 300), "https://issuer.example#jane", "", "$(id)", "`id`",
	} {
		e := given(refusedWithoutAWord)
		e.Caller = evidence.Is(token.Identity{Username: name}, "test")
		command := delegate(e)
		out, err := exec.Command("sh", "-c", strings.TrimSuffix(command, " | kubectl apply -f -")).Output()
		if err != nil {
			t.Errorf("%q: %v\n%s", name, err, command)
			continue
		}
		if got := strings.Count(string(out), "\n"); got != 24 {
			t.Errorf("%q: the manifest has %d lines:\n%s", name, got, out)
		}
		if !strings.Contains(string(out), "    name: "+yaml(name)+"\n") {
			t.Errorf("%q is not in the manifest to the letter:\n%s", name, out)
		}
	}
	e := given()
	e.Caller = evidence.Is(token.Identity{Username: anonymousUser}, "test")
	if command := delegate(e); command != "" {
		t.Errorf("rights for nobody: %s", command)
	}
}
