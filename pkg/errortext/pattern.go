package errortext

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A pattern is one message. It is written like the format string of its source, with named
// variables:
//
//	{name}       anything up to the text that follows
//	{name:word}  the same, but never empty and without white space, commas,
//	             brackets and quotes
//	{name:q}     a string as %q writes it; the value is unquoted
//	{name:list}  one or several strings as %q writes them; the value is raw
//	{name...}    the rest of the message, up to the next known one; only at the end
//
// A pattern without {name...} matches only a complete message.
type pattern struct {
	text         string
	stage        Stage
	ids          []finding.ID
	since, until string
	values       map[string]string // the values that are the same in each message of the pattern
	logged       bool              // a log message of its own, not the reason for a rejection
	kube         bool              // a message of many programs, which counts only in a text about Kubernetes
	// suits, if set, is a condition on the values of the message.
	suits  func(values map[string]string) bool
	key    Key
	wraps  bool // the {name...} at the end may hold another known message
	beside bool // counts only in a text that shows a failed exec plugin
}

// window is the greatest length of a variable, in bytes, which makes matching linear in the length
// of the text. The longest real values are lists of audiences and the 2 KiB that client-go keeps of
// a webhook's answer.
const window = 8 << 10

// wordEnds are the bytes that end a {name:word}.
const wordEnds = " \t\r\n,[]()\"'"

// maxReasons is the number of messages after which the rest of a text is one unknown message. An
// API server has about ten authenticators.
const maxReasons = 100

type kind byte

const (
	literal kind = iota
	plain
	quoted
	list
	word
	rest
)

// reason returns the Reason of a message that the pattern matched.
func (p *pattern) reason(text string, values map[string]string) Reason {
	return Reason{
		Text: text, Stage: p.stage, IDs: slices.Clone(p.ids), Values: values, Pattern: p.text, Key: p.key, Wraps: p.wraps,
		Since: p.since, Until: p.until, beside: p.beside,
	}
}

type piece struct {
	kind kind
	text string // the literal, or the name of the variable
}

type compiled struct {
	pattern
	pieces []piece
}

// set is a compiled table: patterns that begin with a literal of two bytes or more, and patterns that begin with a variable.
type set struct {
	byFirst  [256][]compiled
	floating []compiled
	// byTwo has the patterns that begin with a literal by its first two bytes.
	byTwo map[[2]byte][]*compiled
}

// beginning returns the patterns that may match at the start of a text by their first two bytes.
func (s *set) beginning(text string) []*compiled {
	if len(text) < 2 {
		return nil
	}
	return s.byTwo[[2]byte{text[0], text[1]}]
}

// floatingIn returns the patterns that begin with a variable and may match in a line: their first
// literal is in it.
func (s *set) floatingIn(line string) []*compiled {
	var out []*compiled
	for i := range s.floating {
		if c := &s.floating[i]; len(c.pieces) < 2 || c.pieces[1].kind != literal || strings.Contains(line, c.pieces[1].text) {
			out = append(out, c)
		}
	}
	return out
}

func compile(tables ...[]pattern) *set {
	s := &set{}
	for _, table := range tables {
		for _, p := range table {
			c := compiled{pattern: p, pieces: pieces(p.text)}
			if first := c.pieces[0]; first.kind == literal {
				s.byFirst[first.text[0]] = append(s.byFirst[first.text[0]], c)
			} else {
				s.floating = append(s.floating, c)
			}
		}
	}
	s.byTwo = map[[2]byte][]*compiled{}
	for i := range s.byFirst {
		for k := range s.byFirst[i] {
			c := &s.byFirst[i][k]
			first := c.pieces[0].text
			if len(first) < 2 {
				panic("errortext: a message begins with a single character: " + c.text)
			}
			s.byTwo[[2]byte{first[0], first[1]}] = append(s.byTwo[[2]byte{first[0], first[1]}], c)
		}
	}
	return s
}

var kinds = map[string]kind{"q": quoted, "list": list, "word": word}

// each calls f with all patterns.
func (s *set) each(f func(*compiled)) {
	for i := range s.byFirst {
		for k := range s.byFirst[i] {
			f(&s.byFirst[i][k])
		}
	}
	for i := range s.floating {
		f(&s.floating[i])
	}
}

