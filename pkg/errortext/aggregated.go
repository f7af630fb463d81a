package errortext

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// aggregated has the messages about servers behind an API server: aggregated APIs and kubelets. The
// API server has already authenticated the requests that they get.
//
// k8s.io/kube-aggregator pkg/controllers/status/remote/remote_available_controller.go,
// k8s.io/kubernetes pkg/kubelet/server/server.go, k8s.io/client-go
// transport/spdy/spdy.go, kubernetes-sigs/metrics-server pkg/scraper/client/resource.
func aggregated() []pattern {
	refused := []finding.ID{finding.AggregatedAPIRefused}
	kubelet, other := service(Kubelet), service("the server behind the API server")
	var table []pattern
	for _, status := range []string{"401", "403"} {
		// The condition Available of an APIService: the API server asks as a cluster administrator.
		table = append(table, pattern{text: `bad status from {url:word}: ` + status, stage: Service, values: other, ids: refused, key: Key("available-" + status)})
	}
	// The HorizontalPodAutoscaler controller, k8s.io/kubernetes pkg/controller/podautoscaler/metrics/client.go. With the same
	// credential it reads Pods and writes the event with this message.
	for _, api := range []string{"resource metrics API", "custom metrics API", "external metrics API", "API"} {
		for _, answer := range []string{`Unauthorized`, `the server has asked for the client to provide credentials (get {resource:word})`} {
			table = append(table, pattern{text: `unable to fetch metrics from ` + api + `: ` + answer, stage: Service, values: other, ids: refused, key: "metrics-401"})
		}
	}
	return append(table,
		// Before these messages, kubectl has read the Pod, so the API server accepts the
		// credential. A 401 of the API server itself has a Status as its body, and another message.
		pattern{text: `unable to upgrade connection: Unauthorized`, stage: Service, values: kubelet, ids: refused},
		pattern{text: `the server has asked for the client to provide credentials ( pods/log {pod:word})`, stage: Service, values: kubelet, ids: refused},
		pattern{text: `You must be logged in to the server (the server has asked for the client to provide credentials ( pods/log {pod:word}))`,
			stage: Service, values: kubelet, ids: refused},
		pattern{text: `You must be logged in to the server (the server has asked for the client to provide credentials (get pods/log {pod:word}))`,
			stage: Service, values: kubelet, ids: refused},
		// A kubelet names the user as which it authenticated the API server or a scraper.
		pattern{text: `Forbidden (user=system:anonymous, verb={verb:word}, resource=nodes, subresource={subresource:word})`,
			stage: Service, values: kubelet, ids: refused},
		pattern{text: `Forbidden (user=system:anonymous, verb={verb:word}, resource=nodes, subresource(s)=[{subresource}])`,
			stage: Service, values: kubelet, ids: refused},
		pattern{text: `Forbidden (user={user:word}, verb={verb:word}, resource=nodes, subresource={subresource:word})`,
			stage: Service, values: kubelet, ids: []finding.ID{finding.AuthorizationDenied}},
		pattern{text: `Forbidden (user={user:word}, verb={verb:word}, resource=nodes, subresource(s)=[{subresource}])`,
			stage: Service, values: kubelet, ids: []finding.ID{finding.AuthorizationDenied}},
		// metrics-server, about the nodes that the API server lets it list.
		pattern{text: `request failed, status: "401 Unauthorized"`, stage: Service, values: kubelet, ids: refused},
		pattern{text: `request failed - "401 Unauthorized", response: {response:q}`, stage: Service, values: kubelet, ids: refused},
		pattern{text: `request failed - "401 Unauthorized"`, stage: Service, values: kubelet, ids: refused},
		pattern{text: `request failed, status: "403 Forbidden"`, stage: Service, values: kubelet, ids: refused, key: "kubelet-403"},
		pattern{text: `request failed - "403 Forbidden"`, stage: Service, values: kubelet, ids: refused, key: "kubelet-403"},
		pattern{text: `GET {url:q}: bad status code "401 Unauthorized"`, stage: Service, values: kubelet, ids: refused, suits: ofKubelet},
		pattern{text: `GET {url:q}: bad status code "403 Forbidden"`, stage: Service, values: kubelet, ids: refused, key: "kubelet-403", suits: ofKubelet},
		pattern{text: `Get {url:q}: server returned HTTP status 401 Unauthorized`, stage: Service, values: kubelet, ids: refused, suits: ofKubelet},
		pattern{text: `Get {url:q}: server returned HTTP status 403 Forbidden`, stage: Service, values: kubelet, ids: refused, key: "kubelet-403", suits: ofKubelet},
		// Prometheus, scrape/scrape.go. Only the address names the target.
		pattern{text: `server returned HTTP status 401 Unauthorized`, stage: Service, values: service("the target of a scrape"), key: "scrape-401", kube: true},
		pattern{text: `server returned HTTP status 403 Forbidden`, stage: Service, values: service("the target of a scrape"), key: "scrape-403", kube: true},
		// The kubelet sends the requests of probes without a credential, k8s.io/kubernetes pkg/probe/http.
		pattern{text: `{kind:word} probe failed: HTTP probe failed with statuscode: 401`, stage: Service, values: service("the probed container"), key: "probe-401"},
		pattern{text: `{kind:word} probe failed: HTTP probe failed with statuscode: 403`, stage: Service, values: service("the probed container"), key: "probe-401"},
		pattern{text: `HTTP probe failed with statuscode: 401`, stage: Service, values: service("the probed container"), key: "probe-401"},
		pattern{text: `HTTP probe failed with statuscode: 403`, stage: Service, values: service("the probed container"), key: "probe-401"},
		// The API server and the kubelet, after they authenticated the request; k8s.io/apimachinery pkg/util/proxy.
		pattern{text: `unable to upgrade connection: Upgrade request required`, stage: Service, values: other, key: "upgrade-missing"},
		pattern{text: `Upgrade request required`, stage: Service, values: other, key: "upgrade-missing"},
		// A server that asks the API server about each request, without the permission to ask.
		pattern{text: `subjectaccessreviews.authorization.k8s.io is forbidden: User {user:q} cannot {request...}`, stage: Service, values: service("the server that asks the API server"), ids: refused},
		pattern{text: `Failed to make webhook authenticator request: tokenreviews.authentication.k8s.io is forbidden: User {user:q} cannot {request...}`,
			stage: Authorization, ids: []finding.ID{finding.ReviewNotPermitted, finding.AggregatedAPIRefused, finding.WebhookAuthenticatorFailed}},
		// The condition of the APIService says why there is no answer.
		pattern{text: `the server is currently unable to handle the request (get {resource:word})`, stage: Service, values: other,
			ids: []finding.ID{finding.APIServerError, finding.AggregatedAPIRefused}},
		pattern{text: `{groupVersion:word}: the server is currently unable to handle the request`, stage: Service, values: other,
			ids: []finding.ID{finding.APIServerError, finding.AggregatedAPIRefused}},
		pattern{text: `couldn't get resource list for {groupVersion:word}: the server is currently unable to handle the request`, stage: Service, values: other,
			ids: []finding.ID{finding.APIServerError, finding.AggregatedAPIRefused}},
		// kubectl create token, kubectl get and the kubelet: the API server knows the caller, and not the ServiceAccount.
		pattern{text: `failed to create token: serviceaccounts {serviceAccount:q} not found`, stage: TokenRequest, ids: []finding.ID{finding.ServiceAccountDeleted}},
		pattern{text: `Error from server (NotFound): serviceaccounts {serviceAccount:q} not found`, stage: TokenRequest, ids: []finding.ID{finding.ServiceAccountDeleted}},
		pattern{text: `failed to fetch token: serviceaccounts {serviceAccount:q} not found`, stage: TokenRequest, ids: []finding.ID{finding.ServiceAccountDeleted}},
		// The start of another server that cannot authenticate its clients yet.
		pattern{text: `configmaps "extension-apiserver-authentication" is forbidden: User {user:q} cannot {request...}`, stage: Authorization,
			ids: []finding.ID{finding.AuthorizationDenied}, values: map[string]string{"role": "extension-apiserver-authentication-reader"}},
	)
}

