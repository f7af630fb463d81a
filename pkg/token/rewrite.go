package token

import "reflect"

// Rewrite replaces every string in v, a pointer or a map, by f of it, including the keys of maps.
// If two keys become equal, one value is lost.
func Rewrite(v any, f func(string) string) { rewrite(reflect.ValueOf(v), f) }

// rewriter is a type that rewrites its own strings.
type rewriter interface{ Rewrite(f func(string) string) }

// rewrite changes v in place if that is possible, and returns the new v.
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
