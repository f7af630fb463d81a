package diagnose

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A credential that is known by description, or in part, cannot be tried.
var credentialAtHand = Check{
	ID:        "credential-at-hand",
	Stage:     StageClient,
	Title:     "the whole credential is at hand",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
	Finds:     []finding.ID{finding.TokenNotRead, finding.CertificateWithoutKey},
	Applies:   always,
	Run: func(e *evidence.Evidence) Result {
		c := e.Subject().Credential
		switch {
		case c.Projected != nil && c.Token == nil:
			p := c.Projected
			audience, flag := "the API server's own audiences", ""
			if p.Audience != "" {
				audience, flag = fmt.Sprintf("the audience %q", p.Audience), " --audience "+word(p.Audience)
			}
			f := proved(finding.TokenNotRead, fmt.Sprintf("the Pod's spec asks for a token of ServiceAccount %s/%s for %s, for %d seconds, at %s in container %s; the token itself was not read", p.Namespace, p.ServiceAccount, audience, p.ExpirationSeconds, p.Path, p.Container))
			for _, remark := range p.Remarks {
				f = f.See("spec of the Pod", remark)
			}
			return report(f.Do("Read it where it is and hand it over.", fmt.Sprintf("kubectl --namespace %s exec %s --container %s -- cat %s | kubectl authn explain -%s",
				word(p.Namespace), word(p.Pod), word(p.Container), word(p.Path), flag)))
		case c.Certificate != nil:
			if _, err := c.Certificate.Presentable(); err != nil {
				return report(proved(finding.CertificateWithoutKey, err.Error()).
					Do("Hand over certificate and key together, in one PEM file.", ""))
			}
		}
		return pass("")
	},
}
