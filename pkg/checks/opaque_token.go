package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Whose an opaque token is, only the server can say.
var opaqueToken = Check{
	ID:        "opaque-token",
	Title:     "token type",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file",
	Finds:     []finding.ID{finding.OpaqueToken},
	Applies: func(c *Case) bool {
		return c.IsToken() && len(c.Token().Problems) == 0
	},
	Run: func(c *Case) Result {
		if c.Token().Kind != token.KindOpaque {
			return pass(T("%s", finding.Standard(string(c.Token().Kind))))
		}
		what := T("the token is %s bytes without a structure", finding.Count(c.Token().Raw.Len()))
		f := prove(finding.OpaqueToken, "%s: whose it is, a static token file or a webhook of the server knows", what)
		file, haveFile := c.Flag("token-auth-file")
		hook, haveHook := c.Flag(diagnose.WebhookFlag)
		if !haveFile || !haveHook || !c.RefusedOnTheWire() {
			return report(f)
		}
		switch {
		case !file.Set() && !hook.Set():
			f.Severity = finding.Error
			f = f.Saying(T("%s: only a static token file or a webhook would know whose it is, and the server has neither", what)).
				Fix("Use a credential of a kind that this server takes, such as a token of a ServiceAccount.", run("kubectl authn mint default"))
		case !hook.Set():
			f = f.Saying(T("%s: it is not in the server's static token file, which is read when the server starts; there is no webhook that could know it", what))
		case !file.Set():
			f = f.Saying(T("%s: the server has no static token file, and its webhook did not take it", what))
		default:
			f = f.Saying(T("%s: it is not in the server's static token file, which is read when the server starts, and its webhook did not take it", what))
		}
		return report(seen(f, file, hook))
	},
}
