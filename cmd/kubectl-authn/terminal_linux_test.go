package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	linux "golang.org/x/sys/unix"
)

// The terminal is never asked for anything: on one that answers nothing, the report is the first
// that is written, it does not wait, and what somebody has typed ahead is not read.
func TestTerminalIsNeverQueried(t *testing.T) {
	k := program(t)
	for _, args := range [][]string{{"explain", "--error", "service account token has expired"}, {"findings"}, {"findings", "token-expired"}} {
		master, slave := silentTerminal(t)
		const typed = "typed ahead\n"
		if _, err := master.WriteString(typed); err != nil {
			t.Fatal(err)
		}
		shown := make(chan string)
		go func() {
			// It ends when nobody has the other end open.
			all, _ := io.ReadAll(master)
			shown <- string(all)
		}()
		c := exec.Command(k, args...)
		c.Stdin, c.Stdout, c.Stderr = slave, slave, slave
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
		// A terminal with hyperlinks, and with a light background, is not asked either.
		c.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=", "LC_ALL=C.UTF-8", "VTE_VERSION=7000", "COLORFGBG=0;15")
		begin := time.Now()
		ended(t, c.Run())
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("%q took %s", args, took)
		}
		left, n := make([]byte, 100), 0
		if ready, err := linux.Poll([]linux.PollFd{{Fd: int32(slave.Fd()), Events: linux.POLLIN}}, 0); err == nil && ready == 1 {
			n, _ = slave.Read(left)
		}
		if string(left[:n]) != typed {
			t.Errorf("%q left %q of what was typed", args, left[:n])
		}
		slave.Close()
		got := <-shown
		links := strings.Count(got, "\x1b]8;")
		if page := len(args) == 2 && args[0] == "findings"; (links > 0) != page && args[0] == "findings" {
			t.Errorf("%q has %d hyperlinks", args, links)
		}
		got = strings.ReplaceAll(got, "\x1b]8;", "")
		if !strings.HasPrefix(got, "\x1b[7;91m✗") && !strings.HasPrefix(got, "\x1b[1m") {
			t.Errorf("%q begins with %.80q", args, got)
		}
		for _, query := range []string{"\x1b]", "\x1bP", "\x1b[c", "\x1b[>", "\x1b[6n", "\x1b[5n", "\x1b[?"} {
			if strings.Contains(got, query) {
				t.Errorf("%q writes %q", args, query)
			}
		}
	}
}

// silentTerminal is a pseudo-terminal that echoes nothing, and its other end.
func silentTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|linux.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminal can be had: ", err)
	}
	t.Cleanup(func() { master.Close() })
	n, err := linux.IoctlGetInt(int(master.Fd()), linux.TIOCGPTN)
	if err == nil {
		err = linux.IoctlSetPointerInt(int(master.Fd()), linux.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|linux.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	settings, err := linux.IoctlGetTermios(int(slave.Fd()), linux.TCGETS)
	if err == nil {
		settings.Lflag &^= linux.ECHO
		err = linux.IoctlSetTermios(int(slave.Fd()), linux.TCSETS, settings)
	}
	if err == nil {
		err = linux.IoctlSetWinsize(int(slave.Fd()), linux.TIOCSWINSZ, &linux.Winsize{Col: 80, Row: 24})
	}
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}
