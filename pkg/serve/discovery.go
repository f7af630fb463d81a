package serve

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// fetchTimeout bounds one attempt to read an issuer's documents.
const fetchTimeout = 10 * time.Second

// background fetches the keys and ends running. i.mu is held.
func (i *issuer) background(ctx context.Context) {
	var keys *keyset.KeySet
	var err error
	crash.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
		defer cancel()
		keys, err = i.fetch(ctx)
	}, func(c *crash.Crash) {
		i.mu.Lock()
		defer i.mu.Unlock()
		if c != nil {
			err = finding.Errorf("this is a bug in kubectl authn: %s", finding.Message(c.Cause))
		}
		if err == nil {
			i.current, i.fetched = keys, i.now()
		} else {
			i.warn(err)
		}
		i.err = err
		close(i.running)
		i.running = nil
	})
}

// unreadID is the finding about an issuer whose keys could not be read.
func unreadID(err error) finding.ID {
	var known *keyset.Error
	if errors.As(err, &known) {
		return known.ID()
	}
	var wrong *unusableIssuer
	if errors.As(err, &wrong) {
		return wrong.id
	}
	return finding.JWKSUnreachable
}

// unusableIssuer is an issuer whose documents no verifier may use.
type unusableIssuer struct {
	id  finding.ID
	why finding.Text
}

func (u *unusableIssuer) Error() string { return u.why.String() }

// fetcher returns the function that reads the keys of an issuer (OpenID Connect Discovery 1.0, section 4.3).
func fetcher(url string, client *http.Client) func(context.Context) (*keyset.KeySet, error) {
	f := &keyset.Fetcher{Client: client, Timeout: fetchTimeout}
	return func(ctx context.Context) (*keyset.KeySet, error) {
		d, err := f.Discover(ctx, url)
		if err != nil {
			return nil, err
		}
		for _, found := range d.Findings {
			if found.Severity == finding.Error && found.ID == finding.DiscoveryIssuerMismatch {
				return nil, &unusableIssuer{found.ID, found.Detail}
			}
		}
		if len(d.KeySet.Keys) == 0 {
			return nil, &unusableIssuer{finding.KeySetInvalid, finding.T("the issuer publishes no key")}
		}
		return d.KeySet, nil
	}
}
