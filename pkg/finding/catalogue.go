package finding

import "slices"

// groups are the headings of the catalogue, in its order.
var groups = []string{
	"How the credential is written and carried",
	"Time",
	"Issuer, key, signature",
	"Audience",
	"The objects a ServiceAccount token is bound to",
	"Bootstrap tokens, client certificates",
	"OIDC and structured authentication",
	"The server and the way to it",
	"Issuer discovery",
	"Simulation",
	"Other tokens",
}

// Catalogue lists every finding, by group. Each group stands in a file of its own,
// catalogue_*.go, in whose order its findings are.
var Catalogue []Entry

// declare enters a finding into the catalogue.
func declare(e Entry) ID {
	Catalogue = append(Catalogue, e)
	return e.ID
}

// The files of a package are read in the order of their names.
func init() {
	slices.SortStableFunc(Catalogue, func(a, b Entry) int { return slices.Index(groups, a.Group) - slices.Index(groups, b.Group) })
}
