package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// auditEvent has the fields of an audit event that these tests read.
type auditEvent struct {
	Verb       string
	UserAgent  string
	RequestURI string
	ObjectRef  struct{ APIGroup, Resource, Subresource, Namespace, Name string }
}

// what is resource/subresource.group, as RBAC rules name them.
func (e auditEvent) what() string {
	what := e.ObjectRef.Resource
	if e.ObjectRef.Subresource != "" {
		what += "/" + e.ObjectRef.Subresource
	}
	if e.ObjectRef.APIGroup != "" {
		what += "." + e.ObjectRef.APIGroup
	}
	return what
}

// reads reports whether the command of a pods/exec request is one that only reads a file.
func reads(requestURI string) bool {
	u, err := url.Parse(requestURI)
	if err != nil {
		return false
	}
	command := u.Query()["command"]
	if len(command) < 2 {
		return false
	}
	program, args := command[0], command[1:len(command)-1]
	switch program {
	case "cat":
		return len(args) == 0
	case "busybox":
		return len(args) == 1 && args[0] == "cat"
	case "sh", "python3", "/nodejs/bin/node":
		return len(args) == 2 && (strings.Contains(args[1], "read -r line") || strings.Contains(args[1], ".read()") || strings.Contains(args[1], "readFileSync"))
	}
	return false
}

// requests are the objects that kubectl authn creates. None of them is stored.
var requests = []string{"tokenreviews.authentication.k8s.io", "selfsubjectreviews.authentication.k8s.io", "selfsubjectaccessreviews.authorization.k8s.io", "serviceaccounts/token"}

// execs is the request that it also creates with --exec: a command that reads a file, over SPDY. Over a WebSocket,
// the request is a get.
const execs = "pods/exec"

// audited returns the plugin's requests in the audit log.
type audited struct {
	created map[string]int // the requests and their counts
	read    int
	wrong   []string // forbidden requests
}

// readAudit returns the plugin's requests in an audit log.
func readAudit(log []byte) (audited, error) {
	a := audited{created: map[string]int{}}
	for line := range bytes.Lines(log) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // incomplete: the server is writing it
		}
		var e auditEvent
		if err := json.Unmarshal(line, &e); err != nil {
			return a, fmt.Errorf("the audit log has a line that is not JSON: %w", err)
		}
		if !strings.HasPrefix(e.UserAgent, "kubectl-authn/") {
			continue
		}
		switch {
		case e.what() == execs && !reads(e.RequestURI):
			a.wrong = append(a.wrong, fmt.Sprintf("%s %s (%s)", e.Verb, e.what(), e.RequestURI))
		case e.Verb == "get" || e.Verb == "list":
			a.read++
		case e.Verb == "create" && (slices.Contains(requests, e.what()) || e.what() == execs):
			a.created[e.what()]++
		default:
			a.wrong = append(a.wrong, fmt.Sprintf("%s %s (%s)", e.Verb, e.what(), e.RequestURI))
		}
	}
	return a, nil
}

// labAudit reads the audit logs of all API servers of the lab.
func labAudit() (audited, error) {
	log, err := os.ReadFile(runner.Lab.Path("audit.log"))
	if err != nil {
		return audited{}, err
	}
	further, err := filepath.Glob(runner.Lab.Path("servers", "*", "audit.log"))
	if err != nil {
		return audited{}, err
	}
	for _, file := range further {
		more, err := os.ReadFile(file)
		if err != nil {
			return audited{}, err
		}
		// The last line of a killed server may be incomplete.
		log = append(log, more[:bytes.LastIndexByte(more, '\n')+1]...)
	}
	return readAudit(log)
}

