// Package language has the rules for our texts that a test can check: the length of sentences, and the words that
// docs/glossary.md excludes. It distinguishes our words from names, code and quoted text.
package language

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// MostWords is the maximum number of words in a sentence. A name, a code span, a quotation and a list of these are
// one word each.
const MostWords = 25

// other replaces a word that is not ours.
const other = "¤"

// Rules are the tables of the glossary.
type Rules struct {
	// Terms are the words of the first column.
	Terms  []string
	banned []banned
}

// banned is a phrase that we do not use, and its replacement.
type banned struct {
	phrase, instead string
	exact           bool
}

// kept are phrases that have an excluded word for a reason: errors of the network, commands of kubectl, and sources of a credential,
// which objects name as in a command ("pod NAMESPACE/NAME").
var kept = regexp.MustCompile(`(?i:connections? (is |are |was )?refused|refused? the connection|all rights|is right to refuse it|valid types: [a-z, ]+|IAM roles for service accounts)|kubectl( [a-z]+)+|\bpods? ¤|^username$`)

// Root returns the folder of the module.
func Root() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "docs", "glossary.md")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no folder above has docs/glossary.md")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

// Load reads the rules from docs/glossary.md.
func Load() (*Rules, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "glossary.md"))
	if err != nil {
		return nil, err
	}
	return Parse(string(text))
}

// Parse reads the tables of a glossary: term, meaning, not; and not, but.
func Parse(page string) (*Rules, error) {
	r := &Rules{}
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| ---") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case cells[0] == "term" || cells[0] == "not":
		case len(cells) == 3:
			r.Terms = append(r.Terms, cells[0])
			r.ban(cells[2], cells[0])
		case len(cells) == 2:
			r.ban(cells[0], cells[1])
		default:
			return nil, fmt.Errorf("a row of %d cells: %s", len(cells), line)
		}
	}
	if len(r.Terms) == 0 || len(r.banned) == 0 {
		return nil, errors.New("the glossary has no tables")
	}
	return r, nil
}

func (r *Rules) ban(phrases, instead string) {
	for phrase := range strings.SplitSeq(phrases, ", ") {
		b := banned{phrase: phrase, instead: instead}
		// `pod` is wrong, and `Pod` is right.
		b.exact = phrase != strings.ToLower(phrase) || strings.EqualFold(phrase, instead) || strings.EqualFold(phrase, instead+"s")
		r.banned = append(r.banned, b)
	}
}

// Text returns the faults of a text of the program. It ignores the text's values.
func (r *Rules) Text(t finding.Text) []string { return r.Masked(Mask(t)) }

// Mask replaces each word of a text that is not ours with a sign.
func Mask(t finding.Text) string {
	var b strings.Builder
	for _, s := range t.Spans() {
		if s.Class == finding.Ours {
			b.WriteString(s.Value)
		} else {
			b.WriteString(other)
		}
	}
	return mask(b.String())
}

var (
	codeSpan  = regexp.MustCompile("`[^`]*`")
	quotation = regexp.MustCompile(`"[^"\n]*"|“[^”\n]*”`)
	// An apostrophe has a letter before it, a quotation none.
	singleQuotes = regexp.MustCompile(`(^|[\s(])'[^'\n]+'`)
	url          = regexp.MustCompile(`\b[a-z]+://[^\s)>]+`)
	flagOrPath   = regexp.MustCompile(`(^|[\s("])(--?[a-z][a-z0-9-]*(=\S+)?|[~.]?/[^\s,;)]*[^\s,;).]|[\w.-]+/[\w./#-]+)`)
	field        = regexp.MustCompile(`\b[a-zA-Z]+(?:\.[a-zA-Z]+)+\b`)
	bracketed    = regexp.MustCompile(`\[[^\]\n]*\]`)
	list         = regexp.MustCompile(`¤(?:(?:,? and|,? or|,|/| \||:|=|@|\.|-) ?¤)+`)
	inBrackets   = regexp.MustCompile(`\(¤+\)`)
)

// mask replaces code, quotations, addresses, flags, paths and names of fields.
func mask(s string) string {
	s = codeSpan.ReplaceAllString(s, other)
	s = quotation.ReplaceAllString(s, other)
	s = singleQuotes.ReplaceAllString(s, "$1"+other)
	s = bracketed.ReplaceAllString(s, other)
	s = url.ReplaceAllString(s, other)
	s = flagOrPath.ReplaceAllString(s, "$1"+other)
	s = field.ReplaceAllString(s, other)
	return s
}

// String says what is wrong with a text that has code spans, quotations and flags in it.
func (r *Rules) String(s string) []string { return r.Masked(mask(s)) }

// Masked says what is wrong with a masked text.
func (r *Rules) Masked(s string) []string {
	var out []string
	for _, sentence := range Sentences(s) {
		if n := words(sentence); n > MostWords {
			out = append(out, fmt.Sprintf("%d words: %s", n, sentence))
		}
		sentence = kept.ReplaceAllString(sentence, other)
		for _, b := range r.banned {
			if has(sentence, b) {
				out = append(out, fmt.Sprintf("%q (%s): %s", b.phrase, b.instead, sentence))
			}
		}
	}
	return out
}

