package errortext

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// invalidBearerToken is the message about a token that no authenticator recognized. It also
// precedes the messages about every other token but the API server's own loopback token.
const invalidBearerToken = "invalid bearer token"

// serverRequest has the messages of the code that reads the request, and of the filter around all
// authenticators.
//
// k8s.io/apiserver pkg/authentication/request/bearertoken/bearertoken.go,
// request/websocket/protocol.go, pkg/endpoints/filters/authentication.go and
// authn_audit.go, pkg/authentication/token/cache.
var serverRequest = []pattern{
	{text: invalidBearerToken, stage: Bearer, ids: []finding.ID{
		finding.IssuerNotTrusted,
		finding.MalformedJWT,
		finding.TokenTruncated,
		finding.TokenPadded,
		finding.EncryptedToken,
		finding.TokenBase64Wrapped,
		finding.AuthorizationSchemePasted,
		finding.TokenHasWhitespace,
		// In a review for other audiences than the API server's, tokens other than ServiceAccount
		// tokens are ignored without a message.
		finding.AudienceMismatch,
		finding.BootstrapTokenNotFound,
		finding.BootstrapTokenExpired,
		finding.BootstrapTokenSecretMismatch,
		finding.BootstrapTokenNotForAuthentication,
		finding.BootstrapTokensDisabled,
		finding.AWSIAMTokenExpired,
		finding.WebhookRejected,
		finding.OpaqueToken,
		finding.CredentialRejected,
	}},
	{text: `the provided Authorization header contains extra space before the bearer token, and is ignored`, stage: Bearer,
		ids: []finding.ID{finding.TokenHasWhitespace, finding.AnonymousRequest}},

	{text: `multiple base64.bearer.authorization tokens specified`, stage: WebSocket, ids: []finding.ID{finding.CredentialRejected}},
	{text: `invalid base64.bearer.authorization token encoding`, stage: WebSocket,
		ids: []finding.ID{finding.TokenPadded, finding.CredentialRejected}},
	{text: `invalid base64.bearer.authorization token`, stage: WebSocket, ids: []finding.ID{finding.CredentialRejected}},
	{text: `missing additional subprotocol`, stage: WebSocket, ids: []finding.ID{finding.CredentialRejected}},

	{text: `Unauthorized`, stage: Request, ids: []finding.ID{finding.CredentialRejected}},
	// A 401 in the audit log, with all authentication methods that were tried.
	{text: `Authentication failed, no credentials provided`, stage: Request,
		ids: []finding.ID{finding.NoCredential, finding.EmptyBearerToken, finding.TokenHasWhitespace, finding.CredentialStripped, finding.ClientCertificateNotRequested}},
	{text: `Authentication failed, attempted: {methods...}`, stage: Request, ids: []finding.ID{finding.CredentialRejected}},
	// Only a webhook returns audiences of its own, so that this can fail.
	{text: `unable to match the audience: {gotAudiences} , accepted: {wantAudiences...}`, stage: Request,
		ids: []finding.ID{finding.AudienceMismatch}, logged: true},
}

// serverAPI has the faults of the API server itself. If a ServiceAccount cannot be read, the
// message is the storage's.
//
// k8s.io/apiserver pkg/authentication/token/cache/cached_token_authenticator.go,
// k8s.io/apimachinery pkg/api/errors/errors.go.
var serverAPI = []pattern{
	{text: `context deadline exceeded`, stage: API},
	{text: `context canceled`, stage: API},
	{text: `Internal error occurred: {error...}`, stage: API},
	{text: `Timeout: {error...}`, stage: API},
	{text: `Too many requests: {error...}`, stage: API},
	{text: `etcdserver: {error...}`, stage: API},
	{text: `rpc error: {error...}`, stage: API},
	{text: `Get {url:q}: {error...}`, stage: API},
	{text: `http2: {error...}`, stage: API},
	{text: `unexpected EOF`, stage: API},
	{text: `EOF`, stage: API},
}
