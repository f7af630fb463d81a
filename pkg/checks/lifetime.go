package checks

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// A legacy token's lifetime is never looked at.
func timed(c *Case) bool {
	return c.HasReadableClaims() && c.Token().Kind != token.KindLegacyServiceAccount
}

// The server's clock decides. It looks at a ServiceAccount token in the order nbf, exp,
// iat; at an ID token's exp before its nbf, and not at its iat.
var lifetime = Check{
	ID:        "lifetime",
	Title:     "token lifetime",
	Reference: "RFC 7519 section 4.1.4; k8s.io/kubernetes pkg/serviceaccount/claims.go",
	Finds:     []finding.ID{finding.TokenNotYetValid, finding.TokenExpired, finding.TokenIssuedInFuture, finding.TokenNeverExpires},
	Applies:   timed,
	Run: func(c *Case) Result {
		t := c.Token()
		now, byServer := c.ServerNow()
		findings := slices.Concat(notYet(c, now, byServer), expired(c, now, byServer))
		if reason, ok := c.ServerSettles(finding.TokenIssuedInFuture); ok || issuedAhead(c, now) {
			iat, _ := t.IssuedAt()
			detail := T("the token says it was issued on %s, %s from now%s", finding.Time(iat), finding.Duration(iat.Sub(now)), byClock(byServer))
			if !iat.After(now) {
				detail = T("the server says that the token was issued in the future, which by its claims it was not: the server's clock is behind")
			}
			f := finding.Found(finding.TokenIssuedInFuture, c.CertaintyByClock(ok), "%s", detail).
				Seen("iat", finding.Time(iat)).Fix("Compare the issuer's clock with the server's.", run("timedatectl"))
			findings = append(findings, seeReason(f, reason))
		}
		exp, has := t.ExpiresAt()
		switch {
		case t.Claims["exp"] != nil || !c.ClaimsComplete():
		case t.Kind == token.KindJWT:
			findings = append(findings, prove(finding.TokenNeverExpires, "the token has no `exp`: an API server takes an ID token without one for expired, other verifiers may take it for ever").
				Fix("Have the issuer give its tokens a lifetime.", finding.Command{}))
		default:
			findings = append(findings, prove(finding.TokenNeverExpires, "the token has no `exp`: it works until its key or its ServiceAccount is gone").
				Fix("Use tokens with a lifetime: a projected volume, or TokenRequest.", finding.Command{}))
		}
		switch {
		case len(findings) > 0:
			r := report(findings...)
			if r.Status == diagnose.Fail && has && now.After(exp) {
				return inState(r, since(exp, now))
			}
			return r
		case !has:
			return unknown(T("the token's `exp` cannot be read"))
		case exp.Before(now):
			return pass(T("expired at %s (%s ago), within the API server's leeway", finding.Time(exp), finding.Duration(exp.Sub(now))))
		}
		return pass(T("expires at %s (in %s)", finding.Time(exp), finding.Duration(exp.Sub(now))))
	},
}

func notYet(c *Case, now time.Time, byServer bool) []finding.Finding {
	nbf, has := c.Token().NotBefore()
	reason, said := c.ServerSettles(finding.TokenNotYetValid)
	if !said && (!has || !now.Add(diagnose.Leeway).Before(nbf) || c.Authenticated()) {
		return nil
	}
	f := finding.Found(finding.TokenNotYetValid, c.CertaintyByClock(said), "the token begins on %s, %s from now%s", finding.Time(nbf), finding.Duration(nbf.Sub(now)), byClock(byServer))
	if !nbf.After(now) {
		f = f.Saying(T("the server says that the token is not valid yet, which by its claims it is: the server's clock is behind"))
	}
	f = f.Seen("nbf", finding.Time(nbf))
	if byServer {
		f = f.Seen("the server's clock", finding.Time(now))
	}
	return []finding.Finding{seeReason(f, reason).Fix("Compare the clock of the issuer with the server's: the API server allows one minute.", run("timedatectl"))}
}

func expired(c *Case, now time.Time, byServer bool) []finding.Finding {
	exp, has := c.Token().ExpiresAt()
	reason, said := c.ServerSettles(finding.TokenExpired)
	if !c.IsExpired() {
		return nil
	}
	f := finding.Found(finding.TokenExpired, c.CertaintyByClock(said), "the token ended on %s, %s ago%s", finding.Time(exp), finding.Duration(now.Sub(exp)), byClock(byServer))
	switch {
	case !has:
		f = f.Saying(T("the server says that the token has expired, as it does of an ID token without an `exp` that it can read"))
	case exp.After(now):
		f = f.Saying(T("the server says that the token has expired, which by its claims it will on %s: the server's clock is ahead", finding.Time(exp)))
	}
	if has {
		f = f.Seen("exp", finding.Time(exp))
	}
	if byServer {
		f = f.Seen("the server's clock", finding.Time(now))
	}
	f = seeReason(f, reason)
	sa := c.Token().ServiceAccount()
	switch {
	case sa == nil:
		f = f.Fix("Log in again, or refresh the ID token.", finding.Command{})
	case sa.Pod != nil:
		f = f.Fix("Have the program read its token file again, which the kubelet keeps fresh; a restart through whatever controls the Pod does it.", controller(c))
	default:
		f = f.Fix("Get a new token.", mintAnew(c))
	}
	return []finding.Finding{f}
}

func issuedAhead(c *Case, now time.Time) bool {
	iat, has := c.Token().IssuedAt()
	// OIDC does not look at iat.
	return has && c.Token().Kind == token.KindServiceAccount && now.Add(diagnose.Leeway).Before(iat) && !c.Authenticated()
}
