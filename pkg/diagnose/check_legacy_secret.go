package diagnose

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A token kept in a Secret is good for as long as the Secret holds it.
var legacySecret = Check{
	ID:        "legacy-secret",
	Stage:     StageObjects,
	Title:     "the Secret of the token holds it, and is not marked invalid",
	Reference: "k8s.io/kubernetes pkg/serviceaccount/legacy.go (legacyValidator.Validate)",
	Finds:     []finding.ID{finding.LegacyTokenSecretDeleted, finding.LegacyTokenReplaced, finding.LegacyTokenMarkedInvalid, finding.LegacyToken},
	Applies:   legacyToken,
	Run: func(e *evidence.Evidence) Result {
		sa := e.Token().ServiceAccount()
		name := ""
		if sa.Secret != nil {
			name = sa.Secret.Name
		}
		title := fmt.Sprintf("Secret %s/%s", short(sa.Namespace), short(name))
		info := proved(finding.LegacyToken, "the token is kept in "+title+" and never expires")
		s := e.Subject().Secret
		if s.Known() && s.Value.LastUsed != "" {
			info = info.See("kubernetes.io/legacy-token-last-used", s.Value.LastUsed)
		}
		info = warned(e, info)
		stands := standingOf(e)
		fresh := "Get a token that ends by itself; a long-lived one only where nothing else will do."
		with := func(f finding.Finding) Result {
			if reason, _, ok := said(e, f.ID); ok {
				f = f.See(statusError, reason.Text)
			}
			return report(stands.held(f).Do(fresh, mint(sa.Namespace, sa.Name)), info)
		}
		switch {
		case s.Known() && !s.Value.Exists:
			return with(proved(finding.LegacyTokenSecretDeleted, title+" does not exist").See(s.Source, "not found"))
		case s.Known() && ended(e, s.Value.Object):
			return with(proved(finding.LegacyTokenSecretDeleted, title+" is being deleted since "+stamp(*s.Value.DeletionTimestamp)).See(s.Source, "deletionTimestamp: "+stamp(*s.Value.DeletionTimestamp)))
		case s.Known() && !s.Value.HoldsToken:
			return with(proved(finding.LegacyTokenReplaced, title+" holds another token than this one").See(s.Source, "holds another token"))
		case s.Known() && s.Value.InvalidSince != "":
			return with(proved(finding.LegacyTokenMarkedInvalid, title+" is marked invalid since "+s.Value.InvalidSince+": the token was not used for a long time").
				See("kubernetes.io/legacy-token-invalid-since", s.Value.InvalidSince))
		}
		for _, id := range []finding.ID{finding.LegacyTokenSecretDeleted, finding.LegacyTokenReplaced, finding.LegacyTokenMarkedInvalid} {
			if _, ok := saidAlone(e, id); ok {
				return with(proved(id, "the server says so of "+title))
			}
		}
		if s.Known() || authenticated(e) || gotPast(e, finding.LegacyTokenMarkedInvalid) {
			return report(info)
		}
		r := unknown(title+" could not be looked at: "+s.Reason(), finding.LegacyTokenSecretDeleted, finding.LegacyTokenReplaced, finding.LegacyTokenMarkedInvalid)
		r.Findings = append(r.Findings, info)
		return r
	},
}
