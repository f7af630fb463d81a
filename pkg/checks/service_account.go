package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

const claimsSource = "k8s.io/kubernetes pkg/serviceaccount/claims.go (validator.Validate)"

// A ServiceAccount token is bound to the UID of its ServiceAccount, which another ServiceAccount of the same name does not have.
var serviceAccount = Check{
	ID:        "service-account",
	Title:     "ServiceAccount",
	Reference: claimsSource,
	Finds:     []finding.ID{finding.ServiceAccountDeleted, finding.ServiceAccountRecreated, finding.ServiceAccountTerminating},
	Applies:   func(c *Case) bool { return c.IsBoundToken() || c.IsLegacyToken() },
	Run: func(c *Case) Result {
		o, _ := c.Object(diagnose.KindServiceAccount)
		r := binding{o, func(f finding.Finding) finding.Finding { return serviceAccountFix(c, o, f) }}.judge(c)
		if r.Status != diagnose.Fail {
			r.Renewal = renewal(c)
		}
		return r
	},
}

// renewal is how to replace the token of a ServiceAccount. What a Pod's spec requests for another audience, a restart requests
// again.
func renewal(c *Case) []finding.Remedy {
	if p := c.Subject().Credential.Projected; p != nil && (p.Undeclared || p.Audience != "") {
		return nil
	}
	return replaceToken(c, finding.Finding{}, noDetail).Remedy
}

// serviceAccountFix adds what to do about a ServiceAccount that is not the one that the token was issued for.
func serviceAccountFix(c *Case, o diagnose.Object, f finding.Finding) finding.Finding {
	never := T("Tokens issued for the deleted ServiceAccount never work again.")
	switch sa := c.Token().ServiceAccount(); {
	case f.ID == o.Deleted:
		create := inNamespace(sa.Namespace)
		if finding.ObjectName(sa.Name) {
			create = create.Add("create serviceaccount").Arg(finding.ServiceAccount.Of(sa.Name))
		}
		instead := T("Use a token of another ServiceAccount. If the deletion was a mistake, create %s again.", titleOf(o))
		if put := replaceToken(c, finding.Finding{}, noDetail).Remedy; !create.IsZero() && len(put) == 1 && !put[0].Command.IsZero() && !put[0].Command.TakesOthers() {
			return f.FixBy(sentences(instead, put[0].Description, never), create.And(put[0].Command))
		}
		f = f.FixBy(T("%s Then request a new token. %s", instead, never), create)
		return replaceToken(c, f, noDetail)
	case f.ID == o.Terminating:
		return f.FixBy(T("Use a token of another ServiceAccount. To see what delays the deletion, list the finalizers of %s.", titleOf(o)),
			inNamespace(sa.Namespace).Add("get serviceaccount").Arg(finding.ServiceAccount.Of(sa.Name)).Add("-o").Word("jsonpath={.metadata.finalizers}"))
	case sa.Pod != nil && c.Subject().Pod.Known() && c.Subject().Pod.Value.Exists:
		return restart(c, f, never)
	}
	return replaceToken(c, f, never)
}
