package errortext

import (
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// clientStatus has messages that are only the number 401, which any HTTP server may have answered.
// Other messages in the same text are more specific.
//
// curl, net/http's Status, fabric8io/kubernetes-client Config.java (its default errorMessages,
// which are the same for every 401).
func clientStatus() []pattern {
	ids := []finding.ID{finding.CredentialRejected, finding.AnswerNotFromAPIServer, finding.AggregatedAPIRefused}
	var table []pattern
	for _, text := range []string{
		`HTTP/1.1 401 Unauthorized`, `HTTP/1.1 401`, `HTTP/2 401 Unauthorized`, `HTTP/2 401`, `HTTP/2.0 401 Unauthorized`, `HTTP/2.0 401`,
		`HTTP 401: Unauthorized`, `HTTP 401 Unauthorized`, `HTTP 401`, `HTTP status 401`, `HTTP code 401`,
		`401 Unauthorized`, `401 (Unauthorized)`, `401: Unauthorized`,
		`HTTP status code 401, Unauthorized for {method:word} {url:word}`, `HTTP status code 401, Unauthorized`, `HTTP status code 401`, `401 Client Error: Unauthorized for url: {url:word}`, `Request failed with status code 401`, `statusCode: 401`, `(401) Unauthorized`,
		`HTTP response code: 401 for URL: {url:word}`, `HTTP response code: 401`, `HTTP-Code: 401`,
		`status code: 401`, `status code 401`, `status: 401`, `returned error: 401`, `got 401 from {url:word}`, `got 401`,
		// manageiq/kubeclient.
		`Unauthorized (KubeException)`, `Unauthorized (Kubeclient::HttpError)`, `HTTP status code 401, Unauthorized (Kubeclient::HttpError)`,
		`401: Unauthorized for url: {url:word}`, `failed with status: 401 Unauthorized`,
		// Spring, NestJS and hapi write these answers. A Status of Kubernetes has other fields.
		`"status":401,"error":"Unauthorized"{more...}`, `"status": 401, "error": "Unauthorized"{more...}`, `"status" : 401, "error" : "Unauthorized"{more...}`,
		`"statusCode":401,"message":"Unauthorized"{more...}`, `"statusCode": 401, "message": "Unauthorized"{more...}`, `"message":"Unauthorized","statusCode":401{more...}`, `"message": "Unauthorized", "statusCode": 401{more...}`,
		`"statusCode":401,"error":"Unauthorized"{more...}`, `"statusCode": 401, "error": "Unauthorized"{more...}`, `"error":"Unauthorized","statusCode":401{more...}`,
		`Unauthorized! Token may have expired! Please log-in again. Unauthorized`, `Unauthorized! Token may have expired! Please log-in again.`,
		`Unauthorized! Token may have expired! Please use kubectl login / oc login to log-in again.`, `Unauthorized! Token may have expired! Please use kubectl login / oc login to log-in again. -> {help...}`,
		`Unauthorized! Configured service account doesn't have access. Service account may have been revoked. Unauthorized`,
		`Unauthorized! Configured service account doesn't have access. Service account may have been revoked.`,
	} {
		table = append(table, pattern{text: text, stage: HTTP, ids: ids})
	}
	return table
}

// clientBeginnings has the beginnings of messages of clients, whose rest is unknown or was not pasted.
//
// k8s.io/kubectl pkg/cmd/util/helpers.go, k8s.io/client-go tools/clientcmd/loader.go,
// transport/token_source.go, plugin/pkg/client/auth; helm.sh/helm pkg/kube; pulumi-kubernetes.
func clientBeginnings() []pattern {
	var table []pattern
	for _, text := range []string{`Unable to connect to the server`, `Kubernetes cluster unreachable`, `configured Kubernetes cluster is unreachable`} {
		table = append(table, pattern{text: text, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}})
	}
	table = append(table, faulty("kubeconfig-invalid", Client, finding.KubeconfigInvalid, `error loading config file`, `Error loading config file`)...)
	for _, text := range []string{`Unable to rotate token`, `read empty token from file`} {
		table = append(table, pattern{text: text, stage: Client, ids: []finding.ID{finding.TokenFileUnreadable}})
	}
	return append(table,
		pattern{text: `getting credentials`, stage: Client, ids: []finding.ID{finding.ExecPluginFailed}},
		pattern{text: `exec plugin is configured to use API version`, stage: Client, ids: []finding.ID{finding.ExecPluginVersionMismatch}},
		pattern{text: `exec plugin cannot support interactive mode`, stage: Client, ids: []finding.ID{finding.ExecPluginNeedsTerminal}},
		pattern{text: `The gcp auth plugin has been removed`, stage: Client, ids: []finding.ID{finding.AuthProviderRemoved}, values: map[string]string{"provider": "gcp"}},
		pattern{text: `The azure auth plugin has been removed`, stage: Client, ids: []finding.ID{finding.AuthProviderRemoved}, values: map[string]string{"provider": "azure"}},
	)
}

// beginningTexts are the patterns of clientBeginnings.
var beginningTexts = sync.OnceValue(func() map[string]bool {
	texts := map[string]bool{}
	for _, p := range clientBeginnings() {
		texts[p.text] = true
	}
	return texts
})

// withoutStatus removes a mere 401, and a mere beginning of a message, if another message is more
// specific.
func withoutStatus(reasons []Reason) []Reason {
	var out []Reason
	for _, r := range reasons {
		if r.Stage != HTTP && !beginningTexts()[r.Pattern] {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return reasons[:min(1, len(reasons))]
	}
	return out
}
