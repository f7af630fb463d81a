package simulate

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

func TestParseMinor(t *testing.T) {
	for in, want := range map[string]Minor{"1.30": 30, "v1.34": 34, "v1.30.14": 30, "1.36.3": 36, "1.37.2": 37, "v1.31.2+k3s1": 31, "v1.33.5-gke.100": 33} {
		if got, err := ParseMinor(in); err != nil || got != want {
			t.Errorf("%q is %v, %v", in, got, err)
		}
	}
	for in, want := range map[string]string{
		"v1.29.3": "the known releases are v1.30 to v1.37", "1.38": "is not supported", "2.0": "is not supported", "": "is not a Kubernetes release", "latest": "is not a Kubernetes release",
		"v1": "is not a Kubernetes release", "1.x": "is not a Kubernetes release", "v1.30.": "is not a Kubernetes release", "vv1.30": "is not a Kubernetes release", "1.30.x": "is not a Kubernetes release",
	} {
		if got, err := ParseMinor(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is %v, %v", in, got, err)
		}
	}
}

func details(all []Difference, affects Affects) string {
	var out []string
	for _, d := range all {
		if d.Affects == affects {
			out = append(out, d.Releases.String()+": "+d.Detail.String())
		}
	}
	return strings.Join(out, "\n")
}

// Each row is about the releases before another, applies to a configuration with the relevant setting, and to no
// other.
func TestDifferencesOfTheConfiguration(t *testing.T) {
	base := "apiVersion: apiserver.config.k8s.io/%\nkind: AuthenticationConfiguration\njwt:\n- issuer: {url: 'https://issuer.example', audiences: [authn]}\n  claimMappings: {username: {claim: sub, prefix: ''}}\n"
	rule := func(e string) string {
		return "--authentication-config=" + strings.Replace(base, "%", "v1beta1", 1) + "  claimValidationRules: [{expression: \"" + e + "\"}]\n"
	}
	for _, c := range []struct {
		arg, says string
		first     Minor // the first release that starts
	}{
		{"--authentication-config=" + strings.Replace(base, "%", "v1", 1), "apiserver.config.k8s.io/v1beta1 or v1alpha1: ", 34},
		{"--authentication-config=" + strings.Replace(base, "%", "v1beta1", 1), "", 30},
		{"--authentication-config=" + strings.Replace(base, "%", "v1alpha1", 1) + "anonymous: {enabled: true}\n", "anonymous", 32},
		{"--authentication-config=" + strings.Replace(strings.Replace(base, "%", "v1beta1", 1), "audiences:", "egressSelectorType: cluster, audiences:", 1), "egressSelectorType", 34},
		{"--requestheader-uid-headers=X-Remote-Uid", "--requestheader-uid-headers", 33},
		{"--service-account-signing-endpoint=@signer", "--service-account-signing-endpoint", 34},
		{rule("[1].all(i, v, i < v)"), "a comprehension with two variables", 32},
		{rule("isSemver(claims.v)"), "isSemver", 33},
		{rule("[1, 2].sortBy(x, -x) == [2, 1]"), "sortBy", 34},
		{rule("[claims.sub].includes('x')"), "includes", 37},
		{rule("format.dns1123Label().validate(claims.sub).hasValue()"), "format.dns1123Label", 31},
		{rule("isIP(claims.ip) && sets.contains([1], [1])"), "", 30},
	} {
		s, err := New(*configured(t, c.arg), World{})
		if err != nil {
			t.Fatal(err)
		}
		answer := s.Authenticate(t.Context(), Request{})
		for m := oldest; m <= newest; m++ {
			all := s.Differences(m, nil, answer)
			said := details(all, AffectsStart)
			if (said != "") != (m < c.first) || said != "" && !strings.Contains(said, c.says) {
				t.Errorf("%s: in %s: %q", c.arg, m, said)
			}
			if f := ReleaseDiffers(m, all); (f != nil) != (m < c.first) {
				t.Errorf("%s: in %s: finding %+v", c.arg, m, f)
			}
			if m == newest && len(all) > 0 {
				t.Errorf("%s: the release that ran differs from itself: %+v", c.arg, all)
			}
		}
		s.Close()
	}
}

