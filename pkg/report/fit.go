package report

import (
	"slices"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// This file fits evidence and error messages into the rows of a first screen.

// fewRows are as many of the rows as have room, the last of them among them, with values
// shortened in the middle; and how many are left out. The last may be words of the API server.
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
			v = squeezed(v, most*width-most*8)
			lines += 1 + (utf8.RuneCountInString(v.String())-1)/width
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
	// The words of the API server stand last and are never left out.
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

// room is the rows that are left for evidence, by a guess of what the rest of the screen takes.
func (s *screen) room() int {
	const mostRows, least = 22, 3
	lines := func(t string, width int) int { return (utf8.RuneCountInString(t) + width - 1) / width }
	used := lines("? "+s.verdict.Word.String()+s.verdict.Words.String()+" []", screenWidth) + 1 + len(s.others) + len(s.lines)
	for _, t := range s.about {
		used += lines(t.String(), screenWidth-6)
	}
	blank := 3
	if s.cause != nil && !saysTitle(s.cause) {
		blank++
		used += lines(s.cause.Detail.String(), screenWidth-6)
	}
	if len(s.others)+len(s.lines) > 0 {
		blank++
	}
	if s.cause != nil && len(s.cause.Remedy) > 0 {
		first := s.cause.Remedy[0]
		used += 1 + lines(first.Description.String(), screenWidth-10) + lines(first.Command.String(), screenWidth-16)
	}
	return max(least, min(mostEvidence, mostRows-used-blank))
}

// squeezed is words of which the longest text lost its middle where they are longer than most.
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
	// No word is cut that has a space within reach: a UID is a word.
	const reach = 40
	if i := lastSpace(runes[max(last-reach, 0):last]); i >= 0 {
		last = max(last-reach, 0) + i
	}
	if i := slices.Index(runes[first:min(first+reach, n)], ' '); i >= 0 {
		first += i + 1
	} else if i := lastSpace(runes[max(first-reach, last):first]); i >= 0 {
		first = max(first-reach, last) + i + 1
	}
	// The room that is left is for the words before the second part. A long one might need a row of its own.
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

// part is the characters of a text from one to before another.
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
