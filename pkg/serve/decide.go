package serve

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// MaxToken is the maximum length of a token in bytes. A longer one is rejected without a question.
const MaxToken = 64 << 10

// Kind is the kind of a decision. The zero Kind is no decision.
type Kind int

const (
	// Allow: the token identifies the user.
	Allow Kind = iota + 1
	// Skip: the path needs no credential. There is no user.
	Skip
	// NoToken: the request has no bearer token.
	NoToken
	// Rejected: the token is not accepted.
	Rejected
	// Malformed: the request has more than one credential, or one that cannot be read.
	Malformed
	// Forbidden: the token is accepted, and its user is not.
	Forbidden
	// Unavailable: nobody could be asked. The token may be right.
	Unavailable
)

var kinds = map[Kind]string{Allow: "allowed", Skip: "skipped", NoToken: "no-token", Rejected: "rejected", Malformed: "malformed", Forbidden: "forbidden", Unavailable: "unavailable"}

// String is the kind as it is written to the log and the metrics.
func (k Kind) String() string { return kinds[k] }

// Request is what a decision depends on.
type Request struct {
	// Protocol is http or grpc.
	Protocol string
	// Authorization are the values of all Authorization headers.
	Authorization []string
	// Path is the requested path as it was written, with its query; empty if it is not known.
	Path string
	// Timeout is how long the caller waits; 0 if it did not say.
	Timeout time.Duration
}

// Decision is the answer to a request.
type Decision struct {
	Kind
	// User and Groups are the identity in the answer; both empty unless the Kind is Allow.
	User   string
	Groups []string
	// Name is the user as the authenticator named it, before prefix and rewriting; known also if it is Forbidden.
	Name string
	// Audiences are those that token and service have in common.
	Audiences []string
	// Finding is the reason unless the Kind is Allow or Skip.
	Finding finding.ID
	// Title is the reason in a sentence that names nothing of the token or the cluster.
	Title string
	// Said is the message of the API server or the verifier, which may name objects.
	Said string
	// Cached reports that the answer is an earlier one.
	Cached bool
	// Offline reports that no API server was asked: a deleted ServiceAccount or Pod goes unnoticed.
	Offline bool
	// TokenID is jti of the token; empty if it has none.
	TokenID string
}

// verdict is what an authenticator says of a token.
type verdict struct {
	// user is nil if the token is rejected.
	user      *identity
	audiences []string
	// expires is when the token expires; zero if unknown.
	expires  time.Time
	rejected rejection
	offline  bool
	tokenID  string
}

// rejection is why a token is rejected.
type rejection struct {
	id finding.ID
	// kind is Rejected if it is zero.
	kind Kind
	said string
}

// unavailable is the error for a question without an answer.
type unavailable struct {
	id  finding.ID
	err error
}

func (u *unavailable) Error() string { return u.err.Error() }
func (u *unavailable) Unwrap() error { return u.err }

// authenticator verifies tokens. Its error is an *unavailable.
type authenticator interface {
	authenticate(ctx context.Context, t token.Secret) (*verdict, error)
	// ready returns why tokens cannot be verified now; nil if they can.
	ready(ctx context.Context) error
}

// Decider decides about requests.
type Decider struct {
	options Options
	tokens  authenticator
	cache   *cache
	metrics *metrics
	log     *decisionLog
	now     func() time.Time
}

// Decide decides about a request, and records the decision.
func (d *Decider) Decide(ctx context.Context, r Request) Decision {
	begin := time.Now()
	out := d.decide(ctx, r)
	if out.Finding != "" && out.Title == "" {
		entry, _ := finding.Lookup(out.Finding)
		out.Title = entry.Title
	}
	d.metrics.decided(r.Protocol, &out, time.Since(begin))
	d.log.decided(ctx, r.Protocol, &out)
	return out
}

func (d *Decider) decide(ctx context.Context, r Request) Decision {
	if skips(d.options.SkipPaths, r.Path) {
		return Decision{Kind: Skip}
	}
	t, refusal := bearer(r.Authorization)
	if refusal.Kind != 0 {
		return refusal
	}
	timeout := d.options.ReviewTimeout
	if r.Timeout > 0 && r.Timeout < timeout {
		timeout = r.Timeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	v, cached, err := d.cache.get(ctx, t)
	if err != nil {
		out := Decision{Kind: Unavailable, Finding: finding.APIServerUnreachable, Said: err.Error()}
		var why *unavailable
		if errors.As(err, &why) {
			out.Finding = why.id
		}
		if out.Finding == finding.ReviewNotPermitted {
			// The catalogue's title calls the identity of this server the caller, which is somebody else here.
			out.Title = "this service may not create TokenReviews"
		}
		return out
	}
	out := Decision{Cached: cached, Offline: v.offline, TokenID: v.tokenID, Audiences: v.audiences}
	if v.user == nil {
		out.Kind, out.Finding, out.Said = cmp.Or(v.rejected.kind, Rejected), v.rejected.id, v.rejected.said
		return out
	}
	out.Name = v.user.name
	if len(d.options.Allow) > 0 && !slices.ContainsFunc(d.options.Allow, v.user.matches) {
		out.Kind, out.Finding = Forbidden, finding.CallerNotAllowed
		return out
	}
	name, groups, err := d.options.header(v.user)
	if err != nil {
		out.Kind, out.Finding, out.Said = Forbidden, finding.IdentityNotUsable, err.Error()
		return out
	}
	out.Kind, out.User, out.Groups = Allow, name, groups
	return out
}
