package report

// Minted is a token that was just issued, against what was requested.
type Minted struct {
	// ServiceAccount is its namespace and name.
	ServiceAccount string
	// Audiences of the token, and those that were requested; none means the API server's own.
	Audiences, RequestedAudiences []string
	IssuedAt, ExpiresAt           *Time
	// RequestedSeconds is the lifetime that was requested, 0 where it was left to the server.
	RequestedSeconds int64
	// RenewBy is when the server wants it replaced, where that is not its end.
	RenewBy *Time
	// BoundTo is the object that it ends with.
	BoundTo string
	// Warnings are the server's.
	Warnings []string
}

// Minted writes what was granted; what differs from what was requested, first.
func (p *Printer) Minted(x *Minted) error {
	x = safe(p, x)
	page := p.page()
	page.sign(0, markYes, "Issued", text(": "), styled("a token of ServiceAccount "+x.ServiceAccount, bold))
	granted := listed(x.Audiences, ", ")
	if requested := listed(x.RequestedAudiences, ", "); requested != "" && requested != granted {
		page.sign(indent, markWarning, "warning", text(": its audience is "+granted+"; requested was "+requested))
	}
	var lifetime int64
	if x.IssuedAt != nil && x.ExpiresAt != nil {
		lifetime = seconds(x.IssuedAt.Time, x.ExpiresAt.Time)
		if x.RequestedSeconds > 0 && lifetime != x.RequestedSeconds {
			page.sign(indent, markWarning, "warning", text(": it lives for "+length(lifetime)+"; requested was "+length(x.RequestedSeconds)))
		}
	}
	for _, w := range x.Warnings {
		page.sign(indent, markWarning, "warning", text(": the server says: "+w))
	}
	var rows list
	if len(x.RequestedAudiences) == 0 {
		granted += "  (the API server's own)"
	}
	rows.add("audience", granted)
	if lifetime > 0 {
		rows.add("lifetime", length(lifetime))
	}
	if x.ExpiresAt != nil {
		rows.add("expires", absolute(x.ExpiresAt.Time)+", "+relative(x.ExpiresAt.Time, p.Now))
	}
	if x.RenewBy != nil {
		rows.add("read again", "by "+absolute(x.RenewBy.Time)+": the server names that as its end")
	}
	rows.add("bound to", x.BoundTo)
	page.rows(indent, rows)
	return page.flush()
}
