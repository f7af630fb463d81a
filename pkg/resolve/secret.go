package resolve

import (
	"context"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// secret reads the credential in a Secret.
func (r *Resolver) secret(ctx context.Context, name string) (*credential.Credential, error) {
	caller, namespace, err := r.caller(ctx, finding.Secret, name)
	if err != nil {
		return nil, err
	}
	of := finding.T("secret %s/%s", finding.Namespace.Of(namespace), finding.Secret.Of(name))
	s, failure := caller.ReadSecret(ctx, namespace, name)
	if failure != nil {
		return nil, asked(finding.T("%s cannot be read", of), failure)
	}
	c := &credential.Credential{Source: of, Again: finding.Run("").Argf("secret/%s", finding.Secret.Of(name)).Flag("--namespace", finding.Namespace.Of(namespace))}
	c.Secret.Namespace, c.Secret.Name, c.Secret.Type = namespace, name, string(s.Type)
	if err := c.FromSecret(string(s.Type), name, s.Data); err != nil {
		return nil, wrong(err)
	}
	return c, nil
}
