package errortext

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

type ids = []finding.ID

type values = map[string]string

// messages is every text of the API server, made from the format string of its
// source, and what it stands for when it stands alone.
var messages = []struct {
	text   string
	stage  Stage
	ids    ids
	values values
}{
	// bearertoken.go, protocol.go
	{"invalid bearer token", Bearer, ids{
		finding.IssuerNotTrusted, finding.MalformedJWT, finding.TokenTruncated, finding.TokenPadded, finding.EncryptedToken,
		finding.TokenBase64Wrapped, finding.AuthorizationSchemePasted, finding.TokenHasWhitespace, finding.AudienceMismatch,
		finding.BootstrapTokenNotFound, finding.BootstrapTokenExpired, finding.BootstrapTokenSecretMismatch,
		finding.BootstrapTokenNotForAuthentication, finding.BootstrapTokensDisabled, finding.AWSIAMTokenExpired,
		finding.WebhookRejected, finding.OpaqueToken, finding.CredentialRejected,
	}, nil},
	{"the provided Authorization header contains extra space before the bearer token, and is ignored", Bearer, ids{finding.TokenHasWhitespace, finding.AnonymousRequest}, nil},
	{"multiple base64.bearer.authorization tokens specified", WebSocket, ids{finding.CredentialRejected}, nil},
	{"invalid base64.bearer.authorization token encoding", WebSocket, ids{finding.TokenPadded, finding.CredentialRejected}, nil},
	{"invalid base64.bearer.authorization token", WebSocket, ids{finding.CredentialRejected}, nil},
	{"missing additional subprotocol", WebSocket, ids{finding.CredentialRejected}, nil},

	// filters/authentication.go, authn_audit.go
	{"Unauthorized", Request, ids{finding.CredentialRejected}, nil},
	{fmt.Sprintf("unable to match the audience: %v , accepted: %v", []string{"a"}, []string{"b", "c"}), Request, ids{finding.AudienceMismatch}, values{"gotAudiences": "[a]", "wantAudiences": "[b c]"}},
	{fmt.Sprintf("Authentication failed, attempted: %s", "bearer, x509"), Request, ids{finding.CredentialRejected}, values{"methods": "bearer, x509"}},
	{"Authentication failed, no credentials provided", Request,
		ids{finding.NoCredential, finding.EmptyBearerToken, finding.TokenHasWhitespace, finding.CredentialStripped, finding.ClientCertificateNotRequested}, nil},

	// jwt.go, go-jose
	{"invalid signature, no keys found", ServiceAccount, ids{finding.SigningKeyUnknown}, nil},
	{"go-jose/go-jose: error in cryptographic primitive", ServiceAccount, cryptographicPrimitive, nil},
	{"square/go-jose: error in cryptographic primitive", ServiceAccount, cryptographicPrimitive, nil},
	{"crypto/rsa: verification error", ServiceAccount, ids{finding.SignatureInvalid, finding.SigningKeyUnknown}, nil},
	{"go-jose/go-jose/jwt: expected string or array value to unmarshal to Audience", ServiceAccount, ids{finding.MalformedJWT}, values{"claim": "aud"}},
	{"square/go-jose/jwt: expected string or array value to unmarshal to Audience", ServiceAccount, ids{finding.MalformedJWT}, values{"claim": "aud"}},
	{"go-jose/go-jose/jwt: expected number value to unmarshal NumericDate", ServiceAccount, ids{finding.MalformedJWT}, nil},
	{"square/go-jose/jwt: expected number value to unmarshal NumericDate", ServiceAccount, ids{finding.MalformedJWT}, nil},
	{"go-jose/go-jose: unsupported key type/format", ServiceAccount, ids{finding.SignatureInvalid, finding.AlgorithmNotAccepted}, values{"error": "unsupported key type/format"}},
	{"square/go-jose: unsupported key type/format", ServiceAccount, ids{finding.SignatureInvalid, finding.AlgorithmNotAccepted}, values{"error": "unsupported key type/format"}},
	{"json: cannot unmarshal number into Go struct field Claims.sub of type string", ServiceAccount, ids{finding.MalformedJWT}, values{"error": "cannot unmarshal number into Go struct field Claims.sub of type string"}},
	{fmt.Sprintf("token issuer %q is invalid", "https://x"), ServiceAccount, ids{finding.IssuerNotTrusted}, values{"issuer": "https://x"}},
	{fmt.Sprintf("token audiences %q is invalid for the target audiences %q", []string{"vault"}, []string{"https://kubernetes.default.svc.cluster.local", "k3s"}), ServiceAccount,
		ids{finding.AudienceMismatch}, values{"gotAudiences": `["vault"]`, "wantAudiences": `["https://kubernetes.default.svc.cluster.local" "k3s"]`}},
	{fmt.Sprintf("token audiences %q is invalid for the target audiences %q", []string{`a", "b], [`}, []string{}), ServiceAccount,
		ids{finding.AudienceMismatch}, values{"gotAudiences": `["a\", \"b], ["]`, "wantAudiences": `[]`}},

	// claims.go
	{"service account token has expired", ServiceAccount, ids{finding.TokenExpired}, nil},
	{"service account token is not valid yet", ServiceAccount, ids{finding.TokenNotYetValid}, nil},
	{"service account token is issued in the future", ServiceAccount, ids{finding.TokenIssuedInFuture}, nil},
	{fmt.Sprintf("service account token claims could not be validated: %v", "go-jose/go-jose/jwt: validation failed, invalid ID claim (jti)"), ServiceAccount,
		ids{finding.CredentialRejected}, values{"error": "go-jose/go-jose/jwt: validation failed, invalid ID claim (jti)"}},
	{"service account token claims could not be validated due to unexpected validation error", ServiceAccount, ids{finding.CredentialRejected}, nil},
	{"service account token claims could not be validated due to unexpected private claim", ServiceAccount, ids{finding.CredentialRejected}, nil},
	{fmt.Sprintf("%s %q not found", "serviceaccounts", "builder"), ServiceAccount, ids{finding.ServiceAccountDeleted}, values{"serviceAccount": "builder"}},
	{fmt.Sprintf("service account UID (%s) does not match claim (%s)", "u1", "u2"), ServiceAccount, ids{finding.ServiceAccountRecreated}, values{"realUID": "u1", "claimUID": "u2"}},
	{fmt.Sprintf("service account %s/%s has been deleted", "ci", "builder"), ServiceAccount, ids{finding.ServiceAccountTerminating}, values{"namespace": "ci", "serviceAccount": "builder"}},
	{"service account token has been invalidated", ServiceAccount,
		ids{finding.BoundPodDeleted, finding.BoundSecretDeleted, finding.BoundNodeDeleted, finding.BoundPodTerminating, finding.BoundObjectGone}, nil},
	{fmt.Sprintf("secret UID (%s) does not match service account secret ref claim (%s)", "u1", "u2"), ServiceAccount, ids{finding.BoundSecretRecreated}, values{"realUID": "u1", "claimUID": "u2"}},
	{fmt.Sprintf("pod UID (%s) does not match service account pod ref claim (%s)", "u1", ""), ServiceAccount, ids{finding.BoundPodRecreated}, values{"realUID": "u1", "claimUID": ""}},
	{fmt.Sprintf("node UID (%s) does not match service account node ref claim (%s)", "u1", "u2"), ServiceAccount, ids{finding.BoundNodeRecreated}, values{"realUID": "u1", "claimUID": "u2"}},
	{fmt.Sprintf("token is bound to a Node object but the %s feature gate is disabled", "ServiceAccountTokenNodeBindingValidation"), ServiceAccount,
		ids{finding.CredentialRejected}, values{"gate": "ServiceAccountTokenNodeBindingValidation"}},
	{fmt.Sprintf("subject: %s, seconds after warning threshold: %d", "system:serviceaccount:ci:builder", 42), ServiceAccount,
		ids{finding.TokenStale}, values{"subject": "system:serviceaccount:ci:builder", "seconds": "42"}},
	// claims.go up to v1.22
	{"Token has expired.", ServiceAccount, ids{finding.TokenExpired}, nil},
	{"Token has expired", ServiceAccount, ids{finding.TokenExpired}, nil},
	{"Token could not be validated.", ServiceAccount, ids{finding.TokenNotYetValid, finding.CredentialRejected}, nil},
	{fmt.Sprintf("Secret UID (%s) does not match claim (%s)", "u1", "u2"), ServiceAccount, ids{finding.BoundSecretRecreated}, values{"realUID": "u1", "claimUID": "u2"}},
	{fmt.Sprintf("Pod UID (%s) does not match claim (%s)", "u1", "u2"), ServiceAccount, ids{finding.BoundPodRecreated}, values{"realUID": "u1", "claimUID": "u2"}},

	// legacy.go
	{"sub claim is missing", LegacyServiceAccount, ids{finding.CredentialRejected}, values{"claim": "sub"}},
	{"namespace claim is missing", LegacyServiceAccount, ids{finding.CredentialRejected}, values{"claim": "kubernetes.io/serviceaccount/namespace"}},
	{"secretName claim is missing", LegacyServiceAccount, ids{finding.CredentialRejected}, values{"claim": "kubernetes.io/serviceaccount/secret.name"}},
	{"serviceAccountName claim is missing", LegacyServiceAccount, ids{finding.CredentialRejected}, values{"claim": "kubernetes.io/serviceaccount/service-account.name"}},
	{"serviceAccountUID claim is missing", LegacyServiceAccount, ids{finding.CredentialRejected}, values{"claim": "kubernetes.io/serviceaccount/service-account.uid"}},
	{"sub claim is invalid", LegacyServiceAccount, ids{finding.CredentialRejected}, values{"claim": "sub"}},
	{"Token has been invalidated", LegacyServiceAccount,
		ids{finding.LegacyTokenSecretDeleted, finding.BoundPodDeleted, finding.BoundSecretDeleted, finding.BoundPodTerminating, finding.BoundObjectGone}, nil},
	{"Token does not match server's copy", LegacyServiceAccount, ids{finding.LegacyTokenReplaced}, nil},
	{fmt.Sprintf("ServiceAccount %s/%s has been deleted", "ci", "builder"), LegacyServiceAccount, ids{finding.ServiceAccountTerminating}, values{"namespace": "ci", "serviceAccount": "builder"}},
	{fmt.Sprintf("ServiceAccount UID (%s) does not match claim (%s)", "u1", "u2"), LegacyServiceAccount, ids{finding.ServiceAccountRecreated}, values{"realUID": "u1", "claimUID": "u2"}},
	{fmt.Sprintf("the token in secret %s/%s for service account %s/%s has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '%s' label from the secret to temporarily allow use of this token",
		"ci", "builder-token-x", "ci", "builder", "kubernetes.io/legacy-token-invalid-since"), LegacyServiceAccount,
		ids{finding.LegacyTokenMarkedInvalid}, values{"namespace": "ci", "secret": "builder-token-x", "serviceAccount": "builder", "label": "kubernetes.io/legacy-token-invalid-since"}},
	{"Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens.", LegacyServiceAccount, ids{finding.LegacyToken}, nil},

	// claims.go and legacy.go at -v=4, keycache.go
	{fmt.Sprintf("Could not retrieve service account %s/%s: %v", "ci", "builder", `serviceaccounts "builder" not found`), ServiceAccount,
		ids{finding.ServiceAccountDeleted}, values{"namespace": "ci", "serviceAccount": "builder", "object": "builder"}},
	{fmt.Sprintf("Could not retrieve service account %s/%s: %v", "ci", "builder", "etcdserver: request timed out"), ServiceAccount,
		nil, values{"namespace": "ci", "serviceAccount": "builder", "error": "etcdserver: request timed out"}},
	{fmt.Sprintf("Service account UID no longer matches %s/%s: %q != %q", "ci", "builder", "u1", "u2"), ServiceAccount,
		ids{finding.ServiceAccountRecreated}, values{"namespace": "ci", "serviceAccount": "builder", "realUID": "u1", "claimUID": "u2"}},
	{fmt.Sprintf("Service account has been deleted %s/%s", "ci", "builder"), ServiceAccount, ids{finding.ServiceAccountTerminating}, values{"namespace": "ci", "serviceAccount": "builder"}},
	{fmt.Sprintf("Could not retrieve bound secret %s/%s for service account %s/%s: %v", "ci", "key", "ci", "builder", `secrets "key" not found`), ServiceAccount,
		ids{finding.BoundSecretDeleted}, values{"namespace": "ci", "secret": "key", "serviceAccount": "builder", "object": "key"}},
	{fmt.Sprintf("Could not retrieve bound secret %s/%s for service account %s/%s: %v", "ci", "key", "ci", "builder", "context deadline exceeded"), ServiceAccount,
		ids{finding.BoundObjectGone}, values{"namespace": "ci", "secret": "key", "serviceAccount": "builder", "error": "context deadline exceeded"}},
	{fmt.Sprintf("Secret UID no longer matches %s/%s: %q != %q", "ci", "key", "u1", "u2"), ServiceAccount,
		ids{finding.BoundSecretRecreated}, values{"namespace": "ci", "secret": "key", "realUID": "u1", "claimUID": "u2"}},
	{fmt.Sprintf("Bound secret is deleted and awaiting removal: %s/%s for service account %s/%s", "ci", "key", "ci", "builder"), ServiceAccount,
		ids{finding.BoundSecretDeleted}, values{"namespace": "ci", "secret": "key", "serviceAccount": "builder"}},
	{fmt.Sprintf("Could not retrieve bound pod %s/%s for service account %s/%s: %v", "ci", "web-0", "ci", "builder", `pods "web-0" not found`), ServiceAccount,
		ids{finding.BoundPodDeleted}, values{"namespace": "ci", "pod": "web-0", "serviceAccount": "builder", "object": "web-0"}},
	{fmt.Sprintf("Could not retrieve bound pod %s/%s for service account %s/%s: %v", "ci", "web-0", "ci", "builder", "context canceled"), ServiceAccount,
		ids{finding.BoundObjectGone}, values{"namespace": "ci", "pod": "web-0", "serviceAccount": "builder", "error": "context canceled"}},
	{fmt.Sprintf("Pod UID no longer matches %s/%s: %q != %q", "ci", "web-0", "u1", "u2"), ServiceAccount,
		ids{finding.BoundPodRecreated}, values{"namespace": "ci", "pod": "web-0", "realUID": "u1", "claimUID": "u2"}},
	{fmt.Sprintf("Bound pod is deleted and awaiting removal: %s/%s for service account %s/%s", "ci", "web-0", "ci", "builder"), ServiceAccount,
		ids{finding.BoundPodTerminating}, values{"namespace": "ci", "pod": "web-0", "serviceAccount": "builder"}},
	{fmt.Sprintf("Could not retrieve node object %q for service account %s/%s: %v", "n1", "ci", "builder", `nodes "n1" not found`), ServiceAccount,
		ids{finding.BoundNodeDeleted}, values{"node": "n1", "namespace": "ci", "serviceAccount": "builder", "object": "n1"}},
	{fmt.Sprintf("Could not retrieve node object %q for service account %s/%s: %v", "n1", "ci", "builder", "context canceled"), ServiceAccount,
		ids{finding.BoundObjectGone}, values{"node": "n1", "namespace": "ci", "serviceAccount": "builder", "error": "context canceled"}},
	{fmt.Sprintf("Node UID no longer matches %s: %q != %q", "n1", "u1", "u2"), ServiceAccount, ids{finding.BoundNodeRecreated}, values{"node": "n1", "realUID": "u1", "claimUID": "u2"}},
	{fmt.Sprintf("Node %q is deleted and awaiting removal for service account %s/%s", "n1", "ci", "builder"), ServiceAccount,
		ids{finding.BoundNodeDeleted}, values{"node": "n1", "namespace": "ci", "serviceAccount": "builder"}},
	{fmt.Sprintf("Could not retrieve token %s/%s for service account %s/%s: %v", "ci", "key", "ci", "builder", `secrets "key" not found`), LegacyServiceAccount,
		ids{finding.LegacyTokenSecretDeleted}, values{"namespace": "ci", "secret": "key", "serviceAccount": "builder", "object": "key"}},
	{fmt.Sprintf("Could not retrieve token %s/%s for service account %s/%s: %v", "ci", "key", "ci", "builder", "context canceled"), LegacyServiceAccount,
		nil, values{"namespace": "ci", "secret": "key", "serviceAccount": "builder", "error": "context canceled"}},
	{fmt.Sprintf("Token is deleted and awaiting removal: %s/%s for service account %s/%s", "ci", "key", "ci", "builder"), LegacyServiceAccount,
		ids{finding.LegacyTokenSecretDeleted}, values{"namespace": "ci", "secret": "key", "serviceAccount": "builder"}},
	{fmt.Sprintf("Token contents no longer matches %s/%s for service account %s/%s", "ci", "key", "ci", "builder"), LegacyServiceAccount,
		ids{finding.LegacyTokenReplaced}, values{"namespace": "ci", "secret": "key", "serviceAccount": "builder"}},
	{fmt.Sprintf("Key id %q not found after refresh", "k1"), ServiceAccount, ids{finding.SigningKeyUnknown}, values{"kid": "k1"}},

	// bootstrap.go, secrets.go at -v=3
	{fmt.Sprintf("No secret of name %s to match bootstrap bearer token", "bootstrap-token-abcdef"), Bootstrap, ids{finding.BootstrapTokenNotFound}, values{"secret": "bootstrap-token-abcdef"}},
	{fmt.Sprintf("Bootstrap secret %s/%s matching bearer token ", "kube-system", "s") + "is deleted and awaiting removal", Bootstrap,
		ids{finding.BootstrapTokenNotFound}, values{"namespace": "kube-system", "secret": "s"}},
	{fmt.Sprintf("Bootstrap secret %s/%s matching bearer token ", "kube-system", "s") + fmt.Sprintf("has invalid type, expected %s.", "bootstrap.kubernetes.io/token"), Bootstrap,
		ids{finding.BootstrapTokenNotFound}, values{"namespace": "kube-system", "secret": "s"}},
	{fmt.Sprintf("Bootstrap secret %s/%s matching bearer token ", "kube-system", "s") + fmt.Sprintf("has invalid value for key %s.", "token-secret"), Bootstrap,
		ids{finding.BootstrapTokenSecretMismatch}, values{"namespace": "kube-system", "secret": "s"}},
	{fmt.Sprintf("Bootstrap secret %s/%s matching bearer token ", "kube-system", "s") + fmt.Sprintf("has invalid value for key %s.", "token-id"), Bootstrap,
		ids{finding.BootstrapTokenSecretMismatch}, values{"namespace": "kube-system", "secret": "s"}},
	{fmt.Sprintf("Bootstrap secret %s/%s matching bearer token ", "kube-system", "s") + fmt.Sprintf("not marked %s=true.", "usage-bootstrap-authentication"), Bootstrap,
		ids{finding.BootstrapTokenNotForAuthentication}, values{"namespace": "kube-system", "secret": "s"}},
	{fmt.Sprintf("Bootstrap secret %s/%s matching bearer token ", "kube-system", "s") + fmt.Sprintf("has invalid value for key %s: %v.", "auth-extra-groups", "bad group"), Bootstrap,
		ids{finding.CredentialRejected}, values{"namespace": "kube-system", "secret": "s", "error": "bad group."}},
	{fmt.Sprintf("Expired bootstrap token in %s/%s Secret: %v", "kube-system", "s", "2026-01-01T00:00:00Z"), Bootstrap,
		ids{finding.BootstrapTokenExpired}, values{"namespace": "kube-system", "secret": "s", "expiry": "2026-01-01T00:00:00Z"}},
	{fmt.Sprintf("Unparseable expiration time (%s) in %s/%s Secret: %v. Treating as expired.", "soon", "kube-system", "s", "parsing time"), Bootstrap,
		ids{finding.BootstrapTokenExpired}, values{"namespace": "kube-system", "secret": "s", "expiry": "soon", "error": "parsing time"}},

	// oidc.go, go-oidc
	{"oidc: authenticator not initialized", OIDC, ids{finding.OIDCNotInitialized}, nil},
	{fmt.Sprintf("oidc authenticator: initializing plugin: %v", `oidc: issuer did not match the issuer returned by provider, expected "a" got "b"`), OIDC,
		ids{finding.OIDCNotInitialized}, values{"error": `oidc: issuer did not match the issuer returned by provider, expected "a" got "b"`}},
	{"oidc: verify token: oidc: malformed jwt", OIDC, ids{finding.MalformedJWT}, nil},
	{fmt.Sprintf("oidc: verify token: oidc: malformed jwt: %v", "illegal base64 data at input byte 3"), OIDC, ids{finding.MalformedJWT}, values{"error": "illegal base64 data at input byte 3"}},
	{"oidc: verify token: oidc: id token not signed", OIDC, ids{finding.AlgorithmNotAccepted}, nil},
	{"oidc: verify token: oidc: multiple signatures on id token not supported", OIDC, ids{finding.MalformedJWT}, nil},
	{fmt.Sprintf("oidc: verify token: oidc: id token signed with unsupported algorithm, expected %q got %q", []string{"RS256"}, "ES384"), OIDC,
		ids{finding.AlgorithmNotAccepted}, values{"wantAlgorithms": `["RS256"]`, "algorithm": "ES384"}},
	{"oidc: verify token: failed to verify signature: failed to verify id token signature", OIDC,
		ids{finding.SignatureInvalid, finding.SigningKeyUnknown, finding.OIDCKeyCacheStale, finding.TokenTruncated}, nil},
	{fmt.Sprintf("oidc: verify token: failed to verify signature: fetching keys oidc: failed to decode keys: %v %s", "expected Content-Type = application/json, got \"text/html\": invalid character '<'", "<html>"), OIDC,
		ids{finding.KeySetInvalid}, values{"error": "expected Content-Type = application/json, got \"text/html\": invalid character '<' <html>"}},
	{fmt.Sprintf("oidc: verify token: failed to verify signature: fetching keys oidc: get keys failed %v", `Get "https://idp/keys": dial tcp 192.0.2.1:443: connect: connection refused`), OIDC,
		ids{finding.JWKSUnreachable}, values{"error": `oidc: get keys failed Get "https://idp/keys": dial tcp 192.0.2.1:443: connect: connection refused`}},
	{"oidc: verify token: failed to verify signature: fetching keys context deadline exceeded", OIDC, ids{finding.JWKSUnreachable}, values{"error": "context deadline exceeded"}},
	{"oidc: verify token: failed to verify signature: oidc: malformed jwt: x", OIDC,
		ids{finding.SignatureInvalid, finding.SigningKeyUnknown, finding.OIDCKeyCacheStale}, values{"error": "oidc: malformed jwt: x"}},
	{"oidc: verify token: oidc: internal error, payload parsed did not match previous payload", OIDC, ids{finding.SignatureInvalid}, nil},
	{fmt.Sprintf("oidc: verify token: oidc: failed to unmarshal claims: %v", "json: bad"), OIDC, ids{finding.MalformedJWT}, values{"error": "json: bad"}},
	{"oidc: verify token: oidc: failed to obtain source from claim name", OIDC, ids{finding.OIDCGroupsClaimInvalid}, nil},
	{"oidc: verify token: oidc: source does not exist", OIDC, ids{finding.OIDCGroupsClaimInvalid}, nil},
	{fmt.Sprintf("oidc: verify token: oidc: id token issued by a different provider, expected %q got %q", "https://a", "https://b"), OIDC,
		ids{finding.IssuerNotTrusted}, values{"wantIssuer": "https://a", "issuer": "https://b"}},
	{fmt.Sprintf("oidc: verify token: oidc: expected audience in %q got %q", []string{"a", "b"}, []string{"c"}), OIDC,
		ids{finding.AudienceMismatch, finding.OIDCAccessToken}, values{"wantAudiences": `["a" "b"]`, "gotAudiences": `["c"]`}},
	{fmt.Sprintf("oidc: verify token: oidc: expected audience %q got %q", "kubernetes", []string{"headlamp"}), OIDC,
		ids{finding.AudienceMismatch, finding.OIDCAccessToken}, values{"wantAudiences": `"kubernetes"`, "gotAudiences": `["headlamp"]`}},
	{fmt.Sprintf("oidc: verify token: oidc: token is expired (Token Expiry: %v)", "2026-05-24 19:10:28 +0000 UTC"), OIDC, ids{finding.TokenExpired}, values{"expiry": "2026-05-24 19:10:28 +0000 UTC"}},
	{fmt.Sprintf("oidc: verify token: oidc: current time %v before the nbf (not before) time: %v", "2026-05-24 19:10:28 +0000 UTC m=+1.2", "2026-05-24 20:00:00 +0000 UTC"), OIDC,
		ids{finding.TokenNotYetValid}, values{"now": "2026-05-24 19:10:28 +0000 UTC m=+1.2", "notBefore": "2026-05-24 20:00:00 +0000 UTC"}},
	{"oidc: verify token: oidc: invalid configuration, audiences cannot be empty", OIDC, nil, values{"error": "audiences cannot be empty"}},
	{"oidc: verify token: something new", OIDC, ids{finding.CredentialRejected}, values{"error": "something new"}},
	{fmt.Sprintf("oidc: parse claims: %v", "unexpected end of JSON input"), OIDC, ids{finding.MalformedJWT}, values{"error": "unexpected end of JSON input"}},
	{fmt.Sprintf("oidc: could not expand distributed claims: %v", "id token _claim_names contained a source src1 missing in _claims_sources"), OIDC,
		ids{finding.OIDCGroupsClaimInvalid}, values{"error": "id token _claim_names contained a source src1 missing in _claims_sources"}},
	{fmt.Sprintf("oidc: could not convert claims to unstructured: %v", "x"), OIDC, ids{finding.OIDCClaimMappingFailed}, values{"error": "x"}},
	{fmt.Sprintf("oidc: could not convert user info to unstructured: %v", "x"), OIDC, ids{finding.OIDCUserValidationFailed}, values{"error": "x"}},
	{fmt.Sprintf("oidc: parse username claims %q: %v", "email", "claim not present"), OIDC, ids{finding.OIDCUsernameClaimMissing}, values{"claim": "email", "error": "claim not present"}},
	{fmt.Sprintf("oidc: error evaluating username claim expression: %v", fmt.Sprintf("expression '%s' resulted in error: %v", "claims['a'] + ', b'", "no such key: a")), OIDC,
		ids{finding.OIDCClaimMappingFailed}, values{"mapping": "username", "expression": "claims['a'] + ', b'", "error": "no such key: a"}},
	{fmt.Sprintf("oidc: error evaluating username claim expression: %v", "username claim expression must return a string"), OIDC,
		ids{finding.OIDCClaimMappingFailed}, values{"mapping": "username", "error": "username claim expression must return a string"}},
	{"oidc: empty username via CEL expression is not allowed", OIDC, ids{finding.OIDCClaimMappingFailed}, values{"mapping": "username"}},
	{fmt.Sprintf("oidc: parse 'email_verified' claim: %v", "json: cannot unmarshal string into Go value of type bool"), OIDC,
		ids{finding.OIDCEmailNotVerified}, values{"error": "json: cannot unmarshal string into Go value of type bool"}},
	{"oidc: email not verified", OIDC, ids{finding.OIDCEmailNotVerified}, nil},
	{fmt.Sprintf("oidc: parse groups claim %q: %v", "groups", "json: cannot unmarshal number into Go value of type string"), OIDC,
		ids{finding.OIDCGroupsClaimInvalid}, values{"claim": "groups", "error": "json: cannot unmarshal number into Go value of type string"}},
	{fmt.Sprintf("oidc: error evaluating group claim expression: %v", fmt.Sprintf("expression '%s' resulted in error: %v", "claims.g", "no such key: g")), OIDC,
		ids{finding.OIDCClaimMappingFailed}, values{"mapping": "groups", "expression": "claims.g", "error": "no such key: g"}},
	{fmt.Sprintf("oidc: error evaluating group claim expression: %v", "expression must return a string or a list of strings"), OIDC,
		ids{finding.OIDCClaimMappingFailed}, values{"mapping": "groups", "error": "expression must return a string or a list of strings"}},
	{fmt.Sprintf("oidc: parse uid claim %q: %v", "oid", "claim not present"), OIDC, ids{finding.OIDCClaimMappingFailed}, values{"mapping": "uid", "claim": "oid", "error": "claim not present"}},
	{fmt.Sprintf("oidc: error evaluating uid claim expression: %v", fmt.Sprintf("expression '%s' resulted in error: %v", "claims.u", "no such key: u")), OIDC,
		ids{finding.OIDCClaimMappingFailed}, values{"mapping": "uid", "expression": "claims.u", "error": "no such key: u"}},
	{fmt.Sprintf("oidc: error evaluating uid claim expression: %v", "uid claim expression must return a string"), OIDC,
		ids{finding.OIDCClaimMappingFailed}, values{"mapping": "uid", "error": "uid claim expression must return a string"}},
	{fmt.Sprintf("oidc: error evaluating extra claim expression: %s: %v", "claims.x", "expression must return a string or a list of strings"), OIDC,
		ids{finding.OIDCClaimMappingFailed}, values{"mapping": "extra", "expression": "claims.x", "error": "expression must return a string or a list of strings"}},
	{fmt.Sprintf("oidc: error evaluating extra claim expression: %v", "invalid type conversion, expected ExtraMappingCondition"), OIDC,
		ids{finding.OIDCClaimMappingFailed}, values{"mapping": "extra", "error": "invalid type conversion, expected ExtraMappingCondition"}},
	{fmt.Sprintf("expression '%s' resulted in error: %v", "claims.x", "no such key: x"), OIDC,
		ids{finding.OIDCClaimMappingFailed}, values{"mapping": "extra", "expression": "claims.x", "error": "no such key: x"}},
	{fmt.Sprintf("oidc: required claim %s value does not match. Got = %s, want = %s", "hd", "evil.example", "good.example"), OIDC,
		ids{finding.OIDCRequiredClaim}, values{"claim": "hd", "got": "evil.example", "want": "good.example"}},
	{fmt.Sprintf("oidc: required claim %s not present in ID token", "hd"), OIDC, ids{finding.OIDCRequiredClaim}, values{"claim": "hd"}},
	{fmt.Sprintf("oidc: parse claim %s: %v", "hd", "json: cannot unmarshal array into Go value of type string"), OIDC,
		ids{finding.OIDCRequiredClaim}, values{"claim": "hd", "error": "json: cannot unmarshal array into Go value of type string"}},
	{fmt.Sprintf("oidc: error evaluating claim validation expression: %v", fmt.Sprintf("validation expression '%s' failed: %s", "claims.hd == 'x'", "only x, and nobody else")), OIDC,
		ids{finding.OIDCClaimValidationFailed}, values{"expression": "claims.hd == 'x'", "message": "only x, and nobody else"}},
	{fmt.Sprintf("oidc: error evaluating claim validation expression: %v", fmt.Sprintf("expression '%s' resulted in error: %v", "claims.hd == 'x'", "no such key: hd")), OIDC,
		ids{finding.OIDCClaimValidationFailed}, values{"expression": "claims.hd == 'x'", "error": "no such key: hd"}},
	{fmt.Sprintf("oidc: error evaluating claim validation expression: %v", "validation expression must return a boolean"), OIDC,
		ids{finding.OIDCClaimValidationFailed}, values{"error": "validation expression must return a boolean"}},
	{fmt.Sprintf("oidc: error evaluating user info validation rule: %v", fmt.Sprintf("validation expression '%s' failed: %s", "!user.username.startsWith('system:')", "")), OIDC,
		ids{finding.OIDCUserValidationFailed}, values{"expression": "!user.username.startsWith('system:')", "message": ""}},
	{fmt.Sprintf("oidc: error evaluating user info validation rule: %v", fmt.Sprintf("expression '%s' resulted in error: %v", "user.extra['a']", "no such key: a")), OIDC,
		ids{finding.OIDCUserValidationFailed}, values{"expression": "user.extra['a']", "error": "no such key: a"}},
	{fmt.Sprintf("oidc: error evaluating user info validation rule: %v", "validation expression must return a boolean"), OIDC,
		ids{finding.OIDCUserValidationFailed}, values{"error": "validation expression must return a boolean"}},
	{"fetch provider config: Get https://idp/.well-known/openid-configuration: x509: certificate signed by unknown authority", OIDC,
		ids{finding.OIDCNotInitialized}, values{"error": "Get https://idp/.well-known/openid-configuration: x509: certificate signed by unknown authority"}},
	{"oidc: JWT claims invalid: invalid claims, cannot find 'client_id' in 'aud' claim, aud=[master-realm account], client_id=kubernetes", OIDC,
		ids{finding.AudienceMismatch, finding.OIDCAccessToken}, values{"gotAudiences": "[master-realm account]", "wantAudiences": "kubernetes"}},
	{"oidc: unable to verify JWT signature: no matching keys", OIDC, ids{finding.SignatureInvalid, finding.SigningKeyUnknown, finding.OIDCKeyCacheStale}, nil},
	{"oidc: JWT signature verification failed: no key", OIDC, ids{finding.SignatureInvalid, finding.SigningKeyUnknown, finding.OIDCKeyCacheStale}, values{"error": "no key"}},
	{"oidc: something new", OIDC, ids{finding.CredentialRejected}, values{"error": "something new"}},

	// x509.go; what Go says stands in certificates
	{fmt.Sprintf("expected 1 UID, but found multiple: %v", []string{"a", "b"}), X509, ids{finding.CredentialRejected}, values{"uids": "[a b]"}},
	{"UID cannot be an empty string", X509, ids{finding.CredentialRejected}, nil},
	{"unable to parse UID into a string", X509, ids{finding.CredentialRejected}, nil},
	{fmt.Sprintf("x509: subject with cn=%s is not in the allowed list", "front, proxy"), RequestHeader,
		ids{finding.ClientCANotTrusted, finding.AggregatedAPIRefused}, values{"commonName": "front, proxy"}},
	{"x509: subject with cn=front-proxy is not in the allowed list: [aggregator front-proxy-client]", RequestHeader,
		ids{finding.ClientCANotTrusted, finding.AggregatedAPIRefused}, values{"commonName": "front-proxy", "allowed": "aggregator front-proxy-client"}},

	{"x509: subject with cn=front-proxy is not allowed", RequestHeader, ids{finding.ClientCANotTrusted, finding.AggregatedAPIRefused}, values{"commonName": "front-proxy"}},

	// webhook.go, errors.go, tokenfile.go
	{fmt.Sprintf("webhook call failed: %s", "context deadline exceeded"), Webhook, webhookFailed, values{"error": "context deadline exceeded"}},
	{`Post "https://hook:8443/authenticate?timeout=30s": dial tcp 192.0.2.1:8443: connect: connection refused`, Webhook, webhookFailed,
		values{"url": "https://hook:8443/authenticate?timeout=30s", "error": "dial tcp 192.0.2.1:8443: connect: connection refused"}},
	{"Post https://hook:8443/authenticate: EOF", Webhook, webhookFailed, values{"error": "s://hook:8443/authenticate: EOF"}},
	{"Failed to make webhook authenticator request: Unauthorized", Webhook, webhookFailed, values{"error": "Unauthorized"}},
	{fmt.Sprintf("an error on the server (%q) has prevented the request from succeeding", `<html>"no", [x]`), Webhook, webhookFailed, values{"body": `<html>"no", [x]`}},
	{fmt.Sprintf("the server responded with the status code %d but did not return more information", 302), Webhook, webhookFailed, values{"code": "302"}},
	{"the server reported a conflict", Webhook, webhookFailed, nil},
	{"the server could not find the requested resource", Webhook, webhookFailed, nil},
	{"the server rejected our request for an unknown reason", Webhook, webhookFailed, nil},
	{"the server has asked for the client to provide credentials", Webhook, webhookFailed, nil},
	{"the server was unable to respond with a content type that the client supports", Webhook, webhookFailed, nil},
	{"the server does not allow this method on the requested resource", Webhook, webhookFailed, nil},
	{"the server rejected our request due to an error in our request", Webhook, webhookFailed, nil},
	{"the server is currently unable to handle the request", Webhook, webhookFailed, nil},
	{"the server was unable to return a response in the time allotted, but may still be processing the request", Webhook, webhookFailed, nil},
	{"the server has received too many requests and has asked us to try again later", Webhook, webhookFailed, nil},
	{"couldn't get version/kind; json parse error: invalid character '<' looking for beginning of value", Webhook, webhookFailed, values{"error": "invalid character '<' looking for beginning of value"}},
	{"Object 'Kind' is missing in '{}'", Webhook, webhookFailed, values{"error": "'{}'"}},
	{`Object 'apiVersion' is missing in '{"kind":"x"}'`, Webhook, webhookFailed, values{"error": `'{"kind":"x"}'`}},
	{`no kind "Foo" is registered for version "a/v1" in scheme "pkg/x.go:1"`, Webhook, webhookFailed, values{"kind": "Foo", "error": `"a/v1" in scheme "pkg/x.go:1"`}},
	{fmt.Sprintf("unsupported authentication webhook version %q, supported versions are %q, %q", "v2", "v1", "v1beta1"), Webhook, nil, values{"version": "v2", "supported": `"v1", "v1beta1"`}},
	{fmt.Sprintf("token file '%s' must have at least 3 columns (token, user name, user uid), found %d", "/etc/tokens", 2), TokenFile, nil, values{"file": "/etc/tokens", "columns": "2"}},
	{fmt.Sprintf("empty token has been found in token file '%s', record number '%d'", "/etc/tokens", 2), TokenFile, nil, values{"file": "/etc/tokens", "record": "2"}},
	{fmt.Sprintf("duplicate token has been found in token file '%s', record number '%d'", "/etc/tokens", 2), TokenFile, nil, values{"file": "/etc/tokens", "record": "2"}},

	// tokenreview/storage.go, wrap.go
	{"token is required for TokenReview in authentication", TokenReview, ids{finding.EmptyBearerToken}, nil},
	{"Internal error occurred: error validating audiences", TokenReview, ids{finding.AudienceMismatch}, nil},
	{"error validating audiences", TokenReview, ids{finding.AudienceMismatch}, nil},
	{fmt.Sprintf("error validating audience. want=%q got=%q", []string{"a"}, []string{"b"}), TokenReview, ids{finding.AudienceMismatch}, values{"wantAudiences": `["a"]`, "gotAudiences": `["b"]`}},
	{"This request caused apiserver to panic. Look in the logs for details.", TokenReview, ids{finding.EmptyBearerToken, finding.TokenHasWhitespace}, nil},

	// serviceaccount/storage/token.go, validation.go, noderestriction/admission.go
	{`TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes`, TokenRequest, nil,
		values{"name": "", "error": "spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes"}},
	{"may not specify a duration less than 10 minutes", TokenRequest, nil, nil},
	{"may not specify a duration larger than 2^32 seconds", TokenRequest, nil, nil},
	{fmt.Sprintf("requested expiration of %d seconds shortened to %d seconds", 31536000, 86400), TokenRequest, nil, values{"requested": "31536000", "granted": "86400"}},
	{fmt.Sprintf("cannot bind token to object of type %s", "apps/v1, Kind=Deployment"), TokenRequest, nil, values{"kind": "apps/v1, Kind=Deployment"}},
	{fmt.Sprintf("cannot bind token to a Node object as the %q feature-gate is disabled", "ServiceAccountTokenNodeBinding"), TokenRequest, nil, values{"gate": "ServiceAccountTokenNodeBinding"}},
	{fmt.Sprintf("cannot bind token for serviceaccount %q to pod running with different serviceaccount name.", "builder"), TokenRequest, nil, values{"serviceAccount": "builder"}},
	{fmt.Sprintf("Operation cannot be fulfilled on %s %q: %v", "Pod", "web-0", boundUID), TokenRequest, ids{finding.BoundPodRecreated}, values{"pod": "web-0", "claimUID": "u1"}},
	{fmt.Sprintf("Operation cannot be fulfilled on %s %q: %v", "Secret", "key", boundUID), TokenRequest, ids{finding.BoundSecretRecreated}, values{"secret": "key", "claimUID": "u1"}},
	{fmt.Sprintf("Operation cannot be fulfilled on %s %q: %v", "Node", "n1", boundUID), TokenRequest, ids{finding.BoundNodeRecreated}, values{"node": "n1", "claimUID": "u1"}},
	{boundUID, TokenRequest, ids{finding.BoundPodRecreated, finding.BoundSecretRecreated, finding.BoundNodeRecreated}, values{"claimUID": "u1"}},
	{fmt.Sprintf("Operation cannot be fulfilled on %s %q: %v", "TokenRequest.authentication.k8s.io", "builder", requestUID), TokenRequest,
		ids{finding.ServiceAccountRecreated}, values{"serviceAccount": "builder", "claimUID": "u1", "realUID": "u2"}},
	{requestUID, TokenRequest, ids{finding.ServiceAccountRecreated}, values{"claimUID": "u1", "realUID": "u2"}},
	{fmt.Sprintf("Internal error occurred: failed to generate token: %v", "while signing jwt: x"), TokenRequest, nil, values{"error": "while signing jwt: x"}},
	{fmt.Sprintf("failed to generate token: %v", "while signing jwt: x"), TokenRequest, nil, values{"error": "while signing jwt: x"}},
	{fmt.Sprintf("%s %q is forbidden: %v", "serviceaccounts", "builder", "node requested token not bound to a pod"), TokenRequest, ids{finding.AuthorizationDenied}, values{"serviceAccount": "builder"}},
	{fmt.Sprintf("%s %q is forbidden: %v", "serviceaccounts", "builder", "node requested token with a pod binding without a uid"), TokenRequest, ids{finding.AuthorizationDenied}, values{"serviceAccount": "builder"}},
	{fmt.Sprintf("%s %q is forbidden: %v", "serviceaccounts", "builder", boundUID), TokenRequest, ids{finding.BoundPodRecreated}, values{"serviceAccount": "builder", "claimUID": "u1"}},
	{fmt.Sprintf("%s %q is forbidden: %v", "serviceaccounts", "builder", "node requested token bound to a pod scheduled on a different node"), TokenRequest, ids{finding.AuthorizationDenied}, values{"serviceAccount": "builder"}},
	{fmt.Sprintf("%s %q is forbidden: %v", "serviceaccounts", "builder", "node may only request 0 or 1 audiences"), TokenRequest, ids{finding.AuthorizationDenied}, values{"serviceAccount": "builder"}},
	{fmt.Sprintf("%s %q is forbidden: %v", "serviceaccounts", "builder", nodeAudience), TokenRequest, ids{finding.AuthorizationDenied}, values{"serviceAccount": "builder", "audience": "vault", "user": "system:node:n1"}},
	{"node requested token not bound to a pod", TokenRequest, ids{finding.AuthorizationDenied}, nil},
	{"node requested token with a pod binding without a uid", TokenRequest, ids{finding.AuthorizationDenied}, nil},
	{"node requested token bound to a pod scheduled on a different node", TokenRequest, ids{finding.AuthorizationDenied}, nil},
	{"node may only request 0 or 1 audiences", TokenRequest, ids{finding.AuthorizationDenied}, nil},
	{"serviceaccounts \"builder\" is forbidden: audience \"vault\" not found in pod spec volume", TokenRequest, ids{finding.AuthorizationDenied}, values{"serviceAccount": "builder", "audience": "vault"}},
	{"serviceaccounts \"builder\" is forbidden: " + nodeAudienceError, TokenRequest, ids{finding.AuthorizationDenied}, values{"serviceAccount": "builder", "audience": "vault", "user": "system:node:n1", "error": "timed out"}},
	{nodeAudienceError, TokenRequest, ids{finding.AuthorizationDenied}, values{"audience": "vault", "user": "system:node:n1", "error": "timed out"}},
	{"audience \"vault\" not found in pod spec volume", TokenRequest, ids{finding.AuthorizationDenied}, values{"audience": "vault"}},
	{`serviceaccounts "builder" is forbidden: system:node:n1 is not authorized to request tokens for audience "vault"`, TokenRequest, ids{finding.AuthorizationDenied}, values{"serviceAccount": "builder", "audience": "vault", "user": "system:node:n1"}},
	{`serviceaccounts "builder" is forbidden: error authorizing system:node:n1 to request tokens for audience "vault": timed out`, TokenRequest, ids{finding.AuthorizationDenied}, values{"serviceAccount": "builder", "audience": "vault", "user": "system:node:n1", "error": "timed out"}},
	{`error authorizing system:node:n1 to request tokens for audience "vault": timed out`, TokenRequest, ids{finding.AuthorizationDenied}, values{"audience": "vault", "user": "system:node:n1", "error": "timed out"}},
	{`system:node:n1 is not authorized to request tokens for audience "vault"`, TokenRequest, ids{finding.AuthorizationDenied}, values{"audience": "vault", "user": "system:node:n1"}},
	{`feature gate "APIServerWebhookAuthenticationToken" is disabled, but token is webhook bound`, ServiceAccount, ids{finding.CredentialRejected}, values{"gate": "APIServerWebhookAuthenticationToken"}},
	{`bound object was a webhook config, but "admissionReviewAPIGroups" attestation is missing`, ServiceAccount, ids{finding.CredentialRejected}, values{"attestation": "admissionReviewAPIGroups"}},
	{`MutatingWebhookConfiguration UID (u1) does not match service account validating ref claim (u2)`, ServiceAccount, ids{finding.CredentialRejected}, values{"kind": "MutatingWebhookConfiguration", "realUID": "u1", "claimUID": "u2"}},
	{nodeAudience, TokenRequest, ids{finding.AuthorizationDenied}, values{"audience": "vault", "user": "system:node:n1"}},

	// responsewriters/errors.go
	{fmt.Sprintf("forbidden: %v", fmt.Sprintf("User %q cannot %s path %q", "system:anonymous", "get", "/version")), Authorization,
		ids{finding.AnonymousRequest}, values{"user": "system:anonymous", "request": `get path "/version"`}},
	{fmt.Sprintf("forbidden: %v", fmt.Sprintf("User %q cannot %s path %q", "jane", "get", "/version")), Authorization,
		ids{finding.AuthorizationDenied}, values{"user": "jane", "request": `get path "/version"`}},
	{fmt.Sprintf("%s is forbidden: %v", "pods", forbidden("system:anonymous", "pods")), Authorization,
		ids{finding.AnonymousRequest}, values{"resource": "pods", "user": "system:anonymous", "request": `list resource "pods" in API group "" in the namespace "default"`}},
	{fmt.Sprintf("%s %q is forbidden: %v", "deployments.apps", "web", forbidden("system:anonymous", "deployments")), Authorization,
		ids{finding.AnonymousRequest}, values{"resource": "deployments.apps", "name": "web", "user": "system:anonymous", "request": `list resource "deployments" in API group "" in the namespace "default"`}},
	{`tokenreviews.authentication.k8s.io is forbidden: User "system:serviceaccount:a:b" cannot create resource "tokenreviews" in API group "authentication.k8s.io" at the cluster scope`, Authorization,
		ids{finding.ReviewNotPermitted, finding.AggregatedAPIRefused, finding.WebhookAuthenticatorFailed},
		values{"user": "system:serviceaccount:a:b", "request": `create resource "tokenreviews" in API group "authentication.k8s.io" at the cluster scope`}},
	{fmt.Sprintf("%s is forbidden: %v", "pods", forbidden("jane", "pods")), Authorization,
		ids{finding.AuthorizationDenied}, values{"resource": "pods", "user": "jane", "request": `list resource "pods" in API group "" in the namespace "default"`}},
	{fmt.Sprintf("%s %q is forbidden: %v", "serviceaccounts", "builder", forbidden("jane", "serviceaccounts/token")), Authorization,
		ids{finding.AuthorizationDenied}, values{"resource": "serviceaccounts", "name": "builder", "user": "jane", "request": `list resource "serviceaccounts/token" in API group "" in the namespace "default"`}},

	// the server's own trouble
	{"context deadline exceeded", API, nil, nil},
	{"context canceled", API, nil, nil},
	{"Internal error occurred: authentication failed unexpectedly", API, nil, values{"error": "authentication failed unexpectedly"}},
	{"Timeout: request did not complete", API, nil, values{"error": "request did not complete"}},
	{"Too many requests: x", API, nil, values{"error": "x"}},
	{"etcdserver: request timed out", API, nil, values{"error": "request timed out"}},
	{"rpc error: code = Unavailable desc = x", API, nil, values{"error": "code = Unavailable desc = x"}},
	{`Get "https://[::1]:6443/api/v1/namespaces/ci/serviceaccounts/builder": dial tcp [::1]:6443: connect: connection refused`, API, nil,
		values{"url": "https://[::1]:6443/api/v1/namespaces/ci/serviceaccounts/builder", "error": "dial tcp [::1]:6443: connect: connection refused"}},
	{"http2: client connection lost", API, nil, values{"error": "client connection lost"}},
	{"unexpected EOF", API, nil, nil},
	{"EOF", API, nil, nil},
}

