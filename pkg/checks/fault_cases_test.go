package checks

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// faultCase is a fault of a credential, whose report TestDiagnoses writes.
type faultCase struct {
	name  string
	of    *credential.Credential
	fault credential.Fault
}

// faulty is a fault with all facts known, after some changes.
func faulty(id finding.ID, problem credential.Problem, changes ...func(*credential.Fault)) credential.Fault {
	group := int64(3000)
	f := credential.Fault{
		ID: id, Problem: problem, Err: errors.New("what the system says"),
		Context: "dev", User: "jane", Cluster: "prod", Choices: []string{"one", "two"}, Key: T("client-key-data"), File: "/home/jane/.kube/config",
		Server: "http://api.example:8080", As: "ops", Groups: []string{"admins", "on-call"}, Encoding: "UTF-16 (little-endian)",
		Host: "10.96.0.1", Port: "443", Flags: []finding.Text{T("--server"), T("--token"), T("--user")},
		Plugin: credential.Plugin{
			Command: "aws", APIVersion: "client.authentication.k8s.io/v2", Answered: "client.authentication.k8s.io/v1beta1",
			InstallHint: "install aws", Stderr: []string{"first line", "second line"}, ExitCode: 3, Runs: 2,
		},
		Provider: credential.AuthProvider{Name: "oidc", HasID: true, HasRefresh: true, IDExpires: now},
		Attempt: credential.Attempt{
			Program: "cat", Tried: []string{"cat", "head"}, Said: "no such program", ExitCode: 127, Ended: now.Add(-time.Hour), Reason: "Completed",
			User: "jane", RunAsUser: &group, RunAsGroup: &group, FSGroup: &group, OwnerKind: "deployment", Owner: "web",
		},
	}
	for _, change := range changes {
		change(&f)
	}
	return f
}

// bare keeps only the ID and the problem of a fault.
func bare(f *credential.Fault) { *f = credential.Fault{ID: f.ID, Problem: f.Problem} }

func choosing(names ...string) func(*credential.Fault) {
	return func(f *credential.Fault) { f.Choices = names }
}

// unreadAt is the credential of a container whose file could not be read.
func unreadAt(change func(*credential.Projected)) *credential.Credential {
	p := &credential.Projected{Namespace: "shop", Pod: "web", ServiceAccount: "robot", Container: "app", Path: "/var/run/token"}
	if change != nil {
		change(p)
	}
	return &credential.Credential{Source: T("pod shop/web container app path /var/run/token"), Projected: p}
}

func undeclared(p *credential.Projected) { p.Undeclared = true }

func forVault(p *credential.Projected) { p.Audience = "vault" }

func traced(files ...credential.KubeconfigFile) *credential.Credential {
	return &credential.Credential{Trace: &credential.Trace{Files: files}}
}

// everyFault has each kind of fault twice: with all facts known, and with as few as possible.
func everyFault() (cases []faultCase) {
	ids := append(slices.Collect(maps.Keys(faults)), slices.Collect(maps.Keys(remarks(faulty(finding.PlainHTTPServer, 0))))...)
	slices.Sort(ids)
	for _, id := range ids {
		for problem := credential.Problem(0); problem < 100; problem++ {
			f := faulty(id, problem)
			if FromFault(unreadAt(nil), f).ID != id || problem > 0 && faults[id] == nil {
				continue
			}
			name := fmt.Sprintf("%s, kind %d", id, problem)
			cases = append(cases, faultCase{name, unreadAt(nil), f}, faultCase{name + ", bare", unreadAt(undeclared), faulty(id, problem, bare)})
		}
	}
	return cases
}

var faultCases = append(everyFault(), []faultCase{
	{"a path that cannot be read", unreadAt(nil), faulty(finding.KubeconfigInvalid, credential.AuthorityUnreadable, func(f *credential.Fault) {
		f.Err = fmt.Errorf("unable to read certificate-authority: %w", &fs.PathError{Op: "open", Path: "/ca.crt", Err: fs.ErrNotExist})
	})},
	{"a plugin next to the kubeconfig", unreadAt(nil), faulty(finding.ExecPluginNotFound, 0, func(f *credential.Fault) { f.Plugin.Command, f.Plugin.Beside = "my-login", "/home/jane/my-login" })},
	{"a plugin that says why", unreadAt(nil), faulty(finding.ExecPluginFailed, credential.PluginExited, func(f *credential.Fault) {
		f.Plugin.Stderr = append(f.Plugin.Stderr, "Token has expired and refresh failed")
	})},
	{"a user with a dot", unreadAt(nil), faulty(finding.KubeconfigInvalid, credential.TwoKeys, func(f *credential.Fault) { f.User = "jane.doe" })},
	{"a cluster that has no base64", unreadAt(nil), faulty(finding.KubeconfigInvalid, credential.PathOfFile, func(f *credential.Fault) { f.User, f.Key = "", T("certificate-authority-data") })},
	{"a tokenFile that is empty", unreadAt(nil), faulty(finding.TokenFileUnreadable, 0, func(f *credential.Fault) { f.Err = nil })},
	{"a server without a scheme", unreadAt(nil), faulty(finding.PlainHTTPServer, 0, func(f *credential.Fault) { f.Server = "api.example:8080" })},
	{"acting by the user's entry", unreadAt(nil), faulty(finding.ImpersonationConfigured, 0, func(f *credential.Fault) { f.Key = finding.Text{} })},
	{"acting by the user's entry, in no groups", unreadAt(nil), faulty(finding.ImpersonationConfigured, 0, func(f *credential.Fault) { f.Key, f.Groups = finding.Text{}, nil })},
	{"one context", unreadAt(nil), faulty(finding.NoCredential, credential.NoContext, choosing("one"))},
	{"one user", unreadAt(nil), faulty(finding.NoCredential, credential.UserUnknown, choosing("one"))},
	{"a kubeconfig that is missing", traced(credential.KubeconfigFile{Path: "/a", Missing: true}), faulty(finding.NoCredential, credential.NoKubeconfig)},
	{"a kubeconfig that is empty", traced(credential.KubeconfigFile{Path: "/a", Missing: true}, credential.KubeconfigFile{Path: "/b"}), faulty(finding.NoCredential, credential.NoKubeconfig)},
	{"the variable of the host", unreadAt(nil), faulty(finding.NoCredential, credential.PodVariableMissing, func(f *credential.Fault) { f.Host = "" })},
	{"the variable of the port", unreadAt(nil), faulty(finding.NoCredential, credential.PodVariableMissing, func(f *credential.Fault) { f.Port = "" })},
	{"one flag", unreadAt(nil), faulty(finding.NoCredential, credential.PodTokenBesideFlags, func(f *credential.Fault) { f.Flags = f.Flags[:1] })},
	{"two flags", unreadAt(nil), faulty(finding.NoCredential, credential.PodTokenBesideFlags, func(f *credential.Fault) { f.Flags = f.Flags[:2] })},
	{"a version that client-go dropped", unreadAt(nil), faulty(finding.ExecPluginVersionMismatch, credential.VersionUnknown, func(f *credential.Fault) { f.Plugin.APIVersion = "client.authentication.k8s.io/v1alpha1" })},
	{"an id-token that does not say when", unreadAt(nil), faulty(finding.AuthProviderFailed, 0, func(f *credential.Fault) { f.Provider.IDExpires = time.Time{} })},
	{"a container's token for an audience", unreadAt(forVault), faulty(finding.TokenFileUnreadable, credential.ContainerTokenEmpty)},
}...)
