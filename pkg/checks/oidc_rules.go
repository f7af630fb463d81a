package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// What an OIDC issuer's rules want, only the server's words tell.
var oidcRules = Check{
	ID:        "oidc-rules",
	Title:     "issuer's claim rules",
	Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go",
	Finds: []finding.ID{
		finding.OIDCNotInitialized, finding.JWKSUnreachable, finding.OIDCKeyCacheStale, finding.OIDCAccessToken, finding.OIDCUsernameClaimMissing,
		finding.OIDCGroupsClaimInvalid, finding.OIDCEmailNotVerified, finding.OIDCRequiredClaim,
		finding.OIDCClaimValidationFailed, finding.OIDCUserValidationFailed, finding.OIDCClaimMappingFailed,
	},
	Applies: func(c *Case) bool { return c.HasReadableClaims() && c.Token().Kind == token.KindJWT },
	Run: func(c *Case) Result {
		if c.Authenticated() {
			return pass(T("met: the API server maps the token to a user"))
		}
		fixes := map[finding.ID]finding.Text{
			finding.OIDCNotInitialized:        T("See that the API server can reach the issuer's discovery document and trusts its TLS certificate; its log says what it met."),
			finding.JWKSUnreachable:           T("See that the API server can reach the issuer's jwks_uri and trusts its TLS certificate; tokens of the keys that it remembers go on working."),
			finding.OIDCUsernameClaimMissing:  T("Have the issuer put the claim into ID tokens, or map another one in the AuthenticationConfiguration."),
			finding.OIDCGroupsClaimInvalid:    T("Have the issuer send the groups as a list of strings."),
			finding.OIDCEmailNotVerified:      T("Verify the address at the issuer; `email_verified` has to be the JSON value true."),
			finding.OIDCRequiredClaim:         T("Get a token in which the claim has the value that is wanted."),
			finding.OIDCClaimValidationFailed: T("Compare the claims with the expression of the rule in the AuthenticationConfiguration."),
			finding.OIDCUserValidationFailed:  T("Compare the mapped user with the expression of the rule in the AuthenticationConfiguration."),
			finding.OIDCClaimMappingFailed:    T("Compare the claims with the mapping's expression in the AuthenticationConfiguration."),
		}
		var findings []finding.Finding
		for _, id := range []finding.ID{
			finding.OIDCNotInitialized, finding.JWKSUnreachable, finding.OIDCUsernameClaimMissing, finding.OIDCGroupsClaimInvalid, finding.OIDCEmailNotVerified,
			finding.OIDCRequiredClaim, finding.OIDCClaimValidationFailed, finding.OIDCUserValidationFailed, finding.OIDCClaimMappingFailed,
		} {
			if reason, ok := c.ServerSettles(id); ok {
				findings = append(findings, prove(id, "the server says: %s", finding.Message(reason.Text)).Seen(statusError, finding.Message(reason.Text)).FixBy(fixes[id], finding.Command{}))
			}
		}
		if reason, _, ok := c.ServerNames(finding.OIDCAccessToken); ok && accessToken(c.Token()) {
			findings = append(findings, prove(finding.OIDCAccessToken, "the token says of itself that it is an access token, and the server takes ID tokens: %s", accessWords(c.Token())).
				Seen(statusError, finding.Message(reason.Text)).Fix("Send the ID token of the same login.", finding.Command{}))
		}
		if reason, _, ok := c.ServerNames(finding.OIDCKeyCacheStale); ok {
			if c.Signature().State == diagnose.SignatureVerified {
				findings = append(findings, keysRead(c, prove(finding.OIDCKeyCacheStale, "the issuer publishes the key, and the token verifies with it; the server still refuses it, because it remembers the keys from before")).
					Seen(statusError, finding.Message(reason.Text)).Fix("Wait until the key set's Cache-Control lifetime is over, or have the API server load its configuration again.", finding.Command{}))
			} else if !c.Keys().Unread.IsZero() {
				findings = append(findings, keysRead(c, finding.Found(finding.OIDCKeyCacheStale, finding.Possible, "whether the issuer publishes the key was not looked at; --issuer-url does")))
			}
		}
		switch {
		case len(findings) > 0:
			return report(findings...)
		case c.TakenUp():
			return pass(T("not the reason: the API server names another fault"))
		}
		return unknown(T("which rules the server has for this issuer, only its own words tell"))
	},
}

// keysRead adds when the API server read the issuer's keys, where its metrics tell.
func keysRead(c *Case, f finding.Finding) finding.Finding {
	a := c.Configuration.Authenticators
	keys := a.Value.Issuers[diagnose.HashOf(c.Token().Issuer())]
	now, _ := c.ServerNow()
	if !keys.Read.IsZero() {
		f = f.SeenAt(a.Source, T("the API server last read the issuer's keys on %s, %s ago", finding.Time(keys.Read), finding.Duration(now.Sub(keys.Read))))
	}
	if keys.Failed.After(keys.Read) {
		f = f.SeenAt(a.Source, T("the API server last tried in vain to read the issuer's keys on %s, %s ago", finding.Time(keys.Failed), finding.Duration(now.Sub(keys.Failed))))
	}
	return f
}
