package checks

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// The default evidence of these tests is a cluster without faults: a token of the ServiceAccount shop/robot, which
// the API server accepts, an administrator as the caller, and an answer to every question. A case changes this
// evidence.

var now = time.Date(2026, 5, 24, 19, 10, 28, 0, time.UTC)

const (
	clusterIss = "https://kubernetes.default.svc.cluster.local"
	idpIss     = "https://login.example.com"
	robot      = "system:serviceaccount:shop:robot"
	server     = "https://api.example:6443"
)

// signer is a key and the kid that an API server gives it.
type signer struct {
	key *ecdsa.PrivateKey
	kid string
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newSigner() *signer {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	sum := sha256.Sum256(must(x509.MarshalPKIXPublicKey(&key.PublicKey)))
	return &signer{key, base64.RawURLEncoding.EncodeToString(sum[:])}
}

var clusterKey, otherKey, idpKey = newSigner(), newSigner(), newSigner()

// sign creates a token with these claims. A nil header is the usual one.
func (s *signer) sign(claims map[string]any, header map[string]any) string {
	o := (&jose.SignerOptions{}).WithType("JWT")
	for k, v := range header {
		o = o.WithHeader(jose.HeaderKey(k), v)
	}
	signing := jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: s.key, KeyID: s.kid}}
	if _, replaced := header["kid"]; replaced {
		signing.Key = s.key
	}
	return must(must(must(jose.NewSigner(signing, o)).Sign(must(json.Marshal(claims)))).CompactSerialize())
}

// unsigned assembles a token without a signing key.
func unsigned(header, claims map[string]any, signature string) string {
	encode := func(v any) string { return base64.RawURLEncoding.EncodeToString(must(json.Marshal(v))) }
	return encode(header) + "." + encode(claims) + "." + base64.RawURLEncoding.EncodeToString([]byte(signature))
}

func keySet(signers ...*signer) *keyset.KeySet {
	var set jose.JSONWebKeySet
	for _, s := range signers {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: &s.key.PublicKey, KeyID: s.kid, Algorithm: "ES256", Use: "sig"})
	}
	return must(keyset.ParseJWKS(must(json.Marshal(set)), finding.T("test")))
}

type claims = map[string]any

// saClaims are the claims of a token of shop/robot, valid from ten minutes ago for an hour. changes sets members;
// nil removes one. Members of kubernetes.io are merged.
func saClaims(changes claims) claims {
	all := claims{
		"iss": clusterIss, "sub": robot, "aud": []string{clusterIss}, "jti": "a-jti",
		"iat": at(-10 * time.Minute), "nbf": at(-10 * time.Minute), "exp": at(50 * time.Minute),
		"kubernetes.io": claims{"namespace": "shop", "serviceaccount": claims{"name": "robot", "uid": "robot-uid"}},
	}
	return change(all, changes)
}

func legacyClaims(changes claims) claims {
	const p = "kubernetes.io/serviceaccount/"
	return change(claims{
		"iss": "kubernetes/serviceaccount", "sub": robot, p + "namespace": "shop", p + "secret.name": "robot-token",
		p + "service-account.name": "robot", p + "service-account.uid": "robot-uid",
	}, changes)
}

func idClaims(changes claims) claims {
	return change(claims{
		"iss": idpIss, "sub": "jane", "aud": "kubernetes", "iat": at(-10 * time.Minute), "exp": at(50 * time.Minute),
	}, changes)
}

func change(all, changes claims) claims {
	for k, v := range changes {
		switch inner, ok := v.(claims); {
		case v == nil:
			delete(all, k)
		case ok && k == "kubernetes.io":
			merged := maps.Clone(all[k].(claims))
			maps.Copy(merged, inner)
			all[k] = merged
		default:
			all[k] = v
		}
	}
	return all
}

func at(d time.Duration) int64 { return now.Add(d).Unix() }

func moment(d time.Duration) *time.Time { t := now.Add(d); return &t }

// bound is the part of the claims that binds a token to an object.
func bound(kind, name, uid string) claims {
	ref := claims{"name": name}
	if uid != "" {
		ref["uid"] = uid
	}
	return claims{"kubernetes.io": claims{kind: ref}}
}

