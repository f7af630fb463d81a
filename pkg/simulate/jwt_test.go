package simulate

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/trace"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// jwtConfiguration is a configuration of testdata/jwt.yaml, which describes the fields.
type jwtConfiguration struct {
	Configuration string
	JWT           map[string]any
	Flags         []string
	Refused       []string
	Asked         bool
	Serves        map[string]map[string]any
	Tokens        []jwtCase
}

type jwtCase struct {
	It       string
	Claims   map[string]any
	Without  []string
	Key, Kid string
	Alg      jose.SignatureAlgorithm

	User    *token.Identity
	Error   string
	Skipped bool
	Missing string
	Offline string
}

const testIssuer = "https://id.example"

var testTime = time.Unix(1790000000, 0)

// testKeys are the keys by their names in testdata/jwt.yaml, each with its algorithm.
var testKeys = sync.OnceValue(func() map[string]jose.SigningKey {
	p256, err1 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p521, err2 := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	stranger, err3 := rsa.GenerateKey(rand.Reader, 2048)
	if err := errors.Join(err1, err2, err3); err != nil {
		panic(err)
	}
	return map[string]jose.SigningKey{
		"rsa": {Algorithm: jose.RS256, Key: key()}, "p256": {Algorithm: jose.ES256, Key: p256}, "p521": {Algorithm: jose.ES512, Key: p521},
		"stranger": {Algorithm: jose.RS256, Key: stranger}, "secret": {Algorithm: jose.HS256, Key: []byte("a secret that the issuer shares ")},
	}
})

