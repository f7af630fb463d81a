package errortext

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// hidden is a wording whose names are their kinds.
func hidden(t finding.Text) string {
	return t.Map(func(s finding.Span) finding.Span {
		switch s.Class {
		case finding.Ours:
		case finding.Term:
			s.Value = "TERM"
		case finding.Named:
			s.Value = strings.ToUpper(string(s.Kind))
		default:
			s.Value = "LEAKED " + s.Value
		}
		return s
	}).String()
}

func TestWording(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "",
		"the moon is full":     "",
		"invalid bearer token": "invalid bearer token",
		"[invalid bearer token, service account token has expired]":                                                                                          "[invalid bearer token, service account token has expired]",
		"[invalid bearer token, [invalid bearer token, webhook of PRODDB01 says no]]":                                                                        "[invalid bearer token, (text withheld)]",
		`token issuer "https://prod" is invalid`:                                                                                                             `token issuer "ISSUER" is invalid`,
		`token audiences ["a" "b\"c"] is invalid for the target audiences ["d"]`:                                                                             `token audiences ["AUDIENCE" "AUDIENCE"] is invalid for the target audiences ["AUDIENCE"]`,
		`oidc: verify token: oidc: expected audience "a" got ["b"]`:                                                                                          `oidc: verify token: oidc: expected audience "AUDIENCE" got ["AUDIENCE"]`,
		`Could not retrieve service account ci/robot: serviceaccounts "robot" not found`:                                                                     `Could not retrieve service account NAMESPACE/SERVICEACCOUNT: serviceaccounts "OBJECT" not found`,
		`Could not retrieve service account ci/robot: db of PRODDB01 is down`:                                                                                `Could not retrieve service account NAMESPACE/SERVICEACCOUNT: …`,
		`service account UID (u1) does not match claim (u2)`:                                                                                                 `service account UID (UID) does not match claim (UID)`,
		`Get "https://prod:6443/api": dial tcp 10.0.0.1:6443: connect: connection refused`:                                                                   `Get "URL": dial tcp ADDRESS: connect: connection refused`,
		`dial tcp: lookup api.corp on 10.0.0.2:53: no such host`:                                                                                             `dial tcp: lookup HOST on ADDRESS: no such host`,
		`E0524 19:10:28.000000 1 authentication.go:73] "Unable to authenticate the request" err="[invalid bearer token, service account token has expired]"`: `[invalid bearer token, service account token has expired]`,
		`error: a thing of prod; subject: system:serviceaccount:ci:robot, seconds after warning threshold: 42`:                                               `subject: SUBJECT, seconds after warning threshold: …`,
		`permission denied from vault at auth/kubernetes: permission denied`:                                                                                 `permission denied`,
		`pods "web" is forbidden: User "jane" cannot get resource "pods" in API group "" in the namespace "ci"`:                                              `TERM "OBJECT" is forbidden: User "USER" cannot TERM resource "TERM" in API group "" in the namespace "NAMESPACE"`,
		`get path "/api"`: `TERM path "URL"`,
		`x509: certificate is valid for prod, 10.0.0.1, not 10.0.0.2`:              `x509: certificate is valid for …, not HOST`,
		`certificate is valid for prod, not api.prod`:                              `certificate is valid for …, not HOST`,
		`proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused`:    `proxyconnect tcp: dial tcp ADDRESS: connect: connection refused`,
		`proxyconnect tcp: Proxy Authentication Required`:                          `proxyconnect tcp: Proxy Authentication Required`,
		`parse "https://a prod:6443": net/url: invalid character " " in host name`: `parse "URL": net/url: invalid character … in host name`,
		`parse "https://prod:x": invalid port ":x" after host`:                     `parse "URL": invalid port … after host`,
		`parse ":prod": missing protocol scheme`:                                   `parse "URL": missing protocol scheme`,
	} {
		if got := hidden(Wording(text)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}

// Of no message more is worded than what its pattern says and the names in it: another value makes
// no other wording.
func TestWordingsAreOfThePattern(t *testing.T) {
	n := 0
	for _, c := range messages {
		for _, r := range Parse(c.text) {
			// An error inside is worded by itself.
			delete(r.Values, "error")
			delete(r.Values, "request")
			before := hidden(r.Wording())
			for name, value := range r.Values {
				if value != "" && named[name] != finding.Audience {
					r.Values[name] = value + "PRODDB01"
				}
			}
			if after := hidden(r.Wording()); after != before || strings.Contains(before, "LEAKED") {
				t.Errorf("%s: %s, %s", c.text, before, after)
			}
			n++
		}
	}
	if n < 100 {
		t.Errorf("only %d messages were tried", n)
	}
}
