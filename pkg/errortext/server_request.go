package errortext

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// invalidBearerToken is what is said of a token that no authenticator recognised,
// and, before anything else, of every token that is not the server's own loopback
// token.
const invalidBearerToken = "invalid bearer token"

// serverRequest is what the readers of the request and the filter around all
// authenticators say.
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
		// All but ServiceAccount tokens are silently ignored in a review for other
		// audiences than the API server's.
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
	// What a 401 is in the audit log. The methods are all that were tried.
	{text: `Authentication failed, no credentials provided`, stage: Request,
		ids: []finding.ID{finding.NoCredential, finding.EmptyBearerToken, finding.TokenHasWhitespace, finding.CredentialStripped, finding.ClientCertificateNotRequested}},
	{text: `Authentication failed, attempted: {methods...}`, stage: Request, ids: []finding.ID{finding.CredentialRejected}},
	// Only an authenticator that answers with audiences of its own gets here: a webhook.
	{text: `unable to match the audience: {gotAudiences} , accepted: {wantAudiences...}`, stage: Request,
		ids: []finding.ID{finding.AudienceMismatch}, logged: true},
}

// serverAPI is the server's own trouble. A ServiceAccount that cannot be read from
// storage is reported in whatever words the storage has.
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
