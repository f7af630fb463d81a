package report

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// This file has the parts that the reports of several commands share.

// said is a string of an object as a text.
func said(s string) finding.Text { return finding.T("%s", finding.Message(s)) }

func prose(t finding.Text) document.Words  { return document.Of(document.Prose, t) }
func strong(t finding.Text) document.Words { return document.Of(document.Strong, t) }
func value(t finding.Text) document.Words  { return document.Of(document.Value, t) }
func glue(t finding.Text) document.Span    { return document.Span{Text: t, Role: document.Glue} }

func paragraph(t finding.Text) document.Paragraph { return document.Paragraph{Words: prose(t)} }

// row is a name and its value.
func row(name finding.Text, words document.Words) document.Row {
	return document.Row{Name: prose(name), Value: words}
}

// rows are names and values.
type rows []document.Row

// some returns the rows that are not empty.
func some(of ...document.Row) rows {
	return slices.DeleteFunc(of, func(r document.Row) bool { return len(r.Value)+len(r.Values) == 0 })
}

// add adds a row unless the value is empty.
func (r *rows) add(name finding.Text, words document.Words) {
	*r = append(*r, some(row(name, words))...)
}

// doc collects the blocks of a document.
type doc []document.Block

func (d *doc) add(blocks ...document.Block) { *d = append(*d, blocks...) }

// section adds a section, unless it is empty.
func (d *doc) section(title finding.Text, blocks ...document.Block) {
	d.sum(title, document.None, finding.Text{}, blocks...)
}

// sum adds a section with a count beside the title.
func (d *doc) sum(title finding.Text, m document.Mark, aside finding.Text, blocks ...document.Block) {
	if !document.Empty(blocks) {
		d.add(document.Section{Title: title, Mark: m, Aside: aside, Blocks: blocks})
	}
}

// within adds blocks that belong to the previous block.
func (d *doc) within(blocks ...document.Block) { d.add(document.Within(blocks)) }

// choose returns the entry of a table, or otherwise if the table lacks the key.
func choose[K comparable, V any](key K, table map[K]V, otherwise V) V {
	if v, ok := table[key]; ok {
		return v
	}
	return otherwise
}

func severityMark(s finding.Severity) document.Mark {
	return choose(s, map[finding.Severity]document.Mark{finding.Error: document.No, finding.Warning: document.Warning}, document.Info)
}

func verdictMark(verdict string) document.Mark {
	return choose(verdict, map[string]document.Mark{Accepted: document.Yes, Rejected: document.No, Anonymous: document.No}, document.Unknown)
}

// titled returns a finding's title and ID after a colon.
func titled(f *finding.Finding) document.Words {
	return colon(entitled(f.Title, f.ID, document.Strong))
}

func entitled(title finding.Text, id finding.ID, role document.Role) document.Words {
	return append(document.Of(role, title), document.Span{Text: said(string(id)), Role: document.Tag})
}

// answer is the text after the word of a verdict.
func answer(title finding.Text) document.Words { return colon(strong(title)) }

// colon separates a text from the word before it.
func colon(words document.Words) document.Words {
	return append(document.Words{glue(finding.T(": "))}, words...)
}

// as returns the user name after the word of a verdict.
func as(name finding.Text) document.Words {
	return append(document.Words{glue(finding.T(" as "))}, document.Of(document.StrongValue, name)...)
}

var (
	causeName   = finding.T("cause")
	explainedAt = finding.T("explained at")
)

// head is the beginning of a report that folds nothing: the answer, its subject, and the detail of the
// finding that explains it.
func (d *doc) head(v document.Verdict, cause *finding.Finding, now time.Time, about rows, notes ...document.Block) {
	d.add(document.Brief{v})
	var lines []document.Block
	for _, r := range about {
		lines = append(lines, document.Paragraph{Words: r.Value})
	}
	d.add(document.Brief{document.Within(append(lines, notes...))})
	if cause != nil && !saysTitle(cause) {
		d.add(document.Brief{document.Within{document.Part{paragraph(cause.Detail.Sentence())}}})
	}
	d.facts(v, cause, now, about)
}

// facts is head for markdown.
func (d *doc) facts(v document.Verdict, cause *finding.Finding, now time.Time, about rows) {
	out := doc{v}
	var facts rows
	if cause != nil {
		if !saysTitle(cause) {
			out.add(paragraph(cause.Detail.Sentence()))
		}
		facts.add(causeName, value(said(string(cause.ID))))
	}
	facts = append(facts, about...)
	facts.add(explainedAt, value(finding.T("%s", finding.Time(now))))
	out.add(document.Rows{Rows: facts})
	d.add(document.Full(out))
}

