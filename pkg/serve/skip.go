package serve

import (
	"net/url"
	"path"
	"strings"
)

// skips reports whether a requested path is below one of the prefixes, in whole segments. A path that two programs
// may read differently is never skipped: with two dots or slashes, or with one of these or a percent sign encoded.
func skips(prefixes []string, requested string) bool {
	if len(prefixes) == 0 {
		return false
	}
	requested, _, _ = strings.Cut(requested, "?")
	if !strings.HasPrefix(requested, "/") || strings.Contains(requested, "//") {
		return false
	}
	lower := strings.ToLower(requested)
	for _, ambiguous := range []string{"..", "%2e", "%2f", "%5c", "%25", `\`, ";", "#"} {
		if strings.Contains(lower, ambiguous) {
			return false
		}
	}
	decoded, err := url.PathUnescape(requested)
	if err != nil || unprintable(decoded) {
		return false
	}
	decoded = path.Clean(decoded)
	for _, prefix := range prefixes {
		prefix = path.Clean(prefix)
		if prefix == "/" || decoded == prefix || strings.HasPrefix(decoded, prefix+"/") {
			return true
		}
	}
	return false
}
