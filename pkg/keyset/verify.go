package keyset

import (
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Options say what a token is held against beside its signature.
type Options struct {
	// Issuer is the issuer that is expected; any where it is empty.
	Issuer string
	// Audiences are those of which the token has to be for one; any where there are none.
	Audiences []string
	// At is the time to judge by; the zero time stands for now.
	At time.Time
	// Leeway is how far the clocks of issuer and verifier may differ.
	Leeway time.Duration
}

// NotChecked are the checks that every verifier should make, and that o leaves out.
func (o Options) NotChecked() (findings []finding.Finding) {
	if len(o.Audiences) == 0 {
		findings = append(findings, finding.Found(finding.AudienceNotChecked, finding.Proved,
			"no audience was asked for: a token that was issued for another service passes too").
			Fix("Name the audience that your service expects: --audience AUDIENCE.", finding.Command{}))
	}
	if o.Issuer == "" {
		findings = append(findings, finding.Found(finding.IssuerNotChecked, finding.Proved,
			"no issuer was asked for: a token passes whatever its iss, if one of the keys signed it").
			Fix("Name the issuer that you trust: --issuer ISSUER, or --issuer-url URL.", finding.Command{}))
	}
	return findings
}

// Result is everything that is to be said of a token.
type Result struct {
	// Valid: the signature was verified and no finding is an error.
	Valid bool
	// Key is the key that verified it; nil where none did.
	Key *Key
	// Findings are all faults, not the first alone. What is wrong with the key set as
	// a whole is not among them.
	Findings []finding.Finding
	// Ignored are members of the header by which the token brings its own key; they
	// were not followed.
	Ignored []string
}

// Verify verifies signature and claims of a token.
func (ks *KeySet) Verify(t JWT, o Options) Result {
	if o.At.IsZero() {
		o.At = time.Now()
	}
	signature := ks.signature(t)
	r := Result{Ignored: signature.Ignored, Findings: problems(t)}
	r.Findings = append(r.Findings, signature.Findings...)
	if signature.Verdict == SignatureValid {
		r.Key = signature.Key
		if !r.Key.weakness().IsZero() {
			f, _ := weakKey(r.Key, ks.title(r.Key))
			r.Findings = append(r.Findings, f)
		}
	}
	if t.HasClaims() {
		r.Findings = append(r.Findings, judgeIssuer(t, o)...)
		r.Findings = append(r.Findings, judgeAudience(t, o)...)
		r.Findings = append(r.Findings, judgeTime(t, o)...)
	}
	if len(r.Findings) == 0 && signature.Verdict == NotChecked {
		r.Findings = append(r.Findings, finding.Found(finding.OpaqueToken, finding.Proved,
			"it is not a JWT, so there is no signature that could be verified with a key").
			Fix("Ask the API server whose it is, with kubectl authn review.", finding.Command{}))
	}
	r.Valid = signature.Verdict == SignatureValid && !slices.ContainsFunc(r.Findings, func(f finding.Finding) bool {
		return f.Severity == finding.Error
	})
	return r
}

// problems are the findings of how the token is written.
func problems(t JWT) (findings []finding.Finding) {
	for _, p := range t.Faults() {
		f := found(p.ID, p.Detail)
		switch p.ID {
		case finding.TokenBase64Wrapped:
			f = f.Fix("Decode it first, as base64 -d does.", finding.Command{})
		case finding.TokenTruncated, finding.TokenHasWhitespace:
			f = f.Fix("Copy the whole token again, in one line.", finding.Command{})
		case finding.TokenHasControlCharacters:
			f = f.Fix("Take the token again from where it was issued, without the terminal between.", finding.Command{})
		case finding.AuthorizationSchemePasted:
			f = f.Fix(`Leave out the word "Bearer": clients put it there.`, finding.Command{})
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
	detail := finding.T("the token says it was issued by %q, and %q is expected", named, expected)
	switch near := NearMiss(iss, o.Issuer); {
	case iss == "":
		detail = finding.T("the token does not say who issued it, and %q is expected", expected)
	case !near.IsZero():
		detail = finding.T("%s: %s, and issuers are compared to the letter", detail, near)
	}
	f := found(finding.IssuerNotTrusted, detail)
	// No API server was asked.
	f.Title = finding.T("the token names another issuer than the one expected")
	return []finding.Finding{f.
		Seen("claim iss", finding.T("%q", named)).
		Fix("Expect exactly the issuer that the token names, if that is the right one; else get a token from the right one.", finding.Command{})}
}

func judgeAudience(t JWT, o Options) []finding.Finding {
	aud, present := t.Audience()
	if len(aud) == 0 {
		detail := finding.T("the token is for no audience in particular (it has no aud)")
		if present {
			detail = finding.T("the token is for no audience in particular (its aud is empty)")
		}
		if len(o.Audiences) == 0 {
			return []finding.Finding{finding.Found(finding.AudienceMissing, finding.Proved, "%s: who insists on an audience refuses it", detail)}
		}
		f := finding.Found(finding.AudienceMismatch, finding.Proved, "%s, and %s is asked for", detail, audiences(o.Audiences))
		return []finding.Finding{mintFor(t, o.Audiences[0], f)}
	}
	if len(o.Audiences) == 0 || slices.ContainsFunc(aud, func(a string) bool { return slices.Contains(o.Audiences, a) }) {
		return nil
	}
	meant := audiences(aud)
	detail := finding.T("the token is for %s, and %s is asked for", meant, audiences(o.Audiences))
	if len(aud) == 1 && len(o.Audiences) == 1 {
		if near := NearMiss(aud[0], o.Audiences[0]); !near.IsZero() {
			detail = finding.T("%s: %s", detail, near)
		}
	}
	f := found(finding.AudienceMismatch, detail).Seen("claim aud", meant)
	return []finding.Finding{mintFor(t, o.Audiences[0], f)}
}

func audiences(names []string) finding.Text {
	return listed(finding.Names(finding.Audience, names)...)
}

// mintFor says how to get a token for the audience.
func mintFor(t JWT, audience string, f finding.Finding) finding.Finding {
	if command := mint(t); !command.IsZero() {
		return f.Fix("Get a token for that audience.", command.Flag("--audience", finding.Audience.Of(audience)))
	}
	return f.Fix("Get a token for that audience from its issuer.", finding.Command{})
}

// mint is the command that gets another token of the same ServiceAccount; none where it
// is no ServiceAccount's.
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
		return f.Fix("Get a new token.", command)
	}
	return f.Fix("Get a new token from its issuer.", finding.Command{})
}

// judgeTime judges exp, nbf and iat. Each has branches of its own: what it means to be missing, past or ahead differs.
func judgeTime(t JWT, o Options) (findings []finding.Finding) {
	said := func(f finding.Finding, claim string) finding.Finding {
		return f.SeenAt(finding.T("claim %s", finding.Standard(claim)), finding.ClaimValue.Of(fmt.Sprint(t.Claim(claim))))
	}
	var leeway finding.Text
	if o.Leeway > 0 {
		leeway = finding.T(" (and %s of leeway do not help)", finding.Duration(o.Leeway))
	}
	const clocks = "Wait, or set the clocks of the issuer and of this machine right."
	expires, hasExpiry := t.ExpiresAt()
	notBefore, hasNotBefore := t.NotBefore()
	issued, hasIssued := t.IssuedAt()

	if hasNotBefore && o.At.Add(o.Leeway).Before(notBefore) {
		findings = append(findings, said(finding.Found(finding.TokenNotYetValid, finding.Proved, "the token is valid from %s%s", moment(notBefore, o.At), leeway), "nbf").Fix(clocks, finding.Command{}))
	}
	expired := hasExpiry && !o.At.Add(-o.Leeway).Before(expires)
	if expired {
		findings = append(findings, renew(t, o, said(finding.Found(finding.TokenExpired, finding.Proved, "the token expired at %s%s", moment(expires, o.At), leeway), "exp")))
	}
	if hasIssued && o.At.Add(o.Leeway).Before(issued) {
		findings = append(findings, said(finding.Found(finding.TokenIssuedInFuture, finding.Proved, "the token was issued at %s%s", moment(issued, o.At), leeway), "iat").Fix(clocks, finding.Command{}))
	}
	if !hasExpiry && t.Claim("exp") == nil {
		f := finding.Found(finding.TokenNeverExpires, finding.Proved, "the token has no exp: it works until its key is withdrawn")
		if t.IsLegacy() {
			f = f.Saying(finding.T("the token has no exp: it works until its Secret is deleted"))
		}
		findings = append(findings, renew(t, o, f))
	}
	if expired {
		return findings
	}
	if warnAfter, ok := t.WarnAfter(); ok && o.At.After(warnAfter) {
		findings = append(findings, finding.Found(finding.TokenStale, finding.Proved,
			"the token should have been replaced at %s: it lives on an extension, and the client that holds it does not read it anew", moment(warnAfter, o.At)).
			Seen("claim kubernetes.io.warnafter", moment(warnAfter, o.At)).
			Fix("Update the client's library to one that reads the token file again, or restart it.", finding.Command{}))
	}
	start, hasStart := issued, hasIssued
	if !hasStart {
		start, hasStart = notBefore, hasNotBefore
	}
	switch left := expires.Sub(o.At); {
	case hasExpiry && left <= 0:
		findings = append(findings, renew(t, o, said(finding.Found(finding.TokenExpiresSoon, finding.Proved, "the token expired at %s, and passes for the %s of leeway alone", moment(expires, o.At), finding.Duration(o.Leeway)), "exp")))
	case hasExpiry && hasStart && left < time.Hour && left < expires.Sub(start)/10:
		findings = append(findings, renew(t, o, said(finding.Found(finding.TokenExpiresSoon, finding.Proved, "the token expires at %s", moment(expires, o.At)), "exp")))
	}
	return findings
}
