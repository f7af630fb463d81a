package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// What is wrong with the writing of a token, the server never says: it takes no
// notice of what it cannot read, and answers `invalid bearer token`.
var tokenWriting = Check{
	ID:        "token-writing",
	Title:     "the token is written as its kind wants it",
	Reference: "RFC 7515 section 7.1 (JWS Compact Serialization)",
	Finds: []finding.ID{
		finding.TokenBase64Wrapped, finding.TokenTruncated, finding.TokenPadded, finding.MalformedJWT,
	},
	Applies: (*Case).IsToken,
	Run: func(e *Case) Result {
		remedies := map[finding.ID][2]string{
			finding.TokenBase64Wrapped: {"Decode it once more: what stands in a Secret's data is base64.", decode(e)},
			finding.TokenTruncated:     {"Take the whole token from where it is kept; terminals, chats and tables cut long lines.", ""},
			finding.TokenPadded:        {"Take the token as it was issued: a JWT is base64url without `=`, `+` and `/`; something encoded it again.", ""},
			finding.MalformedJWT:       {"Take the token again from where it was issued.", ""},
		}
		var findings []finding.Finding
		for _, p := range e.Token().Problems {
			remedy, ours := remedies[p.ID]
			if !ours {
				continue
			}
			if p.ID == finding.MalformedJWT && e.Token().Embedded > 0 && !e.Token().HasProblem(finding.TokenHasWhitespace) {
				remedy[0], remedy[1] = alone(e)
			}
			findings = append(findings, proved(p.ID, p.Detail.String()).Do(remedy[0], remedy[1]))
		}
		return reportOr(string(e.Token().Kind), findings...)
	},
}

// decode is the command that takes the base64 off: out of the Secret, if the token inside
// names one, or out of the file that was handed over.
func decode(e *Case) string {
	if inner := e.Token().Inner; inner != nil {
		if sa := inner.ServiceAccount(); sa != nil && sa.Secret != nil && finding.ObjectName(sa.Secret.Name) {
			return inNamespace(sa.Namespace, "get secret "+sa.Secret.Name+" -o jsonpath='{.data.token}' | base64 -d | kubectl authn explain -")
		}
	}
	if file, ok := tokenFile(e); ok {
		return "base64 -d < " + file + " | kubectl authn explain -"
	}
	return ""
}
