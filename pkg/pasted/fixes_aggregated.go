package pasted

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// ofAggregated has the reasons of servers behind an API server, whose fault is not the reader's credential.
func ofAggregated() map[errortext.Key]explanation {
	const aggregationPage = "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/"
	unavailable := do(finding.T("Find the server of the API group: it is in the column SERVICE. Read the log of its Pods."), finding.Run("kubectl get apiservices -o wide"))
	return map[errortext.Key]explanation{
		"aggregated-discovery-401": {
			title: finding.T("the aggregated API rejects the request"),
			means: finding.T("Only this API group answers 401. Another server than kube-apiserver serves it. Mostly, that server does not accept the API server's proxy certificate"),
			fix: steps(unavailable,
				do(finding.T("Compare the requestheader CA in the ConfigMap with the CA of the API server's `--proxy-client-cert-file`. After you correct them, restart the server's Pods."),
					finding.Run("kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml"))), reference: aggregationPage,
		},
		"aggregated-own-401": {
			title: finding.T("the API server rejects the credential of an aggregated API"),
			means: finding.T("A server could not ask whether the user may send the request. For the path of an aggregated API, that is the aggregated API, which asks the API server with the token of its Pod"),
			fix: steps(unavailable, do(finding.T("Explain the token of the Pod."), finding.Run("kubectl authn explain pod/NAME --namespace NAMESPACE")),
				do(finding.T("Restart the owner of the Pod. The new Pod gets a new token."), finding.Run("kubectl rollout restart deployment NAME --namespace NAMESPACE"))), reference: aggregationPage,
		},
		"kubelet-403": {
			title: finding.T("the kubelet denies the request"),
			means: finding.T("The kubelet authenticated the client as a user who lacks the permission, or as system:anonymous. The message does not say which"),
			fix: steps(do(finding.T("Check that the ServiceAccount of the scraper, such as metrics-server, may read the metrics of nodes. You need permission to impersonate it."),
				finding.Run("kubectl auth can-i get nodes --subresource=metrics --as system:serviceaccount:NAMESPACE:NAME")),
				say(finding.T("If it may, check that the kubelet's authentication.webhook.enabled and authorization.mode Webhook are set, so that the kubelet accepts tokens."))),
			reference: "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/",
		},
	}
}
