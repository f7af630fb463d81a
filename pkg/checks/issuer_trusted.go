package checks

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

const jwtSource = "k8s.io/kubernetes pkg/serviceaccount/jwt.go"

// Every authenticator ignores a token of an issuer that it is not configured for, and the API server only answers
// `invalid bearer token`.
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
		shown := T("%s", finding.Issuer.Of(iss))
		if iss == "" {
			detail, shown = T("the token has no issuer (`iss`)"), T("absent")
		}
		switch is.State {
		case diagnose.IssuerAccepted, diagnose.IssuerOfSecrets, diagnose.IssuerOfCluster:
			return pass(T("trusted (%q%s)", finding.Issuer.Of(iss), trustedIssuer[is.State]))
		case diagnose.IssuerConfigured:
			return pass(T("trusted (%q, configured in %s)", finding.Issuer.Of(iss), is.ListedBy))
		case diagnose.IssuerTakenUp:
			return pass(T("trusted: an authenticator read the token and rejected it for another reason"))
		case diagnose.IssuerNotReached:
			return unknown(T("the API server may not have read the token as far as its issuer"))
		case diagnose.IssuerUnseen:
			return unknown(T("%s. The issuers that the API server trusts could not be read: %s", detail, discoveryReason(c)), finding.IssuerNotTrusted)
		case diagnose.IssuerLeftToWebhook, diagnose.IssuerNotConfigured:
			detail = T("%s, and the API server is configured for %s", detail, quotedNames(finding.Issuer, urls(is.Known)))
		}
		detail = T("%s%s", detail, deniedIssuer[is.State])
		near, how := c.NearMiss(iss)
		switch {
		case !how.IsZero() && near.URL == own:
			detail = T("%s. The cluster's own issuer is %q, and %s", detail, finding.Issuer.Of(own), how)
		case !how.IsZero():
			detail = T("%s. The API server trusts %q, and %s", detail, finding.Issuer.Of(near.URL), how)
		case c.Simulated && len(urls(is.Known)) > 0 && is.State.Ignored():
			detail = T("%s. The configuration has %s", detail, quotedNames(finding.Issuer, urls(is.Known)))
		case haveOwn && !slices.Contains(urls(is.Known), own):
			detail = T("%s. The cluster's own issuer is %q", detail, finding.Issuer.Of(own))
		}
		f := seeIssuers(c, finding.Found(finding.IssuerNotTrusted, certainty, "%s", detail).Seen("iss of the token", shown), near)
		if is.State.Ignored() {
			f = f.Quote(finding.Message(invalidBearerToken))
		}
		if certainty == finding.Eliminated {
			f = f.RuleOut(T("the token is a well-formed JWT and was reviewed for the API server's own audiences. A webhook that rejects tokens without a reason would look the same"))
		}
		if !is.ListedBy.IsZero() {
			f = f.Seen("differs from the answer", T("%s names this issuer. The Pod belongs to another API server or is out of date", is.ListedBy))
		}
		return report(issuerFix(c, f, !how.IsZero()))
	},
}

// longestIssuer is the maximum length of an issuer in a command, in bytes. A sentence shows as much.
const longestIssuer = 200

