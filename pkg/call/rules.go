// Package call is the client of `call`: it sends a token to a service and reads the answer. Tokens of the API server
// are not sent to others.
package call

import (
	"net/url"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
)

// Rule is why a token is not sent.
type Rule string

// The rules, each for a token that the API server may accept, and one for a token that no client can send.
const (
	NoAudience        Rule = "no-audience"
	OwnIssuer         Rule = "own-issuer"
	APIServerAudience Rule = "api-server-audience"
	Legacy            Rule = "legacy"
	Bootstrap         Rule = "bootstrap"
	Opaque            Rule = "opaque"
	Accepted          Rule = "accepted"
	NotSendable       Rule = "not-sendable"
)

// NotSent is the error for a token that is not sent.
type NotSent struct {
	Rule Rule
	text finding.Text
}

func (e *NotSent) Error() string { return e.text.String() }

// Text returns the error message with its values.
func (e *NotSent) Text() finding.Text { return e.text }

func notSent(rule Rule, why finding.Text) *NotSent {
	return &NotSent{rule, finding.T("the token was not sent: %s", why)}
}

// ForAPIServer returns a *NotSent if the token itself shows that the API server may accept it; nil if it does not.
func ForAPIServer(t *token.Token) error {
	switch t.Kind {
	case token.KindBootstrap:
		return notSent(Bootstrap, finding.T("it is a bootstrap token, which is for the API server"))
	case token.KindOpaque, token.KindAWSIAM:
		return notSent(Opaque, finding.T("it is not a JWT, so nothing shows that it is not for the API server"))
	case token.KindLegacyServiceAccount:
		return notSent(Legacy, finding.T("it is the token of a Secret, which the API server accepts"))
	}
	audiences, _ := t.Audience()
	if len(audiences) == 0 {
		return notSent(NoAudience, finding.T("it names no audience, so the API server may accept it"))
	}
	for _, a := range audiences {
		switch {
		case same(a, t.Issuer()):
			return notSent(OwnIssuer, finding.T("its audience %q is its own issuer, which is how the API server's tokens look", finding.Audience.Of(a)))
		case isAPIServers(a):
			return notSent(APIServerAudience, finding.T("its audience %q is a usual audience of API servers", finding.Audience.Of(a)))
		}
	}
	return nil
}

// AcceptedBy is the error for a token that the API server of the kubeconfig accepts.
func AcceptedBy(server, user string) error {
	return notSent(Accepted, finding.T("the API server %s accepts it as %s", finding.URL.Of(server), finding.User.Of(user)))
}

// Sendable returns a *NotSent if no HTTP client can send the token, or if it is empty.
func Sendable(t *token.Token) error {
	switch sent := t.Sent(); {
	case !sent.Possible:
		return notSent(NotSendable, sent.Reason)
	case sent.Read == "":
		return notSent(NotSendable, finding.T("it is empty"))
	}
	return nil
}

// same compares an audience and an issuer. A slash at the end makes no difference here.
func same(audience, issuer string) bool {
	return issuer != "" && strings.TrimRight(audience, "/") == strings.TrimRight(issuer, "/")
}

// apiServers are audiences that distributions configure with --api-audiences: kops, k3s and RKE2.
var apiServers = []string{"kubernetes.svc.default", "k3s", "rke2"}

// apiServerHosts are the names of the API server in a cluster; the domain of the cluster may follow the last one.
var apiServerHosts = []string{"kubernetes.default", "kubernetes.default.svc"}

// apiServerDomains are the domains of API servers whose URL is the default audience: AKS, EKS, and the issuers of GKE.
var apiServerDomains = []string{".azmk8s.io", ".eks.amazonaws.com"}

// isAPIServers reports whether an audience is one that API servers usually have.
func isAPIServers(audience string) bool {
	a := strings.ToLower(audience)
	if slices.Contains(apiServers, a) {
		return true
	}
	if u, err := url.Parse(a); err == nil && u.Host != "" {
		if u.Host == "container.googleapis.com" && strings.HasPrefix(u.Path, "/v1/projects/") {
			return true
		}
		a = u.Hostname()
	} else if host, _, ok := strings.Cut(a, ":"); ok {
		a = host
	}
	a = strings.TrimRight(a, "./")
	return slices.Contains(apiServerHosts, a) || strings.HasPrefix(a, "kubernetes.default.svc.") ||
		slices.ContainsFunc(apiServerDomains, func(d string) bool { return strings.HasSuffix(a, d) })
}

// The errors for a URL.
var (
	ErrNotURL   = finding.Errorf("URL is not an https URL such as https://web.example/api")
	ErrUserInfo = finding.Errorf("URL has a user name or password, and the credential is CREDENTIAL alone")
	// ErrPlainHTTP is about a host that is not this machine and no Service of the cluster that the program runs in.
	ErrPlainHTTP = finding.Errorf("the token was not sent: over plain http, everyone on the network can read it")
)

// Target parses the URL to call. inPod reports that the program runs in a Pod, where plain http to Services is usual, and
// plainHTTP that the user allows plain http. An error never repeats the URL.
func Target(written string, inPod, plainHTTP bool) (*url.URL, error) {
	u, err := url.Parse(written)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, ErrNotURL
	case u.User != nil:
		return nil, ErrUserInfo
	case !plainHTTP && !transport.Trusted(u) && !(inPod && isService(u.Hostname())):
		return nil, ErrPlainHTTP
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// isService reports whether a host is the name of a Service: NAME.NAMESPACE.svc, or with the usual domain of the cluster.
func isService(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	host = strings.TrimSuffix(host, ".cluster.local")
	name, ok := strings.CutSuffix(host, ".svc")
	return ok && name != "" && !strings.HasPrefix(name, ".")
}
