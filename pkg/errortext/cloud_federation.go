package errortext

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Names of programs that other packages compare, as the value "service".
const (
	Kubelet    = "the kubelet"
	ExecPlugin = "the exec plugin"
	AWSSTS     = "AWS STS"
	EntraID    = "Microsoft Entra ID"
	GoogleSTS  = "Google STS"
	Vault      = "Vault"
)

func service(name string) map[string]string { return map[string]string{"service": name} }

var (
	aws     = service(AWSSTS)
	eksAuth = service("EKS Pod Identity")
	entra   = service(EntraID)
	google  = service(GoogleSTS)
	vault   = service(Vault)
)

// answers returns the patterns of a service's messages with one reason. Without ids, the messages
// prove no fault of the token.
func answers(of map[string]string, key Key, ids []finding.ID, texts ...string) []pattern {
	var table []pattern
	for _, text := range texts {
		table = append(table, pattern{text: text, stage: Service, values: of, key: key, ids: ids})
	}
	return table
}

func only(ids ...finding.ID) []finding.ID { return ids }

// cloudAWS has the answers of AssumeRoleWithWebIdentity and of EKS Pod Identity.
//
// Recorded answers of STS; aws/amazon-eks-pod-identity-webhook, aws-load-balancer-controller#1226,
// amazon-eks-irsa-cfn#18, aws/eks-pod-identity-agent, aws-controllers-k8s/community#2145.
var cloudAWS = slices.Concat(
	answers(aws, "aws-oidc-provider", only(finding.IssuerNotTrusted), `No OpenIDConnect provider found in your account for {issuer:word}`),
	answers(aws, "aws-audience", only(finding.AudienceMismatch), `Incorrect token audience`),
	answers(aws, "aws-audiences", only(finding.AudienceMismatch), `Token audience contains more than one audience while authorized party is not present`),
	answers(aws, "aws-keys", only(finding.DiscoveryNotPublic, finding.DiscoveryUnreachable, finding.JWKSUnreachable, finding.JWKSURIPrivate), `Couldn't retrieve verification key from your identity provider`),
	answers(aws, "aws-token-expired", only(finding.TokenExpired), `Token expired: current date/time {now:word} must be before the expiration date/time {expiry:word}`),
	answers(aws, "aws-not-jwt", only(finding.MalformedJWT), `The ID Token provided is not a valid JWT`, `InvalidIdentityToken: Missing a required claim: {claim:word}`,
		`An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: Missing a required claim: {claim:word}`, `Invalid timestamp in token claims`),
	answers(aws, "aws-thumbprint", nil, `OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint`),
	// The trust policy of the role has conditions on sub and aud.
	answers(aws, "aws-trust-policy", nil, `Not authorized to perform sts:AssumeRoleWithWebIdentity`, `is not authorized to perform: sts:AssumeRoleWithWebIdentity{error...}`),
	answers(aws, "aws-web-identity", nil, `The web identity token provided could not be validated{error...}`, `Provided Token is not a Login With Amazon token`, `principal_tags passed in claim is not in correct format`,
		`Unrecognized OAuth provider. {error...}`),
	answers(aws, "aws-role-arn", nil, `Request ARN is invalid`),
	answers(aws, "aws-duration", nil, `The requested DurationSeconds exceeds the MaxSessionDuration set for this role`),
	answers(aws, "aws-idp-unreachable", only(finding.DiscoveryUnreachable), `IDPCommunicationError: {error...}`, `An error occurred (IDPCommunicationError) when calling {error...}`),
	answers(aws, "aws-region-disabled", nil, `STS is not activated in this region{error...}`, `RegionDisabledException: {error...}`),
	answers(eksAuth, "eks-trust-policy", nil, `Unauthorized Exception! EKS does not have permissions to assume the associated role`),
	answers(eksAuth, "eks-token", only(finding.TokenExpired), `The specified Kubernetes service account token is expired`),
	answers(eksAuth, "eks-token", nil, `The specified Kubernetes service account token is invalid`),
	answers(eksAuth, "eks-association", nil, `(ResourceNotFoundException) when calling the AssumeRoleForPodIdentity operation{error...}`),
	answers(eksAuth, "eks-sdk-old", nil, `invalid endpoint host, {host:q}, only loopback hosts are allowed`, `HTTP credential provider invalid endpoint host, {host:q}, only loopback hosts are allowed`,
		`invalid endpoint host, {host:q}, only host resolving to loopback addresses are allowed`, `Unsupported host '169.254.170.23'. {error...}`),
	answers(eksAuth, "eks-pod-identity", nil, `operation error EKS Auth: AssumeRoleForPodIdentity, {error...}`),
)

