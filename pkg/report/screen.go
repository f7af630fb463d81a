package report

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// A screen is the beginning of a report on a terminal: the answer, its reason and the fix. Without --details, the
// report ends after the screen, and the last line names the folded parts.
type screen struct {
	verdict document.Verdict
	// about is the subject, the source of the verdict and its certainty.
	about   []finding.Text
	decided finding.Text
	// cause explains the verdict.
	cause *finding.Finding
	// said is the API server's error message, and saidBy is its label.
	said, saidBy finding.Text
	// seen is evidence in addition to that of the cause, and fixes are further fixes.
	seen  rows
	fixes []finding.Remedy
	// facts are never folded if the verdict is good: an identity, a lifetime.
	facts []document.Block
	// others are the findings other than the cause. They come first if no API server answered.
	others      []finding.Finding
	othersFirst bool
	// lines are further lines that are never folded: open checks, further subjects.
	lines []line
	// passed and open count the checks that passed and those that could not run.
	passed, open int
	// further are counts of other folded parts.
	further []finding.Text
	// pasted reports that there is no credential.
	pasted bool
}

// The limits of a screen, in rows of eighty columns.
const (
	screenWidth  = 80
	mostEvidence = 6
	mostOfValue  = 2
	mostOfWords  = 3
	// pair is two values that differ. The API server's error message is shortened further to fit both.
	pair       = 2
	widestName = 30
	// widthOfPossible is the width of a value beside "API server said".
	widthOfPossible = screenWidth - 2 - len("API server said") - 2
)

var serverSaid = finding.T("API server said")

// first adds the screen.
func (d *doc) first(s screen) {
	var out doc
	out.add(s.verdict)
	var about doc
	for _, t := range s.about {
		about.add(paragraph(t))
	}
	if !s.decided.IsZero() {
		about.add(document.Paragraph{Words: document.Of(document.Aside, s.decided)})
	}
	out.add(document.Within(about))
	if s.cause != nil && !saysTitle(s.cause) {
		out.within(document.Part{paragraph(s.cause.Detail.Sentence())})
	}
	others := lineOf(s.others, s.isUnsettled())
	if s.othersFirst {
		out.add(document.Short{document.Within{document.Part{others}}})
		others = nil
	}
	seen, words, against := s.evidence()
	room, lines := s.fit(seen, words)
	short, rest := fewRows(seen, words, room)
	all := append(slices.Clone(seen), against...)
	if len(s.facts) > 0 {
		out.add(document.Short{document.Within{document.Part(s.facts)}})
	}
	out.add(document.Short{document.Within{document.Part{document.Rows{Rows: short, Evidence: true}}}})
	if s.cause != nil {
		all.add(finding.T("reference"), document.Of(document.Link, said(s.cause.Reference)))
	}
	out.add(document.Folded{document.Within{document.Part{document.Rows{Rows: all, Evidence: true}}}})
	fixes := s.allFixes()
	shown := s.shownFixes()
	if len(fixes) > 0 {
		out.add(document.Short{document.Within{document.Part{shown}}}, document.Folded{document.Within{document.Part{document.Remedies(fixes)}}})
	}
	out.add(document.Short{document.Within{document.Part{append(others, lines...)}}})
	if words := s.last(len(fixes)-len(shown), rest+s.notSaid(against)); len(words) > 0 {
		out.add(document.Short{document.Part{document.Paragraph{Words: words}}})
	}
	d.add(document.Brief(out))
}

// allFixes returns the fixes of the cause and the further fixes.
func (s *screen) allFixes() []finding.Remedy {
	if s.cause == nil {
		return s.fixes
	}
	return slices.Concat(s.cause.Remedy, s.fixes)
}

// shownFixes returns the fixes that are not folded.
func (s *screen) shownFixes() document.Remedies {
	fixes := s.allFixes()
	if s.cause != nil && s.cause.ID == finding.InputNotGiven {
		// Each fix names another input, and all are needed.
		return withoutOthersCommands(fixes)
	}
	return withoutOthersCommands(fixes[:min(len(fixes), 1)])
}

// isUnsettled reports whether the reason for the verdict is unknown.
func (s *screen) isUnsettled() bool {
	return s.cause != nil && s.cause.ID == finding.CredentialRejected
}

