package report

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Markdown writes a diagnosis for a ticket: the same things in the same order, and
// what is long folded away. What came from outside stands in code spans and code
// blocks, where it is no markup, no HTML, no link and no @mention, in whichever
// dialect of markdown it ends up.
func (p *Printer) Markdown(x *Explanation) error {
	x = safe(p, x)
	cause, others := split(x.Cause, x.Findings)
	others = withoutNoise(x, others)
	md := &markdown{Printer: *p}

	md.verdict("## ", "", x.Verdict, cause, x.User)
	if cause != nil && cause.Detail != "" {
		md.line(prose(sentence(cause.Detail)))
		md.line("")
	}
	if cause != nil {
		md.fact("cause", code(string(cause.ID)))
	}
	about := "credential"
	if x.Credential.Source == PastedError {
		about = "about"
	}
	md.fact(about, prose(subjectOf(x)))
	md.fact("explained at", code(absolute(p.Now)))

	if cause != nil && cause.ID == finding.CredentialRejected {
		certain, possible := apart(others)
		if len(possible) > 0 {
			md.heading("Not ruled out")
			md.findings(possible)
		}
		others = certain
	}
	if cause != nil && len(cause.Remedy) > 0 {
		md.heading("What to do")
		md.remedies("", cause.Remedy)
	}
	md.heading("Evidence")
	if cause != nil {
		md.evidence("", cause.Evidence)
	}
	for _, f := range decision(x, cause) {
		md.line("- " + f.name + ": " + prose(f.value))
	}
	if cause != nil {
		md.reference(cause.Reference)
	}
	if len(x.Answers) > 0 && x.Servers == nil && !saysAnswers(x.Findings) {
		md.heading("Answers")
		for _, f := range answerFacts(x.Answers) {
			md.fact(f.name, prose(f.value))
		}
	}
	md.servers(x)
	if x.User != nil {
		md.heading("Identity")
		md.identity(x.User)
	}
	for _, s := range x.Subjects {
		md.subject(s, others)
	}
	if len(others) > 0 {
		md.heading(otherFindings)
		md.findings(others)
	}
	md.trace(x.Credential.Trace)
	md.credential(&x.Credential, x.Verdict == Accepted)
	md.unknown(x.Checks)
	md.checks(x.Checks)
	if x.Server != nil {
		md.heading("API server")
		for _, f := range serverFacts(x.Server) {
			md.fact(f.name, prose(f.value))
		}
	}
	_, err := p.W.Write([]byte(md.out.String()))
	return err
}

type markdown struct {
	Printer
	out strings.Builder
}

// line writes a line. Of blank lines there is never more than one together.
func (md *markdown) line(s string) {
	s = strings.TrimRight(s, " ")
	if s == "" && (md.out.Len() == 0 || strings.HasSuffix(md.out.String(), "\n\n")) {
		return
	}
	md.out.WriteString(s + "\n")
}

func (md *markdown) heading(title string) {
	md.line("")
	md.line("### " + prose(title))
	md.line("")
}

// fact writes a list item; value is markdown already.
func (md *markdown) fact(name, value string) {
	if value != "" {
		md.line("- **" + prose(name) + "**: " + value)
	}
}

func (md *markdown) glyph(m mark) string {
	if md.ASCII {
		return m.ascii
	}
	return m.unicode
}

func (md *markdown) verdict(before, would, verdict string, cause *finding.Finding, user *Identity) {
	s := before + md.glyph(verdictMark(verdict)) + " " + would + prose(verdict)
	switch {
	case verdict == Accepted && user != nil:
		s += " as " + code(user.Username)
	case cause != nil:
		s += ": " + prose(cause.Title)
	}
	md.line(s)
	md.line("")
}

func (md *markdown) remedies(at string, remedies []finding.Remedy) {
	for i, r := range remedies {
		number := strconv.Itoa(i+1) + ". "
		description := prose(r.Description)
		if description == "" {
			description = "Run:"
		}
		md.line(at + number + description)
		if r.Command != "" {
			md.line("")
			md.block(at+strings.Repeat(" ", len(number)), "sh", r.Command)
			md.line("")
		}
	}
}

// block writes a code block with a fence that nothing inside can close.
func (md *markdown) block(at, language, content string) {
	fence := strings.Repeat("`", max(3, longestRun(content)+1))
	md.line(at + fence + language)
	for line := range strings.SplitSeq(content, "\n") {
		md.out.WriteString(at + line + "\n")
	}
	md.line(at + fence)
}

func (md *markdown) evidence(at string, evidence []finding.Evidence) {
	for _, e := range evidence {
		md.line(at + "- " + prose(e.Source) + ": " + code(e.Value))
	}
}

// reference is a link only where it is one of ours: an https URL that needs no
// escaping.
func (md *markdown) reference(ref string) {
	switch {
	case ref == "":
	case plainURL().MatchString(ref):
		md.line("- reference: <" + ref + ">")
	default:
		md.line("- reference: " + prose(ref))
	}
}

var plainURL = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^https://[A-Za-z0-9./_#%~=?&+-]+$`) })

func (md *markdown) identity(id *Identity) {
	md.fact("user", code(id.Username))
	if id.UID != "" {
		md.fact("uid", code(id.UID))
	}
	md.fact("groups", codes(id.Groups))
	keys, rest := atMost(sortedNames(id.Extra), mostRows)
	for _, key := range keys {
		md.line("- " + code(key) + ": " + codes(id.Extra[key]))
	}
	if rest > 0 {
		md.line("- extra: " + andMore(rest))
	}
}

