package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Document is the report of a simulation.
func (x *Simulation) Document(now time.Time) document.Document { return x.document(now, nil) }

// document has a line for each of the other credentials.
func (x *Simulation) document(now time.Time, beside []line) document.Document {
	if x.Verdict == "" && x.Configuration != nil {
		return x.checked()
	}
	var d doc
	cause, others := split(x.Cause, x.Findings)
	about := join(named(&x.Credential), forAudiences(x.Audiences, x.AcceptedFor))
	if x.At != nil {
		about = join(about, finding.T("as of %s", finding.Time(x.At.Time)))
	}
	others = withoutRelease(others)
	decided := finding.T("decided by the authenticators of Kubernetes %s, run here", finding.Message(x.Kubernetes))
	if x.Configuration != nil && !x.Configuration.Valid {
		decided = finding.T("verdict of the authenticators of Kubernetes %s, run here: %s", finding.Message(x.Kubernetes), said(x.Verdict))
	}
	if x.Verdict == Undecided && x.Configuration == nil {
		decided = finding.T("not %s", decided)
	}
	first := screen{
		verdict: x.title(cause), about: []finding.Text{about}, decided: decided, cause: cause, others: others,
		said: said(x.Error), saidBy: finding.T("API server would log"),
	}
	_, possible := apart(others)
	first.maybe(cause, possible, x.Verdict)
	if x.User != nil {
		first.facts = []document.Block{document.Rows{Rows: append(identityRows(x.User), expiry(&x.Credential, now)...)}}
	}
	if cause == nil || cause.ID != finding.InputNotGiven {
		for _, m := range x.Missing {
			first.lines = append(first.lines, line{Item: document.Item{Mark: document.Unknown, Words: prose(m)}})
		}
	}
	for _, difference := range x.differs() {
		first.lines = append(first.lines, line{Item: difference})
	}
	first.lines = append(first.lines, beside...)
	if n := int64(len(x.Authenticators)); n > 0 {
		first.further = append(first.further, many(n, finding.T("authenticator"), finding.T("authenticators")))
	}
	d.first(first)
	d.facts(first.verdict, cause, now, some(row(credentialName, prose(about))))
	d.accountFull(quoting(cause, x.Error), some(row(finding.ErrorMessage.Source(), value(said(x.Error))), row(finding.T("decided by"), prose(decided))))
	var folded doc
	folded.missing(x.Missing, cause)
	folded.differences(x)
	folded.identity(x.User, finding.Text{})
	folded.subjects(x.Subjects)
	folded.others(otherFindings, others)
	folded.authenticators(x.Authenticators, x.Error)
	folded.credential(&x.Credential, x.Verdict == Accepted, now)
	d.add(document.Folded(folded))
	return document.Document(d)
}

// ConfigurationOnly is the first line of a simulation without a credential.
const ConfigurationOnly = `Checked the configuration only; add a CREDENTIAL, or "context" for your kubeconfig's, to judge one`

// checked is the report of a simulation without a credential.
func (x *Simulation) checked() document.Document {
	var d doc
	d.add(document.Paragraph{Words: prose(finding.T(ConfigurationOnly)), Whole: true})
	v := x.notStarting()
	if x.Configuration.Valid {
		v = document.Verdict{Mark: document.Yes, Word: finding.T("Valid"), Words: answer(finding.T("an API server of Kubernetes %s would start with this configuration", finding.Message(x.Kubernetes)))}
	}
	d.add(v)
	var faults document.Items
	errors := x.Configuration.Errors
	if x.ComparedWith != "" {
		// The differences already include them.
		errors = nil
	}
	for _, e := range errors {
		words := prose(e.Message)
		if e.Path != "" {
			words = append(append(value(said(e.Path)), glue(finding.T(": "))), words...)
		}
		faults = append(faults, document.Item{Mark: document.No, Words: words})
	}
	d.within(faults)
	d.others(finding.T("Findings"), withoutRelease(x.Findings))
	if x.ComparedWith != "" {
		d.differences(x)
	}
	return document.Document(d)
}

// withoutRelease removes the finding about the release, which the differences already include.
func withoutRelease(findings []finding.Finding) []finding.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f finding.Finding) bool { return f.ID == finding.ReleaseDiffers })
}

// notStarting is the verdict on a configuration with which the API server would not start.
func (x *Simulation) notStarting() document.Verdict {
	return document.Verdict{Mark: document.No, Word: finding.T("Invalid"), Words: answer(finding.T("an API server of Kubernetes %s would not start with this configuration", finding.Message(cmp.Or(x.ComparedWith, x.Kubernetes))))}
}

// title is the verdict on the credential, or that the release to compare with would not start.
func (x *Simulation) title(cause *finding.Finding) document.Verdict {
	if x.Configuration != nil && !x.Configuration.Valid {
		return x.notStarting()
	}
	return judged(x.Verdict, "", cause, x.User)
}

func (x *Simulation) rank() int {
	return Rank(x.Verdict, x.Cause)
}

