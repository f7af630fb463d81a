package checks

import (
	"cmp"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// binding is an object that a token is bound to, with the fix for each of its fates.
type binding struct {
	diagnose.Object
	// fix adds the fix.
	fix func(finding.Finding) finding.Finding
}

// onTrust lowers the certainty of a finding about an object to what the token's claims prove.
func onTrust(level diagnose.TrustLevel, f finding.Finding) finding.Finding {
	switch level {
	case diagnose.Foreign:
		f.Certainty = finding.Possible
		return f.Seen("signature of the token", T("not made with a key of this cluster. The object that the claims name may have nothing to do with the token."))
	case diagnose.Unverified:
		return f.Seen("signature of the token", T("not verified. Nothing proves that the token is bound to the object."))
	}
	return f
}

// boundTo returns whether a token is bound to an object of a kind.
func boundTo(kind string) func(*Case) bool {
	return func(c *Case) bool {
		_, ok := c.Object(kind)
		return ok && c.IsBoundToken()
	}
}

// judge returns the result for the object that a token is bound to. Without permission to read the object, every
// fate is possible; for an accepted token, none is.
func (b binding) judge(c *Case) Result {
	var findings []finding.Finding
	if f, ok := b.seen(c); ok {
		reason, _, _ := c.ServerNames(f.ID)
		findings = append(findings, b.fix(onTrust(c.TrustLevel(), seeReason(f, reason))))
	}
	title := titleOf(b.Object)
	switch r := report(findings...); {
	case r.Status == diagnose.Fail:
		return r
	case b.Named != "":
		return report(b.fix(prove(b.Named, "%s", inErrorMessage(b.Object)).Quote(finding.Message(b.Reason.Text))))
	case len(findings) > 0:
		return r
	case b.Fact.Known():
		return pass(T("%s exists, with uid %s", title, finding.UID.Of(b.Fact.Value.UID)))
	case c.Authenticated():
		return pass(T("accepted by the API server"))
	case c.GotPast(b.Deleted):
		return pass(T("accepted by the API server, which rejected the token for another reason"))
	}
	possible := slices.DeleteFunc([]finding.ID{b.Deleted, b.Recreated, b.Terminating}, func(id finding.ID) bool { return id == "" })
	return unknown(T("%s could not be read: %s", title, b.Fact.Reason()), possible...)
}

// seen returns the finding about the object that was read.
func (b binding) seen(c *Case) (finding.Finding, bool) {
	is, source := b.Fact.Value, b.Fact.Source
	uids := func(f finding.Finding) finding.Finding {
		return f.SeenAt(T("UID of the %s", finding.Standard(b.Kind)), finding.UID.Of(is.UID)).Seen("UID in the token", finding.UID.Of(b.UID))
	}
	switch b.Fate {
	case diagnose.FateDeleted:
		return prove(b.Deleted, "%s", became(b.Object)).SeenAt(source, T("not found")), true
	case diagnose.FateRecreated:
		return uids(prove(b.Recreated, "%s", became(b.Object))), true
	case diagnose.FateOlder:
		return uids(finding.Found(b.Recreated, finding.Possible, "%s", became(b.Object))), true
	case diagnose.FateEnded:
		return finding.Found(cmp.Or(b.Terminating, b.Deleted), c.CertaintyByClock(false), "%s", became(b.Object)).SeenAt(source, T("deletionTimestamp: %s", finding.Time(*is.DeletionTimestamp))), true
	case diagnose.FateTerminating:
		if b.Terminating != "" {
			f := prove(b.Terminating, "%s", became(b.Object)).SeenAt(source, T("deletionTimestamp: %s", finding.Time(*is.DeletionTimestamp)))
			f.Severity = finding.Warning
			return f, true
		}
	}
	return finding.Finding{}, false
}

// titleOf names an object, without a namespace if its kind has none.
func titleOf(o diagnose.Object) finding.Text {
	switch o.Kind {
	case diagnose.KindNode:
		return T("Node %s", finding.Node.Of(o.Name))
	case diagnose.KindPod:
		return T("Pod %s/%s", finding.Namespace.Of(o.Namespace), finding.Pod.Of(o.Name))
	case diagnose.KindSecret:
		return T("Secret %s/%s", finding.Namespace.Of(o.Namespace), finding.Secret.Of(o.Name))
	}
	return T("ServiceAccount %s/%s", finding.Namespace.Of(o.Namespace), finding.ServiceAccount.Of(o.Name))
}

// became describes the fate of an object.
func became(o diagnose.Object) finding.Text {
	title := titleOf(o)
	created, deleted := finding.Time(o.Fact.Value.CreationTimestamp), deletionOf(o.Fact.Value)
	ended := T("%s was marked for deletion at %s, and the API server rejects its tokens. A finalizer delays the deletion", title, deleted)
	if o.KeepsToken {
		ended = T("%s was marked for deletion at %s", title, deleted)
	}
	return map[diagnose.Fate]finding.Text{
		diagnose.FateUnknown:     title,
		diagnose.FateThere:       title,
		diagnose.FateDeleted:     T("%s does not exist", title),
		diagnose.FateRecreated:   T("%s was deleted and recreated at %s. The token was issued for the old %s, and its UID no longer matches", title, created, finding.Standard(o.Kind)),
		diagnose.FateOlder:       T("%s has another UID than the token names and is older than the token. The token seems to be from another cluster", title),
		diagnose.FateTerminating: T("%s is being deleted: its deletionTimestamp is %s. The API server rejects its tokens one minute after that time", title, deleted),
		diagnose.FateEnded:       ended,
		diagnose.FateReplaced:    T("%s holds another token", title),
		diagnose.FateInvalidated: T("%s is marked invalid since %s, because the token was not used for a long time", title, finding.Quoted(o.InvalidSince)),
	}[o.Fate]
}

// deletionOf returns the deletionTimestamp of an object; noDetail if the object is not being deleted.
func deletionOf(o evidence.Object) finding.Value {
	if o.DeletionTimestamp == nil {
		return noDetail
	}
	return finding.Time(*o.DeletionTimestamp)
}

// inErrorMessage returns what the API server's error message reports about an object.
func inErrorMessage(o diagnose.Object) finding.Text {
	title := titleOf(o)
	switch real := o.Reason.Values["realUID"]; {
	case o.KeepsToken:
		return T("the error message of the API server is about %s", title)
	case o.Named == o.Deleted:
		return T("the API server reports that %s does not exist", title)
	case o.Named == o.Recreated && real != "":
		return T("the API server reports that %s was recreated: its UID is %s, and the token has %s", title, finding.UID.Of(real), finding.UID.Of(o.UID))
	case o.Named == o.Recreated:
		return T("the API server reports that %s was recreated", title)
	}
	return T("the API server reports that %s is being deleted", title)
}