// issuerJWKS is the published key set of the issuer.
func issuerJWKS(t *testing.T) []byte {
	t.Helper()
	var set jose.JSONWebKeySet
	for _, name := range []string{"rsa", "p256", "p521"} {
		set.Keys = append(set.Keys, (&jose.JSONWebKey{Key: testKeys()[name].Key, KeyID: name}).Public())
	}
	return mustJSON(t, set)
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// raw is the token of the case.
func (c *jwtCase) raw(t *testing.T) string {
	t.Helper()
	claims := map[string]any{"iss": testIssuer, "aud": "shop", "exp": testTime.Unix() + 3600}
	maps.Copy(claims, c.Claims)
	for _, name := range c.Without {
		delete(claims, name)
	}
	name := c.Key
	if name == "" {
		name = "rsa"
	}
	k, ok := testKeys()[name]
	if !ok {
		t.Fatalf("there is no key %q", name)
	}
	if c.Alg != "" {
		k.Algorithm = c.Alg
	}
	switch c.Kid {
	case "":
		k.Key = jose.JSONWebKey{Key: k.Key, KeyID: name}
	case "none":
	default:
		k.Key = jose.JSONWebKey{Key: k.Key, KeyID: c.Kid}
	}
	signer, err := jose.NewSigner(k, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(mustJSON(t, claims))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

var momentOf = regexp.MustCompile(`TIME\((\w+)\)`)

// outcomes counts the expected outcomes of a token, which must be one.
func (c *jwtCase) outcomes() int {
	n := 0
	for _, has := range []bool{c.User != nil, c.Error != "", c.Skipped, c.Missing != ""} {
		if has {
			n++
		}
	}
	return n
}

// want is the answer that a case describes.
func (c *jwtCase) want() outcome {
	switch {
	case c.User != nil:
		user := *c.User
		user.Groups = append(slices.Clone(user.Groups), "system:authenticated")
		return outcome{User: &user}
	case c.Missing != "":
		return outcome{Missing: c.Missing}
	case c.Skipped:
		return outcome{Error: "invalid bearer token"}
	}
	text := momentOf.ReplaceAllStringFunc(c.Error, func(s string) string {
		n, err := strconv.ParseInt(momentOf.FindStringSubmatch(s)[1], 10, 64)
		if err != nil {
			return time.Time{}.String()
		}
		return time.Unix(n, 0).String()
	})
	return outcome{Error: "[invalid bearer token, " + text + "]"}
}

// outcome is the compared part of an answer.
type outcome struct {
	User           *token.Identity
	Error, Missing string
}

func outcomeOf(a *Answer) outcome {
	o := outcome{User: Identity(a.User), Error: a.Error}
	if !a.Decided() {
		o.Error, o.Missing = "", a.Missing[0].What.String()
	}
	return o
}

func readJWTConfigurations(t *testing.T) []jwtConfiguration {
	t.Helper()
	data, err := os.ReadFile("testdata/jwt.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out []jwtConfiguration
	if err := sigsyaml.UnmarshalStrict(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// on replaces URL and HOST by the address of a server.
func (c jwtConfiguration) on(t *testing.T, url string) jwtConfiguration {
	t.Helper()
	text := strings.ReplaceAll(string(mustJSON(t, c)), `"URL`, `"`+url)
	text = strings.ReplaceAll(text, "HOST", strings.TrimPrefix(url, "https://"))
	var out jwtConfiguration
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// config is the configuration as an API server reads it.
func (c *jwtConfiguration) config() (*Config, error) {
	var f Flags
	args := slices.Clone(c.Flags)
	if c.JWT != nil {
		issuer := map[string]any{"url": testIssuer, "audiences": []string{"shop"}}
		if own, ok := c.JWT["issuer"].(map[string]any); ok {
			maps.Copy(issuer, own)
		}
		authenticator := maps.Clone(c.JWT)
		authenticator["issuer"] = issuer
		file, err := os.CreateTemp("", "jwt-*.json")
		if err != nil {
			return nil, err
		}
		defer os.Remove(file.Name())
		err = json.NewEncoder(file).Encode(map[string]any{
			"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": []any{authenticator},
		})
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
		args = append(args, "--authentication-config="+file.Name())
	}
	if err := f.Parse(arguments(args...), nil, Version{}).Err(); err != nil {
		return nil, err
	}
	return f.Config(Source{})
}

// TestJWTIssuers has the cases of the server's own tests of its JWT authenticator, and more. It omits the cases
// about calls of its code: exclusive options, metrics, and the dialers of egress selectors.
func TestJWTIssuers(t *testing.T) {
	all := readJWTConfigurations(t)
	tokens, refused, names := 0, 0, map[string]bool{}
	for _, c := range all {
		if c.Configuration == "" || names[c.Configuration] || (len(c.Tokens) == 0) == (len(c.Refused) == 0) {
			t.Errorf("%q: a configuration has a name of its own, and either tokens or a refusal", c.Configuration)
		}
		names[c.Configuration] = true
		refused += len(c.Refused)
		tokens += len(c.Tokens)
		t.Run(c.Configuration, func(t *testing.T) {
			if len(c.Refused) > 0 {
				refusedJWT(t, &c)
				return
			}
			if !c.Asked {
				c.offline(t)
				return
			}
			issuer := newTestIssuer(t)
			c := c.on(t, issuer.URL)
			issuer.serve(t, &c)
			c.online(t, issuer)
			issuer.requests.Store(0)
			c.offline(t)
			if n := issuer.requests.Load(); n > 0 {
				t.Errorf("the issuer was asked %d times, though its keys were given", n)
			}
		})
	}
	if tokens < 165 || refused < 9 {
		t.Errorf("there are %d tokens and %d refused configurations: some were lost", tokens, refused)
	}
}

func refusedJWT(t *testing.T, c *jwtConfiguration) {
	t.Helper()
	config, err := c.config()
	if err == nil {
		var s *Server
		if s, err = New(*config, World{}); err == nil {
			s.Close()
			t.Fatalf("it is accepted, want %q", c.Refused)
		}
		err = &Invalid{Err: err}
	}
	var invalid *Invalid
	if !errors.As(err, &invalid) {
		t.Fatalf("not refused by the server: %v", err)
	}
	if diff := cmp.Diff(c.Refused, invalid.Each()); diff != "" {
		t.Errorf("the refusal (-want +got):\n%s", diff)
	}
}

// offline tries the tokens with given keys.
func (c *jwtConfiguration) offline(t *testing.T) {
	t.Helper()
	c.try(t, "offline", World{Keys: func(string) ([]byte, bool) { return issuerJWKS(t), true }}, func(c *jwtCase) outcome {
		if c.Offline != "" {
			return outcome{Missing: c.Offline}
		}
		return c.want()
	})
}

// online tries the tokens with keys that are read from the issuer.
func (c *jwtConfiguration) online(t *testing.T, issuer *askedIssuer) {
	t.Helper()
	c.try(t, "asked", World{
		Timeout: 10 * time.Second,
		Client:  func([]byte) (*http.Client, error) { return issuer.Client(), nil },
	}, (*jwtCase).want)
	if issuer.requests.Load() == 0 {
		t.Error("the issuer was not asked")
	}
}

func (c *jwtConfiguration) try(t *testing.T, how string, world World, want func(*jwtCase) outcome) {
	t.Helper()
	config, err := c.config()
	if err != nil {
		t.Fatal(err)
	}
	world.Now = func() time.Time { return testTime }
	s, err := New(*config, world)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	names := map[string]bool{}
	for _, token := range c.Tokens {
		if token.It == "" || names[token.It] || token.outcomes() != 1 {
			t.Errorf("%q: a token has a name of its own and one outcome", token.It)
		}
		names[token.It] = true
		answer := s.Authenticate(context.Background(), Request{Token: token.raw(t), HasToken: true})
		if diff := cmp.Diff(want(&token), outcomeOf(answer), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: a token that %s (-want +got):\n%s", how, token.It, diff)
		}
		if text := wrongSteps(answer); text != "" {
			t.Errorf("%s: a token that %s: %s", how, token.It, text)
		}
	}
}

// wrongSteps returns the faults in the steps of an answer: at most one step rejects the token, and none follows
// it.
func wrongSteps(a *Answer) string {
	for _, attempt := range a.Attempts {
		var failed []string
		for _, step := range attempt.Steps {
			switch {
			case step.Outcome == trace.Failed:
				failed = append(failed, step.Name)
			case step.Outcome == trace.Passed && len(failed) > 0 && step.Name != failed[0] && stepIndex(step.Name) != stepIndex(failed[0]):
				return fmt.Sprintf("%s passed after %s failed", step.Name, failed)
			}
		}
		if want := attempt.Opinion == Rejected; len(failed) > 1 || want != (len(failed) == 1) && attempt.Opinion != Unknown {
			return fmt.Sprintf("%s is %s, and the steps that failed are %q", attempt.Name, attempt.Opinion, failed)
		}
	}
	return ""
}

// The error messages that fit several steps, or none.
func TestStepThatRefuses(t *testing.T) {
	all := readJWTConfigurations(t)
	for _, c := range []struct{ configuration, token, step, expression string }{
		{"extra", "lacks one", "claimMappings.extra shop.example/floor", "claims.floor"},
		{"extra", "has a number", "claimMappings.extra shop.example/floor", "claims.floor"},
		{"all out of one claim", "has another UID", "userValidationRules", "user.uid == '12'"},
		{"rules about a user with only a name", "is somebody", "userValidationRules", "user.username == ' '"},
		{"groups that the issuer has elsewhere", "has those of another client", "distributed claims", ""},
		{"groups that the issuer has elsewhere", "has those of yesterday", "distributed claims", ""},
		{"a claim that has to be so", "has it as a list", "required claims", ""},
		{"the user name is a claim", "begins in an hour", "lifetime", ""},
		{"the user name is a claim", "has an end in words", "claims", ""},
		{"the user name is an expression", "has it empty", "claimMappings.username", "claims.login"},
	} {
		i := slices.IndexFunc(all, func(x jwtConfiguration) bool { return x.Configuration == c.configuration })
		if i < 0 {
			t.Fatalf("there is no configuration %q", c.configuration)
		}
		x := all[i]
		world := World{Keys: func(string) ([]byte, bool) { return issuerJWKS(t), true }}
		if x.Asked {
			issuer := newTestIssuer(t)
			x = x.on(t, issuer.URL)
			issuer.serve(t, &x)
			world = World{Timeout: 10 * time.Second, Client: func([]byte) (*http.Client, error) { return issuer.Client(), nil }}
		}
		i = slices.IndexFunc(x.Tokens, func(x jwtCase) bool { return x.It == c.token })
		if i < 0 {
			t.Fatalf("%s: there is no token that %q", c.configuration, c.token)
		}
		answer := x.ask(t, world, &x.Tokens[i])
		var failed trace.Step
		for _, step := range answer.Attempts[len(answer.Attempts)-1].Steps {
			if step.Outcome == trace.Failed {
				failed = step
			}
		}
		if failed.Title().String() != c.step || failed.Expression != c.expression {
			t.Errorf("%s: a token that %s is refused at %s %s, want %s %s", c.configuration, c.token, failed.Title(), failed.Expression, c.step, c.expression)
		}
	}
}

// ask asks a server with the configuration about one token.
func (c *jwtConfiguration) ask(t *testing.T, world World, token *jwtCase) *Answer {
	t.Helper()
	config, err := c.config()
	if err != nil {
		t.Fatal(err)
	}
	world.Now = func() time.Time { return testTime }
	s, err := New(*config, world)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return s.Authenticate(context.Background(), Request{Token: token.raw(t), HasToken: true})
}

// An error that quotes an unreadable key set has no private keys.
func TestKeySetsInErrors(t *testing.T) {
	const secret = "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"
	config, err := (&jwtConfiguration{JWT: object{"claimMappings": object{"username": object{"claim": "sub", "prefix": ""}}}}).config()
	if err != nil {
		t.Fatal(err)
	}
	for it, c := range map[string]struct{ keys, want string }{
		"a public one":  {`{"keys":[{"kty":"EC","crv":"P-256","x":"broken"}]}`, `{"keys":[{"kty":"EC","crv":"P-256","x":"broken"}]}`},
		"a private one": {`{"keys": [{"kty":"EC","crv":"P-256","x":"broken","\u0064":"` + secret + `"}]}`, `{"keys":[{"crv":"P-256","d":"REDACTED","kty":"EC","x":"broken"}]}`},
		"named as one":  {`{"keys":[{"kty":"EC","crv":"P-256","kid":"d","x":"broken"}]}`, `{"keys":[{"kty":"EC","crv":"P-256","kid":"d","x":"broken"}]}`},
		"a hidden one":  {`{"keys":[{"d":"` + secret + `"}],"keys":[7]}`, `{"keys":[7]}`},
		"one behind":    {`{"keys":[]}{"d":"` + secret + `"}`, `{"keys":[]}`},
		"a shared one":  {`{"keys":[{"kty":"oct","k":"` + secret + `"},7]}`, `{"keys":[{"k":"REDACTED","kty":"oct"},7]}`},
		"no JSON":       {`{"keys":[{"kty":"oct","k":"` + secret, "REDACTED"},
	} {
		a := ask(t, config, World{Keys: func(string) ([]byte, bool) { return []byte(c.keys), true }}, (&jwtCase{Claims: object{"sub": "ada"}}).raw(t))
		if !strings.HasPrefix(a.Error, "[invalid bearer token, oidc: verify token: failed to verify signature: fetching keys oidc: failed to decode keys: ") || !strings.Contains(a.Error, " "+c.want+"]") {
			t.Errorf("%s: error %s, want it to end in %s", it, a.Error, c.want)
		}
		if strings.Contains(fmt.Sprintf("%+v", a), secret) {
			t.Errorf("%s: the answer holds it", it)
		}
	}
}

// An error quotes the beginning of a long key set, whether it was given or is served.
func TestLongKeySetsInErrors(t *testing.T) {
	keys := `{"keys":[` + strings.Repeat(`{"kty":"EC","crv":"P-256","x":"broken"},`, 100) + `7]}`
	issuer := newTestIssuer(t)
	c := (jwtConfiguration{JWT: map[string]any{
		"issuer":        map[string]any{"url": "URL"},
		"claimMappings": map[string]any{"username": map[string]any{"claim": "sub", "prefix": ""}},
	}}).on(t, issuer.URL)
	issuer.paths["/.well-known/openid-configuration"] = mustJSON(t, map[string]string{"issuer": issuer.URL, "jwks_uri": issuer.URL + "/keys"})
	issuer.paths["/keys"] = []byte(keys)
	config, err := c.config()
	if err != nil {
		t.Fatal(err)
	}
	raw := jwtCase{Claims: map[string]any{"iss": issuer.URL, "sub": "ada", "exp": time.Now().Unix() + 600}}
	for name, world := range map[string]World{
		"given":  {Keys: func(string) ([]byte, bool) { return []byte(keys), true }},
		"served": {Timeout: 5 * time.Second, Client: func([]byte) (*http.Client, error) { return issuer.Client(), nil }},
	} {
		a := ask(t, config, world, raw.raw(t))
		if !a.Decided() || !strings.Contains(a.Error, "broken") || !strings.Contains(a.Error, " bytes left out)]") || len(a.Error) > 600 {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// askedIssuer is an issuer on loopback.
type askedIssuer struct {
	*httptest.Server
	paths    map[string][]byte
	claims   map[string]bool
	requests atomic.Int64
}

func newTestIssuer(t *testing.T) *askedIssuer {
	t.Helper()
	i := &askedIssuer{paths: map[string][]byte{}, claims: map[string]bool{}}
	i.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.requests.Add(1)
		data, ok := i.paths[r.URL.Path]
		if wants := i.claims[r.URL.Path]; wants && r.Header.Get("Authorization") != "Bearer for-claims" {
			t.Errorf("%s is asked without the token for it", r.URL.Path)
		}
		if !ok {
			http.Error(w, "nothing is here", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(data)
	}))
	t.Cleanup(i.Close)
	return i
}

// serve serves what the configuration needs.
func (i *askedIssuer) serve(t *testing.T, c *jwtConfiguration) {
	t.Helper()
	url := testIssuer
	if issuer, ok := c.JWT["issuer"].(map[string]any); ok && issuer["url"] != nil {
		url = issuer["url"].(string)
	}
	discovery := mustJSON(t, map[string]string{"issuer": url, "jwks_uri": i.URL + "/keys"})
	i.paths["/.well-known/openid-configuration"], i.paths["/shop/.well-known/openid-configuration"] = discovery, discovery
	i.paths["/keys"] = issuerJWKS(t)
	for path, claims := range c.Serves {
		i.claims["/"+path] = true
		i.paths["/"+path] = []byte((&jwtCase{Claims: claims}).raw(t))
	}
}

// An issuer that cannot be asked leaves the answer undecided, because a real server might reach the issuer.
func TestIssuerThatDoesNotAnswer(t *testing.T) {
	issuer := newTestIssuer(t)
	c := (jwtConfiguration{JWT: map[string]any{
		"issuer":        map[string]any{"url": "URL"},
		"claimMappings": map[string]any{"username": map[string]any{"claim": "login", "prefix": ""}},
	}}).on(t, issuer.URL)
	config, err := c.config()
	if err != nil {
		t.Fatal(err)
	}
	for name, world := range map[string]World{
		"404":     {Timeout: 5 * time.Second, Client: func([]byte) (*http.Client, error) { return issuer.Client(), nil }},
		"no TLS":  {Timeout: 5 * time.Second, Client: func([]byte) (*http.Client, error) { return nil, errors.New("no such CA") }},
		"offline": {},
	} {
		s, err := New(*config, world)
		if err != nil {
			t.Fatal(err)
		}
		ask := jwtCase{Claims: map[string]any{"iss": issuer.URL, "login": "ada", "exp": time.Now().Unix() + 600}}
		answer := s.Authenticate(t.Context(), Request{Token: ask.raw(t), HasToken: true})
		if answer.Decided() || !strings.Contains(answer.Missing[0].What.String(), issuer.URL) || answer.Missing[0].How.IsZero() {
			t.Errorf("%s: decided: %+v", name, answer)
		}
		if last := answer.Attempts[len(answer.Attempts)-1]; last.Opinion != Unknown {
			t.Errorf("%s: its authenticator is %s, want %s", name, last.Opinion, Unknown)
		}
		s.Close()
	}
	if issuer.requests.Load() == 0 {
		t.Error("the issuer was never asked")
	}
}

// No error quotes a claim, except the claims with a required value.
func TestErrorsQuoteNoClaims(t *testing.T) {
	n := 0
	for _, c := range readJWTConfigurations(t) {
		for _, token := range c.Tokens {
			for name, v := range token.Claims {
				if text := fmt.Sprint(v); name == "login" && token.Error != "" && len(text) > 2 && strings.Contains(token.Error, text) {
					t.Errorf("%s: %s: the error quotes the claim %s", c.Configuration, token.It, name)
				}
				n++
			}
		}
	}
	if n == 0 {
		t.Error("no claim was looked at")
	}
}
