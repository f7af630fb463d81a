package keyset

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Options are the expectations for a token's claims.
type Options struct {
	// Issuer is the expected issuer; empty accepts any.
	Issuer string
	// Audiences are the accepted audiences: the token must have one of them. Empty accepts any.
	Audiences []string
	// At is the time of the verification; zero is now.
	At time.Time
	// Leeway is the accepted difference between the clocks of issuer and verifier.
	Leeway time.Duration
}

// NotChecked returns a finding for each check that every verifier should make and that o leaves out.
func (o Options) NotChecked() (findings []finding.Finding) {
	if len(o.Audiences) == 0 {
		findings = append(findings, finding.Found(finding.AudienceNotChecked, finding.Proved,
			"no audience was requested: a token that was issued for another service passes too").
			Fix("Name the audience that your service expects: --audience AUDIENCE.", finding.Command{}))
	}
	if o.Issuer == "" {
		findings = append(findings, finding.Found(finding.IssuerNotChecked, finding.Proved,
			"no issuer was requested: a token with any iss passes if one of the keys signed it").
			Fix("Name the issuer that you trust: --issuer ISSUER, or --issuer-url URL.", finding.Command{}))
	}
	return findings
}

// Result is the result of Verify.
type Result struct {
	// Valid reports that the signature was verified and no finding is an error.
	Valid bool
	// Key is the key that verified the signature; nil if none did.
	Key *Key
	// Findings are all faults of the token, without the faults of the key set.
	Findings []finding.Finding
	// Ignored are the header members that carry the token's own key. They are never trusted.
	Ignored []string
}

// Verify verifies the signature and the claims of a token.
func (ks *KeySet) Verify(t JWT, o Options) Result {
	if o.At.IsZero() {
		o.At = time.Now()
	}
	signature := ks.signature(t)
	r := Result{Ignored: signature.Ignored, Findings: problems(t)}
	for _, f := range signature.Findings {
		// A signature that is too short for every key is also too short for its own key.
		if f.ID != finding.TokenTruncated || !hasFinding(r.Findings, f.ID) {
			r.Findings = append(r.Findings, f)
		}
	}
	if signature.Verdict == SignatureValid {
		r.Key = signature.Key
		if why := r.Key.weakness(); !why.IsZero() {
			r.Findings = append(r.Findings, weakKey(ks.title(r.Key), why))
		}
	}
	if t.HasClaims() {
		r.Findings = append(r.Findings, judgeIssuer(t, o)...)
		r.Findings = append(r.Findings, judgeAudience(t, o)...)
		r.Findings = append(r.Findings, judgeTime(t, o)...)
	}
	if len(r.Findings) == 0 && signature.Verdict == NotChecked {
		r.Findings = append(r.Findings, finding.Found(finding.OpaqueToken, finding.Proved,
			"the token is not a JWT, so it has no signature that a key could verify").
			Fix("Ask the API server who the token belongs to: kubectl authn review.", finding.Command{}))
	}
	r.Valid = signature.Verdict == SignatureValid && !slices.ContainsFunc(r.Findings, func(f finding.Finding) bool {
		return f.Severity == finding.Error
	})
	return r
}

func hasFinding(of []finding.Finding, id finding.ID) bool {
	return slices.ContainsFunc(of, func(f finding.Finding) bool { return f.ID == id })
}

// problems returns the findings about the token's encoding.
func problems(t JWT) (findings []finding.Finding) {
	for _, p := range t.Faults() {
		f := found(p.ID, p.Detail)
		switch p.ID {
		case finding.TokenBase64Wrapped:
			f = f.Fix("Decode the token first, for example with base64 -d.", finding.Command{})
		case finding.TokenTruncated, finding.TokenHasWhitespace:
			f = f.Fix("Copy the whole token again, as one line.", finding.Command{})
		case finding.TokenHasControlCharacters:
			f = f.Fix("Write the token from its source to a file directly, without copying it from a terminal.", finding.Command{})
		case finding.AuthorizationSchemePasted:
			f = f.Fix(`Remove the word "Bearer" from the token. Clients add it to the request.`, finding.Command{})
		}
		findings = append(findings, f)
	}
	return findings
}

func judgeIssuer(t JWT, o Options) []finding.Finding {
	iss := t.Issuer()
	if o.Issuer == "" || iss == o.Issuer {
		return nil
	}
	named, expected := finding.Issuer.Of(iss), finding.Issuer.Of(o.Issuer)
	detail := finding.T("the token's issuer is %q, and %q is expected", named, expected)
	switch near := NearMiss(iss, o.Issuer); {
	case iss == "":
		detail = finding.T("the token names no issuer (iss), and %q is expected", expected)
	case !near.IsZero():
		detail = finding.T("%s: %s, and issuers must match exactly", detail, near)
	}
	f := found(finding.IssuerNotTrusted, detail)
	// The catalogue's title is about an API server, which was not asked.
	f.Title = finding.T("the token names another issuer than the expected one")
	return []finding.Finding{f.
		Seen("iss of the token", finding.T("%q", named)).
		Fix("If the token's issuer is the right one, expect exactly that issuer. Otherwise, request a token from the expected issuer.", finding.Command{})}
}

