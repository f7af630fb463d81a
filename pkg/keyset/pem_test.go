package keyset

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func pemBlock(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func pkix(t *testing.T, key string) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(privateKeys()[key].Public())
	if err != nil {
		t.Fatal(err)
	}
	return pemBlock("PUBLIC KEY", der)
}

func TestParsePEM(t *testing.T) {
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, privateKeys()["p384"].Public(), privateKeys()["p384"])
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := x509.MarshalPKCS1PublicKey(privateKeys()["other rsa"].Public().(*rsa.PublicKey))
	ks, err := ParsePEM([]byte("a comment\n"+pkix(t, "rsa")+pemBlock("EC PARAMETERS", []byte{6})+pkix(t, "p256")+
		pemBlock("RSA PUBLIC KEY", pkcs1)+pemBlock("CERTIFICATE", certificate)+pkix(t, "ed25519")+pkix(t, "weak rsa")), finding.T("sa.pub"))
	if err != nil {
		t.Fatal(err)
	}
	type key struct {
		Type string
		Bits int
	}
	var got []key
	for _, k := range ks.Keys {
		if k.ID != "" || !k.AnyID || k.Source.String() != "sa.pub" || k.Thumbprint == "" || k.KubernetesID == "" {
			t.Errorf("%+v", k)
		}
		got = append(got, key{k.Type, k.Bits})
	}
	if diff := cmp.Diff([]key{{"RSA", 2048}, {"EC", 256}, {"RSA", 2048}, {"EC", 384}, {"OKP", 256}, {"RSA", 1024}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want := []string{"weak-key: key 6 is weak: 1024 bits, and an RSA key should have at least 2048"}
	if diff := cmp.Diff(want, said(ks.Findings)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestPEMThatCannotBeRead(t *testing.T) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(privateKeys()["p256"])
	if err != nil {
		t.Fatal(err)
	}
	const private = "the key is private; give the public key (openssl pkey -in FILE -pubout prints it)"
	tests := map[string]struct{ data, want string }{
		"nothing":         {"\n", "the content is empty; PEM is expected"},
		"JSON":            {`{"keys":[]}`, "the content is JSON, not PEM (--jwks reads JWK sets)"},
		"OpenSSH":         {"ssh-rsa AAAA user@host", "the content is an OpenSSH key, not PEM (ssh-keygen -e -m PKCS8 -f FILE converts it)"},
		"text":            {"hello", "the content is not PEM: a line like -----BEGIN PUBLIC KEY----- is expected"},
		"parameters only": {pemBlock("EC PARAMETERS", []byte{6}), "the content is PEM, but has no public key"},
		"a private key":   {pkix(t, "rsa") + pemBlock("PRIVATE KEY", pkcs8), "PEM block 2: " + private},
		"encrypted":       {pemBlock("ENCRYPTED PRIVATE KEY", []byte("x")), "PEM block 1: " + private},
		"of OpenSSH":      {pemBlock("OPENSSH PRIVATE KEY", []byte("x")), "PEM block 1: " + private},
		"garbage":         {pemBlock("PUBLIC KEY", []byte("x")), "PEM block 1: the public key cannot be read: asn1: syntax error: truncated tag or length"},
		"garbage, RSA":    {pemBlock("RSA PUBLIC KEY", []byte("x")), "PEM block 1: the RSA public key cannot be read"},
		"no certificate":  {pemBlock("CERTIFICATE", []byte("x")), "PEM block 1: the certificate cannot be read: malformed certificate"},
		"a request":       {pemBlock("CERTIFICATE REQUEST", []byte("x")), `PEM block 1: the block is of type "CERTIFICATE REQUEST"; PUBLIC KEY or CERTIFICATE is expected`},
		"too large":       {strings.Repeat("x", MaxJWKSBytes+1), "the public keys are larger than 4 MiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ks, err := ParsePEM([]byte(test.data), finding.T("x"))
			if ks != nil || err == nil || err.Error() != test.want {
				t.Errorf("want %q, got %v", test.want, err)
			}
		})
	}
}

// TestPublicKeysStandForAnyID checks that sa.pub verifies a token with any kid.
func TestPublicKeysStandForAnyID(t *testing.T) {
	ks, err := ParsePEM([]byte(pkix(t, "rsa")+pkix(t, "other rsa")), finding.T("sa.pub"))
	if err != nil {
		t.Fatal(err)
	}
	id := ks.Keys[0].KubernetesID
	tests := map[string]struct {
		raw  string
		want SignatureVerdict
		says []string
	}{
		"the derived ID": {sign("rsa", "RS256", members{"kid": id}, members{}), SignatureValid, nil},
		"any ID":         {sign("other rsa", "RS256", members{"kid": "x"}, members{}), SignatureValid, nil},
		"no ID":          {sign("other rsa", "RS256", members{"kid": nil}, members{}), SignatureValid, nil},
		"the derived kid of another key": {sign("other rsa", "RS256", members{"kid": id}, members{}), SignatureInvalid,
			[]string{"signature-invalid: the signature does not match the public key of sa.pub: the token was changed after it was signed, or another key has the same kid"}},
		"another cluster's": {sign("weak rsa", "RS256", members{"kid": "Zm9v"}, members{}), KeyUnknown,
			[]string{`signing-key-unknown: none of the given public keys made the signature, and none of them has the Kubernetes kid "Zm9v"`}},
		"another type": {sign("p256", "ES256", members{"kid": "Zm9v"}, members{}), KeyUnknown,
			[]string{`signing-key-unknown: no key of the set fits the token: ES256 needs a key of type EC, and the key has type "RSA"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ks.Signature(parse(test.raw))
			if got.Verdict != test.want {
				t.Errorf("want %s, got %s: %s", test.want, got.Verdict, got.Detail)
			}
			if diff := cmp.Diff(test.says, said(got.Findings)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// The PEM of a key set has the keys that can be used, and reads as the same keys.
func TestPEM(t *testing.T) {
	set, err := ParseJWKS([]byte(strings.Replace(string(bigSet(4)), `"kid":"k1"`, `"kid":"-----BEGIN\nX"`, 1)), finding.T("a test"))
	if err != nil {
		t.Fatal(err)
	}
	set.Keys = append(set.Keys, Key{ID: "unusable"})
	text, leftOut := PEM(set.Keys, true)
	if leftOut != 1 || !strings.HasPrefix(string(text), "kid: k0\n-----BEGIN PUBLIC KEY-----\n") || strings.Count(string(text), "kid: ") != 3 {
		t.Errorf("%d left out of\n%s", leftOut, text)
	}
	if anonymous, _ := PEM(set.Keys, false); strings.Contains(string(anonymous), "kid") {
		t.Errorf("%s", anonymous)
	}
	again, err := ParsePEM(text, finding.T("a test"))
	if err != nil || len(again.Keys) != 4 {
		t.Fatal(again, err)
	}
	for i, k := range again.Keys {
		if k.Thumbprint != set.Keys[i].Thumbprint {
			t.Errorf("key %d is another one", i)
		}
	}
}
