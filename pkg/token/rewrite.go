package token

import "reflect"

// Rewrite replaces every string that v, a pointer or a map, holds by what f makes of it,
// wherever it stands; the keys of maps too. Two keys that become one lose one of their values.
func Rewrite(v any, f func(string) string) { rewrite(reflect.ValueOf(v), f) }

// rewriter knows by itself which strings it holds.
type rewriter interface{ Rewrite(f func(string) string) }

// rewrite changes v in place where that can be, and returns what v has become.
func rewrite(v reflect.Value, f func(string) string) reflect.Value {
	switch v.Kind() {
	case reflect.String:
		out := reflect.New(v.Type()).Elem()
		out.SetString(f(v.String()))
		if v.CanSet() {
			v.Set(out)
		}
		return out
	case reflect.Pointer:
		if !v.IsNil() {
			rewrite(v.Elem(), f)
		}
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		out := rewrite(v.Elem(), f)
		if v.CanSet() {
			v.Set(out)
		}
		return out
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v
		}
		for i := range v.Len() {
			rewrite(v.Index(i), f)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			rewrite(value, f)
			to := rewrite(key, f)
			if !to.Equal(key) {
				v.SetMapIndex(key, reflect.Value{})
			}
			v.SetMapIndex(to, value)
		}
	case reflect.Struct:
		if v.CanAddr() {
			if own, ok := v.Addr().Interface().(rewriter); ok {
				own.Rewrite(f)
				return v
			}
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				rewrite(v.Field(i), f)
			}
		}
	}
	return v
}
