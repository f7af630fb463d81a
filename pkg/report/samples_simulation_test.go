package report

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// janes is a token of an OIDC issuer that expires in an hour.
func janes() Credential {
	return Credential{
		Type: JWT, Source: finding.T("file %s", finding.File.Of("jane.token")),
		Header:   map[string]any{"alg": "RS256", "kid": "2Q6jW7uQ0s1tT5h0p6l8nV3y9x4c1b7a"},
		Claims:   map[string]any{"iss": "https://login.example.com/realms/engineering", "aud": "kubernetes", "sub": "b7c1", "email": "jane@example.org"},
		IssuedAt: clock("2026-05-24 19:14:30"), ExpiresAt: clock("2026-05-24 20:14:30"),
	}
}

const login = "https://login.example.com/realms/engineering"

// askedBefore are authenticators that have no opinion of a JWT issuer's token.
func askedBefore() List[Authenticator] {
	return List[Authenticator]{
		{Name: finding.T("the API server itself"), Result: "NoOpinion"},
		{Name: finding.T("front proxy"), Result: "Rejected", Error: "x509: certificate signed by unknown authority"},
		{Name: finding.T("ServiceAccount token"), Result: "NoOpinion", Steps: []Step{
			{Name: finding.T("issuer"), Outcome: "Skipped", Detail: finding.T(`"https://login.example.com/realms/engineering" is not one of "https://kubernetes.default.svc.cluster.local", "https://kubernetes.default.svc"`)},
		}},
	}
}

