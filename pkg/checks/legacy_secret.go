package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A token kept in a Secret is good for as long as the Secret holds it.
var legacySecret = Check{
	ID:        "legacy-secret",
	Title:     "the Secret of the token holds it, and is not marked invalid",
	Reference: "k8s.io/kubernetes pkg/serviceaccount/legacy.go (legacyValidator.Validate)",
	Finds:     []finding.ID{finding.LegacyTokenSecretDeleted, finding.LegacyTokenReplaced, finding.LegacyTokenMarkedInvalid, finding.LegacyToken},
	Applies:   (*Case).IsLegacyToken,
	Run: func(e *Case) Result {
		sa := e.Token().ServiceAccount()
		o, _ := e.Object(diagnose.KindSecret)
		title := titleOf(o)
		info := proved(finding.LegacyToken, "the token is kept in "+title+" and never expires")
		s := e.Subject().Secret
		if s.Known() && s.Value.LastUsed != "" {
			info = info.See("kubernetes.io/legacy-token-last-used", s.Value.LastUsed)
		}
		info = warned(e, info)
		fresh := "Get a token that ends by itself; a long-lived one only where nothing else will do."
		with := func(f finding.Finding) Result {
			reason, _, _ := e.ServerNames(f.ID)
			return report(onTrust(e.TrustLevel(), seeReason(f, reason)).Do(fresh, mint(sa.Namespace, sa.Name)), info)
		}
		switch o.Fate {
		case diagnose.FateDeleted:
			return with(proved(finding.LegacyTokenSecretDeleted, became(o)).See(s.Source, "not found"))
		case diagnose.FateEnded:
			return with(proved(finding.LegacyTokenSecretDeleted, became(o)).See(s.Source, "deletionTimestamp: "+stamp(*s.Value.DeletionTimestamp)))
		case diagnose.FateReplaced:
			return with(proved(finding.LegacyTokenReplaced, became(o)).See(s.Source, "holds another token"))
		case diagnose.FateInvalidated:
			return with(proved(finding.LegacyTokenMarkedInvalid, became(o)).
				See("kubernetes.io/legacy-token-invalid-since", s.Value.InvalidSince))
		}
		if o.Named != "" {
			return with(proved(o.Named, inServersWords(o)))
		}
		if s.Known() || e.Authenticated() || e.GotPast(finding.LegacyTokenMarkedInvalid) {
			return report(info)
		}
		r := unknown(title+" could not be looked at: "+s.Reason(), finding.LegacyTokenSecretDeleted, finding.LegacyTokenReplaced, finding.LegacyTokenMarkedInvalid)
		r.Findings = append(r.Findings, info)
		return r
	},
}
