package token

import (
	"encoding/binary"
	"strings"
)

// gram is the number of bytes of one lookup.
const gram = 8

// mostGrams is the greatest number of grams of one form.
const mostGrams = 4096

// index finds forms in a text in one pass, independent of their number. It has so many grams of
// each form that every recognizable piece contains one.
type index struct {
	forms []form
	// first is the newest entry of a gram, as its position in entries plus 1.
	first   map[uint64]int32
	entries []entry
	// filter has a bit for each gram, because most texts contain none.
	filter [1 << 11]uint64
}

// entry is the position of a gram in a form; next is another entry of the same gram.
type entry struct{ form, at, next int32 }

func (x *index) add(f form) {
	f.text = string(fold(f.text))
	last := len(f.text) - gram
	if last < 0 {
		return
	}
	f.piece = max(f.piece, gram+len(f.text)/mostGrams)
	x.forms = append(x.forms, f)
	if x.first == nil {
		x.first = map[uint64]int32{}
	}
	step := f.piece - gram + 1
	if f.phrase {
		step = max(last, 1)
	}
	for at := 0; at < last; at += step {
		x.keep(f.text, at)
	}
	x.keep(f.text, last)
}

func (x *index) keep(text string, at int) {
	g := binary.LittleEndian.Uint64([]byte(text[at : at+gram]))
	word, bit := bitOf(g)
	x.filter[word] |= bit
	number := int32(len(x.forms) - 1)
	if n := x.first[g]; n > 0 && x.entries[n-1].form == number {
		// A repetitive text is found by its first position.
		return
	}
	x.entries = append(x.entries, entry{number, int32(at), x.first[g]})
	x.first[g] = int32(len(x.entries))
}

func bitOf(g uint64) (word int, bit uint64) {
	h := g * 0x9e3779b97f4a7c15 >> 47
	return int(h >> 6), 1 << (h & 63)
}

// find adds the stretches of the original text in which a form occurs.
func (x *index) find(v view, wanted func(*form) bool, found []stretch) []stretch {
	text := fold(v.text)
	for i := 0; i+gram <= len(text); i++ {
		g := binary.LittleEndian.Uint64(text[i:])
		if word, bit := bitOf(g); x.filter[word]&bit == 0 {
			continue
		}
		best := stretch{}
		for n := x.first[g]; n > 0; n = x.entries[n-1].next {
			e := x.entries[n-1]
			f := &x.forms[e.form]
			if wanted != nil && !wanted(f) {
				continue
			}
			if s, ok := f.at(text, i, int(e.at)); ok && s.to-s.from > best.to-best.from {
				best = s
			}
		}
		if best.to > 0 {
			found = append(found, stretch{v.start(best.from), v.start(best.to)})
			i = best.to - 1
		}
	}
	return found
}

// at returns the extent of the form in a text around byte i, which equals byte o of the form, and
// whether that is enough to recognize it.
func (f *form) at(text []byte, i, o int) (stretch, bool) {
	from, to, end := i, i+gram, o+gram
	for from > 0 && o > 0 && text[from-1] == f.text[o-1] {
		from, o = from-1, o-1
	}
	for to < len(text) && end < len(f.text) && text[to] == f.text[end] {
		to, end = to+1, end+1
	}
	switch whole := o == 0 && end == len(f.text); {
	case whole, !f.phrase && to-from >= f.piece:
	case f.phrase && to-from >= f.piece && (o == 0 && cutFollows(text[to:]) || end == len(f.text) && cutPrecedes(text[:from])):
	default:
		return stretch{}, false
	}
	for n := 0; f.base64 && n < 2 && to < len(text) && text[to] == '='; n++ {
		to++
	}
	return stretch{from, to}, true
}

// cuts are the marks of truncated text.
var cuts = []string{"…", "...", "[...", "(...", "(truncated", "[truncated", "<truncated", " (truncated"}

func cutFollows(text []byte) bool {
	rest := string(text[:min(len(text), 16)])
	for _, mark := range cuts {
		if strings.HasPrefix(rest, mark) {
			return true
		}
	}
	return false
}

func cutPrecedes(text []byte) bool {
	before := string(text[max(len(text)-16, 0):])
	for _, mark := range []string{"…", "...", "...]", "...)"} {
		if strings.HasSuffix(before, mark) {
			return true
		}
	}
	return false
}

// fold maps both alphabets of base64 to one.
func fold[T string | []byte](text T) []byte {
	out := []byte(text)
	for i, c := range out {
		switch c {
		case '-':
			out[i] = '+'
		case '_':
			out[i] = '/'
		}
	}
	return out
}
