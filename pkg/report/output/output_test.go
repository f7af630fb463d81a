package output

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
)

func noFile(string) ([]byte, error) { return nil, fs.ErrNotExist }

func print(t *testing.T, format string, object any) string {
	t.Helper()
	f := NewFlags()
	f.Output = format
	chosen, err := f.Choose(noFile)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := chosen.Print(&out, object); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func sample() *report.Inspection {
	x := report.NewInspection()
	x.Credential = report.Credential{Type: report.JWT, Source: finding.T("argument"), Claims: map[string]any{
		"exp": int64(1779649828), "big": int64(math.MaxInt64), "least": int64(math.MinInt64), "biggest": uint64(math.MaxUint64),
		"beyond": "18446744073709551616", "half": 0.5, "huge": 1e300, "list": []any{int64(9007199254740993), nil, true, "x"}, "sub": "ALICE",
	}}
	return x
}

func TestIntegersAreExact(t *testing.T) {
	for format, want := range map[string]string{
		"jsonpath={.credential.claims.exp} {.credential.claims.big} {.credential.claims.least} {.credential.claims.biggest} {.credential.claims.list[0]} {.credential.claims.beyond}":                   "1779649828 9223372036854775807 -9223372036854775808 18446744073709551615 9007199254740993 18446744073709551616",
		"go-template={{.credential.claims.exp}} {{.credential.claims.big}} {{.credential.claims.least}} {{.credential.claims.biggest}} {{index .credential.claims.list 0}} {{.credential.claims.half}}": "1779649828 9223372036854775807 -9223372036854775808 18446744073709551615 9007199254740993 0.5",
		"jsonpath-as-json={.credential.claims.biggest}":                                        "[\n    18446744073709551615\n]\n",
		`jsonpath={range .credential.claims.list[*]}{@}{"\t|\n"}{end}`:                         "9007199254740993\t|\n<no value>\t|\ntrue\t|\nx\t|\n",
		`jsonpath={.kind} {.credential.type}`:                                                  "Inspection JWT",
		`go-template={{range .findings}}{{.id}}{{end}}{{len .findings}}{{.nothing}}`:           "0<no value>",
		`go-template={{if exists .credential "claims" "exp"}}{{"YQ==" | base64decode}}{{end}}`: "a",
	} {
		if got := print(t, format, sample()); got != want {
			t.Errorf("%s\n got %q\nwant %q", format, got, want)
		}
	}
	for _, format := range []string{"json", "yaml"} {
		got := print(t, format, sample())
		for _, digits := range []string{"1779649828", "9223372036854775807", "-9223372036854775808", "18446744073709551615", `"18446744073709551616"`, "9007199254740993"} {
			if !strings.Contains(got, digits) {
				t.Errorf("%s lacks %s:\n%s", format, digits, got)
			}
		}
	}
}

func TestYAMLKeepsTheOrderOfTheContract(t *testing.T) {
	x := report.NewExplanation()
	x.Credential = report.Credential{Type: report.OpaqueToken, Source: finding.T("argument")}
	x.Verdict, x.DecidedBy = report.Rejected, report.ByTokenReview
	x.Findings = report.List[finding.Finding]{{ID: "x", Severity: finding.Error, Certainty: finding.Proved, Title: finding.T("no"), Detail: finding.T("yes")}}
	want := `apiVersion: authn.kubectl/v1alpha1
kind: Explanation
credential:
  type: OpaqueToken
  source: argument
  verified: false
audiences: []
verdict: Rejected
decidedBy: TokenReview
findings:
  - id: x
    severity: error
    certainty: proved
    title: "no"
    detail: "yes"
checks: []
`
	if got := print(t, "yaml", x); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// alphabet has the characters that are difficult for encoders and terminals.
var alphabet = []rune("aZ09 yn:-#&*!|>'\"%@`{}[],.?/\\~=<\n\t\r\x00\x1b\x7f\u0085\u009b\u00a0\u00ad\u061c\u200b\u200d\u200e\u2028\u2029\u202e\u2066\u2069\ufeff\ufe0f\ue000\ufffe\ufffd\u0301\U000e0001\U000e0100\U0001f600é日ש")

func hostile(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(12) {
		b.WriteRune(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

// Whatever the strings, what JSON and YAML print is the value that went in, to the
// parsers of YAML 1.1 and 1.2 alike, and nothing raw reaches the terminal.
func TestHostileStringsSurviveUnseen(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	fixed := []string{"", "yes", "No", "ON", "null", "~", "12:30:45", "1_000", "0x1f", "0o7", "010", "1e3", ".5", ".inf", ".nan", "2026-05-24", "<<", "=", "- a", "? b", ": c", "a: b", "a #b", "#c", "%d", "@e", "`f", "--- g", "...", "'", `"`, `\u202e`, "\u202e", "a\nb\n", "\n", " lead", "trail ", "\ta", "\U000e0001tag"}
	for n := range 400 {
		claims := map[string]any{}
		for _, s := range fixed {
			if n == 0 {
				claims["k"+s] = s
				claims[s] = "k"
			}
		}
		for range 8 {
			claims[hostile(r)] = []any{hostile(r), map[string]any{hostile(r): hostile(r)}}
		}
		x := report.NewInspection()
		x.Credential.Claims = claims
		for _, format := range []string{"json", "yaml", "jsonpath-as-json={.credential.claims}"} {
			out := print(t, format, x)
			if i := strings.IndexFunc(out, func(c rune) bool { return c != '\n' && !escape.Visible(c) }); i >= 0 {
				c, _ := utf8.DecodeRuneInString(out[i:])
				t.Fatalf("%s: raw %U in %q", format, c, out[max(i-40, 0):i])
			}
			switch format {
			case "json":
				var back report.Inspection
				if err := json.Unmarshal([]byte(out), &back); err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(back.Credential.Claims, claims) {
					t.Fatalf("%s: %q became %q", format, claims, back.Credential.Claims)
				}
			case "yaml":
				var one report.Inspection
				if err := sigsyaml.Unmarshal([]byte(out), &one); err != nil {
					t.Fatalf("%v in\n%s", err, out)
				}
				if !reflect.DeepEqual(one.Credential.Claims, claims) {
					t.Fatalf("YAML 1.1: %q became %q", claims, one.Credential.Claims)
				}
				var two struct {
					Credential struct{ Claims map[string]any }
				}
				if err := yaml.Unmarshal([]byte(out), &two); err != nil {
					t.Fatalf("%v in\n%s", err, out)
				}
				if !reflect.DeepEqual(two.Credential.Claims, claims) {
					t.Fatalf("YAML 1.2: %q became %q", claims, two.Credential.Claims)
				}
			}
		}
		for _, format := range []string{"jsonpath={.credential.claims}{.credential.claims.*}", "go-template={{.credential.claims}}{{range $k, $v := .credential.claims}}{{$k}}{{end}}"} {
			out := print(t, format, x)
			if i := strings.IndexFunc(out, func(c rune) bool { return c != '\n' && c != '\t' && !escape.Visible(c) }); i >= 0 {
				t.Fatalf("%s: raw character in %q", format, out[max(i-40, 0):i+4])
			}
		}
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		output, template, want string
	}{
		{"xml", "", `--output "xml" is not one of text, json, yaml, jsonpath, jsonpath-file, jsonpath-as-json, go-template, go-template-file`},
		{"markdown", "", `--output "markdown" is not one of text, json, yaml, jsonpath, jsonpath-file, jsonpath-as-json, go-template, go-template-file`},
		{"json=x", "", "--output json takes no template"},
		{"json", "x", "--template needs the format jsonpath or go-template, not --output json"},
		{"jsonpath", "", "--output jsonpath needs a template: jsonpath=TEMPLATE, or --template"},
		{"jsonpath={.a}", "{.b}", "--output jsonpath=… and --template cannot be combined"},
		{"jsonpath={.a", "", "--output jsonpath: unclosed action"},
		{"go-template={{", "", "--output go-template: template: output:1: unclosed action"},
		{"go-template-file=missing", "", "--output go-template-file: file does not exist"},
	} {
		f := NewFlags()
		f.Output, f.Template = c.output, c.template
		if _, err := f.Choose(noFile); err == nil || err.Error() != c.want {
			t.Errorf("%s %s: got %v", c.output, c.template, err)
		}
	}
}

func TestChoose(t *testing.T) {
	file := func(name string) ([]byte, error) { return []byte("{.kind} of " + name), nil }
	for _, c := range []struct{ output, template, name, want string }{
		{"text", "", "text", ""},
		{"", "", "text", ""},
		{"jwks", "", "jwks", ""},
		{"text", "{{.kind}}", "go-template", "Inspection"},
		{"jsonpath", "{.kind}", "jsonpath", "Inspection"},
		{"template={{.kind}}", "", "go-template", "Inspection"},
		{"jsonpath-file=x", "", "jsonpath-file", "Inspection of x"},
	} {
		f := NewFlags("jwks")
		f.Output, f.Template = c.output, c.template
		chosen, err := f.Choose(file)
		if err != nil || chosen.Name != c.name {
			t.Errorf("%+v: %v, %v", c, chosen, err)
			continue
		}
		if chosen.IsObject() != (c.want != "") {
			t.Errorf("%+v: an object: %v", c, chosen.IsObject())
			continue
		}
		var out bytes.Buffer
		err = chosen.Print(&out, sample())
		if c.want == "" {
			if err == nil {
				t.Errorf("%+v: printed %q", c, &out)
			}
			continue
		}
		if err != nil || out.String() != c.want {
			t.Errorf("%+v: %q, %v", c, &out, err)
		}
	}
}

// A template that fails reports the reason on one line, and prints nothing.
func TestTemplateErrors(t *testing.T) {
	for format, want := range map[string]string{
		"jsonpath={.nothing}":                "--output jsonpath: nothing is not found",
		"go-template={{.nothing}}":           `--output go-template: error executing template "{{.nothing}}": template: output:1:2: executing "output" at <.nothing>: map has no entry for key "nothing"`,
		"go-template=a{{index .kind \"x\"}}": `--output go-template: error executing template "a{{index .kind \"x\"}}": template: output:1:3: executing "output" at <index .kind "x">: error calling index: cannot index slice/array with type string`,
	} {
		f := NewFlags()
		f.Output, f.AllowMissingTemplateKeys = format, false
		chosen, err := f.Choose(noFile)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := chosen.Print(&out, sample()); err == nil || err.Error() != want || out.Len() != 0 {
			t.Errorf("%s: %v, printed %q", format, err, &out)
		}
	}
}

func TestLine(t *testing.T) {
	x := report.NewVerification()
	x.Line, x.Credential = 7, report.Credential{Type: report.JWT, Source: finding.T("\u202e\n")}
	var out bytes.Buffer
	if err := Line(&out, x); err != nil {
		t.Fatal(err)
	}
	want := `{"apiVersion":"authn.kubectl/v1alpha1","kind":"Verification","line":7,"valid":false,"credential":{"type":"JWT","source":"\u202e\n","verified":false},"findings":[]}` + "\n"
	if out.String() != want {
		t.Errorf("got %s", out.String())
	}
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	if err := JSON(&out, json.RawMessage("{\"keys\":[{\"kid\":\"\u202e\x7f\xff\",\"n\":18446744073709551616}]}")); err != nil {
		t.Fatal(err)
	}
	want := "{\n  \"keys\": [\n    {\n      \"kid\": \"\\u202e\\u007f\\ufffd\",\n      \"n\": 18446744073709551616\n    }\n  ]\n}\n"
	if out.String() != want {
		t.Errorf("got %s", out.String())
	}
	if err := JSON(&out, json.RawMessage("{")); err == nil {
		t.Error("half an object was printed")
	}
}

func TestColor(t *testing.T) {
	for _, c := range []struct {
		mode     string
		terminal bool
		env      string
		want     bool
	}{
		{"auto", true, "TERM=xterm", true},
		{"", true, "", true},
		{"auto", false, "TERM=xterm", false},
		{"auto", true, "NO_COLOR=0", false},
		{"auto", true, "NO_COLOR=", true},
		{"auto", true, "TERM=dumb", false},
		{"always", false, "NO_COLOR=1", true},
		{"never", true, "TERM=xterm", false},
	} {
		got, err := Color(c.mode, c.terminal, env(c.env))
		if err != nil || got != c.want {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
	if _, err := Color("sometimes", true, env("")); err == nil || err.Error() != `--color "sometimes" is not auto, always or never` {
		t.Error(err)
	}
}

func TestASCII(t *testing.T) {
	for variables, want := range map[string]bool{
		"": false, "LANG=en_US.UTF-8": false, "LANG=de_DE.utf8": false, "LC_ALL=C,LANG=en_US.UTF-8": true, "LC_CTYPE=C.UTF-8,LANG=C": false,
		"LANG=POSIX": true, "LANG=ja_JP.eucJP": true, "TERM=dumb": true,
	} {
		if got := ASCII(env(variables)); got != want {
			t.Errorf("%s: %v", variables, got)
		}
	}
}

func env(variables string) func(string) string {
	return func(name string) string {
		for v := range strings.SplitSeq(variables, ",") {
			if key, value, _ := strings.Cut(v, "="); key == name {
				return value
			}
		}
		return ""
	}
}

func TestWriteErrorIsReported(t *testing.T) {
	f := NewFlags()
	f.Output = "json"
	chosen, err := f.Choose(noFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := chosen.Print(broken{}, sample()); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

var errBroken = fmt.Errorf("broken pipe")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
