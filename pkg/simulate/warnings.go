package simulate

import (
	"slices"
	"strings"

	"k8s.io/apiserver/pkg/apis/apiserver"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Warnings returns the risks of the configuration of the issuer that accepted a token.
func (s *Server) Warnings(t *token.Token, a *Answer) []finding.Finding {
	if !a.Authenticated || t == nil || len(a.Attempts) == 0 {
		return nil
	}
	at := s.issuerOf(a.Attempts[len(a.Attempts)-1].Name)
	if at < 0 {
		return nil
	}
	j := &s.config.JWT[at]
	of := &sample{prober: &prober{s, *j}, claims: claims(t.Claims), user: a.User}
	return withFix(list(ownReservedName(j, a), s.reservedName(of, ownReservedName(j, a)), selfAsserted(of, t), s.collision(at), sharedAudience(j, t), publicAudience(j), s.open(j)))
}

// list returns the findings that are not nil.
func list(of ...*finding.Finding) []finding.Finding {
	var out []finding.Finding
	for _, f := range of {
		if f != nil {
			out = append(out, *f)
		}
	}
	return out
}

func warn(id finding.ID, detail finding.Text) *finding.Finding {
	f := finding.Found(id, finding.Proved, "%s", detail)
	return &f
}

// withFix adds the fix of the catalogue to each finding that has no fix of its own.
func withFix(findings []finding.Finding) []finding.Finding {
	for i, f := range findings {
		findings[i] = f.OrFix()
	}
	return findings
}

const reserved = "system:"

// addedByServer are the groups that the API server adds itself.
var addedByServer = []string{"system:authenticated"}

// ownReservedName is about a token that is mapped to a reserved name.
func ownReservedName(j *apiserver.JWTAuthenticator, a *Answer) *finding.Finding {
	for _, n := range append([]string{a.User.GetName()}, a.User.GetGroups()...) {
		if strings.HasPrefix(n, reserved) && !slices.Contains(addedByServer, n) {
			return warn(finding.ReservedNameMapped, finding.T("the token is mapped to %q by the claim mappings of %s", finding.User.Of(n), finding.Issuer.Of(j.Issuer.URL)))
		}
	}
	return nil
}

// reservedName tries whether other values of the mapped claims give reserved names. unless is a finding that already says so.
func (s *Server) reservedName(of *sample, unless *finding.Finding) *finding.Finding {
	if of == nil || unless != nil {
		return nil
	}
	j := &of.configured
	var details []finding.Value
	for _, m := range []struct {
		place, field string
		mapping      apiserver.PrefixedClaimOrExpression
		values       []any
	}{
		{"claimMappings.username", "username", j.ClaimMappings.Username, []any{reserved + "admin"}},
		{"claimMappings.groups", "groups", j.ClaimMappings.Groups, []any{[]any{reserved + "masters"}, reserved + "masters"}},
	} {
		for _, path := range reads(m.mapping.Claim, m.mapping.Expression) {
			if of.fixed(path) || !of.knows(path, m.field) {
				continue
			}
			if !slices.ContainsFunc(m.values, func(v any) bool { return of.gives(path, v, m.field) }) {
				continue
			}
			details = append(details, reservedDetail(j, m.place, path, m.mapping.Claim != ""))
			break
		}
	}
	if len(details) == 0 {
		return nil
	}
	return warn(finding.ReservedNameMapped, finding.Join("; ", details...))
}

func reservedDetail(j *apiserver.JWTAuthenticator, place string, path []string, byClaim bool) finding.Text {
	claim := finding.Standard(strings.Join(path, "."))
	detail := finding.T("%s of %s has no prefix: a claim %s that begins with %q would be mapped unchanged", finding.Standard(place), finding.Issuer.Of(j.Issuer.URL), claim, finding.T(reserved))
	if !byClaim {
		detail = finding.T("the expression %s of %s adds no prefix: a claim %s that begins with %q would be mapped unchanged", finding.Standard(place), finding.Issuer.Of(j.Issuer.URL), claim, finding.T(reserved))
	}
	if place == "claimMappings.groups" && slices.ContainsFunc(j.UserValidationRules, func(r apiserver.UserValidationRule) bool {
		return strings.Contains(r.Expression, "user.username") && !strings.Contains(r.Expression, "user.groups")
	}) {
		detail = finding.T("%s. The rule about user names does not cover groups", detail)
	}
	return detail
}

// gives reports whether a value of a claim gives a reserved user name or group.
func (of *sample) gives(path []string, value any, field string) bool {
	u, why := of.authenticate(of.claims.set(path, value))
	if why != "" {
		return false
	}
	names := []string{u.GetName()}
	if field == "groups" {
		names = u.GetGroups()
	}
	return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, reserved) })
}

// settable are the claims that many providers let users set.
var settable = []string{"name", "nickname", "preferred_username", "given_name", "family_name", "profile"}

