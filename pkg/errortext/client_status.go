package errortext

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

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
		`HTTP status code 401, Unauthorized`, `HTTP status code 401`, `401 Client Error: Unauthorized for url: {url:word}`, `Request failed with status code 401`, `statusCode: 401`, `(401) Unauthorized`,
		`HTTP response code: 401 for URL: {url:word}`, `HTTP response code: 401`, `HTTP-Code: 401`,
		`status code: 401`, `status code 401`, `status: 401`, `returned error: 401`, `got 401 from {url:word}`, `got 401`,
		`Unauthorized! Token may have expired! Please log-in again. Unauthorized`, `Unauthorized! Token may have expired! Please log-in again.`,
		`Unauthorized! Configured service account doesn't have access. Service account may have been revoked. Unauthorized`,
		`Unauthorized! Configured service account doesn't have access. Service account may have been revoked.`,
	} {
		table = append(table, pattern{text: text, stage: HTTP, ids: ids})
	}
	return table
}

// withoutStatus removes a mere 401 if another message is more specific.
func withoutStatus(reasons []Reason) []Reason {
	var out []Reason
	for _, r := range reasons {
		if r.Stage != HTTP {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return reasons[:min(1, len(reasons))]
	}
	return out
}
