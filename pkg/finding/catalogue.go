package finding

import "slices"

// Catalogue lists every finding, grouped, in the order of ids.go. Each group
// stands in a file of its own, catalogue_*.go.
var Catalogue = slices.Concat(
	writtenAndCarried,
	times,
	issuerKeySignature,
	audiences,
	boundObjects,
	bootstrapAndCertificates,
	oidc,
	serverAndWay,
	discovery,
	simulated,
	otherTokens,
)
