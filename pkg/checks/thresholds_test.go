package checks

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// threshold is a limit: evidence on one side of it, for which the check is quiet, and evidence on the other side,
// for which the check has a finding or another text. For a time, both sides are a nanosecond apart.
type threshold struct {
	name  string
	check string
	// finds is the ID of a proved finding; says is a part of the text.
	finds finding.ID
	says  string
	quiet *evidence.Evidence
	loud  *evidence.Evidence
}

const day = 24 * time.Hour

// lasting is a token of shop/robot with this lifetime.
func lasting(from, to time.Duration) func(*evidence.Evidence) {
	return account(claims{"iat": at(from), "nbf": at(from), "exp": at(to)})
}

// later and earlier return the evidence by a clock that just reaches a time, and by a clock that is a nanosecond
// ahead or behind.
func later(steps ...func(*evidence.Evidence)) (quiet, loud *evidence.Evidence) {
	return given(append(steps, clock(0))...), given(append(steps, clock(1))...)
}

func earlier(steps ...func(*evidence.Evidence)) (quiet, loud *evidence.Evidence) {
	return given(append(steps, clock(0))...), given(append(steps, clock(-1))...)
}

// onceAfter is a time after which the check has a finding.
func onceAfter(name, check string, id finding.ID, steps ...func(*evidence.Evidence)) threshold {
	quiet, loud := later(steps...)
	return threshold{name: name, check: check, finds: id, quiet: quiet, loud: loud}
}

// onceBefore is a time before which the check has a finding.
func onceBefore(name, check string, id finding.ID, steps ...func(*evidence.Evidence)) threshold {
	quiet, loud := earlier(steps...)
	return threshold{name: name, check: check, finds: id, quiet: quiet, loud: loud}
}

// saying is the same threshold for a change of the text instead of the finding.
func (c threshold) saying(says string) threshold {
	c.finds, c.says = "", says
	return c
}

func bootstrapUntil(end time.Time) func(*evidence.Evidence) {
	return then(holding(bootstrapRaw), bootstrapSecret(func(s *evidence.Secret) { s.Bootstrap.Expiration = end.Format(time.RFC3339) }), refusedWith(bareText))
}

func bootstrapGroups(groups string) func(*evidence.Evidence) {
	return then(holding(bootstrapRaw), bootstrapSecret(func(s *evidence.Secret) { s.Bootstrap.ExtraGroups = groups }), refusedWith(bareText))
}

// groupOf is a group's name with that many bytes.
func groupOf(bytes int) string {
	const prefix = "system:bootstrappers:"
	return prefix + strings.Repeat("a", bytes-len(prefix))
}

func noVersion(e *evidence.Evidence) {
	e.Server.Version = evidence.Not[string](&evidence.Failure{Kind: evidence.Forbidden, Said: finding.T("forbidden to ask")}, finding.Text{})
}

func acceptedOnTheWire(user string) func(*evidence.Evidence) {
	return answers(evidence.Answer{Status: 201, FromAPIServer: true, User: &token.Identity{Username: user}})
}

// forbiddenTo has a caller whose name has that many bytes and who may not create TokenReviews.
func forbiddenTo(bytes int) *evidence.Evidence {
	return given(rejectedWithoutReason, callerIs(strings.Repeat("u", bytes)))
}

// clocksOf has the clocks of two API servers, the second of which rejects the credential.
func clocksOf(apart time.Duration) *evidence.Evidence {
	return given(askedEach("AAr"), ofServer(0, func(at *evidence.Endpoint) { at.Clock = evidence.Is(evidence.Clock{}, finding.Text{}) }),
		ofServer(2, func(at *evidence.Endpoint) { at.Clock = evidence.Is(evidence.Clock{Skew: apart}, finding.Text{}) }))
}

// livingFor is a Pod's token that was requested for an hour and has this lifetime.
func livingFor(life time.Duration) *evidence.Evidence {
	return given(inPod(nil, claims{"iat": at(-10 * time.Minute), "exp": at(life - 10*time.Minute)}))
}

// expiredServer has a server certificate with this validity.
func expiredServer(from, to time.Duration) *evidence.Evidence {
	return given(func(e *evidence.Evidence) {
		unreachable(evidence.TransportExpired, "x509: expired")(e)
		e.Anonymous.Failure.Presented = []*x509.Certificate{{NotBefore: now.Add(from), NotAfter: now.Add(to)}}
	})
}

