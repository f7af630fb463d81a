package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
)

// payload is a value that an attacker may write into a claim, an object's name or an error message.
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
		switch v.Addr().Interface().(type) {
		case *finding.Text:
			v.Set(reflect.ValueOf(said(payload)))
			return
		case *finding.Command:
			v.Set(reflect.ValueOf(finding.Run("kubectl").Arg(finding.Message(payload))))
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
func hostileReports() map[string]result {
	out := map[string]result{}
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
			out["explain "+name] = x
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
			out["verify "+name] = verification
			out["review "+name] = review
			out["discover "+name] = discovery
		}
	}
	out["simulate"], out["compare"], out["log"] = poisoned[Simulation](), poisoned[Comparison](), poisoned[LogSummary]()
	out["call"], out["call again"] = poisoned[Call](), poisoned[Call]()
	out["call again"].(*Call).Again = true
	out["inspect"] = poisoned[Inspection]()
	out["inspect list"] = poisoned[InspectionList]()
	out["verify list"] = poisoned[VerificationList]()
	out["simulate list"] = poisoned[SimulationList]()
	out["mint"] = poisoned[Minted]()
	out["findings"] = poisoned[FindingList]()
	out["finding"] = page(*poisoned[finding.Entry]())
	return out
}

// No text from outside reaches the terminal raw, from whichever field it comes.
func TestHostileText(t *testing.T) {
	for name, x := range hostileReports() {
		for _, p := range []Printer{{Width: 80, Color: true}, {Width: 120}, {Width: 33, ASCII: true}} {
			var out bytes.Buffer
			p.W, p.Now = &out, now
			if err := p.print(x); err != nil {
				t.Fatal(err)
			}
			got := sgr.ReplaceAllString(out.String(), "")
			if !strings.Contains(strings.Join(strings.Fields(got), ""), "INJECTED") {
				t.Errorf("%s: the poison is not in it", name)
			}
			for _, line := range strings.Split(got, "\n") {
				if i := strings.IndexFunc(line, func(r rune) bool { return !escape.Visible(r) }); i >= 0 || !utf8.ValidString(line) {
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
	if err := (&Printer{W: &out, Width: 2000, Now: now}).print(x); err != nil {
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
	for name, x := range hostileReports() {
		n++
		var out bytes.Buffer
		if err := (&Printer{W: &out, Now: now}).markdown(x); err != nil {
			t.Fatal(err)
		}
		rest := withoutCode(t, out.String())
		for _, ours := range []string{"<details><summary>", "</summary>", "</details>"} {
			if _, folds := x.(*Explanation); folds != (strings.Count(rest, ours) == 1) {
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

// An object that was printed may be printed again as JSON.
func TestPrintingChangesNothing(t *testing.T) {
	x := poisoned[Explanation]()
	before, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	p := &Printer{W: &out, Width: 80, Now: now}
	if err := p.print(x); err != nil {
		t.Fatal(err)
	}
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
	if err := (&Printer{W: &out, Width: 80, Now: now}).print(x); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "one") || !strings.Contains(out.String(), "two") {
		t.Errorf("one is missing:\n%s", &out)
	}
}
