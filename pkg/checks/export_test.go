package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Cases calls f with the evidence of each case of these tests: unchanged, and with names of a usual length for a
// caller with few permissions and for a caller whose own credential is rejected.
func Cases(f func(name string, given *evidence.Evidence)) {
	each := func(name string, given *evidence.Evidence) {
		f(name, given)
		for variant, change := range map[string]func(*evidence.Evidence){"long names": longNames, "few permissions": fewPermissions, "its own caller": ownCaller} {
			if variant == "few permissions" && !given.Subjects[0].Wire.Known() {
				continue // a caller who reached no API server lacks no permission
			}
			e, s := *given, *given.Subjects[0]
			e.Subjects = slices.Clone(given.Subjects)
			e.Subjects[0] = &s
			c := *s.Credential
			s.Credential = &c
			change(&e)
			f(name+", "+variant, &e)
		}
	}
	for _, c := range checkCases {
		each(c.check+": "+c.name, c.given)
	}
	for _, c := range causeCases {
		each("cause: "+c.name, c.given)
	}
}

// Now is the time of the cases.
var Now = now

func longNames(e *evidence.Evidence) {
	const file = "/home/jane/projects/shop/deploy/production/robot.token"
	if c := e.Subjects[0].Credential; c.KubeconfigUser == "" && len(c.Source.String()) < len(file) {
		c.Source = finding.T("file %s", finding.File.Of(file))
	}
}

func fewPermissions(e *evidence.Evidence) {
	longNames(e)
	e.Caller = evidence.Is(token.Identity{Username: "system:serviceaccount:shop:web-frontend"}, finding.T("SelfSubjectReview"))
	cannotRead(e, evidence.Forbidden, finding.T(`serviceaccounts "robot" is forbidden: User "system:serviceaccount:shop:web-frontend" cannot get resource "serviceaccounts" in API group "" in the namespace "shop"`))
	e.Subjects[0].MayRequestToken = evidence.Is(false, finding.T("SelfSubjectAccessReview"))
}

// ownCaller makes the credential the kubeconfig's own. If the API server rejects it, the caller's questions fail.
func ownCaller(e *evidence.Evidence) {
	c := e.Subjects[0].Credential
	c.AsCaller = true
	if c.KubeconfigUser == "" {
		c.KubeconfigUser = "robot@production"
		c.Source = finding.T("kubeconfig context %s user %s", finding.Context.Of("production-eu-west-1"), finding.User.Of("robot@production"))
	}
	if w := e.Subjects[0].Wire; !w.Known() || w.Value.Status != 401 {
		return
	}
	said := finding.T("Unauthorized")
	e.Caller = evidence.Not[token.Identity](&evidence.Failure{Kind: evidence.Unauthenticated, Said: said}, finding.Text{})
	cannotRead(e, evidence.Unauthenticated, said)
}

func cannotRead(e *evidence.Evidence, kind evidence.FailureKind, said finding.Text) {
	no := &evidence.Failure{Kind: kind, Said: said}
	s := e.Subjects[0]
	s.Reviews = slices.Clone(s.Reviews)
	for i := range s.Reviews {
		s.Reviews[i].Answer = evidence.Not[evidence.ReviewStatus](no, finding.T("TokenReview"))
	}
	for _, object := range []*evidence.Fact[evidence.Object]{&s.ServiceAccount, &s.Pod, &s.Node} {
		if object.Known() {
			*object = evidence.Not[evidence.Object](no, finding.T("GET object"))
		}
	}
	if s.Secret.Known() {
		s.Secret = evidence.Not[evidence.Secret](no, finding.T("GET object"))
	}
	if s.Credential.Type() == credential.TypeClientCertificate {
		return
	}
	if e.Cluster.Known() {
		cluster := e.Cluster.Value
		if cluster.Keys.Known() {
			cluster.Keys = evidence.Not[*keyset.KeySet](no, finding.T("GET /openid/v1/jwks"))
		}
		e.Cluster = evidence.Is(cluster, finding.T("the API server"))
	}
}
