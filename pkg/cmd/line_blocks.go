package cmd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
)

const (
	// blockSize is the number of bytes of one read.
	blockSize = 32 << 10
	// maxLine is the size of the longest line that is judged, in bytes.
	maxLine = credential.MaxInput
	// blocksPerWorker is the number of blocks for each worker that may be read and not yet printed.
	blocksPerWorker = 3
)

// lineBlock is a block of whole input lines, and the output for them.
type lineBlock struct {
	text []byte
	// first is the number of the first line.
	first int

	out    []byte
	status int
	err    error
	done   chan struct{}
}

// lines iterates over the lines that are not blank, without surrounding white space. A line longer
// than maxLine is incomplete.
func (b *lineBlock) lines(yield func(n int, line []byte) bool) {
	n := b.first
	for line := range bytes.Lines(b.text) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(line) <= maxLine {
			line = bytes.TrimSpace(line)
		}
		if len(line) > 0 && !yield(n, line) {
			return
		}
		n++
	}
}

// readBlocks reads blocks of whole lines, as they arrive. next returns an empty block, or nil to
// stop; full takes a filled block. A line longer than maxLine is truncated after maxLine+1 bytes.
func readBlocks(in io.Reader, next func() *lineBlock, full func(*lineBlock)) error {
	var (
		b *lineBlock
		// carry is the beginning of an incomplete line.
		carry    []byte
		skipping bool
		line     = 1
		failures int
	)
	for {
		if b == nil {
			if b = next(); b == nil {
				return nil
			}
		}
		size := len(carry) + max(blockSize, len(carry))
		b.text = append(slices.Grow(b.text[:0], size), carry...)
		n, err := in.Read(b.text[len(carry):size])
		b.text = b.text[:len(carry)+n]
		if failures++; n > 0 {
			failures = 0
		} else if err == nil && failures == 100 {
			err = io.ErrNoProgress
		}
		rest := b.text
		if skipping {
			if end := bytes.IndexByte(rest, '\n'); end >= 0 {
				rest, skipping = rest[end+1:], false
			} else {
				rest = nil
			}
		}
		whole := bytes.LastIndexByte(rest, '\n') + 1
		lines := bytes.Count(rest[:whole], []byte("\n"))
		switch {
		case whole > 0 && !errors.Is(err, io.EOF):
			carry = append(carry[:0], rest[whole:]...)
		case errors.Is(err, io.EOF):
			whole = len(rest)
		case len(rest) > maxLine:
			whole, lines, skipping, carry = maxLine+1, 1, true, carry[:0]
		default:
			carry = append(carry[:0], rest...)
		}
		if whole > 0 {
			b.text, b.first = append(b.text[:0], rest[:whole]...), line
			line += lines
			full(b)
			b = nil
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// judgeBlocks reads lines, lets the workers judge their blocks, and prints the blocks in order. It
// returns at the first error or when the context ends, which may leave the reader waiting for
// input. It is one function because its channels are all that the reader, the workers and the
// printer share.
func judgeBlocks(ctx context.Context, in io.Reader, workers int, newJudge func() func(context.Context, *lineBlock), print func(*lineBlock) error) error {
	ctx, stop := context.WithCancel(ctx)
	most := blocksPerWorker * workers
	// Each channel has room for all blocks, so only a receive from free waits for the other
	// goroutines.
	free, work, order := make(chan *lineBlock, most), make(chan *lineBlock, most), make(chan *lineBlock, most)
	for range most {
		free <- &lineBlock{done: make(chan struct{}, 1)}
	}
	// A crash is passed to the printer, which panics with it.
	crashed := make(chan *crash.Crash, workers+1)
	caught := func(c *crash.Crash) {
		if c != nil {
			crashed <- c
		}
	}
	var readErr error
	crash.Go(func() {
		readErr = readBlocks(in, func() *lineBlock {
			select {
			case b := <-free:
				return b
			case <-ctx.Done():
				return nil
			}
		}, func(b *lineBlock) {
			order <- b
			work <- b
		})
		close(order)
	}, caught)
	var judging crash.Group
	defer judging.Wait()
	defer stop()
	for range workers {
		judging.Go(func() {
			caught(crash.Catch(func() {
				judge := newJudge()
				for {
					select {
					case b := <-work:
						judge(ctx, b)
						b.done <- struct{}{}
					case <-ctx.Done():
						return
					}
				}
			}))
		})
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case c := <-crashed:
			panic(c)
		case b, more := <-order:
			if !more {
				return cmp.Or(ctx.Err(), readErr)
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case c := <-crashed:
				panic(c)
			case <-b.done:
			}
			// The output of a block is incomplete if the command stopped while it was judged.
			if err := cmp.Or(ctx.Err(), b.err); err != nil {
				return err
			}
			if err := print(b); err != nil {
				return err
			}
			b.out = b.out[:0]
			free <- b
		}
	}
}
