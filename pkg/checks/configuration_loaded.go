package checks

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A server that cannot use its AuthenticationConfiguration as it was changed goes by the
// one before, and says so nowhere but in its log and its metrics.
var configurationLoaded = Check{
	ID:        "configuration-loaded",
	Title:     "the server goes by its AuthenticationConfiguration as it is now",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	Finds:     []finding.ID{finding.AuthenticationConfigNotLoaded},
	Applies:   func(e *Case) bool { return e.HasReadableClaims() && e.Configuration.Authenticators.Known() },
	Run: func(e *Case) Result {
		a := e.Configuration.Authenticators
		failed, read := a.Value.ReloadFailed, a.Value.Reloaded
		if failed.IsZero() || failed.Before(read) {
			return pass("")
		}
		now, _ := e.ServerNow()
		goesBy := "the one it was started with"
		if !read.IsZero() {
			goesBy = "the one of " + stamp(read)
		}
		return report(proved(finding.AuthenticationConfigNotLoaded, fmt.Sprintf("the API server could not use its AuthenticationConfiguration as it was changed, last on %s, %s ago; it goes by %s", stamp(failed), span(now.Sub(failed)), goesBy)).
			See(a.Source, "apiserver_authentication_config_controller_automatic_reload_last_timestamp_seconds of failures: "+stamp(failed)).
			Do("Read in the API server's log what is wrong with the file, and mend it.", "kubectl -n kube-system logs -l component=kube-apiserver --tail=-1 | grep 'authentication config'"))
	},
}
