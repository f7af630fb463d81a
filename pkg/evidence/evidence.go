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
	// Now is this machine's clock when the gathering began.
	Now time.Time
	// Audiences are those asked for; empty means the API server's own.
	Audiences []string
	// Server is the API server that was asked.
	Server Server
	// Caller is whom the API server takes the caller for, who creates TokenReviews
	// and reads objects.
	Caller Fact[token.Identity]
	// Anonymous is the server's answer to a request without any credential.
	Anonymous Fact[Answer]
	// Cluster is the issuer of the cluster's own ServiceAccount tokens.
	Cluster Fact[Issuer]
	// Issuer is the issuer that --issuer-url named.
	Issuer Fact[Issuer]
	// Configuration is what the cluster says of how its API servers authenticate.
	Configuration Configuration
	// Addresses are those that the cluster names of its API servers, where they were to be
	// asked one by one.
	Addresses Fact[[]string]
	// Endpoints are the API servers, where they were asked one by one: first what answers
	// at the kubeconfig's address, which is one of them or stands before them.
	Endpoints []Endpoint
	// Subjects are the credentials under test: first the one that was handed over,
	// then what it hides.
	Subjects []*Subject
	// Simulated: no server was asked, and nothing was sent; its answers were computed.
	Simulated bool
	// Reviewed: a TokenReview is all that was asked for.
	Reviewed bool
	// Focus is the index of the subject that is being judged.
	Focus int
}

// Server is the API server and what is known of it.
type Server struct {
	URL     string
	Version Fact[string]
	// Clock is the server's time at the moment Evidence.Now, from the Date of an answer.
	Clock Fact[Clock]
	// Handshake is what the server says before any credential counts.
	Handshake Fact[Handshake]
	// Aggregated are the APIs for which it asks other servers.
	Aggregated Fact[[]AggregatedAPI]
	// Trust is by what this client knows the server.
	Trust Trust
}

// Trust is what the client's configuration says about the server and the way to it.
type Trust struct {
	// InCluster: it is the configuration of the Pod that this runs in, and no kubeconfig.
	InCluster bool
	// ByFlag: the server's address is the one given with --server.
	ByFlag bool
	// Cluster is the name of the cluster's entry in the kubeconfig; empty where it is not known.
	Cluster string
	// CAs are those that vouch for the server; none means that this machine's do.
	CAs []*x509.Certificate
	// Insecure: the server's certificate is not checked.
	Insecure bool
	// ServerName is checked in place of the host's name, where it is not empty.
	ServerName string
	// Proxy is the address of the proxy that requests go through, without its password;
	// empty where they go straight.
	Proxy string
}

// AggregatedAPI is an API that a server behind the API server answers for, as its
// APIService says.
type AggregatedAPI struct {
	// Name is that of the APIService: VERSION.GROUP.
	Name           string
	Group, Version string
	// Namespace and Service name the Service that leads to the other server.
	Namespace, Service string
	// Available is the status of the condition of that name, Reason and Message are what
	// goes with it: what the API server saw when it asked the other one by itself, as
	// system:kube-aggregator. Empty where the condition is not there.
	Available, Reason, Message string
}

// GroupVersion is how kubectl writes it.
func (a AggregatedAPI) GroupVersion() string { return a.Group + "/" + a.Version }

// Endpoint is one API server, at an address of its own.
type Endpoint struct {
	Server
	// NamedBy says where its address stands.
	NamedBy finding.Text
	// Anonymous is its answer to a request without any credential. Where that is not known,
	// it was not sent any.
	Anonymous Fact[Answer]
	// Issuer is what it publishes of the issuer of ServiceAccount tokens.
	Issuer Fact[Issuer]
}

// Clock is what the Date header of an answer says.
type Clock struct {
	// Skew is the server's clock minus this machine's. Date counts whole seconds, so
	// that it is known to a second and half a round trip.
	Skew time.Duration
}

// Handshake is what the TLS handshake shows to anyone.
type Handshake struct {
	// RequestsCertificate: the server asks its clients for a certificate.
	RequestsCertificate bool
	// AcceptableCAs are the names (DER) of the CAs it asks certificates of.
	AcceptableCAs [][]byte
	// Certificates are those that the server showed, leaf first.
	Certificates []*x509.Certificate
}

// Issuer is a discovery document and the keys it leads to.
type Issuer struct {
	Discovery Fact[*keyset.Discovery]
	Keys      Fact[*keyset.KeySet]
}

// Role says what a subject is to the credential that was handed over.
type Role string

const (
	// Itself is the credential that was handed over.
	Itself Role = "itself"
	// Unwrapped is what an encoding, white space or a pasted scheme hides.
	Unwrapped Role = "unwrapped"
	// Shadowed is a token that a client certificate beside it silences.
	Shadowed Role = "shadowed"
	// PodToken is another of the tokens of a Pod.
	PodToken Role = "podToken"
)

