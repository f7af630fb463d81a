package anonymize

import (
	"reflect"
	"regexp"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The values of a field's tag `name`, beside a finding.Kind and =FIELD, which means the kind in another
// field. A field without the tag has the tag of the enclosing field.
const (
	// Own is a word of this program, or a value that identifies no one, such as a release or a type.
	Own = "own"
	// Said is an unchanged text of a server or a library.
	Said = "said"
	// Term is a word of a standard in foreign data.
	Term = "term"
	// JSON is a JSON value.
	JSON = "json"
	// Document is a JSON document, Extra the attributes of a user, and Inputs the values that an expression
	// reads.
	Document = "document"
	Extra    = "extra"
	Inputs   = "inputs"
	// Release is the version of a server. Its number stays.
	Release = "release"
)

// Copy returns a deep copy of an object without names.
func Copy[T any](n *Names, x T) T {
	return n.walk(reflect.ValueOf(x), "").Interface().(T)
}

// Tag returns the tag of a field; empty without a tag.
func Tag(f reflect.StructField) string {
	if strings.Contains(f.Tag.Get("jsonschema"), "enum=") {
		return Own
	}
	return f.Tag.Get("name")
}

func (n *Names) walk(v reflect.Value, tag string) reflect.Value {
	if out, ok := n.known(v, tag); ok {
		return reflect.ValueOf(out).Convert(v.Type())
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		if v.IsNil() {
			return v
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		out := reflect.New(v.Type().Elem())
		out.Elem().Set(n.walk(v.Elem(), tag))
		return out
	case reflect.Interface:
		return n.walk(v.Elem(), tag)
	case reflect.Slice:
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(n.walk(v.Index(i), tag))
		}
		return out
	case reflect.Map:
		out := reflect.MakeMapWithSize(v.Type(), v.Len())
		for it := v.MapRange(); it.Next(); {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(n.walk(it.Value(), tag))
			out.SetMapIndex(it.Key(), value)
		}
		return out
	case reflect.Struct:
		if f, ok := v.Interface().(finding.Finding); ok {
			v = reflect.ValueOf(titled(f))
		}
		out := reflect.New(v.Type()).Elem()
		out.Set(v)
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() {
				continue
			}
			inner := Tag(field)
			if inner == "" {
				inner = tag
			}
			if sibling, ok := strings.CutPrefix(inner, "="); ok {
				inner = strings.ToLower(v.FieldByName(sibling).String())
			}
			out.Field(i).Set(n.walk(v.Field(i), inner))
		}
		return out
	}
	return v
}

// titled returns a finding whose title is the catalogue's, because a saved finding does not say whose title
// it has.
func titled(f finding.Finding) finding.Finding {
	if e, ok := finding.Lookup(f.ID); ok && f.Title.String() == e.Title {
		f.Title = e.Says()
	}
	return f
}

var release = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^v?[0-9]{1,3}(\.[0-9]{1,4}){1,2}`) })

// known returns the pattern of a text, without the names in it.
func (n *Names) known(v reflect.Value, tag string) (any, bool) {
	switch x := v.Interface().(type) {
	case runtime.TypeMeta, finding.ID, finding.Severity, finding.Certainty:
		return x, true
	case finding.Text:
		return n.Text(x), true
	case finding.Command:
		return n.Command(x), true
	case finding.Name:
		return x.Kind.Of(n.Name(x.Kind, x.Value)), true
	case map[string]any:
		return n.Document(x), true
	case map[string][]string:
		return n.Extra(x), true
	case map[string]string:
		return n.inputs(x), true
	}
	if v.Kind() != reflect.String {
		return nil, false
	}
	s := v.String()
	switch tag {
	case Own:
		return s, true
	case Term:
		return n.Term(s), true
	case JSON:
		return n.json("", s), true
	case Release:
		if number := release().FindString(s); number != "" || s == "" {
			return number, true
		}
		return n.placeholder(word, s), true
	case Said, "":
		return n.Said(s), true
	}
	return n.Name(finding.Kind(tag), s), true
}
