package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// This file holds what the reports of several commands have in common.

// titled is a finding's title and ID, after a colon.
func titled(f *finding.Finding) []span {
	return append([]span{text(": ")}, entitled(f.Title, string(f.ID), bold)...)
}

func entitled(title, tag string, st style) []span {
	return []span{styled(title, st), text("  "), unbroken("["+tag+"]", plain)}
}

// verdict writes the first line of a report: a word for the answer, and the finding
// that explains it.
func (p *page) verdict(m mark, word string, cause *finding.Finding) {
	if cause == nil {
		p.sign(0, m, word)
		return
	}
	p.sign(0, m, word, titled(cause)...)
}

// accepted writes the first line of a report whose answer is a name.
func (p *page) accepted(word, name string) {
	p.sign(0, markYes, word, text(" as "), styled(name, bold))
}

// about writes, below the verdict, what it is the verdict on.
func (p *page) about(words ...string) {
	for _, w := range words {
		if w != "" {
			p.paragraph(indent, text(w))
		}
	}
}

// account writes what was seen of the finding that explains the answer, what to do
// about it, and the evidence: that of the finding, and how the answer was found.
func (p *page) account(cause *finding.Finding, found list) {
	p.seen(cause)
	p.remedy(cause, found)
}

// seen writes what was seen of the finding that explains the answer.
func (p *page) seen(cause *finding.Finding) {
	if cause != nil && cause.Detail != "" {
		p.blank()
		p.paragraph(indent, text(sentence(cause.Detail)))
	}
}

// remedy writes what to do about that finding, and the evidence.
func (p *page) remedy(cause *finding.Finding, found list) {
	var rows list
	if cause != nil {
		if len(cause.Remedy) > 0 {
			p.heading("What to do")
			p.remedies(indent, cause.Remedy)
		}
		rows = evidenceRows(cause.Evidence)
	}
	rows = append(rows, found...)
	if cause != nil {
		rows.add("reference", cause.Reference)
	}
	if len(rows) > 0 {
		p.heading("Evidence")
		p.rows(indent, rows)
	}
}

// sentence makes a sentence of what was seen, which is kept as a phrase: in a table
// it stands after a colon. A phrase that begins with a name keeps its first letter,
// and one that ends with an address, a path or a quotation gets no full stop, which
// could be taken for a part of it.
func sentence(phrase string) string {
	words := strings.Fields(phrase)
	if len(words) == 0 {
		return phrase
	}
	if first := words[0]; plainLetters(first) && !slices.Contains(lowerCaseNames, first) {
		phrase = upperFirst(phrase)
	}
	if last := words[len(words)-1]; !strings.Contains(last, "/") && strings.ContainsAny(last[len(last)-1:], letters+")") {
		phrase += "."
	}
	return phrase
}

// lowerCaseNames begin a sentence as they are written.
var lowerCaseNames = []string{"kubectl", "kubelet", "kubeadm", "exp", "nbf", "iat", "aud", "iss", "sub", "alg", "kid", "kty", "warnafter"}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

func plainLetters(word string) bool { return strings.Trim(word, letters) == "" }

// remedies writes what to do.
func (p *page) remedies(at int, remedies []finding.Remedy) {
	for i, r := range remedies {
		if i > 0 && remedies[i-1].Command != "" {
			p.blank()
		}
		if r.Description != "" {
			p.item(at, markToDo, text(r.Description))
		}
		if r.Command != "" {
			p.command(at+4, r.Command)
		}
	}
}

// evidenceRows are what was seen, and where.
func evidenceRows(evidence []finding.Evidence) list {
	var rows list
	for _, e := range evidence {
		rows = append(rows, row{e.Source, []span{text(e.Value)}})
	}
	return rows
}

// others writes the findings that do not explain the answer. Those that are merely possible
// are named, beside a cause that ends the search no more than that: a list of them would
// drown the answer. Why each could not be settled stands with the checks.
func (p *page) others(title string, cause *finding.Finding, findings []finding.Finding) {
	certain, possible := apart(findings)
	if len(certain) > 0 {
		p.heading(title)
		p.findings(indent, certain)
	}
	p.notRuledOut(cause, possible)
}

