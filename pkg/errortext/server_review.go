package errortext

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// serverReview has the messages of the TokenReview API itself.
//
// k8s.io/kubernetes pkg/registry/authentication/tokenreview/storage.go,
// k8s.io/apiserver pkg/server/filters/wrap.go.
var serverReview = []pattern{
	{text: `token is required for TokenReview in authentication`, stage: TokenReview, ids: []finding.ID{finding.EmptyBearerToken}},
	{text: `Internal error occurred: error validating audiences`, stage: TokenReview, ids: []finding.ID{finding.AudienceMismatch}},
	{text: `error validating audiences`, stage: TokenReview, ids: []finding.ID{finding.AudienceMismatch}},
	// In the log, for the two above.
	{text: `error validating audience. want={wantAudiences:list} got={gotAudiences:list}`, stage: TokenReview, ids: []finding.ID{finding.AudienceMismatch}, logged: true},
	// A blank token is anonymous, and a review has no path to compare with the conditions of
	// anonymous access.
	{text: `This request caused apiserver to panic. Look in the logs for details.`, stage: TokenReview,
		ids: []finding.ID{finding.EmptyBearerToken, finding.TokenHasWhitespace}},
}

// serverTokenRequest has the reasons why no ServiceAccount token was issued. Most of them are about
// the request and not about a credential.
//
// k8s.io/kubernetes pkg/registry/core/serviceaccount/storage/token.go,
// pkg/apis/authentication/validation, plugin/pkg/admission/noderestriction.
var serverTokenRequest = []pattern{
	{text: `TokenRequest.authentication.k8s.io {name:q} is invalid: {error...}`, stage: TokenRequest},
	{text: `may not specify a duration less than 10 minutes`, stage: TokenRequest},
	{text: `may not specify a duration larger than 2^32 seconds`, stage: TokenRequest},
	// A Warning header.
	{text: `requested expiration of {requested:word} seconds shortened to {granted:word} seconds`, stage: TokenRequest},
	{text: `cannot bind token to object of type {kind...}`, stage: TokenRequest},
	{text: `cannot bind token to a Node object as the {gate:q} feature-gate is disabled`, stage: TokenRequest, until: "1.32"},
	{text: `cannot bind token for serviceaccount {serviceAccount:q} to pod running with different serviceaccount name.`, stage: TokenRequest},
	{text: `Operation cannot be fulfilled on Pod {pod:q}: the UID in the bound object reference ({claimUID}) does not match the UID in record. The object might have been deleted and then recreated`,
		stage: TokenRequest, ids: []finding.ID{finding.BoundPodRecreated}},
	{text: `Operation cannot be fulfilled on Secret {secret:q}: the UID in the bound object reference ({claimUID}) does not match the UID in record. The object might have been deleted and then recreated`,
		stage: TokenRequest, ids: []finding.ID{finding.BoundSecretRecreated}},
	{text: `Operation cannot be fulfilled on Node {node:q}: the UID in the bound object reference ({claimUID}) does not match the UID in record. The object might have been deleted and then recreated`,
		stage: TokenRequest, ids: []finding.ID{finding.BoundNodeRecreated}},
	{text: `the UID in the bound object reference ({claimUID}) does not match the UID in record. The object might have been deleted and then recreated`,
		stage: TokenRequest, ids: []finding.ID{finding.BoundPodRecreated, finding.BoundSecretRecreated, finding.BoundNodeRecreated}},
	{text: `Operation cannot be fulfilled on TokenRequest.authentication.k8s.io {serviceAccount:q}: the UID in the token request ({claimUID}) does not match the UID of the service account ({realUID})`,
		stage: TokenRequest, since: "1.34", ids: []finding.ID{finding.ServiceAccountRecreated}},
	{text: `the UID in the token request ({claimUID}) does not match the UID of the service account ({realUID})`,
		stage: TokenRequest, since: "1.34", ids: []finding.ID{finding.ServiceAccountRecreated}},
	{text: `Internal error occurred: failed to generate token: {error...}`, stage: TokenRequest},
	{text: `failed to generate token: {error...}`, stage: TokenRequest},

	// A node may request tokens only of its own Pods, for the audiences that they name.
	{text: `serviceaccounts {serviceAccount:q} is forbidden: node requested token not bound to a pod`, stage: TokenRequest, ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `serviceaccounts {serviceAccount:q} is forbidden: node requested token bound to a pod scheduled on a different node`, stage: TokenRequest, ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `serviceaccounts {serviceAccount:q} is forbidden: node may only request 0 or 1 audiences`, stage: TokenRequest, since: "1.32", ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `serviceaccounts {serviceAccount:q} is forbidden: node requested token with a pod binding without a uid`, stage: TokenRequest, ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `serviceaccounts {serviceAccount:q} is forbidden: the UID in the bound object reference ({claimUID}) does not match the UID in record. The object might have been deleted and then recreated`,
		stage: TokenRequest, ids: []finding.ID{finding.BoundPodRecreated}},
	{text: `serviceaccounts {serviceAccount:q} is forbidden: audience {audience:q} not found in pod spec volume, {user:word} is not authorized to request tokens for this audience`,
		stage: TokenRequest, since: "1.33", until: "1.36", ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `serviceaccounts {serviceAccount:q} is forbidden: audience {audience:q} not found in pod spec volume, error authorizing {user:word} to request tokens for this audience: {error...}`,
		stage: TokenRequest, since: "1.33", until: "1.36", ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `serviceaccounts {serviceAccount:q} is forbidden: {user:word} is not authorized to request tokens for audience {audience:q}`,
		stage: TokenRequest, since: "1.37", ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `serviceaccounts {serviceAccount:q} is forbidden: error authorizing {user:word} to request tokens for audience {audience:q}: {error...}`,
		stage: TokenRequest, since: "1.37", ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `serviceaccounts {serviceAccount:q} is forbidden: audience {audience:q} not found in pod spec volume`, stage: TokenRequest, since: "1.32", until: "1.32", ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `node requested token not bound to a pod`, stage: TokenRequest, ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `node requested token with a pod binding without a uid`, stage: TokenRequest, ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `node requested token bound to a pod scheduled on a different node`, stage: TokenRequest, ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `node may only request 0 or 1 audiences`, stage: TokenRequest, since: "1.32", ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `audience {audience:q} not found in pod spec volume, {user:word} is not authorized to request tokens for this audience`,
		stage: TokenRequest, since: "1.33", until: "1.36", ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `audience {audience:q} not found in pod spec volume, error authorizing {user:word} to request tokens for this audience: {error...}`,
		stage: TokenRequest, since: "1.33", until: "1.36", ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `{user:word} is not authorized to request tokens for audience {audience:q}`,
		stage: TokenRequest, since: "1.37", ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `error authorizing {user:word} to request tokens for audience {audience:q}: {error...}`,
		stage: TokenRequest, since: "1.37", ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `audience {audience:q} not found in pod spec volume`, stage: TokenRequest, since: "1.32", until: "1.32", ids: []finding.ID{finding.AuthorizationDenied}},
}

