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

// Missing is the error of what was not given, and without which nobody can tell what the
// API server would have said. It is never the text of a refusal.
type Missing struct {
	// What is missing, and how it is given: a sentence without a full stop.
	What, How finding.Text
	// Err is why it could not be had; nil where it was not given.
	Err error
}

// Error says what is missing.
func (m *Missing) Error() string { return m.What.String() }

// Text says so with its values.
func (m *Missing) Text() finding.Text { return m.What }

// Unwrap returns Err.
func (m *Missing) Unwrap() error { return m.Err }

// Missing says what is missing.
func (m *Missing) Missing() finding.Text { return m.What }

// noObjects is the world of which nothing is known.
type noObjects struct{}

const objectsHow = "give it with --objects FILE, or have it read from the cluster with --live"

func notGiven(kind, namespace, name string) *Missing {
	return &Missing{What: finding.T("the %s %s was not given", finding.Standard(kind), objectName(kind, namespace, name)), How: finding.T(objectsHow)}
}

// objectName names an object of a kind; namespace is empty where it is in none.
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

// noting notes what was looked for and not given.
type noting struct{ Objects }

func (n noting) GetServiceAccount(ctx context.Context, namespace, name string) (*corev1.ServiceAccount, error) {
	if err := askable(namespace, name); err != nil {
		return nil, err
	}
	o, err := n.Objects.GetServiceAccount(ctx, namespace, name)
	return o, noted(ctx, err)
}

func (n noting) GetPod(ctx context.Context, namespace, name string) (*corev1.Pod, error) {
	if err := askable(namespace, name); err != nil {
		return nil, err
	}
	o, err := n.Objects.GetPod(ctx, namespace, name)
	return o, noted(ctx, err)
}

func (n noting) GetSecret(ctx context.Context, namespace, name string) (*corev1.Secret, error) {
	if err := askable(namespace, name); err != nil {
		return nil, err
	}
	o, err := n.Objects.GetSecret(ctx, namespace, name)
	return o, noted(ctx, err)
}

func (n noting) GetNode(ctx context.Context, name string) (*corev1.Node, error) {
	if err := askable(inNone, name); err != nil {
		return nil, err
	}
	o, err := n.Objects.GetNode(ctx, name)
	return o, noted(ctx, err)
}

// inNone stands for the namespace of what is in none.
const inNone = "-"

// unknownPath is what the server says of a path of which it knows nothing.
const unknownPath = "the server could not find the requested resource"

// askable is what comes of asking for an object by a name that none can have: an error of the
// server's own client (k8s.io/client-go rest/request.go), or a path of which no server knows.
func askable(namespace, name string) error {
	if problems := content.IsPathSegmentName(namespace); len(problems) > 0 && namespace != "" && namespace != inNone {
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

func noted(ctx context.Context, err error) error {
	var m *Missing
	if errors.As(err, &m) {
		return miss(ctx, m)
	}
	return err
}
