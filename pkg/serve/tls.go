package serve

import (
	"crypto/tls"
	"crypto/x509"
	"net"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// certificates are the files of a TLS listener. A new connection uses what the files have then.
type certificates struct{ *watched[*tls.Config] }

// listen adds TLS to a listener; nil adds none.
func (c *certificates) listen(l net.Listener) net.Listener {
	if c == nil || l == nil {
		return l
	}
	return tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.current() }})
}

// parseTLS returns the configuration with a certificate, its key, and the CAs of clients if there is a third file.
func parseTLS(content [][]byte) (*tls.Config, error) {
	pair, err := tls.X509KeyPair(content[0], content[1])
	if err != nil {
		return nil, finding.Reword(err, "--tls-cert and --tls-key are not a certificate and its key in PEM")
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}}
	if len(content) > 2 {
		config.ClientCAs, config.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
		if !config.ClientCAs.AppendCertsFromPEM(content[2]) {
			return nil, finding.Errorf("--client-ca has no certificate in PEM")
		}
	}
	return config, nil
}
