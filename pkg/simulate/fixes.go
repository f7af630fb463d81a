package simulate

import (
	"net/url"
	"regexp"
	"strings"

	"k8s.io/apiserver/pkg/apis/apiserver"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/trace"
)

// sharedTenant is about Entra's endpoints for several tenants. Their discovery documents have an issuer with a placeholder, and
// tokens have the tenant's ID.
func sharedTenant(issuer *apiserver.Issuer) finding.Text {
	for _, at := range []string{issuer.URL, issuer.DiscoveryURL} {
		u, err := url.Parse(at)
		if err != nil || !isEntra(u.Host) {
			continue
		}
		switch tenant, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); tenant {
		case "consumers":
			if strings.Contains(issuer.URL, personal) {
				continue
			}
			return finding.T("the discovery document at %q names the issuer of personal accounts, and not %q: the API server cannot use it", finding.URL.Of(at), finding.Issuer.Of(issuer.URL))
		case "common", "organizations":
			return finding.T("%q is Entra's endpoint for several tenants. Its discovery document names an issuer with {tenantid} and not %q: the API server cannot use it, whatever keys it has", finding.URL.Of(at), finding.Issuer.Of(issuer.URL))
		}
	}
	return finding.Text{}
}

// personal is Entra's tenant of personal accounts.
const personal = "9188040d-6c67-4c5b-b112-36a304b66dad"

func isEntra(host string) bool {
	switch strings.ToLower(host) {
	case "login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn", "sts.windows.net":
		return true
	}
	return false
}

// absentFix is the fix for an expression that reads an absent claim.
func absentFix(path []string, place string) finding.Text {
	claim := finding.Claim.Of(path[0])
	if strings.HasPrefix(place, "claimValidationRules") {
		return finding.T("To reject such a token with the message of the rule, test the claim first: `has(claims.%s) && …`.", claim)
	}
	if strings.Contains(place, "groups") {
		return finding.T("Read the claim as an optional one: `claims.?%s.orValue([])`.", claim)
	}
	return finding.T("Read the claim as an optional one: `claims.?%s.orValue(\"\")`.", claim)
}

var (
	splits   = regexp.MustCompile(`\.split\([^()]*\)\s*$`)
	plusList = regexp.MustCompile(`^\s*(?:'[^']*'|"[^"]*")\s*\+\s*claims[.\[]`)
)

// groupsFix is the fix for an expression for groups that fails; zero if none is known.
func groupsFix(text, message string) finding.Text {
	switch {
	case strings.TrimSpace(message) == "":
	case splits.MatchString(text):
		return finding.T("Append `.map(r, r)` to the expression: the API server does not accept the list that split returns.")
	case plusList.MatchString(text) && strings.Contains(message, "no such overload"):
		before, after, _ := strings.Cut(text, "+")
		return finding.T("Add the prefix to each item of the list: `dyn(%s).map(g, %s + g)`.", finding.Message(strings.TrimSpace(after)), finding.Message(strings.TrimSpace(before)))
	case strings.Contains(message, "must return a string or a list of strings"):
		return finding.T("Convert the result to a list of strings, for example with `.map(r, string(r))`.")
	}
	return finding.Text{}
}

var absentKey = regexp.MustCompile(`no such key: ([A-Za-z0-9_.:/-]+)`)

// ExpressionFix is what to change in an expression that failed with an error message; zero if that is not known.
func ExpressionFix(step trace.Step, message string) finding.Text {
	if strings.HasPrefix(step.Name, "claimMappings.groups") || strings.HasPrefix(step.Name, "claimMappings.extra") {
		if fix := groupsFix(step.Expression, message); !fix.IsZero() {
			return fix
		}
	}
	if m := absentKey.FindStringSubmatch(message); m != nil && strings.HasPrefix(step.Name, "claim") {
		return absentFix([]string{m[1]}, step.Name)
	}
	return finding.Text{}
}

// notList is the decoder's message about a field that is no list.
var notList = regexp.MustCompile(`cannot unmarshal (?:object|string) into Go (?:struct field [A-Za-z0-9.]*?\b|value of type )([A-Za-z]+) of type \[\]`)

// faultFix is what to change for a fault that the API server's message alone does not explain.
type faultFix struct {
	fault *regexp.Regexp
	text  finding.Text
}

