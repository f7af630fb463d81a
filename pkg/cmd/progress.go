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

// progressDelay is how long something is waited for before that is said. A test makes it longer.
var progressDelay = 400 * time.Millisecond

const (
	// progressTick is how often the board is looked at and the spinner turns, progressPause how
	// long a line stays as it is: a screen reader reads each anew.
	progressTick  = 100 * time.Millisecond
	progressPause = time.Second
)

// progress is one line on standard error that says what is being waited for, and is gone
// when something else is written, and in the end. It is written with no escape sequences,
// which a terminal may not know.
type progress struct {
	board waiting.Board
	w     io.Writer
	width func() (int, bool)

	// watching: before that no write waits for another.
	watching atomic.Bool

	mu sync.Mutex
	// shown is the line that stands there, and at when it was written.
	shown string
	at    time.Time
	// frames are those of the spinner before the line, of which frame is the next.
	frames []rune
	frame  int
	// asking: somebody else left a line unfinished, most likely a question. Whether it was
	// answered, and the cursor is on the next line, cannot be seen.
	asking  bool
	stopped bool
	end     chan struct{}
}

// onProgress has what is written to the streams of an environment written over the line.
func onProgress(env Env) (Env, *progress) {
	p := &progress{w: env.Err, width: env.ErrTerminal, end: make(chan struct{})}
	env.Err, env.Out = over{p, env.Err}, over{p, env.Out}
	return env, p
}

// watch keeps what the command waits for, and shows it on standard error, if that is a terminal.
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

// run looks at the board until the command is over.
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
			// The first tick that sees it comes up to one tick late.
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

// fit cuts a line to the terminal's width. The last column stays free: some terminals go to
// the next line there.
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

// erase takes the line away.
func (p *progress) erase() {
	if p.shown != "" {
		_, _ = io.WriteString(p.w, "\r"+strings.Repeat(" ", uniseg.StringWidth("⠋ "+p.shown))+"\r")
		p.shown = ""
	}
}

// stop takes the line away for good.
func (p *progress) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stopped {
		p.stopped = true
		close(p.end)
		p.erase()
	}
}

// over writes over the line: the line goes first. Where what is written ends in the middle
// of a line, as a question does, none is shown until that line has ended.
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
