package credential

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

const (
	jwt = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhIiwic3ViIjoiYiJ9." +
		"c2VjcmV0c2lnbmF0dXJlc2VjcmV0c2lnbmF0dXJlc2VjcmV0c2lnbmF0dXJlc2VjcmV0c2lnbmF0dXJlc2VjcmV0c2k"
	bootstrap = "abcdef.0123456789abcdef"
)

type object = map[string]any

func asJSON(v any) string { return string(must(json.Marshal(v))) }
func asYAML(v any) string { return string(must(yaml.Marshal(v))) }
func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func selfSigned(change func(*x509.Certificate)) (certificate, key string) {
	k := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "jane", Organization: []string{"developers"}}, NotAfter: time.Now().Add(time.Hour)}
	if change != nil {
		change(template)
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k))
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(k))}))
}

var certificate, key = selfSigned(nil)

func kubeconfig(user object) object {
	return object{
		"apiVersion": "v1", "kind": "Config", "current-context": "c",
		"contexts": []object{{"name": "other", "context": object{"user": "nobody"}}, {"name": "c", "context": object{"user": "u"}}},
		"users":    []object{{"name": "nobody", "user": object{"token": "not-this-one"}}, {"name": "u", "user": user}},
	}
}

func utf16Of(s string, bigEndian bool) string {
	out := []byte{0xff, 0xfe}
	if bigEndian {
		out = []byte{0xfe, 0xff}
	}
	for _, u := range utf16.Encode([]rune(s)) {
		lo, hi := byte(u), byte(u>>8)
		if bigEndian {
			lo, hi = hi, lo
		}
		out = append(out, lo, hi)
	}
	return string(out)
}

