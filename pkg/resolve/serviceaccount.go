package resolve

import (
	"context"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// tenMinutes is the shortest lifetime that the API server grants, in seconds.
const tenMinutes = 600

// serviceAccount mints a token of a ServiceAccount, and says so.
func (r *Resolver) serviceAccount(ctx context.Context, name string) (*credential.Credential, error) {
	if !finding.ObjectName(name) {
		return nil, notAName("serviceaccount")
	}
	caller, namespace, err := r.caller(ctx)
	if err != nil {
		return nil, err
	}
	seconds := int64(tenMinutes)
	request, _, failure := caller.RequestToken(ctx, namespace, name, authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds})
	if failure != nil {
		return nil, asked(fmt.Sprintf("no token of serviceaccount %s/%s could be had", namespace, name), failure)
	}
	r.Notice(fmt.Sprintf("minted a ten-minute token of serviceaccount %s/%s", namespace, name))
	return &credential.Credential{
		Source: fmt.Sprintf("serviceaccount %s/%s", namespace, name),
		Again:  "serviceaccount/" + finding.Word(name) + " --namespace " + finding.Word(namespace),
		Token:  token.Parse(request.Status.Token),
	}, nil
}
