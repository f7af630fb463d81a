package cmd

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// buffer may be written to by a command that was abandoned.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// A stop ends every command immediately at any point, and is reported once.
func TestStop(t *testing.T) {
	// here receives when the command waits; until lets it continue.
	here, until := make(chan struct{}, 100), make(chan struct{})
	wait := func() {
		here <- struct{}{}
		<-until
	}
	defer close(until)
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	a.before = func(_ http.ResponseWriter, r *http.Request) bool {
		here <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-until:
		}
		return true
	}
	a.as(t, object{"token": "admin-token"})
	ca := file(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw})))
	whole := jwt(object{"iss": a.URL, "aud": "a", "sub": "jane", "exp": time.Now().Add(time.Hour).Unix(),
		"kubernetes.io": object{"namespace": "shop", "serviceaccount": object{"name": "robot", "uid": "u"}}})
	keys := file(t, "keys.json", `{"keys":[]}`)
	users := file(t, "users.csv", "janes-token,jane,1\n")
	config := file(t, "config.yaml", fmt.Sprintf("apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer:\n    url: %s\n    audiences: [a]\n    certificateAuthority: |\n      %s\n  claimMappings:\n    username: {claim: sub, prefix: ''}\n",
		a.URL, strings.ReplaceAll(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw})), "\n", "\n      ")))

	endless := func(e *Env) { e.In = readerFunc(func([]byte) (int, error) { wait(); return 0, io.EOF }) }
	opening := func(e *Env) {
		e.Open = func(string) (io.ReadCloser, error) { wait(); return nil, errors.New("too late") }
	}
	for _, c := range []struct {
		change func(*Env)
		args   []string
	}{
		{nil, []string{"explain", whole}},
		{nil, []string{"explain", whole, "--repeat", "3"}},
		{nil, []string{"explain", whole, "--each-server"}},
		{nil, []string{"explain", whole, "--issuer-url", a.URL, "--ca-file", ca}},
		{nil, []string{"explain"}},
		{nil, []string{"explain", "sa/robot"}},
		{nil, []string{"explain", "pod/web"}},
		{nil, []string{"explain", "pod/web", "--exec"}},
		{nil, []string{"inspect", "secret/robot"}},
		{nil, []string{"review", whole}},
		{nil, []string{"verify", whole, "--from-cluster"}},
		{nil, []string{"verify", whole, "--issuer-url", a.URL, "--ca-file", ca}},
		{nil, []string{"verify", whole, "--jwks", a.URL, "--ca-file", ca}},
		{nil, []string{"discover"}},
		{nil, []string{"discover", "-o", "jwks"}},
		{nil, []string{"discover", "--issuer-url", a.URL, "--ca-file", ca}},
		{nil, []string{"mint", "robot"}},
		{nil, []string{"mint", "robot", "-o", "json"}},
		{nil, []string{"simulate", whole, "--authentication-config", config}},
		{endless, []string{"inspect", "-"}},
		{endless, []string{"review", "-f", "-"}},
		{endless, []string{"explain", "-"}},
		{endless, []string{"explain", "--error", "-"}},
		{endless, []string{"explain", "--log", "-"}},
		{endless, []string{"verify", "-", "--jwks", keys}},
		{endless, []string{"verify", whole, "--jwks", "-"}},
		{endless, []string{"verify", "-", "--each-line", "--jwks", keys}},
		{endless, []string{"simulate", "-", "--token-auth-file", users}},
		{opening, []string{"inspect", "-f", "fifo"}},
		{opening, []string{"verify", whole, "--jwks", "fifo"}},
		{opening, []string{"explain", "--log", "fifo"}},
		{func(e *Env) {
			e.Out = writerFunc(func([]byte) (int, error) { wait(); return 0, errors.New("too late") })
		}, []string{"findings"}},
	} {
		name := strings.NewReplacer(whole, "TOKEN").Replace(strings.Join(c.args, " "))
		env, _, _ := world(t, strings.NewReader(""))
		out, errs := &buffer{}, &buffer{}
		env.Out, env.Err = out, errs
		if c.change != nil {
			c.change(&env)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan int, 1)
		go func() { ended <- Main(ctx, append([]string{"kubectl-authn"}, c.args...), env) }()
		select {
		case <-here:
		case status := <-ended:
			t.Errorf("%s: it ended by itself with status %d\n%s%s", name, status, out, errs)
			stop()
			continue
		}
		at := time.Now()
		stop()
		status := <-ended
		if took := time.Since(at); took > 5*time.Second {
			t.Errorf("%s: it took %s to stop", name, took)
		}
		said := strings.Split(strings.TrimSuffix(errs.String(), "\n"), "\n")
		if status != exitUndecided || !strings.HasPrefix(said[len(said)-1], "error: stopped") || strings.Count(errs.String(), "error: ") != 1 || out.String() != "" {
			t.Errorf("%s: status %d\n%s%s", name, status, out, errs)
		}
		for len(here) > 0 {
			<-here
		}
	}
}

