package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"
	"k8s.io/streaming/pkg/httpstream/wsstream"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
)

// said is what a fake node writes to the streams of a command. An empty status ends the error stream without a
// status.
type said struct {
	stdout, stderr string
	status         object
}

var success = object{"status": "Success"}

func exitCode(code string) object {
	return object{"status": "Failure", "reason": "NonZeroExitCode", "message": "command terminated", "details": object{"causes": []object{{"reason": "ExitCode", "message": code}}}}
}

func (s said) write(stdout, stderr, status io.WriteCloser) {
	_, _ = io.WriteString(stdout, s.stdout)
	_, _ = io.WriteString(stderr, s.stderr)
	_ = stdout.Close()
	_ = stderr.Close()
	if s.status != nil {
		_ = json.NewEncoder(status).Encode(s.status)
	}
	_ = status.Close()
}

// overSPDY answers as a node that supports SPDY.
func overSPDY(s said) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := httpstream.Handshake(r, w, []string{"v4.channel.k8s.io"}); err != nil {
			return
		}
		streams := make(chan httpstream.Stream, 3)
		conn := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(stream httpstream.Stream, sent <-chan struct{}) error {
			go func() { <-sent; streams <- stream }()
			return nil
		})
		if conn == nil {
			return
		}
		defer conn.Close()
		named := map[string]httpstream.Stream{}
		for range 3 {
			select {
			case stream := <-streams:
				named[stream.Headers().Get("streamType")] = stream
			case <-time.After(10 * time.Second):
				return
			}
		}
		s.write(named["stdout"], named["stderr"], named["error"])
		// The other side closes the connection after it has read everything.
		select {
		case <-conn.CloseChan():
		case <-time.After(10 * time.Second):
		}
	}
}

// overWebSocket answers as an API server does since Kubernetes 1.30.
func overWebSocket(s said) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		channels := []wsstream.ChannelType{wsstream.IgnoreChannel, wsstream.WriteChannel, wsstream.WriteChannel, wsstream.WriteChannel, wsstream.IgnoreChannel}
		conn := wsstream.NewConn(map[string]wsstream.ChannelProtocolConfig{"v5.channel.k8s.io": {Binary: true, Channels: channels}})
		conn.SetIdleTimeout(10 * time.Second)
		_, streams, err := conn.Open(w, r)
		if err != nil {
			return
		}
		defer conn.Close()
		s.write(streams[1], streams[2], streams[3])
	}
}

// A WebSocket is tried first. If it fails, SPDY decides.
func TestExec(t *testing.T) {
	const missing = `error executing command in container: failed to start exec: exec: "cat": executable file not found in $PATH`
	forbidden := answers(403, kubernetesStatus(403, "Forbidden", `pods "web" is forbidden: User "jane" cannot create resource "pods/exec" in API group "" in the namespace "shop"`, nil))
	html := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>no WebSockets here", 400) }
	for name, c := range map[string]struct {
		websocket, spdy http.HandlerFunc
		want            Ran
		stdout          string
		failure         evidence.FailureKind
		text            string
		methods         []string
	}{
		"over a WebSocket":               {overWebSocket(said{stdout: "token\n", stderr: "hm", status: success}), nil, Ran{Stderr: "hm"}, "token\n", "", "", []string{"GET"}},
		"an exit code":                   {overWebSocket(said{stderr: "cat: no", status: exitCode("1")}), nil, Ran{Stderr: "cat: no", ExitCode: 1}, "", "", "", []string{"GET"}},
		"what the node refuses":          {overWebSocket(said{status: object{"status": "Failure", "reason": "InternalError", "message": missing}}), nil, Ran{Refused: missing}, "", "", "", []string{"GET"}},
		"a proxy in the way":             {html, overSPDY(said{stdout: "token", status: success}), Ran{}, "token", "", "", []string{"GET", "POST"}},
		"an exit code over SPDY":         {html, overSPDY(said{stderr: "no", status: exitCode("127")}), Ran{Stderr: "no", ExitCode: 127}, "", "", "", []string{"GET", "POST"}},
		"rejected over SPDY":             {html, overSPDY(said{status: object{"status": "Failure", "message": missing}}), Ran{Refused: missing}, "", "", "", []string{"GET", "POST"}},
		"only create is allowed":         {forbidden, overSPDY(said{stdout: "token", status: success}), Ran{}, "token", "", "", []string{"GET", "POST"}},
		"nothing is allowed":             {forbidden, forbidden, Ran{}, "", evidence.Forbidden, "cannot create", []string{"GET", "POST"}},
		"nobody":                         {answers(401, kubernetesStatus(401, "Unauthorized", "Unauthorized", nil)), answers(401, kubernetesStatus(401, "Unauthorized", "Unauthorized", nil)), Ran{}, "", evidence.Unauthenticated, "Unauthorized", []string{"GET", "POST"}},
		"a proxy that blocks WebSockets": {html, html, Ran{}, "", evidence.Unusable, "400 Bad Request", []string{"GET", "POST"}},
		"a redirect":                     {html, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, Ran{}, "", evidence.Unusable, "302", []string{"GET", "POST"}},
		"more than a token":              {overWebSocket(said{stdout: strings.Repeat("x", 2*maxStdout), status: success}), nil, Ran{}, "", evidence.Unusable, "larger than 1 MiB", []string{"GET"}},
		"much to say":                    {overWebSocket(said{stderr: strings.Repeat("x", 3*maxStderr), status: success}), nil, Ran{Stderr: strings.Repeat("x", maxStderr)}, "", "", "", []string{"GET"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				if want := "/api/v1/namespaces/shop/pods/web/exec"; r.URL.Path != want {
					t.Errorf("asked %s, want %s", r.URL.Path, want)
				}
				q := r.URL.Query()
				if !slices.Equal(q["command"], []string{"cat", "/a b&c"}) || q.Get("container") != "main" || q.Get("stdout") != "true" || q.Has("stdin") || q.Has("tty") {
					t.Errorf("asked with %v", q)
				}
				if r.Method == http.MethodGet {
					c.websocket(w, r)
				} else {
					c.spdy(w, r)
				}
			}, nil)
			config := f.config()
			config.BearerToken = "the-callers-own-token"
			ran, failure := caller(t, config).Exec(t.Context(), "shop", "web", "main", []string{"cat", "/a b&c"})
			switch {
			case c.failure == "" && failure != nil:
				t.Fatalf("failed: %+v", failure)
			case c.failure != "":
				if failure == nil || failure.Kind != c.failure || !strings.Contains(failure.Error(), c.text) {
					t.Fatalf("%+v, want %s %q", failure, c.failure, c.text)
				}
			}
			if got := ran.Stdout.Reveal(); got != c.stdout {
				t.Errorf("stdout %.80q, want %.80q", got, c.stdout)
			}
			if ran.Stderr != c.want.Stderr || ran.ExitCode != c.want.ExitCode || ran.Refused != c.want.Refused {
				t.Errorf("%d %.80q %q, want %d %.80q %q", ran.ExitCode, ran.Stderr, ran.Refused, c.want.ExitCode, c.want.Stderr, c.want.Refused)
			}
			var methods []string
			for _, r := range f.requests() {
				methods = append(methods, r.method)
				if got := r.header.Get("User-Agent"); !strings.HasPrefix(got, "kubectl-authn/") {
					t.Errorf("User-Agent %q", got)
				}
				if got := r.header.Get("Authorization"); got != "Bearer the-callers-own-token" {
					t.Errorf("asked as %q", got)
				}
			}
			if !slices.Equal(methods, c.methods) {
				t.Errorf("methods %q, want %q", methods, c.methods)
			}
		})
	}
}

