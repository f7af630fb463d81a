package errortext

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Bounds on a message without its end: how much of it tells it from others, and how long it is.
const (
	shortestCut = 20
	longestCut  = 400
)

// cutEnd returns where a line was cut off: before an ellipsis at its end, or at the end of the text.
// It returns 0 for another line.
func (v *view) cutEnd() int {
	text := strings.TrimRight(v.text, " \"'`)]}")
	for _, mark := range []string{"...", "[truncated", "(truncated", "<truncated>", "[...", "(..."} {
		if before, ok := strings.CutSuffix(text, mark); ok {
			return len(before)
		}
	}
	if v.cut {
		return len(strings.TrimRight(v.text, " "))
	}
	return 0
}

// cutOff recognizes a message without its end, if all messages that begin so indicate the same
// finding.
func (s *set) cutOff(text string) (Reason, bool) {
	if len(text) < shortestCut || len(text) > longestCut {
		return Reason{}, false
	}
	var out Reason
	found := false
	for i := range s.byFirst[text[0]] {
		c := &s.byFirst[text[0]][i]
		if c.kube || c.beside || c.suits != nil {
			continue
		}
		values, matched, ok := c.matchCut(text)
		switch {
		case !ok:
		case len(c.ids) == 0:
			return Reason{}, false
		case !found:
			out, found = c.reason(text, values), true
			out.cut = matched
		case out.Stage != c.stage, out.IDs[0] != c.ids[0]:
			return Reason{}, false
		default:
			if out.Key != c.key {
				out.Key = ""
			}
			out.IDs = slices.DeleteFunc(out.IDs, func(id finding.ID) bool { return !slices.Contains(c.ids, id) })
		}
	}
	return out, found
}

// matchCut matches the beginning of c with a whole text that ends within c, and returns the length of
// the matched literals.
func (c *compiled) matchCut(s string) (values map[string]string, matched int, ok bool) {
	n := 0
	for i, p := range c.pieces {
		tail := s[n:]
		switch {
		case tail == "":
			return values, matched, matched >= shortestCut
		case p.kind == literal && len(tail) < len(p.text):
			return values, matched + len(tail), strings.HasPrefix(p.text, tail) && matched+len(tail) >= shortestCut
		case p.kind == literal:
			if !strings.HasPrefix(tail, p.text) {
				return nil, 0, false
			}
			n += len(p.text)
			matched += len(p.text)
		case p.kind == rest:
			return nil, 0, false
		default:
			one := compiled{pieces: c.pieces[i:min(i+2, len(c.pieces))]}
			if len(one.pieces) == 2 && one.pieces[1].kind != literal {
				one.pieces = one.pieces[:1]
			}
			length, value, ok := one.variable(tail)
			if !ok {
				// The text ends within the variable.
				return values, matched, matched >= shortestCut && p.mayBegin(tail)
			}
			if values == nil {
				values = map[string]string{}
			}
			values[p.text] = value
			n += length
		}
	}
	return nil, 0, false
}

// mayBegin reports whether a text may be the beginning of a variable.
func (p piece) mayBegin(text string) bool {
	const longest = 100
	switch p.kind {
	case quoted, list:
		return text[0] == '"' && strings.Count(text, `"`) == 1 || p.kind == list && text[0] == '['
	case word:
		return !strings.ContainsAny(text, wordEnds)
	}
	return len(text) < longest
}

// variable matches the variable with which c begins, and returns its length and its value.
func (c *compiled) variable(s string) (n int, value string, ok bool) {
	n, values, _, ok := c.match(s)
	if !ok {
		return 0, "", false
	}
	if len(c.pieces) == 2 {
		n -= len(c.pieces[1].text)
	}
	return n, values[c.pieces[0].text], true
}

// completeLast recognizes the last message of an aggregate that was cut off.
func completeLast(reasons []Reason) {
	if len(reasons) == 0 {
		return
	}
	last := &reasons[len(reasons)-1]
	if last.Stage != Unknown {
		return
	}
	text := strings.TrimRight(last.Text, " \"'`)]}.")
	if r, ok := server().cutOff(text); ok {
		*last = r
		settle(reasons)
	}
}
