package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
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
		why := T("the token has a claim `groups`, which the API server does not map")
		switch claim, has := c.Token().Claims["groups"]; {
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