// An enabled feature gate removes the difference that depends on it.
func TestDifferencesBehindGates(t *testing.T) {
	var f Flags
	if err := f.Parse(arguments("--feature-gates=WatchList=false,RemoteRequestHeaderUID=true", "--requestheader-uid-headers=X-Remote-Uid"), nil, Version{Known: 32}).Err(); err != nil {
		t.Fatal(err)
	}
	c, err := f.Config(Source{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(*c, World{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := s.Differences(32, nil, s.Authenticate(t.Context(), Request{})); len(got) > 0 {
		t.Errorf("with the gate: %+v", got)
	}
}

// A removed flag is accepted only if an older release is requested.
func TestFlagsOfOlderReleases(t *testing.T) {
	var f Flags
	if err := f.Parse(arguments("--cloud-provider=external"), nil, Version{Known: 32}).Err(); err != nil {
		t.Error(err)
	}
	for _, m := range []Minor{0, 33, 36} {
		if err := f.Parse(arguments("--cloud-provider=external"), nil, Version{Known: m}).Err(); err == nil {
			t.Errorf("%v takes --cloud-provider", m)
		}
	}
	for name := range flagSince {
		if !slices.ContainsFunc(strings.Split(known, "\n"), func(l string) bool { return strings.HasPrefix(l, name) }) {
			t.Errorf("--%s is no flag", name)
		}
	}
}

func TestDifferencesOfTheCredential(t *testing.T) {
	now := time.Unix(1790000000, 0)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(t.TempDir(), "sa.pub")
	var data []byte
	for _, k := range []*rsa.PrivateKey{key(), other} {
		der, err := x509.MarshalPKIXPublicKey(k.Public())
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})...)
	}
	if err := os.WriteFile(keys, data, 0o600); err != nil {
		t.Fatal(err)
	}
	config := configured(t, "--service-account-issuer=https://cluster.example", "--service-account-key-file="+keys, "--authentication-config="+
		"apiVersion: apiserver.config.k8s.io/v1beta1\nkind: AuthenticationConfiguration\njwt:\n- issuer: {url: 'https://issuer.example', audiences: [authn]}\n"+
		"  claimMappings: {username: {expression: claims.sub}, uid: {expression: string(claims.iat)}}\n"+
		"  claimValidationRules: [{expression: \"!has(claims.life) || claims.life - 1 > 0\"}]\n")
	objects := NewSnapshot()
	if err := objects.Add([]byte("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: ns, uid: u}\n")); err != nil {
		t.Fatal(err)
	}
	s, err := New(*config, World{Now: func() time.Time { return now }, Keys: func(string) ([]byte, bool) { return jwks(t), true }, Objects: objects})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	claims := func(change map[string]any) map[string]any {
		out := map[string]any{"iss": "https://issuer.example", "aud": "authn", "sub": "jane", "iat": now.Unix(), "exp": now.Unix() + 100}
		for k, v := range change {
			out[k] = v
		}
		return out
	}
	sa := func() map[string]any {
		return claims(map[string]any{"iss": "https://cluster.example", "aud": "https://cluster.example", "sub": "system:serviceaccount:ns:a",
			"kubernetes.io": map[string]any{"namespace": "ns", "serviceaccount": map[string]any{"name": "a", "uid": "u"}}})
	}
	webhook := sa()
	webhook["kubernetes.io"].(map[string]any)["validatingwebhookconfiguration"] = map[string]any{"name": "w", "uid": "u"}
	for _, c := range []struct {
		name, token string
		minor       Minor
		affects     Affects
		says        string
	}{
		{"a number in a name", sign(t, key(), "k", claims(nil)), 33, AffectsUser, "string(claims.iat) in claimMappings.uid returns \"1790000000\" instead of \"1.79e+09\""},
		{"the same later", sign(t, key(), "k", claims(nil)), 34, AffectsUser, ""},
		{"arithmetic", sign(t, key(), "k", claims(map[string]any{"life": 5})), 33, AffectsVerdict, "returns true instead of"},
		{"a jti", sign(t, key(), "k", claims(map[string]any{"jti": "1"})), 31, AffectsUser, "credential-id"},
		{"no jti", sign(t, key(), "k", claims(nil)), 32, AffectsError, ""},
		{"expired, by another key", sign(t, other, "k", claims(map[string]any{"exp": 1})), 35, AffectsError, "oidc: token is expired"},
		{"by another key", sign(t, other, "k", claims(nil)), 35, AffectsError, ""},
		{"of another audience, by another key", sign(t, other, "k", claims(map[string]any{"aud": "x"})), 35, AffectsError, `oidc: expected audience \"authn\" got [\"x\"]`},
		{"an unknown key ID", sign(t, key(), "k", sa()), 30, AffectsVerdict, "the token is accepted"},
		{"bound to a webhook configuration", sign(t, key(), config.ServiceAccountKeys[0].ID, webhook), 36, AffectsVerdict, "ignores the webhook configuration"},
		{"bound to a webhook configuration, later", sign(t, key(), config.ServiceAccountKeys[0].ID, webhook), 37, AffectsVerdict, ""},
		{"an unknown key ID, later", sign(t, key(), "k", sa()), 31, AffectsVerdict, ""},
		{"a key ID of the other", sign(t, key(), config.ServiceAccountKeys[1].ID, sa()), 30, AffectsVerdict, "the token is accepted"},
		{"the kid of the key", sign(t, key(), config.ServiceAccountKeys[0].ID, sa()), 30, AffectsVerdict, ""},
	} {
		answer := s.Authenticate(t.Context(), Request{Token: c.token, HasToken: true})
		all := s.Differences(c.minor, &credential.Credential{Token: token.Parse(c.token)}, answer)
		said := details(all, c.affects)
		if (said == "") != (c.says == "") || !strings.Contains(said, c.says) {
			t.Errorf("%s (%s): %q, want %q; all: %+v", c.name, answer.Error, said, c.says, all)
		}
	}
}

func TestReworded(t *testing.T) {
	for _, c := range []struct {
		minor       Minor
		fault, text string
		refused     bool
	}{
		{31, "jwt[0].claimMappings.extra[0].key: Invalid value: \"kubernetes.io/x\": k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use", "", false},
		{33, "invalid authentication configuration: jwt[0].issuer.url: Required value", "jwt[0].issuer.url: Required value: URL is required", true},
		{34, "invalid authentication configuration: jwt[0].issuer.url: Required value", "invalid authentication configuration: jwt[0].issuer.url: Required value", true},
		{33, `failed to load authentication configuration from file "a": empty config data`, "empty config data", true},
		{33, "jwt[0].claimMappings.username.prefix: Invalid value: \"\": may not be specified when expression is set", "jwt[0].claimMappings.username.prefix: Invalid value: \"\": prefix can't be set when expression is set", true},
	} {
		if got, refused := Reworded(c.minor, c.fault); got != c.text || refused != c.refused {
			t.Errorf("%s: %q is %q, %t", c.minor, c.fault, got, refused)
		}
	}
}
