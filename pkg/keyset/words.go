package keyset

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// quote quotes text that came from outside, and not too much of it.
func quote(s string) string {
	const most = 128
	if runes := []rune(s); len(runes) > most {
		return fmt.Sprintf("%q…", string(runes[:most]))
	}
	return fmt.Sprintf("%q", s)
}

// quoteAll lists quoted texts, and not too many of them.
func quoteAll(list []string) string {
	const most = 10
	quoted := make([]string, 0, most)
	for i, s := range list {
		if i == most {
			return fmt.Sprintf("%s and %d more", strings.Join(quoted, ", "), len(list)-most)
		}
		quoted = append(quoted, quote(s))
	}
	if len(quoted) == 0 {
		return "none"
	}
	return strings.Join(quoted, ", ")
}

// moment is a time and how far it is from now.
func moment(t, now time.Time) string {
	stamp := t.UTC().Format("2006-01-02 15:04:05Z")
	if d := t.Sub(now); d > 0 {
		return fmt.Sprintf("%s, in %s", stamp, span(d))
	}
	return fmt.Sprintf("%s, %s ago", stamp, span(now.Sub(t)))
}

// span is a duration in its two largest units.
func span(d time.Duration) string {
	d = d.Truncate(time.Second)
	units := []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}
	for i, u := range units {
		if d < u.size {
			continue
		}
		text := fmt.Sprintf("%d%s", d/u.size, u.name)
		if i+1 < len(units) {
			if rest := d % u.size / units[i+1].size; rest > 0 {
				text += fmt.Sprintf(" %d%s", rest, units[i+1].name)
			}
		}
		return text
	}
	return "0s"
}

// NearMiss says by how little two issuers differ that have to be equal to the
// letter; "" where they differ by more than people overlook.
func NearMiss(got, want string) string {
	switch {
	case got == want:
		return ""
	case strings.TrimSpace(got) == strings.TrimSpace(want):
		return "they differ by white space at an end"
	case strings.TrimSuffix(got, "/") == strings.TrimSuffix(want, "/"):
		return "they differ by a slash at the end"
	case strings.EqualFold(got, want):
		return "they differ by upper and lower case"
	}
	g, errGot := url.Parse(got)
	w, errWant := url.Parse(want)
	if errGot != nil || errWant != nil {
		return ""
	}
	switch {
	case g.Scheme == "" && "https://"+got == want, w.Scheme == "" && "https://"+want == got:
		return "they differ by the https:// at the start"
	case g.Scheme != w.Scheme && g.Host == w.Host && g.Path == w.Path:
		return fmt.Sprintf("they differ by %s and %s", g.Scheme, w.Scheme)
	case g.Scheme == w.Scheme && g.Hostname() == w.Hostname() && g.Path == w.Path && withoutDefaultPort(g) == withoutDefaultPort(w):
		return "they differ by the port that is the default anyway"
	}
	return ""
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
