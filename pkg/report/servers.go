package report

import (
	"fmt"
	"strings"
)

const oneByOne = "The API servers, one by one"

// servers writes what each API server makes of the credential. What the evidence of the
// finding has quoted is not said again.
func (p *page) servers(x *Explanation) {
	if x.Servers == nil {
		return
	}
	p.heading(oneByOne)
	for i, s := range x.Servers.Items {
		if i > 0 {
			p.blank()
		}
		m, answer := s.answer()
		p.item(indent, m, styled(s.URL, bold), text("  "+answer))
		var rows list
		for _, f := range s.facts(x.Answers, !saysAnswers(x.Findings)) {
			rows.add(f.name, f.value)
		}
		p.rows(indent+2, rows)
	}
	if x.Servers.Problem != "" {
		p.blank()
		p.item(indent, markUnknown, text(sentence(x.Servers.Problem)))
	}
	if len(x.Servers.Remedy) > 0 {
		p.blank()
		p.remedies(indent, x.Servers.Remedy)
	}
}

func (md *markdown) servers(x *Explanation) {
	if x.Servers == nil {
		return
	}
	md.heading(oneByOne)
	md.line("| | server | answer | what it has |")
	md.line("| --- | --- | --- | --- |")
	for _, s := range x.Servers.Items {
		m, answer := s.answer()
		var facts []string
		for _, f := range s.facts(x.Answers, true) {
			facts = append(facts, f.name+": "+cellOf(f.value))
		}
		md.line("| " + md.glyph(m) + " | " + cellOf(s.URL) + " | " + cellOf(answer) + " | " + strings.Join(facts, "; ") + " |")
	}
	md.line("")
	if x.Servers.Problem != "" {
		md.line(prose(sentence(x.Servers.Problem)))
		md.line("")
	}
	md.remedies("", x.Servers.Remedy)
}

// answer is what a server makes of the credential, in words.
func (s *OneServer) answer() (mark, string) {
	switch {
	case s.NotAsked != "":
		return markUnknown, "not asked"
	}
	return verdictMark(s.Verdict), s.Verdict
}

// facts are what is known of a server, with its words or without.
func (s *OneServer) facts(answers []Answers, withWords bool) []fact {
	facts := []fact{{"named by", s.NamedBy}, {"because", s.NotAsked}, {"user", s.Username}}
	if withWords {
		facts = append(facts, fact{"says", s.Error})
	}
	for _, a := range answers {
		if a.Server == s.URL {
			facts = append(facts, fact{"answers", fmt.Sprintf("%d of %d, %s: %s", a.Times, a.Of, a.Question, a.Answer)})
		}
	}
	for _, d := range s.Differences {
		facts = append(facts, fact{"differs", d})
	}
	facts = append(facts, fact{"version", s.Version}, fact{"issuer", s.Issuer})
	if s.Keys != nil {
		var kids []string
		for _, k := range s.Keys {
			kids = append(kids, k.KeyID)
		}
		held := ""
		switch {
		case len(kids) == 0:
			held = "none"
		case s.HasKey != nil && *s.HasKey:
			held = "; the token's is among them"
		case s.HasKey != nil:
			held = "; the token's is not among them"
		}
		facts = append(facts, fact{"keys", listed(kids, ", ") + held})
	}
	if s.ClockSkewSeconds != nil {
		facts = append(facts, fact{"clock", skew(*s.ClockSkewSeconds)})
	}
	var out []fact
	for _, f := range facts {
		if f.value != "" {
			out = append(out, f)
		}
	}
	return out
}
