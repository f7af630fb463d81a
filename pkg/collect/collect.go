// Package collect gathers the evidence: all input and output of a diagnosis happens
// here, in waves. Within a wave everything runs at once; a wave waits for the one
// before it only where it needs its answers.
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

// Options say what to gather.
type Options struct {
	// Audiences asked for; none means the API server's own.
	Audiences []string
	// IssuerURL is an issuer to be asked for its keys; empty means none is. The
	// token's own `iss` is never contacted unasked.
	IssuerURL string
	// IssuerClient fetches from IssuerURL.
	IssuerClient *http.Client
	// EachServer asks each API server for itself, at the addresses that the cluster names;
	// Endpoints are https URLs of more, or of those to ask without it.
	EachServer bool
	Endpoints  []string
	// Repeat is how often each server is asked about the credential itself; less than two
	// is once. Interval is the time between.
	Repeat   int
	Interval time.Duration
	// Cluster is the name of the cluster's entry in the kubeconfig, if it is known.
	Cluster string
	// ServerByFlag: the server's address was given with --server.
	ServerByFlag bool
	Now          func() time.Time
}

// Offline is the evidence that a credential is by itself, with no server asked.
func Offline(c *credential.Credential, now time.Time) *evidence.Evidence {
	return &evidence.Evidence{Now: now, Subjects: subjects(c)}
}

// subjects are the credential and what it hides.
func subjects(c *credential.Credential) []*evidence.Subject {
	out := []*evidence.Subject{{Role: evidence.Itself, Credential: c}}
	if c.Token == nil {
		return out
	}
	if c.Certificate != nil {
		out = append(out, &evidence.Subject{Role: evidence.Shadowed, Credential: &credential.Credential{Source: c.Source, Token: c.Token}})
	}
	// One thing may be wrapped in another, but not without end.
	for inner, depth := c.Token.Inner, 0; inner != nil && depth < 3; inner, depth = inner.Inner, depth+1 {
		out = append(out, &evidence.Subject{Role: evidence.Unwrapped, Credential: &credential.Credential{Source: c.Source, Token: inner}})
	}
	return out
}

// Collect gathers what can be known about a credential from the caller's server.
// Several credentials come only from one Pod; the first of them is judged.
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
		e.Subjects = append(e.Subjects, &evidence.Subject{Role: evidence.PodToken, Credential: c})
	}
	// The objects come before the token is tried: a server that authenticates a legacy
	// token stamps its Secret.
	var first wave
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

	var second wave
	for _, s := range e.Subjects {
		second.run(func() { wire(ctx, caller, e, s) })
		reviews(ctx, caller, e, s, &second)
	}
	published(ctx, caller, e, &second)
	// All servers at the same time: what changes meanwhile changes for all.
	round := asking(e, caller, others)
	round.others(ctx, &second)
	second.Wait()

	// What a refusal leaves open; and a wrong audience hides what the server would say next.
	var third wave
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
	round.attempts(ctx, o)
	return e
}

// trust is by what the server is known. Where the configuration cannot be read, no
// connection comes about either, and that says why.
func trust(caller *cluster.Caller, o Options) evidence.Trust {
	out, err := caller.Trust()
	if err != nil {
		return evidence.Trust{Cluster: o.Cluster, ByFlag: o.ServerByFlag}
	}
	out.Cluster, out.ByFlag = o.Cluster, o.ServerByFlag
	return out
}

// wave is a group of questions that are asked at once.
type wave struct{ crash.Group }

func (w *wave) run(f func()) { w.Go(f) }

// probe sends a request without credentials: it shows whether the server is there,
// its clock, what it asks for in the handshake, and what it makes of nobody.
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
		e.Server.Handshake = evidence.Unasked[evidence.Handshake](finding.T("the server is spoken to without TLS"))
		return
	}
	e.Server.Handshake = evidence.Is(nobody.Handshake(), finding.T("TLS handshake"))
}

// wire sends a SelfSubjectReview with the subject's credential. Over plain HTTP it
// goes without, as it would.
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

// unsendable says why a credential is not sent to any server; nothing where it is.
func unsendable(c *credential.Credential) finding.Text {
	if _, broken := c.Fault(credential.Unavailable); broken || c.Projected != nil && c.Token == nil {
		return finding.T("there was nothing to send")
	}
	if c.Token != nil {
		// Also beside a certificate, on which alone the server would look.
		if sent := c.Token.Sent(); !sent.Possible {
			return finding.T("no HTTP client can send it: %s", sent.Reason)
		}
	}
	return finding.Text{}
}

var wireSource = finding.T("SelfSubjectReview with the credential")

// send asks, over a connection of its own, whom the server takes the credential for.
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

// wantsCertificate reports whether the handshake ended with an alert of the server, as
// it does where whoever ends TLS demands a client certificate.
func wantsCertificate(f *evidence.Failure) bool {
	return cluster.IsAlert(f)
}

// reviews asks the server for its reason: once for its own audiences, once for those
// asked for.
func reviews(ctx context.Context, caller *cluster.Caller, e *evidence.Evidence, s *evidence.Subject, w *wave) {
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

// unreviewable says why a token is not put into a TokenReview; nil where it can be.
func unreviewable(caller *cluster.Caller, e *evidence.Evidence, t *token.Token) *evidence.Fact[evidence.ReviewStatus] {
	var why finding.Text
	switch {
	case e.Anonymous.Failed(evidence.Unreachable):
		f := evidence.Not[evidence.ReviewStatus](e.Anonymous.Failure, finding.T("TokenReview"))
		return &f
	case t.HasProblem(finding.EmptyBearerToken):
		why = finding.T("there is no token to review")
	case caller.PlainHTTP():
		why = finding.T("the server is spoken to without TLS, over which no token is sent")
	case !t.Sent().Possible:
		why = finding.T("no HTTP client can send the token, so that a review would say nothing about it")
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

// unmasking returns the audiences with which to ask again where the server's answer
// was about the audience; nil where there is no need.
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

// clusterIssuer reads the discovery document of the cluster's ServiceAccount issuer
// and its keys, both at once: where the keys are is known.
func clusterIssuer(ctx context.Context, caller *cluster.Caller) evidence.Fact[evidence.Issuer] {
	var out evidence.Issuer
	var w wave
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

// issuer reads the discovery document and the keys of the issuer that was named.
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
