package checks

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/replicas"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// attempt is an answer, selected by a letter. The number makes UIDs differ.
func attempt(letter rune, number int) evidence.Attempt {
	robotUser := token.Identity{Username: robot, Groups: []string{"system:authenticated"}}
	no := &evidence.Failure{Kind: evidence.Unreachable, Said: finding.T("%s", finding.Message("connection refused")), Transport: evidence.TransportRefused}
	refusal := func(text string) evidence.Attempt {
		return evidence.Attempt{Wire: evidence.Is(unauthorized(), finding.Text{}), Review: evidence.Is(evidence.ReviewStatus{Error: text}, finding.Text{})}
	}
	switch letter {
	case 'A': // accepted
		return evidence.Attempt{Wire: evidence.Is(evidence.Answer{Status: 201, FromAPIServer: true, User: &robotUser}, finding.Text{}), Review: evidence.Is(evidence.ReviewStatus{Authenticated: true, User: robotUser}, finding.Text{})}
	case 'a': // accepted, without permission to create TokenReviews
		return evidence.Attempt{Wire: evidence.Is(evidence.Answer{Status: 201, FromAPIServer: true, User: &robotUser}, finding.Text{})}
	case 'J': // accepted as another user
		return evidence.Attempt{Wire: evidence.Is(janeServed, finding.Text{}), Review: evidence.Is(evidence.ReviewStatus{Authenticated: true, User: *jane}, finding.Text{})}
	case 'K': // another key
		return refusal(words(primitiveText))
	case 'k': // the key is unknown
		return refusal(words(noKeysText))
	case 'E': // expired
		return refusal(words(expiredText))
	case 'D': // the ServiceAccount is deleted
		return refusal(words(`serviceaccounts "robot" not found`))
	case 'I': // no authenticator accepts it
		return refusal(bareText)
	case 'U': // another UID each time
		return refusal(words(fmt.Sprintf("service account UID (%08x-1111-1111-1111-111111111111) does not match claim (robot-uid)", number)))
	case 'W': // the webhook is unreachable
		return refusal(words(webhookDownText))
	case 'r': // rejected, without permission to create TokenReviews
		return evidence.Attempt{Wire: evidence.Is(unauthorized(), finding.Text{})}
	case 'R': // rejected in the request, accepted in the TokenReview, by another server
		return evidence.Attempt{Wire: evidence.Is(unauthorized(), finding.Text{}), Review: evidence.Is(evidence.ReviewStatus{Authenticated: true, User: robotUser}, finding.Text{})}
	case 'N':
		return evidence.Attempt{Wire: evidence.Is(asNobody(), finding.Text{}), Review: evidence.Is(evidence.ReviewStatus{Authenticated: true, User: nobodyUser}, finding.Text{})}
	case 'n': // anonymous in the request, accepted in the TokenReview: a proxy dropped the credential
		return evidence.Attempt{Wire: evidence.Is(asNobody(), finding.Text{}), Review: evidence.Is(evidence.ReviewStatus{Authenticated: true, User: robotUser}, finding.Text{})}
	case 'x':
		return evidence.Attempt{Wire: evidence.Not[evidence.Answer](no, finding.Text{}), Review: evidence.Not[evidence.ReviewStatus](no, finding.Text{})}
	case '5':
		return evidence.Attempt{Wire: evidence.Is(evidence.Answer{Status: 500, FromAPIServer: true, Message: "etcd"}, finding.Text{}), Review: evidence.Not[evidence.ReviewStatus](no, finding.Text{})}
	case 'p':
		return evidence.Attempt{Wire: evidence.Is(proxy401, finding.Text{}), Review: evidence.Not[evidence.ReviewStatus](no, finding.Text{})}
	}
	panic("what is " + string(letter) + "?")
}

// askedOften has the answers of all attempts, one letter each.
func askedOften(attempts string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		s := e.Subject()
		for i, letter := range attempts {
			s.Attempts = append(s.Attempts, attempt(letter, i))
		}
		s.Wire = s.Attempts[0].Wire
		s.Reviews = []evidence.Review{{Answer: s.Attempts[0].Review}}
	}
}

