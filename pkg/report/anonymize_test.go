package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// explainForeign is an accepted OIDC token that says a lot of somebody.
func explainForeign() *Explanation {
	x := NewExplanation()
	x.Credential = inspectForeign().Credential
	x.Credential.Source = finding.T("file %s", finding.File.Of("/home/hanako/.kube/id-token"))
	x.Credential.Claims["email"], x.Credential.Claims["employee"] = "hanako@corp.example", int64(4711)
	x.Audiences = List[string]{"kubernetes", "headlamp"}
	x.Verdict, x.DecidedBy = Accepted, BySelfSubjectReview
	x.User = &Identity{Username: `CORP\hanako`, Groups: []string{"oidc:開発", "oncall", "system:authenticated"}, Extra: map[string][]string{"corp.example/badge": {"4711-b"}}}
	x.Findings = List[finding.Finding]{
		finding.Found(finding.OIDCGroupsMissing, finding.Proved, `the server takes the token for "CORP\\hanako" (hanako@corp.example, oncall); other groups than "開発" are not mapped`).
			Seen("https://login.example.com", finding.T(`oidc: expected audience "kubernetes" got ["headlamp"]`)).
			Fix("Ask for them.", shell("kubectl --context='prod eu' --kubeconfig /home/hanako/.kube/config auth whoami")).
			Fix("Or:", shell("kubectl authn explain -f C:\\Users\\hanako\\token --cluster prod-eu --user USER")),
	}
	x.Checks = List[Check]{{"reach", "the API server answers", Pass, finding.T("dial tcp: lookup api.corp.example on 10.0.0.2:53: no such host; [fd00::1]:6443: refused; tls: certificate is valid for master-1, kubernetes.default.svc, not edge.corp.example"), "The way to the server"}}
	x.Server = &Server{URL: "https://[2001:db8::7]:6443/k8s/clusters/c-m-abc"}
	return x
}

var explanations = map[string]func() *Explanation{
	"expired": explainExpired, "accepted": explainAccepted, "wrapped": explainWrapped, "unreachable": explainUnreachable, "anonymous": explainAnonymous, "foreign": explainForeign, "repeated": explainRepeated, "eachServer": explainEachServer, "unlisted": explainUnlisted, "steady": explainSteady,
}