// selfAsserted is about a user name that a user can choose. t is nil without a token.
func selfAsserted(of *sample, t *token.Token) *finding.Finding {
	if of == nil {
		return nil
	}
	username := of.configured.ClaimMappings.Username
	for _, path := range reads(username.Claim, username.Expression) {
		leaf := path[len(path)-1]
		verified := append(slices.Clone(path[:len(path)-1]), "email_verified")
		switch {
		case leaf == "email":
			if detail, ok := of.unverified(verified, t); ok {
				return warn(finding.ClaimSelfAsserted, detail)
			}
		case slices.Contains(settable, leaf) && username.Claim != "":
			return warn(finding.ClaimSelfAsserted, finding.T("the user name is the claim %s", finding.Standard(leaf)))
		case slices.Contains(settable, leaf):
			return warn(finding.ClaimSelfAsserted, finding.T("the expression of the user name reads the claim %s", finding.Standard(strings.Join(path, "."))))
		}
	}
	return nil
}

// unverified reports whether an email address is accepted that the issuer did not verify.
func (of *sample) unverified(verified []string, t *token.Token) (finding.Text, bool) {
	if !of.knows(verified, "username") {
		return finding.Text{}, false
	}
	if _, why := of.authenticate(of.claims.set(verified, false)); why == "" {
		return finding.T("the user name is the claim email, and the API server accepts a token whose email_verified is false"), true
	}
	present := false
	if t != nil {
		_, present = t.Claims["email_verified"]
	}
	switch _, why := of.authenticate(of.claims.remove(verified)); {
	case why != "" || present:
		return finding.Text{}, false
	case t != nil:
		return finding.T("the user name is the claim email, and the token does not state that the address was verified"), true
	case slices.Contains(verifies, of.configured.Issuer.URL):
		return finding.Text{}, false
	}
	return finding.T("the user name is the claim email, and the API server accepts a token without email_verified"), true
}

// verifies are issuers that always say whether an address was verified.
var verifies = []string{"https://accounts.google.com"}

// collision compares the prefixes of the user names of all issuers.
func (s *Server) collision(at int) *finding.Finding {
	own, known := prefix(s.config.JWT[at].ClaimMappings.Username)
	if !known {
		return nil
	}
	for i := range s.config.JWT {
		other, known := prefix(s.config.JWT[i].ClaimMappings.Username)
		if i == at || !known {
			continue
		}
		if strings.HasPrefix(own, other) || strings.HasPrefix(other, own) {
			return warn(finding.UsernamesMayCollide, finding.T("user names of %s %s, and those of %s %s", finding.Issuer.Of(s.config.JWT[at].Issuer.URL), begins(own), finding.Issuer.Of(s.config.JWT[i].Issuer.URL), begins(other)))
		}
	}
	return nil
}

func begins(prefix string) finding.Text {
	if prefix == "" {
		return finding.T("have no prefix")
	}
	return finding.T("begin with %q", finding.Quoted(prefix))
}

func prefixOf(m apiserver.PrefixedClaimOrExpression) string {
	if m.Prefix == nil {
		return ""
	}
	return *m.Prefix
}

// prefix returns the prefix of all names of a mapping, and false if it is unknown. For an
// expression, it must be a string literal at the start.
func prefix(m apiserver.PrefixedClaimOrExpression) (string, bool) {
	if m.Claim != "" {
		return prefixOf(m), true
	}
	e := strings.TrimSpace(m.Expression)
	for _, quote := range []string{"'", `"`} {
		if rest, ok := strings.CutPrefix(e, quote); ok {
			text, after, closed := strings.Cut(rest, quote)
			return text, closed && !strings.Contains(text, `\`) && strings.HasPrefix(strings.TrimSpace(after), "+")
		}
	}
	return "", strings.HasPrefix(e, "claims.") && !strings.ContainsAny(e, " ?+(")
}

// mostAudiences is the number of audiences that a warning names.
const mostAudiences = 20

func sharedAudience(j *apiserver.JWTAuthenticator, t *token.Token) *finding.Finding {
	aud, _ := t.Audience()
	azp, _ := t.Claims["azp"].(string)
	audiences := finding.Bracketed(finding.Names(finding.Audience, aud[:min(len(aud), mostAudiences)])...)
	if rest := len(aud) - mostAudiences; rest > 0 {
		audiences = finding.T("%s and %s more", audiences, finding.Count(rest))
	}
	switch {
	case azp != "" && !slices.Contains(j.Issuer.Audiences, azp):
		return warn(finding.AudienceShared, finding.T("the token was issued to the client %q, for the audience %s", finding.Client.Of(azp), audiences))
	case len(aud) > 1:
		return warn(finding.AudienceShared, finding.T("the token was issued for %s audiences: %s", finding.Count(len(aud)), audiences))
	}
	return nil
}
