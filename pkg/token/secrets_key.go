package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
)

// AddKey makes the private numbers of PEM keys secret, in base64 and in hexadecimal; the other
// numbers of a key are public. Redact and RedactValue recognize a complete key by its form.
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

// privateNumbers returns the private numbers of a key in DER; none if it cannot be read.
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
