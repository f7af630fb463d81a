package checks

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

var noCommonName = func(c *x509.Certificate) { c.Subject = pkix.Name{Organization: []string{"developers"}} }

// causeCase is evidence with the finding that explains the verdict, among several that may be true.
type causeCase struct {
	name      string
	given     *evidence.Evidence
	cause     finding.ID
	certainty finding.Certainty
	// beside are further findings; absent are findings that must not occur.
	beside, absent []finding.ID
}

var causeCases = []causeCase{
	// The API server's error message comes first.
	{"the error message names the audience, and the token has also expired",
		given(account(claims{"aud": []string{"vault"}, "exp": at(-time.Hour)}), refusedWith(words(saAudienceText))),
		finding.AudienceMismatch, finding.Proved, []finding.ID{finding.TokenExpired}, nil},
	{"the error message names the expiry, and the ServiceAccount is also deleted",
		given(account(claims{"exp": at(-time.Hour)}), serviceAccountIs(evidence.Object{}), refusedWith(words(expiredText))),
		finding.TokenExpired, finding.Proved, []finding.ID{finding.ServiceAccountDeleted}, nil},
	{"the server met the ServiceAccount, which was there a moment ago",
		given(refusedWith(words(`serviceaccounts "robot" not found`))),
		finding.ServiceAccountDeleted, finding.Proved, nil, nil},
	{"the server's clock is not this one",
		given(refusedWith(words(expiredText)), clock(2*time.Hour)),
		finding.TokenExpired, finding.Proved, []finding.ID{finding.ClockSkew}, nil},
	{"a message that no check is about",
		given(idToken(nil), refusedWith(words("oidc: verify token: failed to verify signature: fetching keys oidc: get keys failed 500"))),
		finding.JWKSUnreachable, finding.Proved, nil, nil},
	{"a claim that the server misses",
		given(secretToken(nil), legacySecretIs(nil), refusedWith(words("sub claim is invalid"))),
		finding.CredentialRejected, finding.Proved, nil, nil},
	{"words that mean nothing of the credential",
		given(account(claims{"exp": at(-time.Hour)}), refusedWith(words("etcdserver: request timed out"))),
		finding.CredentialRejected, finding.Proved, []finding.ID{finding.TokenExpired}, nil},

	// The most specific finding.
	{"alg none", given(holding(unsigned(claims{"alg": "none"}, saClaims(nil), "")), refusedWith(words(primitiveText))),
		finding.AlgorithmNotAccepted, finding.Proved, nil, []finding.ID{finding.TokenTruncated}},
	{"a cut signature", given(holding(cutRSA()), withRSA, refusedWith(words(primitiveText))),
		finding.TokenTruncated, finding.Proved, nil, nil},
	{"an edited token", given(holding(edited), refusedWith(words(primitiveText))),
		finding.SignatureInvalid, finding.Proved, nil, nil},
	{"an access token", given(idToken(claims{"aud": "account", "typ": "Bearer"}), refusedWith(words(oidcAudienceText))),
		finding.OIDCAccessToken, finding.Proved, nil, []finding.ID{finding.AudienceMismatch}},
	{"a bound Pod that is deleted", given(account(bound("pod", "web", "web-uid")), podIs(evidence.Object{}), refusedWith(words(goneText))),
		finding.BoundPodDeleted, finding.Proved, nil, []finding.ID{finding.BoundObjectGone}},

	// Only `invalid bearer token`.
	{"a well-formed JWT", given(idToken(nil), refusedWith(bareText)),
		finding.IssuerNotTrusted, finding.Eliminated, nil, nil},
	{"a JWT with a space that is trimmed", given(holding(idpKey.sign(idClaims(nil), nil)+" "), refusedWith(bareText)),
		finding.IssuerNotTrusted, finding.Eliminated, []finding.ID{finding.TokenHasWhitespace}, nil},
	{"a JWT reviewed for other audiences alone", given(asking("vault"), idToken(nil), answers(unauthorized()), only(refusedFor(bareText, "vault")), noKeys),
		finding.CredentialRejected, finding.Proved, nil, nil},
	{"a ServiceAccount's token reviewed for other audiences alone", given(asking("vault"), account(claims{"aud": []string{"vault"}}), answers(unauthorized()), only(refusedFor(bareText, "vault")), noKeys),
		finding.CredentialRejected, finding.Proved, nil, nil},
	{"a JWT that is accepted for the server's own audiences", given(asking("vault"), idToken(nil), acceptedAs("jane"), refusedFor(bareText, "vault")),
		finding.AudienceMismatch, finding.Eliminated, nil, nil},
	{"a JWT with padding", given(holding(padded()), refusedWith(bareText)),
		finding.TokenPadded, finding.Proved, nil, []finding.ID{finding.IssuerNotTrusted}},
	{"a JWT with an unreadable header", given(holding(idpKey.sign(idClaims(nil), claims{"jwk": claims{"kty": "RSA", "n": 1}})), refusedWith(bareText)),
		finding.CredentialRejected, finding.Proved, nil, nil},
	{"the cluster's own issuer, which is impossible", given(refusedWith(bareText)),
		finding.CredentialRejected, finding.Proved, nil, nil},
	{"an opaque token", given(holding(opaqueRaw), refusedWith(bareText)),
		finding.CredentialRejected, finding.Proved, []finding.ID{finding.OpaqueToken}, nil},
	{"an AWS token of this hour", given(holding(awsRaw(now.Add(-time.Hour))), refusedWith(bareText)),
		finding.AWSIAMTokenExpired, finding.Proved, nil, nil},
	{"an AWS token of this minute", given(holding(awsRaw(now)), refusedWith(bareText)),
		finding.CredentialRejected, finding.Proved, nil, nil},
	{"a bootstrap token whose Secret the caller may not read", given(holding(bootstrapRaw), noObjects, refusedWith(bareText)),
		finding.CredentialRejected, finding.Proved, nil, nil},
	{"a valid bootstrap token", given(holding(bootstrapRaw), bootstrapSecret(nil), refusedWith(bareText)),
		finding.BootstrapTokensDisabled, finding.Eliminated, nil, nil},
	{"a bootstrap token with a group it cannot have", given(holding(bootstrapRaw), bootstrapSecret(func(s *evidence.Secret) { s.Bootstrap.ExtraGroups = "a,b" }), refusedWith(bareText)),
		finding.CredentialRejected, finding.Proved, nil, []finding.ID{finding.BootstrapTokensDisabled}},
	{"another cluster's token that names a missing object", given(foreign, serviceAccountIs(evidence.Object{}), refusedWith(bareText)),
		finding.IssuerNotTrusted, finding.Eliminated, nil, nil},

	// A webhook may give the answer about any token that no other authenticator accepts.
	{"base64, and the webhook is unreachable", given(holding(base64.StdEncoding.EncodeToString([]byte(tampered))), refusedWith(words(webhookDownText))),
		finding.TokenBase64Wrapped, finding.Proved, []finding.ID{finding.WebhookAuthenticatorFailed}, nil},
	{"truncated, and the webhook rejects it", given(holding(tampered[:100]), refusedWith(words("session not found"))),
		finding.TokenTruncated, finding.Proved, nil, nil},
	{"a bootstrap token without a Secret, and the webhook is unreachable", given(holding(bootstrapRaw), secretIs(evidence.Secret{}), refusedWith(words(webhookDownText))),
		finding.BootstrapTokenNotFound, finding.Proved, nil, nil},
	{"an AWS token that expired, in the webhook's message", given(holding(awsRaw(now.Add(-time.Hour))), refusedWith(words("sts getCallerIdentity failed: token is expired"))),
		finding.AWSIAMTokenExpired, finding.Proved, nil, nil},
	{"an opaque token, and the webhook is unreachable", given(holding(opaqueRaw), refusedWith(words(webhookDownText))),
		finding.WebhookAuthenticatorFailed, finding.Proved, nil, nil},
	{"an opaque token, and the webhook rejects it", given(holding(opaqueRaw), refusedWith(words("session not found"))),
		finding.WebhookRejected, finding.Eliminated, nil, nil},
	{"an unknown issuer's JWT, and the webhook is unreachable", given(idToken(nil), refusedWith(words(webhookDownText)), noKeys),
		finding.WebhookAuthenticatorFailed, finding.Proved, nil, nil},
	{"the ServiceAccount's fault, and the webhook is unreachable", given(refusedWith("[invalid bearer token, " + expiredText + ", " + webhookDownText + "]")),
		finding.TokenExpired, finding.Proved, []finding.ID{finding.WebhookAuthenticatorFailed}, nil},
	{"an unknown error message about the cluster's own token", given(refusedWith(words("the attestation is missing"))),
		finding.CredentialRejected, finding.Proved, nil, nil},

	// No error message: the first proved finding, in the API server's order.
	{"expired, and the ServiceAccount is deleted", given(account(claims{"exp": at(-time.Hour)}), serviceAccountIs(evidence.Object{}), rejectedWithoutReason),
		finding.TokenExpired, finding.Proved, []finding.ID{finding.ServiceAccountDeleted}, nil},
	{"edited and expired", given(holding(edited[:strings.LastIndexByte(edited, '.')]+"."+signatureOfAll), rejectedWithoutReason),
		finding.SignatureInvalid, finding.Proved, nil, nil},
	{"another cluster's key, and a missing ServiceAccount", given(namesake, serviceAccountIs(evidence.Object{}), rejectedWithoutReason),
		finding.SigningKeyUnknown, finding.Proved, nil, nil},
	{"another cluster's Pod with a name of this cluster", given(holding(otherKey.sign(saClaims(change(bound("pod", "web-0", "theirs"), claims{"iss": "https://other.example"})), nil)), podIs(there("ours")), rejectedWithoutReason, noKeysOnly),
		finding.CredentialRejected, finding.Proved, nil, nil},
	{"a ServiceAccount older than the unverified token", given(serviceAccountIs(there("ours")), rejectedWithoutReason, noKeys),
		finding.CredentialRejected, finding.Proved, nil, nil},
	{"a terminating Pod is still valid", given(account(change(bound("pod", "web", "web-uid"), claims{"aud": []string{"vault"}})), podIs(deleting("web-uid", time.Minute)), rejectedWithoutReason),
		finding.AudienceMismatch, finding.Eliminated, []finding.ID{finding.BoundPodTerminating}, nil},
	{"only the audience remains", given(account(claims{"aud": []string{"vault"}}), rejectedWithoutReason),
		finding.AudienceMismatch, finding.Eliminated, nil, nil},
	{"the audience remains, and objects that the caller may not read", given(account(claims{"aud": []string{"vault"}}), noObjects, rejectedWithoutReason),
		finding.CredentialRejected, finding.Proved, nil, nil},
	{"expired, by an unreliable clock", given(account(claims{"exp": at(-time.Hour), "aud": []string{"vault"}}), rejectedWithoutReason, noClock),
		finding.CredentialRejected, finding.Proved, nil, nil},
	{"an ID token for which only unknown claim rules remain", given(idToken(claims{"aud": nil}), issuerAsked(idpIss, idpKey), rejectedWithoutReason),
		finding.CredentialRejected, finding.Proved, nil, nil},
	{"a forbidden object is not absent", given(noObjects, rejectedWithoutReason),
		finding.CredentialRejected, finding.Proved, nil, nil},
	{"an opaque token, and no error message", given(holding(opaqueRaw), rejectedWithoutReason),
		finding.CredentialRejected, finding.Proved, nil, nil},
	{"error in cryptographic primitive since 1.31, and no keys", given(holding(edited), refusedWith(words(primitiveText)), noKeys),
		finding.SignatureInvalid, finding.Eliminated, nil, nil},
	{"error in cryptographic primitive before, and no keys", given(holding(edited), refusedWith(words(primitiveText)), noKeys, version("v1.30.14")),
		finding.CredentialRejected, finding.Proved, nil, nil},

	// The answers to the request and to the TokenReview differ.
	{"a review from the cache of another replica", given(answers(unauthorized()), account(claims{"exp": at(-time.Hour)})),
		finding.TokenExpired, finding.Proved, nil, nil},
	{"accepted in a review, and nothing readable", given(answers(unauthorized())),
		finding.CredentialRejected, finding.Proved, nil, nil},

	// Certificates.
	{"expired, and without a user name", given(presenting(clientCA.pemOf(func(c *x509.Certificate) { noCommonName(c); from(-48*time.Hour, -time.Hour)(c) }), ""), answers(unauthorized())),
		finding.CertificateExpired, finding.Proved, []finding.ID{finding.CertificateWithoutCommonName}, nil},
	{"no user name, which the front proxy's authenticator rejects", given(presenting(clientCA.pemOf(noCommonName), ""), answers(unauthorized())),
		finding.CertificateWithoutCommonName, finding.Proved, nil, nil},
	{"not requested, and a rejected token", given(presenting(validPEM, tampered), handshake(evidence.Handshake{}), answers(unauthorized())),
		finding.CredentialRejected, finding.Proved, []finding.ID{finding.ClientCertificateNotRequested}, nil},
	{"not requested, and anonymous access off", given(presenting(validPEM, ""), handshake(evidence.Handshake{}), answers(unauthorized()), noAnonymous),
		finding.ClientCertificateNotRequested, finding.Proved, nil, nil},
	{"of the old CA", given(presenting(newCA("kubernetes").pemOf(nil), ""), answers(unauthorized())),
		finding.ClientCARebuilt, finding.Eliminated, nil, nil},
	{"of the old CA, or expired by an unreliable clock", given(presenting(newCA("kubernetes").pemOf(from(-48*time.Hour, -time.Hour)), ""), answers(unauthorized()), noClock),
		finding.CredentialRejected, finding.Proved, nil, nil},

	// The server receives no credential.
	{"basic auth, and anonymous requests are rejected", given(basic, answers(unauthorized())),
		finding.CredentialRejected, finding.Proved, []finding.ID{finding.BasicAuthUnsupported}, nil},
	{"basic auth, and anonymous access off", given(basic, answers(unauthorized()), noAnonymous),
		finding.BasicAuthUnsupported, finding.Proved, nil, nil},

	// No server was asked.
	{"a simulation without the keys of the issuer", given(idToken(nil), simulatedWithout("the keys of https://idp.example (--jwks)")),
		finding.InputNotGiven, finding.Proved, nil, nil},
	{"a simulation without the keys of the issuer, of a token that no client sends", given(holding("a\nb"), simulatedWithout("the answer of a webhook")),
		finding.TokenHasWhitespace, finding.Proved, nil, []finding.ID{finding.InputNotGiven}},
	{"a simulation with all inputs", given(account(claims{"exp": at(-time.Hour)}), refusedWith(words(expiredText)), simulated),
		finding.TokenExpired, finding.Proved, nil, []finding.ID{finding.InputNotGiven}},
}

