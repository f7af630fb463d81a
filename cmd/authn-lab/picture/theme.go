package picture

// A Theme has the colours of a terminal. A test requires the contrast of WCAG 2.1 (1.4.3), 4.5 to 1, for all text
// colours, on the window's background and on each background colour.
type Theme struct {
	Name string
	// The window and its parts.
	background, bar, border, dot string
	// text, strong and faint are the colours of plain, bold and faint text.
	text, strong, faint string
	// colors are black, red, green, yellow, blue, magenta, cyan and white, and their bright forms.
	colors [16]string
	// ink is the colour of text on a coloured background, and grounds are the background colours.
	ink     string
	grounds [16]string
}

// Themes are all themes.
var Themes = []Theme{Light, Dark}

var (
	Light = Theme{
		Name:       "light",
		background: "#ffffff", bar: "#f4f6f8", border: "#d3d9e0", dot: "#c9d0d8",
		text: "#24292f", strong: "#0d1117", faint: "#646d78",
		colors: [16]string{
			"#24292f", "#c3241d", "#167a35", "#8a5a00", "#0b5bc0", "#7c3bbf", "#0a6c7c", "#646d78",
			"#57606a", "#a81c16", "#10652b", "#734b00", "#094b9e", "#672fa0", "#085967", "#4b535c",
		},
		ink: "#0d1117",
		grounds: [16]string{
			"#b4bcc5", "#f5a39d", "#8ed6a2", "#f2cf63", "#9cc6f7", "#d9b8f5", "#8fd9e0", "#dde2e7",
			"#c7ced6", "#f9beb9", "#abe2ba", "#f7df95", "#bcd9fa", "#e7d1f9", "#b2e5ea", "#eceff2",
		},
	}
	Dark = Theme{
		Name:       "dark",
		background: "#141a22", bar: "#1b222c", border: "#38414c", dot: "#434d59",
		text: "#d3dae2", strong: "#f3f6f9", faint: "#8f99a5",
		colors: [16]string{
			"#8f99a5", "#ff7d74", "#58cf6d", "#e2b33f", "#7ab7ff", "#d0a6ff", "#56cfd9", "#d3dae2",
			"#a7b0ba", "#ff9d96", "#7fdd8f", "#eec765", "#9ccaff", "#dfc2ff", "#82dfe6", "#f3f6f9",
		},
		ink: "#0d1117",
		grounds: [16]string{
			"#8f99a5", "#ff7d74", "#58cf6d", "#e2b33f", "#7ab7ff", "#d0a6ff", "#56cfd9", "#d3dae2",
			"#a7b0ba", "#ff9d96", "#7fdd8f", "#eec765", "#9ccaff", "#dfc2ff", "#82dfe6", "#f3f6f9",
		},
	}
)

// of returns the colours of text in a style and of its background; the latter is empty for the window's background.
func (t Theme) of(s style) (text, ground string) {
	switch {
	case s.inverse && s.ground > 0:
		return t.colors[s.ground-1], ""
	case s.inverse:
		s.inverse = false
		text, _ = t.of(s)
		return t.background, text
	case s.ground > 0:
		return t.ink, t.grounds[s.ground-1]
	case s.color > 0:
		return t.colors[s.color-1], ""
	case s.faint:
		return t.faint, ""
	case s.bold:
		return t.strong, ""
	default:
		return t.text, ""
	}
}
