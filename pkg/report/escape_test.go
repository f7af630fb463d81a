package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"":                   "",
		"plain, with spaces": "plain, with spaces",
		`CORP\alice`:         `CORP\alice`,
		"山田 太郎 עובד é e\u0301 \U0001f600":     "山田 太郎 עובד é e\u0301 \U0001f600",
		"\x1b[2J\x1b]0;title\x07":             `\u001b[2J\u001b]0;title\u0007`,
		"a\nb\r\tc\x00\x7f":                   `a\nb\r\tc\u0000\u007f`,
		"\u009b31m\u0085":                     `\u009b31m\u0085`,
		"\xff\xc3\x28":                        `\xff\xc3(`,
		"\xed\xa0\x80":                        `\xed\xa0\x80`,
		"user\u202egnp.exe\u202c":             `user\u202egnp.exe\u202c`,
		"\u2066a\u2069\u200e\u200f\u061c":     `\u2066a\u2069\u200e\u200f\u061c`,
		"ad\u200bmin\u200d\ufeff\u2060\u00ad": `ad\u200bmin\u200d\ufeff\u2060\u00ad`,
		"line\u2028paragraph\u2029":           `line\u2028paragraph\u2029`,
		"no\u00a0break\u3000wide":             `no\u00a0break\u3000wide`,
		"\U000e0041\U000e0100\ufe0f":          `\U000e0041\U000e0100\ufe0f`,
		"\u3164\u115f\u2800\u034f":            `\u3164\u115f\u2800\u034f`,
		"\ue000\ufffe\U0010ffff":              `\ue000\ufffe\U0010ffff`,
		"\u0338struck":                        `\u0338struck`,
		"o" + strings.Repeat("\u0301", 8):     "o" + strings.Repeat("\u0301", 6) + `\u0301` + "\u0301",
		"\ufffd":                              "\ufffd",
	} {
		if got := Escape(in); got != want {
			t.Errorf("%q\n got %q\nwant %q", in, got, want)
		}
	}
	if got, want := EscapeLines("a\n\u0301b\x1b\n"), "a\n"+`\u0301b\u001b`+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("\x1b[31m\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Escape(s)
		if !utf8.ValidString(got) || strings.IndexFunc(got, func(r rune) bool { return !Visible(r) }) >= 0 {
			t.Errorf("%q became %q", s, got)
		}
		if again := Escape(got); again != got {
			t.Errorf("%q became %q, and then %q", s, got, again)
		}
	})
}

// payload is what an attacker would write into a claim, an object's name or an
// error text.
const payload = "\x1b[2J\x1b]8;;http://evil\x07\u009b1m\x9b \u202e\u2066\u200b\u2028\ufeff\U000e0041\xff\r\nINJECTED <img src=x onerror=alert(1)> </details> @everyone #1 [a](javascript:b) `` `x` ``` | *b* _c_ https://evil.example www.evil.example"

// poison sets every string that can be reached from v, map keys included.
func poison(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(payload)
	case reflect.Bool:
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		poison(v.Elem(), depth)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			poison(v.Index(i), depth)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		value := reflect.New(v.Type().Elem()).Elem()
		poison(value, depth+1)
		v.SetMapIndex(reflect.ValueOf(payload).Convert(v.Type().Key()), value)
		if value.Kind() == reflect.Interface {
			for _, key := range []string{"iss", "sub", "aud", "issuer", "alg", "kid", "kubernetes.io"} {
				v.SetMapIndex(reflect.ValueOf(key), value)
			}
		}
	case reflect.Interface:
		var anything any = []any{payload, map[string]any{payload: payload}}
		if depth < 1 {
			nested := map[string]any{}
			poison(reflect.ValueOf(&nested).Elem(), depth+1)
			for _, key := range []string{"pod", "node", "secret", "namespace", "name", "uid"} {
				nested[key] = map[string]any{"name": payload, "uid": []any{payload}}
			}
			anything = nested
		}
		v.Set(reflect.ValueOf(anything))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Time]() {
			v.Set(reflect.ValueOf(*At(now)))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				poison(v.Field(i), depth)
			}
		}
	default:
		panic("no poison for a " + v.Kind().String())
	}
}

