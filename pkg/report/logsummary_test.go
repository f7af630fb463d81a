package report

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/anonymize"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
	"github.com/kubectl-authn/kubectl-authn/pkg/serverlog"
)

func summed(log string) *LogSummary {
	s, err := serverlog.Read(context.Background(), strings.NewReader(log))
	if err != nil {
		panic(err)
	}
	return FromLog(s, finding.T("file %s", finding.File.Of("kube-apiserver.log")))
}

// logOfAnHour has all parts of a log's summary.
func logOfAnHour() *LogSummary {
	var log strings.Builder
	at := func(minute, second int) string {
		return fmt.Sprintf("0524 19:%02d:%02d.123456       1 ", minute, second)
	}
	for i := range 1200 {
		fmt.Fprintf(&log, "I%salloc.go:330] \"allocated clusterIPs\" service=\"shop/web\"\n", at(i/20, i%60))
		if i%10 == 0 {
			fmt.Fprintf(&log, "E%sauthentication.go:74] \"Unable to authenticate the request\" err=\"[invalid bearer token, service account token has expired]\"\n", at(i/20, i%60))
		}
		if i%20 == 1 {
			fmt.Fprintf(&log, "E%sauthentication.go:74] \"Unable to authenticate the request\" err=\"[invalid bearer token, token audiences [\\\"vault\\\"] is invalid for the target audiences [\\\"https://kubernetes.default.svc\\\"]]\"\n", at(i/20, i%60))
		}
		if i%30 == 2 {
			fmt.Fprintf(&log, "E%sauthentication.go:74] \"Unable to authenticate the request\" err=\"[invalid bearer token, serviceaccounts \\\"robot-%c\\\" not found]\"\n", at(i/20, i%60), 'a'+i%7)
		}
	}
	for _, more := range []string{
		`authentication.go:74] "Unable to authenticate the request" err="invalid bearer token"`,
		`authentication.go:74] "Unable to authenticate the request" err="[invalid bearer token, go-jose/go-jose: error in cryptographic primitive]"`,
		`authentication.go:74] "Unable to authenticate the request" err="[invalid bearer token, ` + "\\u001b[2J\\u202e" + ` your session is over]"`,
		`webhook.go:154] Failed to make webhook authenticator request: Post "https://hook.example/authenticate?timeout=30s": EOF`,
		`log.go:245] http: TLS handshake error from 192.0.2.7:41234: remote error: tls: unknown certificate authority`,
		`httplog.go:134] "HTTP" verb="LIST" URI="/api/v1/pods" latency="1ms" userAgent="shop/1.0" audit-ID="x" srcIP="192.0.2.7:41234" resp=401`,
		`authentication.go:74] "Unable to authenticate the request" err="[x509: certificate signed by unknown authority, verifying certificate SN=680443660627050067, SKID=, AKID=50:7F:D5 failed: x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\" while trying to verify candidate authority certificate \"kubernetes\")]"`,
	} {
		log.WriteString("E" + at(59, 59) + more + "\n")
	}
	return summed(log.String())
}

func auditLog() *LogSummary {
	var log strings.Builder
	for i := range 40 {
		fmt.Fprintf(&log, `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"%d","stage":"ResponseStarted","requestURI":"/api/v1/namespaces/shop/pods","verb":"list","user":{},"sourceIPs":["192.0.2.%d"],"userAgent":"shop-exporter/v2 (linux/amd64)","responseStatus":{"code":401,"message":"Unauthorized"},"requestReceivedTimestamp":"2026-05-24T19:%02d:28.895153Z","stageTimestamp":"2026-05-24T19:%02d:28.895535Z"}`+"\n", i, i%8, i, i)
	}
	log.WriteString(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"x","stage":"ResponseComplete","requestURI":"/api","verb":"get","user":{"username":"system:anonymous"},"sourceIPs":["192.0.2.9"],"userAgent":"curl/7.88.1","responseStatus":{"code":403,"message":"forbidden: User \"system:anonymous\" cannot get path \"/api\""},"requestReceivedTimestamp":"2026-05-24T19:12:28Z","stageTimestamp":"2026-05-24T19:59:28Z"}` + "\n")
	log.WriteString(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"x","stage":"ResponseComplete","requestURI":"/api","verb":"get","user":{"username":"system:serviceaccount:shop:cart"},"sourceIPs":["192.0.2.9"],"userAgent":"curl/7.88.1","responseStatus":{"code":200},"requestReceivedTimestamp":"2026-05-24T19:13:28Z","stageTimestamp":"2026-05-24T19:59:28Z","annotations":{"authentication.k8s.io/stale-token":"subject: system:serviceaccount:shop:cart, seconds after warning threshold: 120"}}` + "\n")
	return summed(log.String())
}

