// Package serverlog summarizes the authentication failures in the log or audit log of an API
// server: their causes, counts, times and identities. It holds only a few blocks of a log in
// memory.
//
// It finds the messages within the prefixes of container runtimes, journals and kubectl;
// pkg/pasted explains them.
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
	"maps"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
)

// Summary is the summary of a log.
type Summary struct {
	// Lines counts the lines of the log, or the events of a document; Recognised those of a known
	// form, and Cut those that are too long or incomplete.
	Lines, Recognised, Cut int64
	// Server reports that a message is one that only API servers write. Client reports that the
	// causes are those of the component that wrote the log, such as the kubelet or a proxy.
	Server, Client bool
	// Kubelet reports that a kubelet wrote the log. The causes have its rejections of clients, as
	// requests, and its own errors, as messages.
	Kubelet bool
	// Delegated reports that a component that asks the API server about each token wrote the log, because
	// its rejections say that its own ServiceAccount may not ask.
	Delegated bool
	// Forms are the forms of lines in the log: klog, json, audit.
	Forms []string
	// First and Last are the first and the last time in the log.
	First, Last Stamp
	// Causes are the causes of the messages, the most frequent first.
	Causes []Cause
	// Unknown are the rejections with an unknown error message.
	Unknown *Unknown
	// Refused are the clients that got a 401, from the request lines at -v=3, which have no
	// reason.
	Refused []Names
}

// Cause is a finding and its occurrences in the log.
type Cause struct {
	pasted.LogMessage
	// Requests counts requests that were rejected, or served as anonymous and then denied;
	// Connections those that ended in the handshake; Messages other messages.
	Requests, Connections, Messages int64
	First, Last                     Stamp
	// Names are the names in which the messages differ; Texts the messages if none proves a cause.
	Names []Names
	Texts Names
}

// Count returns how many requests and connections failed, or the number of messages if none did.
func (c *Cause) Count() int64 {
	if n := c.Requests + c.Connections; n > 0 {
		return n
	}
	return c.Messages
}

// Unknown are messages that no pattern matches.
type Unknown struct {
	Requests    int64
	First, Last Stamp
	Texts       Names
}

// Names are the most frequent names with a label. If there are too many to count, the counts are
// lower bounds.
type Names struct {
	What   pasted.What
	Values []Counted
	// Others counts the messages with other values.
	Others int64
}

// Text returns one of the values with its kind.
func (n *Names) Text(of Counted) finding.Text {
	if of.Value == noReason {
		return finding.T(noReason)
	}
	return pasted.Name{What: n.What, Value: of.Value}.Text()
}

// Counted is a value and the number of messages with it.
type Counted struct {
	Value string
	Count int64
}

var (
	// ErrEmpty is the error for an empty log.
	ErrEmpty = errors.New("the log is empty")
	// ErrNoLog is the error for a text without a line of a known form.
	ErrNoLog = errors.New("no line is from an API server's log or audit log")
)

// sniffed is the size of the beginning of a log that determines its form, in bytes.
const sniffed = 64 << 10

// Read summarizes a log, which may be compressed with gzip.
func Read(ctx context.Context, r io.Reader) (*Summary, error) {
	in := bufio.NewReaderSize(r, sniffed)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("the gzip header is invalid: %w", err)
		}
		in = bufio.NewReaderSize(unpacked, sniffed)
	}
	if err := skipSpace(in); err != nil {
		return nil, err
	}
	read, text := readLines, ""
	if head, err := in.Peek(sniffed); isDocument(head) {
		read = readDocument
	} else if errors.Is(err, io.EOF) {
		text = string(head)
	} else if err != nil {
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
	all.explainClient()
	if text != "" {
		all = pastedLog(text, all)
	}
	if all.recognised == 0 && len(all.clients) == 0 {
		return nil, ErrNoLog
	}
	return all.summary(), nil
}

// skipSpace skips white space and a byte order mark before the first line.
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
	groups := t.groups
	if s.Server = t.server; len(groups) == 0 && len(t.refused) == 0 && !t.server && len(t.clients) > 0 {
		groups, s.Client = t.clients, true
		s.First, s.Last = earliest(s.First, t.foreignFirst), latest(s.Last, t.foreignLast)
	} else if s.Kubelet = t.ofKubelet(); s.Kubelet {
		groups = maps.Clone(groups)
		for key, g := range t.clients {
			groups["own "+key] = g
		}
	}
	s.Delegated = t.ofDelegated()
	for _, g := range groups {
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
			cmp.Compare(t.leads(b), t.leads(a)),
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

// leads is 1 for the cause of the whole text.
func (t *tally) leads(c Cause) int {
	if t.lead != "" && c.Key == t.lead {
		return 1
	}
	return 0
}

// ofKubelet reports whether a kubelet wrote the log: each rejection is one of its own. The other
// errors are then those of the kubelet as a client of the API server.
func (t *tally) ofKubelet() bool {
	if t.server || len(t.groups) == 0 || len(t.refused) > 0 {
		return false
	}
	for _, g := range t.groups {
		if g.unknown || !g.said.ByKubelet {
			return false
		}
	}
	return true
}

// ofDelegated reports whether a component that asks the API server about each token wrote the log: it lacks
// the permission, and no rejection has a reason that only an API server knows.
func (t *tally) ofDelegated() bool {
	by := false
	for _, g := range t.groups {
		if g.unknown || !g.said.ByDelegated && g.requests > 0 && g.said.Settled {
			return false
		}
		by = by || g.said.ByDelegated
	}
	return by
}

// rank orders causes by severity.
func rank(c Cause) int {
	return slices.Index([]finding.Severity{finding.Error, finding.Warning, finding.Info}, c.Cause.Severity)
}
