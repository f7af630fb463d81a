package cmd

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// canary is a credential that no output may contain.
type canary struct{ name, secret string }

// random is a text that is hard to guess, and the same each time.
func random(seed string, bytes int) string {
	var out []byte
	for len(out) < bytes {
		sum := sha512.Sum512([]byte(seed + string(out)))
		out = append(out, sum[:]...)
	}
	return base64.RawURLEncoding.EncodeToString(out[:bytes])
}

func canaryJWT(name string) string {
	unsigned := jwt(object{"iss": "https://issuer.example", "sub": "system:serviceaccount:shop:" + name, "aud": []string{"a"}, "iat": 1, "exp": 4102444800})
	return strings.TrimSuffix(unsigned, signature) + random(name, 256)
}

var (
	callersToken   = canary{"the caller's token", "caller~" + random("caller", 32)}
	subjectsToken  = canary{"the subject's token", canaryJWT("subject")}
	mintedToken    = canary{"the minted token", canaryJWT("minted")}
	secretsToken   = canary{"the Secret's token", canaryJWT("secret")}
	pluginsToken   = canary{"the plugin's token", canaryJWT("plugin")}
	opaqueToken    = canary{"the opaque token", "open sesame 4711 and the forty thieves"}
	proxysPassword = canary{"the proxy's password", "pass word/with@all:of it 4711 and more"}
	canaries       = []canary{callersToken, subjectsToken, mintedToken, secretsToken, pluginsToken, opaqueToken, proxysPassword}
)

// forms are the forms in which a careless or hostile server may repeat a secret.
func (c canary) forms() []string {
	s := c.secret
	encode := base64.StdEncoding.EncodeToString
	inJSON := asJSON(s)
	out := []string{
		s, encode([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)), encode([]byte("x" + s)), encode([]byte("xx" + s)),
		encode([]byte("Bearer " + s)), encode([]byte("Authorization: Bearer " + s)), encode([]byte("jane:" + s)),
		hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))),
		url.QueryEscape(s), url.QueryEscape(url.QueryEscape(s)), inJSON, asJSON(inJSON), html.EscapeString(s), fmt.Sprintf("%q", s),
		strings.ReplaceAll(s, ".", `\u002e`), "Bearer " + s, "http://jane:" + s + "@proxy.example/", "http://" + url.PathEscape(s) + "@proxy.example/",
		"https://login.example/?access_token=" + url.QueryEscape(s), s[:24] + "…", s[:30] + "...", "…" + s[len(s)-24:],
	}
	if parts := strings.Split(s, "."); len(parts) == 3 {
		out = append(out, parts[1], parts[2], parts[2][10:40], encode([]byte(parts[2])))
	}
	return out
}

// piece is the minimum length of a part of a secret that no output may contain, in bytes.
const piece = 20

// canaryPieces are the parts of the secrets in all encodings, by their length. Half of a piece is found faster,
// because fewer positions are compared.
var canaryPieces = sync.OnceValue(func() map[string]canary {
	out, shared := map[string]canary{}, map[string]bool{}
	for _, c := range canaries {
		digits := hex.EncodeToString([]byte(c.secret))
		forms := []string{digits, strings.ToUpper(digits)}
		for before := range 3 {
			encoded := base64.RawStdEncoding.EncodeToString([]byte("xx"[:before] + c.secret))
			forms = append(forms, encoded[4:len(encoded)-4], strings.NewReplacer("+", "-", "/", "_").Replace(encoded[4:len(encoded)-4]))
		}
		if !strings.Contains(c.secret, " ") {
			forms = append(forms, c.secret)
		}
		for _, form := range forms {
			for _, n := range []int{piece / 2, piece} {
				for i := 0; i+n <= len(form); i++ {
					if other, has := out[form[i:i+n]]; n == piece && has && other != c {
						// JWTs have the same beginning.
						shared[form[i:i+n]] = true
					}
					out[form[i:i+n]] = c
				}
			}
		}
	}
	maps.DeleteFunc(out, func(text string, _ canary) bool { return shared[text] })
	return out
})

