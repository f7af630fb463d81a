package report

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Document is a diagnosis. Its first lines answer: what the API server makes of the
// credential, why, and what to do.
func (x *Explanation) Document(now time.Time) document.Document {
	var d doc
	cause, others := split(x.Cause, x.Findings)
	others = withoutNoise(x, others)
	unsaid, notes := others, x.meant()
	if x.Verdict == Accepted {
		var hurts []document.Block
		hurts, unsaid = willHurt(others)
		notes = append(notes, hurts...)
	}
	about := finding.T("credential")
	if x.pasted() {
		about = finding.T("about")
	}
	d.head(judged(x.Verdict, "", cause, x.User), cause, now, some(row(about, prose(x.subject()))), notes...)
	if cause != nil && cause.ID == finding.CredentialRejected {
		// What it may be is all the answer that there is.
		certain, possible := apart(others)
		var brief, full doc
		brief.notRuledOut(cause, possible)
		full.section(notRuledOut, itemsOf(possible))
		d.add(document.Brief(brief), document.Full(full))
		others, unsaid = certain, certain
	}
	d.account(cause, x.decision(cause))
	if x.Servers == nil && !saysAnswers(x.Findings) {
		d.answers(x.Answers)
	}
	d.servers(x)
	d.identity(x.User, finding.Text{})
	for _, s := range x.Subjects {
		d.subject(s, others, now)
	}
	d.othersBut(otherFindings, cause, others, unsaid)
	d.trace(x.Credential.Trace)
	d.credential(&x.Credential, x.Verdict == Accepted, now)
	d.checks(x.Checks, x.Findings)
	d.server(x.Server)
	return document.Document(d)
}

// meant says what would become of the token that was probably meant.
func (x *Explanation) meant() []document.Block {
	var out []document.Block
	for _, s := range x.Subjects {
		if s.Role == RoleUnwrapped && s.Verdict == Accepted && s.User != nil {
			out = append(out, paragraph(finding.T("the token that was probably meant would be Accepted as %s", finding.Message(s.User.Username))))
		}
	}
	return out
}

// willHurt is what to say at once, below Accepted, since it is true and will hurt; and the rest.
func willHurt(others []finding.Finding) (now []document.Block, rest []finding.Finding) {
	var warnings []finding.Finding
	for _, f := range others {
		if f.Severity == finding.Warning && f.Explains() {
			warnings = append(warnings, f)
			continue
		}
		if f.ID == finding.AnswerMayBeCached {
			now = append(now, paragraph(finding.T("still accepted from the server's cache: ask again in ten seconds")))
		}
		rest = append(rest, f)
	}
	return append(now, document.Part{itemsOf(warnings)}), rest
}

// withoutNoise leaves out what a verdict does not turn on: what becomes of requests without
// credentials says nothing of one that was accepted or refused.
func withoutNoise(x *Explanation, others []finding.Finding) []finding.Finding {
	if x.Verdict != Accepted && x.Verdict != Rejected {
		return others
	}
	return slices.DeleteFunc(others, func(f finding.Finding) bool { return f.ID == finding.AnonymousAccessEnabled })
}

// judged is the verdict on a credential.
func judged(verdict, role string, cause *finding.Finding, user *Identity) document.Verdict {
	out := document.Verdict{Mark: verdictMark(verdict), Word: said(verdict), Second: role != ""}
	if role == RoleUnwrapped || role == RoleShadowed {
		// It is not what is being sent.
		out.Word = finding.T("would be %s", out.Word)
	}
	switch {
	case verdict == Accepted && user != nil:
		out.Words = as(said(user.Username))
	case cause != nil:
		out.Words = titled(cause)
	}
	return out
}

// pasted: there is no credential, but a pasted error.
func (x *Explanation) pasted() bool { return x.Credential.Source.String() == PastedError.String() }

// subject says what was judged, and for which audiences.
func (x *Explanation) subject() finding.Text {
	if x.pasted() {
		return finding.T("the pasted error; no server was asked")
	}
	return join(named(&x.Credential), forAudiences(x.Audiences, x.AcceptedFor))
}

