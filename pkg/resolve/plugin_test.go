package resolve

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// hanging is a kubeconfig whose plugin waits for a child that ignores signals. A file has the child's process ID.
func hanging(t *testing.T) (config object, child func() int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pid")
	config = exec(t, "sleep 300 & echo $! >> "+file+"; (trap '' TERM; sleep 300) & echo $! >> "+file+"; wait")
	return config, func() int {
		data, err := os.ReadFile(file)
		lines := strings.Fields(string(data))
		if err != nil || len(lines) < 2 {
			return 0
		}
		id, _ := strconv.Atoi(lines[1])
		return id
	}
}

func runs(id int) bool {
	return slices.ContainsFunc(processes(), func(p process) bool { return p.id == id })
}

// A plugin that hangs is stopped with all its children. The credential cannot be produced, and the report says
// what ran and for how long.
func TestPluginThatHangs(t *testing.T) {
	config, child := hanging(t)
	r := resolver(t, config, nil)
	r.PluginTimeout = 500 * time.Millisecond
	all, err := r.Resolve(t.Context(), nil, "")
	if err != nil {
		t.Fatal(err)
	}
	fault, _ := all[0].Fault(credential.Unavailable)
	if fault.ID != finding.ExecPluginFailed || !strings.Contains(told(all[0], fault).Detail.String(), `plugin" did not end within 500ms and was stopped`) {
		t.Errorf("%+v", all[0].Faults)
	}
	if id := child(); id == 0 || runs(id) {
		t.Errorf("the child %d of the plugin runs on", id)
	}
	// The same if the plugin's credential is only the caller's.
	var timeout *timeoutError
	if _, err := r.Produce(t.Context(), must(r.RESTConfig())); !errors.As(err, &timeout) || timeout.after != r.PluginTimeout {
		t.Errorf("%v", err)
	}
}

// A stop of the command stops the plugin immediately.
func TestPluginThatIsStopped(t *testing.T) {
	config, child := hanging(t)
	r := resolver(t, config, nil)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		for child() == 0 {
			time.Sleep(time.Millisecond)
		}
		stop()
	}()
	if _, err := r.Resolve(ctx, nil, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if id := child(); id == 0 || runs(id) {
		t.Errorf("the child %d of the plugin runs on", id)
	}
}

// The wait for a plugin is reported once.
func TestPluginIsWaitedFor(t *testing.T) {
	defer func(before time.Duration) { patience = before }(patience)
	patience = 10 * time.Millisecond
	r := resolver(t, exec(t, "sleep 1\n"+answer("v1", object{"token": "a"})), nil)
	var mu sync.Mutex
	var notices []string
	r.Notice = func(text finding.Text) {
		mu.Lock()
		defer mu.Unlock()
		notices = append(notices, text.String())
	}
	all, err := r.Resolve(t.Context(), nil, "")
	if err != nil || sent(all[0]) != `token "a"` {
		t.Fatal(err)
	}
	if len(notices) != 1 || !strings.HasPrefix(notices[0], "note: waiting for the exec plugin ") {
		t.Errorf("%q", notices)
	}
}

// An auth provider asks its issuer, which may never answer.
func TestAuthProviderThatHangs(t *testing.T) {
	silent := must(net.Listen("tcp", "127.0.0.1:0"))
	defer silent.Close()
	r := resolver(t, kubeconfig(object{"auth-provider": object{"name": "oidc", "config": object{
		"idp-issuer-url": "http://" + silent.Addr().String(), "client-id": "c", "refresh-token": "hunter2",
	}}}), nil)
	r.Timeout = 200 * time.Millisecond
	all, err := r.Resolve(t.Context(), nil, "")
	if err != nil {
		t.Fatal(err)
	}
	fault, _ := all[0].Fault(credential.Unavailable)
	if fault.ID != finding.AuthProviderFailed || !strings.Contains(told(all[0], fault).Detail.String(), `did not end within 200ms and was stopped`) {
		t.Errorf("%+v", all[0].Faults)
	}
}

// Processes that ran before are not stopped.
func TestOtherChildrenRunOn(t *testing.T) {
	config, _ := hanging(t)
	other, err := os.StartProcess("/bin/sh", []string{"sh", "-c", "exec sleep 60"}, &os.ProcAttr{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = other.Kill()
		_, _ = other.Wait()
	}()
	r := resolver(t, config, nil)
	r.PluginTimeout = 200 * time.Millisecond
	if _, err := r.Resolve(t.Context(), nil, ""); err != nil {
		t.Fatal(err)
	}
	if !runs(other.Pid) {
		t.Error("a child that is no plugin's was ended")
	}
}