func simulateAccepted() *Simulation {
	x := NewSimulation()
	x.Credential, x.Verdict, x.Kubernetes = janes(), Accepted, "v1.36.3"
	x.Audiences = List[string]{"https://kubernetes.default.svc.cluster.local"}
	x.At = clock("2026-05-24 19:44:30")
	x.User = &Identity{
		Username: "jane@example.org", UID: "b7c1", Groups: []string{"platform's", "a-group-of-a-name-so-long-that-it-takes-more-than-one-line-of-a-terminal-of-eighty-columns", "system:authenticated"},
		Extra: map[string][]string{"example.org/tenant": {"blue"}},
	}
	x.Subjects = []RBACSubject{
		{Kind: "User", APIGroup: "rbac.authorization.k8s.io", Name: "jane@example.org"},
		{Kind: "Group", APIGroup: "rbac.authorization.k8s.io", Name: "platform's"},
	}
	x.Findings = List[finding.Finding]{{
		ID: finding.ClaimSelfAsserted, Severity: finding.Warning, Certainty: finding.Proved, Title: finding.T("users may be able to choose their user name"),
		Detail: finding.T("the user name is the claim email, and the token does not state that the address was verified"),
	}}
	x.Authenticators = append(askedBefore(), Authenticator{Name: finding.T("JWT issuer %s", finding.Issuer.Of(login)), Result: Accepted, Steps: []Step{
		{Name: finding.T("token"), Outcome: "Passed"},
		{Name: finding.T("signature"), Outcome: "Passed", Detail: finding.T("by the key 2Q6jW7uQ0s1tT5h0p6l8nV3y9x4c1b7a")},
		{Name: finding.T("claimMappings.username"), Outcome: "Passed", Detail: finding.T("email is %s", finding.Message(`"jane@example.org"`))},
		{Name: finding.T("claimMappings.groups"), Outcome: "Passed", Expression: "claims.?groups.orValue([])", Inputs: map[string]string{"claims.groups": `["platform's"]`}, Value: `["platform's"]`},
	}})
	x.ComparedWith = "v1.30"
	x.Differences = []Difference{
		{Releases: finding.T("before v1.31"), Affects: "Start", Detail: finding.T("an AuthenticationConfiguration has no field anonymous: an API server with that field does not start"), Reference: "k8s.io/apiserver pkg/apis/apiserver/types.go"},
		{Releases: finding.T("before v1.32"), Affects: "User", Detail: finding.T("the jti of a JWT issuer's token does not set the extra authentication.kubernetes.io/credential-id"), Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go"},
	}
	return x
}

func simulateRejected() *Simulation {
	const text = "oidc: error evaluating claim validation expression: validation expression 'claims.email.endsWith('@example.com')' failed: only the company's"
	x := NewSimulation()
	x.Credential, x.Verdict, x.Kubernetes = janes(), Rejected, "v1.36.3"
	x.Error = "[invalid bearer token, " + text + "]"
	x.Cause = finding.OIDCClaimValidationFailed
	x.Findings = List[finding.Finding]{
		finding.Finding{ID: finding.OIDCClaimValidationFailed, Severity: finding.Error, Certainty: finding.Proved, Title: finding.T("a claim validation rule rejected the token"), Detail: finding.T("the server says: %s", finding.Message(text))}.
			Quote(finding.Message(text)).
			Seen("claimValidationRules", finding.Message("claims.email.endsWith('@example.com')")).Seen("claims.email", finding.Message(`"jane@example.org"`)).Seen("value", finding.T("false")).
			Fix("Compare the claims with the expression of the rule in the AuthenticationConfiguration.", finding.Command{}),
	}
	x.Authenticators = append(askedBefore(), Authenticator{Name: finding.T("JWT issuer %s", finding.Issuer.Of(login)), Result: Rejected, Error: text, Steps: []Step{
		{Name: finding.T("token"), Outcome: "Passed"},
		{Name: finding.T("claimValidationRules"), Outcome: "Failed", Expression: "claims.email.endsWith('@example.com')", Inputs: map[string]string{"claims.email": `"jane@example.org"`}, Value: "false"},
		{Name: finding.T("userValidationRules"), Outcome: "Skipped"},
	}})
	return x
}

func simulateUndecided() *Simulation {
	x := NewSimulation()
	x.Credential, x.Verdict, x.Kubernetes = janes(), Undecided, "v1.36.3"
	x.Missing = []finding.Text{
		finding.T("the keys of https://login.example.com/realms/engineering were not given; give them with --jwks ISSUER=FILE"),
		finding.T("the webhook was not asked; to send the token to the webhook, add --call-webhook"),
	}
	x.Cause = finding.InputNotGiven
	x.Findings = List[finding.Finding]{
		finding.Finding{ID: finding.InputNotGiven, Severity: finding.Error, Certainty: finding.Proved, Title: finding.T("an input that the verdict needs is missing"),
			Detail: finding.T("the keys of https://login.example.com/realms/engineering were not given"), Reference: "docs/simulate.md"}.
			Fix("The keys of https://login.example.com/realms/engineering were not given: give them with --jwks ISSUER=FILE.", finding.Command{}).
			Fix("The webhook was not asked. To send the token to the webhook, add --call-webhook.", finding.Command{}),
		{ID: finding.SignatureInvalid, Severity: finding.Error, Certainty: finding.Possible, Title: finding.T("the signature does not match the token")},
	}
	x.Authenticators = append(askedBefore(),
		Authenticator{Name: finding.T("JWT issuer %s", finding.Issuer.Of(login)), Result: "Unknown", Steps: []Step{
			{Name: finding.T("token"), Outcome: "Passed"},
			{Name: finding.T("signature"), Outcome: "Missing", Detail: finding.T("the keys of https://login.example.com/realms/engineering were not given")},
			{Name: finding.T("claims"), Outcome: "Skipped"},
		}},
		Authenticator{Name: finding.T("webhook"), Result: "Unknown", Steps: []Step{{Name: finding.T("input"), Outcome: "Missing", Detail: finding.T("the webhook was not asked")}}})
	return x
}

// compared has one token for each result: another name, another verdict, the same, unknown.
func compared() *Comparison {
	const issuer = "https://login.example.com/realms/engineering"
	jane := &Identity{Username: "oidc:jane", Groups: []string{"oidc:dev"}}
	refused := Outcome{Verdict: Rejected, Cause: finding.CredentialRejected}
	unknown := Outcome{Verdict: Undecided, Cause: finding.InputNotGiven, Missing: []finding.Text{finding.T("the webhook was not asked; to send the token to the webhook, add --call-webhook")}}
	x := NewComparison()
	x.Changed, x.Undecided = 3, 1
	x.Items = List[Compared]{
		{Line: 1, Type: JWT, Issuer: issuer, Subject: "jane", Before: Outcome{Verdict: Accepted, User: jane}, After: Outcome{Verdict: Accepted, User: &Identity{Username: "jane@example.org"}},
			Changes: List[finding.Text]{finding.T("user %q → %q", finding.User.Of("oidc:jane"), finding.User.Of("jane@example.org")), finding.T(`loses group "oidc:dev"`)}},
		{Line: 2, Type: JWT, Issuer: issuer, Subject: "joe", Before: Outcome{Verdict: Accepted, User: jane}, After: Outcome{Verdict: Rejected, Cause: finding.OIDCClaimValidationFailed},
			Changes: List[finding.Text]{finding.T(`Accepted as "oidc:joe" → Rejected (oidc-claim-validation-failed)`)}},
		{Line: 3, Type: JWT, Issuer: issuer, Subject: "jim", Before: Outcome{Verdict: Accepted, User: jane}, After: Outcome{Verdict: Accepted, User: jane}, Changes: List[finding.Text]{finding.T(`loses group "oidc:dev"`)}},
		{Line: 4, Type: OpaqueToken, Before: refused, After: refused},
		{Line: 12, Type: OpaqueToken, Before: refused, After: unknown},
	}
	return x
}

func comparedEqual() *Comparison {
	x := NewComparison()
	x.Items = compared().Items[3:4]
	return x
}

func comparedUnknown() *Comparison {
	x := NewComparison()
	x.Undecided = 1
	x.Items = compared().Items[3:]
	return x
}

// comparedAllUnknown has only unknown results.
func comparedAllUnknown() *Comparison {
	x := NewComparison()
	x.Undecided = 1
	x.Items = compared().Items[4:]
	return x
}
