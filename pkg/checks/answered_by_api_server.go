package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A 401 or 403 without the headers and body of an API server comes from a proxy or a load balancer.
var answeredByAPIServer = Check{
	ID:        "answered-by-api-server",
	Title:     "source of the answer",
	Passed:    T("the API server"),
	Reference: "k8s.io/apiserver pkg/endpoints/filters/authentication.go",
	Finds:     []finding.ID{finding.AnswerNotFromAPIServer},
	Applies: func(c *Case) bool {
		w := c.Subject().Wire
		return !c.IsPlainHTTP() && (w.Known() || w.Failed(evidence.Unusable) || c.RefusedInHandshake())
	},
	Run: func(c *Case) Result {
		remedy := T("Check the proxy, gateway or load balancer at this address. If you can reach the API server directly, set its address as the cluster's server in the kubeconfig. The current address:")
		a := c.Subject().Wire.Value
		if f := c.Subject().Wire.Failure; f != nil {
			detail := T("the answer does not have the form of an API server's answer: %s", f.Said)
			if c.RefusedInHandshake() {
				detail = T("a server that terminates TLS rejected the client certificate in the handshake. An API server answers 401 instead")
			}
			return report(prove(finding.AnswerNotFromAPIServer, "%s", detail).
				Answered(f.Said).FixBy(remedy, run("kubectl config view --minify")))
		}
		if a.FromAPIServer {
			return pass(noDetail)
		}
		meaning, next := between(a)
		if !next.IsZero() {
			remedy = next
		}
		f := prove(finding.AnswerNotFromAPIServer, "the answer %s has neither an Audit-Id header nor a Kubernetes Status. %s", finding.Count(a.Status), meaning.Capital()).
			Seen("HTTP status", finding.Count(a.Status))
		for _, header := range []struct {
			name  finding.Text
			value finding.Value
		}{
			{T("Content-Type"), finding.Message(a.ContentType)}, {T("Server"), finding.Message(a.ServerHeader)}, {T("Location"), finding.URL.Of(a.Location)},
			{T("WWW-Authenticate"), finding.Message(a.Challenge)}, {T("page title"), finding.Message(a.PageTitle)},
		} {
			if !T("%s", header.value).IsZero() {
				f = f.SeenAt(header.name, header.value)
			}
		}
		return report(f.FixBy(remedy, run("kubectl config view --minify")))
	},
}

// between describes what answered in place of the API server, and the fix; the fix is empty where the general one applies.
func between(a evidence.Answer) (meaning, remedy finding.Text) {
	switch {
	case a.Status >= 300 && a.Status < 400:
		to := T("to another address")
		if _, rest, ok := strings.Cut(a.Location, "://"); ok {
			host, _, _ := strings.Cut(rest, "/")
			to = T("to %s", finding.Host.Of(host))
		}
		return T("a proxy or gateway redirects the client %s, as a login page does. No credential is sent to the target of a redirect", to),
			T("Set the API server's own address as the cluster's server in the kubeconfig. Or ask the administrator of the gateway to let kubectl pass without a browser login. The current address:")
	case a.Status == 407:
		return T("a proxy requires its own user name and password"),
			T("Set HTTPS_PROXY to an address with the proxy's user name and password, or add the API server's host to NO_PROXY. The host is in the output of:")
	case a.Status == 401 && a.Challenge != "":
		scheme, _, _ := strings.Cut(a.Challenge, " ")
		return T("a proxy or gateway requires its own authentication (%s). An API server sends no WWW-Authenticate header", finding.Standard(scheme)), noDetail
	case a.Status >= 502 && a.Status <= 504:
		return T("a gateway or load balancer answered, because it got no answer from the API server"),
			T("Check that the API server behind the gateway runs and passes the gateway's health checks. The gateway's address is in the output of:")
	case a.Status == 400 && strings.Contains(a.ContentType, "text/plain"):
		return T("the server at this address could not parse the request"), noDetail
	case a.PageTitle != "" || strings.Contains(a.ContentType, "html"):
		return T("the body is a web page from a proxy or gateway"), noDetail
	}
	return T("a proxy or gateway sent the answer"), noDetail
}
