package terminal

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// difference is a value in which the part that differs from another value is marked.
type difference struct{ before, here, after string }

// differ compares the values of two rows. Only values of one kind are compared, such as two issuers, and only if
// they have much in common. UIDs and kids differ as a whole.
func differ(of, from document.Row) (d difference, ok bool) {
	a, kind := oneName(of)
	b, other := oneName(from)
	if kind == "" || kind != other || a == b {
		return d, false
	}
	if rare[kind] {
		return difference{here: a}, true
	}
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && !(n == len(a) || utf8.RuneStart(a[n])) {
		n--
	}
	d.before = a[:n]
	a, b = a[n:], b[n:]
	n = 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	for n > 0 && !utf8.RuneStart(a[len(a)-n]) {
		n--
	}
	d.here, d.after = a[:len(a)-n], a[len(a)-n:]
	return d, 2*len(d.before+d.after) >= max(len(a), len(b))
}

// oneName returns the value of a row and the kind of its only name.
func oneName(r document.Row) (value string, kind finding.Kind) {
	if len(r.Value) != 1 {
		return "", ""
	}
	for _, s := range r.Value[0].Text.Spans() {
		switch {
		case s.Class == finding.Named && kind == "":
			kind = s.Kind
		case s.Class != finding.Ours:
			return "", ""
		}
	}
	return plain((&page{}).pieces(r.Value)), kind
}

// pieces returns the value with the difference in bold.
func (d difference) pieces() []piece {
	return []piece{{text: d.before}, {text: d.here, style: bold}, {text: d.after}}
}

// carets marks the difference on the line below the value if there is no bold; empty if the whole values differ.
func (d difference) carets() string {
	if d.before+d.after == "" {
		return ""
	}
	return strings.Repeat(" ", ansi.StringWidth(d.before)) + strings.Repeat("^", max(ansi.StringWidth(d.here), 1))
}
