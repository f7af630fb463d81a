package cluster

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// ServiceAccount reads the metadata of a ServiceAccount.
func (c *Caller) ServiceAccount(ctx context.Context, namespace, name string) evidence.Fact[evidence.Object] {
	return c.object(ctx, namespace, finding.ServiceAccount, name)
}

// Pod reads the metadata of a Pod.
func (c *Caller) Pod(ctx context.Context, namespace, name string) evidence.Fact[evidence.Object] {
	return c.object(ctx, namespace, finding.Pod, name)
}

// Node reads the metadata of a Node.
func (c *Caller) Node(ctx context.Context, name string) evidence.Fact[evidence.Object] {
	return c.object(ctx, "", finding.Node, name)
}

// Workload finds what manages the Pods that a controller of a Pod creates: the Deployment of a ReplicaSet, or the
// controller itself.
func (c *Caller) Workload(ctx context.Context, namespace string, of evidence.Controller) evidence.Fact[evidence.Controller] {
	source := finding.T("ownerReferences of the Pod")
	if of.Kind != "ReplicaSet" || of.APIVersion != "apps/v1" {
		return evidence.Is(of, source)
	}
	source = finding.T("GET /apis/apps/v1/namespaces/%s/replicasets/%s", finding.Namespace.Of(namespace).Whole(), finding.Object.Of(of.Name).Whole())
	var o metav1.PartialObjectMetadata
	found, failure := c.get(ctx, fmt.Sprintf("/apis/apps/v1/namespaces/%s/replicasets/%s", url.PathEscape(namespace), url.PathEscape(of.Name)), &o)
	switch {
	case failure != nil:
		return evidence.Not[evidence.Controller](failure, source)
	case !found || o.Name != of.Name:
		return evidence.Not[evidence.Controller](anotherObject, source)
	}
	if above := metadata(true, &o.ObjectMeta).Controller; above.Name != "" {
		return evidence.Is(above, source)
	}
	return evidence.Is(of, source)
}

// MayRequestToken asks whether the caller may create a TokenRequest for a ServiceAccount.
func (c *Caller) MayRequestToken(ctx context.Context, namespace, name string) evidence.Fact[bool] {
	source := finding.T("SelfSubjectAccessReview by the caller: create serviceaccounts/token")
	review := &authorizationv1.SelfSubjectAccessReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SelfSubjectAccessReview"},
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: "create", Resource: "serviceaccounts", Subresource: "token", Namespace: namespace, Name: name,
		}},
	}
	r, failure := c.do(ctx, http.MethodPost, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, maxBody)
	if failure == nil {
		failure = r.failure()
	}
	var answer authorizationv1.SelfSubjectAccessReview
	switch {
	case failure != nil:
		return evidence.Not[bool](failure, source)
	case json.Unmarshal(r.body, &answer) != nil || answer.Kind != "SelfSubjectAccessReview" || answer.Status.EvaluationError != "" && !answer.Status.Allowed:
		return evidence.Not[bool](anotherObject, source)
	}
	return evidence.Is(answer.Status.Allowed, source)
}

func (c *Caller) object(ctx context.Context, namespace string, kind finding.Kind, name string) evidence.Fact[evidence.Object] {
	path, source := objectPath(namespace, string(kind)+"s", name), objectSource(namespace, kind, name)
	var o metav1.PartialObjectMetadata
	found, failure := c.get(ctx, path, &o)
	if failure != nil {
		return evidence.Not[evidence.Object](failure, source)
	}
	if found && (o.Name != name || o.UID == "") {
		return evidence.Not[evidence.Object](anotherObject, source)
	}
	return evidence.Is(metadata(found, &o.ObjectMeta), source)
}