var (
	fromURL  = strings.NewReplacer("%2B", "+", "%252B", "+", "%2F", "/", "%252F", "/", "%2540", "@", "%253A", ":", "%3D", "=", "%253D", "=", "%20", " ", "%3A", ":", "%40", "@")
	fromJSON = strings.NewReplacer(`\\u002e`, ".", `\"`, `"`, `\/`, "/", `\u002b`, "+", "\n", "")
)

// in returns the part of another secret that an output contains.
func (c canary) in(output string) string {
	for i := 0; i+piece <= len(c.secret); i++ {
		if strings.Contains(output, c.secret[i:i+piece]) {
			return c.secret[i : i+piece]
		}
	}
	return ""
}

// seen returns the secrets in an output, with their positions.
func seen(output string) map[canary]string {
	out := map[canary]string{}
	for _, reading := range []string{output, fromURL.Replace(output), fromJSON.Replace(output)} {
		known := canaryPieces()
		for half := 0; half+piece/2 <= len(reading); half += piece/2 + 1 {
			if _, found := known[reading[half:half+piece/2]]; !found {
				continue
			}
			for i := max(0, half-piece/2); i <= half && i+piece <= len(reading); i++ {
				if c, found := known[reading[i:i+piece]]; found {
					out[c] = reading[max(0, i-80):min(len(reading), i+80)]
				}
			}
		}
		for _, c := range canaries {
			for _, form := range []string{c.secret, strings.ReplaceAll(c.secret, " ", "+"), c.secret[:24] + "…", c.secret[:30] + "...", "…" + c.secret[len(c.secret)-24:]} {
				if strings.Contains(reading, form) {
					out[c] = form
				}
			}
		}
	}
	return out
}

// TestCanarySings checks that the canaries are found.
func TestCanarySings(t *testing.T) {
	for _, c := range canaries {
		for i, form := range c.forms() {
			if seen("before " + form + " after")[c] == "" {
				t.Errorf("%s: form %d is not seen: %q", c.name, i, form)
			}
		}
	}
	if found := seen("REDACTED, and " + callersToken.secret[:piece-1]); len(found) > 0 {
		t.Errorf("%v is seen", found)
	}
}

// canaryRun is a command line that asks a server.
type canaryRun struct {
	args []string
	// meets are the secrets that the run learns before the server repeats them. late are the secrets that arrive
	// with the answer that repeats them, whose headers are logged first.
	meets []canary
	late  bool
}

func canaryRuns(t *testing.T, address, ca string) []canaryRun {
	t.Helper()
	subject, opaque := file(t, "token", subjectsToken.secret), file(t, "opaque", opaqueToken.secret)
	configuration := file(t, "configuration.yaml", asJSON(object{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": []object{{
		"issuer":        object{"url": "https://issuer.example", "discoveryURL": address + "/.well-known/openid-configuration", "audiences": []string{"a"}, "certificateAuthority": string(must(os.ReadFile(ca)))},
		"claimMappings": object{"username": object{"claim": "sub", "prefix": ""}}}}}))
	webhook := file(t, "webhook.kubeconfig", asJSON(object{
		"apiVersion": "v1", "kind": "Config", "current-context": "c", "contexts": []object{{"name": "c", "context": object{"cluster": "k", "user": "u"}}},
		"clusters": []object{{"name": "k", "cluster": object{"server": address + "/tokenreviews", "certificate-authority": ca}}}, "users": []object{{"name": "u", "user": object{"token": callersToken.secret}}},
	}))
	another := strings.Replace(address, "127.0.0.1", "localhost", 1)
	issuer := []string{"--issuer-url", address, "--ca-file", ca}
	with := func(meets []canary, args ...string) canaryRun { return canaryRun{args: args, meets: meets} }
	late := func(c canary, args ...string) canaryRun { return canaryRun{args, []canary{callersToken, c}, true} }
	caller, both := []canary{callersToken}, []canary{callersToken, subjectsToken}
	return []canaryRun{
		with(caller, "explain"), with(both, "explain", "-f", subject), with([]canary{callersToken, opaqueToken}, "explain", "-f", opaque, "--audience", "a"),
		with(both, append([]string{"explain", "-f", subject, "--each-server", "--endpoint", another}, issuer...)...),
		with(both, "explain", "-f", subject, "--anonymize"), with(both, "review", "-f", subject), with([]canary{callersToken, opaqueToken}, "review", "-f", opaque), with(both, "review", "-"),
		late(secretsToken, "inspect", "secret/x"), with(caller, "inspect", "pod/web"), late(mintedToken, "inspect", "serviceaccount/robot"), late(mintedToken, "explain", "serviceaccount/robot"),
		with(caller, "verify", "-f", subject, "--from-cluster"), with(nil, append([]string{"verify", "-f", subject}, issuer...)...), with(nil, "verify", "-f", subject, "--jwks", address+"/openid/v1/jwks", "--ca-file", ca),
		with(caller, "discover"), with(nil, append([]string{"discover"}, issuer...)...), late(mintedToken, "mint", "robot"),
		with([]canary{subjectsToken}, "simulate", "-f", subject, "--authentication-config", configuration),
		with([]canary{subjectsToken}, "call", address, "-f", subject, "--ca-file", ca, "--send-api-token"), with(both, "call", address, "-f", subject, "--ca-file", ca),
		with(both, "simulate", "-f", subject, "--authentication-token-webhook-config-file", webhook, "--call-webhook"),
	}
}

