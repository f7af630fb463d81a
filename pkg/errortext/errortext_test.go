package errortext

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// texts returns the messages of reasons.
func texts(reasons []Reason) []string {
	var list []string
	for _, r := range reasons {
		list = append(list, r.Text)
	}
	return list
}

func TestParseSplitsAggregates(t *testing.T) {
	const (
		expired  = "service account token has expired"
		noKeys   = "invalid signature, no keys found"
		audience = `token audiences ["a, service account token has expired" "b"] is invalid for the target audiences ["c]"]`
	)
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"white space", " \n\t ", nil},
		{"one message has no brackets", "invalid bearer token", []string{"invalid bearer token"}},
		{"the usual pair", "[invalid bearer token, " + expired + "]", []string{"invalid bearer token", expired}},
		{"white space around", "  [invalid bearer token, " + expired + "] \n", []string{"invalid bearer token", expired}},
		{"a message with a comma", "[invalid bearer token, " + noKeys + "]", []string{"invalid bearer token", noKeys}},
		{"a known message inside a quoted one", "[invalid bearer token, " + audience + "]", []string{"invalid bearer token", audience}},
		{"asked through another server", "[invalid bearer token, [invalid bearer token, " + expired + "]]", []string{"invalid bearer token", expired}},
		{"three servers deep, with other messages after it", "[a, [b, [invalid bearer token, " + noKeys + "], " + expired + "], Unauthorized]",
			[]string{"a, [b", "invalid bearer token", noKeys, expired, "Unauthorized"}},
		{"duplicates", "[invalid bearer token, " + expired + ", invalid bearer token, " + expired + "]", []string{"invalid bearer token", expired}},
		{"a webhook's own words, with a comma", "[invalid bearer token, no such user, sorry]", []string{"invalid bearer token", "no such user, sorry"}},
		{"a webhook's own words, with brackets", "[invalid bearer token, denied [code 7]]", []string{"invalid bearer token", "denied [code 7]"}},
		{"a webhook's own words between known ones", "[x509: certificate signed by unknown authority, denied, see [7], " + expired + "]",
			[]string{"x509: certificate signed by unknown authority", "denied, see [7]", expired}},
		{"a webhook's own words alone", "denied [code 7], sorry", []string{"denied [code 7], sorry"}},
		{"a webhook's own words in brackets", "[denied] by [policy]", []string{"[denied] by [policy]"}},
		{"an aggregate of unknown words", "[denied, by policy]", []string{"denied, by policy"}},
		{"cut off at its end", "[invalid bearer token, service account token has exp", []string{"invalid bearer token", "service account token has exp"}},
		{"cut off in a known message", `[invalid bearer token, token audiences ["a`, []string{"invalid bearer token", `token audiences ["a`}},
		{"cut off at its beginning", expired + "]]", []string{expired + "]]"}},
		{"more brackets closed than opened", "[invalid bearer token, " + expired + "]]]", []string{"invalid bearer token", expired}},
		{"never closed", "[[[[invalid bearer token, " + expired, []string{"invalid bearer token", expired}},
		{"nothing but brackets", "[[]]", nil},
		{"separators", ", , , ", []string{", , ,"}},
		{"an expression with brackets and commas",
			"[invalid bearer token, oidc: error evaluating claim validation expression: validation expression 'claims.groups.exists(g, g in [\"a\", \"b\"])' failed: not in [a, b]]",
			[]string{"invalid bearer token", "oidc: error evaluating claim validation expression: validation expression 'claims.groups.exists(g, g in [\"a\", \"b\"])' failed: not in [a, b]"}},
	} {
		if got := texts(Parse(c.text)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q\n got %q\nwant %q", c.name, c.text, got, c.want)
		}
	}
}

func TestParseKeepsTheValuesOfAnExpression(t *testing.T) {
	got := Parse("[invalid bearer token, oidc: error evaluating claim validation expression: validation expression 'g in [\"a\", \"b\"]' failed: not in [a, b]]")
	if len(got) != 2 || got[1].Values["expression"] != `g in ["a", "b"]` || got[1].Values["message"] != "not in [a, b]" {
		t.Errorf("%+v", got)
	}
}

