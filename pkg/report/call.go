package report

import (
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Document is the answer of a service to a token, and what the answer means.
func (x *Call) Document(now time.Time) document.Document {
	var d doc
	v, cause, others := x.judged()
	if x.Again {
		line := finding.T("call %s", finding.Count(x.Number))
		if x.CalledAt != nil {
			line = finding.T("call %s at %s", finding.Count(x.Number), finding.Time(x.CalledAt.Time))
		}
		d.add(document.Items{{Mark: v.Mark, Word: v.Word, Words: colon(prose(join(line, x.status())))}})
		return document.Document(d)
	}
	request := finding.T("%s %s", finding.Standard(x.Method), finding.URL.Of(x.URL).Whole())
	sent := join(named(&x.Credential), x.sentFor())
	first := screen{verdict: v, about: []finding.Text{request, sent}, decided: finding.T("decided by the service"), cause: cause, others: others}
	switch {
	case x.Status == 0:
		first.decided = finding.T("not decided: no answer arrived")
	case x.Verdict == Undecided:
		first.decided = finding.T("not decided: the status is neither 2xx nor 401 nor 403")
	}
	first.facts = []document.Block{document.Rows{Rows: x.answered()}}
	d.first(first)
	d.facts(v, cause, now, some(row(finding.T("request"), value(request)), row(credentialName, prose(sent))))
	d.accountFull(cause, x.answered())
	var folded doc
	folded.others(otherFindings, others)
	folded.credential(&x.Credential, false, now)
	d.add(document.Folded(folded))
	return document.Document(d)
}

// sentFor has the audiences of the token.
func (x *Call) sentFor() finding.Text {
	for _, r := range origin(&x.Credential) {
		if len(r.Value) > 0 && r.Name.String() == "audience" {
			return finding.T("audience %s", r.Value[0].Text)
		}
	}
	return finding.Text{}
}

// judged is the verdict, the finding that explains it, and the findings beside it.
func (x *Call) judged() (document.Verdict, *finding.Finding, []finding.Finding) {
	v := document.Verdict{Mark: verdictMark(x.Verdict), Word: finding.T("%s", finding.Standard(x.Verdict)), Words: answer(x.status())}
	if x.Verdict == Accepted || len(x.Findings) == 0 {
		return v, nil, x.Findings
	}
	cause := x.Findings[0]
	v.Words = titled(&cause)
	return v, &cause, x.Findings[1:]
}

func (x *Call) status() finding.Text {
	if x.Status == 0 {
		return finding.T("no answer")
	}
	return finding.T("status %s", finding.Count(x.Status))
}

// answered has what the service answered.
func (x *Call) answered() rows {
	var out rows
	if x.Status != 0 {
		out.add(finding.T("status"), value(finding.T("%s after %s ms", finding.Count(x.Status), finding.Count(x.Milliseconds))))
	}
	for _, h := range x.Identity {
		out.add(finding.T("%s", finding.Standard(h.Name)), value(finding.T("%s", finding.User.Of(h.Value))))
	}
	for _, c := range x.Challenges {
		out.add(finding.T("WWW-Authenticate"), value(c.words()))
	}
	out.add(finding.T("Location"), value(said(x.Location)))
	out.add(finding.T("body"), value(said(x.Message)))
	return out
}

// words are the parameters of a challenge that say something.
func (c Challenge) words() finding.Text {
	out := []finding.Value{finding.Standard(c.Scheme)}
	for _, p := range []struct {
		name  string
		value finding.Value
		given bool
	}{
		{"realm", finding.Audience.Of(c.Realm), c.Realm != ""},
		{"error", finding.Standard(c.Error), c.Error != ""},
		{"error_description", finding.Message(c.ErrorDescription), c.ErrorDescription != ""},
		{"scope", finding.Message(c.Scope), c.Scope != ""},
		{"resource_metadata", finding.URL.Of(c.ResourceMetadata), c.ResourceMetadata != ""},
	} {
		if p.given {
			out = append(out, finding.T("%s=%s", finding.Standard(p.name), p.value))
		}
	}
	if len(out) == 1 {
		return finding.T("%s", out[0])
	}
	return finding.T("%s %s", out[0], finding.Join(", ", out[1:]...))
}

// SameAnswer reports whether two calls have the same answer, times aside.
func (x *Call) SameAnswer(y *Call) bool {
	return x.Status == y.Status && x.Cause == y.Cause && x.Location == y.Location && strings.Join(x.identities(), "\n") == strings.Join(y.identities(), "\n")
}

func (x *Call) identities() []string {
	var out []string
	for _, h := range x.Identity {
		out = append(out, h.Name, h.Value)
	}
	return out
}
