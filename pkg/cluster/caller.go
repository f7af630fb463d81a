package cluster

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
)

var metav1GroupVersion = schema.GroupVersion{Version: "v1"}

// Caller is the identity of the kubeconfig, with its impersonation. It creates TokenReviews and
// TokenRequests, and reads objects.
type Caller struct {
	conn
	config *rest.Config
}

// NewCaller returns a caller with the identity of config, without sending a request. The
// credentials of its requests are added to secrets and redacted from responses.
func NewCaller(config *rest.Config, secrets *token.Secrets) (*Caller, error) {
	config = rest.CopyConfig(config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return learning{secrets, next} })
	rt, err := identified(config, "", true)
	if err != nil {
		return nil, err
	}
	c, err := newConn(config, rt, secrets)
	if err != nil {
		return nil, err
	}
	return &Caller{conn: *c, config: config}, nil
}

// Unable returns a caller whose credential could not be produced: each of its requests fails with
// err. Requests that need no caller still work.
func Unable(config *rest.Config, err error, secrets *token.Secrets) (*Caller, error) {
	c, invalid := NewCaller(rest.AnonymousClientConfig(config), secrets)
	if invalid != nil {
		return nil, invalid
	}
	c.unable = c.unanswered(err, &progress{})
	return c, nil
}

// URL is the API server's address.
func (c *Caller) URL() string { return c.base.String() }

// PlainHTTP reports whether the connection has no TLS, over which kubectl sends no credential.
func (c *Caller) PlainHTTP() bool { return c.base.Scheme == "http" }

// Trusted reports whether the connection is secure: over TLS, or local.
func (c *Caller) Trusted() bool { return transport.Trusted(c.base) }

// Trust returns how the caller's configuration verifies the server.
func (c *Caller) Trust() (evidence.Trust, error) {
	config := rest.CopyConfig(c.config)
	if err := rest.LoadTLSFiles(config); err != nil {
		return evidence.Trust{}, err
	}
	out := evidence.Trust{Insecure: config.Insecure, ServerName: config.ServerName}
	for _, name := range []string{c.config.BearerTokenFile, c.config.CAFile} {
		out.InCluster = out.InCluster || strings.HasPrefix(name, credential.PodFolder+"/")
	}
	for rest := config.CAData; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if ca, err := x509.ParseCertificate(block.Bytes); err == nil {
			out.CAs = append(out.CAs, ca)
		}
	}
	if proxy, err := proxyOf(config)(&http.Request{URL: c.base}); err == nil && proxy != nil {
		out.Proxy = token.RedactURL(proxy.String())
	}
	return out, nil
}

// Disconnect closes idle connections, so that the next request uses a new one.
func (c *Caller) Disconnect() { utilnet.CloseIdleConnectionsFor(c.http.Transport) }

// WhoAmI asks the server for the caller's identity.
func (c *Caller) WhoAmI(ctx context.Context) evidence.Fact[token.Identity] {
	source := finding.T("SelfSubjectReview by the caller")
	answer, failure := c.conn.whoAmI(ctx)
	switch {
	case failure != nil:
		return evidence.Not[token.Identity](failure, source)
	case answer.User != nil:
		return evidence.Is(*answer.User, source)
	}
	return evidence.Not[token.Identity](answer.failure(), source)
}

// Review creates a TokenReview and returns the server's response with the token removed.
func (c *Caller) Review(ctx context.Context, t token.Secret, audiences []string) (*authenticationv1.TokenReview, *evidence.Failure) {
	review := &authenticationv1.TokenReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "authentication.k8s.io/v1", Kind: "TokenReview"},
		Spec:     authenticationv1.TokenReviewSpec{Token: t.Reveal(), Audiences: audiences},
	}
	c.secrets.Add(t.Reveal())
	r, failure := c.do(ctx, http.MethodPost, "/apis/authentication.k8s.io/v1/tokenreviews", review, maxBody)
	if failure != nil {
		return nil, failure
	}
	if failure := r.failure(); failure != nil {
		return nil, failure
	}
	answer := &authenticationv1.TokenReview{}
	if err := json.Unmarshal(r.body, answer); err != nil || answer.Kind != "TokenReview" {
		return nil, evidence.Because(evidence.Unusable, finding.Errorf("the server's answer to a TokenReview is not a TokenReview"))
	}
	answer.Spec.Token = ""
	if t.Len() > 0 {
		answer.Spec.Token = "REDACTED"
	}
	answer.Status.Error = r.clean(answer.Status.Error)
	answer.ManagedFields = nil
	r.rewrite(answer, &answer.TypeMeta)
	return answer, nil
}