const (
	boundUID          = "the UID in the bound object reference (u1) does not match the UID in record. The object might have been deleted and then recreated"
	requestUID        = "the UID in the token request (u1) does not match the UID of the service account (u2)"
	nodeAudienceError = `audience "vault" not found in pod spec volume, error authorizing system:node:n1 to request tokens for this audience: timed out`
	nodeAudience      = `audience "vault" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience`
)

func forbidden(user, resource string) string {
	return fmt.Sprintf("User %q cannot %s resource %q in API group %q in the namespace %q", user, "list", resource, "", "default")
}

// certificates is what Go says of client certificates, and what it means where the
// client CA's authenticator says it.
var certificates = []struct {
	text   string
	ids    ids
	values values
}{
	{"x509: certificate has expired or is not yet valid: current time 2026-05-24T19:10:28Z is after 2026-05-01T00:00:00Z", ids{finding.CertificateExpired},
		values{"now": "2026-05-24T19:10:28Z", "notAfter": "2026-05-01T00:00:00Z"}},
	{"x509: certificate has expired or is not yet valid: current time 2026-05-24T19:10:28Z is before 2026-06-01T00:00:00Z", ids{finding.CertificateNotYetValid},
		values{"now": "2026-05-24T19:10:28Z", "notBefore": "2026-06-01T00:00:00Z"}},
	{"x509: certificate has expired or is not yet valid", ids{finding.CertificateExpired, finding.CertificateNotYetValid}, nil},
	{authority("crypto/rsa: verification error", "kubernetes"), ids{finding.ClientCARebuilt}, values{"hint": "crypto/rsa: verification error", "candidate": "kubernetes"}},
	{authority("x509: ECDSA verification failure", "k3s, [x]"), ids{finding.ClientCARebuilt}, values{"hint": "x509: ECDSA verification failure", "candidate": "k3s, [x]"}},
	{authority("x509: Ed25519 verification failure", "kubernetes"), ids{finding.ClientCARebuilt}, values{"hint": "x509: Ed25519 verification failure", "candidate": "kubernetes"}},
	{authority("x509: certificate is not authorized to sign other certificates", "kubernetes"), ids{finding.ClientCANotTrusted},
		values{"hint": "x509: certificate is not authorized to sign other certificates", "candidate": "kubernetes"}},
	{"x509: certificate signed by unknown authority", ids{finding.ClientCANotTrusted}, nil},
	{"x509: certificate specifies an incompatible key usage", ids{finding.CertificateKeyUsage}, nil},
	{"x509: a root or intermediate certificate is not authorized for an extended key usage: x", ids{finding.CertificateKeyUsage}, values{"error": "x"}},
	{"x509: no valid chains built: 1 candidate chains with incompatible key usage, 1 candidate chains with invalid policies", ids{finding.CertificateKeyUsage, finding.ClientCANotTrusted},
		values{"error": "1 candidate chains with incompatible key usage, 1 candidate chains with invalid policies"}},
	{"x509: unhandled critical extension", ids{finding.CredentialRejected}, values{"error": "unhandled critical extension"}},
}