// frontProxy has the messages of a server behind an API server that cannot verify the API server's
// proxy certificate, or does not believe it.
//
// k8s.io/apiserver pkg/server/options/authentication.go, pkg/authentication/request/headerrequest,
// pkg/authentication/request/x509/x509.go, pkg/server/dynamiccertificates.
func frontProxy() []pattern {
	server := service("the aggregated API")
	var table []pattern
	for _, text := range []string{
		`Cluster doesn't provide requestheader-client-ca-file`,
		`cluster doesn't provide requestheader-client-ca-file`,
		`No authentication-kubeconfig provided in order to lookup requestheader-client-ca-file`,
		`missing content for CA bundle "client-ca::kube-system::extension-apiserver-authentication::requestheader-client-ca-file"`,
		`unable to load configmap based request-header-client-ca-file: configmaps "extension-apiserver-authentication" not found`,
		`Unable to get configmap/extension-apiserver-authentication in kube-system`,
		`Continuing without authentication configuration. This may treat all requests as anonymous.`,
	} {
		table = append(table, pattern{text: text, stage: Service, values: server, ids: []finding.ID{finding.FrontProxyNotConfigured}})
	}
	// Before Kubernetes 1.12, another server did not start without the CA of client certificates.
	table = append(table, pattern{text: `cluster doesn't provide client-ca-file{more...}`, stage: Service, values: server, ids: []finding.ID{finding.FrontProxyNotConfigured}, key: "aggregated-no-client-ca", until: "old",
		// Later releases only warn: ` in configmap/…, so client certificate authentication … won't work.`
		suits: func(values map[string]string) bool { return !strings.HasPrefix(values["more"], "in ") }})
	// KubeVirt's API servers verify the name during the TLS handshake; kubevirt/containerized-data-importer pkg/apiserver.
	table = append(table, pattern{text: `http: TLS handshake error from {address}: no valid subject specified`, stage: Service, values: server, ids: []finding.ID{finding.FrontProxyNameNotAllowed}, key: "front-proxy-subject"})
	for _, p := range notAllowed {
		p.stage = RequestHeader
		table = append(table, p)
	}
	return table
}

// notAllowed has the messages about a certificate that the front proxy's CA signed and whose name is
// not that of a front proxy.
var notAllowed = []pattern{
	{text: `x509: subject with cn={commonName} is not in the allowed list: [{allowed}]`, stage: RequestHeader, until: "old",
		ids: []finding.ID{finding.ClientCANotTrusted, finding.AggregatedAPIRefused}},
	{text: `x509: subject with cn={commonName} is not in the allowed list`, stage: RequestHeader,
		ids: []finding.ID{finding.ClientCANotTrusted, finding.AggregatedAPIRefused}},
	{text: `x509: subject with cn={commonName} is not allowed`, stage: RequestHeader, until: "old",
		ids: []finding.ID{finding.ClientCANotTrusted, finding.AggregatedAPIRefused}},
}

// ofKubelet reports whether a URL has the port of kubelets.
func ofKubelet(values map[string]string) bool { return strings.Contains(values["url"], ":10250/") }
