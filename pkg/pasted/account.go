package pasted

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// OfAccount is f with a ServiceAccount, written NAMESPACE/NAME, in the place of those of
// the catalogue's words about what to do: they are of whatever name.
func OfAccount(f finding.Finding, account string) finding.Finding {
	namespace, name, _ := strings.Cut(account, "/")
	if !finding.NamespaceName(namespace) || !finding.ObjectName(name) {
		return f
	}
	words := strings.NewReplacer(
		"kubectl create token NAME --namespace NAMESPACE", "kubectl authn mint "+name+" --namespace "+namespace,
		"kubectl create token NAME", "kubectl authn mint "+name+" --namespace "+namespace,
		"serviceaccount NAME --namespace NAMESPACE", "serviceaccount "+name+" --namespace "+namespace,
		"--namespace NAMESPACE", "--namespace "+namespace,
	)
	f.Remedy = slices.Clone(f.Remedy)
	for i := range f.Remedy {
		f.Remedy[i].Description = words.Replace(f.Remedy[i].Description)
	}
	return f
}
