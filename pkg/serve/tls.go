package serve

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net"
	"sync"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// certificates are the files of a TLS listener. A new connection uses what the files have then.
type certificates struct {
	read                func(name string) ([]byte, error)
	cert, key, clientCA string
	now                 func() time.Time
	warn                func(finding.Text)

	mu      sync.Mutex
	content [3][]byte
	config  *tls.Config
	looked  time.Time
}

// listen adds TLS to a listener; nil adds none.
func (c *certificates) listen(l net.Listener) net.Listener {
	if c == nil || l == nil {
		return l
	}
	return tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.current() }})
}

// current returns the configuration of the files as they are. Files that cannot be used leave the last one.
func (c *certificates) current() (*tls.Config, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if c.config != nil && now.Sub(c.looked).Abs() < lookAgain {
		return c.config, nil
	}
	c.looked = now
	config, content, err := c.load()
	switch {
	case err != nil && c.config == nil:
		return nil, err
	case err != nil:
		c.warn(finding.T("the TLS files are not used, the earlier ones are: %s", finding.Err(err)))
	case config != nil:
		c.config, c.content = config, content
	}
	return c.config, nil
}

// load reads the files; config is nil if they have not changed.
func (c *certificates) load() (config *tls.Config, content [3][]byte, err error) {
	same := c.config != nil
	for i, file := range []struct{ flag, name string }{{"--tls-cert", c.cert}, {"--tls-key", c.key}, {"--client-ca", c.clientCA}} {
		if file.name == "" {
			continue
		}
		if content[i], err = c.read(file.name); err != nil {
			return nil, content, finding.Errorf("%s: %s", finding.Standard(file.flag), finding.Err(err))
		}
		same = same && bytes.Equal(content[i], c.content[i])
	}
	if same {
		return nil, content, nil
	}
	pair, err := tls.X509KeyPair(content[0], content[1])
	if err != nil {
		return nil, content, finding.Reword(err, "--tls-cert and --tls-key are not a certificate and its key in PEM")
	}
	config = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}}
	if c.clientCA != "" {
		config.ClientCAs, config.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
		if !config.ClientCAs.AppendCertsFromPEM(content[2]) {
			return nil, content, finding.Errorf("--client-ca has no certificate in PEM")
		}
	}
	return config, content, nil
}
