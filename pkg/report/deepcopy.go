package report

import (
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// DeepCopyObject makes the types runtime.Objects, which is what the printers of
// cli-runtime take.
func (x *Inspection) DeepCopyObject() runtime.Object { return clone(x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *InspectionList) DeepCopyObject() runtime.Object { return clone(x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *Verification) DeepCopyObject() runtime.Object { return clone(x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *Discovery) DeepCopyObject() runtime.Object { return clone(x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *Explanation) DeepCopyObject() runtime.Object { return clone(x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *Simulation) DeepCopyObject() runtime.Object { return clone(x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *Comparison) DeepCopyObject() runtime.Object { return clone(x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *FindingList) DeepCopyObject() runtime.Object { return clone(x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *LogSummary) DeepCopyObject() runtime.Object { return clone(x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *Version) DeepCopyObject() runtime.Object { return clone(x) }

func clone[T any](x *T) *T {
	return transform(reflect.ValueOf(x), func(s string, _ reflect.StructField) string { return s }).Interface().(*T)
}

// transform returns a copy of v that shares nothing with it, in which f has
// replaced every string, those of map keys included. f is told the struct field
// in which the string stands, however deep inside it; the name of the field ends in
// keyOf where it is a map's key.
func transform(v reflect.Value, f func(string, reflect.StructField) string) reflect.Value {
	return transformIn(v, reflect.StructField{}, f)
}

const keyOf = " key"

func transformIn(v reflect.Value, in reflect.StructField, f func(string, reflect.StructField) string) reflect.Value {
	switch v.Kind() {
	case reflect.String:
		out := reflect.New(v.Type()).Elem()
		out.SetString(f(v.String(), in))
		return out
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		out := reflect.New(v.Type().Elem())
		out.Elem().Set(transformIn(v.Elem(), in, f))
		return out
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		return transformIn(v.Elem(), in, f)
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(transformIn(v.Index(i), in, f))
		}
		return out
	case reflect.Map:
		if v.IsNil() {
			return v
		}
		out := reflect.MakeMapWithSize(v.Type(), v.Len())
		ofKey := in
		ofKey.Name += keyOf
		for _, key := range sortedKeys(v) {
			to := transformIn(key, ofKey, f)
			for out.MapIndex(to).IsValid() {
				// Two names became one: show both rather than lose a claim.
				to = reflect.ValueOf(to.String() + "′").Convert(to.Type())
			}
			out.SetMapIndex(to, transformIn(v.MapIndex(key), in, f))
		}
		return out
	case reflect.Struct:
		switch x := v.Interface().(type) {
		case finding.Text:
			text := x.String()
			if s := f(text, in); s != text {
				x = finding.T("%s", finding.Message(s))
			}
			return reflect.ValueOf(x)
		case finding.Command:
			text := x.String()
			if s := f(text, in); s != text {
				_ = x.UnmarshalText([]byte(s))
			}
			return reflect.ValueOf(x)
		case finding.Name:
			x.Value = f(x.Value, in)
			return reflect.ValueOf(x)
		}
		out := reflect.New(v.Type()).Elem()
		out.Set(v)
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				out.Field(i).Set(transformIn(v.Field(i), field, f))
			}
		}
		return out
	default:
		return v
	}
}

// sortedKeys returns the keys of a map of strings in order, so that what is
// printed is the same every time.
func sortedKeys(m reflect.Value) []reflect.Value {
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	return keys
}
