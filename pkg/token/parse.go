package token

import (
	"encoding/base64"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// maxDepth bounds how many wrappings around a token are removed.
const maxDepth = 4

// Parse reads a token as written, white space included. It never fails: an unknown kind of token
// is opaque, and faults are in Problems.
func Parse(raw string) *Token {
	left := minLeft + 2*len(raw)
	return parse(raw, reading{left: &left})
}

// minLeft is how many bytes of wrapped text are always read: all of it for a token of usual size.
const minLeft = 1 << 20

// reading is the depth of a text in its wrappings, and how many more bytes of wrapped text may be
// read: each wrapping can be removed in several ways, recursively.
type reading struct {
	depth int
	left  *int
}

func (in reading) inner() reading { return reading{in.depth + 1, in.left} }

// scheme matches an authorization scheme that was pasted with the token.
var scheme = regexp.MustCompile(`(?i)^\s*(?:authorization:\s*)?bearer(?:\s+|$)`)

func parse(raw string, in reading) *Token {
	t := &Token{Raw: NewSecret(raw), Kind: KindOpaque}
	if in.depth > 0 {
		if *in.left -= len(raw); *in.left < 0 {
			return t
		}
	}
	if strings.TrimFunc(raw, isBlank) == "" {
		t.addProblem(finding.EmptyBearerToken, emptyDetail(raw))
		return t
	}
	t.Parts = strings.Count(raw, ".") + 1
	switch {
	case in.depth < maxDepth && strings.ContainsFunc(raw, isControl):
		t.parseControl(raw, in)
	case scheme.MatchString(raw):
		t.parsePasted(raw, in)
	case strings.IndexFunc(raw, isBlank) >= 0:
		t.parseSpaced(raw, in)
	case isBootstrap(raw):
		t.Kind = KindBootstrap
		t.Bootstrap = &Bootstrap{ID: raw[:6]}
	case strings.HasPrefix(raw, awsPrefix):
		t.parseAWS(raw)
	case t.parseQuoted(raw, in):
	case t.parseEmbedded(raw, in):
	case t.parseJWT(raw):
	default:
		t.parseWrapped(raw, in)
	}
	return t
}

func (t *Token) addProblem(id finding.ID, detail finding.Text) {
	t.Problems = append(t.Problems, Problem{id, detail})
}

func emptyDetail(raw string) finding.Text {
	if raw == "" {
		return finding.T("the token is empty")
	}
	return finding.T("the token has only white space: %s", blanks(raw))
}

// parsePasted reads a token that begins with "Bearer ".
func (t *Token) parsePasted(raw string, in reading) {
	pasted := scheme.FindString(raw)
	word := strings.TrimSpace(pasted)
	var becomes finding.Text
	switch s := sent(raw); {
	case !s.Possible:
		becomes = finding.T("no HTTP client can send the line break that follows it")
		if !strings.ContainsAny(pasted, "\r\n") {
			becomes = finding.T("no HTTP client can send the control characters in the token")
		}
	case s.Read == "":
		becomes = finding.T("the API server sees no credential")
	default:
		becomes = finding.T("the API server reads %q as the token", finding.Standard(s.Read))
		if len(s.Read) > len(word) {
			becomes = finding.T("the API server reads that as part of the token")
		}
	}
	t.addProblem(finding.AuthorizationSchemePasted, finding.T("the token begins with %q: %s", finding.Standard(word), becomes))
	if in.depth < maxDepth {
		t.Inner = parse(strings.TrimFunc(raw[len(pasted):], isBlank), in.inner())
	}
}

// isBootstrap reports whether raw matches the API server's \A[a-z0-9]{6}\.[a-z0-9]{16}\z.
func isBootstrap(raw string) bool {
	if len(raw) != 23 || raw[6] != '.' {
		return false
	}
	for i := 0; i < len(raw); i++ {
		if c := raw[i]; i != 6 && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// parseQuoted reads a JWT in quotation marks, as jq prints it without -r.
func (t *Token) parseQuoted(raw string, in reading) bool {
	if len(raw) < 3 || in.depth >= maxDepth {
		return false
	}
	quote := raw[0]
	if strings.IndexByte("\"'`", quote) < 0 {
		return false
	}
	inner := parse(strings.Trim(raw, string(quote)), in.inner())
	if inner.Header == nil && inner.Claims == nil {
		return false
	}
	t.Kind, t.Inner = KindJWT, inner
	t.addProblem(finding.MalformedJWT, finding.T("the token is in quotation marks (%s), which are not part of a JWT", finding.Standard(string(quote))))
	return true
}

// parseWrapped reads a token that is base64 of another one, as in the data of a Secret.
func (t *Token) parseWrapped(raw string, in reading) {
	if in.depth >= maxDepth {
		return
	}
	decoded, ok := decodeBase64(raw)
	if !ok || !utf8.Valid(decoded) {
		return
	}
	inner := parse(strings.TrimFunc(string(decoded), isBlank), in.inner())
	if inner.Kind == KindOpaque && inner.Inner == nil {
		return
	}
	t.Inner = inner
	t.addProblem(finding.TokenBase64Wrapped, finding.T("the token is base64 of %s, which the API server does not decode", kindName(inner)))
}

func kindName(t *Token) finding.Text {
	switch t.Kind {
	case KindServiceAccount, KindLegacyServiceAccount:
		return finding.T("a ServiceAccount token")
	case KindJWT:
		return finding.T("a JWT")
	case KindBootstrap:
		return finding.T("a bootstrap token")
	case KindAWSIAM:
		return finding.T("an AWS IAM token")
	}
	return finding.T("another token")
}

// minWrapped is the length of a bootstrap token, the shortest that is recognised, in base64.
const minWrapped = 31

// decodeBase64 decodes either alphabet, padded or not.
func decodeBase64(s string) ([]byte, bool) {
	s = strings.TrimRight(s, "=")
	if len(s) < minWrapped {
		return nil, false
	}
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(s, "-_") {
		encoding = base64.RawURLEncoding
	}
	decoded, err := encoding.DecodeString(s)
	return decoded, err == nil
}
