package simulate

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"k8s.io/apiserver/pkg/apis/apiserver"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// Lint returns the risks of the configuration, without a credential.
func (s *Server) Lint() []finding.Finding {
	var out []finding.Finding
	if s.config.documents > 1 {
		out = append(out, *warn(finding.FurtherDocumentIgnored, finding.T("the AuthenticationConfiguration has %s YAML documents, and the API server uses only the first", finding.Count(s.config.documents))))
	}
	out = append(out, s.neverAnonymous()...)
	for i := range s.config.JWT {
		j := &s.config.JWT[i]
		of := s.sampled(j)
		already := reservedAlready(of)
		out = append(out, list(unusable(j), s.open(j), publicAudience(j), s.reservedName(of, already), already, selfAsserted(of, nil))...)
		out = append(out, s.expressionsFail(j, of)...)
		out = append(out, neverString(j)...)
		out = append(out, prefixes(j)...)
		out = append(out, list(s.collisionAfter(i), s.groupsNotMapped(j))...)
	}
	return withFix(out)
}

// neverAnonymous is about paths of anonymous requests that no request has: the API server compares whole paths.
func (s *Server) neverAnonymous() []finding.Finding {
	var out []finding.Finding
	for _, c := range s.config.Anonymous.Conditions {
		if s.config.Anonymous.Enabled && (strings.Contains(c.Path, "*") || !strings.HasPrefix(c.Path, "/")) {
			out = append(out, *warn(finding.AnonymousPathNeverMatches, finding.T("anonymous.conditions has the path %q, and the API server compares whole paths: it matches no request", finding.Quoted(c.Path))))
		}
	}
	return out
}

// collisionAfter is the collision of an issuer with a later one, so that each pair is named once.
func (s *Server) collisionAfter(at int) *finding.Finding {
	rest := &Server{config: Config{JWT: s.config.JWT[at:]}}
	return rest.collision(0)
}

// reservedAlready is about a mapping that gives reserved names for any claims.
func reservedAlready(of *sample) *finding.Finding {
	if of == nil || of.user == nil {
		return nil
	}
	return ownReservedName(&of.configured, &Answer{User: of.user})
}

// unusable is about an issuer whose tokens no API server can accept.
func unusable(j *apiserver.JWTAuthenticator) *finding.Finding {
	why := neverIssues(&j.Issuer)
	if why.IsZero() {
		return nil
	}
	return warn(finding.IssuerNotUsable, why)
}

// prefixes is about prefixes that end with a letter or a digit, so that names run together.
func prefixes(j *apiserver.JWTAuthenticator) []finding.Finding {
	var out []finding.Finding
	for _, m := range []struct {
		place   string
		mapping apiserver.PrefixedClaimOrExpression
	}{{"claimMappings.username", j.ClaimMappings.Username}, {"claimMappings.groups", j.ClaimMappings.Groups}} {
		own, known := prefix(m.mapping)
		last, _ := utf8.DecodeLastRuneInString(own)
		if known && own != "" && (unicode.IsLetter(last) || unicode.IsDigit(last)) {
			out = append(out, *warn(finding.PrefixWithoutSeparator, finding.T("%s of %s has the prefix %q: a claim `jane` becomes %q", finding.Standard(m.place), finding.Issuer.Of(j.Issuer.URL), finding.Quoted(own), finding.Quoted(own+"jane"))))
		}
	}
	return out
}

// groupsNotMapped is about an issuer without groups. It is a warning only if other settings are about groups.
func (s *Server) groupsNotMapped(j *apiserver.JWTAuthenticator) *finding.Finding {
	if j.ClaimMappings.Groups.Claim != "" || j.ClaimMappings.Groups.Expression != "" {
		return nil
	}
	f := finding.Found(finding.GroupsNotMapped, finding.Proved, "%s", finding.T("the claimMappings of %s have no groups: its users get only the group system:authenticated", finding.Issuer.Of(j.Issuer.URL)))
	switch {
	case len(s.config.flags["oidc-groups-prefix"]) > 0:
		f = *warn(finding.GroupsNotMapped, finding.T("--oidc-groups-prefix has no effect without --oidc-groups-claim: the users of %s get only the group system:authenticated", finding.Issuer.Of(j.Issuer.URL)))
		f.Severity = finding.Warning
	case slices.ContainsFunc(j.UserValidationRules, readsUser("groups")):
		f = *warn(finding.GroupsNotMapped, finding.T("a user validation rule of %s reads user.groups, and claimMappings has no groups: the list is always empty", finding.Issuer.Of(j.Issuer.URL)))
		f.Severity = finding.Warning
	}
	return &f
}

// expressionsFail tries the expressions of an issuer, those for groups with usual values and the others without a claim of the sample.
func (s *Server) expressionsFail(j *apiserver.JWTAuthenticator, of *sample) []finding.Finding {
	p := (&prober{s, *j}).withRules(nil, nil)
	if groups := p.groupsFail(); groups != nil {
		return list(groups)
	}
	var out []finding.Finding
	if of == nil {
		return nil
	}
	for _, e := range optional(j) {
		for _, path := range readBy(e.text, "claims") {
			if !usuallyOptional(path) {
				continue
			}
			_, why := of.onlyWith(e).authenticate(of.claims.remove(path[:1]))
			if !strings.Contains(why, "no such key: "+path[0]) {
				continue
			}
			out = append(out, warn(finding.ExpressionFails, finding.T("%s fails for a token without the claim %s, and the API server rejects the token", finding.Standard(e.place), finding.Claim.Of(path[0]))).
				FixBy(absentFix(path, e.place), finding.Command{}))
			break
		}
	}
	return out
}

