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
	// cut is whether a problem token-truncated already says that something is missing.
	cut bool
}

// The parts of a JWT.
var (
	theHeader    = finding.T("the header")
	thePayload   = finding.T("the payload")
	theSignature = finding.T("the signature")
)

// parseJWT reads raw if it is, or was, a JWT; else it leaves the token as it is.
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
		j.truncated(finding.T("there is an ellipsis after %s: part of the token was left out where it was copied", characters(raw[:ellipsis])))
	}
	j.read()
	if t.Claims != nil {
		t.Kind = jwtKind(t.Claims)
	}
	return true
}

// cutEllipsis returns what stands before an ellipsis, and where it stands; -1 where there is none.
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

// hasJSONSpace is whether data begins with white space as JSON has it.
func hasJSONSpace(data []byte) bool {
	return len(data) > 0 && strings.IndexByte(" \t\r\n", data[0]) >= 0
}

// The members by which a header and a payload are known.
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

// looksLikeJWT tells a JWT, also a broken one, from an opaque token.
func (j *jwt) looksLikeJWT(parts []string) bool {
	if j.header.hasAny(headerMembers) || j.header.hasAny(payloadMembers) {
		return true
	}
	// "eyJ" is base64url of `{"`.
	if strings.HasPrefix(parts[0], "eyJ") {
		// A single part that is a whole JSON object of another sort is some other token.
		return len(parts) > 1 || j.header == nil || !j.header.fault.IsZero()
	}
	// The head is damaged, and the payload gives it away.
	return len(parts) == 3 && strings.HasPrefix(parts[1], "eyJ") && readDocument(j.segments[1].bytes).hasAny(payloadMembers)
}

func (j *jwt) read() {
	if len(j.segments) > 1 {
		j.payload = readDocument(j.segments[1].bytes)
	}
	if j.header == nil {
		j.header = readDocument(j.segments[0].bytes)
	}
	if j.headless() {
		return
	}
	j.Header, _ = exact(j.header.members).(map[string]any)
	if j.encrypted() {
		return
	}
	if d := j.payload; d != nil && (d.fault.IsZero() || len(d.members) > 0) {
		j.Claims = d.members
	}
	j.count()
	j.padding()
	if j.payload != nil {
		j.checkDocument(j.segments[1], j.payload)
	}
	j.checkDocument(j.segments[0], j.header)
	j.checkHeader()
	if j.Parts == 3 && !j.cut {
		j.checkSignature()
	}
	j.checkClaims()
	exact(j.Claims)
}

func (j *jwt) malformed(detail finding.Text) { j.addProblem(finding.MalformedJWT, detail) }

func (j *jwt) truncated(detail finding.Text) {
	j.cut = true
	j.addProblem(finding.TokenTruncated, detail)
}

// headless reads a token whose first part is a payload: the header before it is gone.
func (j *jwt) headless() bool {
	if j.Parts > 2 || j.header.hasAny(headerMembers) || !j.header.hasAny(payloadMembers) {
		return false
	}
	if j.Parts == 2 {
		j.truncated(finding.T("the first part is a payload: the header is missing"))
	} else {
		j.truncated(finding.T("the first part is a payload: header and signature are missing"))
	}
	j.segments[0].name = thePayload
	j.payload, j.header = j.header, nil
	j.Claims = j.payload.members
	j.checkDocument(j.segments[0], j.payload)
	j.checkClaims()
	exact(j.Claims)
	return true
}

// encrypted reads a JWE, of which the header is all that can be read.
func (j *jwt) encrypted() bool {
	if _, ok := j.Header["enc"]; !ok || j.Parts != 5 {
		return false
	}
	j.addProblem(finding.EncryptedToken, finding.T("it has five parts and is encrypted (alg %q, enc %q): its claims cannot be read without the key",
		finding.Standard(j.Algorithm()), finding.Standard(text(j.Header, "enc"))))
	return true
}

// count judges the number of parts.
func (j *jwt) count() {
	switch {
	case j.cut || j.Parts == 3:
	case j.Parts == 1 && !j.header.brokenOff && !j.segments[0].odd:
		j.truncated(finding.T("it has one part, the header: payload and signature are missing"))
	case j.Parts == 1:
		j.truncated(finding.T("it breaks off in the header, after %s", characters(j.Raw.Reveal())))
	case j.Parts == 2 && !j.payload.brokenOff && !j.segments[1].odd:
		j.truncated(finding.T("it has two parts, header and payload: the signature is missing"))
	case j.Parts == 2:
		j.truncated(finding.T("it breaks off in the payload, after %s", characters(j.Raw.Reveal())))
	default:
		j.malformed(finding.T("it has %s parts, a JWT has three", finding.Count(j.Parts)))
	}
}

// padding tells of parts in the other base64.
func (j *jwt) padding() {
	var parts []finding.Value
	for _, s := range j.segments {
		if p := s.padding(); !p.IsZero() {
			parts = append(parts, p)
		}
	}
	if parts != nil {
		j.addProblem(finding.TokenPadded, finding.T("%s: JWS has base64url without padding", finding.Join(", ", parts...)))
	}
}

// checkDocument judges header or payload: its base64url, then its JSON.
func (j *jwt) checkDocument(s segment, d *document) {
	switch {
	case !s.invalid.IsZero():
		j.malformed(finding.T("%s: %s", s.name, s.invalid))
	case d.brokenOff && j.cut:
	case d.brokenOff && s.length > 0:
		j.truncated(finding.T("%s breaks off after %s", s.name, countCharacters(s.length)))
	case !d.fault.IsZero():
		j.malformed(finding.T("%s is not a JSON object: %s", s.name, d.fault))
	case s.odd && !j.cut:
		j.malformed(finding.T("%s has %s, a length that base64url never has", s.name, countCharacters(s.length)))
	}
	if d.badUTF8 >= 0 && d.fault.IsZero() {
		j.malformed(finding.T("%s is not UTF-8 at byte %s: what is not is read as U+FFFD", s.name, finding.Count(d.badUTF8+1)))
	}
}
