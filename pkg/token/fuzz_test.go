package token

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// FuzzParse checks that Parse accepts any text, that all methods of its result work, that the result can be
// printed as JSON, and that no print of it has a signature.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", " ", bound, legacy, minimal, " " + bound + "\n", "Bearer " + minimal, `"` + minimal + `"`,
		base64.StdEncoding.EncodeToString([]byte(bound)), bound[:200], bound[:20] + "..." + bound[300:],
		"abcdef.0123456789abcdef", awsPrefix + b64("https://sts.amazonaws.com/?X-Amz-Date=20260524T191028Z"),
		b64(`{"alg":"RSA-OAEP","enc":"A256GCM"}`) + ".a.b.c.d",
		compactJWT(`{"alg":"ES256","alg":1}`, `{"kubernetes.io":{"pod":[],"warnafter":"x"},"aud":{},"exp":1e400}`, "x"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		tok := Parse(raw)
		signature := ""
		if parts := strings.Split(raw, "."); len(parts) == 3 && len(parts[2]) > 40 {
			signature = parts[2]
		}
		for depth := 0; tok != nil; tok = tok.Inner {
			if depth++; depth > maxDepth+1 {
				t.Fatal("more wrappings than may be taken off")
			}
			ask(tok)
			if !tok.HasProblem(finding.EmptyBearerToken) && tok.Parts != strings.Count(tok.Raw.Reveal(), ".")+1 && tok.Inner == nil {
				t.Errorf("%d parts", tok.Parts)
			}
			if _, err := json.Marshal(tok); err != nil {
				t.Errorf("cannot be printed as JSON: %v", err)
			}
			for _, verb := range verbs {
				if signature != "" && strings.Contains(fmt.Sprintf(verb, tok), signature) {
					t.Errorf("%s prints the signature", verb)
				}
			}
		}
	})
}

// ask calls all methods of a token.
func ask(tok *Token) {
	tok.Algorithm()
	tok.KeyID()
	tok.Issuer()
	tok.Subject()
	tok.ID()
	tok.Audience()
	tok.IssuedAt()
	tok.NotBefore()
	tok.ExpiresAt()
	tok.WarnAfter()
	tok.ServiceAccount()
	tok.Identity()
	tok.Sent()
	tok.SigningInput()
	tok.Signature()
}

func BenchmarkParse(b *testing.B) {
	b.SetBytes(int64(len(bound)))
	for b.Loop() {
		Parse(bound)
	}
}

// FuzzReadDocument checks that a document is read as in encoding/json, and that any other document has a fault.
func FuzzReadDocument(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":[1,{"b":null}],"c":"\u0000"}`, `{"a":1,"a":2}`, `{"a":1,}`, `{"a":[1 2]}`, `{"a":1}}`, `{"a":01}`, `[]`, ` {"a":tru`,
		`{"a":12`, `{"a":1x`, `"abc`, `12 x`, `{"a":"\ud800`, "{\"a\":\"\xff\"}", `nul`, `{"a":-`, `{"a":1e999,"b":-0}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]any
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		readable := json.Valid(data) && decoder.Decode(&want) == nil && want != nil
		got := readDocument(data)
		if got.fault.IsZero() != readable {
			t.Fatalf("%q: fault %q, encoding/json reads it: %t", data, got.fault, readable)
		}
		if readable && !reflect.DeepEqual(got.members, want) {
			t.Errorf("%q is read as %v, by encoding/json as %v", data, got.members, want)
		}
		if _, err := json.Marshal(exact(got.members)); err != nil {
			t.Errorf("%q: cannot be printed: %v", data, err)
		}
	})
}

func BenchmarkParseHostile(b *testing.B) {
	for name, raw := range hostile(1 << 20) {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				Parse(raw)
			}
		})
	}
}
