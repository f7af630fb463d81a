package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Each API server has its own flags, so one may accept a credential that another rejects.
var sameConfiguration = Check{
	ID:        "same-configuration",
	Title:     "API server flags",
	Reference: "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",
	Finds:     []finding.ID{finding.ReplicasConfiguredDifferently},
	Applies: func(c *Case) bool {
		return c.Configuration.APIServers.Known() && len(c.Configuration.APIServers.Value) > 1
	},
	Run: func(c *Case) Result {
		servers := c.Configuration.APIServers.Value
		if differences := c.DifferingFlags(); len(differences) > 0 {
			return report(differing(differences).
				Fix("Correct the manifest of the API server that differs, on its control-plane node. Compare the flags:", compareFlags()))
		}
		for _, s := range servers {
			if !s.Unreadable.IsZero() {
				return unknown(T("pod %s: %s", s.Name(), s.Unreadable))
			}
		}
		return pass(T("identical on %s API servers", finding.Count(len(servers))))
	},
}

// compareFlags prints the authentication flags of all API servers.
func compareFlags() finding.Command {
	return run("kubectl -n kube-system get pods -l component=kube-apiserver -o yaml").ByOthers().
		Pipe(run("grep -E").Word("hostIP:|--(anonymous|api-audiences|authentication|client-ca|enable-bootstrap|oidc|service-account|token)"))
}

func differing(flags []diagnose.Flag) finding.Finding {
	var names []string
	for _, flag := range flags {
		names = append(names, flag.Name)
	}
	var values []finding.Value
	for _, name := range slices.Compact(names) {
		values = append(values, T("--%s", finding.Standard(name)))
	}
	return seeEach(prove(finding.ReplicasConfiguredDifferently, "the API servers have different values of %s", finding.Join(", ", values...)), flags)
}
