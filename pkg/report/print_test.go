package report

import (
	"io"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/markdown"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/terminal"
)

// A result has a document.
type result interface {
	Document(now time.Time) document.Document
}

// Printer prints results for a terminal.
type Printer struct {
	W            io.Writer
	Width        int
	Color, ASCII bool
	Light, Links bool
	Details      bool
	Now          time.Time
}

func (p *Printer) print(x result) error {
	return (&terminal.Printer{W: p.W, Width: p.Width, Color: p.Color, ASCII: p.ASCII, Light: p.Light, Links: p.Links, Details: p.Details}).Print(x.Document(p.Now))
}

func (p *Printer) markdown(x result) error {
	return (&markdown.Printer{W: p.W, ASCII: p.ASCII}).Print(x.Document(p.Now))
}

// page is the catalogue's page of a finding.
func page(e finding.Entry) *FindingList { return NewFindingList(e) }

// fixed is a document that does not depend on the time.
type fixed document.Document

func (f fixed) Document(time.Time) document.Document { return document.Document(f) }
