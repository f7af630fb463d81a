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

// PluginStderr forwards what exec plugins write to standard error, which client-go lets them
// inherit. It escapes the lines with Clean and keeps the last ones as evidence. Text that may be
// a secret is delayed, as the plugin may be about to return that secret.
type PluginStderr struct {
	// Out is the real standard error.
	Out io.Writer
	// Clean escapes a line and redacts secrets.
	Clean func(string) string
	// Go starts a goroutine.
	Go func(func())

	// endsInSecret reports that the forwarded text ends in a secret that may continue, and inKey
	// that its last line was part of a private key.
	endsInSecret, inKey bool
	// delayed is the text that may be a secret, and everything after it.
	delayed []part

	mu       sync.Mutex
	attached bool
	lines    []string
	marks    map[string]chan struct{}
	next     int
}

const (
	// keptLines and keptLine bound the kept lines.
	keptLines = 60
	keptLine  = 4 << 10
	// pause is the delay after which an incomplete line, which may be a prompt, is shown.
	pause = 100 * time.Millisecond
	mark  = "\x00authn "
	// maxDelay is how long text that may be a secret is delayed.
	maxDelay = time.Second
)

// part is a line, or the beginning of a line if end is empty.
type part struct{ text, end string }

// stderrPipe is a pipe that replaces this process's standard error until the process ends: a
// plugin, or a goroutine that starts one, may outlive the command.
type stderrPipe struct {
	w *os.File

	mu sync.Mutex
	// to receives what is written; nil discards it.
	to *io.PipeWriter
}

var replacedStderr struct {
	once sync.Once
	stderrPipe
	err error
}

// attach returns a reader of everything that is written from now on. Earlier readers get no more.
func attach(start func(func())) (*io.PipeReader, error) {
	s := &replacedStderr
	s.once.Do(func() {
		var r *os.File
		if r, s.w, s.err = os.Pipe(); s.err == nil {
			os.Stderr = s.w
			start(func() { s.pump(r) })
		}
	})
	if s.err != nil {
		return nil, fmt.Errorf("cannot create a pipe for the standard error of exec plugins: %w", s.err)
	}
	r, w := io.Pipe()
	s.redirect(w)
	return r, nil
}

// redirect sends what is written to w; nil discards it.
func (s *stderrPipe) redirect(w *io.PipeWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to != nil {
		_ = s.to.Close()
	}
	s.to = w
}

func (s *stderrPipe) pump(r io.Reader) {
	buffer := make([]byte, 4096)
	for {
		n, err := r.Read(buffer)
		s.mu.Lock()
		to := s.to
		s.mu.Unlock()
		if to != nil {
			// An error means that the reader was closed.
			_, _ = to.Write(buffer[:n])
		}
		if err != nil {
			return
		}
	}
}

// Attach replaces this process's standard error, which client-go passes to plugins, by a pipe,
// and starts to read it.
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

// Detach forwards what has been written and stops reading.
func (p *PluginStderr) Detach() {
	p.Lines(time.Second)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.attached {
		p.attached = false
		replacedStderr.redirect(nil)
	}
}

// read forwards the input line by line, and an incomplete line after a pause.
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
	var expired <-chan time.Time
	for {
		switch {
		case len(p.delayed) == 0:
			expired = nil
		case expired == nil:
			expired = time.After(maxDelay)
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
		case <-expired:
			p.release()
		case <-idle:
			if !bytes.HasPrefix(pending, []byte(mark)) {
				p.pass(string(pending), "")
				pending = nil
			}
		}
	}
}

// line forwards a whole line. A mark in it means that everything before it has been read.
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

// pass shows or delays text.
func (p *PluginStderr) pass(text, end string) {
	switch last := len(p.delayed) - 1; {
	case text == "" && end == "":
	case last < 0 && !mayBeSecret(text):
		p.show(text, end)
	case last >= 0 && p.delayed[last].end == "":
		p.delayed[last] = part{p.delayed[last].text + text, end}
	default:
		p.delayed = append(p.delayed, part{text, end})
	}
}

// release shows the delayed text.
func (p *PluginStderr) release() {
	for _, d := range p.delayed {
		p.show(d.text, d.end)
	}
	p.delayed = nil
}

// mayBeSecret reports whether a text has a word, other than a URL, that is as long as a secret
// and has letters and digits.
func mayBeSecret(text string) bool {
	const shortest = 16
	for _, word := range strings.Fields(text) {
		if strings.Contains(word, "://") {
			// The user may have to open the URL while the plugin waits.
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

// inPrivateKey reports whether a line is part of a private key in PEM, which a single line does
// not show.
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
	if p.endsInSecret {
		// Redaction would not recognize the rest of a secret without its beginning.
		text = strings.TrimLeftFunc(text, func(r rune) bool { return !unicode.IsSpace(r) && r != '"' && r != '\'' })
		if len(text) == 0 && end == "" {
			return
		}
	}
	if p.inPrivateKey(text) {
		return
	}
	clean := p.Clean(text)
	p.endsInSecret = end == "" && strings.HasSuffix(clean, token.Redacted)
	p.mu.Lock()
	defer p.mu.Unlock()
	if strings.TrimSpace(clean) != "" {
		p.lines = append(p.lines, clean)
		p.lines = p.lines[max(0, len(p.lines)-keptLines):]
	}
	_, _ = io.WriteString(p.Out, clean+end)
}

// Lines returns the last lines after everything written so far has been read and shown, or
// after the timeout.
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
	p.Go(func() { fmt.Fprint(replacedStderr.w, mark+name+"\n") })
	select {
	case <-reached:
	case <-time.After(within):
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.lines)
}