// account is the fix of the finding that explains the answer, its evidence, and how the answer was found.
func (d *doc) account(cause *finding.Finding, found rows) {
	var seen rows
	if cause != nil {
		d.section(fixTitle, document.Remedies(cause.Remedy))
		seen = seenOf(cause.Evidence)
	}
	seen = append(seen, found...)
	if cause != nil {
		seen.add(finding.T("reference"), document.Of(document.Link, said(cause.Reference)))
	}
	d.section(finding.T("Evidence"), document.Rows{Rows: seen, Evidence: true})
}

// accountFull is account for markdown.
func (d *doc) accountFull(cause *finding.Finding, found rows) {
	var out doc
	out.account(cause, found)
	d.add(document.Full(out))
}

var fixTitle = finding.T("Fix")

func upperFirst(t finding.Text) finding.Text {
	first := true
	return t.Map(func(s finding.Span) finding.Span {
		if r, size := utf8.DecodeRuneInString(s.Value); first && size > 0 {
			s.Value = string(unicode.ToUpper(r)) + s.Value[size:]
		}
		first = false
		return s
	})
}

// seenOf returns the evidence of a finding.
func seenOf(of []finding.Evidence) rows {
	var out rows
	for _, e := range of {
		out = append(out, row(e.Source, value(e.Value)))
	}
	return out
}

// others are the findings that do not explain the answer.
func (d *doc) others(title finding.Text, findings []finding.Finding) {
	certain, possible := apart(findings)
	var brief, full doc
	brief.section(title, itemsOf(certain))
	brief.section(notRuledOut, itemsOf(possible))
	full.section(title, itemsOf(findings))
	d.add(document.Brief(brief), document.Full(full))
}

var (
	// otherFindings is the title of the findings beside the cause.
	otherFindings = finding.T("Other findings")
	notRuledOut   = finding.T("Not ruled out")
)

// wide are the findings that leave their reason open.
var wide = []finding.ID{finding.CredentialRejected, finding.AnswerNotFromAPIServer, finding.BoundObjectGone, finding.InputNotGiven, finding.AnonymousRequest}

// explainsByItself reports whether the cause is certain and narrow enough to end the search.
func explainsByItself(cause *finding.Finding) bool {
	return cause.Explains() && !slices.Contains(wide, cause.ID)
}

// apart separates certain findings from possible ones.
func apart(findings []finding.Finding) (certain, possible []finding.Finding) {
	for _, f := range findings {
		if f.Explains() {
			certain = append(certain, f)
		} else {
			possible = append(possible, f)
		}
	}
	return certain, possible
}

// itemsOf lists findings with their details and fixes.
func itemsOf(findings []finding.Finding) document.Findings {
	var out document.Findings
	for _, f := range findings {
		words := colon(entitled(f.Title, f.ID, document.Prose))
		tag := &words[len(words)-1]
		switch f.Certainty {
		case finding.Possible:
			tag.Short = finding.T("possible")
		case finding.Eliminated:
			tag.Short = finding.T("by elimination")
		}
		if f.Certainty != finding.Proved {
			tag.Long = certainty(&f)
		}
		item := document.Item{Mark: severityMark(f.Severity), Word: said(string(f.Severity)), Words: words}
		if !saysTitle(&f) {
			detail := paragraph(f.Detail.Sentence())
			if f.Severity == finding.Info && len(f.Evidence) == 0 && len(f.Remedy) == 0 {
				// The title already says this.
				item.Blocks = []document.Block{document.Full{detail}}
			} else {
				item.Blocks = []document.Block{detail}
			}
		}
		item.Blocks = append(item.Blocks, document.Rows{Rows: seenOf(f.Evidence), Evidence: true}, document.Remedies(f.Remedy))
		out = append(out, item)
	}
	return out
}

// split separates the finding that explains the answer from the rest, which is in order of severity, possible
// findings last.
func split(cause finding.ID, findings []finding.Finding) (*finding.Finding, []finding.Finding) {
	var first *finding.Finding
	rest := make([]finding.Finding, 0, len(findings))
	for i := range findings {
		if first == nil && cause != "" && findings[i].ID == cause {
			first = &findings[i]
			continue
		}
		rest = append(rest, findings[i])
	}
	rank := func(f finding.Finding) int {
		n := slices.Index([]finding.Severity{finding.Error, finding.Warning, finding.Info}, f.Severity)
		if f.Certainty == finding.Possible {
			n += 3
		}
		return n
	}
	slices.SortStableFunc(rest, func(a, b finding.Finding) int { return rank(a) - rank(b) })
	return first, rest
}

