package serverlog

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
)

func read(t *testing.T, text string) *Summary {
	t.Helper()
	s, err := Read(t.Context(), strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v: %.300q", err, text)
	}
	return s
}

// found returns the causes of a summary, one per line: the ID, the numbers of requests, connections and messages,
// first and last.
func found(s *Summary) string {
	var b strings.Builder
	for _, c := range s.Causes {
		fmt.Fprintf(&b, "%s %d %d %d %s %s\n", c.Cause.ID, c.Requests, c.Connections, c.Messages, c.First, c.Last)
	}
	if s.Unknown != nil {
		fmt.Fprintf(&b, "unknown %d %s %s\n", s.Unknown.Requests, s.Unknown.First, s.Unknown.Last)
	}
	return b.String()
}

func names(s *Summary, id finding.ID, what pasted.What) (out []Counted, others int64) {
	for _, c := range s.Causes {
		for _, n := range c.Names {
			if c.Cause.ID == id && n.What == what {
				return n.Values, n.Others
			}
		}
	}
	return nil, 0
}

func TestLineOfAnyForm(t *testing.T) {
	const (
		klog    = `E0524 19:10:28.123456       1 authentication.go:74] "Unable to authenticate the request" err="[invalid bearer token, service account token has expired]"`
		noYear  = "token-expired 1 0 0 05-24 19:10:28 05-24 19:10:28\n"
		year    = "token-expired 1 0 0 2026-05-24T19:10:28Z 2026-05-24T19:10:28Z\n"
		escaped = `E0524 19:10:28.123456       1 authentication.go:74] \"Unable to authenticate the request\" err=\"[invalid bearer token, service account token has expired]\"\n`
		event   = `"level":"Metadata","auditID":"e109c465","stage":"ResponseStarted","requestURI":"/api","verb":"get","user":{},"sourceIPs":["192.0.2.7"],"userAgent":"my-app/1.0","responseStatus":{"metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401},"requestReceivedTimestamp":"2026-05-24T19:10:28.895153Z","stageTimestamp":"2026-05-24T19:10:29.895535Z"}`
		refused = "credential-rejected 1 0 0 2026-05-24T19:10:28Z 2026-05-24T19:10:28Z\n"
	)
	for _, c := range []struct{ name, text, form, want string }{
		{"klog", klog, "klog", noYear},
		{"klog with a carriage return", klog + "\r\n", "klog", noYear},
		{"klog of old", "E0524 19:10:28.123456       1 authentication.go:53] Unable to authenticate the request due to an error: [invalid bearer token, Token has expired.]", "klog", noYear},
		{"a long thread ID", strings.Replace(klog, "      1 ", "123456789 ", 1), "klog", noYear},
		{"CRI", "2026-05-24T19:10:28.123456789Z stderr F " + klog, "klog", year},
		{"CRI in another zone", "2026-05-24T21:10:28.123456789+02:00 stderr F " + klog, "klog", year},
		{"Docker", `{"log":"` + escaped + `","stream":"stderr","time":"2026-05-24T19:10:28.123456789Z"}`, "klog", year},
		{"kubectl logs --timestamps", "2026-05-24T19:10:28.123456789Z " + klog, "klog", year},
		{"kubectl logs --prefix", "[pod/kube-apiserver-n1/kube-apiserver] " + klog, "klog", noYear},
		{"kubectl logs --prefix --timestamps", "[pod/kube-apiserver-n1/kube-apiserver] 2026-05-24T19:10:28.123456789Z " + klog, "klog", year},
		{"journalctl", "May 24 19:10:28 n1 kube-apiserver[812]: " + klog, "klog", noYear},
		{"journalctl -o short-iso", "2026-05-24T19:10:28+0000 n1 kube-apiserver[812]: " + klog, "klog", year},
		{"journalctl -o json", `{"PRIORITY":"6","MESSAGE":"` + strings.TrimSuffix(escaped, `\n`) + `","_PID":"812"}`, "klog", noYear},
		{"a collector's JSON", `{"kubernetes":{"pod":"x"},"record":{"log":"` + escaped + `"}}`, "klog", noYear},
		{"stern", "kube-apiserver-n1 kube-apiserver " + klog, "klog", noYear},
		{"--logging-format=json", `{"ts":1779649828123.456,"caller":"filters/authentication.go:74","msg":"Unable to authenticate the request","err":"[invalid bearer token, service account token has expired]"}`, "json", year},
		{"JSON with an audit ID", `{"ts":1779649828123.456,"caller":"filters/wrap.go:54","msg":"Timeout","auditID":"x","apiVersion":"audit.k8s.io/v1"}`, "json", ""},
		{"JSON with the causes apart", `{"ts":1779649828123.456,"caller":"filters/authentication.go:75","msg":"Unable to authenticate the request","err":"[invalid bearer token, service account token has expired]","errCauses":[{"error":"invalid bearer token"}]}`, "json", year},
		{"the same in CRI", `2026-05-24T19:10:28.2Z stderr F {"ts":1.0,"caller":"filters/authentication.go:74","msg":"Unable to authenticate the request","err":"[invalid bearer token, service account token has expired]"}`, "json", year},
		{"the same in Docker", `{"log":"{\"ts\":1779649828123.456,\"caller\":\"x.go:1\",\"msg\":\"Unable to authenticate the request\",\"err\":\"service account token has expired\"}\n","stream":"stderr","time":"2026-05-24T19:10:28Z"}`, "json", year},
		{"JSON of a message that is formatted", `{"ts":1779649828123.456,"caller":"oidc/oidc.go:433","msg":"oidc authenticator: initializing plugin: Get \"https://issuer.example/.well-known/openid-configuration\": EOF\n","v":0}`, "json", "oidc-not-initialized 0 0 1 2026-05-24T19:10:28Z 2026-05-24T19:10:28Z\n"},
		{"an audit event", `{"kind":"Event","apiVersion":"audit.k8s.io/v1",` + event, "audit", refused},
		{"an audit event in CRI", `2026-05-24T19:10:28.123456789Z stdout F {"kind":"Event","apiVersion":"audit.k8s.io/v1",` + event, "audit", refused},
		{"an EventList", `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[{` + event + "]}", "audit", refused},
		{"an EventList, indented", "{\n  \"kind\": \"EventList\",\n  \"apiVersion\": \"audit.k8s.io/v1\",\n  \"items\": [\n    {" + strings.ReplaceAll(event, `":`, "\": ") + "\n  ],\n  \"metadata\": {}\n}\n", "audit", refused},
		{"an array of events", `[{` + event + `,` + `{"kind":"Event","auditID":"x","stage":"ResponseComplete"}]`, "audit", refused},
		{"an event, indented", "{\n\"kind\": \"Event\",\n\"apiVersion\": \"audit.k8s.io/v1\",\n" + event, "audit", refused},
		{"behind a byte order mark and blank lines", "\ufeff\n\n" + klog, "klog", noYear},
		{"an end that is cut", klog + "\nE0524 19:10:29.0", "klog", noYear},
		{"an end that is cut in the error", klog + "\n" + klog[:len(klog)-8], "klog", "token-expired 2 0 0 05-24 19:10:28 05-24 19:10:28\n"},
	} {
		s := read(t, c.text)
		got := found(s)
		if c.name == "an end that is cut in the error" && s.Unknown != nil {
			continue // the missing part is unknown
		}
		if got != c.want || !slices.Equal(s.Forms, []string{c.form}) {
			t.Errorf("%s: %q, want %q; %v", c.name, got, c.want, s.Forms)
		}
	}
}

