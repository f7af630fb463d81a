package cluster

import (
	"net/http"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// learn adds the credentials of an outgoing request to secrets: those of an exec plugin or a file
// are not in the configuration.
func learn(secrets *token.Secrets, r *http.Request) {
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		_, value, _ := strings.Cut(r.Header.Get(name), " ")
		secrets.Add(value)
	}
	_, password, _ := r.BasicAuth()
	secrets.Add(password)
}

// learning is a transport that learns the secrets of its requests.
type learning struct {
	secrets *token.Secrets
	next    http.RoundTripper
}

func (l learning) RoundTrip(r *http.Request) (*http.Response, error) {
	learn(l.secrets, r)
	return l.next.RoundTrip(r)
}

// WrappedRoundTripper lets client-go find the inner transport.
func (l learning) WrappedRoundTripper() http.RoundTripper { return l.next }