// decision says by whom the verdict was given, and how the cause is known.
func (x *Explanation) decision(cause *finding.Finding) rows {
	decidedBy := decider(x.DecidedBy)
	switch {
	case x.pasted():
		decidedBy = finding.T("the words of the error")
	case x.DecidedBy == BySelfSubjectReview && x.Credential.Type == credential.TypeNone:
		decidedBy = finding.T("the API server, which was asked without a credential")
	}
	out := some(row(finding.T("decided by"), prose(decidedBy)))
	if cause == nil {
		return out
	}
	known := certainty(cause)
	if cause.ID == finding.CredentialRejected && cause.Certainty == finding.Proved {
		known = finding.T("that it was refused is proved; why is not known")
		if x.Verdict != Rejected {
			known = finding.T("the answer is proved; whose it was, and why, is not known")
		}
	}
	out.add(finding.T("certainty"), prose(known))
	return out
}

// answers says how often each answer came.
func (d *doc) answers(answers []Answers) {
	var out rows
	for i, a := range answers {
		name := said(a.Question)
		if i > 0 && a.Question == answers[i-1].Question {
			name = finding.Text{}
		}
		out.add(name, prose(finding.T("%s of %s  %s", finding.Count(a.Times), finding.Count(a.Of), a.Answer)))
	}
	d.section(finding.T("Answers"), document.Rows{Rows: out})
}

// saysAnswers: the finding that the answers differ has them as its evidence.
func saysAnswers(findings []finding.Finding) bool {
	return slices.ContainsFunc(findings, func(f finding.Finding) bool { return f.ID == finding.ReplicasDisagree && f.Explains() })
}

func decider(by string) finding.Text {
	return choose(by, map[string]finding.Text{
		ByTokenReview:       finding.T("the API server, in a TokenReview"),
		BySelfSubjectReview: finding.T("the API server, which was sent the credential itself"),
		ByInference:         finding.T("inference from what the API server answered"),
	}, finding.T("nobody: no API server has said yes or no"))
}

func certainty(f *finding.Finding) finding.Text {
	return choose(f.Certainty, map[finding.Certainty]finding.Text{
		finding.Eliminated: finding.T("by elimination: nothing else that is known fits the evidence"),
		finding.Possible:   finding.T("possible, not proved"),
	}, finding.T("proved"))
}

// subject is what became of a credential beside the one that was asked about.
// What is true of both is said once, of the other.
func (d *doc) subject(s Subject, elsewhere []finding.Finding, now time.Time) {
	var blocks, within, full doc
	cause, others := split(s.Cause, unsaid(s.Findings, elsewhere))
	if s.Verdict != "" {
		blocks.add(judged(s.Verdict, s.Role, cause, s.User))
	}
	if cause != nil && !cause.Detail.IsZero() {
		within.add(paragraph(cause.Detail.Sentence()))
	}
	if s.Credential != nil {
		origin := origin(s.Credential)
		full.add(document.Rows{Rows: origin})
		origin.add(finding.T("lifetime"), prose(lifeOf(s.Credential, now).words))
		within.add(document.Brief{document.Part{document.Rows{Rows: origin}}})
	}
	if cause != nil {
		within.add(document.Brief{document.Part{document.Remedies(cause.Remedy)}}, document.Full{document.Remedies(cause.Remedy)})
	}
	within.add(document.Full(full), document.Brief{document.Part{itemsOf(others)}}, document.Full{itemsOf(others)})
	blocks.within(within...)
	d.section(upperFirst(s.Description), blocks...)
}

// unsaid leaves out the findings that stand elsewhere in the same words.
func unsaid(findings, said []finding.Finding) []finding.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f finding.Finding) bool {
		return slices.ContainsFunc(said, func(o finding.Finding) bool { return o.ID == f.ID && o.Detail.String() == f.Detail.String() })
	})
}

