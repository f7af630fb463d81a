package cmd

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rivo/uniseg"

	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/waiting"
)

// progressDelay is the time after which a wait is shown. A test increases it.
var progressDelay = 400 * time.Millisecond

const (
	// progressTick is the interval of the spinner. progressPause is the minimum time between two
	// texts, because a screen reader reads each of them.
	progressTick  = 100 * time.Millisecond
	progressPause = time.Second
)

// progress is one line on standard error with the current wait. The next output removes it. It has
// no escape sequences, because a terminal may not support them.
type progress struct {
	board waiting.Board
	w     io.Writer
	width func() (int, bool)

	// watching is set by watch; before, a write needs no lock.
	watching atomic.Bool

	mu sync.Mutex
	// shown is the visible line, and at the time when it was written.
	shown string
	at    time.Time
	// frames are the characters of the spinner, and frame is the index of the next one.
	frames []rune
	frame  int
	// asking reports that other output ended without a line end, as a question does. No line is
	// shown then, because the position of the cursor is unknown.
	asking  bool
	stopped bool
	end     chan struct{}
}

// onProgress replaces the streams of an environment by streams that remove the line before they
// write.
func onProgress(env Env) (Env, *progress) {
	p := &progress{w: env.Err, width: env.ErrTerminal, end: make(chan struct{})}
	env.Err, env.Out = over{p, env.Err}, over{p, env.Out}
	return env, p
}

// watch records the waits of the command, and shows them on standard error if that is a terminal.
func (p *progress) watch(ctx context.Context, getenv func(string) string, background func(func())) context.Context {
	ctx = waiting.With(ctx, &p.board)
	if p.width == nil || getenv("TERM") == "dumb" {
		return ctx
	}
	if _, ok := p.width(); !ok {
		return ctx
	}
	p.board.Show()
	p.frames = []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
	if output.ASCII(getenv) {
		p.frames = []rune(`|/-\`)
	}
	p.watching.Store(true)
	context.AfterFunc(ctx, func() { background(p.stop) })
	background(p.run)
	return ctx
}

// run updates the line until the command ends.
func (p *progress) run() {
	tick := time.NewTicker(progressTick)
	defer tick.Stop()
	var since time.Time
	for {
		select {
		case <-p.end:
			return
		case now := <-tick.C:
			text := p.board.Text()
			if text == "" {
				since = time.Time{}
			} else if since.IsZero() {
				since = now
			}
			// The first tick after the beginning of a wait may be up to one tick late.
			p.show(text, now, !since.IsZero() && now.Sub(since) >= progressDelay-progressTick)
		}
	}
}

func (p *progress) show(text string, now time.Time, due bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.stopped:
	case text == "":
		p.erase()
	case !due || p.asking:
	default:
		line := p.fit(escape.Text(redact(text)))
		p.frame = (p.frame + 1) % len(p.frames)
		spinner := string(p.frames[p.frame])
		if line == p.shown || p.shown != "" && now.Sub(p.at) < progressPause {
			_, _ = io.WriteString(p.w, "\r"+spinner)
			return
		}
		p.erase()
		_, _ = io.WriteString(p.w, spinner+" "+line)
		p.shown, p.at = line, now
	}
}

// fit truncates a line to the width of the terminal, without the last column, after which some
// terminals wrap.
func (p *progress) fit(line string) string {
	width, ok := p.width()
	if !ok || width <= 0 {
		width = 80
	}
	const end = "..."
	width -= uniseg.StringWidth("⠋ ")
	if uniseg.StringWidth(line) < width {
		return line
	}
	var out strings.Builder
	room := width - 1 - len(end)
	for g := uniseg.NewGraphemes(line); g.Next() && g.Width() <= room; room -= g.Width() {
		out.WriteString(g.Str())
	}
	return out.String() + end
}

// erase removes the line.
func (p *progress) erase() {
	if p.shown != "" {
		_, _ = io.WriteString(p.w, "\r"+strings.Repeat(" ", uniseg.StringWidth("⠋ "+p.shown))+"\r")
		p.shown = ""
	}
}

// stop removes the line and shows no other.
func (p *progress) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stopped {
		p.stopped = true
		close(p.end)
		p.erase()
	}
}

// over is a stream that removes the line before a write. After a write without a line end, such as
// a question, no line is shown until a write ends with one.
type over struct {
	progress *progress
	w        io.Writer
}

func (o over) Write(data []byte) (int, error) {
	p := o.progress
	if !p.watching.Load() {
		return o.w.Write(data)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	if len(data) > 0 {
		p.asking = !bytes.HasSuffix(data, []byte("\n"))
	}
	return o.w.Write(data)
}
