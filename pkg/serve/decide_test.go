package serve

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func TestBearer(t *testing.T) {
	long := strings.Repeat("a", MaxToken)
	for _, c := range []struct {
		name  string
		lines []string
		kind  Kind
		id    finding.ID
	}{
		{"one", []string{"Bearer a.b.c"}, 0, ""},
		{"other case of the scheme", []string{"bEARER a.b.c"}, 0, ""},
		{"an empty second header", []string{"Bearer a.b.c", " "}, 0, ""},
		{"a static token with a colon", []string{"Bearer kubeconfig-u:abc"}, 0, ""},
		{"64 KiB", []string{"Bearer " + long}, 0, ""},
		{"no header", nil, NoToken, finding.NoCredential},
		{"an empty header", []string{""}, NoToken, finding.NoCredential},
		{"another scheme", []string{"Basic dTpw"}, NoToken, finding.NoCredential},
		{"a byte more than 64 KiB", []string{"Bearer " + long + "a"}, Rejected, finding.TokenTooLong},
		{"two headers", []string{"Bearer a.b.c", "Bearer a.b.c"}, Malformed, finding.SeveralCredentials},
		{"two headers of two schemes", []string{"Basic dTpw", "Bearer a.b.c"}, Malformed, finding.SeveralCredentials},
		{"two joined", []string{"Bearer a.b.c, Bearer d.e.f"}, Malformed, finding.SeveralCredentials},
		{"two joined without a space", []string{"Bearer a.b.c,Bearer d.e.f"}, Malformed, finding.SeveralCredentials},
		{"another scheme and a token joined", []string{"Basic dTpw, Bearer d.e.f"}, Malformed, finding.SeveralCredentials},
		{"no scheme", []string{"a.b.c"}, Malformed, finding.AuthorizationMalformed},
		{"no token", []string{"Bearer"}, Malformed, finding.AuthorizationMalformed},
		{"only a space", []string{"Bearer  "}, Malformed, finding.AuthorizationMalformed},
		{"a space inside", []string{"Bearer a.b c"}, Malformed, finding.AuthorizationMalformed},
		{"a control character", []string{"Bearer a.b\x00c"}, Rejected, finding.MalformedJWT},
		{"quotes", []string{`Bearer "a.b.c"`}, Rejected, finding.MalformedJWT},
		{"the same behind Basic, without a space", []string{"Basic dTpw,bearer d.e.f"}, Malformed, finding.SeveralCredentials},
		{"joined before another scheme", []string{"Bearer a.b.c, Basic dTpw"}, Malformed, finding.SeveralCredentials},
		{"a tab behind the scheme", []string{"Bearer\ta.b.c"}, Malformed, finding.AuthorizationMalformed},
		{"the scheme twice", []string{"Bearer Bearer a.b.c"}, Malformed, finding.AuthorizationMalformed},
		{"not ASCII", []string{"Bearer a.b.ç"}, Rejected, finding.MalformedJWT},
	} {
		raw, out := bearer(c.lines)
		if out.Kind != c.kind || out.Finding != c.id {
			t.Errorf("%s: %s %s, want %s %s", c.name, out.Kind, out.Finding, c.kind, c.id)
		}
		if (raw.Len() > 0) != (c.kind == 0) {
			t.Errorf("%s: a token of %d bytes", c.name, raw.Len())
		}
	}
}

func TestSkips(t *testing.T) {
	for path, want := range map[string]bool{
		"/public": true, "/public/": true, "/public/a/b": true, "/public?x=../a": true, "/public/./a": true, "/public?x=/../a": true, "/pub%6Cic/a": true, "/public/caf%C3%A9": true,
		"": false, "/": false, "/publicity": false, "/Public": false, "/a/public": false, "public": false, "http://h/public": false,
		"/public/../a": false, "/public/..": false, "/public/%2e%2e/a": false, "/public/%2E%2E/a": false, "/public/.%2e/a": false, "/public/a..b": false,
		"/public//a": false, "//public": false, "/public%2fa": false, "/public%2Fa": false, `/public\a`: false, "/public%5ca": false,
		"/public/%252e%252e/a": false, "/public/%00": false, "/public/%0a": false, "/public/%zz": false, "/public;x/../a": false, "/public;x": false,
		"/public#": false, "/public#/../a": false, "/public/\xff": false, "/public/%ff": false, "/public/..;/a": false, "/public/%2E/a": false, "*": false, "/a?/public": false,
	} {
		if got := skips([]string{"/public"}, path); got != want {
			t.Errorf("%q: skipped %v", path, got)
		}
	}
	for path, want := range map[string]bool{"/": true, "/a": true, "/a/../b": false, "": false} {
		if got := skips([]string{"/"}, path); got != want {
			t.Errorf("with /, %q: skipped %v", path, got)
		}
	}
	if skips(nil, "/public") {
		t.Error("skipped without a prefix")
	}
}

