package report

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Minted is an issued token and its request.
type Minted struct {
	// ServiceAccount is its namespace and name.
	ServiceAccount finding.Text
	// Audiences of the token and of the request. An empty list means the API server's own.
	Audiences, RequestedAudiences []string `name:"audience"`
	IssuedAt, ExpiresAt           *Time
	// RequestedSeconds is the requested lifetime, 0 if the server chooses.
	RequestedSeconds int64
	// RenewBy is the time by which a client replaces the token, if that is not its end.
	RenewBy *Time
	// BoundTo is the object that it ends with.
	BoundTo finding.Text
	// Warnings are the server's.
	Warnings []string `name:"said"`
}

// Document has the differences from the request first, then the granted token.
func (x *Minted) Document(now time.Time) document.Document {
	d := doc{document.Verdict{Mark: document.Yes, Word: finding.T("Issued"), Words: answer(finding.T("a token of ServiceAccount %s", x.ServiceAccount))}}
	var warnings document.Items
	warn := func(t finding.Text) {
		warnings = append(warnings, document.Item{Mark: document.Warning, Word: finding.T("warning"), Words: colon(prose(t))})
	}
	granted := commas(x.Audiences)
	if requested := commas(x.RequestedAudiences); !requested.IsZero() && !slices.Equal(x.Audiences, x.RequestedAudiences) {
		warn(finding.T("the audience is %s instead of the requested %s", granted, requested))
	}
	var lifetime int64
	if x.IssuedAt != nil && x.ExpiresAt != nil {
		lifetime = seconds(x.IssuedAt.Time, x.ExpiresAt.Time)
		if x.RequestedSeconds > 0 && lifetime != x.RequestedSeconds {
			warn(finding.T("the lifetime is %s instead of the requested %s", finding.Length(lifetime), finding.Length(x.RequestedSeconds)))
		}
	}
	for _, w := range x.Warnings {
		warn(finding.T("message of the API server: %s", finding.Message(w)))
	}
	if len(x.RequestedAudiences) == 0 {
		granted = finding.T("%s  (the API server's own)", granted)
	}
	var facts rows
	facts.add(finding.T("audience"), prose(granted))
	if lifetime > 0 {
		facts.add(finding.T("lifetime"), prose(finding.T("%s", finding.Length(lifetime))))
	}
	if x.ExpiresAt != nil {
		facts.add(finding.T("expires"), prose(when(x.ExpiresAt.Time, now)))
	}
	if x.RenewBy != nil {
		facts.add(finding.T("renew"), prose(finding.T("by %s, the expiry that the API server reports", finding.Time(x.RenewBy.Time))))
	}
	facts.add(finding.T("bound to"), prose(x.BoundTo))
	d.within(warnings, document.Rows{Rows: facts})
	return document.Document(d)
}
