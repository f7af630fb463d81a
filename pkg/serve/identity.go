package serve

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// identity is a user as an authenticator names it.
type identity struct {
	name   string
	groups []string
}

// Groups that an API server gives each ServiceAccount, and each user (k8s.io/apiserver serviceaccount.MakeGroupNames
// and user.AllAuthenticated).
const (
	groupServiceAccounts = "system:serviceaccounts"
	groupAuthenticated   = "system:authenticated"
	// reserved begins names that only Kubernetes itself gives.
	reserved = "system:"
)

// groupsSeparator joins the groups in one header. Proxies copy only the first of several lines.
const groupsSeparator = ","

// ofToken is the identity of a token whose signature and claims were verified here. Only a ServiceAccount token
// whose claims agree gets the name of its ServiceAccount: an issuer that lets users choose sub cannot claim it.
func (o *Options) ofToken(t keyset.JWT) (*identity, error) {
	// The claim itself is costly to read.
	if account := t.ServiceAccount(); account != nil || t.Claim("kubernetes.io") != nil {
		sub, _ := t.Claim("sub").(string)
		namespace, name, ok := diagnose.ServiceAccountOf(sub)
		if account == nil || !ok || account.Namespace != namespace || account.Name != name {
			return nil, finding.Errorf("the claims sub and kubernetes.io of the token name no ServiceAccount, or two different ones")
		}
		return &identity{sub, []string{groupServiceAccounts, groupServiceAccounts + ":" + namespace, groupAuthenticated}}, nil
	}
	if o.UsernameClaim == "" {
		return nil, finding.Errorf("the token is not a ServiceAccount token, and --username-claim is not set")
	}
	claimed, ok := t.Claim(o.UsernameClaim).(string)
	if !ok || claimed == "" {
		return nil, finding.Errorf("the token has no claim %s, or the claim is not a string", finding.Claim.Of(o.UsernameClaim))
	}
	if verified := t.Claim("email_verified"); o.UsernameClaim == "email" && verified != nil && verified != true {
		return nil, finding.Errorf("email_verified is not true")
	}
	prefix := t.Issuer() + "#"
	if o.UsernamePrefix != nil {
		prefix = *o.UsernamePrefix
	}
	name := prefix + claimed
	if isReserved(name) {
		return nil, finding.Errorf("the name would begin with %s, which belongs to Kubernetes", finding.Standard(reserved))
	}
	return &identity{name, []string{groupAuthenticated}}, nil
}

// isReserved reports whether a name is one that only Kubernetes gives, in any case: some services compare without it.
func isReserved(name string) bool { return strings.HasPrefix(strings.ToLower(name), reserved) }

// ServiceAccountPattern is NAMESPACE/NAME, where either may be *.
type ServiceAccountPattern struct{ Namespace, Name string }

// ParsePattern parses NAMESPACE/NAME.
func ParsePattern(written string) (ServiceAccountPattern, error) {
	namespace, name, found := strings.Cut(written, "/")
	p := ServiceAccountPattern{namespace, name}
	if !found || namespace != "*" && !finding.NamespaceName(namespace) || name != "*" && !finding.ObjectName(name) {
		return p, finding.Errorf("%q is not NAMESPACE/SERVICEACCOUNT, where * stands for any name", finding.Quoted(written))
	}
	return p, nil
}

// matches reports whether a user is a ServiceAccount that a pattern allows.
func (i *identity) matches(p ServiceAccountPattern) bool {
	namespace, name, ok := diagnose.ServiceAccountOf(i.name)
	return ok && (p.Namespace == "*" || p.Namespace == namespace) && (p.Name == "*" || p.Name == name)
}

// header returns the identity for the headers of an answer. What a header cannot carry unchanged is an error.
func (o *Options) header(i *identity) (name string, groups []string, err error) {
	name = i.name
	for _, r := range o.Rewrites {
		if r.Matches.MatchString(name) {
			name = r.Matches.ReplaceAllString(name, r.Replacement)
			break
		}
	}
	if name = o.UserPrefix + name; name != i.name && isReserved(name) {
		return "", nil, finding.Errorf("the name would begin with %s after it was rewritten, and that belongs to Kubernetes", finding.Standard(reserved))
	}
	if name == "" || name != strings.TrimSpace(name) || unprintable(name) {
		return "", nil, finding.Errorf("the user name is empty, or has a character that a header cannot carry")
	}
	if slices.ContainsFunc(i.groups, func(g string) bool {
		return g == "" || unprintable(g) || strings.Contains(g, groupsSeparator)
	}) {
		return "", nil, finding.Errorf("a group is empty, or has a comma or a character that a header cannot carry")
	}
	return name, i.groups, nil
}

// unprintable reports whether a text has a character that is invisible or that a program may take for an end.
func unprintable(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool { return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) })
}