func poisoned[T any]() *T {
	x := new(T)
	poison(reflect.ValueOf(x).Elem(), 0)
	return x
}

// hostileReports are all reports with poison in every field, and with each verdict
// and severity in turn, so that every way of laying them out is taken.
func hostileReports() map[string]func(*Printer) error {
	out := map[string]func(*Printer) error{}
	short := func(s string) string { return strings.Replace(s, payload, "payload", 1) }
	for _, verdict := range []string{payload, Accepted, Rejected, Anonymous, Undecided} {
		for _, severity := range []finding.Severity{payload, finding.Error, finding.Warning} {
			x := poisoned[Explanation]()
			x.Verdict = verdict
			for i := range x.Findings {
				x.Findings[i].Severity = severity
			}
			for i := range x.Checks {
				x.Checks[i].Status = []string{Fail, Unknown, Warn}[i]
			}
			name := short(verdict) + " " + short(string(severity))
			out["explain "+name] = func(p *Printer) error { return p.Explanation(x) }
			out["markdown "+name] = func(p *Printer) error { return p.Markdown(x) }
		}
	}
	for _, yes := range []bool{true, false} {
		for _, severity := range []finding.Severity{payload, finding.Error} {
			verification, review, discovery := poisoned[Verification](), poisoned[Review](), poisoned[Discovery]()
			verification.Valid, verification.Credential.Verified, review.Authenticated = yes, yes, yes
			for i := range 2 {
				verification.Findings[i].Severity = severity
				review.Findings[i].Severity = severity
				discovery.Findings[i].Severity = severity
			}
			name := short(string(severity)) + map[bool]string{true: " yes", false: " no"}[yes]
			out["verify "+name] = func(p *Printer) error { return p.Verification(verification) }
			out["review "+name] = func(p *Printer) error { return p.Review(review) }
			out["discover "+name] = func(p *Printer) error { return p.Discovery(discovery) }
		}
	}
	out["inspect"] = func(p *Printer) error { return p.Inspection(poisoned[Inspection]()) }
	out["inspect list"] = func(p *Printer) error { return p.InspectionList(poisoned[InspectionList]()) }
	out["mint"] = func(p *Printer) error { return p.Minted(poisoned[Minted]()) }
	out["findings"] = func(p *Printer) error { return p.FindingList(poisoned[FindingList]()) }
	out["finding"] = func(p *Printer) error { return p.FindingEntry(*poisoned[finding.Entry]()) }
	return out
}

// No text from outside reaches the terminal raw, from whichever field it comes.
func TestHostileText(t *testing.T) {
	for name, print := range hostileReports() {
		for _, p := range []Printer{{Width: 80, Color: true}, {Width: 120}, {Width: 33, ASCII: true}} {
			var out bytes.Buffer
			p.W, p.Now = &out, now
			if err := print(&p); err != nil {
				t.Fatal(err)
			}
			got := sgr.ReplaceAllString(out.String(), "")
			if !strings.Contains(strings.Join(strings.Fields(got), ""), "INJECTED") {
				t.Errorf("%s: the poison is not in it", name)
			}
			for _, line := range strings.Split(got, "\n") {
				if i := strings.IndexFunc(line, func(r rune) bool { return !Visible(r) }); i >= 0 || !utf8.ValidString(line) {
					t.Errorf("%s: raw text in %q", name, line)
				}
			}
		}
	}
}

// A line break inside a claim begins no line of the report. In a command it may:
// there it stands inside quotes.
func TestHostileLines(t *testing.T) {
	x := poisoned[Inspection]()
	for i := range x.Findings {
		x.Findings[i].Remedy = nil
	}
	var out bytes.Buffer
	if err := (&Printer{W: &out, Width: 2000, Now: now}).Inspection(x); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(out.String(), "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "INJECTED") {
			t.Errorf("a line of its own: %q", line)
		}
	}
}