// objectSource returns objectPath as a source of evidence.
func objectSource(namespace string, kind finding.Kind, name string) finding.Text {
	last := finding.T("%ss/%s", finding.Standard(string(kind)), kind.Of(url.PathEscape(name)).Whole())
	if namespace == "" {
		return finding.T("GET /api/v1/%s", last)
	}
	return finding.T("GET /api/v1/namespaces/%s/%s", finding.Namespace.Of(url.PathEscape(namespace)).Whole(), last)
}

// anotherObject is the failure for a response with another object, which proves nothing.
var anotherObject = evidence.Because(evidence.Unusable, finding.Errorf("the server answered with another object than the requested one"))

func metadata(found bool, m *metav1.ObjectMeta) evidence.Object {
	if !found {
		return evidence.Object{}
	}
	o := evidence.Object{Exists: true, UID: string(m.UID), CreationTimestamp: m.CreationTimestamp.Time}
	if m.DeletionTimestamp != nil {
		t := m.DeletionTimestamp.Time
		o.DeletionTimestamp = &t
	}
	if owner := metav1.GetControllerOfNoCopy(m); owner != nil && finding.ObjectName(owner.Name) {
		o.Controller = evidence.Controller{APIVersion: owner.APIVersion, Kind: owner.Kind, Name: owner.Name}
	}
	return o
}

// Secret reads a Secret and compares its data with the token under test. The data does not leave
// this function.
func (c *Caller) Secret(ctx context.Context, namespace, name string, t *token.Token) evidence.Fact[evidence.Secret] {
	path, source := objectPath(namespace, "secrets", name), objectSource(namespace, finding.Secret, name)
	var s corev1.Secret
	found, failure := c.get(ctx, path, &s)
	if failure != nil {
		return evidence.Not[evidence.Secret](failure, source)
	}
	object := metadata(found, &s.ObjectMeta)
	switch {
	case !found:
		return evidence.Is(evidence.Secret{Object: object}, source)
	case s.Name != name || s.UID == "":
		return evidence.Not[evidence.Secret](anotherObject, source)
	}
	return evidence.Is(evidence.SecretOf(object, string(s.Type), s.Labels, s.Data, t), source)
}

func same(a []byte, b string) bool { return subtle.ConstantTimeCompare(a, []byte(b)) == 1 }

// ReadSecret reads a whole Secret.
func (c *Caller) ReadSecret(ctx context.Context, namespace, name string) (*corev1.Secret, *evidence.Failure) {
	var s corev1.Secret
	return read(ctx, c, objectPath(namespace, "secrets", name), name, &s)
}

// ReadPod reads a whole Pod.
func (c *Caller) ReadPod(ctx context.Context, namespace, name string) (*corev1.Pod, *evidence.Failure) {
	var p corev1.Pod
	return read(ctx, c, objectPath(namespace, "pods", name), name, &p)
}

// ReadServiceAccount reads a whole ServiceAccount.
func (c *Caller) ReadServiceAccount(ctx context.Context, namespace, name string) (*corev1.ServiceAccount, *evidence.Failure) {
	var s corev1.ServiceAccount
	return read(ctx, c, objectPath(namespace, "serviceaccounts", name), name, &s)
}

// ReadNode reads a whole Node.
func (c *Caller) ReadNode(ctx context.Context, name string) (*corev1.Node, *evidence.Failure) {
	var n corev1.Node
	return read(ctx, c, objectPath("", "nodes", name), name, &n)
}

// read is get for an object that has to be there, and to be the one that was asked for:
// what it says of itself goes into commands.
func read[T any, P interface {
	*T
	metav1.Object
}](ctx context.Context, c *Caller, path, name string, out P) (P, *evidence.Failure) {
	found, failure := c.get(ctx, path, out)
	switch {
	case failure != nil:
		return nil, failure
	case !found:
		return nil, evidence.Because(evidence.Absent, finding.Errorf("the object does not exist"))
	case out.GetName() != name, out.GetNamespace() != "" && !finding.NamespaceName(out.GetNamespace()):
		return nil, anotherObject
	}
	return out, nil
}
