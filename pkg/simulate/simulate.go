// Package simulate runs an API server's authenticators without an API server, in the same
// order. They come from k8s.io/apiserver; those that exist only in k8s.io/kubernetes are
// reimplemented step by step. The package connects only to issuers whose keys were not given
// and to webhooks, and only on request.
package simulate

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"time"

	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/user"

	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/serviceaccount"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Release is the Kubernetes release whose authenticators run.
const Release = "v1.37.2"

// Config is the valid authentication configuration of an API server; see Flags.Config.
type Config struct {
	// APIAudiences are --api-audiences or, without that, all ServiceAccountIssuers.
	APIAudiences          []string
	ServiceAccountIssuers []string
	ServiceAccountKeys    []serviceaccount.Key
	ServiceAccountLookup  bool
	// ExternalSigner reports that the keys belong to a signer at a socket, which is not asked.
	ExternalSigner bool
	// ClientCAs is nil if the server accepts no client certificates.
	ClientCAs *x509.CertPool
	// clients and proxies are the CAs in ClientCAs and in RequestHeader.
	clients, proxies []*x509.Certificate
	// Partial reports that not all flags of a server were given. A missing setting that every
	// server has is then unknown; any other missing setting is off.
	Partial bool
	// flags are the given flags and their values.
	flags map[string][]string
	// missing are the files of the server that were not given, by flag.
	missing map[string]*Missing
	// apiVersion is the version of the AuthenticationConfiguration, and anonymousConfigured
	// whether it has the field anonymous.
	apiVersion string
	// documents is the number of YAML documents in its file.
	documents           int
	anonymousConfigured bool
	// RequestHeader is nil without a front proxy.
	RequestHeader *RequestHeader
	// Tokens is the static token file; nil without one.
	Tokens          authenticator.Token
	BootstrapTokens bool
	// JWT are the issuers of --authentication-config or of --oidc-*.
	JWT               []apiserver.JWTAuthenticator
	SigningAlgorithms []string
	// Webhook is the kubeconfig file of --authentication-token-webhook-config-file.
	Webhook   *Webhook
	Anonymous apiserver.AnonymousAuthConfig
}

// RequestHeader is the front proxy that may name users in request headers.
type RequestHeader struct {
	CAs                                                                          *x509.CertPool
	UsernameHeaders, UIDHeaders, GroupHeaders, ExtraHeaderPrefixes, AllowedNames []string
}

// Webhook is a token review webhook.
type Webhook struct {
	// File is the webhook's kubeconfig; Version is the TokenReview version, v1 or v1beta1.
	File, Version string
	files         *input.Files
}

// World is the server's environment: what it reads besides the credential and its configuration.
type World struct {
	// Now is the server's clock.
	Now func() time.Time
	// Objects are nil if none were given.
	Objects Objects
	// Keys returns the key set of an issuer as it would serve it (a JWKS), and false if none
	// was given.
	Keys func(issuer string) (jwks []byte, ok bool)
	// Unsigned reports that only claims are judged: JWT issuers accept every signature.
	Unsigned bool
	// Client returns a client for an issuer whose keys were not given. The client trusts the CAs
	// in the PEM text ca, or the system's if ca is nil. Client is nil if no issuer may be asked.
	Client func(ca []byte) (*http.Client, error)
	// CallWebhook reports whether the webhook may be called.
	CallWebhook bool
	// Timeout bounds a request to an issuer or a webhook; zero is no bound.
	Timeout time.Duration
	// Secrets collect the secrets that issuers and webhooks are sent; may be nil.
	Secrets *token.Secrets
}

// deadline returns the deadline of a request to an issuer that starts now.
func (w *World) deadline() time.Time {
	if w.Timeout <= 0 {
		return time.Now().Add(24 * time.Hour)
	}
	return time.Now().Add(w.Timeout)
}

// Server is a simulated API server. It is safe for concurrent use.
type Server struct {
	config Config
	world  World
	chain  authenticator.Request
	stop   context.CancelFunc
	sets   readSets
}

// New starts a simulated API server, which Close stops. It returns an error if the
// authenticators cannot use the configuration.
func New(config Config, world World) (*Server, error) {
	if world.Objects == nil {
		world.Objects = noObjects{}
	}
	if world.Now == nil {
		world.Now = time.Now
	}
	lifetime, stop := context.WithCancel(context.Background())
	s := &Server{config: config, world: world, stop: stop}
	chain, err := s.build(lifetime)
	if err != nil {
		stop()
		return nil, err
	}
	s.chain = chain
	return s, nil
}

// Close stops the background work of the authenticators.
func (s *Server) Close() { s.stop() }

// Request is a request to the server.
type Request struct {
	// Token is sent as `Authorization: Bearer TOKEN` if HasToken.
	Token    string
	HasToken bool
	// Certificates is the client's chain, its own certificate first.
	Certificates []*x509.Certificate
	// Audiences are the requested audiences; empty requests the server's own.
	Audiences []string
}

// Answer is the server's answer to a request.
type Answer struct {
	Authenticated bool
	User          user.Info
	Audiences     []string
	// asked are the requested audiences, or the server's own.
	asked []string
	// Error is exactly the text that the server would log and return in TokenReview
	// status.error; empty if no authenticator returned an error.
	Error string
	// Attempts are the attempts of the authenticators, in order.
	Attempts []Attempt
	// Missing are the needed inputs that were not given. If there are any and the request was
	// not authenticated, the answer is undecided.
	Missing []*Missing
}

// Decided reports whether the answer does not depend on a missing input.
func (a *Answer) Decided() bool { return a.Authenticated || len(a.Missing) == 0 }

// Authenticate runs the chain, as the server does for a request or a TokenReview.
func (s *Server) Authenticate(ctx context.Context, r Request) *Answer {
	record := &record{}
	ctx = record.in(ctx)
	auds := r.Audiences
	if len(auds) == 0 {
		auds = s.config.APIAudiences
	}
	if len(auds) > 0 {
		ctx = authenticator.WithAudiences(ctx, auds)
	}
	request := (&http.Request{Method: http.MethodPost, Header: http.Header{}, URL: &url.URL{Path: reviewPath}}).WithContext(ctx)
	if r.HasToken {
		request.Header.Set("Authorization", "Bearer "+r.Token)
	}
	if len(r.Certificates) > 0 {
		request.TLS = &tls.ConnectionState{PeerCertificates: r.Certificates}
	}
	response, ok, err := s.chain.AuthenticateRequest(request)
	answer := &Answer{Authenticated: ok, Attempts: record.attempts, Missing: record.missing, asked: auds}
	if err != nil {
		answer.Error = err.Error()
	}
	if ok && response != nil {
		answer.User, answer.Audiences = response.User, response.Audiences
	}
	return answer
}

// reviewPath is the path of the request, which conditions of anonymous access depend on.
const reviewPath = "/apis/authentication.k8s.io/v1/selfsubjectreviews"

// loopbackToken returns a random token, as the API server generates one for its requests to itself.
func loopbackToken() string { return rand.Text() }

// JWTAuthenticator is the API server's type for one JWT issuer.
type JWTAuthenticator = apiserver.JWTAuthenticator
