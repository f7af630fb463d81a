// Package waiting reports what a command is waiting for. Functions that ask a server or run a
// program write to the Board in the context, and the progress display reads it. Without a Board,
// nothing is written.
package waiting

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Board has the operations that are in progress.
type Board struct {
	mu    sync.Mutex
	waits []*wait
	// servers are all servers that were asked so far.
	servers []string
	// attempt is the number of the current attempt.
	attempt, attempts int
	// read is how much of a long input has been read; total is 0 if unknown.
	input       string
	read, total int64
	// ended reports whether the command was stopped: the board then no longer changes.
	ended func() bool
	// shown reports whether the board is displayed.
	shown bool
}

type wait struct{ server, what string }

type key struct{}

// With returns a context whose operations write to the board.
func With(ctx context.Context, b *Board) context.Context {
	b.ended = func() bool { return ctx.Err() != nil }
	return context.WithValue(ctx, key{}, b)
}

// Show marks the board as displayed.
func (b *Board) Show() { b.shown = true }

func from(ctx context.Context) *Board {
	b, _ := ctx.Value(key{}).(*Board)
	return b
}

// Watched reports whether the board is shown.
func Watched(ctx context.Context) bool { b := from(ctx); return b != nil && b.shown }

// For reports that a request to a server has started; calling done reports its end. If server is
// empty, what is a whole sentence, shown while no server is asked.
func For(ctx context.Context, server, what string) (done func()) {
	b := from(ctx)
	if b == nil {
		return func() {}
	}
	w := &wait{server, what}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waits = append(b.waits, w)
	if server != "" && !slices.Contains(b.servers, server) {
		b.servers = append(b.servers, server)
	}
	return func() {
		if b.ended() {
			return
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if i := slices.Index(b.waits, w); i >= 0 {
			b.waits = slices.Delete(b.waits, i, i+1)
		}
	}
}

// Attempt reports the start of the n-th attempt.
func Attempt(ctx context.Context, n, of int) {
	if b := from(ctx); b != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.attempt, b.attempts = n, of
	}
}

// Read reports how much of an input has been read, in bytes; total is 0 if unknown.
func Read(ctx context.Context, input string, read, total int64) {
	if b := from(ctx); b != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.input, b.read, b.total = input, read, total
	}
}

// mostNamed bounds the names in the text.
const mostNamed = 3

// Text returns what is in progress in one sentence; empty if nothing is.
func (b *Board) Text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.input != "" {
		return "reading " + b.input + ": " + amount(b.read, b.total)
	}
	var servers, asked []string
	add := func(list []string, s string) []string {
		if slices.Contains(list, s) {
			return list
		}
		return append(list, s)
	}
	alone := ""
	for _, w := range b.waits {
		if w.server == "" {
			alone = w.what
			continue
		}
		servers = add(servers, w.server)
	}
	where := servers
	if b.attempts > 1 {
		// Keep the text stable between and during attempts.
		where = b.servers
	}
	if len(where) == 0 {
		return alone
	}
	text := "asking " + where[0]
	if len(b.servers) > 1 {
		text = fmt.Sprintf("asking %d servers", len(b.servers))
	}
	if b.attempts > 1 {
		return fmt.Sprintf("%s: %d of %d", text, b.attempt, b.attempts)
	}
	if len(b.servers) > 1 {
		return fmt.Sprintf("%s, waiting for %d: %s", text, len(servers), named(servers))
	}
	for _, w := range b.waits {
		if w.server != "" {
			asked = add(asked, w.what)
		}
	}
	// Concurrent requests start in any order.
	slices.Sort(asked)
	return strings.TrimSuffix(text+": "+named(asked), ": ")
}

func named(list []string) string {
	if n := len(list) - mostNamed; n > 0 {
		list = append(slices.Clone(list[:mostNamed]), fmt.Sprintf("%d more", n))
	}
	return strings.Join(list, ", ")
}

// amount formats a number of bytes in whole MiB, as less is read before the display starts.
func amount(read, total int64) string {
	const mib = 1 << 20
	if total <= 0 {
		return fmt.Sprintf("%d MiB", read/mib)
	}
	return fmt.Sprintf("%d of %d MiB", read/mib, (total+mib-1)/mib)
}
