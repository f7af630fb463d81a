package checks

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A credential that is known by description, or in part, cannot be tried.
var credentialAtHand = Check{
	ID:        "credential-at-hand",
	Title:     "the whole credential is at hand",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
	Finds:     []finding.ID{finding.TokenNotRead, finding.CertificateWithoutKey, finding.ClientCertificateUnusable},
	Run: func(e *Case) Result {
		c := e.Subject().Credential
		switch {
		case c.Projected != nil && c.Token == nil:
			return report(notRead(c))
		case c.Certificate != nil && !e.Simulated:
			if _, err := c.Certificate.Presentable(); err != nil {
				if c.Certificate.Key.Len() > 0 {
					return report(proved(finding.ClientCertificateUnusable, err.Error()).
						Do("Hand over the key that belongs to the certificate, in one PEM file with it.", ""))
				}
				return report(proved(finding.CertificateWithoutKey, err.Error()).
					Do("Hand over certificate and key together, in one PEM file.", ""))
			}
		}
		return pass("")
	},
}

// notRead says what the Pod's spec asks for, and why nothing else is known of the token.
func notRead(c *credential.Credential) finding.Finding {
	p := c.Projected
	audience, flag := "the API server's own audiences", ""
	if p.Audience != "" {
		audience, flag = fmt.Sprintf("the audience %q", p.Audience), " --audience "+word(p.Audience)
	}
	asks := fmt.Sprintf("the Pod's spec asks for a token of ServiceAccount %s/%s for %s, for %d seconds, at %s in container %s", p.Namespace, p.ServiceAccount, audience, p.ExpirationSeconds, p.Path, p.Container)
	if p.Undeclared {
		asks = fmt.Sprintf("the Pod's spec projects no token to %s in container %s", p.Path, p.Container)
	}
	detail := asks + "; the token itself was not read"
	fault, faulty := c.Fault(credential.Unavailable)
	switch {
	case p.Unread != nil:
		detail = diagnose.Unread(p).Detail + "; " + asks
	case faulty:
		detail = asks + "; it could not be read there"
	}
	f := proved(finding.TokenNotRead, detail)
	for _, remark := range p.Remarks {
		f = f.Seen("spec of the Pod", remark)
	}
	switch {
	case p.Unread != nil:
		unread := diagnose.Unread(p)
		f.Evidence, f.Remedy = append(f.Evidence, unread.Evidence...), append(f.Remedy, unread.Remedy...)
		return f
	case faulty && fault.ID == finding.TokenFileUnreadable:
		return f
	}
	return f.Do("Read it where it is: --exec runs cat, or the like, in the container.", fmt.Sprintf("kubectl authn explain pod/%s --namespace %s --exec --container %s --path %s%s",
		word(p.Pod), word(p.Namespace), word(p.Container), word(p.Path), flag))
}
