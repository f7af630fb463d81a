package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

const jwtSource = "k8s.io/kubernetes pkg/serviceaccount/jwt.go"

// A token of an issuer that the server does not know is nobody's business: every
// authenticator passes it on, and the answer is the bare `invalid bearer token`.
var issuerTrusted = Check{
	ID:        "issuer-trusted",
	Title:     "token issuer",
	Reference: jwtSource + " (hasCorrectIssuer)",
	Finds:     []finding.ID{finding.IssuerNotTrusted},
	Applies:   (*Case).HasReadableClaims,
	Run: func(c *Case) Result {
		iss := c.Token().Issuer()
		own, haveOwn := c.ClusterIssuer()
		is := c.IssuerTrust()
		certainty, detail := is.State.Certainty(), T("the token was issued by %q", finding.Issuer.Of(iss))
		switch is.State {
		case diagnose.IssuerAccepted, diagnose.IssuerOfSecrets, diagnose.IssuerOfCluster:
			return pass(T("trusted: %q%s", finding.Issuer.Of(iss), trustedIssuer[is.State]))
		case diagnose.IssuerConfigured:
			return pass(T("trusted: %q, by %s", finding.Issuer.Of(iss), is.ListedBy))
		case diagnose.IssuerTakenUp:
			return pass(T("trusted: an authenticator read the token and rejected it for another reason"))
		case diagnose.IssuerNotReached:
			return unknown(T("the token cannot be judged by its issuer before it can be read"))
		case diagnose.IssuerUnseen:
			return unknown(T("%s; which issuers the server takes could not be read: %s", detail, discoveryReason(c)), finding.IssuerNotTrusted)
		case diagnose.IssuerLeftToWebhook, diagnose.IssuerNotConfigured:
			detail = T("%s, and the server is configured for %s", detail, quotedNames(finding.Issuer, urls(is.Known)))
		}
		detail = T("%s%s", detail, deniedIssuer[is.State])
		near, how := c.NearMiss(iss)
		switch {
		case !how.IsZero() && near.URL == own:
			detail = T("%s; the cluster's own issuer is %q, %s", detail, finding.Issuer.Of(own), how)
		case !how.IsZero():
			detail = T("%s; the server knows %q, and %s", detail, finding.Issuer.Of(near.URL), how)
		case haveOwn:
			detail = T("%s; the cluster's own issuer is %q", detail, finding.Issuer.Of(own))
		}
		f := seeIssuers(c, finding.Found(finding.IssuerNotTrusted, certainty, "%s", detail).Seen("iss of the token", finding.Issuer.Of(iss)), near)
		if is.State.Ignored() {
			f = f.Seen(statusError, finding.Message(invalidBearerToken))
		}
		if certainty == finding.Eliminated {
			f = f.Seen("ruled out, because", T("the token is a well-formed JWT, reviewed for the server's own audiences; a webhook authenticator that says no without a reason would look the same"))
		}
		if !is.ListedBy.IsZero() {
			f = f.Seen("not what was answered", T("%s names this issuer: the Pod is not of the API server that answered, or not up to date", is.ListedBy))
		}
		return report(f.FixBy(issuerRemedy(c.Token(), !how.IsZero())))
	},
}

// longestIssuer is the length up to which an issuer is put into a command, in bytes: a sentence
// shows as much.
const longestIssuer = 200

// issuerRemedy is what to do about an issuer that the server does not know; near says that it
// differs from a known one by what people overlook.
func issuerRemedy(t *token.Token, near bool) (advice finding.Text, command finding.Command) {
	own, iss := t.Kind == token.KindServiceAccount, t.Issuer()
	switch discover := run("kubectl authn discover"); {
	case near && own:
		return T(sameIssuer), discover
	case near:
		return T(sameIssuer), finding.Command{}
	case own:
		return T("Use a token of this cluster; check that the kubeconfig's server is the cluster that issued the token."), discover
	case strings.HasPrefix(iss, "https://") && len(iss) <= longestIssuer:
		return T(compareIssuer), discover.Flag("--issuer-url", finding.Issuer.Of(iss))
	}
	return T(compareIssuer), finding.Command{}
}

const (
	sameIssuer    = "The token's `iss` and the issuer that the server knows have to be the same to the letter: correct --service-account-issuer, issuer.url or --oidc-issuer-url on one side or the other, and get a new token."
	compareIssuer = "Compare `iss`, to the letter, with issuer.url in the server's AuthenticationConfiguration (or --oidc-issuer-url), and get the token of the issuer that stands there."
)

// trustedIssuer is what is said behind an issuer that the server knows.
var trustedIssuer = map[diagnose.IssuerState]finding.Text{
	diagnose.IssuerOfSecrets: T(", the issuer of all Secret-based tokens"),
	diagnose.IssuerOfCluster: T(", the cluster's own"),
}

const ignoredIssuer = ", and no authenticator of the server took it for its own: it answers `invalid bearer token` and nothing else, as it does to a token of an issuer it is not configured for"

// deniedIssuer is what is said behind an issuer that the server may not know.
var deniedIssuer = map[diagnose.IssuerState]finding.Text{
	diagnose.IssuerIgnoredWithoutWebhook: T(ignoredIssuer),
	diagnose.IssuerIgnored:               T(ignoredIssuer),
	diagnose.IssuerIgnoredByKnown:        T(", and neither an authenticator of the server nor its webhook took the token; whether the issuer is for one of them, or for the webhook, is not known"),
	diagnose.IssuerIgnoredByAll:          T(", which none of the server's authenticators is configured for, and its webhook, which gets the tokens that they leave, did not take it either"),
	diagnose.IssuerLeftToWebhook:         T("; whether a webhook takes tokens of the issuer is not known"),
}

// seeIssuers adds what is known of the issuers that the server takes tokens of.
func seeIssuers(c *Case, f finding.Finding, near diagnose.KnownIssuer) finding.Finding {
	if own, ok := c.ClusterIssuer(); ok {
		f = f.Seen("issuer of the cluster (discovery document)", finding.Issuer.Of(own))
	}
	var flags []diagnose.Flag
	for _, name := range []string{"service-account-issuer", "oidc-issuer-url", "authentication-config", diagnose.WebhookFlag} {
		if given, ok := c.Flag(name); ok && (given.Set() || name == diagnose.WebhookFlag) {
			flags = append(flags, given)
		}
	}
	f = seen(f, flags...)
	if c.CountsIssuer(near.URL) {
		f = f.SeenAt(c.Configuration.Authenticators.Source, T("counts tokens of an issuer with the hash of %s", finding.Issuer.Of(near.URL)))
	}
	return f
}

func urls(known []diagnose.KnownIssuer) []string {
	out := make([]string, 0, len(known))
	for _, k := range known {
		out = append(out, k.URL)
	}
	return out
}

func discoveryReason(c *Case) finding.Text {
	if !c.Cluster.Known() {
		return c.Cluster.Reason()
	}
	return c.Cluster.Value.Discovery.Reason()
}
