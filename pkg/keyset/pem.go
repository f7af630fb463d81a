package keyset

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/reword"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// ParsePEM reads the public keys of all PEM blocks: PUBLIC KEY, RSA PUBLIC KEY and
// CERTIFICATE, as the API server's --service-account-key-file has them. A private key
// is refused: it is not needed here, and it should not be where it is.
func ParsePEM(data []byte, source string) (*KeySet, error) {
	if len(data) > MaxJWKSBytes {
		return nil, fmt.Errorf("the public keys are larger than %d MiB", MaxJWKSBytes>>20)
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
			return nil, fmt.Errorf("PEM block %d: %w", blocks, err)
		}
		key := Key{Source: source, AnyID: true}
		if err := key.describe(public); err != nil {
			return nil, fmt.Errorf("PEM block %d: %w", blocks, err)
		}
		if ks.Keys = append(ks.Keys, key); len(ks.Keys) > maxKeys {
			return nil, fmt.Errorf("there are more than %d public keys, so many are not read", maxKeys)
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
		return nil, errors.New("it is a private key, and verifying takes the public one (openssl pkey -in FILE -pubout makes it)")
	case block.Type == "PUBLIC KEY":
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, reword.Error("the public key cannot be read: "+strings.TrimPrefix(err.Error(), "x509: "), err)
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
			return nil, reword.Error("the RSA public key cannot be read", err)
		}
		return key, nil
	case block.Type == "CERTIFICATE":
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, reword.Error("the certificate cannot be read: "+strings.TrimPrefix(err.Error(), "x509: "), err)
		}
		return certificate.PublicKey, nil
	}
	return nil, fmt.Errorf("it is %s, a PUBLIC KEY or a CERTIFICATE is expected", quote(block.Type))
}

// noPEM says what data is, where it holds no public key.
func noPEM(data []byte, blocks int) error {
	_, encoding := token.DecodeUTF16(data)
	switch trimmed := bytes.TrimSpace(data); {
	case encoding != "":
		return fmt.Errorf("it is %s, and PEM is ASCII: write the file anew (PowerShell: Out-File -Encoding ascii)", encoding)
	case blocks > 0:
		return errors.New("there is PEM in it, but no public key")
	case len(trimmed) == 0:
		return errors.New("there is nothing in it, PEM is expected")
	case trimmed[0] == '{':
		return errors.New("it is JSON, not PEM (--jwks reads JWK sets)")
	case bytes.HasPrefix(trimmed, []byte("ssh-")), bytes.HasPrefix(trimmed, []byte("ecdsa-sha2-")):
		return errors.New("it is an OpenSSH key, not PEM (ssh-keygen -e -m PKCS8 -f FILE converts it)")
	}
	return errors.New("there is no PEM in it: a line like -----BEGIN PUBLIC KEY----- is expected")
}
