package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// What left the client and did not arrive was taken away on the way.
var credentialArrives = Check{
	ID:        "credential-arrives",
	Stage:     StageWay,
	Title:     "the server saw the credential",
	Reference: "k8s.io/apiserver pkg/authentication/request/bearertoken/bearertoken.go",
	Finds:     []finding.ID{finding.CredentialStripped},
	Applies: func(e *evidence.Evidence) bool {
		return e.Subject().Wire.Known() && e.Subject().Credential.IsToken() && e.Token().Sent().Read != "" && !plainHTTP(e)
	},
	Run: func(e *evidence.Evidence) Result {
		if refusedCallerToo(e) && !servesNobody(e) {
			return unknown("the server takes neither this credential nor the caller's, and answers the same to a request without any", finding.CredentialStripped)
		}
		if !nobody(served(e.Subject().Wire)) {
			return pass("")
		}
		// A token that an API server sees is accepted or refused with 401, never served
		// as anonymous.
		return report(proved(finding.CredentialStripped, "the request left with an Authorization header, and the server served it as "+anonymousUser+": an API server that sees a token accepts it or answers 401").
			See("SelfSubjectReview with the credential", wireWords(e)).
			Do("Look for what stands between: a proxy or load balancer that ends TLS or removes the Authorization header.", "kubectl config view --minify"))
	},
}
