package simulate

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"k8s.io/apiserver/pkg/apis/apiserver"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/trace"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// jwtStep is something that the server's JWT authenticator looks at.
type jwtStep struct {
	name string
	// refusals are words by which its refusals are known.
	refusals []string
	// detail says what is compared with what, and false where the configuration does not
	// ask for it. It is nil for expressions, which note themselves when they are evaluated.
	detail func(subject) (finding.Text, bool)
}

// subject is the token as far as it can be read, unverified, and whom it has to suit.
type subject struct {
	*token.Token
	issuer *apiserver.JWTAuthenticator
	now    time.Time
}

// jwtSteps are all of them, in the server's order.
var jwtSteps = []jwtStep{
	{"token", []string{"malformed jwt", "id token not signed", "multiple signatures"}, always},
	{"algorithm", []string{"signed with unsupported algorithm"}, func(s subject) (finding.Text, bool) { return finding.T("%s", finding.Standard(s.Algorithm())), true }},
	{trace.Signature, []string{"failed to verify signature"}, func(s subject) (finding.Text, bool) {
		if kid, ok := s.KeyID(); ok {
			return finding.T("by the key %s", finding.KeyID.Of(kid)), true
		}
		return finding.T("by any key: the token names none"), true
	}},
	{"claims", []string{"failed to unmarshal claims", "oidc: parse claims", "claim name", "source does not exist"}, always},
	{"issuer", []string{"issued by a different provider"}, func(s subject) (finding.Text, bool) { return s.claim("iss"), true }},
	{"audience", []string{"expected audience"}, func(s subject) (finding.Text, bool) {
		wanted := s.issuer.Issuer.Audiences
		return finding.T("aud is %s; it has to hold one of %s", s.claim("aud"), finding.Listed(len(wanted), finding.Names(finding.Audience, wanted)...)), true
	}},
	{"lifetime", []string{"token is expired", "before the nbf"}, func(s subject) (finding.Text, bool) {
		words := finding.T("it ends at %s", s.claim("exp"))
		if end, ok := s.ExpiresAt(); ok {
			words = finding.T("it ends at %s", finding.Timestamp(end))
		}
		if begin, ok := s.NotBefore(); ok && begin.After(s.now) {
			words = finding.T("it begins at %s; %s", finding.Timestamp(begin), words)
		}
		return finding.T("%s; it is %s", words, finding.Timestamp(s.now)), true
	}},
	{"distributed claims", []string{"distributed claim"}, func(s subject) (finding.Text, bool) {
		_, ok := s.Claims["_claim_names"]
		return finding.Text{}, ok && s.issuer.ClaimMappings.Groups.Claim != ""
	}},
	{"claimMappings.username", []string{"username claim", "empty username", "email not verified", "email_verified"}, func(s subject) (finding.Text, bool) {
		return s.mapped(s.issuer.ClaimMappings.Username.Claim)
	}},
	{"claimMappings.groups", []string{"groups claim", "group claim"}, func(s subject) (finding.Text, bool) {
		return s.mapped(s.issuer.ClaimMappings.Groups.Claim)
	}},
	{"claimMappings.uid", []string{"uid claim"}, func(s subject) (finding.Text, bool) { return s.mapped(s.issuer.ClaimMappings.UID.Claim) }},
	{"claimMappings.extra", []string{"extra claim"}, nil},
	{"required claims", []string{"required claim", "oidc: parse claim "}, func(s subject) (finding.Text, bool) {
		var words []finding.Value
		for _, r := range s.issuer.ClaimValidationRules {
			if r.Claim != "" {
				words = append(words, finding.T("%s is %s, and has to be %q", finding.Claim.Of(r.Claim), s.claim(r.Claim), finding.ClaimValue.Of(r.RequiredValue)))
			}
		}
		return finding.Join("; ", words...), len(words) > 0
	}},
	{"claimValidationRules", []string{"claim validation expression"}, nil},
	{"userValidationRules", []string{"user info validation rule"}, nil},
}

