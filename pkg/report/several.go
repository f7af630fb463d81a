package report

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// oneOfSeveral is the result for one of several credentials.
type oneOfSeveral interface {
	Document(now time.Time) document.Document
	document(now time.Time, beside []line) document.Document
	line() line
	// rank is higher for a worse result.
	rank() int
}

// Rank compares the verdicts on several credentials: the worst has the highest. A rejection is worse than no
// decision, and an acceptance is best. A token that is only for another audience is the least bad rejection,
// because a user may have meant that audience.
func Rank(verdict string, cause finding.ID) int {
	switch {
	case verdict == Accepted:
		return 0
	case verdict == Undecided:
		return 1
	case cause == finding.AudienceMismatch:
		return 2
	}
	return 3
}

// several is n results: the worst, of equal ones the first, with a line for each of the others. With
// details, and in markdown, all follow in full, each under its number.
func several(now time.Time, n int, at func(i int) oneOfSeveral) document.Document {
	if n == 0 {
		return document.Document{paragraph(finding.T("no credentials"))}
	}
	lead := 0
	for i := range n {
		if at(i).rank() > at(lead).rank() {
			lead = i
		}
	}
	var lines []line
	var full doc
	for i := range n {
		if i == lead {
			continue
		}
		lines = append(lines, at(i).line())
		number := document.Paragraph{Words: strong(finding.T("%s of %s", finding.Count(i+1), finding.Count(n)))}
		full.add(document.Part{number})
		full.add(at(i).Document(now)...)
	}
	return append(at(lead).document(now, lines), document.Folded(full))
}

// lineOfOne is a credential, named by its source, and the verdict on it.
func lineOfOne(source finding.Text, v document.Verdict) line {
	if v.Mark == document.Yes && v.Word.String() != Accepted {
		// It is valid; the words only say what that means.
		v.Words = nil
	}
	return line{Item: document.Item{Mark: v.Mark, Words: slices.Concat(strong(upperFirst(source)), document.Words{glue(finding.T(": "))}, prose(v.Word)[:1], v.Words)}}
}