// The reported output has neither the token that a command printed nor the caller's own.
func TestExecKeepsSecrets(t *testing.T) {
	const secret, own = "opaque-secret-0123456789", "the-callers-own-token"
	for name, s := range map[string]said{
		"a command": {stdout: secret + "\n", stderr: "read " + secret + " for " + own, status: success},
		"a node":    {status: object{"status": "Failure", "message": "not as " + own}},
	} {
		f := newFake(t, overWebSocket(s), nil)
		config := f.config()
		config.BearerToken = own
		ran, failure := caller(t, config).Exec(t.Context(), "shop", "web", "main", []string{"cat", "/token"})
		if failure != nil {
			t.Fatal(name, failure)
		}
		if shown := fmt.Sprintf("%+v", ran); strings.Contains(shown, secret) || strings.Contains(shown, own) || !strings.Contains(shown, "REDACTED") {
			t.Errorf("%s: %s", name, shown)
		}
	}
}

// A command that hangs is abandoned after the time limit of a request, or when the user stops it.
func TestExecEnds(t *testing.T) {
	hang := func(w http.ResponseWriter, r *http.Request) {
		conn := wsstream.NewConn(map[string]wsstream.ChannelProtocolConfig{"v5.channel.k8s.io": {Binary: true, Channels: []wsstream.ChannelType{wsstream.IgnoreChannel, wsstream.WriteChannel, wsstream.WriteChannel, wsstream.WriteChannel}}})
		if _, _, err := conn.Open(w, r); err == nil {
			time.Sleep(500 * time.Millisecond)
			conn.Close()
		}
	}
	f := newFake(t, hang, nil)
	config := f.config()
	config.Timeout = 100 * time.Millisecond
	if _, failure := caller(t, config).Exec(t.Context(), "shop", "web", "main", []string{"cat", "/token"}); failure == nil || failure.Transport != evidence.TransportTimeout {
		t.Errorf("%+v", failure)
	}
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, stop)
	if _, failure := caller(t, f.config()).Exec(ctx, "shop", "web", "main", []string{"cat", "/token"}); failure == nil || failure.Kind != evidence.Unreachable {
		t.Errorf("%+v", failure)
	}
	config = f.config()
	config.Host = "http://127.0.0.1:1"
	if _, failure := caller(t, config).Exec(t.Context(), "shop", "web", "main", []string{"cat", "/token"}); failure == nil || !strings.Contains(failure.Error(), "without TLS") {
		t.Errorf("%+v", failure)
	}
}
