package resolve

import (
	"fmt"
	"os"
	osexec "os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

func ran(stdout, stderr string, code int) cluster.Ran {
	return cluster.Ran{Stdout: token.NewSecret(stdout), Stderr: stderr, ExitCode: code}
}

// The error messages of runtimes for a missing program, and similar messages.
func TestMissingProgram(t *testing.T) {
	const containerd = `Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "f83e": OCI runtime exec failed: exec failed: unable to start container process: exec: "%s": %s: unknown`
	for name, c := range map[string]struct {
		program string
		ran     cluster.Ran
		want    bool
	}{
		"containerd and runc":          {"cat", cluster.Ran{Refused: fmt.Sprintf(containerd, "cat", "executable file not found in $PATH")}, true},
		"a missing path":               {"/nodejs/bin/node", cluster.Ran{Refused: fmt.Sprintf(containerd, "/nodejs/bin/node", "stat /nodejs/bin/node: no such file or directory")}, true},
		"a program without permission": {"sh", cluster.Ran{Refused: fmt.Sprintf(containerd, "sh", "permission denied")}, true},
		"an older runc":                {"sh", cluster.Ran{Refused: `error executing command in container: OCI runtime exec failed: exec failed: container_linux.go:345: starting container process caused "exec: \"sh\": executable file not found in $PATH": unknown`}, true},
		"CRI-O and runc":               {"cat", ran("", `time="2026-05-24T19:10:28Z" level=error msg="exec failed: unable to start container process: exec: \"cat\": executable file not found in $PATH"`, 255), true},
		"CRI-O and crun":               {"cat", ran("", "executable file `cat` not found in $PATH: No such file or directory", 127), true},
		"docker":                       {"cat", ran(`OCI runtime exec failed: exec failed: container_linux.go:348: starting container process caused "exec: \"cat\": executable file not found in $PATH": unknown`, "", 126), true},
		"Windows":                      {"cmd.exe", cluster.Ran{Refused: `hcs::System::CreateProcess cmd.exe: The system cannot find the file specified.`}, true},
		"a missing container":          {"cat", cluster.Ran{Refused: `unable to upgrade connection: container not found ("cat")`}, false},
		"an exited container":          {"cat", cluster.Ran{Refused: "error executing command in container: container is in CONTAINER_EXITED state"}, false},
		"an unreachable node":          {"cat", cluster.Ran{Refused: "error dialing backend: dial tcp 10.0.0.1:10250: connect: no route to host"}, false},
		"a missing file":               {"cat", ran("", "cat: /token: No such file or directory", 1), false},
		"success":                      {"cat", ran("token", "", 0), false},
		"a signal":                     {"cat", ran("", "", 137), false},
	} {
		if _, got := missingProgram(c.program, c.ran); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func podOf(state corev1.ContainerState) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop", UID: "u"},
		Spec:       corev1.PodSpec{NodeName: "n1", Containers: []corev1.Container{{Name: "main"}, {Name: "side"}}},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{Name: "main", State: state}}},
	}
}

