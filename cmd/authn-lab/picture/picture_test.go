package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// at is the position of text in a picture, in cells, and its class.
type at struct {
	line, column, cells int
	class, text         string
}

// read parses a picture. It fails unless the picture is well-formed, has harmless elements only, and has no external
// references.
func read(t *testing.T, image []byte) (texts []at, title, desc string) {
	t.Helper()
	allowed := map[string][]string{
		"svg": {"xmlns", "width", "height", "viewBox", "role", "aria-labelledby"}, "title": {"id"}, "desc": {"id"}, "style": {},
		"rect": {"x", "y", "width", "height", "rx", "fill", "stroke"}, "path": {"d", "fill", "stroke"}, "circle": {"cx", "cy", "r", "fill"},
		"text": {"class", "x", "y", "textLength", "lengthAdjust"}, "g": {"style"},
	}
	decoder := xml.NewDecoder(bytes.NewReader(image))
	var within []string
	var text strings.Builder
	var here at
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, image)
		}
		switch token := token.(type) {
		case xml.StartElement:
			known, ok := allowed[token.Name.Local]
			if !ok {
				t.Errorf("the picture has an element <%s>", token.Name.Local)
			}
			here = at{}
			for _, a := range token.Attr {
				if !strings.Contains(" "+strings.Join(known, " ")+" ", " "+a.Name.Local+" ") {
					t.Errorf("<%s> has an attribute %s=%q", token.Name.Local, a.Name.Local, a.Value)
				}
				n, _ := strconv.Atoi(a.Value)
				switch a.Name.Local {
				case "x":
					here.column = (n - marginX) / cellWidth
				case "y":
					here.line = (n - barHeight - marginY) / lineHeight
				case "textLength":
					here.cells = n / cellWidth
				case "class":
					here.class = a.Value
				}
			}
			within = append(within, token.Name.Local)
			text.Reset()
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			switch within[len(within)-1] {
			case "text":
				here.text = text.String()
				texts = append(texts, here)
			case "title":
				title = text.String()
			case "desc":
				desc = text.String()
			case "style":
				if s := strings.ToLower(text.String()); strings.Contains(s, "url") || strings.Contains(s, "@import") {
					t.Errorf("the style names something else: %s", s)
				}
			}
			within = within[:len(within)-1]
			text.Reset()
		case xml.ProcInst, xml.Directive:
			t.Errorf("the picture has a declaration %v", token)
		}
	}
	return texts, title, desc
}

// Each character is in the cell in which a terminal shows it.
func TestCells(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []at
	}{
		{"plain", "one  two\n\n  three", []at{{0, 0, 3, "", "one"}, {0, 5, 3, "", "two"}, {2, 2, 5, "", "three"}}},
		{"colours", "\x1b[31m✗\x1b[0m \x1b[1mbold\x1b[0m\x1b[2;3mfaint\x1b[22;23;4mline\x1b[24m.", []at{
			{0, 0, 1, "c1", "✗"}, {0, 2, 4, "b", "bold"}, {0, 6, 5, "fi", "faint"}, {0, 11, 4, "u", "line"}, {0, 15, 1, "", "."},
		}},
		{"bright, default, reset without a number", "\x1b[97ma\x1b[39mb\x1b[91mc\x1b[md", []at{
			{0, 0, 1, "c15", "a"}, {0, 1, 1, "", "b"}, {0, 2, 1, "c9", "c"}, {0, 3, 1, "", "d"},
		}},
		{"colours of other palettes", "\x1b[38;5;1ma\x1b[38;2;1;2;3;4mb\x1b[48;5;31;1mc", []at{{0, 0, 1, "", "a"}, {0, 1, 1, "u", "b"}, {0, 2, 1, "bu", "c"}}},
		{"parameters of another form", "\x1b[38:2::1:2:3ma\x1b[>4mb\x1b[?1mc\x1b[1 md", []at{{0, 0, 4, "", "abcd"}}},
		{"wide", "名 a\nx日本y", []at{
			{0, 0, 2, "", "名"}, {0, 3, 1, "", "a"},
			{1, 0, 1, "", "x"}, {1, 1, 2, "", "日"}, {1, 3, 2, "", "本"}, {1, 5, 1, "", "y"},
		}},
		{"of several parts", "e\u0301 👩‍💻.", []at{{0, 0, 1, "", "e\u0301"}, {0, 2, 2, "", "👩‍💻"}, {0, 4, 1, "", "."}}},
		{"a mark on a space", "a \u0301", []at{{0, 0, 1, "", "a"}, {0, 1, 1, "", " \u0301"}}},
		{"lines", "├━━━┤ é…", []at{{0, 0, 1, "", "├"}, {0, 1, 3, "", "━━━"}, {0, 4, 1, "", "┤"}, {0, 6, 1, "", "é"}, {0, 7, 1, "", "…"}}},
		{"right to left", "אב", []at{{0, 0, 1, "", "א"}, {0, 1, 1, "", "ב"}}},
		{"spaces", "   a b  é ñ     c  ", []at{{0, 3, 3, "", "a b"}, {0, 8, 3, "", "é ñ"}, {0, 16, 1, "", "c"}}},
		{"tab", "a\tb", []at{{0, 0, 1, "", "a"}, {0, 8, 1, "", "b"}}},
		{"too long", "0123456789ab\n012345678日", []at{{0, 0, 10, "", "0123456789"}, {1, 0, 2, "", "ab"}, {2, 0, 9, "", "012345678"}, {3, 0, 2, "", "日"}}},
		{"a tab at the end", "012345678\tb", []at{{0, 0, 9, "", "012345678"}, {1, 0, 1, "", "b"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			columns := 80
			if strings.Contains(c.text, "012345678") {
				columns = 10
			}
			got, _, _ := read(t, Picture{Text: c.text, Columns: columns}.SVG(Light))
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(at{})); diff != "" {
				t.Errorf("(-want +drawn)\n%s", diff)
			}
		})
	}
}

