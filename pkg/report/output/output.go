// Package output turns -o and its companions into a printer of objects, through the
// printers of cli-runtime, so that every format means what it means in kubectl.
//
// Two things are better than there: integers are exact in every format, and no text
// from outside reaches the terminal raw. In JSON and YAML what a terminal would obey
// is written as an escape, which is the same value; in jsonpath and go-template it
// is spelled out as in the text report.
package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
)

// Formats that are not objects. A command may have more of its own.
const (
	Text     = "text"
	Markdown = "markdown"
)

// Flags are -o/--output and its companions. Output and Template are as given.
type Flags struct {
	Output                   string
	Template                 string
	AllowMissingTemplateKeys bool

	extra []string
}

// NewFlags returns the flags of a command that prints objects, text, and the extra
// formats.
func NewFlags(extra ...string) *Flags {
	return &Flags{Output: Text, AllowMissingTemplateKeys: true, extra: extra}
}

// Allowed lists the formats, in the order of the help text.
func (f *Flags) Allowed() []string {
	return append(append([]string{Text}, f.extra...), "json", "yaml", "jsonpath", "jsonpath-file", "jsonpath-as-json", "go-template", "go-template-file")
}

// FormatsAnnotation is the annotation of --output that lists its formats, for completion.
const FormatsAnnotation = "formats"

// AddFlags adds the flags, named as kubectl names them.
func (f *Flags) AddFlags(flags *pflag.FlagSet) {
	flags.StringVarP(&f.Output, "output", "o", f.Output, "Print in `FORMAT`: "+strings.Join(f.Allowed(), ", ")+".")
	_ = flags.SetAnnotation("output", FormatsAnnotation, f.Allowed())
	flags.StringVar(&f.Template, "template", f.Template, "Use this `TEMPLATE`, or template file, for -o.")
	flags.BoolVar(&f.AllowMissingTemplateKeys, "allow-missing-template-keys", f.AllowMissingTemplateKeys, "Ignore missing template fields.")
}

// Format is a format that was chosen.
type Format struct {
	// Name is the format without its template: "text", "jsonpath", …
	Name string

	// print takes the object as JSON.
	print  func([]byte, io.Writer) error
	filter func([]byte) []byte
}

// IsObject reports whether Print prints the format; the others are the command's.
func (f *Format) IsObject() bool { return f.print != nil }

// Choose reads the flags. Every error is one of usage. Files of templates are read
// with readFile, which is os.ReadFile but for tests.
//
// It has many branches: they are the rules of kubectl for -o and --template, in the order in which kubectl has them.
func (f *Flags) Choose(readFile func(string) ([]byte, error)) (*Format, error) {
	name, template, given := strings.Cut(f.Output, "=")
	if name == "" || name == Text && f.Template != "" && !given {
		name = Text
		if f.Template != "" {
			// As in kubectl, --template alone is a go-template.
			name = "go-template"
		}
	}
	if name == "template" || name == "templatefile" {
		// Old names that kubectl still takes.
		name = map[string]string{"template": "go-template", "templatefile": "go-template-file"}[name]
	}
	if !slices.Contains(f.Allowed(), name) {
		return nil, finding.Errorf("--output %q is not one of %s", finding.Quoted(f.Output), finding.Syntax(strings.Join(f.Allowed(), ", ")))
	}
	templated := strings.HasPrefix(name, "jsonpath") || strings.HasPrefix(name, "go-template")
	if !templated {
		if given {
			return nil, finding.Errorf("--output %s takes no template", finding.Syntax(name))
		}
		if f.Template != "" {
			return nil, finding.Errorf("--template needs the format jsonpath or go-template, not --output %s", finding.Syntax(name))
		}
	}
	format := &Format{Name: name}
	switch name {
	case "json":
		format.print, format.filter = printJSON, escapeJSON
		return format, nil
	case "yaml":
		format.print, format.filter = printYAML, escapeYAML
		return format, nil
	}
	if !templated {
		return format, nil
	}

	if given && f.Template != "" {
		return nil, finding.Errorf("--output %s=… and --template cannot be combined", finding.Syntax(name))
	}
	if !given {
		template = f.Template
	}
	if template == "" {
		return nil, finding.Errorf("--output %s needs a template: %s=TEMPLATE, or --template", finding.Syntax(name), finding.Syntax(name))
	}
	if strings.HasSuffix(name, "-file") {
		data, err := readFile(template)
		if err != nil {
			return nil, finding.Errorf("--output %s: %s", finding.Syntax(name), finding.Err(err))
		}
		template = string(data)
	}
	if strings.HasPrefix(name, "jsonpath") {
		printer, err := printers.NewJSONPathPrinter(template)
		if err != nil {
			return nil, finding.Errorf("--output %s: %s", finding.Syntax(name), finding.Err(err))
		}
		printer.AllowMissingKeys(f.AllowMissingTemplateKeys)
		format.filter = escapeText
		if name == "jsonpath-as-json" {
			printer.EnableJSONOutput(true)
			format.filter = escapeJSON
		}
		format.print = func(object []byte, w io.Writer) error { return printTemplate(printer, object, w, false) }
		return format, nil
	}
	printer, err := printers.NewGoTemplatePrinter([]byte(template))
	if err != nil {
		return nil, finding.Errorf("--output %s: %s", finding.Syntax(name), finding.Err(err))
	}
	printer.AllowMissingKeys(f.AllowMissingTemplateKeys)
	format.filter = escapeText
	format.print = func(object []byte, w io.Writer) error { return printTemplate(printer, object, w, true) }
	return format, nil
}

