package report

import (
	"fmt"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// What of foreign text and of long lists is shown in text and markdown; objects have it whole.
const (
	// mostShown is the characters of one value, of which the middle is left out.
	mostShown = 1000
	// mostLine is the characters of what is put together of values: a list, a sentence.
	mostLine = 2 * mostShown
	// mostListed is the entries of a list in one line, mostRows those that have lines of their
	// own.
	mostListed = 20
	mostRows   = 100
	// mostKeys is the keys of an issuer.
	mostKeys = 10
)

// Show is Escape for text that may be of any length.
func Show(s string) string { return Escape(finding.Shorten(s, mostShown)) }

// listed puts values on one line, and not too many of them.
func listed(values []string, separator string) string {
	if rest := len(values) - mostListed; rest > 0 {
		return strings.Join(values[:mostListed], separator) + separator + andMore(rest)
	}
	return strings.Join(values, separator)
}

// andMore stands for what is not listed.
func andMore(n int) string { return fmt.Sprintf("and %d more", n) }

// atMost parts values into those that are listed and the number of the rest.
func atMost[T any](values []T, most int) ([]T, int) {
	if rest := len(values) - most; rest > 0 {
		return values[:most], rest
	}
	return values, 0
}
