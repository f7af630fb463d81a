// Package anonymize replaces the names in a report by placeholders such as NODE-1.
//
// It is a walk over what is known as a name, with an allow-list: the words of this program stay,
// a name passes where Kubernetes or a standard defines it, and the text of a server or a library
// goes out as the pattern of pkg/errortext that recognised it, or not at all. Nothing is searched
// for in finished sentences.
package anonymize

import (
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Placeholders of what is no name of a finding.Kind.
const (
	// word is one that no standard defines, in the place of one that a standard does.
	word finding.Kind = "word"
	// text is a foreign text in a command, where the words of errortext.Withheld would be several.
	text finding.Kind = "text"
	// path is that of a URL.
	path finding.Kind = "path"
)

// Names hands out the placeholders of one report. The same name of the same kind gets the same
// one wherever it stands. A name that looks like a placeholder is replaced as any other is. It is
// not safe for concurrent use.
type Names struct {
	placeholders map[finding.Name]string
	counts       map[finding.Kind]int
	said         map[string]string
	own          map[string]bool
	withheld     bool
}

// New returns Names that have handed out nothing. The words are those of this program beside
// what this package knows, such as the titles of checks.
func New(own ...string) *Names {
	n := &Names{placeholders: map[finding.Name]string{}, counts: map[finding.Kind]int{}, said: map[string]string{}, own: map[string]bool{}}
	for _, w := range own {
		n.own[w] = true
	}
	return n
}

// systems are the words of the system and of Go that stand around the names in an error.
var systems = sync.OnceValue(func() map[string]bool {
	out := words("open stat lstat read write readlink connect dial tcp lookup proxyconnect parse Get Post Put Patch Delete Head")
	out["dial tcp"] = true
	for number := range syscall.Errno(134) {
		out[number.Error()] = true
	}
	return out
})

// isSystem reports whether a text is a system's own: read: connection reset by peer.
func isSystem(s string) bool {
	call, problem, _ := strings.Cut(strings.TrimSuffix(s, ": "), ": ")
	return systems()[call] && (problem == "" || systems()[problem])
}

// Withheld reports whether a text was withheld that no pattern knows.
func (n *Names) Withheld() bool { return n.withheld }

func (n *Names) placeholder(kind finding.Kind, value string) string {
	if value == "" {
		return ""
	}
	name := kind.Of(value)
	p, ok := n.placeholders[name]
	if !ok {
		n.counts[kind]++
		p = strings.ToUpper(string(kind)) + "-" + strconv.Itoa(n.counts[kind])
		n.placeholders[name] = p
	}
	return p
}

// Text is a text without somebody's names.
func (n *Names) Text(t finding.Text) finding.Text {
	return t.Map(func(s finding.Span) finding.Span { return n.span(s, n.Said) })
}

// Command is a command without somebody's names. There is none where it was saved: of its words
// nobody knows which are names.
func (n *Names) Command(c finding.Command) finding.Command {
	if c.IsSaved() {
		n.withheld = true
		return finding.Command{}
	}
	return c.Map(func(s finding.Span) finding.Span {
		return n.span(s, func(said string) string { return n.placeholder(text, said) })
	})
}

func (n *Names) span(s finding.Span, said func(string) string) finding.Span {
	switch s.Class {
	case finding.Ours:
		return s
	case finding.Named:
		s.Value = n.Name(s.Kind, s.Value)
	case finding.Term:
		s.Value = n.Term(s.Value)
	default:
		s.Value = said(s.Value)
	}
	// The whole of a name was replaced, and a pattern is no longer than it has to be.
	s.Most = 0
	return s
}

// Said is what may be known of the text of a server or a library.
func (n *Names) Said(foreign string) string {
	switch {
	case strings.TrimSpace(foreign) == "":
		return ""
	case n.own[foreign], isSystem(foreign), foreign == errortext.Withheld:
		return foreign
	}
	if out, ok := n.said[foreign]; ok {
		return out
	}
	out := n.Text(errortext.Wording(foreign)).String()
	if out == "" {
		out, n.withheld = errortext.Withheld, true
	}
	n.said[foreign] = out
	return out
}

// Term is a word that a standard defines; each word of several, and of a list.
func (n *Names) Term(words string) string {
	if n.isTerm(words) {
		return words
	}
	parts := strings.FieldsFunc(words, isSeparator)
	if len(parts) > 20 || len(parts) == 1 && parts[0] == words {
		return n.placeholder(word, words)
	}
	var out strings.Builder
	for _, p := range parts {
		at := strings.Index(words, p)
		out.WriteString(words[:at])
		words = words[at+len(p):]
		if !n.isTerm(p) {
			p = n.placeholder(word, p)
		}
		out.WriteString(p)
	}
	return out.String() + words
}

func isSeparator(r rune) bool { return strings.ContainsRune(" ,;()[]\"", r) }
