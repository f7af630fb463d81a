package report

import (
	"fmt"
	"strconv"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Verification writes whether a token holds, and every fault of it where it does not.
func (p *Printer) Verification(x *Verification) error {
	x = safe(p, x)
	page := p.page()
	fault, others := firstFault(x.Findings)
	more := 0
	for _, f := range others {
		if f.Severity == finding.Error && f.Explains() {
			more++
		}
	}
	switch {
	case x.Valid:
		page.sign(0, markYes, "Valid", text(": "), styled("the signature and the claims hold", bold))
		if fault != nil {
			others = append([]finding.Finding{*fault}, others...)
			fault = nil
		}
	default:
		if fault == nil && len(others) > 0 {
			// Nothing is wrong with it; it is nothing that could be verified.
			fault, others = &others[0], others[1:]
		}
		page.verdict(markNo, "Invalid", fault)
	}
	about := named(&x.Credential)
	if more > 0 {
		about += fmt.Sprintf("; %d faults", more+1)
	}
	page.about(about)
	page.account(fault, nil)
	if x.Key != nil {
		page.heading("Key")
		page.rows(indent, keyRows(*x.Key))
	}
	page.others(otherFindings, fault, others)
	page.credential(&x.Credential, false)
	return page.flush()
}

// keyRows describes one key.
func keyRows(k Key) list {
	kind := k.KeyType
	if k.Bits > 0 {
		kind = join(kind, strconv.Itoa(k.Bits)+" bits")
	}
	kind = join(kind, k.Algorithm)
	if k.Use != "" {
		kind = join(kind, "use "+k.Use)
	}
	var rows list
	rows.add("key", kind)
	switch {
	case k.KeyID == "":
		rows.add("kid", "none")
	case k.KeyID == k.KubernetesKeyID:
		rows.add("kid", k.KeyID+"  (Kubernetes' own)")
	default:
		rows.add("kid", k.KeyID)
	}
	rows.add("thumbprint", k.Thumbprint)
	rows.add("source", k.Source)
	return rows
}
