package simulate

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/authentication/user"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

var source = finding.T("the simulated API server")

// Judge asks the simulated server about a credential. It returns the answer and the evidence,
// which has the form of a real server's and includes the whole configuration.
func (s *Server) Judge(ctx context.Context, c *credential.Credential, audiences []string) (*Answer, *evidence.Evidence) {
	e := &evidence.Evidence{
		Now: s.world.Now(), Audiences: audiences, Simulated: true,
		Server: evidence.Server{
			Version:   evidence.Is(Release, source),
			Clock:     evidence.Is(evidence.Clock{}, source),
			Handshake: s.handshake(),
		},
		Caller:    evidence.Unasked[token.Identity](finding.T("no API server was asked")),
		Anonymous: wire(s.Authenticate(ctx, Request{})),
		Cluster:   s.cluster(),
		Issuer:    evidence.Unasked[evidence.Issuer](finding.T("the keys of the token's issuer were not given")),
	}
	e.Configuration = s.configuration()
	subject := &evidence.Subject{Role: evidence.Itself, Credential: c}
	e.Subjects = []*evidence.Subject{subject}
	s.objects(ctx, subject)
	s.issuer(c, e)

	request := Request{}
	if c.Token != nil {
		request.Token, request.HasToken = c.Token.Raw.Reveal(), true
	}
	if c.Certificate != nil {
		request.Certificates = append([]*x509.Certificate{c.Certificate.Leaf}, c.Certificate.Chain...)
	}
	answer := s.Authenticate(ctx, request)
	subject.Wire = wire(answer)
	if c.IsToken() {
		subject.Reviews = append(subject.Reviews, review(answer, nil))
	}
	if len(audiences) > 0 && c.IsToken() {
		request.Audiences = audiences
		own := answer
		answer = s.Authenticate(ctx, request)
		subject.Reviews = append(subject.Reviews, review(answer, audiences))
		if !own.Decided() || own.Authenticated && own.User.GetName() == user.Anonymous {
			// Without an answer for its own audiences, the server's answer for the requested ones counts.
			subject.Wire = wire(answer)
		}
	}
	return answer, e
}

// wire converts an answer to the response that a client would get; a 401 has no reason.
func wire(a *Answer) evidence.Fact[evidence.Answer] {
	switch {
	case !a.Decided():
		return evidence.Unasked[evidence.Answer](a.Missing[0].What)
	case a.Authenticated:
		return evidence.Is(evidence.Answer{Status: http.StatusCreated, User: Identity(a.User), FromAPIServer: true}, source)
	}
	return evidence.Is(evidence.Answer{Status: http.StatusUnauthorized, Message: "Unauthorized", FromAPIServer: true}, source)
}

func review(a *Answer, audiences []string) evidence.Review {
	if !a.Decided() {
		return evidence.Review{Audiences: audiences, Answer: evidence.Unasked[evidence.ReviewStatus](a.Missing[0].What)}
	}
	status := evidence.ReviewStatus{Authenticated: a.Authenticated, Audiences: a.Audiences, Error: a.Error}
	if id := Identity(a.User); id != nil {
		status.User = *id
	}
	return evidence.Review{Audiences: audiences, Answer: evidence.Is(status, source)}
}

// Identity converts a user for reports; nil for nil.
func Identity(u user.Info) *token.Identity {
	if u == nil {
		return nil
	}
	return &token.Identity{Username: u.GetName(), UID: u.GetUID(), Groups: u.GetGroups(), Extra: u.GetExtra()}
}