// An argument, a file or standard input is recognized by its content (contract, section 2).
func TestRecognise(t *testing.T) {
	secret := object{"apiVersion": "v1", "kind": "Secret", "type": SecretTypeServiceAccountToken, "metadata": object{"name": "s"}, "data": object{"token": b64(jwt), "ca.crt": b64("x")}}
	for name, c := range map[string]struct {
		content string
		// raw is the exact token; kind is the credential's type.
		raw, kind string
	}{
		"a JWT":                           {jwt, jwt, "JWT"},
		"a JWT and a line break":          {jwt + "\r\n", jwt, "JWT"},
		"a JWT and white space around":    {"\n\t " + jwt + " \n\n", jwt, "JWT"},
		"a bootstrap token":               {bootstrap + "\n", bootstrap, "BootstrapToken"},
		"an AWS token":                    {"k8s-aws-v1.aHR0cHM6Ly9zdHMuYW1hem9uYXdzLmNvbS8\n", "k8s-aws-v1.aHR0cHM6Ly9zdHMuYW1hem9uYXdzLmNvbS8", "AWSIAMToken"},
		"an opaque token":                 {"hunter2", "hunter2", "OpaqueToken"},
		"an opaque token with a colon":    {"token-abcde:fghij", "token-abcde:fghij", "OpaqueToken"},
		"nothing":                         {"", "", "OpaqueToken"},
		"base64 of a token, as written":   {b64(jwt), b64(jwt), "OpaqueToken"},
		"a header line":                   {"Authorization: Bearer " + jwt + "\n", jwt, "JWT"},
		"a header line, lower case":       {"authorization: bearer " + jwt, jwt, "JWT"},
		"the end of a header line":        {"Bearer " + jwt, jwt, "JWT"},
		"a header with two spaces":        {"Authorization: Bearer  " + jwt, " " + jwt, "JWT"},
		"a header without a scheme":       {"Authorization: " + jwt, jwt, "JWT"},
		"a header with nothing in it":     {"Authorization: Bearer ", "", "OpaqueToken"},
		"basic auth":                      {"Authorization: Basic " + b64("jane:hunter2"), "", "BasicAuth"},
		"invalid basic auth":              {"Authorization: Basic hunter2!", "", "BasicAuth"},
		"a Secret in YAML":                {asYAML(secret), jwt, "JWT"},
		"a Secret in JSON":                {asJSON(secret), jwt, "JWT"},
		"a Secret behind a comment":       {"# it is secret\n---\n" + asYAML(secret), jwt, "JWT"},
		"a Secret with stringData":        {asYAML(object{"apiVersion": "v1", "kind": "Secret", "stringData": object{"token": jwt}}), jwt, "JWT"},
		"a Secret of a bootstrap token":   {asYAML(object{"apiVersion": "v1", "kind": "Secret", "type": SecretTypeBootstrapToken, "data": object{"token-id": b64("abcdef"), "token-secret": b64("0123456789abcdef")}}), bootstrap, "BootstrapToken"},
		"a Secret with a certificate":     {asYAML(object{"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "data": object{"tls.crt": b64(certificate), "tls.key": b64(key)}}), "", "ClientCertificate"},
		"a TokenRequest":                  {asJSON(object{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "status": object{"token": jwt}}), jwt, "JWT"},
		"a TokenReview":                   {asYAML(object{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": object{"token": jwt}}), jwt, "JWT"},
		"an ExecCredential":               {asJSON(object{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": object{"token": jwt}}), jwt, "JWT"},
		"an ExecCredential's certificate": {asJSON(object{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": object{"clientCertificateData": certificate, "clientKeyData": key}}), "", "ClientCertificate"},
		"an ExecCredential with both":     {asJSON(object{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": object{"token": jwt, "clientCertificateData": certificate, "clientKeyData": key}}), jwt, "ClientCertificate"},
		"a kubeconfig":                    {asYAML(kubeconfig(object{"token": jwt})), jwt, "JWT"},
		"a kubeconfig in JSON":            {asJSON(kubeconfig(object{"token": jwt})), jwt, "JWT"},
		"a kubeconfig to the letter":      {asYAML(kubeconfig(object{"token": " " + jwt + "\n"})), " " + jwt + "\n", "JWT"},
		"a kubeconfig's certificate":      {asYAML(kubeconfig(object{"client-certificate-data": b64(certificate), "client-key-data": b64(key)})), "", "ClientCertificate"},
		"a kubeconfig with both":          {asYAML(kubeconfig(object{"client-certificate-data": b64(certificate), "client-key-data": b64(key), "token": jwt})), jwt, "ClientCertificate"},
		"a kubeconfig's password":         {asYAML(kubeconfig(object{"username": "jane", "password": "hunter2"})), "", "BasicAuth"},
		"a kubeconfig, inline data first": {asYAML(kubeconfig(object{"token": jwt, "exec": object{"command": "/bin/false"}, "tokenFile": "/etc/shadow"})), jwt, "JWT"},
		"a kubeconfig of one user":        {asYAML(object{"apiVersion": "v1", "kind": "Config", "users": []object{{"name": "u", "user": object{"token": jwt}}}}), jwt, "JWT"},
		"PEM":                             {certificate + key, "", "ClientCertificate"},
		"PEM, the key first":              {key + certificate, "", "ClientCertificate"},
		"PEM behind text":                 {"subject=CN = jane\n" + certificate, "", "ClientCertificate"},
		"a byte order mark":               {"\xef\xbb\xbf" + jwt + "\r\n", jwt, "JWT"},
		"UTF-16, as PowerShell writes":    {utf16Of(jwt+"\r\n", false), jwt, "JWT"},
		"UTF-16, the other way":           {utf16Of(jwt, true), jwt, "JWT"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Recognise([]byte(c.content), Stdin)
			if err != nil {
				t.Fatal(err)
			}
			raw := ""
			if got.Token != nil {
				raw = got.Token.Raw.Reveal()
			}
			if raw != c.raw || got.Type() != c.kind || got.Source.String() != "standard input" {
				t.Errorf("found a %s of %s: %q", got.Type(), got.Source, raw)
			}
			if printed := fmt.Sprintf("%v %+v %#v %s", got, got, got, asJSON(got.Token)); containsSecret(printed) {
				t.Errorf("it prints a secret: %.200s", printed)
			}
		})
	}
}

// containsSecret reports whether a text has a secret part of the samples.
func containsSecret(text string) bool {
	for _, secret := range []string{jwt[strings.LastIndexByte(jwt, '.'):], "hunter2", "0123456789abcdef", "PRIVATE KEY"} {
		if strings.Contains(text, secret) {
			return true
		}
	}
	return false
}

// The meaning of white space depends on its place: around a file's content, it is no part of the token; in an
// argument, it is.
func TestWhiteSpace(t *testing.T) {
	for _, c := range []struct {
		content string
		source  finding.Text
		raw     string
	}{
		{" " + jwt + "\n", finding.T("file token"), jwt},
		{" " + jwt + "\n", Stdin, jwt},
		{" " + jwt + "\n", Argument, " " + jwt + "\n"},
		{"Bearer " + jwt + " ", Argument, jwt + " "},
		{"a b\nc", finding.T("file token"), "a b\nc"},
		{" \n ", finding.T("file token"), ""},
		{" \n ", Argument, " \n "},
	} {
		got, err := Recognise([]byte(c.content), c.source)
		if err != nil || got.Token.Raw.Reveal() != c.raw {
			t.Errorf("%q as %s: %v, %v", c.content, c.source, got, err)
		}
	}
}

// A file in another encoding than plain UTF-8 is decoded, and the result says how a client reads the same bytes.
func TestEncodings(t *testing.T) {
	secret := asYAML(object{"apiVersion": "v1", "kind": "Secret", "data": object{"token": b64(jwt)}})
	const mark = "\xef\xbb\xbf"
	for name, c := range map[string]struct{ content, fault, note string }{
		"plain":                       {jwt, "", ""},
		"UTF-8 with a mark":           {mark + jwt, "UTF-8 with a byte order mark", ""},
		"UTF-16":                      {utf16Of(jwt+"\r\n", false), "UTF-16 (little-endian)", ""},
		"UTF-16, big-endian":          {utf16Of(jwt, true), "UTF-16 (big-endian)", ""},
		"UTF-16 without a mark":       {utf16Of(jwt, false)[2:], "UTF-16 (little-endian)", ""},
		"UTF-16 of an opaque token":   {utf16Of("hunter2", false)[2:], "UTF-16 (little-endian)", ""},
		"a Secret in UTF-16":          {utf16Of(secret, false), "", "standard input is encoded in UTF-16 (little-endian), as written by > in Windows PowerShell, and was decoded; not every client does that"},
		"a certificate behind a mark": {mark + certificate + key, "", "standard input is encoded in UTF-8 with a byte order mark, and was decoded; not every client does that"},
	} {
		got, err := Recognise([]byte(c.content), Stdin)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		fault, _ := got.Fault(Remark)
		if fault.Encoding != c.fault || c.fault != "" && fault.ID != finding.TokenFileEncoding {
			t.Errorf("%s: %s: %q", name, fault.ID, fault.Encoding)
		}
		if got.Token != nil && (got.Token.HasProblem(finding.TokenHasControlCharacters) || got.Token.HasProblem(finding.TokenHasWhitespace)) {
			t.Errorf("%s: the decoded token has %v", name, got.Token.Problems)
		}
		if c.note != "" && !strings.Contains(fmt.Sprint(got.Notes), c.note) {
			t.Errorf("%s: the notes are %q", name, got.Notes)
		}
	}
}

// A text that is no credential is rejected in one sentence, which does not quote the text.
func TestRecogniseRefuses(t *testing.T) {
	list := object{"apiVersion": "v1", "kind": "List", "items": []object{{"kind": "Secret", "data": object{"token": b64(jwt)}}, {"kind": "Secret"}}}
	secretOf := func(more object) string {
		s := object{"apiVersion": "v1", "kind": "Secret", "metadata": object{"name": "s"}}
		for k, v := range more {
			s[k] = v
		}
		return asYAML(s)
	}
	for name, c := range map[string]struct{ content, want string }{
		"too large":                    {strings.Repeat("x", MaxInput+1), "larger than 1 MiB"},
		"binary":                       {"hunter2\x00\x01", "binary data"},
		"no UTF-8":                     {"hunter2\xff", "binary data"},
		"half a UTF-16 character":      {utf16Of("hunter2", false) + "x", "half a character"},
		"a list":                       {asYAML(list), "a list of 2 objects"},
		"a Pod":                        {asYAML(object{"apiVersion": "v1", "kind": "Pod", "spec": object{"token": "hunter2"}}), `kind "Pod"`},
		"no kind":                      {`{"token":"hunter2"}`, "no kind"},
		"broken JSON":                  {`{"kind":"Secret","data":{"token":"hunter2"`, "not valid JSON or YAML"},
		"broken YAML":                  {"kind: Secret\n\tdata: hunter2", "not valid JSON or YAML"},
		"a member of another type":     {`{"kind":"Secret","data":"hunter2"}`, "unexpected type"},
		"a list for a token":           {`{"kind":"Secret","stringData":{"token":["hunter2"]}}`, "unexpected type"},
		"a Secret's token in plain":    {secretOf(object{"data": object{"token": "hunter2!"}}), "not valid base64"},
		"a Secret without token":       {secretOf(object{"type": "Opaque", "data": object{"password": b64("hunter2")}}), "has no token"},
		"a Secret not yet filled":      {secretOf(object{"type": SecretTypeServiceAccountToken}), "has no token yet"},
		"half a bootstrap token":       {secretOf(object{"type": SecretTypeBootstrapToken, "data": object{"token-secret": b64("0123456789abcdef")}}), "lacks token-id or token-secret"},
		"a TLS Secret without one":     {secretOf(object{"type": "kubernetes.io/tls", "data": object{"tls.key": b64(key)}}), "a key alone"},
		"a TokenRequest without token": {`{"kind":"TokenRequest"}`, "has no status.token"},
		"a redacted TokenRequest":      {`{"kind":"TokenRequest","status":{"token":"REDACTED"}}`, "is redacted"},
		"a redacted TokenReview":       {`{"kind":"TokenReview","spec":{"token":"REDACTED"}}`, "is redacted"},
		"an ExecCredential of nothing": {`{"kind":"ExecCredential","status":{}}`, "has no status.token"},
		"a key alone":                  {key, "a private key and no certificate"},
		"PEM of another kind":          {string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: []byte("hunter2")})), "no certificate"},
		"PEM that is cut":              {certificate[:100], "truncated or damaged"},
		"PEM of nonsense":              {string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("hunter2")})), "not a readable certificate"},

		// A kubeconfig may come from another person, so only its inline data is used.
		"a kubeconfig's plugin":       {asYAML(kubeconfig(object{"exec": object{"command": "touch", "args": []string{"/tmp/hunter2"}}})), "is not run for a kubeconfig given as a credential"},
		"a kubeconfig's tokenFile":    {asYAML(kubeconfig(object{"tokenFile": "/etc/passwd"})), "is not read for a kubeconfig given as a credential"},
		"a kubeconfig's files":        {asYAML(kubeconfig(object{"client-certificate": "/a", "client-key": "/b"})), "is not read for a kubeconfig given as a credential"},
		"a kubeconfig's provider":     {asYAML(kubeconfig(object{"auth-provider": object{"name": "gcp", "config": object{"access-token": "hunter2"}}})), "is not run for a kubeconfig given as a credential"},
		"a kubeconfig without a user": {asYAML(kubeconfig(object{})), "has no credential"},
		"a kubeconfig, which context": {strings.Replace(asYAML(kubeconfig(object{})), "current-context: c", "current-context: gone", 1), "does not exist"},
		"a kubeconfig, which user":    {strings.Replace(asYAML(kubeconfig(object{})), "user: u", "user: gone", 1), "does not exist"},
		"a kubeconfig of several":     {asYAML(object{"apiVersion": "v1", "kind": "Config", "users": []object{{"name": "a"}, {"name": "b"}}}), "2 users"},
		"a kubeconfig, no user":       {asYAML(object{"apiVersion": "v1", "kind": "Config", "current-context": "c", "contexts": []object{{"name": "c"}}}), "names no user"},
		"a kubeconfig's SSH key":      {asYAML(kubeconfig(object{"client-certificate-data": b64("ssh-ed25519 hunter2 jane"), "client-key-data": b64(key)})), "is an SSH public key"},
		"a kubeconfig's swapped key":  {asYAML(kubeconfig(object{"client-certificate-data": b64(key), "client-key-data": b64(certificate)})), "may be swapped"},
		"a kubeconfig's base64 twice": {asYAML(kubeconfig(object{"client-certificate-data": b64(b64(certificate))})), "encoded in base64 twice"},
		"a kubeconfig's DER":          {asYAML(kubeconfig(object{"client-certificate-data": b64("\x30\x82\x01\x00hunter2")})), "in DER"},
		"a kubeconfig's request":      {asYAML(kubeconfig(object{"client-certificate-data": b64("-----BEGIN CERTIFICATE REQUEST-----\nhunter2")})), "client-certificate-data of user"},
		"a kubeconfig's placeholder":  {asYAML(kubeconfig(object{"client-certificate-data": "<hunter2>"})), "is a placeholder"},
		"a kubeconfig's PEM":          {asYAML(kubeconfig(object{"client-certificate-data": certificate})), "is PEM text"},
		"a kubeconfig's bad key":      {asYAML(kubeconfig(object{"client-certificate-data": b64(certificate), "client-key-data": "hunter2!"})), "client-key-data of user"},
		"a redacted kubeconfig":       {asYAML(kubeconfig(object{"client-certificate-data": "DATA+OMITTED"})), "only with --raw"},
		"a redacted token":            {asYAML(kubeconfig(object{"token": "REDACTED"})), "only with --raw"},
		"a kubeconfig's cut PEM":      {asYAML(kubeconfig(object{"client-certificate-data": b64(certificate[:100])})), "truncated or damaged"},
		"a kubeconfig's broken data":  {asYAML(kubeconfig(object{"client-certificate-data": b64("hunter2")})), "client-certificate-data of user"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Recognise([]byte(c.content), finding.T("file x"))
			if err == nil {
				t.Fatalf("found a %s", got.Type())
			}
			text := err.Error()
			if !strings.Contains(text, c.want) {
				t.Errorf("%q does not say %q", text, c.want)
			}
			if containsSecret(text) || strings.Contains(text, "\n") || strings.HasSuffix(text, ".") || !strings.HasPrefix(text, "file x") || len(text) > 300 {
				t.Errorf("the error is %q", text)
			}
		})
	}
}

// The other data of such a kubeconfig is reported, because a client that uses the kubeconfig would not send the
// same credential.
func TestKubeconfigTraps(t *testing.T) {
	for name, c := range map[string]struct {
		user object
		want finding.ID
	}{
		"tokenFile": {object{"token": jwt, "tokenFile": "/a"}, finding.TokenShadowedByTokenFile},
		"plugin":    {object{"token": jwt, "exec": object{"command": "p"}}, finding.ExecPluginSkipped},
		"neither":   {object{"token": jwt}, ""},
	} {
		got := must(Recognise([]byte(asYAML(kubeconfig(c.user))), finding.T("file x")))
		if fault, _ := got.Fault(Remark); fault.ID != c.want || c.want == "" && len(got.Faults) > 0 {
			t.Errorf("%s: %+v", name, got.Faults)
		}
	}
}

// The auth provider oidc keeps its ID token in the kubeconfig, so the token can be read without the
// provider.
func TestStoredIDToken(t *testing.T) {
	stored := object{"auth-provider": object{"name": "oidc", "config": object{"id-token": jwt, "refresh-token": "hunter2"}}}
	got := must(Recognise([]byte(asYAML(kubeconfig(stored))), finding.T("file x")))
	if got.Token == nil || got.Token.Raw.Reveal() != jwt || len(got.Notes) == 0 {
		t.Errorf("%+v", got)
	}
	stored["token"] = "inline"
	if got := must(Recognise([]byte(asYAML(kubeconfig(stored))), finding.T("file x"))); got.Token.Raw.Reveal() != "inline" {
		t.Errorf("the provider's token hides the user's: %+v", got.Token)
	}
}

func TestCertificateIdentity(t *testing.T) {
	parsed := must(ParseCertificate([]byte(certificate + key)))
	if _, err := parsed.Presentable(); err != nil {
		t.Error(err)
	}
	id := parsed.Identity()
	if id.Username != "jane" || fmt.Sprint(id.Groups) != "[developers system:authenticated]" || fmt.Sprint(id.Extra) != "map[authentication.kubernetes.io/credential-id:[X509SHA256="+parsed.Fingerprint()+"]]" {
		t.Errorf("%+v", id)
	}
	if raw, err := hex.DecodeString(parsed.Fingerprint()); err != nil || len(raw) != 32 {
		t.Errorf("the fingerprint is %q", parsed.Fingerprint())
	}
	nobody, _ := selfSigned(func(c *x509.Certificate) { c.Subject = pkix.Name{Organization: []string{"a"}} })
	if id := must(ParseCertificate([]byte(nobody))).Identity(); id != nil {
		t.Errorf("a certificate without a common name is %+v", id)
	}
	for name, text := range map[string]string{"no key": certificate, "another's key": certificate + func() string { _, k := selfSigned(nil); return k }()} {
		if _, err := must(ParseCertificate([]byte(text))).Presentable(); err == nil || containsSecret(err.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	usages, _ := selfSigned(func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageAny}
		c.UnknownExtKeyUsage = append(c.UnknownExtKeyUsage, []int{1, 2, 3})
	})
	if got := fmt.Sprint(must(ParseCertificate([]byte(usages))).Usages()); got != "[serverAuth any 1.2.3]" {
		t.Errorf("usages %s", got)
	}
}

func TestProjectedIdentity(t *testing.T) {
	c := &Credential{Projected: &Projected{Namespace: "shop", ServiceAccount: "robot"}}
	if id := c.Identity(); c.Type() != "ServiceAccountToken" || id.Username != "system:serviceaccount:shop:robot" || len(id.Groups) != 3 {
		t.Errorf("%s, %+v", c.Type(), id)
	}
	if c := (&Credential{}); c.Type() != TypeNone || c.Identity() != nil || c.IsToken() {
		t.Errorf("nothing is a %s", c.Type())
	}
}
