package keyset

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"regexp"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// ParsePEM reads the public keys of all PEM blocks: PUBLIC KEY, RSA PUBLIC KEY and
// CERTIFICATE, as in the API server's --service-account-key-file. It rejects private keys:
// verification does not need them, and they should not be in such a file.
func ParsePEM(data []byte, source finding.Text) (*KeySet, error) {
	if len(data) > MaxJWKSBytes {
		return nil, finding.Errorf("the public keys are larger than %s MiB", finding.Count(MaxJWKSBytes>>20))
	}
	ks := &KeySet{Source: source}
	blocks := 0
	for block, rest := pem.Decode(bytes.TrimPrefix(data, byteOrderMark)); block != nil; block, rest = pem.Decode(rest) {
		blocks++
		// openssl writes EC PARAMETERS beside keys.
		if block.Type == "EC PARAMETERS" {
			continue
		}
		public, err := publicKey(block)
		if err != nil {
			return nil, finding.Errorf("PEM block %s: %s", finding.Count(blocks), finding.Err(err))
		}
		key := Key{Source: source, AnyID: true}
		if err := key.describe(public); err != nil {
			return nil, finding.Errorf("PEM block %s: %s", finding.Count(blocks), finding.Err(err))
		}
		if ks.Keys = append(ks.Keys, key); len(ks.Keys) > maxKeys {
			return nil, finding.Errorf("the file has more than %s public keys, which is the limit", finding.Count(maxKeys))
		}
	}
	if len(ks.Keys) == 0 {
		return nil, noPEM(data, blocks)
	}
	ks.judge()
	return ks, nil
}

// plainID is a kid that may stand before a PEM block.
var plainID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9._~+/=:-]{1,200}$`) })

// PEM returns the public keys that can be used as blocks of PEM, each after a line with its kid if named, and the
// number of the other keys. Readers ignore such a line (RFC 7468 section 2).
func PEM(keys []Key, named bool) (text []byte, leftOut int) {
	var out bytes.Buffer
	for _, k := range keys {
		der, err := x509.MarshalPKIXPublicKey(k.Public)
		if k.Public == nil || err != nil {
			leftOut++
			continue
		}
		if named && plainID().MatchString(k.ID) {
			out.WriteString("kid: " + k.ID + "\n")
		}
		_ = pem.Encode(&out, &pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	return out.Bytes(), leftOut
}

func publicKey(block *pem.Block) (crypto.PublicKey, error) {
	switch {
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, finding.Errorf("the key is private; give the public key (openssl pkey -in FILE -pubout prints it)")
	case block.Type == "PUBLIC KEY":
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, finding.Reword(err, "the public key cannot be read: %s", finding.Message(strings.TrimPrefix(err.Error(), "x509: ")))
		}
		return key, nil
	case block.Type == "RSA PUBLIC KEY":
		// kubeadm writes PUBLIC KEY blocks into sa.pub. Older tools write PKCS #1 under
		// RSA PUBLIC KEY, and some write PKIX under that name.
		if key, err := x509.ParsePKCS1PublicKey(block.Bytes); err == nil {
			return key, nil
		}
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, finding.Reword(err, "the RSA public key cannot be read")
		}
		return key, nil
	case block.Type == "CERTIFICATE":
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, finding.Reword(err, "the certificate cannot be read: %s", finding.Message(strings.TrimPrefix(err.Error(), "x509: ")))
		}
		return certificate.PublicKey, nil
	}
	return nil, finding.Errorf("the block is of type %q; PUBLIC KEY or CERTIFICATE is expected", finding.Standard(block.Type))
}

// noPEM returns an error that says what data is if it has no public key.
func noPEM(data []byte, blocks int) error {
	_, encoding := token.DecodeUTF16(data)
	switch trimmed := bytes.TrimSpace(data); {
	case encoding != "":
		return finding.Errorf("the content is %s, and PEM is ASCII; convert the file (PowerShell: Out-File -Encoding ascii)", finding.Standard(encoding))
	case blocks > 0:
		return finding.Errorf("the content is PEM, but has no public key")
	case len(trimmed) == 0:
		return finding.Errorf("the content is empty; PEM is expected")
	case trimmed[0] == '{':
		return finding.Errorf("the content is JSON, not PEM (--jwks reads JWK sets)")
	case bytes.HasPrefix(trimmed, []byte("ssh-")), bytes.HasPrefix(trimmed, []byte("ecdsa-sha2-")):
		return finding.Errorf("the content is an OpenSSH key, not PEM (ssh-keygen -e -m PKCS8 -f FILE converts it)")
	}
	return finding.Errorf("the content is not PEM: a line like -----BEGIN PUBLIC KEY----- is expected")
}
