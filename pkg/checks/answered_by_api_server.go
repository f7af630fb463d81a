package checks

import (
	"fmt"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A 401 or 403 without the marks of an API server is somebody else's.
var answeredByAPIServer = Check{
	ID:        "answered-by-api-server",
	Title:     "the answer is an API server's",
	Reference: "k8s.io/apiserver pkg/endpoints/filters/authentication.go",
	Finds:     []finding.ID{finding.AnswerNotFromAPIServer},
	Applies: func(e *Case) bool {
		w := e.Subject().Wire
		return !e.IsPlainHTTP() && (w.Known() || w.Failed(evidence.Unusable) || e.RefusedInHandshake())
	},
	Run: func(e *Case) Result {
		remedy := "Look at the proxy, gateway or load balancer at that address; ask the API server itself, if you can reach it."
		a := e.Subject().Wire.Value
		if f := e.Subject().Wire.Failure; f != nil {
			detail := "the answer is none that an API server gives: " + f.Text
			if e.RefusedInHandshake() {
				detail = "whoever ends TLS refuses the client certificate in the handshake, which an API server never does: it answers 401"
			}
			return report(proved(finding.AnswerNotFromAPIServer, detail).See("SelfSubjectReview with the credential", f.Text).Do(remedy, "kubectl config view --minify"))
		}
		if a.FromAPIServer {
			return pass("")
		}
		meaning, next := between(a)
		if next != "" {
			remedy = next
		}
		f := proved(finding.AnswerNotFromAPIServer, fmt.Sprintf("the answer %d has neither an Audit-Id header nor a Kubernetes Status: %s", a.Status, meaning))
		f = f.See("HTTP status", fmt.Sprint(a.Status))
		for _, header := range []struct{ name, value string }{
			{"Content-Type", a.ContentType}, {"Server", a.ServerHeader}, {"Location", a.Location}, {"authentication asked for", a.Challenge}, {"title of the page", a.PageTitle},
		} {
			if header.value != "" {
				f = f.See(header.name, header.value)
			}
		}
		return report(f.Do(remedy, "kubectl config view --minify"))
	},
}

// between says what stands between here and the API server, as far as its answer tells,
// and what to do about it; empty where nothing better is known.
func between(a evidence.Answer) (meaning, remedy string) {
	switch {
	case a.Status >= 300 && a.Status < 400:
		to := "elsewhere"
		if _, rest, ok := strings.Cut(a.Location, "://"); ok {
			host, _, _ := strings.Cut(rest, "/")
			to = "to " + short(host)
		}
		return "something between here and the API server sends its clients " + to + ", as a login page does; no credential is sent after a redirect",
			"Use the API server's own address. A gateway that wants a login in a browser lets kubectl through only where it is told to."
	case a.Status == 407:
		return "a proxy on the way asks for a user name and a password of its own",
			"Write the proxy's user name and password into its address (HTTPS_PROXY), or exempt the API server with NO_PROXY."
	case a.Status == 401 && a.Challenge != "":
		scheme, _, _ := strings.Cut(a.Challenge, " ")
		return fmt.Sprintf("something between here and the API server asks for authentication of its own (%s); an API server names no scheme", short(scheme)), ""
	case a.Status >= 502 && a.Status <= 504:
		return "a gateway or load balancer answered, and did not get an answer from the API server behind it",
			"Look at the API server behind the gateway: whether it runs, and whether the gateway's health checks find it."
	case a.Status == 400 && strings.Contains(a.ContentType, "text/plain"):
		return "whoever listens there could not read the request", ""
	case a.PageTitle != "" || strings.Contains(a.ContentType, "html"):
		return "it is a web page, which something between here and the API server gave", ""
	}
	return "something between here and the API server gave it", ""
}
