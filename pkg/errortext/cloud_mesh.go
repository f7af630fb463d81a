package errortext

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// cloudMesh has the messages of service meshes and of other programs that verify a Pod's token:
// Envoy and Istio, kube-rbac-proxy, Linkerd, Consul, SPIRE, Teleport.
//
// google/jwt_verify_lib src/status.cc, envoyproxy/envoy extensions/filters/http/{jwt_authn,rbac};
// brancz/kube-rbac-proxy pkg/proxy; istio/istio security/pkg/k8s/tokenreview, security/pkg/server/ca; linkerd/linkerd2
// pkg/identity/service.go, controller/identity; hashicorp/consul agent/consul/authmethod/kubeauth;
// spiffe/spire pkg/server/plugin/nodeattestor/k8spsat; gravitational/teleport lib/kube/token.
func cloudMesh() []pattern {
	envoy, istiod, linkerd := service("Envoy (Istio)"), service("istiod"), service("Linkerd's identity controller")
	consul, spire, teleport := service("Consul"), service("the SPIRE server"), service("Teleport")
	return slices.Concat(
		answers(envoy, "envoy-keys", only(finding.SigningKeyUnknown), `Jwks doesn't have key to match kid or alg from Jwt`, `Jwt verification fails: Jwks doesn't have key to match kid or alg from Jwt`),
		answers(envoy, "envoy-signature", only(finding.SignatureInvalid), `Jwt verification fails`),
		answers(envoy, "envoy-missing", only(finding.NoCredential), `Jwt is missing`),
		answers(envoy, "envoy-expired", only(finding.TokenExpired), `Jwt is expired`),
		answers(envoy, "envoy-not-yet", only(finding.TokenNotYetValid), `Jwt not yet valid`),
		answers(envoy, "envoy-issuer", only(finding.IssuerNotTrusted), `Jwt issuer is not configured`),
		answers(envoy, "envoy-audience", only(finding.AudienceMismatch), `Audiences in Jwt are not allowed`),
		answers(envoy, "envoy-malformed", only(finding.MalformedJWT), `Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections`, `Jwt is not in the form of Header.Payload.Signature{error...}`,
			`Jwt header is an invalid Base64url encoded`, `Jwt header is an invalid JSON`, `Jwt header is an invalid Base64 or an invalid JSON`, `Jwt payload is an invalid Base64url encoded`, `Jwt payload is an invalid JSON`,
			`Jwt payload is an invalid Base64 or an invalid JSON`, `Jwt signature is an invalid Base64url encoded`, `Jwt signature is an invalid Base64`, `Jwt payload [{claim}] field is not {error...}`,
			`Jwt header [kid] field is not a string`, `Found multiple Jwt tokens`),
		answers(envoy, "envoy-algorithm", only(finding.AlgorithmNotAccepted), `Jwt header [alg] is not supported`, `Jwt header [alg] field value is invalid`, `Jwt header [alg] field is required and must be a string`,
			`Jwt header does not have [alg] field`),
		answers(envoy, "envoy-jwks-unreachable", only(finding.JWKSUnreachable), `Jwks remote fetch is failed`),
		answers(envoy, "envoy-jwks", only(finding.KeySetInvalid), `Jwks is an invalid JSON`, `Jwks does not have [keys] field`, `Jwks doesn't have any valid public key`),
		answers(service("kube-rbac-proxy"), "kube-rbac-proxy", nil, `Forbidden (user={user:word}, verb={verb:word}, resource={resource...}`),
		answers(istiod, "istiod-token", nil, `request authenticate failure`, `create certificate: rpc error: code = Unauthenticated desc = {error...}`, `Failed to sign CSR: rpc error: code = Unauthenticated desc = {error...}`),
		answers(istiod, "istiod-cluster", nil, `client claims to be in cluster {cluster:q}, but we only know about local cluster {error...}`, `could not get cluster {cluster:word}'s kube client`),
		answers(linkerd, "linkerd-token", nil, `Failed to certify identity{error...}`, `failed to certify identity{error...}`),
		answers(consul, "consul-login", nil, `rpc error making call: lookup failed: {error...}`, `Unexpected response code: 403 (ACL not found)`,
			`Unexpected response code: 403 (rpc error making call: Permission denied{error...}`),
		answers(spire, "spire-token", nil, `token not authenticated according to TokenReview API`, `unable to validate token with TokenReview API: {error...}`),
		answers(spire, "spire-allowed", nil, `{account:q} is not an allowed service account`, `{account:q} is not a whitelisted service account`),
		answers(spire, "spire-pod", nil, `fail to get pod name from token review status: {error...}`, `fail to get pod UID from token review status: {error...}`),
		answers(teleport, "teleport-lifetime", nil, `static_jwks joining requires the use of a service account token with a TTL of less than {limit:word}`, `oidc joining requires the use of a service account token with a TTL of less than {limit:word}`),
		answers(teleport, "teleport-bound", nil, `static_jwks joining requires the use of projected pod bound service account token`, `oidc joining requires the use of projected pod bound service account token`,
			`legacy SA tokens are not accepted as kubernetes version {version:word} supports bound tokens`),
	)
}

// noTokenSecret has the messages of programs that look for the Secret of a ServiceAccount's token,
// which Kubernetes since 1.24 does not create.
//
// external-secrets/external-secrets providers, banzaicloud/bank-vaults, hashicorp/terraform-provider-kubernetes,
// argoproj/argo-cd util/clusterauth.
func noTokenSecret() []pattern {
	var table []pattern
	for _, text := range []string{
		`cannot find secrets bound to service account: {serviceAccount:q}`, `cannot find token in secrets bound to service account: {serviceAccount:q}`,
		`no secrets found for service account {error...}`, `no secret found for service account {error...}`, `no token secret found for service account {error...}`, `no token found for service account {error...}`,
		`no service account token secret found{error...}`, `Failed to get secret for service account: {error...}`, `failed to get secret for service account: {error...}`, `couldn't find a secret for service account {error...}`, `could not find secret for service account {error...}`,
		`could not find a secret for service account {error...}`, `could not find token for service account {error...}`, `could not find token secret for service account {error...}`,
		`Waiting for default secret of {serviceAccount:q} to appear`, `waiting for default secret of {serviceAccount:q} to appear`, `Expected to generate 1 service account token secret{error...}`,
		`failed to find a service account token secret{error...}`, `Failed to wait for service account secret: {error...}`, `failed to wait for service account secret: {error...}`, `unable to find token secret for service account {error...}`,
		`ServiceAccount {serviceAccount:q} has no secrets`, `serviceaccount {serviceAccount:q} has no secrets`, `service account {serviceAccount:q} has no secrets`, `service account has no secrets{error...}`,
		`service account {serviceAccount:q} doesn't have a token`, `unable to find token for service account {error...}`,
		// kubectl, with a template for the name of the Secret.
		`error executing jsonpath "{.secrets[0]{path}": Error executing template: array index out of bounds: index 0, length 0{more...}`,
	} {
		table = append(table, pattern{text: text, stage: Client, ids: only(finding.NoCredential), key: "no-token-secret"})
	}
	return table
}
