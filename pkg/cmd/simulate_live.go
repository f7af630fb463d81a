package cmd

import (
	"context"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate"
)

// live reads objects from the caller's cluster. It distinguishes an object that could not be read
// from an object that does not exist.
type live struct{ caller *cluster.Caller }

// GetServiceAccount implements simulate.Objects.
func (l live) GetServiceAccount(ctx context.Context, namespace, name string) (*corev1.ServiceAccount, error) {
	return liveObject(ctx, "serviceaccounts", namespace, name, l.caller.ReadServiceAccount)
}

// GetPod implements simulate.Objects.
func (l live) GetPod(ctx context.Context, namespace, name string) (*corev1.Pod, error) {
	return liveObject(ctx, "pods", namespace, name, l.caller.ReadPod)
}

// GetSecret implements simulate.Objects.
func (l live) GetSecret(ctx context.Context, namespace, name string) (*corev1.Secret, error) {
	return liveObject(ctx, "secrets", namespace, name, l.caller.ReadSecret)
}

// GetNode implements simulate.Objects.
func (l live) GetNode(ctx context.Context, name string) (*corev1.Node, error) {
	return liveObject(ctx, "nodes", "", name, func(ctx context.Context, _, name string) (*corev1.Node, *evidence.Failure) {
		return l.caller.ReadNode(ctx, name)
	})
}

func liveObject[T any](ctx context.Context, resource, namespace, name string, read func(context.Context, string, string) (*T, *evidence.Failure)) (*T, error) {
	// The names come from a token that is not verified.
	if !finding.ObjectName(name) || namespace != "" && !finding.NamespaceName(namespace) {
		return nil, apierrors.NewNotFound(corev1.Resource(resource), name)
	}
	o, failure := read(ctx, namespace, name)
	switch {
	case failure == nil:
		return o, nil
	case failure.Kind == evidence.Absent:
		return nil, apierrors.NewNotFound(corev1.Resource(resource), name)
	}
	how := finding.T("check the connection to the cluster, or give the object with --objects FILE")
	if failure.Kind == evidence.Forbidden {
		how = finding.T("use an identity that may read the object, or give the object with --objects FILE")
	}
	object := finding.T("%s", finding.Kind(strings.TrimSuffix(resource, "s")).Of(name))
	if namespace != "" {
		object = finding.T("%s/%s", finding.Namespace.Of(namespace), object)
	}
	return nil, &simulate.Missing{
		What: finding.T("%s %s could not be read: %s", finding.Standard(resource), object, finding.Err(failure)),
		How:  how,
		Err:  failure,
	}
}
