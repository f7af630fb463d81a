package report

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Document is the report of a diagnosis. Its first screen has the verdict, the reason and the fix.
func (x *Explanation) Document(now time.Time) document.Document {
	var d, folded doc
	cause, others := split(x.Cause, x.Findings)
	others = withoutNoise(x, others)
	d.first(x.screen(cause, others, now))
	about := finding.T("credential")
	if x.pasted() {
		about = finding.T("about")
	}
	d.facts(judged(x.Verdict, "", cause, x.User), cause, now, some(row(about, prose(x.subject()))))
	certain, possible := others, []finding.Finding(nil)
	if cause != nil && cause.ID == finding.CredentialRejected {
		// What remains possible is all the answer that there is.
		certain, possible = apart(others)
	}
	var whole doc
	whole.section(notRuledOut, itemsOf(possible))
	whole.account(cause, some(row(finding.T("decided by"), prose(x.decider())), row(finding.T("certainty"), prose(x.certainty(cause)))))
	d.add(document.Full(whole))
	if x.Servers == nil && !saysAnswers(x.Findings) {
		folded.answers(x.Answers)
	}
	folded.servers(x)
	folded.identity(x.User, finding.Text{})
	for _, s := range x.Subjects {
		folded.subject(s, x, others, now)
	}
	folded.others(otherFindings, certain)
	folded.add(document.Brief(doc{}.with(notRuledOut, itemsOf(possible))))
	folded.trace(x.Credential.Trace)
	folded.credential(&x.Credential, x.Verdict == Accepted, now)
	folded.checks(x.Checks, x.Findings)
	folded.server(x.Server)
	folded.administrator(x, now)
	d.add(document.Folded(folded))
	return document.Document(d)
}

// screen is the first screen of a diagnosis.
func (x *Explanation) screen(cause *finding.Finding, others []finding.Finding, now time.Time) screen {
	s := screen{
		verdict: judged(x.Verdict, "", cause, x.User), about: []finding.Text{x.subject()}, decided: x.decision(cause),
		cause: cause, others: others, othersFirst: x.unanswered(),
	}
	if x.pasted() {
		s.saidBy, s.pasted = finding.T("error message"), true
	}
	for _, c := range x.Checks {
		switch c.Status {
		case Pass:
			s.passed++
		case Unknown:
			s.open++
		}
	}
	for _, sub := range x.Subjects {
		s.lines = append(s.lines, sub.line(x, now))
	}
	_, possible := apart(others)
	s.maybe(cause, possible, x.Verdict)
	if cause != nil && !explainsByItself(cause) {
		s.lines = append(s.lines, x.unsettled(possible)...)
		s.open -= x.shownOpen(possible)
	}
	if x.Verdict == Accepted {
		s.fixes = fixesOfOtherIdentity(others)
	}
	if x.User != nil {
		s.facts = append(s.facts, document.Rows{Rows: append(identityRows(x.User), expiry(&x.Credential, now)...)})
	}
	for _, f := range others {
		if f.ID == finding.AnswerMayBeCached && x.Verdict == Accepted {
			s.lines = append(s.lines, line{Item: document.Item{Mark: document.Info, Words: prose(finding.T("still accepted from the server's cache: ask again in ten seconds"))}})
		}
	}
	switch {
	case x.Servers != nil:
		s.lines = append(x.Servers.lines(quotedOf(cause)), s.lines...)
		s.fixes = x.Servers.Remedy
		if cause != nil && cause.ID == finding.ReplicasDisagree {
			// The lines of the servers say it.
			without := *cause
			without.Evidence = nil
			s.cause = &without
		}
	case !saysAnswers(x.Findings):
		s.seen = append(s.seen, answerRows(x.Answers)...)
	}
	return s
}

// otherIdentity are the warnings about an accepted credential that is not the one, or not the user, that the reader means.
var otherIdentity = []finding.ID{finding.TokenShadowedByClientCertificate, finding.TokenShadowedByTokenFile, finding.ImpersonationConfigured}

func fixesOfOtherIdentity(others []finding.Finding) []finding.Remedy {
	for _, f := range others {
		if slices.Contains(otherIdentity, f.ID) && f.Explains() {
			return f.Remedy
		}
	}
	return nil
}

// withoutNoise omits findings that do not affect the verdict: how an API server treats requests without a
// credential does not explain an accepted or rejected one.
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
		// The finding is about another credential than the sent one.
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

// subject names the credential and the audiences.
func (x *Explanation) subject() finding.Text {
	if x.pasted() {
		return finding.T("the pasted error; no server was asked")
	}
	return join(named(&x.Credential), forAudiences(x.Audiences, x.AcceptedFor))
}

