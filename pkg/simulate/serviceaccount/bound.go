package serviceaccount

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gopkg.in/go-jose/go-jose.v2/jwt"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authserviceaccount "k8s.io/apiserver/pkg/authentication/serviceaccount"
	authjwt "k8s.io/apiserver/pkg/authentication/token/jwt"
	"k8s.io/apiserver/pkg/features"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/trace"
)

// leeway is the accepted clock difference between issuer and API server, and how long a bound
// object that is being deleted still counts as existing.
const leeway = jwt.DefaultLeeway

type privateClaims struct {
	Kubernetes kubernetes `json:"kubernetes.io,omitempty"`
}

type kubernetes struct {
	Namespace                      string              `json:"namespace,omitempty"`
	Svcacct                        ref                 `json:"serviceaccount,omitempty"`
	Pod                            *ref                `json:"pod,omitempty"`
	Secret                         *ref                `json:"secret,omitempty"`
	Node                           *ref                `json:"node,omitempty"`
	ValidatingWebhookConfiguration *ref                `json:"validatingwebhookconfiguration,omitempty"`
	MutatingWebhookConfiguration   *ref                `json:"mutatingwebhookconfiguration,omitempty"`
	Attestations                   map[string][]string `json:"attestations,omitempty"`
	WarnAfter                      *jwt.NumericDate    `json:"warnafter,omitempty"`
}

type ref struct {
	Name string `json:"name,omitempty"`
	UID  string `json:"uid,omitempty"`
}

// bound checks the lifetime and the objects that a token is bound to.
func (o Options) bound(ctx context.Context, _ string, public *jwt.Claims, private *privateClaims) (*authserviceaccount.ServiceAccountInfo, error) {
	now := o.Now()
	if err := lifetime(public, now); err != nil {
		return nil, trace.Fail(ctx, "lifetime", err)
	}
	trace.Pass(ctx, "lifetime", finding.Text{})
	k := &private.Kubernetes
	if err := o.boundServiceAccount(ctx, k, now); err != nil {
		return nil, trace.Fail(ctx, "ServiceAccount", err)
	}
	trace.Pass(ctx, "ServiceAccount", finding.T("%s/%s", finding.Namespace.Of(k.Namespace), finding.ServiceAccount.Of(k.Svcacct.Name)))
	info := &authserviceaccount.ServiceAccountInfo{
		Namespace: k.Namespace, Name: k.Svcacct.Name, UID: k.Svcacct.UID,
		CredentialID: authjwt.CredentialIDForJTI(public.ID),
	}
	if s := k.Secret; s != nil {
		secret, err := o.Getter.GetSecret(ctx, k.Namespace, s.Name)
		if err == nil {
			err = boundTo("secret", *s, &secret.ObjectMeta, now)
		} else {
			err = invalidated(err)
		}
		if err != nil {
			return nil, trace.Fail(ctx, "Secret", err)
		}
		trace.Pass(ctx, "Secret", finding.T("%s", finding.Secret.Of(s.Name)))
	}
	if p := k.Pod; p != nil {
		pod, err := o.Getter.GetPod(ctx, k.Namespace, p.Name)
		if err == nil {
			err = boundTo("pod", *p, &pod.ObjectMeta, now)
		} else {
			err = invalidated(err)
		}
		if err != nil {
			return nil, trace.Fail(ctx, "Pod", err)
		}
		trace.Pass(ctx, "Pod", finding.T("%s", finding.Pod.Of(p.Name)))
		info.PodName, info.PodUID = p.Name, p.UID
	}
	if n := k.Node; n != nil {
		if k.Pod == nil {
			node, err := o.Getter.GetNode(ctx, n.Name)
			if err == nil {
				err = boundTo("node", *n, &node.ObjectMeta, now)
			} else {
				err = invalidated(err)
			}
			if err != nil {
				return nil, trace.Fail(ctx, "Node", err)
			}
			trace.Pass(ctx, "Node", finding.T("%s", finding.Node.Of(n.Name)))
		}
		// For a token bound to a Pod, the server does not verify the node.
		info.NodeName, info.NodeUID = n.Name, n.UID
	}
	if err := o.boundWebhooks(ctx, k, now, info); err != nil {
		return nil, trace.Fail(ctx, "webhook configuration", err)
	}
	return info, nil
}

