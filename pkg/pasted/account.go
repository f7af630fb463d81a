package pasted

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// OfAccount replaces the placeholders in the catalogue's fix by a ServiceAccount, given as
// NAMESPACE/NAME.
func OfAccount(f finding.Finding, account string) finding.Finding {
	namespace, name, _ := strings.Cut(account, "/")
	if !finding.NamespaceName(namespace) || !finding.ObjectName(name) {
		return f
	}
	sa, of := finding.ServiceAccount.Of(name), finding.Namespace.Of(namespace)
	mint := finding.T("kubectl authn mint %s --namespace %s", sa, of)
	return f.Redo(func(todo finding.Text) finding.Text {
		return todo.Replace("kubectl create token NAME --namespace NAMESPACE", mint).
			Replace("kubectl create token NAME", mint).
			Replace("serviceaccount NAME --namespace NAMESPACE", finding.T("serviceaccount %s --namespace %s", sa, of)).
			Replace("--namespace NAMESPACE", finding.T("--namespace %s", of))
	})
}
