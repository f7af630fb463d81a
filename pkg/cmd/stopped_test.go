package cmd

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/transport/hostile"
)

// Without a time limit, the command waits for a silent server until the user stops it, which takes effect
// immediately.
func TestStoppedWithoutTimeout(t *testing.T) {
	nowhere(t)
	// A client that did not request an upgrade rejects it, and need not be stopped.
	silent := map[string]bool{"silent before TLS": false, "silent after the request": false, "a body that drips": false, "a proxy that is silent": false, "101 to SPDY and silence": true, "101 to a WebSocket and silence": true}
	asked := 0
	for _, kind := range hostile.Kinds() {
		onlyExec, is := silent[kind.Name]
		if !is {
			continue
		}
		asked++
		server := must(hostile.New(kind, ""))
		defer server.Close()
		exec := must(hostile.New(kind, "/exec"))
		defer exec.Close()
		kubeconfig := func(s *hostile.Server) string {
			cluster := object{"server": s.URL(), "certificate-authority-data": base64.StdEncoding.EncodeToString(s.CA())}
			if s.Proxy != "" {
				cluster["proxy-url"] = s.ProxyURL()
			}
			return file(t, "kubeconfig", asJSON(object{
				"apiVersion": "v1", "kind": "Config", "current-context": "c",
				"clusters": []object{{"name": "k", "cluster": cluster}},
				"contexts": []object{{"name": "c", "context": object{"cluster": "k", "user": "u"}}},
				"users":    []object{{"name": "u", "user": object{"token": hostile.CallerToken}}},
			}))
		}
		ca := file(t, "ca", string(server.CA()))
		for _, c := range []struct {
			args string
			from *hostile.Server
		}{
			{"explain janes-token", server}, {"review janes-token", server}, {"discover", server}, {"mint robot", server},
			{"verify janes-token --jwks URL/keys --ca-file CA", server}, {"discover --issuer-url URL --ca-file CA", server}, {"explain pod/x --exec", exec},
		} {
			if server.Proxy != "" && strings.Contains(c.args, "URL") || onlyExec && c.from != exec {
				continue
			}
			args := strings.Fields(strings.NewReplacer("URL", server.URL(), "CA", ca).Replace(c.args))
			ctx, stop := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, stop)
			env, out, errs := world(t, strings.NewReader(""))
			began := time.Now()
			status := Main(ctx, append([]string{"kubectl-authn", "--kubeconfig", kubeconfig(c.from), "--request-timeout", "0"}, args...), env)
			// The command that runs in the container is shown before it runs.
			if status != 2 || !strings.Contains(errs.String(), "error: stopped") || out.Len() > 0 {
				t.Errorf("%s: %s: %d\n%s%s", kind.Name, c.args, status, out, errs)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("%s: %s: it took %s", kind.Name, c.args, took)
			}
		}
	}
	if asked != len(silent) {
		t.Errorf("%d kinds of silence, want %d", asked, len(silent))
	}
}