// cloudGoogle has the answers of Google's STS and IAM, and of the metadata server of GKE.
//
// google-github-actions/auth TROUBLESHOOTING.md, #60, #161, #242, #378; GoogleCloudPlatform's
// gke-metadata-server.
var cloudGoogle = slices.Concat(
	answers(google, "google-issuer-unreachable", only(finding.DiscoveryUnreachable), `Error connecting to the given credential's issuer`),
	answers(google, "google-audience", only(finding.AudienceMismatch), `The audience in ID Token [{gotAudiences}] does not match the expected audience{wantAudiences...}`,
		`The audience in ID Token does not match the expected audience{wantAudiences...}`),
	answers(google, "google-issuer", only(finding.IssuerNotTrusted), `The issuer in ID Token {issuer:word} does not match the expected one{error...}`),
	answers(google, "google-stale", only(finding.TokenExpired), `ID Token issued at {issuedAt} is stale to sign-in`),
	answers(google, "google-target", nil, `The target service indicated by the "audience" parameters is invalid`, `The target service indicated by the \"audience\" parameters is invalid`,
		`Invalid value for "audience". This value should be the full resource name of the Identity Provider`, `Invalid value for \"audience\". This value should be the full resource name of the Identity Provider`),
	answers(google, "google-condition", nil, `The given credential is rejected by the attribute condition`),
	answers(google, "google-mapping", nil, `The mapped attribute '{attribute}' must be of type {error...}`, `The size of mapped attribute {attribute:word} exceeds the {error...}`,
		`Could not obtain a value for google.subject{error...}`),
	answers(service("External Secrets"), "external-secrets-audience", nil, `invalid subject token request, audience is {error...}`),
	answers(google, "google-jwks", nil, `Input JWK is not in a valid json format`),
	answers(google, "google-organization", nil, `constraints/iam.workloadIdentityPoolProviders`),
	answers(service("Google IAM"), "google-impersonation", nil, `Permission 'iam.serviceAccounts.getAccessToken' denied on resource {error...}`, `Permission 'iam.serviceAccounts.getAccessToken' denied`,
		`Permission 'iam.serviceAccounts.getOpenIdToken' denied on resource {error...}`, `Permission iam.serviceAccounts.getAccessToken is required to perform this operation on service account {error...}`),
	answers(service("a Google API"), "google-token-kind", nil, `Request had invalid authentication credentials. Expected OAuth 2 access token{error...}`, `Request is missing required authentication credential. Expected OAuth 2 access token{error...}`,
		`Expected OAuth 2 access token{error...}`),
	answers(service("the GKE metadata server"), "gke-metadata", nil, `Unable to generate access token; IAM returned {error...}`, `Unable to generate token; IAM returned {error...}`, `GCE metadata "instance/service-accounts/{path}" not defined`,
		`metadata: GCE metadata "instance/service-accounts/{path}" not defined`),
	answers(google, "google-key", nil, `invalid_grant: Invalid JWT Signature`, `error_description": "Invalid JWT Signature`, `error_description":"Invalid JWT Signature`, `Invalid grant: account not found`),
	answers(google, "google-clock", nil, `Invalid JWT: Token must be a short-lived token {error...}`),
	answers(google, "google-revoked", nil, `Token has been expired or revoked`, `invalid_grant: Account has been deleted`),
)

