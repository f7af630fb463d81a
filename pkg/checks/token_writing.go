package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
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
		remedies := map[finding.ID]remedy{
			finding.TokenBase64Wrapped: {T("Decode the token from base64 once more, and store the result. The data of a Secret is base64-encoded."), decode(c)},
			finding.TokenTruncated:     {T("Copy the whole token from its source. Terminals, chats and tables cut long lines."), finding.Command{}},
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
			findings = append(findings, prove(p.ID, "%s", p.Detail).FixBy(by.advice, by.command))
		}
		if len(findings) == 0 {
			return pass(T("no faults (%s)", finding.Standard(string(c.Token().Kind))))
		}
		return report(findings...)
	},
}

// decode is the command that decodes the token from the Secret that its claims name, or from its file.
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
