// Package collect gathers the evidence: all input and output of a diagnosis happens here, in
// phases. The requests of a phase run concurrently, and a phase starts when the previous one has
// ended.
package collect

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Options select what to gather.
type Options struct {
	// Audiences are the requested audiences; empty requests the API server's own.
	Audiences []string
	// IssuerURL is an issuer to read keys from; empty for none. The token's own `iss` is never
	// contacted without it.
	IssuerURL string
	// IssuerClient fetches from IssuerURL.
	IssuerClient *http.Client
	// EachServer asks each API server at the addresses that the cluster names; Endpoints are the
	// https URLs of further servers to ask.
	EachServer bool
	Endpoints  []string
	// Repeat is the number of attempts per server; less than two is one. Interval is the time
	// between them.
	Repeat   int
	Interval time.Duration
	// Cluster is the kubeconfig's name of the cluster, if known.
	Cluster string
	// ServerByFlag reports that the server's address was given with --server.
	ServerByFlag bool
	Now          func() time.Time
}

// Offline returns the evidence that a credential is without any server.
func Offline(c *credential.Credential, now time.Time) *evidence.Evidence {
	return &evidence.Evidence{Now: now, Subjects: subjects(c)}
}

// Reviewed returns the evidence that a TokenReview of a credential is: its status, and the credential itself.
func Reviewed(c *credential.Credential, audiences []string, status evidence.ReviewStatus, now time.Time) *evidence.Evidence {
	e := Offline(c, now)
	e.Audiences, e.Reviewed = audiences, true
	e.Subjects[0].Reviews = []evidence.Review{{Audiences: audiences, Answer: evidence.Is(status, finding.T("TokenReview"))}}
	return e
}

// subjects returns the credential, the token beside its certificate, and the tokens wrapped in it.
func subjects(c *credential.Credential) []*evidence.Subject {
	out := []*evidence.Subject{{Role: evidence.Itself, Credential: c}}
	if c.Token == nil {
		return out
	}
	if c.Certificate != nil {
		out = append(out, &evidence.Subject{Role: evidence.Shadowed, Credential: &credential.Credential{Source: c.Source, Token: c.Token}})
	}
	// Bound the depth of wrappings.
	for inner, depth := c.Token.Inner, 0; inner != nil && depth < 3; inner, depth = inner.Inner, depth+1 {
		out = append(out, &evidence.Subject{Role: evidence.Unwrapped, Credential: &credential.Credential{Source: c.Source, Token: inner}})
	}
	return out
}

// Collect gathers the evidence about a credential from the caller's server. Several credentials are
// the tokens of one Pod, or those of one document; the first one leads.
func Collect(ctx context.Context, caller *cluster.Caller, credentials []*credential.Credential, o Options) *evidence.Evidence {
	e := &evidence.Evidence{
		Now:       o.Now(),
		Audiences: o.Audiences,
		Server:    evidence.Server{URL: caller.URL(), Trust: trust(caller, o)},
		Subjects:  subjects(credentials[0]),
		Issuer:    evidence.Unasked[evidence.Issuer](finding.T("--issuer-url was not given")),

		Configuration: needless(),
	}
	for _, c := range credentials[1:] {
		beside := subjects(c)
		beside[0].Role = evidence.Beside(c)
		e.Subjects = append(e.Subjects, beside...)
	}
	// Read the objects before the token is tried: a server that authenticates a legacy token
	// changes its Secret.
	var first phase
	first.run(func() { probe(ctx, caller, e) })
	first.run(func() { e.Server.Version = caller.Version(ctx) })
	first.run(func() { e.Caller = caller.WhoAmI(ctx) })
	first.run(func() { e.Server.Aggregated = caller.AggregatedAPIs(ctx) })
	first.run(func() { e.Cluster = clusterIssuer(ctx, caller) })
	if o.IssuerURL != "" {
		first.run(func() { e.Issuer = issuer(ctx, o) })
	}
	for _, s := range e.Subjects {
		objects(ctx, caller, s, &first)
	}
	var others []*cluster.Caller
	if o.EachServer || len(o.Endpoints) > 0 {
		first.run(func() { others = endpoints(ctx, caller, e, o) })
	}
	first.Wait()

	var second phase
	for _, s := range e.Subjects {
		second.run(func() { wire(ctx, caller, e, s) })
		reviews(ctx, caller, e, s, &second)
	}
	published(ctx, caller, e, &second)
	// Ask all servers at the same time, so that a change meanwhile affects all of them.
	attempts := newAttempts(e, caller, others)
	attempts.others(ctx, &second)
	second.Wait()

	// Read what a rejection leaves open, and ask again for the token's own audience: a wrong
	// audience hides the server's later errors.
	var third phase
	configuration(ctx, caller, e, &third)
	for _, s := range e.Subjects {
		if own := unmasking(s); own != nil {
			third.run(func() {
				answer := review(ctx, caller, s.Credential.Token, own)
				s.Reviews = append(s.Reviews, evidence.Review{Audiences: own, Answer: answer})
			})
		}
	}
	aggregated(ctx, caller, e, &third)
	for _, s := range e.Subjects {
		replacement(ctx, caller, e, s, &third)
	}
	third.Wait()
	attempts.collect(ctx, o)
	return e
}

