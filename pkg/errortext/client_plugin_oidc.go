package errortext

import "slices"

// pluginOIDC has the messages of exec plugins and other programs that log in with OpenID Connect or
// OAuth 2.0, and the error codes of identity providers.
//
// int128/kubelogin pkg (`kubectl oidc-login`), int128/oauth2cli, int128/listener, pkg/browser;
// golang.org/x/oauth2 internal/token.go, token.go; RFC 6749 section 5.2, RFC 8628 section 3.5,
// OpenID Connect Core section 3.1.2.6.
func pluginOIDC() []pattern {
	provider, login := program{name: "the identity provider"}, program{name: "kubelogin (oidc-login)", onlyPlugin: true}
	return slices.Concat(
		program{name: "kubectl", onlyPlugin: true}.says("oidc-login-missing", `unknown command "oidc-login" for "kubectl"`),
		login.says("no-browser", `could not open the browser: {error...}`, `could not open the browser`, `could not run the browser: {error...}`, `could not run the browser`, `Couldn't open browser{error...}`,
			`failed to open browser: {error...}`, `failed to open the browser: {error...}`, `Failed to open browser{error...}`, `exec: "xdg-open,x-www-browser,www-browser": executable file not found in {path:word}`,
			`exec: "xdg-open": executable file not found in {path:word}`, `xdg-open: no method available for opening {error...}`, `cannot open display: {error...}`, `Couldn't find a suitable web browser!`,
			`could not locate runnable browser`, `Unable to open a browser{error...}`, `unable to open browser{error...}`, `could not open a browser{error...}`, `No web browser found{error...}`),
		login.says("port-in-use", `could not start a local server: {error...}`, `no available port: {error...}`, `could not listen: {error...}`, `could not create a listener: {error...}`),
		anyPlugin.beside("port-in-use", `bind: address already in use`, `bind: Only one usage of each socket address {error...}`, `address already in use`, `Address already in use`),
		login.says("login-not-finished", `authorization error: context deadline exceeded`, `context done while waiting for authorization: {error...}`, `context cancelled while waiting for the local server: {error...}`, `no authorization response`,
			`authorization error: context canceled`),
		login.says("oauth-redirect", `authorization error from server: invalid_request Invalid parameter: redirect_uri{error...}`, `authorization error from server: {code:word} The 'redirect_uri' parameter must be {error...}`),
		provider.says("provider-login", `oauth2: token expired and refresh token is not set`),
		login.says("provider-denied", `authorization error from server: {error...}`),
		login.says("oidc-state", `state does not match (wants {want} but got {got})`, `nonce did not match (wants {want} but got {got})`),
		login.says("oidc-no-id-token", `id_token is missing in the token response: {error...}`, `id_token is missing in the token response`),
		login.says("oidc-cache", `invalid token cache (you may need to remove): {error...}`, `could not write the token cache: {error...}`, `error acquiring lock on file {error...}`, `error creating mutex file {error...}`,
			`could not acquire a lock: {error...}`),
		login.beside("oidc-keyring", `exec: "dbus-launch": executable file not found in {path:word}`, `The name org.freedesktop.secrets was not provided by any .service files`, `could not get the token from the keyring: {error...}`,
			`keyring error: {error...}`, `could not write the token to the keyring: {error...}`, `Cannot autolaunch D-Bus without X11 $DISPLAY`),
		login.says("oidc-arguments", `--oidc-issuer-url is missing`, `--oidc-client-id is missing`, `grant-type must be one of ({error...}`, `any authorization grant must be set`, `auth-provider must be oidc but is {error...}`),
		login.says("oidc-terminal", `could not read a password: {error...}`, `could not read a username: {error...}`, `could not read an authorization code: {error...}`, `could not read from stdin: {error...}`),
		login.wraps("oidc-discovery", `oidc discovery error: {error...}`, `oidc error: oidc discovery error: {error...}`),
		login.says("oidc-discovery", `invalid discovery document: {error...}`, `could not determine device authorization endpoint: {error...}`),
		login.wraps("oidc-login", `get-token: {error...}`),
		login.wraps("oidc-login", `authcode-browser error: {error...}`, `authcode-keyboard error: {error...}`, `resource owner password credentials flow error: {error...}`, `ropc error: {error...}`,
			`device-code error: {error...}`, `unable to exchange device code: {error...}`),

		provider.says("oauth-invalid-grant", `oauth2: "invalid_grant"{error...}`),
		provider.says("oauth-invalid-client", `oauth2: "invalid_client"{error...}`),
		// Keycloak's words for a session that has ended.
		provider.says("oauth-invalid-grant", `Offline user session not found`, `Offline session not active`, `Session doesn't have required client`),
		// Keycloak's words for a wrong secret.
		provider.says("oauth-invalid-client", `oauth2: "unauthorized_client" "Invalid client or Invalid client credentials"{error...}`, `oauth2: "unauthorized_client" "Invalid client secret"{error...}`,
			`"error":"unauthorized_client","error_description":"Invalid client secret"`, `"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"`),
		provider.says("oauth-unauthorized-client", `oauth2: "unauthorized_client"{error...}`, `oauth2: "unsupported_grant_type"{error...}`),
		provider.says("oauth-scope", `oauth2: "invalid_scope"{error...}`),
		provider.says("provider-denied", `oauth2: "access_denied"{error...}`),
		provider.wraps("oauth", `oauth2: cannot fetch token: {error...}`, `oauth2: cannot auth device: {error...}`, `oauth2: cannot parse json: {error...}`, `oauth2: {code:q} {error...}`),
	)
}

// oauthCodes has the error codes of OAuth 2.0, which stand in the answers of every identity
// provider. A message that says more than its code is in another table.
func oauthCodes() []pattern {
	provider := program{name: "the identity provider"}
	return slices.Concat(
		provider.says("oauth-invalid-grant", `invalid_grant`),
		provider.says("oauth-invalid-client", `invalid_client`),
		provider.says("oauth-unauthorized-client", `unauthorized_client`),
		anyPlugin.beside("provider-denied", `access_denied`, `consent_required`),
		anyPlugin.beside("oauth-scope", `invalid_scope`),
		anyPlugin.beside("oauth-unauthorized-client", `unsupported_grant_type`, `unsupported_response_type`),
		anyPlugin.beside("login-not-finished", `expired_token`, `authorization_pending`),
		anyPlugin.beside("oauth-redirect", `redirect_uri_mismatch`, `invalid_redirect_uri`, `Invalid parameter: redirect_uri`),
	)
}
