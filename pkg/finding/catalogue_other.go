package finding

var (
	AWSIAMTokenExpired = declare(Entry{
		ID: "aws-iam-token-expired", Severity: Error, Group: "Other tokens",
		Title: "the AWS IAM token is past its 15 minutes",
		Meaning: "A `k8s-aws-v1.` token is a signed request to AWS, encoded, and EKS accepts it for fifteen minutes from the " +
			"time in it. That time is over. EKS checks it in a webhook, so the API server says nothing but 401, and " +
			"TokenReview, where it is allowed, at most what the webhook says.",
		Detection: "The time of signing is read in the token itself; the credential alone is enough. The name of the cluster it " +
			"was signed for is not in it, and a token for another cluster looks the same.",
		Fix: "Get a new one: `aws eks get-token --cluster-name CLUSTER`. Do not store such tokens: let the kubeconfig's " +
			"exec plugin fetch them, as `aws eks update-kubeconfig --name CLUSTER` sets it up.",
		Reference: "https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html",
	})

	OpaqueToken = declare(Entry{
		ID: "opaque-token", Severity: Info, Group: "Other tokens",
		Title: "only the server can say whose this token is",
		Meaning: "The token is no JWT and of no other form that says anything by itself. It may be one of a static token file, " +
			"or one that a webhook knows, such as those of Rancher and OpenShift. Its owner, its life and its audience " +
			"cannot be seen in it. A cluster that does not know it says `invalid bearer token` and no more.",
		Detection: "Seen in the credential alone. Whose it is becomes known only when the server accepts it: from a " +
			"SelfSubjectReview with it, or a TokenReview. Where the API server's flags can be read and name neither a token file " +
			"nor a webhook, it is an error: that server takes no such token.",
		Fix: "Ask the server: `kubectl authn review` shows the user if it is accepted. If it is refused, ask whoever " +
			"issued it for a new one; such tokens have no way to tell that they have expired.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
	})
)
