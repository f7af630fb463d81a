package errortext

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// serverOIDC has the messages about tokens of every issuer other than the API server itself. `oidc:
// verify token: ` precedes the messages of go-oidc.
//
// k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go, pkg/authentication/cel;
// github.com/coreos/go-oidc v2.2.1 up to 1.32, v2.3.0 up to 1.35, v2.5.0 since 1.36. Up to 1.35, a
// token's issuer, audience and times are checked before its algorithm and its signature; since
// 1.36, after them.
var serverOIDC = []pattern{
	{text: `oidc: authenticator not initialized`, stage: OIDC, ids: []finding.ID{finding.OIDCNotInitialized}},
	// In the log, every ten seconds until the initialization succeeds.
	{text: `oidc authenticator: initializing plugin: {error...}`, stage: OIDC, ids: []finding.ID{finding.OIDCNotInitialized}, logged: true},

	{text: `oidc: verify token: oidc: malformed jwt: {error...}`, stage: OIDC, ids: []finding.ID{finding.MalformedJWT}},
	{text: `oidc: verify token: oidc: malformed jwt`, stage: OIDC, since: "1.36", ids: []finding.ID{finding.MalformedJWT}},
	{text: `oidc: verify token: oidc: id token not signed`, stage: OIDC, ids: []finding.ID{finding.AlgorithmNotAccepted}},
	{text: `oidc: verify token: oidc: multiple signatures on id token not supported`, stage: OIDC, ids: []finding.ID{finding.MalformedJWT}},
	{text: `oidc: verify token: oidc: id token signed with unsupported algorithm, expected {wantAlgorithms:list} got {algorithm:q}`, stage: OIDC,
		ids: []finding.ID{finding.AlgorithmNotAccepted}},
	// No key has the kid, or the key with the kid does not verify the signature. The API server
	// fetches keys again only when their Cache-Control has expired.
	{text: `oidc: verify token: failed to verify signature: failed to verify id token signature`, stage: OIDC,
		ids: []finding.ID{finding.SignatureInvalid, finding.SigningKeyUnknown, finding.OIDCKeyCacheStale, finding.TokenTruncated}},
	{text: `oidc: verify token: failed to verify signature: fetching keys oidc: failed to decode keys: {error...}`, stage: OIDC,
		ids: []finding.ID{finding.KeySetInvalid}},
	{text: `oidc: verify token: failed to verify signature: fetching keys {error...}`, stage: OIDC, ids: []finding.ID{finding.JWKSUnreachable}},
	{text: `oidc: verify token: failed to verify signature: {error...}`, stage: OIDC,
		ids: []finding.ID{finding.SignatureInvalid, finding.SigningKeyUnknown, finding.OIDCKeyCacheStale}},
	{text: `oidc: verify token: oidc: internal error, payload parsed did not match previous payload`, stage: OIDC, until: "1.35",
		ids: []finding.ID{finding.SignatureInvalid}},
	{text: `oidc: verify token: oidc: failed to unmarshal claims: {error...}`, stage: OIDC, ids: []finding.ID{finding.MalformedJWT}},
	{text: `oidc: verify token: oidc: failed to obtain source from claim name`, stage: OIDC, ids: []finding.ID{finding.OIDCGroupsClaimInvalid}},
	{text: `oidc: verify token: oidc: source does not exist`, stage: OIDC, ids: []finding.ID{finding.OIDCGroupsClaimInvalid}},
	{text: `oidc: verify token: oidc: id token issued by a different provider, expected {wantIssuer:q} got {issuer:q}`, stage: OIDC,
		ids: []finding.ID{finding.IssuerNotTrusted}},
	// An access token is for the API that it was issued for, and usually fails here.
	{text: `oidc: verify token: oidc: expected audience in {wantAudiences:list} got {gotAudiences:list}`, stage: OIDC,
		ids: []finding.ID{finding.AudienceMismatch, finding.OIDCAccessToken}},
	{text: `oidc: verify token: oidc: expected audience {wantAudiences:list} got {gotAudiences:list}`, stage: OIDC,
		ids: []finding.ID{finding.AudienceMismatch, finding.OIDCAccessToken}},
	// The expiry of a token without exp is 0001-01-01 00:00:00 +0000 UTC.
	{text: `oidc: verify token: oidc: token is expired (Token Expiry: {expiry})`, stage: OIDC, ids: []finding.ID{finding.TokenExpired}},
	{text: `oidc: verify token: oidc: current time {now} before the nbf (not before) time: {notBefore...}`, stage: OIDC,
		ids: []finding.ID{finding.TokenNotYetValid}},
	{text: `oidc: verify token: oidc: invalid configuration, {error...}`, stage: OIDC},
	{text: `oidc: verify token: {error...}`, stage: OIDC, ids: []finding.ID{finding.CredentialRejected}},

	{text: `oidc: parse claims: {error...}`, stage: OIDC, ids: []finding.ID{finding.MalformedJWT}},
	// The API server resolves distributed claims only for the groups claim.
	{text: `oidc: could not expand distributed claims: {error...}`, stage: OIDC, ids: []finding.ID{finding.OIDCGroupsClaimInvalid}},
	{text: `oidc: could not convert claims to unstructured: {error...}`, stage: OIDC, until: "1.33", ids: []finding.ID{finding.OIDCClaimMappingFailed}},
	{text: `oidc: could not convert user info to unstructured: {error...}`, stage: OIDC, until: "1.33", ids: []finding.ID{finding.OIDCUserValidationFailed}},

	{text: `oidc: parse username claims {claim:q}: {error...}`, stage: OIDC, ids: []finding.ID{finding.OIDCUsernameClaimMissing}},
	{text: `oidc: error evaluating username claim expression: expression '{expression}' resulted in error: {error...}`, stage: OIDC,
		ids: []finding.ID{finding.OIDCClaimMappingFailed}, values: map[string]string{"mapping": "username"}},
	{text: `oidc: error evaluating username claim expression: {error...}`, stage: OIDC,
		ids: []finding.ID{finding.OIDCClaimMappingFailed}, values: map[string]string{"mapping": "username"}},
	{text: `oidc: empty username via CEL expression is not allowed`, stage: OIDC,
		ids: []finding.ID{finding.OIDCClaimMappingFailed}, values: map[string]string{"mapping": "username"}},
	{text: `oidc: parse 'email_verified' claim: {error...}`, stage: OIDC, ids: []finding.ID{finding.OIDCEmailNotVerified}},
	{text: `oidc: email not verified`, stage: OIDC, ids: []finding.ID{finding.OIDCEmailNotVerified}},

	{text: `oidc: parse groups claim {claim:q}: {error...}`, stage: OIDC, ids: []finding.ID{finding.OIDCGroupsClaimInvalid}},
	{text: `oidc: error evaluating group claim expression: expression '{expression}' resulted in error: {error...}`, stage: OIDC,
		ids: []finding.ID{finding.OIDCClaimMappingFailed}, values: map[string]string{"mapping": "groups"}},
	{text: `oidc: error evaluating group claim expression: {error...}`, stage: OIDC,
		ids: []finding.ID{finding.OIDCClaimMappingFailed}, values: map[string]string{"mapping": "groups"}},
	{text: `oidc: parse uid claim {claim:q}: {error...}`, stage: OIDC,
		ids: []finding.ID{finding.OIDCClaimMappingFailed}, values: map[string]string{"mapping": "uid"}},
	{text: `oidc: error evaluating uid claim expression: expression '{expression}' resulted in error: {error...}`, stage: OIDC,
		ids: []finding.ID{finding.OIDCClaimMappingFailed}, values: map[string]string{"mapping": "uid"}},
	{text: `oidc: error evaluating uid claim expression: {error...}`, stage: OIDC,
		ids: []finding.ID{finding.OIDCClaimMappingFailed}, values: map[string]string{"mapping": "uid"}},
	{text: `oidc: error evaluating extra claim expression: {expression}: expression must return a string or a list of strings`, stage: OIDC,
		ids:    []finding.ID{finding.OIDCClaimMappingFailed},
		values: map[string]string{"mapping": "extra", "error": "expression must return a string or a list of strings"}},
	{text: `oidc: error evaluating extra claim expression: {error...}`, stage: OIDC,
		ids: []finding.ID{finding.OIDCClaimMappingFailed}, values: map[string]string{"mapping": "extra"}},
	// The error of an expression for extra has no prefix of its own.
	{text: `expression '{expression}' resulted in error: {error...}`, stage: OIDC,
		ids: []finding.ID{finding.OIDCClaimMappingFailed}, values: map[string]string{"mapping": "extra"}},

	{text: `oidc: required claim {claim} value does not match. Got = {got}, want = {want...}`, stage: OIDC, ids: []finding.ID{finding.OIDCRequiredClaim}},
	{text: `oidc: required claim {claim} not present in ID token`, stage: OIDC, ids: []finding.ID{finding.OIDCRequiredClaim}},
	{text: `oidc: parse claim {claim}: {error...}`, stage: OIDC, ids: []finding.ID{finding.OIDCRequiredClaim}},

	{text: `oidc: error evaluating claim validation expression: validation expression '{expression}' failed: {message...}`, stage: OIDC,
		ids: []finding.ID{finding.OIDCClaimValidationFailed}},
	{text: `oidc: error evaluating claim validation expression: expression '{expression}' resulted in error: {error...}`, stage: OIDC,
		ids: []finding.ID{finding.OIDCClaimValidationFailed}},
	{text: `oidc: error evaluating claim validation expression: {error...}`, stage: OIDC, ids: []finding.ID{finding.OIDCClaimValidationFailed}},
	{text: `oidc: error evaluating user info validation rule: validation expression '{expression}' failed: {message...}`, stage: OIDC,
		ids: []finding.ID{finding.OIDCUserValidationFailed}},
	{text: `oidc: error evaluating user info validation rule: expression '{expression}' resulted in error: {error...}`, stage: OIDC,
		ids: []finding.ID{finding.OIDCUserValidationFailed}},
	{text: `oidc: error evaluating user info validation rule: {error...}`, stage: OIDC, ids: []finding.ID{finding.OIDCUserValidationFailed}},

	// kubernetes/apiserver#27
	{text: `fetch provider config: {error...}`, stage: OIDC, until: "old", ids: []finding.ID{finding.OIDCNotInitialized}},
	// coreos/go-oidc jose and oidc, v1.
	{text: `oidc: unable to verify JWT signature: no matching keys`, stage: OIDC, until: "old", ids: []finding.ID{finding.SignatureInvalid, finding.SigningKeyUnknown, finding.OIDCKeyCacheStale}},
	{text: `oidc: JWT signature verification failed: {error...}`, stage: OIDC, until: "old", ids: []finding.ID{finding.SignatureInvalid, finding.SigningKeyUnknown, finding.OIDCKeyCacheStale}},
	// gabibbo97/charts#9
	{text: `oidc: JWT claims invalid: invalid claims, cannot find 'client_id' in 'aud' claim, aud={gotAudiences}, client_id={wantAudiences...}`, stage: OIDC, until: "old",
		ids: []finding.ID{finding.AudienceMismatch, finding.OIDCAccessToken}},
	{text: `oidc: {error...}`, stage: OIDC, ids: []finding.ID{finding.CredentialRejected}},
}
