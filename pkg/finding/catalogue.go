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
	"Other components of the cluster",
	"Issuer discovery",
	"Simulation",
	"Decisions of serve",
	answersOfServices,
	"Other tokens",
}

// Catalogue lists every finding, by group. Each group has its own file, catalogue_*.go, which
// sets the order of its findings.
var Catalogue []Entry

// declare adds a finding to the catalogue.
func declare(e Entry) ID {
	e.Reference = ReadAt(e.Reference)
	Catalogue = append(Catalogue, e)
	return e.ID
}

// Go initializes the files of a package in the order of their names, so the groups are sorted here.
func init() {
	slices.SortStableFunc(Catalogue, func(a, b Entry) int { return slices.Index(groups, a.Group) - slices.Index(groups, b.Group) })
}
