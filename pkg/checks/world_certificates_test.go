package checks

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

type authority struct {
	leaf *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newCA(name string) *authority {
	key := newSigner().key
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-365 * 24 * time.Hour), NotAfter: now.Add(3650 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	return &authority{must(x509.ParseCertificate(der)), key}
}

var clientCA, otherCA = newCA("kubernetes"), newCA("another cluster's")

// pemOf is a certificate for jane with its key, valid for a year since a month ago.
func (ca *authority) pemOf(change func(*x509.Certificate)) string {
	key := newSigner().key
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "jane", Organization: []string{"developers"}},
		NotBefore: now.Add(-30 * 24 * time.Hour), NotAfter: now.Add(335 * 24 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(template)
	}
	der := must(x509.CreateCertificate(rand.Reader, template, ca.leaf, &key.PublicKey, ca.key))
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))}))
}

// presenting sends the certificate, and possibly a token.
func presenting(pemText, beside string) func(*evidence.Evidence) {
	c := &credential.Credential{Source: finding.T("file jane.pem"), Certificate: must(credential.ParseCertificate([]byte(pemText)))}
	if beside != "" {
		c.Token = token.Parse(beside)
	}
	return func(e *evidence.Evidence) {
		e.Subject().Credential = c
		e.Subject().Reviews = nil
	}
}

// acceptedByCertificate has a server that identifies jane by this certificate.
func acceptedByCertificate(e *evidence.Evidence) {
	answers(evidence.Answer{Status: 201, FromAPIServer: true, User: &token.Identity{
		Username: "jane", Groups: []string{"developers", "system:authenticated"},
		Extra: map[string][]string{diagnose.CredentialID: {"X509SHA256=" + e.Subject().Credential.Certificate.Fingerprint()}},
	}})(e)
}

func withoutKey(pemText string) string {
	certificate, _, _ := strings.Cut(pemText, "-----BEGIN PRIVATE KEY")
	return certificate
}
