package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Explanation writes a diagnosis. The first screen answers: what the API server
// makes of the credential, why, and what to do.
func (p *Printer) Explanation(x *Explanation) error {
	x = safe(p, x)
	page := p.page()
	cause, others := split(x.Cause, x.Findings)

	page.judged(0, "", x.Verdict, cause, x.User)
	page.about(subjectOf(x))
	page.meant(x)
	others = withoutNoise(x, others)
	if x.Verdict == Accepted {
		others = page.willHurt(others)
	}
	var found list
	for _, r := range decision(x, cause) {
		found.add(r.name, r.value)
	}
	page.seen(cause)
	if cause != nil && cause.ID == finding.CredentialRejected {
		// What it may be is all the answer that there is.
		certain, possible := apart(others)
		page.notRuledOut(cause, possible)
		others = certain
	}
	page.remedy(cause, found)
	if x.Servers == nil && !saysAnswers(x.Findings) {
		page.answers(x.Answers)
	}
	page.servers(x)
	page.identity(x.User)
	for _, s := range x.Subjects {
		page.subject(s, others)
	}
	page.others(otherFindings, cause, others)
	page.trace(x.Credential.Trace)
	page.credential(&x.Credential, x.Verdict == Accepted)
	page.checks(x.Checks, x.Findings)
	page.server(x.Server)
	return page.flush()
}

// meant says below the verdict what would become of the token that was probably meant.
func (p *page) meant(x *Explanation) {
	for _, s := range x.Subjects {
		if s.Role == RoleUnwrapped && s.Verdict == Accepted && s.User != nil {
			p.paragraph(indent, text("the token that was probably meant would be Accepted as "+s.User.Username))
		}
	}
}

// willHurt says at once, below Accepted, what is true and will hurt, and returns the rest.
func (p *page) willHurt(others []finding.Finding) []finding.Finding {
	hurts := func(f finding.Finding) bool { return f.Severity == finding.Warning && f.Explains() }
	var warnings []finding.Finding
	for _, f := range others {
		switch {
		case hurts(f):
			warnings = append(warnings, f)
		case f.ID == finding.AnswerMayBeCached:
			p.paragraph(indent, text("still accepted from the server's cache: ask again in ten seconds"))
		}
	}
	if len(warnings) > 0 {
		p.blank()
		p.findings(indent, warnings)
	}
	return slices.DeleteFunc(others, hurts)
}

// withoutNoise leaves out what a verdict does not turn on: what becomes of requests without
// credentials says nothing of one that was accepted or refused.
func withoutNoise(x *Explanation, others []finding.Finding) []finding.Finding {
	if x.Verdict != Accepted && x.Verdict != Rejected {
		return others
	}
	return slices.DeleteFunc(others, func(f finding.Finding) bool { return f.ID == finding.AnonymousAccessEnabled })
}

// judged writes the verdict on a credential.
func (p *page) judged(at int, before, verdict string, cause *finding.Finding, user *Identity) {
	var spans []span
	switch {
	case verdict == Accepted && user != nil:
		spans = []span{text(" as "), styled(user.Username, bold)}
	case cause != nil:
		spans = titled(cause)
	}
	p.sign(at, verdictMark(verdict), before+verdict, spans...)
}

// A fact is a name and a value, both plain text.
type fact struct{ name, value string }

// subjectOf says what was judged, and for which audiences.
func subjectOf(x *Explanation) string {
	if x.Credential.Source == PastedError {
		return "the pasted error; no server was asked"
	}
	return join(named(&x.Credential), forAudiences(x.Audiences, x.AcceptedFor))
}

