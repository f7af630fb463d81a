// Package checks holds the checks of a diagnosis, one file each, in the order of all.go. It does no I/O.
package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
)

// All lists the checks in the order in which a request meets them: on the client, on the network, and then in the
// API server's own order (k8s.io/kubernetes pkg/kubeapiserver/authenticator/config.go). The API server stops at the
// first check that fails.
var All = slices.Concat(
	stage(diagnose.StageClient,
		credentialProduced,
		credentialAtHand,
		credentialPresent,
		tokenSendable,
		tokenNotShadowed,
		impersonation,
		encryptedConnection,
	),
	stage(diagnose.StageConnection,
		serverReachable,
		answeredByAPIServer,
		questionAnswered,
		credentialArrives,
		ownIdentity,
		clocksAgree,
	),
	stage(diagnose.StageCertificate,
		certificateRequested,
		certificateAuthority,
		certificateValidity,
		certificateUsage,
		certificateCommonName,
	),
	stage(diagnose.StageEncoding,
		basicAuthentication,
		tokenWriting,
		tokenEncryption,
	),
	stage(diagnose.StageSignature,
		issuerTrusted,
		signingAlgorithm,
		signingKey,
		signature,
	),
	stage(diagnose.StageAudience,
		audience,
	),
	stage(diagnose.StageTime,
		lifetime,
		tokenFresh,
		tokenLasts,
		tokenFileFresh,
	),
	stage(diagnose.StageObjects,
		legacySecret,
		serviceAccount,
		boundSecret,
		boundPod,
		boundNode,
		boundObject,
		bootstrapToken,
		tokenOfPod,
	),
	stage(diagnose.StagePolicy,
		configurationLoaded,
		oidcRules,
		oidcGroups,
		oidcPrefix,
		webhook,
		opaqueToken,
		awsIAMToken,
	),
	stage(diagnose.StageServer,
		reviewPermitted,
		anonymousAccess,
		answerFresh,
		answersAgree,
		sameConfiguration,
		authorization,
		aggregatedAPIs,
	),
)

// stage assigns a stage to checks.
func stage(where diagnose.Stage, checks ...Check) []Check {
	for i := range checks {
		checks[i].Stage = where
	}
	return checks
}

// OfItself lists the checks of a credential that is only read and never sent.
func OfItself() []Check {
	return slices.DeleteFunc(slices.Clone(All), func(c Check) bool { return c.ID == credentialAtHand.ID })
}