// Foreign text is never markup.
func TestHostile(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`</text><script>alert(1)</script>`, `</text><script>alert(1)</script>`},
		{`]]> &lt; <!--`, `]]> &lt; <!--`},
		{"a\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x07b", "alinkb"},
		{"a\x1b]0;title\u009cb", "ab"},
		{"a\x1bPquery\x1b\\b\x1b_x\x1b\\c\x1b^y\x1b\\d\x1bXz\x1b\\e", "abcde"},
		{"a\x1b[2J\x1b[10;10H\x1b[?25lb", "ab"},
		{"a\x1b(Bb\x1b7c\x1b#8d", "abcd"},
		{"a\u009b31mb\u009d0;x\ac\u0085d", "abcd"},
		{"a\r\bb\x00c\x7fd\ve\f", "abcde"},
		{"never ends: \x1b]0;abc", "never ends:"},
		{"never ends: \x1b[3", "never ends:"},
		{"never ends: \x1b", "never ends:"},
		{"a\x1b[31\nb", "a\nb"},
		{"a\u202eb\u2066c\u200bd\ufeffe\u00adf\u2028g", "abcdefg"},
		{"a\xffb\xc3(\ufffe\uffff", "a\ufffdb\ufffd(\ufffd\ufffd"},
		{"a" + strings.Repeat("\u0300", 100), "a" + strings.Repeat("\u0300", mostMarks-1)},
	} {
		texts, _, _ := read(t, Picture{Text: c.text}.SVG(Dark))
		var got strings.Builder
		line := 0
		for _, x := range texts {
			for ; line < x.line; line++ {
				got.WriteByte('\n')
			}
			got.WriteString(x.text)
		}
		if got.String() != c.want && got.String() != strings.ReplaceAll(c.want, " ", "") {
			t.Errorf("%q is drawn as %q, want %q", c.text, got.String(), c.want)
		}
	}
	_, title, desc := read(t, Picture{Title: "a\x1b[31m<b>\u202e\n日本", Description: "</desc><script/>"}.SVG(Dark))
	if title != "a<b> 日本" || desc != "</desc><script/>" {
		t.Errorf("title %q, description %q", title, desc)
	}
}

// A background covers all of its cells, also spaces and text of several runs.
func TestGrounds(t *testing.T) {
	text := "\x1b[30;42m ✓ yes \x1b[0m \x1b[7;91m✗\x1b[27m no\x1b[43mmaybe\x1b[103m\x1b[49;7m.\x1b[0m"
	for _, theme := range Themes {
		var got []run
		for _, line := range show(text, 80) {
			got = append(got, grounds(line, theme)...)
		}
		want := []run{{text: theme.grounds[2], cells: 7}, {text: theme.colors[9], column: 8, cells: 1},
			{text: theme.grounds[3], column: 12, cells: 5}, {text: theme.colors[9], column: 17, cells: 1}}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(run{}, style{})); diff != "" {
			t.Errorf("%s (-want +drawn)\n%s", theme.Name, diff)
		}
		image := string(Picture{Text: text}.SVG(theme))
		if n := strings.Count(image, "<rect"); n != 1+len(want) {
			t.Errorf("%d rectangles for the window and %d grounds:\n%s", n, len(want), image)
		}
		read(t, []byte(image))
	}
}