// decision says by whom the verdict was given, and how the cause is known.
func decision(x *Explanation, cause *finding.Finding) []fact {
	decidedBy := decider(x.DecidedBy)
	switch {
	case x.Credential.Source == PastedError:
		decidedBy = "the words of the error"
	case x.DecidedBy == BySelfSubjectReview && x.Credential.Type == credential.TypeNone:
		decidedBy = "the API server, which was asked without a credential"
	}
	facts := []fact{{"decided by", decidedBy}}
	if cause != nil {
		known := certainty(cause)
		if cause.ID == finding.CredentialRejected && cause.Certainty == finding.Proved {
			known = "that it was refused is proved; why is not known"
			if x.Verdict != Rejected {
				known = "the answer is proved; whose it was, and why, is not known"
			}
		}
		facts = append(facts, fact{"certainty", known})
	}
	return facts
}

// answers writes how often each answer came.
func (p *page) answers(answers []Answers) {
	if len(answers) == 0 {
		return
	}
	p.heading("Answers")
	var rows list
	for i, f := range answerFacts(answers) {
		if i > 0 && answers[i].Question == answers[i-1].Question {
			f.name = ""
		}
		rows = append(rows, row{f.name, []span{text(f.value)}})
	}
	p.rows(indent, rows)
}

// saysAnswers: the finding that the answers differ has them as its evidence.
func saysAnswers(findings []finding.Finding) bool {
	return slices.ContainsFunc(findings, func(f finding.Finding) bool { return f.ID == finding.ReplicasDisagree && f.Explains() })
}

func answerFacts(answers []Answers) []fact {
	var out []fact
	for _, a := range answers {
		out = append(out, fact{a.Question, fmt.Sprintf("%d of %d  %s", a.Times, a.Of, a.Answer)})
	}
	return out
}

func decider(by string) string {
	switch by {
	case ByTokenReview:
		return "the API server, in a TokenReview"
	case BySelfSubjectReview:
		return "the API server, which was sent the credential itself"
	case ByInference:
		return "inference from what the API server answered"
	default:
		return "nobody: no API server has said yes or no"
	}
}

func certainty(f *finding.Finding) string {
	switch {
	case f.Certainty == finding.Eliminated:
		return "by elimination: nothing else that is known fits the evidence"
	case f.Certainty == finding.Possible:
		return "possible, not proved"
	default:
		return "proved"
	}
}

// subject writes what became of a credential beside the one that was asked about.
// What is true of both is said once, of the other.
func (p *page) subject(s Subject, said []finding.Finding) {
	p.heading(upperFirst(s.Description))
	cause, others := split(s.Cause, unsaid(s.Findings, said))
	if s.Verdict != "" {
		p.judged(indent, wouldBe(s.Role), s.Verdict, cause, s.User)
	}
	at := indent * 2
	if cause != nil && cause.Detail != "" {
		p.paragraph(at, text(sentence(cause.Detail)))
	}
	if s.Credential != nil {
		rows := origin(s.Credential)
		_, words := lifeOf(s.Credential).summary(p.Now)
		rows.add("lifetime", words)
		if len(rows) > 0 {
			p.blank()
			p.rows(at, rows)
		}
	}
	if cause != nil && len(cause.Remedy) > 0 {
		p.blank()
		p.remedies(at, cause.Remedy)
	}
	if len(others) > 0 {
		p.blank()
		p.findings(at, others)
	}
}

// unsaid leaves out the findings that stand elsewhere in the same words.
func unsaid(findings, said []finding.Finding) []finding.Finding {
	var out []finding.Finding
	for _, f := range findings {
		if !slices.ContainsFunc(said, func(o finding.Finding) bool { return o.ID == f.ID && o.Detail == f.Detail }) {
			out = append(out, f)
		}
	}
	return out
}

// wouldBe comes before the verdict of what is not what is being sent.
func wouldBe(role string) string {
	switch role {
	case RoleUnwrapped, RoleShadowed:
		return "would be "
	default:
		return ""
	}
}

