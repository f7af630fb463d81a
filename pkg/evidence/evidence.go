package evidence

import (
	"crypto/x509"
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Evidence is everything known when a credential is judged.
type Evidence struct {
	// Now is this machine's time at the start of the collection.
	Now time.Time
	// Audiences are the requested audiences; empty means the API server's own.
	Audiences []string
	// Server is the API server that was asked.
	Server Server
	// Kubeconfig is the fault of the caller's kubeconfig that kept any API server from being asked about
	// another credential; nil if there is none.
	Kubeconfig *credential.Fault
	// Caller is the identity of the caller, who creates TokenReviews and reads objects.
	Caller Fact[token.Identity]
	// Anonymous is the server's answer to a request without any credential.
	Anonymous Fact[Answer]
	// Cluster is the issuer of the cluster's own ServiceAccount tokens.
	Cluster Fact[Issuer]
	// Issuer is the issuer that --issuer-url named.
	Issuer Fact[Issuer]
	// Configuration is what the cluster publishes about the authentication of its API servers.
	Configuration Configuration
	// Addresses are the addresses of the API server replicas in the cluster, if each is to be asked.
	Addresses Fact[[]string]
	// Endpoints are the API server replicas, if each was asked. The first is the server at the kubeconfig's
	// address, which is a replica or a load balancer.
	Endpoints []Endpoint
	// Subjects are the credentials under test: the given one, then further ones.
	Subjects []*Subject
	// Simulated reports that the answers were computed without a server.
	Simulated bool
	// Reviewed: a TokenReview is all that was asked for.
	Reviewed bool
	// Focus is the index of the subject that is being judged.
	Focus int
}

// Server is the evidence about the API server.
type Server struct {
	URL     string
	Version Fact[string]
	// Clock is the server's clock, from the Date of a response.
	Clock Fact[Clock]
	// Handshake is the server's part of the TLS handshake.
	Handshake Fact[Handshake]
	// Aggregated are the APIs that servers behind the API server serve.
	Aggregated Fact[[]AggregatedAPI]
	// Trust is how this client verifies the server.
	Trust Trust
}

// Trust is the client's configuration of the connection to the server.
type Trust struct {
	// InCluster reports that the configuration is that of this Pod, not a kubeconfig.
	InCluster bool
	// ByFlag reports that the server's address was given with --server.
	ByFlag bool
	// Cluster is the kubeconfig's name of the cluster; empty if unknown.
	Cluster string
	// CAs are the CAs that verify the server; empty means the system's.
	CAs []*x509.Certificate
	// Insecure reports that the server's certificate is not verified.
	Insecure bool
	// ServerName is verified instead of the host's name if it is not empty.
	ServerName string
	// Proxy is the address of the proxy, without its password; empty without a proxy.
	Proxy string
}

// AggregatedAPI is an API that a server behind the API server serves, as in its APIService.
type AggregatedAPI struct {
	// Name is the name of the APIService: VERSION.GROUP.
	Name           string
	Group, Version string
	// Namespace and Service name the Service of the other server.
	Namespace, Service string
	// Available, Reason and Message are the condition Available: what the API server saw when it
	// asked the other server as system:kube-aggregator. Empty without the condition.
	Available, Reason, Message string
}

// GroupVersion returns GROUP/VERSION, as in kubectl.
func (a AggregatedAPI) GroupVersion() string { return a.Group + "/" + a.Version }

// Endpoint is one API server at its own address.
type Endpoint struct {
	Server
	// NamedBy is the source of the address.
	NamedBy finding.Text
	// Anonymous is the server's answer to a request without credentials. If it is not known, no
	// credential was sent to the server.
	Anonymous Fact[Answer]
	// Issuer is the published configuration of the issuer of ServiceAccount tokens.
	Issuer Fact[Issuer]
}

// Clock is the server's clock by the Date header of a response.
type Clock struct {
	// Skew is the server's clock minus this machine's, with a precision of a second and half a
	// round trip.
	Skew time.Duration
}

// Handshake is the server's part of the TLS handshake, which every client sees.
type Handshake struct {
	// RequestsCertificate reports that the server requests a client certificate.
	RequestsCertificate bool
	// AcceptableCAs are the names (DER) of the CAs in the server's certificate request.
	AcceptableCAs [][]byte
	// Certificates are the server's certificates, leaf first.
	Certificates []*x509.Certificate
}

// Issuer is a discovery document and its keys.
type Issuer struct {
	Discovery Fact[*keyset.Discovery]
	Keys      Fact[*keyset.KeySet]
}

// Role is the relation of a subject to the given credential.
type Role string

const (
	// Itself is the given credential.
	Itself Role = "itself"
	// Unwrapped is the token inside an encoding, white space or a pasted scheme.
	Unwrapped Role = "unwrapped"
	// Shadowed is a token over which a client certificate takes precedence.
	Shadowed Role = "shadowed"
	// PodToken is another of the tokens of a Pod.
	PodToken Role = "podToken"
	// Another is another credential of the same document: of a list or a kubeconfig.
	Another Role = "another"
)

// Subject is a credential under test and the evidence about it. It is never the caller, even if
// both send the same credential.
type Subject struct {
	Role       Role
	Credential *credential.Credential
	// Wire is the server's answer to a SelfSubjectReview sent with the credential.
	Wire Fact[Answer]
	// Reviews are TokenReviews by the caller, one for each list of audiences.
	Reviews []Review
	// Attempts are all attempts, including the first, if there were several attempts or servers.
	// Each used new connections, for which a load balancer may choose another server.
	Attempts []Attempt
	// Aggregated are the answers of the aggregated APIs to the credential, by the name of the
	// APIService; only if the API server accepts the credential.
	Aggregated map[string]Fact[Answer]
	// ServiceAccount, Pod, Node and Secret are the objects that the claims name.
	ServiceAccount, Pod, Node Fact[Object]
	Secret                    Fact[Secret]
	// Workload is the workload that manages Pod: its controller, or the Deployment of its ReplicaSet.
	Workload Fact[Controller]
	// MayRequestToken: the caller may create a TokenRequest for the ServiceAccount that the claims name.
	MayRequestToken Fact[bool]
	// ClusterInfo is the state of a bootstrap token in cluster-info.
	ClusterInfo Fact[ClusterInfo]
}

// Attempt has the answers of one attempt: on the wire, and in the TokenReview for the requested
// audiences.
type Attempt struct {
	// Endpoint is the index of the server in Evidence.Endpoints.
	Endpoint int
	Wire     Fact[Answer]
	Review   Fact[ReviewStatus]
}

// Review is one TokenReview.
type Review struct {
	// Audiences are the requested audiences; empty means the API server's own.
	Audiences []string
	Answer    Fact[ReviewStatus]
}

// ReviewStatus is the status of a TokenReview.
type ReviewStatus struct {
	Authenticated bool
	User          token.Identity
	Audiences     []string
	// Error is the server's unchanged error message.
	Error string
}

// Answer is the response to a request with or without a credential.
type Answer struct {
	// Status is the HTTP status code.
	Status int
	// User is the identity that the server assigned, from a SelfSubjectReview or the message of a
	// 403; nil if unknown.
	User *token.Identity
	// Message is the message of the response's Status; empty for a success.
	Message string
	// FromAPIServer reports that the response has a characteristic of an API server: an Audit-Id
	// header, a Kubernetes Status or a review.
	FromAPIServer bool
	// PastAuthentication reports that the response has a header of flow control, which the API
	// server runs after authentication: the API server did not reject the credential.
	PastAuthentication bool
	AuditID            string
	// ServerHeader is the Server header, which often identifies a proxy.
	ServerHeader string
	ContentType  string
	// Location is the target of a redirect, and Challenge the WWW-Authenticate or
	// Proxy-Authenticate of a 401 or 407.
	Location, Challenge string
	// PageTitle is the title if the response is a web page.
	PageTitle string
	Warnings  []string
}

// Controller is what manages an object: the owner that its metadata marks as controller.
type Controller struct{ APIVersion, Kind, Name string }

// Object is the metadata of an object that checks need.
type Object struct {
	// Exists is false if the server said that the object does not exist.
	Exists            bool
	UID               string
	DeletionTimestamp *time.Time
	CreationTimestamp time.Time
	// Controller manages the object; its fields are empty where none does.
	Controller Controller
}

// Secret is the evidence from a Secret about a token. Its data is compared where it is read, and
// not kept.
type Secret struct {
	Object
	Type string
	// HoldsToken reports that the Secret contains the token under test.
	HoldsToken bool
	// LastUsed and InvalidSince are the legacy token labels, YYYY-MM-DD.
	LastUsed, InvalidSince string
	Bootstrap              *BootstrapSecret
}

// BootstrapSecret is the evidence from a bootstrap token's Secret.
type BootstrapSecret struct {
	TypeMatches, IDMatches, SecretMatches bool
	// Expiration is the value of that key; empty if missing.
	Expiration string
	// UsageAuthentication is the value of usage-bootstrap-authentication.
	UsageAuthentication string
	ExtraGroups         string
}

// Subject returns the subject that is being judged.
func (e *Evidence) Subject() *Subject { return e.Subjects[e.Focus] }

// IsGiven reports whether the subject is one of the given credentials, and not hidden in one.
func (s *Subject) IsGiven() bool {
	return s.Role == Itself || s.Role == PodToken || s.Role == Another
}

// Beside is the role of a credential that was given after the first.
func Beside(c *credential.Credential) Role {
	if c.Projected != nil {
		return PodToken
	}
	return Another
}

// Lead puts the given credential at index first, and after it what is hidden in it. What is hidden in the
// other credentials is left out.
func (e *Evidence) Lead(index int) {
	lead := *e.Subjects[index]
	lead.Role = Itself
	out := []*Subject{&lead}
	for _, s := range e.Subjects[index+1:] {
		if s.IsGiven() {
			break
		}
		out = append(out, s)
	}
	for i, s := range e.Subjects {
		if i != index && s.IsGiven() {
			other := *s
			other.Role = Beside(s.Credential)
			out = append(out, &other)
		}
	}
	e.Subjects = out
}

// On returns the same evidence with another subject in focus.
func (e *Evidence) On(i int) *Evidence {
	other := *e
	other.Focus = i
	return &other
}

// Token returns the token of the subject in focus, or nil.
func (e *Evidence) Token() *token.Token { return e.Subject().Credential.Token }

// ServerNow returns the time by the server's clock, and whether that clock is known; otherwise
// the time by this machine's clock.
func (e *Evidence) ServerNow() (time.Time, bool) {
	if e.Server.Clock.Known() {
		return e.Now.Add(e.Server.Clock.Value.Skew), true
	}
	return e.Now, false
}

// Review returns the TokenReview for these audiences.
func (s *Subject) Review(audiences []string) (Review, bool) {
	for _, r := range s.Reviews {
		if slices.Equal(r.Audiences, audiences) {
			return r, true
		}
	}
	return Review{}, false
}
