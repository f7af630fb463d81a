package call

import "strings"

// Challenge is a challenge of a WWW-Authenticate header (RFC 9110, section 11.6.1). Names of schemes and parameters are
// as written, but for parameters in lower case.
type Challenge struct {
	Scheme     string
	Parameters []Field
}

// Field is a name and a value.
type Field struct{ Name, Value string }

// Get returns the first parameter with a name; "" without one.
func (c *Challenge) Get(name string) string {
	for _, p := range c.Parameters {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// The bounds of what is kept of challenges.
const (
	maxChallenges = 8
	maxParameters = 12
)

// challenges parses the values of WWW-Authenticate headers. The header separates both challenges and parameters by
// commas, so that a word is a scheme unless an equals sign follows. A token68 is left out, because it may be a secret.
func challenges(values []string) []Challenge {
	var out []Challenge
	for _, v := range values {
		p := challengeParser{rest: v}
		for p.next() && len(p.out) <= maxChallenges {
		}
		out = append(out, p.out...)
	}
	return out[:min(len(out), maxChallenges)]
}

type challengeParser struct {
	rest string
	out  []Challenge
}

// next reads a scheme or a parameter; false at the end.
func (p *challengeParser) next() bool {
	p.rest = strings.TrimLeft(p.rest, " \t,")
	if p.rest == "" {
		return false
	}
	word := p.word(isTokenCharacter)
	if word == "" {
		// Skip what is neither.
		p.value()
		return true
	}
	after := strings.TrimLeft(p.rest, " \t")
	if strings.HasPrefix(after, "=") {
		p.rest = strings.TrimLeft(after[1:], " \t")
		value := p.value()
		if n := len(p.out); n > 0 && len(p.out[n-1].Parameters) < maxParameters {
			c := &p.out[n-1]
			c.Parameters = append(c.Parameters, Field{strings.ToLower(word), value})
		}
		return true
	}
	p.out = append(p.out, Challenge{Scheme: word})
	// A token68 ends at a comma or at the end; a parameter has a value after its first equals sign.
	p.rest = after
	before := p.rest
	p.word(isToken68Character)
	padded := strings.TrimLeft(p.rest, "=")
	if end := strings.TrimLeft(padded, " \t"); len(before) > len(p.rest) && (end == "" || end[0] == ',') {
		p.rest = end
		return true
	}
	p.rest = before
	return true
}

// word reads the characters of a class.
func (p *challengeParser) word(of func(byte) bool) string {
	n := 0
	for n < len(p.rest) && of(p.rest[n]) {
		n++
	}
	word := p.rest[:n]
	p.rest = p.rest[n:]
	return word
}

// value reads a quoted string, or everything up to a comma or space.
func (p *challengeParser) value() string {
	if !strings.HasPrefix(p.rest, `"`) {
		n := strings.IndexAny(p.rest, ", \t")
		if n < 0 {
			n = len(p.rest)
		}
		value := p.rest[:n]
		p.rest = p.rest[n:]
		return value
	}
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		case c == '"':
			p.rest = p.rest[i+1:]
			return b.String()
		default:
			b.WriteByte(c)
		}
	}
	p.rest = ""
	return b.String()
}

// isTokenCharacter reports whether a character may be in a token (RFC 9110, section 5.6.2).
func isTokenCharacter(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

func isToken68Character(c byte) bool { return isAlphanumeric(c) || strings.IndexByte("-._~+/", c) >= 0 }

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
