package checks

import (
	"fmt"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// binding is an object that a token is bound to, and what to do, for all its fates.
type binding struct {
	diagnose.Object
	remedy, command string
}

// onTrust is what an object proves about a token whose claims can be believed so far.
func onTrust(level diagnose.TrustLevel, f finding.Finding) finding.Finding {
	switch level {
	case diagnose.Foreign:
		f.Certainty = finding.Possible
		return f.See("signature of the token", "not one of this cluster's: the object that the claims name may have nothing to do with the token")
	case diagnose.Unverified:
		return f.See("signature of the token", "not verified: that the claims name the object is taken on trust")
	}
	return f
}

// boundTo: the token is bound to an object of that kind.
func boundTo(kind string) func(*Case) bool {
	return func(e *Case) bool {
		_, ok := e.Object(kind)
		return ok && e.IsBoundToken()
	}
}

// judge says what became of the object that a token is bound to. "Not allowed to
// look" leaves every fate possible; an accepted token leaves none.
func (b binding) judge(e *Case) Result {
	var findings []finding.Finding
	if f, ok := b.seen(e); ok {
		reason, _, _ := e.ServerNames(f.ID)
		findings = append(findings, onTrust(e.TrustLevel(), seeReason(f, reason)).Do(b.remedy, b.command))
	}
	title := titleOf(b.Object)
	switch r := report(findings...); {
	case r.Status == diagnose.Fail:
		return r
	case b.Named != "":
		return report(proved(b.Named, inServersWords(b.Object)).See(statusError, b.Reason.Text).Do(b.remedy, b.command))
	case len(findings) > 0:
		return r
	case b.Fact.Known():
		return pass(title + ", uid " + b.Fact.Value.UID)
	case e.Authenticated():
		return pass("the server found it in order")
	case e.GotPast(b.Deleted):
		return pass("the server got past it")
	}
	possible := slices.DeleteFunc([]finding.ID{b.Deleted, b.Recreated, b.Terminating}, func(id finding.ID) bool { return id == "" })
	return unknown(title+" could not be looked at: "+b.Fact.Reason(), possible...)
}

// seen is the finding on what was read of the object.
func (b binding) seen(e *Case) (finding.Finding, bool) {
	is := b.Fact.Value
	switch b.Fate {
	case diagnose.FateDeleted:
		return proved(b.Deleted, became(b.Object)).See(b.Fact.Source, "not found"), true
	case diagnose.FateRecreated:
		return proved(b.Recreated, became(b.Object)).See("uid of the "+b.Kind, is.UID).See("uid in the token", short(b.UID)), true
	case diagnose.FateOlder:
		return finding.New(b.Recreated, finding.Possible, became(b.Object)).See("uid of the "+b.Kind, is.UID).See("uid in the token", short(b.UID)), true
	case diagnose.FateEnded:
		id := b.Terminating
		if id == "" {
			id = b.Deleted
		}
		return finding.New(id, e.CertaintyByClock(false), became(b.Object)).See(b.Fact.Source, "deletionTimestamp: "+stamp(*is.DeletionTimestamp)), true
	case diagnose.FateTerminating:
		if b.Terminating != "" {
			f := proved(b.Terminating, became(b.Object)).See(b.Fact.Source, "deletionTimestamp: "+stamp(*is.DeletionTimestamp))
			f.Severity = finding.Warning
			return f, true
		}
	}
	return finding.Finding{}, false
}

// titleOf names an object; one that cannot be in a namespace has none.
func titleOf(o diagnose.Object) string {
	if o.Kind == diagnose.KindNode {
		return fmt.Sprintf("%s %s", o.Kind, short(o.Name))
	}
	return fmt.Sprintf("%s %s/%s", o.Kind, short(o.Namespace), short(o.Name))
}

// became says what became of an object that is not the one that it was.
func became(o diagnose.Object) string {
	title, is := titleOf(o), o.Fact.Value
	switch {
	case o.Fate == diagnose.FateDeleted:
		return title + " does not exist"
	case o.Fate == diagnose.FateRecreated:
		return fmt.Sprintf("%s was created again on %s: the token is bound to the one before it", title, stamp(is.CreationTimestamp))
	case o.Fate == diagnose.FateOlder:
		return fmt.Sprintf("%s has another uid than the token names, and is older than the token: the token seems to be another cluster's", title)
	case o.Fate == diagnose.FateTerminating:
		return fmt.Sprintf("%s is being deleted: its deletionTimestamp is %s, and its tokens end a minute later", title, stamp(*is.DeletionTimestamp))
	case o.Fate == diagnose.FateEnded && o.KeepsToken:
		return title + " is being deleted since " + stamp(*is.DeletionTimestamp)
	case o.Fate == diagnose.FateEnded:
		return fmt.Sprintf("%s is being deleted since %s, and its tokens have ended; a finalizer still holds it", title, stamp(*is.DeletionTimestamp))
	case o.Fate == diagnose.FateReplaced:
		return title + " holds another token than this one"
	case o.Fate == diagnose.FateInvalidated:
		return title + " is marked invalid since " + o.InvalidSince + ": the token was not used for a long time"
	}
	return title
}

// inServersWords says what the server's message says of an object.
func inServersWords(o diagnose.Object) string {
	title := titleOf(o)
	switch real := o.Reason.Values["realUID"]; {
	case o.KeepsToken:
		return "the server says so of " + title
	case o.Named == o.Deleted:
		return "the server says that " + title + " does not exist"
	case o.Named == o.Recreated && real != "":
		return fmt.Sprintf("the server says that %s is another one now: its uid is %s, the token's is %s", title, short(real), short(o.UID))
	case o.Named == o.Recreated:
		return "the server says that " + title + " is another one now"
	}
	return "the server says that " + title + " is being deleted"
}
