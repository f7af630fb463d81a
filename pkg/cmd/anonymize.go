package cmd

import (
	"cmp"
	"slices"
	"sync"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/anonymize"
)

// hiding replaces names in the output if --anonymize is set.
type hiding struct {
	asked bool
	mu    sync.Mutex
	names *anonymize.Names
}

// hide copies a result, or a part of one, without names if --anonymize is set.
func hide[T any](h *hiding, x T) T {
	if !h.asked {
		return x
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.names == nil {
		h.names = report.Names()
	}
	switch y := any(x).(type) {
	case *authenticationv1.TokenReview:
		return any(reviewWithout(h.names, y)).(T)
	case *reviewList:
		out := &reviewList{TypeMeta: y.TypeMeta}
		for _, review := range y.Items {
			out.Items = append(out.Items, reviewWithout(h.names, review))
		}
		return any(out).(T)
	case *authenticationv1.TokenRequest:
		return any(requestWithout(h.names, y)).(T)
	}
	return anonymize.Copy(h.names, x)
}

// withheld reports whether a text was withheld because its names could not be identified.
func (h *hiding) withheld() bool { return h.names != nil && h.names.Withheld() }

// reviewWithout copies a TokenReview without names.
func reviewWithout(n *anonymize.Names, in *authenticationv1.TokenReview) *authenticationv1.TokenReview {
	user := in.Status.User
	out := &authenticationv1.TokenReview{
		TypeMeta: in.TypeMeta, ObjectMeta: meta(n, in.ObjectMeta, finding.Object),
		Spec: authenticationv1.TokenReviewSpec{Token: in.Spec.Token, Audiences: named(n, finding.Audience, in.Spec.Audiences)},
		Status: authenticationv1.TokenReviewStatus{
			Authenticated: in.Status.Authenticated, Audiences: named(n, finding.Audience, in.Status.Audiences), Error: n.Said(in.Status.Error),
			User: authenticationv1.UserInfo{Username: n.Name(finding.User, user.Username), UID: n.Name(finding.UID, user.UID), Groups: named(n, finding.Group, user.Groups)},
		},
	}
	if user.Extra != nil {
		extra := map[string][]string{}
		for key, values := range user.Extra {
			extra[key] = values
		}
		out.Status.User.Extra = map[string]authenticationv1.ExtraValue{}
		for key, values := range n.Extra(extra) {
			out.Status.User.Extra[key] = values
		}
	}
	return out
}

// requestWithout copies a TokenRequest without names. Its token is copied as it is.
func requestWithout(n *anonymize.Names, in *authenticationv1.TokenRequest) *authenticationv1.TokenRequest {
	out := &authenticationv1.TokenRequest{
		TypeMeta: in.TypeMeta, ObjectMeta: meta(n, in.ObjectMeta, finding.ServiceAccount), Status: *in.Status.DeepCopy(),
		Spec: authenticationv1.TokenRequestSpec{Audiences: named(n, finding.Audience, in.Spec.Audiences), ExpirationSeconds: in.Spec.ExpirationSeconds},
	}
	if ref := in.Spec.BoundObjectRef; ref != nil {
		kind := cmp.Or(map[string]finding.Kind{"Pod": finding.Pod, "Secret": finding.Secret, "Node": finding.Node}[ref.Kind], finding.Object)
		out.Spec.BoundObjectRef = &authenticationv1.BoundObjectReference{
			Kind: n.Term(ref.Kind), APIVersion: n.Term(ref.APIVersion), Name: n.Name(kind, ref.Name), UID: types.UID(n.Name(finding.UID, string(ref.UID))),
		}
	}
	return out
}

// meta keeps the name, namespace, UID and creation time of an object's metadata, with placeholders.
func meta(n *anonymize.Names, in metav1.ObjectMeta, kind finding.Kind) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: n.Name(kind, in.Name), Namespace: n.Name(finding.Namespace, in.Namespace), UID: types.UID(n.Name(finding.UID, string(in.UID))),
		CreationTimestamp: in.CreationTimestamp,
	}
}

func named(n *anonymize.Names, kind finding.Kind, values []string) []string {
	out := slices.Clone(values)
	for i, v := range out {
		out[i] = n.Name(kind, v)
	}
	return out
}
