package checks

import (
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
	Title:     "token characters",
	Passed:    T("no white space or control characters"),
	Reference: "k8s.io/apiserver pkg/authentication/request/bearertoken/bearertoken.go",
	Finds:     []finding.ID{finding.TokenHasControlCharacters, finding.TokenHasWhitespace, finding.AuthorizationSchemePasted},
	Applies: func(c *Case) bool {
		t := c.Token()
		if t == nil || t.HasProblem(finding.EmptyBearerToken) {
			return false
		}
		// Beside a certificate the token is not looked at, but has to be sent.
		return c.IsToken() || !t.Sent().Possible
	},
	Run: func(c *Case) Result {
		t := c.Token()
		var findings []finding.Finding
		if t.HasProblem(finding.TokenHasControlCharacters) {
			findings = append(findings, prove(finding.TokenHasControlCharacters, "%s", problemText(c, finding.TokenHasControlCharacters)).
				Seen("HTTP client", t.Sent().Reason).
				Fix("Take the token again from where it was issued. Colours and pasted text in a terminal bring control characters along.", filtered(c, run("tr -d").Word("[:cntrl:]"))))
		}
		if t.HasProblem(finding.TokenHasWhitespace) {
			f := prove(finding.TokenHasWhitespace, "%s", problemText(c, finding.TokenHasWhitespace))
			switch sent := t.Sent(); {
			case !diagnose.ReadDifferently(t):
				// Trimmed on the way: it hurts only with clients that are less kind.
				f.Severity = finding.Warning
			case !sent.Possible:
				f = f.Seen("HTTP client", sent.Reason)
			case sent.Read == "":
				f = warned(c, f.Seen("API server", T("ignores the header: it holds no token where the server looks for one")))
			}
			findings = append(findings, clean(c, f))
		}
		if t.HasProblem(finding.AuthorizationSchemePasted) {
			findings = append(findings, prove(finding.AuthorizationSchemePasted, "%s", problemText(c, finding.AuthorizationSchemePasted)).
				Seen("API server", T("reads the word behind the first `Bearer` as the token")).
				Fix("Keep the token alone in the kubeconfig or file; the client adds the word Bearer.", finding.Command{}))
		}
		return report(findings...)
	},
}

// clean says how the token comes out of the text that spoils it.
func clean(c *Case, f finding.Finding) finding.Finding {
	t := c.Token()
	switch {
	case t.Embedded > 0:
		return f.FixBy(alone(c))
	case t.Inner == nil || strings.ContainsFunc(t.Inner.Raw.Reveal(), unicode.IsSpace):
		// Words that are no token together: one without the spaces is another one.
		return f.Fix("Put the token alone there, taken again from where it was issued: a token is one word.", finding.Command{})
	}
	return f.Fix("Remove the white space. A shell removes a trailing line break in `$(cat FILE)`; `tr -d '[:space:]'` removes all of it.",
		filtered(c, run("tr -d").Word("[:space:]")))
}

// alone takes the first of the tokens out of the text around it: as a remedy, and as the
// command that does so where it is a JWT, which a pattern finds.
func alone(c *Case) (advice finding.Text, command finding.Command) {
	t := c.Token()
	advice = T("Keep the token alone, without the text around it.")
	if t.Embedded > 1 {
		advice = T("Keep one of the %s tokens, without the others.", finding.Count(t.Embedded))
	}
	if t.Inner.Header == nil {
		return advice, finding.Command{}
	}
	command = filtered(c, run("grep -oE").Word("eyJ[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+){2}"), run("sed -n 1p"))
	if !command.IsZero() && t.Embedded > 1 {
		advice = T("%s `sed -n 1p` takes the first, `sed -n 2p` the second.", advice)
	}
	return advice, command
}

// filtered is the command that sends the token through others: to write that of a
// kubeconfig anew, or to ask about that of a file; none where it is in neither.
func filtered(c *Case, first finding.Command, others ...finding.Command) finding.Command {
	through := func(c finding.Command) finding.Command {
		for _, o := range others {
			c = c.Pipe(o)
		}
		return c
	}
	if cred := c.Subject().Credential; cred.AsCaller && cred.Trace != nil && len(cred.Trace.Methods) == 1 && cred.Trace.Methods[0].Key.Equal(T("token")) {
		for _, s := range cred.Trace.Settings {
			if s.Name == "user" {
				read := run("kubectl config view --minify --raw -o").Word("jsonpath={.users[0].user.token}")
				return run("kubectl config set-credentials").Arg(s.Value).Output("--token=", through(read.Pipe(first)))
			}
		}
	}
	file, ok := tokenFile(c)
	if !ok {
		return finding.Command{}
	}
	return through(first.From(file)).Pipe(run("kubectl authn explain -"))
}
