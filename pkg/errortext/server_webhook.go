package errortext

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

var webhookFailed = []finding.ID{finding.WebhookAuthenticatorFailed}

// serverWebhook has the messages if the token webhook could not be asked or returned no
// TokenReview. The webhook is asked last, about every token that no other authenticator accepted,
// so its failure appears beside any other fault of a token. The message of a webhook that rejects a
// token is passed on unchanged, and is unknown here.
//
// A delegating server (the kubelet, metrics-server) asks the API server in the same way, with the
// same messages.
//
// k8s.io/apiserver plugin/pkg/authenticator/token/webhook/webhook.go, pkg/util/webhook/webhook.go,
// pkg/authentication/token/tokenfile; k8s.io/apimachinery pkg/api/errors/errors.go,
// NewGenericServerResponse.
var serverWebhook = []pattern{
	{text: `webhook call failed: {error...}`, stage: Webhook, ids: webhookFailed},
	{text: `Post {url:q}: {error...}`, stage: Webhook, ids: webhookFailed},
	// Go before 1.14 did not quote.
	{text: `Post http{error...}`, stage: Webhook, until: "old", ids: webhookFailed},
	// In the log.
	{text: `Failed to make webhook authenticator request: {error...}`, stage: Webhook, ids: webhookFailed, logged: true},

	// Answers that are not an API server's Status: no other authenticator asks over HTTP.
	{text: `an error on the server ({body:q}) has prevented the request from succeeding`, stage: Webhook, ids: webhookFailed},
	{text: `the server responded with the status code {code:word} but did not return more information`, stage: Webhook, ids: webhookFailed},
	{text: `the server reported a conflict`, stage: Webhook, ids: webhookFailed},
	{text: `the server could not find the requested resource`, stage: Webhook, ids: webhookFailed},
	{text: `the server rejected our request for an unknown reason`, stage: Webhook, ids: webhookFailed},
	{text: `the server has asked for the client to provide credentials`, stage: Webhook, ids: webhookFailed},
	{text: `the server was unable to respond with a content type that the client supports`, stage: Webhook, ids: webhookFailed},
	{text: `the server does not allow this method on the requested resource`, stage: Webhook, ids: webhookFailed},
	{text: `the server rejected our request due to an error in our request`, stage: Webhook, ids: webhookFailed},
	{text: `the server is currently unable to handle the request`, stage: Webhook, ids: webhookFailed},
	{text: `the server was unable to return a response in the time allotted, but may still be processing the request`, stage: Webhook, ids: webhookFailed},
	{text: `the server has received too many requests and has asked us to try again later`, stage: Webhook, ids: webhookFailed},
	{text: `couldn't get version/kind; json parse error: {error...}`, stage: Webhook, ids: webhookFailed},
	{text: `Object 'Kind' is missing in {error...}`, stage: Webhook, ids: webhookFailed},
	{text: `Object 'apiVersion' is missing in {error...}`, stage: Webhook, ids: webhookFailed},
	{text: `no kind {kind:q} is registered for version {error...}`, stage: Webhook, ids: webhookFailed},

	// A server so configured does not start.
	{text: `unsupported authentication webhook version {version:q}, supported versions are {supported...}`, stage: Webhook},
	{text: `token file '{file}' must have at least 3 columns (token, user name, user uid), found {columns:word}`, stage: TokenFile},
	{text: `empty token has been found in token file '{file}', record number '{record}'`, stage: TokenFile},
	{text: `duplicate token has been found in token file '{file}', record number '{record}'`, stage: TokenFile},
}
