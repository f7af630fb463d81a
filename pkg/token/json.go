package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
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
	// fault says why the text is no JSON object; "" where it is one.
	fault string
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
	r := &reader{dec: json.NewDecoder(bytes.NewReader(data)), doc: d}
	r.dec.UseNumber()
	err := r.document()
	switch {
	case err == nil:
	case len(data) == 0:
		d.brokenOff, d.fault = true, "it is empty"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		d.brokenOff, d.fault = true, fmt.Sprintf("it ends after %d bytes, in the middle", len(data))
	default:
		d.fault = err.Error()
		// The decoder that reads by tokens is not consistent in how it counts bytes.
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) && errors.As(json.Unmarshal(data, new(json.RawMessage)), &syntax) {
			d.fault = fmt.Sprintf("%s at byte %d", syntax.Error(), syntax.Offset)
		}
	}
	return d
}

// reader walks the tokens of a JSON text: encoding/json alone would drop what
// stands before a fault and would not tell of members that come twice.
type reader struct {
	dec *json.Decoder
	doc *document
	// path holds the names of the members in which the reader is.
	path []string
}

func (r *reader) document() error {
	start, err := r.dec.Token()
	if err != nil {
		return err
	}
	if start != json.Delim('{') {
		return fmt.Errorf("it is %s, not an object", typeName(start))
	}
	r.doc.members = map[string]any{}
	if err := r.object(r.doc.members, 1); err != nil {
		return err
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return &json.SyntaxError{}
	}
	return nil
}

func (r *reader) object(into map[string]any, depth int) error {
	for r.dec.More() {
		key, err := r.dec.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		r.path = append(r.path, name)
		if _, again := into[name]; again && len(r.doc.duplicates) < maxDuplicates {
			r.doc.duplicates = append(r.doc.duplicates, slices.Clone(r.path))
		}
		value, err := r.value(depth)
		if err != nil {
			return err
		}
		r.path = r.path[:len(r.path)-1]
		into[name] = value
	}
	_, err := r.dec.Token()
	return err
}

func (r *reader) value(depth int) (any, error) {
	token, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth >= maxJSONDepth {
		return nil, fmt.Errorf("it nests more than %d deep, which the API server does not read", maxJSONDepth)
	}
	if delim == '{' {
		o := map[string]any{}
		return o, r.object(o, depth+1)
	}
	list := []any{}
	for r.dec.More() {
		element, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, element)
	}
	_, err = r.dec.Token()
	return list, err
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
func typeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case json.Number, int64, uint64, float64:
		return "a number"
	case json.Delim:
		if v == '{' {
			return "an object"
		}
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a list"
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