func silentLog() *LogSummary {
	return summed("I0524 19:10:28.123456       1 genericapiserver.go:1] Starting\nand more of it\n")
}

// Only a log with a line of an API server has a tick.
func TestOnlyServersHaveATick(t *testing.T) {
	for log, want := range map[string]string{
		"I0524 19:10:28.123456       1 kubelet.go:1] Starting\n":                                                                                  "No message about authentication",
		"I0524 19:10:28.123456       1 cacher.go:1] Starting\n":                                                                                   "No failed authentication",
		"E0524 19:10:28.123456    3824 kubelet_node_status.go:94] \"Unable to register node with API server\" err=\"Unauthorized\" node=\"n1\"\n": "Log of another component, not of an API server",
	} {
		x := summed(log)
		if got := x.headline(); got.Word.String() != want || (got.Mark == document.Yes) != (want == "No failed authentication") {
			t.Errorf("%s: %v %s", log, got.Mark, got.Word)
		}
		if x.Client != (len(x.Causes) > 0) {
			t.Errorf("%s: %+v", log, x)
		}
	}
}

// The period says which clock and year its times are of.
func TestPeriodOfLog(t *testing.T) {
	const refused = `authentication.go:74] "Unable to authenticate the request" err="[invalid bearer token, service account token has expired]"` + "\n"
	for log, want := range map[string]string{
		"E0524 19:10:28.123456       1 " + refused + "E0524 19:12:03.123456       1 " + refused: "05-24 19:10:28 to 05-24 19:12:03, in the server's time zone; year not logged",
		"2026-05-24T21:10:28.1+02:00 stderr F E0524 19:10:28.123456       1 " + refused +
			"2026-05-24T21:12:03.1+02:00 stderr F E0524 19:12:03.123456       1 " + refused: "2026-05-24 19:10:28Z to 2026-05-24 19:12:03Z",
	} {
		x := summed(log)
		if got := period(x.First, x.Last).String(); got != want {
			t.Errorf("%s: %s, want %s", log, got, want)
		}
		var out strings.Builder
		if err := (&Printer{W: &out, Width: 200, Now: now}).print(x); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%v, without %q:\n%s", err, want, out.String())
		}
	}
	if !period("", "").IsZero() {
		t.Error("a log without times has a period")
	}
}

