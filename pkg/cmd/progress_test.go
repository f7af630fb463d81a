package cmd

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rivo/uniseg"
)

// screen has the current lines of a terminal and all earlier contents.
type screen struct {
	mu     sync.Mutex
	lines  []string
	stood  []string
	column int
	raw    bytes.Buffer
}

func (s *screen) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw.Write(data)
	if len(s.lines) == 0 {
		s.lines = []string{""}
	}
	for _, r := range string(data) {
		last := &s.lines[len(s.lines)-1]
		switch r {
		case '\n':
			s.lines = append(s.lines, "")
			s.column = 0
		case '\r':
			s.stood = append(s.stood, strings.TrimRight(*last, " "))
			s.column = 0
		default:
			line := []rune(*last)
			for len(line) <= s.column {
				line = append(line, ' ')
			}
			line[s.column] = r
			*last = string(line)
			s.column++
		}
	}
	return len(data), nil
}

// left returns the final content.
func (s *screen) left() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, l := range s.lines {
		out = append(out, strings.TrimRight(l, " "))
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}

// passing reports whether a line with this beginning was shown and removed.
func (s *screen) passing(start string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.stood {
		// The spinner precedes the text.
		if _, line, _ := strings.Cut(l, " "); strings.HasPrefix(line, start) {
			return true
		}
	}
	return false
}

// slow is an API server that answers after a delay.
func slow(t *testing.T, delay time.Duration) *api {
	t.Helper()
	a := newAPI(t, map[string]string{"admin-token": "admin", "janes-token": "jane"})
	a.before = func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-time.After(delay):
		case <-r.Context().Done():
			return true
		}
		return false
	}
	a.as(t, object{"token": "admin-token"})
	return a
}

// watched runs a command whose standard error is a terminal with a width.
func watched(ctx context.Context, t *testing.T, columns int, term, stdin string, args ...string) (int, string, *screen) {
	t.Helper()
	env, out, _ := world(t, strings.NewReader(stdin))
	s := &screen{}
	env.Err = s
	env.ErrTerminal = func() (int, bool) { return columns, true }
	env.Getenv = func(name string) string { return map[string]string{"TERM": term, "NO_COLOR": "1"}[name] }
	status := Main(ctx, append([]string{"kubectl-authn"}, args...), env)
	return status, out.String(), s
}

// A terminal shows the current wait and finally nothing of it.
func TestProgress(t *testing.T) {
	a := slow(t, time.Second)
	for _, args := range [][]string{{"review", "janes-token"}, {"mint", "robot"}, {"discover"}} {
		status, out, s := watched(t.Context(), t, 80, "xterm", "", args...)
		if out == "" || !s.passing("asking "+a.URL+": ") {
			t.Errorf("%v: status %d, and nothing was said while the server was waited for: %q", args, status, s.raw.String())
		}
		if left := s.left(); strings.Contains(left, "asking") {
			t.Errorf("%v left behind:\n%s", args, left)
		}
		if strings.ContainsRune(s.raw.String(), '\x1b') {
			t.Errorf("%v wrote an escape sequence: %q", args, s.raw.String())
		}
	}
}

// A short wait is not shown, nor a wait without a terminal.
func TestNoProgress(t *testing.T) {
	slow(t, 0)
	delay := progressDelay
	// A busy machine may be slow.
	progressDelay = time.Minute
	if status, _, s := watched(t.Context(), t, 80, "xterm", "", "review", "janes-token"); status != 0 || s.raw.Len() > 0 {
		t.Errorf("of a quick answer: status %d, %q", status, s.raw.String())
	}
	progressDelay = delay
	slow(t, 700*time.Millisecond)
	_, wanted, _ := watched(t.Context(), t, 80, "xterm", "", "review", "janes-token")
	if status, _, s := watched(t.Context(), t, 80, "dumb", "", "review", "janes-token"); status != 0 || s.raw.Len() > 0 {
		t.Errorf("on a dumb terminal: status %d, %q", status, s.raw.String())
	}
	if got := run(t, "", "review", "janes-token"); got.status != 0 || got.err != "" || got.out != wanted {
		t.Errorf("to a pipe: status %d, %q\n%s\nand on a terminal\n%s", got.status, got.err, got.out, wanted)
	}
}