// TestAudit runs every command that asks the server, and checks that the audit log shows each, and nothing that
// changes the cluster. The log also has the requests of earlier tests, and the end of the run reads the log again.
func TestAudit(t *testing.T) {
	before, err := labAudit()
	if err != nil {
		t.Fatal(err)
	}
	token, rejected := filepath.Join(t.TempDir(), "token"), filepath.Join(t.TempDir(), "rejected")
	for file, flags := range map[string][]string{token: nil, rejected: {"--audience", "vault"}} {
		minted := pluginAsAdmin(t, append([]string{"mint", "default", "--namespace", "default"}, flags...)...)
		if err := os.WriteFile(file, []byte(minted), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"explain"}, {"explain", "-f", token}, {"explain", "-f", token, "--audience", "vault"}, {"review", "-f", token},
		{"explain", "serviceaccount/default", "--namespace", "default"},
		{"explain", "-f", rejected, "--as", "jane"}, // the plugin does not ask for the permissions of a caller who may do everything
		{"verify", "-f", token, "--from-cluster"}, {"discover"},
	} {
		pluginAsAdmin(t, args...)
	}

	// The log is written shortly after the answer.
	var after audited
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(100 * time.Millisecond) {
		if after, err = labAudit(); err != nil {
			t.Fatal(err)
		}
		if missing(before, after) == "" {
			break
		}
	}
	if what := missing(before, after); what != "" {
		t.Errorf("the audit log does not show that the plugin created %s: either it did not, or this test does not see what it does", what)
	}
	if after.read == before.read {
		t.Error("the audit log does not show that the plugin read anything")
	}
	for _, wrong := range after.wrong {
		t.Errorf("the plugin did %s", wrong)
	}
}

func missing(before, after audited) string {
	for _, what := range requests {
		if after.created[what] <= before.created[what] {
			return what
		}
	}
	return ""
}

// pluginAsAdmin runs the plugin; a negative answer is no failure.
func pluginAsAdmin(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(runner.Plugin, args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+runner.Lab.Path("kubeconfig"), "HOME="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		t.Fatalf("%q: %v\n%s", args, err, stderr.String())
	}
	return string(out)
}

// TestAuditSees checks that a write would be noticed.
func TestAuditSees(t *testing.T) {
	const good = `{"verb":"create","userAgent":"kubectl-authn/v1 (linux)","objectRef":{"resource":"serviceaccounts","subresource":"token"}}
{"verb":"get","userAgent":"kubectl-authn/v1","requestURI":"/version"}
{"verb":"delete","userAgent":"kubectl/v1","objectRef":{"resource":"pods"}}
`
	a, err := readAudit([]byte(good))
	if err != nil || len(a.wrong) > 0 || a.read != 1 || a.created["serviceaccounts/token"] != 1 {
		t.Errorf("of what is allowed it says %+v, error %v", a, err)
	}
	for _, bad := range []string{
		`"verb":"create","objectRef":{"resource":"serviceaccounts"}`,
		`"verb":"create","objectRef":{"resource":"secrets"}`,
		`"verb":"create","objectRef":{"resource":"pods","subresource":"exec"}`,
		`"verb":"create","requestURI":"/exec?command=rm&command=%2Ftoken","objectRef":{"resource":"pods","subresource":"exec"}`,
		`"verb":"get","requestURI":"/exec?command=sh&command=-c&command=id&command=%2Ftoken","objectRef":{"resource":"pods","subresource":"exec"}`,
		`"verb":"create","objectRef":{"resource":"pods","subresource":"ephemeralcontainers"}`,
		`"verb":"patch","objectRef":{"resource":"secrets"}`,
		`"verb":"update","objectRef":{"resource":"tokenreviews","apiGroup":"authentication.k8s.io"}`,
		`"verb":"delete","objectRef":{"resource":"pods"}`,
		`"verb":"post","requestURI":"/"`,
	} {
		a, err := readAudit([]byte(`{"userAgent":"kubectl-authn/v1",` + bad + "}\n"))
		if err != nil || len(a.wrong) != 1 {
			t.Errorf("of %s it says %+v, error %v", bad, a, err)
		}
	}
}