// certificateFor has a server certificate with that many names.
func certificateFor(names int) *evidence.Evidence {
	return given(func(e *evidence.Evidence) {
		unreachable(evidence.TransportWrongName, "x509: another name")(e)
		leaf := &x509.Certificate{}
		for i := range names {
			leaf.DNSNames = append(leaf.DNSNames, fmt.Sprintf("n%d", i))
		}
		e.Anonymous.Failure.Presented = []*x509.Certificate{leaf}
	})
}

// showing has a server with that many certificates.
func showing(certificates int) *evidence.Evidence {
	return given(func(e *evidence.Evidence) {
		unreachable(evidence.TransportWrongName, "x509: another name")(e)
		for range certificates {
			e.Anonymous.Failure.Presented = append(e.Anonymous.Failure.Presented, &x509.Certificate{})
		}
	})
}

// answeredByProxy has a server other than an API server that answers with this status.
func answeredByProxy(status int) *evidence.Evidence {
	return given(answers(evidence.Answer{Status: status}))
}

// meantFor is a token for an audience of that many bytes.
func meantFor(bytes int) *evidence.Evidence {
	return given(account(claims{"aud": []string{strings.Repeat("a", bytes)}}), refusedWith(words(saAudienceText)))
}

// issuedBy is an ID token of an issuer whose URL has that many bytes.
func issuedBy(bytes int) *evidence.Evidence {
	return given(idToken(claims{"iss": "https://" + strings.Repeat("a", bytes-len("https://"))}), refusedWith(bareText))
}

// withoutBootstrapTokens has that many API servers that accept no bootstrap tokens.
func withoutBootstrapTokens(servers int) *evidence.Evidence {
	return given(bootstrapUntil(now.Add(day)), startedWith(slices.Repeat([]map[string][]string{flags("enable-bootstrap-token-auth=false")}, servers)...))
}

// issuersOf has an API server with that many issuers.
func issuersOf(n int) *evidence.Evidence {
	started := flags()
	for i := range n - len(started["service-account-issuer"]) {
		started["service-account-issuer"] = append(started["service-account-issuer"], fmt.Sprintf("https://i%d.example", i))
	}
	return given(foreign, refusedWith(bareText), startedWith(started))
}

// longFlag has an API server with a flag whose value has that many bytes.
func longFlag(bytes int) *evidence.Evidence {
	return given(foreign, refusedWith(bareText), startedWith(flags("oidc-issuer-url=https://"+strings.Repeat("a", bytes-len("https://")))))
}

// authoritiesOf has that many CAs for clients.
func authoritiesOf(n int) *evidence.Evidence {
	return given(presenting(otherCA.pemOf(nil), ""), asksFor(otherCA), rejectedWithoutReason, publishing(nil, slices.Repeat([]*authority{clientCA}, n)...))
}

// delegating has an aggregated API that answers with this status that it may not ask the API server.
func delegating(status int) *evidence.Evidence {
	return given(behind("True", "Passed", "all checks passed", &evidence.Answer{Status: status, PastAuthentication: true,
		Message: `tokenreviews.authentication.k8s.io is forbidden: User "system:serviceaccount:kube-system:metrics-server" cannot create resource`}))
}

// manyAudiences is a token for that many audiences.
func manyAudiences(n int) *evidence.Evidence {
	var aud []string
	for i := range n {
		aud = append(aud, fmt.Sprintf("a%d", i))
	}
	return given(account(claims{"aud": aud}))
}

