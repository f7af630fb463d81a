package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
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
		known, haveKnown := clusterIssuer(e)
		switch {
		case authenticated(e):
			return pass(quote(iss))
		case takenUp(e):
			return pass("an authenticator took the token up and refused it for another reason")
		case t.Kind == token.KindLegacyServiceAccount && iss == legacyIssuer:
			return pass(quote(iss) + ", the issuer of all Secret-based tokens")
		case haveKnown && known == iss:
			return pass(quote(iss) + ", the cluster's own")
		}
		certainty, detail := finding.Possible, "the token was issued by "+quote(iss)
		switch {
		case bare(e) && wellWritten(e):
			certainty = finding.Eliminated
			detail += ", and no authenticator of the server took it for its own: it answers `invalid bearer token` and nothing else, as it does to a token of an issuer it is not configured for"
		case bare(e):
			// Something is wrong with the writing, which the server answers in the same
			// way: nothing can be said of the issuer.
			return unknown("the token cannot be judged by its issuer before it can be read")
		case !haveKnown:
			return unknown(fmt.Sprintf("the token was issued by %s; which issuers the server takes could not be read: %s", quote(iss), discoveryReason(e)), finding.IssuerNotTrusted)
		}
		if haveKnown {
			detail += "; the cluster's own issuer is " + quote(known)
			if near := keyset.NearMiss(iss, known); near != "" {
				detail += ", " + near
			}
		}
		f := finding.New(finding.IssuerNotTrusted, certainty, detail).See("iss of the token", short(iss))
		if haveKnown {
			f = f.See("issuer of the cluster (discovery document)", known)
		}
		if certainty == finding.Eliminated {
			f = f.See(statusError, "invalid bearer token").
				See("ruled out, because", "the token is a well-formed JWT, reviewed for the server's own audiences; a webhook authenticator that says no without a reason would look the same")
		}
		if t.Kind == token.KindServiceAccount {
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
