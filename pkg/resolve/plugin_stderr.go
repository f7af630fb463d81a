package resolve

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// PluginStderr stands between what exec plugins write to standard error and the user's
// terminal. client-go hands its own standard error to them, and what they write comes from
// outside: it is passed on as Clean leaves it, and the last lines are kept. What may be a
// secret waits for a moment, because it may be the one that the plugin is about to hand out.
type PluginStderr struct {
	// Out is the real standard error.
	Out io.Writer
	// Clean escapes a line and takes secrets out of it.
	Clean func(string) string
	// Go starts a goroutine.
	Go func(func())

	// goesOn: what was passed on at last ends in a secret, of which more may come. inKey: it was
	// a line of a private key.
	goesOn, inKey bool
	// held is what waits; everything after it does, too.
	held []part

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
	// hold is how long what may be a secret waits for the plugin to hand it out.
	hold = time.Second
)

// part is a line, or the beginning of one where end is empty.
type part struct{ text, end string }

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
	var held <-chan time.Time
	for {
		switch {
		case len(p.held) == 0:
			held = nil
		case held == nil:
			held = time.After(hold)
		}
		var idle <-chan time.Time
		if len(pending) > 0 {
			idle = time.After(pause)
		}
		select {
		case chunk, open := <-chunks:
			if !open {
				p.pass(string(pending), "")
				p.release()
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
				p.pass(string(pending), "")
				pending = nil
			}
		case <-held:
			p.release()
		case <-idle:
			if !bytes.HasPrefix(pending, []byte(mark)) {
				p.pass(string(pending), "")
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
			p.pass(before, "\n")
		}
		p.release()
		p.mu.Lock()
		if reached := p.marks[name]; reached != nil {
			close(reached)
			delete(p.marks, name)
		}
		p.mu.Unlock()
		return
	}
	p.pass(strings.TrimSuffix(text, "\r"), "\n")
}

// pass shows what came, or has it wait.
func (p *PluginStderr) pass(text, end string) {
	switch last := len(p.held) - 1; {
	case text == "" && end == "":
	case last < 0 && !mayBeSecret(text):
		p.show(text, end)
	case last >= 0 && p.held[last].end == "":
		p.held[last] = part{p.held[last].text + text, end}
	default:
		p.held = append(p.held, part{text, end})
	}
}

// release shows what waits.
func (p *PluginStderr) release() {
	for _, h := range p.held {
		p.show(h.text, h.end)
	}
	p.held = nil
}

// mayBeSecret reports whether a text has a word in it, other than an address, that is as long
// as a secret and has letters and digits.
func mayBeSecret(text string) bool {
	const shortest = 16
	for _, word := range strings.Fields(text) {
		if strings.Contains(word, "://") {
			// Somebody may have to open it, and the plugin waits for them.
			continue
		}
		for _, run := range strings.FieldsFunc(word, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.+=~", r)
		}) {
			if len(run) >= shortest && strings.ContainsFunc(run, unicode.IsDigit) && strings.ContainsFunc(run, unicode.IsLetter) {
				return true
			}
		}
	}
	return false
}

// inPrivateKey reports whether a line is one of a private key in PEM, of which a line by itself
// does not show what it is.
func (p *PluginStderr) inPrivateKey(line string) bool {
	if i := strings.LastIndex(line, "-----BEGIN "); i >= 0 && strings.Contains(line[i:], "PRIVATE KEY-----") {
		p.inKey = !strings.Contains(line[i:], "-----END ")
		return false
	}
	if !p.inKey {
		return false
	}
	line = strings.TrimSpace(line)
	p.inKey = strings.Trim(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") == "" ||
		strings.HasPrefix(line, "Proc-Type: ") || strings.HasPrefix(line, "DEK-Info: ")
	return p.inKey || strings.HasPrefix(line, "-----END ")
}

func (p *PluginStderr) show(text, end string) {
	if p.goesOn {
		// Without its beginning nobody would know it for one.
		text = strings.TrimLeftFunc(text, func(r rune) bool { return !unicode.IsSpace(r) && r != '"' && r != '\'' })
		if len(text) == 0 && end == "" {
			return
		}
	}
	if p.inPrivateKey(text) {
		return
	}
	clean := p.Clean(text)
	p.goesOn = end == "" && strings.HasSuffix(clean, token.Redacted)
	p.mu.Lock()
	defer p.mu.Unlock()
	if strings.TrimSpace(clean) != "" {
		p.lines = append(p.lines, clean)
		p.lines = p.lines[max(0, len(p.lines)-keptLines):]
	}
	_, _ = io.WriteString(p.Out, clean+end)
}

// Lines are the last lines that came, once all that was written has been read. What waited
// waits no longer.
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
	return slices.Clone(p.lines)
}
