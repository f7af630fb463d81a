package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

const claimsSource = "k8s.io/kubernetes pkg/serviceaccount/claims.go (validator.Validate)"

// A ServiceAccount token is bound to its ServiceAccount by UID: one that was deleted
// and created again under the same name is another.
var serviceAccount = Check{
	ID:        "service-account",
	Title:     "ServiceAccount",
	Reference: claimsSource,
	Finds:     []finding.ID{finding.ServiceAccountDeleted, finding.ServiceAccountRecreated, finding.ServiceAccountTerminating},
	Applies:   func(c *Case) bool { return c.IsBoundToken() || c.IsLegacyToken() },
	Run: func(c *Case) Result {
		sa := c.Token().ServiceAccount()
		o, _ := c.Object(diagnose.KindServiceAccount)
		b := binding{
			o, T("Get a token of the ServiceAccount as it is now, and put it where the old one is: those from before stay refused. A minted one lives for an hour; where one without an end lies in a Secret, delete that Secret and create it again."),
			mintAnew(c),
		}
		here := c.Subject().ServiceAccount
		switch pod := c.Subject().Pod; {
		case here.Known() && !here.Value.Exists:
			b.advice = T("Use another ServiceAccount, or create it again and then get a new token: the old one stays refused.")
			b.run = inNamespace(sa.Namespace).Add("get serviceaccounts")
		case here.Known() && here.Value.DeletionTimestamp != nil:
			b.advice = T("See what holds the ServiceAccount, and use another one.")
			b.run = inNamespace(sa.Namespace).Add("get serviceaccount").Arg(finding.ServiceAccount.Of(sa.Name)).Add("-o").Word("jsonpath={.metadata.finalizers}")
		case sa.Pod != nil && pod.Known() && pod.Value.Exists:
			b.advice = T("Restart the Pod through whatever controls it: the kubelet then asks for a token of the ServiceAccount as it is now.")
			b.run = controller(c)
		}
		return b.judge(c)
	},
}
