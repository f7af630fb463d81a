package token

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// embedded returns the complete tokens in a text with other content, each once, in order: in a
// shell command, a chat message, or a file with two tokens.
func embedded(text string, in reading) []*Token {
	var found []*Token
	words := strings.FieldsFunc(text, isBlank)
	for _, word := range words[:min(len(words), maxFields)] {
		candidates := jwtsIn(word)
		if word != text {
			candidates = append([]string{word}, candidates...)
		}
		for _, candidate := range candidates {
			t := parse(candidate, in.inner())
			known := func(other *Token) bool { return other.Raw.Reveal() == candidate }
			if t.Kind != KindOpaque && len(t.Problems) == 0 && !slices.ContainsFunc(found, known) {
				found = append(found, t)
			}
		}
	}
	return found
}

// jwtsIn returns the proper parts of a word that look like a JWT.
func jwtsIn(word string) []string {
	var parts []string
	for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return !ofJWT(r) }) {
		if len(parts) == maxFields {
			break
		}
		part = strings.TrimRight(part, ".")
		if part != word && strings.HasPrefix(part, "eyJ") && strings.Count(part, ".") == 2 {
			parts = append(parts, part)
		}
	}
	return parts
}

func ofJWT(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.'
}

// evenSignature reports whether the signature has a usual length. A truncated RSA signature looks
// like a shorter one in every other respect.
func (t *Token) evenSignature() bool {
	if alg := t.Algorithm(); !strings.HasPrefix(alg, "RS") && !strings.HasPrefix(alg, "PS") {
		return true
	}
	raw := t.Raw.Reveal()
	n := base64.RawURLEncoding.DecodedLen(len(raw) - 1 - strings.LastIndexByte(raw, '.'))
	return n%128 == 0
}

// parseEmbedded reads a text without white space that contains a JWT: TOKEN=…, --token=….
func (t *Token) parseEmbedded(raw string, in reading) bool {
	if in.depth >= maxDepth || !strings.Contains(raw, "eyJ") || !strings.ContainsFunc(strings.TrimRight(raw, "="), func(r rune) bool { return !ofJWT(r) }) {
		return false
	}
	found := embedded(raw, in)
	if len(found) == 0 {
		return false
	}
	t.Kind, t.Inner, t.Embedded = KindJWT, found[0], len(found)
	t.addProblem(finding.MalformedJWT, finding.T("%s: clients send the whole text as one token", embeddedDetail(raw, found)))
	return true
}

// embeddedDetail returns where other text surrounds a token. The text is not quoted, as it may be
// a password.
func embeddedDetail(raw string, found []*Token) finding.Text {
	if len(found) > 1 {
		return finding.T("the text has %s tokens instead of one", finding.Count(len(found)))
	}
	before, behind, _ := strings.Cut(raw, found[0].Raw.Reveal())
	before, behind = strings.TrimFunc(before, isBlank), strings.TrimFunc(behind, isBlank)
	switch {
	case behind == "":
		return finding.T("the token has other text before it")
	case before == "":
		return finding.T("the token has other text after it")
	}
	return finding.T("the token has other text before and after it")
}
