package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// An API server that cannot load a changed AuthenticationConfiguration keeps the previous one, and reports this only
// in its log and its metrics.
var configurationLoaded = Check{
	ID:        "configuration-loaded",
	Title:     "AuthenticationConfiguration",
	Passed:    T("loaded"),
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	Finds:     []finding.ID{finding.AuthenticationConfigNotLoaded},
	Applies:   func(c *Case) bool { return c.HasReadableClaims() && c.Configuration.Authenticators.Known() },
	Run: func(c *Case) Result {
		a := c.Configuration.Authenticators
		failed, read := a.Value.ReloadFailed, a.Value.Reloaded
		if failed.IsZero() || failed.Before(read) {
			return pass(noDetail)
		}
		now, _ := c.ServerNow()
		inUse := T("the one from its start")
		if !read.IsZero() {
			inUse = T("the one from %s", finding.Time(read))
		}
		return report(prove(finding.AuthenticationConfigNotLoaded, "the API server failed to load its changed AuthenticationConfiguration at %s (%s ago) and still uses %s",
			finding.Time(failed), finding.Duration(now.Sub(failed)), inUse).
			SeenAt(a.Source, T("apiserver_authentication_config_controller_automatic_reload_last_timestamp_seconds of failures: %s", finding.Time(failed))).
			Fix("Read the error in the API server's log and correct the AuthenticationConfiguration. The API server loads a changed file without a restart. The log lines:",
				run("kubectl -n kube-system logs -l component=kube-apiserver --tail=-1").Pipe(run("grep").Word("authentication config")).ByOthers()))
	},
}
