package call

import (
	"fmt"
	"strings"
	"testing"
)

func TestChallenges(t *testing.T) {
	for _, c := range []struct{ written, want string }{
		{`Bearer`, `Bearer[]`},
		{`Bearer realm="web"`, `Bearer[realm=web]`},
		{`bearer realm="a \"b\", c", error="invalid_token",error_description="token-expired: the token has expired"`, `bearer[realm=a "b", c error=invalid_token error_description=token-expired: the token has expired]`},
		{`Basic realm="users", Bearer realm="web", error="invalid_token"`, `Basic[realm=users] Bearer[realm=web error=invalid_token]`},
		{`Negotiate, Basic realm=x`, `Negotiate[] Basic[realm=x]`},
		{`Negotiate oRQwEqADCgEBowsGCSq/+==, Bearer scope="a b"`, `Negotiate[] Bearer[scope=a b]`},
		{`Bearer resource_metadata="https://web.example/.well-known/oauth-protected-resource", scope="web"`, `Bearer[resource_metadata=https://web.example/.well-known/oauth-protected-resource scope=web]`},
		{`Bearer Realm = "web" , ERROR = insufficient_scope`, `Bearer[realm=web error=insufficient_scope]`},
		{`NTLM`, `NTLM[]`},
		{`Bearer realm="not closed`, `Bearer[realm=not closed]`},
		{`realm="no scheme"`, ``},
		{`,,, Bearer ,,realm="web",,`, `Bearer[realm=web]`},
		{`"quoted" Bearer`, `Bearer[]`},
		{"\x01\x02", ``},
		{``, ``},
	} {
		if got := show(challenges([]string{c.written})); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.written, got, c.want)
		}
	}
	if got := show(challenges([]string{`Bearer realm="a"`, `Basic realm="b"`})); got != `Bearer[realm=a] Basic[realm=b]` {
		t.Error(got)
	}
}

// A hostile header is read within bounds, and in time in proportion to its length.
func TestChallengesAreBounded(t *testing.T) {
	if n := len(challenges([]string{strings.Repeat("Bearer,", 100_000), "Basic"})); n != maxChallenges {
		t.Error(n)
	}
	got := challenges([]string{"Bearer " + strings.Repeat("a=b,", 100_000)})
	if len(got) != 1 || len(got[0].Parameters) != maxParameters {
		t.Errorf("%d challenges", len(got))
	}
	for _, hostile := range []string{strings.Repeat("=", 100_000), strings.Repeat("\"", 100_000), strings.Repeat("\\", 100_000), strings.Repeat("a =", 100_000), strings.Repeat(" ", 100_000)} {
		challenges([]string{hostile})
	}
}

func FuzzChallenges(f *testing.F) {
	f.Add(`Basic realm="users", Bearer realm="web", error="invalid_token"`)
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range challenges([]string{s}) {
			if c.Scheme == "" || len(c.Parameters) > maxParameters {
				t.Errorf("%q: %+v", s, c)
			}
		}
	})
}

func show(all []Challenge) string {
	var out []string
	for _, c := range all {
		var params []string
		for _, p := range c.Parameters {
			params = append(params, p.Name+"="+p.Value)
		}
		out = append(out, fmt.Sprintf("%s[%s]", c.Scheme, strings.Join(params, " ")))
	}
	return strings.Join(out, " ")
}
