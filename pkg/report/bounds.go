package report

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// The limits for foreign text and long lists in text and markdown; objects have no limits.
const (
	// mostShown is the maximum length of a JSON value in one line, in characters.
	mostShown = 1000
	// mostListed is the maximum number of entries in one line, mostRows of entries with a line each.
	mostListed = 20
	mostRows   = 100
	// mostKeys is the maximum number of an issuer's keys.
	mostKeys = 10
)

// listed joins values for one line, at most mostListed.
func listed(values []string) []finding.Text {
	some, rest := atMost(values, mostListed)
	var out []finding.Text
	for _, v := range some {
		out = append(out, said(v))
	}
	if rest > 0 {
		out = append(out, andMore(rest))
	}
	return out
}

// commas lists values with commas between them.
func commas(values []string) finding.Text { return finding.Join(", ", listed(values)...) }

// andMore is the number of values that are not listed.
func andMore(n int) finding.Text { return finding.T("and %s more", finding.Count(n)) }

// atMost returns the listed values and the number of the rest.
func atMost[T any](values []T, most int) ([]T, int) {
	if rest := len(values) - most; rest > 0 {
		return values[:most], rest
	}
	return values, 0
}
