package checks

import (
	"strings"
	"unicode"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A line break or another control character cannot be sent in a header. The API server ignores the header if two spaces
// follow the scheme, and cuts the token at a space.
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
		// The API server may ignore a token that comes with a certificate, but the client must be able to send it.
		return c.IsToken() || !t.Sent().Possible
	},
	Run: func(c *Case) Result {
		t := c.Token()
		var findings []finding.Finding
		if t.HasProblem(finding.TokenHasControlCharacters) {
			findings = append(findings, prove(finding.TokenHasControlCharacters, "%s", problemText(c, finding.TokenHasControlCharacters)).
				Seen("HTTP client", t.Sent().Reason).
				Fix("Copy the token again from its source. Colored or pasted terminal output often contains control characters, which `tr -d '[:cntrl:]'` removes.", filtered(c, run("tr -d").Word("[:cntrl:]"))))
		}
		if t.HasProblem(finding.TokenHasWhitespace) && t.Placeholder() == "" {
			f := prove(finding.TokenHasWhitespace, "%s", problemText(c, finding.TokenHasWhitespace))
			switch sent := t.Sent(); {
			case !diagnose.ReadDifferently(t):
				// HTTP libraries trim the token, so only other clients fail.
				f.Severity = finding.Warning
			case !sent.Possible:
				f = f.Seen("HTTP client", sent.Reason)
			case sent.Read == "":
				f = warned(c, f.Seen("API server", T("ignores the header, because the token's place in the header is empty")))
			}
			findings = append(findings, clean(c, f))
		}
		if t.HasProblem(finding.AuthorizationSchemePasted) {
			findings = append(findings, prove(finding.AuthorizationSchemePasted, "%s", problemText(c, finding.AuthorizationSchemePasted)).
				Seen("API server", T("reads the word after the first `Bearer` as the token")).
				FixBy(withoutScheme(c)))
		}
		return report(findings...)
	},
}

// withoutScheme is the fix that removes the word Bearer where the token comes from.
func withoutScheme(c *Case) (finding.Text, finding.Command) {
	switch m, sent := c.Subject().Credential.SentBy(); {
	case sent && m.Type == credential.MethodExec:
		return T("Correct the exec plugin %s: it must print the token without the word `Bearer`. The client adds the word to the header.", m.Name), finding.Command{}
	case sent && m.Type == credential.MethodTokenFile:
		return T("Remove the word `Bearer` from %s. The client adds the word to the header.", m.Name), finding.Command{}
	}
	return T("Remove the word `Bearer` from the token in the kubeconfig or file. The client adds the word to the header."),
		filtered(c, run("sed").Word("s/^[Bb]earer *//"))
}

// clean adds the fix that extracts the token from the surrounding text.
func clean(c *Case, f finding.Finding) finding.Finding {
	t := c.Token()
	switch {
	case t.Embedded > 0:
		return f.FixBy(alone(c))
	case t.Inner == nil || strings.ContainsFunc(t.Inner.Raw.Reveal(), unicode.IsSpace):
		// Removing the spaces between several words would make another token.
		return f.Fix("Copy the token again from its source, without other text. A token contains no spaces.", finding.Command{})
	}
	return f.Fix("Remove the white space from the token, for example with `tr -d '[:space:]'`.",
		filtered(c, run("tr -d").Word("[:space:]")))
}

// alone is the fix that extracts the token from other text, with a command if the token is a JWT, which a pattern finds.
func alone(c *Case) (advice finding.Text, command finding.Command) {
	t := c.Token()
	advice = T("Remove the other text, and keep only the token.")
	if t.Embedded > 1 {
		advice = T("Keep one of the %s tokens, and remove the others.", finding.Count(t.Embedded))
	}
	if t.Inner.Header == nil {
		return advice, finding.Command{}
	}
	command = filtered(c, run("grep -oE").Word("eyJ[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+){2}"), run("sed -n 1p"))
	if !command.IsZero() && t.Embedded > 1 {
		advice = T("%s `sed -n 1p` prints the first token, and `sed -n 2p` the second.", advice)
	}
	return advice, command
}

// filtered is the command that pipes the token through other commands, and stores the result in the kubeconfig or explains
// the result; it is empty if the token is neither in a kubeconfig nor in a file.
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
				return finding.Assign("token", through(read.Pipe(first))).And(run("kubectl config set-credentials").Arg(s.Value).Raw(`--token="$token"`))
			}
		}
	}
	if m, sent := c.Subject().Credential.SentBy(); sent && m.Type == credential.MethodTokenFile {
		if write := writeToken(m.Name); !write.IsZero() {
			return finding.Assign("token", through(first.From(m.Name))).And(write)
		}
		return finding.Command{}
	}
	file, ok := tokenFile(c)
	if !ok {
		return finding.Command{}
	}
	return through(first.From(file)).Pipe(run("kubectl authn explain -"))
}
