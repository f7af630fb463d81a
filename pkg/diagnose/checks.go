package diagnose

// Checks are all checks, in the order in which a credential meets the questions: on
// the client, on the way, and then in the API server's own order of asking
// (k8s.io/kubernetes pkg/kubeapiserver/authenticator/config.go). The
// first one that fails is what the server stumbled on; the ones behind it it never
// reached.
var Checks = []Check{
	// What the client sends.
	credentialProduced,
	credentialAtHand,
	credentialPresent,
	tokenSendable,
	tokenNotShadowed,
	impersonation,
	encryptedConnection,
	// The way to the server.
	serverReachable,
	answeredByAPIServer,
	questionAnswered,
	credentialArrives,
	ownIdentity,
	clocksAgree,
	// Client certificate.
	certificateRequested,
	certificateAuthority,
	certificateValidity,
	certificateUsage,
	certificateCommonName,
	// How the token is written.
	basicAuthentication,
	tokenWriting,
	tokenEncryption,
	// Issuer, key and signature.
	issuerTrusted,
	signingAlgorithm,
	signingKey,
	signature,
	// Audience.
	audience,
	// Lifetime.
	lifetime,
	tokenFresh,
	tokenLasts,
	tokenFileFresh,
	// The objects behind the token.
	legacySecret,
	serviceAccount,
	boundSecret,
	boundPod,
	boundNode,
	boundObject,
	bootstrapToken,
	tokenOfPod,
	// The server's rules.
	configurationLoaded,
	oidcRules,
	oidcGroups,
	oidcPrefix,
	webhook,
	opaqueToken,
	awsIAMToken,
	// What the server says.
	reviewPermitted,
	anonymousAccess,
	answerFresh,
	answersAgree,
	sameConfiguration,
	authorization,
	aggregatedAPIs,
}