func (p *page) notRuledOut(cause *finding.Finding, possible []finding.Finding) {
	if len(possible) == 0 {
		return
	}
	p.heading("Not ruled out")
	if cause != nil && explainsByItself(cause) && len(possible) > mostBeside {
		var names []string
		for _, f := range possible {
			names = append(names, string(f.ID))
		}
		p.item(indent, markUnknown, text(strings.Join(names, ", ")))
		return
	}
	for _, f := range possible {
		p.item(indent, markUnknown, entitled(f.Title, string(f.ID), plain)...)
	}
}

// otherFindings is the title of those beside the cause.
const otherFindings = "Other findings"

// mostBeside is how many merely possible findings have lines of their own beside a cause
// that is proved.
const mostBeside = 3

// explainsByItself: the cause is certain, and narrow enough to end the search.
func explainsByItself(cause *finding.Finding) bool {
	switch cause.ID {
	case finding.CredentialRejected, finding.AnswerNotFromAPIServer, finding.BoundObjectGone, finding.InputNotGiven, finding.AnonymousRequest:
		return false
	}
	return cause.Explains()
}

// apart parts what is certain from what is merely possible.
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

func (p *page) findings(at int, findings []finding.Finding) {
	for i, f := range findings {
		if i > 0 {
			p.blank()
		}
		p.finding(at, f)
	}
}

// finding writes one finding: what it is, what was seen, what to do.
func (p *page) finding(at int, f finding.Finding) {
	m := severityMark(f.Severity)
	tag := string(f.ID)
	switch f.Certainty {
	case finding.Possible:
		tag += ", possible"
	case finding.Eliminated:
		tag += ", by elimination"
	}
	p.sign(at, m, string(f.Severity), append([]span{text(": ")}, entitled(f.Title, tag, plain)...)...)
	at += 2
	if f.Severity == finding.Info && len(f.Evidence) == 0 && len(f.Remedy) == 0 {
		// Its title says it; the object has the rest.
		return
	}
	if f.Detail != "" {
		p.paragraph(at, text(sentence(f.Detail)))
	}
	p.rows(at, evidenceRows(f.Evidence))
	p.remedies(at, f.Remedy)
}

// split parts the finding that explains the answer from the rest, which comes in
// order of severity, the merely possible last.
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

// firstFault parts the first finding that makes the answer no from the rest.
func firstFault(findings []finding.Finding) (*finding.Finding, []finding.Finding) {
	_, sorted := split("", findings)
	if len(sorted) > 0 && sorted[0].Severity == finding.Error && sorted[0].Explains() {
		return &sorted[0], sorted[1:]
	}
	return nil, sorted
}

// identity writes a user as Kubernetes sees one.
func (p *page) identity(id *Identity, more ...span) {
	if id == nil {
		return
	}
	p.heading("Identity", more...)
	rows := list{{"user", []span{styled(id.Username, bold)}}}
	rows.add("uid", id.UID)
	groups, rest := atMost(id.Groups, mostRows)
	for i, g := range groups {
		rows = append(rows, row{[]string{"groups", ""}[min(i, 1)], []span{text(g)}})
	}
	if rest > 0 {
		rows = append(rows, row{"", []span{text(andMore(rest))}})
	}
	p.rows(indent, rows)
	if len(id.Extra) == 0 {
		return
	}
	p.paragraph(indent, text("extra"))
	// Keys are long because of what they have in common: a domain before a slash.
	// That is written once.
	domain := ""
	rows = nil
	flush := func() {
		at := indent * 2
		if domain != "" {
			p.hang(spaces(at), []span{text(domain)}, p.Width)
			at += indent
		}
		p.rows(at, rows)
		rows = nil
	}
	keys, rest := atMost(sortedNames(id.Extra), mostRows)
	for i, key := range keys {
		slash := strings.LastIndex(key, "/") + 1
		if i > 0 && key[:slash] != domain {
			flush()
		}
		domain = key[:slash]
		rows = append(rows, row{key[slash:], []span{text(listed(id.Extra[key], ", "))}})
	}
	flush()
	if rest > 0 {
		p.paragraph(indent*2, text(andMore(rest)))
	}
}

