package report

import (
	"reflect"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/language"
)

// cleanReports reports that the golden reports follow the rules of the language.
const cleanReports = true

// The texts of the golden reports follow the rules that a test can check. The test reads them in the document,
// which still distinguishes our words from others.
func TestLanguage(t *testing.T) {
	rules, err := language.Load()
	if err != nil {
		t.Fatal(err)
	}
	say := t.Logf
	if cleanReports {
		say = t.Errorf
	}
	seen := map[string]bool{}
	for name, x := range reports {
		n := 0
		texts(reflect.ValueOf(x.Document(now)), func(text finding.Text) {
			n++
			masked := language.Mask(text)
			if seen[masked] {
				return
			}
			seen[masked] = true
			for _, v := range rules.Masked(masked) {
				say("golden report %s: %s", name, v)
			}
		})
		if n == 0 {
			t.Errorf("%s has no texts", name)
		}
	}
	if len(seen) < 200 {
		t.Errorf("only %d texts were read", len(seen))
	}
}

// texts calls f with each text below v.
func texts(v reflect.Value, f func(finding.Text)) {
	if v.IsValid() && v.Type() == reflect.TypeFor[finding.Text]() {
		if v.CanInterface() {
			f(v.Interface().(finding.Text))
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			texts(v.Elem(), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				texts(v.Field(i), f)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			texts(v.Index(i), f)
		}
	}
}
