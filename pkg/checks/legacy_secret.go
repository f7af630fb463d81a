package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A token kept in a Secret is good for as long as the Secret holds it.
var legacySecret = Check{
	ID:        "legacy-secret",
	Title:     "token Secret",
	Passed:    T("valid"),
	Reference: "k8s.io/kubernetes pkg/serviceaccount/legacy.go (legacyValidator.Validate)",
	Finds:     []finding.ID{finding.LegacyTokenSecretDeleted, finding.LegacyTokenReplaced, finding.LegacyTokenMarkedInvalid, finding.LegacyToken},
	Applies:   (*Case).IsLegacyToken,
	Run: func(c *Case) Result {
		sa := c.Token().ServiceAccount()
		o, _ := c.Object(diagnose.KindSecret)
		title := titleOf(o)
		info := prove(finding.LegacyToken, "the token is stored in %s and never expires", title)
		s := c.Subject().Secret
		if s.Known() && s.Value.LastUsed != "" {
			info = info.Seen("kubernetes.io/legacy-token-last-used", finding.Quoted(s.Value.LastUsed))
		}
		info = warned(c, info)
		if c.Authenticated() && finding.NamespaceName(sa.Namespace) && finding.ObjectName(sa.Name) {
			info.Severity = finding.Warning
			info = revoke(c, info.Fix("Replace the token with a token that expires: a projected volume in a Pod, or `kubectl create token`. Then revoke the token.", finding.Command{}))
		}
		with := func(f finding.Finding) Result {
			reason, _, _ := c.ServerNames(f.ID)
			f = onTrust(c.TrustLevel(), seeReason(f, reason))
			return report(replaceToken(c, f, T("Prefer a token that expires.")), info)
		}
		switch o.Fate {
		case diagnose.FateDeleted:
			return with(prove(finding.LegacyTokenSecretDeleted, "%s", became(o)).SeenAt(s.Source, T("not found")))
		case diagnose.FateEnded:
			return with(prove(finding.LegacyTokenSecretDeleted, "%s", became(o)).SeenAt(s.Source, T("deletionTimestamp: %s", deletionOf(s.Value.Object))))
		case diagnose.FateReplaced:
			return with(prove(finding.LegacyTokenReplaced, "%s", became(o)).SeenAt(s.Source, T("holds another token")))
		case diagnose.FateInvalidated:
			return with(prove(finding.LegacyTokenMarkedInvalid, "%s", became(o)).
				Seen("kubernetes.io/legacy-token-invalid-since", finding.Quoted(s.Value.InvalidSince)))
		}
		if o.Named != "" {
			return with(prove(o.Named, "%s", inErrorMessage(o)))
		}
		if s.Known() || c.Authenticated() || c.GotPast(finding.LegacyTokenMarkedInvalid) {
			return report(info)
		}
		r := unknown(T("%s could not be read: %s", title, s.Reason()), finding.LegacyTokenSecretDeleted, finding.LegacyTokenReplaced, finding.LegacyTokenMarkedInvalid)
		r.Findings = append(r.Findings, info)
		return r
	},
}