func always(subject) (finding.Text, bool) { return finding.Text{}, true }

// claim is what a claim holds, as JSON.
func (s subject) claim(name string) finding.Text {
	v, ok := s.Claims[name]
	if !ok {
		return finding.T("absent")
	}
	data, err := json.Marshal(v)
	if err != nil {
		return finding.T("unreadable")
	}
	return finding.T("%s", finding.ClaimValue.Of(token.Redact(string(data))).Whole())
}

func (s subject) mapped(claim string) (finding.Text, bool) {
	return finding.T("%s is %s", finding.Claim.Of(claim), s.claim(claim)), claim != ""
}

// place is where a step stands in the server's order; -1 for none of them.
func place(name string) int {
	return slices.IndexFunc(jwtSteps, func(s jwtStep) bool { return name == s.name })
}

// refusedAt is where the server refused a token; the number of steps where it did not, and -1
// where it never came to look at it. An expression that failed says so itself, and the
// server's text not always what it was for. Else its text begins with its own words, and goes
// on with those of the configuration: what stands first in it counts.
func refusedAt(noted []trace.Step, err error) int {
	if err == nil {
		return len(jwtSteps)
	}
	var missing *Missing
	if errors.As(err, &missing) {
		return -1
	}
	if i := slices.IndexFunc(noted, func(n trace.Step) bool { return n.Outcome == trace.Failed }); i >= 0 {
		return max(0, place(noted[i].Name))
	}
	text := err.Error()
	at, first := 0, len(text)
	for i, s := range jwtSteps {
		for _, words := range s.refusals {
			if n := strings.Index(text, words); n >= 0 && n < first {
				at, first = i, n
			}
		}
	}
	return at
}

// unusable is the expression of which the server said that its value is of no use: the last
// one, unless the text quotes another; -1 where one has failed by itself.
func unusable(expressions []trace.Step, err error) int {
	at := len(expressions) - 1
	for i, e := range expressions {
		if e.Outcome == trace.Failed {
			return -1
		}
		if strings.Contains(err.Error(), ": "+e.Expression+": ") {
			at = i
		}
	}
	return at
}

// completed puts the steps that the server took without a word between those that noted
// themselves, up to the one that refused the token. The steps after it were not reached.
func completed(noted []trace.Step, s subject, err error) []trace.Step {
	at := refusedAt(noted, err)
	missing := slices.IndexFunc(noted, func(n trace.Step) bool { return n.Outcome == trace.Missing })
	var out []trace.Step
	if at < 0 && missing >= 0 {
		out = append(out, trace.Step{Name: "keys", Outcome: trace.Missing, Detail: noted[missing].Detail})
		noted = slices.Delete(slices.Clone(noted), missing, missing+1)
	}
	for i, step := range jwtSteps {
		expressions := slices.DeleteFunc(slices.Clone(noted), func(n trace.Step) bool { return place(n.Name) != i })
		if i == at && missing < 0 {
			if n := unusable(expressions, err); n >= 0 {
				expressions[n].Outcome = trace.Failed
			}
		}
		out = append(out, expressions...)
		if step.detail == nil || len(expressions) > 0 {
			continue
		}
		detail, applies := step.detail(s)
		switch {
		case !applies:
		case i < at:
			out = append(out, trace.Step{Name: step.name, Outcome: trace.Passed, Detail: detail})
		case i == at && missing >= 0:
			out = append(out, trace.Step{Name: step.name, Outcome: trace.Missing, Detail: noted[missing].Detail})
			noted = slices.Delete(slices.Clone(noted), missing, missing+1)
		case i == at:
			out = append(out, trace.Step{Name: step.name, Outcome: trace.Failed, Detail: detail})
		default:
			out = append(out, trace.Step{Name: step.name, Outcome: trace.Skipped, Detail: detail})
		}
	}
	return append(out, slices.DeleteFunc(slices.Clone(noted), func(n trace.Step) bool { return place(n.Name) >= 0 })...)
}
