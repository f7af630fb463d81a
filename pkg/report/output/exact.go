package output

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/printers"
)

// printTemplate hands a printer the object, which comes as JSON, as a tree whose integers are integers.
// Left to themselves, the printer of jsonpath makes a float64 of every number, and
// prints 1.779649828e+09 for a time; that of go-template does so beyond 63 bits.
func printTemplate(printer printers.ResourcePrinter, object []byte, w io.Writer, bigAsText bool) error {
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber()
	tree := map[string]any{}
	if err := decoder.Decode(&tree); err != nil {
		return err
	}
	return printer.PrintObj(&unstructured.Unstructured{Object: exact(tree, bigAsText).(map[string]any)}, w)
}

// exact replaces each json.Number of a tree by the exact integer. With bigAsText, an integer beyond int64
// becomes a string.
func exact(v any, bigAsText bool) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			v[key] = exact(v[key], bigAsText)
		}
	case []any:
		for i := range v {
			v[i] = exact(v[i], bigAsText)
		}
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		if !strings.ContainsAny(v.String(), ".eE") {
			if u, err := strconv.ParseUint(v.String(), 10, 64); err == nil && !bigAsText {
				return u
			}
			return v.String()
		}
		if f, err := v.Float64(); err == nil && !math.IsInf(f, 0) {
			return f
		}
		return v.String()
	}
	return v
}
