package keyset

import (
	"net/url"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// listed returns up to ten values in quotes, and "none" without values.
func listed(values ...finding.Value) finding.Text {
	if len(values) == 0 {
		return finding.T("none")
	}
	return finding.Listed(10, values...)
}

// standards returns words of a standard as values.
func standards(words []string) []finding.Value {
	out := make([]finding.Value, len(words))
	for i, w := range words {
		out[i] = finding.Standard(w)
	}
	return out
}

// moment returns a time and its distance from now.
func moment(t, now time.Time) finding.Text {
	if d := t.Sub(now); d > 0 {
		return finding.T("%s (in %s)", finding.Time(t), finding.Duration(d))
	}
	return finding.T("%s (%s ago)", finding.Time(t), finding.Duration(now.Sub(t)))
}

// NearMiss returns the small difference between two values that must be identical; empty if
// the difference is easy to see.
func NearMiss(got, want string) finding.Text {
	switch {
	case got == want:
		return finding.Text{}
	case strings.TrimSpace(got) == strings.TrimSpace(want):
		return finding.T("they differ in leading or trailing white space")
	case strings.TrimSuffix(got, "/") == strings.TrimSuffix(want, "/"):
		return finding.T("they differ in a slash at the end")
	case strings.EqualFold(got, want):
		return finding.T("they differ in upper and lower case")
	}
	g, errGot := url.Parse(got)
	w, errWant := url.Parse(want)
	if errGot != nil || errWant != nil {
		return finding.Text{}
	}
	switch {
	case g.Scheme == "" && "https://"+got == want, w.Scheme == "" && "https://"+want == got:
		return finding.T("they differ in https:// at the start")
	case g.Scheme != w.Scheme && g.Host == w.Host && g.Path == w.Path:
		return finding.T("they differ in the scheme, %s and %s", finding.Standard(g.Scheme), finding.Standard(w.Scheme))
	case g.Scheme == w.Scheme && g.Hostname() == w.Hostname() && g.Path == w.Path && withoutDefaultPort(g) == withoutDefaultPort(w):
		return finding.T("they differ only in whether the default port is written")
	}
	return finding.Text{}
}

// Near returns the issuers that NearMiss would report for got and that can be derived from got alone.
func Near(got string) []string {
	got = strings.TrimSpace(got)
	bare := strings.TrimRight(got, "/")
	near := []string{got, bare, bare + "/", strings.ToLower(got), "https://" + got}
	if u, err := url.Parse(got); err == nil && u.Host != "" {
		if rest, ok := strings.CutPrefix(got, "http://"); ok {
			near = append(near, "https://"+rest)
		}
		switch port := u.Port(); {
		case u.Scheme == "https" && port == "443":
			u.Host = strings.TrimSuffix(u.Host, ":443")
			near = append(near, u.String())
		case u.Scheme == "https" && port == "":
			u.Host += ":443"
			near = append(near, u.String())
		}
	}
	return near
}

func withoutDefaultPort(u *url.URL) string {
	if u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80" {
		return ""
	}
	return u.Port()
}
