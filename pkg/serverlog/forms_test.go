package serverlog

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
)

// The summary of a log gives a line the same cause as the explanation of a pasted error, in any form of the line.
func TestFormsAreReadAsErrors(t *testing.T) {
	n := 0
	for _, c := range pastedtest.Errors {
		if strings.Contains(c.Text, "\n") || !strings.Contains(c.Text, `authentication.go:73] "Unable to authenticate`) {
			continue
		}
		for _, form := range pastedtest.Forms {
			text := form.Of(c.Text)
			d, ok := pasted.FromText(text)
			if !ok {
				continue
			}
			n++
			s, err := Read(t.Context(), strings.NewReader(text))
			switch {
			case err != nil:
				t.Errorf("%s of %q: %v, not %s\n%s", form.Name, c.Name, err, d.Cause, text)
			case len(s.Causes) == 0:
				t.Errorf("%s of %q: no cause, not %s (unknown: %+v)\n%s", form.Name, c.Name, d.Cause, s.Unknown, text)
			case s.Causes[0].Cause.ID != d.Cause:
				t.Errorf("%s of %q: %s, not %s\n%s", form.Name, c.Name, s.Causes[0].Cause.ID, d.Cause, text)
			}
		}
	}
	if n < 2000 {
		t.Errorf("only %d texts", n)
	}
}

// A log of any component has the cause that --error names for its only failure, whatever its length and form.
func TestLogsOfComponentsAreReadAsErrors(t *testing.T) {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	forms := map[string]struct{ line, other string }{
		"text":   {"%s", ""},
		"klog":   {`E0524 19:10:28.123456    1234 sync_worker.go:191] "Cannot sync" err="%s"`, `I0524 19:10:28.100000    1234 sync_worker.go:90] "Synced" item="lab-1"`},
		"logrus": {`time="2026-05-24T19:10:28Z" level=error msg="%s"`, `time="2026-05-24T19:10:27Z" level=info msg="synced lab-1"`},
		"zap":    {`{"level":"error","ts":"2026-05-24T19:10:28.000Z","msg":"cannot sync","error":"%s"}`, `{"level":"info","ts":"2026-05-24T19:10:27.000Z","msg":"synced lab-1"}`},
	}
	for i, c := range pastedtest.Errors {
		if i%4 != 0 && testing.Short() || strings.Contains(c.Text, "\n") {
			continue
		}
		for name, form := range forms {
			text := c.Text
			if name != "text" {
				text = strings.Replace(form.line, "%s", quoted.Replace(text), 1)
			}
			d, ok := pasted.FromText(text)
			if !ok {
				continue
			}
			logs := []string{text}
			if other := form.other + "\n"; other != "\n" {
				logs = append(logs, strings.Repeat(other, 3)+text+"\n"+other, strings.Repeat(other, sniffed/len(other)+1)+text+"\n")
			}
			for _, log := range logs {
				s, err := Read(t.Context(), strings.NewReader(log))
				if err == nil && s.Server && len(log) > sniffed {
					// Only rejections count in an API server's long log.
					continue
				}
				if err != nil || len(s.Causes) == 0 || s.Causes[0].Cause.ID != d.Cause {
					t.Errorf("%s of %q, %d bytes: %+v %v, not %s\n%s", name, c.Name, len(log), s, err, d.Cause, text)
				}
			}
		}
	}
}

// Lines without a failure, and an API server's own errors about other things, give a long log no cause.
func TestLogsWithoutFailures(t *testing.T) {
	for _, line := range []string{
		`I0524 19:10:28.100000    1234 sync_worker.go:90] "Synced" item="lab-1"`,
		`E0524 19:10:28.100000    1234 sync_worker.go:90] "Failed to write" err="no space left on device"`,
		`time="2026-05-24T19:10:27Z" level=error msg="failed to parse lab.yaml: line 3: mapping values are not allowed"`,
		`E0524 19:10:28.100000       1 cacher.go:90] "Lagging" err="etcdserver: request timed out"`,
	} {
		s, err := Read(t.Context(), strings.NewReader(strings.Repeat(line+"\n", 1500)))
		if err == nil && (len(s.Causes) > 0 || s.Client) {
			t.Errorf("%s: %+v", line, s)
		}
	}
}

// The members of a JSON line are not counted beside the line.
func TestComponentsLineCountsOnce(t *testing.T) {
	const n = 1500
	line := `{"level":"warn","ts":"2026-05-24T19:10:28.1Z","caller":"embed/config_logging.go:169","msg":"rejected connection","remote-addr":"192.0.2.7:41234","error":"remote error: tls: bad certificate"}` + "\n"
	s := read(t, strings.Repeat(line, n))
	if len(s.Causes) != 1 || s.Causes[0].Cause.ID != finding.EtcdCertificateRejected || s.Causes[0].Messages != n || !s.Client {
		t.Errorf("%+v", s)
	}
}

