package token

import (
	"encoding/base64"
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// said is a Problem as text.
type said struct {
	ID     finding.ID
	Detail string
}

func problemsOf(t *Token) (out []said) {
	for _, p := range t.Problems {
		out = append(out, said{p.ID, p.Detail.String()})
	}
	return out
}

// TestProblems checks the problem of each faulty encoding of a token.
func TestProblems(t *testing.T) {
	std := base64.StdEncoding.EncodeToString
	withClaims := func(claims string) string { return compactJWT(rs256, claims, signature) }
	signed := func(alg string, n int) string {
		return compactJWT(`{"alg":"`+alg+`"}`, `{"iss":"i"}`, strings.Repeat("\x5a", n))
	}
	parts := strings.Split(bound, ".")
	const extraSpace = `the API server finds an extra space after "Bearer", ignores the header and sees no credential`

	tests := map[string]struct {
		raw   string
		kind  Kind
		want  []said
		inner string // what Inner holds, "" for no Inner
	}{
		// Empty.
		"empty":       {"", KindOpaque, []said{{finding.EmptyBearerToken, "the token is empty"}}, ""},
		"spaces":      {"   ", KindOpaque, []said{{finding.EmptyBearerToken, "the token has only white space: 3 times a space"}}, ""},
		"line breaks": {" \r\n\n", KindOpaque, []said{{finding.EmptyBearerToken, "the token has only white space: a space, 2 times a line break"}}, ""},

		// White space.
		"leading space": {" " + bound, KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the token has a space at its start: " + extraSpace}}, bound},
		"trailing space": {bound + " ", KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the token has a space at its end: client and server remove the white space, and the API server reads the token without it"}}, bound},
		"trailing line break": {bound + "\n", KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the token has a line break at its end: no HTTP client can send such a header"}}, bound},
		"wrapped lines": {bound[:76] + "\r\n  " + bound[76:] + "\r\n", KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the token has a line break, 2 times a space inside, the first after 76 characters and a line break at its end: no HTTP client can send such a header"}}, bound},
		"inner space": {bound[:10] + " " + bound[10:], KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the token has a space inside, the first after 10 characters: the API server reads only the text before the first space, 10 characters"}}, bound},
		"inner tab": {bound[:10] + "\t" + bound[10:], KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the token has a tab inside, the first after 10 characters: the API server reads the white space as part of the token"}}, bound},
		"a byte order mark": {"\ufeff" + bound, KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the token has a byte order mark (U+FEFF) at its start: the API server reads the white space as part of the token"}}, bound},
		"a zero-width space": {bound + "\u200b", KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the token has an invisible character (U+200B) at its end: the API server reads the white space as part of the token"}}, bound},
		"a second column": {bound + "  10h", KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the token has other text after it: the API server reads only the text before the first space, " + characters(bound).String()}}, bound},
		"a command line": {"curl -H 'Authorization: Bearer " + bound + "' https://api", KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the token has other text before and after it: the API server reads only the text before the first space, 4 characters"}}, bound},
		"a flag": {"kubectl --token=" + bound + " get pods", KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the token has other text before and after it: the API server reads only the text before the first space, 7 characters"}}, bound},
		"a fence": {"the token:\n```\n" + bound + "\n```", KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the token has other text before and after it: no HTTP client can send such a header"}}, bound},
		"a bootstrap token with a comment": {"abcdef.0123456789abcdef # of node 7", KindBootstrap, []said{{finding.TokenHasWhitespace,
			"the token has other text after it: the API server reads only the text before the first space, 23 characters"}}, "abcdef.0123456789abcdef"},
		"two tokens": {bound + "\n" + minimal, KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the text has 2 tokens instead of one: no HTTP client can send such a header"}}, bound},
		"one token twice": {bound + "\n" + bound, KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the token has other text after it: no HTTP client can send such a header"}}, bound},
		"a line break in an RSA signature": {bound[:len(bound)-22] + "\n" + bound[len(bound)-22:], KindServiceAccount, []said{{finding.TokenHasWhitespace,
			"the token has a line break inside, the first after 881 characters: no HTTP client can send such a header"}}, bound},
		"an assignment": {"TOKEN=" + bound, KindJWT, []said{{finding.MalformedJWT,
			"the token has other text before it: clients send the whole text as one token"}}, bound},
		"two tokens and a comma": {minimal + "," + bound, KindJWT, []said{{finding.MalformedJWT,
			"the text has 2 tokens instead of one: clients send the whole text as one token"}}, minimal},
		"white space and more": {" " + parts[0] + "." + parts[1], KindServiceAccount, []said{
			{finding.TokenHasWhitespace, "the token has a space at its start: " + extraSpace},
			{finding.TokenTruncated, "the signature is missing: the token has only the header and the payload"},
		}, parts[0] + "." + parts[1]},
		"opaque with spaces": {" a b ", KindOpaque, []said{{finding.TokenHasWhitespace,
			"the token has a space at its start and a space inside, the first after 1 character and a space at its end: " + extraSpace}}, "a b"},

		// Wrappings.
		"base64": {std([]byte(bound)), KindOpaque, []said{{finding.TokenBase64Wrapped,
			"the token is base64 of a ServiceAccount token, which the API server does not decode"}}, bound},
		"base64url, unpadded, of a line": {b64(minimal + "\n"), KindOpaque, []said{{finding.TokenBase64Wrapped,
			"the token is base64 of a JWT, which the API server does not decode"}}, minimal},
		"base64 of a bootstrap token": {std([]byte("abcdef.0123456789abcdef")), KindOpaque, []said{{finding.TokenBase64Wrapped,
			"the token is base64 of a bootstrap token, which the API server does not decode"}}, "abcdef.0123456789abcdef"},
		"base64 in lines": {std([]byte(minimal))[:76] + "\n" + std([]byte(minimal))[76:], KindOpaque, []said{
			{finding.TokenHasWhitespace, "the token has a line break inside, the first after 76 characters: no HTTP client can send such a header"},
			{finding.TokenBase64Wrapped, "the token is base64 of a JWT, which the API server does not decode"},
		}, std([]byte(minimal))},
		"base64 twice": {std([]byte(std([]byte(minimal)))), KindOpaque, []said{{finding.TokenBase64Wrapped,
			"the token is base64 of another token, which the API server does not decode"}}, std([]byte(minimal))},
		"Bearer": {"Bearer " + bound, KindOpaque, []said{{finding.AuthorizationSchemePasted,
			`the token begins with "Bearer": the API server reads "Bearer" as the token`}}, bound},
		"a header line": {"Authorization: bearer " + bound + "\n", KindOpaque, []said{{finding.AuthorizationSchemePasted,
			`the token begins with "Authorization: bearer": no HTTP client can send the control characters in the token`}}, bound},
		"Bearer and nothing": {"BEARER ", KindOpaque, []said{{finding.AuthorizationSchemePasted,
			`the token begins with "BEARER": the API server reads "BEARER" as the token`}}, ""},
		"quotation marks": {`"` + bound + `"`, KindJWT, []said{{finding.MalformedJWT,
			`the token is in quotation marks ("), which are not part of a JWT`}}, bound},

		// Truncated.
		"only the header": {parts[0], KindJWT, []said{{finding.TokenTruncated,
			"the payload and the signature are missing: the token has only the header"}}, ""},
		"cut in the header": {parts[0][:10], KindJWT, []said{{finding.TokenTruncated,
			"the token ends in the header, after 10 characters"}}, ""},
		"cut in the payload": {bound[:300], KindJWT, []said{{finding.TokenTruncated,
			"the token ends in the payload, after 300 characters"}}, ""},
		"no signature": {parts[0] + "." + parts[1], KindServiceAccount, []said{{finding.TokenTruncated,
			"the signature is missing: the token has only the header and the payload"}}, ""},
		"an empty signature": {parts[0] + "." + parts[1] + ".", KindServiceAccount, []said{{finding.TokenTruncated,
			`the signature is empty, though alg is "RS256"`}}, ""},
		"only the payload": {parts[1], KindServiceAccount, []said{{finding.TokenTruncated,
			"the header and the signature are missing: the only part is a payload"}}, ""},
		"no header": {parts[1] + "." + parts[2], KindServiceAccount, []said{{finding.TokenTruncated,
			"the header is missing: the first part is a payload"}}, ""},
		"three dots": {bound[:20] + "..." + bound[len(bound)-9:], KindJWT, []said{{finding.TokenTruncated,
			"the token has an ellipsis after 20 characters: a part is missing because the token was copied from a shortened display"}}, ""},
		"an ellipsis": {bound[:30] + "…" + bound[len(bound)-9:], KindJWT, []said{{finding.TokenTruncated,
			"the token has an ellipsis after 30 characters: a part is missing because the token was copied from a shortened display"}}, ""},
		"a payload cut in the middle": {parts[0] + "." + parts[1][:101] + "." + parts[2], KindJWT, []said{{finding.TokenTruncated,
			"the payload is incomplete: it ends after 101 characters"}}, ""},
		"a short ES256 signature": {signed("ES256", 60), KindJWT, []said{{finding.TokenTruncated,
			"the signature is incomplete: it has 60 bytes, and a signature of ES256 has exactly 64"}}, ""},
		"a short EdDSA signature": {signed("EdDSA", 1), KindJWT, []said{{finding.TokenTruncated,
			"the signature is incomplete: it has 1 bytes, and a signature of EdDSA has exactly 64"}}, ""},
		"a short RS256 signature": {signed("RS256", 127), KindJWT, []said{{finding.TokenTruncated,
			"the signature is incomplete: it has 127 bytes, and an RSA signature has at least 128"}}, ""},
		"an RS256 signature cut where no encoder ends": {bound[:len(bound)-39], KindServiceAccount, []said{{finding.TokenTruncated,
			"the signature is incomplete: it ends after 303 characters, which no encoder of base64url does"}}, ""},
		"an RS256 signature of impossible length": {bound[:len(bound)-1], KindServiceAccount, []said{{finding.TokenTruncated,
			"the signature is incomplete: it has 341 characters, which is not a valid length of base64url"}}, ""},
		"an RS256 signature that may be truncated": {bound[:len(bound)-2], KindServiceAccount, nil, ""},

		// Another base64 alphabet.
		"padding": {parts[0] + "." + parts[1] + "=." + parts[2] + "==", KindServiceAccount, []said{{finding.TokenPadded,
			`the payload ends in "=", the signature ends in "=": a JWT needs base64url without padding`}}, ""},
		"the standard alphabet": {std([]byte(`{"alg":"none"}`)) + "." + std([]byte(`{"iss":"i","sub":"~~~???"}`)) + ".", KindJWT, []said{{finding.TokenPadded,
			`the header ends in "=", the payload ends in "=" and uses "+" or "/": a JWT needs base64url without padding`}}, ""},

		// Malformed.
		"four parts": {bound + ".", KindServiceAccount, []said{{finding.MalformedJWT, "the token has 4 parts, and a JWT has three"}}, ""},
		"six parts":  {bound + ".a.b.c", KindServiceAccount, []said{{finding.MalformedJWT, "the token has 6 parts, and a JWT has three"}}, ""},
		"a JWE": {b64(`{"alg":"RSA-OAEP","enc":"A256GCM"}`) + ".a.b.c.d", KindJWT, []said{{finding.EncryptedToken,
			`the token has five parts and is encrypted (alg "RSA-OAEP", enc "A256GCM"): the claims cannot be read without the key`}}, ""},
		"five parts, not encrypted": {minimal + ".a.b", KindJWT, []said{{finding.MalformedJWT, "the token has 5 parts, and a JWT has three"}}, ""},
		"a character that is not base64url": {parts[0] + "." + parts[1][:7] + "%" + parts[1][8:] + "." + parts[2], KindJWT, []said{{finding.MalformedJWT,
			"the payload: '%' at character 8 is not base64url"}}, ""},
		"a byte that is no character": {parts[0] + "." + parts[1] + "." + "\xff" + parts[2], KindServiceAccount, []said{{finding.MalformedJWT,
			"the signature: the byte 0xff at character 1 is not base64url"}}, ""},
		"a damaged head": {"x" + bound[1:], KindServiceAccount, []said{{finding.MalformedJWT,
			"the header is not a JSON object: invalid character 'Ç' looking for beginning of value at byte 1"}}, ""},
		"a NUL in place of the payload": {parts[0] + ".\x00." + parts[2], KindJWT, []said{
			{finding.TokenHasControlCharacters, "the token has a control character (U+0000) after 36 characters, which no HTTP client can send in a header"},
			{finding.MalformedJWT, "the payload is not a JSON object: the JSON is empty"}}, parts[0] + ".." + parts[2]},
		"a NUL inside": {bound[:9] + "\x00" + bound[9:], KindServiceAccount, []said{{finding.TokenHasControlCharacters,
			"the token has a control character (U+0000) after 9 characters, which no HTTP client can send in a header"}}, bound},
		"a DEL in an opaque token": {"hunter\x7f2", KindOpaque, []said{{finding.TokenHasControlCharacters,
			"the token has a control character (U+007F) after 6 characters, which no HTTP client can send in a header"}}, ""},
		"the marks of a paste": {"\x1b[200~" + bound + "\x1b[201~", KindServiceAccount, []said{{finding.TokenHasControlCharacters,
			"the token has 2 control characters, the first U+001B after 0 characters, which no HTTP client can send in a header"}}, bound},
		"a coloured token behind Bearer": {"Bearer \x1b[31m" + bound + "\x1b[0m", KindOpaque, []said{
			{finding.TokenHasControlCharacters, "the token has 2 control characters, the first U+001B after 7 characters, which no HTTP client can send in a header"},
			{finding.AuthorizationSchemePasted, `the token begins with "Bearer": the API server reads "Bearer" as the token`}}, "Bearer " + bound},
		"C1 and letters of other scripts": {"hunter\u00852\u00e9\u4e16", KindOpaque, []said{{finding.TokenHasWhitespace,
			"the token has white space (U+0085) inside, the first after 6 characters: the API server reads the white space as part of the token"}}, ""},
		"letters of other scripts": {"hunter2\u00e9\u4e16", KindOpaque, nil, ""},
		"UTF-16, little-endian":    {utf16Text(bound, 1, false), KindServiceAccount, []said{{finding.TokenHasControlCharacters, "the token is encoded in UTF-16 (little-endian): every character has a zero byte beside it, which no HTTP client can send in a header"}}, bound},
		"UTF-16, big-endian":       {utf16Text(bound+"\r\n", 0, true), KindServiceAccount, []said{{finding.TokenHasControlCharacters, "the token is encoded in UTF-16 (big-endian): every character has a zero byte beside it, which no HTTP client can send in a header"}}, bound},
		"invalid JSON": {withClaims(`{"iss":"i",}`), KindJWT, []said{{finding.MalformedJWT,
			"the payload is not a JSON object: invalid character '}' looking for beginning of object key string at byte 12"}}, ""},
		"a list": {withClaims(`["iss"]`), KindJWT, []said{{finding.MalformedJWT,
			"the payload is not a JSON object: the JSON is a list, not an object"}}, ""},
		"an empty payload": {parts[0] + ".." + parts[2], KindJWT, []said{{finding.MalformedJWT,
			"the payload is not a JSON object: the JSON is empty"}}, ""},
		"more after the object": {withClaims(`{"iss":"i"} {}`), KindJWT, []said{{finding.MalformedJWT,
			"the payload is not a JSON object: invalid character '{' after top-level value at byte 13"}}, ""},
		"a character too many": {parts[0] + "." + b64(`{"iss":"i"} `) + "A." + parts[2], KindJWT, []said{{finding.MalformedJWT,
			"the payload has 17 characters, which is not a valid length of base64url"}}, ""},
		"a member twice": {compactJWT(`{"alg":"RS256","alg":"none"}`, `{"sub":"a","sub":"b","x":{"y":1,"y":2}}`, signature), KindJWT, []said{
			{finding.MalformedJWT, `the header has the member "alg" more than once: the API server cannot read such a token`},
			{finding.MalformedJWT, `the payload has the claim "sub" more than once: the API server rejects that in a ServiceAccount token, other readers use the last one`},
		}, ""},
		"a header without alg": {compactJWT(`{"typ":"JWT"}`, `{"iss":"i"}`, signature), KindJWT, []said{{finding.MalformedJWT,
			"the header has no alg, so the signature algorithm is unknown"}}, ""},
		"a header of wrong types": {compactJWT(`{"alg":1,"kid":["x"]}`, `{"iss":"i"}`, signature), KindJWT, []said{
			{finding.MalformedJWT, "alg in the header is a number, not a string"},
			{finding.MalformedJWT, "kid in the header is a list, not a string"},
		}, ""},
		"claims of wrong types": {withClaims(`{"iss":1,"sub":null,"aud":["a",2],"exp":"1800000000","nbf":[],"iat":99999999999999999999,` +
			`"kubernetes.io":{"namespace":"n","pod":"p","serviceaccount":{"name":{}},"warnafter":true}}`), KindServiceAccount, []said{
			{finding.MalformedJWT, "claim iss is a number, not a string"},
			{finding.MalformedJWT, "claim aud has a number at position 2, not a string"},
			{finding.MalformedJWT, `claim exp is the string "1800000000", not a number of seconds`},
			{finding.MalformedJWT, "claim nbf is a list, not a number of seconds"},
			{finding.MalformedJWT, `claim iat is "99999999999999999999", not a time in seconds between 1970 and the year 9999`},
			{finding.MalformedJWT, "kubernetes.io.serviceaccount.name is an object, not a string"},
			{finding.MalformedJWT, "kubernetes.io.pod is a string, not an object"},
			{finding.MalformedJWT, "kubernetes.io.warnafter is a boolean, not a number of seconds"},
		}, ""},
		"aud null": {withClaims(`{"aud":null}`), KindJWT, []said{{finding.MalformedJWT, "claim aud is null, not a string or a list of strings"}}, ""},
		"no UTF-8": {withClaims("{\"iss\":\"\xff\"}"), KindJWT, []said{{finding.MalformedJWT,
			"the payload has invalid UTF-8 at byte 9, which is read as U+FFFD"}}, ""},
		"a DER signature": {compactJWT(`{"alg":"ES256"}`, `{}`, "\x30\x45"+strings.Repeat("x", 69)), KindJWT, []said{{finding.MalformedJWT,
			"the signature has 71 bytes and seems to be ASN.1 DER; a signature of ES256 has exactly 64"}}, ""},
		"a long signature":                      {signed("ES384", 97), KindJWT, []said{{finding.MalformedJWT, "the signature has 97 bytes; a signature of ES384 has exactly 96"}}, ""},
		"nested as deep as encoding/json reads": {withClaims(`{"iss":"i","a":` + nested(9_999) + `}`), KindJWT, nil, ""},
		"nested too deep": {withClaims(`{"iss":"i","a":` + nested(10_000) + `}`), KindJWT, []said{{finding.MalformedJWT,
			"the payload is not a JSON object: the JSON is nested deeper than 10000 levels, which the API server does not read"}}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tok := Parse(test.raw)
			if diff := cmp.Diff(test.want, problemsOf(tok)); diff != "" {
				t.Errorf("problems: -want +got:\n%s", diff)
			}
			if tok.Kind != test.kind {
				t.Errorf("kind: want %s, got %s", test.kind, tok.Kind)
			}
			inner := ""
			if tok.Inner != nil {
				inner = tok.Inner.Raw.Reveal()
			}
			if inner != test.inner {
				t.Errorf("inner: want %q, got %q", test.inner, inner)
			}
		})
	}
}

// TestSalvage checks that the readable parts of a faulty token are kept.
func TestSalvage(t *testing.T) {
	tok := Parse(strings.Split(bound, ".")[0] + "." + b64(boundClaims[:250]))
	want := map[string]any{
		"aud": []any{"https://kubernetes.default.svc.cluster.local"}, "exp": int64(1800003607), "iat": int64(1800000000),
		"iss": "https://kubernetes.default.svc.cluster.local", "jti": "9c2f0d4e",
	}
	if diff := cmp.Diff(want, tok.Claims); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestSpacedTokenSaysWhatItHolds checks that white space hides nothing of a token.
func TestSpacedTokenSaysWhatItHolds(t *testing.T) {
	plain, spaced := Parse(bound), Parse("\n"+bound)
	if diff := cmp.Diff(plain, spaced.Inner); diff != "" {
		t.Errorf("inner: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(plain.Claims, spaced.Claims); diff != "" {
		t.Errorf("claims: -want +got:\n%s", diff)
	}
	if plain.SigningInput() != spaced.SigningInput() || string(plain.Signature()) != string(spaced.Signature()) {
		t.Error("signing input or signature differ")
	}
}

func TestSent(t *testing.T) {
	tests := map[string]struct {
		raw  string
		want Sent
	}{
		"plain":               {"tok", Sent{Possible: true, Read: "tok"}},
		"empty":               {"", Sent{Possible: true}},
		"blank":               {"  ", Sent{Possible: true}},
		"leading space":       {" tok", Sent{Possible: true, ExtraSpace: true}},
		"leading spaces":      {"  tok", Sent{Possible: true, ExtraSpace: true}},
		"leading tab":         {"\ttok", Sent{Possible: true, Read: "\ttok"}},
		"trailing white":      {"tok \t", Sent{Possible: true, Read: "tok"}},
		"no-break space":      {"tok\u00a0", Sent{Possible: true, Read: "tok"}},
		"inner space":         {"tok junk more", Sent{Possible: true, Read: "tok"}},
		"Bearer":              {"Bearer tok", Sent{Possible: true, Read: "Bearer"}},
		"beyond ASCII":        {"tök", Sent{Possible: true, Read: "tök"}},
		"trailing line break": {"tok\n", Sent{Reason: finding.T("a line break after 3 characters is not allowed in an HTTP header")}},
		"NUL":                 {"\x00", Sent{Reason: finding.T("a control character (U+0000) after 0 characters is not allowed in an HTTP header")}},
		"DEL":                 {"t\x7f", Sent{Reason: finding.T("a control character (U+007F) after 1 character is not allowed in an HTTP header")}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sameWords := cmp.Comparer(func(a, b finding.Text) bool { return a.String() == b.String() })
			if diff := cmp.Diff(test.want, Parse(test.raw).Sent(), sameWords); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// hostile is input for which a careless parser takes quadratic time.
func hostile(size int) map[string]string {
	long := strings.Repeat("n", size/4)
	return map[string]string{
		"dots":             "eyJhbGci" + strings.Repeat(".", size),
		"lists":            compactJWT(rs256, strings.Repeat("[", size/2), ""),
		"objects":          compactJWT(rs256, strings.Repeat(`{"a":`, size/8), ""),
		"long paths":       compactJWT(rs256, `{"kubernetes.io":{"`+long+`":{`+strings.Repeat(`"a":1,`, size/16)+`"a":1}}}`, signature),
		"words":            strings.Repeat("eyJ ", size/4),
		"spaces":           strings.Repeat(" ", size-1) + "x",
		"base64 in base64": strings.Repeat("ZXlK", size/4),
		"quotes":           strings.Repeat(`"`, size),
		"wrappings":        wrapped(size),
		"words in quotes":  `"` + strings.Repeat("eyJ,", size/4) + `"`,
		"Bearer":           strings.Repeat("Bearer ", size/7),
		"NULs":             strings.Repeat("\x00", size),
		"digits":           compactJWT(rs256, `{"exp":`+strings.Repeat("9", size/2)+`}`, signature),
	}
}

// wrapped is a text of about that size with many JWTs, whose encodings can be removed in several ways.
func wrapped(size int) string {
	s := strings.Repeat("eyJhIjoxfQ.eyJhIjoxfQ.x,", size/48)
	for range maxDepth {
		s = `"` + s + `" "` + s[:len(s)/4] + `"`
	}
	return s[:min(len(s), size)]
}

// TestParseIsLinear checks that twice the input takes about twice the memory, for any hostile input.
// BenchmarkParseHostile measures the time.
func TestParseIsLinear(t *testing.T) {
	const size = 1 << 20
	took := func(raw string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Parse(raw)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	half, whole := hostile(size/2), hostile(size)
	for name := range whole {
		if a, b := took(half[name]), took(whole[name]); b > 3*a+size {
			t.Errorf("%s: %d bytes of memory for %d, %d for %d", name, a, size/2, b, size)
		}
		// Each encoding can be removed in several ways, which share one limit.
		if b := took(whole[name]); b > 64*size {
			t.Errorf("%s: %d bytes of memory for %d", name, b, size)
		}
	}
}

// nested are lists in lists.
func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

// TestDepth compares the limit with the API server's decoder.
func TestDepth(t *testing.T) {
	for depth, readable := range map[int]bool{32: true, 9_999: true, 10_000: false, 500_000: false} {
		payload := []byte(`{"a":` + nested(depth) + `}`)
		if got := json.Unmarshal(payload, new(map[string]any)) == nil; got != readable {
			t.Fatalf("encoding/json reads %d levels: %t", depth, got)
		}
		if d := readDocument(payload); d.fault.IsZero() != readable {
			t.Errorf("%d levels: %q", depth, d.fault)
		}
	}
}

// utf16Text is ASCII text as UTF-16, with or without a mark. In little-endian, the second byte is zero.
func utf16Text(s string, zero int, mark bool) string {
	var out []byte
	if mark {
		out = []byte{[]byte{0xfe, 0xff}[zero], []byte{0xff, 0xfe}[zero]}
	}
	for i := range len(s) {
		pair := []byte{s[i], s[i]}
		pair[zero] = 0
		out = append(out, pair...)
	}
	return string(out)
}

// TestDecodeUTF16 checks that an ambiguous text is not UTF-16.
func TestDecodeUTF16(t *testing.T) {
	for name, c := range map[string]struct{ raw, text, encoding string }{
		"with mark":             {"\xff\xfea\x00\xe9\x00", "a\u00e9", "UTF-16 (little-endian)"},
		"with mark, big-endian": {"\xfe\xff\x00a\x4e\x16", "a\u4e16", "UTF-16 (big-endian)"},
		"without mark":          {"a\x00b\x00\r\x00\n\x00", "ab\r\n", "UTF-16 (little-endian)"},
		"a surrogate pair":      {"\xff\xfe\x3d\xd8\x00\xde", "\U0001f600", "UTF-16 (little-endian)"},
		"half a surrogate pair": {"\xff\xfe\x3d\xd8a\x00", "", ""},
		"no ASCII, no mark":     {"a\x00\xe9\x00", "", ""},
		"a zero too many":       {"a\x00\x00\x00", "", ""},
		"half a character":      {"\xff\xfea\x00b", "", ""},
		"text":                  {"abcd", "", ""},
		"a mark alone":          {"\xff\xfe", "", ""},
		"nothing":               {"", "", ""},
	} {
		if text, encoding := DecodeUTF16([]byte(c.raw)); text != c.text || encoding != c.encoding {
			t.Errorf("%s: %q, %q", name, text, encoding)
		}
	}
}