// firstFault separates the first finding that makes the answer no from the rest.
func firstFault(findings []finding.Finding) (*finding.Finding, []finding.Finding) {
	_, sorted := split("", findings)
	if len(sorted) > 0 && sorted[0].Severity == finding.Error && sorted[0].Explains() {
		return &sorted[0], sorted[1:]
	}
	return nil, sorted
}

// identity is the section about a user.
func (d *doc) identity(id *Identity, aside finding.Text) {
	if id == nil {
		return
	}
	blocks := []document.Block{document.Rows{Rows: some(
		row(finding.T("user"), document.Of(document.StrongValue, said(id.Username))),
		row(finding.T("uid"), value(finding.T("%s", finding.UID.Of(id.UID)))),
		document.Row{Name: prose(finding.T("groups")), Values: shownOf(id.Groups)},
	)}}
	if len(id.Extra) > 0 {
		blocks = append(blocks, extra(id.Extra)...)
	}
	d.sum(finding.T("Identity"), document.None, aside, blocks...)
}

// shownOf returns the shown values, which have a line each.
func shownOf(values []string) []document.Words {
	some, rest := atMost(values, mostRows)
	var out []document.Words
	for _, v := range some {
		out = append(out, value(said(v)))
	}
	if rest > 0 {
		out = append(out, prose(andMore(rest)))
	}
	return out
}

// extra has the further attributes of a user. In a short report, the common domain of the keys is written
// once.
func extra(values map[string][]string) []document.Block {
	keys, rest := atMost(sortedNames(values), mostRows)
	var groups, all rows
	for i, key := range keys {
		all = append(all, document.Row{Name: value(said(key)), Values: shownOf(values[key])})
		slash := strings.LastIndex(key, "/") + 1
		short := document.Row{Name: value(said(key[slash:])), Value: prose(commas(values[key]))}
		switch {
		case slash == 0:
			groups = append(groups, short)
		case i > 0 && keys[i-1][:strings.LastIndex(keys[i-1], "/")+1] == key[:slash]:
			last := &groups[len(groups)-1]
			last.Rows = append(last.Rows, short)
		default:
			groups = append(groups, document.Row{Name: value(said(key[:slash])), Rows: rows{short}})
		}
	}
	if rest > 0 {
		groups = append(groups, document.Row{Name: prose(andMore(rest))})
		all.add(finding.T("extra"), prose(andMore(rest)))
	}
	return []document.Block{
		document.Brief{document.Tree{{Name: prose(finding.T("extra")), Rows: groups}}},
		document.Full{document.Rows{Rows: all, Evidence: true}},
	}
}

// credential is the section about a credential, with its trustworthiness.
func (d *doc) credential(c *Credential, vouched bool, now time.Time) {
	origin, life := origin(c), lifeOf(c, now)
	if len(origin) == 0 && len(life.Moments) == 0 {
		return
	}
	m, doubt := doubt(c, vouched)
	var brief doc
	brief.sum(credentialTitle, m, doubt, document.Rows{Rows: origin})
	brief.lifetime(c, now)
	full := []document.Block{document.Rows{Rows: origin}}
	if words := life.words; !words.IsZero() {
		lifetime := document.Row{Name: prose(finding.T("lifetime")), Mark: life.Mark, Value: prose(words)}
		full = []document.Block{document.Rows{Rows: append(origin, lifetime)}, life.Lifetime}
	}
	var whole doc
	whole.sum(credentialTitle, m, doubt, full...)
	d.add(document.Brief(brief), document.Full(whole))
}

var credentialTitle = finding.T("Credential")

// doubt says how trustworthy the content of a credential is; empty if the API server accepted it.
func doubt(c *Credential, vouched bool) (document.Mark, finding.Text) {
	switch {
	case vouched:
		return document.None, finding.Text{}
	case c.Verified:
		return document.Yes, finding.T("signature verified")
	default:
		return document.Warning, finding.T("UNVERIFIED: decoded, not checked")
	}
}