// What people pasted into issues, and what it stands for: the threads are those of
// failures-in-the-wild and of the comments in the tables.
func TestParseTextsFromIssues(t *testing.T) {
	for _, c := range []struct {
		thread, text string
		want         map[string]ids
	}{
		{"kubernetes/kubernetes#135450", "[invalid bearer token, service account token has expired]",
			map[string]ids{"invalid bearer token": nil, "service account token has expired": {finding.TokenExpired}}},
		{"kubernetes/kubernetes#72026", "[invalid bearer token, [invalid bearer token, square/go-jose: error in cryptographic primitive]]",
			map[string]ids{"invalid bearer token": nil, "square/go-jose: error in cryptographic primitive": cryptographicPrimitive}},
		{"kubernetes/kubeadm#850", "[invalid bearer token, [invalid bearer token, Token has been invalidated]]",
			map[string]ids{"invalid bearer token": nil, "Token has been invalidated": {
				finding.LegacyTokenSecretDeleted, finding.BoundPodDeleted, finding.BoundSecretDeleted, finding.BoundPodTerminating, finding.BoundObjectGone}}},
		{"kubernetes/kubernetes#22351", "crypto/rsa: verification error",
			map[string]ids{"crypto/rsa: verification error": {finding.SignatureInvalid, finding.SigningKeyUnknown}}},
		{"kubernetes/apiserver#27",
			"[invalid bearer token, [invalid bearer token, [crypto/rsa: verification error, fetch provider config: Get https://keycloak.example.com/auth/realms/k8s/.well-known/openid-configuration: x509: certificate signed by unknown authority]]]",
			map[string]ids{
				"invalid bearer token":           nil,
				"crypto/rsa: verification error": {finding.SignatureInvalid, finding.SigningKeyUnknown},
				"fetch provider config: Get https://keycloak.example.com/auth/realms/k8s/.well-known/openid-configuration: x509: certificate signed by unknown authority": {finding.OIDCNotInitialized},
			}},
		{"kubernetes-sigs/headlamp#670", `[invalid bearer token, oidc: verify token: oidc: expected audience "kubernetes" got ["headlamp"]]`,
			map[string]ids{"invalid bearer token": nil, `oidc: verify token: oidc: expected audience "kubernetes" got ["headlamp"]`: {finding.AudienceMismatch, finding.OIDCAccessToken}}},
		{"TremoloSecurity/kube-oidc-proxy#23", `oidc: verify token: oidc: expected audience "client" got []`,
			map[string]ids{`oidc: verify token: oidc: expected audience "client" got []`: {finding.AudienceMismatch, finding.OIDCAccessToken}}},
		{"kubernetes/kubernetes#136887", "[invalid bearer token, oidc: email not verified]",
			map[string]ids{"invalid bearer token": nil, "oidc: email not verified": {finding.OIDCEmailNotVerified}}},
		{"kubean-io/kubean#319",
			`[x509: certificate signed by unknown authority, verifying certificate SN=680443660627050067, SKID=, AKID=50:7F:D5 failed: x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "kubernetes")]`,
			map[string]ids{
				"x509: certificate signed by unknown authority": nil,
				`verifying certificate SN=680443660627050067, SKID=, AKID=50:7F:D5 failed: x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "kubernetes")`: {finding.ClientCARebuilt},
			}},
		{"kubernetes-sigs/metrics-server#1279",
			"[x509: certificate signed by unknown authority, verifying certificate SN=322848410769846378365036856136857402791, SKID=, AKID= failed: x509: certificate specifies an incompatible key usage]",
			map[string]ids{
				"x509: certificate signed by unknown authority": nil,
				"verifying certificate SN=322848410769846378365036856136857402791, SKID=, AKID= failed: x509: certificate specifies an incompatible key usage": {finding.CertificateKeyUsage},
			}},
	} {
		reasons := Parse(c.text)
		if len(reasons) != len(c.want) {
			t.Errorf("%s: %d messages, want %d: %q", c.thread, len(reasons), len(c.want), texts(reasons))
		}
		for _, r := range reasons {
			want, ok := c.want[r.Text]
			if !ok || !slices.Equal(r.IDs, want) {
				t.Errorf("%s: %q stands for %q, want %q", c.thread, r.Text, r.IDs, want)
			}
		}
	}
}

