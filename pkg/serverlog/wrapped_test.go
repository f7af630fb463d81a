package serverlog

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// Log collectors and clouds write log lines and audit events as texts inside JSON.
func TestWrapped(t *testing.T) {
	const (
		line    = `E0524 19:10:28.123456       1 authentication.go:75] "Unable to authenticate the request" err="[invalid bearer token, service account token has expired]"`
		event   = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"7","stage":"ResponseStarted","requestURI":"/api","verb":"get","user":{},"responseStatus":{"message":"Unauthorized","code":401},"requestReceivedTimestamp":"2026-05-24T19:10:28.895153Z"}`
		served  = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"8","stage":"ResponseComplete","user":{"username":"jane"},"responseStatus":{"code":200}}`
		at      = "2026-05-24T19:10:28Z"
		both    = "credential-rejected,token-expired"
		another = `time=\"x\" level=warning msg=\"access denied\"`
	)
	q := strconv.Quote
	for name, c := range map[string]struct{ text, want string }{
		"Azure Monitor":          {`{"category":"kube-audit","time":"` + at + `","properties":{"log":` + q(event+"\n") + `,"pod":"a"}}` + "\n" + `{"category":"kube-apiserver","time":"` + at + `","properties":{"log":` + q(line) + `}}`, both},
		"Azure storage":          {`{"records":[{"time":"` + at + `","properties":{"log":` + q(event) + `}},{"time":"` + at + `","properties":{"log":` + q(line) + `}}]}`, both},
		"CloudWatch":             {`{"events":[{"timestamp":1779649828000,"message":` + q(another) + `},{"timestamp":1779649828000,"message":` + q(event) + `},{"timestamp":1779649828000,"message":` + q(line) + `}],"nextToken":"x"}`, both},
		"CloudWatch Insights":    {`{"results":[[{"field":"@timestamp","value":"x"},{"field":"@message","value":` + q(event) + `}],[{"field":"@message","value":` + q(line) + `}]],"status":"Complete"}`, both},
		"CSV":                    {"@timestamp,@message\n2026-05-24 19:10:28.000,\"" + strings.ReplaceAll(event, `"`, `""`) + "\"\n2026-05-24 19:10:28.000,\"" + strings.ReplaceAll(line, `"`, `""`) + `",x`, both},
		"Google, textPayload":    {`[{"insertId":"1","textPayload":` + q(line) + `,"timestamp":"` + at + `"},{"jsonPayload":` + event + `}]`, both},
		"Google, without header": {`[{"jsonPayload":{"message":"\"Unable to authenticate the request\" err=\"[invalid bearer token, service account token has expired]\"","pid":"1"},"timestamp":"` + at + `"}]`, "token-expired"},
		"Google, audit":          {`[{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"k8s.io","methodName":"io.k8s.core.v1.pods.list","status":{"code":16,"message":"Unauthorized"}},"timestamp":"` + at + `"}]`, "credential-rejected"},
		"Loki":                   {`{"status":"success","data":{"resultType":"streams","result":[{"stream":{"app":"x"},"values":[["1779649828000000000",` + q(event) + `],["1779649828000000000",` + q(line) + `]]}]}}`, both},
		"logcli":                 {at + ` {app="x", pod="y"} ` + line + "\n" + at + ` {} ` + event, both},
		"logcli -o jsonl":        {`{"labels":{"app":"x"},"line":` + q(line) + `,"timestamp":"` + at + `"}` + "\n" + `{"labels":{},"line":` + q(event) + `,"timestamp":"` + at + `"}`, both},
		"Elasticsearch":          {`{"took":1,"hits":{"total":{"value":2},"hits":[{"_index":"a","_source":{"@timestamp":"` + at + `","log":` + q(event) + `},"fields":{"log":[` + q(event) + `]}},{"_source":{"message":` + q(line) + `}}]}}`, both},
		"Fluent Bit, merged":     {`{"@timestamp":"` + at + `","kubernetes":{"pod_name":"x"},"log_processed":` + event + `,"stream":"stdout"}`, "credential-rejected"},
		"Docker":                 {`{"log":` + q(event+"\n") + `,"stream":"stdout","time":"` + at + `"}` + "\n" + `{"log":` + q(line+"\n") + `,"stream":"stderr","time":"` + at + `"}`, both},
		"CRI in JSON":            {`{"log":` + q(at+" stderr F "+line) + `}` + "\n" + `{"log":` + q(at+" stdout F "+event) + `}`, both},
		"several lines":          {`{"log":` + q(line+"\n"+event+"\n") + `}`, both},
		"three deep":             {`{"message":` + q(`{"log":`+q(event)+`}`) + "}", "credential-rejected"},
		"only served":            {`{"properties":{"log":` + q(served) + `}}`, ""},
	} {
		var indented strings.Builder
		if json.Valid([]byte(c.text)) {
			var v any
			_ = json.Unmarshal([]byte(c.text), &v)
			enc := json.NewEncoder(&indented)
			enc.SetIndent("", "  ")
			_ = enc.Encode(v)
		}
		for _, text := range []string{c.text, indented.String()} {
			if text == "" {
				continue
			}
			s := read(t, text)
			var got []string
			for _, cause := range s.Causes {
				got = append(got, fmt.Sprint(cause.Cause.ID))
				if cause.Count() != 1 {
					t.Errorf("%s: %s: %d, want 1", name, cause.Cause.ID, cause.Count())
				}
			}
			if strings.Join(got, ",") != c.want || s.Unknown != nil || s.Client || s.Cut != 0 {
				t.Errorf("%s: %v, want %s; %+v\n%s", name, got, c.want, s, text)
			}
		}
	}
}

// An event that is too deep or cut off must not look like a log without failures.
func TestUnread(t *testing.T) {
	const served = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"8","stage":"ResponseComplete"}` + "\n"
	deep := `{"apiVersion":"audit.k8s.io/v1","auditID":"7"}`
	for range 2 * deepest {
		deep = `{"a":` + deep + `}`
	}
	for name, text := range map[string]string{
		"deep": deep,
		"cut":  `{"properties":{"log":"{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"code"}}`,
	} {
		if s := read(t, served+text+"\n"); s.Cut != 1 || s.Recognised != 1 {
			t.Errorf("%s: %d cut, %d recognised, want 1 of each", name, s.Cut, s.Recognised)
		}
	}
}

// A document of one line that is larger than a block is read in parts.
func TestLongDocument(t *testing.T) {
	const n = 5000
	var b strings.Builder
	b.WriteString(`{"events":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"timestamp":1779649828000,"message":%q}`, `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"7","stage":"ResponseStarted","user":{},"responseStatus":{"code":401}}`)
	}
	b.WriteString(`]}`)
	if s := read(t, b.String()); len(s.Causes) != 1 || s.Causes[0].Requests != n || s.Lines != n || s.Cut != 0 {
		t.Errorf("%+v, want %d requests", s, n)
	}
}

// An event has a period without a stageTimestamp.
func TestPeriodOfEvents(t *testing.T) {
	s := read(t, `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"7","stage":"ResponseStarted","user":{},"requestReceivedTimestamp":"2026-05-24T19:10:28Z","responseStatus":{"code":401}}`)
	if s.First.String() != "2026-05-24T19:10:28Z" || s.Last != s.First {
		t.Errorf("%s to %s", s.First, s.Last)
	}
}