// pieces splits a pattern, whose quotes it changes as Normalise does. It panics on a malformed pattern, because the tables are part of the
// program.
func pieces(text string) []piece {
	var out []piece
	for text != "" {
		open := strings.IndexByte(text, '{')
		if open != 0 {
			if open < 0 {
				open = len(text)
			}
			out = append(out, piece{literal, typed(text[:open])})
			text = text[open:]
			continue
		}
		end := strings.IndexByte(text, '}')
		if end < 0 {
			panic("errortext: a variable is not closed: " + text)
		}
		name := text[1:end]
		text = text[end+1:]
		if name, ok := strings.CutSuffix(name, "..."); ok {
			if text != "" {
				panic("errortext: the rest of a message stands at its end: " + name)
			}
			out = append(out, piece{rest, name})
			continue
		}
		name, k, typed := strings.Cut(name, ":")
		switch {
		case typed && kinds[k] != 0:
			out = append(out, piece{kinds[k], name})
		case typed || text == "" || text[0] == '{':
			panic("errortext: a variable is of no known kind, or nothing says where it ends: " + name)
		default:
			out = append(out, piece{plain, name})
		}
	}
	if len(out) == 0 {
		panic("errortext: an empty pattern")
	}
	return out
}

// match matches c at the beginning of s and returns the length of the match and the values. With
// open, the pattern ends with {name...}, whose end the caller finds.
//
// It has a branch for each kind of piece.
func (c *compiled) match(s string) (n int, values map[string]string, open, ok bool) {
	set := func(name, value string) {
		if values == nil {
			values = map[string]string{}
		}
		values[name] = value
	}
	for i, p := range c.pieces {
		tail := s[n:]
		if len(tail) > window && p.kind != literal && p.kind != rest {
			tail = tail[:window]
		}
		switch p.kind {
		case literal:
			if !strings.HasPrefix(tail, p.text) {
				return 0, nil, false, false
			}
			n += len(p.text)
		case plain:
			end := strings.Index(tail, c.pieces[i+1].text)
			if end < 0 {
				return 0, nil, false, false
			}
			set(p.text, tail[:end])
			n += end
		case quoted:
			end := quotedEnd(tail)
			if end == 0 {
				return 0, nil, false, false
			}
			value, err := strconv.Unquote(tail[:end])
			if err != nil {
				value = tail[1 : end-1]
			}
			set(p.text, value)
			n += end
		case list:
			end := listEnd(tail)
			if end == 0 {
				return 0, nil, false, false
			}
			set(p.text, tail[:end])
			n += end
		case word:
			end := strings.IndexAny(tail, wordEnds)
			if end < 0 {
				end = len(tail)
			}
			if i+1 < len(c.pieces) {
				end = strings.Index(tail[:min(len(tail), end+len(c.pieces[i+1].text))], c.pieces[i+1].text)
			}
			if end <= 0 {
				return 0, nil, false, false
			}
			set(p.text, tail[:end])
			n += end
		case rest:
			return n, c.with(values), true, true
		}
	}
	return n, c.with(values), false, true
}

// with returns the values of a message, with those that all messages of the pattern have.
func (c *compiled) with(values map[string]string) map[string]string {
	if values == nil {
		return maps.Clone(c.values)
	}
	for name, value := range c.values {
		if _, found := values[name]; !found {
			values[name] = value
		}
	}
	return values
}

