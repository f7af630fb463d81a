package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Only the API server knows the user of an opaque token.
var opaqueToken = Check{
	ID:        "opaque-token",
	Title:     "token type",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file",
	Finds:     []finding.ID{finding.OpaqueToken},
	Applies: func(c *Case) bool {
		return c.IsToken() && (len(c.Token().Problems) == 0 || c.Token().Placeholder() != "")
	},
	Run: func(c *Case) Result {
		if c.Token().Kind != token.KindOpaque {
			return pass(T("%s", finding.Standard(string(c.Token().Kind))))
		}
		if form := c.Token().Placeholder(); form != "" && c.RefusedOnTheWire() {
			f := prove(finding.OpaqueToken, "the token is the text of a placeholder of the form %s. A shell, a template or a CI system did not replace the text with a token", finding.Standard(form)).
				Fix("Replace the placeholder with a token. Check that the variable is set where the credential is written, and that its quotes let the shell expand the variable.", finding.Command{})
			f.Severity, f.Title = finding.Error, T("the token is a placeholder that was not replaced")
			return report(f)
		}
		what := T("the token has %s bytes and no structure", finding.Count(c.Token().Raw.Len()))
		f := prove(finding.OpaqueToken, "%s. Only a static token file or a webhook of the API server can identify its user", what)
		if form, ok := c.Token().Form(); ok {
			what = T("the token begins with %q, as %s does", finding.Standard(form.Prefix), form.What)
			f = f.Saying(T("%s. An API server cannot verify the token, unless a webhook of the API server asks %s", what, form.Verifier))
			f.Title = T("%s, which an API server cannot verify without a webhook", form.What)
			if !form.Accepted.IsZero() {
				f = f.Saying(T("%s: %s. Other API servers cannot verify the token", what, form.Accepted))
				f.Title = T("%s: %s", form.What, form.Accepted)
			}
			f.Reference = form.Reference
		}
		file, haveFile := c.Flag("token-auth-file")
		hook, haveHook := c.Flag(diagnose.WebhookFlag)
		if !haveFile || !haveHook || !c.RefusedOnTheWire() {
			return report(f)
		}
		switch {
		case !file.Set() && !hook.Set():
			f.Severity = finding.Error
			f = f.Saying(T("%s. Only a static token file or a webhook could identify its user, and the API server has neither", what)).
				Fix("Use a credential that this API server accepts, such as a ServiceAccount token. This command prints a token for the ServiceAccount default.", run("kubectl create token default"))
		case !hook.Set():
			f = f.Saying(T("%s. The static token file, which the API server reads when it starts, does not contain the token. A webhook is not configured", what))
		case !file.Set():
			f = f.Saying(T("%s. The API server has no static token file, and its webhook did not accept the token", what))
		default:
			f = f.Saying(T("%s. The static token file, which the API server reads when it starts, does not contain the token. The webhook did not accept the token", what))
		}
		return report(seen(f, file, hook))
	},
}