func simulated(e *evidence.Evidence) { e.Simulated = true }

// simulatedWithout runs the authenticators here, and one of them needs an input that was not given.
func simulatedWithout(what string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		simulated(e)
		why := finding.T("%s", finding.Message(what))
		e.Subject().Wire = evidence.Unasked[evidence.Answer](why)
		e.Subject().Reviews = []evidence.Review{{Answer: evidence.Unasked[evidence.ReviewStatus](why)}}
	}
}

// Among several findings about a rejected credential, the cause is the one that explains the rejection, or none if
// the evidence does not prove one. A caller who is rejected without a reason reads that, and what to ask an
// administrator for, because no flag would show the caller more.
func TestRefusedWithoutAWord(t *testing.T) {
	d := diagnosed(given(rejectedWithoutReason))
	f := d.Findings[0]
	if f.ID != finding.CredentialRejected || f.Title.String() != "the API server gives clients no reason" {
		t.Errorf("%s: %s", f.ID, f.Title)
	}
	if len(f.Remedy) == 0 || !f.Remedy[0].Command.TakesOthers() {
		t.Errorf("%+v", f.Remedy)
	}
	for _, f := range d.Findings {
		if f.ID == finding.ReviewNotPermitted && f.Severity != finding.Warning {
			t.Errorf("%s is %s", f.ID, f.Severity)
		}
	}
}

