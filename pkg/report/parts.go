package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// This file holds what the reports of several commands have in common.

// headline writes the first line of a report: a word for the answer, and the
// finding that explains it.
func (p *page) headline(m mark, word string, cause *finding.Finding, more ...span) {
	spans := []span{styled(word, m.style)}
	if cause != nil {
		spans = append(spans, text(": "), styled(cause.Title, bold), text("  "), unbroken("["+string(cause.ID)+"]", faint))
	}
	p.item(0, m, append(spans, more...)...)
}

// why writes what was seen of the finding that explains the answer.
func (p *page) why(cause *finding.Finding) {
	if cause != nil && cause.Detail != "" {
		p.blank()
		p.paragraph(indent, text(sentence(cause.Detail)))
	}
}

// account writes what to do about the finding that explains the answer, and its
// evidence.
func (p *page) account(cause *finding.Finding) {
	if cause == nil {
		return
	}
	if len(cause.Remedy) > 0 {
		p.heading("What to do")
		p.remedies(indent, cause.Remedy)
	}
	if len(cause.Evidence) > 0 || cause.Reference != "" {
		p.heading("Evidence")
		p.evidence(indent, cause.Evidence, cause.Reference)
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

// evidence writes what was seen, and where.
func (p *page) evidence(at int, evidence []finding.Evidence, reference string) {
	var rows list
	for _, e := range evidence {
		rows = append(rows, row{e.Source, []span{text(e.Value)}})
	}
	rows.add("read on", reference)
	p.rows(at, rows)
}

// beside writes what was found beside the cause. Where that explains the answer, what might
// be so as well is named and no more: a list of it would drown the answer.
func (p *page) beside(cause *finding.Finding, findings []finding.Finding) {
	certain, possible := apart(findings)
	if cause == nil || !explainsByItself(cause) || len(possible) <= mostBeside {
		p.others("Also true", findings)
		return
	}
	p.others("Also true", certain)
	p.heading("Possible beside it, and neither proved nor ruled out")
	var names []string
	for _, f := range possible {
		names = append(names, string(f.ID))
	}
	p.item(indent, markUnknown, text(strings.Join(names, ", ")))
}

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

// others writes the findings that do not explain the answer.
func (p *page) others(title string, findings []finding.Finding) {
	if len(findings) == 0 {
		return
	}
	certain, possible := apart(findings)
	if len(certain) > 0 {
		p.heading(title)
		p.findings(indent, certain)
	}
	if len(possible) > 0 {
		// Why each could not be settled stands with the checks.
		p.heading("Possible, and neither proved nor ruled out")
		for _, f := range possible {
			p.item(indent, markUnknown, text(f.Title), text("  "), unbroken("["+string(f.ID)+"]", faint))
		}
	}
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
	tag := "[" + string(f.ID) + "]"
	switch f.Certainty {
	case finding.Possible:
		tag = "[" + string(f.ID) + ", possible]"
	case finding.Eliminated:
		tag = "[" + string(f.ID) + ", by elimination]"
	}
	p.item(at, m, styled(string(f.Severity)+": ", m.style), text(f.Title), text("  "), unbroken(tag, faint))
	at += 2
	if f.Severity == finding.Info && len(f.Evidence) == 0 && len(f.Remedy) == 0 {
		// Its title says it; the object has the rest.
		return
	}
	if f.Detail != "" {
		p.paragraph(at, text(sentence(f.Detail)))
	}
	p.evidence(at, f.Evidence, "")
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
func (p *page) identity(title string, id *Identity) {
	if id == nil {
		return
	}
	p.heading(title)
	rows := list{{"user", []span{styled(id.Username, bold)}}}
	rows.add("uid", id.UID)
	for i, g := range id.Groups {
		rows = append(rows, row{[]string{"groups", ""}[min(i, 1)], []span{text(g)}})
	}
	p.rows(indent, rows)
	if len(id.Extra) == 0 {
		return
	}
	p.paragraph(indent, styled("extra", faint))
	// Keys are long because of what they have in common: a domain before a slash.
	// That is written once.
	domain := ""
	rows = nil
	flush := func() {
		at := indent * 2
		if domain != "" {
			p.hang(spaces(at), []span{styled(domain, faint)}, p.Width)
			at += indent
		}
		p.rows(at, rows)
		rows = nil
	}
	for i, key := range sortedNames(id.Extra) {
		slash := strings.LastIndex(key, "/") + 1
		if i > 0 && key[:slash] != domain {
			flush()
		}
		domain = key[:slash]
		rows = append(rows, row{key[slash:], []span{text(strings.Join(id.Extra[key], ", "))}})
	}
	flush()
}

// credential summarises what a credential says.
func (p *page) credential(c *Credential, vouched bool) {
	rows := origin(c)
	life := lifeOf(c)
	if len(rows) == 0 && len(life.moments) == 0 {
		return
	}
	p.heading("What the credential says", doubt(c, vouched))
	p.rows(indent, rows)
	if words, st := life.summary(p.Now); words != "" {
		p.blank()
		p.paragraph(indent, styled("Life: ", bold), styled(words, st))
		p.life(indent, life)
	}
}

// doubt says how much it is worth what a credential says.
func doubt(c *Credential, vouched bool) span {
	switch {
	case vouched:
		return span{}
	case c.Verified:
		return styled("  signature verified", green)
	default:
		return styled("  UNVERIFIED: decoded, not proved", yellow)
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
			rows.add(name, strings.Join(values, ", "))
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
func named(c *Credential) string {
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
	return join(kind, from(c.Source))
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

func audiences(list []string, none string) string {
	if len(list) == 0 {
		return none
	}
	return plural(len(list), "audience ", "audiences ") + strings.Join(list, ", ")
}
