package checks

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// What an OIDC issuer's rules want, only the server's words tell.
var oidcRules = Check{
	ID:        "oidc-rules",
	Title:     "the rules for the issuer's tokens are met",
	Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go",
	Finds: []finding.ID{
		finding.OIDCNotInitialized, finding.JWKSUnreachable, finding.OIDCKeyCacheStale, finding.OIDCAccessToken, finding.OIDCUsernameClaimMissing,
		finding.OIDCGroupsClaimInvalid, finding.OIDCEmailNotVerified, finding.OIDCRequiredClaim,
		finding.OIDCClaimValidationFailed, finding.OIDCUserValidationFailed, finding.OIDCClaimMappingFailed,
	},
	Applies: func(e *Case) bool { return e.HasReadableClaims() && e.Token().Kind == token.KindJWT },
	Run: func(e *Case) Result {
		if e.Authenticated() {
			return pass("the server maps the token to a user")
		}
		fixes := map[finding.ID]string{
			finding.OIDCNotInitialized:        "See that the API server can reach the issuer's discovery document and trusts its TLS certificate; its log says what it met.",
			finding.JWKSUnreachable:           "See that the API server can reach the issuer's jwks_uri and trusts its TLS certificate; tokens of the keys that it remembers go on working.",
			finding.OIDCUsernameClaimMissing:  "Have the issuer put the claim into ID tokens, or map another one in the AuthenticationConfiguration.",
			finding.OIDCGroupsClaimInvalid:    "Have the issuer send the groups as a list of strings.",
			finding.OIDCEmailNotVerified:      "Verify the address at the issuer; `email_verified` has to be the JSON value true.",
			finding.OIDCRequiredClaim:         "Get a token in which the claim has the value that is wanted.",
			finding.OIDCClaimValidationFailed: "Compare the claims with the expression of the rule in the AuthenticationConfiguration.",
			finding.OIDCUserValidationFailed:  "Compare the mapped user with the expression of the rule in the AuthenticationConfiguration.",
			finding.OIDCClaimMappingFailed:    "Compare the claims with the mapping's expression in the AuthenticationConfiguration.",
		}
		var findings []finding.Finding
		for _, id := range []finding.ID{
			finding.OIDCNotInitialized, finding.JWKSUnreachable, finding.OIDCUsernameClaimMissing, finding.OIDCGroupsClaimInvalid, finding.OIDCEmailNotVerified,
			finding.OIDCRequiredClaim, finding.OIDCClaimValidationFailed, finding.OIDCUserValidationFailed, finding.OIDCClaimMappingFailed,
		} {
			if reason, ok := e.ServerSettles(id); ok {
				findings = append(findings, proved(id, "the server says: "+reason.Text).See(statusError, reason.Text).Do(fixes[id], ""))
			}
		}
		if reason, _, ok := e.ServerNames(finding.OIDCAccessToken); ok && accessToken(e.Token()) {
			findings = append(findings, proved(finding.OIDCAccessToken, "the token says of itself that it is an access token, and the server takes ID tokens: "+accessWords(e.Token())).
				See(statusError, reason.Text).Do("Send the ID token of the same login.", ""))
		}
		if reason, _, ok := e.ServerNames(finding.OIDCKeyCacheStale); ok {
			if e.Signature().State == diagnose.SignatureVerified {
				findings = append(findings, keysRead(e, proved(finding.OIDCKeyCacheStale, "the issuer publishes the key, and the token verifies with it; the server still refuses it, because it remembers the keys from before")).
					See(statusError, reason.Text).Do("Wait until the key set's Cache-Control lifetime is over, or have the API server load its configuration again.", ""))
			} else if e.Keys().Unread != "" {
				findings = append(findings, keysRead(e, finding.New(finding.OIDCKeyCacheStale, finding.Possible, "whether the issuer publishes the key was not looked at; --issuer-url does")))
			}
		}
		switch {
		case len(findings) > 0:
			return report(findings...)
		case e.TakenUp():
			return pass("the server named another fault")
		}
		return unknown("which rules the server has for this issuer, only its own words tell")
	},
}

// keysRead adds when the API server read the issuer's keys, where its metrics tell.
func keysRead(e *Case, f finding.Finding) finding.Finding {
	a := e.Configuration.Authenticators
	keys := a.Value.Issuers[diagnose.HashOf(e.Token().Issuer())]
	now, _ := e.ServerNow()
	if !keys.Read.IsZero() {
		f = f.See(a.Source, fmt.Sprintf("the API server last read the issuer's keys on %s, %s ago", stamp(keys.Read), span(now.Sub(keys.Read))))
	}
	if keys.Failed.After(keys.Read) {
		f = f.See(a.Source, fmt.Sprintf("the API server last tried in vain to read the issuer's keys on %s, %s ago", stamp(keys.Failed), span(now.Sub(keys.Failed))))
	}
	return f
}