// has reports whether a phrase is in a text, between the ends of words.
func has(s string, b banned) bool {
	phrase := b.phrase
	if !b.exact {
		s, phrase = strings.ToLower(s), strings.ToLower(phrase)
	}
	inWord := func(c byte) bool {
		return c == '-' || c == '_' || c == '/' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
	}
	for from := 0; ; {
		at := strings.Index(s[from:], phrase)
		if at < 0 {
			return false
		}
		at += from
		end := at + len(phrase)
		if (at == 0 || !inWord(s[at-1])) && (end == len(s) || !inWord(s[end])) {
			return true
		}
		from = at + 1
	}
}

var endOfSentence = regexp.MustCompile(`[.!?]["')]?\s+|\n+`)

// Sentences are the sentences of a masked text. A full stop within a number or an abbreviation ends none.
func Sentences(s string) []string {
	var out []string
	from := 0
	for _, m := range endOfSentence.FindAllStringIndex(s, -1) {
		if part := s[from:m[0]]; strings.HasSuffix(part, "e.g") || strings.HasSuffix(part, "i.e") || strings.HasSuffix(part, " v") {
			continue
		}
		out = append(out, strings.TrimSpace(s[from:m[1]]))
		from = m[1]
	}
	return append(out, strings.TrimSpace(s[from:]))
}

// words counts the words of a sentence.
func words(s string) int {
	s = inBrackets.ReplaceAllString(list.ReplaceAllString(s, other), "")
	n := 0
	for w := range strings.FieldsSeq(s) {
		if strings.ContainsFunc(w, func(r rune) bool {
			return r == '¤' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		}) {
			n++
		}
	}
	return n
}

var pronoun = regexp.MustCompile(`(?i)^(it|its|this|that|these|those|they|their|one|he|she|such)\b`)

// Detail says what is wrong with the detail of a finding or of a check, beside what Text says.
func (r *Rules) Detail(title, detail finding.Text) []string {
	out := r.Text(detail)
	if pronoun.MatchString(Mask(detail)) {
		out = append(out, "the detail begins with a pronoun: "+detail.String())
	}
	if !detail.IsZero() && strings.EqualFold(title.String(), detail.String()) {
		out = append(out, "the detail repeats the title: "+detail.String())
	}
	return out
}

var finite = regexp.MustCompile(`(?i)\b(is|are|was|were|has|have|had|does|do|can|may|must|will|could|should)\b`)

// CheckTitle says what is wrong with the title of a check, which is a noun phrase: the state of the check is said beside it.
func (r *Rules) CheckTitle(title string) []string {
	out := r.String(title)
	if finite.MatchString(title) {
		out = append(out, "the title of a check is a noun phrase: "+title)
	}
	return out
}

var (
	fence     = regexp.MustCompile("(?ms)^ *```[^\n]*\n.*?^ *```[^\n]*$")
	comment   = regexp.MustCompile(`(?s)<!--.*?-->`)
	tag       = regexp.MustCompile(`</?[a-z][^>]*>`)
	link      = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	blockHead = regexp.MustCompile(`^(#+|[-*+]|\d+\.|>) +`)
)

// Page says what is wrong with the prose of a Markdown page.
func (r *Rules) Page(page string) []string {
	var out []string
	for _, part := range Prose(page) {
		out = append(out, r.Masked(part)...)
	}
	return out
}

// Prose is the prose of a Markdown page, masked, one string for each paragraph, item, heading and cell.
func Prose(page string) []string {
	page = fence.ReplaceAllString(page, "")
	page = comment.ReplaceAllString(page, "")
	var parts []string
	within := ""
	end := func() {
		if within != "" {
			s := codeSpan.ReplaceAllString(within, other)
			s = link.ReplaceAllString(s, "$1")
			s = tag.ReplaceAllString(s, "")
			s = strings.NewReplacer("**", "", "__", "", `\|`, "¦").Replace(s)
			parts = append(parts, mask(s))
		}
		within = ""
	}
	blank := true
	for line := range strings.Lines(page) {
		trimmed := strings.TrimSpace(line)
		code := blank && strings.HasPrefix(line, "    ")
		blank = trimmed == "" || code
		switch {
		case trimmed == "" || code:
			end()
		case strings.HasPrefix(trimmed, "|"):
			end()
			for cell := range strings.SplitSeq(codeSpan.ReplaceAllString(strings.Trim(trimmed, "|"), other), "|") {
				within = strings.TrimSpace(cell)
				end()
			}
		case blockHead.MatchString(trimmed):
			end()
			within = blockHead.ReplaceAllString(trimmed, "")
		case within != "":
			within += " " + trimmed
		default:
			within = trimmed
		}
	}
	end()
	return parts
}
