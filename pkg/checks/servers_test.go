package checks

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/replicas"
)

func urlOf(i int) string {
	return []string{server, "https://10.0.0.1:6443", "https://10.0.0.2:6443", "https://10.0.0.3:6443"}[i]
}

// askedEach has the answer of each server: at the kubeconfig's address, and then at the servers' addresses. A `-`
// is a server that could not be asked.
func askedEach(answers string, more ...string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		s := e.Subject()
		for i, letter := range answers {
			at := evidence.Endpoint{Server: e.Server, NamedBy: finding.T("a test"), Anonymous: e.Anonymous, Issuer: e.Cluster}
			at.URL = urlOf(i)
			if letter == '-' {
				f := &evidence.Failure{Kind: evidence.Unreachable, Said: finding.T("no answer in time"), Transport: evidence.TransportTimeout}
				at = evidence.Endpoint{Server: evidence.Server{URL: at.URL}, Anonymous: evidence.Not[evidence.Answer](f, finding.Text{})}
			}
			e.Endpoints = append(e.Endpoints, at)
			for n, round := range append([]string{answers}, more...) {
				if letter == '-' {
					continue
				}
				a := attempt([]rune(round)[i], 10*n+i)
				a.Endpoint = i
				s.Attempts = append(s.Attempts, a)
			}
		}
		s.Wire, s.Reviews = s.Attempts[0].Wire, []evidence.Review{{Answer: s.Attempts[0].Review}}
	}
}

// ofServer changes the evidence about one server.
func ofServer(i int, change func(*evidence.Endpoint)) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) { change(&e.Endpoints[i]) }
}

func withKeys(signers ...*signer) func(*evidence.Endpoint) {
	return func(at *evidence.Endpoint) {
		issuer := at.Issuer.Value
		issuer.Keys = evidence.Is(keySet(signers...), finding.Text{})
		at.Issuer = evidence.Is(issuer, finding.Text{})
	}
}

func withIssuer(iss string) func(*evidence.Endpoint) {
	return func(at *evidence.Endpoint) {
		issuer := at.Issuer.Value
		issuer.Discovery = evidence.Is(&keyset.Discovery{Issuer: iss}, finding.Text{})
		at.Issuer = evidence.Is(issuer, finding.Text{})
	}
}

func withCA(ca *authority) func(*evidence.Endpoint) {
	return func(at *evidence.Endpoint) {
		at.Handshake = evidence.Is(evidence.Handshake{RequestsCertificate: true, AcceptableCAs: [][]byte{ca.leaf.RawSubject}}, finding.Text{})
	}
}

func noAddresses(kind evidence.FailureKind) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		e.Addresses = evidence.Not[[]string](&evidence.Failure{Kind: kind, Said: finding.T(`endpointslices is forbidden: User "jane" cannot list`)}, finding.Text{})
	}
}

func endedBefore(ago time.Duration) func(*evidence.Evidence) {
	return holding(clusterKey.sign(saClaims(claims{"exp": at(-ago)}), nil))
}

