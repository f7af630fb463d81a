package diagnose

import (
	"slices"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

func asked(change func(*evidence.Evidence)) *Case {
	e := &evidence.Evidence{
		Caller:   evidence.Is(token.Identity{Username: "jane"}, finding.T("SelfSubjectReview")),
		Subjects: []*evidence.Subject{{Credential: &credential.Credential{Token: token.Parse("a.b.c")}}},
	}
	change(e)
	return NewCase(e)
}

func refused(kind evidence.FailureKind) *evidence.Failure {
	return &evidence.Failure{Kind: kind, Said: finding.T("no")}
}

func TestCallerMay(t *testing.T) {
	source := finding.T("test")
	wire := func(e *evidence.Evidence) {
		e.Subject().Wire = evidence.Is(evidence.Answer{Status: 401, FromAPIServer: true}, source)
	}
	for name, c := range map[string]struct {
		change     func(*evidence.Evidence)
		permission Permission
		may, known bool
	}{
		"nothing is known":    {func(*evidence.Evidence) {}, RequestTokens, false, false},
		"an administrator":    {func(e *evidence.Evidence) { e.Caller.Value.Groups = []string{"system:masters"} }, RequestTokens, true, true},
		"the server says yes": {func(e *evidence.Evidence) { e.Subject().MayRequestToken = evidence.Is(true, source) }, RequestTokens, true, true},
		"the server says no":  {func(e *evidence.Evidence) { e.Subject().MayRequestToken = evidence.Is(false, source) }, RequestTokens, false, true},
		"a Pod that was read": {func(e *evidence.Evidence) { e.Subject().Pod = evidence.Is(evidence.Object{}, source) }, ReadPods, true, true},
		"a Pod that was not": {func(e *evidence.Evidence) {
			e.Subject().Pod = evidence.Not[evidence.Object](refused(evidence.Forbidden), source)
		}, ReadPods, false, true},
		"a server out of reach": {func(e *evidence.Evidence) {
			e.Subject().Pod = evidence.Not[evidence.Object](refused(evidence.Unreachable), source)
		}, ReadPods, false, false},
		"no TokenReview": {func(e *evidence.Evidence) {
			e.Subject().Reviews = []evidence.Review{{Answer: evidence.Not[evidence.ReviewStatus](refused(evidence.Forbidden), source)}}
		}, CreateTokenReviews, false, true},
		"a rejected caller": {func(e *evidence.Evidence) {
			e.Caller = evidence.Not[token.Identity](refused(evidence.Unauthenticated), source)
		}, ReadNodes, false, true},
		"the caller's own credential, rejected": {func(e *evidence.Evidence) {
			wire(e)
			e.Subject().Credential.AsCaller = true
		}, ReadNodes, false, true},
		"another credential, rejected": {wire, ReadNodes, false, false},
	} {
		if may, known := asked(c.change).CallerMay(c.permission); may != c.may || known != c.known {
			t.Errorf("%s: %t, known: %t", name, may, known)
		}
	}
}

func TestNeeds(t *testing.T) {
	ns := finding.Namespace.Of("get")
	for _, c := range []struct {
		command finding.Command
		needs   []Permission
		asks    bool
	}{
		{finding.Command{}, nil, false},
		{finding.Run("timedatectl"), nil, false},
		{finding.Run("kubectl config view"), nil, false},
		{finding.Run("kubectl authn inspect -f token"), nil, false},
		{finding.Run("kubectl authn verify --from-cluster -f token"), nil, true},
		{finding.Run("kubectl authn explain"), nil, true},
		{finding.Run("kubectl").Flag("--namespace", ns).Add("get pod web"), []Permission{ReadPods}, true},
		{finding.Run("kubectl -n get describe node n1"), []Permission{ReadNodes}, true},
		{finding.Run("kubectl create token robot"), []Permission{RequestTokens}, true},
		{finding.Assign("token", finding.Run("kubectl create token robot")).And(finding.Run("kubectl config set-credentials x")), []Permission{RequestTokens}, true},
		{finding.Run("HOST=x kubectl get secret s"), []Permission{ReadSecrets}, true},
		{finding.Run("base64 -d").Pipe(finding.Run("kubectl authn review -")), []Permission{CreateTokenReviews}, true},
	} {
		if needs, asks := Needs(c.command); !slices.Equal(needs, c.needs) || asks != c.asks {
			t.Errorf("%s: %v, asks: %t", c.command, needs, asks)
		}
	}
}
