package evidence

import (
	"crypto/x509"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Configuration is what the cluster says of how its API servers authenticate. It was
// written by somebody, at some time, about API servers of which one has answered: where
// the answer says otherwise, the answer is right.
type Configuration struct {
	// APIServers are those that run as static Pods, as their mirror Pods show them. A list
	// without any says that none runs like that, and nothing of those that do not.
	APIServers Fact[[]APIServer]
	// Authorities are the CAs that the API servers publish for aggregated ones.
	Authorities Fact[Authorities]
	// Authenticators are those for JWTs of the API server that answered.
	Authenticators Fact[Authenticators]
	// Published are the cluster's CAs by the words of a server whose certificate the caller
	// does not trust. Nobody vouches for them.
	Published Fact[[]*x509.Certificate]
}

// APIServer is an API server's command line.
type APIServer struct {
	// Namespace and Pod name it; empty for a configuration that was given.
	Namespace, Pod string
	// Flags are the values of those that concern authentication, in their order. Flags
	// that are not there were not given.
	Flags map[string][]string
	// Issuers are those of the AuthenticationConfiguration, which the command line only
	// names.
	Issuers Fact[[]string]
	// Unreadable says why the command line could not be read; nothing where it was.
	Unreadable finding.Text
}

// Name is the Pod's, with its namespace.
func (s APIServer) Name() finding.Text {
	return finding.T("%s/%s", finding.Namespace.Of(s.Namespace).Whole(), finding.Pod.Of(s.Pod).Whole())
}

// Authorities are the CAs in the ConfigMap extension-apiserver-authentication. API
// servers add their own to those that are there, and take none away: one may have been
// exchanged since.
type Authorities struct {
	// Clients vouch for client certificates, FrontProxy for those of front proxies.
	Clients, FrontProxy []*x509.Certificate
}

// Authenticators is what /metrics tells of the authenticators for JWTs.
type Authenticators struct {
	// Issuers are those it has, or had tokens of, under the SHA-256 of their URL in hex.
	Issuers map[string]IssuerKeys
	// Reloaded and ReloadFailed are when the AuthenticationConfiguration was last read
	// again, and when that last failed; zero where it never was.
	Reloaded, ReloadFailed time.Time
}

// IssuerKeys is when the API server last read an issuer's keys, and when that last
// failed; zero where it never did or does not say.
type IssuerKeys struct{ Read, Failed time.Time }

// ClusterInfo is what the ConfigMap kube-public/cluster-info says of a bootstrap token.
// It is signed with each that may be used for signing and is not expired.
type ClusterInfo struct {
	Exists bool
	// Signed: there is a signature under the token's ID. Matches: it was made with this
	// very token.
	Signed, Matches bool
}
