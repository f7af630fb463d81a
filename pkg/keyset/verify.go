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
		findings = append(findings, finding.New(finding.AudienceNotChecked, finding.Proved,
			"no audience was asked for: a token that was issued for another service passes too").
			Do("Name the audience that your service expects: --audience AUDIENCE.", ""))
	}
	if o.Issuer == "" {
		findings = append(findings, finding.New(finding.IssuerNotChecked, finding.Proved,
			"no issuer was asked for: a token passes whatever its iss, if one of the keys signed it").
			Do("Name the issuer that you trust: --issuer ISSUER, or --issuer-url URL.", ""))
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
		if r.Key.weakness() != "" {
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
		r.Findings = append(r.Findings, finding.New(finding.OpaqueToken, finding.Proved,
			"it is not a JWT, so there is no signature that could be verified with a key").
			Do("Ask the API server whose it is, with kubectl authn review.", ""))
	}
	r.Valid = signature.Verdict == SignatureValid && !slices.ContainsFunc(r.Findings, func(f finding.Finding) bool {
		return f.Severity == finding.Error
	})
	return r
}

// problems are the findings of how the token is written.
func problems(t JWT) (findings []finding.Finding) {
	for _, p := range t.Faults() {
		f := finding.Found(p.ID, finding.Proved, "%s", p.Detail)
		switch p.ID {
		case finding.TokenBase64Wrapped:
			f = f.Do("Decode it first, as base64 -d does.", "")
		case finding.TokenTruncated, finding.TokenHasWhitespace:
			f = f.Do("Copy the whole token again, in one line.", "")
		case finding.TokenHasControlCharacters:
			f = f.Do("Take the token again from where it was issued, without the terminal between.", "")
		case finding.AuthorizationSchemePasted:
			f = f.Do(`Leave out the word "Bearer": clients put it there.`, "")
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
	detail := fmt.Sprintf("the token says it was issued by %s, and %s is expected", quote(iss), quote(o.Issuer))
	switch near := NearMiss(iss, o.Issuer); {
	case iss == "":
		detail = fmt.Sprintf("the token does not say who issued it, and %s is expected", quote(o.Issuer))
	case near != "":
		detail += ": " + near + ", and issuers are compared to the letter"
	}
	f := finding.New(finding.IssuerNotTrusted, finding.Proved, detail)
	// No API server was asked.
	f.Title = "the token names another issuer than the one expected"
	return []finding.Finding{f.
		See("claim iss", quote(iss)).
		Do("Expect exactly the issuer that the token names, if that is the right one; else get a token from the right one.", "")}
}

func judgeAudience(t JWT, o Options) []finding.Finding {
	aud, present := t.Audience()
	if len(aud) == 0 {
		detail := "the token is for no audience in particular (it has no aud)"
		if present {
			detail = "the token is for no audience in particular (its aud is empty)"
		}
		if len(o.Audiences) == 0 {
			return []finding.Finding{finding.New(finding.AudienceMissing, finding.Proved, detail+": who insists on an audience refuses it")}
		}
		f := finding.New(finding.AudienceMismatch, finding.Proved, fmt.Sprintf("%s, and %s is asked for", detail, quoteAll(o.Audiences)))
		return []finding.Finding{mintFor(t, o.Audiences[0], f)}
	}
	if len(o.Audiences) == 0 || slices.ContainsFunc(aud, func(a string) bool { return slices.Contains(o.Audiences, a) }) {
		return nil
	}
	detail := fmt.Sprintf("the token is for %s, and %s is asked for", quoteAll(aud), quoteAll(o.Audiences))
	if len(aud) == 1 && len(o.Audiences) == 1 {
		if near := NearMiss(aud[0], o.Audiences[0]); near != "" {
			detail += ": " + near
		}
	}
	f := finding.New(finding.AudienceMismatch, finding.Proved, detail).See("claim aud", quoteAll(aud))
	return []finding.Finding{mintFor(t, o.Audiences[0], f)}
}

// mintFor says how to get a token for the audience.
func mintFor(t JWT, audience string, f finding.Finding) finding.Finding {
	if command := mint(t); command != "" {
		return f.Do("Get a token for that audience.", command+" --audience "+finding.Word(audience))
	}
	return f.Do("Get a token for that audience from its issuer.", "")
}

// mint is the command that gets another token of the same ServiceAccount; "" where it
// is no ServiceAccount's.
func mint(t JWT) string {
	account := t.ServiceAccount()
	if account == nil || !finding.ObjectName(account.Name) || !finding.NamespaceName(account.Namespace) {
		return ""
	}
	return fmt.Sprintf("kubectl authn mint %s --namespace %s", account.Name, account.Namespace)
}

func renew(t JWT, o Options, f finding.Finding) finding.Finding {
	if command := mint(t); command != "" {
		for _, a := range o.Audiences {
			command += " --audience " + finding.Word(a)
		}
		return f.Do("Get a new token.", command)
	}
	return f.Do("Get a new token from its issuer.", "")
}

func judgeTime(t JWT, o Options) (findings []finding.Finding) {
	proved := func(id finding.ID, detail, claim string) finding.Finding {
		return finding.New(id, finding.Proved, detail).See("claim "+claim, fmt.Sprint(t.Claim(claim)))
	}
	leeway := ""
	if o.Leeway > 0 {
		leeway = fmt.Sprintf(" (and %s of leeway do not help)", span(o.Leeway))
	}
	const clocks = "Wait, or set the clocks of the issuer and of this machine right."
	expires, hasExpiry := t.ExpiresAt()
	notBefore, hasNotBefore := t.NotBefore()
	issued, hasIssued := t.IssuedAt()

	if hasNotBefore && o.At.Add(o.Leeway).Before(notBefore) {
		findings = append(findings, proved(finding.TokenNotYetValid, "the token is valid from "+moment(notBefore, o.At)+leeway, "nbf").Do(clocks, ""))
	}
	expired := hasExpiry && !o.At.Add(-o.Leeway).Before(expires)
	if expired {
		findings = append(findings, renew(t, o, proved(finding.TokenExpired, "the token expired at "+moment(expires, o.At)+leeway, "exp")))
	}
	if hasIssued && o.At.Add(o.Leeway).Before(issued) {
		findings = append(findings, proved(finding.TokenIssuedInFuture, "the token was issued at "+moment(issued, o.At)+leeway, "iat").Do(clocks, ""))
	}
	if !hasExpiry && t.Claim("exp") == nil {
		f := finding.New(finding.TokenNeverExpires, finding.Proved, "the token has no exp: it works until its key is withdrawn")
		if t.IsLegacy() {
			f.Detail = "the token has no exp: it works until its Secret is deleted"
		}
		findings = append(findings, renew(t, o, f))
	}
	if expired {
		return findings
	}
	if warnAfter, ok := t.WarnAfter(); ok && o.At.After(warnAfter) {
		findings = append(findings, finding.New(finding.TokenStale, finding.Proved,
			"the token should have been replaced at "+moment(warnAfter, o.At)+": it lives on an extension, and the client that holds it does not read it anew").
			See("claim kubernetes.io.warnafter", moment(warnAfter, o.At)).
			Do("Update the client's library to one that reads the token file again, or restart it.", ""))
	}
	start, hasStart := issued, hasIssued
	if !hasStart {
		start, hasStart = notBefore, hasNotBefore
	}
	switch left := expires.Sub(o.At); {
	case hasExpiry && left <= 0:
		findings = append(findings, renew(t, o, proved(finding.TokenExpiresSoon, "the token expired at "+moment(expires, o.At)+fmt.Sprintf(", and passes for the %s of leeway alone", span(o.Leeway)), "exp")))
	case hasExpiry && hasStart && left < time.Hour && left < expires.Sub(start)/10:
		findings = append(findings, renew(t, o, proved(finding.TokenExpiresSoon, "the token expires at "+moment(expires, o.At), "exp")))
	}
	return findings
}