func TestParseInvalidBearerTokenIsWeighedByWhatStandsBesideIt(t *testing.T) {
	for _, c := range []struct {
		name, beside string
		speaks       bool
	}{
		{"nothing else", "", true},
		{"an authenticator of tokens", ", service account token has expired", false},
		{"a webhook that is down", `, Post "https://hook/": EOF`, false},
		{"a webhook's own words", ", denied", false},
		{"the server's own trouble", ", context deadline exceeded", false},
		{"a client certificate, which says nothing of the token", ", verifying certificate SN=1, SKID=, AKID= failed: x509: certificate signed by unknown authority", true},
	} {
		reasons := Parse("[invalid bearer token" + c.beside + "]")
		if got := reasons[0].IDs != nil; reasons[0].Text != invalidBearerToken || got != c.speaks {
			t.Errorf("beside %s it speaks: %t, want %t", c.name, got, c.speaks)
		}
	}
}

func TestReasonsAreTheCallersOwn(t *testing.T) {
	Parse("service account token has expired")[0].IDs[0] = "changed"
	Parse("sub claim is missing")[0].Values["claim"] = "changed"
	if got := Parse("[service account token has expired, sub claim is missing]"); got[0].IDs[0] != finding.TokenExpired || got[1].Values["claim"] != "sub" {
		t.Errorf("what a caller does to a reason changes the tables: %+v", got)
	}
}

func TestInvalidBearerTokenOnly(t *testing.T) {
	for text, want := range map[string]bool{
		"invalid bearer token":                           true,
		"[invalid bearer token]":                         true,
		"[invalid bearer token, [invalid bearer token]]": true,
		" invalid bearer token\n":                        true,
		"":                                               false,
		"invalid bearer token, and more":                 false,
		"[invalid bearer token, denied]":                 false,
		"[invalid bearer token, service account token has expired]": false,
		"service account token has expired":                         false,
	} {
		if got := InvalidBearerTokenOnly(text); got != want {
			t.Errorf("InvalidBearerTokenOnly(%q) = %t", text, got)
		}
	}
}

func TestStrings(t *testing.T) {
	for _, list := range [][]string{{}, {"a"}, {"https://kubernetes.default.svc", "k3s"}, {`a" "b`, `]`, "\x1b[2J", ""}} {
		if got, ok := Strings(fmt.Sprintf("%q", list)); !ok || !slices.Equal(got, list) {
			t.Errorf("Strings(%q) = %q, %t", fmt.Sprintf("%q", list), got, ok)
		}
	}
	if got, ok := Strings(`"kubernetes"`); !ok || !slices.Equal(got, []string{"kubernetes"}) {
		t.Errorf("one string: %q, %t", got, ok)
	}
	for _, text := range []string{"", "a", "[a b]", `["a"`, `["a"]x`, `["a""b"]`, `"\z"`, `[ "a"]`} {
		if got, ok := Strings(text); ok {
			t.Errorf("Strings(%q) = %q, want none", text, got)
		}
	}
}