// credential writes what a credential says of itself, and how much that is worth.
func (p *page) credential(c *Credential, vouched bool) {
	if rows := origin(c); len(rows) > 0 {
		var more []span
		if m, words := doubt(c, vouched); words != "" {
			more = p.beside(m, words)
		}
		p.heading("Credential", more...)
		p.rows(indent, rows)
	}
	p.lifetime(c)
}

// doubt says how much it is worth what a credential says; nothing where the API server
// vouches for it.
func doubt(c *Credential, vouched bool) (mark, string) {
	switch {
	case vouched:
		return mark{}, ""
	case c.Verified:
		return markYes, "signature verified"
	default:
		return markWarning, "UNVERIFIED: decoded, not checked"
	}
}

// origin returns the few claims, or members of the certificate, that say whose a
// credential is and whom it is for.
func origin(c *Credential) list {
	var rows list
	add := func(name string, claim any) {
		switch v := claim.(type) {
		case nil:
		case []any:
			values := make([]string, len(v))
			for i := range v {
				values[i] = scalar(v[i])
			}
			rows.add(name, listed(values, ", "))
		default:
			rows.add(name, scalar(v))
		}
	}
	add("issuer", c.Claims["iss"])
	add("subject", c.Claims["sub"])
	add("audience", c.Claims["aud"])
	if private, ok := c.Claims["kubernetes.io"].(map[string]any); ok {
		for _, kind := range []string{"pod", "secret", "node"} {
			ref, ok := private[kind].(map[string]any)
			if !ok {
				continue
			}
			name := scalar(ref["name"])
			if kind != "node" {
				name = scalar(private["namespace"]) + "/" + name
			}
			rows.add("bound to", fmt.Sprintf("%s %s, uid %s", kind, name, scalar(ref["uid"])))
		}
	}
	// The claims of tokens from before Kubernetes 1.20, which lie in Secrets.
	const legacy = "kubernetes.io/serviceaccount/"
	if name, ok := c.Claims[legacy+"secret.name"]; ok {
		rows.add("bound to", fmt.Sprintf("secret %s/%s", scalar(c.Claims[legacy+"namespace"]), scalar(name)))
	}
	if alg, ok := c.Header["alg"]; ok {
		signed := scalar(alg)
		if kid, ok := c.Header["kid"]; ok {
			signed += ", kid " + scalar(kid)
		}
		rows.add("signed with", signed)
	}
	if c.Certificate != nil {
		rows = append(rows, certificateRows(c.Certificate)...)
	}
	return rows
}

func certificateRows(c *Certificate) list {
	usages := "none listed"
	if len(c.ExtendedKeyUsages) > 0 {
		usages = strings.Join(c.ExtendedKeyUsages, ", ")
	}
	var rows list
	rows.add("subject", c.Subject)
	rows.add("issuer", c.Issuer)
	rows.add("serial", c.SerialNumber)
	rows.add("key usages", usages)
	rows.add("sha256", c.SHA256)
	return rows
}

// named says in words what a credential is and where it was found.
func named(c *Credential) string { return join(kindOf(c), from(c.Source)) }

func kindOf(c *Credential) string {
	kind, ok := map[string]string{
		ServiceAccountToken:       "ServiceAccount token",
		LegacyServiceAccountToken: "legacy ServiceAccount token",
		JWT:                       "JWT",
		BootstrapToken:            "bootstrap token",
		AWSIAMToken:               "AWS IAM token",
		OpaqueToken:               "opaque token",
		ClientCertificate:         "client certificate",
		BasicAuth:                 "user name and password",
		None:                      "no credential",
	}[c.Type]
	if !ok {
		kind = c.Type
	}
	return kind
}

func from(source string) string {
	switch source {
	case "":
		return ""
	case "argument":
		return "given as an argument"
	case "in-cluster":
		return "of the Pod this runs in"
	default:
		return "from " + source
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// forAudiences says which audiences were asked for. One of them is enough for a yes: those
// that the yes is not for are told apart.
func forAudiences(asked, accepted []string) string {
	if len(asked) == 0 {
		return ""
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
		return "for " + plural(len(asked), "audience ", "audiences ") + listed(asked, ", ")
	}
	return "for " + plural(len(yes), "audience ", "audiences ") + listed(yes, ", ") + " and not for " + listed(no, ", ")
}
