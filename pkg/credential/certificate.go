package credential

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Certificate is a client certificate, its intermediates and, where it was found,
// its private key.
type Certificate struct {
	Leaf  *x509.Certificate
	Chain []*x509.Certificate
	// PEM is the certificate and its intermediates, leaf first.
	PEM []byte
	// Key is the private key in PEM. Without it, the certificate cannot be presented.
	Key token.Secret
	// pair is the certificate as client-go presents it, if it came from client-go.
	pair *tls.Certificate
}

// Presentable returns the certificate with its key for a TLS handshake. Its errors never quote
// the key.
func (c *Certificate) Presentable() (*tls.Certificate, error) {
	if c.pair != nil {
		return c.pair, nil
	}
	if c.Key.Len() == 0 {
		return nil, finding.Errorf("the certificate's private key was not given, so the certificate cannot be presented to a server")
	}
	pair, err := tls.X509KeyPair(c.PEM, []byte(c.Key.Reveal()))
	if err != nil {
		return nil, finding.Reword(err, "the private key does not match the certificate, or cannot be read")
	}
	return &pair, nil
}

// ParseCertificate reads a client certificate, its intermediates and its key from
// PEM. The first certificate is the leaf. The error never quotes the input.
func ParseCertificate(data []byte) (*Certificate, error) {
	c := &Certificate{}
	n := 0
	for rest := data; ; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			break
		}
		n++
		switch {
		case block.Type == "CERTIFICATE":
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, finding.Errorf("PEM block %s is not a readable certificate: %s", finding.Count(n), finding.Err(err))
			}
			if c.Leaf == nil {
				c.Leaf = cert
			} else {
				c.Chain = append(c.Chain, cert)
			}
			c.PEM = append(c.PEM, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: block.Bytes})...)
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			c.Key = token.NewSecret(string(pem.EncodeToMemory(block)))
		}
	}
	switch {
	case c.Leaf != nil:
		return c, nil
	case c.Key.Len() > 0:
		return nil, finding.Errorf("the PEM has a private key and no certificate: a key alone is not a credential")
	case n > 0:
		return nil, finding.Errorf("the PEM has no certificate")
	}
	return nil, finding.Errorf("the PEM is truncated or damaged: no block can be read")
}

// FromTLS converts the certificate that client-go presents in a handshake.
func FromTLS(c *tls.Certificate) (*Certificate, error) {
	out := &Certificate{pair: c}
	for i, der := range c.Certificate {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, finding.Errorf("certificate %s of the chain is not readable: %s", finding.Count(i+1), finding.Err(err))
		}
		if i == 0 {
			out.Leaf = cert
		} else {
			out.Chain = append(out.Chain, cert)
		}
		out.PEM = append(out.PEM, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	if out.Leaf == nil {
		return nil, finding.Errorf("the certificate chain is empty")
	}
	if der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey); err == nil {
		out.Key = token.NewSecret(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	}
	return out, nil
}

// Fingerprint is the SHA-256 of the leaf's DER in lower-case hexadecimal, as the
// API server puts it behind `X509SHA256=` into the user's credential-id.
func (c *Certificate) Fingerprint() string {
	sum := sha256.Sum256(c.Leaf.Raw)
	return hex.EncodeToString(sum[:])
}

// Usages returns the names of the leaf's extended key usages, or their object identifiers.
func (c *Certificate) Usages() []string {
	names := map[x509.ExtKeyUsage]string{
		x509.ExtKeyUsageAny: "any", x509.ExtKeyUsageServerAuth: "serverAuth", x509.ExtKeyUsageClientAuth: "clientAuth",
		x509.ExtKeyUsageCodeSigning: "codeSigning", x509.ExtKeyUsageEmailProtection: "emailProtection",
		x509.ExtKeyUsageTimeStamping: "timeStamping", x509.ExtKeyUsageOCSPSigning: "OCSPSigning",
	}
	var out []string
	for _, u := range c.Leaf.ExtKeyUsage {
		name := names[u]
		if name == "" {
			name = fmt.Sprintf("usage %d", u)
		}
		out = append(out, name)
	}
	for _, oid := range c.Leaf.UnknownExtKeyUsage {
		out = append(out, oid.String())
	}
	return out
}

// uidOID is the subject attribute that the API server reads a user's UID from
// (k8s.io/apiserver pkg/authentication/request/x509, AllowParsingUserUIDFromCertAuth).
const uidOID = "1.3.6.1.4.1.57683.2"

// Identity returns the identity that the API server assigns to a valid certificate: the common
// name is the user name, and each organization a group. It is nil without a common name.
func (c *Certificate) Identity() *token.Identity {
	if c.Leaf.Subject.CommonName == "" {
		return nil
	}
	id := &token.Identity{
		Username: c.Leaf.Subject.CommonName,
		Groups:   append(append([]string{}, c.Leaf.Subject.Organization...), "system:authenticated"),
		Extra:    map[string][]string{"authentication.kubernetes.io/credential-id": {"X509SHA256=" + c.Fingerprint()}},
	}
	for _, attribute := range c.Leaf.Subject.Names {
		if uid, ok := attribute.Value.(string); ok && attribute.Type.String() == uidOID {
			id.UID = uid
		}
	}
	return id
}