// trust returns how the server's certificate is verified. If the TLS configuration cannot be
// read, the connection fails with the reason.
func trust(caller *cluster.Caller, o Options) evidence.Trust {
	out, err := caller.Trust()
	if err != nil {
		return evidence.Trust{Cluster: o.Cluster, ByFlag: o.ServerByFlag}
	}
	out.Cluster, out.ByFlag = o.Cluster, o.ServerByFlag
	return out
}

// phase is a group of concurrent requests.
type phase struct{ crash.Group }

func (w *phase) run(f func()) { w.Go(f) }

// probe sends a request without credentials: it shows connectivity, the server's clock, its
// certificate request in the handshake, and its anonymous access.
func probe(ctx context.Context, caller *cluster.Caller, e *evidence.Evidence) {
	source := finding.T("SelfSubjectReview without credentials")
	nobody, err := caller.NewSubject(nil)
	if err != nil {
		f := evidence.Because(evidence.Unusable, err)
		e.Anonymous = evidence.Not[evidence.Answer](f, source)
		e.Server.Clock = evidence.Not[evidence.Clock](f, source)
		e.Server.Handshake = evidence.Not[evidence.Handshake](f, source)
		return
	}
	defer nobody.Close()
	answer, clock, failure := nobody.WhoAmI(ctx)
	e.Server.Clock = clock
	if failure != nil {
		e.Anonymous = evidence.Not[evidence.Answer](failure, source)
		e.Server.Handshake = evidence.Not[evidence.Handshake](failure, source)
		return
	}
	e.Anonymous = evidence.Is(answer, source)
	if caller.PlainHTTP() {
		e.Server.Handshake = evidence.Unasked[evidence.Handshake](finding.T("the connection to the server has no TLS"))
		return
	}
	e.Server.Handshake = evidence.Is(nobody.Handshake(), finding.T("TLS handshake"))
}

// wire sends a SelfSubjectReview with the subject's credential. As in client-go, a request over
// plain HTTP has no credential.
func wire(ctx context.Context, caller *cluster.Caller, e *evidence.Evidence, s *evidence.Subject) {
	c := s.Credential
	if why := unsendable(c); !why.IsZero() {
		s.Wire = evidence.Unasked[evidence.Answer](why)
		return
	}
	if e.Anonymous.Failed(evidence.Unreachable) && !(c.Certificate != nil && wantsCertificate(e.Anonymous.Failure)) {
		s.Wire = evidence.Not[evidence.Answer](e.Anonymous.Failure, wireSource)
		return
	}
	s.Wire = send(ctx, caller, c)
}

// unsendable returns why a credential is not sent to any server; empty if it is.
func unsendable(c *credential.Credential) finding.Text {
	if _, broken := c.Fault(credential.Unavailable); broken || c.Projected != nil && c.Token == nil {
		return finding.T("the client had no credential to send")
	}
	if c.Token != nil {
		// This applies even with a certificate, which alone the server would use.
		if sent := c.Token.Sent(); !sent.Possible {
			return finding.T("no HTTP client can send the token: %s", sent.Reason)
		}
	}
	return finding.Text{}
}

var wireSource = finding.WireAnswer.Source()

// send asks the server for the identity of the credential, over a separate connection.
func send(ctx context.Context, caller *cluster.Caller, c *credential.Credential) evidence.Fact[evidence.Answer] {
	subject, err := caller.NewSubject(c)
	if err != nil {
		return evidence.Unasked[evidence.Answer](finding.T("%s", finding.Err(err)))
	}
	defer subject.Close()
	answer, _, failure := subject.WhoAmI(ctx)
	if failure != nil {
		return evidence.Not[evidence.Answer](failure, wireSource)
	}
	return evidence.Is(answer, wireSource)
}

// wantsCertificate reports whether the server ended the handshake with an alert, as a TLS
// terminator does that requires a client certificate.
func wantsCertificate(f *evidence.Failure) bool {
	return cluster.IsAlert(f)
}

// reviews asks for TokenReviews, for the server's own audiences and for the requested ones.
func reviews(ctx context.Context, caller *cluster.Caller, e *evidence.Evidence, s *evidence.Subject, w *phase) {
	t := s.Credential.Token
	if t == nil || s.Credential.Certificate != nil {
		return
	}
	lists := [][]string{nil}
	if len(e.Audiences) > 0 {
		lists = append(lists, e.Audiences)
	}
	s.Reviews = make([]evidence.Review, len(lists))
	for i, audiences := range lists {
		s.Reviews[i].Audiences = audiences
		if why := unreviewable(caller, e, t); why != nil {
			s.Reviews[i].Answer = *why
			continue
		}
		w.run(func() { s.Reviews[i].Answer = review(ctx, caller, t, audiences) })
	}
}