// Only a ServiceAccount token whose claims agree yields the name of a ServiceAccount, whoever signed it.
func TestIdentityOfToken(t *testing.T) {
	s := newSigner(t, "one")
	prefix := "gitlab:"
	none := ""
	system := "system:serviceaccount:"
	for _, c := range []struct {
		name    string
		change  map[string]any
		options func(*Options)
		user    string
		kind    Kind
	}{
		{name: "a ServiceAccount", user: "system:serviceaccount:shop:robot", kind: Allow},
		{name: "with a claim for others", options: func(o *Options) { o.UsernameClaim = "sub" }, user: "system:serviceaccount:shop:robot", kind: Allow},
		{name: "sub without the claims of Kubernetes", change: map[string]any{"sub": "system:serviceaccount:kube-system:admin", "kubernetes.io": nil}, kind: Forbidden},
		{name: "the same with a claim for others", change: map[string]any{"sub": "system:serviceaccount:kube-system:admin", "kubernetes.io": nil},
			options: func(o *Options) { o.UsernameClaim, o.UsernamePrefix = "sub", &none }, kind: Forbidden},
		{name: "another ServiceAccount in sub", change: map[string]any{"sub": "system:serviceaccount:kube-system:admin"}, kind: Forbidden},
		{name: "another namespace in sub", change: map[string]any{"sub": "system:serviceaccount:other:robot"}, kind: Forbidden},
		{name: "claims of Kubernetes without sub", change: map[string]any{"sub": nil}, kind: Forbidden},
		{name: "claims of Kubernetes that are a string", change: map[string]any{"kubernetes.io": "shop/robot"}, kind: Rejected},
		{name: "claims of Kubernetes that are empty", change: map[string]any{"kubernetes.io": map[string]any{}}, options: func(o *Options) { o.UsernameClaim = "sub" }, kind: Forbidden},
		{name: "a namespace with a colon", change: map[string]any{"sub": "system:serviceaccount:shop:x:robot", "kubernetes.io": account("shop:x", "robot")}, kind: Forbidden},
		{name: "another issuer's user", change: map[string]any{"sub": "jane", "kubernetes.io": nil}, options: func(o *Options) { o.UsernameClaim = "sub" }, user: ownIssuer + "#jane", kind: Allow},
		{name: "a prefix", change: map[string]any{"sub": "jane", "kubernetes.io": nil}, options: func(o *Options) { o.UsernameClaim, o.UsernamePrefix = "sub", &prefix }, user: "gitlab:jane", kind: Allow},
		{name: "no claim is named", change: map[string]any{"sub": "jane", "kubernetes.io": nil}, kind: Forbidden},
		{name: "the claim is a list", change: map[string]any{"sub": "jane", "roles": []string{"a"}, "kubernetes.io": nil}, options: func(o *Options) { o.UsernameClaim = "roles" }, kind: Forbidden},
		{name: "the claim is missing", change: map[string]any{"kubernetes.io": nil}, options: func(o *Options) { o.UsernameClaim = "email" }, kind: Forbidden},
		{name: "an e-mail address that is not verified", change: map[string]any{"email": "a@b", "email_verified": false, "kubernetes.io": nil}, options: func(o *Options) { o.UsernameClaim = "email" }, kind: Forbidden},
		{name: "an e-mail address", change: map[string]any{"email": "a@b", "email_verified": true, "kubernetes.io": nil}, options: func(o *Options) { o.UsernameClaim, o.UsernamePrefix = "email", &none }, user: "a@b", kind: Allow},
		{name: "system: in capitals", change: map[string]any{"sub": "SYSTEM:masters", "kubernetes.io": nil}, options: func(o *Options) { o.UsernameClaim, o.UsernamePrefix = "sub", &none }, kind: Forbidden},
		{name: "a line break", change: map[string]any{"sub": "a\r\nkubeflow-userid: b", "kubernetes.io": nil}, options: func(o *Options) { o.UsernameClaim, o.UsernamePrefix = "sub", &none }, kind: Forbidden},
		{name: "NUL", change: map[string]any{"sub": "a\x00", "kubernetes.io": nil}, options: func(o *Options) { o.UsernameClaim, o.UsernamePrefix = "sub", &none }, kind: Forbidden},
		{name: "an invisible character", change: map[string]any{"sub": "\u200bsystem:admin", "kubernetes.io": nil}, options: func(o *Options) { o.UsernameClaim, o.UsernamePrefix = "sub", &none }, kind: Forbidden},
		{name: "a bidirectional override", change: map[string]any{"sub": "jane\u202e", "kubernetes.io": nil}, options: func(o *Options) { o.UsernameClaim, o.UsernamePrefix = "sub", &none }, kind: Forbidden},
		{name: "a prefix that completes system:", change: map[string]any{"sub": "kube-system:admin", "kubernetes.io": nil}, options: func(o *Options) { o.UsernameClaim, o.UsernamePrefix = "sub", &system }, kind: Forbidden},
		{name: "white space around", change: map[string]any{"sub": " jane", "kubernetes.io": nil}, options: func(o *Options) { o.UsernameClaim, o.UsernamePrefix = "sub", &none }, kind: Forbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := defaults(Keys)
			if c.options != nil {
				c.options(&o)
			}
			server, _, _, _ := offline(t, o, s)
			out := server.decide(s.token(c.change))
			if out.Kind != c.kind || out.User != c.user {
				t.Errorf("%s as %q: %s, want %s as %q", out.Kind, out.User, out.Said, c.kind, c.user)
			}
			if c.kind == Forbidden && out.Finding != finding.IdentityNotUsable {
				t.Errorf("finding %s", out.Finding)
			}
		})
	}
}

