package cluster

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Subject is the credential under test. It can only ask the API server for its identity, and list
// the resources of an aggregated API.
type Subject struct {
	conn
	mu        sync.Mutex
	handshake evidence.Handshake
}

// NewSubject returns a subject that sends the credential c to the caller's API server, without
// the caller's identity. A nil c sends requests without credentials. It returns an error if c
// cannot be sent.
func (caller *Caller) NewSubject(c *credential.Credential) (*Subject, error) {
	tlsConfig, err := rest.TLSConfigFor(rest.AnonymousClientConfig(caller.config))
	if err != nil {
		return nil, err
	}
	if tlsConfig == nil {
		tlsConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	s := &Subject{}
	var certificate *tls.Certificate
	if c != nil && c.Certificate != nil {
		if certificate, err = c.Certificate.Presentable(); err != nil {
			return nil, err
		}
	}
	tlsConfig.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.handshake.RequestsCertificate, s.handshake.AcceptableCAs = true, info.AcceptableCAs
		if certificate == nil {
			return &tls.Certificate{}, nil
		}
		// Like client-go, present the certificate whatever CAs the server names.
		return certificate, nil
	}
	tlsConfig.VerifyConnection = func(state tls.ConnectionState) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.handshake.Certificates = state.PeerCertificates
		return nil
	}
	inner, err := newConn(caller.config, debug(reach(caller.config, tlsConfig, false)), caller.secrets)
	if err != nil {
		return nil, err
	}
	s.conn = *inner
	if c != nil && !caller.PlainHTTP() {
		s.bearer = authorization(c)
	}
	return s, nil
}

// authorization sets exactly the header that client-go would set.
func authorization(c *credential.Credential) func(*http.Request) {
	return func(req *http.Request) {
		switch {
		case c.Token != nil:
			req.Header.Set("Authorization", "Bearer "+c.Token.Raw.Reveal())
		case c.Basic != nil:
			req.SetBasicAuth(c.Basic.Username, c.Basic.Password.Reveal())
		}
	}
}

// WhoAmI sends a SelfSubjectReview with the credential: the response is the server's verdict, and
// needs no permission.
func (s *Subject) WhoAmI(ctx context.Context) (evidence.Answer, evidence.Fact[evidence.Clock], *evidence.Failure) {
	return s.conn.whoAmIWithClock(ctx)
}

// Handshake returns the evidence from the TLS handshake of the last request.
func (s *Subject) Handshake() evidence.Handshake {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handshake
}

// Close drops idle connections.
func (s *Subject) Close() { s.http.CloseIdleConnections() }

type whoAnswer struct{ evidence.Answer }

func (a whoAnswer) failure() *evidence.Failure {
	return failureOf(a.Status, a.Message, a.User, a.FromAPIServer)
}

func (c *conn) whoAmI(ctx context.Context) (whoAnswer, *evidence.Failure) {
	a, _, failure := c.whoAmIWithClock(ctx)
	return whoAnswer{a}, failure
}

func (c *conn) whoAmIWithClock(ctx context.Context) (evidence.Answer, evidence.Fact[evidence.Clock], *evidence.Failure) {
	r, failure := c.do(ctx, http.MethodPost, "/apis/authentication.k8s.io/v1/selfsubjectreviews", &authenticationv1.SelfSubjectReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "authentication.k8s.io/v1", Kind: "SelfSubjectReview"},
	}, maxBody)
	if failure != nil {
		return evidence.Answer{}, evidence.Not[evidence.Clock](failure, finding.Text{}), failure
	}
	a := r.answer()
	review := &authenticationv1.SelfSubjectReview{}
	if r.status >= 200 && r.status < 300 && json.Unmarshal(r.body, review) == nil && review.Kind == "SelfSubjectReview" {
		token.Rewrite(review, r.value)
		a.FromAPIServer = true
		a.User = identity(review.Status.UserInfo)
	}
	return a, r.clock, nil
}

// answer converts a response of any request to evidence.
func (r *response) answer() evidence.Answer {
	a := evidence.Answer{
		Status:             r.status,
		PastAuthentication: r.header.Get("X-Kubernetes-PF-FlowSchema-UID") != "",
		AuditID:            r.clean(r.header.Get("Audit-Id")),
		ServerHeader:       r.clean(r.header.Get("Server")),
		ContentType:        r.clean(r.header.Get("Content-Type")),
		Location:           r.clean(r.header.Get("Location")),
		Challenge:          r.clean(cmp.Or(r.header.Get("Www-Authenticate"), r.header.Get("Proxy-Authenticate"))),
		PageTitle:          r.pageTitle(),
		Warnings:           r.warnings(),
	}
	if status := r.kubernetesStatus(); status != nil {
		a.User = r.named(status)
	}
	a.Message, a.FromAPIServer = r.message(), r.fromAPIServer()
	return a
}

func identity(u authenticationv1.UserInfo) *token.Identity {
	id := &token.Identity{Username: u.Username, UID: u.UID, Groups: u.Groups}
	for k, v := range u.Extra {
		if id.Extra == nil {
			id.Extra = map[string][]string{}
		}
		id.Extra[k] = v
	}
	return id
}

// Identity converts the user of a review.
func Identity(u authenticationv1.UserInfo) token.Identity { return *identity(u) }

var forbiddenUser = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`User ("(?:[^"\\]|\\.)*") cannot `) })

// named returns the user that a 403 of the authorizer names
// (k8s.io/apiserver pkg/endpoints/handlers/responsewriters/errors.go).
func (r *response) named(s *metav1.Status) *token.Identity {
	if s.Reason != metav1.StatusReasonForbidden {
		return nil
	}
	m := forbiddenUser().FindStringSubmatch(s.Message)
	if m == nil {
		return nil
	}
	name, err := strconv.Unquote(m[1])
	if err != nil {
		return nil
	}
	id := &token.Identity{Username: r.value(name)}
	if strings.EqualFold(name, "system:anonymous") {
		id.Groups = []string{"system:unauthenticated"}
	}
	return id
}