// Box-drawing characters meet, and letters are not stretched.
func TestLinesMeet(t *testing.T) {
	for _, line := range strings.Split(string(Picture{Text: "─●█ word"}.SVG(Light)), "\n") {
		if stretched := strings.Contains(line, `lengthAdjust="spacingAndGlyphs"`); strings.HasPrefix(line, "<text") && stretched != strings.ContainsAny(line, "─█") {
			t.Errorf("stretched: %t: %s", stretched, line)
		}
	}
}

func TestPrompt(t *testing.T) {
	got, _, _ := read(t, Picture{Text: Prompt("kubectl get pods") + "No resources"}.SVG(Light))
	want := []at{{0, 0, 1, "f", "$"}, {0, 2, 16, "b", "kubectl get pods"}, {1, 0, 12, "", "No resources"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(at{})); diff != "" {
		t.Errorf("(-want +drawn)\n%s", diff)
	}
}

// Text is readable in each colour and both themes.
func TestContrast(t *testing.T) {
	for _, theme := range Themes {
		for n := range 17 * 17 {
			c := style{color: color(n / 17), ground: color(n % 17)}
			for i := range 8 {
				c.bold, c.faint, c.inverse = i&1 > 0, i&2 > 0, i&4 > 0
				text, ground := theme.of(c)
				if ground == "" {
					ground = theme.background
				}
				if ratio := contrast(t, text, ground); ratio < 4.5 {
					t.Errorf("%s: %+v: %s on %s has a contrast of %.2f, want 4.5", theme.Name, c, text, ground, ratio)
				}
			}
		}
	}
}

// contrast is the contrast ratio of WCAG 2.1.
func contrast(t *testing.T, a, b string) float64 {
	luminance := func(c string) float64 {
		var rgb [3]uint8
		if _, err := fmt.Sscanf(c, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
			t.Fatalf("%q is no color: %v", c, err)
		}
		var sum float64
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			v := float64(rgb[i]) / 255
			if v <= 0.04045 {
				v /= 12.92
			} else {
				v = math.Pow((v+0.055)/1.055, 2.4)
			}
			sum += weight * v
		}
		return sum
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// For any text, the picture is well-formed, nothing is outside the window, and the bytes are the same each time.
func FuzzSVG(f *testing.F) {
	for _, seed := range []string{"", "plain\n", "\x1b[31m✗\x1b[0m 日本", "<&>\"'", "\x1b]0;x\a\u009b1m\u202e", "👩‍💻e\u0301\xff\ufffe", "\t\t\t"} {
		f.Add(seed, 3)
		f.Add(seed, 80)
	}
	f.Fuzz(func(t *testing.T, text string, columns int) {
		columns = 2 + int(uint(columns)%200)
		p := Picture{Title: text, Description: text, Columns: columns, Text: text}
		image := p.SVG(Dark)
		if !bytes.Equal(image, p.SVG(Dark)) {
			t.Error("drawn twice, it differs")
		}
		texts, _, _ := read(t, image)
		for _, x := range texts {
			if x.column < 0 || x.column+x.cells > columns || x.cells < 1 {
				t.Errorf("%+v sticks out of %d columns", x, columns)
			}
			if i := strings.IndexFunc(x.text, unicode.IsControl); i >= 0 {
				t.Errorf("a control character in %q", x.text)
			}
		}
	})
}

// The commands of a session appear word by word, before their output. With reduced motion nothing moves, and the still picture
// has the whole session.
func TestSession(t *testing.T) {
	p := Picture{Session: []Entry{{"kubectl get pods", "error: Unauthorized\n"}, {"kubectl authn explain", "\x1b[1mRejected\x1b[0m\n"}}}
	image := p.SVG(Themes[0])
	texts, _, _ := read(t, image)
	var got []string
	for _, a := range texts {
		got = append(got, fmt.Sprintf("%d:%d %s", a.line, a.column, a.text))
	}
	want := []string{
		"0:0 $", "0:2 kubectl", "0:10 get", "0:14 pods", "1:0 error: Unauthorized",
		"3:0 $", "3:2 kubectl", "3:10 authn", "3:16 explain", "4:0 Rejected",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the picture shows (-want +got):\n%s", diff)
	}
	last := -1
	for _, m := range regexp.MustCompile(`animation-delay:(\d+)ms`).FindAllStringSubmatch(string(image), -1) {
		at, err := strconv.Atoi(m[1])
		if err != nil || at < last {
			t.Errorf("after %d ms something appears at %s ms", last, m[1])
		}
		last = at
	}
	if last < 1000 || last > 10000 {
		t.Errorf("the last line appears after %d ms", last)
	}
	if !strings.Contains(string(image), "@media (prefers-reduced-motion:no-preference){g{animation:") {
		t.Error("the picture moves for readers who want less motion")
	}
	if still := (Picture{Text: "x"}).SVG(Themes[0]); strings.Contains(string(still), "animation") {
		t.Error("a picture without a session is animated")
	}
}