// boundWebhooks checks the admission webhook configurations that a token is bound to, and adds
// them to info.
func (o Options) boundWebhooks(ctx context.Context, k *kubernetes, now time.Time, info *authserviceaccount.ServiceAccountInfo) error {
	if k.ValidatingWebhookConfiguration == nil && k.MutatingWebhookConfiguration == nil {
		return nil
	}
	if o.WebhookConfiguration == nil {
		return fmt.Errorf("feature gate %q is disabled, but token is webhook bound", features.APIServerWebhookAuthenticationToken)
	}
	groups := k.Attestations[authenticationv1.AttestationAdmissionReviewAPIGroups]
	if len(groups) == 0 {
		return fmt.Errorf("bound object was a webhook config, but %q attestation is missing", authenticationv1.AttestationAdmissionReviewAPIGroups)
	}
	info.AttestationAdmissionReviewAPIGroups = groups
	for _, bound := range []struct {
		kind      string
		ref       *ref
		name, uid *string
	}{
		{"ValidatingWebhookConfiguration", k.ValidatingWebhookConfiguration, &info.ValidatingWebhookConfigurationName, &info.ValidatingWebhookConfigurationUID},
		{"MutatingWebhookConfiguration", k.MutatingWebhookConfiguration, &info.MutatingWebhookConfigurationName, &info.MutatingWebhookConfigurationUID},
	} {
		if bound.ref == nil {
			continue
		}
		object, err := o.WebhookConfiguration(ctx, bound.kind, bound.ref.Name)
		switch {
		case err != nil:
			return invalidated(err)
		case bound.ref.UID != string(object.UID):
			// The server's message has "validating" for both kinds.
			return fmt.Errorf("%s UID (%s) does not match service account validating ref claim (%s)", bound.kind, object.UID, bound.ref.UID)
		case terminated(object, now):
			return errInvalidated
		}
		trace.Pass(ctx, bound.kind, finding.T("%s", finding.Object.Of(bound.ref.Name)))
		*bound.name, *bound.uid = bound.ref.Name, bound.ref.UID
	}
	return nil
}

func lifetime(public *jwt.Claims, now time.Time) error {
	switch err := public.ValidateWithLeeway(jwt.Expected{Time: now}, leeway); {
	case err == nil:
		return nil
	case errors.Is(err, jwt.ErrExpired):
		return finding.Reword(err, "service account token has expired")
	case errors.Is(err, jwt.ErrNotValidYet):
		return finding.Reword(err, "service account token is not valid yet")
	case errors.Is(err, jwt.ErrIssuedInTheFuture):
		return finding.Reword(err, "service account token is issued in the future")
	default:
		return finding.Reword(err, "service account token claims could not be validated due to unexpected validation error")
	}
}

func (o Options) boundServiceAccount(ctx context.Context, k *kubernetes, now time.Time) error {
	sa, err := o.Getter.GetServiceAccount(ctx, k.Namespace, k.Svcacct.Name)
	switch {
	case err != nil:
		return err
	case string(sa.UID) != k.Svcacct.UID:
		return fmt.Errorf("service account UID (%s) does not match claim (%s)", sa.UID, k.Svcacct.UID)
	case terminated(&sa.ObjectMeta, now):
		return fmt.Errorf("service account %s/%s has been deleted", k.Namespace, k.Svcacct.Name)
	}
	return nil
}

var errInvalidated = errors.New("service account token has been invalidated")

// boundTo compares a bound object with the token's reference to it.
func boundTo(kind string, r ref, object *metav1.ObjectMeta, now time.Time) error {
	switch {
	case r.UID != string(object.UID):
		return fmt.Errorf("%s UID (%s) does not match service account %s ref claim (%s)", kind, object.UID, kind, r.UID)
	case terminated(object, now):
		return errInvalidated
	}
	return nil
}

// invalidated returns the server's error for a bound object that cannot be read, for any
// reason. A missing input stays that.
func invalidated(err error) error {
	var missing interface{ Missing() finding.Text }
	if errors.As(err, &missing) {
		return err
	}
	return errInvalidated
}

func terminated(object *metav1.ObjectMeta, now time.Time) bool {
	return object.DeletionTimestamp != nil && object.DeletionTimestamp.Time.Before(now.Add(-leeway))
}