// serverAuthorization has the messages of a 403, which names the authenticated user.
//
// k8s.io/apiserver pkg/endpoints/handlers/responsewriters/errors.go,
// k8s.io/apimachinery pkg/api/errors/errors.go.
var serverAuthorization = []pattern{
	{text: `forbidden: User "system:anonymous" cannot {request...}`, stage: Authorization,
		ids: []finding.ID{finding.AnonymousRequest}, values: map[string]string{"user": "system:anonymous"}},
	{text: `forbidden: User {user:q} cannot {request...}`, stage: Authorization, ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `{resource:word} is forbidden: User "system:anonymous" cannot {request...}`, stage: Authorization,
		ids: []finding.ID{finding.AnonymousRequest}, values: map[string]string{"user": "system:anonymous"}},
	{text: `{resource:word} {name:q} is forbidden: User "system:anonymous" cannot {request...}`, stage: Authorization,
		ids: []finding.ID{finding.AnonymousRequest}, values: map[string]string{"user": "system:anonymous"}},
	// The answer to a review without permission: by a person, a delegating server, or an API server
	// whose webhook is another API server.
	{text: `tokenreviews.authentication.k8s.io is forbidden: User {user:q} cannot {request...}`, stage: Authorization,
		ids: []finding.ID{finding.ReviewNotPermitted, finding.AggregatedAPIRefused, finding.WebhookAuthenticatorFailed}},
	{text: `{resource:word} is forbidden: User {user:q} cannot {request...}`, stage: Authorization, ids: []finding.ID{finding.AuthorizationDenied}},
	{text: `{resource:word} {name:q} is forbidden: User {user:q} cannot {request...}`, stage: Authorization, ids: []finding.ID{finding.AuthorizationDenied}},
}
