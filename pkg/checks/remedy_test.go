package checks

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// remedies are all remedies of the cases of this package, by finding.
func remedies() map[finding.ID][]finding.Remedy {
	out := map[finding.ID][]finding.Remedy{}
	add := func(findings []finding.Finding) {
		for _, f := range findings {
			out[f.ID] = append(out[f.ID], f.Remedy...)
		}
	}
	for _, c := range checkCases {
		add(diagnosed(c.given).Findings)
		for _, o := range answered(c.given) {
			add(o.Result.Findings)
		}
	}
	return out
}

// weakens matches commands that open what was closed for a reason, or that grant more than is missing.
var weakens = regexp.MustCompile(`(?i)insecure|no-verify|verify=false|validate=false|anonymous-auth=true|AlwaysAllow|cluster-admin|system:masters|` +
	`system:(un)?authenticated|user=system:anonymous|disable|service-account-lookup|chmod|verbs: \['?\*|--verb='?\*|lookup=false|curl -k|--force`)

// placeholder matches a word that the user would have to replace before the command works. Commands do not use
// TOKEN-FILE for a token that was not in a file, and may use the files that kubectl config writes into a
// kubeconfig, which are the reader's.
var placeholder = regexp.MustCompile(`\b(?:NAME|FILE|USER|NAMESPACE|POD|TOKEN|CLUSTER|SERVER|SECRET|PATH|URL|PREFIX|[A-Z]+-FILE)\b|<[a-z-]+>|\.\.\.|…`)

var filesOfReader = regexp.MustCompile(`-f TOKEN-FILE|cat TOKEN-FILE|--(?:certificate-authority|client-certificate|client-key)=[A-Z]+-FILE`)

// inSmallLetters matches the names of hosts and programs that may begin a sentence in lower case.
var inSmallLetters = regexp.MustCompile(`^(?:localhost|kubectl|kubeadm|kubelogin)\b`)

func TestRemediesWorkWhenPasted(t *testing.T) {
	seen := map[string]bool{}
	for id, list := range remedies() {
		for _, r := range list {
			description, command := r.Description.String(), r.Command.String()
			if description == "" || strings.ToUpper(description[:1]) != description[:1] && !inSmallLetters.MatchString(description) {
				t.Errorf("%s: the remedy %q does not say what to do", id, description)
			}
			if weakens.MatchString(command) || strings.Contains(strings.ToLower(description), "disable ") {
				t.Errorf("%s: the remedy weakens the cluster: %s %s", id, description, command)
			}
			if command == "" || seen[command] {
				continue
			}
			seen[command] = true
			if p := placeholder.FindString(filesOfReader.ReplaceAllString(command, "")); p != "" {
				t.Errorf("%s: the command has a placeholder, %s: %s", id, p, command)
			}
			if out, err := exec.Command("sh", "-n", "-c", command).CombinedOutput(); err != nil {
				t.Errorf("%s: no shell reads %q: %s", id, command, out)
			}
			// Reports indent commands.
			indented := "      " + strings.ReplaceAll(command, "\n", "\n      ")
			if out, err := exec.Command("sh", "-n", "-c", indented).CombinedOutput(); err != nil || strings.Contains(command, "<<") {
				t.Errorf("%s: indented, no shell reads %q: %s", id, command, out)
			}
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d commands were seen", len(seen))
	}
}

// beyond matches commands that need permissions which no evidence shows the caller to have, and descriptions that
// name a user who has them.
var beyond = regexp.MustCompile(`\bkube-system\b|\b(?:get|describe) (?:node|secret|configmap)s?\b|\bcreate (?:cluster)?role|kubectl apply -f`)

var sendsAway = regexp.MustCompile(`\b[Aa]n administrator\b`)

func TestRemediesBeyondTheCallersRightsAreForOthers(t *testing.T) {
	all := remedies()
	forbidden := &credential.Projected{Unread: &credential.Fault{ID: finding.TokenNotRead, Problem: credential.ExecForbidden, Attempt: credential.Attempt{User: "jane"}}}
	all[finding.TokenNotRead] = append(all[finding.TokenNotRead], Unread(forbidden).Remedy...)
	commands := 0
	for id, list := range all {
		for _, r := range list {
			if r.Command.IsZero() || !beyond.MatchString(r.Command.String()) && !sendsAway.MatchString(r.Description.String()) {
				continue
			}
			commands++
			if !r.Command.TakesOthers() {
				t.Errorf("%s: the caller may lack the rights for %s", id, r.Command.String())
			}
		}
	}
	if commands < 40 {
		t.Errorf("only %d commands were seen", commands)
	}
}

// The catalogue is for readers without a finding, so it uses general words.
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

// Any caller's name stays a name in the command.
func TestDelegateQuotes(t *testing.T) {
	for name, want := range map[string]string{
		"jane": "--user=jane", "system:serviceaccount:shop:robot": "--serviceaccount=shop:robot", "system:serviceaccount:Shop:robot": "--user=system:serviceaccount:Shop:robot",
		"oidc:jane@example.com": "--user=oidc:jane@example.com", `o'neill`: `--user=o'neill`, `a"b\c`: `--user=a"b\c`, "' ; rm -rf / '": "--user=' ; rm -rf / '",
		strings.Repeat("x", 300): "--user=" + strings.Repeat("x", 300), "https://issuer.example#jane": "--user=https://issuer.example#jane",
		"$(id)": "--user=$(id)", "`id`": "--user=`id`", "-x": "--user=-x", "NAME": "--user=NAME",
		// No command is offered for these names.
		"x\n- kind: User": "", "grüße": "", "\u202etxt": "", "": "", anonymousUser: "",
	} {
		e := given(rejectedWithoutReason)
		e.Caller = evidence.Is(token.Identity{Username: name}, finding.T("test"))
		remedy := delegate(diagnose.NewCase(e), finding.Finding{}).Remedy
		if want == "" {
			if len(remedy) != 1 || remedy[0].Command.String() != "" {
				t.Errorf("%q: %+v", name, remedy)
			}
			continue
		}
		if len(remedy) != 2 {
			t.Errorf("%q: %+v", name, remedy)
			continue
		}
		for _, r := range remedy {
			if !r.Command.TakesOthers() {
				t.Errorf("%q: run by whom lacks the right: %s", name, r.Command)
			}
		}
		out, err := exec.Command("sh", "-c", `kubectl() { printf '%s\n' "$@"; }; `+strings.TrimSuffix(remedy[1].Command.String(), " --dry-run=client -o yaml | kubectl apply -f -")).Output()
		if err != nil {
			t.Errorf("%q: %v\n%s", name, err, remedy[1].Command)
			continue
		}
		args := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		if len(args) != 5 || args[3] != "--clusterrole=token-reviewer" || args[4] != want {
			t.Errorf("%q: the command's words are %q", name, args)
		}
	}
}
