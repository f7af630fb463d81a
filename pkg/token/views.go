package token

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// view is a text with some escapes resolved.
type view struct {
	text []byte
	// from maps each byte, and the end, to its offset in the original text; nil if no escape was
	// resolved.
	from []int32
}

func (v view) start(i int) int {
	if v.from == nil {
		return i
	}
	return int(v.from[i])
}

const (
	// maxNesting bounds how many times a text may be escaped.
	maxNesting = 3
	// maxViewed bounds the total size of the views of a text, in bytes.
	maxViewed = 8 << 20
)

// eachView calls see with the text and all its views: a text may have been escaped for a URL, and
// that for JSON.
func eachView(text string, see func(view)) {
	viewed := 0
	var read func(v view, nesting int)
	read = func(v view, nesting int) {
		see(v)
		viewed += len(v.text)
		for _, r := range resolvers {
			if nesting == maxNesting || viewed > maxViewed || !bytes.ContainsAny(v.text, r.marks) {
				continue
			}
			if resolved, changed := v.resolve(r); changed {
				read(resolved, nesting+1)
			}
		}
	}
	read(view{text: []byte(text)}, 0)
}

// resolver resolves one kind of escape.
type resolver struct {
	// marks are the bytes that begin an escape.
	marks string
	// read returns the plain text of the escape at the beginning of a text, and the escape's
	// length; 0 without one.
	read func(text []byte) (plain string, length int)
}

var resolvers = []resolver{{"%", percent}, {`\`, backslash}, {"&", entity}, {"\r\n", lineBreak}}

func (v view) resolve(r resolver) (view, bool) {
	changed := false
	out := view{text: make([]byte, 0, len(v.text)), from: make([]int32, 0, len(v.text)+1)}
	plainUntil := func(from, to int) {
		out.text = append(out.text, v.text[from:to]...)
		for i := from; i < to; i++ {
			out.from = append(out.from, int32(v.start(i)))
		}
	}
	done := 0
	for i := 0; i < len(v.text); {
		next := bytes.IndexAny(v.text[i:], r.marks)
		if next < 0 {
			break
		}
		i += next
		plain, length := r.read(v.text[i:])
		if length == 0 {
			i++
			continue
		}
		changed = true
		plainUntil(done, i)
		for range len(plain) {
			out.from = append(out.from, int32(v.start(i)))
		}
		out.text = append(out.text, plain...)
		i += length
		done = i
	}
	plainUntil(done, len(v.text))
	out.from = append(out.from, int32(v.start(len(v.text))))
	return out, changed
}

func number(text []byte, from, digits, base int) (rune, bool) {
	if len(text) < from+digits {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[from:from+digits]), base, 32)
	return rune(n), err == nil
}

func percent(text []byte) (string, int) {
	if n, ok := number(text, 1, 2, 16); ok {
		return string([]byte{byte(n)}), 3
	}
	return "", 0
}

// backslash reads the escapes of JSON and of Go.
func backslash(text []byte) (string, int) {
	if len(text) < 2 {
		return "", 0
	}
	switch c := text[1]; c {
	case '"', '\'', '\\', '/':
		return string(c), 2
	case 'n', 'r', 't':
		return string("\n\r\t"[strings.IndexByte("nrt", c)]), 2
	case 'x':
		if n, ok := number(text, 2, 2, 16); ok {
			return string([]byte{byte(n)}), 4
		}
	case 'u':
		if n, ok := number(text, 2, 4, 16); ok {
			return string(n), 6
		}
	case 'U':
		if n, ok := number(text, 2, 8, 16); ok && utf8.ValidRune(n) {
			return string(n), 10
		}
	}
	return "", 0
}

var entities = map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'", "period": ".", "sol": "/", "plus": "+", "equals": "=", "lowbar": "_", "hyphen": "-"}

// entity reads the character references of HTML.
func entity(text []byte) (string, int) {
	const longest = 10
	name, _, ok := strings.Cut(string(text[1:min(len(text), longest)]), ";")
	if !ok {
		return "", 0
	}
	length := len(name) + 2
	if plain, ok := entities[name]; ok {
		return plain, length
	}
	digits, base := strings.TrimPrefix(name, "#"), 10
	if digits == name || digits == "" {
		return "", 0
	}
	if digits[0]|0x20 == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || !utf8.ValidRune(rune(n)) {
		return "", 0
	}
	return string(rune(n)), length
}

// lineBreak removes a line break with the following white space, as in a folded long word.
func lineBreak(text []byte) (string, int) {
	n := 1
	for n < len(text) && strings.IndexByte(" \t\r\n", text[n]) >= 0 {
		n++
	}
	return "", n
}
