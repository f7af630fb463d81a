package cmd

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pseudoTerminal is a pseudo-terminal with a width, and the output at its other end.
func pseudoTerminal(t *testing.T, columns uint16) (*os.File, *screen) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no pseudo-terminal can be had: ", err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: 24}); err != nil {
		t.Fatal(err)
	}
	s := &screen{}
	read := make(chan struct{})
	go func() {
		defer close(read)
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			_, _ = s.Write(buffer[:n])
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { slave.Close(); <-read; master.Close() })
	return slave, s
}

// The same on a real terminal, whose width is read, with the report in a pipe and on the same terminal.
func TestProgressOnATerminal(t *testing.T) {
	a := slow(t, 800*time.Millisecond)
	for _, both := range []bool{false, true} {
		tty, s := pseudoTerminal(t, 50)
		env, out, _ := world(t, nil)
		env.Err, env.ErrTerminal = tty, size(tty)
		if both {
			env.Out, env.Terminal = tty, size(tty)
		}
		env.Getenv = func(name string) string { return map[string]string{"TERM": "xterm", "NO_COLOR": "1"}[name] }
		if status := Main(t.Context(), []string{"kubectl-authn", "explain", "janes-token"}, env); status != 0 {
			t.Fatalf("status %d", status)
		}
		report := out.String()
		// The other end receives the output a little later.
		for i := 0; i < 100 && (both && !strings.Contains(s.left(), "API server\n") || !both && s.left() != ""); i++ {
			time.Sleep(20 * time.Millisecond)
		}
		if both {
			report = s.left()
		}
		if !strings.HasPrefix(report, "✓ Accepted as jane\n") || strings.Contains(report, "asking") {
			t.Errorf("the report is not as it is without:\n%s", report)
		}
		if !s.passing("asking " + a.URL) {
			t.Errorf("nothing was said: %q", s.raw.String())
		}
		if !both && s.left() != "" {
			t.Errorf("left behind: %q", s.left())
		}
	}
}
