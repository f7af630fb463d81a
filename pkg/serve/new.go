package serve

import (
	"crypto/tls"
	"io"
	"net/http"
	"time"

	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// World is what a server needs from outside.
type World struct {
	Now func() time.Time
	// Log receives one line for each decision.
	Log io.Writer
	// Config is the configuration of the API server's client; nil in modes that ask no API server.
	Config *rest.Config
	// IssuerClient fetches the documents of the issuer; nil trusts the system's CAs.
	IssuerClient *http.Client
	// KeyFiles are the files with keys.
	KeyFiles []KeyFile
	// Read reads a file.
	Read func(name string) ([]byte, error)
}

// KeyFile is a file with keys in the form that Parse reads.
type KeyFile struct {
	// Flag is the flag that names the file.
	Flag, Name string
	Parse      func(data []byte, source finding.Text) (*keyset.KeySet, error)
}

// TLSFiles are the names of the files of a TLS listener; all empty for none.
type TLSFiles struct{ Cert, Key, ClientCA string }

// New returns a server. It reads the key files and the TLS files, and asks neither the API server nor the issuer.
func New(o Options, files TLSFiles, w World) (*Server, error) {
	if err := o.checkHeaders(); err != nil {
		return nil, err
	}
	d := &Decider{options: o, metrics: newMetrics(o.Mode), log: newLog(w.Log), now: w.Now}
	tokens, err := d.authenticator(w)
	if err != nil {
		return nil, err
	}
	if o.Explain && w.Config != nil {
		if tokens, err = newExplainer(tokens, w.Config, o.Audiences, d.log, w.Now); err != nil {
			return nil, err
		}
	}
	d.tokens, d.cache = tokens, newCache(tokens, &d.options, d.metrics, w.Now)
	var cert *certificates
	if files != (TLSFiles{}) {
		cert = &certificates{&watched[*tls.Config]{
			names: []string{files.Cert, files.Key}, flags: []string{"--tls-cert", "--tls-key"}, read: w.Read, parse: parseTLS, now: w.Now, warn: func(err error) {
				d.log.warn(finding.T("the TLS files are not used, the earlier ones are: %s", finding.Err(err)))
			},
		}}
		if files.ClientCA != "" {
			cert.names, cert.flags = append(cert.names, files.ClientCA), append(cert.flags, "--client-ca")
		}
		if _, err := cert.current(); err != nil {
			return nil, err
		}
	}
	return &Server{decider: d, health: &health{decider: d}, options: o, tls: cert}, nil
}

// authenticator returns the authenticator of the mode.
func (d *Decider) authenticator(w World) (authenticator, error) {
	switch d.options.Mode {
	case Review:
		return newReviewer(w.Config, d.options.Audiences, w.Now)
	case Discovery:
		keys := &issuer{fetch: fetcher(d.options.Issuer, w.IssuerClient), now: w.Now, warn: func(err error) { d.log.warn(finding.T("%s", finding.Err(err))) }}
		return &verifier{keys, &d.options, w.Now}, nil
	}
	given := keyFiles{&watched[*keyset.KeySet]{read: w.Read, parse: parseKeys(w.KeyFiles), now: w.Now, warn: func(err error) {
		d.log.warn(finding.T("the key files are not used, the earlier keys are: %s", finding.Err(err)))
	}}}
	for _, f := range w.KeyFiles {
		given.names, given.flags = append(given.names, f.Name), append(given.flags, f.Flag)
	}
	if _, err := given.current(); err != nil {
		return nil, err
	}
	offline := &verifier{given, &d.options, w.Now}
	if d.options.Mode == Keys {
		return offline, nil
	}
	review, err := newReviewer(w.Config, d.options.Audiences, w.Now)
	if err != nil {
		return nil, err
	}
	return &both{offline, review}, nil
}
