package serverlog

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"

	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
)

const (
	// blockSize is the size of a block in bytes. A longer line is truncated.
	blockSize = 512 << 10
	// mostWorkers bounds the number of workers.
	mostWorkers = 2
)

// readLines reads a log line by line. One goroutine reads blocks of whole lines, and others count their lines.
func readLines(ctx context.Context, in *bufio.Reader) ([]*tally, error) {
	workers := min(mostWorkers, runtime.GOMAXPROCS(0))
	full, free := make(chan []byte, workers), make(chan []byte, 2*workers+1)
	for range cap(free) {
		free <- nil
	}
	tallies := make([]*tally, workers)
	var done crash.Group
	for i := range tallies {
		t := newTally()
		tallies[i] = t
		done.Go(func() {
			var crashed *crash.Crash
			for block := range full {
				if ctx.Err() == nil && crashed == nil {
					crashed = crash.Catch(func() { t.block(block) })
				}
				// Return the block even after a crash: the reader waits for it.
				free <- block
			}
			if crashed != nil {
				panic(crashed)
			}
		})
	}
	cut, err := blocks(ctx, in, full, free)
	close(full)
	done.Wait()
	tallies[0].cut += cut
	if err == nil {
		err = ctx.Err()
	}
	return tallies, err
}

// blocks splits the input into blocks of whole lines, and returns the number of lines that were too
// long.
func blocks(ctx context.Context, in io.Reader, full chan<- []byte, free <-chan []byte) (cut int64, err error) {
	carry, skipping := []byte(nil), false
	for ctx.Err() == nil {
		buf := <-free
		if cap(buf) == 0 {
			buf = make([]byte, blockSize)
		}
		buf = buf[:blockSize]
		n := copy(buf, carry)
		read, readErr := io.ReadFull(in, buf[n:])
		buf = buf[:n+read]
		end := errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF)
		if readErr != nil && !end {
			return cut, readErr
		}
		if skipping {
			// Skip the rest of a line whose beginning was counted.
			if at := bytes.IndexByte(buf, '\n'); at >= 0 {
				copy(buf, buf[at+1:])
				buf, skipping = buf[:len(buf)-at-1], false
			} else {
				buf = buf[:0]
			}
		}
		carry = nil
		if !end && !skipping {
			if at := lastLine(buf); at > 0 {
				carry = bytes.Clone(buf[at:])
				buf = buf[:at]
			} else if len(buf) == blockSize {
				skipping = true
				cut++
			} else {
				// The block has only the rest of a long line: read on.
				carry, buf = bytes.Clone(buf), buf[:0]
			}
		}
		full <- buf
		if end {
			return cut, nil
		}
	}
	return cut, ctx.Err()
}

// lastLine returns the beginning of the last line of a block, which may be incomplete. A line that
// continues an error of several lines does not count.
func lastLine(block []byte) int {
	end := len(block)
	for range 100 {
		at := bytes.LastIndexByte(block[:end], '\n')
		if at < 0 {
			break
		}
		if at+1 < len(block) && block[at+1] != '\t' && block[at+1] != ' ' {
			return at + 1
		}
		end = at
	}
	return bytes.LastIndexByte(block, '\n') + 1
}

// block counts the lines of a block.
func (t *tally) block(block []byte) {
	var first, last []byte
	var foreign []byte
	for len(block) > 0 {
		line := block
		if at := bytes.IndexByte(block, '\n'); at >= 0 {
			line, block = block[:at], block[at+1:]
		} else {
			block = nil
		}
		t.lines++
		if known := t.line(line, block, nil); known {
			t.recognised++
			if first == nil {
				first = line
			}
			last = line
		} else if t.depth == 0 && mayHaveTime(line) {
			if foreign == nil {
				t.foreign(line)
			}
			foreign = line
		}
	}
	t.foreign(foreign)
	// The input may be the logs of several servers, concatenated.
	for _, line := range [][]byte{first, last} {
		at := stampOf(line)
		t.first, t.last = earliest(t.first, at), latest(t.last, at)
	}
}

// mayHaveTime reports whether a line of another component may begin with its time, or be JSON or logfmt.
func mayHaveTime(line []byte) bool {
	return len(line) > 20 && (line[0] == '{' || line[0] == '[' || line[0]-'0' <= 9 || line[0] == 't' || line[0] == 'l')
}

// foreign extends the period of the lines of another component.
func (t *tally) foreign(line []byte) {
	at := foreignStamp(line)
	t.foreignFirst, t.foreignLast = earliest(t.foreignFirst, at), latest(t.foreignLast, at)
}
