package token

import "strconv"

// plainObject is a JSON object that is read without building maps.
type plainObject struct {
	text string
	at   int
	// values are the values in text; the first is the object itself.
	values []plainValue
}

type plainKind uint8

const (
	plainString plainKind = iota
	plainNumber
	plainWord // true, false or null
	plainMembers
	plainList
)

// plainValue is one value of a plainObject.
type plainValue struct {
	// name is the name of the member; empty in a list.
	name string
	// text is a string without its quotes, or a literal.
	text   string
	number int64
	kind   plainKind
	// inside is the position of the first value inside, and next that of the following value in the
	// same list or object; 0 if there is none. Members are in the order of their names.
	inside, next int32
}

const (
	// plainDepth is the greatest depth of a plain object, which is less than maxJSONDepth.
	plainDepth = 8
	// plainValues is the greatest number of values in a plain object.
	plainValues = 256
)

// read reads an object. It returns false for invalid JSON and for valid but unusual JSON: an empty
// or duplicate name, a character that JSON, HTML or a terminal escapes, a number that is not an
// int64, or too many or too deeply nested values.
func (o *plainObject) read(text string) bool {
	o.text, o.at, o.values = text, 0, o.values[:0]
	if _, ok := o.readValue("", 0); !ok || o.values[0].kind != plainMembers {
		return false
	}
	o.skipSpace()
	return o.at == len(o.text)
}

func (o *plainObject) first() int32 { return o.values[0].inside }

// skipSpace skips white space and returns the next byte; 0 at the end.
func (o *plainObject) skipSpace() byte {
	for ; o.at < len(o.text); o.at++ {
		switch c := o.text[o.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// readValue reads a value and returns its position.
func (o *plainObject) readValue(name string, depth int) (at int32, ok bool) {
	if len(o.values) == plainValues {
		return 0, false
	}
	at = int32(len(o.values))
	o.values = append(o.values, plainValue{name: name})
	v := &o.values[at]
	switch o.skipSpace() {
	case '"':
		v.kind = plainString
		v.text, ok = o.readString()
	case '{':
		v.kind = plainMembers
		ok = depth < plainDepth && o.readMembers(at, depth+1)
	case '[':
		v.kind = plainList
		ok = depth < plainDepth && o.readList(at, depth+1)
	case 't':
		v.kind = plainWord
		v.text, ok = o.readWord("true")
	case 'f':
		v.kind = plainWord
		v.text, ok = o.readWord("false")
	case 'n':
		v.kind = plainWord
		v.text, ok = o.readWord("null")
	default:
		v.kind = plainNumber
		v.number, ok = o.readNumber()
	}
	return at, ok
}

// readMembers reads the members of the object at a position.
func (o *plainObject) readMembers(object int32, depth int) bool {
	o.at++
	last := int32(0)
	for c := o.skipSpace(); c != '}'; c = o.skipSpace() {
		if last > 0 {
			if c != ',' {
				return false
			}
			o.at++
			c = o.skipSpace()
		}
		if c != '"' {
			return false
		}
		name, ok := o.readString()
		if !ok || name == "" || o.skipSpace() != ':' {
			return false
		}
		o.at++
		member, ok := o.readValue(name, depth)
		if !ok {
			return false
		}
		// Most issuers write members in order.
		if last == 0 || o.values[last].name < name {
			o.link(object, last, member)
			last = member
		} else if !o.insert(object, member) {
			return false
		}
	}
	o.at++
	return true
}

// insert inserts a member before the first member with a greater name, which must exist. It returns
// false for a duplicate name.
func (o *plainObject) insert(object, member int32) bool {
	name := o.values[member].name
	before := int32(0)
	for i := o.values[object].inside; o.values[i].name <= name; i = o.values[i].next {
		if o.values[i].name == name {
			return false
		}
		before = i
	}
	o.link(object, before, member)
	return true
}

// link inserts a value after another value of the same object or list, or first if before is 0.
func (o *plainObject) link(within, before, value int32) {
	behind := &o.values[within].inside
	if before > 0 {
		behind = &o.values[before].next
	}
	o.values[value].next = *behind
	*behind = value
}

func (o *plainObject) readList(list int32, depth int) bool {
	o.at++
	last := int32(0)
	for c := o.skipSpace(); c != ']'; c = o.skipSpace() {
		if last > 0 {
			if c != ',' {
				return false
			}
			o.at++
		}
		element, ok := o.readValue("", depth)
		if !ok {
			return false
		}
		o.link(list, last, element)
		last = element
	}
	o.at++
	return true
}

// plainLetter has the characters that printed JSON does not escape: printable ASCII, except those
// that JSON and HTML escape.
var plainLetter = func() (is [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		switch c {
		case '"', '\\', '<', '>', '&':
		default:
			is[c] = true
		}
	}
	return is
}()

func (o *plainObject) readString() (string, bool) {
	start := o.at + 1
	for i := start; i < len(o.text); i++ {
		if c := o.text[i]; !plainLetter[c] {
			o.at = i + 1
			return o.text[start:i], c == '"'
		}
	}
	return "", false
}

func (o *plainObject) readWord(word string) (string, bool) {
	if len(o.text)-o.at < len(word) || o.text[o.at:o.at+len(word)] != word {
		return "", false
	}
	o.at += len(word)
	return word, true
}

// readNumber reads an integer in canonical form.
func (o *plainObject) readNumber() (int64, bool) {
	start := o.at
	for o.at < len(o.text) {
		if c := o.text[o.at]; (c < '0' || c > '9') && (c != '-' || o.at > start) {
			break
		}
		o.at++
	}
	digits := o.text[start:o.at]
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && (digits[0] != '0' || len(digits) == 1) && (digits[0] != '-' || digits[1] != '0')
}

func (o *plainObject) find(first int32, name string) *plainValue {
	for i := first; i > 0; i = o.values[i].next {
		if v := &o.values[i]; v.name == name {
			return v
		}
	}
	return nil
}

// string returns the value of a string member, or "" for another value.
func (o *plainObject) string(name string) string {
	if v := o.find(o.first(), name); v != nil && v.kind == plainString {
		return v.text
	}
	return ""
}

// member returns a member of the outermost object, as Parse does.
func (o *plainObject) member(name string) (any, bool) {
	v := o.find(o.first(), name)
	if v == nil {
		return nil, false
	}
	return o.value(v), true
}

func (o *plainObject) allStrings(list *plainValue) bool {
	for i := list.inside; i > 0; i = o.values[i].next {
		if o.values[i].kind != plainString {
			return false
		}
	}
	return true
}

// isRef reports whether name and uid of an object are strings or missing.
func (o *plainObject) isRef(object *plainValue) bool {
	for _, name := range [...]string{"name", "uid"} {
		if v := o.find(object.inside, name); v != nil && v.kind != plainString {
			return false
		}
	}
	return true
}
