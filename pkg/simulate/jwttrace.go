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

// jwtStep is a check of the server's JWT authenticator.
type jwtStep struct {
	name string
	// errorTexts are parts of the error messages of this check.
	errorTexts []string
	// detail returns the compared values, and false if the configuration does not need the
	// check. It is nil for CEL expressions, which add themselves to the trace.
	detail func(subject) (finding.Text, bool)
}

// subject is the unverified token, with the issuer that judges it.
type subject struct {
	*token.Token
	issuer *apiserver.JWTAuthenticator
	now    time.Time
}

// jwtSteps are all checks, in the server's order.
var jwtSteps = []jwtStep{
	{"token", []string{"malformed jwt", "id token not signed", "multiple signatures"}, always},
	{"algorithm", []string{"signed with unsupported algorithm"}, func(s subject) (finding.Text, bool) { return finding.T("%s", finding.Standard(s.Algorithm())), true }},
	{trace.Signature, []string{"failed to verify signature"}, func(s subject) (finding.Text, bool) {
		if kid, ok := s.KeyID(); ok {
			return finding.T("by the key %s", finding.KeyID.Of(kid)), true
		}
		return finding.T("by any key, as the token has no kid"), true
	}},
	{"claims", []string{"failed to unmarshal claims", "oidc: parse claims", "claim name", "source does not exist"}, always},
	{"issuer", []string{"issued by a different provider"}, func(s subject) (finding.Text, bool) { return s.claim("iss"), true }},
	{"audience", []string{"expected audience"}, func(s subject) (finding.Text, bool) {
		wanted := s.issuer.Issuer.Audiences
		return finding.T("aud is %s and must include one of %s", s.claim("aud"), finding.Listed(len(wanted), finding.Names(finding.Audience, wanted)...)), true
	}},
	{"lifetime", []string{"token is expired", "before the nbf"}, func(s subject) (finding.Text, bool) {
		lifetime := finding.T("expires at %s", s.claim("exp"))
		if exp, ok := s.ExpiresAt(); ok {
			lifetime = finding.T("expires at %s", finding.Timestamp(exp))
		}
		if nbf, ok := s.NotBefore(); ok && nbf.After(s.now) {
			lifetime = finding.T("valid from %s, %s", finding.Timestamp(nbf), lifetime)
		}
		return finding.T("%s; the time is %s", lifetime, finding.Timestamp(s.now)), true
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
				words = append(words, finding.T("%s is %s and must be %q", finding.Claim.Of(r.Claim), s.claim(r.Claim), finding.ClaimValue.Of(r.RequiredValue)))
			}
		}
		return finding.Join("; ", words...), len(words) > 0
	}},
	{"claimValidationRules", []string{"claim validation expression"}, nil},
	{"userValidationRules", []string{"user info validation rule"}, nil},
}

func always(subject) (finding.Text, bool) { return finding.Text{}, true }

// claim returns the value of a claim, as JSON.
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

// stepIndex returns the position of a step in the server's order, or -1.
func stepIndex(name string) int {
	return slices.IndexFunc(jwtSteps, func(s jwtStep) bool { return name == s.name })
}

// rejectedAt returns the index of the step that rejected the token: len(jwtSteps) if none did,
// and -1 if the server could not check the token. A failed expression in the trace decides.
// Otherwise the first match in the error message does, since the message begins with the
// server's own text and may then quote the configuration.
func rejectedAt(traced []trace.Step, err error) int {
	if err == nil {
		return len(jwtSteps)
	}
	var missing *Missing
	if errors.As(err, &missing) {
		return -1
	}
	if i := slices.IndexFunc(traced, func(n trace.Step) bool { return n.Outcome == trace.Failed }); i >= 0 {
		return max(0, stepIndex(traced[i].Name))
	}
	text := err.Error()
	at, first := 0, len(text)
	for i, s := range jwtSteps {
		for _, part := range s.errorTexts {
			if n := strings.Index(text, part); n >= 0 && n < first {
				at, first = i, n
			}
		}
	}
	return at
}

// rejectedExpression returns the index of the expression whose value the server rejected: the
// last one, unless the error message quotes another; -1 if an evaluation failed.
func rejectedExpression(expressions []trace.Step, err error) int {
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

// completed adds the steps that do not trace themselves to the traced ones, in the server's
// order. Steps after the one that rejected the token are Skipped.
func completed(traced []trace.Step, s subject, err error) []trace.Step {
	at := rejectedAt(traced, err)
	missing := slices.IndexFunc(traced, func(n trace.Step) bool { return n.Outcome == trace.Missing })
	var out []trace.Step
	if at < 0 && missing >= 0 {
		out = append(out, trace.Step{Name: "keys", Outcome: trace.Missing, Detail: traced[missing].Detail})
		traced = slices.Delete(slices.Clone(traced), missing, missing+1)
	}
	for i, step := range jwtSteps {
		expressions := slices.DeleteFunc(slices.Clone(traced), func(n trace.Step) bool { return stepIndex(n.Name) != i })
		if i == at && missing < 0 {
			if n := rejectedExpression(expressions, err); n >= 0 {
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
			out = append(out, trace.Step{Name: step.name, Outcome: trace.Missing, Detail: traced[missing].Detail})
			traced = slices.Delete(slices.Clone(traced), missing, missing+1)
		case i == at:
			out = append(out, trace.Step{Name: step.name, Outcome: trace.Failed, Detail: detail})
		default:
			out = append(out, trace.Step{Name: step.name, Outcome: trace.Skipped, Detail: detail})
		}
	}
	return append(out, slices.DeleteFunc(slices.Clone(traced), func(n trace.Step) bool { return stepIndex(n.Name) >= 0 })...)
}