// origin returns the claims or certificate fields that identify the subject and the audience of a credential.
func origin(c *Credential) rows {
	var out rows
	add := func(name finding.Text, claim any) {
		switch v := claim.(type) {
		case nil:
		case []any:
			values := make([]string, len(v))
			for i := range v {
				values[i] = scalar(v[i])
			}
			out.add(name, value(commas(values)))
		default:
			out.add(name, value(said(scalar(v))))
		}
	}
	add(finding.T("issuer"), c.Claims["iss"])
	add(finding.T("subject"), c.Claims["sub"])
	add(finding.T("audience"), c.Claims["aud"])
	if private, ok := c.Claims["kubernetes.io"].(map[string]any); ok {
		for _, kind := range []string{"pod", "secret", "node"} {
			ref, ok := private[kind].(map[string]any)
			if !ok {
				continue
			}
			name := said(scalar(ref["name"]))
			if kind != "node" {
				name = finding.T("%s/%s", finding.Message(scalar(private["namespace"])), name)
			}
			out.add(boundTo, value(finding.T("%s %s, uid %s", finding.Standard(kind), name, finding.UID.Of(scalar(ref["uid"])))))
		}
	}
	// The claims of Secret-based tokens.
	const legacy = "kubernetes.io/serviceaccount/"
	if name, ok := c.Claims[legacy+"secret.name"]; ok {
		out.add(boundTo, value(finding.T("secret %s/%s", finding.Message(scalar(c.Claims[legacy+"namespace"])), finding.Message(scalar(name)))))
	}
	if alg, ok := c.Header["alg"]; ok {
		signed := said(scalar(alg))
		if kid, ok := c.Header["kid"]; ok {
			signed = finding.T("%s, kid %s", signed, finding.KeyID.Of(scalar(kid)))
		}
		out.add(finding.T("signed with"), value(signed))
	}
	if c.Certificate != nil {
		out = append(out, certificateRows(c.Certificate)...)
	}
	return out
}

var boundTo = finding.T("bound to")

func certificateRows(c *Certificate) rows {
	usages := finding.T("none listed")
	if len(c.ExtendedKeyUsages) > 0 {
		usages = said(strings.Join(c.ExtendedKeyUsages, ", "))
	}
	return some(
		row(finding.T("subject"), value(said(c.Subject))),
		row(finding.T("issuer"), value(said(c.Issuer))),
		row(finding.T("serial"), value(said(c.SerialNumber))),
		row(finding.T("key usages"), value(usages)),
		row(finding.T("sha256"), value(said(c.SHA256))),
	)
}

// named describes a credential and its source.
func named(c *Credential) finding.Text { return join(kindOf(c), from(c.Source)) }

func kindOf(c *Credential) finding.Text {
	return choose(c.Type, map[string]finding.Text{
		ServiceAccountToken:       finding.T("ServiceAccount token"),
		LegacyServiceAccountToken: finding.T("legacy ServiceAccount token"),
		JWT:                       finding.T("JWT"),
		BootstrapToken:            finding.T("bootstrap token"),
		AWSIAMToken:               finding.T("AWS IAM token"),
		OpaqueToken:               finding.T("opaque token"),
		ClientCertificate:         finding.T("client certificate"),
		BasicAuth:                 finding.T("user name and password"),
		None:                      finding.T("no credential"),
	}, said(c.Type))
}

func from(source finding.Text) finding.Text {
	return choose(source.String(), map[string]finding.Text{
		"":           {},
		"argument":   finding.T("given as an argument"),
		"in-cluster": finding.T("of the Pod this runs in"),
	}, finding.T("from %s", source))
}

// join puts a comma between two texts unless one is empty.
func join(a, b finding.Text) finding.Text {
	if a.IsZero() || b.IsZero() {
		return finding.T("%s%s", a, b)
	}
	return finding.T("%s, %s", a, b)
}

// withDetail puts a colon between a subject and its detail unless one is empty.
func withDetail(subject, words finding.Text) finding.Text {
	if subject.IsZero() || words.IsZero() {
		return finding.T("%s%s", subject, words)
	}
	return finding.T("%s: %s", subject, words)
}

// many is a count and its noun.
func many(n int64, one, more finding.Text) finding.Text {
	if n == 1 {
		more = one
	}
	return finding.T("%s %s", finding.Thousands(n), more)
}

// forAudiences lists the requested audiences. One accepted audience is enough, so the others are listed
// apart.
func forAudiences(asked, accepted []string) finding.Text {
	if len(asked) == 0 {
		return finding.Text{}
	}
	var yes, no []string
	for _, a := range asked {
		if slices.Contains(accepted, a) {
			yes = append(yes, a)
		} else {
			no = append(no, a)
		}
	}
	if len(yes) == 0 || len(no) == 0 {
		yes, no = asked, nil
	}
	out := finding.T("for audiences %s", commas(yes))
	if len(yes) == 1 {
		out = finding.T("for audience %s", commas(yes))
	}
	if len(no) > 0 {
		out = finding.T("%s and not for %s", out, commas(no))
	}
	return out
}
