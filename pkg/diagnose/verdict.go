package diagnose

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Verdict is what the API server makes of a credential.
type Verdict string

const (
	Accepted  Verdict = "Accepted"
	Rejected  Verdict = "Rejected"
	Anonymous Verdict = "Anonymous"
	Undecided Verdict = "Undecided"
)

// DecidedBy says who said so.
type DecidedBy string

const (
	ByTokenReview       DecidedBy = "TokenReview"
	BySelfSubjectReview DecidedBy = "SelfSubjectReview"
	ByInference         DecidedBy = "Inference"
	ByNobody            DecidedBy = "None"
)

// Decision is a verdict, who made it, and whom the server takes an accepted credential for.
type Decision struct {
	Verdict Verdict
	By      DecidedBy
	User    *token.Identity
}

// Decision is what the server makes of the subject in focus. The wire decides:
// what the server serves a request as, or why it refuses it. TokenReview decides
// for audiences that the wire cannot ask for.
func (c *Case) Decision() Decision { return c.decision.or(c.decide) }

func (c *Case) decide() Decision {
	s := c.Subject()
	switch wire := s.Wire.Value; {
	case !c.IsSendable(), !s.Wire.Known():
	case wire.User != nil && wire.User.Username == AnonymousUser:
		// Also where a certificate or claim gives somebody that name.
		return Decision{Anonymous, BySelfSubjectReview, nil}
	case c.IdentitySuppliedOnTheWay(), c.IsPlainHTTP():
		// Whoever this is, it is not for the sake of the credential.
	case len(c.Audiences) > 0 && c.IsToken():
		return c.decideForAudiences()
	case NamesUser(wire.User):
		return Decision{Accepted, BySelfSubjectReview, wire.User}
	case c.RefusedOnTheWire() && c.DecidingText() != "":
		return Decision{Rejected, ByTokenReview, nil}
	case c.RefusedOnTheWire():
		return Decision{Rejected, BySelfSubjectReview, nil}
	case wire.FromAPIServer:
		// The API server would not say: there is no SelfSubjectReview before Kubernetes
		// 1.28 (404), or it has trouble of its own (429, 500). TokenReview has the word.
		if r, ok := s.Review(nil); ok && r.Answer.Known() {
			return byReview(nil, r.Answer.Value)
		}
	}
	return Decision{Undecided, ByNobody, nil}
}

// decideForAudiences decides where audiences were asked for: by TokenReview or, in
// one direction only, by what the token says.
func (c *Case) decideForAudiences() Decision {
	if r, ok := c.Subject().Review(c.Audiences); ok && r.Answer.Known() {
		return byReview(c.Audiences, r.Answer.Value)
	}
	// The server's own audiences may be among those asked for: who has none that was
	// asked for is refused, and who has one is not yet accepted.
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
	// It may name somebody, for audiences that were not asked for.
	return Decision{Rejected, ByTokenReview, nil}
}

// confirmedFor are those of the audiences asked for that each TokenReview for them
// confirms: one is enough for a yes, which says nothing of the others.
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

// LacksAskedAudience reports whether no audience of the token was asked for. A token
// without `aud` is for the API server's own audiences.
func (c *Case) LacksAskedAudience() bool {
	aud, present := c.Token().Audience()
	if !present {
		return false
	}
	return !slices.ContainsFunc(aud, func(a string) bool { return slices.Contains(c.Audiences, a) })
}

// IsSendable reports whether anything with this credential can leave the client.
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
	// Also beside a certificate: the header that cannot be sent stops the request.
	return cred.Token == nil || cred.Token.Sent().Possible
}

// IsPlainHTTP: over such a connection clients send no credential.
func (c *Case) IsPlainHTTP() bool { return strings.HasPrefix(c.Server.URL, "http://") }
