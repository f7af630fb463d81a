package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A 401 or 403 without the marks of an API server is somebody else's.
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
		remedy := T("Look at the proxy, gateway or load balancer at that address; ask the API server itself, if you can reach it.")
		a := c.Subject().Wire.Value
		if f := c.Subject().Wire.Failure; f != nil {
			detail := T("the answer is none that an API server gives: %s", f.Said)
			if c.RefusedInHandshake() {
				detail = T("whoever ends TLS refuses the client certificate in the handshake, which an API server never does: it answers 401")
			}
			return report(prove(finding.AnswerNotFromAPIServer, "%s", detail).
				Seen("SelfSubjectReview with the credential", f.Said).FixBy(remedy, run("kubectl config view --minify")))
		}
		if a.FromAPIServer {
			return pass(noDetail)
		}
		meaning, next := between(a)
		if !next.IsZero() {
			remedy = next
		}
		f := prove(finding.AnswerNotFromAPIServer, "the answer %s has neither an Audit-Id header nor a Kubernetes Status: %s", finding.Count(a.Status), meaning).
			Seen("HTTP status", finding.Count(a.Status))
		for _, header := range []struct {
			name  finding.Text
			value finding.Value
		}{
			{T("Content-Type"), finding.Message(a.ContentType)}, {T("Server"), finding.Message(a.ServerHeader)}, {T("Location"), finding.URL.Of(a.Location)},
			{T("authentication asked for"), finding.Message(a.Challenge)}, {T("title of the page"), finding.Message(a.PageTitle)},
		} {
			if !T("%s", header.value).IsZero() {
				f = f.SeenAt(header.name, header.value)
			}
		}
		return report(f.FixBy(remedy, run("kubectl config view --minify")))
	},
}

// between says what stands between here and the API server, as far as its answer tells,
// and what to do about it; empty where nothing better is known.
func between(a evidence.Answer) (meaning, remedy finding.Text) {
	switch {
	case a.Status >= 300 && a.Status < 400:
		to := T("elsewhere")
		if _, rest, ok := strings.Cut(a.Location, "://"); ok {
			host, _, _ := strings.Cut(rest, "/")
			to = T("to %s", finding.Host.Of(host))
		}
		return T("something between here and the API server sends its clients %s, as a login page does; no credential is sent after a redirect", to),
			T("Use the API server's own address. A gateway that wants a login in a browser lets kubectl through only where it is told to.")
	case a.Status == 407:
		return T("a proxy on the way asks for a user name and a password of its own"),
			T("Write the proxy's user name and password into its address (HTTPS_PROXY), or exempt the API server with NO_PROXY.")
	case a.Status == 401 && a.Challenge != "":
		scheme, _, _ := strings.Cut(a.Challenge, " ")
		return T("something between here and the API server asks for authentication of its own (%s); an API server names no scheme", finding.Standard(scheme)), noDetail
	case a.Status >= 502 && a.Status <= 504:
		return T("a gateway or load balancer answered, and did not get an answer from the API server behind it"),
			T("Look at the API server behind the gateway: whether it runs, and whether the gateway's health checks find it.")
	case a.Status == 400 && strings.Contains(a.ContentType, "text/plain"):
		return T("whoever listens there could not read the request"), noDetail
	case a.PageTitle != "" || strings.Contains(a.ContentType, "html"):
		return T("it is a web page, which something between here and the API server gave"), noDetail
	}
	return T("something between here and the API server gave it"), noDetail
}
