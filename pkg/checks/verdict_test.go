package checks

import (
	"slices"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

var (
	jane       = &token.Identity{Username: "jane", Groups: []string{"system:authenticated"}}
	proxy401   = evidence.Answer{Status: 401, ServerHeader: "nginx", ContentType: "text/html"}
	janeServed = evidence.Answer{Status: 201, FromAPIServer: true, User: jane}
	nobodyUser = token.Identity{Username: anonymousUser, Groups: []string{"system:unauthenticated"}}
)

func then(steps ...func(*evidence.Evidence)) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		for _, step := range steps {
			step(e)
		}
	}
}

// The meaning of each verdict (contract, section 3).
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name  string
		given *evidence.Evidence
		want  diagnose.Verdict
		by    diagnose.DecidedBy
		cause finding.ID
	}{
		// Accepted.
		{"accepted as a user", given(), diagnose.Accepted, diagnose.BySelfSubjectReview, ""},
		{"accepted as a user, and TokenReviews are forbidden", given(unreviewed), diagnose.Accepted, diagnose.BySelfSubjectReview, ""},
		{"authenticated, and forbidden to ask", given(answers(evidence.Answer{Status: 403, FromAPIServer: true, User: jane})), diagnose.Accepted, diagnose.BySelfSubjectReview, ""},
		{"an empty name with groups", given(answers(evidence.Answer{Status: 201, FromAPIServer: true, User: &token.Identity{Groups: []string{"system:authenticated"}}})), diagnose.Accepted, diagnose.BySelfSubjectReview, ""},
		{"reviewed for the audience", given(asking("vault"), account(claims{"aud": []string{"vault"}}), refusedWith(words(saAudienceText)), acceptedFor(robot, "vault")), diagnose.Accepted, diagnose.ByTokenReview, ""},
		{"only TokenReview, before 1.28", given(answers(evidence.Answer{Status: 404, FromAPIServer: true})), diagnose.Accepted, diagnose.ByTokenReview, ""},
		{"a failing server that answers reviews", given(answers(evidence.Answer{Status: 429, FromAPIServer: true})), diagnose.Accepted, diagnose.ByTokenReview, ""},
		{"accepted in the request, and rejected by a replica in the review", given(only(refusedFor(words(expiredText)))), diagnose.Accepted, diagnose.BySelfSubjectReview, ""},
		{"a token, and a rejected certificate", given(presenting(otherCA.pemOf(nil), tampered), answers(janeServed)), diagnose.Accepted, diagnose.BySelfSubjectReview, ""},

		// Rejected.
		{"401", given(rejectedWithoutReason), diagnose.Rejected, diagnose.BySelfSubjectReview, finding.CredentialRejected},
		{"401 with a reason", given(refusedWith(words(expiredText))), diagnose.Rejected, diagnose.ByTokenReview, finding.TokenExpired},
		{"401, and accepted in a review", given(answers(unauthorized())), diagnose.Rejected, diagnose.BySelfSubjectReview, finding.CredentialRejected},
		{"rejected in a review, and no answer to the request", given(answers(evidence.Answer{Status: 404, FromAPIServer: true}), only(refusedFor(words(expiredText)))), diagnose.Rejected, diagnose.ByTokenReview, finding.TokenExpired},
		{"not for that audience, by a review", given(asking("vault"), refusedFor(words(saAudienceText), "vault")), diagnose.Rejected, diagnose.ByTokenReview, finding.AudienceMismatch},
		{"not for that audience, by its claims", given(asking("vault"), unreviewed), diagnose.Rejected, diagnose.ByInference, finding.AudienceMismatch},
		{"not for that audience, with other faults", given(asking("vault"), holding(tampered+" "), unreviewed, serviceAccountIs(evidence.Object{})), diagnose.Rejected, diagnose.ByInference, finding.AudienceMismatch},
		{"a rejected certificate, and anonymous access off", given(presenting(otherCA.pemOf(nil), ""), answers(unauthorized()), noAnonymous), diagnose.Rejected, diagnose.BySelfSubjectReview, finding.ClientCANotTrusted},
		{"no credential, and anonymous access off", given(nothing, noAnonymous, answers(unauthorized())), diagnose.Rejected, diagnose.BySelfSubjectReview, finding.NoCredential},
		{"an empty token, and anonymous access off", given(holding(""), noAnonymous, answers(unauthorized())), diagnose.Rejected, diagnose.BySelfSubjectReview, finding.EmptyBearerToken},

		{"accepted for another audience than requested", given(asking("vault"), account(claims{"aud": []string{"vault"}}), reviewed(evidence.ReviewStatus{Authenticated: true, User: *jane, Audiences: []string{"x"}}, "vault")), diagnose.Rejected, diagnose.ByTokenReview, finding.AudienceMismatch},

		// Anonymous.
		{"anonymous", given(answers(asNobody())), diagnose.Anonymous, diagnose.BySelfSubjectReview, finding.CredentialStripped},
		{"nothing was sent", given(nothing), diagnose.Anonymous, diagnose.BySelfSubjectReview, finding.NoCredential},
		{"an empty token", given(holding(" "), answers(asNobody())), diagnose.Anonymous, diagnose.BySelfSubjectReview, finding.EmptyBearerToken},
		{"an extra space", given(holding(" "+tampered), answers(asNobody()), only(reviewed(evidence.ReviewStatus{Authenticated: true, User: nobodyUser}))), diagnose.Anonymous, diagnose.BySelfSubjectReview, finding.TokenHasWhitespace},
		{"user name and password", given(basic), diagnose.Anonymous, diagnose.BySelfSubjectReview, finding.BasicAuthUnsupported},
		{"anonymous, with status 201", given(answers(evidence.Answer{Status: 201, FromAPIServer: true, User: &nobodyUser})), diagnose.Anonymous, diagnose.BySelfSubjectReview, finding.CredentialStripped},
		{"anonymous in the review", given(answers(evidence.Answer{Status: 404, FromAPIServer: true}), only(reviewed(evidence.ReviewStatus{Authenticated: true, User: nobodyUser}))), diagnose.Anonymous, diagnose.ByTokenReview, finding.AnonymousRequest},
		{"anonymous in the review for an audience", given(asking("vault"), answers(unauthorized()), only(reviewed(evidence.ReviewStatus{Authenticated: true, User: nobodyUser}, "vault"))), diagnose.Anonymous, diagnose.ByTokenReview, finding.AnonymousRequest},
		{"a certificate for system:anonymous", given(presenting(validPEM, ""), answers(evidence.Answer{Status: 201, FromAPIServer: true, User: &token.Identity{Username: anonymousUser, Groups: []string{"developers"}}})), diagnose.Anonymous, diagnose.BySelfSubjectReview, finding.AnonymousRequest},
		{"a certificate that the server does not request", given(presenting(validPEM, ""), handshake(evidence.Handshake{}), answers(asNobody())), diagnose.Anonymous, diagnose.BySelfSubjectReview, finding.ClientCertificateNotRequested},
		{"dropped over plain HTTP", given(plainHTTPServer, answers(asNobody())), diagnose.Anonymous, diagnose.BySelfSubjectReview, finding.PlainHTTPServer},
		{"anonymous, and accepted in a review", given(asking("vault"), answers(asNobody()), acceptedFor(robot, "vault")), diagnose.Anonymous, diagnose.BySelfSubjectReview, finding.CredentialStripped},

		// Undecided.
		{"a gateway with its own identity", given(answers(janeServed), anonymousIs(janeServed)), diagnose.Undecided, diagnose.ByNobody, finding.IdentitySuppliedOnTheWay},
		{"a gateway, and no credential", given(nothing, answers(janeServed), anonymousIs(janeServed)), diagnose.Undecided, diagnose.ByNobody, finding.IdentitySuppliedOnTheWay},
		{"a gateway, and a review", given(asking("vault"), answers(janeServed), anonymousIs(janeServed), acceptedFor(robot, "vault")), diagnose.Undecided, diagnose.ByNobody, finding.IdentitySuppliedOnTheWay},
		{"a proxy's 401", given(answers(proxy401)), diagnose.Undecided, diagnose.ByNobody, finding.AnswerNotFromAPIServer},
		{"a proxy's 401, and a review", given(answers(proxy401), only(refusedFor(words(expiredText)))), diagnose.Undecided, diagnose.ByNobody, finding.AnswerNotFromAPIServer},
		{"a redirect", given(answers(evidence.Answer{Status: 302})), diagnose.Undecided, diagnose.ByNobody, finding.AnswerNotFromAPIServer},
		{"a failing server", given(answers(evidence.Answer{Status: 500, FromAPIServer: true}), unreviewed), diagnose.Undecided, diagnose.ByNobody, finding.APIServerError},
		{"a review without a user", given(answers(evidence.Answer{Status: 201, FromAPIServer: true, User: &token.Identity{}}), unreviewed), diagnose.Undecided, diagnose.ByNobody, finding.APIServerError},
		{"no connection", given(unreachable(evidence.TransportRefused, "connection refused")), diagnose.Undecided, diagnose.ByNobody, finding.APIServerUnreachable},
		{"a server that is not trusted", given(unreachable(evidence.TransportUntrusted, "unknown authority")), diagnose.Undecided, diagnose.ByNobody, finding.ServerCertificateUntrusted},
		{"the audience that a token names is no acceptance", given(asking(clusterIss), unreviewed), diagnose.Undecided, diagnose.ByNobody, finding.ReviewNotPermitted},
		{"a token without aud may be for any", given(asking("vault"), account(claims{"aud": nil}), unreviewed), diagnose.Undecided, diagnose.ByNobody, finding.ReviewNotPermitted},
		{"an ID token's aud is no ServiceAccount audience", given(asking("vault"), idToken(nil), acceptedAs("jane"), unreviewed), diagnose.Undecided, diagnose.ByNobody, finding.ReviewNotPermitted},
		{"rejected for the server's own audiences, and perhaps for others", given(asking("vault"), rejectedWithoutReason), diagnose.Undecided, diagnose.ByNobody, finding.ReviewNotPermitted},
		{"a line break, and a review", given(holding(tampered + "\n")), diagnose.Undecided, diagnose.ByNobody, finding.TokenHasWhitespace},
		{"a line break, and a valid certificate", given(presenting(validPEM, tampered+"\n"), wireFails(evidence.Unreachable, "invalid header field value")), diagnose.Undecided, diagnose.ByNobody, finding.TokenHasWhitespace},
		{"a control character, and a review", given(holding(tampered[:20] + "\x01" + tampered[20:])), diagnose.Undecided, diagnose.ByNobody, finding.TokenHasControlCharacters},
		{"a control character in an opaque token", given(holding("hunter\x012")), diagnose.Undecided, diagnose.ByNobody, finding.TokenHasControlCharacters},
		{"a plugin that fails", given(nothing, fault(finding.ExecPluginFailed, credential.Unavailable)), diagnose.Undecided, diagnose.ByNobody, finding.ExecPluginFailed},
		{"a plugin that fails behind a skipped warning", given(nothing, fault(finding.TokenShadowedByTokenFile, credential.Remark), fault(finding.TokenFileUnreadable, credential.Unavailable)), diagnose.Undecided, diagnose.ByNobody, finding.TokenFileUnreadable},
		{"a certificate without its key", given(presenting(withoutKey(validPEM), "")), diagnose.Undecided, diagnose.ByNobody, finding.CertificateWithoutKey},
		{"a Pod's spec", given(described), diagnose.Undecided, diagnose.ByNobody, finding.TokenNotRead},
		{"plain HTTP, and a proxy that authenticates every request", given(plainHTTPServer), diagnose.Undecided, diagnose.ByNobody, finding.PlainHTTPServer},
		{"TLS ends before the API server", given(presenting(validPEM, ""), wireFails(evidence.Unreachable, "remote error: tls: bad certificate")), diagnose.Undecided, diagnose.ByNobody, finding.AnswerNotFromAPIServer},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := diagnosed(c.given)
			if d.Verdict != c.want || d.DecidedBy != c.by || d.Cause != c.cause {
				t.Errorf("%s by %s because of %q, want %s by %s because of %q\n%s", d.Verdict, d.DecidedBy, d.Cause, c.want, c.by, c.cause, list(d))
			}
			hold(t, d)
		})
	}
}

