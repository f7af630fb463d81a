package token

import (
	"slices"
	"strings"
	"unicode"
)

// RedactLines is Redact for the lines of a text. It also finds a credential that was broken into
// several lines, of the text or of a string in it. It returns as many lines.
func RedactLines(lines []string) []string {
	text := strings.Join(lines, "\n")
	found := findCertain(text, nil)
	at := 0
	for _, line := range lines {
		for _, s := range findLikely(line, nil) {
			found = append(found, stretch{at + s.from, at + s.to})
		}
		at += len(line) + 1
	}
	if flat := flatten(text); flat.breaks != nil {
		joined := string(flat.text)
		broken := findCertain(joined, nil)
		if lower := strings.ToLower(joined); strings.Contains(lower, "bearer") || strings.Contains(lower, "authorization") || strings.Contains(lower, `"token`) || strings.Contains(lower, `token\"`) {
			broken = findLikely(joined, broken)
		}
		for _, s := range broken {
			if s := flat.stretch(text, s); text[s.from:s.to] != "token" {
				// The message invalid bearer token may end a line.
				found = append(found, s)
			}
		}
	}
	if len(found) == 0 {
		return lines
	}
	return strings.Split(replacedLines(text, found, true), "\n")
}

// flatText is a text without its line breaks.
type flatText struct {
	view
	// breaks are the places in the text at which a line break was.
	breaks []int
}

// flatten removes line breaks, also those that are escaped in a string, with the spaces around them.
func flatten(text string) flatText {
	if !strings.Contains(text, "\n") && !strings.Contains(text, `\n`) && !strings.Contains(text, `\r`) {
		return flatText{}
	}
	out := flatText{view: view{text: make([]byte, 0, len(text)), from: make([]int32, 0, len(text)+1)}}
	for i := 0; i < len(text); {
		n := breakAt(text[i:])
		if n == 0 {
			out.text, out.from = append(out.text, text[i]), append(out.from, int32(i))
			i++
			continue
		}
		for len(out.text) > 0 && out.text[len(out.text)-1] == ' ' {
			out.text, out.from = out.text[:len(out.text)-1], out.from[:len(out.from)-1]
		}
		out.breaks = append(out.breaks, len(out.text))
		i += n
	}
	out.from = append(out.from, int32(len(text)))
	return out
}

// maxBackslashes bounds how far the escapes of one character are read.
const maxBackslashes = 64

// breakAt returns the length of the line break at the start of a text, with the spaces after it.
func breakAt(text string) int {
	n := 0
	switch text[0] {
	case '\n':
		n = 1
	case '\\':
		escape := strings.TrimLeft(text[:min(len(text), maxBackslashes)], `\`)
		if escape == "" || escape[0] != 'n' && escape[0] != 'r' && escape[0] != '\n' {
			return 0
		}
		n = min(len(text), maxBackslashes) - len(escape) + 1
	default:
		return 0
	}
	for n < len(text) && text[n] == ' ' {
		n++
	}
	return n
}

// stretch returns the stretch of the original text for a stretch of the flat text, without the
// words of the next line that only follow a credential.
func (f *flatText) stretch(text string, s stretch) stretch {
	first, _ := slices.BinarySearch(f.breaks, s.from+1)
	for i := first; i < len(f.breaks) && f.breaks[i] < s.to; i++ {
		at, end := f.breaks[i], s.to
		if i+1 < len(f.breaks) {
			end = min(end, f.breaks[i+1])
		}
		fills := end == len(f.text) || i+1 < len(f.breaks) && end == f.breaks[i+1]
		if !continues(string(f.text[s.from:at]), string(f.text[at:end]), string(f.text[end:min(len(f.text), end+1)]), fills) {
			s.to = at
			break
		}
	}
	// The end of a stretch at a break is before the break.
	to := f.start(s.to)
	if s.to > s.from {
		to = f.start(s.to-1) + 1
	}
	return stretch{f.start(s.from), to}
}

// signatures are the lengths of signatures in base64url.
var signatures = []int{43, 64, 86, 128, 171, 176, 342, 512, 683}

// continues reports whether a word at the beginning of a line continues the credential at the end
// of the line before it. next is what follows the word; with fills, nothing does.
func continues(credential, word, next string, fills bool) bool {
	const (
		longest  = 16 // a longer word of a token's characters that fills its line is no word
		shortest = 3
	)
	if strings.HasPrefix(credential, "ey") && strings.Count(credential, ".") < 2 {
		return true
	}
	signature := credential[strings.LastIndexByte(credential, '.')+1:]
	switch {
	case slices.Contains(signatures, len(signature)+len(word)), fills && (len(word) >= longest || len(word) <= shortest):
		return true
	case next == ":" || word == "":
		return false
	case len(word) == len("E0524") && strings.IndexByte("IWEF", word[0]) >= 0 && strings.Trim(word[1:], "0123456789") == "":
		// A line of klog.
		return false
	}
	letters, digits := strings.IndexFunc(word, unicode.IsLetter) >= 0, strings.IndexFunc(word, unicode.IsDigit) >= 0
	upper := strings.IndexFunc(word[1:], unicode.IsUpper) >= 0 && strings.IndexFunc(word, unicode.IsLower) >= 0
	return letters && digits || upper
}