// line is the result on one line.
func (x *Simulation) line() line {
	cause, _ := split(x.Cause, x.Findings)
	return lineOfOne(x.Credential.Source, x.title(cause))
}

// Document has the worst simulation in full, and a line for each of the others.
func (x *SimulationList) Document(now time.Time) document.Document {
	return several(now, len(x.Items), func(i int) oneOfSeveral { return &x.Items[i] })
}

// missing lists the inputs that were not given, unless the verdict's cause names them.
func (d *doc) missing(missing []finding.Text, cause *finding.Finding) {
	if len(missing) == 0 || cause != nil && cause.ID == finding.InputNotGiven {
		return
	}
	var items document.Items
	for _, m := range missing {
		items = append(items, document.Item{Mark: document.Unknown, Words: prose(m)})
	}
	d.section(finding.T("Not given"), items)
}

// subjects writes subjects in the form of a RoleBinding.
func (d *doc) subjects(subjects []RBACSubject) {
	if len(subjects) == 0 {
		return
	}
	out := finding.T("subjects:")
	some, rest := atMost(subjects, mostListed)
	for _, s := range some {
		out = finding.T("%s\n- kind: %s", out, finding.Standard(s.Kind))
		if s.APIGroup != "" {
			out = finding.T("%s\n  apiGroup: %s", out, finding.Standard(s.APIGroup))
		}
		if s.Namespace != "" {
			out = finding.T("%s\n  namespace: %s", out, quoteYAML(s.Namespace))
		}
		out = finding.T("%s\n  name: %s", out, quoteYAML(s.Name))
	}
	if rest > 0 {
		out = finding.T("%s\n# %s", out, andMore(rest))
	}
	d.sum(finding.T("Subjects of a RoleBinding"), document.None, finding.T("keep the user or a group; a group grants the role to all its members"), document.Code{Language: "yaml", Text: out})
}

// quoteYAML quotes any scalar.
func quoteYAML(s string) finding.Value {
	return finding.T("'%s'", finding.Message(strings.ReplaceAll(s, "'", "''")))
}

// authenticators is the trace: the authenticators, their steps and their error messages. The common message
// is omitted.
func (d *doc) authenticators(authenticators []Authenticator, together string) {
	var items document.Items
	for _, a := range authenticators {
		words := a.Name
		if a.Error != "" && (len(a.Steps) == 0 || !strings.Contains(together, a.Error)) {
			words = finding.T("%s: %s", words, finding.Message(a.Error))
		}
		item := choose(a.Result, map[string]document.Item{
			"Accepted": {Mark: document.Yes, Word: finding.T("accepted")},
			"Rejected": {Mark: document.No, Word: finding.T("rejected")},
			"Unknown":  {Mark: document.Unknown, Word: finding.T("unknown")},
		}, document.Item{Mark: document.NotAsked, Word: finding.T("no opinion")})
		item.Words = colon(prose(words))
		var steps document.Items
		for _, s := range a.Steps {
			steps = append(steps, step(s))
		}
		item.Blocks = []document.Block{steps}
		items = append(items, item)
	}
	d.sum(finding.T("Authenticators"), document.None, finding.T("in the API server's order"), items)
}

func step(s Step) document.Item {
	item := choose(s.Outcome, map[string]document.Item{
		"Passed":  {Mark: document.Yes},
		"Failed":  {Mark: document.No, Word: finding.T("failed")},
		"Missing": {Mark: document.Unknown, Word: finding.T("not given")},
	}, document.Item{Mark: document.NotAsked, Word: finding.T("skipped")})
	item.Words = prose(withDetail(s.Name, s.Detail))
	if !item.Word.IsZero() {
		item.Words = colon(item.Words)
	}
	if s.Expression == "" {
		return item
	}
	seen := some(row(finding.T("expression"), value(said(s.Expression))))
	for _, name := range sortedNames(s.Inputs) {
		seen.add(said(name), value(said(s.Inputs[name])))
	}
	seen.add(finding.T("value"), value(said(s.Value)))
	item.Blocks = []document.Block{document.Rows{Rows: seen, Evidence: true}}
	return item
}

// differences writes the differences of the requested release.
func (d *doc) differences(x *Simulation) {
	if x.ComparedWith != "" {
		d.section(finding.T("In Kubernetes %s", finding.Message(x.ComparedWith)), x.differs())
	}
}

// differs has a line for each difference.
func (x *Simulation) differs() document.Items {
	if x.ComparedWith == "" {
		return nil
	}
	var items document.Items
	for _, d := range x.Differences {
		m := choose(d.Affects, map[string]document.Mark{"Start": document.Warning, "Verdict": document.Warning}, document.NotAsked)
		items = append(items, document.Item{Mark: m, Words: prose(finding.T("%s: %s", d.Releases, d.Detail))})
	}
	if len(items) == 0 {
		items = document.Items{{Mark: document.Yes, Words: prose(finding.T("Kubernetes %s: no known difference with this configuration and credential", finding.Message(x.ComparedWith)))}}
	}
	return items
}
