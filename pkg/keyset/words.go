package keyset

import (
	"net/url"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// listed are values in quotes, and not too many of them.
func listed(values ...finding.Value) finding.Text {
	if len(values) == 0 {
		return finding.T("none")
	}
	return finding.Listed(10, values...)
}

// standards are words of a standard, as values.
func standards(words []string) []finding.Value {
	out := make([]finding.Value, len(words))
	for i, w := range words {
		out[i] = finding.Standard(w)
	}
	return out
}

// moment is a time and how far it is from now.
func moment(t, now time.Time) finding.Text {
	if d := t.Sub(now); d > 0 {
		return finding.T("%s, in %s", finding.Time(t), finding.Duration(d))
	}
	return finding.T("%s, %s ago", finding.Time(t), finding.Duration(now.Sub(t)))
}

// NearMiss says by how little two issuers differ that have to be equal to the
// letter; nothing where they differ by more than people overlook.
func NearMiss(got, want string) finding.Text {
	switch {
	case got == want:
		return finding.Text{}
	case strings.TrimSpace(got) == strings.TrimSpace(want):
		return finding.T("they differ by white space at an end")
	case strings.TrimSuffix(got, "/") == strings.TrimSuffix(want, "/"):
		return finding.T("they differ by a slash at the end")
	case strings.EqualFold(got, want):
		return finding.T("they differ by upper and lower case")
	}
	g, errGot := url.Parse(got)
	w, errWant := url.Parse(want)
	if errGot != nil || errWant != nil {
		return finding.Text{}
	}
	switch {
	case g.Scheme == "" && "https://"+got == want, w.Scheme == "" && "https://"+want == got:
		return finding.T("they differ by the https:// at the start")
	case g.Scheme != w.Scheme && g.Host == w.Host && g.Path == w.Path:
		return finding.T("they differ by %s and %s", finding.Standard(g.Scheme), finding.Standard(w.Scheme))
	case g.Scheme == w.Scheme && g.Hostname() == w.Hostname() && g.Path == w.Path && withoutDefaultPort(g) == withoutDefaultPort(w):
		return finding.T("they differ by the port that is the default anyway")
	}
	return finding.Text{}
}

// Near are issuers from which got differs by what people overlook, as NearMiss has it:
// those that can be told without knowing what is wanted.
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