func TestNotRunning(t *testing.T) {
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	ended := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 2, Reason: "Error", FinishedAt: metav1.NewTime(time.Date(2026, 5, 24, 19, 10, 28, 0, time.UTC))}}
	waiting := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
	unscheduled := podOf(corev1.ContainerState{})
	unscheduled.Spec.NodeName = ""
	over := podOf(corev1.ContainerState{})
	over.Status.Phase = corev1.PodSucceeded
	first := podOf(running)
	first.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "side", State: ended}}
	for name, c := range map[string]struct {
		pod       *corev1.Pod
		container string
		want      string
	}{
		"running":                  {podOf(running), "main", ""},
		"nothing is known of it":   {podOf(running), "side", ""},
		"ended":                    {podOf(ended), "main", "exited at 2026-05-24 19:10:28Z with exit code 2 (Error)"},
		"waiting":                  {podOf(waiting), "main", "waiting (CrashLoopBackOff)"},
		"an init container":        {first, "side", "exit code 2"},
		"no node":                  {unscheduled, "main", "not scheduled to a node"},
		"the Pod has ended":        {over, "main", "phase of the Pod is Succeeded"},
		"a Pod that has no status": {&corev1.Pod{Spec: corev1.PodSpec{NodeName: "n1"}}, "main", ""},
	} {
		got := ""
		if f := notRunning(c.pod, c.container); f != nil {
			got = checks.Unread(&credential.Projected{Unread: f}).Detail.String()
		}
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// The result of a command concerns the file, the token, or neither.
func TestJudge(t *testing.T) {
	for name, c := range map[string]struct {
		ran    cluster.Ran
		token  string
		fault  string
		unread string
	}{
		"a token":                {ran("opaque-token\n", "", 0), "opaque-token", "", ""},
		"empty":                  {ran(" \n", "", 0), "", "is empty", ""},
		"missing, by cat":        {ran("", "cat: /token: No such file or directory", 1), "", "does not exist", ""},
		"missing, by dash":       {ran("", "/token: 1: cannot open /token: No such file", 2), "", "does not exist", ""},
		"missing, by busybox":    {ran("", "cat: can't open '/token': No such file or directory", 1), "", "does not exist", ""},
		"missing, by python":     {ran("", "FileNotFoundError: [Errno 2] No such file or directory: '/token'", 1), "", "does not exist", ""},
		"missing, by node":       {ran("", "Error: ENOENT: no such file or directory, open '/token'", 1), "", "does not exist", ""},
		"missing, on Windows":    {ran("", "The system cannot find the path specified.", 1), "", "does not exist", ""},
		"not allowed":            {ran("", "cat: /token: Permission denied", 1), "", "has no permission to read", ""},
		"not allowed, by node":   {ran("", "Error: EACCES: permission denied, open '/token'", 1), "", "has no permission to read", ""},
		"not allowed on Windows": {ran("", "Access is denied.", 1), "", "has no permission to read", ""},
		"a directory":            {ran("", "cat: /token: Is a directory", 1), "", "is a directory", ""},
		"something else":         {ran("", "cat: /token: Input/output error", 1), "", "", "exit code 1"},
		"killed":                 {ran("", "", 137), "", "", "exit code 137"},
		"the node does not":      {cluster.Ran{Refused: "container is in CONTAINER_EXITED state"}, "", "", "CONTAINER_EXITED"},
	} {
		p := podOf(corev1.ContainerState{})
		credentialOf := describe(p, "main", "/token", &corev1.ServiceAccountTokenProjection{Path: "token"}, false)
		r := &podReader{Resolver: &Resolver{}, pod: p}
		r.judge(credentialOf, readers[0], c.ran)
		got, fault := "", ""
		if credentialOf.Token != nil {
			got = credentialOf.Token.Raw.Reveal()
		}
		if len(credentialOf.Faults) == 1 {
			f := told(credentialOf, credentialOf.Faults[0])
			fault = f.Detail.String()
			if f.ID != finding.TokenFileUnreadable || credentialOf.Faults[0].Effect != credential.Unavailable || len(f.Evidence) == 0 || len(f.Remedy) == 0 {
				t.Errorf("%s: %+v", name, f)
			}
		}
		unread := ""
		if credentialOf.Projected.Unread != nil {
			u := checks.Unread(credentialOf.Projected)
			unread = u.Detail.String()
			if len(u.Evidence) == 0 || len(u.Remedy) == 0 {
				t.Errorf("%s: %+v", name, u)
			}
		}
		if got != c.token || !strings.Contains(fault, c.fault) || (fault == "") != (c.fault == "") || !strings.Contains(unread, c.unread) || (unread == "") != (c.unread == "") {
			t.Errorf("%s: token %q, fault %q, unread %q", name, got, fault, unread)
		}
	}
}

// The error names the missing permission and the user.
func TestExecNotAllowed(t *testing.T) {
	p := podOf(corev1.ContainerState{})
	d := describe(p, "main", "/token", &corev1.ServiceAccountTokenProjection{Path: "token", Audience: "vault"}, false).Projected
	d.Unread = notAllowed(&evidence.Failure{Kind: evidence.Forbidden, Said: finding.T(`pods "web" is forbidden`), User: "jane"})
	u := checks.Unread(d)
	if len(u.Remedy) != 2 || !strings.Contains(u.Remedy[0].Command.String(), `name: "jane"`) || !strings.Contains(u.Remedy[0].Command.String(), `resourceNames: ["web"]`) || !strings.Contains(u.Remedy[1].Command.String(), "--audience vault") {
		t.Errorf("%+v", u)
	}
	d.Unread = notAllowed(&evidence.Failure{Kind: evidence.Unreachable, Said: finding.T("no answer in time")})
	if u := checks.Unread(d); len(u.Remedy) != 1 || !strings.Contains(u.Detail.String(), "no answer in time") {
		t.Errorf("%+v", u)
	}
}

// A change belongs in the controller's own owner, such as the Deployment of a ReplicaSet.
func TestOwnerOf(t *testing.T) {
	yes := true
	for name, c := range map[string]struct {
		kind, owner string
		want        string
	}{
		"a Deployment's":      {"ReplicaSet", "web-5d4f", "deployment web"},
		"a bare ReplicaSet's": {"ReplicaSet", "web", ""},
		"a StatefulSet's":     {"StatefulSet", "web", "statefulset web"},
		"a DaemonSet's":       {"DaemonSet", "web", "daemonset web"},
		"a Job's":             {"Job", "web", ""},
		"no object's name":    {"DaemonSet", "--all", ""},
	} {
		p := podOf(corev1.ContainerState{})
		p.Labels = map[string]string{"pod-template-hash": "5d4f"}
		p.OwnerReferences = []metav1.OwnerReference{{Kind: c.kind, Name: c.owner, Controller: &yes}}
		if kind, owner := ownerOf(p); strings.TrimSpace(kind+" "+owner) != c.want {
			t.Errorf("%s: %s %s", name, kind, owner)
		}
	}
	if _, owner := ownerOf(podOf(corev1.ContainerState{})); owner != "" {
		t.Errorf("of a Pod by itself: %s", owner)
	}
}

// The container is the one that kubectl selects, if it has a token.
func TestDefaultContainer(t *testing.T) {
	projected := func(names ...string) []*credential.Credential {
		var out []*credential.Credential
		for _, n := range names {
			out = append(out, &credential.Credential{Projected: &credential.Projected{Container: n, Path: "/token"}})
		}
		return out
	}
	for name, c := range map[string]struct {
		annotation string
		all        []*credential.Credential
		want       string
	}{
		"the first":                           {"", projected("main", "side"), "main"},
		"the annotated one":                   {"side", projected("main", "side"), "side"},
		"an annotation without its container": {"gone", projected("main", "side"), "main"},
		"the first has none":                  {"", projected("side"), "side"},
		"the annotated one has none":          {"side", projected("main"), "main"},
		"no container has one, there or not":  {"side", nil, "side"},
	} {
		p := podOf(corev1.ContainerState{})
		p.Annotations = map[string]string{"kubectl.kubernetes.io/default-container": c.annotation}
		said := 0
		r := &Resolver{Notice: func(finding.Text) { said++ }}
		if got := r.defaultContainer(p, c.all); got != c.want || said != 1 {
			t.Errorf("%s: %s, said %d", name, got, said)
		}
	}
}

// Each way to read a file returns its exact bytes, or an error message that is recognized. The programs of this
// machine are tested.
func TestReadersRead(t *testing.T) {
	dir := t.TempDir()
	tried := 0
	environment := func(reader fileReader) []string {
		if reader.args != nil && reader.args[0] == "-c" && reader.program != "python3" {
			return []string{"PATH=/nowhere", "LC_ALL=C"} // a shell in an image without other programs
		}
		return append(os.Environ(), "LC_ALL=C")
	}
	all := readers
	for _, shell := range []string{"dash", "bash", "ksh", "mksh", "zsh"} {
		all = append(all[:len(all):len(all)], fileReader{shell, readers[1].args})
	}
	for _, reader := range all {
		program, err := osexec.LookPath(path.Base(reader.program))
		if err != nil {
			continue
		}
		tried++
		contents := map[string]string{"plain": "eyJ.a-b_c.d", "line": "token\n", "a b;$(id)`id`": "a\\b %s\n\n  'c'\n", "-n": "dash", "empty": ""}
		if strings.HasSuffix(reader.program, "node") || reader.program == "python3" {
			delete(contents, "plain") // they are slow, and the plain file is no special case for them
			delete(contents, "line")
			delete(contents, "-n")
		}
		for name, content := range contents {
			file := filepath.Join(dir, name)
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			command := osexec.Command(program, reader.command(file)[1:]...)
			command.Env = environment(reader)
			if out, err := command.Output(); err != nil || string(out) != content {
				t.Errorf("%s of %q: %q, %v", reader.program, name, out, err)
			}
		}
		for file, want := range map[string]string{filepath.Join(dir, "gone"): "no such file", dir: "is a directory"} {
			command := osexec.Command(program, reader.command(file)[1:]...)
			command.Env = environment(reader)
			var stderr strings.Builder
			command.Stderr = &stderr
			if err := command.Run(); err == nil && want == "no such file" {
				t.Errorf("%s reads what is not there", reader.program)
			}
			says := strings.ToLower(stderr.String())
			if want == "no such file" && !strings.Contains(says, want) {
				t.Errorf("%s says of %s %q", reader.program, file, says)
			}
		}
	}
	if tried < 2 {
		t.Fatalf("only %d of the programs are on this machine: cat and sh are everywhere", tried)
	}
	t.Logf("tried %d of %d", tried, len(all))
}

// cmd.exe cannot take each path as an argument. A path that it would read as program text is rejected before any request.
func TestNoProgramTextOnWindows(t *testing.T) {
	for _, file := range []string{`C:\x & calc`, `C:\x|calc`, `C:\%PATH%`, `C:\"x`, `C:\x^`, "C:\\x\ncalc", `C:\x>y`, `C:\x,y`} {
		p := podOf(corev1.ContainerState{Running: &corev1.ContainerStateRunning{}})
		p.Spec.OS = &corev1.PodOS{Name: corev1.Windows}
		r := &podReader{Resolver: &Resolver{Notice: func(finding.Text) { t.Errorf("%q: a command is run", file) }}, pod: p}
		c := describe(p, "main", file, nil, false)
		func() {
			defer func() { _ = recover() }() // there is no caller
			r.read(t.Context(), c)
		}()
		if c.Projected.Unread == nil || c.Projected.Unread.Problem != credential.PathIsProgramText {
			t.Errorf("%q: %+v", file, c.Projected.Unread)
		}
	}
}
