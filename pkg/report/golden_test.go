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
)

var update = flag.Bool("update", false, "write the golden files anew")

// reports are all that can be printed as text, by the name of their golden files.
var reports = map[string]func(*Printer) error{
	"explain-rejected":    func(p *Printer) error { return p.Explanation(explainExpired()) },
	"explain-accepted":    func(p *Printer) error { return p.Explanation(explainAccepted()) },
	"explain-wrapped":     func(p *Printer) error { return p.Explanation(explainWrapped()) },
	"explain-undecided":   func(p *Printer) error { return p.Explanation(explainUnreachable()) },
	"explain-anonymous":   func(p *Printer) error { return p.Explanation(explainAnonymous()) },
	"explain-repeated":    func(p *Printer) error { return p.Explanation(explainRepeated()) },
	"explain-steady":      func(p *Printer) error { return p.Explanation(explainSteady()) },
	"explain-each-server": func(p *Printer) error { return p.Explanation(explainEachServer()) },
	"explain-unlisted":    func(p *Printer) error { return p.Explanation(explainUnlisted()) },
	"inspect":             func(p *Printer) error { return p.Inspection(inspectBound()) },
	"inspect-foreign":     func(p *Printer) error { return p.Inspection(inspectForeign()) },
	"inspect-certificate": func(p *Printer) error { return p.Inspection(inspectCertificate()) },
	"explain-names":       func(p *Printer) error { return p.Explanation(explainNames()) },
	"inspect-names":       func(p *Printer) error { return p.Inspection(inspectNames()) },
	"inspect-none":        func(p *Printer) error { return p.Inspection(inspectNone()) },
	"inspect-list":        func(p *Printer) error { return p.InspectionList(inspectList()) },
	"verify-valid":        func(p *Printer) error { return p.Verification(verifyValid()) },
	"verify-invalid":      func(p *Printer) error { return p.Verification(verifyInvalid()) },
	"verify-one-fault":    func(p *Printer) error { return p.Verification(verifyOneFault()) },
	"discover":            func(p *Printer) error { return p.Discovery(discovery()) },
	"discover-broken":     func(p *Printer) error { return p.Discovery(discoveryBroken()) },
	"log":                 func(p *Printer) error { return p.LogSummary(logOfAnHour()) },
	"log-audit":           func(p *Printer) error { return p.LogSummary(auditLog()) },
	"log-silent":          func(p *Printer) error { return p.LogSummary(silentLog()) },
	"review-refused":      func(p *Printer) error { return p.Review(reviewRefused()) },
	"review-accepted":     func(p *Printer) error { return p.Review(reviewAccepted()) },
	"simulate-accepted":   func(p *Printer) error { return p.Simulation(simulateAccepted()) },
	"simulate-rejected":   func(p *Printer) error { return p.Simulation(simulateRejected()) },
	"simulate-undecided":  func(p *Printer) error { return p.Simulation(simulateUndecided()) },
	"compare-changed":     func(p *Printer) error { return p.Comparison(compared()) },
	"compare-equal":       func(p *Printer) error { return p.Comparison(comparedEqual()) },
	"compare-unknown":     func(p *Printer) error { return p.Comparison(comparedUnknown()) },
	"compare-all-unknown": func(p *Printer) error { return p.Comparison(comparedAllUnknown()) },
	"mint":                func(p *Printer) error { return p.Minted(minted()) },
	"findings":            func(p *Printer) error { return p.FindingList(catalogue()) },
	"finding":             func(p *Printer) error { return p.FindingEntry(catalogue().Items[0]) },
}

// tickets are what -o markdown prints.
var tickets = map[string]*Explanation{
	"explain-rejected":    explainExpired(),
	"explain-accepted":    explainAccepted(),
	"explain-wrapped":     explainWrapped(),
	"explain-undecided":   explainUnreachable(),
	"explain-anonymous":   explainAnonymous(),
	"explain-repeated":    explainRepeated(),
	"explain-steady":      explainSteady(),
	"explain-each-server": explainEachServer(),
	"explain-unlisted":    explainUnlisted(),
}

func TestGoldenMarkdown(t *testing.T) {
	for name, x := range tickets {
		var out bytes.Buffer
		if err := (&Printer{W: &out, Now: now}).Markdown(x); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".md", out.Bytes())
	}
}

func TestGoldenMarkdownOfLogs(t *testing.T) {
	for name, x := range map[string]*LogSummary{"log": logOfAnHour(), "log-audit": auditLog(), "log-silent": silentLog()} {
		var out bytes.Buffer
		if err := (&Printer{W: &out, Now: now}).MarkdownLog(x); err != nil {
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
	for name, print := range reports {
		for _, v := range []struct {
			file    string
			printer Printer
		}{
			{name + ".80.txt", Printer{Width: 80}},
			{name + ".200.txt", Printer{Width: 200}},
			{name + ".80.color.txt", Printer{Width: 80, Color: true}},
			{name + ".80.ascii.txt", Printer{Width: 80, ASCII: true}},
		} {
			t.Run(v.file, func(t *testing.T) {
				var out bytes.Buffer
				p := v.printer
				p.W, p.Now = &out, now
				if err := print(&p); err != nil {
					t.Fatal(err)
				}
				golden(t, v.file, out.Bytes())
			})
		}
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Nothing is wider than the page, at any width, but for a single word of a command.
func TestWidth(t *testing.T) {
	for name, print := range reports {
		for _, columns := range []int{40, 60, 80, 81, 100, 120, 200} {
			for _, color := range []bool{false, true} {
				var out bytes.Buffer
				if err := print(&Printer{W: &out, Width: columns, Color: color, Now: now}); err != nil {
					t.Fatal(err)
				}
				if out.Len() == 0 {
					t.Errorf("%s: nothing printed", name)
				}
				for line := range strings.SplitSeq(sgr.ReplaceAllString(out.String(), ""), "\n") {
					command := strings.HasPrefix(line, "      ") && len(shellWords(strings.TrimSuffix(line, ` \`))) == 1
					if w := width(line); w > columns && !command {
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

// Colour adds nothing that the text without it does not say.
func TestColorOnlyColors(t *testing.T) {
	for name, print := range reports {
		var plain, colored bytes.Buffer
		if err := print(&Printer{W: &plain, Width: 80, Now: now}); err != nil {
			t.Fatal(err)
		}
		if err := print(&Printer{W: &colored, Width: 80, Color: true, Now: now}); err != nil {
			t.Fatal(err)
		}
		if stripped := sgr.ReplaceAllString(colored.String(), ""); stripped != plain.String() {
			t.Errorf("%s: without its colours it reads\n%s\nand plainly\n%s", name, stripped, plain.String())
		}
		if plain.String() == colored.String() {
			t.Errorf("%s: no colour at all", name)
		}
	}
}

// What is drawn with ASCII alone is ASCII, where nothing from outside is not.
func TestASCII(t *testing.T) {
	for name, print := range reports {
		if name == "inspect-foreign" || strings.HasSuffix(name, "-names") {
			continue
		}
		var out bytes.Buffer
		if err := print(&Printer{W: &out, Width: 80, ASCII: true, Now: now}); err != nil {
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

// A writer that fails is reported.
func TestWriteError(t *testing.T) {
	for name, print := range reports {
		if err := print(&Printer{W: broken{}, Width: 80, Now: now}); err != errBroken {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

var errBroken = fmt.Errorf("broken pipe")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
