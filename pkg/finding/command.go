package finding

import (
	"regexp"
	"strings"
	"sync"
)

// safeWord reports whether a word needs no quotes in any shell.
func safeWord(word string) bool {
	return word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("@%+=:,./_-", r)
	})
}

// Word quotes a word for a POSIX shell. A word with control characters or characters beyond ASCII
// becomes NAME, because it is not safe to paste. Quotes do not keep a program from reading
// `--all` as a flag: check a name from a claim with ObjectName as well.
func Word(name string) string {
	switch {
	case name == "":
		return "''"
	case safeWord(name) && !strings.HasPrefix(name, "-") && !strings.HasPrefix(name, "="):
		return name
	case strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r > 0x7e }):
		return "NAME"
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

var objectName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`) })

// ObjectName reports whether an object can have this name (RFC 1123 subdomain). Other names are
// not requested: a claim may hold anything, and a token in the place of a name must not get
// into a URL.
func ObjectName(name string) bool { return len(name) <= 253 && objectName().MatchString(name) }

// NamespaceName reports whether a namespace can have this name (RFC 1123 label). In a URL, `..`
// would lead to another path.
func NamespaceName(name string) bool {
	return len(name) <= 63 && !strings.Contains(name, ".") && ObjectName(name)
}
