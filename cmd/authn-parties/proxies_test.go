package parties_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
	"time"
)

// nginx asks serve with auth_request. docs/serve.md shows the same configuration.
const nginxConf = `daemon off;
pid {{.Dir}}/nginx.pid;
events {}
http {
	access_log off;
	client_body_temp_path {{.Dir}}/body; proxy_temp_path {{.Dir}}/proxy; fastcgi_temp_path {{.Dir}}/fastcgi;
	uwsgi_temp_path {{.Dir}}/uwsgi; scgi_temp_path {{.Dir}}/scgi;
	server {
		listen {{.Listen}};
		location = /_authn {
			internal;
			proxy_pass http://{{.Serve}};
			proxy_pass_request_body off;
			proxy_set_header Content-Length "";
			proxy_set_header X-Original-URI $request_uri;
		}
		location / {
			auth_request /_authn;
			auth_request_set $authn_user $upstream_http_kubeflow_userid;
			auth_request_set $authn_groups $upstream_http_kubeflow_groups;
			proxy_set_header kubeflow-userid $authn_user;
			proxy_set_header kubeflow-groups $authn_groups;
			proxy_set_header Authorization "";
			proxy_pass http://{{.Backend}};
		}
	}
}
`

const caddyfile = `{
	admin off
	auto_https off
	persist_config off
}
http://:{{.Port}} {
	bind 127.0.0.1
	forward_auth {{.Serve}} {
		uri /auth
		copy_headers kubeflow-userid kubeflow-groups
	}
	request_header -Kubeflow_userid
	request_header -Kubeflow_groups
	reverse_proxy {{.Backend}} {
		header_up -Authorization
	}
}
`

type proxy struct {
	name string
	// pathHeader is the header in which the proxy names the path that the client asked for.
	pathHeader string
	start      func(t *testing.T, serve, backend string) string
	// unavailable is the status that a client sees where serve could not decide, or does not run.
	unavailable int
	// malformed is the status for a request that serve answers with 400.
	malformed int
	// ownBody says that the proxy replaces the body of a refusal.
	ownBody bool
}

var proxies = []proxy{
	{name: "nginx", pathHeader: "X-Original-URI", start: startNginx, unavailable: 500, malformed: 500, ownBody: true},
	{name: "caddy", pathHeader: "X-Forwarded-Uri", start: startCaddy, unavailable: 503, malformed: 400},
}

func startNginx(t *testing.T, serve, backend string) string {
	dir, listen := t.TempDir(), freePort(t)
	conf := write(t, filepath.Join(dir, "nginx.conf"), nginxConf, map[string]string{"Dir": dir, "Listen": listen, "Serve": serve, "Backend": backend})
	start(t, listen, exec.Command(program(t, "AUTHN_NGINX"), "-c", conf, "-e", filepath.Join(dir, "error.log")))
	return listen
}

func startCaddy(t *testing.T, serve, backend string) string {
	dir, listen := t.TempDir(), freePort(t)
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		t.Fatal(err)
	}
	conf := write(t, filepath.Join(dir, "Caddyfile"), caddyfile, map[string]string{"Port": port, "Serve": serve, "Backend": backend})
	cmd := exec.Command(program(t, "AUTHN_CADDY"), "run", "--config", conf, "--adapter", "caddyfile")
	cmd.Env = []string{"HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_DATA_HOME=" + dir}
	start(t, listen, cmd)
	return listen
}

func write(t *testing.T, path, text string, values map[string]string) string {
	t.Helper()
	var b strings.Builder
	if err := template.Must(template.New("").Option("missingkey=error").Parse(text)).Execute(&b, values); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// each runs test behind each proxy, with serve started with args.
func each(t *testing.T, test func(t *testing.T, p proxy, address string, s *signer, d decisions), args ...string) {
	for _, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			s := newSigner(t)
			var own []string
			for _, arg := range args {
				own = append(own, strings.ReplaceAll(arg, "PATH-HEADER", p.pathHeader))
			}
			d := serve(t, s, own...)
			test(t, p, p.start(t, d.address, backend(t)), s, d)
		})
	}
}