// A command that ended before the stop, or failed for another reason, is not reported as stopped.
func TestNotStopped(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		stop   bool
		status int
		want   string
	}{
		"done":                        {nil, true, 0, ""},
		"a no":                        {statusError(exitNo), true, 1, ""},
		"stopped":                     {undecided(fmt.Errorf("asking: %w", context.Canceled)), true, 2, "error: stopped\n"},
		"stopped, in a nested error":  {fmt.Errorf("a: %w", usage(fmt.Errorf("b: %w", fmt.Errorf("c: %w", context.Canceled)))), true, 2, "error: stopped\n"},
		"undecided when stopped":      {undecided(errors.New("the answer is not a TokenReview")), true, 2, "error: stopped\n"},
		"wrong before it was stopped": {usage(errors.New("it is wrong")), true, 3, "error: it is wrong\n"},
		"given up by the command":     {undecided(fmt.Errorf("asking: %w", context.Canceled)), false, 2, "error: asking: context canceled\n"},
		"late":                        {undecided(fmt.Errorf("asking: %w", context.DeadlineExceeded)), false, 2, "error: asking: context deadline exceeded\n"},
	} {
		ctx, stop := context.WithCancel(t.Context())
		env, out, errs := world(t, nil)
		status := newProcess().supervise(ctx, deliver(ctx, &env), errs, func(context.Context) error {
			if c.stop {
				stop()
			}
			return c.err
		})
		stop()
		if status != c.status || errs.String() != c.want || out.Len() > 0 {
			t.Errorf("%s: status %d, %q", name, status, errs)
		}
	}
}

// No result is printed after a stop.
func TestNothingAfterTheStop(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	env, out, errs := world(t, nil)
	d := deliver(ctx, &env)
	s := newSession(env)
	status := s.process.supervise(ctx, d, errs, func(context.Context) error {
		fmt.Fprintln(s.env.Out, "half")
		stop()
		if _, err := fmt.Fprintln(s.env.Out, "a report"); err != nil {
			return usage(err)
		}
		return nil
	})
	if status != exitUndecided || out.String() != "half\n" || errs.String() != "error: stopped\n" {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
}

// The report of a crash has the runtime's message if that quotes no input, and what a maintainer needs. It has
// neither another panic value nor the arguments of the command.
func TestCrashReport(t *testing.T) {
	const secret = "hunter2-hunter2"
	var nobody *Env
	for want, f := range map[string]func(){
		"runtime error: invalid memory address or nil pointer dereference": func() { nobody.Now() },
		"runtime error: index out of range [15] with length 0":             func() { _ = []int{}[len(secret)] },
		"panic with a value of type string":                                func() { panic(secret) },
		"panic with a value of type *errors.errorString":                   func() { panic(errors.New(secret)) },
		"panic with a value of type *cmd.failure":                          func() { panic(usage(errors.New(secret))) },
	} {
		for where, change := range map[string]func(*Env){
			"in the command": func(e *Env) { e.In = readerFunc(func([]byte) (int, error) { f(); return 0, nil }) },
			// A separate goroutine draws the progress.
			"in the background": func(e *Env) {
				e.In = readerFunc(func([]byte) (int, error) { select {} })
				e.Getenv = func(string) string { return "xterm" }
				asked := 0
				e.ErrTerminal = func() (int, bool) {
					if asked++; asked > 1 {
						f()
					}
					return 80, true
				}
			},
		} {
			delay := progressDelay
			progressDelay = 0
			env, out, _ := world(t, nil)
			errs := &buffer{}
			env.Err = errs
			change(&env)
			args := []string{"kubectl-authn", "inspect", "-", "--namespace", secret}
			if where == "in the background" {
				a := slow(t, time.Minute)
				args = []string{"kubectl-authn", "review", secret, "--server", a.URL}
			}
			status := Main(t.Context(), args, env)
			progressDelay = delay
			// The log of another command may come late, and the progress line is removed first.
			_, report, _ := strings.Cut(errs.String(), "error: ")
			lines := strings.Split("error: "+report, "\n")
			name := "kubectl authn " + args[1]
			if status != exitUndecided || len(lines) < 8 || lines[0] != "error: this is a bug in kubectl authn, please report it with these lines" ||
				lines[1] != want || !strings.HasPrefix(lines[2], name+", version ") || !strings.HasSuffix(lines[2], ", "+runtime.Version()+", "+runtime.GOOS+"/"+runtime.GOARCH) ||
				!strings.HasPrefix(lines[3], "goroutine ") || !strings.Contains(errs.String(), "cmd.TestCrashReport") || strings.Count(errs.String(), "error: this") != 1 {
				t.Errorf("%s %s: status %d\n%s", want, where, status, errs)
			}
			if strings.Contains(errs.String(), secret) || strings.ContainsAny(errs.String(), "\t\x1b") || out.Len() > 0 {
				t.Errorf("%s %s: the report quotes what it must not:\n%s%s", want, where, errs, out)
			}
		}
	}
}
