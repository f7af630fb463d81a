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

// What the server puts before a claim is what its name has more than the claim. Quotes that the
// shell would have taken away, and a prefix that is there twice, make names that no binding has.
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
		user := takenFor(c)
		if user == nil {
			user = diagnose.UserOf(c.Subject().Wire)
		}
		if user == nil {
			return unknown(T("the server did not say whom it takes the token for"))
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
			return report(prove(finding.OIDCPrefixMistaken, "the server makes the %s %s of the claim `%s`, which is %s: %s",
				what, literal(kind, name), finding.Claim.Of(claim), literal(finding.ClaimValue, value), fault).
				SeenAt(T("%s that the server answered with", what), literal(kind, name)).SeenAt(T("%s of the token", finding.Claim.Of(claim)), literal(finding.ClaimValue, value)).
				FixBy(T("%s Bindings count for the name as the server has it: those made for the name as it is now change with it.", fix), finding.Command{}))
		}
		return pass(noDetail)
	},
}

// mappedFrom is the claim that a name ends with, the longest if there are several, and what the name has before it.
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

// mistakenPrefix says what is wrong with a prefix, and how to mend it, where it is set. A single character may well
// be there twice.
func mistakenPrefix(prefix, value string, settings finding.Text) (fault, fix finding.Text) {
	if len(prefix) < 2 {
		return noDetail, noDetail
	}
	if first, last := prefix[0], prefix[len(prefix)-1]; first == last && (first == '"' || first == '\'') {
		return T("the prefix that it puts before is %s, with the quotes", literal(finding.ClaimValue, prefix)),
			T("Take the quotes out of the value of %s; kube-apiserver gets its arguments from a static Pod's manifest without a shell that would remove them.", settings)
	}
	if half := len(prefix) / 2; prefix[:half] == prefix[half:] && half > 1 {
		return T("the prefix that it puts before is %s, the same twice", literal(finding.ClaimValue, prefix)), T("Write the prefix once in %s.", settings)
	}
	if strings.HasPrefix(value, prefix) {
		return T("it puts the prefix %s before a claim that begins with it", literal(finding.ClaimValue, prefix)),
			T("Either the issuer writes the prefix into the claim, or the server adds it: take it away at the issuer, or from %s.", settings)
	}
	return noDetail, noDetail
}

// literal quotes text that may have quotes of its own so that these can be told apart.
func literal(kind finding.Kind, s string) finding.Text {
	if strings.Contains(s, `"`) && strconv.CanBackquote(s) {
		return T("`%s`", kind.Of(s))
	}
	return T("%q", kind.Of(s))
}
