package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// deepest is how many levels of a tree are laid out; what lies deeper is one value.
const deepest = 6

// tree writes a JSON object: a member a line, objects indented below their name.
func (p *page) tree(at int, object map[string]any) {
	var rows list
	flush := func() {
		p.rows(at, rows)
		rows = nil
	}
	for _, name := range sortedNames(object) {
		label := name
		if label == "" {
			label = `""`
		}
		switch v := object[name].(type) {
		case map[string]any:
			if len(v) > 0 && at < indent*deepest {
				flush()
				p.hang(spaces(at), []span{text(label)}, p.Width)
				p.tree(at+indent, v)
				continue
			}
			rows.add(label, finding.Shorten(compact(v), mostShown))
		case []any:
			if len(v) == 0 {
				rows.add(label, "[]")
			}
			for i, e := range v {
				rows.add([]string{label, ""}[min(i, 1)], "- "+scalar(e))
			}
		default:
			value := []span{text(scalar(v))}
			if when, ok := p.when(name, v); ok {
				value = append(value, text("  "), text(when))
			}
			rows = append(rows, row{label, value})
		}
	}
	flush()
}

// when reads the claims that are times.
func (p *page) when(name string, v any) (string, bool) {
	switch name {
	case "exp", "nbf", "iat", "warnafter", "auth_time", "updated_at":
		if t, ok := numericDate(v); ok {
			return absolute(t) + ", " + relative(t, p.Now), true
		}
	}
	return "", false
}

// scalar writes a JSON value on one line. A string stands for itself, unless it
// would be taken for something else.
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
		return Escape(fmt.Sprint(v))
	}
	return strings.TrimSpace(b.String())
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
