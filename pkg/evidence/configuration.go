package evidence

import (
	"crypto/x509"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Configuration is what the cluster publishes about the authentication of its API servers. It may
// be outdated or about another API server: if the server's answer contradicts it, the answer is
// right.
type Configuration struct {
	// APIServers are those that run as static Pods, read from their mirror Pods. API servers that
	// run otherwise are not in the list.
	APIServers Fact[[]APIServer]
	// Authorities are the CAs that the API servers publish for extension API servers.
	Authorities Fact[Authorities]
	// Authenticators are the JWT authenticators of the API server that answered.
	Authenticators Fact[Authenticators]
	// Published are the cluster's CAs as published by an untrusted server.
	Published Fact[[]*x509.Certificate]
}

// APIServer is an API server's command line.
type APIServer struct {
	// Namespace and Pod name the static Pod; empty for a given configuration.
	Namespace, Pod string
	// Flags are the values of the authentication flags, in order. Missing flags were not given.
	Flags map[string][]string
	// Issuers are the issuers in the AuthenticationConfiguration file, which the command line
	// only names.
	Issuers Fact[[]ConfiguredIssuer]
	// Unreadable is why the command line could not be read; empty if it was.
	Unreadable finding.Text
}

// ConfiguredIssuer is an issuer in an AuthenticationConfiguration.
type ConfiguredIssuer struct {
	URL string
	// Audiences are the accepted audiences. A token needs one of them.
	Audiences []string
	// Mappings are nil if they are not known.
	Mappings *ClaimMappings
}

// ClaimMappings are the claims that the API server maps to a user.
type ClaimMappings struct{ Username, Groups ClaimMapping }

// ClaimMapping is a mapping by a claim or by a CEL expression; both are empty without a mapping.
type ClaimMapping struct{ Claim, Expression string }

// IsZero reports whether nothing is mapped.
func (m ClaimMapping) IsZero() bool { return m == ClaimMapping{} }

// Name returns the Pod's namespace and name.
func (s APIServer) Name() finding.Text {
	return finding.T("%s/%s", finding.Namespace.Of(s.Namespace).Whole(), finding.Pod.Of(s.Pod).Whole())
}

// Authorities are the CAs in the ConfigMap extension-apiserver-authentication. API servers add
// their CAs and remove none, so a CA in it may have been replaced since.
type Authorities struct {
	// Clients verify client certificates, FrontProxy those of front proxies.
	Clients, FrontProxy []*x509.Certificate
}

// Authenticators are the JWT authenticators according to /metrics.
type Authenticators struct {
	// Issuers are the issuers that the server has, or had tokens of, by the hexadecimal SHA-256 of
	// their URL.
	Issuers map[string]IssuerKeys
	// Reloaded and ReloadFailed are the last successful and the last failed reload of the
	// AuthenticationConfiguration; zero if there was none.
	Reloaded, ReloadFailed time.Time
}

// IssuerKeys are the last successful and the last failed read of an issuer's keys; zero if there
// was none or it is unknown.
type IssuerKeys struct{ Read, Failed time.Time }

// ClusterInfo is the state of a bootstrap token in the ConfigMap kube-public/cluster-info, which
// is signed with each valid token that is allowed for signing.
type ClusterInfo struct {
	Exists bool
	// Signed reports a signature under the token's ID; Matches that this token made it.
	Signed, Matches bool
}
