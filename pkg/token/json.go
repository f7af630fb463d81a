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

// maxJSONDepth is how deep objects and lists may nest for encoding/json, with which the API
// server reads the issuer of every token.
const maxJSONDepth = 10_000

// maxDuplicates bounds how many members that come twice are told of.
const maxDuplicates = 8

// document is a JSON object as far as it can be read.
type document struct {
	// members holds the complete members, also those before a fault; nil where the
	// text does not begin as an object. Numbers are json.Number.
	members map[string]any
	// fault says why the text is no JSON object; nothing where it is one.
	fault finding.Text
	// brokenOff is whether the fault is that the text ends too early.
	brokenOff bool
	// duplicates are the paths of members that are there more than once, at most
	// maxDuplicates of them.
	duplicates [][]string
	// badUTF8 is the offset of the first byte that is no UTF-8, -1 where there is none.
	badUTF8 int
}

// readDocument reads a JSON object, salvaging the members before a fault.
func readDocument(data []byte) *document {
	d := &document{badUTF8: firstBadUTF8(data)}
	// encoding/json says where the text ceases to be JSON. Up to there its syntax is right, so that the reader need
	// not look at it.
	r := &reader{data: data, end: len(data), doc: d}
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(data, new(json.RawMessage)), &syntax) {
		if d.brokenOff = endsEarly(data, syntax); !d.brokenOff {
			r.end = min(int(syntax.Offset)-1, len(data))
		}
	}
	switch not := r.document(); {
	case !not.IsZero():
		d.fault, d.brokenOff = finding.T("it is %s, not an object", not), false
	case syntax == nil:
	case len(data) == 0:
		d.fault = finding.T("it is empty")
	case d.brokenOff:
		d.fault = finding.T("it ends after %s bytes, in the middle", finding.Count(len(data)))
	case strings.Contains(syntax.Error(), "max depth"):
		d.fault = finding.T("it nests more than %s deep, which the API server does not read", finding.Count(maxJSONDepth))
	default:
		d.fault = finding.T("%s at byte %s", finding.Err(syntax), finding.Count(syntax.Offset))
	}
	return d
}

// endsEarly reports whether it is not the last byte of data, but what is missing behind it,
// that makes it no JSON: then a byte that is wrong everywhere is found to be so.
func endsEarly(data []byte, fault *json.SyntaxError) bool {
	if fault.Offset < int64(len(data)) {
		return false
	}
	var behind *json.SyntaxError
	return errors.As(json.Unmarshal(append(data[:len(data):len(data)], 1), new(json.RawMessage)), &behind) && behind.Offset > int64(len(data))
}

// reader reads a JSON text that is right up to an end, and nests no deeper than encoding/json
// reads: that alone would drop what stands before a fault and would not tell of members that
// come twice.
type reader struct {
	data    []byte
	at, end int
	doc     *document
	// path holds the names of the members in which the reader is.
	path []string
}

// document reads the object, or returns what stands in its place.
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

// next is the next character that is no white space, which stands at r.at; 0 at the end.
func (r *reader) next() byte {
	for ; r.at < r.end; r.at++ {
		if c := r.data[r.at]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
	}
	return 0
}

// object reads the members of an object that has begun, as far as they are complete.
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

// value reads a value; ok is false where it is not complete.
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

// text reads a string. What is not UTF-8 in it becomes U+FFFD.
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

// typeName names the JSON type of a value or of the token that begins it.
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
