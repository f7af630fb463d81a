package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes behind crypto.SHA256, SHA384 and SHA512
	_ "crypto/sha512"
	"fmt"
	"strings"
)

// jwsSigner signs as in RFC 7518 section 3. It is implemented here, because libraries reject most of what the lab needs: a weak
// algorithm, a key of the wrong type, no signature.
type jwsSigner struct {
	algorithm string
	sign      func(data []byte) ([]byte, error)
}

var hashes = map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}

func hashOf(algorithm, family string) (crypto.Hash, bool) {
	size, ok := strings.CutPrefix(algorithm, family)
	hash, known := hashes[size]
	return hash, ok && known
}

func digest(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// newSigner returns a signer for a private key. An empty algorithm means the usual one of the key's type. An ECDSA key may sign
// with a hash that does not fit its curve, which a verifier must reject.
func newSigner(key crypto.Signer, algorithm string) (jwsSigner, error) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if algorithm == "" {
			algorithm = "RS256"
		}
		if hash, ok := hashOf(algorithm, "RS"); ok {
			return jwsSigner{algorithm, func(data []byte) ([]byte, error) {
				return rsa.SignPKCS1v15(rand.Reader, k, hash, digest(hash, data))
			}}, nil
		}
		if hash, ok := hashOf(algorithm, "PS"); ok {
			return jwsSigner{algorithm, func(data []byte) ([]byte, error) {
				return rsa.SignPSS(rand.Reader, k, hash, digest(hash, data), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
			}}, nil
		}
	case *ecdsa.PrivateKey:
		size := (k.Curve.Params().BitSize + 7) / 8
		if algorithm == "" {
			algorithm = map[int]string{32: "ES256", 48: "ES384", 66: "ES512"}[size]
		}
		if hash, ok := hashOf(algorithm, "ES"); ok {
			return jwsSigner{algorithm, func(data []byte) ([]byte, error) {
				r, s, err := ecdsa.Sign(rand.Reader, k, digest(hash, data))
				if err != nil {
					return nil, err
				}
				signature := make([]byte, 2*size) // r and s, each padded to the curve's size, not ASN.1
				r.FillBytes(signature[:size])
				s.FillBytes(signature[size:])
				return signature, nil
			}}, nil
		}
	case ed25519.PrivateKey:
		if algorithm == "" || algorithm == "EdDSA" {
			return jwsSigner{"EdDSA", func(data []byte) ([]byte, error) { return ed25519.Sign(k, data), nil }}, nil
		}
	}
	return jwsSigner{}, usagef("--alg %q does not go with a key of type %s", algorithm, keyType(key))
}

func keyType(key crypto.Signer) string {
	switch key.(type) {
	case *rsa.PrivateKey:
		return "RSA"
	case *ecdsa.PrivateKey:
		return "EC"
	case ed25519.PrivateKey:
		return "Ed25519"
	}
	return fmt.Sprintf("%T", key)
}

func newHMACSigner(secret []byte, algorithm string) (jwsSigner, error) {
	hash, ok := hashOf(algorithm, "HS")
	if !ok {
		return jwsSigner{}, usagef("--alg %q is not one that is known", algorithm)
	}
	return jwsSigner{algorithm, func(data []byte) ([]byte, error) {
		mac := hmac.New(hash.New, secret)
		mac.Write(data)
		return mac.Sum(nil), nil
	}}, nil
}
