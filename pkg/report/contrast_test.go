package report

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

// The minimum contrast of a color, by its code. docs/design.md has the reasons.
const (
	// leastGround is for text on a background: the minimum of WCAG 2.1 for graphics and large text (1.4.3,
	// 1.4.11).
	leastGround = 3
	// leastCommand is for commands: the same except for a rounding, in all themes. A command is alone on its line,
	// indented.
	leastCommand = 2.9
	// leastMark is for marks and lines, for which WCAG 2.1 has no minimum because a word says the same.
	leastMark = 2.5
)

func leastOf(code string) float64 {
	switch code {
	case "36":
		return leastCommand
	case "32", "33", "91":
		return leastMark
	}
	return leastGround
}

// themes are the default colors of terminals, from black to bright white, and their backgrounds. A terminal that
// reports a light background (output.Light) is a separate theme.
var themes = []struct{ name, colors, backgrounds string }{
	{"xterm", "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff", "000000"},
	{saysLight, "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff", "ffffff"},
	{"GNOME", "171421 c01c28 26a269 a2734c 12488b a347ba 2aa1b3 d0cfcc 5e5c64 f66151 33d17a e9ad0c 2a7bde c061cb 33c7de ffffff", "1e1e1e ffffff"},
	{"Ubuntu, Tango", "2e3436 cc0000 4e9a06 c4a000 3465a4 75507b 06989a d3d7cf 555753 ef2929 8ae234 fce94f 729fcf ad7fa8 34e2e2 eeeeec", "300a24 ffffff 2e3436 000000"},
	{"macOS Basic", "000000 990000 00a600 999900 0000b2 b200b2 00a6b2 bfbfbf 666666 e50000 00d900 e5e500 0000ff e500e5 00e5e5 e5e5e5", "ffffff 000000"},
	{"VS Code, dark", "000000 cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd e5e5e5 666666 f14c4c 23d18b f5f543 3b8eea d670d6 29b8db e5e5e5", "1e1e1e 181818"},
	{"VS Code, light", "000000 cd3131 107c10 949800 0451a5 bc05bc 0598bc 555555 666666 cd3131 14ce14 b5ba00 0451a5 bc05bc 0598bc a5a5a5", "ffffff f8f8f8"},
	{"Windows, Campbell", "0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc 767676 e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6 f2f2f2", "0c0c0c"},
	{"Windows, One Half Dark", "282c34 e06c75 98c379 e5c07b 61afef c678dd 56b6c2 dcdfe4 5a6374 e06c75 98c379 e5c07b 61afef c678dd 56b6c2 dcdfe4", "282c34"},
	{"Windows, One Half Light", "383a42 e45649 50a14f c18301 0184bc a626a4 0997b3 fafafa 4f525d df6c75 98c379 e4c07a 61afef c577dd 56b5c1 ffffff", "fafafa"},
	{"Windows, Solarized", "002b36 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5 073642 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3", "002b36 fdf6e3"},
	{"Solarized", "073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5 002b36 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3", "002b36 fdf6e3"},
}

const saysLight = "xterm, light"

// Every color is readable in each theme, light or dark. Other text has the theme's own color.
func TestContrast(t *testing.T) {
	for _, light := range []bool{false, true} {
		used := map[string]bool{}
		for name, x := range reports {
			var out bytes.Buffer
			if err := (&Printer{W: &out, Width: 80, Color: true, Light: light, Now: now}).print(x); err != nil {
				t.Fatal(name, err)
			}
			for _, code := range sgr.FindAllString(out.String(), -1) {
				used[strings.TrimSuffix(strings.TrimPrefix(code, "\x1b["), "m")] = true
			}
		}
		for code := range used {
			if code == "0" || code == "1" || code == "2" {
				// The theme's own text color, bold or faint.
				continue
			}
			worst := math.Inf(1)
			for _, theme := range themes {
				if (theme.name == saysLight) != light {
					continue
				}
				for background := range strings.FieldsSeq(theme.backgrounds) {
					front, ground, err := shown(code, strings.Fields(theme.colors), background)
					if err != nil {
						t.Fatal(err)
					}
					got := contrast(t, front, ground)
					worst = min(worst, got)
					if got < leastOf(code) {
						t.Errorf("%q has a contrast of %.2f in the theme %s on %s", code, got, theme.name, background)
					}
				}
			}
			t.Logf("light %t: the worst contrast of %s is %.2f", light, code, worst)
		}
		want := []string{"30;42", "30;43", "7;91", "1", "2", "91"}
		if !light {
			want = append(want, "36", "32", "33")
		}
		for _, want := range want {
			if !used[want] {
				t.Errorf("no report has %q: the test holds nothing of it", want)
			}
		}
	}
}

// shown returns the color of a text and its background, without those that depend on the theme's own text color.
func shown(code string, colors []string, background string) (front, ground string, err error) {
	ground, reverse := background, false
	for part := range strings.SplitSeq(code, ";") {
		n, err := strconv.Atoi(part)
		switch {
		case err != nil:
			return "", "", err
		case n == 7:
			reverse = true
		case n >= 30 && n < 38:
			front = colors[n-30]
		case n >= 40 && n < 48:
			ground = colors[n-40]
		case n >= 90 && n < 98:
			front = colors[n-90+8]
		case n >= 100 && n < 108:
			ground = colors[n-100+8]
		default:
			return "", "", fmt.Errorf("%q is none of the sixteen colours", code)
		}
	}
	if front == "" {
		return "", "", fmt.Errorf("%q leaves the colour of the text to the theme", code)
	}
	if reverse {
		front, ground = ground, front
	}
	return front, ground, nil
}

// contrast is the ratio of the luminances of two colors (WCAG 2.1).
func contrast(t *testing.T, a, b string) float64 {
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(t *testing.T, color string) float64 {
	t.Helper()
	rgb, err := strconv.ParseUint(color, 16, 24)
	if err != nil || len(color) != 6 {
		t.Fatalf("%q is no colour: %v", color, err)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(rgb>>(16-8*i)&0xff) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