var canaryFormats = []string{"text", "json", "yaml", "jsonpath={}", "jsonpath-as-json={}", "go-template={{.}}", "markdown", "jwks", "pem"}

// formats returns the output formats of the command.
func (c canaryRun) formats() []string {
	command := c.args[0]
	return slices.DeleteFunc(slices.Clone(canaryFormats), func(format string) bool {
		return format == "markdown" && (command == "mint" || command == "version") || (format == "jwks" || format == "pem") && command != "discover"
	})
}

// run runs the command line with a verbosity and a format, against a server that knows the secrets in meets.
func (c canaryRun) run(t *testing.T, h *repeater, format, verbosity string) ran {
	t.Helper()
	if c.late && verbosity == "9" {
		verbosity = "6"
	}
	args := append(slices.Clone(c.args), "-v="+verbosity, "--request-timeout=5s")
	if format != "text" {
		args = append(args, "-o", format)
	}
	// Some forms of a token are recognized in any output.
	h.forms = []string{pluginsToken.secret, "Bearer " + pluginsToken.secret, strings.ReplaceAll(pluginsToken.secret, ".", `\u002e`), "http://" + pluginsToken.secret + "@proxy.example/", "https://login.example/?id_token=" + pluginsToken.secret}
	for _, secret := range c.meets {
		if h.place != "unasked" || secret == callersToken {
			h.forms = append(h.forms, secret.forms()...)
		}
	}
	got := run(t, "Authorization: Bearer "+subjectsToken.secret+"\n", args...)
	for c, where := range seen(got.err) {
		t.Errorf("%s: %q shows on standard error %s: %q", h.place, args, c.name, where)
	}
	for c, where := range seen(got.out) {
		if args[0] != "mint" || format != "text" || c != mintedToken {
			t.Errorf("%s: %q shows on standard output %s: %q", h.place, args, c.name, where)
		}
	}
	return got
}

// TestCanary lets a server repeat all secrets in all forms in all fields of its answers, for all commands and
// formats, with several verbosities.
func TestCanary(t *testing.T) {
	h, address, ca := newRepeater(t)
	defer run(t, "", "version", "-v=0") // klog's level is global to the process
	repeats, n := 0, 0
	for i, c := range canaryRuns(t, address, ca) {
		for j, format := range c.formats() {
			// The log is long, and the same for all formats.
			verbosities := []string{"0"}
			if (i+j)%4 == 0 {
				verbosities = []string{"0", "6", "9"}
			}
			for _, verbosity := range verbosities {
				got := c.run(t, h, format, verbosity)
				repeats += strings.Count(got.out+got.err, "REDACTED")
				n++
			}
		}
	}
	if n < 100 || repeats < 1000 {
		t.Errorf("%d runs with %d places show little", n, repeats)
	}
}

