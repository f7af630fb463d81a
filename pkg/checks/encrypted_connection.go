package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// kubectlDefault is where kubectl looks if no kubeconfig names a cluster.
const kubectlDefault = "http://localhost:8080"

// Clients send no credential over plain HTTP, without a word (kubectl#744).
var encryptedConnection = Check{
	ID:        "encrypted-connection",
	Title:     "connection security",
	Reference: "k8s.io/client-go tools/clientcmd/client_config.go",
	Finds:     []finding.ID{finding.PlainHTTPServer},
	Applies:   (*Case).HasServer,
	Run: func(c *Case) Result {
		url := finding.URL.Of(c.Server.URL)
		switch dropped, _ := c.Subject().Credential.Fault(credential.Dropped); {
		case !c.IsPlainHTTP():
			return pass(T("TLS to %s", url))
		case c.Subject().Credential.Type() == credential.TypeNone && dropped.ID != finding.PlainHTTPServer:
			return pass(T("plain HTTP to %s, with no credential to lose", url))
		case dropped.ID == finding.PlainHTTPServer:
			return report(FromFault(c.Subject().Credential, dropped))
		case c.Server.URL == kubectlDefault:
			return report(prove(finding.PlainHTTPServer, "the server's address is %s, where kubectl looks if no kubeconfig names a cluster: clients drop the credential before they send the request", url).
				Seen("server", url).
				Fix("Name the kubeconfig of the cluster with --kubeconfig or in KUBECONFIG, or put it at ~/.kube/config; a path in KUBECONFIG that is wrong is passed over without a word.",
					run("echo").Raw(`"$KUBECONFIG"`).Then(run("ls -l").Raw("~/.kube"))))
		}
		return report(prove(finding.PlainHTTPServer, "the server's address is %s: clients drop the credential before they send the request", url).
			Seen("kubeconfig", T("server: %s", url)).
			Fix("Write https:// and the TLS port into the cluster's entry of the kubeconfig.", run("kubectl config view --minify")))
	},
}