// unreviewable returns why a token is not reviewed; nil if it is.
func unreviewable(caller *cluster.Caller, e *evidence.Evidence, t *token.Token) *evidence.Fact[evidence.ReviewStatus] {
	var why finding.Text
	switch {
	case e.Anonymous.Failed(evidence.Unreachable):
		f := evidence.Not[evidence.ReviewStatus](e.Anonymous.Failure, finding.T("TokenReview"))
		return &f
	case t.HasProblem(finding.EmptyBearerToken):
		why = finding.T("the token is empty")
	case caller.PlainHTTP():
		why = finding.T("the connection to the server has no TLS, and no token is sent without TLS")
	case !t.Sent().Possible:
		why = finding.T("no HTTP client can send the token, so a TokenReview would not apply to its requests")
	default:
		return nil
	}
	f := evidence.Unasked[evidence.ReviewStatus](why)
	return &f
}

func review(ctx context.Context, caller *cluster.Caller, t *token.Token, audiences []string) evidence.Fact[evidence.ReviewStatus] {
	source := finding.T("TokenReview by the caller")
	answer, failure := caller.Review(ctx, t.Raw, audiences)
	if failure != nil {
		return evidence.Not[evidence.ReviewStatus](failure, source)
	}
	return evidence.Is(Status(&answer.Status), source)
}

// unmasking returns the token's own audiences if the server's answer was about the audience, to
// ask again; nil otherwise.
func unmasking(s *evidence.Subject) []string {
	if s.Credential.Token == nil || len(s.Reviews) == 0 {
		return nil
	}
	own, present := s.Credential.Token.Audience()
	if !present || len(own) == 0 {
		return nil
	}
	hidden := false
	for _, r := range s.Reviews {
		if slices.Equal(r.Audiences, own) || !r.Answer.Known() {
			return nil
		}
		for _, reason := range errortext.Parse(r.Answer.Value.Error) {
			hidden = hidden || reason.Stage != errortext.Bearer && slices.Contains(reason.IDs, finding.AudienceMismatch)
		}
	}
	if !hidden {
		return nil
	}
	return own
}

// clusterIssuer reads the discovery document and the keys of the cluster's ServiceAccount issuer
// concurrently, as the path of the keys is known.
func clusterIssuer(ctx context.Context, caller *cluster.Caller) evidence.Fact[evidence.Issuer] {
	var out evidence.Issuer
	var w phase
	w.run(func() {
		source := finding.T("GET " + cluster.DiscoveryPath)
		d := caller.Document(ctx, cluster.DiscoveryPath)
		if d.Failure != nil {
			out.Discovery = evidence.Not[*keyset.Discovery](d.Failure, source)
			return
		}
		parsed, err := keyset.ParseDiscovery(d.Body, caller.URL())
		if err != nil {
			out.Discovery = evidence.Not[*keyset.Discovery](evidence.Because(evidence.Unusable, err), source)
			return
		}
		out.Discovery = evidence.Is(parsed, source)
	})
	w.run(func() {
		source := finding.T("GET " + cluster.KeysPath)
		d := caller.Document(ctx, cluster.KeysPath)
		if d.Failure != nil {
			out.Keys = evidence.Not[*keyset.KeySet](d.Failure, source)
			return
		}
		keys, err := keyset.ParseJWKS(d.Body, finding.T("the API server's "+cluster.KeysPath))
		if err != nil {
			out.Keys = evidence.Not[*keyset.KeySet](evidence.Because(evidence.Unusable, err), source)
			return
		}
		out.Keys = evidence.Is(keys, source)
	})
	w.Wait()
	return evidence.Is(out, finding.T("the API server"))
}

// issuer reads the discovery document and the keys of IssuerURL.
func issuer(ctx context.Context, o Options) evidence.Fact[evidence.Issuer] {
	source := finding.T("%s", finding.URL.Of(o.IssuerURL))
	d, err := (&keyset.Fetcher{Client: o.IssuerClient}).Discover(ctx, o.IssuerURL)
	if d == nil {
		return evidence.Not[evidence.Issuer](issuerFailure(err), source)
	}
	out := evidence.Issuer{Discovery: evidence.Is(d, source), Keys: evidence.Is(d.KeySet, finding.T("%s", finding.URL.Of(d.JWKSURI)))}
	if err != nil {
		out.Keys = evidence.Not[*keyset.KeySet](issuerFailure(err), out.Keys.Source)
	}
	return evidence.Is(out, source)
}

func issuerFailure(err error) *evidence.Failure {
	f := evidence.Because(evidence.Unreachable, err)
	f.Transport = evidence.TransportOther
	var e *keyset.Error
	if errors.As(err, &e) {
		switch {
		case e.Unusable:
			f.Kind = evidence.Unusable
		case e.Status == http.StatusNotFound:
			f.Kind = evidence.Unsupported
		case e.Status == http.StatusForbidden, e.Status == http.StatusUnauthorized:
			f.Kind = evidence.Forbidden
		}
	}
	return f
}
