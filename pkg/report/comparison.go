package report

import (
	"slices"
	"strconv"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Document says whose identity changes, a line a token.
func (x *Comparison) Document(time.Time) document.Document {
	if x.Configuration != nil {
		return x.Configuration.document()
	}
	var d doc
	of := many(int64(len(x.Items)), finding.T("token"), finding.T("tokens"))
	some := func(n int) finding.Text { return finding.T("the identity of %s of %s", finding.Count(n), of) }
	v := document.Verdict{Mark: document.Yes, Word: finding.T("Unchanged"), Words: answer(finding.T("the identity of %s", of))}
	switch {
	case len(x.Items) > 0 && !slices.ContainsFunc(x.Items, func(c Compared) bool { return !c.rejectedTwice() }):
		v.Words = answer(finding.T("both configurations reject %s", of))
	case x.Changed > 0:
		v = document.Verdict{Mark: document.No, Word: finding.T("Changed"), Words: answer(some(x.Changed))}
	case x.Undecided > 0:
		v = document.Verdict{Mark: document.Unknown, Word: finding.T(Undecided), Words: answer(some(x.Undecided))}
		if x.Undecided < len(x.Items) {
			v.Words = append(v.Words, glue(finding.T("; ")), prose(finding.T("the identity of the others does not change"))[0])
		}
	}
	d.add(v)
	var changed, undecided document.Items
	for i := range x.Items {
		c := &x.Items[i]
		if words := c.who(); len(c.Changes) > 0 {
			for j, change := range c.Changes {
				between := finding.T(", ")
				if j == 0 {
					between = finding.T(": ")
				}
				words = append(words, glue(between))
				for k, side := range change.Split(" → ") {
					if k > 0 {
						words = append(words, glue(finding.T(" → ")))
					}
					words = append(words, value(side)...)
				}
			}
			changed = append(changed, document.Item{Mark: document.Warning, Words: words})
		}
		if words, why := c.who(), c.unknowns(); len(why) > 0 {
			for _, w := range why {
				words = append(append(words, glue(finding.T(": "))), prose(w)...)
			}
			undecided = append(undecided, document.Item{Mark: document.Unknown, Words: words})
		}
	}
	d.within(changed)
	if x.Undecided > 0 {
		d.sum(finding.T("Undecided"), document.None, finding.T("because an input is missing"), undecided)
	}
	if rejected := x.rejected(); len(rejected) > 0 {
		d.sum(finding.T("Rejected"), document.None, finding.T("by both configurations"), x.rejected())
	}
	return document.Document(d)
}

// rejectedTwice reports that neither configuration accepts the token.
func (c *Compared) rejectedTwice() bool {
	return c.Before.Verdict == Rejected && c.After.Verdict == Rejected && len(c.Changes) == 0
}

// mostRejected is the number of tokens whose rejection by both configurations is explained.
const mostRejected = 10

// rejected says why both configurations reject a token: the cause, and the error message of the API server.
func (x *Comparison) rejected() document.Items {
	var out document.Items
	more := 0
	for i := range x.Items {
		c := &x.Items[i]
		switch {
		case !c.rejectedTwice():
			continue
		case len(out) == mostRejected:
			more++
			continue
		}
		words := append(c.who(), glue(finding.T(": ")))
		words = append(words, c.Before.why()...)
		if c.After.Cause != c.Before.Cause || c.After.Error != c.Before.Error {
			words = append(append(words, glue(finding.T(" → "))), c.After.why()...)
		}
		out = append(out, document.Item{Mark: document.No, Words: words})
	}
	if more > 0 {
		out = append(out, document.Item{Mark: document.None, Words: prose(finding.T("and %s more", finding.Count(more)))})
	}
	return out
}

// why is the cause of a rejection and the error message.
func (o *Outcome) why() document.Words {
	words := value(finding.T("%s", finding.Standard(string(o.Cause))))
	if o.Error != "" {
		words = append(append(words, glue(finding.T(", "))), value(said(o.Error))...)
	}
	return words
}

// document lists what the second configuration does differently, by effect.
func (x *ComparedConfiguration) document() document.Document {
	var d doc
	d.add(document.Paragraph{Words: prose(finding.T(ConfigurationsOnly)), Whole: true})
	if len(x.Differences) == 0 {
		d.add(document.Verdict{Mark: document.Yes, Word: finding.T("Unchanged"), Words: answer(finding.T("no setting that can be compared differs"))})
		return document.Document(d)
	}
	d.add(document.Verdict{Mark: document.No, Word: finding.T("Changed"), Words: answer(many(int64(len(x.Differences)), finding.T("setting"), finding.T("settings")))})
	for _, part := range []struct {
		effect string
		title  finding.Text
		mark   document.Mark
	}{
		{"Rejects", finding.T("The second configuration rejects"), document.No},
		{"Admits", finding.T("The second configuration admits"), document.Warning},
		{"Renames", finding.T("The second configuration names users and groups differently"), document.Warning},
		{"", finding.T("The second configuration decides differently"), document.Warning},
	} {
		var items document.Items
		for _, c := range x.Differences {
			if c.Effect == part.effect || part.effect == "" && !slices.Contains([]string{"Rejects", "Admits", "Renames"}, c.Effect) {
				items = append(items, document.Item{Mark: part.mark, Words: append(append(value(said(c.Path)), glue(finding.T(": "))), prose(c.Detail)...)})
			}
		}
		d.section(part.title, items)
	}
	return document.Document(d)
}

// ConfigurationsOnly is the first line of a comparison without a credential.
const ConfigurationsOnly = `Compared the configurations only, expressions as text; add a CREDENTIAL to compare what it gets`

// who identifies a token by its own claims.
func (c *Compared) who() document.Words {
	words := document.Words{glue(finding.T("line %s  ", finding.Count(c.Line)))}
	if c.Subject == "" {
		return append(words, strong(kindOf(&Credential{Type: c.Type}))...)
	}
	words = append(words, document.Of(document.StrongValue, said(c.Subject))...)
	words = append(append(words, glue(finding.T(" of "))), value(said(c.Issuer))...)
	if a, b := c.Before.User, c.After.User; a != nil && b != nil && a.Username == b.Username {
		words = append(append(words, glue(finding.T(", "))), value(said(strconv.Quote(a.Username)))...)
	}
	return words
}

// unknowns are the missing inputs for a token that a configuration could not decide.
func (c *Compared) unknowns() []finding.Text {
	before, after := c.Before.Verdict == Undecided, c.After.Verdict == Undecided
	switch {
	case before && after:
		return c.After.Missing[:min(1, len(c.After.Missing))]
	case before:
		return append([]finding.Text{finding.T("before")}, c.Before.Missing[:min(1, len(c.Before.Missing))]...)
	case after:
		return append([]finding.Text{finding.T("after")}, c.After.Missing[:min(1, len(c.After.Missing))]...)
	}
	return nil
}
