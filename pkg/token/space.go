package token

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// isBlank reports whether r is white space or an invisible character, as in text copied from a
// web page or an editor.
func isBlank(r rune) bool {
	switch r {
	case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return true
	}
	return unicode.IsSpace(r)
}

// maxFields bounds how many words of a text are tried as a token.
const maxFields = 64

// parseSpaced reads a token with white space around it or in it.
func (t *Token) parseSpaced(raw string, in reading) {
	if in.depth >= maxDepth {
		t.addProblem(finding.TokenHasWhitespace, spaceDetail(raw))
		return
	}
	meant, found := intended(raw, in)
	t.Embedded = len(found)
	if t.Embedded > 0 {
		t.addProblem(finding.TokenHasWhitespace, finding.T("%s: %s", embeddedDetail(raw, found), spaceConsequence(raw, strings.TrimFunc(raw, isBlank))))
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

// intended guesses the intended token of a text with white space: the first complete token in
// other text (found are all of them), otherwise all words joined if they are a token (a wrapped
// line), otherwise the trimmed text; nil if that is no different.
func intended(raw string, in reading) (t *Token, found []*Token) {
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

// spaceDetail returns the kinds and places of white space, and the consequence.
func spaceDetail(raw string) finding.Text {
	body := strings.TrimLeftFunc(raw, isBlank)
	start := raw[:len(raw)-len(body)]
	body = strings.TrimRightFunc(body, isBlank)
	end := raw[len(start)+len(body):]

	var places []finding.Value
	if start != "" {
		places = append(places, finding.T("%s at its start", blanks(start)))
	}
	if i := strings.IndexFunc(body, isBlank); i >= 0 {
		places = append(places, finding.T("%s inside, the first after %s", blanks(body), characters(body[:i])))
	}
	if end != "" {
		places = append(places, finding.T("%s at its end", blanks(end)))
	}
	return finding.T("the token has %s: %s", finding.Join(" and ", places...), spaceConsequence(raw, body))
}

func spaceConsequence(raw, body string) finding.Text {
	s := sent(raw)
	switch {
	case !s.Possible:
		return finding.T("no HTTP client can send such a header")
	case s.ExtraSpace:
		return finding.T(`the API server finds an extra space after "Bearer", ignores the header and sees no credential`)
	case strings.ContainsFunc(s.Read, isBlank):
		return finding.T("the API server reads the white space as part of the token")
	case s.Read == body:
		return finding.T("client and server remove the white space, and the API server reads the token without it")
	default:
		return finding.T("the API server reads only the text before the first space, %s", characters(s.Read))
	}
}

// blanks counts the white space in s by name, in order of appearance.
func blanks(s string) finding.Text {
	var seen []rune
	count := map[rune]int{}
	for i, r := range s {
		switch {
		case !isBlank(r) || (r == '\r' && strings.HasPrefix(s[i+1:], "\n")):
			continue
		case r == '\r':
			r = '\n'
		}
		if count[r]++; count[r] == 1 {
			seen = append(seen, r)
		}
	}
	names := make([]finding.Value, len(seen))
	for i, r := range seen {
		names[i] = characterName(r)
		if n := count[r]; n > 1 {
			names[i] = finding.T("%s times %s", finding.Count(n), names[i])
		}
	}
	return finding.Join(", ", names...)
}

// characterName returns the name of an invisible character, with its article.
func characterName(r rune) finding.Text {
	switch r {
	case '\n', '\r':
		return finding.T("a line break")
	case ' ':
		return finding.T("a space")
	case '\t':
		return finding.T("a tab")
	case '\u00a0':
		return finding.T("a no-break space (U+00A0)")
	case '\ufeff':
		return finding.T("a byte order mark (U+FEFF)")
	case '\u200b', '\u200c', '\u200d', '\u2060':
		return finding.T("an invisible character (%s)", codePoint(r))
	}
	if unicode.IsSpace(r) {
		return finding.T("white space (%s)", codePoint(r))
	}
	return finding.T("a control character (%s)", codePoint(r))
}

func codePoint(r rune) finding.Value { return finding.Standard(fmt.Sprintf("U+%04X", r)) }

// characters returns the number of characters in s, with the unit.
func characters(s string) finding.Text { return countCharacters(utf8.RuneCountInString(s)) }

func countCharacters(n int) finding.Text {
	if n == 1 {
		return finding.T("1 character")
	}
	return finding.T("%s characters", finding.Count(n))
}