// checks writes the checks by stage: a line with the sum of each, under it in full those
// that failed, warned or have no answer. What a finding has said is not said again.
func (p *page) checks(checks []Check, said []finding.Finding) {
	if len(checks) == 0 {
		return
	}
	m, sum := tally(checks)
	p.heading("Checks", p.beside(m, sum)...)
	var groups []stage
	column := 0
	for _, s := range stages(checks) {
		if slices.ContainsFunc(s.checks, func(c Check) bool { return c.Status != NotApplicable }) {
			groups = append(groups, s)
			column = max(column, width(s.name))
		}
	}
	for _, s := range groups {
		applicable := slices.DeleteFunc(slices.Clone(s.checks), func(c Check) bool { return c.Status == NotApplicable })
		m, sum := tally(applicable)
		p.item(indent, m, text(s.name+strings.Repeat(" ", column-width(s.name)+2)+sum))
		for _, c := range applicable {
			if c.Status == Pass {
				continue
			}
			words := ": " + c.Title
			if c.Detail != "" && !slices.ContainsFunc(said, func(f finding.Finding) bool { return f.Explains() && f.Detail == c.Detail }) {
				words += ": " + c.Detail
			}
			p.sign(indent*2, statusMark(c.Status), statusWord(c.Status), text(words))
		}
	}
}

// tally counts checks, and marks them as the worst of them is.
func tally(checks []Check) (mark, string) {
	count := map[string]int{}
	for _, c := range checks {
		count[c.Status]++
	}
	m := markNotAsked
	var sums []string
	for _, status := range []string{Fail, Warn, Unknown, Pass, NotApplicable} {
		if n := count[status]; n > 0 {
			if len(sums) == 0 {
				m = statusMark(status)
			}
			sums = append(sums, strconv.Itoa(n)+" "+statusWord(status))
		}
	}
	return m, strings.Join(sums, ", ")
}

func statusWord(status string) string {
	switch status {
	case Pass:
		return "passed"
	case Fail:
		return "failed"
	case Warn:
		return "warned"
	case NotApplicable:
		return "not applicable"
	default:
		return "unknown"
	}
}

type stage struct {
	name   string
	checks []Check
}

// stages groups checks by stage, in the order in which the stages first appear.
func stages(checks []Check) []stage {
	var out []stage
	at := map[string]int{}
	for _, c := range checks {
		i, ok := at[c.Stage]
		if !ok {
			i = len(out)
			at[c.Stage] = i
			out = append(out, stage{name: c.Stage})
		}
		out[i].checks = append(out[i].checks, c)
	}
	return out
}

// server writes which API server was asked.
func (p *page) server(s *Server) {
	if s == nil {
		return
	}
	p.heading("API server")
	var rows list
	for _, f := range serverFacts(s) {
		rows.add(f.name, f.value)
	}
	p.rows(indent, rows)
}

func serverFacts(s *Server) []fact {
	facts := []fact{{"url", s.URL}, {"version", s.Version}}
	if s.ClockSkewSeconds != nil {
		facts = append(facts, fact{"clock", skew(*s.ClockSkewSeconds)})
	}
	facts = append(facts, fact{"audit ID", s.AuditID}, fact{"proxy", s.Proxy})
	if c := s.Certificate; c != nil {
		words := c.Subject + ", issued by " + c.Issuer
		if c.NotAfter != nil {
			words += ", until " + absolute(c.NotAfter.Time)
		}
		facts = append(facts, fact{"certificate", words})
	}
	switch asks := s.RequestsClientCertificate; {
	case asks == nil:
	case !*asks:
		facts = append(facts, fact{"client CAs", "none: it asks for no client certificate"})
	case len(s.ClientCAs) == 0:
		facts = append(facts, fact{"client CAs", "any: it asks for client certificates and names none"})
	default:
		facts = append(facts, fact{"client CAs", listed(s.ClientCAs, "; ")})
	}
	return facts
}

func skew(seconds int64) string {
	switch {
	case seconds > 0:
		return fmt.Sprintf("%d s ahead of this machine's", seconds)
	case seconds < 0:
		return fmt.Sprintf("%d s behind this machine's", -seconds)
	default:
		return "agrees with this machine's"
	}
}

func upperFirst(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
