package report

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Review writes the answer to a TokenReview and what it means.
func (p *Printer) Review(x *Review) error {
	x = safe(p, x)
	page := p.page()
	fault, others := firstFault(x.Findings)
	switch {
	case x.Authenticated && x.User != nil && x.User.Username == "system:anonymous":
		// TokenReview says authenticated: true here too; nobody was.
		if fault == nil {
			page.sign(0, markNo, Anonymous, text(": "), styled("the server saw no credential in it", bold))
		} else {
			page.verdict(markNo, Anonymous, fault)
		}
	case x.Authenticated:
		name := "somebody the server did not name"
		if x.User != nil {
			name = x.User.Username
		}
		page.accepted(Accepted, name)
		_, others = split("", x.Findings)
		fault = nil
	default:
		page.verdict(markNo, Rejected, fault)
	}
	page.about(join(join("token", from(x.Source)), forAudiences(x.Asked, x.Audiences)))
	var found list
	if x.Authenticated {
		found.add("TokenReview status.audiences", listed(x.Audiences, ", "))
	}
	found.add(statusError, quotes(fault, x.Error))
	page.account(fault, found)
	if x.Authenticated {
		page.identity(x.User)
	}
	page.others(otherFindings, fault, others)
	return page.flush()
}

const statusError = "TokenReview status.error"

// quotes returns the server's text, of which a part that the finding quotes as its evidence
// is taken out there: the whole is said once.
func quotes(cause *finding.Finding, said string) string {
	if cause != nil && said != "" {
		cause.Evidence = slices.DeleteFunc(cause.Evidence, func(e finding.Evidence) bool {
			return e.Source == statusError && strings.Contains(said, e.Value)
		})
	}
	return said
}
