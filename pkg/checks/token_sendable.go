package checks

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// White space inside a token changes what arrives: a line break, like any control character,
// cannot be sent in a header at all, a second space after the scheme makes the API server ignore the
// header, and what follows a space is cut off.
var tokenSendable = Check{
	ID:        "token-sendable",
	Title:     "the token arrives as it is written",
	Reference: "k8s.io/apiserver pkg/authentication/request/bearertoken/bearertoken.go",
	Finds:     []finding.ID{finding.TokenHasControlCharacters, finding.TokenHasWhitespace, finding.AuthorizationSchemePasted},
	Applies: func(e *Case) bool {
		t := e.Token()
		if t == nil || t.HasProblem(finding.EmptyBearerToken) {
			return false
		}
		// Beside a certificate the token is not looked at, but has to be sent.
		return e.IsToken() || !t.Sent().Possible
	},
	Run: func(e *Case) Result {
		t := e.Token()
		var findings []finding.Finding
		if t.HasProblem(finding.TokenHasControlCharacters) {
			findings = append(findings, proved(finding.TokenHasControlCharacters, problem(e, finding.TokenHasControlCharacters)).
				See("HTTP client", t.Sent().Reason.String()).
				Do("Take the token again from where it was issued. Colours and pasted text in a terminal bring control characters along.", filtered(e, "tr -d '[:cntrl:]'")))
		}
		if t.HasProblem(finding.TokenHasWhitespace) {
			f := proved(finding.TokenHasWhitespace, problem(e, finding.TokenHasWhitespace))
			switch sent := t.Sent(); {
			case !diagnose.ReadDifferently(t):
				// Trimmed on the way: it hurts only with clients that are less kind.
				f.Severity = finding.Warning
			case !sent.Possible:
				f = f.See("HTTP client", sent.Reason.String())
			case sent.Read == "":
				f = warned(e, f.See("API server", "ignores the header: it holds no token where the server looks for one"))
			}
			findings = append(findings, clean(e, f))
		}
		if t.HasProblem(finding.AuthorizationSchemePasted) {
			findings = append(findings, proved(finding.AuthorizationSchemePasted, problem(e, finding.AuthorizationSchemePasted)).
				See("API server", "reads the word behind the first `Bearer` as the token").
				Do("Keep the token alone in the kubeconfig or file; the client adds the word Bearer.", ""))
		}
		return reportOr("", findings...)
	},
}

// clean says how the token comes out of the text that spoils it.
func clean(e *Case, f finding.Finding) finding.Finding {
	t := e.Token()
	switch {
	case t.Embedded > 0:
		return f.Do(alone(e))
	case t.Inner == nil || strings.ContainsFunc(t.Inner.Raw.Reveal(), unicode.IsSpace):
		// Words that are no token together: one without the spaces is another one.
		return f.Do("Put the token alone there, taken again from where it was issued: a token is one word.", "")
	}
	return f.Do("Remove the white space. A shell removes a trailing line break in `$(cat FILE)`; `tr -d '[:space:]'` removes all of it.",
		filtered(e, "tr -d '[:space:]'"))
}

// alone takes the first of the tokens out of the text around it: as a remedy, and as the
// command that does so where it is a JWT, which a pattern finds.
func alone(e *Case) (description, command string) {
	t := e.Token()
	description = "Keep the token alone, without the text around it."
	if t.Embedded > 1 {
		description = fmt.Sprintf("Keep one of the %d tokens, without the others.", t.Embedded)
	}
	if t.Inner.Header == nil {
		return description, ""
	}
	if command = filtered(e, `grep -oE 'eyJ[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+){2}' | sed -n 1p`); command != "" && t.Embedded > 1 {
		description += " `sed -n 1p` takes the first, `sed -n 2p` the second."
	}
	return description, command
}

// filtered is the command that sends the token through others: to write that of a
// kubeconfig anew, or to ask about that of a file; none where it is in neither.
func filtered(e *Case, through string) string {
	if c := e.Subject().Credential; c.AsCaller && c.Trace != nil && len(c.Trace.Methods) == 1 && c.Trace.Methods[0].Key == "token" {
		for _, s := range c.Trace.Settings {
			if s.Name == "user" {
				return "kubectl config set-credentials " + finding.Word(s.Value.String()) +
					` --token="$(kubectl config view --minify --raw -o jsonpath='{.users[0].user.token}' | ` + through + `)"`
			}
		}
	}
	file, ok := tokenFile(e)
	if !ok {
		return ""
	}
	first, rest, several := strings.Cut(through, " | ")
	command := first + " < " + file
	if several {
		command += " | " + rest
	}
	return command + " | kubectl authn explain -"
}
