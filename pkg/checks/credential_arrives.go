package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// What left the client and did not arrive was taken away on the way.
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
			return unknown(T("the server takes neither this credential nor the caller's, and answers the same to a request without any"), finding.CredentialStripped)
		}
		if !diagnose.IsAnonymous(diagnose.UserOf(c.Subject().Wire)) {
			return pass(noDetail)
		}
		// A token that an API server sees is accepted or refused with 401, never served
		// as anonymous.
		return report(prove(finding.CredentialStripped, "the request left with an Authorization header, and the server served it as "+anonymousUser+": an API server that sees a token accepts it or answers 401").
			Seen("SelfSubjectReview with the credential", c.WireText()).
			Fix("Look for what stands between: a proxy or load balancer that ends TLS or removes the Authorization header.", run("kubectl config view --minify")))
	},
}
