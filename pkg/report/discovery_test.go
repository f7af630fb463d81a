package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// A document may have very long lists and objects. The text shows a few members; the object has all.
func TestLongDocument(t *testing.T) {
	list, object := []any{}, map[string]any{}
	for i := range 20000 {
		list = append(list, map[string]any{"kty": "EC", "n": i})
		object[fmt.Sprint("member", i)] = []any{i}
	}
	x := discovery()
	x.Configuration["keys"], x.Configuration["object"], x.Configuration["nested"] = list, object, []any{list, list, map[string]any{"list": list}}
	var out bytes.Buffer
	if err := (&Printer{W: &out, Width: 80, Now: now}).print(x); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if len(text) > 20<<10 || strings.Count(text, "\n") > 400 {
		t.Errorf("%d bytes, %d lines", len(text), strings.Count(text, "\n"))
	}
	for _, want := range []string{"https://10.11.12.13:6443/openid/v1/jwks", "id_token", `{"kty":"EC","n":0}`, "and 19980 more"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%.3000s", want, text)
		}
	}
	if got := x.Configuration["keys"].([]any); len(got) != 20000 {
		t.Errorf("%d keys are left", len(got))
	}
}
