package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Roles are bound to groups; somebody who is in none is known and may do nothing.
var oidcGroups = Check{
	ID:        "oidc-groups",
	Title:     "group mapping",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#claim-mappings",
	Finds:     []finding.ID{finding.OIDCGroupsMissing},
	Applies: func(c *Case) bool {
		return c.HasReadableClaims() && c.Token().Kind == token.KindJWT && c.Authenticated()
	},
	Run: func(c *Case) Result {
		user := takenFor(c)
		switch {
		case user == nil:
			return unknown(T("the server did not say which groups it maps"))
		case slices.ContainsFunc(user.Groups, func(g string) bool { return g != "system:authenticated" }):
			return pass(quotedNames(finding.Group, user.Groups))
		}
		why := T("the token has a claim `groups`, which the server does not map")
		switch claim, has := c.Token().Claims["groups"]; {
		case !has:
			why = T("the token has no claim `groups`")
		case namesNoGroup(claim):
			why = T("the token's claim `groups` is empty")
		}
		return report(prove(finding.OIDCGroupsMissing, "the server takes the token for %q, who is in no group of the issuer; %s", finding.User.Of(user.Username), why).
			Seen("groups that the server answered with", quotedNames(finding.Group, user.Groups)).
			Fix("Have the issuer put the groups into its ID tokens, which often takes a scope to be asked for, and name their claim in the server's AuthenticationConfiguration (claimMappings.groups) or --oidc-groups-claim.", finding.Command{}))
	},
}

// namesNoGroup reports whether a claim of groups, one or a list, has none.
func namesNoGroup(claim any) bool {
	list, isList := claim.([]any)
	return claim == nil || claim == "" || isList && len(list) == 0
}

// takenFor is the user with the groups that the server answered with; nil where it did
// not name them.
func takenFor(c *Case) *token.Identity {
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
