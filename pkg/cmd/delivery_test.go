package cmd

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
)

// full is a disk with room for n bytes.
type full struct {
	left int
	err  error
	took bytes.Buffer
}

func (f *full) Write(p []byte) (int, error) {
	n := min(len(p), f.left)
	f.took.Write(p[:n])
	if f.left -= n; n < len(p) {
		return n, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: f.err}
	}
	return n, nil
}

const diskFull = "the result could not be written to standard output: no space left on device"

// A result that cannot be written has neither the status yes nor no, with every command and format.
func TestNoWriteIsLost(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin", "janes-token": "jane"})
	a.as(t, object{"token": "admin-token"})
	whole := jwt(object{"iss": "a", "exp": 1})
	keys := file(t, "keys.json", `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"k"}]}`)
	users := file(t, "users.csv", "janes-token,jane,1\n")
	log := file(t, "log", "E0524 19:10:28.123456       1 authentication.go:73] \"Unable to authenticate the request\" err=\"[invalid bearer token, service account token has expired]\"\n")
	objects := []string{"text", "json", "yaml", "jsonpath={.kind}", "jsonpath-as-json={.kind}", "go-template={{.kind}}"}
	reports := append([]string{"markdown"}, objects...)

	// serve prints no result. It runs until it is stopped.
	asked := map[string]bool{"serve": true}
	for _, c := range []struct {
		args    []string
		formats []string
		// issued reports that the command issues a token and reports that it was lost.
		issued bool
	}{
		{args: nil},
		{args: []string{"--help"}},
		{args: []string{"help", "explain"}},
		{args: []string{"explain", "--help"}},
		{args: []string{"options"}},
		{args: []string{"credentials"}},
		{args: []string{"kube-apiserver"}},
		{args: []string{"serving"}},
		{args: []string{"output"}},
		{args: []string{"completion", "bash"}},
		{args: []string{"completion", "zsh"}},
		{args: []string{"completion", "fish"}},
		{args: []string{"completion", "powershell"}},
		{args: []string{"completion", "kubectl"}},
		{args: []string{"version"}, formats: objects},
		{args: []string{"findings"}, formats: reports},
		{args: []string{"findings", "token-expired"}, formats: reports},
		{args: []string{"inspect", whole}, formats: reports},
		{args: []string{"review", "janes-token"}, formats: reports},
		{args: []string{"review", "refused"}, formats: reports},
		{args: []string{"explain", "janes-token"}, formats: reports},
		{args: []string{"explain", "refused"}, formats: reports},
		{args: []string{"explain", "--error", "service account token has expired"}, formats: reports},
		{args: []string{"explain", "--log", log}, formats: reports},
		{args: []string{"verify", whole, "--jwks", keys}, formats: reports},
		{args: []string{"verify", "-", "--each-line", "--jwks", keys}},
		{args: []string{"simulate", "janes-token", "--token-auth-file", users}, formats: reports},
		{args: []string{"simulate", "-", "--each-line", "--token-auth-file", users}},
		{args: []string{"discover"}, formats: reports},
		{args: []string{"call", "http://127.0.0.1:1", whole, "--send-api-token"}, formats: objects},
		{args: []string{"mint", "robot", "--namespace", "shop"}, issued: true},
		{args: []string{"mint", "robot", "--namespace", "shop", "--show-token"}, formats: objects, issued: true},
	} {
		if len(c.args) > 0 {
			asked[c.args[0]] = true
		}
		if c.formats == nil {
			c.formats = []string{""}
		}
		for _, format := range c.formats {
			args := append([]string{"kubectl-authn"}, c.args...)
			if format != "" {
				args = append(args, "-o", format)
			}
			name := strings.ReplaceAll(strings.Join(args, " "), whole, "TOKEN")
			write := func(f *full) (status int, errs string) {
				env, _, stderr := world(t, strings.NewReader(whole+"\n"+whole+"\n"))
				env.Out = f
				status = Main(t.Context(), args, env)
				return status, stderr.String()
			}
			all := &full{left: 1 << 30}
			if status, errs := write(all); all.took.Len() == 0 || strings.Contains(errs, "error: ") {
				t.Errorf("%s: nothing is printed, or an error: %d, %s", name, status, errs)
				continue
			}
			for _, left := range []int{0, all.took.Len() / 2} {
				status, errs := write(&full{left: left, err: syscall.ENOSPC})
				want := "error: " + diskFull + "\n"
				if c.issued {
					want = "error: a token for serviceaccount shop/robot was issued but could not be written: " + diskFull + "\nhint: the token was not disclosed, and stays valid until it expires\n"
				}
				if status != exitUndecided || !strings.HasSuffix(errs, want) || strings.Count(errs, "error: ") != 1 {
					t.Errorf("%s, with room for %d bytes: status %d\n%s", name, left, status, errs)
				}
				if strings.Contains(errs, signature) {
					t.Errorf("%s: the token is on standard error", name)
				}
			}
			if readerGone(syscall.EPIPE) {
				if status, errs := write(&full{left: 1, err: syscall.EPIPE}); status != exitUndecided || strings.Contains(errs, "error: ") {
					t.Errorf("%s, of which nobody reads on: status %d\n%s", name, status, errs)
				}
			}
		}
	}
	for _, c := range newRoot(newSession(Env{})).Commands() {
		if !asked[c.Name()] && c.Name() != cobra.ShellCompRequestCmd {
			t.Errorf("%s is not among the commands", c.Name())
		}
	}
}

