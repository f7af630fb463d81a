package report

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// A life is the moments of a credential, in order of time.
type life struct {
	document.Lifetime
	// unreadable: something says when it ends, and no calendar can write it.
	unreadable bool
	// words say what the drawing shows; nothing of a credential without dates.
	words finding.Text
}

const issued = "issued"

func lifeOf(c *Credential, now time.Time) life {
	names := [...]string{"iat", "nbf", "warnafter", "exp"}
	if c.Certificate != nil {
		names = [...]string{"", "notBefore", "", "notAfter"}
	}
	l := life{Lifetime: document.Lifetime{Now: now}}
	add := func(name, what string, at *Time) {
		if at != nil {
			l.Moments = append(l.Moments, document.Moment{Name: name, What: what, At: at.Time})
		}
	}
	add(names[0], issued, c.IssuedAt)
	add(names[1], document.ValidFrom, c.NotBefore)
	add(names[2], document.Due, c.WarnAfter)
	add(names[3], document.Expires, c.ExpiresAt)
	if cert := c.Certificate; cert != nil && len(l.Moments) == 0 {
		add(names[1], document.ValidFrom, cert.NotBefore)
		add(names[3], document.Expires, cert.NotAfter)
	}
	slices.SortStableFunc(l.Moments, func(a, b document.Moment) int { return a.At.Compare(b.At) })
	l.Endless = !slices.ContainsFunc(l.Moments, func(m document.Moment) bool { return m.What == document.Expires })
	l.unreadable = l.Endless && c.Claims["exp"] != nil
	l.Mark, l.words = l.sum()
	return l
}

// sum is the mark and the words.
func (l life) sum() (document.Mark, finding.Text) {
	var begin, warn, end time.Time
	for _, m := range l.Moments {
		switch m.What {
		case issued, document.ValidFrom:
			if m.At.After(begin) {
				begin = m.At
			}
		case document.Due:
			warn = m.At
		case document.Expires:
			end = m.At
		}
	}
	now := l.Now
	left := finding.T("%s left of %s", finding.Length(seconds(now, end)), finding.Length(seconds(begin, end)))
	switch {
	case len(l.Moments) == 0:
		return document.None, finding.Text{}
	case !l.Endless && !end.After(now):
		return document.No, finding.T("expired %s", finding.Ago(end, now))
	case begin.After(now):
		return document.Warning, finding.T("not valid yet: begins %s", finding.Ago(begin, now))
	case l.unreadable:
		return document.Warning, finding.T("the expiry cannot be read")
	case l.Endless:
		return document.Warning, finding.T("never expires; %s old", finding.Length(seconds(begin, now)))
	case !warn.IsZero() && warn.Before(now):
		return document.Warning, finding.T("due for renewal since %s; expires %s", finding.Length(seconds(warn, now)), finding.Ago(end, now))
	case begin.IsZero():
		return document.Yes, finding.T("expires %s", finding.Ago(end, now))
	case !warn.IsZero():
		return document.Yes, finding.T("%s; due for renewal %s", left, finding.Ago(warn, now))
	default:
		return document.Yes, left
	}
}

// lifetime is when a credential lives.
func (d *doc) lifetime(c *Credential, now time.Time) {
	l := lifeOf(c, now)
	if !l.words.IsZero() {
		d.sum(finding.T("Lifetime"), l.Mark, l.words, l.Lifetime)
	}
}
