package errortext

import "sync"

// server is everything an API server says, made ready when first asked for: most
// commands never read an error text.
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