// cluster returns the issuer of ServiceAccount tokens, as discovery would show it.
func (s *Server) cluster() evidence.Fact[evidence.Issuer] {
	if len(s.config.ServiceAccountKeys) == 0 || len(s.config.ServiceAccountIssuers) == 0 {
		return evidence.Unasked[evidence.Issuer](finding.T("--service-account-issuer and --service-account-key-file were not given"))
	}
	var data bytes.Buffer
	for _, k := range s.config.ServiceAccountKeys {
		der, err := x509.MarshalPKIXPublicKey(k.Public)
		if err == nil {
			_ = pem.Encode(&data, &pem.Block{Type: "PUBLIC KEY", Bytes: der})
		}
	}
	keys, err := keyset.ParsePEM(data.Bytes(), finding.T("--service-account-key-file"))
	if err != nil {
		return evidence.Not[evidence.Issuer](evidence.Because(evidence.Unusable, err), finding.T("--service-account-key-file"))
	}
	for i := range keys.Keys {
		// The server matches a token's kid with these IDs.
		keys.Keys[i].ID, keys.Keys[i].AnyID = keys.Keys[i].KubernetesID, false
	}
	return evidence.Is(evidence.Issuer{
		Discovery: evidence.Is(&keyset.Discovery{Issuer: s.config.ServiceAccountIssuers[0]}, finding.T("--service-account-issuer")),
		Keys:      evidence.Is(keys, finding.T("--service-account-key-file")),
	}, source)
}

// readSets are the key sets of issuers, each read for the first token and used for all.
type readSets struct {
	mu     sync.Mutex
	byName map[string]*readSet
}

type readSet struct {
	keys *keyset.KeySet
	err  error
}

func (r *readSets) read(issuer string, jwks []byte) (*keyset.KeySet, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	set := r.byName[issuer]
	if set == nil {
		set = &readSet{}
		set.keys, set.err = keyset.ParseJWKS(jwks, finding.T("--jwks"))
		if r.byName == nil {
			r.byName = map[string]*readSet{}
		}
		r.byName[issuer] = set
	}
	return set.keys, set.err
}

// issuer adds the keys of the token's issuer if they were given.
func (s *Server) issuer(c *credential.Credential, e *evidence.Evidence) {
	if c.Token == nil {
		return
	}
	iss := c.Token.Issuer()
	jwks, ok := s.keys(iss)
	if !ok {
		return
	}
	out := evidence.Issuer{Discovery: evidence.Is(&keyset.Discovery{Issuer: iss}, finding.T("--jwks"))}
	if keys, err := s.sets.read(iss, jwks); err != nil {
		out.Keys = evidence.Not[*keyset.KeySet](evidence.Because(evidence.Unusable, err), finding.T("--jwks"))
	} else {
		out.Keys = evidence.Is(keys, finding.T("--jwks"))
	}
	e.Issuer = evidence.Is(out, finding.T("--jwks"))
}

// objects looks up the objects that the claims name, as collect does in a cluster.
func (s *Server) objects(ctx context.Context, subject *evidence.Subject) {
	subject.ServiceAccount = evidence.Unasked[evidence.Object](finding.T("the credential names no ServiceAccount"))
	subject.Pod = evidence.Unasked[evidence.Object](finding.T("the credential names no Pod"))
	subject.Node = evidence.Unasked[evidence.Object](finding.T("the credential names no Node"))
	subject.Secret = evidence.Unasked[evidence.Secret](finding.T("the credential names no Secret"))
	t := subject.Credential.Token
	if t == nil {
		return
	}
	if t.Bootstrap != nil {
		secret, err := s.world.Objects.GetSecret(ctx, bootstrapNamespace, bootstrapSecretPrefix+t.Bootstrap.ID)
		subject.Secret = secretFact(secret, t, err)
		return
	}
	sa := t.ServiceAccount()
	if sa == nil {
		return
	}
	account, err := s.world.Objects.GetServiceAccount(ctx, sa.Namespace, sa.Name)
	subject.ServiceAccount = objectFact(account, err)
	if sa.Pod != nil {
		pod, err := s.world.Objects.GetPod(ctx, sa.Namespace, sa.Pod.Name)
		subject.Pod = objectFact(pod, err)
	}
	if sa.Node != nil && sa.Pod == nil {
		node, err := s.world.Objects.GetNode(ctx, sa.Node.Name)
		subject.Node = objectFact(node, err)
	}
	if sa.Secret != nil {
		secret, err := s.world.Objects.GetSecret(ctx, sa.Namespace, sa.Secret.Name)
		subject.Secret = secretFact(secret, t, err)
	}
}

