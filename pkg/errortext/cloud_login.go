package errortext

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// cloudLogins has the messages of identity providers and of proxies that log users in before a
// request reaches an API server or a dashboard.
//
// oauth2-proxy/oauth2-proxy oauthproxy.go, providers; dexidp/dex server/oauth2.go, server/handlers.go,
// connector/ldap; events of Keycloak (org.keycloak.events); coreos/go-oidc v1 oidc/verification.go (Louketo, the
// former Keycloak Gatekeeper); openshift/oauth-server pkg/server/errorpage, pkg/userregistry; openshift/oauth-proxy
// oauthproxy.go; gravitational/teleport lib/kube/proxy; vmware/pinniped internal/controller/kubecertagent.
func cloudLogins() []pattern {
	proxy, dex, openshift := service("oauth2-proxy"), service("Dex"), service("OpenShift's OAuth server")
	party := service("the program that verified the token")
	failed := only(finding.LoginFailed)
	return slices.Concat(
		answers(proxy, "proxy-audience", only(finding.AudienceMismatch), `audience claims {claims} do not exist in claims: {error...}`,
			`Error creating session during OAuth2 callback: oidc: expected audience {wantAudiences:list} got {gotAudiences:list}`,
			`Error redeeming code during OAuth2 callback: could not verify id_token: oidc: expected audience {wantAudiences:list} got {gotAudiences:list}`),
		answers(proxy, "proxy-email", failed, `neither the id_token nor the profileURL set an email`, `id_token did not contain an email and profileURL is not defined`),
		answers(proxy, "proxy-cookie", failed, `Invalid authentication via OAuth2: unable to obtain CSRF cookie`, `Invalid authentication via OAuth2: CSRF token mismatch{error...}`),
		answers(proxy, "proxy-denied", failed, `Invalid authentication via OAuth2: unauthorized`),
		wrapping(answers(proxy, "oauth2-proxy-login", failed, `Error redeeming code during OAuth2 callback: {error...}`, `Error creating session during OAuth2 callback: {error...}`,
			`Error retrieving session from token in Authorization header: {error...}`)),

		answers(dex, "dex-ldap", failed, `ldap: initial bind for user {dn:q} failed: {error...}`, `ldap: failed to bind as dn {dn:q}: {error...}`, `ldap: search with filter {filter:q} failed: {error...}`,
			`ldap: filter returned multiple ({count:word}) results: {error...}`),
		answers(dex, "dex-client", failed, `Invalid client_id ({client:q}).`, `Invalid client_id ({client:q})`),
		answers(dex, "dex-redirect", failed, `Unregistered redirect_uri ({uri:q}).`, `Unregistered redirect_uri ({uri:q})`),
		answers(dex, "dex-request", failed, `Failed to get auth request: not found`, `Invalid 'state' parameter provided: not found`),
		answers(dex, "dex-code", failed, `failed to get auth code: <nil>`),
		answers(dex, "dex-scope", failed, `Client can't request scope(s) {scopes...}`),
		keycloakEvents(),

		answers(party, "", only(finding.AudienceMismatch), `oidc: JWT claims invalid: invalid claim value: 'aud'. {error...}`),
		answers(party, "", only(finding.IssuerNotTrusted), `oidc: JWT claims invalid: invalid claim value: 'iss'. {error...}`),
		answers(party, "", only(finding.TokenExpired), `oidc: JWT claims invalid: token is expired`),

		answers(openshift, "openshift-login", failed, `errorpage.go:{line:word}] AuthenticationError: {error...}`, `basicauth.go:{line:word}] AuthenticationError: {error...}`),
		answers(openshift, "openshift-mapping", failed, `user {user:q} cannot be claimed by identity {identity:q} because it is already mapped to {identities...}`),
		answers(openshift, "openshift-proxy", failed, `error redeeming code (client:{address:word}): got {code:word} from {url:q} {error...}`),

		answers(service("Teleport"), "teleport-denied", failed, `Your user's Teleport role does not allow Kubernetes access.{error...}`, `impersonation request has been denied, {kind:word} header {value:q} value is not allowed in roles`,
			`impersonation request has been denied, {kind:word} header {value:q} is not allowed in roles`),
		answers(service("Teleport"), "teleport-port", failed, `Denying proxy access to unauthenticated user of type {error...}`, `received kube request but k8 service is disabled{error...}`),
		answers(service("Pinniped"), "pinniped-key", nil, `could not find a healthy kube-controller-manager pod ({count:word} candidates)`),
	)
}

// keycloakErrors are the error codes of Keycloak's events, by the key of their fix.
var keycloakErrors = []struct {
	key   Key
	codes []string
}{
	{"keycloak-client", []string{"invalid_client_credentials", "client_not_found", "client_disabled", "invalid_client", "unauthorized_client"}},
	{"keycloak-redirect", []string{"invalid_redirect_uri"}},
	{"keycloak-user", []string{"user_not_found", "invalid_user_credentials", "user_disabled", "user_temporarily_disabled"}},
	{"keycloak-session", []string{"invalid_token", "session_expired", "user_session_not_found", "expired_code", "invalid_code", "code_not_found", "invalid_refresh_token"}},
}

// keycloakEvents has the events that Keycloak logs for failed logins.
func keycloakEvents() []pattern {
	var out []pattern
	for _, e := range keycloakErrors {
		var table []pattern
		for _, kind := range []string{"LOGIN_ERROR", "CODE_TO_TOKEN_ERROR", "REFRESH_TOKEN_ERROR", "CLIENT_LOGIN_ERROR"} {
			table = append(table, answers(service("Keycloak"), e.key, only(finding.LoginFailed), `type=`+kind+`, realmId={event}, error={code...}`, `type="`+kind+`", realmId={event}, error={code...}`)...)
		}
		out = append(out, suiting(table, func(values map[string]string) bool {
			code := strings.FieldsFunc(values["code"], func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') })
			return len(code) > 0 && slices.Contains(e.codes, code[0])
		})...)
	}
	return out
}
