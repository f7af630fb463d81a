package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A credential that is only known by a description or a part cannot be sent.
var credentialAtHand = Check{
	ID:        "credential-at-hand",
	Title:     "credential completeness",
	Passed:    T("complete"),
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
	Finds:     []finding.ID{finding.TokenNotRead, finding.CertificateWithoutKey, finding.ClientCertificateUnusable},
	Run: func(c *Case) Result {
		cred := c.Subject().Credential
		switch {
		case cred.Projected != nil && cred.Token == nil:
			r := report(notRead(cred))
			r.Status = diagnose.Unknown
			return r
		case cred.Certificate != nil && !c.Simulated:
			if _, err := cred.Certificate.Presentable(); err != nil {
				if cred.Certificate.Key.Len() > 0 {
					return report(prove(finding.ClientCertificateUnusable, "%s", finding.Err(err)).
						Fix("Put the certificate and its own private key into one PEM file, and run the command again with that file.", finding.Command{}))
				}
				return report(prove(finding.CertificateWithoutKey, "%s", finding.Err(err)).
					Fix("Put the certificate and its private key into one PEM file, and run the command again with that file.", finding.Command{}))
			}
		}
		return pass(noDetail)
	},
}

// notRead describes the token that the Pod's spec requests, and why the token was not read.
func notRead(c *credential.Credential) finding.Finding {
	p := c.Projected
	namespace, path, container := finding.Namespace.Of(p.Namespace), finding.File.Of(p.Path), finding.Container.Of(p.Container)
	read := run("kubectl authn explain").Argf("pod/%s", finding.Pod.Of(p.Pod)).Flag("--namespace", namespace).
		Add("--exec").Flag("--container", container).Flag("--path", path).Exact()
	audience := T("the API server's own audiences")
	if p.Audience != "" {
		audience = T("the audience %q", finding.Audience.Of(p.Audience))
		read = read.Flag("--audience", finding.Audience.Of(p.Audience))
	}
	asks := T("the Pod's spec requests a token of ServiceAccount %s/%s for %s, valid for %s seconds, at %s in container %s",
		namespace, finding.ServiceAccount.Of(p.ServiceAccount), audience, finding.Count(p.ExpirationSeconds), path, container)
	if p.Undeclared {
		asks = T("the Pod's spec projects no token to %s in container %s", path, container)
	}
	detail := T("the token was not read. %s", asks.Capital())
	fault, faulty := c.Fault(credential.Unavailable)
	switch {
	case p.Unread != nil:
		detail = T("%s. %s", Unread(p).Detail, asks.Capital())
	case faulty:
		detail = T("the token could not be read. %s", asks.Capital())
	}
	f := prove(finding.TokenNotRead, "%s", detail)
	for _, remark := range p.Remarks {
		f = f.Seen("spec of the Pod", remark)
	}
	switch {
	case p.Unread != nil:
		unread := Unread(p)
		f.Evidence, f.Remedy = append(f.Evidence, unread.Evidence...), append(f.Remedy, unread.Remedy...)
		return f
	case faulty && fault.ID == finding.TokenFileUnreadable:
		return f
	}
	return f.Fix("Read the token in the container: --exec runs cat, or a similar program, there.", read)
}