// hostile are texts of n bytes, or a little more, that a careless parser takes
// long over.
func hostile(n int) map[string]string {
	repeat := func(s string) string { return strings.Repeat(s, n/len(s)+1) }
	return map[string]string{
		"brackets that never close":       repeat("["),
		"brackets that only close":        "[invalid bearer token" + repeat("]"),
		"nested all the way":              repeat("[invalid bearer token, "),
		"separators":                      repeat(", "),
		"one letter each":                 repeat("o, "),
		"prefixes of known messages":      repeat(", service account UID ("),
		"prefixes in a quoted string":     `token audiences ["` + repeat(", pod UID ("),
		"quotes that never close":         repeat(`, token audiences ["a\"`),
		"lists that never close":          `token audiences [` + repeat(`"a" `),
		"names and quotes":                repeat(`, pods "a`),
		"escaped quotes":                  repeat(`, pods "\"`),
		"one word":                        repeat("a"),
		"spaces":                          "service account token has expired" + repeat(" ") + "x",
		"spaces at the end":               "service account token has expired" + repeat(" "),
		"control characters":              repeat("\x1b[2J\x00\u202e, "),
		"not UTF-8":                       repeat("\xff\xfe, json: "),
		"distinct messages":               repeat("json: 1, etcdserver: 2, oidc: 3, "),
		"known messages, every one twice": repeat("invalid bearer token, Unauthorized, "),
		"expressions":                     repeat(", expression '"),
		"brackets in a long message":      "json: " + repeat("[]") + ", json: " + repeat("]["),
	}
}

// However hostile a text is, no more than so many messages are made of it, and twice the text takes about twice the memory.
// What time it takes, BenchmarkParse measures.
func TestParseHostileInput(t *testing.T) {
	const n = 1 << 17
	took := func(text string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		reasons := Parse(text)
		runtime.ReadMemStats(&after)
		if len(reasons) > maxReasons+1 {
			t.Errorf("%d messages", len(reasons))
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	half, whole := hostile(n/2), hostile(n)
	for name := range whole {
		if a, b := took(half[name]), took(whole[name]); b > 3*a+n {
			t.Errorf("%s: %d bytes of memory for %d, %d for %d", name, a, n/2, b, n)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, m := range messages {
		f.Add(m.text)
	}
	for _, c := range certificates {
		f.Add("[" + c.text + ", verifying certificate " + identifier + " failed: " + c.text + "]")
	}
	for _, text := range hostile(200) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		reasons := Parse(text)
		seen := map[string]bool{}
		rest := text
		for _, r := range reasons {
			if r.Text == "" || r.Stage == "" {
				t.Fatalf("an empty reason: %+v", r)
			}
			if seen[r.Text] {
				t.Fatalf("%q stands there twice", r.Text)
			}
			seen[r.Text] = true
			i := strings.Index(rest, r.Text)
			if i < 0 {
				t.Fatalf("%q is not in the text, or not after the one before", r.Text)
			}
			rest = rest[i+len(r.Text):]
			if r.Stage == Unknown && (r.IDs != nil || r.Values != nil) {
				t.Fatalf("unknown, and yet: %+v", r)
			}
			for name := range r.Values {
				if name == "" {
					t.Fatalf("a value without a name: %+v", r)
				}
			}
		}
		if strings.Trim(text, "[], \t\r\n") != "" && len(reasons) == 0 {
			t.Fatal("a text with words has no reason")
		}
		if InvalidBearerTokenOnly(text) != (len(reasons) == 1 && reasons[0].Text == invalidBearerToken) {
			t.Fatal("InvalidBearerTokenOnly and Parse disagree")
		}
		if utf8.ValidString(text) {
			for _, r := range reasons {
				if !utf8.ValidString(r.Text) {
					t.Fatalf("%q was cut inside a character", r.Text)
				}
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{
		"expired":  "[invalid bearer token, service account token has expired]",
		"audience": `[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["https://kubernetes.default.svc.cluster.local" "k3s"]]`,
		"certificate": "[x509: certificate signed by unknown authority, verifying certificate SN=1234567890, SKID=, AKID=50:7F:D5 failed: " +
			"x509: certificate has expired or is not yet valid: current time 2026-05-24T19:10:28Z is after 2026-05-01T00:00:00Z]",
		"unknown": "[invalid bearer token, access denied for this user, ask your administrator]",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Parse(text)
			}
		})
	}
	for name, text := range hostile(1 << 20) {
		b.Run("hostile/"+strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Parse(text)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		compile(serverRequest, serverServiceAccount, serverLegacyServiceAccount, serverServiceAccountDetail, serverBootstrap, serverOIDC,
			serverCertificate(), serverWebhook, serverReview, serverTokenRequest, serverAuthorization, serverAPI)
	}
}
