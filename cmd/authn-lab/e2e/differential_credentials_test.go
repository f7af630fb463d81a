package e2e

import (
	"crypto"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	jose "gopkg.in/go-jose/go-jose.v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/keyutil"
)

// bearer is a token of the differential test.
type bearer struct{ name, raw string }

// forger makes new tokens for each API server, because some of them expire soon.
type forger struct {
	t      *testing.T
	issuer string
	// keys by the name of their file in the lab's folder.
	keys map[string]crypto.Signer
	kids map[string]string
	// world has the objects that the tokens are bound to.
	world *world
	now   int64
	out   []bearer
}

// world is the objects that tokens are bound to, as they were when the tokens were issued.
type world struct {
	namespace            string
	account, terminating metav1.ObjectMeta
	// leftUntil is the time from which the tokens of the terminating account are rejected.
	leftUntil                              time.Time
	pod, podGone, secret, secretGone, node metav1.ObjectMeta
	legacy, legacyInvalid, legacyOf        string
	bootstrap                              []corev1.Secret
}

func newForger(t *testing.T, w *world) *forger {
	t.Helper()
	f := &forger{t: t, keys: map[string]crypto.Signer{}, kids: map[string]string{}, world: w, now: time.Now().Unix()}
	f.issuer, _ = runner.Lab.Read("oidc", "issuer-url")
	for name, file := range map[string]string{"sa": "sa.key", "old": "sa-old.key", "stranger": "sa-other.key", "oidc": "oidc/issuer.key"} {
		data, err := os.ReadFile(runner.Lab.Path(file))
		if err != nil {
			t.Fatal(err)
		}
		key, err := keyutil.ParsePrivateKeyPEM(data)
		if err != nil {
			t.Fatal(err)
		}
		f.keys[name] = key.(crypto.Signer)
		f.kids[name] = kubernetesKeyID(t, f.keys[name].Public())
	}
	return f
}

type claims = map[string]any

// with returns the claims base with changes; a nil value removes a claim.
func with(base claims, changes claims) claims {
	out := maps.Clone(base)
	for k, v := range changes {
		if v == nil {
			delete(out, k)
			continue
		}
		out[k] = v
	}
	return out
}

// sign signs with a key and sets the kid, unless it is empty.
func (f *forger) sign(name, key, kid string, c any) {
	signer := f.keys[key]
	alg := jose.RS256
	if _, ok := signer.(*ecdsa.PrivateKey); ok {
		alg = jose.ES256
	}
	f.signWith(name, signer, alg, kid, c)
}

func (f *forger) signWith(name string, key any, alg jose.SignatureAlgorithm, kid string, c any) {
	f.t.Helper()
	var inner any = key
	if kid != "" {
		inner = jose.JSONWebKey{Key: key, KeyID: kid}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: inner}, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	payload, ok := c.(string)
	if !ok {
		data, err := json.Marshal(c)
		if err != nil {
			f.t.Fatal(err)
		}
		payload = string(data)
	}
	signed, err := signer.Sign([]byte(payload))
	if err != nil {
		f.t.Fatal(err)
	}
	raw, err := signed.CompactSerialize()
	if err != nil {
		f.t.Fatal(err)
	}
	f.add(name, raw)
}

func (f *forger) add(name, raw string) { f.out = append(f.out, bearer{name, raw}) }

// tokens returns all tokens.
func (f *forger) tokens() []bearer {
	f.ofProvider()
	f.ofServiceAccounts()
	f.legacy()
	f.bootstrap()
	f.rest()
	return f.out
}