// evidence returns the evidence for the cause, with the API server's error message last. folded is the evidence
// against other causes and the evidence that the screen already shows.
func (s *screen) evidence() (seen rows, spoke bool, folded rows) {
	words, wire := s.said, finding.Text{}
	name := serverSaid
	if !s.saidBy.IsZero() {
		name = s.saidBy
	}
	var detail string
	if s.cause != nil {
		detail = s.cause.Detail.String()
		for _, e := range s.cause.Evidence {
			switch r := row(e.Source, value(e.Value)); {
			case e.Kind == finding.ErrorMessage, e.Kind == finding.PastedMessage:
				if words.IsZero() {
					words = e.Value
				}
			case e.Kind == finding.WireAnswer && s.cause.ID == finding.CredentialRejected:
				wire = e.Value
			case e.Kind == finding.WireAnswer:
				seen.add(finding.T("answer received"), value(e.Value))
			case e.Kind == finding.Elimination:
				folded = append(folded, r)
			default:
				seen = append(seen, r)
			}
		}
	}
	if words.IsZero() {
		words = wire
	} else if !wire.IsZero() {
		folded.add(finding.WireAnswer.Source(), value(wire))
	}
	seen = append(seen, s.seen...)
	if len(seen) == 1 && words.IsZero() && len(s.seen) == 0 && strings.Contains(detail, s.cause.Evidence[0].Value.String()) {
		// The sentence above already has the content of the row.
		return nil, false, append(folded, seen...)
	}
	if !words.IsZero() && strings.Contains(detail, words.String()) {
		folded.add(name, value(words))
		return seen, false, folded
	}
	seen.add(name, value(words))
	return seen, !words.IsZero(), folded
}

// notSaid counts the rows that are not part of the cause's detail.
func (s *screen) notSaid(folded rows) int {
	n := 0
	for _, r := range folded {
		if s.cause == nil || !strings.Contains(s.cause.Detail.String(), r.Value.String()) {
			n++
		}
	}
	return n
}

// last names the folded parts. fixes and evidence are the numbers of folded fixes and rows.
func (s *screen) last(fixes, evidence int) document.Words {
	var parts []finding.Text
	count := func(n int, what finding.Text) {
		if n > 0 {
			parts = append(parts, finding.T("%s %s", finding.Count(n), what))
		}
	}
	count(s.passed, choose(s.passed, map[int]finding.Text{1: finding.T("check passed")}, finding.T("checks passed")))
	count(s.open, finding.T("could not run"))
	parts = append(parts, s.further...)
	count(fixes, choose(fixes, map[int]finding.Text{1: finding.T("more fix")}, finding.T("more fixes")))
	count(evidence, finding.T("more of the evidence"))
	const end = " · --details"
	for len(parts) > 1 && utf8.RuneCountInString(finding.Join(", ", parts...).String()+end) > screenWidth {
		parts = parts[:len(parts)-1]
	}
	if len(parts) == 0 {
		parts = []finding.Text{finding.T("references, the decoded credential")}
		if s.pasted {
			parts = []finding.Text{finding.T("references")}
		}
	}
	words := document.Of(document.Aside, finding.Join(", ", parts...))
	return append(words, glue(finding.T(" · ")), document.Of(document.Aside, finding.T("--details"))[0])
}

// saysTitle reports whether a finding has no detail beyond its title.
func saysTitle(f *finding.Finding) bool {
	return f.Detail.IsZero() || sameWords(f.Detail.String(), f.Title.String())
}

