package diagnose

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Fate is the present state of an object that the token's claims name.
type Fate int

const (
	// FateUnknown: the object could not be read.
	FateUnknown Fate = iota
	// FateThere: the object is the one that the token was issued for.
	FateThere
	FateDeleted
	// FateRecreated: another object has its name.
	FateRecreated
	// FateOlder: another object has its name and is older than the unverified token, which may be from another cluster.
	FateOlder
	// FateTerminating: the object is being deleted, and its tokens still work.
	FateTerminating
	// FateEnded: the object is being deleted, and its tokens no longer work.
	FateEnded
	// FateReplaced: the Secret holds another token.
	FateReplaced
	// FateInvalidated: the Secret is marked invalid.
	FateInvalidated
)

// The kinds of objects that a token can name.
const (
	KindServiceAccount = "ServiceAccount"
	KindSecret         = "Secret"
	KindPod            = "Pod"
	KindNode           = "Node"
)

// Object is an object that the token's claims name, with its fate.
type Object struct {
	Kind, Namespace, Name string
	// KeepsToken: the object is the Secret that stores the token.
	KeepsToken bool
	// UID is the one in the claims; empty if the claims have none.
	UID  string
	Fact evidence.Fact[evidence.Object]
	Fate Fate
	// The findings on the object; empty if the catalogue has none.
	Deleted, Recreated, Terminating finding.ID
	// Named is the finding on the object that the error message proves alone, if it precedes what was read; Reason is the message.
	Named  finding.ID
	Reason errortext.Reason
	// InvalidSince is the date on which the Secret was marked invalid.
	InvalidSince string
}

// Objects are the objects of a ServiceAccount token that the API server checks.
func (c *Case) Objects() []Object { return c.objects.or(c.findObjects) }

// Object is the object of that kind, if the API server checks one.
func (c *Case) Object(kind string) (Object, bool) {
	for _, o := range c.Objects() {
		if o.Kind == kind {
			return o, true
		}
	}
	return Object{}, false
}

func (c *Case) findObjects() []Object {
	if !c.IsBoundToken() && !c.IsLegacyToken() {
		return nil
	}
	var out []Object
	sa, s := c.Token().ServiceAccount(), c.Subject()
	secret := evidence.Fact[evidence.Object]{State: s.Secret.State, Value: s.Secret.Value.Object, Failure: s.Secret.Failure, Why: s.Secret.Why, Source: s.Secret.Source}
	add := func(o Object) {
		if o.Fate = c.fate(o); !o.Fact.Known() || c.RefusedOnTheWire() {
			// The API server uses its own cache, which may be newer than what was read here.
			o.Named, o.Reason = c.namedOf(o.Deleted, o.Recreated, o.Terminating)
		}
		out = append(out, o)
	}
	if c.IsLegacyToken() {
		o := Object{Kind: KindSecret, Namespace: sa.Namespace, KeepsToken: true, Fact: secret, Fate: c.legacyFate(), InvalidSince: s.Secret.Value.InvalidSince}
		if sa.Secret != nil {
			o.Name = sa.Secret.Name
		}
		o.Named, o.Reason = c.namedOf(finding.LegacyTokenSecretDeleted, finding.LegacyTokenReplaced, finding.LegacyTokenMarkedInvalid)
		out = append(out, o)
	}
	add(Object{
		Kind: KindServiceAccount, Namespace: sa.Namespace, Name: sa.Name, UID: sa.UID, Fact: s.ServiceAccount,
		Deleted: finding.ServiceAccountDeleted, Recreated: finding.ServiceAccountRecreated, Terminating: finding.ServiceAccountTerminating,
	})
	if !c.IsBoundToken() {
		return out
	}
	if sa.Secret != nil {
		add(Object{
			Kind: KindSecret, Namespace: sa.Namespace, Name: sa.Secret.Name, UID: sa.Secret.UID, Fact: secret,
			Deleted: finding.BoundSecretDeleted, Recreated: finding.BoundSecretRecreated,
		})
	}
	if sa.Pod != nil {
		add(Object{
			Kind: KindPod, Namespace: sa.Namespace, Name: sa.Pod.Name, UID: sa.Pod.UID, Fact: s.Pod,
			Deleted: finding.BoundPodDeleted, Recreated: finding.BoundPodRecreated, Terminating: finding.BoundPodTerminating,
		})
	} else if sa.Node != nil {
		// The API server ignores the Node of a token that is bound to a Pod.
		add(Object{
			Kind: KindNode, Name: sa.Node.Name, UID: sa.Node.UID, Fact: s.Node,
			Deleted: finding.BoundNodeDeleted, Recreated: finding.BoundNodeRecreated,
		})
	}
	return out
}

