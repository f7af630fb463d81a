package token

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestRewrite(t *testing.T) {
	type text string
	type inner struct {
		Time   time.Time
		Names  []text
		hidden string
	}
	type outer struct {
		inner
		Pointer *string
		Any     any
		Raw     []byte
		Map     map[text][]string
		Tree    map[string]any
		Secret  Secret
		Number  json.Number
		Array   [1]string
		Nil     *outer
	}
	a := "a"
	now := time.Now()
	v := &outer{
		inner: inner{Time: now, Names: []text{"a"}, hidden: "a"}, Pointer: &a, Any: "a", Raw: []byte("a"), Secret: NewSecret("a"), Number: "1", Array: [1]string{"a"},
		Map: map[text][]string{"a": {"a"}}, Tree: map[string]any{"a": []any{"a", 1, map[string]any{"a": nil}}},
	}
	Rewrite(v, strings.ToUpper)
	b := "A"
	want := &outer{
		inner: inner{Time: now, Names: []text{"a"}, hidden: "a"}, Pointer: &b, Any: "A", Raw: []byte("a"), Secret: v.Secret, Number: "1", Array: [1]string{"A"},
		Map: map[text][]string{"A": {"A"}}, Tree: map[string]any{"A": []any{"A", 1, map[string]any{"A": nil}}},
	}
	if !reflect.DeepEqual(v, want) || v.Secret.Reveal() != "a" {
		t.Errorf("%+v\nwant %+v", v, want)
	}
}
