// Package anonymize replaces the names in a report by placeholders such as NODE-1.
//
// The package walks over typed names and has an allow-list. The words of this program stay, and so do names
// that Kubernetes or a standard defines. The text of a server or a library is replaced by the pattern of
// pkg/errortext that matches it, or withheld. Finished sentences are never searched.
package anonymize

import (
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Placeholders of values without a finding.Kind.
const (
	// word replaces a word that no standard defines, where a word of a standard is expected.
	word finding.Kind = "word"
	// text replaces a foreign text in a command, which must stay one word.
	text finding.Kind = "text"
	// path replaces the path of a URL.
	path finding.Kind = "path"
)

// Names assigns the placeholders of one report. Equal names of a kind have the same placeholder. A name that
// looks like a placeholder is replaced like any other. Names is not safe for concurrent use.
type Names struct {
	placeholders map[finding.Name]string
	counts       map[finding.Kind]int
	said         map[string]string
	own          map[string]bool
	withheld     bool
}

// New returns Names without placeholders. The words are further words of this program, such as the titles of
// checks.
func New(own ...string) *Names {
	n := &Names{placeholders: map[finding.Name]string{}, counts: map[finding.Kind]int{}, said: map[string]string{}, own: map[string]bool{}}
	for _, w := range own {
		n.own[w] = true
	}
	return n
}

// systems are the words of the operating system and of Go around the names in an error.
var systems = sync.OnceValue(func() map[string]bool {
	out := words("open stat lstat read write readlink connect dial tcp lookup proxyconnect parse Get Post Put Patch Delete Head")
	out["dial tcp"] = true
	for number := range syscall.Errno(134) {
		out[number.Error()] = true
	}
	return out
})

// isSystem reports whether a text consists of words of the system, such as read: connection reset by peer.
func isSystem(s string) bool {
	call, problem, _ := strings.Cut(strings.TrimSuffix(s, ": "), ": ")
	return systems()[call] && (problem == "" || systems()[problem])
}

// Withheld reports whether a text was withheld because no pattern matches it.
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

// Text anonymizes a text.
func (n *Names) Text(t finding.Text) finding.Text {
	return t.Map(func(s finding.Span) finding.Span { return n.span(s, n.Said) })
}

// Command anonymizes a command. It omits a saved command, because a saved command does not mark its names.
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
	// A whole name was replaced.
	s.Most = 0
	return s
}

// Said anonymizes the text of a server or a library.
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

// Term anonymizes words of a standard, also in a list.
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
