package keyset

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// ParsePEM reads the public keys of all PEM blocks: PUBLIC KEY, RSA PUBLIC KEY and
// CERTIFICATE, as the API server's --service-account-key-file has them. A private key
// is refused: it is not needed here, and it should not be where it is.
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
			return nil, finding.Errorf("there are more than %s public keys, so many are not read", finding.Count(maxKeys))
		}
	}
	if len(ks.Keys) == 0 {
		return nil, noPEM(data, blocks)
	}
	ks.judge()
	return ks, nil
}

func publicKey(block *pem.Block) (crypto.PublicKey, error) {
	switch {
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, finding.Errorf("it is a private key, and verifying takes the public one (openssl pkey -in FILE -pubout makes it)")
	case block.Type == "PUBLIC KEY":
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, finding.Reword(err, "the public key cannot be read: %s", finding.Message(strings.TrimPrefix(err.Error(), "x509: ")))
		}
		return key, nil
	case block.Type == "RSA PUBLIC KEY":
		// Kubernetes writes its sa.pub files as PUBLIC KEY; older tools wrote the bare
		// RSA key under this name, and some the other way round.
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
	return nil, finding.Errorf("it is %q, a PUBLIC KEY or a CERTIFICATE is expected", finding.Standard(block.Type))
}

// noPEM says what data is, where it holds no public key.
func noPEM(data []byte, blocks int) error {
	_, encoding := token.DecodeUTF16(data)
	switch trimmed := bytes.TrimSpace(data); {
	case encoding != "":
		return finding.Errorf("it is %s, and PEM is ASCII: write the file anew (PowerShell: Out-File -Encoding ascii)", finding.Standard(encoding))
	case blocks > 0:
		return finding.Errorf("there is PEM in it, but no public key")
	case len(trimmed) == 0:
		return finding.Errorf("there is nothing in it, PEM is expected")
	case trimmed[0] == '{':
		return finding.Errorf("it is JSON, not PEM (--jwks reads JWK sets)")
	case bytes.HasPrefix(trimmed, []byte("ssh-")), bytes.HasPrefix(trimmed, []byte("ecdsa-sha2-")):
		return finding.Errorf("it is an OpenSSH key, not PEM (ssh-keygen -e -m PKCS8 -f FILE converts it)")
	}
	return finding.Errorf("there is no PEM in it: a line like -----BEGIN PUBLIC KEY----- is expected")
}
