package report

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// administrator is the message to send where only an administrator can act: what was tried, when, what finds it in the
// logs, and the commands.
func (d *doc) administrator(x *Explanation, now time.Time) {
	asks := toAsk(x.Findings)
	if x.Verdict == Accepted || len(asks) == 0 {
		return
	}
	sent := rows{}
	sent.add(finding.T("credential"), prose(x.subject()))
	if x.Server != nil {
		sent.add(finding.T("API server"), value(finding.T("%s", finding.URL.Of(x.Server.URL))))
	}
	sent.add(finding.T("time"), value(finding.T("%s", finding.Time(now))))
	sent.add(finding.T("verdict"), value(said(x.Verdict)))
	sent.add(causeName, value(said(string(x.Cause))))
	if x.Server != nil && x.Server.AuditID != "" {
		sent.add(finding.T("audit ID"), value(finding.T("%s", finding.AuditID.Of(x.Server.AuditID))))
	}
	for _, c := range []struct {
		claim string
		kind  finding.Kind
	}{{"jti", finding.TokenID}, {"sub", finding.User}, {"iss", finding.Issuer}} {
		if text, ok := x.Credential.Claims[c.claim].(string); ok && text != "" {
			sent.add(finding.T("%s", finding.Standard(c.claim)), value(finding.T("%s", c.kind.Of(text))))
		}
	}
	d.section(finding.T("Message to an administrator"), document.Rows{Rows: sent}, asks)
}

// toAsk are the fixes that only an administrator can apply, each once.
func toAsk(findings []finding.Finding) document.Remedies {
	var out document.Remedies
	for _, f := range findings {
		for _, r := range f.Remedy {
			if f.Explains() && r.Asks && !slices.ContainsFunc(out, func(o finding.Remedy) bool { return o.Description.Equal(r.Description) && o.Command.Equal(r.Command) }) {
				out = append(out, r)
			}
		}
	}
	return out
}

// withoutOthersCommands are the fixes of the first screen: what only an administrator can run stands in the message.
func withoutOthersCommands(remedies []finding.Remedy) document.Remedies {
	out := slices.Clone(remedies)
	for i := range out {
		if out[i].Asks {
			out[i].Command = finding.Command{}
		}
	}
	return out
}
