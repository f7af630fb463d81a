package errortext

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// go-jose returns "error in cryptographic primitive" for every failed verification: a changed
// token, another key, `none`, HMAC, or an algorithm that does not fit the key. Without a kid, and
// up to 1.30 always, all keys are tried: then the key may also be unknown.
var cryptographicPrimitive = []finding.ID{finding.SignatureInvalid, finding.AlgorithmNotAccepted, finding.TokenTruncated, finding.SigningKeyUnknown}

// serverServiceAccount has the messages about ServiceAccount JWTs: about all of them during
// verification, then about bound ones.
//
// k8s.io/kubernetes pkg/serviceaccount/jwt.go, claims.go; gopkg.in/go-jose/go-jose.v2 since 1.33,
// gopkg.in/square/go-jose.v2 up to 1.32. The messages up to 1.22 are those of claims.go at v1.13.12
// to v1.22.17.
var serverServiceAccount = []pattern{
	{text: `invalid signature, no keys found`, stage: ServiceAccount, since: "1.31", ids: []finding.ID{finding.SigningKeyUnknown}},
	{text: `go-jose/go-jose: error in cryptographic primitive`, stage: ServiceAccount, since: "1.33", ids: cryptographicPrimitive},
	{text: `square/go-jose: error in cryptographic primitive`, stage: ServiceAccount, until: "1.32", ids: cryptographicPrimitive},
	// k/k#22351, kubernetes/apiserver#27
	{text: `crypto/rsa: verification error`, stage: ServiceAccount, until: "old", ids: []finding.ID{finding.SignatureInvalid, finding.SigningKeyUnknown}},
	{text: `go-jose/go-jose/jwt: expected string or array value to unmarshal to Audience`, stage: ServiceAccount, since: "1.33",
		ids: []finding.ID{finding.MalformedJWT}, values: map[string]string{"claim": "aud"}},
	{text: `square/go-jose/jwt: expected string or array value to unmarshal to Audience`, stage: ServiceAccount, until: "1.32",
		ids: []finding.ID{finding.MalformedJWT}, values: map[string]string{"claim": "aud"}},
	{text: `go-jose/go-jose/jwt: expected number value to unmarshal NumericDate`, stage: ServiceAccount, since: "1.33", ids: []finding.ID{finding.MalformedJWT}},
	{text: `square/go-jose/jwt: expected number value to unmarshal NumericDate`, stage: ServiceAccount, until: "1.32", ids: []finding.ID{finding.MalformedJWT}},
	{text: `go-jose/go-jose: {error...}`, stage: ServiceAccount, since: "1.33", ids: []finding.ID{finding.SignatureInvalid, finding.AlgorithmNotAccepted}},
	{text: `square/go-jose: {error...}`, stage: ServiceAccount, until: "1.32", ids: []finding.ID{finding.SignatureInvalid, finding.AlgorithmNotAccepted}},
	{text: `json: {error...}`, stage: ServiceAccount, ids: []finding.ID{finding.MalformedJWT}},
	{text: `token issuer {issuer:q} is invalid`, stage: ServiceAccount, ids: []finding.ID{finding.IssuerNotTrusted}},
	{text: `token audiences {gotAudiences:list} is invalid for the target audiences {wantAudiences:list}`, stage: ServiceAccount,
		ids: []finding.ID{finding.AudienceMismatch}},

	{text: `service account token has expired`, stage: ServiceAccount, ids: []finding.ID{finding.TokenExpired}},
	{text: `service account token is not valid yet`, stage: ServiceAccount, ids: []finding.ID{finding.TokenNotYetValid}},
	{text: `service account token is issued in the future`, stage: ServiceAccount, ids: []finding.ID{finding.TokenIssuedInFuture}},
	{text: `service account token claims could not be validated: {error...}`, stage: ServiceAccount, ids: []finding.ID{finding.CredentialRejected}},
	{text: `service account token claims could not be validated due to unexpected validation error`, stage: ServiceAccount, ids: []finding.ID{finding.CredentialRejected}},
	{text: `service account token claims could not be validated due to unexpected private claim`, stage: ServiceAccount, until: "1.30", ids: []finding.ID{finding.CredentialRejected}},

	// The API server reads the ServiceAccount before the objects that the token is bound to. It
	// passes the storage's messages on, here and in serverAPI.
	{text: `serviceaccounts {serviceAccount:q} not found`, stage: ServiceAccount, ids: []finding.ID{finding.ServiceAccountDeleted}},
	{text: `service account UID ({realUID}) does not match claim ({claimUID})`, stage: ServiceAccount, ids: []finding.ID{finding.ServiceAccountRecreated}},
	{text: `service account {namespace:word}/{serviceAccount:word} has been deleted`, stage: ServiceAccount, ids: []finding.ID{finding.ServiceAccountTerminating}},
	// The object does not exist, is past its deletion, or could not be read.
	{text: `service account token has been invalidated`, stage: ServiceAccount, ids: []finding.ID{
		finding.BoundPodDeleted, finding.BoundSecretDeleted, finding.BoundNodeDeleted, finding.BoundPodTerminating, finding.BoundObjectGone}},
	{text: `secret UID ({realUID}) does not match service account secret ref claim ({claimUID})`, stage: ServiceAccount, ids: []finding.ID{finding.BoundSecretRecreated}},
	{text: `pod UID ({realUID}) does not match service account pod ref claim ({claimUID})`, stage: ServiceAccount, ids: []finding.ID{finding.BoundPodRecreated}},
	{text: `node UID ({realUID}) does not match service account node ref claim ({claimUID})`, stage: ServiceAccount, ids: []finding.ID{finding.BoundNodeRecreated}},
	{text: `feature gate {gate:q} is disabled, but token is webhook bound`, stage: ServiceAccount, since: "1.37", ids: []finding.ID{finding.CredentialRejected}},
	{text: `bound object was a webhook config, but {attestation:q} attestation is missing`, stage: ServiceAccount, since: "1.37", ids: []finding.ID{finding.CredentialRejected}},
	{text: `{kind:word} UID ({realUID}) does not match service account validating ref claim ({claimUID})`, stage: ServiceAccount, since: "1.37", ids: []finding.ID{finding.CredentialRejected}},
	{text: `token is bound to a Node object but the {gate:word} feature gate is disabled`, stage: ServiceAccount, until: "1.31", ids: []finding.ID{finding.CredentialRejected}},

	{text: `Token has expired.`, stage: ServiceAccount, until: "1.22", ids: []finding.ID{finding.TokenExpired}},
	{text: `Token has expired`, stage: ServiceAccount, until: "old", ids: []finding.ID{finding.TokenExpired}},
	// Any fault of the times of a token except its expiry.
	{text: `Token could not be validated.`, stage: ServiceAccount, until: "1.22", ids: []finding.ID{finding.TokenNotYetValid, finding.CredentialRejected}},
	{text: `Secret UID ({realUID}) does not match claim ({claimUID})`, stage: ServiceAccount, until: "1.22", ids: []finding.ID{finding.BoundSecretRecreated}},
	{text: `Pod UID ({realUID}) does not match claim ({claimUID})`, stage: ServiceAccount, until: "1.22", ids: []finding.ID{finding.BoundPodRecreated}},

	// The token is used after its warnafter: the annotation authentication.k8s.io/stale-token of
	// the audit log.
	{text: `subject: {subject:word}, seconds after warning threshold: {seconds:word}`, stage: ServiceAccount, ids: []finding.ID{finding.TokenStale}},
}