func judgeAudience(t JWT, o Options) []finding.Finding {
	aud, present := t.Audience()
	if len(aud) == 0 {
		detail := finding.T("the token has no audience (aud is missing)")
		if present {
			detail = finding.T("the token has no audience (aud is empty)")
		}
		if len(o.Audiences) == 0 {
			return []finding.Finding{finding.Found(finding.AudienceMissing, finding.Proved, "%s: a verifier that requires an audience rejects the token", detail)}
		}
		f := finding.Found(finding.AudienceMismatch, finding.Proved, "%s, and %s is expected", detail, audiences(o.Audiences))
		return []finding.Finding{MintFor(t, o.Audiences[0], f)}
	}
	if len(o.Audiences) == 0 || slices.ContainsFunc(aud, func(a string) bool { return slices.Contains(o.Audiences, a) }) {
		return nil
	}
	actual := audiences(aud)
	detail := finding.T("the token was issued for %s, and %s is expected", actual, audiences(o.Audiences))
	if len(aud) == 1 && len(o.Audiences) == 1 {
		if near := NearMiss(aud[0], o.Audiences[0]); !near.IsZero() {
			detail = finding.T("%s: %s", detail, near)
		}
	}
	f := found(finding.AudienceMismatch, detail).Seen("aud of the token", actual)
	return []finding.Finding{MintFor(t, o.Audiences[0], f)}
}

func audiences(names []string) finding.Text {
	return listed(finding.Names(finding.Audience, names)...)
}

// MintFor adds how to request a token for the audience.
func MintFor(t JWT, audience string, f finding.Finding) finding.Finding {
	if command := mint(t); !command.IsZero() {
		return f.Fix("Request a token for that audience.", command.Flag("--audience", finding.Audience.Of(audience)))
	}
	return f.Fix("Request a token for that audience from the issuer.", finding.Command{})
}

// mint returns the command that requests another token for the token's ServiceAccount; zero if
// the token is not a ServiceAccount's.
func mint(t JWT) finding.Command {
	account := t.ServiceAccount()
	if account == nil || !finding.ObjectName(account.Name) || !finding.NamespaceName(account.Namespace) {
		return finding.Command{}
	}
	return finding.Run("kubectl authn mint").Arg(finding.ServiceAccount.Of(account.Name)).Flag("--namespace", finding.Namespace.Of(account.Namespace))
}

func renew(t JWT, o Options, f finding.Finding) finding.Finding {
	if command := mint(t); !command.IsZero() {
		for _, a := range o.Audiences {
			command = command.Flag("--audience", finding.Audience.Of(a))
		}
		return f.Fix("Request a new token, and replace the old one wherever your client reads it.", command)
	}
	return f.Fix("Request a new token from the issuer, and replace the old one wherever your client reads it.", finding.Command{})
}

// judgeTime judges exp, nbf and iat. Each has its own branches, as missing, past and future times mean different things.
func judgeTime(t JWT, o Options) (findings []finding.Finding) {
	var leeway finding.Text
	if o.Leeway > 0 {
		leeway = finding.T(", even with %s of leeway", finding.Duration(o.Leeway))
	}
	const clocks = "Wait, or correct the clocks of the issuer and of this machine."
	expires, hasExpiry := t.ExpiresAt()
	notBefore, hasNotBefore := t.NotBefore()
	issued, hasIssued := t.IssuedAt()

	if hasNotBefore && o.At.Add(o.Leeway).Before(notBefore) {
		findings = append(findings, finding.Found(finding.TokenNotYetValid, finding.Proved, "the token is valid from %s%s", moment(notBefore, o.At), leeway).Seen("nbf", finding.Time(notBefore)).Fix(clocks, finding.Command{}))
	}
	expired := hasExpiry && !o.At.Add(-o.Leeway).Before(expires)
	if expired {
		findings = append(findings, renew(t, o, finding.Found(finding.TokenExpired, finding.Proved, "the token expired at %s%s", moment(expires, o.At), leeway).Seen("exp", finding.Time(expires))))
	}
	if hasIssued && o.At.Add(o.Leeway).Before(issued) {
		findings = append(findings, finding.Found(finding.TokenIssuedInFuture, finding.Proved, "the token was issued at %s%s", moment(issued, o.At), leeway).Seen("iat", finding.Time(issued)).Fix(clocks, finding.Command{}))
	}
	if !hasExpiry && t.Claim("exp") == nil {
		f := finding.Found(finding.TokenNeverExpires, finding.Proved, "the token has no exp and never expires: it works until its signing key is removed")
		if t.IsLegacy() {
			f = f.Saying(finding.T("the token has no exp and never expires: it works until its Secret is deleted"))
		}
		findings = append(findings, renew(t, o, f))
	}
	if expired {
		return findings
	}
	if warnAfter, ok := t.WarnAfter(); ok && o.At.After(warnAfter) {
		findings = append(findings, finding.Found(finding.TokenStale, finding.Proved,
			"the token should have been replaced at %s: only its extended lifetime keeps it valid, and the client did not read its token file again", moment(warnAfter, o.At)).
			Seen("warnafter", finding.Time(warnAfter)).
			Fix("Restart the client, or update its client library to a version that reads the token file again.", finding.Command{}))
	}
	start, hasStart := issued, hasIssued
	if !hasStart {
		start, hasStart = notBefore, hasNotBefore
	}
	switch left := expires.Sub(o.At); {
	case hasExpiry && left <= 0:
		findings = append(findings, renew(t, o, finding.Found(finding.TokenExpiresSoon, finding.Proved, "the token expired at %s, and passes only because of %s of leeway", moment(expires, o.At), finding.Duration(o.Leeway)).Seen("exp", finding.Time(expires))))
	case hasExpiry && hasStart && left < time.Hour && left < expires.Sub(start)/10:
		findings = append(findings, renew(t, o, finding.Found(finding.TokenExpiresSoon, finding.Proved, "the token expires at %s", moment(expires, o.At)).Seen("exp", finding.Time(expires))))
	}
	return findings
}
