package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// kubectlDefault is the address that kubectl uses without a kubeconfig.
const kubectlDefault = "http://localhost:8080"

// Clients silently drop the credential over plain HTTP (kubectl#744).
var encryptedConnection = Check{
	ID:        "encrypted-connection",
	Title:     "connection security",
	Reference: "k8s.io/client-go tools/clientcmd/client_config.go",
	Finds:     []finding.ID{finding.PlainHTTPServer, finding.KubeconfigInvalid},
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
		case c.Server.URL == kubectlDefault && c.Server.Trust.Cluster == "" && !c.Server.Trust.ByFlag:
			f := prove(finding.KubeconfigInvalid, "no kubeconfig with a cluster was found, so the server's address is the default of kubectl, %s. No API server checked the credential", url)
			f.Title = T("no kubeconfig is in use")
			return report(f.Seen("server", url).
				Fix("Set --kubeconfig or KUBECONFIG to the kubeconfig of the cluster, or copy that file to ~/.kube/config. kubectl silently ignores a path in KUBECONFIG that does not exist. Check both places:",
					run("echo").Raw(`"$KUBECONFIG"`).Then(run("ls -l").Raw("~/.kube"))))
		}
		return report(prove(finding.PlainHTTPServer, "the server's address is %s. Clients drop the credential before they send a request over plain HTTP", url).
			Seen("kubeconfig", T("server: %s", url)).
			Fix("Set the cluster's server in the kubeconfig to an https:// address with the API server's TLS port. The current address:", run("kubectl config view --minify")))
	},
}
