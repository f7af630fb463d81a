package token

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// isBlank is white space, and also what looks like nothing at all and comes along
// when text is copied from a web page or an editor.
func isBlank(r rune) bool {
	switch r {
	case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return true
	}
	return unicode.IsSpace(r)
}

// maxFields bounds how many words of a text are each tried as a token.
const maxFields = 64

// parseSpaced reads a token with white space around or inside it.
func (t *Token) parseSpaced(raw string, in reading) {
	if in.depth >= maxDepth {
		t.addProblem(finding.TokenHasWhitespace, spaceDetail(raw))
		return
	}
	meant, found := meant(raw, in)
	t.Embedded = len(found)
	if t.Embedded > 0 {
		t.addProblem(finding.TokenHasWhitespace, embeddedDetail(raw, found)+": "+spaceConsequence(raw, strings.TrimFunc(raw, isBlank)))
	} else {
		t.addProblem(finding.TokenHasWhitespace, spaceDetail(raw))
	}
	if meant == nil {
		return
	}
	t.Inner = meant
	t.Kind, t.Parts, t.Header, t.Claims = meant.Kind, meant.Parts, meant.Header, meant.Claims
	t.Bootstrap, t.AWS = meant.Bootstrap, meant.AWS
	for _, p := range meant.Problems {
		if p.ID != finding.TokenHasWhitespace {
			t.Problems = append(t.Problems, p)
		}
	}
}

// meant guesses the token that white space spoils: the first whole token in the text
// where there is one among other things (found: a comment, a second column, a second token
// follow), else all words joined where that is a token (a wrapped line), else the text
// without the white space around it; nil where that is all the same.
func meant(raw string, in reading) (t *Token, found []*Token) {
	words := strings.FieldsFunc(raw, isBlank)
	if len(words) > 1 {
		joined := parse(strings.Join(words, ""), in.inner())
		whole := joined.Kind != KindOpaque && len(joined.Problems) == 0
		found = embedded(raw, in)
		if len(found) > 0 && !(whole && len(found) == 1 && !found[0].evenSignature()) {
			return found[0], found
		}
		if joined.Kind != KindOpaque || joined.Inner != nil {
			return joined, nil
		}
	}
	if trimmed := strings.TrimFunc(raw, isBlank); trimmed != raw {
		return parse(trimmed, in.inner()), nil
	}
	return nil, nil
}

// spaceDetail says what white space there is, where, and what becomes of the token.
func spaceDetail(raw string) string {
	body := strings.TrimLeftFunc(raw, isBlank)
	start := raw[:len(raw)-len(body)]
	body = strings.TrimRightFunc(body, isBlank)
	end := raw[len(start)+len(body):]

	var places []string
	if start != "" {
		places = append(places, blanks(start)+" at its start")
	}
	if i := strings.IndexFunc(body, isBlank); i >= 0 {
		places = append(places, fmt.Sprintf("%s inside, the first after %s", blanks(body), characters(body[:i])))
	}
	if end != "" {
		places = append(places, blanks(end)+" at its end")
	}
	return "the token has " + strings.Join(places, " and ") + ": " + spaceConsequence(raw, body)
}

func spaceConsequence(raw, body string) string {
	s := sent(raw)
	switch {
	case !s.Possible:
		return "no HTTP client can send that in a header"
	case s.ExtraSpace:
		return `the API server finds an extra space after "Bearer", ignores the header and sees no credential`
	case strings.ContainsFunc(s.Read, isBlank):
		return "it reaches the API server and is read as part of the token"
	case s.Read == body:
		return "it is trimmed on the way, the API server reads the token without it"
	default:
		return "the API server reads only what stands before the first space, " + characters(s.Read)
	}
}

// blanks counts the white space in s by name, in order of appearance.
func blanks(s string) string {
	var names []string
	count := map[string]int{}
	for i, r := range s {
		if !isBlank(r) || (r == '\r' && strings.HasPrefix(s[i+1:], "\n")) {
			continue
		}
		name := characterName(r)
		if count[name] == 0 {
			names = append(names, name)
		}
		count[name]++
	}
	for i, name := range names {
		if n := count[name]; n > 1 {
			names[i] = fmt.Sprintf("%d times %s", n, name)
		}
	}
	return strings.Join(names, ", ")
}

// characterName names a character that does not show.
func characterName(r rune) string {
	switch r {
	case '\n', '\r':
		return "a line break"
	case ' ':
		return "a space"
	case '\t':
		return "a tab"
	case '\u00a0':
		return "a no-break space (U+00A0)"
	case '\ufeff':
		return "a byte order mark (U+FEFF)"
	case '\u200b', '\u200c', '\u200d', '\u2060':
		return fmt.Sprintf("an invisible character (U+%04X)", r)
	}
	if unicode.IsSpace(r) {
		return fmt.Sprintf("white space (U+%04X)", r)
	}
	return fmt.Sprintf("a control character (U+%04X)", r)
}

// characters says how many characters s has.
func characters(s string) string {
	if n := utf8.RuneCountInString(s); n != 1 {
		return fmt.Sprintf("%d characters", n)
	}
	return "1 character"
}