// TestCanaryPlaces lets the server repeat the secrets in all other places: header, reason phrase, redirect, page.
func TestCanaryPlaces(t *testing.T) {
	h, address, ca := newRepeater(t)
	defer run(t, "", "version", "-v=0")
	unasked := false
	for i, place := range places {
		h.place = place
		for j, c := range canaryRuns(t, address, ca) {
			if c.late && place != "answers" || place == "unasked" && !slices.Contains(c.meets, callersToken) {
				// The request never comes, and an unrequested answer may be in the log of the next run.
				continue
			}
			got := c.run(t, h, []string{"text", "json", "yaml"}[(i+j)%3], []string{"0", "9", "6"}[(i+j/3)%3])
			unasked = unasked || strings.Contains(got.err, "Unsolicited response received on idle HTTP channel")
		}
	}
	if !unasked {
		t.Error("Go's log says nothing of what came unasked")
	}
}

// TestCanaryOfPlugins lets an exec plugin write its input and its output to standard error, in all forms.
func TestCanaryOfPlugins(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the plugin is a shell script")
	}
	opaque := canary{"the plugin's opaque token", "v4.local~" + random("opaque plugin", 32)}
	for _, fails := range []bool{false, true} {
		for _, c := range []canary{pluginsToken, opaque} {
			h, _, _ := newRepeater(t)
			heard := false
			h.forms = c.forms()
			words := file(t, "words", strings.Join(append(c.forms(), opaqueToken.secret, proxysPassword.secret), "\n")+"\n"+strings.Join(c.forms(), " ")+"\n")
			script := "#!/bin/sh\ncat " + words + " >&2\n"
			if fails {
				// A secret that no run has learned is only recognized by its form.
				h.forms = []string{pluginsToken.secret, "Bearer " + pluginsToken.secret}
				script = "#!/bin/sh\necho 'the token " + pluginsToken.secret + " of Bearer " + pluginsToken.secret + " for http://" + pluginsToken.secret + "@proxy.example, " + opaqueToken.secret + "' >&2\nexit 1\n"
			} else {
				script += "echo '" + asJSON(object{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": object{"token": c.secret}}) + "'\n"
			}
			h.as(t, object{"exec": object{
				"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": file(t, "plugin", script),
				"args": []string{"--client-secret=" + opaqueToken.secret}, "env": []object{{"name": "MY_PASSWORD", "value": proxysPassword.secret}},
			}})
			for _, args := range [][]string{{"explain"}, {"explain", "-o", "json"}, {"explain", "-o", "markdown", "-v=9"}, {"review", "-o", "yaml"}, {"inspect"}, {"inspect", "-o", "jsonpath={}"}, {"discover"}, {"mint", "robot", "-o", "json"}} {
				got := run(t, "", args...)
				shown := seen(got.out + got.err)
				if found := c.in(got.out + got.err); found != "" {
					shown[c] = found
				}
				for c, where := range shown {
					t.Errorf("%q, fails %v: %s is shown: %q", args, fails, c.name, where)
				}
				heard = heard || strings.Contains(got.err, "REDACTED")
			}
			if !heard {
				t.Error("the plugin is not heard")
			}
		}
	}
	run(t, "", "version", "-v=0")
}

// TestCanaryOfProxies lets a proxy repeat its password, and tests a proxy with an unusable address.
func TestCanaryOfProxies(t *testing.T) {
	h, address, _ := newRepeater(t)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		line := strings.NewReplacer("\n", " ", "\r", " ").Replace(h.text() + r.Header.Get("Proxy-Authorization"))
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprintf(conn, "HTTP/1.1 407 %s\r\nProxy-Authenticate: %s\r\nVia: %s\r\nContent-Length: 0\r\n\r\n", line, line, line)
	}))
	t.Cleanup(proxy.Close)
	host := strings.TrimPrefix(proxy.URL, "http://")
	password := proxysPassword.secret
	for name, proxyURL := range map[string]string{
		"a password":             "http://jane:" + url.PathEscape(password) + "@" + host,
		"a token":                "http://" + callersToken.secret + "@" + host,
		"a token as a user":      "http://" + callersToken.secret + ":x-oauth-basic@" + host,
		"a password, unchanged":  "http://jane:" + password + "@" + host,
		"nobody can read it":     "http://jane:" + password + "@ %zz",
		"an unknown scheme":      "gopher://jane:" + url.PathEscape(password) + "@" + host,
		"no scheme":              "jane:" + url.PathEscape(password) + "@" + host,
		"no scheme, unchanged":   "jane:" + password + "@" + host,
		"in capitals, and SOCKS": "SOCKS5://jane:" + url.PathEscape(password) + "@127.0.0.1:1",
	} {
		h.forms = callersToken.forms()
		if strings.Contains(proxyURL, "jane:") {
			h.forms = append(h.forms, proxysPassword.forms()...)
		}
		kubeconfig := func(server string) string {
			return file(t, "kubeconfig", asJSON(object{
				"apiVersion": "v1", "kind": "Config", "current-context": "c",
				"clusters": []object{{"name": "k", "cluster": object{"server": server, "proxy-url": proxyURL, "insecure-skip-tls-verify": true}}},
				"contexts": []object{{"name": "c", "context": object{"cluster": "k", "user": "u"}}},
				"users":    []object{{"name": "u", "user": object{"token": callersToken.secret}}},
			}))
		}
		servers := map[string]string{"through it": address, "the server's too": strings.Replace(address, "//", "//jane:"+url.PathEscape(password)+"@", 1), "the server's, as it is": strings.Replace(address, "//", "//jane:"+password+"@", 1), "over http": "http://jane:" + url.PathEscape(password) + "@127.0.0.1:1", "no scheme": "jane:" + url.PathEscape(password) + "@127.0.0.1:1"}
		for where, server := range servers {
			t.Setenv("KUBECONFIG", kubeconfig(server))
			for _, args := range [][]string{{"explain", "-v=9"}, {"explain", "-o", "json"}, {"explain", "-o", "yaml", "janes-token-1234"}, {"review", "janes-token-1234", "-v=6"}, {"inspect", "-o", "go-template={{.}}"}, {"discover"}, {"mint", "robot"}, {"verify", "janes-token-1234", "--from-cluster"}} {
				got := run(t, "", append(args, "--request-timeout=2s")...)
				for c, at := range seen(got.out + got.err) {
					t.Errorf("%s, %s: %q: %s is shown: %q", name, where, args, c.name, at)
				}
			}
		}
	}
	run(t, "", "version", "-v=0")
}

