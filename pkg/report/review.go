package report

import (
	"slices"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Document is the answer to a TokenReview and its meaning.
func (x *Review) Document(now time.Time) document.Document { return x.document(now, nil) }

func (x *Review) rank() int {
	v, fault, _ := x.judged()
	if fault == nil {
		return Rank(v.Word.String(), "")
	}
	return Rank(v.Word.String(), fault.ID)
}

// line is the result on one line.
func (x *Review) line() line {
	v, _, _ := x.judged()
	return lineOfOne(x.Source, v)
}

// Document is several answers: the worst, and a line for each of the others.
func (x *Reviews) Document(now time.Time) document.Document {
	return several(now, len(x.Items), func(i int) oneOfSeveral { return &x.Items[i] })
}

// judged is the verdict, the fault that explains it, and the findings beside it.
func (x *Review) judged() (document.Verdict, *finding.Finding, []finding.Finding) {
	fault, others := firstFault(x.Findings)
	v := document.Verdict{Mark: document.No, Word: finding.T(Rejected)}
	if fault != nil {
		v.Words = titled(fault)
	}
	switch {
	case x.Authenticated && x.User != nil && x.User.Username == "system:anonymous":
		// TokenReview has authenticated: true here too, but the user is system:anonymous.
		v.Word = finding.T(Anonymous)
		if fault == nil {
			v.Words = answer(finding.T("the server found no credential in the token"))
		}
	case x.Authenticated:
		name := finding.T("a user without a name")
		if x.User != nil {
			name = said(x.User.Username)
		}
		v = document.Verdict{Mark: document.Yes, Word: finding.T(Accepted), Words: as(name)}
		_, others = split("", x.Findings)
		fault = nil
	}
	return v, fault, others
}

// document has a line for each of the other credentials.
func (x *Review) document(now time.Time, beside []line) document.Document {
	var d doc
	v, fault, others := x.judged()
	about := join(join(finding.T("token"), from(x.Source)), forAudiences(x.Asked, x.Audiences))
	first := screen{verdict: v, about: []finding.Text{about}, decided: finding.T("decided by TokenReview"), cause: fault, others: others, said: said(x.Error), lines: beside}
	found := some(row(finding.ErrorMessage.Source(), value(said(x.Error))))
	if x.Authenticated {
		found = append(some(row(finding.T("TokenReview status.audiences"), value(commas(x.Audiences)))), found...)
		if x.User != nil {
			first.facts = []document.Block{document.Rows{Rows: append(identityRows(x.User), some(row(finding.T("audiences"), value(commas(x.Audiences))))...)}}
		}
	}
	_, possible := apart(others)
	first.maybe(fault, possible, "")
	d.first(first)
	d.facts(v, fault, now, some(row(credentialName, prose(about))))
	d.accountFull(quoting(fault, x.Error), found)
	var folded doc
	if x.Authenticated {
		folded.identity(x.User, finding.Text{})
	}
	folded.others(otherFindings, others)
	d.add(document.Folded(folded))
	return document.Document(d)
}

var credentialName = finding.T("credential")

// quoting omits the evidence that quotes a part of the error message, because the report has the whole
// message.
func quoting(cause *finding.Finding, text string) *finding.Finding {
	if cause == nil || text == "" {
		return cause
	}
	out := *cause
	out.Evidence = slices.DeleteFunc(slices.Clone(cause.Evidence), func(e finding.Evidence) bool {
		return e.Kind == finding.ErrorMessage && strings.Contains(text, e.Value.String())
	})
	return &out
}
