package finding

// The IDs of all findings, in the order of the catalogue.
const (
	// How the credential is written and carried.
	NoCredential                     ID = "no-credential"
	EmptyBearerToken                 ID = "empty-bearer-token"
	TokenHasWhitespace               ID = "token-has-whitespace"
	TokenBase64Wrapped               ID = "token-base64-wrapped"
	AuthorizationSchemePasted        ID = "authorization-scheme-pasted"
	TokenTruncated                   ID = "token-truncated"
	TokenPadded                      ID = "token-padded"
	MalformedJWT                     ID = "malformed-jwt"
	EncryptedToken                   ID = "encrypted-token"
	BasicAuthUnsupported             ID = "basic-auth-unsupported"
	AuthProviderRemoved              ID = "auth-provider-removed"
	ExecPluginNotFound               ID = "exec-plugin-not-found"
	ExecPluginFailed                 ID = "exec-plugin-failed"
	ExecPluginVersionMismatch        ID = "exec-plugin-version-mismatch"
	ExecPluginNoCredential           ID = "exec-plugin-no-credential"
	ExecPluginSkipped                ID = "exec-plugin-skipped"
	TokenShadowedByClientCertificate ID = "token-shadowed-by-client-certificate"
	TokenShadowedByTokenFile         ID = "token-shadowed-by-token-file"
	TokenFileUnreadable              ID = "token-file-unreadable"
	PlainHTTPServer                  ID = "plain-http-server"

	// Time.
	TokenExpired           ID = "token-expired"
	TokenNotYetValid       ID = "token-not-yet-valid"
	TokenIssuedInFuture    ID = "token-issued-in-future"
	ClockSkew              ID = "clock-skew"
	TokenExpiresSoon       ID = "token-expires-soon"
	TokenNeverExpires      ID = "token-never-expires"
	TokenStale             ID = "token-stale"
	CertificateExpired     ID = "certificate-expired"
	CertificateNotYetValid ID = "certificate-not-yet-valid"
	CertificateExpiresSoon ID = "certificate-expires-soon"

	// Issuer, key, signature.
	IssuerNotTrusted     ID = "issuer-not-trusted"
	SigningKeyUnknown    ID = "signing-key-unknown"
	SignatureInvalid     ID = "signature-invalid"
	AlgorithmNotAccepted ID = "algorithm-not-accepted"
	WeakKey              ID = "weak-key"
	KeySetInvalid        ID = "key-set-invalid"
	KeySetDuplicateKid   ID = "key-set-duplicate-kid"

	// Audience.
	AudienceMismatch ID = "audience-mismatch"
	AudienceMissing  ID = "audience-missing"

	// The objects a ServiceAccount token is bound to.
	ServiceAccountDeleted     ID = "service-account-deleted"
	ServiceAccountRecreated   ID = "service-account-recreated"
	ServiceAccountTerminating ID = "service-account-terminating"
	BoundPodDeleted           ID = "bound-pod-deleted"
	BoundPodRecreated         ID = "bound-pod-recreated"
	BoundPodTerminating       ID = "bound-pod-terminating"
	BoundSecretDeleted        ID = "bound-secret-deleted"
	BoundSecretRecreated      ID = "bound-secret-recreated"
	BoundNodeDeleted          ID = "bound-node-deleted"
	BoundNodeRecreated        ID = "bound-node-recreated"
	BoundObjectGone           ID = "bound-object-gone"
	LegacyToken               ID = "legacy-token"
	LegacyTokenSecretDeleted  ID = "legacy-token-secret-deleted"
	LegacyTokenReplaced       ID = "legacy-token-replaced"
	LegacyTokenMarkedInvalid  ID = "legacy-token-marked-invalid"

	// Bootstrap tokens, client certificates.
	BootstrapTokensDisabled            ID = "bootstrap-tokens-disabled"
	BootstrapTokenNotFound             ID = "bootstrap-token-not-found"
	BootstrapTokenExpired              ID = "bootstrap-token-expired"
	BootstrapTokenSecretMismatch       ID = "bootstrap-token-secret-mismatch"
	BootstrapTokenNotForAuthentication ID = "bootstrap-token-not-for-authentication"
	ClientCANotTrusted                 ID = "client-ca-not-trusted"
	ClientCARebuilt                    ID = "client-ca-rebuilt"
	CertificateKeyUsage                ID = "certificate-key-usage"
	CertificateWithoutCommonName       ID = "certificate-without-common-name"
	ClientCertificateNotRequested      ID = "client-certificate-not-requested"
	ServerCertificateUntrusted         ID = "server-certificate-untrusted"
	ServerCertificateNameMismatch      ID = "server-certificate-name-mismatch"
	ServerCertificateExpired           ID = "server-certificate-expired"

	// OIDC and structured authentication.
	OIDCNotInitialized        ID = "oidc-not-initialized"
	OIDCKeyCacheStale         ID = "oidc-key-cache-stale"
	OIDCAccessToken           ID = "oidc-access-token"
	OIDCUsernameClaimMissing  ID = "oidc-username-claim-missing"
	OIDCGroupsClaimInvalid    ID = "oidc-groups-claim-invalid"
	OIDCEmailNotVerified      ID = "oidc-email-not-verified"
	OIDCRequiredClaim         ID = "oidc-required-claim"
	OIDCClaimValidationFailed ID = "oidc-claim-validation-failed"
	OIDCUserValidationFailed  ID = "oidc-user-validation-failed"
	OIDCClaimMappingFailed    ID = "oidc-claim-mapping-failed"
	OIDCGroupsMissing         ID = "oidc-groups-missing"

	// The server and the way to it.
	AnonymousRequest           ID = "anonymous-request"
	CredentialRejected         ID = "credential-rejected"
	CredentialStripped         ID = "credential-stripped"
	AggregatedAPIRefused       ID = "aggregated-api-refused"
	AnswerNotFromAPIServer     ID = "answer-not-from-api-server"
	APIServerUnreachable       ID = "api-server-unreachable"
	ReplicasDisagree           ID = "replicas-disagree"
	WebhookAuthenticatorFailed ID = "webhook-authenticator-failed"
	WebhookRejected            ID = "webhook-rejected"
	AnswerMayBeCached          ID = "answer-may-be-cached"
	ReviewNotPermitted         ID = "review-not-permitted"
	AnonymousAccessEnabled     ID = "anonymous-access-enabled"
	AuthorizationDenied        ID = "authorization-denied"

	// Issuer discovery.
	DiscoveryDisabled       ID = "discovery-disabled"
	DiscoveryForbidden      ID = "discovery-forbidden"
	DiscoveryUnreachable    ID = "discovery-unreachable"
	DiscoveryIssuerMismatch ID = "discovery-issuer-mismatch"
	DiscoveryNotPublic      ID = "discovery-not-public"
	JWKSURIPrivate          ID = "jwks-uri-private"
	JWKSUnreachable         ID = "jwks-unreachable"

	// Other tokens.
	AWSIAMTokenExpired ID = "aws-iam-token-expired"
	OpaqueToken        ID = "opaque-token"
)