func TestKeysReject(t *testing.T) {
	s, other := newSigner(t, "one"), newSigner(t, "one")
	o := defaults(Keys)
	o.Issuer = ownIssuer
	server, _, _, log := offline(t, o, s)
	good := s.token(nil)
	for _, c := range []struct {
		name, raw string
		id        finding.ID
	}{
		{"expired", s.token(map[string]any{"exp": start.Unix()}), finding.TokenExpired},
		{"not yet valid", s.token(map[string]any{"nbf": start.Add(time.Hour).Unix()}), finding.TokenNotYetValid},
		{"no exp", s.token(map[string]any{"exp": nil}), finding.TokenNeverExpires},
		{"another audience", s.token(map[string]any{"aud": "vault"}), finding.AudienceMismatch},
		{"no audience", s.token(map[string]any{"aud": nil}), finding.AudienceMismatch},
		{"a slash more in the issuer", s.token(map[string]any{"iss": ownIssuer + "/"}), finding.IssuerNotTrusted},
		{"a key of somebody else with the same kid", other.token(nil), finding.SignatureInvalid},
		{"an unknown kid", newSigner(t, "two").token(nil), finding.SigningKeyUnknown},
		{"alg none", "eyJhbGciOiJub25lIn0." + strings.Split(good, ".")[1] + ".", finding.AlgorithmNotAccepted},
		{"changed claims", strings.Split(good, ".")[0] + "." + strings.Split(s.token(map[string]any{"sub": "x"}), ".")[1] + "." + strings.Split(good, ".")[2], finding.SignatureInvalid},
		{"opaque", "abcdef", finding.OpaqueToken},
		{"cut", good[:len(good)-9], finding.TokenTruncated},
	} {
		out := server.decide(c.raw)
		if out.Kind != Rejected || out.Finding != c.id || out.User != "" || out.Title == "" {
			t.Errorf("%s: %s, finding %s (%s), user %q; want %s", c.name, out.Kind, out.Finding, out.Said, out.User, c.id)
		}
		if err := server.decider.log.flush(); err != nil {
			t.Fatal(err)
		}
		if signature := c.raw[strings.LastIndex(c.raw, ".")+1:]; signature != "" && strings.Contains(log.String(), signature) {
			t.Errorf("%s: the log has the token", c.name)
		}
	}
	if out := server.decide(good); out.Kind != Allow || !out.Offline {
		t.Errorf("a token without a fault: %+v", out)
	}
}

func TestAllow(t *testing.T) {
	s := newSigner(t, "one")
	for _, c := range []struct {
		patterns []string
		kind     Kind
	}{
		{[]string{"shop/robot"}, Allow}, {[]string{"shop/*"}, Allow}, {[]string{"*/robot"}, Allow}, {[]string{"other/x", "shop/robot"}, Allow},
		{[]string{"shop/robo"}, Forbidden}, {[]string{"shop/robots"}, Forbidden}, {[]string{"sho/*"}, Forbidden}, {[]string{"other/*"}, Forbidden},
	} {
		o := defaults(Keys)
		for _, p := range c.patterns {
			parsed, err := ParsePattern(p)
			if err != nil {
				t.Fatal(err)
			}
			o.Allow = append(o.Allow, parsed)
		}
		server, _, _, _ := offline(t, o, s)
		out := server.decide(s.token(nil))
		if out.Kind != c.kind || out.Name != "system:serviceaccount:shop:robot" || (c.kind == Forbidden) != (out.Finding == finding.CallerNotAllowed) {
			t.Errorf("%q: %+v", c.patterns, out)
		}
	}
	for _, wrong := range []string{"", "shop", "shop/", "/robot", "shop/ro*", "shop/robot/x", "Shop/robot"} {
		if _, err := ParsePattern(wrong); err == nil {
			t.Errorf("%q is a pattern", wrong)
		}
	}
	// A user of another issuer is no ServiceAccount, whatever the name looks like.
	i := &identity{name: "https://issuer.example#system:serviceaccount:shop:robot"}
	if i.matches(ServiceAccountPattern{"*", "*"}) {
		t.Error("a user of another issuer matches */*")
	}
}

