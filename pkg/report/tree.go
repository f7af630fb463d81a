package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// deepest is the maximum number of levels of a tree. A deeper value is one line.
const deepest = 6

// tree is a JSON object: a member a line, objects below their name.
func tree(object map[string]any, now time.Time) document.Tree {
	return treeAt(object, now, 1)
}

func treeAt(object map[string]any, now time.Time, depth int) document.Tree {
	var out document.Tree
	for _, name := range sortedNames(object) {
		row := document.Row{Name: value(said(name))}
		if name == "" {
			row.Name = value(finding.T(`""`))
		}
		switch v := object[name].(type) {
		case map[string]any:
			if len(v) > 0 && depth < deepest {
				row.Rows = treeAt(v, now, depth+1)
			} else {
				row.Value = value(said(finding.Shorten(compact(v), mostShown)))
			}
		case []any:
			for _, e := range v {
				row.Values = append(row.Values, value(said(scalar(e))))
			}
			if len(v) == 0 {
				row.Value = value(finding.T("[]"))
			}
		default:
			row.Value = value(said(scalar(v)))
			if t, ok := timeOf(name, v); ok {
				row.Value = append(row.Value, glue(finding.T("  ")), prose(when(t, now))[0])
			}
		}
		out = append(out, row)
	}
	return out
}

// timeOf reads the claims that are times.
func timeOf(name string, v any) (time.Time, bool) {
	switch name {
	case "exp", "nbf", "iat", "warnafter", "auth_time", "updated_at":
		return numericDate(v)
	}
	return time.Time{}, false
}

// scalar writes a JSON value on one line. A string has no quotes unless it would look like another value.
func scalar(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		if v == "" || v == "true" || v == "false" || v == "null" || strings.TrimSpace(v) != v || isNumber(v) {
			return `"` + v + `"`
		}
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case map[string]any, []any:
		return finding.Shorten(compact(v), mostShown)
	default:
		return fmt.Sprint(v)
	}
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

// compact writes a JSON value as JSON. HTML has no meaning on a terminal, so its
// characters stay as they are.
func compact(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
