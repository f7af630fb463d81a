package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Roles are usually bound to groups, so a user without groups often has no permissions.
var oidcGroups = Check{
	ID:        "oidc-groups",
	Title:     "group mapping",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#claim-mappings",
	Finds:     []finding.ID{finding.OIDCGroupsMissing},
	Applies: func(c *Case) bool {
		return c.HasReadableClaims() && c.Token().Kind == token.KindJWT && c.Authenticated()
	},
	Run: func(c *Case) Result {
		user := identified(c)
		switch {
		case user == nil:
			return unknown(T("the API server did not name the groups of the user"))
		case slices.ContainsFunc(user.Groups, func(g string) bool { return g != "system:authenticated" }):
			return pass(quotedNames(finding.Group, user.Groups))
		}
		mapped, _ := c.Mappings(c.Token().Issuer())
		if mapped != nil && mapped.Groups.IsZero() {
			return pass(T("not configured: the API server maps no groups of this issuer"))
		}
		if mapped != nil {
			return report(withoutGroups(c, user, mapped.Groups))
		}
		why := T("the token has a claim `groups`, which the API server does not map")
		switch claim, has := c.Token().Claims["groups"]; {
		case groupsOverage(c.Token()):
			why = T("the token has only a reference to the groups, because the user has too many")
		case !has:
			why = T("the token has no claim `groups`")
		case namesNoGroup(claim):
			why = T("the token's claim `groups` is empty")
		}
		return report(prove(finding.OIDCGroupsMissing, "the API server identifies the token as %q without any group of the issuer. %s", finding.User.Of(user.Username), why.Capital()).
			Seen("groups in the API server's answer", quotedNames(finding.Group, user.Groups)).
			Fix("Configure the issuer to include the groups in ID tokens; many issuers require the client to request a scope. Set that claim in claimMappings.groups of the AuthenticationConfiguration or in --oidc-groups-claim. Then log in again.", finding.Command{}))
	},
}

// withoutGroups is the finding where the mapping of the groups is known.
func withoutGroups(c *Case, user *token.Identity, m evidence.ClaimMapping) finding.Finding {
	why := T("the expression of the groups, `%s`, returns no group for this token", finding.Message(m.Expression))
	fix := T("Compare the claims of the token with the expression in `claimMappings.groups`. Configure the issuer to include the claims that the expression reads, then log in again.")
	if m.Claim != "" {
		claim := finding.Claim.Of(m.Claim)
		why = T("the token has no claim `%s`, which %s names", claim, setting(c, "claimMappings.groups.claim", "--oidc-groups-claim"))
		fix = T("Configure the issuer to include the claim `%s` in ID tokens; many issuers require the client to request a scope. Then log in again.", claim)
		value, has := c.Token().Claims[m.Claim]
		other := similarClaim(c.Token(), m.Claim)
		switch _, inside := nested(c.Token(), m.Claim); {
		case has && namesNoGroup(value):
			why = T("the token's claim `%s` is empty", claim)
		case inside:
			why = T("%s. The value is nested, and the API server reads only the claim with the whole name `%s`", why, claim)
			fix = T("Map the nested claim with the expression `claims.%s` in claimMappings.groups of an AuthenticationConfiguration. Or configure the issuer to write the groups into a claim of the token itself.", finding.Message(m.Claim))
		case groupsOverage(c.Token()):
			why = T("%s. The token has only a reference to the groups, because the user has too many", why)
			fix = T(overage)
		case other != "":
			why = T("%s, but has `%s`", why, finding.Claim.Of(other))
			fix = T("Set %s to `%s`, or configure the issuer to write the groups into `%s`.", setting(c, "claimMappings.groups.claim", "--oidc-groups-claim"), finding.Claim.Of(other), claim)
		}
	}
	return prove(finding.OIDCGroupsMissing, "the API server identifies the token as %q without any group of the issuer. %s", finding.User.Of(user.Username), why.Capital()).
		Seen("groups in the API server's answer", quotedNames(finding.Group, user.Groups)).FixBy(fix, finding.Command{})
}

// similarClaim is a claim of the token that holds groups and is not the configured one, or "".
func similarClaim(t *token.Token, configured string) string {
	for _, name := range []string{"groups", "group", "roles", "role", "cognito:groups", "teams", "memberOf"} {
		if v, ok := t.Claims[name]; ok && name != configured && !namesNoGroup(v) {
			return name
		}
	}
	return ""
}

// namesNoGroup reports whether the groups claim, a string or a list, is empty.
func namesNoGroup(claim any) bool {
	list, isList := claim.([]any)
	return claim == nil || claim == "" || isList && len(list) == 0
}

// identified is the user in the API server's answer with its groups, or nil if no answer names them.
func identified(c *Case) *token.Identity {
	if u := diagnose.UserOf(c.Subject().Wire); u != nil && len(u.Groups) > 0 && u.Username != anonymousUser {
		return u
	}
	for _, r := range c.Subject().Reviews {
		if r.Answer.Known() && diagnose.ReviewNamesUser(r.Answer.Value) {
			return &r.Answer.Value.User
		}
	}
	return nil
}
