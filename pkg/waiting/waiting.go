// Package waiting says what is being waited for. Whoever asks a server or runs a program
// writes it on the board that the context carries; whoever watches reads it there. Without
// a board nothing is written.
package waiting

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Board has what is being waited for at a moment.
type Board struct {
	mu    sync.Mutex
	waits []*wait
	// servers are all that were waited for so far.
	servers []string
	// round is the how-manieth time it is that the same is asked.
	round, rounds int
	// read is how much of a long input has been read, of total where that is known.
	input       string
	read, total int64
	// ended reports whether what is done was stopped: the board then stays as it is.
	ended func() bool
	// shown reports whether somebody reads the board meanwhile.
	shown bool
}

type wait struct{ server, what string }

type key struct{}

// With has what is done under the context write on the board.
func With(ctx context.Context, b *Board) context.Context {
	b.ended = func() bool { return ctx.Err() != nil }
	return context.WithValue(ctx, key{}, b)
}

// Show says that the board is read while something is waited for.
func (b *Board) Show() { b.shown = true }

func from(ctx context.Context) *Board {
	b, _ := ctx.Value(key{}).(*Board)
	return b
}

// Watched reports whether somebody may read what is being waited for.
func Watched(ctx context.Context) bool { b := from(ctx); return b != nil && b.shown }

// For says that a server is asked something; done, that it has answered. Where server is
// empty, what is a sentence of its own, which stands while no server is asked.
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

// Round says that the same is asked for the n-th of so many times.
func Round(ctx context.Context, n, of int) {
	if b := from(ctx); b != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.round, b.rounds = n, of
	}
}

// Read says how much of an input has been read, in bytes; total is 0 where it is not known.
func Read(ctx context.Context, input string, read, total int64) {
	if b := from(ctx); b != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.input, b.read, b.total = input, read, total
	}
}

// mostNamed is how many of the things that are waited for are named.
const mostNamed = 3

// Text is what is being waited for, in one sentence; empty where that is nothing.
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
	if b.rounds > 1 {
		// Also between two rounds, and the same while one goes on.
		where = b.servers
	}
	if len(where) == 0 {
		return alone
	}
	text := "asking " + where[0]
	if len(b.servers) > 1 {
		text = fmt.Sprintf("asking %d servers", len(b.servers))
	}
	if b.rounds > 1 {
		return fmt.Sprintf("%s: %d of %d", text, b.round, b.rounds)
	}
	if len(b.servers) > 1 {
		return fmt.Sprintf("%s, waiting for %d: %s", text, len(servers), named(servers))
	}
	for _, w := range b.waits {
		if w.server != "" {
			asked = add(asked, w.what)
		}
	}
	// What is asked at once comes in any order.
	slices.Sort(asked)
	return strings.TrimSuffix(text+": "+named(asked), ": ")
}

func named(list []string) string {
	if n := len(list) - mostNamed; n > 0 {
		list = append(slices.Clone(list[:mostNamed]), fmt.Sprintf("%d more", n))
	}
	return strings.Join(list, ", ")
}

// amount writes a number of bytes, in whole MiB: less is read before anybody looks.
func amount(read, total int64) string {
	const mib = 1 << 20
	if total <= 0 {
		return fmt.Sprintf("%d MiB", read/mib)
	}
	return fmt.Sprintf("%d of %d MiB", read/mib, (total+mib-1)/mib)
}
