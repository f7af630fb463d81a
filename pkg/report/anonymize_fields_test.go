package report

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"testing"
)

// texts are the fields of an Explanation from which nothing is learned: sentences, and what
// repeats a name that another field has as well. In them a name is known by the place in a
// text where it stands, or from that other field.
var texts = []string{
	"Certificate.Issuer", "Certificate.Subject", "Key.Source", "Answers.Server", "Method.Key", "Method.Server", "Name.Value", "Server.ClientCAs", "Setting.Key", "Setting.Name",
}

// fill puts a name of its own into each string that v holds but for the fixed ones, and
// notes in which field it stands.
func fill(v reflect.Value, field string, names map[string]string) {
	switch v.Kind() {
	case reflect.String:
		name := fmt.Sprintf("zq%dqz", len(names))
		names[name] = field
		v.SetString(name)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), field, names)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), field, names)
	case reflect.Map:
		value := reflect.New(v.Type().Elem()).Elem()
		if value.Kind() == reflect.Interface {
			// Claims, and the header: TestAnonymizeNamesNobody has them.
			return
		}
		fill(value, field, names)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key"), value)
	case reflect.Struct:
		for i := range v.NumField() {
			if of := v.Type().Field(i); of.IsExported() && of.Name != "TypeMeta" && !fixed(of) {
				fill(v.Field(i), v.Type().Name()+"."+of.Name, names)
			}
		}
	}
}

// A field that is added to an Explanation, and holds names, is anonymized.
func TestAnonymizeKnowsEachField(t *testing.T) {
	names := map[string]string{}
	var x Explanation
	fill(reflect.ValueOf(&x).Elem(), "", names)
	data, err := json.Marshal(Anonymize(&x))
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for _, name := range regexp.MustCompile(`zq[0-9]+qz`).FindAllString(string(data), -1) {
		field := names[name]
		if left[field] = true; !slices.Contains(texts, field) {
			t.Errorf("a name in %s is left: learn it in learnExplanation; or have it in fixed, if it only holds words of ours, or in texts here", field)
		}
	}
	for _, field := range texts {
		if !left[field] {
			t.Errorf("no name is left in %s: it does not belong to texts", field)
		}
	}
	if len(names) < 60 {
		t.Errorf("only %d fields were filled", len(names))
	}
}