// Other output has its own line.
func TestProgressGivesWay(t *testing.T) {
	a := slow(t, time.Minute)
	status, _, s := watched(t.Context(), t, 80, "xterm", "", "review", "janes-token", "--request-timeout", "1s")
	if status != exitUndecided || !s.passing("asking "+a.URL) || !strings.HasPrefix(s.left(), "error: the API server did not review the token: ") {
		t.Errorf("status %d, left\n%s", status, s.left())
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Second, cancel)
	if status, _, s := watched(ctx, t, 80, "xterm", "", "explain", "janes-token"); status != exitUndecided || !strings.HasPrefix(s.left(), "error: stopped while asking "+a.URL+": ") {
		t.Errorf("stopped with status %d, left\n%s", status, s.left())
	}
}

// The progress fits on one line at any width.
func TestProgressIsCut(t *testing.T) {
	slow(t, time.Second)
	_, _, s := watched(t.Context(), t, 30, "xterm", "", "review", "janes-token")
	for _, l := range s.stood {
		if w := uniseg.StringWidth(l); w > 29 || w > 0 && !strings.HasSuffix(l, "...") {
			t.Errorf("%d columns: %q", w, l)
		}
	}
	if len(s.stood) == 0 {
		t.Error("nothing was said")
	}
}

func TestProgressOfRepeats(t *testing.T) {
	a := slow(t, 150*time.Millisecond)
	_, _, s := watched(t.Context(), t, 80, "xterm", "", "explain", "janes-token", "--repeat", "4")
	if !s.passing("asking " + a.URL + ": ") {
		t.Errorf("nothing was said: %q", s.raw.String())
	}
	if left := s.left(); left != "" {
		t.Errorf("left behind: %q", left)
	}
}

// A plugin's output and question appear as they would without progress. Neither they nor its name can control a
// terminal.
func TestProgressOfPlugin(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the plugin is a shell script")
	}
	a := slow(t, 0)
	plugin := file(t, "log\u202ein", "#!/bin/sh\nsleep 0.7\necho 'Opening a browser' >&2\nsleep 0.3\nprintf 'Code: ' >&2\nsleep 0.7\n"+
		`echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"janes-token"}}'`+"\n")
	a.as(t, object{"exec": object{"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": plugin}})
	status, _, s := watched(t.Context(), t, 80, "xterm", "", "explain")
	if status != 0 || !s.passing(`running the exec plugin log\u202ein; Ctrl-C stops`) {
		t.Errorf("status %d: %q", status, s.raw.String())
	}
	if left := s.left(); left != "Opening a browser\nCode:" {
		t.Errorf("left:\n%s\nof %q", left, s.raw.String())
	}
	if strings.Contains(s.raw.String(), "Code: running") {
		t.Errorf("a question was written on: %q", s.raw.String())
	}
}

// The progress of a long log is shown.
func TestProgressOfLog(t *testing.T) {
	line := "E0524 19:10:28.123456       1 authentication.go:75] \"Unable to authenticate the request\" err=\"[invalid bearer token, service account token has expired]\"\n"
	name := file(t, "kube-apiserver.log", strings.Repeat(line, 3<<20/len(line)+1))
	env, out, _ := world(t, nil)
	s := &screen{}
	env.Err = s
	env.ErrTerminal = func() (int, bool) { return 80, true }
	open := env.Open
	env.Open = func(name string) (io.ReadCloser, error) {
		f, err := open(name)
		return &late{f.(*os.File), s}, err
	}
	if status := Main(t.Context(), []string{"kubectl-authn", "explain", "--log", name}, env); status != 0 || !strings.Contains(out.String(), "failed authentications") {
		t.Fatalf("status %d\n%s", status, out)
	}
	if !s.passing("reading "+name[:3]) || s.left() != "" {
		t.Errorf("it was not said how far it is: %q", s.raw.String())
	}
}

// late is a file that ends after something is on the screen.
type late struct {
	*os.File
	screen *screen
}

func (l *late) Read(p []byte) (int, error) {
	n, err := l.File.Read(p)
	if err != nil {
		for end := time.Now().Add(20 * time.Second); l.screen.left() == "" && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
		}
	}
	return n, err
}
