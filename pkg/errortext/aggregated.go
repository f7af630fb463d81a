package errortext

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// aggregated is what is said of the servers behind an API server: an aggregated API, a
// kubelet. They get requests that the API server has authenticated already.
//
// k8s.io/kube-aggregator pkg/controllers/status/remote/remote_available_controller.go,
// k8s.io/kubernetes pkg/kubelet/server/server.go, k8s.io/client-go
// transport/spdy/spdy.go, kubernetes-sigs/metrics-server pkg/scraper/client/resource.
func aggregated() []pattern {
	refused := []finding.ID{finding.AggregatedAPIRefused}
	kubelet, other := service("the kubelet"), service("the server behind the API server")
	var table []pattern
	for _, status := range []string{"401", "403"} {
		// Of the condition Available of an APIService: the API server asks in the name of a
		// cluster administrator.
		table = append(table, pattern{text: `bad status from {url:word}: ` + status, stage: Service, values: other, ids: refused})
	}
	return append(table,
		// Before these kubectl has read the Pod: the API server takes the credential. Its own
		// 401 has a Status for its body, and comes in other words.
		pattern{text: `unable to upgrade connection: Unauthorized`, stage: Service, values: kubelet, ids: refused},
		pattern{text: `the server has asked for the client to provide credentials ( pods/log {pod:word})`, stage: Service, values: kubelet, ids: refused},
		pattern{text: `You must be logged in to the server (the server has asked for the client to provide credentials ( pods/log {pod:word}))`,
			stage: Service, values: kubelet, ids: refused},
		pattern{text: `You must be logged in to the server (the server has asked for the client to provide credentials (get pods/log {pod:word}))`,
			stage: Service, values: kubelet, ids: refused},
		// A kubelet names who it takes the API server, or a scraper, for.
		pattern{text: `Forbidden (user=system:anonymous, verb={verb:word}, resource=nodes, subresource={subresource:word})`,
			stage: Service, values: kubelet, ids: refused},
		pattern{text: `Forbidden (user=system:anonymous, verb={verb:word}, resource=nodes, subresource(s)=[{subresource}])`,
			stage: Service, values: kubelet, ids: refused},
		pattern{text: `Forbidden (user={user:word}, verb={verb:word}, resource=nodes, subresource={subresource:word})`,
			stage: Service, values: kubelet, ids: []finding.ID{finding.AuthorizationDenied}},
		pattern{text: `Forbidden (user={user:word}, verb={verb:word}, resource=nodes, subresource(s)=[{subresource}])`,
			stage: Service, values: kubelet, ids: []finding.ID{finding.AuthorizationDenied}},
		// metrics-server, of the nodes that the API server lets it list.
		pattern{text: `request failed, status: "401 Unauthorized"`, stage: Service, values: kubelet, ids: refused},
		// A server that asks the API server about each request, and may not.
		pattern{text: `subjectaccessreviews.authorization.k8s.io is forbidden: User {user:q} cannot {request...}`, stage: Service, values: other, ids: refused},
		pattern{text: `Failed to make webhook authenticator request: tokenreviews.authentication.k8s.io is forbidden: User {user:q} cannot {request...}`,
			stage: Authorization, ids: []finding.ID{finding.ReviewNotPermitted, finding.AggregatedAPIRefused, finding.WebhookAuthenticatorFailed}},
		// Why there is no answer at all, the condition of the APIService says.
		pattern{text: `the server is currently unable to handle the request (get {resource:word})`, stage: Service, values: other,
			ids: []finding.ID{finding.APIServerError, finding.AggregatedAPIRefused}},
		pattern{text: `{groupVersion:word}: the server is currently unable to handle the request`, stage: Service, values: other,
			ids: []finding.ID{finding.APIServerError, finding.AggregatedAPIRefused}},
		pattern{text: `couldn't get resource list for {groupVersion:word}: the server is currently unable to handle the request`, stage: Service, values: other,
			ids: []finding.ID{finding.APIServerError, finding.AggregatedAPIRefused}},
		// Another server's start, before it can believe anybody.
		pattern{text: `configmaps "extension-apiserver-authentication" is forbidden: User {user:q} cannot {request...}`, stage: Authorization,
			ids: []finding.ID{finding.AuthorizationDenied}, values: map[string]string{"role": "extension-apiserver-authentication-reader"}},
	)
}
