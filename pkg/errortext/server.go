package errortext

import "sync"

// server is the compiled set of all messages of an API server. It is compiled on first use, because
// most commands never read an error message.
var server = sync.OnceValue(func() *set {
	return compile(
		serverRequest,
		serverServiceAccount,
		serverLegacyServiceAccount,
		serverServiceAccountDetail,
		serverBootstrap,
		serverOIDC,
		serverCertificate(),
		serverWebhook,
		serverReview,
		serverTokenRequest,
		serverAuthorization,
		serverAPI,
	)
})
