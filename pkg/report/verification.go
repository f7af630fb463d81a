package report

import (
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Document is the report of a verification, with all faults of the token.
func (x *Verification) Document(now time.Time) document.Document { return x.document(now, nil) }

func (x *Verification) rank() int {
	if x.Valid {
		return Rank(Accepted, "")
	}
	return Rank(Rejected, "")
}

// line is the result on one line.
func (x *Verification) line() line {
	v, _, _ := x.judged()
	return lineOfOne(x.Credential.Source, v)
}

// Document is several verifications: the first that is not valid, and a line for each of the others.
func (x *VerificationList) Document(now time.Time) document.Document {
	return several(now, len(x.Items), func(i int) oneOfSeveral { return &x.Items[i] })
}

// judged is the verdict, the fault that explains it, and the findings beside it.
func (x *Verification) judged() (document.Verdict, *finding.Finding, []finding.Finding) {
	fault, others := firstFault(x.Findings)
	v := document.Verdict{Mark: document.Yes, Word: finding.T("Valid"), Words: answer(finding.T("the signature and the checked claims are valid"))}
	switch {
	case x.Valid && fault != nil:
		others = append([]finding.Finding{*fault}, others...)
		fault = nil
	case !x.Valid:
		if fault == nil && len(others) > 0 {
			// Nothing is wrong with it; it is nothing that could be verified.
			fault, others = &others[0], others[1:]
		}
		v = document.Verdict{Mark: document.No, Word: finding.T("Invalid")}
		if fault != nil {
			v.Words = titled(fault)
		}
	}
	return v, fault, others
}

// document has a line for each of the other credentials.
func (x *Verification) document(now time.Time, beside []line) document.Document {
	var d doc
	_, others := firstFault(x.Findings)
	faults := 1
	for _, f := range others {
		if f.Severity == finding.Error && f.Explains() {
			faults++
		}
	}
	about := named(&x.Credential)
	if faults > 1 {
		about = finding.T("%s; %s faults", about, finding.Count(faults))
	}
	v, fault, others := x.judged()
	first := screen{verdict: v, about: []finding.Text{about}, cause: fault, others: others}
	first.lines = beside
	if x.Valid {
		first.facts = []document.Block{document.Rows{Rows: x.holds(now)}}
	}
	d.first(first)
	d.facts(v, fault, now, some(row(credentialName, prose(about))))
	d.accountFull(fault, nil)
	var folded doc
	if x.Key != nil {
		folded.section(finding.T("Key"), document.Rows{Rows: keyRows(*x.Key)})
	}
	folded.others(otherFindings, others)
	folded.credential(&x.Credential, false, now)
	d.add(document.Folded(folded))
	return document.Document(d)
}

// holds has the key, the audience and the end of a valid token.
func (x *Verification) holds(now time.Time) rows {
	var out rows
	if k := x.Key; k != nil {
		words := finding.T("%s, from %s", keyKind(*k), k.Source)
		if k.KeyID != "" {
			words = finding.T("%s  %s", finding.Message(k.KeyID), finding.T("(%s)", words))
		}
		out.add(finding.T("key"), value(words))
	}
	for _, r := range origin(&x.Credential) {
		switch r.Name.String() {
		case "issuer", "subject", "audience":
			out = append(out, r)
		}
	}
	return append(out, expiry(&x.Credential, now)...)
}

// keyRows describes one key.
func keyRows(k Key) rows {
	kind := keyKind(k)
	if k.Use != "" {
		kind = join(kind, finding.T("use %s", finding.Message(k.Use)))
	}
	kid := value(said(k.KeyID))
	switch k.KeyID {
	case "":
		kid = prose(finding.T("none"))
	case k.KubernetesKeyID:
		kid = append(kid, glue(finding.T("  ")), prose(finding.T("(Kubernetes' own)"))[0])
	}
	return some(row(finding.T("key"), prose(kind)), row(finding.T("kid"), kid),
		row(finding.T("thumbprint"), value(said(k.Thumbprint))), row(finding.T("source"), value(k.Source)))
}

// keyKind describes a key.
func keyKind(k Key) finding.Text {
	kind := said(k.KeyType)
	if k.Bits > 0 {
		kind = join(kind, finding.T("%s bits", finding.Count(k.Bits)))
	}
	return join(kind, said(k.Algorithm))
}
