package errortext

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// example is a text that a pattern is made for.
func example(c *compiled) string {
	var b strings.Builder
	for _, p := range c.pieces {
		switch p.kind {
		case literal:
			b.WriteString(p.text)
		case quoted:
			b.WriteString(`"quoted"`)
		case list:
			b.WriteString(`["one" "two"]`)
		case plain:
			b.WriteString("a value")
		default:
			b.WriteString("value")
		}
	}
	return b.String()
}

// No pattern is hidden by another one.
func TestEveryPatternIsFound(t *testing.T) {
	unambiguous().each(func(c *compiled) {
		if c.suits != nil {
			// The example's values are no values of the message.
			return
		}
		text := example(c)
		if c.beside {
			text += "\n" + pluginFailed
		}
		if c.kube {
			text += "\n$ kubectl get pods"
		}
		if found := Find(text); !slices.ContainsFunc(found, func(r Reason) bool { return r.Pattern == c.text }) {
			t.Errorf("%s: another pattern hides it in %q: %+v", c.text, text, found)
		}
	})
}

// Each message of those who are not the API server is found alone, and in a line of
// a user's log; none is hidden by one before it.
func TestFindEveryMessage(t *testing.T) {
	n := 0
	for _, table := range [][]pattern{aggregated(), aggregatedDiscovery(), serverHandshake, clientCertificates(), clientTransport, clientCredential, clientJoining(), serverStartup(), cloudWebhooks(), cloudAWS, cloudAzure(), cloudGoogle, cloudVault, cloudOIDC(), clientAnswer, clientStatus()} {
		for _, p := range table {
			n++
			c := compiled{pattern: p, pieces: pieces(p.text)}
			for _, id := range p.ids {
				if _, ok := finding.Lookup(id); !ok {
					t.Errorf("%s stands for %q, which is not in the catalogue", p.text, id)
				}
			}
			if p.suits != nil {
				// The example's values are no values of the message.
				continue
			}
			for _, text := range []string{example(&c), "2026/05/24 19:10:28 cannot go on: " + example(&c)} {
				if p.kube {
					text += "\n$ kubectl get pods"
				}
				got := Find(text)
				if len(got) != 1 || got[0].Stage != p.stage || !slices.Equal(got[0].IDs, p.ids) {
					t.Errorf("%s\nin %q: %+v", p.text, text, got)
				}
			}
		}
	}
	if n < 90 {
		t.Errorf("%d patterns are looked at, the tables have more", n)
	}
}

func TestFindTakesTheTellingLines(t *testing.T) {
	got := Find(strings.Join([]string{
		"I0524 19:10:28.1 1 server.go:10] \"Starting\" port=\"6443\"",
		`E0524 19:10:28.2 1 authentication.go:73] "Unable to authenticate the request" err="[invalid bearer token, service account token has expired]"`,
		"something else: x509: certificate signed by unknown authority, retrying",
		`E0524 19:10:29.2 1 authentication.go:73] "Unable to authenticate the request" err="[invalid bearer token, service account token has expired]"`,
		"",
	}, "\r\n"))
	want := []string{invalidBearerToken, "service account token has expired", "x509: certificate signed by unknown authority"}
	if !slices.Equal(texts(got), want) {
		t.Errorf("%q, want %q", texts(got), want)
	}
}

func FuzzFind(f *testing.F) {
	for _, seed := range []string{`"Unable to authenticate the request" err="[a`, `[[invalid bearer token`, `"\"x509: `, "a is forbidden: User \"", "AADSTS1: \\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range Find(text) {
			if r.Text == "" || r.Stage == "" {
				t.Errorf("%q: %+v", text, r)
			}
		}
	})
}