// lists matches a rule about a list, or one with an alternative: an absent claim is more likely there.
var lists = regexp.MustCompile(`\bin\s+claims|\|\|`)

// notStrings are claims that issuers send as another type than a string.
var notStrings = map[string]finding.Text{
	"email_verified": finding.T("a boolean"), "phone_number_verified": finding.T("a boolean"),
	"groups": finding.T("a list"), "roles": finding.T("a list"), "amr": finding.T("a list"), "wids": finding.T("a list"), "cognito:groups": finding.T("a list"),
	"realm_access": finding.T("an object"), "resource_access": finding.T("an object"),
	"auth_time": finding.T("a number"), "exp": finding.T("a number"), "iat": finding.T("a number"), "nbf": finding.T("a number"),
}

// neverString is about required values of claims that are no strings: the API server rejects every token that has them.
func neverString(j *apiserver.JWTAuthenticator) []finding.Finding {
	var out []finding.Finding
	for _, r := range j.ClaimValidationRules {
		kind, ok := notStrings[r.Claim]
		if !ok {
			continue
		}
		claim := finding.Claim.Of(r.Claim)
		fix := finding.T("Use a rule with an expression instead.")
		switch kind.String() {
		case "a boolean":
			fix = finding.T("Use a rule with an expression instead: `claims.?%s.orValue(false) == true`.", claim)
		case "a list":
			fix = finding.T("Use a rule with an expression instead: `%s in claims.%s`.", finding.Quoted(strconv.Quote(r.RequiredValue)), claim)
		}
		out = append(out, warn(finding.ExpressionFails, finding.T("the claim %s must be the string %q, but issuers send %s: the API server then rejects the token", claim, finding.ClaimValue.Of(r.RequiredValue), kind)).FixBy(fix, finding.Command{}))
	}
	return out
}

// optional are the expressions for which a claim may be absent. Any other rule is meant to reject a token without its claim.
func optional(j *apiserver.JWTAuthenticator) []expression {
	var out []expression
	for _, e := range expressions([]apiserver.JWTAuthenticator{*j}) {
		rule := strings.Contains(e.place, "claimValidationRules")
		if !e.user && !strings.Contains(e.place, "username") && (!rule || lists.MatchString(e.text)) {
			e.place = strings.TrimPrefix(e.place, "jwt[0].")
			out = append(out, e)
		}
	}
	return out
}

// usuallyOptional reports whether issuers omit a claim for some users.
func usuallyOptional(path []string) bool {
	switch path[0] {
	case "sub", "iss", "aud", "exp", "iat":
		return false
	}
	return true
}

// onlyWith returns a prober with no other rules than e.
func (of *sample) onlyWith(e expression) *prober {
	var rules []apiserver.ClaimValidationRule
	if strings.HasPrefix(e.place, "claimValidationRules") {
		rules = []apiserver.ClaimValidationRule{{Expression: e.text}}
	}
	return of.withRules(rules, nil)
}

// groupsFail is about an expression for groups that fails for each value of its claim, or for a list.
func (p *prober) groupsFail() *finding.Finding {
	text := p.configured.ClaimMappings.Groups.Expression
	if text == "" {
		return nil
	}
	var ofText, ofList string
	for _, try := range []struct {
		groups any
		why    *string
	}{{"developers", &ofText}, {[]any{"developers", "ops"}, &ofList}} {
		_, why := p.authenticate(madeUp(&p.configured, try.groups))
		if why != "" && !strings.Contains(why, groupsIntroduction) {
			return nil
		}
		*try.why = strings.TrimPrefix(why, groupsIntroduction)
	}
	fix := groupsFix(text, ofText+" "+ofList)
	var f finding.Finding
	switch issuer := finding.Issuer.Of(p.configured.Issuer.URL); {
	case fix.IsZero():
		return nil
	case ofText != "" && ofList != "":
		f = *warn(finding.ExpressionFails, finding.T("claimMappings.groups.expression of %s fails for a string and for a list: %s", issuer, finding.Message(ofText)))
	case strings.Contains(ofList, "no such overload") && strings.Contains(text, "+"):
		f = *warn(finding.ExpressionFails, finding.T("claimMappings.groups.expression of %s fails for a list of groups: %s", issuer, finding.Message(ofList)))
	default:
		return nil
	}
	f = f.FixBy(fix, finding.Command{})
	return &f
}

// groupsIntroduction begins the server's error message about an expression for groups.
const groupsIntroduction = "oidc: error evaluating group claim expression: "

// neverIssues says why no token can have the issuer of the configuration; zero if that is not known.
func neverIssues(issuer *apiserver.Issuer) finding.Text {
	for _, at := range []struct{ field, url string }{{"issuer.url", issuer.URL}, {"issuer.discoveryURL", issuer.DiscoveryURL}} {
		if t := keyset.Placeholder(at.url); t != "" {
			return finding.T("%s is %q, and %s was not replaced: no token has this issuer", finding.Standard(at.field), finding.Issuer.Of(at.url), finding.Quoted(t))
		}
	}
	return sharedTenant(issuer)
}
