package errortext

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// serverBootstrap has the log messages about bootstrap tokens at -v=3. The client and TokenReview
// get only `invalid bearer token`.
//
// k8s.io/kubernetes plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go,
// k8s.io/cluster-bootstrap util/secrets/secrets.go.
var serverBootstrap = []pattern{
	{text: `No secret of name {secret:word} to match bootstrap bearer token`, stage: Bootstrap, ids: []finding.ID{finding.BootstrapTokenNotFound}},
	{text: `Bootstrap secret {namespace:word}/{secret:word} matching bearer token is deleted and awaiting removal`, stage: Bootstrap,
		ids: []finding.ID{finding.BootstrapTokenNotFound}},
	{text: `Bootstrap secret {namespace:word}/{secret:word} matching bearer token has invalid type, expected bootstrap.kubernetes.io/token.`, stage: Bootstrap,
		ids: []finding.ID{finding.BootstrapTokenNotFound}},
	{text: `Bootstrap secret {namespace:word}/{secret:word} matching bearer token has invalid value for key token-secret.`, stage: Bootstrap,
		ids: []finding.ID{finding.BootstrapTokenSecretMismatch}},
	{text: `Bootstrap secret {namespace:word}/{secret:word} matching bearer token has invalid value for key token-id.`, stage: Bootstrap,
		ids: []finding.ID{finding.BootstrapTokenSecretMismatch}},
	{text: `Bootstrap secret {namespace:word}/{secret:word} matching bearer token not marked usage-bootstrap-authentication=true.`, stage: Bootstrap,
		ids: []finding.ID{finding.BootstrapTokenNotForAuthentication}},
	{text: `Bootstrap secret {namespace:word}/{secret:word} matching bearer token has invalid value for key auth-extra-groups: {error...}`, stage: Bootstrap,
		ids: []finding.ID{finding.CredentialRejected}},
	{text: `Expired bootstrap token in {namespace:word}/{secret:word} Secret: {expiry...}`, stage: Bootstrap, ids: []finding.ID{finding.BootstrapTokenExpired}},
	{text: `Unparseable expiration time ({expiry}) in {namespace:word}/{secret:word} Secret: {error}. Treating as expired.`, stage: Bootstrap,
		ids: []finding.ID{finding.BootstrapTokenExpired}},
}
