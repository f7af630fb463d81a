package diagnose

import (
	"fmt"

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
	Applies:   func(e *evidence.Evidence) bool { return e.Subject().Wire.Known() },
	Run: func(e *evidence.Evidence) Result {
		a := e.Subject().Wire.Value
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
		return report(f.Do("Look at the proxy, gateway or load balancer at that address; ask the API server itself, if you can reach it.", "kubectl config view --minify"))
	},
}