var serverCases = []checkCase{
	{"answers-agree", "all accept", given(askedEach("AAA")), diagnose.Pass, nil},
	{"answers-agree", "all refuse", given(askedEach("KKK")), diagnose.Pass, nil},
	{"answers-agree", "all refuse, for a UID of their own", given(askedEach("UUU")), diagnose.Pass, nil},
	{"answers-agree", "one server", given(askedEach("A")), diagnose.Pass, nil},
	{"answers-agree", "one refuses", given(askedEach("AAK")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "one refuses, and no reviews", given(askedEach("aar")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "the kubeconfig's is the one", given(askedEach("KAA")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "the only one that could be asked refuses", given(askedEach("A-K")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "different users", given(askedEach("AAJ")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "different reasons", given(askedEach("KKE")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "one that does not answer is none that disagrees", given(askedEach("AA-")), diagnose.Pass, nil},
	{"answers-agree", "one that stops answering is none that disagrees", given(askedEach("AAx")), diagnose.Pass, nil},
	{"answers-agree", "one in trouble is none that disagrees", given(askedEach("AA5")), diagnose.Pass, nil},
	{"answers-agree", "no other could be asked", given(askedEach("A--")), diagnose.Unknown, nil},
	{"answers-agree", "their addresses may not be read", given(askedEach("A"), noAddresses(evidence.Forbidden)), diagnose.Unknown, nil},
	{"answers-agree", "the credential is lost before the servers", given(askedEach("nAA")), diagnose.Unknown, []found{maybe(finding.ReplicasDisagree)}},
	{"answers-agree", "rejected in front of the servers, and no reviews", given(askedEach("raa")), diagnose.Unknown, []found{maybe(finding.ReplicasDisagree)}},
	{"answers-agree", "another identity in front of the servers", given(askedEach("Jrr"), anonymousIs(janeServed), func(e *evidence.Evidence) { e.Endpoints[0].Anonymous = e.Anonymous }), diagnose.Unknown, []found{maybe(finding.ReplicasDisagree)}},
	{"answers-agree", "an object was just deleted", given(askedEach("AAD")), diagnose.Unknown, []found{maybe(finding.ReplicasDisagree)}},
	{"answers-agree", "a token has just ended", given(endedBefore(5*time.Second), askedEach("AAE")), diagnose.Unknown, []found{maybe(finding.ReplicasDisagree)}},
	{"answers-agree", "a token ended long ago", given(endedBefore(time.Hour), askedEach("AAE")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "a webhook does not always answer", given(holding(opaqueRaw), askedEach("JJW")), diagnose.Unknown, []found{maybe(finding.ReplicasDisagree)}},
	{"answers-agree", "an opaque token, and no reviews", given(holding(opaqueRaw), askedEach("aar")), diagnose.Unknown, []found{maybe(finding.ReplicasDisagree)}},
	{"answers-agree", "different keys, of which none matters now", given(askedEach("AAA"), ofServer(2, withKeys(clusterKey, otherKey))), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "the same keys in another order", given(askedEach("AAA"), ofServer(1, withKeys(clusterKey, otherKey)), ofServer(0, withKeys(clusterKey, otherKey)), ofServer(2, withKeys(otherKey, clusterKey))), diagnose.Pass, nil},
	{"answers-agree", "each asked more than once", given(askedEach("AAK", "AAK", "AAK")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "a token that ends meanwhile", given(askedEach("AAA", "AAE", "EEE")), diagnose.Unknown, []found{maybe(finding.ReplicasDisagree)}},
	{"answers-agree", "one that answers in turn", given(askedEach("AAA", "AAK", "AAA", "AAK")), diagnose.Unknown, []found{maybe(finding.ReplicasDisagree)}},
	{"answers-agree", "servers behind the address that were not named", given(askedEach("AA", "KA", "AA", "KA")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
}

func init() { checkCases = append(checkCases, serverCases...) }

// The verdict is Accepted only if every server that answered accepted the credential. If another server accepts
// it, a server's reason for a rejection is no fault of the credential.
func TestVerdictsOfServers(t *testing.T) {
	for answers, want := range map[string]struct {
		verdict diagnose.Verdict
		by      diagnose.DecidedBy
		cause   finding.ID
	}{
		"AAA": {diagnose.Accepted, diagnose.BySelfSubjectReview, ""},
		"A--": {diagnose.Accepted, diagnose.BySelfSubjectReview, ""},
		"AAx": {diagnose.Accepted, diagnose.BySelfSubjectReview, ""},
		"AAJ": {diagnose.Accepted, diagnose.BySelfSubjectReview, ""},
		"AAK": {diagnose.Rejected, diagnose.ByTokenReview, finding.ReplicasDisagree},
		"KAA": {diagnose.Rejected, diagnose.ByTokenReview, finding.ReplicasDisagree},
		"aar": {diagnose.Rejected, diagnose.BySelfSubjectReview, finding.ReplicasDisagree},
		"AAD": {diagnose.Rejected, diagnose.ByTokenReview, finding.ServiceAccountDeleted},
		"nAA": {diagnose.Anonymous, diagnose.BySelfSubjectReview, finding.CredentialStripped},
		"EE-": {diagnose.Rejected, diagnose.ByTokenReview, finding.TokenExpired},
	} {
		d := diagnosed(given(askedEach(answers)))
		if d.Verdict != want.verdict || d.DecidedBy != want.by || d.Cause != want.cause {
			t.Errorf("%s: %s by %s, cause %q; want %v", answers, d.Verdict, d.DecidedBy, d.Cause, want)
		}
		for _, f := range d.Findings {
			switch {
			case d.Verdict == diagnose.Accepted && f.Severity == finding.Error:
				t.Errorf("%s: accepted, and an error: %s", answers, f.ID)
			case want.cause == finding.ReplicasDisagree && f.ID != want.cause && f.Severity == finding.Error:
				t.Errorf("%s: %s is none of the credential's faults", answers, f.ID)
			}
		}
	}
}

// If no server could be asked, all results but one check are the same as without the flag.
func TestNoServerCouldBeAsked(t *testing.T) {
	for _, step := range []func(*evidence.Evidence){acceptedAs(robot), refusedWith(words(expiredText)), rejectedWithoutReason, unreachable(evidence.TransportRefused, "connection refused")} {
		alone, each := diagnosed(given(step)), given(step)
		askedNobody(each)
		d := diagnosed(each)
		if d.Verdict != alone.Verdict || d.DecidedBy != alone.DecidedBy || d.Cause != alone.Cause {
			t.Errorf("%s by %s, cause %q; alone %s by %s, cause %q", d.Verdict, d.DecidedBy, d.Cause, alone.Verdict, alone.DecidedBy, alone.Cause)
		}
		if diff := cmp.Diff(alone.Findings, d.Findings); diff != "" {
			t.Error(diff)
		}
	}
}

// askedNobody has two servers, neither of which is reachable.
func askedNobody(e *evidence.Evidence) {
	s := e.Subject()
	var review evidence.Fact[evidence.ReviewStatus]
	if r, ok := s.Review(nil); ok {
		review = r.Answer
	}
	gone := evidence.Not[evidence.Answer](&evidence.Failure{Kind: evidence.Unreachable, Said: finding.T("no answer in time"), Transport: evidence.TransportTimeout}, finding.Text{})
	e.Endpoints = []evidence.Endpoint{
		{Server: e.Server, Anonymous: e.Anonymous, Issuer: e.Cluster},
		{Server: evidence.Server{URL: urlOf(1)}, Anonymous: gone},
		{Server: evidence.Server{URL: urlOf(2)}, Anonymous: gone},
	}
	s.Attempts = []evidence.Attempt{{Wire: s.Wire, Review: review}}
}

// The kubeconfig's address does not answer. The report says so in addition to the servers' answers.
func TestOnlyTheServersAnswer(t *testing.T) {
	for answers, want := range map[string]struct {
		verdict diagnose.Verdict
		cause   finding.ID
	}{"xAA": {diagnose.Accepted, ""}, "xEE": {diagnose.Rejected, finding.TokenExpired}, "xAK": {diagnose.Rejected, finding.ReplicasDisagree}} {
		e := given(unreachable(evidence.TransportRefused, "connection refused"))
		silence := evidence.Endpoint{Server: e.Server, Anonymous: e.Anonymous, Issuer: e.Cluster}
		e = given(askedEach(answers), ofServer(0, func(at *evidence.Endpoint) { *at = silence }), func(e *evidence.Evidence) {
			e.Server, e.Anonymous, e.Cluster = silence.Server, silence.Anonymous, silence.Issuer
		})
		d := diagnosed(e)
		if d.Verdict != want.verdict || d.Cause != want.cause {
			t.Errorf("%s: %s, cause %q", answers, d.Verdict, d.Cause)
		}
		if !slices.ContainsFunc(d.Findings, func(f finding.Finding) bool { return f.ID == finding.APIServerUnreachable }) {
			t.Errorf("%s: it is not said that the address does not answer: %v", answers, d.Findings)
		}
		if all := replicas.Servers(diagnose.NewCase(e)); all[0].NotAsked.IsZero() || !all[1].NotAsked.IsZero() {
			t.Errorf("%s: %+v", answers, all)
		}
	}
}

// The servers' answers, the difference that explains them, and the fix.
func TestWhyServersDisagree(t *testing.T) {
	certificate := presenting(clientCA.pemOf(nil), "")
	for name, c := range map[string]struct {
		given *evidence.Evidence
		// note is the difference of the third server, and remedy is a part of the fix.
		note, remedy string
	}{
		"keys":            {given(askedEach("AAk"), ofServer(2, withKeys(otherKey))), "the server publishes no key with the token's kid", "--service-account-key-file"},
		"an issuer":       {given(askedEach("AAI"), ofServer(2, withIssuer("https://other.example"))), `the server's issuer is "https://other.example", and the token's issuer is "` + clusterIss + `"`, "--service-account-issuer"},
		"a client CA":     {given(certificate, askedEach("aar"), ofServer(2, withCA(otherCA))), "the server does not request client certificates of the CA that issued this one", "--client-ca-file"},
		"a clock":         {given(askedEach("AAE"), ofServer(2, func(at *evidence.Endpoint) { at.Clock = evidence.Is(evidence.Clock{Skew: time.Hour}, finding.Text{}) })), "the server's clock is 1h ahead of that of " + server, "NTP"},
		"nothing visible": {given(askedEach("AAK")), "", "Compare the flags"},
	} {
		all := replicas.Servers(diagnose.NewCase(c.given))
		notes := ""
		for _, note := range all[2].Notes {
			notes += note.Said.String()
		}
		if notes != c.note || len(all[0].Notes)+len(all[1].Notes) > 0 {
			t.Errorf("%s: %q; the others: %+v, %+v", name, notes, all[0].Notes, all[1].Notes)
		}
		f := diagnosed(c.given).Findings[0]
		if f.ID != finding.ReplicasDisagree || !strings.Contains(f.Detail.String(), urlOf(2)) || !strings.Contains(f.Detail.String(), c.note) || !strings.Contains(f.Remedy[0].Description.String(), c.remedy) {
			t.Errorf("%s: %+v", name, f)
		}
		if name == "keys" && (all[2].HasKey == nil || *all[2].HasKey || all[1].HasKey == nil || !*all[1].HasKey) {
			t.Errorf("the token's key: %v, %v", all[1].HasKey, all[2].HasKey)
		}
	}
}

func TestUnlisted(t *testing.T) {
	untrusted := func(at *evidence.Endpoint) {
		at.Anonymous = evidence.Not[evidence.Answer](&evidence.Failure{Kind: evidence.Unreachable, Said: finding.T("signed by unknown authority"), Transport: evidence.TransportUntrusted}, finding.Text{})
	}
	for name, c := range map[string]struct {
		given *evidence.Evidence
		why   string
		do    []string
	}{
		"all asked": {given(askedEach("AAA")), "", nil},
		"far away":  {given(askedEach("AA-")), "", []string{"in a Pod of the cluster"}},
		"strangers": {given(askedEach("A--"), ofServer(1, untrusted), ofServer(2, untrusted)), "", []string{"the kubeconfig's CA"}},
		"forbidden": {given(askedEach("A"), noAddresses(evidence.Forbidden)), "cannot list", []string{"--endpoint", "ask an administrator"}},
		"unknown":   {given(askedEach("A"), noAddresses(evidence.Unsupported)), "could not be read", []string{"--endpoint"}},
	} {
		why, remedies := replicas.Unlisted(diagnose.NewCase(c.given))
		if !strings.Contains(why.String(), c.why) || why.IsZero() != (c.why == "") || len(remedies) != len(c.do) {
			t.Errorf("%s: %q, %+v", name, why, remedies)
			continue
		}
		for i, r := range remedies {
			if !strings.Contains(r.Description.String(), c.do[i]) {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
	_, remedies := replicas.Unlisted(diagnose.NewCase(given(askedEach("A"), noAddresses(evidence.Forbidden))))
	if want := "kubectl create role api-server-addresses --namespace default --verb=list --resource=endpointslices.discovery.k8s.io"; !strings.HasPrefix(remedies[1].Command.String(), want) || !strings.HasSuffix(remedies[1].Command.String(), "--user=admin") {
		t.Errorf("%+v", remedies[1])
	}
}
