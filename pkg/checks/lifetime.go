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

// The server's clock decides. The server checks nbf, exp, iat of a ServiceAccount token in this order, and exp before nbf
// of an ID token, whose iat it ignores.
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
			detail := T("the token was issued at %s (in %s, %s)", finding.Time(iat), finding.Duration(iat.Sub(now)), clockUsed(byServer))
			if !iat.After(now) {
				detail = T("the API server reports that the token was issued in the future, but `iat` has passed. The API server's clock is behind")
			}
			f := finding.Found(finding.TokenIssuedInFuture, c.CertaintyByClock(ok), "%s", detail).
				Seen("iat", finding.Time(iat)).Fix("Compare the clock of the issuer with the clock of the API server: run this command on both machines.", run("timedatectl"))
			findings = append(findings, seeReason(f, reason))
		}
		exp, has := t.ExpiresAt()
		switch {
		case t.Claims["exp"] != nil || !c.ClaimsComplete():
		case t.Kind == token.KindJWT:
			findings = append(findings, prove(finding.TokenNeverExpires, "the token has no `exp`. An API server treats such an ID token as expired, and other verifiers may accept the token forever").
				Fix("Configure the issuer to set `exp` in its tokens.", finding.Command{}))
		default:
			f := prove(finding.TokenNeverExpires, "the token has no `exp` and works until its signing key or its ServiceAccount is deleted").
				Fix("Use tokens that expire: a projected volume in a Pod, or `kubectl create token`.", finding.Command{})
			findings = append(findings, revoke(c, f))
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
	f := finding.Found(finding.TokenNotYetValid, c.CertaintyByClock(said), "the token becomes valid at %s (in %s, %s)", finding.Time(nbf), finding.Duration(nbf.Sub(now)), clockUsed(byServer))
	if !nbf.After(now) {
		f = f.Saying(T("the API server reports that the token is not valid yet, but `nbf` has passed. The API server's clock is behind"))
	}
	f = f.Seen("nbf", finding.Time(nbf))
	if byServer {
		f = f.Seen("API server's clock", finding.Time(now))
	}
	return []finding.Finding{seeReason(f, reason).Fix("Compare the clock of the issuer with the clock of the API server: run this command on both machines. The API server allows a difference of one minute.", run("timedatectl"))}
}

func expired(c *Case, now time.Time, byServer bool) []finding.Finding {
	exp, has := c.Token().ExpiresAt()
	reason, said := c.ServerSettles(finding.TokenExpired)
	if !c.IsExpired() {
		return nil
	}
	f := finding.Found(finding.TokenExpired, c.CertaintyByClock(said), "the token expired at %s (%s ago, %s)", finding.Time(exp), finding.Duration(now.Sub(exp)), clockUsed(byServer))
	switch {
	case !has:
		f = f.Saying(T("the API server reports that the token has expired, as it does for an ID token without a readable `exp`"))
	case exp.After(now):
		f = f.Saying(T("the API server reports that the token has expired, but `exp` is %s. The API server's clock is ahead", finding.Time(exp)))
	}
	if has {
		f = f.Seen("exp", finding.Time(exp))
	}
	if byServer {
		f = f.Seen("API server's clock", finding.Time(now))
	}
	f = seeReason(f, reason)
	switch sa := c.Token().ServiceAccount(); {
	case c.IsKeptByKubelet():
		f = kubeletStopped(c, f)
	case sa != nil && sa.Pod != nil:
		f = restart(c, f, T("The kubelet replaces the token in the Pod's file, but the client still sends the old token."))
		f = f.Fix("Use a client that reads the token file again, such as client-go since v0.15.7.", finding.Command{})
	default:
		f = replaceToken(c, f, noDetail)
	}
	return []finding.Finding{f}
}

func issuedAhead(c *Case, now time.Time) bool {
	iat, has := c.Token().IssuedAt()
	// OIDC does not look at iat.
	return has && c.Token().Kind == token.KindServiceAccount && now.Add(diagnose.Leeway).Before(iat) && !c.Authenticated()
}

// clockUsed says which clock a lifetime was compared with.
func clockUsed(byServer bool) finding.Text {
	if byServer {
		return T("by the server's clock")
	}
	return T("by this machine's clock, because the server's clock is not known")
}