// given is the default evidence after some changes.
func given(steps ...func(*evidence.Evidence)) *evidence.Evidence {
	e := &evidence.Evidence{
		Now: now,
		Server: evidence.Server{
			URL:        server,
			Version:    evidence.Is("v1.36.3", finding.T("GET /version")),
			Clock:      evidence.Is(evidence.Clock{}, finding.T("Date")),
			Handshake:  evidence.Is(evidence.Handshake{RequestsCertificate: true, AcceptableCAs: [][]byte{clientCA.leaf.RawSubject}}, finding.T("TLS handshake")),
			Aggregated: evidence.Is([]evidence.AggregatedAPI{}, finding.T("GET apiservices")),
		},
		Caller:    evidence.Is(token.Identity{Username: "admin", Groups: []string{"system:masters"}}, finding.T("SelfSubjectReview")),
		Anonymous: evidence.Is(asNobody(), finding.T("SelfSubjectReview without credentials")),
		Cluster: evidence.Is(evidence.Issuer{
			Discovery: evidence.Is(&keyset.Discovery{Issuer: clusterIss}, finding.T("GET /.well-known/openid-configuration")),
			Keys:      evidence.Is(keySet(clusterKey), finding.T("GET /openid/v1/jwks")),
		}, finding.T("the API server")),
		Issuer: evidence.Unasked[evidence.Issuer](finding.T("--issuer-url was not given")),
		Subjects: []*evidence.Subject{{
			Role:           evidence.Itself,
			ServiceAccount: object("robot-uid"),
			Pod:            evidence.Unasked[evidence.Object](finding.T("the credential names no Pod")),
			Node:           evidence.Unasked[evidence.Object](finding.T("the credential names no Node")),
			Secret:         evidence.Unasked[evidence.Secret](finding.T("the credential names no Secret")),
		}},
	}
	holding(clusterKey.sign(saClaims(nil), nil))(e)
	acceptedAs(robot)(e)
	for _, step := range steps {
		step(e)
	}
	return e
}

func object(uid string) evidence.Fact[evidence.Object] {
	return evidence.Is(evidence.Object{Exists: true, UID: uid, CreationTimestamp: now.Add(-24 * time.Hour)}, finding.T("GET object"))
}

func asNobody() evidence.Answer {
	return evidence.Answer{
		Status: 403, FromAPIServer: true, Message: `selfsubjectreviews.authentication.k8s.io is forbidden: User "system:anonymous" cannot create …`,
		User: &token.Identity{Username: anonymousUser, Groups: []string{"system:unauthenticated"}},
	}
}

// The credential.

func sending(c *credential.Credential) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) { e.Subject().Credential = c }
}

func holding(raw string) func(*evidence.Evidence) {
	return sending(&credential.Credential{Source: finding.T("file token"), Token: token.Parse(raw)})
}

// readFrom is a credential from a file with this content.
func readFrom(content string) func(*evidence.Evidence) {
	c, err := credential.Recognise([]byte(content), finding.T("file token"))
	if err != nil {
		panic(err)
	}
	return sending(c)
}

func account(changes claims) func(*evidence.Evidence) {
	return holding(clusterKey.sign(saClaims(changes), nil))
}

func secretToken(changes claims) func(*evidence.Evidence) {
	return holding(clusterKey.sign(legacyClaims(changes), nil))
}

// idToken is a token of an issuer other than the cluster, about which the server publishes nothing.
func idToken(changes claims) func(*evidence.Evidence) {
	return holding(idpKey.sign(idClaims(changes), nil))
}

const opaqueRaw = "b7d1c0ffee5ca1ab1e0ddba11deadbee"

const bootstrapRaw = "abcdef.0123456789abcdef"

// The server's answers.

// acceptedAs has the server accept the credential as a user, in the request and in a review.
func acceptedAs(username string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		user := token.Identity{Username: username, Groups: []string{"system:authenticated"}}
		answers(evidence.Answer{Status: 201, FromAPIServer: true, User: &user})(e)
		e.Subject().Reviews = nil
		reviewed(evidence.ReviewStatus{Authenticated: true, User: user})(e)
	}
}

// refusedWith has a 401 for the request, and this error message in a review for the server's own audiences.
func refusedWith(text string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		answers(unauthorized())(e)
		e.Subject().Reviews = nil
		reviewed(evidence.ReviewStatus{Error: text})(e)
	}
}

// rejectedWithoutReason has a 401 for the request, and a caller who may not create TokenReviews.
func rejectedWithoutReason(e *evidence.Evidence) {
	answers(unauthorized())(e)
	unreviewed(e)
}

func unauthorized() evidence.Answer {
	return evidence.Answer{Status: 401, FromAPIServer: true, Message: "Unauthorized", AuditID: "an-audit-id"}
}

func unreviewed(e *evidence.Evidence) {
	e.Caller = evidence.Is(token.Identity{Username: "jane"}, finding.T("SelfSubjectReview"))
	no := evidence.Not[evidence.ReviewStatus](&evidence.Failure{Kind: evidence.Forbidden, Said: finding.T(`User "jane" cannot create resource "tokenreviews"`)}, finding.T("TokenReview"))
	e.Subject().Reviews = []evidence.Review{{Answer: no}}
	if len(e.Audiences) > 0 {
		e.Subject().Reviews = append(e.Subject().Reviews, evidence.Review{Audiences: e.Audiences, Answer: no})
	}
}

