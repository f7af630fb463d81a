package terminal

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// A style is how a stretch of text looks. Of the sixteen colours none can be
// read as text on every theme's background, light or dark, but bright red: green, yellow
// and cyan are lost on white, blue and magenta on black. So colour is the ground that
// black stands on, and words that have none are in the terminal's own colours.
// TestContrast holds the pairs against common themes.
type style int

const (
	normal style = iota
	bold
	onGreen
	onYellow
	onRed // the theme's background on bright red
)

// The colours of the terminal's own theme.
const (
	black     = lipgloss.ANSIColor(0)
	green     = lipgloss.ANSIColor(2)
	yellow    = lipgloss.ANSIColor(3)
	brightRed = lipgloss.ANSIColor(9)
)

// stylesOf are the styles of one renderer. It is told both what it would otherwise query the
// terminal for: an answer may take seconds, or never come.
func stylesOf(color bool) map[style]lipgloss.Style {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetHasDarkBackground(true)
	r.SetColorProfile(termenv.Ascii)
	if color {
		r.SetColorProfile(termenv.ANSI)
	}
	return map[style]lipgloss.Style{
		normal:   r.NewStyle(),
		bold:     r.NewStyle().Bold(true),
		onGreen:  r.NewStyle().Foreground(black).Background(green),
		onYellow: r.NewStyle().Foreground(black).Background(yellow),
		onRed:    r.NewStyle().Reverse(true).Foreground(brightRed),
	}
}

func styleOf(m document.Mark) style {
	switch m {
	case document.Yes:
		return onGreen
	case document.No:
		return onRed
	case document.Warning, document.Unknown:
		return onYellow
	case document.Info, document.ToDo:
		return bold
	default:
		return normal
	}
}

// A piece is text in one style.
type piece struct {
	text  string
	style style
	whole bool // not broken at its spaces
}

// render is pieces with their styles, each stretch of one style as a whole.
func (p *page) render(pieces ...piece) string {
	out := ""
	for i := 0; i < len(pieces); {
		text, style := "", pieces[i].style
		for ; i < len(pieces) && pieces[i].style == style; i++ {
			text += pieces[i].text
		}
		if text != "" {
			out += p.styles[style].Render(text)
		}
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