// hold checks what holds for every diagnosis.
func hold(t *testing.T, d *diagnose.Diagnosis) {
	t.Helper()
	if len(d.Outcomes) != len(All) {
		t.Errorf("%d checks have an outcome, there are %d", len(d.Outcomes), len(All))
	}
	if d.Verdict != diagnose.Accepted {
		switch {
		case d.User != nil:
			t.Errorf("%s, and the user is %q", d.Verdict, d.User.Username)
		case len(d.Findings) == 0 || d.Findings[0].ID != d.Cause:
			t.Errorf("the cause %q does not stand first:\n%s", d.Cause, list(d))
		case !d.Findings[0].Explains() || d.Findings[0].Detail.String() == "" || d.Findings[0].Title.String() == "":
			t.Errorf("the cause is %s, %q: %q", d.Findings[0].Certainty, d.Findings[0].Title, d.Findings[0].Detail)
		case d.Findings[0].Certainty == finding.Eliminated && len(d.Findings[0].Evidence) == 0:
			t.Errorf("%s is eliminated, and it is not said what was ruled out", d.Cause)
		}
		return
	}
	if d.Cause != "" || !diagnose.NamesUser(d.User) {
		t.Errorf("accepted as %v because of %q", d.User, d.Cause)
	}
	for _, f := range d.Findings {
		if f.Severity == finding.Error || !f.Explains() {
			t.Errorf("accepted, and %s is an %s, %s", f.ID, f.Severity, f.Certainty)
		}
	}
	for _, o := range d.Outcomes {
		if o.Result.Status == diagnose.Fail {
			t.Errorf("accepted, and the check %s fails: %s", o.Check.ID, o.Result.Detail)
		}
	}
}