// decision says who decided, and how the cause is known.
func (x *Explanation) decision(cause *finding.Finding) finding.Text {
	known := x.certainty(cause)
	if x.Verdict == Undecided || known.IsZero() {
		return x.decider()
	}
	if cause.ID == finding.CredentialRejected && !cause.Title.Equal(diagnose.InvalidBootstrapGroup) {
		return finding.T("%s; %s", x.decider(), known)
	}
	return join(x.decider(), known)
}

// decider says who decided.
func (x *Explanation) decider() finding.Text {
	switch {
	case x.pasted():
		return finding.T("decided by the error message")
	case x.DecidedBy == BySelfSubjectReview && x.Credential.Type == credential.TypeNone:
		return finding.T("decided by SelfSubjectReview without a credential")
	case x.DecidedBy == ByNobody && !x.unanswered():
		return finding.T("not decided: no API server judged the credential")
	}
	return choose(x.DecidedBy, map[string]finding.Text{
		ByTokenReview:       finding.T("decided by TokenReview"),
		BySelfSubjectReview: finding.T("decided by SelfSubjectReview"),
		ByInference:         finding.T("decided by inference from the API server's answers"),
	}, finding.T("not decided: no API server answered"))
}

// unanswered reports whether no API server answered.
func (x *Explanation) unanswered() bool {
	return x.DecidedBy == ByNobody && slices.ContainsFunc(x.Checks, func(c Check) bool {
		return c.Status == Fail && StageOf(c.ID) == string(diagnose.StageConnection)
	})
}

// certainty says how the cause is known. Nothing is proved where other causes are not ruled out.
func (x *Explanation) certainty(cause *finding.Finding) finding.Text {
	switch {
	case cause == nil:
		return finding.Text{}
	case cause.Title.Equal(diagnose.InvalidBootstrapGroup):
		return certainty(cause)
	case cause.ID == finding.CredentialRejected && cause.Certainty == finding.Proved:
		if diagnose.SaysNoReason(cause.Title) {
			return finding.Text{}
		}
		return finding.T("the reason is not known")
	case !explainsByItself(cause) && slices.ContainsFunc(x.Findings, func(f finding.Finding) bool { return !f.Explains() }):
		return finding.Text{}
	}
	return certainty(cause)
}

// answers says how often each answer came.
func (d *doc) answers(answers []Answers) {
	d.section(finding.T("Answers"), document.Rows{Rows: answerRows(answers)})
}

func answerRows(answers []Answers) rows {
	var out rows
	for i, a := range answers {
		name := said(a.Question)
		if i > 0 && a.Question == answers[i-1].Question {
			name = finding.Text{}
		}
		out.add(name, prose(finding.T("%s of %s  %s", finding.Count(a.Times), finding.Count(a.Of), a.Answer)))
	}
	return out
}

// saysAnswers: the finding that the answers differ has them as its evidence.
func saysAnswers(findings []finding.Finding) bool {
	return slices.ContainsFunc(findings, func(f finding.Finding) bool { return f.ID == finding.ReplicasDisagree && f.Explains() })
}

func certainty(f *finding.Finding) finding.Text {
	return choose(f.Certainty, map[finding.Certainty]finding.Text{
		finding.Eliminated: finding.T("by elimination: no other known cause fits"),
		finding.Possible:   finding.T("possible"),
	}, finding.T("proved"))
}

// subject is the result of a further credential. Findings about both credentials are only in the first
// result.
func (d *doc) subject(s Subject, of *Explanation, elsewhere []finding.Finding, now time.Time) {
	var blocks, within, full doc
	cause, others := split(s.Cause, unsaid(s.Findings, elsewhere))
	if s.sharesCause(of) {
		blocks.add(forSameReason(judged(s.Verdict, s.Role, cause, s.User)))
		cause = nil
	} else if s.Verdict != "" {
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

// checks lists the checks by stage: a line with the counts, and below it the checks that failed, warned or
// could not run. Details of findings are not repeated.
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
		row(finding.T("audit ID"), document.Of(document.Aside, said(s.AuditID))),
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

// skew compares a server's clock with this machine's; empty if the server's clock is not known.
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

// quotedOf are the error messages of the API server in the evidence of a finding.
func quotedOf(f *finding.Finding) []string {
	var out []string
	if f != nil {
		for _, e := range f.Evidence {
			if e.Kind == finding.ErrorMessage || e.Kind == finding.WireAnswer {
				out = append(out, e.Value.String())
			}
		}
	}
	return out
}
