package diagnose

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Verdict is the API server's decision about a credential.
type Verdict string

const (
	Accepted  Verdict = "Accepted"
	Rejected  Verdict = "Rejected"
	Anonymous Verdict = "Anonymous"
	Undecided Verdict = "Undecided"
)

// DecidedBy is the source of a verdict.
type DecidedBy string

const (
	ByTokenReview       DecidedBy = "TokenReview"
	BySelfSubjectReview DecidedBy = "SelfSubjectReview"
	ByInference         DecidedBy = "Inference"
	ByNobody            DecidedBy = "None"
)

// Decision is a verdict with its source and, if Accepted, the user.
type Decision struct {
	Verdict Verdict
	By      DecidedBy
	User    *token.Identity
}

// Decision is the verdict on the subject in focus. A request with the credential decides; TokenReview decides for audiences that a
// request cannot ask for.
func (c *Case) Decision() Decision { return c.decision.or(c.decide) }

func (c *Case) decide() Decision {
	s := c.Subject()
	switch wire := s.Wire.Value; {
	case !c.IsSendable(), !s.Wire.Known():
	case wire.User != nil && wire.User.Username == AnonymousUser:
		// A certificate or claim may also contain this name.
		return Decision{Anonymous, BySelfSubjectReview, nil}
	case c.IdentitySuppliedOnTheWay(), c.IsPlainHTTP():
		// The user does not come from the credential.
	case len(c.Audiences) > 0 && c.IsToken():
		return c.decideForAudiences()
	case NamesUser(wire.User):
		return Decision{Accepted, BySelfSubjectReview, wire.User}
	case c.RefusedOnTheWire() && c.DecidingText() != "":
		return Decision{Rejected, ByTokenReview, nil}
	case c.RefusedOnTheWire():
		return Decision{Rejected, BySelfSubjectReview, nil}
	case wire.FromAPIServer:
		// SelfSubjectReview does not exist before Kubernetes 1.28 (404), or the API server failed (429, 500), so TokenReview decides.
		if r, ok := s.Review(nil); ok && r.Answer.Known() {
			return byReview(nil, r.Answer.Value)
		}
	}
	return Decision{Undecided, ByNobody, nil}
}

// decideForAudiences decides for requested audiences: by TokenReview, or as Rejected by the token's own audiences.
func (c *Case) decideForAudiences() Decision {
	if r, ok := c.Subject().Review(c.Audiences); ok && r.Answer.Known() {
		return byReview(c.Audiences, r.Answer.Value)
	}
	// The API server's own audiences may be requested too: a token without any requested audience is rejected, but one with such an
	// audience is not yet accepted.
	if c.Authenticated() && c.IsBoundToken() && c.LacksAskedAudience() {
		return Decision{Rejected, ByInference, nil}
	}
	return Decision{Undecided, ByNobody, nil}
}

func byReview(asked []string, r evidence.ReviewStatus) Decision {
	switch {
	case ReviewAccepts(asked, r):
		return Decision{Accepted, ByTokenReview, &r.User}
	case r.Authenticated && !ReviewNamesUser(r):
		return Decision{Anonymous, ByTokenReview, nil}
	}
	// The TokenReview may name a user for other audiences.
	return Decision{Rejected, ByTokenReview, nil}
}

// confirmedFor are the requested audiences that every TokenReview confirms: one confirmed audience proves nothing about the others.
func (c *Case) confirmedFor() []string {
	var answers []evidence.Fact[evidence.ReviewStatus]
	for _, a := range c.Subject().Attempts {
		answers = append(answers, a.Review)
	}
	if r, ok := c.Subject().Review(c.Audiences); ok && len(answers) == 0 {
		answers = append(answers, r.Answer)
	}
	out := slices.Clone(c.Audiences)
	for _, a := range answers {
		if a.Known() {
			out = slices.DeleteFunc(out, func(asked string) bool { return !slices.Contains(a.Value.Audiences, asked) })
		}
	}
	return out
}

// LacksAskedAudience reports whether the token has none of the requested audiences. A token without `aud` has the API server's own.
func (c *Case) LacksAskedAudience() bool {
	aud, present := c.Token().Audience()
	if !present {
		return false
	}
	return !slices.ContainsFunc(aud, func(a string) bool { return slices.Contains(c.Audiences, a) })
}

// IsSendable reports whether a client can send a request with this credential.
func (c *Case) IsSendable() bool {
	cred := c.Subject().Credential
	if _, broken := cred.Fault(credential.Unavailable); broken || cred.Projected != nil && cred.Token == nil {
		return false
	}
	if cred.Certificate != nil && !c.Simulated {
		if _, err := cred.Certificate.Presentable(); err != nil {
			return false
		}
	}
	// An invalid header stops the request even with a client certificate.
	return cred.Token == nil || cred.Token.Sent().Possible
}

// IsPlainHTTP reports whether the connection is plain HTTP, over which clients send no credential.
func (c *Case) IsPlainHTTP() bool { return strings.HasPrefix(c.Server.URL, "http://") }