func list(d *diagnose.Diagnosis) string {
	text := ""
	for _, f := range d.Findings {
		text += string(f.ID) + " (" + string(f.Severity) + ", " + string(f.Certainty) + "): " + f.Detail.String() + "\n"
	}
	return text
}

// Visible faults remain findings if the server cannot be asked.
func TestUnreachableKeepsTheFaults(t *testing.T) {
	for name, c := range map[string]struct {
		given *evidence.Evidence
		want  finding.ID
	}{
		"expired":      {given(account(claims{"exp": at(-time.Hour)}), unreachable(evidence.TransportRefused, "refused")), finding.TokenExpired},
		"truncated":    {given(holding(tampered[:100]), unreachable(evidence.TransportRefused, "refused")), finding.TokenTruncated},
		"alg none":     {given(holding(unsigned(claims{"alg": "none"}, saClaims(nil), "")), unreachable(evidence.TransportDNS, "no such host")), finding.AlgorithmNotAccepted},
		"old":          {given(presenting(clientCA.pemOf(from(-48*time.Hour, -time.Hour)), ""), unreachable(evidence.TransportTimeout, "no answer")), finding.CertificateExpired},
		"empty":        {given(holding(""), unreachable(evidence.TransportRefused, "refused")), finding.EmptyBearerToken},
		"a bad server": {given(account(claims{"exp": at(-time.Hour)}), unreachable(evidence.TransportUntrusted, "unknown")), finding.TokenExpired},
	} {
		t.Run(name, func(t *testing.T) {
			d := diagnosed(c.given)
			hold(t, d)
			for _, f := range d.Findings[1:] {
				if f.ID == c.want && f.Explains() {
					return
				}
			}
			t.Errorf("%s is not among the findings:\n%s", c.want, list(d))
		})
	}
}

