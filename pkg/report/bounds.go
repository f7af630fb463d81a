package report

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// What of foreign text and of long lists is shown in text and markdown; objects have it whole.
const (
	// mostShown is the characters of what stands for a JSON value that is not laid out.
	mostShown = 1000
	// mostListed is the entries of a list in one line, mostRows those that have lines of their
	// own.
	mostListed = 20
	mostRows   = 100
	// mostKeys is the keys of an issuer.
	mostKeys = 10
)

// listed are values for one line, and not too many of them.
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

// andMore stands for what is not listed.
func andMore(n int) finding.Text { return finding.T("and %s more", finding.Count(n)) }

// atMost parts values into those that are listed and the number of the rest.
func atMost[T any](values []T, most int) ([]T, int) {
	if rest := len(values) - most; rest > 0 {
		return values[:most], rest
	}
	return values, 0
}