// namedOf is the first of these findings that the error message proves alone.
func (c *Case) namedOf(ids ...finding.ID) (finding.ID, errortext.Reason) {
	for _, id := range ids {
		if reason, ok := c.ServerSettles(id); ok {
			return id, reason
		}
	}
	return "", errortext.Reason{}
}

func (c *Case) fate(o Object) Fate {
	switch is := o.Fact.Value; {
	case !o.Fact.Known():
		return FateUnknown
	case !is.Exists:
		return FateDeleted
	case o.UID != "" && is.UID != o.UID:
		if iat, has := c.Token().IssuedAt(); c.TrustLevel() != Vouched && has && is.CreationTimestamp.Before(iat.Add(-time.Minute)) {
			// The existing object is older than the token.
			return FateOlder
		}
		return FateRecreated
	case is.DeletionTimestamp == nil:
		return FateThere
	case c.areTokensInvalid(is):
		return FateEnded
	}
	return FateTerminating
}

// areTokensInvalid reports whether the tokens of an object that is being deleted are no longer
// valid: bound tokens one minute after its deletionTimestamp, others at once.
func (c *Case) areTokensInvalid(o evidence.Object) bool {
	now, _ := c.ServerNow()
	return !c.IsBoundToken() || now.After(o.DeletionTimestamp.Add(time.Minute))
}

// legacyFate is the fate of the Secret that stores the token.
func (c *Case) legacyFate() Fate {
	switch s := c.Subject().Secret; {
	case !s.Known():
		return FateUnknown
	case !s.Value.Exists:
		return FateDeleted
	case s.Value.DeletionTimestamp != nil:
		return FateEnded
	case !s.Value.HoldsToken:
		return FateReplaced
	case s.Value.InvalidSince != "":
		return FateInvalidated
	}
	return FateThere
}

// The order in which the API server checks the objects of a token (k8s.io/kubernetes pkg/serviceaccount claims.go and legacy.go):
// later checks have higher numbers, and everything before the objects is 0.
var (
	boundOrder = map[finding.ID]int{
		finding.ServiceAccountDeleted: 1, finding.ServiceAccountRecreated: 1, finding.ServiceAccountTerminating: 1,
		finding.BoundSecretDeleted: 2, finding.BoundSecretRecreated: 2,
		finding.BoundPodDeleted: 3, finding.BoundPodRecreated: 3, finding.BoundPodTerminating: 3,
		finding.BoundNodeDeleted: 4, finding.BoundNodeRecreated: 4, finding.BoundObjectGone: 4,
	}
	legacyOrder = map[finding.ID]int{
		finding.LegacyTokenSecretDeleted: 1, finding.LegacyTokenReplaced: 1,
		finding.ServiceAccountDeleted: 2, finding.ServiceAccountRecreated: 2, finding.ServiceAccountTerminating: 2,
		finding.LegacyTokenMarkedInvalid: 3,
	}
)

// GotPast reports whether the API server named a fault that it checks only after the one of id.
func (c *Case) GotPast(id finding.ID) bool {
	order := boundOrder
	if c.IsLegacyToken() {
		order = legacyOrder
	}
	return slices.ContainsFunc(errortext.Parse(c.DecidingText()), func(r errortext.Reason) bool {
		return len(r.IDs) > 0 && !slices.ContainsFunc(r.IDs, func(said finding.ID) bool { return order[said] <= order[id] })
	})
}
