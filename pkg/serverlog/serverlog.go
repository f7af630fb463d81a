// Package serverlog reads the log of an API server, or its audit log, and sums up what
// it says of authentication: which causes, how often, from when to when, and whose. It
// never holds more of a log than a few blocks, however long the log and its lines are.
//
// What a message means is for pkg/pasted to say; this package finds the messages, in
// whatever a container runtime, a journal or kubectl has put around them.
package serverlog

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
)

// Summary is what a log says of authentication.
type Summary struct {
	// Lines are those of the log, or the events of a document; Recognised those of them
	// that are of a known form, and Cut those that are too long to be read whole or are
	// no whole event.
	Lines, Recognised, Cut int64
	// Forms are those that were seen: klog, json, audit.
	Forms []string
	// First and Last are the times between which the log was written.
	First, Last Stamp
	// Causes are what the messages mean, the most frequent first.
	Causes []Cause
	// Unknown are refusals whose words nobody here knows.
	Unknown *Unknown
	// Refused says who got a 401, from the lines of the log that tell each request (at
	// -v=3); they do not say why.
	Refused []Names
}

// Cause is a finding, and how often the log gives it.
type Cause struct {
	pasted.LogMessage
	// Requests were refused, or served as anonymous and then denied; Connections ended in
	// the handshake; Messages are about no one request.
	Requests, Connections, Messages int64
	First, Last                     Stamp
	// Names are what differs between the messages; Texts their words, where no cause is
	// settled.
	Names []Names
	Texts Names
}

// Count is how often the cause made something fail; where it made nothing fail by itself,
// how often it is spoken of.
func (c *Cause) Count() int64 {
	if n := c.Requests + c.Connections; n > 0 {
		return n
	}
	return c.Messages
}

// Unknown are messages that are not understood.
type Unknown struct {
	Requests    int64
	First, Last Stamp
	Texts       Names
}

// Names are the most frequent values of something. Where there are too many values to
// count them all, the counts are what was counted at least.
type Names struct {
	What   pasted.What
	Values []Counted
	// Others are the messages with other values.
	Others int64
}

// Text is one of the values, with its kind.
func (n *Names) Text(of Counted) finding.Text {
	if of.Value == noReason {
		return finding.T(noReason)
	}
	return pasted.Name{What: n.What, Value: of.Value}.Text()
}

// Counted is a value, and how many messages have it.
type Counted struct {
	Value string
	Count int64
}

var (
	// ErrEmpty: there is nothing in the log.
	ErrEmpty = errors.New("it is empty")
	// ErrNoLog: no line is of a known form.
	ErrNoLog = errors.New("no line is one of an API server's log or audit log")
)

// sniffed is how much of a log decides what it is, in bytes.
const sniffed = 64 << 10

// Read sums up a log, which may be compressed with gzip.
func Read(ctx context.Context, r io.Reader) (*Summary, error) {
	in := bufio.NewReaderSize(r, sniffed)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("it begins as gzip does, and is not: %w", err)
		}
		in = bufio.NewReaderSize(unpacked, sniffed)
	}
	if err := skipSpace(in); err != nil {
		return nil, err
	}
	read := readLines
	if head, err := in.Peek(sniffed); isDocument(head) {
		read = readDocument
	} else if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	tallies, err := read(ctx, in)
	if err != nil {
		return nil, err
	}
	all := tallies[0]
	for _, t := range tallies[1:] {
		all.merge(t)
	}
	if all.recognised == 0 {
		return nil, ErrNoLog
	}
	return all.summary(), nil
}

// skipSpace skips what stands before the first line; it does no harm to the count of lines.
func skipSpace(in *bufio.Reader) error {
	for {
		b, err := in.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return ErrEmpty
		case err != nil:
			return err
		}
		if b != '\n' && b != '\r' && b != ' ' && b != '\t' && b != 0xef && b != 0xbb && b != 0xbf {
			return in.UnreadByte()
		}
	}
}

func (t *tally) summary() *Summary {
	s := &Summary{Lines: t.lines, Recognised: t.recognised, Cut: t.cut, First: t.first, Last: t.last}
	for form, seen := range t.forms {
		if seen {
			s.Forms = append(s.Forms, formNames[form])
		}
	}
	for _, g := range t.groups {
		if g.unknown {
			s.Unknown = &Unknown{Requests: g.requests, First: g.first, Last: g.last, Texts: g.texts.top("text")}
			continue
		}
		c := Cause{LogMessage: g.said, Requests: g.requests, Connections: g.connections, Messages: g.messages, First: g.first, Last: g.last}
		for _, what := range sorted(g.names) {
			c.Names = append(c.Names, g.names[what].top(what))
		}
		for _, n := range c.Names {
			if n.What == pasted.Account && len(n.Values) == 1 && n.Others == 0 {
				c.Cause = pasted.OfAccount(c.Cause, n.Values[0].Value)
			}
		}
		if !g.said.Settled {
			c.Texts = g.texts.top("text")
		}
		s.Causes = append(s.Causes, c)
	}
	slices.SortFunc(s.Causes, func(a, b Cause) int {
		return cmp.Or(
			cmp.Compare(b.Requests+b.Connections, a.Requests+a.Connections),
			cmp.Compare(b.Messages, a.Messages),
			cmp.Compare(rank(a), rank(b)),
			cmp.Compare(a.Key, b.Key),
		)
	})
	for _, what := range sorted(t.refused) {
		s.Refused = append(s.Refused, t.refused[what].top(what))
	}
	return s
}

// rank puts what breaks before what only warns.
func rank(c Cause) int {
	return slices.Index([]finding.Severity{finding.Error, finding.Warning, finding.Info}, c.Cause.Severity)
}
