package report

import (
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Document says whether a token holds, and every fault of it where it does not.
func (x *Verification) Document(now time.Time) document.Document {
	var d doc
	fault, others := firstFault(x.Findings)
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
	v := document.Verdict{Mark: document.Yes, Word: finding.T("Valid"), Words: answer(finding.T("the signature and the claims hold"))}
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
	d.head(v, fault, now, some(row(credentialName, prose(about))))
	d.account(fault, nil)
	if x.Key != nil {
		d.section(finding.T("Key"), document.Rows{Rows: keyRows(*x.Key)})
	}
	d.others(otherFindings, fault, others)
	d.credential(&x.Credential, false, now)
	return document.Document(d)
}

// keyRows describes one key.
func keyRows(k Key) rows {
	kind := said(k.KeyType)
	if k.Bits > 0 {
		kind = join(kind, finding.T("%s bits", finding.Count(k.Bits)))
	}
	kind = join(kind, said(k.Algorithm))
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
