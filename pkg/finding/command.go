package finding

import (
	"regexp"
	"strings"
	"sync"
)

// safeWord reports whether no shell sees anything in a word but its characters.
func safeWord(word string) bool {
	return word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("@%+=:,./_-", r)
	})
}

// Word quotes a word for a POSIX shell. One with control or other characters that nobody
// should paste becomes NAME. Quotes do not keep a program from taking `--all` for a flag:
// a name out of a claim also has to be an ObjectName.
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

// ObjectName reports whether an object can have this name (RFC 1123 subdomain). What
// cannot be one is not asked for: claims may say anything, and a token that was
// written in the place of a name does not belong into a URL.
func ObjectName(name string) bool { return len(name) <= 253 && objectName().MatchString(name) }

// NamespaceName reports whether a namespace can have this name (RFC 1123 label). In a URL,
// `..` would be another place.
func NamespaceName(name string) bool {
	return len(name) <= 63 && !strings.Contains(name, ".") && ObjectName(name)
}