var given = finding.T("the given objects")

func objectFact[T metav1.Object](o T, err error) evidence.Fact[evidence.Object] {
	var missing *Missing
	switch {
	case errors.As(err, &missing):
		return evidence.Unasked[evidence.Object](missing.What)
	case apierrors.IsNotFound(err):
		return evidence.Is(evidence.Object{}, given)
	case err != nil:
		return evidence.Not[evidence.Object](evidence.Because(evidence.Unusable, err), given)
	}
	return evidence.Is(metadata(o), given)
}

func metadata(o metav1.Object) evidence.Object {
	out := evidence.Object{Exists: true, UID: string(o.GetUID()), CreationTimestamp: o.GetCreationTimestamp().Time}
	if d := o.GetDeletionTimestamp(); d != nil {
		at := d.Time
		out.DeletionTimestamp = &at
	}
	return out
}

func secretFact(s *corev1.Secret, t *token.Token, err error) evidence.Fact[evidence.Secret] {
	o := objectFact(s, err)
	if !o.Known() || !o.Value.Exists {
		return evidence.Fact[evidence.Secret]{State: o.State, Value: evidence.Secret{Object: o.Value}, Failure: o.Failure, Why: o.Why, Source: o.Source}
	}
	return evidence.Is(evidence.SecretOf(o.Value, string(s.Type), s.Labels, s.Data, t), given)
}

// configuration returns the server's whole configuration as evidence.
func (s *Server) configuration() evidence.Configuration {
	var issuers []evidence.ConfiguredIssuer
	for _, j := range s.config.JWT {
		m := &j.ClaimMappings
		issuers = append(issuers, evidence.ConfiguredIssuer{URL: j.Issuer.URL, Audiences: j.Issuer.Audiences, Mappings: &evidence.ClaimMappings{
			Username: evidence.ClaimMapping{Claim: m.Username.Claim, Expression: m.Username.Expression},
			Groups:   evidence.ClaimMapping{Claim: m.Groups.Claim, Expression: m.Groups.Expression},
		}})
	}
	where := finding.T("the AuthenticationConfiguration")
	if s.config.apiVersion == "" {
		where = finding.T("the flags --oidc-*")
	}
	authorities := evidence.Is(evidence.Authorities{Clients: s.config.clients, FrontProxy: s.config.proxies}, finding.T("the configuration"))
	if s.config.clientsUnknown() {
		authorities = evidence.Unasked[evidence.Authorities](clientsNotGiven)
	}
	return evidence.Configuration{
		APIServers: evidence.Is([]evidence.APIServer{{
			Flags: s.config.flags, Issuers: evidence.Is(issuers, where),
		}}, finding.T("the configuration")),
		Authorities:    authorities,
		Authenticators: evidence.Unasked[evidence.Authenticators](finding.T("a simulated server has no metrics")),
		Published:      evidence.Unasked[[]*x509.Certificate](finding.T("no API server was asked")),
	}
}

// handshake returns the client certificates that the server would request.
func (s *Server) handshake() evidence.Fact[evidence.Handshake] {
	if s.config.clientsUnknown() {
		return evidence.Unasked[evidence.Handshake](clientsNotGiven)
	}
	return evidence.Is(evidence.Handshake{RequestsCertificate: s.config.asksForCertificates(), AcceptableCAs: s.config.acceptable()}, source)
}

func (c *Config) asksForCertificates() bool { return c.ClientCAs != nil || c.RequestHeader != nil }

// acceptable returns the raw subjects of the CAs that the server would name in its certificate request.
func (c *Config) acceptable() [][]byte {
	var out [][]byte
	for _, ca := range slices.Concat(c.clients, c.proxies) {
		out = append(out, ca.RawSubject)
	}
	return out
}