func TestHeaders(t *testing.T) {
	s := newSigner(t, "one")
	o := defaults(Keys)
	o.SkipPaths = []string{"/public"}
	server, _, _, _ := offline(t, o, s)
	for _, path := range []string{"/", "/livez", "/readyz", "/metrics", "*", "/%zz"} {
		r := server.get(path, "Kubeflow-Userid", "admin")
		if r.StatusCode != 401 || r.Header.Get("WWW-Authenticate") != `Bearer realm="reports"` || r.Header.Get("Kubeflow-Userid") != "" {
			t.Errorf("%s without a token: %d, %v", path, r.StatusCode, r.Header)
		}
	}
	r := server.get("/", "Authorization", "Bearer "+s.token(nil))
	if r.StatusCode != 200 || r.Header.Get("Kubeflow-Userid") != "system:serviceaccount:shop:robot" ||
		r.Header.Get("Kubeflow-Groups") != "system:serviceaccounts,system:serviceaccounts:shop,system:authenticated" ||
		r.Header.Get("X-Envoy-Auth-Headers-To-Remove") != "authorization" || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a token: %d, %v", r.StatusCode, r.Header)
	}
	r = server.get("/public/a", "Kubeflow-Userid", "admin")
	for _, name := range []string{"Kubeflow-Userid", "Kubeflow-Groups"} {
		if values, there := r.Header[name]; r.StatusCode != 200 || !there || len(values) != 1 || values[0] != "" {
			t.Errorf("a skipped path: %d, %s %q", r.StatusCode, name, values)
		}
	}
	for name, headers := range map[string][]string{
		"two headers":    {"Authorization", "Bearer a", "Authorization", "Bearer b"},
		"malformed":      {"Authorization", "abc"},
		"another scheme": {"Authorization", "Bearer a, Bearer b"},
	} {
		if r := server.get("/", headers...); r.StatusCode != http.StatusBadRequest || !strings.Contains(r.Header.Get("WWW-Authenticate"), `error="invalid_request"`) {
			t.Errorf("%s: %d, %q", name, r.StatusCode, r.Header.Get("WWW-Authenticate"))
		}
	}
}

func TestReason(t *testing.T) {
	d := &Decision{Kind: Rejected, Finding: finding.AudienceMismatch, Title: "the token is for another audience", Said: "token \"a\\b\" é\r\nSet-Cookie: x"}
	for reason, want := range map[Reason]string{
		ReasonNone: `Bearer realm="re'ports", error="invalid_token"`,
		ReasonCode: `Bearer realm="re'ports", error="invalid_token", error_description="audience-mismatch: the token is for another audience"`,
		ReasonText: `Bearer realm="re'ports", error="invalid_token", error_description="audience-mismatch: the token is for another audience: token 'a?b' ???Set-Cookie: x"`,
	} {
		o := &Options{Reason: reason, Audiences: []string{`re"ports`}}
		if got := o.challenge(d); got != want {
			t.Errorf("%s: %s\nwant %s", reason, got, want)
		}
		if text := o.body(d); strings.Contains(text, "audience-mismatch") != (reason != ReasonNone) || strings.Contains(text, "Set-Cookie") != (reason == ReasonText) {
			t.Errorf("%s: body %q", reason, text)
		}
	}
}

func TestCheckHeaders(t *testing.T) {
	for _, c := range []struct {
		user, groups, path string
		ok                 bool
	}{
		{"kubeflow-userid", "kubeflow-groups", "", true}, {"X-Remote-User", "X-Remote-Group", "X-Original-URI", true},
		{"", "g", "", false}, {"u", "", "", false}, {"u", "U", "", false}, {"a b", "g", "", false}, {"a\r\nb", "g", "", false}, {"user_id", "g", "", false},
		{"Authorization", "g", "", false}, {"u", "Connection", "", false}, {"X-Envoy-Auth-Headers-To-Remove", "g", "", false}, {"u", "g", "a b", false},
	} {
		o := Options{UserHeader: c.user, GroupsHeader: c.groups, PathHeader: c.path}
		if err := o.checkHeaders(); (err == nil) != c.ok {
			t.Errorf("%q, %q, %q: %v", c.user, c.groups, c.path, err)
		}
	}
}
