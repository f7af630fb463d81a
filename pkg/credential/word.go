package credential

import (
	"regexp"
	"strings"
)

var safeWord = regexp.MustCompile(`^[A-Za-z0-9@%+=:,./_-]+$`)

// Word quotes a name for a POSIX shell. Names come from claims: one that a shell
// would not take as a plain word, and that no Kubernetes object can have, is not put
// into a command at all.
func Word(name string) string {
	switch {
	case name == "":
		return "''"
	case safeWord.MatchString(name) && !strings.HasPrefix(name, "-"):
		return name
	case strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r > 0x7e }):
		return "NAME"
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

var objectName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`)

// ObjectName reports whether an object can have this name (RFC 1123 subdomain). What
// cannot be one is not asked for: claims may say anything, and a token that was
// written in the place of a name does not belong into a URL.
func ObjectName(name string) bool { return len(name) <= 253 && objectName.MatchString(name) }
