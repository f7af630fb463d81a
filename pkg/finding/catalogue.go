package finding

// Catalogue lists every finding, grouped, in the order of ids.go.
var Catalogue = []Entry{}