var thresholds = []threshold{
	onceAfter("a minute of leeway after exp", "lifetime", finding.TokenExpired, account(claims{"exp": at(-time.Minute)}), rejectedWithoutReason),
	onceAfter("an ID token's exp", "lifetime", finding.TokenExpired, idToken(claims{"exp": at(0)}), rejectedWithoutReason),
	onceBefore("a minute of leeway before nbf", "lifetime", finding.TokenNotYetValid, account(claims{"nbf": at(time.Minute)}), rejectedWithoutReason),
	onceBefore("a minute of leeway before an ID token's nbf", "lifetime", finding.TokenNotYetValid, idToken(claims{"nbf": at(time.Minute)}), rejectedWithoutReason),
	onceBefore("a minute of leeway before iat", "lifetime", finding.TokenIssuedInFuture, account(claims{"iat": at(time.Minute)}), rejectedWithoutReason),
	onceBefore("exp, when the server says that it is over", "lifetime", "", account(claims{"exp": at(0)}), refusedWith(words(expiredText))).saying("API server's clock is ahead"),
	onceBefore("nbf, when the server says that it is to come", "lifetime", "", account(claims{"nbf": at(0)}), refusedWith(words("service account token is not valid yet"))).saying("the token becomes valid at"),
	onceBefore("iat, when the server says that it is to come", "lifetime", "", account(claims{"iat": at(0)}), refusedWith(words("service account token is issued in the future"))).saying("the token was issued at"),
	onceAfter("exp of an accepted token", "lifetime", "", account(claims{"exp": at(0)})).saying("within the API server's leeway"),

	onceAfter("an hour before exp", "token-lasts", finding.TokenExpiresSoon, lasting(-23*time.Hour, time.Hour)),
	onceAfter("a tenth of the lifetime before exp", "token-lasts", finding.TokenExpiresSoon, lasting(-18*time.Minute, 2*time.Minute)),
	{name: "exp of a token that lasts", check: "token-lasts", says: "allows one minute", quiet: given(lasting(-time.Hour, 0), clock(-1)), loud: given(lasting(-time.Hour, 0))},
	onceAfter("warnafter", "token-fresh", finding.TokenStale, account(claims{"kubernetes.io": claims{"warnafter": at(0)}})),
	onceAfter("the end of an extended token", "token-fresh", "", account(claims{"exp": at(0), "kubernetes.io": claims{"warnafter": at(-time.Minute)}})).saying("The token expired at"),

	onceAfter("four fifths of the lifetime, and five minutes", "token-file-fresh", finding.TokenFileStale, inPod(nil, claims{"iat": at(-53 * time.Minute), "exp": at(7 * time.Minute)})),
	onceAfter("a day of a long life, and five minutes", "token-file-fresh", finding.TokenFileStale, inPod(nil, claims{"iat": at(-day - 5*time.Minute), "exp": at(6 * day)})),
	{name: "exp after iat", check: "token-file-fresh", finds: finding.TokenFileFresh, quiet: livingFor(0), loud: given(inPod(nil, claims{"iat": at(0), "exp": at(time.Second)}))},
	{name: "a minute more than the spec asks for", check: "token-of-pod", finds: finding.TokenFileMismatch, quiet: livingFor(61 * time.Minute), loud: livingFor(61*time.Minute + time.Second)},
	{name: "a minute less than the spec asks for", check: "token-of-pod", says: "the API server grants", quiet: livingFor(59 * time.Minute), loud: livingFor(59*time.Minute - time.Second)},

	onceAfter("notAfter", "certificate-validity", finding.CertificateExpired, presenting(clientCA.pemOf(from(-2*day, 0)), ""), rejectedWithoutReason),
	onceBefore("notBefore", "certificate-validity", finding.CertificateNotYetValid, presenting(clientCA.pemOf(from(0, day)), ""), rejectedWithoutReason),
	onceAfter("30 days before notAfter", "certificate-validity", finding.CertificateExpiresSoon, presenting(clientCA.pemOf(from(-335*day, 30*day)), ""), acceptedByCertificate),
	onceAfter("a tenth of the validity before notAfter", "certificate-validity", finding.CertificateExpiresSoon, presenting(clientCA.pemOf(from(-9*day, day)), ""), acceptedByCertificate),
	{name: "notAfter of the server's certificate", check: "server-reachable", says: "expired at", quiet: expiredServer(-day, 0), loud: expiredServer(-day, -1)},
	{name: "notBefore of the server's certificate", check: "server-reachable", says: "is not valid before", quiet: expiredServer(0, day), loud: expiredServer(1, day)},

	{name: "30 seconds behind", check: "clocks-agree", finds: finding.ClockSkew, quiet: given(clock(-30 * time.Second)), loud: given(clock(-30*time.Second - 1))},
	{name: "30 seconds ahead", check: "clocks-agree", finds: finding.ClockSkew, quiet: given(clock(30 * time.Second)), loud: given(clock(30*time.Second + 1))},
	{name: "30 seconds between API servers", check: "answers-agree", says: "clock is", quiet: clocksOf(30 * time.Second), loud: clocksOf(30*time.Second + 1)},
	{name: "30 seconds between API servers, the other way", check: "answers-agree", says: " behind that of", quiet: clocksOf(-30 * time.Second), loud: clocksOf(-30*time.Second - 1)},
	{name: "15 seconds after exp", check: "answers-agree", finds: finding.ReplicasDisagree,
		quiet: given(lasting(-time.Hour, -15*time.Second), askedEach("AAE"), clock(-1)), loud: given(lasting(-time.Hour, -15*time.Second), askedEach("AAE"), clock(0))},

	onceAfter("a minute after the deletion of a Pod", "bound-pod", "", account(bound("pod", "web", "web-uid")), podIs(deleting("web-uid", -time.Minute)), rejectedWithoutReason).saying(`"severity":"error"`),
	{name: "an object that is a minute older than the token", check: "service-account", finds: finding.ServiceAccountRecreated,
		quiet: given(noKeys, rejectedWithoutReason, serviceAccountIs(evidence.Object{Exists: true, UID: "new", CreationTimestamp: now.Add(-11*time.Minute - 1)})),
		loud:  given(noKeys, rejectedWithoutReason, serviceAccountIs(evidence.Object{Exists: true, UID: "new", CreationTimestamp: now.Add(-11 * time.Minute)}))},

	{name: "a bootstrap token's expiration", check: "bootstrap-token", finds: finding.BootstrapTokenExpired,
		quiet: given(bootstrapUntil(now), clock(-1)), loud: given(bootstrapUntil(now), clock(0))},
	{name: "277 bytes of a bootstrap token's group", check: "bootstrap-token", finds: finding.CredentialRejected,
		quiet: given(bootstrapGroups(groupOf(277))), loud: given(bootstrapGroups(groupOf(278)))},
	onceAfter("15 minutes of an AWS IAM token", "aws-iam-token", finding.AWSIAMTokenExpired, holding(awsRaw(now.Add(-15*time.Minute))), refusedWith(bareText)),

	{name: "four characters of a prefix that is there twice", check: "oidc-prefix", finds: finding.OIDCPrefixMistaken, quiet: given(idToken(nil), acceptedAs("--jane")), loud: given(idToken(nil), acceptedAs("-:-:jane"))},
	{name: "two quotes before a name", check: "oidc-prefix", finds: finding.OIDCPrefixMistaken, quiet: given(idToken(nil), acceptedAs(`"jane`)), loud: given(idToken(nil), acceptedAs(`""jane`))},
	{name: "an AuthenticationConfiguration that was read after it failed", check: "configuration-loaded", finds: finding.AuthenticationConfigNotLoaded,
		quiet: given(counting(now, now.Add(-1), clusterIss)), loud: given(counting(now, now, clusterIss))},
	{name: "two API servers", check: "same-configuration", says: "2 API servers", quiet: given(startedWith(flags())), loud: given(startedWith(flags(), flags()))},

	{name: "status 300", check: "answered-by-api-server", says: "redirect", quiet: answeredByProxy(299), loud: answeredByProxy(300)},
	{name: "status 400", check: "answered-by-api-server", says: "redirect", quiet: answeredByProxy(400), loud: answeredByProxy(399)},
	{name: "status 502", check: "answered-by-api-server", says: "got no answer", quiet: answeredByProxy(501), loud: answeredByProxy(502)},
	{name: "status 504", check: "answered-by-api-server", says: "got no answer", quiet: answeredByProxy(505), loud: answeredByProxy(504)},

	{name: "status 400 of an aggregated API", check: "aggregated-apis", finds: finding.AggregatedAPIRefused, quiet: delegating(399), loud: delegating(400)},

	{name: "253 bytes of an audience in a command", check: "audience", says: "ask with `--audience`", quiet: meantFor(254), loud: meantFor(253)},
	{name: "200 bytes of an issuer in a command", check: "issuer-trusted", says: "--issuer-url ", quiet: issuedBy(201), loud: issuedBy(200)},
	{name: "200 bytes of a user in a binding's name", check: "review-permitted", says: " token-reviewer:u", quiet: forbiddenTo(201), loud: forbiddenTo(200)},
	{name: "eight audiences in a sentence", check: "audience", says: " more", quiet: manyAudiences(8), loud: manyAudiences(9)},
	{name: "eight names of a certificate in a sentence", check: "server-reachable", says: " more", quiet: certificateFor(8), loud: certificateFor(9)},
	{name: "the eighth of nine names", check: "server-reachable", says: "n7 and 1 more", quiet: certificateFor(10), loud: certificateFor(9)},
	{name: "eight values of a flag in a sentence", check: "issuer-trusted", says: " more", quiet: issuersOf(8), loud: issuersOf(9)},
	{name: "200 bytes of a flag's value", check: "issuer-trusted", says: "…", quiet: longFlag(200), loud: longFlag(201)},
	{name: "eight CAs in a sentence", check: "certificate-authority", says: " more", quiet: authoritiesOf(8), loud: authoritiesOf(9)},
	{name: "three Pods that are named", check: "bootstrap-token", says: " more", quiet: withoutBootstrapTokens(3), loud: withoutBootstrapTokens(4)},
	{name: "the third of four Pods", check: "bootstrap-token", says: "cp3, 1 more", quiet: withoutBootstrapTokens(5), loud: withoutBootstrapTokens(4)},
	{name: "one Pod that is named", check: "bootstrap-token", says: "pods ", quiet: withoutBootstrapTokens(1), loud: withoutBootstrapTokens(2)},
	{name: "four certificates that are shown", check: "server-reachable", says: "and 1 more", quiet: showing(4), loud: showing(5)},

	{name: "Kubernetes 1.31, which tells a key from a signature", check: "signing-key", says: "Before Kubernetes 1.31",
		quiet: given(holding(edited), refusedWith(words(primitiveText)), noKeys, version("v1.31.0")), loud: given(holding(edited), refusedWith(words(primitiveText)), noKeys, version("v1.30.14"))},
	{name: "Kubernetes 1.32, which has external signers", check: "signing-key", finds: finding.SigningKeyUnknown,
		quiet: given(namesake, rejectedWithoutReason, published(external), version("v1.32.0-alpha.1+vendor")), loud: given(namesake, rejectedWithoutReason, published(external), version("v1.31+"))},
	{name: "a release that is not known", check: "signing-key", finds: finding.SigningKeyUnknown,
		quiet: given(namesake, rejectedWithoutReason, published(external), noVersion), loud: given(namesake, rejectedWithoutReason, published(external), version("v1.31.14"))},
	{name: "a release that is no number", check: "signing-key", finds: finding.SigningKeyUnknown,
		quiet: given(namesake, rejectedWithoutReason, published(external), version("v1.x.1")), loud: given(namesake, rejectedWithoutReason, published(external), version("v1.31.14"))},
	{name: "Kubernetes 1.32, which names the credential that decided", check: "token-not-shadowed", finds: finding.TokenShadowedByClientCertificate,
		quiet: given(presenting(validPEM, tampered), acceptedOnTheWire("jane"), version("v1.32.0")), loud: given(presenting(validPEM, tampered), acceptedOnTheWire("jane"), version("v1.31.14"))},
	{name: "Kubernetes 2", check: "token-not-shadowed", finds: finding.TokenShadowedByClientCertificate,
		quiet: given(presenting(validPEM, tampered), acceptedOnTheWire("jane"), version("v2.0.0")), loud: given(presenting(validPEM, tampered), acceptedOnTheWire("jane"), version("v0.32.0"))},
	{name: "Kubernetes 1.36, which verifies first", check: "signing-key", says: "--issuer-url reads them",
		quiet: given(idToken(claims{"aud": "account"}), refusedWith(words(oidcAudienceText)), version("v1.36.0")), loud: given(idToken(claims{"aud": "account"}), refusedWith(words(oidcAudienceText)), version("v1.35.9"))},
}

// Each threshold is exact, to the nanosecond, the byte or the number.
func TestThresholds(t *testing.T) {
	for _, c := range thresholds {
		t.Run(c.name, func(t *testing.T) {
			if c.shows(t, c.quiet) {
				t.Errorf("%s%s is there, and should not", c.finds, c.says)
			}
			if !c.shows(t, c.loud) {
				t.Errorf("%s%s is not there", c.finds, c.says)
			}
		})
	}
}

func (c threshold) shows(t *testing.T, e *evidence.Evidence) bool {
	t.Helper()
	r := outcome(t, c.check, e).Result
	if c.says != "" {
		written, err := json.Marshal(r.Findings)
		return err == nil && strings.Contains(r.Detail.String()+string(written), c.says)
	}
	return slices.ContainsFunc(r.Findings, func(f finding.Finding) bool { return f.ID == c.finds && f.Certainty == finding.Proved })
}
