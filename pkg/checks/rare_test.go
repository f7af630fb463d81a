package checks

import (
	"crypto/rand"
	"crypto/x509"
	"slices"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// unsent means that no request with the credential was sent.
func unsent(e *evidence.Evidence) {
	e.Subject().Wire = evidence.Unasked[evidence.Answer](finding.T("the client had no credential to send"))
	e.Subject().Reviews = nil
}

// unreviewable means that the creation of the review failed in this way.
func unreviewable(kind evidence.FailureKind) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		answers(unauthorized())(e)
		no := evidence.Not[evidence.ReviewStatus](&evidence.Failure{Kind: kind, Said: finding.T("what the server says")}, finding.T("TokenReview"))
		e.Subject().Reviews = []evidence.Review{{Audiences: e.Audiences, Answer: no}}
	}
}

// nobodyKnown means that the caller's identity is unknown.
func nobodyKnown(e *evidence.Evidence) {
	e.Caller = evidence.Unasked[token.Identity](finding.T("not asked"))
}

// warning means that the server's answer has a warning about the credential.
func warning(e *evidence.Evidence) {
	a := e.Subject().Wire.Value
	a.Warnings = []string{"the first warning", "the second warning"}
	answers(a)(e)
}

func publishedByName(ders ...[]byte) func(*evidence.Endpoint) {
	return func(at *evidence.Endpoint) {
		at.Handshake = evidence.Is(evidence.Handshake{RequestsCertificate: true, AcceptableCAs: ders}, finding.Text{})
	}
}

// addressSilent means that the kubeconfig's address did not answer the request without a credential.
func addressSilent(e *evidence.Evidence) {
	f := &evidence.Failure{Kind: evidence.Unreachable, Said: finding.T("no answer in time"), Transport: evidence.TransportTimeout}
	e.Endpoints[0].Anonymous = evidence.Not[evidence.Answer](f, finding.Text{})
}

// listing has these issuers in the API servers' AuthenticationConfiguration.
func listing(issuers ...string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		startedWith(flags("authentication-config=/etc/authentication.yaml"))(e)
		var all []evidence.ConfiguredIssuer
		for _, url := range issuers {
			all = append(all, evidence.ConfiguredIssuer{URL: url})
		}
		e.Configuration.APIServers.Value[0].Issuers = evidence.Is(all, finding.T("configmap kube-system/authentication"))
	}
}

var (
	staleClaims  = claims{"iat": at(-85 * time.Minute), "exp": at(-25 * time.Minute)}
	rootCA       = newCA("root")
	intermediate = func() *authority {
		ca := newCA("intermediate")
		ca.leaf = must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, ca.leaf, rootCA.leaf, &ca.key.PublicKey, rootCA.key))))
		return ca
	}()
	deepCert = intermediate.serving(nil)
)

