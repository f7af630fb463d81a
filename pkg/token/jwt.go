package token

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// jwt is a JWT while it is being read.
type jwt struct {
	*Token
	segments        []segment
	header, payload *document
	// isTruncated reports that there is a problem token-truncated already.
	isTruncated bool
}

// The parts of a JWT.
var (
	theHeader    = finding.T("the header")
	thePayload   = finding.T("the payload")
	theSignature = finding.T("the signature")
)

// parseJWT reads raw if it is a JWT or a damaged one, and returns false otherwise.
func (t *Token) parseJWT(raw string) bool {
	text, ellipsis := cutEllipsis(raw)
	parts := strings.SplitN(text, ".", 4)
	first := decodeSegment(theHeader, parts[0])
	j := &jwt{Token: t, segments: []segment{first}}
	if len(first.bytes) > 0 && first.bytes[0] == '{' || hasJSONSpace(first.bytes) {
		j.header = readDocument(first.bytes)
	}
	if len(parts) > 1 {
		j.segments = append(j.segments, decodeSegment(thePayload, parts[1]))
	}
	if len(parts) > 2 {
		j.segments = append(j.segments, decodeSegment(theSignature, parts[2]))
	}
	if !j.looksLikeJWT(parts) {
		return false
	}
	t.Kind = KindJWT
	if ellipsis >= 0 {
		j.truncated(finding.T("the token has an ellipsis after %s: a part is missing because the token was copied from a shortened display", characters(raw[:ellipsis])))
	}
	j.read()
	if t.Claims != nil {
		t.Kind = jwtKind(t.Claims)
	}
	return true
}

// cutEllipsis returns the text before an ellipsis and the ellipsis' position, or -1.
func cutEllipsis(raw string) (text string, at int) {
	at = strings.Index(raw, "...")
	if i := strings.Index(raw, "…"); i >= 0 && (at < 0 || i < at) {
		at = i
	}
	if at < 0 {
		return raw, -1
	}
	return raw[:at], at
}

// hasJSONSpace reports whether data begins with JSON white space.
func hasJSONSpace(data []byte) bool {
	return len(data) > 0 && strings.IndexByte(" \t\r\n", data[0]) >= 0
}

// The members that identify a header and a payload.
var (
	headerMembers  = []string{"alg", "enc", "typ", "kid"}
	payloadMembers = []string{"iss", "sub", "aud", "exp", "iat"}
)

func (d *document) hasAny(names []string) bool {
	if d == nil {
		return false
	}
	for _, name := range names {
		if _, ok := d.members[name]; ok {
			return true
		}
	}
	return false
}

// looksLikeJWT distinguishes a JWT, even a damaged one, from an opaque token.
func (j *jwt) looksLikeJWT(parts []string) bool {
	if j.header.hasAny(headerMembers) || j.header.hasAny(payloadMembers) {
		return true
	}
	// "eyJ" is base64url of `{"`.
	if strings.HasPrefix(parts[0], "eyJ") {
		// A single part that is another complete JSON object is another kind of token.
		return len(parts) > 1 || j.header == nil || !j.header.fault.IsZero()
	}
	// The header is damaged, but the payload identifies a JWT.
	return len(parts) == 3 && strings.HasPrefix(parts[1], "eyJ") && readDocument(j.segments[1].bytes).hasAny(payloadMembers)
}

func (j *jwt) read() {
	if len(j.segments) > 1 {
		j.payload = readDocument(j.segments[1].bytes)
	}
	if j.header == nil {
		j.header = readDocument(j.segments[0].bytes)
	}
	if j.readHeadless() {
		return
	}
	j.Header, _ = exact(j.header.members).(map[string]any)
	if j.readEncrypted() {
		return
	}
	if d := j.payload; d != nil && (d.fault.IsZero() || len(d.members) > 0) {
		j.Claims = d.members
	}
	j.checkParts()
	j.checkPadding()
	if j.payload != nil {
		j.checkDocument(j.segments[1], j.payload)
	}
	j.checkDocument(j.segments[0], j.header)
	j.checkHeader()
	if j.Parts == 3 && !j.isTruncated {
		j.checkSignature()
	}
	j.checkClaims()
	exact(j.Claims)
}

