package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

// pair is a certificate and its private key.
type pair struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func newECKey() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func newRSAKey() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 2048) }

// newCA creates a self-signed certificate authority. Two CAs with one name differ only in their key and key identifier, as after
// a rebuild of a cluster's CA.
func newCA(name string, now time.Time) (pair, error) {
	key, err := newECKey()
	if err != nil {
		return pair{}, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.AddDate(10, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	return sign(template, pair{key: key})
}

// issue creates a key and a certificate for it, signed by the CA. It sets the serial number and, if the template has none, the
// validity: ten years, so that nothing in a lab expires by accident.
func (ca pair) issue(template *x509.Certificate, now time.Time) (pair, error) {
	key, err := newECKey()
	if err != nil {
		return pair{}, err
	}
	if template.NotBefore.IsZero() {
		template.NotBefore = now.Add(-time.Hour)
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = now.AddDate(10, 0, 0)
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
	signed, err := signWith(template, key, ca)
	return signed, err
}

func sign(template *x509.Certificate, self pair) (pair, error) {
	return signWith(template, self.key, pair{cert: template, key: self.key})
}

func signWith(template *x509.Certificate, key crypto.Signer, ca pair) (pair, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return pair{}, err
	}
	template.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, key.Public(), ca.key)
	if err != nil {
		return pair{}, err
	}
	cert, err := x509.ParseCertificate(der)
	return pair{cert: cert, key: key}, err
}

func clientCertificate(commonName string, organizations ...string) *x509.Certificate {
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: commonName, Organization: organizations},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
}

func serverCertificate(commonName string, names ...string) *x509.Certificate {
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: commonName},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    append([]string{"localhost"}, names...),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
}

// apiServerCertificate is for a server on loopback that also has the names of the API server's Service.
func apiServerCertificate() *x509.Certificate {
	return serverCertificate("kube-apiserver",
		"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
}

func (p pair) certPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw})
}

// write writes the pair to PREFIX.crt and PREFIX.key.
func (p pair) write(prefix string) error {
	if err := os.WriteFile(prefix+".crt", p.certPEM(), 0o600); err != nil {
		return err
	}
	return writeKey(prefix+".key", p.key)
}

func readPair(prefix string) (pair, error) {
	data, err := os.ReadFile(prefix + ".crt")
	if err != nil {
		return pair{}, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return pair{}, fmt.Errorf("%s.crt holds no PEM certificate", prefix)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return pair{}, fmt.Errorf("%s.crt: %w", prefix, err)
	}
	key, err := readKey(prefix + ".key")
	return pair{cert: cert, key: key}, err
}

// privateKeyPEM uses the formats of openssl and kubeadm (PKCS #1 and SEC 1), which every tool reads.
func privateKeyPEM(key crypto.Signer) ([]byte, error) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)}), nil
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(k)
		return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), err
	default:
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
	}
}

func publicKeyPEM(key crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), err
}

func writeKey(path string, key crypto.Signer) error {
	data, err := privateKeyPEM(key)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// writeKeyPair writes a signing key to PREFIX.key and its public key to PREFIX.pub.
func writeKeyPair(prefix string, key crypto.Signer) error {
	if err := writeKey(prefix+".key", key); err != nil {
		return err
	}
	data, err := publicKeyPEM(key.Public())
	if err != nil {
		return err
	}
	return os.WriteFile(prefix+".pub", data, 0o600)
}

// readKey reads the first private key of a PEM file, in any of the usual formats.
func readKey(path string) (crypto.Signer, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		var key any
		var err error
		switch block.Type {
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		default:
			continue // EC PARAMETERS, a certificate
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		switch k := key.(type) {
		case *rsa.PrivateKey:
			return k, nil
		case *ecdsa.PrivateKey:
			return k, nil
		case ed25519.PrivateKey:
			return k, nil
		}
		return nil, fmt.Errorf("%s: a %T cannot sign tokens", path, key)
	}
	return nil, fmt.Errorf("%s holds no PEM private key", path)
}

// keyID derives a kid as the API server does (keyIDFromPublicKey in k8s.io/kubernetes/pkg/serviceaccount/jwt.go).
func keyID(key crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(der)
	return base64.RawURLEncoding.EncodeToString(sum[:]), nil
}

// inParallel runs independent functions concurrently and joins their errors: RSA keys take one of the three seconds of a start.
func inParallel(work ...func() error) error {
	errs := make([]error, len(work))
	done := make(chan struct{})
	for i, f := range work {
		go func() {
			errs[i] = f()
			done <- struct{}{}
		}()
	}
	for range work {
		<-done
	}
	return errors.Join(errs...)
}