// Markdown means nothing that came from outside: outside code there is no HTML but
// ours, no link, no mention and no mark-up.
func TestHostileMarkdown(t *testing.T) {
	n := 0
	for name, print := range hostileReports() {
		if !strings.HasPrefix(name, "markdown") {
			continue
		}
		n++
		var out bytes.Buffer
		if err := print(&Printer{W: &out, Now: now}); err != nil {
			t.Fatal(err)
		}
		rest := withoutCode(t, out.String())
		for _, ours := range []string{"<details><summary>", "</summary>", "</details>"} {
			if strings.Count(rest, ours) != 1 {
				t.Errorf("%s: %d times %s", name, strings.Count(rest, ours), ours)
			}
			rest = strings.Replace(rest, ours, "", 1)
		}
		for _, bad := range []string{"<", "@", "](", "://", "www.", "#1", "*b*", "_c_"} {
			if i := strings.Index(rest, bad); i >= 0 {
				t.Errorf("%s: %q in %q", name, bad, rest[max(0, i-60):min(len(rest), i+20)])
			}
		}
	}
	if n == 0 {
		t.Error("nothing was printed")
	}
}

// withoutCode removes code blocks and code spans as CommonMark delimits them.
func withoutCode(t *testing.T, s string) string {
	t.Helper()
	var prose []string
	fence := ""
	for line := range strings.SplitSeq(s, "\n") {
		trimmed := strings.TrimLeft(line, " ")
		ticks := trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "`"))]
		switch {
		case fence == "" && len(ticks) >= 3 && !strings.Contains(trimmed[len(ticks):], "`"):
			fence = ticks
		case fence != "" && len(ticks) >= len(fence) && strings.TrimSpace(trimmed[len(ticks):]) == "":
			fence = ""
		case fence == "":
			prose = append(prose, withoutSpans(line))
		}
	}
	if fence != "" {
		t.Error("a code block that does not end")
	}
	return strings.Join(prose, "\n")
}

func withoutSpans(line string) string {
	var out strings.Builder
	for line != "" {
		i := strings.IndexByte(line, '`')
		if i < 0 {
			out.WriteString(line)
			break
		}
		out.WriteString(line[:i])
		line = line[i:]
		n := len(line) - len(strings.TrimLeft(line, "`"))
		end := -1
		for j := n; j < len(line); {
			if line[j] != '`' {
				j++
				continue
			}
			run := len(line[j:]) - len(strings.TrimLeft(line[j:], "`"))
			if run == n {
				end = j + run
				break
			}
			j += run
		}
		if end < 0 {
			out.WriteString(line[:n])
			line = line[n:]
			continue
		}
		line = line[end:]
	}
	return out.String()
}

// The copy that is escaped shares nothing with the object, which may be printed
// again as JSON.
func TestPrintingChangesNothing(t *testing.T) {
	x := poisoned[Explanation]()
	before, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	copied := x.DeepCopyObject().(*Explanation)
	if !reflect.DeepEqual(x, copied) {
		t.Error("the copy differs")
	}
	var out bytes.Buffer
	p := &Printer{W: &out, Width: 80, Now: now}
	if err := p.Explanation(x); err != nil {
		t.Fatal(err)
	}
	copied.Credential.Claims["iss"] = "changed"
	copied.Findings[0].Evidence[0].Value = "changed"
	copied.User.Extra[payload][0] = "changed"
	after, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("the object has changed")
	}
}

// Two claims whose names look alike once escaped are both shown.
func TestNamesThatCollide(t *testing.T) {
	x := NewInspection()
	x.Credential.Claims = map[string]any{"a\u202e": "one", `a\u202e`: "two"}
	var out bytes.Buffer
	if err := (&Printer{W: &out, Width: 80, Now: now}).Inspection(x); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "one") || !strings.Contains(out.String(), "two") {
		t.Errorf("one is missing:\n%s", &out)
	}
}
