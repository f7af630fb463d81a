package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A server that cannot use its AuthenticationConfiguration as it was changed goes by the
// one before, and says so nowhere but in its log and its metrics.
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
		goesBy := T("the one it was started with")
		if !read.IsZero() {
			goesBy = T("the one of %s", finding.Time(read))
		}
		return report(prove(finding.AuthenticationConfigNotLoaded, "the API server could not use its AuthenticationConfiguration as it was changed, last on %s, %s ago; it goes by %s",
			finding.Time(failed), finding.Duration(now.Sub(failed)), goesBy).
			SeenAt(a.Source, T("apiserver_authentication_config_controller_automatic_reload_last_timestamp_seconds of failures: %s", finding.Time(failed))).
			Fix("Read in the API server's log what is wrong with the file, and mend it.",
				run("kubectl -n kube-system logs -l component=kube-apiserver --tail=-1").Pipe(run("grep").Word("authentication config")).ByOthers()))
	},
}
