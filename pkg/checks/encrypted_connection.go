package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// kubectlDefault is where kubectl looks if no kubeconfig names a cluster.
const kubectlDefault = "http://localhost:8080"

// Clients send no credential over plain HTTP, without a word (kubectl#744).
var encryptedConnection = Check{
	ID:        "encrypted-connection",
	Title:     "the server is spoken to over TLS",
	Reference: "k8s.io/client-go tools/clientcmd/client_config.go",
	Finds:     []finding.ID{finding.PlainHTTPServer},
	Applies:   (*Case).HasServer,
	Run: func(e *Case) Result {
		switch dropped, _ := e.Subject().Credential.Fault(credential.Dropped); {
		case !e.IsPlainHTTP():
			return pass(e.Server.URL)
		case e.Subject().Credential.Type() == credential.TypeNone && dropped.ID != finding.PlainHTTPServer:
			return pass(e.Server.URL + ", and there is no credential to lose")
		case dropped.ID == finding.PlainHTTPServer:
			return report(diagnose.FromFault(e.Subject().Credential, dropped))
		case e.Server.URL == kubectlDefault:
			return report(proved(finding.PlainHTTPServer, "the server's address is "+e.Server.URL+", where kubectl looks if no kubeconfig names a cluster: clients drop the credential before they send the request").
				See("server", e.Server.URL).
				Do("Name the kubeconfig of the cluster with --kubeconfig or in KUBECONFIG, or put it at ~/.kube/config; a path in KUBECONFIG that is wrong is passed over without a word.",
					`echo "$KUBECONFIG"; ls -l ~/.kube`))
		}
		return report(proved(finding.PlainHTTPServer, "the server's address is "+e.Server.URL+": clients drop the credential before they send the request").
			See("kubeconfig", "server: "+e.Server.URL).
			Do("Write https:// and the TLS port into the cluster's entry of the kubeconfig.", "kubectl config view --minify"))
	},
}
