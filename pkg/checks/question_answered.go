package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Only the statuses 201, 401 and 403 tell something about the credential.
var questionAnswered = Check{
	ID:        "question-answered",
	Title:     "authentication answer",
	Passed:    T("received"),
	Reference: "k8s.io/kubernetes pkg/registry/authentication/selfsubjectreview",
	Finds:     []finding.ID{finding.APIServerError},
	Applies: func(c *Case) bool {
		return c.Subject().Wire.Known() && c.Subject().Wire.Value.FromAPIServer
	},
	Run: func(c *Case) Result {
		a := c.Subject().Wire.Value
		switch {
		case a.User != nil && (diagnose.NamesUser(a.User) || a.User.Username == anonymousUser), a.Status == 401:
			return pass(noDetail)
		case a.Status == 404:
			return unknown(T("the API server has no SelfSubjectReview, which Kubernetes 1.28 introduced"))
		}
		return inState(report(prove(finding.APIServerError, "the API server answered %s, which tells nothing about the credential", finding.Count(a.Status)).
			Answered(c.WireText()).
			Fix("Check the health of the API server, and run the command again when each check reports ok:", run("kubectl get --raw").Word("/readyz?verbose"))), T("HTTP status %s", finding.Count(a.Status)))
	},
}