func TestCauses(t *testing.T) {
	for _, c := range causeCases {
		t.Run(c.name, func(t *testing.T) {
			d := diagnosed(c.given)
			hold(t, d)
			if d.Cause != c.cause || d.Findings[0].Certainty != c.certainty {
				t.Errorf("%s because of %s (%s), want %s (%s)\n%s", d.Verdict, d.Cause, d.Findings[0].Certainty, c.cause, c.certainty, list(d))
			}
			for _, id := range c.beside {
				if !finds(d, id) {
					t.Errorf("%s is not beside it:\n%s", id, list(d))
				}
			}
			for _, id := range c.absent {
				if finds(d, id) {
					t.Errorf("%s is not true:\n%s", id, list(d))
				}
			}
		})
	}
}

// noKeysOnly lets the caller read the discovery document but not the keys.
func noKeysOnly(e *evidence.Evidence) {
	discovery := e.Cluster.Value.Discovery
	noKeys(e)
	e.Cluster.Value.Discovery = discovery
}

// finds reports whether the diagnosis has a certain finding.
func finds(d *diagnose.Diagnosis, id finding.ID) bool {
	for _, f := range d.Findings {
		if f.ID == id && f.Explains() {
			return true
		}
	}
	return false
}

// A possible finding is listed and is never the cause.
func TestPossibleIsNeverTheCause(t *testing.T) {
	if len(checkCases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range checkCases {
		d := diagnosed(c.given)
		t.Run(c.check+"/"+c.name, func(t *testing.T) { hold(t, d) })
	}
}

// A failed read never proves absence: with only a 401, no finding about an object, a key or an audience is
// certain.
func TestForbiddenNeverReadsAsAbsent(t *testing.T) {
	for name, raw := range map[string]string{
		"bound":     clusterKey.sign(saClaims(change(bound("pod", "web", "web-uid"), bound("node", "n", "n-uid"))), nil),
		"secret":    clusterKey.sign(saClaims(bound("secret", "key", "key-uid")), nil),
		"legacy":    clusterKey.sign(legacyClaims(nil), nil),
		"bootstrap": bootstrapRaw,
		"id token":  idpKey.sign(idClaims(nil), nil),
	} {
		t.Run(name, func(t *testing.T) {
			d := diagnosed(given(holding(raw), noObjects, noKeys, rejectedWithoutReason))
			hold(t, d)
			if d.Cause != finding.CredentialRejected {
				t.Errorf("the cause is %s", d.Cause)
			}
			possible := 0
			for _, f := range d.Findings {
				switch {
				case !f.Explains():
					possible++
				case f.Severity == finding.Error && f.ID != d.Cause:
					t.Errorf("%s is %s: %s", f.ID, f.Certainty, f.Detail)
				}
			}
			if possible == 0 {
				t.Error("nothing is said to be possible")
			}
		})
	}
}

// Diagnosing is pure: the same evidence gives the same diagnosis, and is not changed.
func TestDiagnoseIsPure(t *testing.T) {
	for _, c := range checkCases {
		first, second := list(diagnosed(c.given)), list(diagnosed(c.given))
		if first != second {
			t.Errorf("%s/%s: two diagnoses differ:\n%s\n%s", c.check, c.name, first, second)
		}
	}
}

// A credential that no server was asked about has findings, and none that needs one.
func TestFindingsOffline(t *testing.T) {
	offline := func(c *credential.Credential) []finding.ID {
		e := &evidence.Evidence{Now: now, Subjects: []*evidence.Subject{{Credential: c}}}
		var ids []finding.ID
		for _, f := range diagnose.Findings(diagnose.NewCase(e), OfItself()) {
			ids = append(ids, f.ID)
		}
		return ids
	}
	of := func(raw string) *credential.Credential { return &credential.Credential{Token: token.Parse(raw)} }
	for name, c := range map[string]struct {
		credential *credential.Credential
		want       string
	}{
		"in order":  {of(tampered), ""},
		"over":      {of(clusterKey.sign(saClaims(claims{"exp": at(-time.Hour)}), nil)), "token-expired"},
		"base64":    {of(base64.StdEncoding.EncodeToString([]byte(tampered))), "token-base64-wrapped"},
		"none":      {of(unsigned(claims{"alg": "none"}, saClaims(nil), "")), "algorithm-not-accepted"},
		"opaque":    {of(opaqueRaw), "opaque-token"},
		"legacy":    {of(clusterKey.sign(legacyClaims(nil), nil)), "legacy-token"},
		"bootstrap": {of(bootstrapRaw), ""},
		"old certificate": {&credential.Credential{Certificate: must(credential.ParseCertificate([]byte(clientCA.pemOf(from(-48*time.Hour, -time.Hour)))))},
			"certificate-expired"},
	} {
		got := ""
		for _, id := range offline(c.credential) {
			got = strings.TrimPrefix(got+" "+string(id), " ")
		}
		if got != c.want {
			t.Errorf("%s: found %q, want %q", name, got, c.want)
		}
	}
}

// A caller whose own credential is rejected gets no command, because the API server would reject the command too. That
// the caller is rejected as well explains nothing.
func TestRefusedCallerAsksAnAdministrator(t *testing.T) {
	for _, own := range []bool{true, false} {
		for _, source := range []finding.Text{finding.T("kubeconfig context c user u"), finding.T("exec aws"), finding.T("in-cluster")} {
			e := given(rejectedWithoutReason)
			e.Subject().Credential.Source, e.Subject().Credential.AsCaller = source, own
			e.Subject().Reviews = []evidence.Review{{Answer: evidence.Not[evidence.ReviewStatus](&evidence.Failure{Kind: evidence.Unauthenticated, Said: finding.T("Unauthorized")}, finding.T("TokenReview"))}}
			f := diagnosed(e).Findings[0]
			if f.ID != finding.CredentialRejected {
				t.Fatalf("%s: the cause is %s", source, f.ID)
			}
			if common := strings.Contains(f.Detail.String(), "also the caller's own credential"); common == own {
				t.Errorf("%s, own: %t: %s", source, own, f.Detail)
			}
			administrator := false
			for _, r := range f.Remedy {
				administrator = administrator || strings.Contains(r.Description.String(), "Ask an administrator to run")
				if strings.Contains(r.Command.String(), "kubectl authn explain") {
					t.Errorf("%s, own: %t: %s", source, own, r.Command)
				}
			}
			if administrator != own {
				t.Errorf("%s, own: %t: %+v", source, own, f.Remedy)
			}
		}
	}
}

// Anybody can write the name of a Pod into a token: no command that changes something is
// made of a claim.
func TestNoCommandChangesWhatAClaimNames(t *testing.T) {
	victim := change(bound("pod", "etcd-0", "u"), claims{"exp": at(-time.Hour)})
	commands := 0
	for name, e := range map[string]*evidence.Evidence{
		"the server says": given(account(victim), noKeys, refusedWith(words(expiredText))),
		"recreated":       given(account(victim), serviceAccountIs(younger("new")), podIs(there("u")), rejectedWithoutReason),
		"unverified":      given(account(victim), noKeys, rejectedWithoutReason),
		"not signed":      given(holding(unsigned(claims{"alg": "none"}, saClaims(victim), "")), refusedWith(words(primitiveText))),
	} {
		e.Subject().Pod.Value.Controller = evidence.Controller{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "etcd"}
		for _, f := range diagnosed(e).Findings {
			for _, r := range f.Remedy {
				if !strings.Contains(r.Command.String(), "etcd") {
					continue
				}
				commands++
				if name == "unverified" || name == "not signed" {
					t.Errorf("%s: %s", name, r.Command)
				}
			}
		}
	}
	if commands == 0 {
		t.Error("no command names the Pod")
	}
}