func answers(a evidence.Answer) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		e.Subject().Wire = evidence.Is(a, finding.T("SelfSubjectReview with the credential"))
	}
}

func reviewed(status evidence.ReviewStatus, audiences ...string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		e.Subject().Reviews = append(e.Subject().Reviews, evidence.Review{Audiences: audiences, Answer: evidence.Is(status, finding.T("TokenReview"))})
	}
}

func refusedFor(text string, audiences ...string) func(*evidence.Evidence) {
	return reviewed(evidence.ReviewStatus{Error: text}, audiences...)
}

func acceptedFor(username string, audiences ...string) func(*evidence.Evidence) {
	return reviewed(evidence.ReviewStatus{Authenticated: true, User: token.Identity{Username: username, Groups: []string{"system:authenticated"}}, Audiences: audiences}, audiences...)
}

// asking sets the requested audiences; it precedes the answers.
func asking(audiences ...string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) { e.Audiences = audiences }
}

const bareText = "invalid bearer token"

func words(text string) string { return "[" + bareText + ", " + text + "]" }

// The facts that were read.

func clock(skew time.Duration) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		e.Server.Clock = evidence.Is(evidence.Clock{Skew: skew}, finding.T("Date"))
	}
}

func noClock(e *evidence.Evidence) {
	e.Server.Clock = evidence.Unasked[evidence.Clock](finding.T("the server's response has no Date header"))
}

func version(v string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) { e.Server.Version = evidence.Is(v, finding.T("GET /version")) }
}

// noAnonymous has the server reject requests without a credential.
func noAnonymous(e *evidence.Evidence) { e.Anonymous = evidence.Is(unauthorized(), finding.Text{}) }

// anonymousIs has the answer to a request without a credential.
func anonymousIs(a evidence.Answer) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		e.Anonymous = evidence.Is(a, finding.T("SelfSubjectReview without credentials"))
	}
}

// noKeys has a caller who may not read the cluster's discovery document and keys.
func noKeys(e *evidence.Evidence) {
	f := &evidence.Failure{Kind: evidence.Forbidden, Said: finding.T("forbidden to read the keys")}
	e.Cluster = evidence.Is(evidence.Issuer{
		Discovery: evidence.Not[*keyset.Discovery](f, finding.Text{}), Keys: evidence.Not[*keyset.KeySet](f, finding.Text{}),
	}, finding.T("the API server"))
}

// external is a key with a kid that the API server did not derive.
var external = &signer{newSigner().key, "external-1"}

// published has the keys that the cluster publishes.
func published(signers ...*signer) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		e.Cluster.Value.Keys = evidence.Is(keySet(signers...), finding.T("GET /openid/v1/jwks"))
	}
}

// undiscovered has readable keys and an unreadable discovery document.
func undiscovered(e *evidence.Evidence) {
	f := &evidence.Failure{Kind: evidence.Unusable, Said: finding.T("the answer is no JSON")}
	e.Cluster.Value.Discovery = evidence.Not[*keyset.Discovery](f, finding.Text{})
}

// noObjects has a caller who may not read the objects in the claims.
func noObjects(e *evidence.Evidence) {
	f := &evidence.Failure{Kind: evidence.Forbidden, Said: finding.T("forbidden to look")}
	s := e.Subject()
	s.ServiceAccount, s.Pod, s.Node = evidence.Not[evidence.Object](f, finding.Text{}), evidence.Not[evidence.Object](f, finding.Text{}), evidence.Not[evidence.Object](f, finding.Text{})
	s.Secret = evidence.Not[evidence.Secret](f, finding.Text{})
}

func serviceAccountIs(o evidence.Object) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		e.Subject().ServiceAccount = evidence.Is(o, finding.T("GET serviceaccount"))
	}
}

func podIs(o evidence.Object) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		e.Subject().Pod = evidence.Is(o, finding.T("GET /api/v1/namespaces/ci/pods/web"))
	}
}

func nodeIs(o evidence.Object) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) { e.Subject().Node = evidence.Is(o, finding.T("GET node")) }
}

func secretIs(s evidence.Secret) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) { e.Subject().Secret = evidence.Is(s, finding.T("GET secret")) }
}

// younger is an object that was created after the token was issued.
func younger(uid string) evidence.Object {
	return evidence.Object{Exists: true, UID: uid, CreationTimestamp: now.Add(-time.Minute)}
}

func there(uid string) evidence.Object {
	return evidence.Object{Exists: true, UID: uid, CreationTimestamp: now.Add(-time.Hour)}
}

func deleting(uid string, when time.Duration) evidence.Object {
	o := there(uid)
	o.DeletionTimestamp = moment(when)
	return o
}

