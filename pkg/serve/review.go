package serve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	k8s "k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/user"
	authenticationclient "k8s.io/client-go/kubernetes/typed/authentication/v1"
	authorizationclient "k8s.io/client-go/kubernetes/typed/authorization/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/collect"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/version"
)

// reviewer asks the API server. The webhook authenticator of k8s.io/apiserver asks the same question and applies
// the same rule about audiences, but drops the error of a rejection when audiences were asked for.
type reviewer struct {
	authn     authenticationclient.AuthenticationV1Interface
	authz     authorizationclient.AuthorizationV1Interface
	audiences k8s.Audiences
	now       func() time.Time

	mu      sync.Mutex
	checked time.Time
	state   error
}

// readyFor is how long an answer about readiness holds: probes ask often.
const readyFor = 5 * time.Second

func newReviewer(config *rest.Config, audiences []string, now func() time.Time) (*reviewer, error) {
	config = rest.CopyConfig(config)
	// Each waiting client has its own limit; the API server has Priority and Fairness.
	config.QPS, config.Timeout = -1, 0
	config.UserAgent = "kubectl-authn/" + version.Short()
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	authn, err := authenticationclient.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, err
	}
	authz, err := authorizationclient.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, err
	}
	return &reviewer{authn: authn, authz: authz, audiences: audiences, now: now}, nil
}

func (r *reviewer) authenticate(ctx context.Context, t token.Secret) (*verdict, error) {
	review, err := r.authn.TokenReviews().Create(ctx, &authenticationv1.TokenReview{
		Spec: authenticationv1.TokenReviewSpec{Token: t.Reveal(), Audiences: r.audiences},
	}, metav1.CreateOptions{})
	if err != nil {
		return nil, notAsked(err, t)
	}
	status := review.Status
	v := &verdict{}
	v.read(t)
	common := r.audiences.Intersect(status.Audiences)
	// A server that does not know audiences leaves status.audiences empty. Whether the token is for this service is
	// then not known, which is no yes.
	if status.Authenticated && status.User.Username != user.Anonymous && (len(r.audiences) == 0 || len(common) > 0) {
		if len(r.audiences) == 0 {
			common = status.Audiences
		}
		v.user, v.audiences = &identity{status.User.Username, status.User.Groups}, common
		return v, nil
	}
	if !status.Authenticated && status.Error == "" && review.Spec.Token != t.Reveal() {
		// An API server repeats the question. This is the answer of a proxy, or of nobody.
		return nil, &unavailable{finding.APIServerError, finding.Errorf("the answer is not a TokenReview of an API server")}
	}
	said := token.Hide(token.Redact(status.Error), t.Reveal())
	v.rejected = rejection{id: r.explain(token.Parse(t.Reveal()), status), said: said}
	return v, nil
}

// explain returns the finding that `review` would give first.
func (r *reviewer) explain(read *token.Token, status authenticationv1.TokenReviewStatus) finding.ID {
	e := collect.Reviewed(&credential.Credential{Source: finding.T("the request"), Token: read}, r.audiences, collect.Status(&status), r.now())
	found := diagnose.Meaning(diagnose.NewCase(e), checks.All)
	if len(found) == 0 {
		return finding.CredentialRejected
	}
	return found[0].ID
}

// notAsked is the error for a TokenReview that was not created.
func notAsked(err error, t token.Secret) error {
	id := finding.APIServerError
	var status apierrors.APIStatus
	switch {
	case apierrors.IsForbidden(err):
		id = finding.ReviewNotPermitted
	case !errors.As(err, &status):
		id = finding.APIServerUnreachable
	}
	text := token.Hide(token.Redact(err.Error()), t.Reveal())
	return &unavailable{id, finding.Reword(err, "%s", finding.Message(text))}
}

// ready asks whether this identity may create TokenReviews. The answer holds for a few seconds.
func (r *reviewer) ready(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.checked.IsZero() && r.now().Sub(r.checked).Abs() < readyFor {
		return r.state
	}
	// A probe that hangs up leaves an answer for the next one.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTimeout)
	defer cancel()
	r.state, r.checked = r.permitted(ctx), r.now()
	return r.state
}

func (r *reviewer) permitted(ctx context.Context) error {
	answer, err := r.authz.SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: "create", Group: authenticationv1.GroupName, Resource: "tokenreviews",
		}},
	}, metav1.CreateOptions{})
	switch {
	case err != nil:
		return finding.Reword(err, "the API server cannot be asked: %s", finding.Message(token.Redact(err.Error())))
	case answer.Status.Allowed:
		return nil
	}
	self, err := r.authn.SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	missing := &missingRight{}
	if err == nil {
		missing.user = self.Status.UserInfo.Username
	}
	return missing
}

// missingRight is the error of an identity that may not create TokenReviews.
type missingRight struct{ user string }

func (m *missingRight) Error() string {
	who := "this server's identity"
	if m.user != "" {
		who = fmt.Sprintf("%q", m.user)
	}
	return who + " may not create TokenReviews. " + m.fix()
}

// fix is what to do. No right is given to a user that many share.
func (m *missingRight) fix() string {
	if _, _, account := diagnose.ServiceAccountOf(m.user); !account && isReserved(m.user) {
		return "Run serve as a ServiceAccount of its own that may create them."
	}
	return "An administrator can grant it with:\n\n" + m.manifest()
}

// manifest grants the right, and nothing else.
func (m *missingRight) manifest() string {
	subject := fmt.Sprintf("- kind: User\n  apiGroup: rbac.authorization.k8s.io\n  name: %q\n", m.user)
	if namespace, name, ok := diagnose.ServiceAccountOf(m.user); ok {
		subject = fmt.Sprintf("- kind: ServiceAccount\n  namespace: %s\n  name: %s\n", namespace, name)
	} else if m.user == "" {
		subject = "- kind: ServiceAccount\n  namespace: NAMESPACE\n  name: NAME\n"
	}
	return `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: kubectl-authn-serve
rules:
- apiGroups: [authentication.k8s.io]
  resources: [tokenreviews]
  verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: kubectl-authn-serve
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: kubectl-authn-serve
subjects:
` + subject
}

// both rejects with the keys what they disprove, and asks the API server about the rest.
type both struct {
	keys   *verifier
	review *reviewer
}

func (b *both) authenticate(ctx context.Context, t token.Secret) (*verdict, error) {
	v, err := b.keys.authenticate(ctx, t)
	if err == nil && v.user == nil && slices.Contains(disproved, v.rejected.id) {
		return v, nil
	}
	return b.review.authenticate(ctx, t)
}

// disproved are the findings about a JWT that no API server overrules. Its keys may be newer than those given here, a
// token without exp may be known to it, and a new token is not yet valid where the clock is a moment behind.
var disproved = []finding.ID{finding.TokenExpired, finding.AudienceMismatch, finding.SignatureInvalid, finding.IssuerNotTrusted, finding.MalformedJWT}

func (b *both) ready(ctx context.Context) error {
	return errors.Join(b.keys.ready(ctx), b.review.ready(ctx))
}
