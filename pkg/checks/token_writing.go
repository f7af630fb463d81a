package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// The API server ignores a token that it cannot parse, and answers only `invalid bearer token`.
var tokenWriting = Check{
	ID:        "token-writing",
	Title:     "token encoding",
	Reference: "RFC 7515 section 7.1 (JWS Compact Serialization)",
	Finds: []finding.ID{
		finding.TokenBase64Wrapped, finding.TokenTruncated, finding.TokenPadded, finding.MalformedJWT,
	},
	Applies: (*Case).IsToken,
	Run: func(c *Case) Result {
		advice, command := decode(c)
		again, place := copyAgain(c)
		remedies := map[finding.ID]remedy{
			finding.TokenBase64Wrapped: {advice, command},
			finding.TokenTruncated:     {T("%s Terminals, chats and tables cut long lines.", again), place},
			finding.TokenPadded:        {T("Use the token exactly as issued. A JWT is base64url without `=`, `+` and `/`, so a program encoded the token again."), finding.Command{}},
			finding.MalformedJWT:       {T("Copy the token again from its source."), finding.Command{}},
		}
		var findings []finding.Finding
		for _, p := range c.Token().Problems {
			by, ours := remedies[p.ID]
			if !ours {
				continue
			}
			if p.ID == finding.MalformedJWT && c.Token().Embedded > 0 && !c.Token().HasProblem(finding.TokenHasWhitespace) {
				by.advice, by.command = alone(c)
			}
			if p.ID == finding.MalformedJWT && isQuoted(c.Token()) {
				by = remedy{T("Remove the quotation marks. `jq -r` prints a token without them."), filtered(c, run("tr -d").Word(`"'`))}
			}
			findings = append(findings, prove(p.ID, "%s", p.Detail).FixBy(by.advice, by.command))
		}
		if len(findings) == 0 {
			return pass(T("no faults (%s)", finding.Standard(string(c.Token().Kind))))
		}
		return report(findings...)
	},
}

// copyAgain is the fix that copies the token from its source once more, to where the client reads it.
func copyAgain(c *Case) (finding.Text, finding.Command) {
	m, _ := c.Subject().Credential.SentBy()
	user := c.Subject().Credential.KubeconfigUser
	switch file, inFile := tokenFile(c); {
	case m.Type == credential.MethodTokenFile:
		return T("Copy the whole token from its source to the file %s.", m.Name), finding.Command{}
	case inFile:
		return T("Copy the whole token from its source to the file %s.", file), finding.Command{}
	case user != "" && m.Type != credential.MethodExec:
		return T("Save the whole token from its source as TOKEN-FILE, and store it in the kubeconfig for user %q.", finding.User.Of(user)), saveToken(c)
	}
	return T("Copy the whole token from its source."), finding.Command{}
}

// isQuoted reports whether the token is another one in quotation marks.
func isQuoted(t *token.Token) bool {
	raw := strings.TrimSpace(t.Raw.Reveal())
	return t.Inner != nil && len(raw) > 2 && (raw[0] == '"' || raw[0] == '\'') && strings.Trim(raw, `"'`) == t.Inner.Raw.Reveal()
}

// decode is the fix that decodes the token, and stores the result where the token comes from if that place is known. The
// command reads the Secret that the claims name if nothing else has the token.
func decode(c *Case) (advice finding.Text, command finding.Command) {
	const why = "The data of a Secret is base64-encoded."
	decoded := run("base64 -d")
	cred := c.Subject().Credential
	if name, namespace := finding.Secret.Of(cred.Secret.Name), finding.Namespace.Of(cred.Secret.Namespace); cred.Secret.Name != "" {
		get := run("kubectl get secret").Arg(name).Flag("--namespace", namespace).Add("-o").Word("jsonpath={.data.token}")
		return T("The token in Secret %s/%s is base64-encoded twice. Decode it once and store the result:", namespace, name),
			finding.Assign("token", get.Pipe(decoded)).And(patchSecret(name, namespace).Raw(`"{\"data\":{\"token\":\"$token\"}}"`))
	}
	if file, ok := tokenFile(c); ok {
		return T("Decode the token from base64 once more, and write the result to the file %s. %s", file, T(why)), put(decoded.From(file), writeToken(file))
	}
	advice = T("Decode the token from base64 once more, and store the result where the client reads the token. %s", T(why))
	if command = filtered(c, decoded); !command.IsZero() {
		return T("Decode the token from base64 once more, and store the result in the kubeconfig. %s", T(why)), command
	}
	if inner := c.Token().Inner; inner != nil && !cred.AsCaller {
		if sa := inner.ServiceAccount(); sa != nil && sa.Secret != nil && finding.ObjectName(sa.Secret.Name) {
			if read := inNamespace(sa.Namespace); !read.IsZero() {
				return T("%s This command decodes the token of the Secret and explains the result:", advice),
					read.Add("get secret").Arg(finding.Secret.Of(sa.Secret.Name)).Add("-o").Word("jsonpath={.data.token}").Pipe(decoded).Pipe(run("kubectl authn explain -"))
			}
		}
	}
	return advice, finding.Command{}
}
