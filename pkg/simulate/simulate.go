// Package simulate is an API server's authentication without the API server: the same
// authenticators, in the same order, out of k8s.io/apiserver where they can be had, and what
// lives only in k8s.io/kubernetes step by step after it. It opens no connection but to an
// issuer whose keys were not given, or to a webhook, and only where that is asked for.
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

// Config is what an API server knows of authentication once its flags and files are read
// and found valid: see Flags.Config.
type Config struct {
	// APIAudiences are --api-audiences or, without that, all ServiceAccountIssuers.
	APIAudiences          []string
	ServiceAccountIssuers []string
	ServiceAccountKeys    []serviceaccount.Key
	ServiceAccountLookup  bool
	// ExternalSigner: the keys are those of a signer at a socket, which is not asked.
	ExternalSigner bool
	// ClientCAs is nil where no client certificates are taken.
	ClientCAs *x509.CertPool
	// clients and proxies are the CAs in ClientCAs and in RequestHeader.
	clients, proxies []*x509.Certificate
	// Partial: not all of a server's flags were given. What every server has then counts as
	// not given, and what not every server has as not there.
	Partial bool
	// flags are those that were given, and their values.
	flags map[string][]string
	// apiVersion is that of the AuthenticationConfiguration, and anonymousConfigured whether
	// it speaks of anonymous requests.
	apiVersion          string
	anonymousConfigured bool
	// RequestHeader is nil where there is no front proxy.
	RequestHeader *RequestHeader
	// Tokens is the static token file; nil where there is none.
	Tokens          authenticator.Token
	BootstrapTokens bool
	// JWT are the issuers of --authentication-config or of --oidc-*.
	JWT               []apiserver.JWTAuthenticator
	SigningAlgorithms []string
	// Webhook is the kubeconfig file of --authentication-token-webhook-config-file.
	Webhook   *Webhook
	Anonymous apiserver.AnonymousAuthConfig
}

// RequestHeader is the front proxy that may say who somebody is.
type RequestHeader struct {
	CAs                                                                          *x509.CertPool
	UsernameHeaders, UIDHeaders, GroupHeaders, ExtraHeaderPrefixes, AllowedNames []string
}

// Webhook is a token review webhook.
type Webhook struct {
	// File is the kubeconfig that names it; Version is of its API, v1 or v1beta1.
	File, Version string
	files         *input.Files
}

// World is what the server would look at beside the credential and its configuration.
type World struct {
	// Now is the server's clock.
	Now func() time.Time
	// Objects are nil where none were given.
	Objects Objects
	// Keys returns the key set of an issuer as it would serve it (a JWKS), and false where
	// none was given.
	Keys func(issuer string) (jwks []byte, ok bool)
	// Client makes the client that asks an issuer whose keys were not given: it trusts the CAs
	// of the PEM text ca, or those of the system where ca is nil. It is nil where no issuer may
	// be asked.
	Client func(ca []byte) (*http.Client, error)
	// CallWebhook: the webhook is really called.
	CallWebhook bool
	// Timeout is how long an issuer or a webhook may take; zero is as long as they like.
	Timeout time.Duration
	// Secrets learn what issuers and webhooks are sent in confidence; nil where nobody wants to
	// know.
	Secrets *token.Secrets
}

// deadline is when an issuer that is asked now has taken too long.
func (w *World) deadline() time.Time {
	if w.Timeout <= 0 {
		return time.Now().Add(24 * time.Hour)
	}
	return time.Now().Add(w.Timeout)
}

// Server is a simulated API server. It may be asked several times, also at once.
type Server struct {
	config Config
	world  World
	chain  authenticator.Request
	stop   context.CancelFunc
}

// New starts a simulated API server, which Close ends. It returns an error where the
// configuration cannot be used by the authenticators.
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

// Close ends what runs in the background.
func (s *Server) Close() { s.stop() }

// Request is what reaches the server.
type Request struct {
	// Token is sent as `Authorization: Bearer TOKEN`, where HasToken.
	Token    string
	HasToken bool
	// Certificates is the client's chain, its own certificate first.
	Certificates []*x509.Certificate
	// Audiences asked for; none means the server's own.
	Audiences []string
}

// Answer is what the server makes of a request.
type Answer struct {
	Authenticated bool
	User          user.Info
	Audiences     []string
	// asked are the audiences that were asked for, or the server's own.
	asked []string
	// Error is the text that the server would log, and that a TokenReview would return in
	// status.error, to the letter; empty where nobody refused anything.
	Error string
	// Attempts are the authenticators that were asked, in order.
	Attempts []Attempt
	// Missing is what was needed and not given. Where there is any, and nobody was
	// authenticated, the answer says nothing.
	Missing []*Missing
}

// Decided reports whether nothing was missing that the answer depends on.
func (a *Answer) Decided() bool { return a.Authenticated || len(a.Missing) == 0 }

// Authenticate asks all authenticators, as the server does for a request or a TokenReview.
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

// reviewPath is what is asked for: conditions of anonymous access are about paths.
const reviewPath = "/apis/authentication.k8s.io/v1/selfsubjectreviews"

// loopbackToken is the token by which an API server talks to itself; nobody knows it.
func loopbackToken() string { return rand.Text() }

// JWTAuthenticator is one JWT issuer, as the API server has it.
type JWTAuthenticator = apiserver.JWTAuthenticator
