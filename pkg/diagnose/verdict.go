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

type decision struct {
	verdict Verdict
	by      DecidedBy
	user    *token.Identity
}

// Verdict says what the server makes of the subject in focus. The wire decides:
// what the server serves a request as, or why it refuses it. TokenReview decides
// for audiences that the wire cannot ask for.
func (e *Case) Verdict() (Verdict, DecidedBy, *token.Identity) {
	d := e.decision.or(func() (d decision) {
		d.verdict, d.by, d.user = e.decide()
		return d
	})
	return d.verdict, d.by, d.user
}

func (e *Case) decide() (Verdict, DecidedBy, *token.Identity) {
	s := e.Subject()
	if e.WhyUnsendable() != "" {
		return Undecided, ByNobody, nil
	}
	if !s.Wire.Known() {
		return Undecided, ByNobody, nil
	}
	wire := s.Wire.Value
	if wire.User != nil && wire.User.Username == AnonymousUser {
		// Also where a certificate or claim gives somebody that name.
		return Anonymous, BySelfSubjectReview, nil
	}
	if e.IdentitySuppliedOnTheWay() {
		return Undecided, ByNobody, nil
	}
	if e.IsPlainHTTP() {
		// The credential was dropped; whoever this is, it is not for its sake.
		return Undecided, ByNobody, nil
	}
	if len(e.Audiences) > 0 && s.Credential.IsToken() {
		return e.decideForAudiences(wire)
	}
	switch {
	case NamesUser(wire.User):
		return Accepted, BySelfSubjectReview, wire.User
	case e.RefusedOnTheWire():
		if e.DecidingText() != "" {
			return Rejected, ByTokenReview, nil
		}
		return Rejected, BySelfSubjectReview, nil
	case wire.FromAPIServer:
		// The API server would not say: there is no SelfSubjectReview before Kubernetes
		// 1.28 (404), or it has trouble of its own (429, 500). TokenReview has the word.
		if r, ok := s.Review(nil); ok && r.Answer.Known() {
			return byReview(nil, r.Answer.Value)
		}
	}
	return Undecided, ByNobody, nil
}

// decideForAudiences decides where audiences were asked for: by TokenReview or, in
// one direction only, by what the token says.
func (e *Case) decideForAudiences(wire evidence.Answer) (Verdict, DecidedBy, *token.Identity) {
	s := e.Subject()
	if r, ok := s.Review(e.Audiences); ok && r.Answer.Known() {
		return byReview(e.Audiences, r.Answer.Value)
	}
	// The server's own audiences may be among those asked for: who has none that was
	// asked for is refused, and who has one is not yet accepted.
	if e.Authenticated() && e.IsBoundToken() && e.LacksAskedAudience() {
		return Rejected, ByInference, nil
	}
	return Undecided, ByNobody, nil
}

func byReview(asked []string, r evidence.ReviewStatus) (Verdict, DecidedBy, *token.Identity) {
	switch {
	case ReviewAccepts(asked, r):
		user := r.User
		return Accepted, ByTokenReview, &user
	case ReviewNamesUser(r):
		// It names somebody, for audiences that were not asked for.
		return Rejected, ByTokenReview, nil
	case r.Authenticated:
		return Anonymous, ByTokenReview, nil
	}
	return Rejected, ByTokenReview, nil
}

// confirmedFor are those of the audiences asked for that each TokenReview for them
// confirms: one is enough for a yes, which says nothing of the others.
func (e *Case) confirmedFor() []string {
	var answers []evidence.Fact[evidence.ReviewStatus]
	for _, a := range e.Subject().Attempts {
		answers = append(answers, a.Review)
	}
	if r, ok := e.Subject().Review(e.Audiences); ok && len(answers) == 0 {
		answers = append(answers, r.Answer)
	}
	out := slices.Clone(e.Audiences)
	for _, a := range answers {
		if a.Known() {
			out = slices.DeleteFunc(out, func(asked string) bool { return !slices.Contains(a.Value.Audiences, asked) })
		}
	}
	return out
}

// LacksAskedAudience reports whether no audience of the token was asked for. A token
// without `aud` is for the API server's own audiences.
func (e *Case) LacksAskedAudience() bool {
	aud, present := e.Token().Audience()
	if !present {
		return false
	}
	return !slices.ContainsFunc(aud, func(a string) bool { return slices.Contains(e.Audiences, a) })
}

// WhyUnsendable says why nothing with this credential can leave the client; empty
// where something can.
func (e *Case) WhyUnsendable() string {
	c := e.Subject().Credential
	for _, f := range c.Faults {
		if f.Effect == credential.Unavailable {
			return f.Detail
		}
	}
	if c.Certificate != nil && !e.Simulated {
		if _, err := c.Certificate.Presentable(); err != nil {
			return err.Error()
		}
	}
	if c.Token != nil {
		// Also beside a certificate: the header that cannot be sent stops the request.
		if sent := c.Token.Sent(); !sent.Possible {
			return sent.Reason.String()
		}
	}
	if c.Projected != nil && c.Token == nil {
		if why := c.Projected.Unread; why != nil {
			return "the token was not read: " + why.Text
		}
		return "the token was described from the Pod's spec and not read"
	}
	return ""
}

func (e *Case) IsPlainHTTP() bool { return strings.HasPrefix(e.Server.URL, "http://") }