// sameWords compares sentences without their case and final full stop.
func sameWords(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

// lineOf has a line for each error and each warning that is certain. If the verdict or its reason is unsettled, a
// missing permission adds what it would settle.
func lineOf(findings []finding.Finding, unsettled bool) document.Items {
	var out document.Items
	for _, f := range findings {
		if !f.Explains() || f.Severity == finding.Info {
			continue
		}
		words := colon(entitled(f.Title, f.ID, document.Prose))
		if f.Certainty == finding.Eliminated {
			words[len(words)-1].Short = finding.T("by elimination")
		}
		item := document.Item{Mark: severityMark(f.Severity), Word: said(string(f.Severity)), Words: words}
		if f.ID == finding.ReviewNotPermitted && unsettled {
			item.Blocks = []document.Block{paragraph(finding.T("A TokenReview would give the API server's reason."))}
		}
		if (f.ID == finding.AudienceNotChecked || f.ID == finding.IssuerNotChecked) && len(f.Remedy) > 0 {
			// The fix is a flag of the same command.
			item.Blocks = []document.Block{paragraph(f.Remedy[0].Description)}
		}
		out = append(out, item)
	}
	return out
}

// maybe adds the remaining causes, by name under a verdict without a known reason.
func (s *screen) maybe(cause *finding.Finding, possible []finding.Finding, verdict string) {
	n := len(possible)
	if n == 0 {
		return
	}
	if verdict != Undecided && cause != nil && explainsByItself(cause) {
		s.further = append(s.further, finding.T("%s possible", many(int64(n), finding.T("more finding"), finding.T("more findings"))))
		return
	}
	if cause != nil && cause.ID == finding.CredentialRejected {
		names := namedOf(possible)
		if s.pasted && !slices.ContainsFunc(possible, func(f finding.Finding) bool { return !slices.Contains(besideRejection, f.ID) }) {
			// The error message is about no known credential, so its possible faults are not listed.
			s.seen.add(finding.T("possible"), prose(finding.T("any reason to reject a credential, or %s", names)))
			return
		}
		s.seen.add(finding.T("possible"), prose(names))
	}
	s.further = append(s.further, finding.T("%s not ruled out", many(int64(n), finding.T("cause"), finding.T("causes"))))
}

// besideRejection are causes of a 401 other than the API server's answer to the credential.
var besideRejection = []finding.ID{finding.AnswerNotFromAPIServer, finding.AggregatedAPIRefused}

// namedOf lists as many IDs of findings as fit into two rows, and the number of the rest.
func namedOf(findings []finding.Finding) finding.Text {
	var out finding.Text
	ids := make([]finding.Value, 0, mostNamed)
	for i, f := range findings[:min(len(findings), mostNamed)] {
		ids = append(ids, said(string(f.ID)))
		next := finding.Join(", ", ids...)
		if rest := len(findings) - i - 1; rest > 0 {
			next = join(next, andMore(rest))
		}
		if i > 0 && wrapped(next.String(), widthOfPossible) > 2 {
			break
		}
		out = next
	}
	return out
}

// unsettled has a line for each reason why checks that could change the verdict or its cause could not run. It
// omits the reasons that the report already has: an API server that did not answer, and a missing TokenReview.
func (x *Explanation) unsettled(possible []finding.Finding) []line {
	var out []line
	for _, g := range x.openChecks(possible) {
		item := document.Item{Mark: document.Unknown, Word: finding.T("could not run"), Words: colon(prose(finding.Join(", ", g.titles...)))}
		out = append(out, line{item, g.why})
	}
	return out
}

// shownOpen counts the checks that unsettled names.
func (x *Explanation) shownOpen(possible []finding.Finding) int {
	n := 0
	for _, g := range x.openChecks(possible) {
		n += len(g.titles)
	}
	return n
}

// openGroup has the checks that could not run for the same reason.
type openGroup struct {
	why    finding.Text
	titles []finding.Value
}

func (x *Explanation) openChecks(possible []finding.Finding) []openGroup {
	if x.unanswered() || slices.ContainsFunc(x.Findings, func(f finding.Finding) bool { return f.ID == finding.ReviewNotPermitted && f.Severity != finding.Info }) {
		return nil
	}
	var out []openGroup
	refused := x.refusesCaller()
	for _, c := range x.Checks {
		if c.Status != Unknown || !mayFind(c.ID, possible) {
			continue
		}
		if refused {
			c.Detail = finding.T("your own credential is rejected")
		}
		i := slices.IndexFunc(out, func(g openGroup) bool { return g.why.String() == c.Detail.String() })
		if i < 0 {
			i, out = len(out), append(out, openGroup{why: c.Detail})
		}
		out[i].titles = append(out[i].titles, said(c.Title))
	}
	return out
}

// refusesCaller reports whether the API server rejects the caller's own credential, so that all questions fail for
// one reason.
func (x *Explanation) refusesCaller() bool {
	return x.Verdict == Rejected && slices.ContainsFunc(x.Findings, func(f finding.Finding) bool { return f.ID == finding.ReviewNotPermitted && f.Severity == finding.Info })
}

// mayFind reports whether the check may return one of the findings.
func mayFind(check string, findings []finding.Finding) bool {
	return slices.ContainsFunc(checks.All, func(c checks.Check) bool {
		return c.ID == check && slices.ContainsFunc(findings, func(f finding.Finding) bool { return f.Severity == finding.Error && slices.Contains(c.Finds, f.ID) })
	})
}

// sharesCause reports whether the cause of the credential also applies to the subject.
func (s *Subject) sharesCause(of *Explanation) bool {
	return s.Role == string(evidence.Unwrapped) && s.Cause != "" && s.Cause == of.Cause && s.Verdict == of.Verdict
}

func forSameReason(v document.Verdict) document.Verdict {
	v.Words = document.Words{glue(finding.T(" for the same reason"))}
	return v
}

// line describes a further subject on one line.
func (s *Subject) line(of *Explanation, now time.Time) line {
	out := document.Item{Mark: document.None, Words: strong(upperFirst(s.Description))}
	cause, _ := split(s.Cause, s.Findings)
	switch {
	case s.Verdict != "":
		v := judged(s.Verdict, s.Role, cause, s.User)
		if s.sharesCause(of) {
			v = forSameReason(v)
		}
		out.Mark = v.Mark
		out.Words = append(append(out.Words, glue(finding.T(": ")), prose(v.Word)[0]), v.Words...)
	case s.Credential != nil:
		life := lifeOf(s.Credential, now)
		out.Mark = life.Mark
		if !life.words.IsZero() {
			out.Words = append(out.Words, colon(prose(life.words))...)
		}
	}
	if out.Mark == document.None {
		out.Mark = document.NotAsked
	}
	return line{Item: out}
}

// lines has a line for each of several API servers. It does not repeat the error messages in quoted.
func (s *Servers) lines(quoted []string) []line {
	var out []line
	for _, one := range s.Items {
		m, answer := verdictMark(one.Verdict), said(one.Verdict)
		why := one.Error
		if !one.NotAsked.IsZero() {
			m, answer, why = document.Unknown, finding.T("not asked"), one.NotAsked
		}
		if slices.ContainsFunc(quoted, func(q string) bool { return strings.Contains(why.String(), q) }) {
			why = finding.Text{}
		}
		words := append(document.Of(document.Strong, said(one.URL)), colon(prose(answer))...)
		out = append(out, line{document.Item{Mark: m, Words: words}, why})
	}
	if problem := s.Problem.Sentence(); !problem.IsZero() {
		out = append(out, line{document.Item{Mark: document.Unknown}, problem})
	}
	return out
}

// identityRows are the properties of a user other than its name.
func identityRows(id *Identity) rows {
	out := some(row(finding.T("uid"), value(said(id.UID))), row(finding.T("groups"), prose(commas(id.Groups))))
	name := finding.T("extra")
	keys, rest := atMost(sortedNames(id.Extra), mostNamed)
	for _, key := range keys {
		slash := strings.LastIndex(key, "/") + 1
		out.add(name, value(finding.T("%s=%s", finding.Message(key[slash:]), commas(id.Extra[key]))))
		name = finding.Text{}
	}
	if rest > 0 {
		out.add(name, prose(andMore(rest)))
	}
	return out
}

// expiry is the expiry of a credential on one line.
func expiry(c *Credential, now time.Time) rows {
	if c.Certificate != nil && !c.Verified {
		// The user belongs to another credential.
		return nil
	}
	life := lifeOf(c, now)
	if c.ExpiresAt == nil {
		return some(row(finding.T("lifetime"), prose(life.words)))
	}
	return some(row(finding.T("expires"), prose(finding.T("%s (%s)", finding.Time(c.ExpiresAt.Time), finding.Ago(c.ExpiresAt.Time, now)))))
}

// with returns a document with another section.
func (d doc) with(title finding.Text, blocks ...document.Block) doc {
	d.section(title, blocks...)
	return d
}