// checks are listed by stage: a line with the sum of each, under it in full those
// that failed, warned or have no answer. What a finding has said is not said again.
func (d *doc) checks(checks []Check, elsewhere []finding.Finding) {
	if len(checks) == 0 {
		return
	}
	m, sum := tally(checks)
	var stages document.Table
	for _, s := range byStage(checks) {
		m, sum := tally(s.checks)
		line := stages.Add(m, prose(said(s.name)), prose(sum))
		for _, c := range s.checks {
			if c.Status == Pass {
				continue
			}
			words := said(c.Title)
			if !slices.ContainsFunc(elsewhere, func(f finding.Finding) bool { return f.Explains() && f.Detail.String() == c.Detail.String() }) {
				words = withDetail(words, c.Detail)
			}
			line.Blocks = append(line.Blocks, document.Items{{Mark: statusMark(c.Status), Word: statusWord(c.Status), Words: colon(prose(words))}})
		}
	}
	all := document.Table{Columns: []document.Column{{}, {Title: finding.T("check")}, {Title: finding.T("stage")}, {Title: finding.T("detail")}}}
	var open document.Items
	for _, c := range checks {
		all.Add(statusMark(c.Status), prose(statusWord(c.Status)), prose(said(c.Title)), prose(said(c.Stage)), prose(c.Detail))
		if c.Status == Unknown {
			open = append(open, document.Item{Words: prose(withDetail(said(c.Title), c.Detail))})
		}
	}
	var brief, full doc
	brief.sum(checksTitle, m, sum, stages)
	full.section(finding.T("What could not be settled"), open)
	full.section(checksTitle, document.Summary{Line: sum, Blocks: []document.Block{all}})
	d.add(document.Brief(brief), document.Full(full))
}

var checksTitle = finding.T("Checks")

func statusMark(status string) document.Mark {
	return choose(status, map[string]document.Mark{
		Pass: document.Yes, Fail: document.No, Warn: document.Warning, NotApplicable: document.NotAsked,
	}, document.Unknown)
}

func statusWord(status string) finding.Text {
	return choose(status, map[string]finding.Text{
		Pass: finding.T("passed"), Fail: finding.T("failed"), Warn: finding.T("warned"), NotApplicable: finding.T("not applicable"),
	}, finding.T("unknown"))
}

// tally counts checks, and marks them as the worst of them is.
func tally(checks []Check) (document.Mark, finding.Text) {
	count := map[string]int{}
	for _, c := range checks {
		count[c.Status]++
	}
	m := document.NotAsked
	var sum finding.Text
	for _, status := range []string{Fail, Warn, Unknown, Pass, NotApplicable} {
		if n := count[status]; n > 0 {
			if sum.IsZero() {
				m = statusMark(status)
			}
			sum = join(sum, finding.T("%s %s", finding.Count(n), statusWord(status)))
		}
	}
	return m, sum
}

type stage struct {
	name   string
	checks []Check
}

// byStage groups the checks that apply by stage, in the order in which the stages first appear.
func byStage(checks []Check) []stage {
	var out []stage
	for _, c := range checks {
		if c.Status == NotApplicable {
			continue
		}
		i := slices.IndexFunc(out, func(s stage) bool { return s.name == c.Stage })
		if i < 0 {
			i = len(out)
			out = append(out, stage{name: c.Stage})
		}
		out[i].checks = append(out[i].checks, c)
	}
	return out
}

// server says which API server was asked.
func (d *doc) server(s *Server) {
	if s == nil {
		return
	}
	out := some(
		row(finding.T("url"), prose(said(s.URL))),
		row(finding.T("version"), prose(said(s.Version))),
		row(clockTitle, prose(skew(s.ClockSkewSeconds))),
		row(finding.T("audit ID"), prose(said(s.AuditID))),
		row(finding.T("proxy"), prose(said(s.Proxy))),
	)
	if c := s.Certificate; c != nil {
		words := finding.T("%s, issued by %s", finding.Message(c.Subject), finding.Message(c.Issuer))
		if c.NotAfter != nil {
			words = finding.T("%s, until %s", words, finding.Time(c.NotAfter.Time))
		}
		out.add(finding.T("certificate"), prose(words))
	}
	if asks := s.RequestsClientCertificate; asks != nil {
		authorities := finding.Join("; ", listed(s.ClientCAs)...)
		switch {
		case !*asks:
			authorities = finding.T("none: it asks for no client certificate")
		case len(s.ClientCAs) == 0:
			authorities = finding.T("any: it asks for client certificates and names none")
		}
		out.add(finding.T("client CAs"), prose(authorities))
	}
	d.section(finding.T("API server"), document.Rows{Rows: out})
}

var clockTitle = finding.T("clock")

// skew compares a server's clock; nothing where it is not known.
func skew(seconds *int64) finding.Text {
	switch {
	case seconds == nil:
		return finding.Text{}
	case *seconds > 0:
		return finding.T("%s s ahead of this machine's", finding.Count(*seconds))
	case *seconds < 0:
		return finding.T("%s s behind this machine's", finding.Count(-*seconds))
	default:
		return finding.T("agrees with this machine's")
	}
}
