package keyset

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// member is a member of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// membersOf returns the members of an object in order, duplicates included; nil if data is
// not a JSON object. The values are parts of data.
func membersOf(data []byte) []member {
	if !json.Valid(data) {
		return nil
	}
	return scanObject(data)
}

// scanObject is membersOf for data that is known to be valid JSON. A key set has thousands of
// objects, and each is read once instead of by a decoder and its checks.
func scanObject(valid []byte) []member {
	i := skipSpace(valid, 0)
	if i == len(valid) || valid[i] != '{' {
		return nil
	}
	members := make([]member, 0, 8)
	for i = skipSpace(valid, i+1); valid[i] != '}'; i = skipSpace(valid, i) {
		end := skipValue(valid, i)
		name, _ := stringOf(valid[i:end])
		// The value follows a colon.
		i = skipSpace(valid, skipSpace(valid, end)+1)
		end = skipValue(valid, i)
		members = append(members, member{name, json.RawMessage(valid[i:end])})
		if i = skipSpace(valid, end); valid[i] == ',' {
			i++
		}
	}
	return members
}

// scanList returns the elements of a list in valid JSON; ok is false for another value.
func scanList(valid []byte) (elements []json.RawMessage, ok bool) {
	i := skipSpace(valid, 0)
	if i == len(valid) || valid[i] != '[' {
		return nil, false
	}
	elements = []json.RawMessage{}
	for i = skipSpace(valid, i+1); valid[i] != ']'; i = skipSpace(valid, i) {
		end := skipValue(valid, i)
		elements = append(elements, json.RawMessage(valid[i:end]))
		if i = skipSpace(valid, end); valid[i] == ',' {
			i++
		}
	}
	return elements, true
}

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\r' || data[i] == '\t') {
		i++
	}
	return i
}

// skipValue returns the end of the value that begins at i.
func skipValue(valid []byte, i int) int {
	switch valid[i] {
	case '"':
		return skipString(valid, i)
	case '{', '[':
		return skipNested(valid, i)
	}
	for i < len(valid) && strings.IndexByte(",]} \t\r\n", valid[i]) < 0 {
		i++
	}
	return i
}

func skipString(valid []byte, i int) int {
	for i++; ; i++ {
		i += bytes.IndexByte(valid[i:], '"')
		// An even number of backslashes before a quotation mark ends the string.
		slashes := 0
		for valid[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i + 1
		}
	}
}

func skipNested(valid []byte, i int) int {
	for depth := 0; ; i++ {
		switch valid[i] {
		case '"':
			i = skipString(valid, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}

// stringOf returns the string that a value is, as encoding/json reads it; ok is false for another
// value. A null is an empty string.
func stringOf(value json.RawMessage) (s string, ok bool) {
	if n := len(value); n >= 2 && value[0] == '"' && bytes.IndexByte(value, '\\') < 0 && utf8.Valid(value) {
		return string(value[1 : n-1]), true
	}
	return s, json.Unmarshal(value, &s) == nil
}

// read returns the members that encoding/json would decode into a field of that name, in
// any case. encoding/json uses the last one.
func read(members []member, name string) (all []member) {
	for _, m := range members {
		if strings.EqualFold(m.name, name) {
			all = append(all, m)
		}
	}
	return all
}