// Print prints an object. It writes nothing if it fails.
func (f *Format) Print(w io.Writer, object any) error {
	if f.print == nil {
		return fmt.Errorf("%s is not a format of objects", f.Name)
	}
	data, err := json.Marshal(object)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := f.print(data, &out); err != nil {
		// The printers go on to print the template and the whole object.
		reason, _, _ := strings.Cut(err.Error(), ". Printing more information")
		_, after, found := strings.Cut(reason, "Error executing template: ")
		if found {
			reason = after
		}
		return finding.Reword(err, "--output %s: %s", finding.Message(f.Name), finding.Message(escape.Text(strings.TrimSpace(reason))))
	}
	_, err = w.Write(f.filter(out.Bytes()))
	return err
}

// Color decides whether text is coloured. An explicit always or never wins; auto
// asks for a terminal that can, and for an environment that does not forbid it
// (no-color.org). The error is one of usage.
func Color(mode string, terminal bool, getenv func(string) string) (bool, error) {
	switch mode {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto", "":
		return terminal && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb", nil
	default:
		return false, finding.Errorf("--color %q is not auto, always or never", finding.Quoted(mode))
	}
}

// ASCII reports whether the locale has no place for drawing characters: it names
// another encoding than UTF-8, or none (C, POSIX). An environment without a locale
// does not say, and terminals have drawn UTF-8 for long.
func ASCII(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := getenv(name); locale != "" {
			l := strings.ToLower(strings.ReplaceAll(locale, "-", ""))
			return !strings.Contains(l, "utf8")
		}
	}
	return getenv("TERM") == "dumb"
}

// Light reports whether the terminal says in its environment that its background is light. Those that
// do are of X11's line, whose cyan, green and yellow are lost there. xterm's own background is white.
func Light(getenv func(string) string) bool {
	if colors := getenv("COLORFGBG"); colors != "" {
		background := colors[strings.LastIndexByte(colors, ';')+1:]
		return background == "7" || background == "15"
	}
	return getenv("XTERM_VERSION") != ""
}

// Links reports whether the terminal makes hyperlinks of OSC 8, as far as its environment says.
func Links(getenv func(string) string) bool {
	kind := getenv("TERM")
	if strings.HasPrefix(kind, "screen") {
		return false
	}
	for _, of := range []string{"kitty", "alacritty", "foot", "ghostty", "wezterm", "contour"} {
		if strings.Contains(kind, of) {
			return true
		}
	}
	// VTE has them since 0.50.
	if version, err := strconv.Atoi(getenv("VTE_VERSION")); err == nil && version >= 5000 {
		return true
	}
	return getenv("WT_SESSION") != "" || getenv("KONSOLE_VERSION") != "" || getenv("KITTY_WINDOW_ID") != "" ||
		slices.Contains([]string{"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "mintty", "WarpTerminal"}, getenv("TERM_PROGRAM"))
}
