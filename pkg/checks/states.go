package checks

import (
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// states has, for each finding, the state that follows the check's title if the finding is certain.
// Without an entry, or if the finding is only possible, the detail of the finding follows.
var states = map[finding.ID]finding.Text{
	finding.AudienceMismatch: T("wrong audience"),
	finding.AudienceMissing:  T("not set"),

	finding.ServiceAccountDeleted:     T("deleted"),
	finding.ServiceAccountRecreated:   T("deleted and recreated"),
	finding.ServiceAccountTerminating: T("being deleted"),
	finding.BoundPodTerminating:       T("being deleted"),
	finding.BoundPodDeleted:           T("deleted"),
	finding.BoundPodRecreated:         T("deleted and recreated"),
	finding.BoundSecretDeleted:        T("deleted"),
	finding.BoundSecretRecreated:      T("deleted and recreated"),
	finding.BoundNodeDeleted:          T("deleted"),
	finding.BoundNodeRecreated:        T("deleted and recreated"),
	finding.BoundObjectGone:           T("at least one is missing"),
	finding.LegacyToken:               T("present"),
	finding.LegacyTokenSecretDeleted:  T("deleted"),
	finding.LegacyTokenReplaced:       T("holds another token"),
	finding.LegacyTokenMarkedInvalid:  T("marked invalid"),

	finding.BootstrapTokensDisabled:            T("not used, because bootstrap tokens are disabled"),
	finding.BootstrapTokenNotFound:             T("not found"),
	finding.BootstrapTokenExpired:              T("expired"),
	finding.BootstrapTokenSecretMismatch:       T("holds another token"),
	finding.BootstrapTokenNotForAuthentication: T("not enabled for authentication"),

	finding.ClientCANotTrusted:            T("not trusted"),
	finding.ClientCARebuilt:               T("same name, different key"),
	finding.CertificateKeyUsage:           T("not valid for clients"),
	finding.CertificateWithoutCommonName:  T("missing"),
	finding.ClientCertificateNotRequested: T("not sent by the server"),
	finding.ServerCertificateUntrusted:    T("server certificate not trusted"),
	finding.ServerCertificateNameMismatch: T("server certificate is for another name"),
	finding.ServerCertificateExpired:      T("server certificate outside its validity period"),
	finding.ServerCertificateUnchecked:    T("server certificate not verified"),

	finding.IssuerNotTrusted:     T("not trusted"),
	finding.SigningKeyUnknown:    T("unknown"),
	finding.SignatureInvalid:     T("invalid"),
	finding.AlgorithmNotAccepted: T("not accepted"),

	finding.OIDCNotInitialized:            T("issuer not reached yet"),
	finding.JWKSUnreachable:               T("issuer's keys not fetched"),
	finding.OIDCKeyCacheStale:             T("issuer's keys out of date"),
	finding.OIDCAccessToken:               T("access token instead of an ID token"),
	finding.OIDCUsernameClaimMissing:      T("user name claim missing or unusable"),
	finding.OIDCGroupsClaimInvalid:        T("groups claim of the wrong type"),
	finding.OIDCEmailNotVerified:          T("email not verified"),
	finding.OIDCRequiredClaim:             T("required claim missing or different"),
	finding.OIDCClaimValidationFailed:     T("claim validation failed"),
	finding.OIDCUserValidationFailed:      T("user validation failed"),
	finding.OIDCClaimMappingFailed:        T("claim mapping failed"),
	finding.OIDCGroupsMissing:             T("no groups"),
	finding.OIDCPrefixMistaken:            T("probably set by mistake"),
	finding.AuthenticationConfigNotLoaded: T("last change not loaded"),

	finding.AWSIAMTokenExpired: T("expired"),
	finding.OpaqueToken:        T("opaque"),

	finding.CredentialRejected:            T("rejected"),
	finding.CredentialStripped:            T("lost on the way"),
	finding.AggregatedAPIRefused:          T("reject the API server's users"),
	finding.AnswerNotFromAPIServer:        T("not an API server"),
	finding.APIServerUnreachable:          T("no connection"),
	finding.ReplicasDisagree:              T("different answers"),
	finding.ReplicasConfiguredDifferently: T("different"),
	finding.WebhookAuthenticatorFailed:    T("failed"),
	finding.WebhookRejected:               T("rejected the token"),
	finding.AnswerMayBeCached:             T("possibly from the API server's cache"),
	finding.ReviewNotPermitted:            T("missing"),
	finding.AnonymousAccessEnabled:        T("enabled"),
	finding.AuthorizationDenied:           T("denied, which does not affect authentication"),

	finding.TokenExpired:           T("expired"),
	finding.TokenNotYetValid:       T("not yet valid"),
	finding.TokenIssuedInFuture:    T("issued in the future"),
	finding.TokenExpiresSoon:       T("expires soon"),
	finding.TokenNeverExpires:      T("no expiry"),
	finding.TokenStale:             T("overdue"),
	finding.TokenFileStale:         T("overdue"),
	finding.TokenFileFresh:         T("up to date"),
	finding.CertificateExpired:     T("expired"),
	finding.CertificateNotYetValid: T("not yet valid"),
	finding.CertificateExpiresSoon: T("expires soon"),

	finding.NoCredential:              T("missing"),
	finding.EmptyBearerToken:          T("empty"),
	finding.TokenHasWhitespace:        T("white space"),
	finding.TokenHasControlCharacters: T("control characters"),
	finding.TokenFileEncoding:         T("not plain text"),
	finding.TokenBase64Wrapped:        T("base64-encoded once more"),
	finding.AuthorizationSchemePasted: T("begins with `Bearer`"),
	finding.TokenTruncated:            T("cut off"),
	finding.TokenPadded:               T("padded, or in the wrong base64 alphabet"),
	finding.MalformedJWT:              T("malformed"),
	finding.EncryptedToken:            T("encrypted"),
	finding.BasicAuthUnsupported:      T("user name and password, which API servers ignore"),

	finding.KubeconfigInvalid:                T("kubeconfig invalid"),
	finding.AuthProviderRemoved:              T("auth provider no longer supported"),
	finding.AuthProviderFailed:               T("auth provider failed"),
	finding.ExecPluginNotFound:               T("exec plugin not found"),
	finding.ExecPluginFailed:                 T("exec plugin failed"),
	finding.ExecPluginVersionMismatch:        T("exec plugin API version not supported"),
	finding.ExecPluginNoCredential:           T("exec plugin returned no credential"),
	finding.ExecPluginNeedsTerminal:          T("exec plugin needs a terminal"),
	finding.ExecPluginNotAllowed:             T("exec plugin not allowed"),
	finding.ExecCredentialExpired:            T("exec plugin returned an expired credential"),
	finding.ExecPluginSkipped:                T("exec plugin not run"),
	finding.TokenNotRead:                     T("token not read"),
	finding.CertificateWithoutKey:            T("private key missing"),
	finding.ClientCertificateUnusable:        T("client certificate cannot be used"),
	finding.TokenShadowedByClientCertificate: T("client certificate and token"),
	finding.TokenShadowedByTokenFile:         T("token and token file"),
	finding.TokenFileUnreadable:              T("token file cannot be read"),
	finding.TokenFileMismatch:                T("does not match the Pod's spec"),
	finding.PlainHTTPServer:                  T("plain HTTP"),
}

// stateOf returns the state of a check with this finding.
func stateOf(f finding.Finding) finding.Text {
	if state, ok := states[f.ID]; ok && f.Explains() {
		return state
	}
	return f.Detail
}

// inState replaces the state of a result by one with values, unless the result is Unknown.
func inState(r Result, state finding.Text) Result {
	if r.Status == diagnose.Unknown {
		return r
	}
	r.Detail = state
	return r
}

// since is the state of what has expired.
func since(end, now time.Time) finding.Text {
	return T("expired at %s (%s ago)", finding.Time(end), finding.Duration(now.Sub(end)))
}
