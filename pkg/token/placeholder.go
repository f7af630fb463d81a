package token

import (
	"regexp"
	"sync"
)

// placeholders are the forms of text that a shell, a template or a person replaces with a token.
var placeholders = sync.OnceValue(func() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"$NAME":    regexp.MustCompile(`^\$[A-Za-z_][A-Za-z0-9_]*$`),
		"${NAME}":  regexp.MustCompile(`^\$\{[A-Za-z_][^{}]*\}$`),
		"$(NAME)":  regexp.MustCompile(`^\$\([^()]+\)$`),
		"{{NAME}}": regexp.MustCompile(`^\$?\{\{[^{}]*\}\}$`),
		"<NAME>":   regexp.MustCompile(`^<[^<>]+>$`),
		"%NAME%":   regexp.MustCompile(`^%[A-Za-z_][A-Za-z0-9_]*%$`),
	}
})

// longestPlaceholder is the length up to which a text is taken for a placeholder.
const longestPlaceholder = 100

// Placeholder is the form of the placeholder that the token is, such as `${NAME}`; empty if it is none.
func (t *Token) Placeholder() string {
	raw := t.Raw.Reveal()
	if len(raw) > longestPlaceholder {
		return ""
	}
	for form, pattern := range placeholders() {
		if pattern.MatchString(raw) {
			return form
		}
	}
	return ""
}
