package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Clients send both a client certificate and a token, and the API server's x509 authenticator comes first.
var tokenNotShadowed = Check{
	ID:        "token-not-shadowed",
	Title:     "competing credentials",
	Reference: "k8s.io/kubernetes pkg/kubeapiserver/authenticator/config.go",
	Finds:     []finding.ID{finding.TokenShadowedByClientCertificate},
	Applies:   (*Case).HasCertificate,
	Run: func(c *Case) Result {
		cred := c.Subject().Credential
		if cred.Token == nil {
			return pass(T("none: only a client certificate is sent"))
		}
		f := prove(finding.TokenShadowedByClientCertificate,
			"the client sends a client certificate for %q together with the token. An API server that accepts the certificate ignores the token", finding.User.Of(cred.Certificate.Leaf.Subject.CommonName))
		if user := diagnose.UserOf(c.Subject().Wire); diagnose.NamesUser(user) {
			switch {
			case !diagnose.Decided(user, cred.Certificate):
				return pass(T("the API server accepted the token, and not the certificate"))
			case len(user.Extra[diagnose.CredentialID]) > 0:
				f = f.Seen("SelfSubjectReview", T("credential-id is the fingerprint of the certificate, so the certificate decided"))
			case c.ServerBefore(1, 32):
				f = f.Seen("SelfSubjectReview", T("the certificate names this user. Before Kubernetes 1.32, an API server does not report which credential decided"))
			case c.ServerAtLeast(1, 32):
				return pass(T("the API server accepted the token: it does not name the certificate"))
			}
		}
		if user := finding.User.Of(cred.KubeconfigUser + "-token"); cred.AsCaller && cred.KubeconfigUser != "" && hasInlineToken(cred.Trace) {
			f = f.FixBy(T("To use the token, store it for a user that has no client certificate. Then add `--user %s` to your command.", user),
				finding.Assign("token", run("kubectl config view --minify --raw -o").Word("jsonpath={.users[0].user.token}")).And(run("kubectl config set-credentials").Arg(user).Raw(`--token="$token"`)))
		}
		return report(f.Fix("Run the command with a context (--context) whose user has the token and no client certificate. The contexts and their users:", run("kubectl config get-contexts")))
	},
}

// hasInlineToken reports whether the kubeconfig itself has the token that the client sends.
func hasInlineToken(t *credential.Trace) bool {
	return t != nil && slices.ContainsFunc(t.Methods, func(m credential.Method) bool { return m.Key.Equal(T("token")) && m.Client == credential.Sent })
}