// TestCanaryOfAddresses has credentials in the addresses on the command line.
func TestCanaryOfAddresses(t *testing.T) {
	nowhere(t)
	password, token := proxysPassword.secret, callersToken.secret
	for _, address := range []string{
		"https://jane:" + url.PathEscape(password) + "@127.0.0.1:1/", "https://jane:" + password + "@127.0.0.1:1/", "http://jane:" + url.PathEscape(password) + "@issuer.example/",
		"http://jane:" + password + "@issuer.example/", "https://" + token + "@127.0.0.1:1/", "http://" + token + ":@issuer.example/", "https://" + token + ":x@ %zz/", "ftp://" + token + "@127.0.0.1/",
		"https://127.0.0.1:1/?access_token=" + token, "http://issuer.example/keys?sig=" + token + "&x=y", "https://127.0.0.1:1/#id_token=" + token, "https://127.0.0.1:1/keys?X-Amz-Signature=" + token, "http://issuer.example/?client_secret=" + url.QueryEscape(password),
	} {
		for _, args := range [][]string{
			{"discover", "--issuer-url", address}, {"verify", "a.b.c", "--issuer-url", address}, {"verify", "a.b.c", "--jwks", address}, {"explain", "a.b.c", "--issuer-url", address}, {"explain", "a.b.c", "--endpoint", address},
			{"explain", "a.b.c", "--server", address}, {"review", "a.b.c", "--server", address}, {"discover", "--server", address}, {"mint", "robot", "--server", address},
			{"simulate", "a.b.c", "--oidc-issuer-url", address, "--oidc-client-id", "a"}, {"explain", "--error", "Get \"" + address + "\": EOF, Unauthorized"}, {"inspect", address}, {"inspect", "-f", address}, {address},
		} {
			got := run(t, "", append(args, "--request-timeout=2s")...)
			for c, at := range seen(got.out + got.err) {
				t.Errorf("%q: %s is shown: %q", args, c.name, at)
			}
		}
	}
}

