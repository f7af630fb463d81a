package diagnose

import (
	"fmt"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A 401 or 403 without the marks of an API server is somebody else's.
var answeredByAPIServer = Check{
	ID:        "answered-by-api-server",
	Stage:     StageWay,
	Title:     "the answer is an API server's",
	Reference: "k8s.io/apiserver pkg/endpoints/filters/authentication.go",
	Finds:     []finding.ID{finding.AnswerNotFromAPIServer},
	Applies: func(e *evidence.Evidence) bool {
		w := e.Subject().Wire
		return !plainHTTP(e) && (w.Known() || w.Failed(evidence.Unusable) || refusedInHandshake(e))
	},
	Run: func(e *evidence.Evidence) Result {
		const remedy = "Look at the proxy, gateway or load balancer at that address; ask the API server itself, if you can reach it."
		a := e.Subject().Wire.Value
		if f := e.Subject().Wire.Failure; f != nil {
			detail := "the answer is none that an API server gives: " + f.Text
			if refusedInHandshake(e) {
				detail = "whoever ends TLS refuses the client certificate in the handshake, which an API server never does: it answers 401"
			}
			return report(proved(finding.AnswerNotFromAPIServer, detail).See("SelfSubjectReview with the credential", f.Text).Do(remedy, "kubectl config view --minify"))
		}
		if a.FromAPIServer {
			return pass("")
		}
		f := proved(finding.AnswerNotFromAPIServer, fmt.Sprintf("the answer %d has neither an Audit-Id header nor a Kubernetes Status: something between here and the API server gave it", a.Status))
		f = f.See("HTTP status", fmt.Sprint(a.Status))
		if a.ContentType != "" {
			f = f.See("Content-Type", a.ContentType)
		}
		if a.ServerHeader != "" {
			f = f.See("Server", a.ServerHeader)
		}
		return report(f.Do(remedy, "kubectl config view --minify"))
	},
}

// refusedInHandshake reports whether the connection ended with an alert of the server
// once a client certificate was presented. An API server asks for a certificate, takes
// any in the handshake and judges it later (k8s.io/apiserver pkg/server/secure_serving.go).
func refusedInHandshake(e *evidence.Evidence) bool {
	w := e.Subject().Wire
	return certificate(e) && e.Anonymous.Known() && w.Failed(evidence.Unreachable) && strings.Contains(w.Failure.Text, "remote error: tls: ")
}
