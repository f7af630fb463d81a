package simulate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validate/content"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/serviceaccount"
)

// Objects are the live objects that ServiceAccount and bootstrap tokens depend on.
type Objects interface{ serviceaccount.Getter }

// Missing is the error for an input that was not given and that the API server's answer depends on. It never means
// a rejection.
type Missing struct {
	// What is missing, and How to give it, each a sentence without a full stop.
	What, How finding.Text
	// Err is why the input could not be read; nil if it was not given.
	Err error
}

// Error returns What as a string.
func (m *Missing) Error() string { return m.What.String() }

// Text returns What.
func (m *Missing) Text() finding.Text { return m.What }

// Unwrap returns Err.
func (m *Missing) Unwrap() error { return m.Err }

// Missing returns What. Package serviceaccount recognizes the error by this method.
func (m *Missing) Missing() finding.Text { return m.What }

// noObjects are Objects without any object.
type noObjects struct{}

const objectsHow = "give it with --objects FILE, or read it from the cluster with --live"

func notGiven(kind, namespace, name string) *Missing {
	return &Missing{What: finding.T("the %s %s was not given", finding.Standard(kind), objectName(kind, namespace, name)), How: finding.T(objectsHow)}
}

// objectName returns the name of an object with its namespace, which may be empty.
func objectName(kind, namespace, name string) finding.Text {
	of := finding.Kind(strings.ToLower(kind)).Of(name)
	if namespace == "" {
		return finding.T("%s", of)
	}
	return finding.T("%s/%s", finding.Namespace.Of(namespace), of)
}

func (noObjects) GetServiceAccount(_ context.Context, namespace, name string) (*corev1.ServiceAccount, error) {
	return nil, notGiven("ServiceAccount", namespace, name)
}

func (noObjects) GetPod(_ context.Context, namespace, name string) (*corev1.Pod, error) {
	return nil, notGiven("Pod", namespace, name)
}

func (noObjects) GetSecret(_ context.Context, namespace, name string) (*corev1.Secret, error) {
	return nil, notGiven("Secret", namespace, name)
}

func (noObjects) GetNode(_ context.Context, name string) (*corev1.Node, error) {
	return nil, notGiven("Node", "", name)
}

// recording records lookups of objects that were not given.
type recording struct{ Objects }

func (n recording) GetServiceAccount(ctx context.Context, namespace, name string) (*corev1.ServiceAccount, error) {
	if err := nameError(namespace, name); err != nil {
		return nil, err
	}
	o, err := n.Objects.GetServiceAccount(ctx, namespace, name)
	return o, recorded(ctx, err)
}

func (n recording) GetPod(ctx context.Context, namespace, name string) (*corev1.Pod, error) {
	if err := nameError(namespace, name); err != nil {
		return nil, err
	}
	o, err := n.Objects.GetPod(ctx, namespace, name)
	return o, recorded(ctx, err)
}

func (n recording) GetSecret(ctx context.Context, namespace, name string) (*corev1.Secret, error) {
	if err := nameError(namespace, name); err != nil {
		return nil, err
	}
	o, err := n.Objects.GetSecret(ctx, namespace, name)
	return o, recorded(ctx, err)
}

func (n recording) GetNode(ctx context.Context, name string) (*corev1.Node, error) {
	if err := nameError(clusterScoped, name); err != nil {
		return nil, err
	}
	o, err := n.Objects.GetNode(ctx, name)
	return o, recorded(ctx, err)
}

// clusterScoped is the namespace of an object without one.
const clusterScoped = "-"

// unknownPath is the server's error message for a path that it does not serve.
const unknownPath = "the server could not find the requested resource"

// nameError returns the error of a lookup by a name that no object can have: the error of the
// server's own client (k8s.io/client-go rest/request.go), or that of a path that no server serves.
func nameError(namespace, name string) error {
	if problems := content.IsPathSegmentName(namespace); len(problems) > 0 && namespace != "" && namespace != clusterScoped {
		return fmt.Errorf("invalid namespace %q: %v", namespace, problems)
	}
	if name == "" {
		return errors.New("resource name may not be empty")
	}
	if problems := content.IsPathSegmentName(name); len(problems) > 0 {
		return fmt.Errorf("invalid resource name %q: %v", name, problems)
	}
	if namespace == "" {
		return errors.New(unknownPath)
	}
	return nil
}

func recorded(ctx context.Context, err error) error {
	var m *Missing
	if errors.As(err, &m) {
		return miss(ctx, m)
	}
	return err
}
