// Package checks has the questions that a diagnosis asks of a credential: one file a check,
// all in the list of all.go. It is pure.
package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
)

// All are all checks, in the order in which a credential meets the questions: on
// the client, on the way, and then in the API server's own order of asking
// (k8s.io/kubernetes pkg/kubeapiserver/authenticator/config.go). The
// first one that fails is what the server stumbled on; the ones behind it it never
// reached.
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
	stage(diagnose.StageWay,
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
	stage(diagnose.StageWriting,
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

// stage has checks look at one station of a credential's way.
func stage(where diagnose.Stage, checks ...Check) []Check {
	for i := range checks {
		checks[i].Stage = where
	}
	return checks
}

// OfItself are the checks of a credential that nobody wants to send, only to read.
func OfItself() []Check {
	return slices.DeleteFunc(slices.Clone(All), func(c Check) bool { return c.ID == credentialAtHand.ID })
}