// A log whose rejections say that the program's own ServiceAccount may not ask the API server is not an API server's.
func TestLogOfComponentThatMayNotAsk(t *testing.T) {
	const forbidden = `: tokenreviews.authentication.k8s.io is forbidden: User "system:serviceaccount:shop:meter" cannot create resource "tokenreviews" in API group "authentication.k8s.io" at the cluster scope` + "\n"
	lines := `E0412 08:21:07.512300       1 webhook.go:154] Failed to make webhook authenticator request` + forbidden +
		`E0412 08:21:07.512345       1 proxy.go:67] Unable to authenticate the request due to an error` + forbidden
	for _, n := range []int{1, 300} {
		s := read(t, strings.Repeat(lines, n))
		if len(s.Causes) != 1 || s.Causes[0].Cause.ID != finding.ReviewNotPermitted || s.Causes[0].Requests != int64(n) || !s.Delegated {
			t.Errorf("%d: %+v", n, s)
		}
	}
	expired := `E0412 08:21:08.512345       1 authentication.go:74] "Unable to authenticate the request" err="[invalid bearer token, service account token has expired]"` + "\n"
	if s := read(t, lines+expired); s.Delegated || len(s.Causes) != 2 {
		t.Errorf("%+v", s)
	}
}

// The log of another component has a period and counts, in each usual form of its time.
func TestTimesOfComponents(t *testing.T) {
	const said = `x509: certificate signed by unknown authority`
	for line, want := range map[string]string{
		`[2026/05/24 19:%s:28] [oauthproxy.go:830] Error redeeming code during OAuth2 callback: oauth2: "invalid_client" "Invalid client"`: "2026-05-24 19:%s:28",
		`2026/05/24 19:%s:28 [error] 29#29: *1 upstream: x509: ` + said:                                                                    "2026-05-24 19:%s:28",
		`2026-05-24 19:%s:28.123 ERROR sync: ` + said:                                                                                      "2026-05-24 19:%s:28",
		`2026-05-24T19:%s:28.123456789Z ERROR sync: ` + said:                                                                               "2026-05-24T19:%s:28Z",
		`2026-05-24T21:%s:28+02:00: error: ` + said:                                                                                        "2026-05-24T19:%s:28Z",
		`{"level":"warn","ts":"2026-05-24T19:%s:28.123456Z","caller":"embed/config_logging.go:160","msg":"rejected connection on client endpoint","remote-addr":"192.0.2.1:3","error":"` + said + `"}`: "2026-05-24T19:%s:28Z",
		`{"level":"warn","ts":"2026-05-24T19:%s:28.123+0000","msg":"rejected connection","error":"` + said + `"}`:                                                                                      "2026-05-24T19:%s:28Z",
		`time="2026-05-24T19:%s:28Z" level=error msg="` + said + `"`:                                                                                                                                   "2026-05-24T19:%s:28Z",
		`level=error ts=2026-05-24T19:%s:28Z msg="` + said + `"`:                                                                                                                                       "2026-05-24T19:%s:28Z",
	} {
		at := func(text, minute string) string { return strings.Replace(text, "%s", minute, 1) }
		for _, between := range []int{0, 2000} {
			log := at(line, "10") + "\n" + strings.Repeat(at(strings.Replace(line, said, "all is well", 1), "11")+"\n", between) + at(line, "14") + "\n"
			s := read(t, log)
			if !s.Client || s.First.String() != at(want, "10") || s.Last.String() != at(want, "14") || s.Causes[0].First != s.First || s.Causes[0].Last != s.Last || s.Causes[0].Messages < 2 {
				t.Errorf("%s: %s to %s, %+v", line, s.First, s.Last, s.Causes)
			}
		}
	}
	for line, want := range map[string]string{
		`{"level":"error","ts":1779649828.25,"msg":"cannot sync","error":"` + said + `"}`: "2026-05-24T19:10:28Z",
		`{"level":"error","ts":12,"msg":"cannot sync","error":"` + said + `"}`:            "",
		`[2026/13/24 19:10:28] Error: ` + said:                                            "",
		`4711 Error: ` + said:                                                             "",
	} {
		if s := read(t, line+"\n"); s.First.String() != want || !s.Client {
			t.Errorf("%s: %q", line, s.First)
		}
	}
}
