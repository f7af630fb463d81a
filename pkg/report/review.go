package report

// Review writes the answer to a TokenReview and what it means.
func (p *Printer) Review(x *Review) error {
	x = safe(x)
	page := p.page()
	fault, others := firstFault(x.Findings)
	switch {
	case x.Authenticated && x.User != nil && x.User.Username == "system:anonymous":
		// TokenReview says authenticated: true here too; nobody was.
		if fault == nil {
			page.headline(markNo, "Anonymous", nil, text(": the server saw no credential in it"))
		} else {
			page.headline(markNo, "Anonymous", fault)
		}
	case x.Authenticated:
		name := "somebody the server did not name"
		if x.User != nil {
			name = x.User.Username
		}
		page.headline(markYes, "Authenticated", nil, text(" as "), styled(name, bold))
		_, others = split("", x.Findings)
		fault = nil
	default:
		page.headline(markNo, "Not authenticated", fault)
	}
	page.why(fault)
	page.blank()
	var rows list
	rows.add("token", from(x.Source))
	rows.add("asked for", audiences(x.Asked, "the API server's own audiences"))
	if x.Authenticated {
		rows.add("good for", audiences(x.Audiences, "audiences the server did not name"))
	}
	rows.add("server says", x.Error)
	page.rows(indent, rows)
	page.account(fault)
	if x.Authenticated {
		page.identity("Who it is", x.User)
	}
	page.others("Also true", others)
	return page.flush()
}