func (md *markdown) findings(findings []finding.Finding) {
	for _, f := range findings {
		tag := code(string(f.ID))
		if f.Certainty != finding.Proved {
			tag += ", " + prose(certainty(&f))
		}
		md.line("- **" + md.glyph(severityMark(f.Severity)) + " " + prose(string(f.Severity)) + "**: " + prose(f.Title) + " (" + tag + ")")
		if f.Detail != "" {
			md.line("")
			md.line("  " + prose(sentence(f.Detail)))
			md.line("")
		}
		md.evidence("  ", f.Evidence)
		md.remedies("  ", f.Remedy)
	}
}

func (md *markdown) subject(s Subject, said []finding.Finding) {
	md.heading(upperFirst(s.Description))
	cause, others := split(s.Cause, unsaid(s.Findings, said))
	if s.Verdict != "" {
		md.verdict("", wouldBe(s.Role), s.Verdict, cause, s.User)
	}
	if cause != nil {
		if cause.Detail != "" {
			md.line(prose(sentence(cause.Detail)))
			md.line("")
		}
		md.remedies("", cause.Remedy)
	}
	if s.Credential != nil {
		for _, r := range origin(s.Credential) {
			md.fact(r.name, code(plainText(r.value)))
		}
	}
	md.findings(others)
}

func (md *markdown) credential(c *Credential, vouched bool) {
	rows := origin(c)
	life := lifeOf(c)
	if len(rows) == 0 && len(life.moments) == 0 {
		return
	}
	md.heading("Credential")
	if m, words := doubt(c, vouched); words != "" {
		md.line(md.glyph(m) + " **" + words + "**")
		md.line("")
	}
	for _, r := range rows {
		md.fact(r.name, code(plainText(r.value)))
	}
	m, words := life.summary(md.Now)
	if words == "" {
		return
	}
	md.fact("lifetime", md.glyph(m)+" "+words)
	drawing := (&Printer{Width: defaultWidth, ASCII: md.ASCII, Now: md.Now}).page()
	drawing.life(0, life)
	md.line("")
	md.block("", "text", strings.TrimRight(drawing.out.String(), "\n"))
}

func (md *markdown) unknown(checks []Check) {
	titled := false
	for _, c := range checks {
		if c.Status != Unknown {
			continue
		}
		if !titled {
			md.heading("What could not be settled")
			titled = true
		}
		line := "- " + prose(c.Title)
		if c.Detail != "" {
			line += ": " + prose(c.Detail)
		}
		md.line(line)
	}
}

// checks writes all checks as a table that is folded away under their sum.
func (md *markdown) checks(checks []Check) {
	if len(checks) == 0 {
		return
	}
	_, sum := tally(checks)
	md.heading("Checks")
	md.line("<details><summary>" + sum + "</summary>")
	md.line("")
	md.line("| | check | stage | detail |")
	md.line("| --- | --- | --- | --- |")
	for _, c := range checks {
		md.line("| " + md.glyph(statusMark(c.Status)) + " " + statusWord(c.Status) + " | " + cellOf(c.Title) + " | " + cellOf(c.Stage) + " | " + cellOf(c.Detail) + " |")
	}
	md.line("")
	md.line("</details>")
}

func plainText(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.text)
	}
	return b.String()
}

func codes(values []string) string {
	values, rest := atMost(values, mostRows)
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = code(v)
	}
	if rest > 0 {
		out = append(out, andMore(rest))
	}
	return strings.Join(out, ", ")
}

// code writes s as a code span, with a fence that nothing inside can close.
func code(s string) string {
	s = finding.Shorten(s, mostLine)
	if strings.Trim(s, " ") == "" {
		return "(empty)"
	}
	fence := strings.Repeat("`", longestRun(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") {
		// Markdown takes one space from either end.
		s = " " + s + " "
	}
	return fence + s + fence
}

// longestRun is the length of the longest run of backticks in s.
func longestRun(s string) int {
	longest, run := 0, 0
	for _, r := range s {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// A plain word is one that means nothing but itself in any dialect of markdown: no
// mark-up, no address, no mention, no reference to an issue or a commit.
// It is compiled when it is first needed: most runs print no markdown.
var plainWord = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[("']*[\p{L}\p{M}]+([’'-]?[\p{L}\p{M}]+)*[0-9]{0,3}[)"']*[.,;:!?]*$|^[0-9]+[a-z]{0,2}[,;:]?$`)
})

var trailing = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[.,;:!?]*$`) })

// prose writes a sentence as markdown: words stay words, and whatever could be
// markup (a name, an address, a time, HTML) goes into a code span.
func prose(s string) string {
	s = finding.Shorten(s, mostLine)
	var out, special []string
	flush := func() {
		if len(special) == 0 {
			return
		}
		span := strings.Join(special, " ")
		special = nil
		body := trailing().ReplaceAllString(span, "")
		if body == "" {
			body = span
		}
		out = append(out, code(body)+span[len(body):])
	}
	for word := range strings.SplitSeq(s, " ") {
		switch {
		case word == "":
		case plainWord().MatchString(word):
			flush()
			out = append(out, word)
		default:
			special = append(special, word)
			if trailing().FindString(word) != "" {
				flush()
			}
		}
	}
	flush()
	return strings.Join(out, " ")
}

// cellOf is prose for the cell of a table, which a bar would end.
func cellOf(s string) string { return strings.ReplaceAll(prose(s), "|", `\|`) }