// The other messages in a log.
func TestMessages(t *testing.T) {
	at := "I0524 19:10:28.123456       1 x.go:1] "
	for text, want := range map[string]string{
		"http: TLS handshake error from 192.0.2.7:41234: remote error: tls: unknown certificate authority": "server-certificate-rejected 0 1 0",
		"http: TLS handshake error from [2001:db8::7]:41234: remote error: tls: bad certificate":           "server-certificate-rejected 0 1 0",
		"http: TLS handshake error from 192.0.2.7:41234: EOF":                                              "",
		"http: TLS handshake error from 192.0.2.7:41234: read tcp 192.0.2.1:6443: i/o timeout":             "",
		`Failed to make webhook authenticator request: Post "https://hook/": EOF`:                          "webhook-authenticator-failed 0 0 1",
		`oidc authenticator: initializing plugin: Get "https://issuer/": EOF`:                              "oidc-not-initialized 0 0 1",
		"unable to match the audience: [a] , accepted: [b]":                                                "audience-mismatch 0 0 1",
		`Could not retrieve bound pod ci/web for service account ci/robot: pods "web" not found`:           "bound-pod-deleted 0 0 1",
		"No secret of name bootstrap-token-abcdef to match bootstrap bearer token":                         "bootstrap-token-not-found 0 0 1",
		`Could not retrieve service account ci/robot: etcdserver: request timed out`:                       "",
		"Failed to make webhook authenticator":                                                             "",

		`Failed calling webhook, failing open check.lab: failed calling webhook "check.lab": failed to call webhook: Post "https://checker.policy.svc:443/check?timeout=5s": x509: certificate signed by unknown authority`: "webhook-certificate-rejected 0 0 1",
		`Failed calling webhook, failing open check.lab: failed calling webhook "check.lab": failed to call webhook: Post "https://checker.policy.svc:443/check?timeout=5s": context deadline exceeded`:                     "",
		`"Unhandled Error" err="apiserver received an error that is not an metav1.Status: &url.Error{}: Get \"https://192.0.2.9:10250/containerLogs/a/b/c\": remote error: tls: internal error"`:                            "kubelet-serving-certificate-missing 0 0 1",
		`"Unhandled Error" err="apiserver received an error that is not an metav1.Status: &errors.errorString{}: context canceled"`:                                                                                         "",
		`x509: subject with cn=lab is not in the allowed list`: "front-proxy-name-not-allowed 0 0 1",
	} {
		got, _, _ := strings.Cut(found(read(t, at+text+"\n"+at+"Starting")), " 05-24")
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// The same names are found in all forms of a log, and no part of a token.
func TestNames(t *testing.T) {
	const event = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"%d","stage":"ResponseStarted","requestURI":"/api/v1/pods?access_token=s3cr3t","verb":"list","user":{},"sourceIPs":["192.0.2.%d"],"userAgent":"my-app/1.0 eyJhbGciOiJub25lIn0.e30.","responseStatus":{"code":401,"message":"Unauthorized"},"requestReceivedTimestamp":"2026-05-24T19:10:28Z"}` + "\n"
	var log strings.Builder
	for i := range 30 {
		fmt.Fprintf(&log, event, i, min(i, 19))
	}
	s := read(t, log.String())
	ips, others := names(s, finding.CredentialRejected, "source IP")
	if len(ips) != shownValues || ips[0] != (Counted{"192.0.2.19", 11}) || others != 10 {
		t.Errorf("%v and %d others", ips, others)
	}
	requests, _ := names(s, finding.CredentialRejected, "request")
	agents, _ := names(s, finding.CredentialRejected, "user agent")
	if !slices.Equal(requests, []Counted{{"list /api/v1/pods", 30}}) || !slices.Equal(agents, []Counted{{"my-app/1.0 [REDACTED]", 30}}) && !slices.Equal(agents, []Counted{{"my-app/1.0 REDACTED", 30}}) {
		t.Errorf("%v %v", requests, agents)
	}
}

// An audit log shows rejected requests, anonymous requests, stale tokens, and the reasons of TokenReviews.
// Successful requests and rejections by another server are no failures.
func TestAudit(t *testing.T) {
	event := func(stage, user, status, more string) string {
		return `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"x","stage":"` + stage + `","requestURI":"/apis/metrics.k8s.io/v1beta1/nodes","verb":"list","user":{"username":"` + user + `"},"sourceIPs":["192.0.2.7"],"responseStatus":` + status + `,"requestReceivedTimestamp":"2026-05-24T19:10:28Z"` + more + "}\n"
	}
	for _, c := range []struct{ name, text, want string }{
		{"nothing in the request is a credential", event("ResponseStarted", "", `{"code":401,"message":"Authentication failed, no credentials provided"}`, ""), "anonymous-request 1 0 0"},
		{"a credential was tried", event("ResponseStarted", "", `{"code":401,"message":"Authentication failed, attempted: bearer"}`, ""), "credential-rejected 1 0 0"},
		{"a token that has been marked invalid", event("ResponseStarted", "", `{"code":401,"message":"Unauthorized"}`, `,"annotations":{"authentication.k8s.io/legacy-token-invalidated":"robot-token/ci"}`), "legacy-token-marked-invalid 1 0 0"},
		{"nobody, and denied", event("ResponseComplete", "system:anonymous", `{"code":403,"message":"nodes is forbidden: User \"system:anonymous\" cannot list resource \"nodes\""}`, ""), "anonymous-request 1 0 0"},
		{"nobody, and served", event("ResponseComplete", "system:anonymous", `{"code":200}`, ""), ""},
		{"somebody, and denied", event("ResponseComplete", "jane", `{"code":403,"message":"nodes is forbidden: User \"jane\" cannot list resource \"nodes\""}`, ""), ""},
		{"a user, rejected behind the API server", event("ResponseComplete", "jane", `{"code":401,"message":"Unauthorized"}`, ""), "aggregated-api-refused 1 0 0"},
		{"an old token", event("ResponseComplete", "system:serviceaccount:ci:robot", `{"code":200}`, `,"annotations":{"authentication.k8s.io/stale-token":"subject: system:serviceaccount:ci:robot, seconds after warning threshold: 120"}`), "token-stale 0 0 1"},
		{"a review that says no", event("ResponseComplete", "vault", `{"code":201}`, `,"requestObject":{"kind":"TokenReview","spec":{"token":"s3cr3t"}},"responseObject":{"kind":"TokenReview","status":{"error":"[invalid bearer token, service account token has expired]"}}`), "token-expired 0 0 1"},
		{"a review that says yes", event("ResponseComplete", "vault", `{"code":201}`, `,"responseObject":{"kind":"TokenReview","status":{"authenticated":true}}`), ""},
	} {
		s := read(t, c.text)
		if got, _, _ := strings.Cut(found(s), " 2026"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if strings.Contains(fmt.Sprintf("%+v", s), "s3cr3t") {
			t.Errorf("%s: the token is kept: %+v", c.name, s)
		}
	}
}

// An unknown message, such as a webhook's, is counted with its text, without a guess at the cause.
func TestUnknownIsUnknown(t *testing.T) {
	var log strings.Builder
	for i := range 5 {
		fmt.Fprintf(&log, "E0524 19:10:2%d.123456       1 authentication.go:74] \"Unable to authenticate the request\" err=\"[invalid bearer token, session %d is over]\"\n", i, i)
	}
	log.WriteString("E0524 19:10:28.123456       1 authentication.go:74] \"Unable to authenticate the request\" err=\"context canceled\"\n")
	log.WriteString("E0524 19:10:28.123456       1 authentication.go:74] \"Unable to authenticate the request\"\n")
	s := read(t, log.String())
	if len(s.Causes) != 0 || s.Unknown == nil || s.Unknown.Requests != 7 ||
		!slices.Equal(s.Unknown.Texts.Values, []Counted{{"session 0 is over", 5}, {"(no reason)", 1}, {"context canceled", 1}}) {
		t.Errorf("%+v %+v", s.Causes, s.Unknown)
	}
}

// Each rejection counts once, even if the log has further messages about it.
func TestRefusalCountsOnce(t *testing.T) {
	s := read(t, `E0524 19:10:28.1       1 webhook.go:154] x
E0524 19:10:28.123456       1 webhook.go:154] Failed to make webhook authenticator request: Post "https://hook/": EOF
E0524 19:10:28.123457       1 authentication.go:74] "Unable to authenticate the request" err="[invalid bearer token, Post \"https://hook/\": EOF]"
I0524 19:10:28.123458       1 httplog.go:134] "HTTP" verb="GET" URI="/api?access_token=s3cr3t" latency="458.624µs" userAgent="curl/7.88.1" audit-ID="e109c465" srcIP="[2001:db8::7]:36640" resp=401
`)
	if got := found(s); got != "webhook-authenticator-failed 1 0 1 05-24 19:10:28 05-24 19:10:28\n" {
		t.Error(got)
	}
	want := []Names{
		{What: "request", Values: []Counted{{"GET /api", 1}}},
		{What: "source IP", Values: []Counted{{"2001:db8::7", 1}}},
		{What: "user agent", Values: []Counted{{"curl/7.88.1", 1}}},
	}
	if fmt.Sprint(s.Refused) != fmt.Sprint(want) {
		t.Error(s.Refused)
	}
}

func TestErrorOfSeveralLines(t *testing.T) {
	const log = "E0524 19:10:28.123456       1 authentication.go:74] \"Unable to authenticate the request\" err=<\n\t[invalid bearer token, oidc: error evaluating claim validation expression: validation expression 'a\n\tb' failed: no]\n >\n"
	for name, text := range map[string]string{
		"klog": log,
		"CRI":  "2026-05-24T19:10:28Z stderr F " + strings.ReplaceAll(strings.TrimSpace(log), "\n", "\n2026-05-24T19:10:28Z stderr F "),
	} {
		if s := read(t, text+"\nI0524 19:10:28.123456       1 x.go:1] more\n"); len(s.Causes) != 1 || s.Causes[0].Cause.ID != finding.OIDCClaimValidationFailed {
			t.Errorf("%s: %+v %+v", name, s.Causes, s.Unknown)
		}
	}
	// At any end of a block.
	for n := range 200 {
		filler := strings.Repeat("x", blockSize-400+2*n-1) + "\n"
		if s := read(t, filler+log+log); len(s.Causes) != 1 || s.Causes[0].Requests != 2 || s.Unknown != nil {
			t.Fatalf("%d: %+v %+v", n, s.Causes, s.Unknown)
		}
	}
}

// The sums are the same for any chunks and any ends of blocks.
func TestBlocks(t *testing.T) {
	line := "E0524 19:10:28.123456       1 authentication.go:74] \"Unable to authenticate the request\" err=\"[invalid bearer token, service account token has expired]\"\n"
	n := 2*blockSize/len(line) + 100
	log := strings.Repeat(line, n)
	want := fmt.Sprintf("token-expired %d 0 0 05-24 19:10:28 05-24 19:10:28\n", n)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, log)
	w.Close()
	for name, r := range map[string]io.Reader{
		"at once": strings.NewReader(log), "halves": iotest.HalfReader(strings.NewReader(log)), "the end with data": iotest.DataErrReader(strings.NewReader(log)), "gzip": &packed,
	} {
		s, err := Read(t.Context(), r)
		if err != nil || found(s) != want || s.Lines != int64(n) || s.Recognised != int64(n) || s.Cut != 0 {
			t.Errorf("%s: %v %+v", name, err, s)
		}
	}
}

func TestLongLines(t *testing.T) {
	line := "E0524 19:10:28.123456       1 authentication.go:74] \"Unable to authenticate the request\" err=\"[invalid bearer token, service account token has expired]\"\n"
	for _, size := range []int{blockSize - 1, blockSize, blockSize + 1, 3*blockSize + 17} {
		s := read(t, line+strings.Repeat("x", size)+"\n"+line+strings.TrimSuffix(line, "\n")+strings.Repeat("x", size)+"\n"+line)
		if len(s.Causes) != 1 || s.Causes[0].Requests+unknown(s) != 4 || s.Causes[0].Requests < 3 || s.Lines != 5 {
			t.Errorf("%d: %s, %d lines", size, found(s), s.Lines)
		}
		if size > blockSize && s.Cut != 2 {
			t.Errorf("%d: %d lines are cut", size, s.Cut)
		}
	}
}

func unknown(s *Summary) int64 {
	if s.Unknown == nil {
		return 0
	}
	return s.Unknown.Requests
}

// A million different texts are each counted and not kept.
func TestManyTexts(t *testing.T) {
	const n = 60_000
	pr, pw := io.Pipe()
	go func() {
		for i := range n {
			word := strings.Map(func(r rune) rune { return r - '0' + 'k' }, strconv.Itoa(i))
			text := "strange " + word
			if i%3 == 0 {
				text = "the usual"
			}
			fmt.Fprintf(pw, "E0524 19:10:28.123456       1 authentication.go:74] \"Unable to authenticate the request\" err=\"[invalid bearer token, %s]\"\n", text)
			if i%2 == 0 {
				fmt.Fprintf(pw, "E0524 19:10:28.123456       1 authentication.go:74] \"Unable to authenticate the request\" err=\"[invalid bearer token, serviceaccounts \\\"%s\\\" not found]\"\n", word)
			}
		}
		pw.Close()
	}()
	s, err := Read(t.Context(), pr)
	if err != nil {
		t.Fatal(err)
	}
	texts := s.Unknown.Texts
	sum := texts.Others
	for _, v := range texts.Values {
		sum += v.Count
	}
	if s.Unknown.Requests != n || sum != n || len(texts.Values) != shownValues || texts.Values[0] != (Counted{"the usual", n / 3}) {
		t.Errorf("%d unknown: %+v", s.Unknown.Requests, texts)
	}
	values, others := names(s, finding.ServiceAccountDeleted, "ServiceAccount")
	if len(values) != shownValues || others+shownValues != n/2 {
		t.Errorf("%v and %d others", values, others)
	}
}

// TestLogOfKubelet: a kubelet rejects clients, and an API server rejects the kubelet.
func TestLogOfKubelet(t *testing.T) {
	const (
		own      = "E0524 19:10:28.123456    1234 kubelet_node_status.go:96] \"Unable to register node with API server\" err=\"Unauthorized\" node=\"n7\"\n"
		rejected = "E0524 19:10:29.123456    1234 server.go:310] \"Unable to authenticate the request due to an error\" err=\"[x509: certificate signed by unknown authority, invalid bearer token]\"\n"
		token    = "E0524 19:10:29.223456    1234 server.go:310] \"Unable to authenticate the request due to an error\" err=\"invalid bearer token\"\n"
		server   = "E0524 19:10:30.123456       1 authentication.go:74] \"Unable to authenticate the request\" err=\"[invalid bearer token, service account token has expired]\"\n"
	)
	for text, want := range map[string]string{
		own + rejected + own:            "true aggregated-api-refused 1 0, credential-rejected 0 2",
		rejected + token + own:          "true aggregated-api-refused 2 0, credential-rejected 0 1",
		own + server:                    "false token-expired 1 0",
		rejected + server + own:         "false aggregated-api-refused 1 0, token-expired 1 0",
		rejected + token + token + "\n": "true aggregated-api-refused 3 0",
	} {
		s, err := Read(t.Context(), strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		var causes []string
		for _, c := range s.Causes {
			causes = append(causes, fmt.Sprintf("%s %d %d", c.Cause.ID, c.Requests, c.Messages))
		}
		if got := fmt.Sprint(s.Kubelet, " ", strings.Join(causes, ", ")); got != want {
			t.Errorf("%s, want %s:\n%s", got, want, text)
		}
	}
}

func TestNoLog(t *testing.T) {
	for text, want := range map[string]error{
		"": ErrEmpty, " \n\r\n": ErrEmpty, "hello\nworld\n": ErrNoLog, "\x00\x01\x02": ErrNoLog, "{}": ErrNoLog, "[]": ErrNoLog, "{\"a\":\n1}": ErrNoLog,
		"[{\"a\":1}]": ErrNoLog, "{": ErrNoLog, "[": ErrNoLog, "\xff\xfe": ErrNoLog, "{\"kind\":\"EventList\"": ErrNoLog,
		"{\"kind\":\"Pod\",\n\"metadata\":{}}": ErrNoLog, `{"log":"hello\n","stream":"stdout","time":"2026-05-24T19:10:28Z"}`: ErrNoLog,
	} {
		if _, err := Read(t.Context(), strings.NewReader(text)); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
	if _, err := Read(t.Context(), strings.NewReader("\x1f\x8bno gzip")); err == nil {
		t.Error("what is no gzip was read")
	}
	broken := errors.New("broken")
	if _, err := Read(t.Context(), io.MultiReader(strings.NewReader("E0524 19:10:28.123456 1 x.go:1] x\n"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, strings.NewReader("E0524 19:10:28.123456 1 x.go:1] x\n")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestTimes(t *testing.T) {
	line := func(at string) string {
		return at + ".123456       1 authentication.go:74] \"Unable to authenticate the request\" err=\"service account token has expired\"\n"
	}
	for _, c := range []struct{ name, text, first, last string }{
		{"in order", line("E0524 19:10:28") + line("E0525 01:00:00"), "05-24 19:10:28", "05-25 01:00:00"},
		{"logs of two servers", line("E0524 19:10:28") + line("E0524 18:00:00"), "05-24 18:00:00", "05-24 19:10:28"},
		{"over a New Year", line("E1231 23:59:59") + line("E0101 00:00:01"), "12-31 23:59:59", "01-01 00:00:01"},
		{"no time", line("E0524 19:10:2x"), "", ""},
	} {
		s := read(t, c.text)
		if got := s.Causes[0]; got.First.String() != c.first || got.Last.String() != c.last || c.first != "" && (s.First.String() != c.first || s.Last.String() != c.last) {
			t.Errorf("%s: %s to %s, the log from %s to %s", c.name, got.First, got.Last, s.First, s.Last)
		}
	}
	if at := fullStamp([]byte("2026-05-24T19:10:28.5+02:00")); at.String() != "2026-05-24T17:10:28Z" {
		t.Error(at)
	}
	if at, ok := millisStamp([]byte("1779649828123.456")).Time(); !ok || !at.Equal(time.Date(2026, 5, 24, 19, 10, 28, 123456000, time.UTC)) {
		t.Error(at, ok)
	}
}

func TestWithoutNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"pod UID (0e6a2f3d-77ab-4f0c-8d0a-3d2e1f4c5b6a)": "pod UID (0-0-0-0-0)",
		"current time 2026-05-24T19:10:28Z is":           "current time 0-0-0T0:0:0Z is",
		"x509: base64 v1 RS256 http2":                    "x509: base64 v1 RS256 http2",
		"SN=680443660627050067, AKID=50:7F":              "SN=0, AKID=0:0",
		"deadbeef a1 face beef1":                         "deadbeef a1 face 0",
	} {
		if got := string(withoutNumbers(nil, text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"E0524 19:10:28.123456       1 authentication.go:74] \"Unable to authenticate the request\" err=\"[x\"\n", "{\"log\":\"E0524 19:10:28.123456 1 x.go:1] \\\"Unable",
		`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{"auditID":"x","responseStatus":{"code":401}}]}`, "[{\"auditID\":\"\",\"code\":401}]", "2026-05-24T19:10:28Z stderr F {",
		`{"ts":1,"msg":"Unable to authenticate the request","err":""}`, "\x1f\x8b",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Read(t.Context(), strings.NewReader(text))
		if err != nil {
			return
		}
		for _, c := range s.Causes {
			if c.Count() == 0 || c.Cause.ID == "" {
				t.Errorf("%q: %+v", text, c)
			}
		}
	})
}

// If all messages of a cause are about one ServiceAccount, the remedy names it; otherwise it names none.
func TestRemediesNameTheOnlyServiceAccount(t *testing.T) {
	line := func(second int, account string) string {
		return fmt.Sprintf(`E0524 19:10:%d.123456       1 authentication.go:73] "Unable to authenticate the request" err="[invalid bearer token, service account %s has been deleted]"`, second, account) + "\n"
	}
	remedy := func(log string) string {
		s := read(t, log)
		if len(s.Causes) != 1 || len(s.Causes[0].Cause.Remedy) == 0 {
			t.Fatalf("%+v", s)
		}
		return s.Causes[0].Cause.Remedy[0].Description.String()
	}
	if got := remedy(line(10, "ci/robot") + line(11, "ci/robot")); !strings.Contains(got, "serviceaccount robot --namespace ci") || strings.Contains(got, "NAME") {
		t.Error(got)
	}
	if got := remedy(line(10, "ci/robot") + line(11, "ci/other")); !strings.Contains(got, "NAME --namespace NAMESPACE") {
		t.Error(got)
	}
}
