package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Only the API server's error message tells which rules it has for an OIDC issuer.
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
			finding.OIDCNotInitialized:        T("Check that the API server can reach the issuer's discovery document and trusts its TLS certificate. The API server's log has the error."),
			finding.JWKSUnreachable:           T("Check that the API server can reach the issuer's jwks_uri and trusts its TLS certificate. Tokens that are signed with cached keys still work."),
			finding.OIDCUsernameClaimMissing:  T("Configure the issuer to include the claim in ID tokens, or map another claim with %s. Then log in again.", setting(c, "claimMappings.username.claim", "--oidc-username-claim")),
			finding.OIDCGroupsClaimInvalid:    T("Configure the issuer to send the groups as a list of strings, and log in again."),
			finding.OIDCEmailNotVerified:      T("Verify the email address at the issuer and log in again. `email_verified` must be the JSON value true."),
			finding.OIDCRequiredClaim:         T("Request a new token in which the claim has the required value."),
			finding.OIDCClaimValidationFailed: T("Compare the claims with the rule in the AuthenticationConfiguration. Correct the rule, or request a new token whose claims match."),
			finding.OIDCUserValidationFailed:  T("Compare the mapped user with the rule in the AuthenticationConfiguration. Correct the rule, or request a new token whose claims match."),
			finding.OIDCClaimMappingFailed:    T("Compare the claims with the mapping in the AuthenticationConfiguration. Correct the expression, or request a new token whose claims match."),
		}
		var findings []finding.Finding
		for _, id := range []finding.ID{
			finding.OIDCNotInitialized, finding.JWKSUnreachable, finding.OIDCUsernameClaimMissing, finding.OIDCGroupsClaimInvalid, finding.OIDCEmailNotVerified,
			finding.OIDCRequiredClaim, finding.OIDCClaimValidationFailed, finding.OIDCUserValidationFailed, finding.OIDCClaimMappingFailed,
		} {
			if reason, ok := c.ServerSettles(id); ok {
				findings = append(findings, prove(id, "the API server answers: %s", finding.Message(reason.Text)).Quote(finding.Message(reason.Text)).FixBy(ruleFix(c, id, reason, fixes[id]), finding.Command{}))
			}
		}
		if reason, _, ok := c.ServerNames(finding.OIDCAccessToken); ok && isAccessToken(c.Token()) {
			findings = append(findings, prove(finding.OIDCAccessToken, "the token is an access token (%s), but the API server accepts only ID tokens from this issuer", accessTokenMark(c.Token())).
				Quote(finding.Message(reason.Text)).Fix("Configure the client to send the ID token instead of the access token. Both come from the same login.", finding.Command{}))
		}
		if reason, _, ok := c.ServerNames(finding.OIDCKeyCacheStale); ok {
			if c.Signature().State == diagnose.SignatureVerified {
				findings = append(findings, keysRead(c, prove(finding.OIDCKeyCacheStale, "the issuer publishes the key, and the key verifies the token. The API server rejects the token because it has cached an older key set")).
					Quote(finding.Message(reason.Text)).Fix("Wait until the Cache-Control lifetime of the key set has passed, and run the command again. An administrator can instead restart the API server.", finding.Command{}))
			} else if c.Signature().State == diagnose.SignatureOfNoKey {
				// The finding of the signature has this reading.
				return unknown(T("the issuer's key set was not read. --issuer-url reads it"))
			}
		}
		switch {
		case len(findings) > 0:
			return report(findings...)
		case c.TakenUp():
			return pass(T("not the reason: the API server names another fault"))
		}
		return unknown(T("the API server's error message names no rule of this issuer"))
	},
}

// ruleFix is the fix for a rule of the issuer, narrower than the usual one where the token shows the reason.
func ruleFix(c *Case, id finding.ID, reason errortext.Reason, usual finding.Text) finding.Text {
	name := reason.Values["claim"]
	claim := finding.Claim.Of(name)
	value, has := c.Token().Claims[name]
	_, inside := nested(c.Token(), name)
	switch _, isText := value.(string); {
	case id == finding.OIDCGroupsClaimInvalid && groupsOverage(c.Token()):
		return T(overage)
	case id == finding.OIDCUsernameClaimMissing && !has && isAccessToken(c.Token()):
		return T("Configure the client to send the ID token: this is an access token (%s), which often lacks claims about the user.", accessTokenMark(c.Token()))
	case inside:
		return T("The claim `%s` is nested, and the API server reads only a claim with this whole name. Use the expression `claims.%s` in an AuthenticationConfiguration, or configure the issuer to write the value into a claim of the token itself.", claim, finding.Message(name))
	case id == finding.OIDCGroupsClaimInvalid && has:
		if _, object := value.(map[string]any); object {
			return T("The claim `%s` is an object. To use its keys as groups, set claimMappings.groups of an AuthenticationConfiguration to the expression `dyn(claims.%s).map(k, k)`. Or configure the issuer to send a list of strings, and log in again.", claim, finding.Message(name))
		}
	case id == finding.OIDCRequiredClaim && has && !isText:
		if _, list := value.([]any); list {
			return T("The claim `%s` is %s, and requiredValue and `--oidc-required-claim` only compare strings. Use a claim validation rule with an expression in an AuthenticationConfiguration: `\"VALUE\" in claims.%s`.", claim, shape(value), finding.Message(name))
		}
		return T("The claim `%s` is %s, and requiredValue and `--oidc-required-claim` only compare strings. Use a claim validation rule with an expression in an AuthenticationConfiguration: `claims.%s == VALUE`.", claim, shape(value), finding.Message(name))
	}
	return usual
}

// keysRead adds when the API server last read the issuer's keys, if its metrics are known.
func keysRead(c *Case, f finding.Finding) finding.Finding {
	a := c.Configuration.Authenticators
	keys := a.Value.Issuers[diagnose.HashOf(c.Token().Issuer())]
	now, _ := c.ServerNow()
	if !keys.Read.IsZero() {
		f = f.SeenAt(a.Source, T("the API server last read the issuer's keys at %s (%s ago)", finding.Time(keys.Read), finding.Duration(now.Sub(keys.Read))))
	}
	if keys.Failed.After(keys.Read) {
		f = f.SeenAt(a.Source, T("the API server last failed to read the issuer's keys at %s (%s ago)", finding.Time(keys.Failed), finding.Duration(now.Sub(keys.Failed))))
	}
	return f
}
