package cluster

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// carried are the secrets that the requests of one identity carried so far: what an exec
// plugin or a file gives is in no configuration.
type carried struct {
	mu      sync.Mutex
	secrets []token.Secret
}

// learn takes them from a request that is about to leave.
func (c *carried) learn(r *http.Request) {
	_, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	_, password, _ := r.BasicAuth()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range []token.Secret{token.NewSecret(value), token.NewSecret(password)} {
		if s.Len() > 0 && !slices.ContainsFunc(c.secrets, s.Equal) {
			c.secrets = append(c.secrets, s)
		}
	}
}

// sent are these secrets, and more.
func (c *carried) sent(more ...token.Secret) []token.Secret {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Concat(c.secrets, more)
}

// learning learns from the requests that go through it.
type learning struct {
	carried *carried
	next    http.RoundTripper
}

func (l learning) RoundTrip(r *http.Request) (*http.Response, error) {
	l.carried.learn(r)
	return l.next.RoundTrip(r)
}

// WrappedRoundTripper lets client-go close what is below it.
func (l learning) WrappedRoundTripper() http.RoundTripper { return l.next }