// issuerAsked has an issuer that --issuer-url names.
func issuerAsked(iss string, signers ...*signer) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		source := finding.T("%s", finding.URL.Of(iss))
		e.Issuer = evidence.Is(evidence.Issuer{
			Discovery: evidence.Is(&keyset.Discovery{Issuer: iss}, source),
			Keys:      evidence.Is(keySet(signers...), source),
		}, source)
	}
}

func unreachable(kind evidence.Transport, text string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		f := &evidence.Failure{Kind: evidence.Unreachable, Said: finding.T("%s", finding.Message(text)), Transport: kind}
		e.Anonymous = evidence.Not[evidence.Answer](f, finding.Text{})
		e.Subject().Wire = evidence.Not[evidence.Answer](f, finding.Text{})
		e.Subject().Reviews = []evidence.Review{{Answer: evidence.Not[evidence.ReviewStatus](f, finding.Text{})}}
		e.Server.Clock = evidence.Not[evidence.Clock](f, finding.Text{})
		e.Server.Handshake = evidence.Not[evidence.Handshake](f, finding.Text{})
		e.Cluster = evidence.Is(evidence.Issuer{Discovery: evidence.Not[*keyset.Discovery](f, finding.Text{}), Keys: evidence.Not[*keyset.KeySet](f, finding.Text{})}, finding.Text{})
		e.Subject().ServiceAccount = evidence.Not[evidence.Object](f, finding.Text{})
	}
}

func noKubeconfigServer(e *evidence.Evidence) {
	e.Server.URL, e.Server.Trust.Cluster = "http://localhost:8080", ""
}

func plainHTTPServer(e *evidence.Evidence) { e.Server.URL = "http://api.example:8080" }

// The configuration of the cluster.

// startedWith has one API server for each of these command lines.
func startedWith(lines ...map[string][]string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		servers := []evidence.APIServer{}
		for i, flags := range lines {
			servers = append(servers, evidence.APIServer{Namespace: "kube-system", Pod: fmt.Sprintf("kube-apiserver-cp%d", i+1), Flags: flags})
		}
		e.Configuration.APIServers = evidence.Is(servers, finding.T("GET pods"))
	}
}

// flags is a usual command line after some changes.
func flags(changes ...string) map[string][]string {
	out := map[string][]string{
		"service-account-issuer": {clusterIss, olderIss}, "client-ca-file": {"/etc/kubernetes/pki/ca.crt"}, "enable-bootstrap-token-auth": {"true"},
	}
	for _, c := range changes {
		name, value, _ := strings.Cut(c, "=")
		if value == "" {
			delete(out, name)
			continue
		}
		out[name] = []string{value}
	}
	return out
}

const olderIss = "https://kubernetes.default.svc"

// publishing has API servers that publish these CAs for clients, and one CA for front proxies.
func publishing(frontProxy *authority, clients ...*authority) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		a := evidence.Authorities{}
		for _, c := range clients {
			a.Clients = append(a.Clients, c.leaf)
		}
		if frontProxy != nil {
			a.FrontProxy = append(a.FrontProxy, frontProxy.leaf)
		}
		e.Configuration.Authorities = evidence.Is(a, finding.T("configmap kube-system/extension-apiserver-authentication"))
	}
}

// counting has an API server whose metrics name these issuers.
func counting(reloaded, failed time.Time, issuers ...string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		a := evidence.Authenticators{Issuers: map[string]evidence.IssuerKeys{}, Reloaded: reloaded, ReloadFailed: failed}
		for _, iss := range issuers {
			a.Issuers[diagnose.HashOf(iss)] = evidence.IssuerKeys{Read: now.Add(-3 * time.Hour), Failed: now.Add(-time.Hour)}
		}
		e.Configuration.Authenticators = evidence.Is(a, finding.T("GET /metrics"))
	}
}

func clusterInfo(i evidence.ClusterInfo) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		e.Subject().ClusterInfo = evidence.Is(i, finding.T("configmap kube-public/cluster-info"))
	}
}

// shown has a server with this certificate, which the trusted CAs did not sign, and the CAs that the cluster
// publishes.
func shown(leaf string, trusted, published *authority) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		unreachable(evidence.TransportUntrusted, "unknown authority")(e)
		e.Anonymous.Failure.Presented = []*x509.Certificate{must(credential.ParseCertificate([]byte(leaf))).Leaf}
		e.Server.Trust.CAs = []*x509.Certificate{trusted.leaf}
		e.Configuration.Published = evidence.Is([]*x509.Certificate{published.leaf}, finding.T("configmap kube-public/cluster-info, over an unverified connection"))
	}
}

func diagnosed(e *evidence.Evidence) *diagnose.Diagnosis {
	return diagnose.Run(diagnose.NewCase(e), All)
}

func answered(e *evidence.Evidence) []diagnose.Outcome {
	return diagnose.Answers(diagnose.NewCase(e), All)
}