// quotedEnd returns the length of the quoted string at the start of s, or 0.
func quotedEnd(s string) int {
	if s == "" || s[0] != '"' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// listEnd returns the length of the quoted string, or of the bracketed list of quoted strings, at
// the start of s, or 0.
func listEnd(s string) int {
	if s == "" || s[0] != '[' {
		return quotedEnd(s)
	}
	n := 1
	for n < len(s) && s[n] != ']' {
		if n > 1 {
			if s[n] != ' ' {
				return 0
			}
			n++
		}
		end := quotedEnd(s[n:])
		if end == 0 {
			return 0
		}
		n += end
	}
	if n == len(s) {
		return 0
	}
	return n + 1
}

// begins reports whether a known message may begin at the start of text. It compares only the first
// literal, because a truncated message also ends the message before it.
func (s *set) begins(text string) bool {
	if text == "" {
		return false
	}
	for i := range s.byFirst[text[0]] {
		if strings.HasPrefix(text, s.byFirst[text[0]][i].pieces[0].text) {
			return true
		}
	}
	for i := range s.floating {
		if _, _, _, ok := s.floating[i].match(text); ok {
			return true
		}
	}
	return false
}

// find returns the first pattern that matches a complete message at the start of text, inside depth
// brackets. With open, the caller has to find its end.
func (s *set) find(text string, depth int) (c *compiled, n int, values map[string]string, open bool) {
	for _, candidates := range [2][]compiled{s.byFirst[text[0]], s.floating} {
		for i := range candidates {
			n, values, open, ok := candidates[i].match(text)
			if ok && (open || ends(text[n:], depth)) {
				return &candidates[i], n, values, open
			}
		}
	}
	return nil, 0, nil, false
}

// ends reports whether a message inside depth brackets may end before s.
func ends(s string, depth int) bool {
	if depth > 0 {
		s = strings.TrimLeft(s, "]")
	}
	return s == "" || s == " " || strings.HasPrefix(s, ", ")
}

// split splits an aggregate; see Parse.
func (s *set) split(text string) []Reason {
	text = trim(text)
	var reasons []Reason
	seen := map[string]bool{}
	for pos, depth := 0, 0; pos < len(text); {
		n := opening(text[pos:])
		if n > 0 && (s.begins(text[pos+n:]) || pos == 0 && enclosed(text)) {
			pos += n
			depth += n
		}
		if pos == len(text) {
			break
		}
		if len(reasons) == maxReasons {
			reasons = append(reasons, Reason{Text: strings.TrimSuffix(text[pos:], " "), Stage: Unknown})
			break
		}

		reason := Reason{Stage: Unknown}
		c, n, values, open := s.find(text[pos:], depth)
		end := pos + n
		if c == nil || open {
			end = s.messageEnd(text, pos, pos+n, depth)
			// A later message closes the brackets that this message leaves open.
			depth += max(0, strings.Count(text[pos:end], "[")-strings.Count(text[pos:end], "]"))
		}
		reason.Text = strings.TrimSuffix(text[pos:end], " ")
		if c != nil {
			if open {
				name := c.pieces[len(c.pieces)-1].text
				if values == nil {
					values = map[string]string{}
				}
				values[name] = strings.TrimSuffix(text[pos+n:end], " ")
			}
			reason = c.reason(reason.Text, values)
		}
		if reason.Text != "" && !seen[reason.Text] {
			seen[reason.Text] = true
			reasons = append(reasons, reason)
		}

		for pos = end; depth > 0 && pos < len(text) && text[pos] == ']'; pos++ {
			depth--
		}
		if c != nil && !open {
			// If more brackets are closed than were opened, the start of the text is missing.
			pos += len(text[pos:]) - len(strings.TrimLeft(text[pos:], "]"))
		}
		pos += len(text[pos:]) - len(strings.TrimPrefix(text[pos:], ", "))
	}
	return reasons
}

// trim removes surrounding white space, except the space at the end of a message whose {name...} is
// empty.
func trim(text string) string {
	text = strings.TrimLeft(text, " \t\r\n")
	trimmed := strings.TrimRight(text, " \t\r\n")
	if strings.HasPrefix(text[len(trimmed):], " ") && !strings.HasSuffix(trimmed, "]") {
		return text[:len(trimmed)+1]
	}
	return trimmed
}

// messageEnd returns the end of the message at pos, but not before from: the beginning of the next
// known message, or the end of the text.
func (s *set) messageEnd(text string, pos, from, depth int) int {
	end := len(text)
	for i := from; ; {
		comma := strings.Index(text[i:], ", ")
		if comma < 0 {
			break
		}
		i += comma
		next := text[i+2:]
		if s.begins(next[opening(next):]) {
			end = i
			break
		}
		i += 2
	}
	// Brackets that close the aggregate are not part of the message; brackets that the message
	// opened are.
	message := text[pos:end]
	surplus := min(depth, strings.Count(message, "]")-strings.Count(message, "["))
	for ; surplus > 0 && end > from && text[end-1] == ']'; surplus-- {
		end--
	}
	return end
}

// opening returns the number of opening brackets at the start of s.
func opening(s string) int { return len(s) - len(strings.TrimLeft(s, "[")) }

// enclosed reports whether the last bracket of s closes the first.
func enclosed(s string) bool {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '[':
			depth++
		case ']':
			depth--
		}
		if depth == 0 {
			return i == len(s)-1
		}
	}
	return false
}