// A file system may report a failed write only when the file is closed.
func TestFailureToCloseIsReported(t *testing.T) {
	nowhere(t)
	for _, closed := range []error{nil, syscall.ENOSPC} {
		env, out, errs := world(t, nil)
		env.CloseOut = func() error { return closed }
		status := Main(t.Context(), []string{"kubectl-authn", "version"}, env)
		if want := map[bool]string{true: "error: " + diskFull + "\n"}[closed != nil]; errs.String() != want || (status == exitUndecided) != (closed != nil) || out.Len() == 0 {
			t.Errorf("closing says %v: status %d, %q", closed, status, errs)
		}
	}
}

// Without standard output, no token is requested, because no one could receive it.
func TestMintNeedsAnOutput(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	a.as(t, object{"token": "admin-token"})
	env, out, errs := world(t, nil)
	env.Closed = func() bool { return true }
	status := Main(t.Context(), []string{"kubectl-authn", "mint", "robot"}, env)
	if want := "error: standard output is closed, so no token was requested\n"; status != exitUndecided || !strings.HasPrefix(errs.String(), want) || out.Len() > 0 {
		t.Errorf("status %d, %q", status, errs)
	}
	if asked := a.requests(); len(asked) > 0 {
		t.Errorf("the server was asked %q", asked)
	}
}

// A failed write to standard error does not lose a result.
func TestStandardErrorMayFail(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	a.as(t, object{"token": "admin-token"})
	for _, c := range []struct {
		args []string
		want int
	}{{[]string{"mint", "robot"}, 0}, {[]string{"mint", "--no-such-flag"}, 3}, {[]string{"explain", "sa/robot"}, 1}} {
		env, out, _ := world(t, nil)
		env.Err = &full{err: syscall.ENOSPC}
		if status := Main(t.Context(), append([]string{"kubectl-authn"}, c.args...), env); status != c.want || c.want != exitUsage && out.Len() == 0 {
			t.Errorf("%q: status %d\n%s", c.args, status, out)
		}
	}
}

// A delivery keeps the first error, with its type.
func TestDelivery(t *testing.T) {
	env := Env{Out: &full{left: 3, err: syscall.ENOSPC}}
	d := deliver(t.Context(), &env)
	_, first := io.WriteString(env.Out, "four")
	_, second := io.WriteString(env.Out, "x")
	if !errors.Is(first, syscall.ENOSPC) || !errors.Is(second, first) || d.failure() == nil {
		t.Errorf("%v, then %v, and in the end %v", first, second, d.failure())
	}
	env = Env{Out: shortWriter{}}
	d = deliver(t.Context(), &env)
	if _, err := io.WriteString(env.Out, "four"); !errors.Is(err, io.ErrShortWrite) || d.failure() == nil {
		t.Errorf("of a write that is short: %v", err)
	}
}

type shortWriter struct{}

func (shortWriter) Write(p []byte) (int, error) { return len(p) - 1, nil }
