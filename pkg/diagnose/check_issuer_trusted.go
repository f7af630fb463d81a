package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// legacyIssuer is what every Secret-based token has as its issuer.
const legacyIssuer = "kubernetes/serviceaccount"

const jwtSource = "k8s.io/kubernetes pkg/serviceaccount/jwt.go"

// clusterIssuer is the issuer that the cluster's discovery document names, if it
// could be read. Others may be accepted beside it, and are invisible.
func clusterIssuer(e *evidence.Evidence) (string, bool) {
	if d := e.Cluster.Value.Discovery; e.Cluster.Known() && d.Known() {
		return d.Value.Issuer, d.Value.Issuer != ""
	}
	return "", false
}

// A token of an issuer that the server does not know is nobody's business: every
// authenticator passes it on, and the answer is the bare `invalid bearer token`.
var issuerTrusted = Check{
	ID:        "issuer-trusted",
	Stage:     StageSignature,
	Title:     "the server knows the token's issuer",
	Reference: jwtSource + " (hasCorrectIssuer)",
	Finds:     []finding.ID{finding.IssuerNotTrusted},
	Applies:   readable,
	Run: func(e *evidence.Evidence) Result {
		t := e.Token()
		iss := t.Issuer()
		known, all := knownIssuers(e)
		own, haveOwn := clusterIssuer(e)
		listed := slices.IndexFunc(known, func(k knownIssuer) bool { return k.url == iss })
		silent := bare(e) && wellWritten(e)
		switch {
		case authenticated(e):
			return pass(quote(iss))
		case takenUp(e):
			return pass("an authenticator took the token up and refused it for another reason")
		case t.Kind == token.KindLegacyServiceAccount && iss == legacyIssuer:
			return pass(quote(iss) + ", the issuer of all Secret-based tokens")
		case haveOwn && own == iss:
			return pass(quote(iss) + ", the cluster's own")
		case listed >= 0 && !silent:
			return pass(quote(iss) + ", by " + known[listed].where)
		case bare(e) && !silent:
			// Something is wrong with the writing, which the server answers in the same
			// way: nothing can be said of the issuer.
			return unknown("the token cannot be judged by its issuer before it can be read")
		}
		webhook, haveWebhook := flagOf(e, webhookFlag)
		certainty, detail := finding.Possible, "the token was issued by "+quote(iss)
		const deaf = ", and no authenticator of the server took it for its own: it answers `invalid bearer token` and nothing else, as it does to a token of an issuer it is not configured for"
		switch {
		case silent && haveWebhook && !webhook.set():
			// With no webhook to blame, the server's answer leaves no other explanation.
			certainty, detail = finding.Proved, detail+deaf
		case silent && haveWebhook && !all:
			detail += ", and neither an authenticator of the server nor its webhook took the token; whether the issuer is for one of them, or for the webhook, is not known"
		case silent && haveWebhook:
			certainty = finding.Proved
			detail += ", which none of the server's authenticators is configured for, and its webhook, which gets the tokens that they leave, did not take it either"
		case silent:
			certainty, detail = finding.Eliminated, detail+deaf
		case all && refused(e) && (!haveWebhook || webhook.set()):
			detail += ", and the server is configured for " + quoted(urls(known)) + "; whether a webhook takes tokens of the issuer is not known"
		case all && refused(e):
			certainty = finding.Proved
			detail += ", and the server is configured for " + quoted(urls(known))
		case len(known) == 0:
			return unknown(fmt.Sprintf("the token was issued by %s; which issuers the server takes could not be read: %s", quote(iss), discoveryReason(e)), finding.IssuerNotTrusted)
		}
		near, how := nearMiss(e, iss)
		switch {
		case how != "" && near.url == own:
			detail += "; the cluster's own issuer is " + quote(own) + ", " + how
		case how != "":
			detail += "; the server knows " + quote(near.url) + ", and " + how
		case haveOwn:
			detail += "; the cluster's own issuer is " + quote(own)
		}
		f := finding.New(finding.IssuerNotTrusted, certainty, detail).See("iss of the token", short(iss))
		f = seeIssuers(e, f, near)
		if silent {
			f = f.See(statusError, invalidBearerToken)
		}
		if certainty == finding.Eliminated {
			f = f.See("ruled out, because", "the token is a well-formed JWT, reviewed for the server's own audiences; a webhook authenticator that says no without a reason would look the same")
		}
		if listed >= 0 {
			f = f.See("not what was answered", known[listed].where+" names this issuer: the Pod is not of the API server that answered, or not up to date")
		}
		if how != "" {
			command := ""
			if t.Kind == token.KindServiceAccount {
				command = "kubectl authn discover"
			}
			f = f.Do("The token's `iss` and the issuer that the server knows have to be the same to the letter: correct --service-account-issuer, issuer.url or --oidc-issuer-url on one side or the other, and get a new token.", command)
		} else if t.Kind == token.KindServiceAccount {
			f = f.Do("Use a token of this cluster; check that the kubeconfig's server is the cluster that issued the token.", "kubectl authn discover")
		} else {
			command := ""
			if strings.HasPrefix(iss, "https://") && short(iss) == iss {
				command = "kubectl authn discover --issuer-url " + word(iss)
			}
			f = f.Do("Compare `iss`, to the letter, with issuer.url in the server's AuthenticationConfiguration (or --oidc-issuer-url), and get the token of the issuer that stands there.", command)
		}
		return report(f)
	},
}

// seeIssuers adds what is known of the issuers that the server takes tokens of.
func seeIssuers(e *evidence.Evidence, f finding.Finding, near knownIssuer) finding.Finding {
	if own, ok := clusterIssuer(e); ok {
		f = f.See("issuer of the cluster (discovery document)", own)
	}
	var flags []flag
	for _, name := range []string{"service-account-issuer", "oidc-issuer-url", "authentication-config", webhookFlag} {
		if given, ok := flagOf(e, name); ok && (given.set() || name == webhookFlag) {
			flags = append(flags, given)
		}
	}
	f = seen(f, flags...)
	if counts(e, near.url) {
		f = f.See(e.Configuration.Authenticators.Source, "counts tokens of an issuer with the hash of "+near.url)
	}
	return f
}

func urls(known []knownIssuer) []string {
	out := make([]string, 0, len(known))
	for _, k := range known {
		out = append(out, k.url)
	}
	return out
}

// takenUp reports whether some JWT authenticator knew the issuer: only then does the
// server give a reason of its own.
func takenUp(e *evidence.Evidence) bool {
	for _, r := range e.Subject().Reviews {
		if r.Answer.Known() && !r.Answer.Value.Authenticated && takenUpIn(r.Answer.Value.Error) {
			return true
		}
	}
	return false
}

func takenUpIn(text string) bool {
	return slices.ContainsFunc(errortext.Parse(text), func(r errortext.Reason) bool {
		switch r.Stage {
		case errortext.ServiceAccount, errortext.LegacyServiceAccount, errortext.OIDC:
			return true
		}
		return false
	})
}

func discoveryReason(e *evidence.Evidence) string {
	if !e.Cluster.Known() {
		return e.Cluster.Reason()
	}
	return e.Cluster.Value.Discovery.Reason()
}
