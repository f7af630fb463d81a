package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Without a connection, no credential is sent.
var serverReachable = Check{
	ID:        "server-reachable",
	Title:     "API server connectivity",
	Passed:    T("established"),
	Reference: "k8s.io/client-go transport",
	Finds: []finding.ID{
		finding.APIServerUnreachable, finding.ServerCertificateUntrusted,
		finding.ServerCertificateNameMismatch, finding.ServerCertificateExpired,
		finding.KubeconfigInvalid,
	},
	Applies: func(c *Case) bool { return c.HasServer() || c.Kubeconfig != nil },
	Run: func(c *Case) Result {
		if c.Kubeconfig != nil {
			return report(FromFault(&credential.Credential{}, *c.Kubeconfig))
		}
		wire := c.Subject().Wire
		failure := c.Anonymous.Failure
		gone := c.AddressFailure()
		if gone != nil {
			// Other API servers answer at their own addresses.
			failure = gone
		} else if wire.State == evidence.Failed {
			failure = wire.Failure
		}
		switch {
		case gone == nil && (wire.Known() || c.Anonymous.Known() && wire.State != evidence.Failed):
			return pass(noDetail)
		case failure == nil:
			return unknown(T("no request was sent: %s", c.Anonymous.Reason()))
		case failure.Kind != evidence.Unreachable, c.RefusedInHandshake():
			return pass(T("established, but the answer is not an API server's"))
		case c.Anonymous.Known():
			return report(prove(finding.APIServerUnreachable, "the request with the credential got no answer, although a request without a credential did: %s", failure.Said).
				Seen("connection error", failure.Said).Fix("Run the command again:", askAgain(c, run("kubectl authn explain"))))
		}
		return report(notReached(c, failure))
	},
}
