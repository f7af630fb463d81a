package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// What is wrong with the writing of a token, the server never says: it takes no
// notice of what it cannot read, and answers `invalid bearer token`.
var tokenWriting = Check{
	ID:        "token-writing",
	Title:     "token encoding",
	Reference: "RFC 7515 section 7.1 (JWS Compact Serialization)",
	Finds: []finding.ID{
		finding.TokenBase64Wrapped, finding.TokenTruncated, finding.TokenPadded, finding.MalformedJWT,
	},
	Applies: (*Case).IsToken,
	Run: func(c *Case) Result {
		remedies := map[finding.ID]remedy{
			finding.TokenBase64Wrapped: {T("Decode it once more: what stands in a Secret's data is base64."), decode(c)},
			finding.TokenTruncated:     {T("Take the whole token from where it is kept; terminals, chats and tables cut long lines."), finding.Command{}},
			finding.TokenPadded:        {T("Take the token as it was issued: a JWT is base64url without `=`, `+` and `/`; something encoded it again."), finding.Command{}},
			finding.MalformedJWT:       {T("Take the token again from where it was issued."), finding.Command{}},
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
			findings = append(findings, prove(p.ID, "%s", p.Detail).FixBy(by.advice, by.command))
		}
		if len(findings) == 0 {
			return pass(T("no faults (%s)", finding.Standard(string(c.Token().Kind))))
		}
		return report(findings...)
	},
}

// decode is the command that takes the base64 off: out of the Secret, if the token inside
// names one, or out of the file that was handed over.
func decode(c *Case) finding.Command {
	explain := run("kubectl authn explain -")
	if inner := c.Token().Inner; inner != nil {
		if sa := inner.ServiceAccount(); sa != nil && sa.Secret != nil && finding.ObjectName(sa.Secret.Name) {
			return inNamespace(sa.Namespace).Add("get secret").Arg(finding.Secret.Of(sa.Secret.Name)).Add("-o").Word("jsonpath={.data.token}").
				Pipe(run("base64 -d")).Pipe(explain)
		}
	}
	file, ok := tokenFile(c)
	if !ok {
		return finding.Command{}
	}
	return run("base64 -d").From(file).Pipe(explain)
}