// cloudVault has the answers and log messages of Vault's kubernetes and jwt methods. Vault asks the
// API server with its own token; `service account unauthorized` is a 401 for that token.
//
// hashicorp/vault-plugin-auth-kubernetes, hashicorp/vault-plugin-auth-jwt, hashicorp/cap jwt;
// hashicorp/vault#15430, #11953, #16123.
var cloudVault = slices.Concat(
	answers(vault, "vault-reviewer", only(finding.CredentialRejected, finding.ServiceAccountDeleted, finding.ServiceAccountRecreated, finding.TokenExpired, finding.LegacyTokenSecretDeleted),
		`service account unauthorized; this could mean it has been deleted or recreated with a new token`),
	answers(vault, "vault-role-names", nil, `service account name not authorized`),
	answers(vault, "vault-role-namespaces", nil, `namespace not authorized`),
	answers(vault, "vault-selector", nil, `namespace lookup failed: TokenReviewer JWT needs to be configured to use namespace selectors`),
	answers(vault, "vault-audience", only(finding.AudienceMismatch), `invalid audience (aud) claim: {error...}`, `invalid audience (aud) claim`, `service account jwt valid for audience(s) {gotAudiences} but wanted {wantAudiences...}`),
	answers(vault, "vault-no-audience", only(finding.AudienceMismatch), `audience claim found in JWT but no audiences bound to the role`),
	answers(vault, "vault-issuer", only(finding.IssuerNotTrusted), `invalid issuer (iss) claim`, `claim "iss" is invalid`),
	answers(vault, "vault-expired", only(finding.TokenExpired), `invalid expiration time (exp) claim: token is expired`, `invalid expiration time (exp) claim`),
	answers(vault, "vault-times", only(finding.TokenNotYetValid), `invalid not before (nbf) claim: token not yet valid`, `invalid not before (nbf) claim`),
	answers(vault, "vault-times", only(finding.TokenIssuedInFuture), `invalid issued at (iat) claim: token issued in the future`, `invalid issued at (iat) claim`),
	answers(vault, "vault-subject", nil, `invalid subject (sub) claim`),
	answers(vault, "vault-signature", only(finding.AnswerNotFromAPIServer, finding.SigningKeyUnknown, finding.SignatureInvalid), `error validating token: error verifying token signature: {error...}`,
		`failed to verify signature: no known key successfully validated the token signature`, `no known key successfully validated the token signature`),
	answers(vault, "vault-claims", nil, `claim {claim:q} does not match any associated bound claim values`),
	answers(vault, "vault-review", nil, `service account jwt not valid`, `JWT names did not match`, `JWT UIDs did not match`, `JWT namepaces did not match`, `username returned is not a service account`, `could not parse UID from claims`),
	answers(vault, "vault-role", nil, `role with oidc role_type is not allowed`, `"errors":["invalid role name \"{role}\""]`, `"errors":["role \"{role}\" could not be found"]`),
	answers(vault, "vault-config", nil, `exactly one of 'jwt_validation_pubkeys', {error...}`, `error checking oidc discovery URL{error...}`),
)

// vaultDenied is Vault's answer to any failed login. Other programs use the same message.
const (
	vaultDenied    = "permission denied"
	vaultDeniedKey = "vault-denied"
)

// cloudOIDC has the messages of other programs that verify OIDC tokens, kubelogin and oauth2-proxy.
// They are those of go-oidc, which the API server prefixes with `oidc: verify token: `.
func cloudOIDC() []pattern {
	party := service("the program that verified the token")
	table := []pattern{
		{text: `oidc: issuer did not match the issuer returned by provider, expected {wantIssuer:q} got {issuer:q}`, stage: Service, values: party,
			ids: []finding.ID{finding.DiscoveryIssuerMismatch}},
		// oauth2-proxy/oauth2-proxy#1617
		{text: `audience from claim {claim:word} with value [{gotAudiences}] does not match with any of allowed audiences {wantAudiences...}`, stage: Service,
			values: service("oauth2-proxy"), ids: []finding.ID{finding.AudienceMismatch}},
		{text: `email in id_token ({email}) isn't verified`, stage: Service, values: service("oauth2-proxy"), ids: []finding.ID{finding.OIDCEmailNotVerified}},
	}
	for _, p := range serverOIDC {
		text, ok := strings.CutPrefix(p.text, "oidc: verify token: ")
		if !ok || strings.HasPrefix(text, "{") {
			continue
		}
		p.text, p.stage, p.values, p.since, p.until = text, Service, party, "", ""
		table = append(table, p)
	}
	return table
}