func TestProxyPassesIdentity(t *testing.T) {
	for _, status := range []string{"200", "202", "204"} {
		t.Run(status, func(t *testing.T) {
			each(t, func(t *testing.T, p proxy, address string, s *signer, _ decisions) {
				a := get(t, address, "/reports", "Authorization", "Bearer "+s.token(t, nil))
				if a.status != 200 {
					t.Fatalf("status %d: %s", a.status, a.body)
				}
				if user := a.reached["Kubeflow-Userid"]; len(user) != 1 || user[0] != "system:serviceaccount:apps:web" {
					t.Errorf("user at the backend: %q", user)
				}
				groups := strings.Join(a.reached["Kubeflow-Groups"], ",")
				for _, want := range []string{"system:serviceaccounts", "system:serviceaccounts:apps"} {
					if !strings.Contains(","+groups+",", ","+want+",") {
						t.Errorf("groups at the backend: %q, without %s", groups, want)
					}
				}
				if _, there := a.reached["Authorization"]; there {
					t.Error("the token reached the backend")
				}
			}, "--groups-header", "kubeflow-groups", "--success-status", status)
		})
	}
}

// A caller's own identity headers never reach the application, in whatever spelling and number they come.
func TestProxyReplacesCallersHeaders(t *testing.T) {
	each(t, func(t *testing.T, p proxy, address string, s *signer, _ decisions) {
		bearer := "Bearer " + s.token(t, nil)
		for _, c := range []struct {
			name    string
			path    string
			headers []string
			user    string
		}{
			{"one", "/reports", []string{"Authorization", bearer, "Kubeflow-Userid", "admin", "Kubeflow-Groups", "system:masters"}, "system:serviceaccount:apps:web"},
			{"two", "/reports", []string{"Authorization", bearer, "Kubeflow-Userid", "admin", "Kubeflow-Userid", "root"}, "system:serviceaccount:apps:web"},
			// Some applications read an underscore as a hyphen.
			{"underscore", "/reports", []string{"Authorization", bearer, "Kubeflow_Userid", "admin", "KUBEFLOW_GROUPS", "system:masters"}, "system:serviceaccount:apps:web"},
			{"other case", "/reports", []string{"Authorization", bearer, "KUBEFLOW-USERID", "admin"}, "system:serviceaccount:apps:web"},
			{"path that is skipped", "/public/logo", []string{"Kubeflow-Userid", "admin", "Kubeflow-Groups", "system:masters"}, ""},
			{"path that is skipped, with a token", "/public/logo", []string{"Authorization", bearer, "Kubeflow-Userid", "admin"}, ""},
		} {
			t.Run(c.name, func(t *testing.T) {
				a := get(t, address, c.path, c.headers...)
				if a.status != 200 {
					t.Fatalf("status %d: %s", a.status, a.body)
				}
				if user := strings.Join(a.reached["Kubeflow-Userid"], "|"); user != c.user {
					t.Errorf("user at the backend: %q, want %q", user, c.user)
				}
				for name, values := range a.reached {
					if text := strings.Join(values, ","); strings.Contains(text, "admin") || strings.Contains(text, "root") || strings.Contains(text, "system:masters") {
						t.Errorf("%s: %q reached the backend", name, text)
					}
				}
			})
		}
	}, "--groups-header", "kubeflow-groups", "--skip-path", "/public", "--path-header", "PATH-HEADER")
}

