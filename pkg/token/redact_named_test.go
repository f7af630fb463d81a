package token

import (
	"strings"
	"testing"
	"time"
)

func TestRedactNamed(t *testing.T) {
	hash := strings.Repeat("0a1b", 16)
	for text, want := range map[string]string{
		"invalid bearer token, sha256~q3Vx8Kz2LmN0pR5tY7wA9bC1dE4fG6h":                                      "invalid bearer token, sha256~REDACTED",
		"hvs.CAESIJ2k4lM6nP8qR0sT2uV4 ya29.a0AfH6SMBx3kV0QpL9yT2 ghp_x3kV0QpL9yT2mW7bN5cR8sD1":              "hvs.REDACTED ya29.REDACTED ghp_REDACTED",
		"glpat-x3kV0QpL9yT2mW7bN5cR, xoxb-123456789012-4hJ6aK0eU3i":                                         "glpat-REDACTED, xoxb-REDACTED",
		"K10" + hash + "::server:4hJ6aK0e":                                                                  "K10" + hash + "::server:REDACTED",
		"kubeconfig-user-abcde12345:x3kv0qpl9yt2mw7bn5cr8sd1fg4hj6ak0eu3io5pa7qx9w":                         "kubeconfig-user-abcde12345:REDACTED",
		"kubeadm join h:6443 --token abcdef.0123456789abcdef --certificate-key " + hash:                     "kubeadm join h:6443 --token REDACTED --certificate-key REDACTED",
		"yaml: line 4: password: hunter2Sup3r":                                                              "yaml: line 4: password: REDACTED",
		"users:\n  token: 4hJ6aK0e\n  password: correcthorse\nend":                                          "users:\n  token: REDACTED\n  password: REDACTED\nend",
		"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG aws_secret_access_key = wJalrXUtnFEMI7":                "AWS_SECRET_ACCESS_KEY=REDACTED aws_secret_access_key = REDACTED",
		`{'client_secret': 'x3kV0QpL9y'} map[client_secret:[x3kV0QpL9y] a:[b]]`:                             `{'client_secret': 'REDACTED'} map[client_secret:[REDACTED] a:[b]]`,
		`"{""refresh_token"": ""x3kV0QpL9y""}"`:                                                             `"{""refresh_token"": ""REDACTED""}"`,
		"key=AIzaSyA1x3kV0QpL9yT2mW7bN5cR8s, DB_PASS=hunter2Sup3r pwd=hunter2Sup3r":                         "key=AIzaSyREDACTED, DB_PASS=REDACTED pwd=REDACTED",
		`password: "correct horse battery" Password='hunter2 b' x`:                                          `password: "REDACTED" Password='REDACTED' x`,
		"device_code=4hJ6aK0eU3iO5pA7qX9w, ?code=4hJ6aK0eU3iO5pA7qX9w&state=x":                              "device_code=REDACTED, ?code=REDACTED&state=x",
		"secret: MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=":                                              "secret: REDACTED",
		`"Set-Cookie":["sid=4hJ6aK0eU3; Path=/"] Cookie:[sid=4hJ6aK0e]`:                                     `"Set-Cookie":["sid=REDACTED"] Cookie:[sid=REDACTED`,
		`{"auths":{"quay.io":{"auth":"dXNlcjpodW50ZXIy"}}}`:                                                 `{"auths":{"quay.io":{"auth":"REDACTED"}}}`,
		`Body: {"kind":"Secret","data":{"a":"aHVudGVyMg=="},"type":"Opaque"}`:                               `Body: {"kind":"Secret","data":{REDACTED},"type":"Opaque"}`,
		`{\"kind\":\"SecretList\",\"items\":[{\"data\":{\"a\":\"aHVu\"}}]}`:                                 `{\"kind\":\"SecretList\",\"items\":[{\"data\":{REDACTED}}]}`,
		"kind: Secret\ndata:\n  a: aHVudGVyMg==\n  b: >-\n    aHVu\nmetadata:\n  name: c\n":                 "kind: Secret\ndata:\n  a: REDACTED\n  b: REDACTED\n    REDACTED\nmetadata:\n  name: c\n",
		"X-Vault-Token: s.4hJ6aK0eU3iO5p":                                                                   "X-Vault-Token: REDACTED",
		"kubectl --token 4hJ6aK0eU3iO get pods --password hunter2Sup3r":                                     "kubectl --token REDACTED get pods --password REDACTED",
		"curl -k -u jane:hunter2 https://h; oc login -u jane -p hunter2":                                    "curl -k -u jane:REDACTED https://h; oc login -u jane -p REDACTED",
		"Authorization: token 4hJ6aK0eU3iO":                                                                 "Authorization: token REDACTED",
		"Signature=" + hash + `, response="` + hash + `"`:                                                   "Signature=REDACTED" + `, response="REDACTED"`,
		"Cookie: a=b; session=V0QpL9yT2m":                                                                   "Cookie: a=REDACTED",
		"eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0[truncated]V0QpL9yT2mW7bN5cR8s and":                             "REDACTED and",
		"?error=invalid+token%3A+oidc%3A+signature1%3A+failed+at+step+2&x=1":                                "",
		"?error=access_token%3A+4hJ6aK0eU3iO%2Bx+is+invalid":                                                "?error=access_token%3A+REDACTED+is+invalid",
		"client_secret%3D4hJ6aK0eU3iO&x=1":                                                                  "client_secret%3DREDACTED&x=1",
		"connect user=jane pass=hunter2Sup3r host=h PASSPHRASE=hunter2Sup3r":                                "connect user=jane pass=REDACTED host=h PASSPHRASE=REDACTED",
		`{:password=>"hunter2Sup3r"} <password>hunter2Sup3r</password>`:                                     `{:password=>"REDACTED"} <password>REDACTED</password>`,
		`{"name":"DB_PASSWORD","value":"hunter2Sup3r"} "Secret":"4hJ6aK0eU3iO"`:                             `{"name":"DB_PASSWORD","value":"REDACTED"} "Secret":"REDACTED"`,
		"key sk-proj-4hJ6aK0eU3iO5pA7qX9w and sk-4hJ6aK0eU3iO5pA7qX9w":                                      "key sk-REDACTED and sk-REDACTED",
		"sshpass -p hunter2Sup3r ssh h; mysql -u root -phunter2Sup3r password 'hunter2Sup3r'":               "sshpass -p REDACTED ssh h; mysql -u root -pREDACTED password 'REDACTED'",
		"secret_id=4hJ6aK0eU3iO bindPW: 4hJ6aK0eU3iO encryption_key=4hJ6aK0eU3iO":                           "secret_id=REDACTED bindPW: REDACTED encryption_key=REDACTED",
		`secret=web-tls-4f9a2, secret "default-token-abc12", bypass=4hJ6aK0eU3iO, first pass: 12 of 14`:     "",
		"node sk-bratislava-production-pool-1 is ready; <token>; --token <token> 4hJ6aK0eU3iO; kid=4hJ6aK":  "",
		"image h/app@sha256:" + hash + " commit " + hash[:40] + " uid 3f1c2a9e-5b7d-4c1e-9a8f-0d2b4c6e8f10": "",
		"invalid bearer token: square/go-jose: error in cryptographic primitive":                            "",
		"failed to verify token: AADSTS700016: Application was not found, token: expired":                   "",
		"invalid password: authentication failed; the flags --token and --password are exclusive":           "",
		`could not get token: Post "https://login1.example/token": EOF; token: https://h1.example/x`:        "",
		`secrets "default-token-abc12" not found; --certificate-key is missing; token ID "abcdef"`:          "",
		"unable to read token: open /var/run/secrets/kubernetes.io/serviceaccount/token1: no such file":     "",
		"the API key: invalid; sha256~short hvs.short xghp_0123456789abcdef0123 10.0.0.1:6443 token-abc:1":  "",
	} {
		if want == "" {
			want = text
		}
		if got := Redact(text); got != want {
			t.Errorf("Redact(%q) =\n%q, want\n%q", text, got, want)
		}
	}
}

