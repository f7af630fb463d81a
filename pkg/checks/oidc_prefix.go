package checks

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// A prefix that contains literal quotes, or that is added twice, makes names that no role binding has.
var oidcPrefix = Check{
	ID:        "oidc-prefix",
	Title:     "user name and group prefixes",
	Passed:    T("no faults found"),
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#configuring-the-api-server",
	Finds:     []finding.ID{finding.OIDCPrefixMistaken},
	Applies: func(c *Case) bool {
		return c.HasReadableClaims() && c.Token().Kind == token.KindJWT && c.Authenticated()
	},
	Run: func(c *Case) Result {
		user := identified(c)
		if user == nil {
			user = diagnose.UserOf(c.Subject().Wire)
		}
		if user == nil {
			return unknown(T("the API server did not name the user"))
		}
		for i, name := range append([]string{user.Username}, user.Groups...) {
			what, kind, settings := T("user name"), finding.User, T("--oidc-username-prefix or claimMappings.username.prefix")
			if i > 0 {
				what, kind, settings = T("group"), finding.Group, T("--oidc-groups-prefix or claimMappings.groups.prefix")
			}
			claim, value, prefix := mappedFrom(name, c.Token().Claims)
			fault, fix := mistakenPrefix(prefix, value, settings)
			if fault.IsZero() {
				continue
			}
			return report(prove(finding.OIDCPrefixMistaken, "the API server maps the %s %s from the claim `%s` with the value %s. %s",
				what, literal(kind, name), finding.Claim.Of(claim), literal(finding.ClaimValue, value), fault.Capital()).
				SeenAt(T("%s in the API server's answer", what), literal(kind, name)).SeenAt(T("claim `%s`", finding.Claim.Of(claim)), literal(finding.ClaimValue, value)).
				FixBy(T("%s Role bindings contain the complete name, so update the bindings of the current name.", fix), finding.Command{}))
		}
		return pass(noDetail)
	},
}

// mappedFrom is the longest claim that a name ends with, and the prefix before it.
func mappedFrom(name string, claims map[string]any) (claim, value, prefix string) {
	for _, c := range slices.Sorted(maps.Keys(claims)) {
		values, ok := claims[c].([]any)
		if !ok {
			values = []any{claims[c]}
		}
		for _, v := range values {
			if s, ok := v.(string); ok && len(s) > len(value) && strings.HasSuffix(name, s) {
				claim, value, prefix = c, s, strings.TrimSuffix(name, s)
			}
		}
	}
	return claim, value, prefix
}

// mistakenPrefix describes what is wrong with a prefix, and the fix for its settings. A repeated single character is
// no fault.
func mistakenPrefix(prefix, value string, settings finding.Text) (fault, fix finding.Text) {
	if len(prefix) < 2 {
		return noDetail, noDetail
	}
	if first, last := prefix[0], prefix[len(prefix)-1]; first == last && (first == '"' || first == '\'') {
		return T("the prefix %s contains literal quotes", literal(finding.ClaimValue, prefix)),
			T("Remove the quotes from the value of %s. No shell removes quotes from the arguments in a static Pod's manifest.", settings)
	}
	if half := len(prefix) / 2; prefix[:half] == prefix[half:] && half > 1 {
		return T("the prefix %s contains the same text twice", literal(finding.ClaimValue, prefix)), T("Write the prefix once in %s.", settings)
	}
	if strings.HasPrefix(value, prefix) {
		return T("the claim already begins with the prefix %s", literal(finding.ClaimValue, prefix)),
			T("Add the prefix in one place only: remove it from the claim at the issuer, or from %s.", settings)
	}
	return noDetail, noDetail
}

// literal quotes text so that quotes in the text stay visible.
func literal(kind finding.Kind, s string) finding.Text {
	if strings.Contains(s, `"`) && strconv.CanBackquote(s) {
		return T("`%s`", kind.Of(s))
	}
	return T("%q", kind.Of(s))
}