// serverLegacyServiceAccount has the messages about tokens of Secrets. The API server reads the
// Secret before the ServiceAccount.
//
// k8s.io/kubernetes pkg/serviceaccount/legacy.go.
var serverLegacyServiceAccount = []pattern{
	{text: `sub claim is missing`, stage: LegacyServiceAccount, ids: []finding.ID{finding.CredentialRejected}, values: map[string]string{"claim": "sub"}},
	{text: `namespace claim is missing`, stage: LegacyServiceAccount, ids: []finding.ID{finding.CredentialRejected}, values: map[string]string{"claim": "kubernetes.io/serviceaccount/namespace"}},
	{text: `secretName claim is missing`, stage: LegacyServiceAccount, ids: []finding.ID{finding.CredentialRejected}, values: map[string]string{"claim": "kubernetes.io/serviceaccount/secret.name"}},
	{text: `serviceAccountName claim is missing`, stage: LegacyServiceAccount, ids: []finding.ID{finding.CredentialRejected}, values: map[string]string{"claim": "kubernetes.io/serviceaccount/service-account.name"}},
	{text: `serviceAccountUID claim is missing`, stage: LegacyServiceAccount, ids: []finding.ID{finding.CredentialRejected}, values: map[string]string{"claim": "kubernetes.io/serviceaccount/service-account.uid"}},
	{text: `sub claim is invalid`, stage: LegacyServiceAccount, ids: []finding.ID{finding.CredentialRejected}, values: map[string]string{"claim": "sub"}},

	// Since 1.23, only for legacy tokens; before, also for bound ones.
	{text: `Token has been invalidated`, stage: LegacyServiceAccount, ids: []finding.ID{
		finding.LegacyTokenSecretDeleted, finding.BoundPodDeleted, finding.BoundSecretDeleted, finding.BoundPodTerminating, finding.BoundObjectGone}},
	{text: `Token does not match server's copy`, stage: LegacyServiceAccount, ids: []finding.ID{finding.LegacyTokenReplaced}},
	// Up to 1.22, these two were also for bound tokens.
	{text: `ServiceAccount {namespace:word}/{serviceAccount:word} has been deleted`, stage: LegacyServiceAccount, ids: []finding.ID{finding.ServiceAccountTerminating}},
	{text: `ServiceAccount UID ({realUID}) does not match claim ({claimUID})`, stage: LegacyServiceAccount, ids: []finding.ID{finding.ServiceAccountRecreated}},
	{text: `the token in secret {namespace:word}/{secret:word} for service account {namespace:word}/{serviceAccount:word} has been marked invalid. ` +
		`Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '{label}' label from the secret to temporarily allow use of this token`,
		stage: LegacyServiceAccount, ids: []finding.ID{finding.LegacyTokenMarkedInvalid}},

	// A Warning header of an answer that accepts the token.
	{text: `Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens.`,
		stage: LegacyServiceAccount, ids: []finding.ID{finding.LegacyToken}},
}

