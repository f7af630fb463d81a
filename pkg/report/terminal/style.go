package terminal

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// A style is how a stretch of text looks. docs/design.md says which colours were measured against
// which themes, and TestContrast holds the minimum of each.
type style int

const (
	normal style = iota
	bold
	// faint is what one rarely needs.
	faint
	// command is what one pastes.
	command
	// yes, no and doubt are the colours of marks and lines, which words repeat.
	yes
	no
	doubt
	// badgeYes, badgeNo and badgeDoubt are the ground of the verdict.
	badgeYes
	badgeNo
	badgeDoubt
)

// The colours of the terminal's own theme.
const (
	black     = lipgloss.ANSIColor(0)
	green     = lipgloss.ANSIColor(2)
	yellow    = lipgloss.ANSIColor(3)
	cyan      = lipgloss.ANSIColor(6)
	brightRed = lipgloss.ANSIColor(9)
)

// stylesOf are the styles of one renderer. It is told both the colours and the background: asked
// for, an answer of the terminal may take seconds, or never come.
func stylesOf(color, light bool) map[style]lipgloss.Style {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetHasDarkBackground(!light)
	r.SetColorProfile(termenv.Ascii)
	if color {
		r.SetColorProfile(termenv.ANSI)
	}
	strong := r.NewStyle().Bold(true)
	styles := map[style]lipgloss.Style{
		normal:     r.NewStyle(),
		bold:       strong,
		faint:      r.NewStyle().Faint(true),
		command:    r.NewStyle().Foreground(cyan),
		yes:        r.NewStyle().Foreground(green),
		no:         r.NewStyle().Foreground(brightRed),
		doubt:      r.NewStyle().Foreground(yellow),
		badgeYes:   r.NewStyle().Foreground(black).Background(green),
		badgeNo:    r.NewStyle().Reverse(true).Foreground(brightRed),
		badgeDoubt: r.NewStyle().Foreground(black).Background(yellow),
	}
	if light {
		// The terminals that say so have colours which are lost on white.
		styles[command], styles[yes], styles[doubt] = strong, strong, strong
	}
	return styles
}

// ofMark are the colour of a mark, and the ground of a verdict with it.
var ofMark = map[document.Mark]struct{ style, badge style }{
	document.Yes:     {yes, badgeYes},
	document.No:      {no, badgeNo},
	document.Warning: {doubt, badgeDoubt},
	document.Unknown: {doubt, badgeDoubt},
}

func styleOf(m document.Mark) style { return ofMark[m].style }

func badgeOf(m document.Mark) style {
	if of, ok := ofMark[m]; ok {
		return of.badge
	}
	return bold
}

// rare are the kinds of names that nobody reads, but compares or pastes.
var rare = map[finding.Kind]bool{
	finding.UID: true, finding.AuditID: true, finding.TokenID: true, finding.KeyID: true,
	finding.Thumbprint: true, finding.Fingerprint: true, finding.SerialNumber: true,
}

// A piece is text in one style.
type piece struct {
	text  string
	style style
	link  string // where it leads to
	whole bool   // not broken at its spaces
}

// render is pieces with their styles, each stretch of one style as a whole.
func (p *page) render(pieces ...piece) string {
	out := ""
	for i := 0; i < len(pieces); {
		text, style, link := "", pieces[i].style, pieces[i].link
		for ; i < len(pieces) && pieces[i].style == style && pieces[i].link == link; i++ {
			text += pieces[i].text
		}
		if text == "" {
			continue
		}
		text = p.styles[style].Render(text)
		if link != "" && p.Links {
			text = ansi.SetHyperlink(link) + text + ansi.ResetHyperlink()
		}
		out += text
	}
	return out
}

func plain(pieces []piece) string {
	out := ""
	for _, one := range pieces {
		out += one.text
	}
	return out
}

// width is how many cells of a terminal pieces take.
func width(pieces []piece) int { return ansi.StringWidth(plain(pieces)) }
