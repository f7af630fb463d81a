package terminal

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// A style is the look of a text. docs/design.md lists the themes for which the colors were measured, and
// TestContrast checks the minimum contrast of each.
type style int

const (
	normal style = iota
	bold
	// faint is for text that is rarely needed.
	faint
	// command is for text to paste.
	command
	// yes, no and doubt are the colors of marks and lines, whose words say the same.
	yes
	no
	doubt
	// badgeYes, badgeNo and badgeDoubt are the background of the verdict.
	badgeYes
	badgeNo
	badgeDoubt
)

// The colors of the terminal's own theme.
const (
	black     = lipgloss.ANSIColor(0)
	green     = lipgloss.ANSIColor(2)
	yellow    = lipgloss.ANSIColor(3)
	cyan      = lipgloss.ANSIColor(6)
	brightRed = lipgloss.ANSIColor(9)
)

// stylesOf returns the styles of one renderer. It sets the colors and the background, because lipgloss would
// otherwise query the terminal, whose answer may take seconds or never come.
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
		// The terminals that report a light background have colors that are hard to read on white.
		styles[command], styles[yes], styles[doubt] = strong, strong, strong
	}
	return styles
}

// ofMark has the color of each mark, and the background of a verdict with it.
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

// rare are the kinds of names that are only compared or pasted.
var rare = map[finding.Kind]bool{
	finding.UID: true, finding.AuditID: true, finding.TokenID: true, finding.KeyID: true,
	finding.Thumbprint: true, finding.Fingerprint: true, finding.SerialNumber: true,
}

// A piece is text in one style.
type piece struct {
	text  string
	style style
	link  string // the URL of a hyperlink
	whole bool   // not broken at spaces
}

// render styles pieces. Adjacent pieces of one style are one stretch.
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

// width is the width of pieces in cells.
func width(pieces []piece) int { return ansi.StringWidth(plain(pieces)) }