// issuerFix adds the fix for an issuer that the API server does not trust. near reports that the issuer is similar
// to a trusted one.
func issuerFix(c *Case, f finding.Finding, near bool) finding.Finding {
	t := c.Token()
	own, iss := t.Kind == token.KindServiceAccount, t.Issuer()
	trusted, _ := c.NearMiss(iss)
	switch discover := run("kubectl authn discover"); {
	case near && keyset.EntraVersions(iss, trusted.URL):
		return entraFix(c, f)
	case near && keyset.Placeholder(trusted.URL) != "":
		return f.Step(c.Ask(T("Write the value instead of %s in the configured issuer, and restart the API server if it has no AuthenticationConfiguration.", finding.Quoted(keyset.Placeholder(trusted.URL))),
			T("Ask an administrator to write the value instead of %s in the configured issuer.", finding.Quoted(keyset.Placeholder(trusted.URL))), finding.Command{}))
	case near && own:
		return replaceToken(c, f, noDetail).
			Step(c.Ask(T("Add the issuer to the API server as a further `--service-account-issuer`, if its other tokens must work again."),
				T("Ask an administrator to add the issuer as a further `--service-account-issuer`, if its other tokens must work again."), discover))
	case near:
		return f.Step(c.Ask(T("Correct the issuer"+sameIssuer), T("Ask an administrator to correct the issuer"+sameIssuer), finding.Command{}))
	case own:
		f = f.Fix("Check that the server in the kubeconfig is the cluster that issued the token.", discover)
		return replaceToken(c, f, T("Or use a token of this cluster."))
	case iss == "":
		f = f.Fix("Request a token that has the claim `iss`. The API server compares it with the configured issuers.", finding.Command{})
	case strings.HasPrefix(iss, "https://") && len(iss) <= longestIssuer:
		f = f.Fix(compareIssuer, discover.Flag("--issuer-url", finding.Issuer.Of(iss)))
	default:
		f = f.Fix(compareIssuer, finding.Command{})
	}
	return logIn(c, f)
}

// entraFix is the fix for a token of the other version of an Entra tenant's tokens.
func entraFix(c *Case, f finding.Finding) finding.Finding {
	is := T("This is a v2 token.")
	if c.Token().Claims["ver"] == "1.0" || strings.Contains(c.Token().Issuer(), "sts.") {
		is = T("This is a v1 token.")
	}
	if isAccessToken(c.Token()) || c.Token().Claims["appid"] != nil {
		f = f.FixBy(T("%s Send the ID token of the v2.0 endpoint, not an access token. The version of access tokens is `requestedAccessTokenVersion` (`accessTokenAcceptedVersion`) in the manifest of the application that the token is for.", is), finding.Command{})
	} else {
		f = f.FixBy(T("%s Request the token from the endpoint of the configured version: ID tokens of the v2.0 endpoint have the v2 issuer. The version of access tokens is `requestedAccessTokenVersion` in the manifest of the application.", is), finding.Command{})
	}
	return f.Step(c.Ask(T("Or configure the issuer of these tokens."), T("Or ask an administrator to configure the issuer of these tokens."), finding.Command{}))
}

const (
	sameIssuer    = ": `iss` of the token must equal `issuer.url` or `--oidc-issuer-url` exactly. Then request a new token."
	compareIssuer = "Compare `iss` of the token with `issuer.url` in the AuthenticationConfiguration (or `--oidc-issuer-url`). Both must be exactly equal."
)

// trustedIssuer continues the sentence about a trusted issuer.
var trustedIssuer = map[diagnose.IssuerState]finding.Text{
	diagnose.IssuerOfSecrets: T(", the issuer of all Secret-based tokens"),
	diagnose.IssuerOfCluster: T(", the cluster's own"),
}

const ignoredIssuer = ", and no authenticator of the API server accepted or rejected the token. The API server answers only `invalid bearer token`, as for a token of an issuer that is not configured"

// deniedIssuer continues the sentence about an issuer that may not be trusted.
var deniedIssuer = map[diagnose.IssuerState]finding.Text{
	diagnose.IssuerIgnoredWithoutWebhook: T(ignoredIssuer),
	diagnose.IssuerIgnored:               T(ignoredIssuer),
	diagnose.IssuerIgnoredByKnown:        T(", and neither an authenticator of the API server nor its webhook accepted the token. Which of them the issuer is configured for is not known"),
	diagnose.IssuerIgnoredByAll:          T(", and no authenticator of the API server is configured for that issuer. The webhook, which receives all other tokens, did not accept the token either"),
	diagnose.IssuerLeftToWebhook:         T(". Whether a webhook accepts tokens of the issuer is not known"),
}

// seeIssuers adds what the evidence shows about the issuers that the API server trusts.
func seeIssuers(c *Case, f finding.Finding, near diagnose.KnownIssuer) finding.Finding {
	own, ok := c.ClusterIssuer()
	switch {
	case near.URL != "" && near.URL != own:
		f = f.Seen("issuer that is trusted", finding.Issuer.Of(near.URL))
	case ok:
		f = f.Seen("cluster's issuer (discovery)", finding.Issuer.Of(own))
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