// serverServiceAccountDetail has the messages that the same files log at -v=4, and those that the
// external signer's plugin logs as errors. They name the object that `invalidated` does not name.
// An object that could not be read is not proved to be deleted.
var serverServiceAccountDetail = []pattern{
	{text: `Could not retrieve service account {namespace:word}/{serviceAccount:word}: serviceaccounts {object:q} not found`, stage: ServiceAccount, ids: []finding.ID{finding.ServiceAccountDeleted}},
	{text: `Could not retrieve service account {namespace:word}/{serviceAccount:word}: {error...}`, stage: ServiceAccount},
	{text: `Service account UID no longer matches {namespace:word}/{serviceAccount:word}: {realUID:q} != {claimUID:q}`, stage: ServiceAccount, ids: []finding.ID{finding.ServiceAccountRecreated}},
	{text: `Service account has been deleted {namespace:word}/{serviceAccount:word}`, stage: ServiceAccount, ids: []finding.ID{finding.ServiceAccountTerminating}},

	{text: `Could not retrieve bound secret {namespace:word}/{secret:word} for service account {namespace:word}/{serviceAccount:word}: secrets {object:q} not found`, stage: ServiceAccount, ids: []finding.ID{finding.BoundSecretDeleted}},
	{text: `Could not retrieve bound secret {namespace:word}/{secret:word} for service account {namespace:word}/{serviceAccount:word}: {error...}`, stage: ServiceAccount, ids: []finding.ID{finding.BoundObjectGone}},
	{text: `Secret UID no longer matches {namespace:word}/{secret:word}: {realUID:q} != {claimUID:q}`, stage: ServiceAccount, ids: []finding.ID{finding.BoundSecretRecreated}},
	{text: `Bound secret is deleted and awaiting removal: {namespace:word}/{secret:word} for service account {namespace:word}/{serviceAccount:word}`, stage: ServiceAccount, ids: []finding.ID{finding.BoundSecretDeleted}},

	{text: `Could not retrieve bound pod {namespace:word}/{pod:word} for service account {namespace:word}/{serviceAccount:word}: pods {object:q} not found`, stage: ServiceAccount, ids: []finding.ID{finding.BoundPodDeleted}},
	{text: `Could not retrieve bound pod {namespace:word}/{pod:word} for service account {namespace:word}/{serviceAccount:word}: {error...}`, stage: ServiceAccount, ids: []finding.ID{finding.BoundObjectGone}},
	{text: `Pod UID no longer matches {namespace:word}/{pod:word}: {realUID:q} != {claimUID:q}`, stage: ServiceAccount, ids: []finding.ID{finding.BoundPodRecreated}},
	{text: `Bound pod is deleted and awaiting removal: {namespace:word}/{pod:word} for service account {namespace:word}/{serviceAccount:word}`, stage: ServiceAccount, ids: []finding.ID{finding.BoundPodTerminating}},

	{text: `Could not retrieve node object {node:q} for service account {namespace:word}/{serviceAccount:word}: nodes {object:q} not found`, stage: ServiceAccount, ids: []finding.ID{finding.BoundNodeDeleted}},
	{text: `Could not retrieve node object {node:q} for service account {namespace:word}/{serviceAccount:word}: {error...}`, stage: ServiceAccount, ids: []finding.ID{finding.BoundObjectGone}},
	{text: `Node UID no longer matches {node:word}: {realUID:q} != {claimUID:q}`, stage: ServiceAccount, ids: []finding.ID{finding.BoundNodeRecreated}},
	{text: `Node {node:q} is deleted and awaiting removal for service account {namespace:word}/{serviceAccount:word}`, stage: ServiceAccount, ids: []finding.ID{finding.BoundNodeDeleted}},

	{text: `Could not retrieve token {namespace:word}/{secret:word} for service account {namespace:word}/{serviceAccount:word}: secrets {object:q} not found`, stage: LegacyServiceAccount, ids: []finding.ID{finding.LegacyTokenSecretDeleted}},
	{text: `Could not retrieve token {namespace:word}/{secret:word} for service account {namespace:word}/{serviceAccount:word}: {error...}`, stage: LegacyServiceAccount},
	{text: `Token is deleted and awaiting removal: {namespace:word}/{secret:word} for service account {namespace:word}/{serviceAccount:word}`, stage: LegacyServiceAccount, ids: []finding.ID{finding.LegacyTokenSecretDeleted}},
	{text: `Token contents no longer matches {namespace:word}/{secret:word} for service account {namespace:word}/{serviceAccount:word}`, stage: LegacyServiceAccount, ids: []finding.ID{finding.LegacyTokenReplaced}},

	// k8s.io/kubernetes pkg/serviceaccount/externaljwt/plugin/keycache.go
	{text: `Key id {kid:q} not found after refresh`, stage: ServiceAccount, since: "1.32", ids: []finding.ID{finding.SigningKeyUnknown}},
}