// TestLogsOfLibraries enables the HTTP/2 log of Go's library in the environment, which contains all headers.
func TestLogsOfLibraries(t *testing.T) {
	const again = "CANARY_OF_HTTP2"
	if os.Getenv(again) == "" {
		// Go reads the variable at the start of the program.
		child := exec.Command(os.Args[0], "-test.run=^TestLogsOfLibraries$")
		child.Env = append(os.Environ(), again+"=1", "GODEBUG=http2debug=2")
		if out, err := child.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	a := &api{users: map[string]string{callersToken.secret: "admin", subjectsToken.secret: "jane", opaqueToken.secret: "joe"}, reviews: true}
	a.Server = httptest.NewUnstartedServer(a)
	a.EnableHTTP2 = true
	a.StartTLS()
	defer a.Close()
	a.as(t, object{"token": callersToken.secret})
	for _, c := range []canary{subjectsToken, opaqueToken} {
		for _, args := range [][]string{{"review"}, {"explain"}, {"mint", "robot", "-o", "json"}} {
			if args[0] != "mint" {
				args = append(args, "-f", file(t, "token", c.secret))
			}
			got := run(t, "", args...)
			if !strings.Contains(got.err, "http2: ") || !strings.Contains(got.err, "REDACTED") {
				t.Fatalf("%q: there is no log of HTTP/2: %s", args, got.err)
			}
			for c, where := range seen(got.out + got.err) {
				t.Errorf("%q: %s is shown: %q", args, c.name, where)
			}
		}
	}
}

// Logs of libraries are redacted during a run and discarded after it.
func TestStandardLog(t *testing.T) {
	a := newAPI(t, map[string]string{callersToken.secret: "admin"})
	a.as(t, object{"token": callersToken.secret})
	a.before = func(_ http.ResponseWriter, r *http.Request) bool {
		log.Printf("seen: %q \x1b[31m", r.Header.Get("Authorization"))
		return false
	}
	env, _, errs := world(t, strings.NewReader(""))
	if status := Main(t.Context(), []string{"kubectl-authn", "discover"}, env); status == 3 {
		t.Errorf("%d", status)
	}
	during := errs.String()
	log.Print("after it")
	if !strings.Contains(during, `seen: "Bearer REDACTED" \u001b[31m`) || errs.String() != during {
		t.Errorf("%q", errs)
	}
}

// A connection of an earlier run in the same process may log during the next run. The log has no secret of either
// run.
func TestLogOfAnEarlierRun(t *testing.T) {
	a := newAPI(t, map[string]string{callersToken.secret: "admin"})
	a.as(t, object{"token": callersToken.secret})
	if got := run(t, "", "discover"); strings.Contains(got.err, callersToken.secret) {
		t.Errorf("%s", got.err)
	}
	later := newAPI(t, nil)
	later.as(t, object{})
	later.before = func(http.ResponseWriter, *http.Request) bool {
		log.Printf("late news of %s", callersToken.secret)
		return false
	}
	if got := run(t, "", "discover"); !strings.Contains(got.err, "late news of REDACTED") || strings.Contains(got.err, callersToken.secret) {
		t.Errorf("%s", got.err)
	}
}
