package report

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// This file fits evidence and error messages into the rows of a first screen.

// fewRows returns as many rows as fit, with values shortened in the middle, and the number of the other rows. The
// last row is always included. words reports that the last row is the API server's error message.
func fewRows(all rows, words bool, room int) (few rows, rest int) {
	column := 0
	for _, r := range all {
		if n := utf8.RuneCountInString(r.Name.String()); n <= widestName {
			column = max(column, n)
		}
	}
	width := screenWidth - 2 - column - 2
	take := func(r document.Row, most int) bool {
		lines := 0
		if utf8.RuneCountInString(r.Name.String()) > widestName {
			lines++
		}
		values := r.Values
		if len(values) == 0 {
			values = []document.Words{r.Value}
		}
		for i, v := range values {
			if wrapped(v.String(), width) > most {
				v = squeezed(v, most*width-most*8)
			}
			lines += wrapped(v.String(), width)
			if len(r.Values) > 0 {
				r.Values[i] = v
			} else {
				r.Value = v
			}
		}
		if lines > room && len(few) > 0 {
			return false
		}
		room -= lines
		few = append(few, r)
		return true
	}
	n := len(all)
	if n == 0 {
		return nil, 0
	}
	// The API server's error message is last and is never left out.
	var last rows
	if words {
		most := mostOfWords
		if room-most < min(n-1, pair) {
			most = mostOfValue
		}
		take(all[n-1], most)
		last, few, all = few, nil, all[:n-1]
	}
	for _, r := range all {
		if !take(r, mostOfValue) {
			rest++
		}
	}
	return append(few, last...), rest
}

// mostOfScreen is the number of rows of a first screen. leastEvidence is the minimum number of rows of its
// evidence.
const (
	mostOfScreen  = 22
	leastEvidence = 3
)

// fit returns the number of rows for evidence. It shortens the reasons in the lines if they leave too little room.
func (s *screen) fit(evidence rows, words bool) (room int, lines document.Items) {
	const two, one = 2 * screenWidth, screenWidth - 8
	for _, most := range []int{two, one} {
		lines = nil
		for _, l := range s.lines {
			lines = append(lines, l.item(most))
		}
		room = mostOfScreen - s.taken(lines)
		if few, rest := fewRows(evidence, words, min(mostEvidence, room)); room >= leastEvidence && rest == 0 || len(few) == 0 {
			break
		}
	}
	return max(leastEvidence, min(mostEvidence, room)), lines
}

// taken returns the number of rows of everything except the evidence.
func (s *screen) taken(lines document.Items) int {
	const mark, frame, command = 2, 4, len("      ") + len("    ") + len(` \`)
	used := wrapped(s.verdict.Word.String()+shownWords(s.verdict.Words), screenWidth-mark)
	for _, t := range append(slices.Clone(s.about), s.decided) {
		used += wrapped(t.String(), screenWidth-indented)
	}
	if s.cause != nil && !saysTitle(s.cause) {
		used += 1 + wrapped(s.cause.Detail.String(), screenWidth-indented)
	}
	for _, b := range s.facts {
		if r, ok := b.(document.Rows); ok {
			used += 1 + len(r.Rows)
		}
	}
	if fixes := s.shownFixes(); len(fixes) > 0 {
		used++
		for _, r := range fixes {
			used += wrapped(r.Description.String(), screenWidth-frame)
			if first, _, file := strings.Cut(r.Command.String(), "\n"); file {
				used++
			} else if first != "" {
				used += wrapped(first, screenWidth-command)
			}
		}
	}
	items := append(lineOf(s.others, s.isUnsettled()), lines...)
	if len(items) > 0 {
		used++
	}
	for _, i := range items {
		used += wrapped(i.Word.String()+shownWords(i.Words), screenWidth-indented-mark) + len(i.Blocks)
	}
	const blankAndEvidence, blankAndLast = 1, 2
	return used + blankAndEvidence + blankAndLast
}

// indented is the indentation of a first screen.
const indented = 2

// shownWords returns words as a terminal shows them, with brackets around a tag.
func shownWords(words document.Words) string {
	out := ""
	for _, w := range words {
		if w.Role == document.Tag {
			out += " [" + w.Text.String() + w.Short.String() + "]"
		} else {
			out += w.Text.String()
		}
	}
	return out
}

// wrapped counts the rows of a text that is broken at its spaces.
func wrapped(text string, width int) int {
	count, column := 0, 0
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case count == 0, column+1+n > width:
			count += 1 + (n-1)/width
			if column = n; n > width {
				// A long word is broken before its last possible place.
				column = (n-1)%width + 1 + width/2
			}
		default:
			column += 1 + n
		}
	}
	return count
}

// line is an item whose reason may be shortened.
type line struct {
	document.Item
	why finding.Text
}

// item returns the line with its reason shortened to a maximum number of characters.
func (l line) item(most int) document.Item {
	if l.why.IsZero() {
		return l.Item
	}
	out, n := l.Item, utf8.RuneCountInString(l.Word.String()+l.Words.String())
	why := prose(l.why)
	if n > 0 {
		why = colon(why)
	}
	out.Words = append(slices.Clone(l.Words), squeezed(why, most-n)...)
	return out
}

// squeezed shortens words to a maximum length. It leaves out the middle of the longest text.
func squeezed(words document.Words, most int) document.Words {
	length := func(w document.Span) int { return utf8.RuneCountInString(w.Text.String()) }
	longest, all := 0, 0
	for i, w := range words {
		all += length(w)
		if length(w) > length(words[longest]) {
			longest = i
		}
	}
	if all <= most {
		return words
	}
	n := length(words[longest])
	kept := max(n-(all-most)-utf8.RuneCountInString(" … "), 40)
	if kept >= n {
		return words
	}
	runes := []rune(words[longest].Text.String())
	last, first := kept-kept*2/5, n-kept*2/5
	// A cut is at a space if one is near, because a UID must not be cut.
	const reach = 40
	if i := lastSpace(runes[max(last-reach, 0):last]); i >= 0 {
		last = max(last-reach, 0) + i
	}
	if i := slices.Index(runes[first:min(first+reach, n)], ' '); i >= 0 {
		first += i + 1
	} else if i := lastSpace(runes[max(first-reach, last):first]); i >= 0 {
		first = max(first-reach, last) + i + 1
	}
	// The remaining room is for the words before the second part, which could need its own row if it is long.
	const short = 16
	for first > last+1 {
		i := lastSpace(runes[last : first-1])
		if i < 0 || n-(last+i+1)+last > kept || first-(last+i+1) > short {
			break
		}
		first = last + i + 1
	}
	before, after := words[longest], words[longest]
	before.Text, after.Text = part(before.Text, 0, last), part(after.Text, first, n)
	return slices.Concat(words[:longest:longest], document.Words{before, glue(finding.T(" … ")), after}, words[longest+1:])
}

// lastSpace is the index of the last space; -1 if there is none.
func lastSpace(runes []rune) int {
	for i, r := range slices.Backward(runes) {
		if r == ' ' {
			return i
		}
	}
	return -1
}

// part returns the characters of a text between two positions.
func part(t finding.Text, from, to int) finding.Text {
	at := 0
	return t.Map(func(s finding.Span) finding.Span {
		runes := []rune(s.Shown())
		first, last := min(max(from-at, 0), len(runes)), min(max(to-at, 0), len(runes))
		at += len(runes)
		s.Value, s.Escaped = string(runes[first:last]), false
		return s
	})
}
