package errortext

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func service(name string) map[string]string { return map[string]string{"service": name} }

var (
	aws    = service("AWS STS")
	entra  = service("Microsoft Entra ID")
	google = service("Google STS")
	vault  = service("Vault")
)

// cloudAWS has the answers of AssumeRoleWithWebIdentity (aws/amazon-eks-pod-identity-webhook,
// aws-load-balancer-controller#1226, amazon-eks-irsa-cfn#18).
var cloudAWS = []pattern{
	{text: `No OpenIDConnect provider found in your account for {issuer:word}`, stage: Service, values: aws, ids: []finding.ID{finding.IssuerNotTrusted}},
	{text: `Incorrect token audience`, stage: Service, values: aws, ids: []finding.ID{finding.AudienceMismatch}},
	{text: `Couldn't retrieve verification key from your identity provider`, stage: Service, values: aws,
		ids: []finding.ID{finding.DiscoveryNotPublic, finding.DiscoveryUnreachable, finding.JWKSUnreachable, finding.JWKSURIPrivate}},
	{text: `Token expired: current date/time {now:word} must be before the expiration date/time {expiry:word}`, stage: Service, values: aws,
		ids: []finding.ID{finding.TokenExpired}},
	{text: `The ID Token provided is not a valid JWT`, stage: Service, values: aws, ids: []finding.ID{finding.MalformedJWT}},
	// The trust policy of the role has conditions on sub and aud.
	{text: `Not authorized to perform sts:AssumeRoleWithWebIdentity`, stage: Service, values: aws},
}

// cloudGoogle has the answers of Google's STS (google-github-actions/auth#60, #161, #242).
var cloudGoogle = []pattern{
	{text: `Error connecting to the given credential's issuer`, stage: Service, values: google, ids: []finding.ID{finding.DiscoveryUnreachable}},
	{text: `The audience in ID Token [{gotAudiences}] does not match the expected audience{wantAudiences...}`, stage: Service, values: google,
		ids: []finding.ID{finding.AudienceMismatch}},
	{text: `The issuer in ID Token {issuer:word} does not match the expected one{error...}`, stage: Service, values: google, ids: []finding.ID{finding.IssuerNotTrusted}},
	{text: `ID Token issued at {issuedAt:word} is stale to sign-in`, stage: Service, values: google, ids: []finding.ID{finding.TokenExpired}},
	{text: `The target service indicated by the "audience" parameters is invalid`, stage: Service, values: google},
	{text: `The target service indicated by the \"audience\" parameters is invalid`, stage: Service, values: google},
	{text: `Invalid value for "audience". This value should be the full resource name of the Identity Provider`, stage: Service, values: google},
	{text: `Invalid value for \"audience\". This value should be the full resource name of the Identity Provider`, stage: Service, values: google},
	{text: `The given credential is rejected by the attribute condition`, stage: Service, values: google},
}

// cloudVault has the answers and log messages of Vault's kubernetes and jwt methods. Vault asks the
// API server with its own token; `service account unauthorized` is a 401 for that token.
//
// hashicorp/vault-plugin-auth-kubernetes, hashicorp/vault#15430, #11953, #16123.
var cloudVault = []pattern{
	{text: `service account unauthorized; this could mean it has been deleted or recreated with a new token`, stage: Service, values: vault,
		ids: []finding.ID{finding.CredentialRejected, finding.ServiceAccountDeleted, finding.ServiceAccountRecreated, finding.TokenExpired, finding.LegacyTokenSecretDeleted}},
	{text: `service account name not authorized`, stage: Service, values: vault},
	{text: `namespace not authorized`, stage: Service, values: vault},
	{text: `invalid audience (aud) claim: {error...}`, stage: Service, values: vault, ids: []finding.ID{finding.AudienceMismatch}},
	{text: `invalid audience (aud) claim`, stage: Service, values: vault, ids: []finding.ID{finding.AudienceMismatch}},
	{text: `invalid issuer (iss) claim`, stage: Service, values: vault, ids: []finding.ID{finding.IssuerNotTrusted}},
	{text: `claim "iss" is invalid`, stage: Service, values: vault, ids: []finding.ID{finding.IssuerNotTrusted}},
}

// vaultDenied is Vault's answer to any failed login. Other programs use the same message.
const vaultDenied = "permission denied"

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