// ofProvider are tokens of the lab's OIDC issuer.
func (f *forger) ofProvider() {
	base := claims{
		"iss": f.issuer, "aud": "authn-lab", "sub": "jane", "iat": f.now - 60, "nbf": f.now - 60, "exp": f.now + 3600, "jti": "j-1",
		"groups": []string{"developers", "ops"}, "role": "admin,ops", "email": "jane@example.org", "email_verified": true,
		"tenant": "blue", "person": claims{"name": "Jane"}, "https://example.org/groups": []string{"nested"},
	}
	good := func(name string, changes claims) { f.sign("oidc "+name, "oidc", f.kids["oidc"], with(base, changes)) }
	good("as it should be", nil)
	for _, claim := range []string{"sub", "aud", "exp", "iat", "nbf", "jti", "groups", "role", "email", "email_verified", "tenant", "person", "https://example.org/groups"} {
		good("without "+claim, claims{claim: nil})
	}
	for name, c := range map[string]claims{
		"sub empty": {"sub": ""}, "sub number": {"sub": 7}, "sub list": {"sub": []string{"a"}}, "sub null": {"sub": json.RawMessage("null")},
		"sub system:": {"sub": "system:admin"}, "sub unicode": {"sub": "jäne ☃"}, "sub long": {"sub": strings.Repeat("x", 3000)}, "sub anonymous": {"sub": "system:anonymous"},
		"groups text": {"groups": "one"}, "groups empty": {"groups": []string{}}, "groups empty text": {"groups": ""}, "groups numbers": {"groups": []int{1, 2}},
		"groups mixed": {"groups": []any{"a", 1}}, "groups object": {"groups": claims{"a": 1}}, "groups null": {"groups": json.RawMessage("null")},
		"groups system": {"groups": []string{"system:masters"}}, "groups with empty": {"groups": []string{"a", ""}}, "groups twice": {"groups": []string{"a", "a"}},
		"role list": {"role": []string{"a", "b"}}, "role number": {"role": 3},
		"email unverified": {"email_verified": false}, "email verified as text": {"email_verified": "true"}, "email verified null": {"email_verified": json.RawMessage("null")},
		"email number": {"email": 1}, "email empty": {"email": ""},
		"tenant other": {"tenant": "red"}, "tenant green": {"tenant": "green"}, "tenant number": {"tenant": 1}, "tenant list": {"tenant": []string{"blue"}}, "tenant empty": {"tenant": ""},
		"jti number": {"jti": 5}, "jti empty": {"jti": ""},
		"aud list": {"aud": []string{"authn-lab"}}, "aud several": {"aud": []string{"x", "authn-lab"}}, "aud other": {"aud": "other"}, "aud others": {"aud": []string{"x", "y"}},
		"aud empty": {"aud": ""}, "aud none": {"aud": []string{}}, "aud number": {"aud": 1}, "aud prefix": {"aud": "authn-la"},
		"expired": {"exp": f.now - 3600}, "expired just now": {"exp": f.now - 5}, "exp text": {"exp": "soon"}, "exp fraction": {"exp": float64(f.now) + 3600.5}, "exp far": {"exp": f.now + 1e9}, "exp zero": {"exp": 0},
		"nbf in leeway": {"nbf": f.now + 30}, "nbf ahead": {"nbf": f.now + 7200}, "iat ahead": {"iat": f.now + 7200}, "long life": {"iat": f.now - 60, "exp": f.now + 200000},
		"iss with slash": {"iss": f.issuer + "/"}, "iss in capitals": {"iss": strings.ToUpper(f.issuer)}, "iss http": {"iss": strings.Replace(f.issuer, "https", "http", 1)},
		"iss empty": {"iss": ""}, "iss number": {"iss": 1}, "iss dead": {"iss": deadIssuer}, "iss of the cluster": {"iss": "https://kubernetes.default.svc.cluster.local"},
		"expired and of another audience": {"exp": f.now - 3600, "aud": "x"}, "person without name": {"person": claims{}}, "person text": {"person": "Jane"},
		"nested groups text": {"https://example.org/groups": "x"},
	} {
		good(name, c)
	}
	f.sign("oidc without kid", "oidc", "", base)
	f.sign("oidc unknown kid", "oidc", "nobody", base)
	f.sign("oidc kid of the cluster", "oidc", f.kids["sa"], base)
	f.sign("oidc another key under its kid", "stranger", f.kids["oidc"], base)
	f.sign("oidc another key without kid", "stranger", "", base)
	f.signWith("oidc RS512", f.keys["oidc"], jose.RS512, f.kids["oidc"], base)
	f.signWith("oidc PS256", f.keys["oidc"], jose.PS256, f.kids["oidc"], base)
	f.sign("oidc ES256", "old", f.kids["oidc"], base)
	f.signWith("oidc HS256", []byte("secret"), jose.HS256, f.kids["oidc"], base)
	f.sign("oidc payload no JSON", "oidc", f.kids["oidc"], "not json")
	f.sign("oidc payload a list", "oidc", f.kids["oidc"], "[]")
	duplicate, _ := json.Marshal(base)
	f.sign("oidc claim twice", "oidc", f.kids["oidc"], strings.TrimSuffix(string(duplicate), "}")+`,"sub":"john"}`)
}

const deadIssuer = "https://127.0.0.1:1"