func (j *jwt) malformed(detail finding.Text) { j.addProblem(finding.MalformedJWT, detail) }

func (j *jwt) truncated(detail finding.Text) {
	j.isTruncated = true
	j.addProblem(finding.TokenTruncated, detail)
}

// readHeadless reads a token without a header, whose first part is the payload.
func (j *jwt) readHeadless() bool {
	if j.Parts > 2 || j.header.hasAny(headerMembers) || !j.header.hasAny(payloadMembers) {
		return false
	}
	if j.Parts == 2 {
		j.truncated(finding.T("the header is missing: the first part is a payload"))
	} else {
		j.truncated(finding.T("the header and the signature are missing: the only part is a payload"))
	}
	j.segments[0].name = thePayload
	j.payload, j.header = j.header, nil
	j.Claims = j.payload.members
	j.checkDocument(j.segments[0], j.payload)
	j.checkClaims()
	exact(j.Claims)
	return true
}

// readEncrypted reads a JWE, of which only the header is readable.
func (j *jwt) readEncrypted() bool {
	if _, ok := j.Header["enc"]; !ok || j.Parts != 5 {
		return false
	}
	j.addProblem(finding.EncryptedToken, finding.T("the token has five parts and is encrypted (alg %q, enc %q): the claims cannot be read without the key",
		finding.Standard(j.Algorithm()), finding.Standard(text(j.Header, "enc"))))
	return true
}

// checkParts checks the number of parts.
func (j *jwt) checkParts() {
	switch {
	case j.isTruncated || j.Parts == 3:
	case j.Parts == 1 && !j.header.isTruncated && !j.segments[0].odd:
		j.truncated(finding.T("the payload and the signature are missing: the token has only the header"))
	case j.Parts == 1:
		j.truncated(finding.T("the token ends in the header, after %s", characters(j.Raw.Reveal())))
	case j.Parts == 2 && !j.payload.isTruncated && !j.segments[1].odd:
		j.truncated(finding.T("the signature is missing: the token has only the header and the payload"))
	case j.Parts == 2:
		j.truncated(finding.T("the token ends in the payload, after %s", characters(j.Raw.Reveal())))
	default:
		j.malformed(finding.T("the token has %s parts, and a JWT has three", finding.Count(j.Parts)))
	}
}

// checkPadding reports parts in another base64 than base64url without padding.
func (j *jwt) checkPadding() {
	var parts []finding.Value
	for _, s := range j.segments {
		if p := s.padding(); !p.IsZero() {
			parts = append(parts, p)
		}
	}
	if parts != nil {
		j.addProblem(finding.TokenPadded, finding.T("%s: a JWT needs base64url without padding", finding.Join(", ", parts...)))
	}
}

// checkDocument checks the base64url and the JSON of the header or the payload.
func (j *jwt) checkDocument(s segment, d *document) {
	switch {
	case !s.invalid.IsZero():
		j.malformed(finding.T("%s: %s", s.name, s.invalid))
	case d.isTruncated && j.isTruncated:
	case d.isTruncated && s.length > 0:
		j.truncated(finding.T("%s is incomplete: it ends after %s", s.name, countCharacters(s.length)))
	case !d.fault.IsZero():
		j.malformed(finding.T("%s is not a JSON object: %s", s.name, d.fault))
	case s.odd && !j.isTruncated:
		j.malformed(finding.T("%s has %s, which is not a valid length of base64url", s.name, countCharacters(s.length)))
	}
	if d.badUTF8 >= 0 && d.fault.IsZero() {
		j.malformed(finding.T("%s has invalid UTF-8 at byte %s, which is read as U+FFFD", s.name, finding.Count(d.badUTF8+1)))
	}
}
