package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
)

// AddKey has the private numbers of keys in PEM hidden, in base64 and in hexadecimal; the rest
// of a key is the public one. A whole key is known by its shape, to Redact and RedactValue.
func (s *Secrets) AddKey(text string) {
	if s == nil {
		return
	}
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return
		}
		for _, number := range privateNumbers(block.Bytes) {
			s.mu.Lock()
			s.add(string(number))
			s.mu.Unlock()
		}
	}
}

// privateNumbers are those of a private key as it stands in PEM, the secret of each by itself;
// none where it cannot be read.
func privateNumbers(der []byte) [][]byte {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		key, err = x509.ParsePKCS1PrivateKey(der)
	}
	if err != nil {
		key, err = x509.ParseECPrivateKey(der)
	}
	if err != nil {
		return nil
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		out := [][]byte{key.D.Bytes()}
		for _, prime := range key.Primes {
			out = append(out, prime.Bytes())
		}
		return append(out, key.Precomputed.Dp.Bytes(), key.Precomputed.Dq.Bytes(), key.Precomputed.Qinv.Bytes())
	case *ecdsa.PrivateKey:
		if number, err := key.Bytes(); err == nil {
			return [][]byte{number}
		}
	case ed25519.PrivateKey:
		return [][]byte{key.Seed()}
	}
	return nil
}
