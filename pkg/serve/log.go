package serve

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// decisionLog writes one structured line for each decision. It never has the token.
type decisionLog struct {
	lines *slog.Logger
	out   *buffered
}

func newLog(w io.Writer) *decisionLog {
	out := &buffered{w: bufio.NewWriterSize(w, 64<<10)}
	return &decisionLog{slog.New(slog.NewJSONHandler(out, nil)), out}
}

func (l *decisionLog) decided(ctx context.Context, protocol string, d *Decision) {
	level := slog.LevelInfo
	if d.Kind == Unavailable {
		level = slog.LevelError
	}
	attributes := make([]slog.Attr, 0, 10)
	attributes = append(attributes, slog.String("protocol", protocol), slog.String("decision", d.Kind.String()))
	add := func(name, value string) {
		if value != "" {
			attributes = append(attributes, slog.String(name, value))
		}
	}
	add("user", shown(d.Name))
	if len(d.Audiences) > 0 {
		audiences := make([]string, len(d.Audiences))
		for i, a := range d.Audiences {
			audiences[i] = shown(a)
		}
		attributes = append(attributes, slog.Any("audiences", audiences))
	}
	add("finding", string(d.Finding))
	add("title", d.Title)
	add("message", escape.Text(d.Said))
	add("jti", shown(d.TokenID))
	if d.Kind != Skip && d.Kind != NoToken && d.Kind != Malformed {
		attributes = append(attributes, slog.Bool("cached", d.Cached), slog.Bool("offline", d.Offline))
	}
	l.lines.LogAttrs(ctx, level, "decision", attributes...)
}

// shown is a text of a token as it is written to the log.
func shown(text string) string { return escape.Text(token.Redact(bounded(text))) }

// warn reports what an administrator should know. It is not about a request.
func (l *decisionLog) warn(what finding.Text) {
	l.lines.Warn(escape.Text(token.Redact(what.String())))
}

func (l *decisionLog) flush() error { return l.out.flush() }

// buffered collects lines for a moment: a system call for each costs more than the decision.
type buffered struct {
	mu    sync.Mutex
	w     *bufio.Writer
	timer *time.Timer
}

// flushAfter is how long a line may wait.
const flushAfter = 100 * time.Millisecond

func (b *buffered) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.w.Buffered() == 0 && b.timer == nil {
		b.timer = time.AfterFunc(flushAfter, func() { _ = b.flush() })
	}
	return b.w.Write(p)
}

func (b *buffered) flush() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	return b.w.Flush()
}