func TestProxyTurnsAway(t *testing.T) {
	each(t, func(t *testing.T, p proxy, address string, s *signer, d decisions) {
		expired := s.token(t, map[string]any{"iat": time.Now().Add(-2 * time.Hour).Unix(), "nbf": time.Now().Add(-2 * time.Hour).Unix(), "exp": time.Now().Add(-time.Hour).Unix()})
		good := s.token(t, nil)
		for _, c := range []struct {
			name    string
			path    string
			headers []string
			status  int
			// challenge is a part of WWW-Authenticate.
			challenge string
		}{
			{"no token", "/reports", nil, 401, "Bearer realm="},
			{"no token, identity of its own", "/reports", []string{"Kubeflow-Userid", "admin"}, 401, "Bearer realm="},
			{"expired", "/reports", []string{"Authorization", "Bearer " + expired}, 401, "token-expired"},
			{"another audience", "/reports", []string{"Authorization", "Bearer " + s.token(t, map[string]any{"aud": []string{"vault"}})}, 401, `error="invalid_token"`},
			{"keys of another cluster", "/reports", []string{"Authorization", "Bearer " + newSigner(t).token(t, nil)}, 401, `error="invalid_token"`},
			{"no JWT", "/reports", []string{"Authorization", "Bearer abcdef"}, 401, `error="invalid_token"`},
			{"another ServiceAccount", "/reports", []string{"Authorization", "Bearer " + s.token(t, map[string]any{"sub": "system:serviceaccount:other:web",
				"kubernetes.io": map[string]any{"namespace": "other", "serviceaccount": map[string]any{"name": "web", "uid": "5b7d"}}})}, 403, ""},
			{"two tokens in one header", "/reports", []string{"Authorization", "Bearer " + good + ", Bearer " + good}, p.malformed, ""},
			// serve has these paths on its other port. Those of the application are decided like any other.
			{"livez of the application", "/livez", nil, 401, "Bearer realm="},
			{"readyz of the application", "/readyz", nil, 401, "Bearer realm="},
			{"metrics of the application", "/metrics", nil, 401, "Bearer realm="},
			// None of these is below /public.
			{"a longer first segment", "/publicity", nil, 401, ""},
			{"two dots", "/public/../reports", nil, 401, ""},
			{"two dots, encoded", "/public/%2e%2e/reports", nil, 401, ""},
			{"slash, encoded", "/public/..%2freports", nil, 401, ""},
			{"backslash, encoded", "/public/..%5creports", nil, 401, ""},
			{"two slashes", "/public//reports", nil, 401, ""},
		} {
			t.Run(c.name, func(t *testing.T) {
				a := get(t, address, c.path, c.headers...)
				if a.status != c.status {
					t.Fatalf("status %d, want %d: %s", a.status, c.status, a.body)
				}
				if a.reached != nil {
					t.Errorf("the backend was reached: %v", a.reached)
				}
				if challenge := a.header.Get("WWW-Authenticate"); !strings.Contains(challenge, c.challenge) {
					t.Errorf("WWW-Authenticate: %q, without %q", challenge, c.challenge)
				}
				if strings.Contains(fmt.Sprint(a), good) || strings.Contains(fmt.Sprint(a), expired) {
					t.Error("the answer repeats the token")
				}
			})
		}
		for _, token := range []string{good, expired} {
			if strings.Contains(d.log.String(), token) || strings.Contains(d.log.String(), token[strings.LastIndex(token, ".")+1:]) {
				t.Error("the log of serve holds a token or its signature")
			}
		}
	}, "--allow", "apps/*", "--skip-path", "/public", "--path-header", "PATH-HEADER")
}

// Where serve does not run, nobody gets through.
func TestProxyWithoutServe(t *testing.T) {
	for _, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			address := p.start(t, freePort(t), backend(t))
			a := get(t, address, "/reports", "Authorization", "Bearer "+newSigner(t).token(t, nil), "Kubeflow-Userid", "admin")
			if a.status < 500 || a.reached != nil {
				t.Errorf("status %d, backend %v", a.status, a.reached)
			}
		})
	}
}

// An API server that cannot be asked is no "no", and no "yes".
func TestProxyWhereNobodyDecides(t *testing.T) {
	for _, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			s := newSigner(t)
			kubeconfig := write(t, filepath.Join(t.TempDir(), "kubeconfig"), kubeconfigText, map[string]string{"Server": freePort(t)})
			d := serve(t, s, "--mode", "review+keys", "--kubeconfig", kubeconfig)
			a := get(t, p.start(t, d.address, backend(t)), "/reports", "Authorization", "Bearer "+s.token(t, nil))
			if a.status != p.unavailable || a.reached != nil {
				t.Errorf("status %d, want %d; backend %v", a.status, p.unavailable, a.reached)
			}
		})
	}
}

const kubeconfigText = `apiVersion: v1
kind: Config
clusters: [{name: down, cluster: {server: "https://{{.Server}}"}}]
users: [{name: serve, user: {}}]
contexts: [{name: down, context: {cluster: down, user: serve}}]
current-context: down
`
