package resolve

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// PluginStderr stands between what exec plugins write to standard error and the user's
// terminal. client-go hands its own standard error to them, and what they write comes from
// outside: it is passed on as Clean leaves it, and the last lines are kept.
type PluginStderr struct {
	// Out is the real standard error.
	Out io.Writer
	// Clean escapes a line and takes secrets out of it.
	Clean func(string) string
	// Go starts a goroutine.
	Go func(func())

	// goesOn: what was passed on at last ends in a secret, of which more may come.
	goesOn bool

	mu       sync.Mutex
	attached bool
	lines    []string
	marks    map[string]chan struct{}
	next     int
}

const (
	// keptLines and keptLine bound what is kept of it.
	keptLines = 20
	keptLine  = 4 << 10
	// pause is after how long the start of a line is shown, which may be a question.
	pause = 100 * time.Millisecond
	mark  = "\x00authn "
)

// standIn is a pipe in the place of this process's standard error. It stays there until the process ends: a plugin, or
// a goroutine that starts one, may outlive the command.
type standIn struct {
	w *os.File

	mu sync.Mutex
	// to takes what is written; nil where nobody does.
	to *io.PipeWriter
}

var standsIn struct {
	once sync.Once
	standIn
	err error
}

// attach has all that is written from now on come out of the reader. Whoever had it before gets no more.
func attach(start func(func())) (*io.PipeReader, error) {
	s := &standsIn
	s.once.Do(func() {
		var r *os.File
		if r, s.w, s.err = os.Pipe(); s.err == nil {
			os.Stderr = s.w
			start(func() { s.pump(r) })
		}
	})
	if s.err != nil {
		return nil, fmt.Errorf("no pipe for the standard error of exec plugins: %w", s.err)
	}
	r, w := io.Pipe()
	s.hand(w)
	return r, nil
}

// hand has w take what is written; with nil, nobody does.
func (s *standIn) hand(w *io.PipeWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to != nil {
		_ = s.to.Close()
	}
	s.to = w
}

func (s *standIn) pump(r io.Reader) {
	buffer := make([]byte, 4096)
	for {
		n, err := r.Read(buffer)
		s.mu.Lock()
		to := s.to
		s.mu.Unlock()
		if to != nil {
			// It fails where the reader has gone meanwhile, who wants nothing more.
			_, _ = to.Write(buffer[:n])
		}
		if err != nil {
			return
		}
	}
}

// Attach puts a pipe in the place of this process's standard error, which client-go
// takes when it prepares a plugin, and reads it from now on.
func (p *PluginStderr) Attach() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.attached {
		return nil
	}
	r, err := attach(p.Go)
	if err != nil {
		return err
	}
	p.attached, p.marks = true, map[string]chan struct{}{}
	p.Go(func() { p.read(r) })
	return nil
}

// Detach passes on what has been written, and takes no more.
func (p *PluginStderr) Detach() {
	p.Lines(time.Second)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.attached {
		p.attached = false
		standsIn.hand(nil)
	}
}

// read passes on what comes, a line at a time, and the start of one after a pause.
func (p *PluginStderr) read(r io.Reader) {
	chunks := make(chan []byte)
	p.Go(func() {
		defer close(chunks)
		for {
			buffer := make([]byte, 4096)
			n, err := r.Read(buffer)
			if n > 0 {
				chunks <- buffer[:n]
			}
			if err != nil {
				return
			}
		}
	})
	var pending []byte
	for {
		var idle <-chan time.Time
		if len(pending) > 0 {
			idle = time.After(pause)
		}
		select {
		case chunk, open := <-chunks:
			if !open {
				p.pass(pending, "")
				return
			}
			pending = append(pending, chunk...)
			for {
				i := bytes.IndexByte(pending, '\n')
				if i < 0 {
					break
				}
				p.line(pending[:i])
				pending = pending[i+1:]
			}
			if len(pending) > keptLine {
				p.pass(pending, "")
				pending = nil
			}
		case <-idle:
			if !bytes.HasPrefix(pending, []byte(mark)) {
				p.pass(pending, "")
				pending = nil
			}
		}
	}
}

// line passes a whole line on. A mark of ours in it says that everything before has come.
func (p *PluginStderr) line(line []byte) {
	text := string(line)
	if before, name, ok := strings.Cut(text, mark); ok {
		if before != "" {
			p.pass([]byte(before), "\n")
		}
		p.mu.Lock()
		if reached := p.marks[name]; reached != nil {
			close(reached)
			delete(p.marks, name)
		}
		p.mu.Unlock()
		return
	}
	p.pass([]byte(strings.TrimSuffix(text, "\r")), "\n")
}

func (p *PluginStderr) pass(text []byte, end string) {
	if len(text) == 0 && end == "" {
		return
	}
	if p.goesOn {
		// Without its beginning nobody would know it for one.
		text = bytes.TrimLeftFunc(text, func(r rune) bool { return !unicode.IsSpace(r) && r != '"' && r != '\'' })
		if len(text) == 0 && end == "" {
			return
		}
	}
	clean := p.Clean(string(text))
	p.goesOn = end == "" && strings.HasSuffix(clean, token.Redacted)
	p.mu.Lock()
	defer p.mu.Unlock()
	if strings.TrimSpace(clean) != "" {
		p.lines = append(p.lines, clean)
		if len(p.lines) > keptLines {
			p.lines = p.lines[len(p.lines)-keptLines:]
		}
	}
	_, _ = io.WriteString(p.Out, clean+end)
}

// Lines are the last lines that came, once all that was written has been read.
func (p *PluginStderr) Lines(within time.Duration) []string {
	p.mu.Lock()
	if !p.attached {
		p.mu.Unlock()
		return nil
	}
	p.next++
	name := fmt.Sprint(p.next)
	reached := make(chan struct{})
	p.marks[name] = reached
	p.mu.Unlock()
	p.Go(func() { fmt.Fprint(standsIn.w, mark+name+"\n") })
	select {
	case <-reached:
	case <-time.After(within):
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.lines...)
}
