package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A credential that the client sent and the API server did not see was lost between them.
var credentialArrives = Check{
	ID:        "credential-arrives",
	Title:     "credential delivery",
	Passed:    T("received by the API server"),
	Reference: "k8s.io/apiserver pkg/authentication/request/bearertoken/bearertoken.go",
	Finds:     []finding.ID{finding.CredentialStripped},
	Applies: func(c *Case) bool {
		return c.Subject().Wire.Known() && c.IsToken() && c.Token().Sent().Read != "" && !c.IsPlainHTTP()
	},
	Run: func(c *Case) Result {
		if c.RefusesCallerToo() && !c.ServesAnonymousRequests() {
			return unknown(T("the API server rejects this credential, the caller's credential and a request without a credential alike"), finding.CredentialStripped)
		}
		if !diagnose.IsAnonymous(diagnose.UserOf(c.Subject().Wire)) {
			return pass(noDetail)
		}
		// An API server accepts a token or answers 401; it never serves a request with a token as anonymous.
		return report(prove(finding.CredentialStripped, "the client sent an Authorization header, but the API server served the request as "+anonymousUser+". An API server accepts the token that it receives or answers 401").
			Answered(c.WireText()).
			Fix("Find the proxy or load balancer that removes the Authorization header, and configure it to forward the header. Or set the API server's own address as the cluster's server in the kubeconfig. The current address:", run("kubectl config view --minify")))
	},
}
