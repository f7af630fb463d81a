package checks

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// A legacy token's lifetime is never looked at.
func timed(e *Case) bool {
	return e.HasReadableClaims() && e.Token().Kind != token.KindLegacyServiceAccount
}

// The server's clock decides. It looks at a ServiceAccount token in the order nbf, exp,
// iat; at an ID token's exp before its nbf, and not at its iat.
var lifetime = Check{
	ID:        "lifetime",
	Title:     "the token is within its lifetime",
	Reference: "RFC 7519 section 4.1.4; k8s.io/kubernetes pkg/serviceaccount/claims.go",
	Finds:     []finding.ID{finding.TokenNotYetValid, finding.TokenExpired, finding.TokenIssuedInFuture, finding.TokenNeverExpires},
	Applies:   timed,
	Run: func(e *Case) Result {
		t := e.Token()
		now, byServer := e.ServerNow()
		findings := slices.Concat(notYet(e, now, byServer), expired(e, now, byServer))
		if reason, ok := e.ServerSettles(finding.TokenIssuedInFuture); ok || issuedAhead(e, now) {
			iat, _ := t.IssuedAt()
			detail := T("the token says it was issued on %s, %s from now%s", finding.Time(iat), finding.Duration(iat.Sub(now)), byClock(byServer))
			if !iat.After(now) {
				detail = T("the server says that the token was issued in the future, which by its claims it was not: the server's clock is behind")
			}
			f := finding.Found(finding.TokenIssuedInFuture, e.CertaintyByClock(ok), "%s", detail).
				Seen("iat", finding.Time(iat)).Fix("Compare the issuer's clock with the server's.", run("timedatectl"))
			findings = append(findings, seeReason(f, reason))
		}
		exp, has := t.ExpiresAt()
		switch {
		case t.Claims["exp"] != nil || !e.ClaimsComplete():
		case t.Kind == token.KindJWT:
			findings = append(findings, prove(finding.TokenNeverExpires, "the token has no `exp`: an API server takes an ID token without one for expired, other verifiers may take it for ever").
				Fix("Have the issuer give its tokens a lifetime.", finding.Command{}))
		default:
			findings = append(findings, prove(finding.TokenNeverExpires, "the token has no `exp`: it works until its key or its ServiceAccount is gone").
				Fix("Use tokens with a lifetime: a projected volume, or TokenRequest.", finding.Command{}))
		}
		switch {
		case len(findings) > 0:
			return report(findings...)
		case !has:
			return unknown(T("the token's `exp` cannot be read"))
		case exp.Before(now):
			return pass(T("until %s, %s ago, which the server overlooks", finding.Time(exp), finding.Duration(exp.Sub(now))))
		}
		return pass(T("until %s, %s from now", finding.Time(exp), finding.Duration(exp.Sub(now))))
	},
}

func notYet(e *Case, now time.Time, byServer bool) []finding.Finding {
	nbf, has := e.Token().NotBefore()
	reason, said := e.ServerSettles(finding.TokenNotYetValid)
	if !said && (!has || !now.Add(diagnose.Leeway).Before(nbf) || e.Authenticated()) {
		return nil
	}
	f := finding.Found(finding.TokenNotYetValid, e.CertaintyByClock(said), "the token begins on %s, %s from now%s", finding.Time(nbf), finding.Duration(nbf.Sub(now)), byClock(byServer))
	if !nbf.After(now) {
		f = f.Saying(T("the server says that the token is not valid yet, which by its claims it is: the server's clock is behind"))
	}
	f = f.Seen("nbf", finding.Time(nbf))
	if byServer {
		f = f.Seen("the server's clock", finding.Time(now))
	}
	return []finding.Finding{seeReason(f, reason).Fix("Compare the clock of the issuer with the server's: the API server allows one minute.", run("timedatectl"))}
}

func expired(e *Case, now time.Time, byServer bool) []finding.Finding {
	exp, has := e.Token().ExpiresAt()
	reason, said := e.ServerSettles(finding.TokenExpired)
	if !e.IsExpired() {
		return nil
	}
	f := finding.Found(finding.TokenExpired, e.CertaintyByClock(said), "the token ended on %s, %s ago%s", finding.Time(exp), finding.Duration(now.Sub(exp)), byClock(byServer))
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
	sa := e.Token().ServiceAccount()
	switch {
	case sa == nil:
		f = f.Fix("Log in again, or refresh the ID token.", finding.Command{})
	case sa.Pod != nil:
		f = f.Fix("Have the program read its token file again, which the kubelet keeps fresh; a restart through whatever controls the Pod does it.", controller(e))
	default:
		f = f.Fix("Get a new token.", mintAnew(e))
	}
	return []finding.Finding{f}
}

func issuedAhead(e *Case, now time.Time) bool {
	iat, has := e.Token().IssuedAt()
	// OIDC does not look at iat.
	return has && e.Token().Kind == token.KindServiceAccount && now.Add(diagnose.Leeway).Before(iat) && !e.Authenticated()
}
