package resolve

import (
	"context"

	authenticationv1 "k8s.io/api/authentication/v1"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// tenMinutes is the shortest lifetime that the API server grants, in seconds.
const tenMinutes = 600

// serviceAccount requests a token for a ServiceAccount, with a notice.
func (r *Resolver) serviceAccount(ctx context.Context, name string) (*credential.Credential, error) {
	caller, namespace, err := r.caller(ctx, finding.ServiceAccount, name)
	if err != nil {
		return nil, err
	}
	of := finding.T("serviceaccount %s/%s", finding.Namespace.Of(namespace), finding.ServiceAccount.Of(name))
	seconds := int64(tenMinutes)
	request, _, failure := caller.RequestToken(ctx, namespace, name, authenticationv1.TokenRequestSpec{Audiences: r.Audiences, ExpirationSeconds: &seconds})
	if failure != nil {
		return nil, asked(finding.T("requesting a token for %s failed", of), failure)
	}
	r.Notice(finding.T("requested a ten-minute token for %s", of))
	return &credential.Credential{
		Source: of,
		Again:  finding.Run("").Argf("serviceaccount/%s", finding.ServiceAccount.Of(name)).Flag("--namespace", finding.Namespace.Of(namespace)),
		Token:  token.Parse(request.Status.Token),
	}, nil
}
