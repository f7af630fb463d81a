package resolve

import (
	"context"
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// secret takes the token out of a Secret, decoded.
func (r *Resolver) secret(ctx context.Context, name string) (*credential.Credential, error) {
	if !finding.ObjectName(name) {
		return nil, notAName("secret")
	}
	caller, namespace, err := r.caller(ctx)
	if err != nil {
		return nil, err
	}
	s, failure := caller.ReadSecret(ctx, namespace, name)
	if failure != nil {
		return nil, asked(fmt.Sprintf("secret %s/%s cannot be read", namespace, name), failure)
	}
	c := &credential.Credential{Source: fmt.Sprintf("secret %s/%s", namespace, name), Again: "secret/" + finding.Word(name) + " --namespace " + finding.Word(namespace)}
	if err := c.FromSecret(string(s.Type), name, s.Data); err != nil {
		return nil, &Error{Err: err}
	}
	return c, nil
}