// A shell's continuation line is part of the line before it.
func TestRedactLinesOfShell(t *testing.T) {
	got := strings.Join(RedactLines([]string{brokenToken[:150] + `\`, brokenToken[150:], "Unauthorized"}), "\n")
	if strings.Contains(got, brokenToken[len(brokenToken)-20:]) || !strings.HasSuffix(got, "\nUnauthorized") {
		t.Errorf("%q", got)
	}
}

func TestRedactTakesLittleTime(t *testing.T) {
	for _, unit := range []string{"token=", "password: ", "token-a:", "a:b://", "::", "--token ", "curl -u ", "login -p", "K10", "cookie: a=b;", "eyJ(a)", "password=/", "ghp_", "hvs.", "sk-", "<token>", "value: ", "mysql ", "sshpass -p", "secret: ", "--token\n", `\`, "=\n", "password:\n", "eyJhbGciOiJSUzI1NiJ9.\n",
		"eyJhbGciOiJSUzI1NiJ9\n", "-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEAx3kV0Qp\n", `{"kind":"Secret","data":{"a":"b"}}` + "\n", "kind: Secret\ndata:\n  a: b\n", `"auth":"`, "code=1a "} {
		size := 1 << 20
		if strings.Contains(unit, "\n") {
			// Lines are read several times, on their own and joined.
			size /= 4
		}
		text := strings.Repeat(unit, size/len(unit))
		start := time.Now()
		RedactLines(strings.Split(text+"\n"+text[:1000], "\n"))
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%q: %s", unit, took)
		} else if took > time.Second {
			t.Logf("%q: %s", unit, took)
		}
	}
}
