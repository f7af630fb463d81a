package keyset

import (
	"net/url"
	"regexp"
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
	case g.Scheme == w.Scheme && g.Hostname() == w.Hostname() && g.Path == w.Path && g.Hostname() != "":
		return finding.T("they differ in the port, %s and %s", portOf(g), portOf(w))
	case g.Scheme == w.Scheme && g.Host == w.Host && strings.Contains(g.Path, "/realms/") && ("/auth"+g.Path == w.Path || "/auth"+w.Path == g.Path):
		return finding.T("they differ in the path /auth before /realms, which Keycloak has only before version 17 or with its option http-relative-path")
	case EntraVersions(got, want):
		return finding.T("they are the v1 and the v2 issuer of the same Entra tenant")
	}
	return unreplaced(got, want)
}

// placeholder is a part of a value that a tool should have replaced.
var placeholder = regexp.MustCompile(`\$\{[^{}]*\}|\{\{[^{}]*\}\}|\$\([^()]*\)|<[^<>]+>|\{[A-Za-z][^{}]*\}|\$[A-Z_][A-Z0-9_]+`)

// Placeholder returns the first placeholder in a value, such as ${TENANT_ID} or {tenantid}; empty if there is none.
func Placeholder(s string) string { return placeholder.FindString(s) }

// unreplaced is the difference of two values of which one has a placeholder instead of a part of the other.
func unreplaced(a, b string) finding.Text {
	for _, pair := range [][2]string{{a, b}, {b, a}} {
		at := placeholder.FindStringIndex(pair[0])
		if at == nil {
			continue
		}
		before, after := pair[0][:at[0]], pair[0][at[1]:]
		if len(pair[1]) > len(before)+len(after) && strings.HasPrefix(pair[1], before) && strings.HasSuffix(pair[1], after) {
			return finding.T("the placeholder %s was not replaced", finding.Quoted(pair[0][at[0]:at[1]]))
		}
	}
	return finding.Text{}
}

func portOf(u *url.URL) finding.Text {
	if u.Port() == "" {
		return finding.T("none")
	}
	return finding.T("%s", finding.Standard(u.Port()))
}

// EntraVersions reports whether two issuers are those of one Entra tenant for tokens of version 1 and version 2.
func EntraVersions(a, b string) bool {
	one, v1 := entraTenant(a)
	other, v1Other := entraTenant(b)
	return one != "" && strings.EqualFold(one, other) && v1 != v1Other
}

// entraTenant returns the tenant of an Entra issuer, and whether the issuer is that of version 1.
func entraTenant(issuer string) (tenant string, v1 bool) {
	u, err := url.Parse(issuer)
	if err != nil {
		return "", false
	}
	path := strings.Trim(u.Path, "/")
	switch strings.ToLower(u.Host) {
	case "sts.windows.net", "sts.chinacloudapi.cn":
		return path, true
	case "login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn":
		tenant, isV2 := strings.CutSuffix(path, "/v2.0")
		return tenant, !isV2
	}
	return "", false
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
