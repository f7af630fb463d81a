package diagnose

import (
	"fmt"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// binding is an object that a token's claims name, and what may have become of it.
type binding struct {
	kind, namespace, name string
	// uid is the one in the claims; empty where the token does not say.
	uid  string
	fact evidence.Fact[evidence.Object]
	// The findings for each fate; empty where the catalogue has none.
	deleted, recreated, terminating finding.ID
	// remedy is what to do, for all fates.
	remedy, command string
}

// standing says how far the claims of a token can be believed to speak of this cluster.
type standing int

const (
	// unproved: nobody verified them.
	unproved standing = iota
	// vouched: the server, or its keys, vouch for them.
	vouched
	// strange: the token was changed, or is not, or may not be, this cluster's. What its
	// claims name here is somebody else's.
	strange
)

func standingOf(e *evidence.Evidence) standing {
	if authenticated(e) || pastSignature(e) {
		return vouched
	}
	for _, c := range []Check{issuerTrusted, signingAlgorithm, signingKey, signature} {
		if !c.Applies(e) {
			continue
		}
		r := c.Run(e)
		if r.Verified {
			return vouched
		}
		for _, f := range r.Findings {
			if f.Explains() && f.Severity == finding.Error {
				return strange
			}
		}
	}
	if own, known := ownIssuer(e, e.Token().Issuer()); known && !own && e.Token().Issuer() != legacyIssuer {
		return strange
	}
	return unproved
}

// held is what an object proves about a token of that standing.
func (s standing) held(f finding.Finding) finding.Finding {
	switch s {
	case strange:
		f.Certainty = finding.Possible
		return f.See("signature of the token", "not one of this cluster's: the object that the claims name may have nothing to do with the token")
	case unproved:
		return f.See("signature of the token", "not verified: that the claims name the object is taken on trust")
	}
	return f
}

// judge says what became of the object that a token is bound to. "Not allowed to
// look" leaves every fate possible; an accepted token leaves none.
func (b binding) judge(e *evidence.Evidence) Result {
	title := fmt.Sprintf("%s %s/%s", b.kind, short(b.namespace), short(b.name))
	if b.namespace == "" {
		title = fmt.Sprintf("%s %s", b.kind, short(b.name))
	}
	var findings []finding.Finding
	stands := standingOf(e)
	add := func(f finding.Finding, see ...string) {
		for i := 0; i+1 < len(see); i += 2 {
			f = f.See(see[i], see[i+1])
		}
		if reason, _, ok := said(e, f.ID); ok {
			f = f.See(statusError, reason.Text)
		}
		findings = append(findings, stands.held(f).Do(b.remedy, b.command))
	}
	switch o := b.fact.Value; {
	case !b.fact.Known():
	case !o.Exists:
		add(proved(b.deleted, title+" does not exist"), b.fact.Source, "not found")
	case b.uid != "" && o.UID != b.uid:
		f := proved(b.recreated, fmt.Sprintf("%s was created again on %s: the token is bound to the one before it", title, stamp(o.CreationTimestamp)))
		if iat, has := e.Token().IssuedAt(); stands != vouched && has && o.CreationTimestamp.Before(iat.Add(-time.Minute)) {
			// The one that is there was there when the token was issued.
			f.Certainty = finding.Possible
			f.Detail = fmt.Sprintf("%s has another uid than the token names, and is older than the token: the token seems to be another cluster's", title)
		}
		add(f, "uid of the "+b.kind, o.UID, "uid in the token", short(b.uid))
	case o.DeletionTimestamp != nil:
		detail := fmt.Sprintf("%s is being deleted since %s, and its tokens have ended; a finalizer still holds it", title, stamp(*o.DeletionTimestamp))
		switch {
		case ended(e, o) && b.terminating != "":
			add(finding.New(b.terminating, byClock(e, false), detail), b.fact.Source, "deletionTimestamp: "+stamp(*o.DeletionTimestamp))
		case ended(e, o):
			add(finding.New(b.deleted, byClock(e, false), detail), b.fact.Source, "deletionTimestamp: "+stamp(*o.DeletionTimestamp))
		case b.terminating != "":
			// Its tokens still work.
			f := proved(b.terminating, fmt.Sprintf("%s is being deleted: its deletionTimestamp is %s, and its tokens end a minute later", title, stamp(*o.DeletionTimestamp)))
			f.Severity = finding.Warning
			add(f, b.fact.Source, "deletionTimestamp: "+stamp(*o.DeletionTimestamp))
		}
	}
	if r := report(findings...); r.Status == Fail {
		return r
	}
	if !b.fact.Known() || refused(e) {
		// The server looks in its own cache, and may know better than what was read here.
		for _, id := range []finding.ID{b.deleted, b.recreated, b.terminating} {
			if reason, ok := saidAlone(e, id); id != "" && ok {
				return report(proved(id, b.inServersWords(id, title, reason)).See(statusError, reason.Text).Do(b.remedy, b.command))
			}
		}
	}
	switch {
	case len(findings) > 0:
		return report(findings...)
	case b.fact.Known():
		return pass(title + ", uid " + b.fact.Value.UID)
	case authenticated(e):
		return pass("the server found it in order")
	case gotPast(e, b.deleted):
		return pass("the server got past it")
	}
	var possible []finding.ID
	for _, id := range []finding.ID{b.deleted, b.recreated, b.terminating} {
		if id != "" {
			possible = append(possible, id)
		}
	}
	return unknown(title+" could not be looked at: "+b.fact.Reason(), possible...)
}

// ended reports whether the tokens of an object that is being deleted have ended: the
// server gives bound ones a minute beyond its deletionTimestamp, and others none.
func ended(e *evidence.Evidence, o evidence.Object) bool {
	if o.DeletionTimestamp == nil || !boundToken(e) {
		return o.DeletionTimestamp != nil
	}
	now, _ := e.ServerNow()
	return now.After(o.DeletionTimestamp.Add(time.Minute))
}

func (b binding) inServersWords(id finding.ID, title string, reason errortext.Reason) string {
	switch id {
	case b.deleted:
		return "the server says that " + title + " does not exist"
	case b.recreated:
		if real := reason.Values["realUID"]; real != "" {
			return fmt.Sprintf("the server says that %s is another one now: its uid is %s, the token's is %s", title, short(real), short(b.uid))
		}
		return "the server says that " + title + " is another one now"
	}
	return "the server says that " + title + " is being deleted"
}

// The order in which the server asks about the objects behind a token
// (k8s.io/kubernetes pkg/serviceaccount claims.go and legacy.go). What it asks later
// stands under a higher number; everything before the objects is 0.
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

// gotPast reports whether the server named a fault that it meets only after it has
// looked at what id stands for.
func gotPast(e *evidence.Evidence, id finding.ID) bool {
	order := boundOrder
	if legacyToken(e) {
		order = legacyOrder
	}
	for _, reason := range errortext.Parse(decidingText(e)) {
		for i, said := range reason.IDs {
			if order[said] <= order[id] {
				break
			}
			if i == len(reason.IDs)-1 {
				return true
			}
		}
	}
	return false
}

// objectsBehind answers the checks on the objects behind a token.
func objectsBehind(e *evidence.Evidence) []Outcome {
	var out []Outcome
	for _, c := range []Check{legacySecret, serviceAccount, boundSecret, boundPod, boundNode} {
		if c.Applies(e) {
			out = append(out, Outcome{c, c.Run(e)})
		}
	}
	return out
}

func uidOf(r *token.Ref) string {
	if r == nil {
		return ""
	}
	return r.UID
}
