package finding

var (
	AWSIAMTokenExpired = declare(Entry{
		ID: "aws-iam-token-expired", Severity: Error, Group: "Other tokens",
		Title: "the AWS IAM token is older than 15 minutes",
		Meaning: "A `k8s-aws-v1.` token is an encoded, signed request to AWS. EKS accepts it for fifteen minutes from the time in " +
			"it, and that time has passed. EKS checks the token in a webhook. The API server therefore answers only 401, and " +
			"TokenReview returns at most the webhook's error message.",
		Detection: "The signing time is read from the token alone. The token does not contain the name of the cluster, so a token " +
			"for another cluster looks the same.",
		Fix: "Request a new token: `aws eks get-token --cluster-name CLUSTER`. Do not store such tokens. Let the kubeconfig's " +
			"exec plugin request them, which `aws eks update-kubeconfig --name CLUSTER` configures.",
		Reference: "https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html",
	})

	OpaqueToken = declare(Entry{
		ID: "opaque-token", Severity: Info, Group: "Other tokens",
		Title: "only the server can tell whose token this is",
		Meaning: "The token is not a JWT and has no other form that shows its content. It may come from a static token file, or a " +
			"webhook may know it, as with Rancher and OpenShift. A documented prefix, such as `ghp_` of GitHub, `ya29.` of " +
			"Google, `hvs.` of Vault or `sha256~` of OpenShift, shows whose token it is. Only that party can verify the token. " +
			"The token does not show its owner, lifetime or audience. A cluster that does not know it returns only " +
			"`invalid bearer token`. A placeholder that was not replaced, such as `${TOKEN}` or `<token>`, is also such a token.",
		Detection: "Read from the credential alone. The owner becomes known only when the API server accepts the token: from a " +
			"SelfSubjectReview or a TokenReview. If the API server's flags are readable and name no token file and no " +
			"webhook, that API server accepts no such token. The finding is then an error, as for a rejected placeholder.",
		Fix: "Ask the API server: `kubectl authn review` shows the user if the token is accepted. If the token is rejected, " +
			"request a new one from its issuer: such tokens do not show whether they have expired.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
	})
)
