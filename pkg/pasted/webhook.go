package pasted

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// behindWebhook has what stands behind a failed question to a token webhook, by the words of the inner error; the first entry
// with a word in the message decides.
func behindWebhook() []struct {
	words []string
	explanation
} {
	type entry = struct {
		words []string
		explanation
	}
	config := finding.T("The API server reads the webhook's address, CA and credential from the kubeconfig of --authentication-token-webhook-config-file. Any other server, such as a kubelet or metrics-server, asks the API server with its own kubeconfig.")
	none := finding.Command{}
	return []entry{
		{[]string{"x509: ", "tls: "}, explanation{
			title: finding.T("the certificate of the token webhook is not accepted"),
			fix: steps(do(finding.T("The API server does not accept the webhook's certificate. Compare the certificate with `certificate-authority` in the kubeconfig of --authentication-token-webhook-config-file."), none),
				do(finding.T("If the URL ends with /tokenreviews, a server such as a kubelet asks the API server: compare the CA in the kubeconfig of that server."), none)),
		}},
		{[]string{"Unauthorized", "the server has asked for the client to provide credentials", " 401"}, explanation{
			title: finding.T("the token webhook answered 401"),
			means: finding.T("Either the webhook rejects the credential of the server that asks. Or it answers 401 for an unknown token, in place of a TokenReview"),
			fix:   steps(do(finding.T("Compare the time with the webhook's own log. Replace an expired credential of the server that asks."), none), do(config, none)),
		}},
		{[]string{"authenticator request: unknown", "webhook call failed: unknown"}, explanation{
			// client-go gives a 403 whose body is no Status this message; aws-iam-authenticator answers so.
			title: finding.T("the token webhook rejects the token and gives no reason"),
			means: finding.T("The webhook answered 403. EKS' aws-iam-authenticator answers so if the AWS identity is not mapped, or if the token is not valid"),
			fix: steps(do(finding.T("In EKS, check that the IAM role or user of the client has an access entry, or a row in the ConfigMap aws-auth. A node needs the IAM role of its instance there."),
				finding.Run("kubectl --namespace kube-system get configmap aws-auth --output yaml")),
				do(finding.T("Read the webhook's own log at that time. In EKS, that is the authenticator log of the control plane in CloudWatch."), none)),
		}},
		{[]string{"is forbidden", "Forbidden", " 403"}, explanation{
			title: finding.T("the server that asks about tokens lacks the permission"),
			fix: steps(do(finding.T("A server that asks the API server about tokens needs the ClusterRole system:auth-delegator. Bind it to the server's ServiceAccount. Replace NAME and NAMESPACE with that ServiceAccount."),
				finding.Run("kubectl create clusterrolebinding NAME-auth-delegator --clusterrole=system:auth-delegator --serviceaccount=NAMESPACE:NAME"))),
		}},
		{[]string{"connection refused", "no such host", "i/o timeout", "deadline exceeded", "Client.Timeout", "no route to host", "network is unreachable", "EOF", "connection reset"}, explanation{
			title: finding.T("the token webhook cannot be reached"),
			fix:   steps(do(finding.T("Check that the webhook runs, and that the control plane can reach it. A webhook in the cluster needs a name and a network that the API server has, too."), none), do(config, none)),
		}},
	}
}

// ofWebhook returns the finding of a failed question to a token webhook with the reason behind it.
func ofWebhook(f finding.Finding, r reason) (finding.Finding, bool) {
	if f.ID != finding.WebhookAuthenticatorFailed || r.Stage != errortext.Webhook {
		return f, false
	}
	for _, e := range behindWebhook() {
		for _, word := range e.words {
			if !strings.Contains(r.Text, word) {
				continue
			}
			f.Title = e.title
			if strings.Contains(r.Text, "/tokenreviews") {
				f.Title = finding.T("a server cannot ask the API server about a token")
			}
			if !e.means.IsZero() {
				f = f.Saying(finding.T("%s. %s", f.Detail, e.means))
			}
			f = withSteps(f, e.fix)
			return f, true
		}
	}
	return f, false
}