// A fault that will matter later is a warning if the verdict is Accepted.
func TestAcceptedWarns(t *testing.T) {
	d := diagnosed(given(serviceAccountIs(evidence.Object{})))
	hold(t, d)
	if d.Verdict != diagnose.Accepted || len(d.Findings) != 3 || d.Findings[0].ID != finding.ServiceAccountDeleted || d.Findings[1].ID != finding.AnswerMayBeCached && d.Findings[1].ID != finding.AnonymousAccessEnabled {
		t.Errorf("%s\n%s", d.Verdict, list(d))
	}
}

func TestAcceptedBy(t *testing.T) {
	for name, c := range map[string]struct {
		asked  []string
		status evidence.ReviewStatus
		want   bool
	}{
		"somebody":                        {nil, evidence.ReviewStatus{Authenticated: true, User: *jane}, true},
		"refused":                         {nil, evidence.ReviewStatus{User: *jane}, false},
		"nobody (k/k#114165)":             {nil, evidence.ReviewStatus{Authenticated: true, User: nobodyUser}, false},
		"System:Anonymous in capitals":    {nil, evidence.ReviewStatus{Authenticated: true, User: token.Identity{Username: "System:Anonymous"}}, false},
		"the unauthenticated":             {nil, evidence.ReviewStatus{Authenticated: true, User: token.Identity{Username: "jane", Groups: []string{"system:unauthenticated"}}}, false},
		"an answer without user":          {nil, evidence.ReviewStatus{Authenticated: true}, false},
		"for the requested audience":      {[]string{"vault"}, evidence.ReviewStatus{Authenticated: true, User: *jane, Audiences: []string{"x", "vault"}}, true},
		"for something else":              {[]string{"vault"}, evidence.ReviewStatus{Authenticated: true, User: *jane, Audiences: []string{"x"}}, false},
		"a server that ignores audiences": {[]string{"vault"}, evidence.ReviewStatus{Authenticated: true, User: *jane}, false},
	} {
		if got := diagnose.ReviewAccepts(c.asked, c.status); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// One of the requested audiences is enough for an acceptance, and the diagnosis names it.
func TestAcceptedFor(t *testing.T) {
	taken := func(audiences ...string) func(*evidence.Evidence) {
		return only(reviewed(evidence.ReviewStatus{Authenticated: true, User: *jane, Audiences: audiences}, clusterIss, "vault"))
	}
	for _, c := range []struct {
		name  string
		given *evidence.Evidence
		want  []string
	}{
		{"one of two", given(asking(clusterIss, "vault"), taken(clusterIss)), []string{clusterIss}},
		{"the other of two", given(asking(clusterIss, "vault"), taken("vault", "x")), []string{"vault"}},
		{"both", given(asking(clusterIss, "vault"), taken("vault", clusterIss)), []string{clusterIss, "vault"}},
		{"none was requested", given(), nil},
		{"refused", given(asking(clusterIss, "vault"), taken("x")), nil},
	} {
		if d := diagnosed(c.given); !slices.Equal(d.AcceptedFor, c.want) {
			t.Errorf("%s: %s, for %q, want %q", c.name, d.Verdict, d.AcceptedFor, c.want)
		}
	}
}
