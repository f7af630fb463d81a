package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// White space inside a token changes what arrives: a line break cannot be sent in a
// header at all, a second space after the scheme makes the API server ignore the
// header, and what follows a space is cut off.
var tokenSendable = Check{
	ID:        "token-sendable",
	Stage:     StageClient,
	Title:     "the token arrives as it is written",
	Reference: "k8s.io/apiserver pkg/authentication/request/bearertoken/bearertoken.go",
	Finds:     []finding.ID{finding.TokenHasWhitespace, finding.AuthorizationSchemePasted},
	Applies: func(e *evidence.Evidence) bool {
		t := e.Token()
		if t == nil || t.HasProblem(finding.EmptyBearerToken) {
			return false
		}
		// Beside a certificate the token is not looked at, but has to be sent.
		return e.Subject().Credential.IsToken() || !t.Sent().Possible
	},
	Run: func(e *evidence.Evidence) Result {
		t := e.Token()
		var findings []finding.Finding
		if t.HasProblem(finding.TokenHasWhitespace) {
			f := proved(finding.TokenHasWhitespace, problem(e, finding.TokenHasWhitespace))
			switch sent := t.Sent(); {
			case !spoilt(t):
				// Trimmed on the way: it hurts only with clients that are less kind.
				f.Severity = finding.Warning
			case !sent.Possible:
				f = f.See("HTTP client", sent.Reason)
			case sent.Read == "":
				f = warned(e, f.See("API server", "ignores the header: it holds no token where the server looks for one"))
			}
			findings = append(findings, f.Do("Remove the white space. A shell removes a trailing line break in `$(cat FILE)`; `tr -d '[:space:]'` removes all of it.",
				withoutSpace(e)))
		}
		if t.HasProblem(finding.AuthorizationSchemePasted) {
			findings = append(findings, proved(finding.AuthorizationSchemePasted, problem(e, finding.AuthorizationSchemePasted)).
				See("API server", "reads the word behind the first `Bearer` as the token").
				Do("Keep the token alone in the kubeconfig or file; the client adds the word Bearer.", ""))
		}
		if len(findings) == 0 {
			return pass("")
		}
		return report(findings...)
	},
}

// withoutSpace is the command that writes the token of a kubeconfig anew, or asks about
// that of a file, without its white space; none where it is in neither.
func withoutSpace(e *evidence.Evidence) string {
	if c := e.Subject().Credential; c.AsCaller && c.Trace != nil && len(c.Trace.Methods) == 1 && c.Trace.Methods[0].Key == "token" {
		for _, s := range c.Trace.Settings {
			if s.Name == "user" {
				return "kubectl config set-credentials " + finding.Word(s.Value) +
					` --token="$(kubectl config view --minify --raw -o jsonpath='{.users[0].user.token}' | tr -d '[:space:]')"`
			}
		}
	}
	if file, ok := tokenFile(e); ok {
		return "tr -d '[:space:]' < " + file + " | kubectl authn explain -"
	}
	return ""
}

// spoilt reports whether the server reads something else than the token that was
// meant, because of the white space around it or inside.
func spoilt(t *token.Token) bool {
	meant := t
	for meant.Inner != nil && meant.HasProblem(finding.TokenHasWhitespace) {
		meant = meant.Inner
	}
	sent := t.Sent()
	return !sent.Possible || sent.Read != meant.Raw.Reveal()
}
