package report

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// servers has the verdict of each API server replica. A short report omits what the finding's evidence
// quotes.
func (d *doc) servers(x *Explanation) {
	if x.Servers == nil {
		return
	}
	var short document.Findings
	all := document.Table{Columns: []document.Column{{}, {Title: finding.T("server")}, {Title: finding.T("answer")}, {Title: finding.T("what it has")}}}
	for _, s := range x.Servers.Items {
		m, answer := verdictMark(s.Verdict), said(s.Verdict)
		if !s.NotAsked.IsZero() {
			m, answer = document.Unknown, finding.T("not asked")
		}
		url := document.Of(document.Strong, said(s.URL))
		short = append(short, document.Item{
			Mark: m, Words: slices.Concat(url, document.Words{glue(finding.T("  "))}, prose(answer)),
			Blocks: []document.Block{document.Rows{Rows: s.facts(x.Answers, !saysAnswers(x.Findings))}},
		})
		var cell document.Words
		for i, r := range s.facts(x.Answers, true) {
			if i > 0 {
				cell = append(cell, glue(finding.T("; ")))
			}
			cell = append(append(cell, glue(finding.T("%s: ", r.Name[0].Text))), r.Value...)
		}
		all.Add(m, nil, url, prose(answer), cell)
	}
	var brief, full doc
	brief.add(short)
	full.add(all)
	if problem := x.Servers.Problem.Sentence(); !problem.IsZero() {
		brief.add(document.Part{document.Items{{Mark: document.Unknown, Words: prose(problem)}}})
		full.add(paragraph(problem))
	}
	full.add(document.Part{document.Remedies(x.Servers.Remedy)})
	d.section(finding.T("API servers"), document.Brief(brief), document.Full(full))
}

// facts are the facts about a replica, with or without its error message.
func (s *OneServer) facts(answers []Answers, withWords bool) rows {
	out := some(
		row(finding.T("named by"), prose(s.NamedBy)),
		row(finding.T("because"), prose(s.NotAsked)),
		row(finding.T("user"), prose(said(s.Username))),
	)
	add := func(name finding.Text, t finding.Text) { out.add(name, prose(t)) }
	if withWords {
		add(finding.T("says"), s.Error)
	}
	for _, a := range answers {
		if a.Server == s.URL {
			add(finding.T("answers"), finding.T("%s of %s, %s: %s", finding.Count(a.Times), finding.Count(a.Of), finding.Message(a.Question), a.Answer))
		}
	}
	for _, d := range s.Differences {
		add(finding.T("differs"), d)
	}
	add(finding.T("version"), said(s.Version))
	add(finding.T("issuer"), said(s.Issuer))
	if s.Keys != nil {
		var kids []string
		for _, k := range s.Keys {
			kids = append(kids, k.KeyID)
		}
		held := commas(kids)
		switch {
		case len(kids) == 0:
			held = finding.T("none")
		case s.HasKey != nil && *s.HasKey:
			held = finding.T("%s; the token's is among them", held)
		case s.HasKey != nil:
			held = finding.T("%s; the token's is not among them", held)
		}
		add(finding.T("keys"), held)
	}
	add(clockTitle, skew(s.ClockSkewSeconds))
	return out
}