var repeatCases = []checkCase{
	{"answers-agree", "accepted each time", given(askedOften("AAAAA")), diagnose.Pass, nil},
	{"answers-agree", "rejected each time", given(askedOften("KKK")), diagnose.Pass, nil},
	{"answers-agree", "another UID in each refusal", given(askedOften("UUUU")), diagnose.Pass, nil},
	{"answers-agree", "two servers", given(askedOften("AKAAK")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "two servers, and no reviews", given(askedOften("arar")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "a server for the wire and another for the review", given(askedOften("ARAA")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "two servers that name different users", given(askedOften("AJA")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "two reasons", given(askedOften("KEK")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "a server that sees no credential", given(askedOften("NAN")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "it expired meanwhile", given(askedOften("AAAEE")), diagnose.Unknown, []found{maybe(finding.ReplicasDisagree)}},
	{"answers-agree", "asked twice", given(askedOften("AK")), diagnose.Unknown, []found{maybe(finding.ReplicasDisagree)}},
	{"answers-agree", "no answer is no other answer", given(askedOften("AxA5ApA")), diagnose.Pass, nil},
	{"answers-agree", "no attempt has an answer", given(askedOften("xxx")), diagnose.Unknown, []found{maybe(finding.ReplicasDisagree)}},
	{"answers-agree", "a webhook that comes and goes", given(holding(opaqueRaw), askedOften("JWJWJ")), diagnose.Unknown, []found{maybe(finding.ReplicasDisagree)}},
	{"answers-agree", "an opaque token, and no reviews", given(holding(opaqueRaw), askedOften("ararar")), diagnose.Unknown, []found{maybe(finding.ReplicasDisagree)}},
	{"answers-agree", "a certificate", given(presenting(clientCA.pemOf(nil), ""), askedOften("arar")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
}

func init() { checkCases = append(checkCases, repeatCases...) }

// The verdict is Accepted only if every attempt with an answer accepted the credential. If only some did, the
// cause is that difference and no fault of the credential.
func TestRepeatedVerdicts(t *testing.T) {
	for attempts, want := range map[string]struct {
		verdict diagnose.Verdict
		by      diagnose.DecidedBy
		cause   finding.ID
	}{
		"AAAA":  {diagnose.Accepted, diagnose.BySelfSubjectReview, ""},
		"AJAJ":  {diagnose.Accepted, diagnose.BySelfSubjectReview, ""},
		"AxAA":  {diagnose.Accepted, diagnose.BySelfSubjectReview, ""},
		"xAAA":  {diagnose.Accepted, diagnose.BySelfSubjectReview, ""},
		"KKKK":  {diagnose.Rejected, diagnose.ByTokenReview, finding.SignatureInvalid},
		"AKAK":  {diagnose.Rejected, diagnose.ByTokenReview, finding.ReplicasDisagree},
		"KAKA":  {diagnose.Rejected, diagnose.ByTokenReview, finding.ReplicasDisagree},
		"arara": {diagnose.Rejected, diagnose.BySelfSubjectReview, finding.ReplicasDisagree},
		"NANA":  {diagnose.Anonymous, diagnose.BySelfSubjectReview, finding.ReplicasDisagree},
		"NKNA":  {diagnose.Rejected, diagnose.ByTokenReview, finding.ReplicasDisagree},
		"NNNN":  {diagnose.Anonymous, diagnose.BySelfSubjectReview, finding.CredentialStripped},
		// The fault that the server names explains a rejection, whatever the other attempts answered.
		"AAEE": {diagnose.Rejected, diagnose.ByTokenReview, finding.TokenExpired},
		"EKEK": {diagnose.Rejected, diagnose.ByTokenReview, finding.TokenExpired},
		"xxxx": {diagnose.Undecided, diagnose.ByNobody, finding.APIServerUnreachable},
	} {
		steps := []func(*evidence.Evidence){askedOften(attempts)}
		if attempts == "KKKK" {
			steps = []func(*evidence.Evidence){holding(edited), askedOften(attempts)}
		}
		if attempts == "xxxx" {
			steps = append(steps, func(e *evidence.Evidence) {
				e.Anonymous = evidence.Not[evidence.Answer](&evidence.Failure{Kind: evidence.Unreachable, Said: finding.T("%s", finding.Message("connection refused")), Transport: evidence.TransportRefused}, finding.Text{})
			})
		}
		d := diagnosed(given(steps...))
		if d.Verdict != want.verdict || d.DecidedBy != want.by || d.Cause != want.cause {
			t.Errorf("%s: %s by %s, cause %q; want %v", attempts, d.Verdict, d.DecidedBy, d.Cause, want)
		}
		for _, f := range d.Findings {
			if d.Verdict == diagnose.Accepted && f.Severity == finding.Error {
				t.Errorf("%s: accepted, and an error: %s", attempts, f.ID)
			}
		}
	}
}

// The finding has the count of each answer.
func TestCounts(t *testing.T) {
	e := given(askedOften("AKAAx"))
	const refusal = "rejected: [invalid bearer token, " + primitiveText + "]"
	want := []replicas.Count{
		{Question: "SelfSubjectReview", Answer: T("accepted as %s", finding.User.Of(robot).Whole()), Times: 3, Of: 5}, {Question: "SelfSubjectReview", Answer: T("401 %s", finding.Message("Unauthorized")), Times: 1, Of: 5}, {Question: "SelfSubjectReview", Answer: T("no answer: %s", finding.Message("connection refused")), Times: 1, Of: 5},
		{Question: "TokenReview", Answer: T("accepted as %s", finding.User.Of(robot).Whole()), Times: 3, Of: 5}, {Question: "TokenReview", Answer: T("rejected: %s", finding.Message(refusal[len("rejected: "):])), Times: 1, Of: 5}, {Question: "TokenReview", Answer: T("no answer: %s", finding.Message("connection refused")), Times: 1, Of: 5},
	}
	if diff := cmp.Diff(want, replicas.Counts(diagnose.NewCase(e))); diff != "" {
		t.Error(diff)
	}
	f := diagnosed(e).Findings[0]
	if f.ID != finding.ReplicasDisagree || len(f.Evidence) != len(want) || f.Evidence[4].Source.String() != "TokenReview, 1 of 5" || f.Evidence[4].Value.String() != refusal {
		t.Errorf("%+v", f)
	}
	if got := replicas.Counts(diagnose.NewCase(given(askedOften("UUU")))); len(got) != 2 || got[1].Times != 3 || !strings.Contains(got[1].Answer.String(), "00000000-1111") {
		t.Errorf("answers that differ in a UID are counted apart: %+v", got)
	}
	if replicas.Counts(diagnose.NewCase(given())) != nil {
		t.Error("asked once, and counted")
	}
}
