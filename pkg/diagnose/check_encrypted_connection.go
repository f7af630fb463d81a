package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Clients send no credential over plain HTTP, without a word (kubectl#744).
var encryptedConnection = Check{
	ID:        "encrypted-connection",
	Stage:     StageClient,
	Title:     "the server is spoken to over TLS",
	Reference: "k8s.io/client-go tools/clientcmd/client_config.go",
	Finds:     []finding.ID{finding.PlainHTTPServer},
	Applies:   func(e *evidence.Evidence) bool { return e.Server.URL != "" },
	Run: func(e *evidence.Evidence) Result {
		if !plainHTTP(e) {
			return pass(e.Server.URL)
		}
		dropped, _ := e.Subject().Credential.Fault(credential.Dropped)
		if e.Subject().Credential.Type() == credential.TypeNone && dropped.ID != finding.PlainHTTPServer {
			return pass(e.Server.URL + ", and there is no credential to lose")
		}
		if dropped.ID == finding.PlainHTTPServer {
			return report(fromFault(dropped))
		}
		return report(proved(finding.PlainHTTPServer, "the server's address is "+e.Server.URL+": clients drop the credential before they send the request").
			See("kubeconfig", "server: "+e.Server.URL).
			Do("Write https:// and the TLS port into the cluster's entry of the kubeconfig.", "kubectl config view --minify"))
	},
}