// A log with events that were not read has no tick, even if no other event is a failure.
func TestUnreadEventsAreInTheHeadline(t *testing.T) {
	const served = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"8","stage":"ResponseComplete","user":{"username":"jane"},"responseStatus":{"code":200}}` + "\n"
	const unread = `{"properties":{"log":"{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"code"}}` + "\n"
	for log, want := range map[string]string{
		served:                   "No failed authentication in 1 line",
		served + unread:          "No failed authentication in 2 lines, but 1 line that was not read",
		served + unread + unread: "No failed authentication in 3 lines, but 2 lines that were not read",
	} {
		v := summed(log).headline()
		if got := v.Word.String() + v.Words.String(); got != want || (v.Mark == document.Yes) != (log == served) {
			t.Errorf("%v %s, want %s", v.Mark, got, want)
		}
	}
}

// The remedy for requests without a credential names no grant to system:anonymous.
func TestRemedyForAnonymousRequests(t *testing.T) {
	for _, c := range auditLog().Causes {
		if c.ID != finding.AnonymousRequest {
			continue
		}
		if len(c.Remedy) == 0 {
			t.Error("no remedy")
		}
		for _, r := range c.Remedy {
			if text := fmt.Sprint(r); strings.Contains(text, "rolebinding") || strings.Contains(text, "--anonymous-auth") {
				t.Errorf("a harmful remedy: %s", text)
			}
		}
		return
	}
	t.Error("no anonymous request")
}

// Each cause is one line of the table, for any message at 80 columns.
func TestLogTableHasOneLineACause(t *testing.T) {
	x := logOfAnHour()
	var out strings.Builder
	if err := (&Printer{W: &out, Width: 80, Now: now}).print(x); err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(out.String(), "COUNT")
	table, _, _ = strings.Cut(table, "\n\n")
	if lines := strings.Count(table, "\n"); lines != len(x.Causes)+1 || len(x.Causes) < 7 {
		t.Errorf("%d lines for %d causes and what is not known:\n%s", lines, len(x.Causes), table)
	}
}

func TestFromLog(t *testing.T) {
	x := logOfAnHour()
	var sum int64
	for i, c := range x.Causes {
		if i > 0 && c.Unit == x.Causes[i-1].Unit && c.Count > x.Causes[i-1].Count {
			t.Errorf("%s stands behind what is less frequent", c.ID)
		}
		if c.Unit != UnitMessages {
			sum += c.Count
		}
	}
	if x.Failed != sum+x.Unknown.Count || x.Unknown.Count != 1 {
		t.Errorf("%d failed, %d by cause, unknown %+v", x.Failed, sum, x.Unknown)
	}
	data, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"apiVersion":"authn.kubectl/v1alpha1","kind":"LogSummary","source":"file kube-apiserver.log","forms":["klog"],"lines":1427,`,
		`"first":"05-24 19:00:00","last":"05-24 19:59:59","failed":`, `"causes":[{"id":"token-expired","severity":"error"`, `"count":120,"unit":"requests"`,
		`"differs":[{"what":"ServiceAccount","values":[{"value":"robot-`,
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s is not in %s", want, data)
		}
	}
}

// An anonymized summary has no names, and the same placeholder for the same name.
func TestAnonymizeLog(t *testing.T) {
	x := auditLog()
	y := anonymize.Copy(Names(), x)
	data, err := json.Marshal(y)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"shop", "cart", "192.0.2", "exporter", "kube-apiserver.log"} {
		if strings.Contains(string(data), name) {
			t.Errorf("%s is named: %s", name, data)
		}
	}
	if y.Failed != x.Failed || y.Causes[0].Count != 40 || y.Causes[0].First != x.Causes[0].First || !slices.Equal(y.Forms, x.Forms) {
		t.Errorf("%+v", y)
	}
	data, _ = json.Marshal(anonymize.Copy(Names(), logOfAnHour()))
	for _, name := range []string{"robot", "hook.example", "192.0.2", "680443660627050067", "50:7F"} {
		if strings.Contains(string(data), name) {
			t.Errorf("%s is named: %s", name, data)
		}
	}
}

// A cause with only the program's own requests follows the causes of other clients.
func TestLogPutsOwnRequestsLast(t *testing.T) {
	cause := func(id finding.ID, requests int64, agent string) serverlog.Cause {
		c := serverlog.Cause{Requests: requests, Names: []serverlog.Names{{What: pasted.UserAgent, Values: []serverlog.Counted{{Value: agent, Count: requests}}}}}
		c.Cause.ID = id
		return c
	}
	x := FromLog(&serverlog.Summary{Causes: []serverlog.Cause{cause(finding.AnonymousRequest, 9, "kubectl-authn/v1"), cause(finding.CredentialRejected, 3, "curl/8")}}, finding.T("audit.log"))
	if len(x.Causes) != 2 || x.Causes[0].ID != finding.CredentialRejected || x.Causes[1].onlyOwn() != 1 {
		t.Errorf("%+v", x.Causes)
	}
}

// A log in which only a kubelet rejects is a kubelet's.
func TestLogOfAKubelet(t *testing.T) {
	s, err := serverlog.Read(t.Context(), strings.NewReader(`E0102 03:04:05.600000     812 server.go:310] "Unable to authenticate the request due to an error" err="verifying certificate SN=7, SKID=, AKID=50:7F failed: x509: certificate signed by unknown authority"`+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if x := FromLog(s, finding.T("kubelet.log")); x.form().String() != "a kubelet's log" {
		t.Errorf("%s: %+v", x.form(), x.Causes)
	}
}

// The program's own requests are distinguished: those without a credential, and those with a rejected credential.
func TestLogTellsOwnRequests(t *testing.T) {
	agents := []LogNames{{What: "user agent", Values: List[LogCount]{{Seen: said("kubectl-authn/v1.0.0"), Count: 24}, {Seen: said("curl/8"), Count: 3}}}}
	for id, want := range map[finding.ID]bool{finding.AnonymousRequest: true, finding.CredentialRejected: true, finding.AggregatedAPIRefused: false} {
		c := &LogCause{LogTally: LogTally{Count: 27, Unit: "requests", Differs: agents}}
		c.ID = id
		if got := strings.Contains(rowsInWords(c.rows()), "24 are requests of kubectl authn itself"); got != want {
			t.Errorf("%s: %v", id, rowsInWords(c.rows()))
		}
	}
}

// If further messages have names too, the counts of names include these messages, and the report says so.
func TestLogSaysWhatNumbersCount(t *testing.T) {
	c := &LogCause{LogTally: LogTally{Count: 22, Unit: UnitRequests, Messages: 23, Differs: []LogNames{{What: "ServiceAccount", Values: List[LogCount]{{Seen: said("default/robot"), Count: 23}}}}}}
	if got := rowsInWords(c.rows()); !strings.Contains(got, "23 other messages about this cause, which are not requests. The counts beside names include them") {
		t.Error(got)
	}
}

func rowsInWords(r rows) string {
	out := ""
	for _, row := range r {
		out += row.Name.String() + ": " + row.Value.String() + "\n"
	}
	return out
}