// RequestToken creates a TokenRequest for a ServiceAccount.
func (c *Caller) RequestToken(ctx context.Context, namespace, name string, spec authenticationv1.TokenRequestSpec) (*authenticationv1.TokenRequest, []string, *evidence.Failure) {
	request := &authenticationv1.TokenRequest{
		TypeMeta: metav1.TypeMeta{APIVersion: "authentication.k8s.io/v1", Kind: "TokenRequest"},
		Spec:     spec,
	}
	path := objectPath(namespace, "serviceaccounts", name) + "/token"
	r, failure := c.do(ctx, http.MethodPost, path, request, maxBody)
	if failure != nil {
		return nil, nil, failure
	}
	if failure := r.failure(); failure != nil {
		// A 404 that names an object is not from a server without this API.
		if s := r.kubernetesStatus(); r.status == http.StatusNotFound && s != nil && s.Details != nil && s.Details.Name != "" {
			failure.Kind = evidence.Absent
		}
		return nil, r.warnings(), failure
	}
	answer := &authenticationv1.TokenRequest{}
	if err := json.Unmarshal(r.body, answer); err != nil || !graphic(answer.Status.Token) {
		return nil, nil, evidence.Because(evidence.Unusable, finding.Errorf("the server's answer to a TokenRequest has no token"))
	}
	answer.ManagedFields = nil
	issued := answer.Status.Token
	c.secrets.Add(issued)
	r.rewrite(answer, &answer.TypeMeta)
	answer.Status.Token = issued
	return answer, r.warnings(), nil
}

// rewrite redacts the secrets of the request in all strings of an object, except in its kind.
func (r *response) rewrite(object any, kind *metav1.TypeMeta) {
	asked := *kind
	token.Rewrite(object, r.value)
	*kind = asked
}

// graphic reports whether s is visible ASCII, as every token, which is then printed unescaped.
func graphic(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Version asks for the server's version, such as "v1.36.3".
func (c *Caller) Version(ctx context.Context) evidence.Fact[string] {
	var v struct {
		GitVersion string `json:"gitVersion"`
	}
	found, failure := c.get(ctx, "/version", &v)
	switch {
	case failure != nil:
		return evidence.Not[string](failure, finding.T("GET /version"))
	case !found || v.GitVersion == "":
		return evidence.Not[string](evidence.Because(evidence.Unusable, finding.Errorf("the server's answer has no version")), finding.T("GET /version"))
	}
	return evidence.Is(finding.Shorten(v.GitVersion, finding.MaxText), finding.T("GET /version"))
}

// Document is an undecoded response: a discovery document or a key set.
type Document struct {
	Status  int
	Header  http.Header
	Body    []byte
	Failure *evidence.Failure
}

// The paths of issuer discovery (RFC 8414 section 3, k8s.io/kubernetes pkg/routes/openidmetadata.go).
const (
	DiscoveryPath = "/.well-known/openid-configuration"
	KeysPath      = "/openid/v1/jwks"
)

// Document reads a path of the API server as the caller. Failure is set for any unsuccessful
// response.
func (c *Caller) Document(ctx context.Context, path string) Document {
	if !c.Trusted() {
		return Document{Failure: evidence.Because(evidence.Unusable, transport.ErrPlainHTTP)}
	}
	limit := int64(maxBody)
	if path == KeysPath {
		limit = maxKeys
	}
	r, failure := c.do(ctx, http.MethodGet, path, nil, limit)
	if failure != nil {
		return Document{Failure: failure}
	}
	return Document{Status: r.status, Header: r.header, Body: r.body, Failure: r.failure()}
}

// objectPath returns the path of a core object, cluster-scoped if namespace is empty. It escapes
// the names, which come from claims, so that none leads to another resource.
func objectPath(namespace, resource, name string) string {
	if namespace == "" {
		return fmt.Sprintf("/api/v1/%s/%s", resource, url.PathEscape(name))
	}
	return fmt.Sprintf("/api/v1/namespaces/%s/%s/%s", url.PathEscape(namespace), resource, url.PathEscape(name))
}