// ofServiceAccounts are bound tokens.
func (f *forger) ofServiceAccounts() {
	w := f.world
	ref := func(o metav1.ObjectMeta) claims { return claims{"name": o.Name, "uid": string(o.UID)} }
	const issuer = "https://kubernetes.default.svc.cluster.local"
	bound := func(changes claims) claims {
		return with(claims{"namespace": w.namespace, "serviceaccount": ref(w.account)}, changes)
	}
	base := claims{
		"iss": issuer, "aud": []string{issuer}, "sub": "system:serviceaccount:" + w.namespace + ":" + w.account.Name,
		"iat": f.now - 60, "nbf": f.now - 60, "exp": f.now + 3600, "jti": "s-1", "kubernetes.io": bound(nil),
	}
	good := func(name string, changes claims) { f.sign("sa "+name, "sa", f.kids["sa"], with(base, changes)) }
	kube := func(name string, changes claims) { good(name, claims{"kubernetes.io": bound(changes)}) }
	good("as it should be", nil)
	for name, c := range map[string]claims{
		"without aud": {"aud": nil}, "aud text": {"aud": issuer}, "aud vault": {"aud": []string{"vault"}}, "aud both": {"aud": []string{"vault", issuer}}, "aud older issuer": {"aud": []string{"https://kubernetes.default.svc"}},
		"aud empty list": {"aud": []string{}}, "aud number": {"aud": 3}, "without exp": {"exp": nil}, "without iat": {"iat": nil}, "without nbf": {"nbf": nil}, "without jti": {"jti": nil}, "without sub": {"sub": nil},
		"sub of somebody else": {"sub": "system:serviceaccount:a:b"}, "expired": {"exp": f.now - 3600}, "expired in leeway": {"exp": f.now - 20}, "nbf in leeway": {"nbf": f.now + 30},
		"nbf ahead": {"nbf": f.now + 7200}, "iat ahead": {"iat": f.now + 7200, "nbf": nil}, "exp text": {"exp": "x"}, "iss older": {"iss": "https://kubernetes.default.svc", "aud": []string{"https://kubernetes.default.svc"}},
		"iss with slash": {"iss": issuer + "/"}, "iss of a stranger": {"iss": "https://stranger.example"}, "expired and for vault": {"exp": f.now - 3600, "aud": []string{"vault"}},
		"jti number": {"jti": 3}, "without kubernetes.io": {"kubernetes.io": nil}, "kubernetes.io text": {"kubernetes.io": "x"}, "kubernetes.io list": {"kubernetes.io": []int{1}}, "stale": {"kubernetes.io": bound(claims{"warnafter": f.now - 600})},
		"iss legacy": {"iss": "kubernetes/serviceaccount"},
	} {
		good(name, c)
	}
	gone := claims{"name": "never-was", "uid": "0b0b"}
	for name, c := range map[string]claims{
		"account gone": {"serviceaccount": gone}, "account of another uid": {"serviceaccount": claims{"name": w.account.Name, "uid": "other"}}, "account terminating": {"serviceaccount": ref(w.terminating)},
		"another namespace": {"namespace": "nowhere"}, "without namespace": {"namespace": nil}, "without account": {"serviceaccount": nil}, "account text": {"serviceaccount": "x"},
		"pod": {"pod": ref(w.pod)}, "pod gone": {"pod": ref(w.podGone)}, "pod of another uid": {"pod": claims{"name": w.pod.Name, "uid": "other"}}, "pod and node": {"pod": ref(w.pod), "node": ref(w.node)},
		"pod and a node that is gone": {"pod": ref(w.pod), "node": gone}, "pod without uid": {"pod": claims{"name": w.pod.Name}}, "pod a list": {"pod": []int{1}}, "pod null": {"pod": json.RawMessage("null")},
		"secret": {"secret": ref(w.secret)}, "secret gone": {"secret": ref(w.secretGone)}, "secret of another uid": {"secret": claims{"name": w.secret.Name, "uid": "other"}},
		"node": {"node": ref(w.node)}, "node gone": {"node": gone}, "node of another uid": {"node": claims{"name": w.node.Name, "uid": "other"}},
		"warnafter text": {"warnafter": "x"}, "warnafter later": {"warnafter": f.now + 600}, "an object of tomorrow": {"somethingnew": claims{"name": "x"}},
	} {
		kube(name, c)
	}
	f.sign("sa without kid", "sa", "", base)
	f.sign("sa unknown kid", "sa", "nobody", base)
	f.sign("sa old key", "old", f.kids["old"], base)
	f.sign("sa old key without kid", "old", "", base)
	f.sign("sa stranger's key", "stranger", f.kids["stranger"], base)
	f.sign("sa stranger's key under our kid", "stranger", f.kids["sa"], base)
	f.sign("sa stranger's key without kid", "stranger", "", base)
	f.signWith("sa PS512", f.keys["sa"], jose.PS512, f.kids["sa"], base)
	f.signWith("sa HS256 with the public key", []byte("public"), jose.HS256, f.kids["sa"], base)
	f.sign("sa payload no JSON", "sa", f.kids["sa"], "{")
	f.sign("sa payload a number", "sa", f.kids["sa"], "1")
	whole := f.out[len(f.out)-1].raw
	for _, b := range f.out {
		if b.name == "sa as it should be" {
			whole = b.raw
		}
	}
	parts := strings.Split(whole, ".")
	f.add("sa cut in two parts", parts[0]+"."+parts[1])
	f.add("sa signature empty", parts[0]+"."+parts[1]+".")
	f.add("sa signature cut", whole[:len(whole)-7])
	f.add("sa payload changed", parts[0]+"."+base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"`+issuer+`"}`))+"."+parts[2])
	f.add("sa payload padded", parts[0]+"."+parts[1]+"=."+parts[2])
	f.add("sa header no JSON", "bm9wZQ."+parts[1]+"."+parts[2])
	f.add("sa alg none", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))+"."+parts[1]+".")
	f.add("sa four parts", whole+".x")
	f.add("sa in base64", base64.StdEncoding.EncodeToString([]byte(whole)))
	f.add("sa with Bearer", "Bearer "+whole)
	f.add("sa followed by junk", whole+" junk")
}

// legacy are the tokens of Secrets.
func (f *forger) legacy() {
	w := f.world
	f.add("legacy as it should be", w.legacy)
	f.add("legacy marked invalid", w.legacyInvalid)
	f.add("legacy of an account that was made anew", w.legacyOf)
	const k = "kubernetes.io/serviceaccount/"
	base := claims{
		"iss": "kubernetes/serviceaccount", "sub": "system:serviceaccount:" + w.namespace + ":" + w.account.Name, k + "namespace": w.namespace,
		k + "secret.name": "legacy", k + "service-account.name": w.account.Name, k + "service-account.uid": string(w.account.UID),
	}
	forged := func(name string, changes claims) { f.sign("legacy "+name, "sa", f.kids["sa"], with(base, changes)) }
	for name, c := range map[string]claims{
		"not the server's copy": {"jti": "x"}, "secret gone": {k + "secret.name": "never-was"}, "without sub": {"sub": nil}, "without namespace": {k + "namespace": nil}, "without secret": {k + "secret.name": nil},
		"without account": {k + "service-account.name": nil}, "without uid": {k + "service-account.uid": nil}, "sub of another": {"sub": "system:serviceaccount:a:b"}, "sub odd": {"sub": "jane"},
		"with aud": {"aud": "vault"}, "expired": {"exp": f.now - 3600}, "secret number": {k + "secret.name": 1},
	} {
		forged(name, c)
	}
	f.sign("legacy stranger's key", "stranger", f.kids["stranger"], base)
}

func (f *forger) bootstrap() {
	for _, s := range f.world.bootstrap {
		f.add("bootstrap "+s.Name, string(s.Data["token-id"])+"."+string(s.Data["token-secret"]))
	}
	f.add("bootstrap unknown", "zzzzzz.0123456789abcdef")
	f.add("bootstrap wrong secret", "difgoo.0000000000000000")
	f.add("bootstrap too short", "difgoo.0123456789abcde")
	f.add("bootstrap in capitals", "DIFGOO.0123456789abcdef")
}

func (f *forger) rest() {
	for _, name := range []string{"static-user", "nobody"} {
		token, err := runner.Lab.Read("tokens", name)
		if err != nil {
			f.t.Fatal(err)
		}
		f.add("static "+name, token)
		f.add("static "+name+" with a letter more", token+"x")
	}
	for _, raw := range []string{"x", "null", "undefined", "Bearer", "Basic dXNlcjpwYXNz", "...", "a.b.c", "eyJhbGciOiJSUzI1NiJ9", "{}", `{"token":"x"}`, "k8s-aws-v1.aHR0cHM6Ly9zdHMuYW1hem9uYXdzLmNvbS8", strings.Repeat("y", 9000), "☃", "a,b", "a\tb"} {
		name := raw
		if len(name) > 20 {
			name = name[:20]
		}
		f.add("garbage "+fmt.Sprintf("%q", name), raw)
	}
}
