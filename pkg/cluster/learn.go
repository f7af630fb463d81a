package cluster

import (
	"net/http"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// learn has hidden what a request that is about to leave carries: what an exec plugin or a file
// gives is in no configuration.
func learn(secrets *token.Secrets, r *http.Request) {
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		_, value, _ := strings.Cut(r.Header.Get(name), " ")
		secrets.Add(value)
	}
	_, password, _ := r.BasicAuth()
	secrets.Add(password)
}

// learning learns from the requests that go through it.
type learning struct {
	secrets *token.Secrets
	next    http.RoundTripper
}

func (l learning) RoundTrip(r *http.Request) (*http.Response, error) {
	learn(l.secrets, r)
	return l.next.RoundTrip(r)
}

// WrappedRoundTripper lets client-go close what is below it.
func (l learning) WrappedRoundTripper() http.RoundTripper { return l.next }
