package diagnose

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Only 201, 401 and 403 say something about the credential.
var questionAnswered = Check{
	ID:        "question-answered",
	Stage:     StageWay,
	Title:     "the server answers whom it takes the credential for",
	Reference: "k8s.io/kubernetes pkg/registry/authentication/selfsubjectreview",
	Finds:     []finding.ID{finding.APIServerError},
	Applies: func(e *evidence.Evidence) bool {
		return e.Subject().Wire.Known() && e.Subject().Wire.Value.FromAPIServer
	},
	Run: func(e *evidence.Evidence) Result {
		a := e.Subject().Wire.Value
		switch {
		case a.User != nil && (somebody(a.User) || a.User.Username == anonymousUser), a.Status == 401:
			return pass("")
		case a.Status == 404:
			return unknown("the server has no SelfSubjectReview, which came with Kubernetes 1.28")
		}
		return report(proved(finding.APIServerError, fmt.Sprintf("the API server answered %d, from which nothing follows about the credential", a.Status)).
			See("SelfSubjectReview with the credential", wireWords(e)).
			Do("Ask again later; look at the API server's health.", "kubectl get --raw '/readyz?verbose'"))
	},
}
