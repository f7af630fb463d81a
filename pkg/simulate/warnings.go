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
	var out []finding.Finding
	for _, f := range []*finding.Finding{reservedName(j, a), selfAsserted(j, t), s.collision(at), sharedAudience(j, t)} {
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

const reserved = "system:"

// addedByServer are the groups that the API server adds itself.
var addedByServer = []string{"system:authenticated"}

func reservedName(j *apiserver.JWTAuthenticator, a *Answer) *finding.Finding {
	names := append([]string{a.User.GetName()}, a.User.GetGroups()...)
	for _, n := range names {
		if strings.HasPrefix(n, reserved) && !slices.Contains(addedByServer, n) {
			return warn(finding.ReservedNameMapped, finding.T("the token is mapped to %q by the claim mappings of %s", finding.User.Of(n), finding.Issuer.Of(j.Issuer.URL)))
		}
	}
	if slices.ContainsFunc(j.UserValidationRules, func(r apiserver.UserValidationRule) bool { return strings.Contains(r.Expression, reserved) }) {
		return nil
	}
	for _, m := range []struct {
		place   string
		mapping apiserver.PrefixedClaimOrExpression
	}{{"claimMappings.username", j.ClaimMappings.Username}, {"claimMappings.groups", j.ClaimMappings.Groups}} {
		if m.mapping.Claim != "" && prefixOf(m.mapping) == "" {
			return warn(finding.ReservedNameMapped, finding.T("%s of %s has no prefix: a claim %s that begins with %q would be mapped unchanged", finding.Standard(m.place), finding.Issuer.Of(j.Issuer.URL), finding.Standard(m.mapping.Claim), finding.T(reserved)))
		}
	}
	return nil
}

// settable are the claims that many providers let users set.
var settable = []string{"name", "nickname", "preferred_username", "given_name", "profile"}

func selfAsserted(j *apiserver.JWTAuthenticator, t *token.Token) *finding.Finding {
	claim := j.ClaimMappings.Username.Claim
	switch {
	case claim == "email" && t.Claims["email_verified"] == nil:
		if slices.ContainsFunc(j.ClaimValidationRules, func(r apiserver.ClaimValidationRule) bool {
			return r.Claim == "email_verified" || strings.Contains(r.Expression, "email_verified")
		}) {
			return nil
		}
		return warn(finding.ClaimSelfAsserted, finding.T("the user name is the claim email, and the token does not say that the address was verified"))
	case slices.Contains(settable, claim):
		return warn(finding.ClaimSelfAsserted, finding.T("the user name is the claim %s", finding.Standard(claim)))
	}
	return nil
}

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
			return warn(finding.UsernamesMayCollide, finding.T("user names of %s begin with %q, those of %s with %q", finding.Issuer.Of(s.config.JWT[at].Issuer.URL), finding.Quoted(own), finding.Issuer.Of(s.config.JWT[i].Issuer.URL), finding.Quoted(other)))
		}
	}
	return nil
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

func sharedAudience(j *apiserver.JWTAuthenticator, t *token.Token) *finding.Finding {
	aud, _ := t.Audience()
	azp, _ := t.Claims["azp"].(string)
	audiences := finding.Bracketed(finding.Names(finding.Audience, aud)...)
	switch {
	case azp != "" && !slices.Contains(j.Issuer.Audiences, azp):
		return warn(finding.AudienceShared, finding.T("the token was issued to the client %q, for the audience %s", finding.Client.Of(azp), audiences))
	case len(aud) > 1:
		return warn(finding.AudienceShared, finding.T("the token was issued for %s audiences: %s", finding.Count(len(aud)), audiences))
	}
	return nil
}
