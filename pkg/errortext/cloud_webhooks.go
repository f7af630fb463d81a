package errortext

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// cloudWebhooks has the messages of programs that decide about tokens for the API servers of EKS,
// Rancher, OpenShift and AKS, mostly as token webhooks.
//
// kubernetes-sigs/aws-iam-authenticator pkg/server/server.go, pkg/token/token.go, pkg/mapper;
// rancher/kube-api-auth pkg/service/handlers, pkg/clusterauth; openshift/oauth-server
// pkg/authenticator; appscode/guard auth/providers/azure.
func cloudWebhooks() []pattern {
	eks, rancher, openshift, guard := service("aws-iam-authenticator"), service("Rancher's kube-api-auth"), service("OpenShift's OAuth server"), service("Guard (AKS)")
	no := only(finding.WebhookRejected)
	return slices.Concat(
		answers(eks, "eks-not-mapped", no, `ARN is not mapped: {arn...}`, `ARN is not mapped`),
		answers(eks, "eks-mapping", no, `SessionName did not contain an instance id`, `error rendering username template {template:q}: {error...}`, `error rendering group template {template:q}: {error...}`,
			`invalid username '{user}' for mapper {mapper:word}: username must not begin with {error...}`, `failed querying private DNS from EC2 API for node {node:word}: {error...}`),
		answers(eks, "eks-expired", only(finding.AWSIAMTokenExpired), `X-Amz-Date parameter is expired ({limit} minute expiration) {date...}`, `X-Amz-Date parameter is expired{error...}`),
		answers(eks, "eks-cluster", no, `client did not sign the x-k8s-aws-id header in the pre-signed URL`, `client did not sign the x-k8s-aws-id header in the request`),
		answers(eks, "eks-token-form", no, `token is missing expected "k8s-aws-v1." prefix`, `unexpected hostname {host:q} in pre-signed URL`, `unexpected scheme {scheme:q} in pre-signed URL`,
			`unexpected action parameter in pre-signed URL`, `unexpected path in pre-signed URL`, `non-whitelisted query parameter {parameter:q}`, `invalid X-Amz-Expires parameter in pre-signed URL: {error...}`,
			`X-Amz-Date parameter must be present in pre-signed URL`, `error parsing X-Amz-Date parameter {error...}`, `query parameter with multiple values not supported`),
		wrapping(answers(eks, "eks-token-form", no, `input token was not properly formatted: {error...}`)),
		answers(eks, "eks-sts", no, `sts getCallerIdentity failed: {error...}`, `error from AWS (expected 200, got 403). Body: {error...}`, `error from AWS (expected 200, got 403)`),

		answers(rancher, "rancher-expired", only(finding.TokenExpired), `auth expired at {expiry:word}`),
		answers(rancher, "rancher-migration", no, `error migrating clusterAuthToken's secret {error...}`),
		answers(service("Rancher"), "rancher-cluster-401", only(finding.CredentialRejected), `This cluster is currently Error. Unauthorized`),
		answers(rancher, "rancher-unknown", no, `clusterAuthToken.cluster.cattle.io {token:q} not found`, `clusterauthtokens.cluster.cattle.io {token:q} not found`, `clusteruserattributes.cluster.cattle.io {user:q} not found`, `clusterauthtoken.cluster.cattle.io {token:q} not found`,
			`clusteruserattribute.cluster.cattle.io {user:q} not found`),

		answers(openshift, "openshift-login", nil, `Error authenticating login {user:q} with provider {provider:q}: {error...}`, `Error authenticating {user:q} with provider {provider:q}: {error...}`),

		answers(guard, "guard-token", no, `failed to verify token for azure: {error...}`, `Failed to verify token for azure. Reason: {error...}`, `failed to verify pop token: {error...}`),
	)
}

// wrapping marks messages that contain the message of another function.
func wrapping(table []pattern) []pattern {
	for i := range table {
		table[i].wraps = true
	}
	return table
}
