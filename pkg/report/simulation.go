package report

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Simulation writes what an API server configured so would make of a credential.
func (p *Printer) Simulation(x *Simulation) error {
	x = safe(p, x)
	page := p.page()
	cause, others := split(x.Cause, x.Findings)
	page.judged(0, "", x.Verdict, cause, x.User)
	when := ""
	if x.At != nil {
		when = "as of " + absolute(x.At.Time)
	}
	page.about(join(join(named(&x.Credential), forAudiences(x.Audiences, x.AcceptedFor)), when))
	var found list
	found.add(statusError, quotes(cause, x.Error))
	found.add("decided by", "the authenticators of Kubernetes "+x.Kubernetes+", run here and not in an API server")
	page.account(cause, found)
	page.missing(x.Missing, cause)
	page.differences(x)
	page.identity(x.User)
	page.subjects(x.Subjects)
	// What the release does otherwise has just been said.
	others = slices.DeleteFunc(others, func(f finding.Finding) bool { return f.ID == finding.ReleaseDiffers })
	page.others(otherFindings, cause, others)
	page.authenticators(x.Authenticators, x.Error)
	page.credential(&x.Credential, x.Verdict == Accepted)
	return page.flush()
}

// missing lists what was not given, where the verdict is not explained by it.
func (p *page) missing(missing []string, cause *finding.Finding) {
	if len(missing) == 0 || cause != nil && cause.ID == finding.InputNotGiven {
		return
	}
	p.heading("Not given")
	for _, m := range missing {
		p.item(indent, markUnknown, text(m))
	}
}

// subjects writes them as they stand in a RoleBinding.
func (p *page) subjects(subjects []RBACSubject) {
	if len(subjects) == 0 {
		return
	}
	p.heading("Subjects of a RoleBinding", text("take what you mean; a group is all who are in it"))
	var out strings.Builder
	out.WriteString("subjects:")
	subjects, rest := atMost(subjects, mostListed)
	for _, s := range subjects {
		out.WriteString("\n- kind: " + s.Kind)
		if s.APIGroup != "" {
			out.WriteString("\n  apiGroup: " + s.APIGroup)
		}
		if s.Namespace != "" {
			out.WriteString("\n  namespace: " + quoteYAML(s.Namespace))
		}
		out.WriteString("\n  name: " + quoteYAML(s.Name))
	}
	if rest > 0 {
		out.WriteString("\n# " + andMore(rest))
	}
	p.command(indent, out.String())
}

// quoteYAML writes a scalar that may hold anything.
func quoteYAML(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// authenticators writes the trace: who was asked, what each looked at, and what it said.
// What all of them say together is known.
func (p *page) authenticators(authenticators []Authenticator, said string) {
	if len(authenticators) == 0 {
		return
	}
	p.heading("Authenticators", text("in the API server's order"))
	for _, a := range authenticators {
		m, word := opinion(a.Result)
		words := ": " + a.Name
		if a.Error != "" && (len(a.Steps) == 0 || !strings.Contains(said, a.Error)) {
			words += ": " + a.Error
		}
		p.sign(indent, m, word, text(words))
		for _, s := range a.Steps {
			p.step(s)
		}
	}
}

func opinion(result string) (mark, string) {
	switch result {
	case "Accepted":
		return markYes, "accepted"
	case "Rejected":
		return markNo, "rejected"
	case "Unknown":
		return markUnknown, "unknown"
	}
	return markNotAsked, "no opinion"
}

func (p *page) step(s Step) {
	words := s.Name
	if s.Detail != "" {
		words += ": " + s.Detail
	}
	switch s.Outcome {
	case "Passed":
		p.item(indent*2, markYes, text(words))
	case "Failed":
		p.sign(indent*2, markNo, "failed", text(": "+words))
	case "Missing":
		p.sign(indent*2, markUnknown, "not given", text(": "+words))
	default:
		p.sign(indent*2, markNotAsked, "skipped", text(": "+words))
	}
	if s.Expression == "" {
		return
	}
	rows := list{}
	rows.add("expression", s.Expression)
	for _, name := range sortedNames(s.Inputs) {
		rows.add(name, s.Inputs[name])
	}
	rows.add("value", s.Value)
	p.rows(indent*3, rows)
}

// differences writes what the release that was asked about does otherwise.
func (p *page) differences(x *Simulation) {
	if x.ComparedWith == "" {
		return
	}
	p.heading("In Kubernetes " + x.ComparedWith)
	if len(x.Differences) == 0 {
		p.item(indent, markYes, text("nothing is known that it does otherwise with this configuration and credential"))
	}
	for _, d := range x.Differences {
		m := markNotAsked
		switch d.Affects {
		case "Start", "Verdict":
			m = markWarning
		}
		p.item(indent, m, text(d.Releases+": "+d.Detail))
	}
}
