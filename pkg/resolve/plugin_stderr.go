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

	// goesOn: what was passed on at last ends in a secret, of which more may come.
	goesOn bool

	mu    sync.Mutex
	w     *os.File
	lines []string
	marks map[string]chan struct{}
	next  int
}

const (
	// keptLines and keptLine bound what is kept of it.
	keptLines = 20
	keptLine  = 4 << 10
	// pause is after how long the start of a line is shown, which may be a question.
	pause = 100 * time.Millisecond
	mark  = "\x00authn "
)

// Attach puts the pipe in the place of this process's standard error, which client-go
// takes when it prepares a plugin.
func (p *PluginStderr) Attach() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w != nil {
		os.Stderr = p.w
		return nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	p.w, p.marks = w, map[string]chan struct{}{}
	os.Stderr = w
	go p.read(r)
	return nil
}

// read passes on what comes, a line at a time, and the start of one after a pause.
func (p *PluginStderr) read(r io.Reader) {
	chunks := make(chan []byte)
	go func() {
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
	}()
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
	if p.w == nil {
		p.mu.Unlock()
		return nil
	}
	p.next++
	name := fmt.Sprint(p.next)
	reached := make(chan struct{})
	p.marks[name] = reached
	w := p.w
	p.mu.Unlock()
	go fmt.Fprint(w, mark+name+"\n")
	select {
	case <-reached:
	case <-time.After(within):
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.lines...)
}
