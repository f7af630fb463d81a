package report

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// mostScreen is the number of rows of a terminal with 24 rows, without the prompt.
const mostScreen = 22

// A report with one cause is one screen. A command of several lines, which is a file to paste, counts as one.
func TestFirstScreenIsOneScreen(t *testing.T) {
	for name, x := range reports {
		switch kind, _, _ := strings.Cut(name, "-"); kind {
		case "explain", "review", "verify", "simulate":
		default:
			continue
		}
		out := printed(t, x, false)
		rows := strings.Count(out, "\n")
		if _, file, found := strings.Cut(out, "<<'EOF'\n"); found {
			file, _, _ = strings.Cut(file, "\nEOF\n")
			rows -= strings.Count(file, "\n") + 2
		}
		most := mostScreen
		if strings.HasSuffix(name, "-list") {
			// Each further credential has a line, whose end may wrap.
			most += 4
		}
		if rows > most {
			t.Errorf("%s: %d rows:\n%s", name, rows, out)
		}
		if lines := strings.Split(strings.TrimSpace(out), "\n"); !strings.HasSuffix(lines[len(lines)-1], "· --details") {
			t.Errorf("%s does not end with what was folded:\n%s", name, out)
		}
	}
}

// Text without --details is shorter than with it, and has nothing in addition.
func TestDetailsHoldTheFirstScreen(t *testing.T) {
	for name, x := range reports {
		short, whole := printed(t, x, false), printed(t, x, true)
		if strings.Contains(whole, "--details") {
			t.Errorf("%s: the whole report speaks of what is folded:\n%s", name, whole)
		}
		first, _, _ := strings.Cut(short, "\n\n")
		if !strings.HasPrefix(whole, first) {
			t.Errorf("%s begins with details with\n%.300s\nand without with\n%s", name, whole, first)
		}
	}
}

// The parts that are never folded are on the first screen of every report.
func TestNeverFolded(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 400 {
		x := generated(random)
		out := strings.Join(strings.Fields(printed(t, x, false)), " ")
		want := []string{x.Verdict, "decided"}
		cause, others := split(x.Cause, x.Findings)
		if cause != nil {
			want = append(want, "["+string(x.Cause)+"]", cause.Title.String(), "API server said", "begin of the words", "end of the words")
			if len(cause.Remedy) > 0 {
				want = append(want, cause.Remedy[0].Description.String())
			}
		}
		if x.User != nil {
			want = append(want, x.User.Username, x.User.UID)
			want = append(want, x.User.Groups...)
		}
		for _, f := range others {
			line := strings.Join(strings.Fields(f.Title.String()), " ") + " [" + string(f.ID)
			switch {
			case f.Explains() && f.Severity != finding.Info && strings.Count(out, line) != 1:
				t.Errorf("%d: %q stands %d times on the screen:\n%s", n, line, strings.Count(out, line), printed(t, x, false))
			case !f.Explains() && strings.Contains(out, line):
				t.Errorf("%d: %q is merely possible:\n%s", n, line, printed(t, x, false))
			}
		}
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%d: %q is not on the screen:\n%s", n, w, printed(t, x, false))
			}
		}
		if hidden := slices.ContainsFunc(others, func(f finding.Finding) bool { return !f.Explains() }); hidden && strings.Contains(out, "proved") && strings.Contains(out, "not ruled out") {
			t.Errorf("%d: proved beside what is not ruled out:\n%s", n, printed(t, x, false))
		}
	}
}

// generated is a report of any findings.
func generated(random *rand.Rand) *Explanation {
	x := NewExplanation()
	x.Credential = boundToken()
	x.Verdict = []string{Accepted, Rejected, Anonymous, Undecided}[random.IntN(4)]
	x.DecidedBy = []string{ByTokenReview, BySelfSubjectReview, ByInference}[random.IntN(3)]
	if x.Verdict == Undecided {
		x.DecidedBy = ByNobody
	}
	used := map[finding.ID]bool{}
	for range 1 + random.IntN(6) {
		e := finding.Catalogue[random.IntN(len(finding.Catalogue))]
		if used[e.ID] {
			continue
		}
		used[e.ID] = true
		f := finding.Finding{ID: e.ID, Severity: e.Severity, Title: e.Says(), Detail: finding.T("detail of %s", e.ID),
			Certainty: []finding.Certainty{finding.Proved, finding.Eliminated, finding.Possible}[random.IntN(3)]}
		if x.Verdict == Accepted && f.Severity == finding.Error {
			f.Severity = finding.Warning
		}
		if x.Verdict != Accepted && x.Cause == "" {
			x.Cause, f.Certainty = e.ID, []finding.Certainty{finding.Proved, finding.Eliminated}[random.IntN(2)]
			for i := range random.IntN(12) {
				f = f.SeenAt(finding.T("source %s", finding.Count(i)), finding.Message(strings.Repeat("value ", 1+random.IntN(60))))
			}
			f = f.Quote(finding.Message("begin of the words " + strings.Repeat("and more ", random.IntN(80)) + "end of the words"))
			for i := range random.IntN(4) {
				f = f.FixBy(finding.T("Do %s.", finding.Count(i)), shell("kubectl get pods"))
			}
		}
		x.Findings = append(x.Findings, f)
	}
	if x.Verdict == Accepted {
		x.User = &Identity{Username: "jane", UID: "uid-of-jane"}
		for i := range random.IntN(8) {
			x.User.Groups = append(x.User.Groups, fmt.Sprintf("group-%d", i))
		}
	}
	for _, c := range sampleChecks() {
		c.Status = []string{Pass, NotApplicable, Unknown}[random.IntN(3)]
		x.Checks = append(x.Checks, c)
	}
	return x
}

// Each part that a document omits in one form is in the other form.
func TestShortAndFolded(t *testing.T) {
	d := document.Document{document.Short{paragraph(finding.T("in short"))}, document.Folded{paragraph(finding.T("in full"))}}
	for details, want := range map[bool]string{false: "in short\n", true: "in full\n"} {
		if got := printed(t, fixed(d), details); got != want {
			t.Errorf("details %v: %q", details, got)
		}
	}
}
