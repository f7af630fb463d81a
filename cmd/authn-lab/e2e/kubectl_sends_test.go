package e2e

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// recorded has the credentials of a request.
type recorded struct{ authorization, certificate, actsAs string }

// recorder is a TLS server that records the credentials of requests; take returns and forgets them.
func recorder(t *testing.T) (server *httptest.Server, take func() []recorded) {
	t.Helper()
	var mu sync.Mutex
	var seen []recorded
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := recorded{authorization: r.Header.Get("Authorization"), actsAs: r.Header.Get("Impersonate-User")}
		if len(r.TLS.PeerCertificates) > 0 {
			got.certificate = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		mu.Lock()
		if got != (recorded{}) {
			seen = append(seen, got)
		}
		mu.Unlock()
		_, _ = io.WriteString(w, `{"gitVersion":"v1.37.2"}`)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, func() []recorded {
		mu.Lock()
		defer mu.Unlock()
		got := seen
		seen = nil
		return got
	}
}

// The credential that kubectl sends, as a server records it, is the one that explain sends and that the trace of
// inspect calls sent. If kubectl sends nothing, neither do they.
func TestWhatKubectlSends(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	lab := func(args ...string) {
		t.Helper()
		c := exec.Command(runner.Lab.Program, append(args, "--dir", runner.Lab.Dir)...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	for _, name := range []string{"jane", "joe"} {
		lab("sign", "certificate", "--ca", "client", "--common-name", name, "--out", name)
	}
	inline := func(file string) string {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(data)
	}
	server, take := recorder(t)
	ca := base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))

	const unsendable = "a line break in the token"
	type object = map[string]any
	write("token", "from-the-file\n")
	write("answer.json", `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from-the-plugin"}}`)
	janes := object{"client-certificate-data": inline("jane.crt"), "client-key-data": inline("jane.key")}
	plugin := object{"apiVersion": "client.authentication.k8s.io/v1", "command": "cat", "args": []string{filepath.Join(dir, "answer.json")}, "interactiveMode": "Never"}
	with := func(more ...object) object {
		all := object{}
		for _, m := range more {
			for k, v := range m {
				all[k] = v
			}
		}
		return all
	}
	for name, c := range map[string]struct {
		user    object
		cluster object
		flags   []string
		// sent are the methods that the trace marks as sent.
		sent string
	}{
		"a token":                                   {user: object{"token": "inline"}, sent: "Token"},
		"a certificate":                             {user: janes, sent: "ClientCertificate"},
		"a certificate and a token":                 {user: with(janes, object{"token": "inline"}), sent: "ClientCertificate Token"},
		"a certificate and --token":                 {user: janes, flags: []string{"--token", "of-the-flag"}, sent: "ClientCertificate Token"},
		"--token before token":                      {user: object{"token": "inline"}, flags: []string{"--token", "of-the-flag"}, sent: "Token"},
		"tokenFile, relative to the kubeconfig":     {user: object{"tokenFile": "token"}, sent: "TokenFile"},
		"tokenFile before token":                    {user: object{"tokenFile": "token", "token": "inline"}, sent: "TokenFile"},
		"tokenFile before --token":                  {user: object{"tokenFile": "token"}, flags: []string{"--token", "of-the-flag"}, sent: "TokenFile"},
		"token, as tokenFile is not there":          {user: object{"tokenFile": "gone", "token": "inline"}, sent: "Token"},
		"a plugin":                                  {user: object{"exec": plugin}, sent: "ExecPlugin"},
		"a token before a plugin":                   {user: object{"exec": plugin, "token": "inline"}, sent: "Token"},
		"a certificate before a plugin":             {user: with(janes, object{"exec": plugin}), sent: "ClientCertificate"},
		"--client-certificate over the inline":      {user: janes, flags: []string{"--client-certificate", filepath.Join(dir, "joe.crt"), "--client-key", filepath.Join(dir, "joe.key")}, sent: "ClientCertificate"},
		"certificate files in addition":             {user: object{"client-certificate": "jane.crt", "client-key": "jane.key"}, sent: "ClientCertificate"},
		"user name and password":                    {user: object{"username": "jane", "password": "of-no-use"}, sent: "BasicAuth"},
		"a certificate, a user name and a password": {user: with(janes, object{"username": "jane", "password": "of-no-use"}), sent: "ClientCertificate BasicAuth"},
		"impersonation":                             {user: object{"token": "inline", "as": "joe"}, sent: "Token"},
		"a missing user":                            {user: nil, sent: ""},
		"a key of another certificate":              {user: with(janes, object{"client-key-data": inline("joe.key")}), sent: ""},
		"certificate and key swapped":               {user: object{"client-certificate": "jane.key", "client-key": "jane.crt"}, sent: ""},
		"a certificate both inline and as files":    {user: with(janes, object{"client-certificate": "jane.crt"}), sent: ""},
		"a token and a password":                    {user: object{"token": "inline", "username": "jane", "password": "of-no-use"}, sent: ""},
		unsendable:                                  {user: object{"token": "inline\n"}, sent: "Token"},
		"a missing plugin":                          {user: object{"exec": with(plugin, object{"command": "no-such-plugin-anywhere"})}, sent: ""},
		"a plugin that fails":                       {user: object{"exec": with(plugin, object{"command": "false"})}, sent: ""},
		"a plugin of an old version":                {user: object{"exec": with(plugin, object{"apiVersion": "client.authentication.k8s.io/v1alpha1"})}, sent: ""},
		"a CA that is no PEM":                       {user: object{"token": "inline"}, cluster: object{"certificate-authority-data": "Z2FyYmFnZQ=="}, sent: ""},
	} {
		t.Run(name, func(t *testing.T) {
			users := []object{}
			if c.user != nil {
				users = append(users, object{"name": "u", "user": c.user})
			}
			config, _ := json.Marshal(object{
				"apiVersion": "v1", "kind": "Config", "current-context": "c",
				"clusters": []object{{"name": "k", "cluster": with(object{"server": server.URL, "certificate-authority-data": ca}, c.cluster)}},
				"contexts": []object{{"name": "c", "context": object{"cluster": "k", "user": "u"}}},
				"users":    users,
			})
			kubeconfig := write("kubeconfig", string(config))
			// The folder is not the kubeconfig's, to which its paths are relative.
			run := func(program string, args ...string) string {
				cmd := exec.Command(program, append(args, append([]string{"--kubeconfig", kubeconfig}, c.flags...)...)...)
				cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "HOME="+dir, "KUBECONFIG=", "KUBERC=off")
				out, _ := cmd.Output()
				return string(out)
			}
			take()
			run(runner.Lab.Program, "kubectl", "get", "--raw", "/version")
			kubectl := take()
			if len(kubectl) > 1 || len(kubectl) > 0 != (c.sent != "" && name != unsendable) {
				t.Fatalf("kubectl sends %+v", kubectl)
			}

			var inspected struct {
				Credential struct {
					Trace struct {
						Methods []struct{ Type, Client string }
					}
				}
			}
			_ = json.Unmarshal([]byte(run(runner.Plugin, "inspect", "-o", "json")), &inspected)
			if got := take(); len(got) > 0 {
				t.Errorf("inspect sends %+v", got)
			}
			var sent []string
			for _, m := range inspected.Credential.Trace.Methods {
				if m.Client == "Sent" {
					sent = append(sent, m.Type)
				}
			}
			want := c.sent
			if name == unsendable {
				want = ""
			}
			if got := strings.Join(sent, " "); got != want {
				t.Errorf("the trace says that %q is sent, want %q", got, want)
			}

			run(runner.Plugin, "explain")
			ours := take()
			if len(kubectl) == 0 {
				// For a credential that cannot be sent, explain tries what was probably meant.
				if len(ours) > 0 && name != unsendable {
					t.Errorf("kubectl sends nothing, and explain %+v", ours)
				}
				return
			}
			if !slices.Contains(ours, kubectl[0]) {
				t.Errorf("kubectl sends %+v, and explain %+v", kubectl[0], ours)
			}
			// Other credentials of the user are also tried alone; nothing else is sent.
			for _, got := range ours {
				if got.authorization != "" && got.authorization != kubectl[0].authorization || got.certificate != "" && got.certificate != kubectl[0].certificate {
					t.Errorf("kubectl sends %+v, and explain also %+v", kubectl[0], got)
				}
			}
		})
	}
}