func authority(hint, candidate string) string {
	return fmt.Sprintf("x509: certificate signed by unknown authority (possibly because of %q while trying to verify candidate authority certificate %q)", hint, candidate)
}

const identifier = "SN=1234567890, SKID=AA:BB, AKID="

func TestParseRecognisesEveryMessage(t *testing.T) {
	for _, m := range messages {
		for _, text := range []string{
			m.text,
			"[" + m.text + "]",
			"[invalid bearer token, [invalid bearer token, " + m.text + "]]",
			"[" + m.text + ", invalid bearer token]",
		} {
			var got Reason
			for _, r := range Parse(text) {
				if r.Text == strings.TrimSpace(m.text) || r.Text == m.text {
					got = r
				} else if r.Text != "invalid bearer token" {
					t.Errorf("%q holds %q", text, r.Text)
				}
			}
			wantIDs := m.ids
			if got.Stage != m.stage || !slices.Equal(got.IDs, wantIDs) || !maps.Equal(got.Values, m.values) {
				t.Errorf("%q\n got %s %q %q\nwant %s %q %q", text, got.Stage, got.IDs, got.Values, m.stage, wantIDs, m.values)
			}
		}
	}
}

func TestParseRecognisesEveryCertificateError(t *testing.T) {
	for _, c := range certificates {
		byName := "verifying certificate " + identifier + " failed: " + c.text
		values := maps.Clone(c.values)
		if values == nil {
			values = map[string]string{}
		}
		maps.Copy(values, map[string]string{"serial": "1234567890", "skid": "AA:BB", "akid": ""})

		// As in a real log: the front proxy's CA is asked first and has no name for it.
		for text, n := range map[string]int{byName: 1, "[x509: certificate signed by unknown authority, " + byName + ", invalid bearer token]": 3} {
			reasons := Parse(text)
			if len(reasons) != n {
				t.Fatalf("%q: %+v", text, reasons)
			}
			got := reasons[n/2]
			if got.Text != byName || got.Stage != X509 || !slices.Equal(got.IDs, c.ids) || !maps.Equal(got.Values, values) {
				t.Errorf("%q: got %+v, want %q %q", text, got, c.ids, values)
			}
			if n > 1 && (reasons[0].Stage != RequestHeader || reasons[0].IDs != nil) {
				t.Errorf("beside the client CA's authenticator, the front proxy's means nothing: %+v", reasons[0])
			}
			if n > 1 && reasons[2].IDs == nil {
				t.Errorf("no authenticator of tokens explains the bearer token, and it has no reasons: %+v", reasons[2])
			}
		}

		got := Parse(c.text)
		if len(got) != 1 || got[0].Text != c.text || got[0].Stage != RequestHeader || len(got[0].IDs) == 0 || got[0].IDs[0] != c.ids[0] || !maps.Equal(got[0].Values, c.values) {
			t.Errorf("%q alone: %+v", c.text, got)
		}
	}
}

// A pattern without a case may be misspelt, or hidden by one before it.
func TestEveryPatternHasACase(t *testing.T) {
	used := map[string]bool{}
	note := func(text string) {
		if c, _, _, _ := server().find(text, 0); c != nil {
			used[c.text] = true
		}
	}
	for _, m := range messages {
		note(m.text)
	}
	for _, c := range certificates {
		note(c.text)
		note("verifying certificate " + identifier + " failed: " + c.text)
	}
	n := 0
	for _, table := range [][]compiled{slices.Concat(server().byFirst[:]...), server().floating} {
		for _, c := range table {
			n++
			if !used[c.text] {
				t.Errorf("no case matches %s", c.text)
			}
		}
	}
	if n < 150 {
		t.Errorf("%d patterns are looked at, the tables have more", n)
	}
}

func TestPatternsNameFindings(t *testing.T) {
	for _, table := range [][]compiled{slices.Concat(server().byFirst[:]...), server().floating} {
		for _, c := range table {
			if c.stage == "" {
				t.Errorf("%s has no stage", c.text)
			}
			for _, id := range c.ids {
				if _, ok := finding.Lookup(id); !ok {
					t.Errorf("%s stands for %q, which is not in the catalogue", c.text, id)
				}
			}
		}
	}
}
