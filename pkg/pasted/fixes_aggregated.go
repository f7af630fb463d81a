package pasted

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// ofAggregated has the reasons of servers behind an API server, whose fault is not the reader's credential.
func ofAggregated() map[errortext.Key]explanation {
	const aggregationPage = "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/"
	const kubeletPage = "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/"
	unavailable := do(finding.T("Find the server of the API group. It is in the column SERVICE. Read the log of its Pods."), finding.Run("kubectl get apiservices -o wide"))
	published := do(finding.T("Check that the kube-apiserver has `--proxy-client-cert-file`, `--proxy-client-key-file` and `--requestheader-client-ca-file`. The aggregated API reads the CA and the allowed names from this ConfigMap."),
		frontProxyConfig())
	throughProxy := say(finding.T("If the kube-apiserver has HTTPS_PROXY in its environment, add the networks of Services and Pods, and `.svc`, to its NO_PROXY."))
	return map[errortext.Key]explanation{
		"available-401": {
			title: finding.T("the aggregated API rejects the API server"),
			means: finding.T("The API server asks the aggregated API whether it is available, and shows its proxy certificate. The 401 means that the aggregated API does not accept that certificate, or that a proxy answered"),
			fix:   steps(published, throughProxy, unavailable), reference: aggregationPage,
		},
		"available-403": {
			title: finding.T("the aggregated API denies the API server's request"),
			means: finding.T("The API server asks the aggregated API whether it is available, as a cluster administrator in the headers of its request. The 403 means that the aggregated API ignores these headers and identifies the request " +
				"as system:anonymous, or that a proxy answered"),
			fix: steps(published, throughProxy, unavailable), reference: aggregationPage,
		},
		"server-own-401": {
			title: finding.T("the server that answered has no valid credential"),
			means: finding.T("The status is 500, and the reason behind it is a 401. The server accepted your credential. It then sent a request with a credential of its own, and an API server rejected that one"),
			fix: steps(say(finding.T("Read the log of the server that answered. For a cluster of Rancher, that is Rancher or its cattle-cluster-agent. Its credential is the token of the ServiceAccount `cattle` in cattle-system.")),
				do(finding.T("In the cluster of Rancher, check that the ServiceAccount and the Secret with its token exist."), finding.Run("kubectl get serviceaccounts,secrets --namespace cattle-system"))), reference: aggregationPage,
		},
		"front-proxy-subject": {
			means: finding.T("A client showed a certificate whose common name is not in `requestheader-allowed-names`, and the aggregated API stopped the TLS handshake. Usually, the client is the API server with its proxy certificate"),
			title: finding.T("the name in the proxy certificate is not allowed"),
			fix: steps(do(finding.T("Compare the allowed names in this ConfigMap with the common name of the API server's `--proxy-client-cert-file`. The log of the aggregated API may have the name that it validated."), frontProxyConfig()),
				say(finding.T("Add the name to the kube-apiserver's `--requestheader-allowed-names`, or issue the certificate with an allowed name. Then restart the aggregated API."))), reference: aggregationPage,
		},
		"metrics-401": {
			title: finding.T("the metrics API rejects the request"),
			means: finding.T("The controller reads Pods and writes events with the same credential, so the API server accepts it. The server of the metrics API, such as metrics-server, answered 401. Usually, that server does not accept the " +
				"API server's proxy certificate"),
			fix: steps(unavailable, published), reference: aggregationPage,
		},
		"aggregated-no-client-ca": {
			title: finding.T("the cluster publishes no CA of client certificates"),
			means: finding.T("A server behind the API server reads this CA from the ConfigMap extension-apiserver-authentication. The kube-apiserver publishes the CA if it has `--client-ca-file`"),
			fix: steps(do(finding.T("Check that the kube-apiserver has `--client-ca-file` and `--requestheader-client-ca-file`, and that the ConfigMap has both CAs."), frontProxyConfig()),
				say(finding.T("If the cluster uses no client certificates, update the server: since Kubernetes 1.12, the library of such servers does not need the CA."))), reference: aggregationPage,
		},
		componentAnonymous: {
			title: finding.T("another component does not identify the client"),
			means: finding.T("Port 10257 is that of kube-controller-manager, and port 10259 that of kube-scheduler. They ask the API server about tokens. They verify client certificates with the CA that the API server publishes"),
			fix: steps(say(finding.T("Check that the component has `--authentication-kubeconfig` and `--authorization-kubeconfig`. Without them, the component accepts neither tokens nor client certificates.")),
				do(finding.T("Check that the ConfigMap has the CA that signed the client certificate, under `client-ca-file`."), frontProxyConfig())), reference: "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/",
		},
		"aggregated-discovery-401": {
			title: finding.T("the aggregated API rejects the request"),
			means: finding.T("Only this API group answers 401. A server other than kube-apiserver serves the group. Usually, that server does not accept the API server's proxy certificate"),
			fix: steps(unavailable,
				do(finding.T("Compare the requestheader CA in the ConfigMap with the CA of the API server's `--proxy-client-cert-file`. After you correct them, restart the server's Pods."), frontProxyConfig())), reference: aggregationPage,
		},
		"aggregated-own-401": {
			title: finding.T("the API server rejects the credential of an aggregated API"),
			means: finding.T("A server could not ask whether the user may send the request. For the path of an aggregated API, that is the aggregated API, which asks the API server with the token of its Pod"),
			fix: steps(unavailable, do(finding.T("Explain the token of the Pod."), finding.Run("kubectl authn explain pod/NAME --namespace NAMESPACE")),
				do(finding.T("Restart the owner of the Pod. The new Pod gets a new token."), finding.Run("kubectl rollout restart deployment NAME --namespace NAMESPACE"))), reference: aggregationPage,
		},
		"scrape-401": {
			title: finding.T("the target of a scrape rejects Prometheus"),
			means: finding.T("The target answered 401: it accepts no credential that Prometheus sent. The address of the target shows which server answered, for example a kubelet at port 10250"),
			fix: steps(do(finding.T("For a kubelet, check that `authentication.webhook.enabled` is true in the kubelet's configuration. Without it, the kubelet accepts no token. Replace NODE."), finding.Run("kubectl get --raw /api/v1/nodes/NODE/proxy/configz")),
				say(finding.T("Check that the scrape configuration names a token: `authorization` with `credentials_file`, or `bearerTokenFile` of a ServiceMonitor."))), reference: kubeletPage,
		},
		"scrape-403": {
			title: finding.T("the target of a scrape denies Prometheus"),
			means: finding.T("The target identified Prometheus as a user who lacks the permission, or as system:anonymous. The message does not say which. The address of the target shows which server answered, for example a kubelet at port 10250"),
			fix: steps(do(finding.T("For a kubelet, check that the ServiceAccount of Prometheus may read the metrics of nodes. You need permission to impersonate it."),
				finding.Run("kubectl auth can-i get nodes --subresource=metrics --as system:serviceaccount:NAMESPACE:NAME")),
				say(finding.T("If it may, check that the scrape configuration names a token, and that `authentication.webhook.enabled` is true in the kubelet's configuration.")),
				say(finding.T("For the path /metrics of a component of the control plane, the ServiceAccount needs `get` for the non-resource URL /metrics."))), reference: kubeletPage,
		},
		"probe-401": {
			title: finding.T("the probed path requires a login"),
			means: finding.T("The kubelet sends the request of a probe without a credential, and the container answered 401 or 403. No API server judged a credential, unless the container is an API server"),
			fix: steps(say(finding.T("Probe a path that requires no login. Otherwise, use a probe of another kind, such as `exec` or `tcpSocket`.")),
				say(finding.T("If the container is kube-apiserver, `--anonymous-auth=false` is the cause. Since Kubernetes 1.32, permit anonymous requests only for /livez, /readyz and /healthz: use `anonymous.conditions` of the AuthenticationConfiguration."))),
			reference: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
		},
		"upgrade-missing": {
			title: finding.T("the request to upgrade the connection did not arrive"),
			means: finding.T("For exec, attach and port-forward, a client asks to upgrade the connection to WebSocket or SPDY. The request arrived without the headers for that. The server writes this message after it accepted the credential"),
			fix: steps(say(finding.T("If a proxy or a load balancer is in front of the API server, let it pass on the headers Connection and Upgrade. For nginx, set `proxy_http_version 1.1` and both headers. Other load balancers need WebSocket support, or TCP instead of HTTP.")),
				say(finding.T("If a program sends the request, use its function for streams. For the Python client, that is `kubernetes.stream.stream`. curl and a browser's address bar ask for no upgrade."))),
			reference: "RFC 9110, section 7.8",
		},
		"kubelet-403": {
			title: finding.T("the kubelet denies the request"),
			means: finding.T("The kubelet authenticated the client as a user who lacks the permission, or as system:anonymous. The message does not say which"),
			fix: steps(do(finding.T("Check that the ServiceAccount of the scraper, such as metrics-server, may read the metrics of nodes. You need permission to impersonate it."),
				finding.Run("kubectl auth can-i get nodes --subresource=metrics --as system:serviceaccount:NAMESPACE:NAME")),
				say(finding.T("If it may, check that the kubelet's authentication.webhook.enabled and authorization.mode Webhook are set, so that the kubelet accepts tokens."))),
			reference: kubeletPage,
		},
	}
}