// Subject is a credential under test, and what was asked about it. It is never the
// caller, even where both send the same.
type Subject struct {
	Role       Role
	Credential *credential.Credential
	// Wire is the server's answer to a SelfSubjectReview sent with the credential.
	Wire Fact[Answer]
	// Reviews are TokenReviews by the caller, one for each list of audiences.
	Reviews []Review
	// Attempts are all answers to the same questions, where they were asked more than once
	// or of more than one server, the first among them. Each was asked over connections of
	// its own: a load balancer may have chosen another server.
	Attempts []Attempt
	// Aggregated is what came back to a request for each aggregated API with the
	// credential, by the name of its APIService; only where the API server accepts it.
	Aggregated map[string]Fact[Answer]
	// ServiceAccount, Pod, Node and Secret are the objects that the claims name.
	ServiceAccount, Pod, Node Fact[Object]
	Secret                    Fact[Secret]
	// Workload is what manages the Pods of which Pod is one: its controller, or the Deployment that manages its ReplicaSet.
	Workload Fact[Controller]
	// MayRequestToken: the caller may create a TokenRequest for the ServiceAccount that the claims name.
	MayRequestToken Fact[bool]
	// ClusterInfo is what cluster-info says of a bootstrap token.
	ClusterInfo Fact[ClusterInfo]
}

// Attempt is what was answered to the credential at one time: on the wire, and in the
// TokenReview for the audiences asked for.
type Attempt struct {
	// Endpoint is the index of the server in Evidence.Endpoints.
	Endpoint int
	Wire     Fact[Answer]
	Review   Fact[ReviewStatus]
}

// Review is one TokenReview.
type Review struct {
	// Audiences asked for; empty means the API server's own.
	Audiences []string
	Answer    Fact[ReviewStatus]
}

// ReviewStatus is the status of a TokenReview.
type ReviewStatus struct {
	Authenticated bool
	User          token.Identity
	Audiences     []string
	// Error is the server's text, to the letter.
	Error string
}

// Answer is what came back over the wire to a request with a credential, or without.
type Answer struct {
	// Status is the HTTP status code.
	Status int
	// User is whom the server served the request as: from the SelfSubjectReview, or
	// from the words of a 403. Nil where it did not say.
	User *token.Identity
	// Message is the message of the Status that came back; empty for a success.
	Message string
	// FromAPIServer: the answer bears an API server's marks (an Audit-Id header, a
	// Kubernetes Status or a review).
	FromAPIServer bool
	// PastAuthentication: the answer bears the mark of flow control, which in the API
	// server comes after authentication. Whoever refused, the API server had not.
	PastAuthentication bool
	AuditID            string
	// ServerHeader is the Server header, by which proxies give themselves away.
	ServerHeader string
	ContentType  string
	// Location is where a redirect leads, and Challenge what a 401 or 407 asks for
	// (WWW-Authenticate, Proxy-Authenticate).
	Location, Challenge string
	// PageTitle is the title of the web page that came in place of an answer.
	PageTitle string
	Warnings  []string
}

// Controller is what manages an object: the owner that its metadata marks as controller.
type Controller struct{ APIVersion, Kind, Name string }

// Object is what a check needs to know of an object; its content stays behind.
type Object struct {
	// Exists is false where the server said that there is none.
	Exists            bool
	UID               string
	DeletionTimestamp *time.Time
	CreationTimestamp time.Time
	// Controller manages the object; its fields are empty where none does.
	Controller Controller
}

// Secret is a Secret as far as it concerns a token. What it holds is compared where
// it is read and does not travel further.
type Secret struct {
	Object
	Type string
	// HoldsToken: its content is the token under test.
	HoldsToken bool
	// LastUsed and InvalidSince are the legacy token labels, YYYY-MM-DD.
	LastUsed, InvalidSince string
	Bootstrap              *BootstrapSecret
}

// BootstrapSecret is what a bootstrap token's Secret says.
type BootstrapSecret struct {
	TypeMatches, IDMatches, SecretMatches bool
	// Expiration is the text under that key; empty where there is none.
	Expiration string
	// UsageAuthentication is the text under usage-bootstrap-authentication.
	UsageAuthentication string
	ExtraGroups         string
}

// Subject returns the subject that is being judged.
func (e *Evidence) Subject() *Subject { return e.Subjects[e.Focus] }

// On returns the same evidence with another subject in focus.
func (e *Evidence) On(i int) *Evidence {
	other := *e
	other.Focus = i
	return &other
}

// Token returns the token of the subject in focus, nil where it has none.
func (e *Evidence) Token() *token.Token { return e.Subject().Credential.Token }

// ServerNow is the time on the server's clock, and whether that clock is known. The
// server's clock decides about a lifetime; without it this machine's has to do.
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
