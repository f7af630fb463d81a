package finding

import "slices"

// groups are the headings of the catalogue, in its order.
var groups = []string{
	"Encoding and transport of the credential",
	"Lifetime and clocks",
	"Issuer, keys and signature",
	"Audience",
	"Bound objects of ServiceAccount tokens",
	"Bootstrap tokens and certificates",
	"OIDC and structured authentication",
	"API server and connection",
	"Issuer discovery",
	"Simulation",
	"Other tokens",
}

// Catalogue lists every finding, by group. Each group stands in a file of its own,
// catalogue_*.go, in whose order its findings are.
var Catalogue []Entry

// declare enters a finding into the catalogue.
func declare(e Entry) ID {
	e.Reference = ReadAt(e.Reference)
	Catalogue = append(Catalogue, e)
	return e.ID
}

// The files of a package are read in the order of their names.
func init() {
	slices.SortStableFunc(Catalogue, func(a, b Entry) int { return slices.Index(groups, a.Group) - slices.Index(groups, b.Group) })
}
