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
	x = safe(x)
	page := p.page()
	cause, others := split(x.Cause, x.Findings)

	page.verdict(0, "", x.Verdict, cause, x.User)
	page.why(cause)
	if x.Verdict == Accepted {
		// What will hurt is said at once, and explained below.
		for _, f := range others {
			if f.Severity == finding.Warning && f.Explains() {
				page.item(indent, markWarning, text(f.Title), text("  "), unbroken("["+string(f.ID)+"]", faint))
			}
		}
	}
	page.blank()
	var rows list
	for _, r := range decision(x, cause) {
		rows.add(r.name, r.value)
	}
	page.rows(indent, rows)
	page.account(cause)
	if x.Servers == nil && !saysAnswers(x.Findings) {
		page.answers(x.Answers)
	}
	page.servers(x)
	page.identity("Who it is", x.User)
	for _, s := range x.Subjects {
		page.subject(s, others)
	}
	page.beside(cause, others)
	page.trace(x.Credential.Trace)
	page.credential(&x.Credential, x.Verdict == Accepted)
	page.unknown(x.Checks)
	page.checks(x.Checks, x.Findings)
	page.server(x.Server)
	return page.flush()
}

// verdict writes the answer in one sentence.
func (p *page) verdict(at int, before, verdict string, cause *finding.Finding, user *Identity) {
	m := verdictMark(verdict)
	spans := []span{text(before), styled(verdict, m.style)}
	switch {
	case verdict == Accepted && user != nil:
		spans = append(spans, text(" as "), styled(user.Username, bold))
	case cause != nil:
		spans = append(spans, text(": "), styled(cause.Title, bold), text("  "), unbroken("["+string(cause.ID)+"]", faint))
	}
	p.item(at, m, spans...)
}

// A fact is a name and a value, both plain text.
type fact struct{ name, value string }

// decision says what was judged, for which audiences, by whom, and how the cause is
// known.
func decision(x *Explanation, cause *finding.Finding) []fact {
	facts := []fact{{"credential", named(&x.Credential)}}
	decidedBy := decider(x.DecidedBy)
	if x.DecidedBy == BySelfSubjectReview && x.Credential.Type == credential.TypeNone {
		decidedBy = "the API server, which was asked without a credential"
	}
	if x.Credential.Source == PastedError {
		facts, decidedBy = nil, "the words of the pasted error; no server was asked"
	}
	if len(x.Audiences) > 0 {
		facts = append(facts, fact{"asked for", audiences(x.Audiences, "")})
	}
	facts = append(facts, fact{"decided by", decidedBy})
	if cause != nil {
		facts = append(facts, fact{"certainty", certainty(cause)})
	}
	return facts
}

// answers writes how often each answer came.
func (p *page) answers(answers []Answers) {
	if len(answers) == 0 {
		return
	}
	p.heading("Asked more than once")
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
	case len(f.Evidence) > 0:
		return "proved by the evidence below"
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
		p.verdict(indent, wouldBe(s.Role), s.Verdict, cause, s.User)
	}
	at := indent * 2
	if cause != nil && cause.Detail != "" {
		p.paragraph(at, text(sentence(cause.Detail)))
	}
	if s.Credential != nil {
		rows := origin(s.Credential)
		words, _ := lifeOf(s.Credential).summary(p.Now)
		rows.add("life", words)
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

// unknown writes the checks that have no answer, and why.
func (p *page) unknown(checks []Check) {
	titled := false
	for _, c := range checks {
		if c.Status != Unknown {
			continue
		}
		if !titled {
			p.heading("What could not be settled")
			titled = true
		}
		spans := []span{text(c.Title)}
		if c.Detail != "" {
			spans = append(spans, text(": "+c.Detail))
		}
		p.item(indent, markUnknown, spans...)
	}
}

// checks writes the checks by stage: those that failed or warned by name, the
// others by their number. What a finding has said in full is not said again.
func (p *page) checks(checks []Check, said []finding.Finding) {
	if len(checks) == 0 {
		return
	}
	p.heading("Checks")
	var rows list
	idle := 0
	for _, stage := range stages(checks) {
		var lines [][]span
		count := map[string]int{}
		for _, c := range stage.checks {
			count[c.Status]++
			if c.Status != Fail && c.Status != Warn {
				continue
			}
			m := statusMark(c.Status)
			title := c.Title
			if c.Detail != "" && !slices.ContainsFunc(said, func(f finding.Finding) bool { return f.Detail == c.Detail }) {
				title += ": " + c.Detail
			}
			lines = append(lines, []span{styled(p.glyph(m)+" "+statusWord(c.Status), m.style), text("  " + title)})
		}
		idle += count[NotApplicable]
		var rest []span
		for _, status := range []string{Pass, Unknown} {
			if n := count[status]; n > 0 {
				if len(rest) > 0 {
					rest = append(rest, text("   "))
				}
				m := statusMark(status)
				rest = append(rest, styled(p.glyph(m), m.style), text(" "+strconv.Itoa(n)+" "+statusWord(status)))
			}
		}
		if len(rest) > 0 {
			lines = append(lines, rest)
		}
		for i, line := range lines {
			rows = append(rows, row{[]string{stage.name, ""}[min(i, 1)], line})
		}
	}
	p.rows(indent, rows)
	if idle > 0 {
		p.item(indent, markNotAsked, text(fmt.Sprintf("%d %s not apply to this credential", idle, plural(idle, "check does", "checks do"))))
	}
}

func statusWord(status string) string {
	switch status {
	case Pass:
		return "pass"
	case Fail:
		return "fail"
	case Warn:
		return "warn"
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
		facts = append(facts, fact{"asks for", "no client certificate"})
	case len(s.ClientCAs) == 0:
		facts = append(facts, fact{"asks for", "client certificates of any CA"})
	default:
		facts = append(facts, fact{"asks for", "client certificates of " + strings.Join(s.ClientCAs, "; ")})
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