// everyFormat is x as text, markdown and JSON, of which the other formats are made.
func everyFormat(t *testing.T, x *Explanation) map[string]string {
	t.Helper()
	out := map[string]string{}
	var text, md bytes.Buffer
	if err := (&Printer{W: &text, Width: 10000, Now: now}).print(x); err != nil {
		t.Fatal(err)
	}
	if err := (&Printer{W: &md, Now: now}).markdown(x); err != nil {
		t.Fatal(err)
	}
	data, err := json.MarshalIndent(x, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	out["text"], out["markdown"], out["json"] = text.String(), md.String(), strings.ReplaceAll(string(data), `\\`, `\`)
	return out
}

// originals are what names something in an explanation, found without Anonymize.
func originals(x *Explanation) []string {
	out := []string{"ci", "build-bot", "build-bot-token", "worker-3", "jane", "dev", "kubernetes-admin", "10.11.12.13", "sts.example.com", "vault", "hanako", "prod", "headlamp",
		"login.example.com", "hasura.io", "corp.example", "master-1", "fd00::1", "2001:db8::7", "10.0.0.2", "c-m-abc", "oncall", "開発", "4711", "prod-eu", "CORP", "山田"}
	identity := func(u *Identity) {
		if u != nil {
			out = append(append(out, u.Username, u.UID), u.Groups...)
			for _, v := range u.Extra {
				out = append(out, v...)
			}
		}
	}
	credential := func(c *Credential) {
		each(reflect.ValueOf(c.Claims), func(s string) { out = append(out, s) })
		if kid, ok := c.Header["kid"].(string); ok {
			out = append(out, kid)
		}
		if c.Certificate != nil {
			out = append(out, c.Certificate.SerialNumber, c.Certificate.SHA256, c.Certificate.Subject)
		}
	}
	identity(x.User)
	credential(&x.Credential)
	for _, s := range x.Subjects {
		identity(s.User)
		credential(s.Credential)
	}
	if x.Server != nil {
		out = append(out, x.Server.URL, x.Server.AuditID)
	}
	if x.Servers != nil {
		for _, s := range x.Servers.Items {
			out = append(out, s.URL, s.Username)
			for _, k := range s.Keys {
				out = append(out, k.KeyID, k.Thumbprint)
			}
		}
	}
	return slices.DeleteFunc(out, func(s string) bool {
		return s == "" || s == "user" || known(s) && !strings.Contains(s, ":serviceaccount") || s == "https://kubernetes.default.svc.cluster.local" ||
			s == "system:serviceaccounts" || numeric().MatchString(s) && s != "4711"
	})
}

// each calls f for every string that is a value somewhere in v.
func each(v reflect.Value, f func(string)) {
	switch v.Kind() {
	case reflect.Interface:
		each(v.Elem(), f)
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if !slices.Contains(plainClaims, key.String()) {
				each(v.MapIndex(key), f)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			each(v.Index(i), f)
		}
	case reflect.String:
		f(v.String())
	}
}

var uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

func TestAnonymizeNamesNobody(t *testing.T) {
	for name, sample := range explanations {
		x := sample()
		names := originals(x)
		if len(names) < 20 {
			t.Fatalf("%s: only %d names", name, len(names))
		}
		for format, text := range everyFormat(t, Anonymize(x)) {
			for _, original := range names {
				if found := regexp.MustCompile(`(^|[^\pL\pN])` + regexp.QuoteMeta(original) + `($|[^\pL\pN])`).FindString(text); found != "" {
					at := strings.Index(text, found)
					t.Errorf("%s, %s: %q is still there: …%s…", name, format, original, text[max(0, at-80):min(len(text), at+80)])
				}
			}
			if uid := uuid.FindString(text); uid != "" {
				t.Errorf("%s, %s: %s is still there", name, format, uid)
			}
		}
		if diff := cmp.Diff(sample(), x); diff != "" {
			t.Errorf("%s: the original has changed:\n%s", name, diff)
		}
	}
}

// What it says stays: the verdict, the words, the times, what Kubernetes defines.
func TestAnonymizeLeavesTheDiagnosis(t *testing.T) {
	for name, sample := range explanations {
		x, y := sample(), Anonymize(sample())
		if x.Verdict != y.Verdict || x.DecidedBy != y.DecidedBy || x.Cause != y.Cause || len(x.Findings) != len(y.Findings) || x.Credential.Type != y.Credential.Type {
			t.Errorf("%s: the verdict has changed", name)
		}
		for i := range x.Findings {
			if x.Findings[i].ID != y.Findings[i].ID || x.Findings[i].Title.String() != y.Findings[i].Title.String() || x.Findings[i].Reference != y.Findings[i].Reference {
				t.Errorf("%s: %s reads otherwise", name, x.Findings[i].ID)
			}
		}
	}
	x, y := explainExpired(), Anonymize(explainExpired())
	if x.Findings[0].Detail.String() != y.Findings[0].Detail.String() || x.Findings[0].Evidence[0].Value.String() != y.Findings[0].Evidence[0].Value.String() {
		t.Errorf("a sentence without names has changed: %s", y.Findings[0].Detail)
	}
	claims := y.Credential.Claims
	if claims["iss"] != x.Credential.Claims["iss"] || claims["exp"] != x.Credential.Claims["exp"] {
		t.Errorf("what Kubernetes defines has changed: %v", claims)
	}
	for _, c := range []struct{ got, want any }{
		{claims["sub"], "system:serviceaccount:namespace-1:serviceaccount-1"},
		{claims["kubernetes.io"].(map[string]any)["namespace"], "namespace-1"},
		{y.Credential.Source.String(), "secret namespace-1/secret-1"},
		{y.Findings[0].Remedy[1].Command.String(), "kubectl authn mint serviceaccount-1 --namespace namespace-1 --duration 1h"},
		{y.Checks[13].Detail.String(), `not looked at: pods "pod-1" is forbidden: User "user-1" cannot get resource "pods" in API group "" in the namespace "namespace-1"`},
		{y.Server.URL, "https://host-1:6443"},
		{Anonymize(explainAccepted()).User.Groups[1], "system:serviceaccounts:namespace-1"},
		{Anonymize(explainUnreachable()).Credential.Certificate.Subject, "CN=user-1,O=kubeadm:cluster-admins"},
		{Anonymize(explainAnonymous()).Findings[0].Detail.String(), "Context context-1 names no user, so nothing is sent and the request is served as system:anonymous."},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestAnonymizeTwice(t *testing.T) {
	for name, sample := range explanations {
		once := Anonymize(sample())
		if diff := cmp.Diff(once, Anonymize(once)); diff != "" {
			t.Errorf("%s: the second time changes it:\n%s", name, diff)
		}
		for range 5 {
			if diff := cmp.Diff(once, Anonymize(sample())); diff != "" {
				t.Errorf("%s: it is another every time:\n%s", name, diff)
			}
		}
	}
}

// A name that is a word of ours is replaced where a name stands, and the sentences stay.
func TestAnonymizeHostileNames(t *testing.T) {
	for _, hostile := range []string{"the", "token", "is", "a", "error", "namespace", "token-expired", "kubectl", "secret", "1", "uid", "Pod", "api", "name", "sub", "Rejected", "read", "io"} {
		x := explainExpired()
		io := x.Credential.Claims["kubernetes.io"].(map[string]any)
		io["serviceaccount"].(map[string]any)["name"] = hostile
		x.Credential.Claims["sub"] = "system:serviceaccount:ci:" + hostile
		x.Findings[0].Detail = said(`The token is the one of ServiceAccount ci/` + hostile + `: the error of system:serviceaccount:ci:` + hostile + `, read 1 time by "` + hostile + `", is that token-expired is in a secret; kubectl sends the uid, the name, the sub to the api.`)
		x.Findings[0].Remedy[1].Command = shell("kubectl authn mint " + hostile + " --namespace ci --duration 1h")
		y := Anonymize(x)
		want := `The token is the one of ServiceAccount namespace-1/NAME: the error of system:serviceaccount:namespace-1:NAME, read 1 time by "NAME", is that token-expired is in a secret; kubectl sends the uid, the name, the sub to the api.`
		want = strings.ReplaceAll(want, "NAME", "serviceaccount-1")
		if got := y.Findings[0].Remedy[1].Command.String(); got != "kubectl authn mint serviceaccount-1 --namespace namespace-1 --duration 1h" {
			t.Errorf("%s: %s", hostile, got)
		}
		if got := y.Findings[0].Detail.String(); got != want {
			t.Errorf("%s:\n got %s\nwant %s", hostile, got, want)
		}
		if keys := y.Credential.Claims["kubernetes.io"].(map[string]any); keys["namespace"] == nil || keys["serviceaccount"].(map[string]any)["uid"] == nil || y.Credential.Claims["sub"] == nil {
			t.Errorf("%s: a claim has lost its name: %v", hostile, y.Credential.Claims)
		}
		if diff := cmp.Diff(y, Anonymize(y)); diff != "" {
			t.Errorf("%s: %s", hostile, diff)
		}
	}
}

// What Kubernetes defines stays in quotes and commands too.
func TestAnonymizeLeavesKubernetes(t *testing.T) {
	for _, text := range []string{
		`the token was issued by "https://kubernetes.default.svc"; forbidden: User "system:anonymous" cannot get path "/.well-known/openid-configuration"`,
		`token audiences ["https://kubernetes.default.svc.cluster.local"] is invalid for the target audiences ["https://kubernetes.default.svc" "kubernetes"]`,
		`kubectl authn explain --audience https://kubernetes.default.svc -f -`,
		`User "system:kube-scheduler" cannot create resource "tokenreviews" in API group "authentication.k8s.io" at the cluster scope`,
		`x509: certificate has expired or is not yet valid: current time 2026-05-24T19:10:28Z is after 2026-01-12T08:00:00Z`,
		`unsupported algorithm, expected "RS256" got "ES384"`,
		`plugin returned "client.authentication.k8s.io/v1beta1"`,
		`kubectl -n kube-system logs -l component=kube-apiserver --since=10m | grep 'Unable to authenticate'`,
		`kubectl config set-context CONTEXT --user USER`,
		`Get "https://127.0.0.1:6443/api": net/http: TLS handshake timeout`,
	} {
		x := NewExplanation()
		x.Findings = List[finding.Finding]{{ID: finding.OpaqueToken, Detail: said(text)}}
		if got := Anonymize(x).Findings[0].Detail; got.String() != text {
			t.Errorf("got  %s\nfrom %s", got, text)
		}
	}
}

// Neither a part of a word nor a part of a name is replaced, and no two share a placeholder.
func TestAnonymizeWhole(t *testing.T) {
	x := NewExplanation()
	x.User = &Identity{Username: "bot", Groups: []string{"bot-team", "user-1", "team.bot"}}
	x.Findings = List[finding.Finding]{{ID: finding.OpaqueToken, Detail: finding.T("bot, bot-team, robot, bot-x, team.bot, bot. xbot")}}
	y := Anonymize(x)
	if got, want := y.Findings[0].Detail, "user-2, group-1, robot, bot-x, group-2, user-2. xbot"; got.String() != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := fmt.Sprint(y.User.Groups); got != "[group-1 user-1 group-2]" {
		t.Error(got)
	}
}

// long is what somebody wrote to be slow to anonymize.
func long() *Explanation {
	x := NewExplanation()
	many := []any{}
	for i := range 20000 {
		many = append(many, fmt.Sprintf("group-of-mine-%d", i))
	}
	x.Credential.Claims = map[string]any{"groups": many, "a": strings.Repeat("kubectl ", 60000), "b": strings.Repeat("x/y:", 60000), "sub": strings.Repeat("the ", 2000)}
	x.Findings = List[finding.Finding]{{ID: finding.OpaqueToken, Detail: said(strings.Repeat("kubectl get ", 400))}, {ID: finding.OpaqueToken, Detail: said(strings.Repeat("group-of-mine-7 ", 400))}}
	return x
}

func BenchmarkAnonymize(b *testing.B) {
	x := long()
	for b.Loop() {
		Anonymize(x)
	}
}

// Nothing stays because there is much of it.
func TestAnonymizeHostileSize(t *testing.T) {
	y := Anonymize(long())
	data, err := json.Marshal(y)
	if err != nil || strings.Contains(string(data), "of-mine") || len(y.Credential.Claims["groups"].([]any)) != 20000 || strings.HasPrefix(y.Credential.Claims["a"].(string), "kubectl") {
		t.Errorf("%v, %.300s", err, data)
	}
}
