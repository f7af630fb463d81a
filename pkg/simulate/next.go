package simulate

import (
	"context"
	"slices"
	"strings"
	"time"

	"k8s.io/apiserver/pkg/apis/apiserver"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/trace"
)

// Rejection is one fault of a token for which the server rejects it, once the faults before it are fixed.
type Rejection struct {
	Answer *Answer
	// Evidence is about the server that rejects the token for this fault.
	Evidence *evidence.Evidence
	// Step is the name of the failed step.
	Step string
}

// mostRejections bounds the number of rules of a hostile configuration that are tried.
const mostRejections = 20

// Rejections returns every fault for which the server rejects a token of a JWT issuer, in its order. An API server stops at the first.
// Each further rejection is its own answer with a configuration, or at a time, that the faults before do not concern. accepted is the
// answer without any fault; nil if that does not exist. checked is false if the issuer's keys were not given, so that the signature
// was not verified.
func (s *Server) Rejections(ctx context.Context, c *credential.Credential, audiences []string) (faults []Rejection, accepted *Answer, checked bool) {
	at := s.issuerIndex(c)
	if at < 0 {
		return nil, nil, false
	}
	checked = true
	server := &lenient{Server: s, at: at}
	for range mostRejections {
		answer, e := server.Judge(ctx, c, audiences)
		if answer.Authenticated {
			return faults, answer, checked
		}
		step, rejected := failedStep(answer)
		if !answer.Decided() {
			if !checked {
				return faults, nil, false
			}
			// Everything but the signature can still be judged.
			checked, step.Name = false, trace.Signature
		} else if !rejected {
			return faults, nil, checked
		} else {
			faults = append(faults, Rejection{answer, e, step.Name})
		}
		next, err := server.without(step, answer.Error, c)
		if next == nil || err != nil {
			return faults, nil, checked
		}
		defer next.Close()
		server = next
	}
	return faults, nil, checked
}

// issuerIndex returns the index of the JWT issuer that judges a credential, or -1.
func (s *Server) issuerIndex(c *credential.Credential) int {
	if c.Token == nil {
		return -1
	}
	return slices.IndexFunc(s.config.JWT, func(j apiserver.JWTAuthenticator) bool {
		return (&issuer{configured: j}).is(c.Token.Issuer())
	})
}

// failedStep returns the step that rejected the token.
func failedStep(a *Answer) (trace.Step, bool) {
	for _, attempt := range a.Attempts {
		for _, step := range attempt.Steps {
			if attempt.Opinion == Rejected && step.Outcome == trace.Failed && stepIndex(step.Name) >= 0 {
				return step, true
			}
		}
	}
	return trace.Step{}, false
}

// lenient is a server that overlooks some faults of a token. at is the index of the token's issuer.
type lenient struct {
	*Server
	at int
}

// without returns a server that overlooks what failed in a step as well; nil if that is not possible.
func (l *lenient) without(failed trace.Step, message string, c *credential.Credential) (*lenient, error) {
	config, world := l.config, l.world
	config.JWT = slices.Clone(config.JWT)
	j := config.JWT[l.at].DeepCopy()
	config.JWT[l.at] = *j
	j = &config.JWT[l.at]
	m := &j.ClaimMappings
	switch failed.Name {
	case trace.Signature:
		world.Unsigned = true
	case "audience":
		aud, _ := c.Token.Audience()
		if len(aud) == 0 {
			return nil, nil
		}
		j.Issuer.Audiences, j.Issuer.AudienceMatchPolicy = aud, apiserver.AudienceMatchPolicyMatchAny
	case "lifetime":
		within, ok := lifetimeOf(c)
		if !ok {
			return nil, nil
		}
		world.Now = func() time.Time { return within }
	case "claimMappings.username":
		none := ""
		m.Username = apiserver.PrefixedClaimOrExpression{Claim: "iss", Prefix: &none}
		withoutRulesOf(j, "username")
	case "claimMappings.groups":
		m.Groups = apiserver.PrefixedClaimOrExpression{}
		withoutRulesOf(j, "groups")
	case "claimMappings.uid":
		m.UID = apiserver.ClaimOrExpression{}
		withoutRulesOf(j, "uid")
	case "claimMappings.extra":
		m.Extra = nil
		withoutRulesOf(j, "extra")
	case "required claims":
		j.ClaimValidationRules = withoutRequirement(j.ClaimValidationRules, message, c)
	case "claimValidationRules":
		j.ClaimValidationRules = slices.DeleteFunc(j.ClaimValidationRules, func(r apiserver.ClaimValidationRule) bool { return r.Expression == failed.Expression })
		if m.Username.Expression != "" && !slices.Contains(j.ClaimValidationRules, readsVerified) {
			j.ClaimValidationRules = append(j.ClaimValidationRules, readsVerified)
		}
	case "userValidationRules":
		j.UserValidationRules = slices.DeleteFunc(j.UserValidationRules, func(r apiserver.UserValidationRule) bool { return r.Expression == failed.Expression })
	default:
		return nil, nil
	}
	server, err := New(config, world)
	if err != nil {
		return nil, err
	}
	return &lenient{server, l.at}, nil
}

// readsVerified is a rule that every token satisfies. The server requires that a rule reads email_verified if the user name is an
// email address.
var readsVerified = apiserver.ClaimValidationRule{Expression: "claims.?email_verified.orValue(true) == true || true"}

// withoutRulesOf removes the rules that read a field of the user.
func withoutRulesOf(j *apiserver.JWTAuthenticator, field string) {
	j.UserValidationRules = slices.DeleteFunc(j.UserValidationRules, readsUser(field))
}

// withoutRequirement removes the required claim that the error message names.
func withoutRequirement(rules []apiserver.ClaimValidationRule, message string, c *credential.Credential) []apiserver.ClaimValidationRule {
	fails := func(r apiserver.ClaimValidationRule) bool {
		value, ok := c.Token.Claims[r.Claim].(string)
		return r.Claim != "" && (!ok || value != r.RequiredValue)
	}
	named := func(r apiserver.ClaimValidationRule) bool {
		return fails(r) && (strings.Contains(message, "claim "+r.Claim+" ") || strings.Contains(message, "claim "+r.Claim+":"))
	}
	if slices.ContainsFunc(rules, named) {
		return slices.DeleteFunc(rules, named)
	}
	return slices.DeleteFunc(rules, fails)
}

// lifetimeOf returns a time within the lifetime of a token.
func lifetimeOf(c *credential.Credential) (time.Time, bool) {
	exp, ok := c.Token.ExpiresAt()
	if !ok {
		return time.Time{}, false
	}
	within := exp.Add(-time.Second)
	if nbf, ok := c.Token.NotBefore(); ok && nbf.After(within) {
		return time.Time{}, false
	}
	return within, true
}
