package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// maxJSONDepth is the maximum nesting depth of encoding/json, with which the API server reads the
// issuer of every token.
const maxJSONDepth = 10_000

// maxDuplicates bounds the reported duplicate members.
const maxDuplicates = 8

// document is a JSON object as far as it can be read.
type document struct {
	// members holds the complete members, including those before a fault; nil if the
	// text does not begin as an object. Numbers are json.Number.
	members map[string]any
	// fault is why the text is not a JSON object; empty if it is one.
	fault finding.Text
	// isTruncated reports that the fault is an early end of the text.
	isTruncated bool
	// duplicates are the paths of members that occur more than once, at most maxDuplicates.
	duplicates [][]string
	// badUTF8 is the offset of the first byte that is not UTF-8, or -1.
	badUTF8 int
}

// readDocument reads a JSON object, salvaging the members before a fault.
func readDocument(data []byte) *document {
	d := &document{badUTF8: firstBadUTF8(data)}
	// encoding/json finds the first syntax error, so the reader may assume valid syntax before it.
	r := &reader{data: data, end: len(data), doc: d}
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(data, new(json.RawMessage)), &syntax) {
		if d.isTruncated = endsEarly(data, syntax); !d.isTruncated {
			r.end = min(int(syntax.Offset)-1, len(data))
		}
	}
	switch not := r.document(); {
	case !not.IsZero():
		d.fault, d.isTruncated = finding.T("the JSON is %s, not an object", not), false
	case syntax == nil:
	case len(data) == 0:
		d.fault = finding.T("the JSON is empty")
	case d.isTruncated:
		d.fault = finding.T("the JSON is incomplete: it ends after %s bytes", finding.Count(len(data)))
	case strings.Contains(syntax.Error(), "max depth"):
		d.fault = finding.T("the JSON is nested deeper than %s levels, which the API server does not read", finding.Count(maxJSONDepth))
	default:
		d.fault = finding.T("%s at byte %s", finding.Err(syntax), finding.Count(syntax.Offset))
	}
	return d
}

// endsEarly reports whether data is a valid beginning of JSON: an invalid byte appended to it then
// causes the syntax error.
func endsEarly(data []byte, fault *json.SyntaxError) bool {
	if fault.Offset < int64(len(data)) {
		return false
	}
	var later *json.SyntaxError
	return errors.As(json.Unmarshal(append(data[:len(data):len(data)], 1), new(json.RawMessage)), &later) && later.Offset > int64(len(data))
}

// reader reads JSON that is valid up to end and not nested too deeply. Unlike encoding/json, it
// keeps the members before a fault and reports duplicates.
type reader struct {
	data    []byte
	at, end int
	doc     *document
	// path has the names of the enclosing members.
	path []string
}

// document reads the object, or returns the type of another value.
func (r *reader) document() (not finding.Text) {
	if r.next() != '{' {
		if r.next() == '[' {
			return finding.T("a list")
		}
		if value, ok := r.value(); ok {
			return typeName(value)
		}
		return not
	}
	r.doc.members = map[string]any{}
	r.at++
	r.object(r.doc.members)
	return not
}

// next skips white space and returns the character at r.at; 0 at the end.
func (r *reader) next() byte {
	for ; r.at < r.end; r.at++ {
		if c := r.data[r.at]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
	}
	return 0
}

// object reads the complete members of an object after its opening brace.
func (r *reader) object(into map[string]any) (complete bool) {
	for {
		switch r.next() {
		case '}':
			r.at++
			return true
		case ',':
			r.at++
			continue
		case '"':
		default:
			return false
		}
		name, ok := r.text()
		if !ok {
			return false
		}
		r.path = append(r.path, name)
		if _, again := into[name]; again && len(r.doc.duplicates) < maxDuplicates {
			r.doc.duplicates = append(r.doc.duplicates, slices.Clone(r.path))
		}
		if r.next() != ':' {
			return false
		}
		r.at++
		value, ok := r.value()
		if !ok {
			return false
		}
		r.path = r.path[:len(r.path)-1]
		into[name] = value
	}
}

// value reads a value; ok is false if it is incomplete.
func (r *reader) value() (value any, ok bool) {
	switch r.next() {
	case '{':
		r.at++
		o := map[string]any{}
		return o, r.object(o)
	case '[':
		r.at++
		return r.list()
	case '"':
		return r.text()
	case 't':
		return true, r.word("true")
	case 'f':
		return false, r.word("false")
	case 'n':
		return nil, r.word("null")
	}
	from := r.at
	for r.at < r.end && strings.IndexByte("+-.0123456789Ee", r.data[r.at]) >= 0 {
		r.at++
	}
	number := r.data[from:r.at]
	return json.Number(number), r.at > from && json.Valid(number)
}

func (r *reader) list() (list []any, complete bool) {
	list = []any{}
	for {
		switch r.next() {
		case ']':
			r.at++
			return list, true
		case ',':
			r.at++
		}
		element, ok := r.value()
		if !ok {
			return nil, false
		}
		list = append(list, element)
	}
}

func (r *reader) word(word string) bool {
	if !bytes.HasPrefix(r.data[r.at:r.end], []byte(word)) {
		return false
	}
	r.at += len(word)
	return true
}

// text reads a string. Invalid UTF-8 becomes U+FFFD.
func (r *reader) text() (string, bool) {
	from, simple := r.at, true
	for i := from + 1; i < r.end; i++ {
		switch c := r.data[i]; {
		case c == '"':
			r.at = i + 1
			if simple {
				return string(r.data[from+1 : i]), true
			}
			var s string
			return s, json.Unmarshal(r.data[from:r.at], &s) == nil
		case c == '\\':
			simple = false
			i++
		case c >= utf8.RuneSelf:
			simple = false
		}
	}
	return "", false
}

// exact replaces each json.Number in v by the narrowest type that holds it exactly.
func exact(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = exact(member)
		}
	case []any:
		for i, element := range v {
			v[i] = exact(element)
		}
	case json.Number:
		return exactNumber(v.String())
	}
	return v
}

func exactNumber(s string) any {
	if !strings.ContainsAny(s, ".eE") {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n
		}
		if n, err := strconv.ParseUint(s, 10, 64); err == nil {
			return n
		}
		return s
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s // Infinity is no JSON.
	}
	return f
}

// typeName returns the name of a value's JSON type, with its article.
func typeName(v any) finding.Text {
	switch v := v.(type) {
	case nil:
		return finding.T("null")
	case bool:
		return finding.T("a boolean")
	case string:
		return finding.T("a string")
	case json.Number, int64, uint64, float64:
		return finding.T("a number")
	case json.Delim:
		if v == '{' {
			return finding.T("an object")
		}
		return finding.T("a list")
	case map[string]any:
		return finding.T("an object")
	}
	return finding.T("a list")
}

func isText(v any) bool {
	_, ok := v.(string)
	return ok
}

func firstBadUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
