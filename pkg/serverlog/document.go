package serverlog

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
)

// longestEvent is the size of the largest event that is read, in bytes: etcd accepts objects of up
// to 1.5 MiB, and an event may contain two.
const longestEvent = 4 << 20

// isDocument reports whether a log is JSON with other than one object per line: an EventList, an
// array, or indented JSON.
func isDocument(head []byte) bool {
	head = bytes.TrimLeft(head, " \t\r\n\ufeff")
	if len(head) == 0 {
		return false
	}
	if head[0] == '[' {
		// `[pod/kube-apiserver] …` is a prefix of kubectl logs.
		head = bytes.TrimLeft(head[1:], " \t\r\n")
		return len(head) > 0 && head[0] == '{'
	}
	if head[0] != '{' {
		return false
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	line = bytes.TrimSpace(line[:min(len(line), 1000)])
	if len(head) >= sniffed && bytes.IndexByte(head, '\n') < 0 {
		// A line that is too long for a block is read in parts.
		return true
	}
	return isList(line) || bytes.IndexByte([]byte("{[,:"), line[len(line)-1]) >= 0 && len(line) < 1000
}

func isList(head []byte) bool { return bytes.Contains(head, []byte(`"EventList"`)) }

// list counts the events of an EventList on one line.
func (t *tally) list(line []byte) bool {
	s := splitter{in: bufio.NewReader(bytes.NewReader(line)), emit: func(object []byte) { t.event(object, nil) }}
	_ = s.run(context.Background())
	t.cut += s.cut
	return true
}

// readDocument reads JSON with other than one object per line.
func readDocument(ctx context.Context, in *bufio.Reader) ([]*tally, error) {
	t := newTally()
	s := splitter{in: in}
	s.emit = func(object []byte) {
		t.lines++
		var compact bytes.Buffer
		if bytes.IndexByte(object, '\n') >= 0 && json.Compact(&compact, object) == nil {
			object = compact.Bytes()
		}
		if t.json(object, nil) {
			t.recognised++
			at := stampOf(object)
			t.first, t.last = earliest(t.first, at), latest(t.last, at)
		}
	}
	err := s.run(ctx)
	t.cut = s.cut
	return []*tally{t}, err
}

// splitter finds the objects in a stream of JSON: top-level objects, elements of an array, and
// items of a list. It keeps only one of them in memory.
type splitter struct {
	in   *bufio.Reader
	emit func([]byte)
	cut  int64 // objects that are too long or incomplete

	object    []byte
	recording bool
}

// lists are the members that have the items of a list: of Kubernetes, CloudWatch, Azure Monitor, and Google Cloud
// and Elasticsearch.
var lists = map[string]bool{"items": true, "events": true, "records": true, "entries": true, "hits": true}

// run reads to the end. It is one state machine over bytes, because functions for its states would
// have to share all of its variables.
func (s *splitter) run(ctx context.Context) error {
	depth, base := 0, 0
	inString, escaped := false, false
	var name []byte // the beginning of the last string
	for n := 0; ; n++ {
		if n&0xffff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		c, err := s.in.ReadByte()
		if errors.Is(err, io.EOF) {
			if s.recording {
				s.cut++
			}
			return nil
		}
		if err != nil {
			return err
		}
		if !inString && c == '{' && depth == base && !s.recording {
			s.recording, s.object = true, s.object[:0]
		}
		if s.recording && len(s.object) <= longestEvent {
			s.object = append(s.object, c)
		}
		if inString {
			switch {
			case escaped:
				escaped = false
			case c == '\\':
				escaped = true
			case c == '"':
				inString = false
			}
			if inString && len(name) < 16 {
				name = append(name, c)
			}
			continue
		}
		switch c {
		case '"':
			inString, name = true, name[:0]
		case '{':
			depth++
		case '[':
			switch {
			case depth == 0:
				base = 1
			case depth == base+1 && lists[string(name)] || depth == base+2 && string(name) == "hits":
				// The object is a list, so its items are read instead.
				base = depth + 1
				s.recording = false
			}
			depth++
		case '}', ']':
			depth = max(depth-1, 0)
			if depth < base {
				base = depth
			}
			if s.recording && depth == base && c == '}' {
				s.finish()
			}
			if depth == 0 {
				base = 0
			}
		}
	}
}

func (s *splitter) finish() {
	s.recording = false
	if len(s.object) > longestEvent {
		s.cut++
	} else {
		s.emit(s.object)
	}
	if cap(s.object) > longestEvent {
		s.object = nil
	}
}
