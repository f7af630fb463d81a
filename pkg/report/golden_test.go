package report

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

var update = flag.Bool("update", false, "write the golden files anew")

// reports are all results that can be printed as text, by the name of their golden files.
var reports = map[string]result{
	"explain-rejected":    explainExpired(),
	"explain-accepted":    explainAccepted(),
	"explain-wrapped":     explainWrapped(),
	"explain-undecided":   explainUnreachable(),
	"explain-anonymous":   explainAnonymous(),
	"explain-repeated":    explainRepeated(),
	"explain-steady":      explainSteady(),
	"explain-each-server": explainEachServer(),
	"explain-unlisted":    explainUnlisted(),
	"inspect":             inspectBound(),
	"inspect-foreign":     inspectForeign(),
	"inspect-certificate": inspectCertificate(),
	"explain-names":       explainNames(),
	"inspect-names":       inspectNames(),
	"inspect-none":        inspectNone(),
	"inspect-list":        inspectList(),
	"verify-valid":        verifyValid(),
	"verify-invalid":      verifyInvalid(),
	"verify-one-fault":    verifyOneFault(),
	"discover":            discovery(),
	"discover-broken":     discoveryBroken(),
	"log":                 logOfAnHour(),
	"log-audit":           auditLog(),
	"log-silent":          silentLog(),
	"review-refused":      reviewRefused(),
	"review-accepted":     reviewAccepted(),
	"simulate-accepted":   simulateAccepted(),
	"simulate-rejected":   simulateRejected(),
	"simulate-undecided":  simulateUndecided(),
	"simulate-list":       simulateList(),
	"verify-list":         verifyList(),
	"call-accepted":       callAccepted(),
	"call-rejected":       callRejected(),
	"call-unanswered":     callUnanswered(),
	"review-list":         reviewList(),
	"explain-list":        explainList(),
	"compare-changed":     compared(),
	"compare-equal":       comparedEqual(),
	"compare-unknown":     comparedUnknown(),
	"compare-all-unknown": comparedAllUnknown(),
	"mint":                minted(),
	"findings":            catalogue(),
	"finding":             page(catalogue().Items[0]),
}

func TestGoldenMarkdown(t *testing.T) {
	for name, x := range reports {
		if name == "mint" {
			// The result goes to standard error.
			continue
		}
		var out bytes.Buffer
		if err := (&Printer{W: &out, Now: now}).markdown(x); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".md", out.Bytes())
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what is printed now (go test ./pkg/report -update writes it anew):\n%s", path, got)
	}
}

func TestGolden(t *testing.T) {
	for name, x := range reports {
		for _, v := range []struct {
			file    string
			printer Printer
		}{
			{name + ".80.txt", Printer{Width: 80}},
			{name + ".200.txt", Printer{Width: 200}},
			{name + ".80.color.txt", Printer{Width: 80, Color: true}},
			{name + ".80.ascii.txt", Printer{Width: 80, ASCII: true}},
			{name + ".80.details.txt", Printer{Width: 80, Details: true}},
		} {
			t.Run(v.file, func(t *testing.T) {
				var out bytes.Buffer
				p := v.printer
				p.W, p.Now = &out, now
				if err := p.print(x); err != nil {
					t.Fatal(err)
				}
				golden(t, v.file, out.Bytes())
			})
		}
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// No line is wider than the page at any width, except a single word of a command.
func TestWidth(t *testing.T) {
	for name, x := range reports {
		for _, columns := range []int{40, 60, 80, 81, 100, 120, 200} {
			for _, color := range []bool{false, true} {
				var out bytes.Buffer
				if err := (&Printer{W: &out, Width: columns, Color: color, Now: now}).print(x); err != nil {
					t.Fatal(err)
				}
				if out.Len() == 0 {
					t.Errorf("%s: nothing printed", name)
				}
				for line := range strings.SplitSeq(sgr.ReplaceAllString(out.String(), ""), "\n") {
					word := strings.TrimSuffix(strings.TrimSpace(line), ` \`)
					command := strings.HasPrefix(line, "      ") && (!strings.Contains(word, " ") || strings.Contains(word, "'"))
					if w := ansi.StringWidth(line); w > columns && !command {
						t.Errorf("%s at %d: %d cells wide: %q", name, columns, w, line)
					}
					if strings.TrimRight(line, " ") != line {
						t.Errorf("%s at %d: trailing space: %q", name, columns, line)
					}
				}
			}
		}
	}
}

// carets matches the lines that mark a difference without color.
var carets = regexp.MustCompile(`(?m)^ *\^+\n`)

// The text without color says the same.
func TestColorOnlyColors(t *testing.T) {
	for name, x := range reports {
		var plain, colored bytes.Buffer
		if err := (&Printer{W: &plain, Width: 80, Now: now}).print(x); err != nil {
			t.Fatal(err)
		}
		if err := (&Printer{W: &colored, Width: 80, Color: true, Now: now}).print(x); err != nil {
			t.Fatal(err)
		}
		if stripped := sgr.ReplaceAllString(colored.String(), ""); stripped != carets.ReplaceAllString(plain.String(), "") {
			t.Errorf("%s: without its colours it reads\n%s\nand plainly\n%s", name, stripped, plain.String())
		}
		if plain.String() == colored.String() {
			t.Errorf("%s: no colour at all", name)
		}
	}
}

// ASCII output has only ASCII characters, except those of foreign text.
func TestASCII(t *testing.T) {
	for name, x := range reports {
		if name == "inspect-foreign" || strings.HasSuffix(name, "-names") {
			continue
		}
		var out bytes.Buffer
		if err := (&Printer{W: &out, Width: 80, ASCII: true, Now: now}).print(x); err != nil {
			t.Fatal(err)
		}
		for i, r := range out.String() {
			if r > 0x7e {
				t.Errorf("%s: %q at %d", name, r, i)
				break
			}
		}
	}
}

// A failed write is reported.
func TestWriteError(t *testing.T) {
	for name, x := range reports {
		if err := (&Printer{W: broken{}, Width: 80, Now: now}).print(x); err != errBroken {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

var errBroken = fmt.Errorf("broken pipe")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
