package cmd

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/markdown"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/terminal"
)

// printing writes results to standard output and notes to standard error.
type printing struct {
	env       Env
	inputs    *inputs
	redaction *redaction
	hiding    *hiding
	color     string
	details   bool
}

// notice prints a note to standard error.
func (p *printing) notice(t finding.Text) {
	_, _ = io.WriteString(p.env.Err, escape.Show(redact(hide(p.hiding, t).String()))+"\n")
}

// paper is the destination of a report, with its format and the time that its times are relative to.
type paper struct {
	terminal.Printer
	now       time.Time
	format    *output.Format
	redaction *redaction
	hiding    *hiding
}

// paper returns a paper with the width and colors of the terminal.
func (p *printing) paper(w io.Writer, size func() (width int, ok bool), format *output.Format) (*paper, error) {
	width, onTerminal := size()
	color, err := output.Color(p.color, onTerminal, p.env.Getenv)
	if err != nil {
		return nil, usage(err)
	}
	if !onTerminal || width <= 0 {
		width = 80
	}
	printer := terminal.Printer{W: w, Width: width, Color: color, ASCII: output.ASCII(p.env.Getenv), Light: output.Light(p.env.Getenv),
		Links: color && onTerminal && output.Links(p.env.Getenv), Details: p.details}
	return &paper{printer, p.env.Now(), format, p.redaction, p.hiding}, nil
}

// prints adds the flag -o to c and sets what c runs. -o and --color are checked first, because their errors must
// come before any request.
func (p *printing) prints(c *cobra.Command, run func(ctx context.Context, args []string, out *paper) error, formats ...string) {
	flags := output.NewFlags(formats...)
	section(c, headOutput, func(f *pflag.FlagSet) {
		flags.AddFlags(f)
		f.BoolVar(&p.hiding.asked, "anonymize", false, "Replace names, hosts and IDs with placeholders.")
	})
	_ = c.Flags().SetAnnotation("output", flagBrief, []string{"Print in FORMAT, such as json."})
	leaveToTopic(c, topicOutput, "template", "allow-missing-template-keys")
	c.RunE = func(c *cobra.Command, args []string) error {
		format, err := flags.Choose(func(name string) ([]byte, error) { return p.inputs.read(name, "--output", input.MaxGiven) })
		if err != nil {
			return usage(err)
		}
		out, err := p.paper(p.env.Out, p.env.Terminal, format)
		if err != nil {
			return err
		}
		return run(c.Context(), args, out)
	}
}

// folds adds the flag to c that prints the whole report as text. Other formats always print everything.
func (p *printing) folds(c *cobra.Command) {
	section(c, headOutput, func(f *pflag.FlagSet) {
		f.BoolVar(&p.details, "details", false, "Print everything, not only the first screen.")
	})
}

// result can be printed as a report.
type result interface {
	Document(now time.Time) document.Document
}

// printable is a result that can also be printed as an object for scripts.
type printable interface {
	GetObjectKind() schema.ObjectKind
	result
}

// print prints a result in the chosen format.
func (p *paper) print(x printable) error { return p.printAs(x, x) }

// printAs prints the object if the format is one for scripts, else the text.
func (p *paper) printAs(object any, text result) error {
	if p.format.IsObject() {
		return printError(p.format.Print(p.W, cleaned(p, object)))
	}
	return p.printReport(text)
}

// end prints an object and returns its exit status as an error.
func (p *paper) end(x printable, status int) error {
	if err := p.print(x); err != nil {
		return err
	}
	return statusError(status)
}

// cleaned returns a result without secrets, and without names if --anonymize is set.
func cleaned[T any](p *paper, x T) T {
	// Secrets are removed first: the rest of a secret is not recognized after a name inside it is replaced.
	p.redaction.rewrite(x)
	return hide(p.hiding, x)
}

// line returns one of many results, each a report of its own.
func (p *paper) line(x any) any { return hide(&hiding{asked: p.hiding.asked}, x) }

// printReport prints a result as text or markdown.
func (p *paper) printReport(x result) error {
	x = cleaned(p, x)
	if p.format.Name == output.Markdown {
		if err := (&markdown.Printer{W: p.W, ASCII: p.ASCII}).Print(x.Document(p.now)); err != nil || !p.hiding.asked {
			return printError(err)
		}
		_, err := io.WriteString(p.W, "\n*Names, hosts and IDs in this report are placeholders (`--anonymize`).*\n")
		return printError(err)
	}
	return printError(p.Print(x.Document(p.now)))
}

// printError converts the error of printing an object.
func printError(err error) error {
	if err != nil {
		return usage(err)
	}
	return nil
}