// Sentences, items of evidence and remedies of rare cases.
var rareCases = []checkCase{
	{"token-file-fresh", "the Pod is being deleted", given(inPod(nil, staleClaims), podIs(deleting("web-uid", time.Minute))), diagnose.Warn, []found{is(finding.TokenFileStale)}},
	{"token-file-fresh", "another Pod of that name is being deleted", given(inPod(nil, staleClaims), podIs(deleting("other", time.Minute))), diagnose.Warn, []found{is(finding.TokenFileStale)}},
	{"token-file-fresh", "the ServiceAccount is deleted", given(inPod(nil, staleClaims), serviceAccountIs(evidence.Object{})), diagnose.Warn, []found{is(finding.TokenFileStale)}},
	{"token-file-fresh", "the ServiceAccount is being deleted", given(inPod(nil, staleClaims), serviceAccountIs(deleting("robot-uid", time.Minute))), diagnose.Warn, []found{is(finding.TokenFileStale)}},
	{"token-file-fresh", "on an unknown node", given(inPod(func(p *credential.Projected) { p.Node = "" }, staleClaims)), diagnose.Warn, []found{is(finding.TokenFileStale)}},
	{"token-of-pod", "bound to no Pod", given(inPod(nil, claims{"kubernetes.io": claims{"pod": nil}})), diagnose.Warn, []found{is(finding.TokenFileMismatch)}},
	{"token-of-pod", "bound to no Pod, where none is asked for", given(inPod(func(p *credential.Projected) { p.Undeclared = true }, claims{"kubernetes.io": claims{"pod": nil}})), diagnose.Pass, nil},
	{"token-of-pod", "for no audience", given(inPod(func(p *credential.Projected) { p.Audience = "vault" }, claims{"aud": nil})), diagnose.Warn, []found{is(finding.TokenFileMismatch)}},
	{"service-account", "created again, of a Pod that is there", given(account(bound("pod", "web", "web-uid")), podIs(there("web-uid")), serviceAccountIs(younger("new")), rejectedWithoutReason), diagnose.Fail, []found{is(finding.ServiceAccountRecreated)}},
	{"service-account", "recreated, of a deleted Pod", given(account(bound("pod", "web", "web-uid")), podIs(evidence.Object{}), serviceAccountIs(younger("new")), rejectedWithoutReason), diagnose.Fail, []found{is(finding.ServiceAccountRecreated)}},
	{"opaque-token", "rejected by the webhook", given(holding(opaqueRaw), refusedWith(bareText), startedWith(flags(hookFlag))), diagnose.Pass, []found{{finding.OpaqueToken, finding.Proved, finding.Info}}},
	{"opaque-token", "in no file, and rejected by the webhook", given(holding(opaqueRaw), refusedWith(bareText), startedWith(flags("token-auth-file=/etc/tokens", hookFlag))), diagnose.Pass, []found{{finding.OpaqueToken, finding.Proved, finding.Info}}},
	{"review-permitted", "by an unknown caller", given(rejectedWithoutReason, nobodyKnown), diagnose.Warn, []found{onlyWarns(finding.ReviewNotPermitted)}},
	{"review-permitted", "for an audience", given(asking("vault"), unreviewed), diagnose.Warn, []found{onlyWarns(finding.ReviewNotPermitted)}},
	{"review-permitted", "the caller is rejected as well", given(unreviewable(evidence.Unauthenticated)), diagnose.Warn, []found{onlyWarns(finding.ReviewNotPermitted)}},
	{"review-permitted", "no answer", given(unreviewable(evidence.Unreachable)), diagnose.Unknown, nil},
	{"review-permitted", "none was created", given(unsent), diagnose.Unknown, nil},
	{"answers-agree", "a server without the key", given(askedEach("AAk"), ofServer(2, withKeys(otherKey))), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "a server without any key", given(askedEach("AAk"), ofServer(2, withKeys())), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "a server of another issuer", given(askedEach("AAI"), ofServer(2, withIssuer("https://other.example"))), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "a server of another issuer, without the key", given(askedEach("AAI"), ofServer(2, withIssuer("https://other.example")), ofServer(2, withKeys(otherKey))), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "a server with another CA", given(presenting(validPEM, ""), askedEach("aar"), ofServer(2, withCA(otherCA))), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "a server with an unreadable CA name", given(presenting(validPEM, ""), askedEach("aar"), ofServer(2, publishedByName([]byte("no name"), append(slices.Clone(clientCA.leaf.RawSubject), 0), otherCA.leaf.RawSubject))), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "a server with another clock", clocksOf(time.Hour), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "one of three that sees no credential", given(askedEach("AAN")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"answers-agree", "there are servers, and none was asked", given(unsent, func(e *evidence.Evidence) {
		askedNobody(e)
		e.Subject().Attempts = nil
	}), diagnose.Unknown, nil},
	{"answers-agree", "no server accepts, and some see no credential", given(askedOften("NKN")), diagnose.Fail, []found{is(finding.ReplicasDisagree)}},
	{"server-reachable", "at the one address by turns", given(askedEach("A", "x"), addressSilent), diagnose.Pass, nil},
	{"server-reachable", "at the address by turns", given(askedEach("AA", "xA"), addressSilent), diagnose.Pass, nil},
	{"server-reachable", "a chain of two", presentedBy(evidence.TransportUntrusted, trusts(otherCA), deepCert, intermediate.leaf), diagnose.Fail, caUnknown},
	{"server-reachable", "a chain of three, in disorder", presentedBy(evidence.TransportUntrusted, trusts(otherCA), deepCert, rootCA.leaf, intermediate.leaf), diagnose.Fail, caUnknown},
	{"server-reachable", "a chain with a certificate of another", presentedBy(evidence.TransportUntrusted, trusts(otherCA), deepCert, serverCert), diagnose.Fail, caUnknown},
	{"server-reachable", "unknown CA in a Pod, and the server names another", given(shown(rebuilt.pemOf(nil), clientCA, rebuilt), func(e *evidence.Evidence) { e.Server.Trust.InCluster = true }), diagnose.Fail, caUnknown},
	{"server-reachable", "connection refused at kubectl's default address", given(serverAt(kubectlDefault), unreachable(evidence.TransportRefused, "connection refused")), diagnose.Fail, []found{is(finding.APIServerUnreachable)}},
	{"server-reachable", "nothing was sent", given(unsent, func(e *evidence.Evidence) { e.Anonymous = evidence.Unasked[evidence.Answer](finding.T("not asked")) }), diagnose.Unknown, nil},
	{"legacy-secret", "the server warns of it", given(secretToken(nil), legacySecretIs(nil), warning), diagnose.Warn, []found{onlyWarns(finding.LegacyToken)}},
	{"token-sendable", "the server warns of it", given(holding(" "+tampered), answers(asNobody()), warning), diagnose.Fail, []found{is(finding.TokenHasWhitespace)}},
	{"service-account", "of a legacy token, and the server names its Secret", given(secretToken(nil), noObjects, refusedWith(words("Token does not match server's copy"))), diagnose.Unknown, []found{
		maybe(finding.ServiceAccountDeleted), maybe(finding.ServiceAccountRecreated), maybe(finding.ServiceAccountTerminating)}},
	{"legacy-secret", "the server names the ServiceAccount", given(secretToken(nil), noObjects, refusedWith(words("ServiceAccount UID (new) does not match claim (robot-uid)"))), diagnose.Unknown, []found{
		maybe(finding.LegacyTokenSecretDeleted), maybe(finding.LegacyTokenReplaced), maybe(finding.LegacyTokenMarkedInvalid), is(finding.LegacyToken)}},
	{"issuer-trusted", "not in the file of the API servers", given(idToken(nil), refusedWith(bareText), listing("https://accounts.example")), diagnose.Fail, []found{is(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "in the file of the API servers", given(idToken(nil), refusedWith(bareText), listing(idpIss)), diagnose.Fail, []found{is(finding.IssuerNotTrusted)}},
}

func init() { checkCases = append(checkCases, rareCases...) }

// rareCauses are the findings of the engine itself in rare cases.
var rareCauses = []causeCase{
	{"a control character, and nothing was sent", given(holding("hunter\x012"), unsent), finding.TokenHasControlCharacters, finding.Proved, nil, nil},
	{"a certificate and a token of white space", given(presenting(validPEM, "\n"), unsent), finding.APIServerError, finding.Proved, nil, nil},
	{"nothing was sent, and no fault", given(unsent), finding.APIServerError, finding.Proved, nil, nil},
	{"the error message names a Secret that the caller may not read", given(holding(bootstrapRaw), noObjects, refusedWith(words("Expired bootstrap token in kube-system/bootstrap-token-abcdef Secret: 2026-05-01T00:00:00Z"))), finding.BootstrapTokenExpired, finding.Proved, nil, nil},
	{"the caller is rejected as well", given(unreviewable(evidence.Unauthenticated)), finding.CredentialRejected, finding.Proved, nil, nil},
	{"the caller is rejected as well, and anonymous access is off", given(unreviewable(evidence.Unauthenticated), noAnonymous, noKeys, noObjects), finding.CredentialRejected, finding.Proved, nil, nil},
}

func init() { causeCases = append(causeCases, rareCauses...) }

// The name in a flag has a kind, and a word of Kubernetes has none.
func TestFlagsHaveKinds(t *testing.T) {
	c := diagnose.NewCase(given(startedWith(flags())))
	for name, want := range map[string][]finding.Name{
		"service-account-issuer":      {{Kind: finding.Issuer, Value: clusterIss}, {Kind: finding.Issuer, Value: olderIss}},
		"client-ca-file":              {{Kind: finding.File, Value: "/etc/kubernetes/pki/ca.crt"}},
		"enable-bootstrap-token-auth": nil,
	} {
		flag, _ := c.Flag(name)
		if got := flag.Text().Names(); !slices.Equal(got, want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Each CA that a server requests is named once.
func TestClientCAs(t *testing.T) {
	kubernetes, other := clientCA.leaf.RawSubject, otherCA.leaf.RawSubject
	e := given(handshake(evidence.Handshake{AcceptableCAs: [][]byte{kubernetes, other, kubernetes, nil, append(slices.Clone(other), 0)}}))
	var got []string
	for _, name := range diagnose.NewCase(e).ClientCAs() {
		got = append(got, name.String())
	}
	if want := []string{"CN=kubernetes", "CN=another cluster's", "(unreadable name)"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