var faultFixes = []faultFix{
	{regexp.MustCompile(`claims\.email_verified must be used in`), finding.T("add a claim validation rule with the expression claims.?email_verified.orValue(false) == true")},
	{regexp.MustCompile(`prefix is required when claim is set`), finding.T("write the prefix, for example prefix: \"oidc:\", or prefix: \"\" for none")},
	{regexp.MustCompile(`Rules\[[0-9]+\]\.expression: .*must evaluate to bool`), finding.T("a rule needs a boolean, and the type of a claim is not known: compare it, for example claims.NAME == true")},
	{regexp.MustCompile(`cannot be range of a comprehension`), finding.T("the type of a claim is not known: write dyn(claims.NAME) before .map, .filter, .all or .exists")},
	{regexp.MustCompile(`username\.expression: .*must evaluate to string`), finding.T("the user name needs a string: convert it with string(…)")},
	{regexp.MustCompile(`undeclared reference to 'claim'`), finding.T("the variable is claims: write claims.NAME")},
	{regexp.MustCompile(`laim[^\n]*undeclared reference to 'user'|laimMappings[^\n]*undeclared reference to 'user'`), finding.T("user exists only in userValidationRules: claim mappings and claim validation rules read claims.NAME")},
	{regexp.MustCompile(`userValidationRules[^\n]*(?:\n[^\n]*)?undeclared reference to 'claims'`), finding.T("user validation rules read the mapped user: user.username, user.groups, user.uid, user.extra; a rule about claims belongs to claimValidationRules")},
	{regexp.MustCompile(`undefined field '(?:name|email|sub)'`), finding.T("the variable user has the fields `username`, `uid`, `groups` and `extra`")},
	{regexp.MustCompile(`undeclared reference to '[A-Za-z_]+'[^\n]*(?:\n[^\n]*)?claims\.[A-Za-z_.]*-`), finding.T("a claim whose name contains a character other than a letter, a digit or _ is written claims[\"NAME\"]")},
	{regexp.MustCompile(`Syntax error: [^\n]*(?:'=|'&|'\|)`), finding.T("CEL compares with == and combines with && and ||")},
	{regexp.MustCompile(`mismatched input '(?:contains|startsWith|endsWith|matches)'`), finding.T("CEL calls functions on a value: claims.NAME.contains(\"…\"); for a list, write \"…\" in claims.NAME")},
	{regexp.MustCompile(`(?i)mismatched input '(?:and|or|not)'`), finding.T("CEL compares with == and combines with && and ||")},
	{regexp.MustCompile(`issuer\.(?:url|discoveryURL): .*(?:\{\{|\$\{|\$\(|<[^<>]+>)`), finding.T("a placeholder in the URL was not replaced")},
	{regexp.MustCompile(`audienceMatchPolicy must be MatchAny for multiple audiences`), finding.T("add audienceMatchPolicy: MatchAny to the issuer")},
	{regexp.MustCompile(`no kind "AuthenticationConfiguration" is registered for version "([^"]+)"`), finding.T("write apiVersion: apiserver.config.k8s.io/v1")},
	{regexp.MustCompile(`unknown field "[^"]*\.(?:clientID|clientId|client_id|audience)"`), finding.T("the client ID is an item of the list issuer.audiences")},
	{regexp.MustCompile(`unknown field "[^"]*\.(?:caFile|ca|certificateAuthorityFile|certificateAuthorityData|caBundle|caData)"`), finding.T("the issuer's CA is the PEM text in issuer.certificateAuthority")},
}

// filePath is a value that is the path of a file where a PEM text belongs.
var filePath = regexp.MustCompile(`^\s*(?:file://|/|\./|\.\./|~/|[A-Za-z]:\\)\S*\s*$|^\s*\S+\.(?:pem|crt|cer|ca|cert)\s*$`)

// authorityFixes are about CAs that are not PEM text.
func authorityFixes(issuers []apiserver.JWTAuthenticator) []finding.Text {
	var out []finding.Text
	for i, j := range issuers {
		ca := j.Issuer.CertificateAuthority
		switch {
		case filePath.MatchString(ca):
			out = append(out, finding.T("jwt[%s].issuer.certificateAuthority is the path %s: the API server reads no file there; write the PEM text itself (certificateAuthority: |)", finding.Count(i), finding.File.Of(strings.TrimSpace(ca))))
		case strings.HasPrefix(strings.TrimSpace(ca), "LS0tLS1CRUdJTi"):
			out = append(out, finding.T("jwt[%s].issuer.certificateAuthority is base64: write the decoded PEM text (certificateAuthority: |)", finding.Count(i)))
		}
	}
	return out
}

// Fixes returns what to change for the faults, each once.
func Fixes(invalid *Invalid) []finding.Text {
	var out []finding.Text
	seen := map[string]bool{}
	add := func(t finding.Text) {
		if !t.IsZero() && !seen[t.String()] {
			seen[t.String()] = true
			out = append(out, t)
		}
	}
	for _, fault := range invalid.Each() {
		if m := notList.FindStringSubmatch(fault); m != nil {
			add(finding.T("%s is a list: begin each item with a hyphen", finding.Syntax(m[1])))
		}
		for _, c := range faultFixes {
			if c.fault.MatchString(fault) {
				add(c.text)
			}
		}
	}
	for _, t := range invalid.fixes {
		add(t)
	}
	return out
}
