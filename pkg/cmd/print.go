package cmd

import (
	"io"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/markdown"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/terminal"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// paper is where reports are written, and what their times are relative to.
type paper struct {
	terminal.Printer
	now time.Time
}

// result is what can be written as a report.
type result interface {
	Document(now time.Time) document.Document
}

// paper has the width and colours of the terminal.
func (o *options) paper(w io.Writer, size func() (width int, ok bool)) (*paper, error) {
	width, onTerminal := size()
	color, err := output.Color(o.color, onTerminal, o.env.Getenv)
	if err != nil {
		return nil, usage("%w", err)
	}
	if !onTerminal || width <= 0 {
		width = 80
	}
	return &paper{terminal.Printer{W: w, Width: width, Color: color, ASCII: output.ASCII(o.env.Getenv)}, o.env.Now()}, nil
}

// format reads -o, and --color, whose errors have to come before anything is asked.
func (o *options) format(flags *output.Flags) (*output.Format, *paper, error) {
	format, err := flags.Choose(func(name string) ([]byte, error) { return o.read(name, "--output", input.MaxGiven) })
	if err != nil {
		return nil, nil, usage("%w", err)
	}
	p, err := o.paper(o.env.Out, o.env.Terminal)
	return format, p, err
}

// printable is a result that scripts can read as well.
type printable interface {
	runtime.Object
	result
}

// print prints an object in the format chosen.
func (o *options) print(format *output.Format, p *paper, x printable) error {
	if format.IsObject() {
		return o.printObject(format, x)
	}
	return o.printReport(format, p, x)
}

func (o *options) printObject(format *output.Format, x runtime.Object) error {
	token.Rewrite(x, o.secrets.RedactValue)
	return printed(format.Print(o.env.Out, x))
}

// printReport prints a result as text or markdown.
func (o *options) printReport(format *output.Format, p *paper, x result) error {
	token.Rewrite(x, o.secrets.RedactValue)
	if format.Name == output.Markdown {
		return printed((&markdown.Printer{W: p.W, ASCII: p.ASCII}).Print(x.Document(p.now)))
	}
	return printed(p.Print(x.Document(p.now)))
}

// printed is the error of printing an object.
func printed(err error) error {
	if err != nil {
		return usage("%w", err)
	}
	return nil
}
