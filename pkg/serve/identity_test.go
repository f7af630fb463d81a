package serve

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// TestIdentity checks whom a token names whose signature is right.
func TestIdentity(t *testing.T) {
	const admin = "system:serviceaccount:kube-system:admin"
	plain := claims{"kubernetes.io": nil}
	empty, dash, system := "", "-", "system:serviceaccount:"
	for _, c := range []struct {
		name   string
		change claims
		claim  string
		prefix *string
		want   string
		id     finding.ID
	}{
		{"a ServiceAccount", nil, "", nil, shopWeb, ""},
		{"a ServiceAccount beside --username-claim", nil, "sub", &empty, shopWeb, ""},
		{"sub alone says it", plain.with(claims{"sub": admin}), "", nil, "", finding.IdentityNotUsable},
		{"sub alone says it, and is the claim", plain.with(claims{"sub": admin}), "sub", nil, testIssuer + "#" + admin, ""},
		{"sub alone says it, without a prefix", plain.with(claims{"sub": admin}), "sub", &empty, "", finding.IdentityNotUsable},
		{"in another case", plain.with(claims{"sub": "System:serviceaccount:a:b"}), "sub", &empty, "", finding.IdentityNotUsable},
		{"a prefix that completes it", plain.with(claims{"sub": "kube-system:admin"}), "sub", &system, "", finding.IdentityNotUsable},
		{"sub is another ServiceAccount", claims{"sub": admin}, "", nil, "", finding.IdentityNotUsable},
		{"sub is another ServiceAccount, and the claim", claims{"sub": admin}, "sub", &empty, "", finding.IdentityNotUsable},
		{"sub has more parts", claims{"sub": shopWeb + ":x"}, "", nil, "", finding.IdentityNotUsable},
		{"no sub", claims{"sub": nil}, "", nil, "", finding.IdentityNotUsable},
		{"kubernetes.io without names", claims{"kubernetes.io": claims{}}, "", nil, "", finding.IdentityNotUsable},
		{"kubernetes.io is a text", claims{"kubernetes.io": "shop"}, "", nil, "", finding.MalformedJWT},
		{"kubernetes.io is a list", claims{"kubernetes.io": []string{"shop"}}, "sub", &empty, "", finding.MalformedJWT},
		{"a namespace in another case", claims{"sub": "system:serviceaccount:Shop:web"}, "", nil, "", finding.IdentityNotUsable},
		{"a user", plain.with(claims{"sub": "jane"}), "sub", nil, testIssuer + "#jane", ""},
		{"a user with a prefix", plain.with(claims{"sub": "jane"}), "sub", &dash, "-jane", ""},
		{"a user of another claim", plain.with(claims{"email": "jane@acme.example"}), "email", &empty, "jane@acme.example", ""},
		{"email is verified", plain.with(claims{"email": "jane@acme.example", "email_verified": true}), "email", &empty, "jane@acme.example", ""},
		{"email is not verified", plain.with(claims{"email": "jane@acme.example", "email_verified": false}), "email", &empty, "", finding.IdentityNotUsable},
		{"email_verified is a text", plain.with(claims{"email": "jane@acme.example", "email_verified": "true"}), "email", &empty, "", finding.IdentityNotUsable},
		{"no such claim", plain, "email", &empty, "", finding.IdentityNotUsable},
		{"the claim is empty", plain.with(claims{"email": ""}), "email", nil, "", finding.IdentityNotUsable},
		{"the claim is a number", plain.with(claims{"email": 1}), "email", nil, "", finding.IdentityNotUsable},
		{"a line break", plain.with(claims{"sub": "jane\r\nkubeflow-userid: admin"}), "sub", &empty, "", finding.IdentityNotUsable},
		{"NUL", plain.with(claims{"sub": "jane\x00"}), "sub", &empty, "", finding.IdentityNotUsable},
		{"a next line of C1", plain.with(claims{"sub": "jane\u0085admin"}), "sub", &empty, "", finding.IdentityNotUsable},
		{"a space in front", plain.with(claims{"sub": " jane"}), "sub", &empty, "", finding.IdentityNotUsable},
		{"a space in front of system:", plain.with(claims{"sub": " system:admin"}), "sub", &empty, "", finding.IdentityNotUsable},
		{"an invisible character", plain.with(claims{"sub": "\u200bsystem:admin"}), "sub", &empty, "", finding.IdentityNotUsable},
		{"a bidirectional override", plain.with(claims{"sub": "jane\u202e"}), "sub", &empty, "", finding.IdentityNotUsable},
	} {
		t.Run(c.name, func(t *testing.T) {
			key := newSigner(t, "k1")
			o := testOptions(Keys)
			o.UsernameClaim, o.UsernamePrefix = c.claim, c.prefix
			d := newWorld(t).withKeys(key).server(o).decide(key.sign(t, webClaims().with(c.change)))
			if c.want != "" {
				if d.Kind != Allow || d.User != c.want || !d.Offline {
					t.Errorf("got %s %q (%s, %s), want %q", d.Kind, d.User, d.Finding, d.Said, c.want)
				}
				return
			}
			if d.Kind != Forbidden && d.Kind != Rejected || d.User != "" || d.Groups != nil || d.Finding != c.id {
				t.Errorf("got %s %q %s (%s), want %s", d.Kind, d.User, d.Finding, d.Said, c.id)
			}
		})
	}
}

func TestGroupsOfServiceAccount(t *testing.T) {
	key := newSigner(t, "k1")
	d := newWorld(t).withKeys(key).server(testOptions(Keys)).decide(key.sign(t, webClaims()))
	if want := []string{"system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"}; !slices.Equal(d.Groups, want) {
		t.Errorf("got %q, want %q", d.Groups, want)
	}
}

func TestHeaderNames(t *testing.T) {
	for _, c := range []struct {
		name, prefix string
		rewrites     []string
		groups       []string
		user, want   string
	}{
		{"as it is", "", nil, nil, shopWeb, shopWeb},
		{"a prefix", "k8s:", nil, nil, shopWeb, "k8s:" + shopWeb},
		{"a rewrite", "", []string{"^system:serviceaccount:(.*):(.*)$", "$1/$2"}, nil, shopWeb, "shop/web"},
		{"a rewrite, then the prefix", "sa-", []string{"^system:serviceaccount:", ""}, nil, shopWeb, "sa-shop:web"},
		{"the first that matches", "", []string{"nothing", "x", "^system:", "a:", "^a:", "b:"}, nil, shopWeb, "a:serviceaccount:shop:web"},
		{"a rewrite that leaves nothing", "", []string{".*", ""}, nil, shopWeb, ""},
		{"a rewrite that makes a ServiceAccount", "", []string{"^corp:", ""}, nil, "corp:system:serviceaccount:kube-system:admin", ""},
		{"a rewrite that makes another ServiceAccount", "", []string{":shop:", ":kube-system:"}, nil, shopWeb, ""},
		{"a prefix that makes a ServiceAccount", "system:serviceaccount:", nil, nil, "kube-system:admin", ""},
		{"a group with the separator", "", nil, []string{"a,system:masters"}, "jane", ""},
		{"an empty group", "", nil, []string{""}, "jane", ""},
		{"a group with a line break", "", nil, []string{"a\nb"}, "jane", ""},
		{"no name", "", nil, nil, "", ""},
		{"a name that is not UTF-8", "", nil, nil, "a\xff", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{UserPrefix: c.prefix}
			for i := 0; i+1 < len(c.rewrites); i += 2 {
				o.Rewrites = append(o.Rewrites, Rewrite{regexp.MustCompile(c.rewrites[i]), c.rewrites[i+1]})
			}
			got, _, err := o.header(&identity{c.user, c.groups})
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, user string
		want          bool
	}{
		{"shop/web", shopWeb, true},
		{"shop/*", shopWeb, true},
		{"*/web", shopWeb, true},
		{"*/*", shopWeb, true},
		{"shop/we", shopWeb, false},
		{"sho/web", shopWeb, false},
		{"web/shop", shopWeb, false},
		{"*/*", "jane", false},
		{"*/*", "https://issuer.example#" + shopWeb, false},
		{"*/*", "system:serviceaccount:shop", false},
		{"*/*", "system:serviceaccount:shop:web:x", false},
		{"*/*", "system:serviceaccounts:shop", false},
	} {
		p, err := ParsePattern(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := (&identity{name: c.user}).matches(p); got != c.want {
			t.Errorf("%s, %s: got %v, want %v", c.pattern, c.user, got, c.want)
		}
	}
	for _, wrong := range []string{"", "shop", "/", "shop/", "/web", "Shop/web", "shop/we*", "**/web", "shop/web/x", "shop:web"} {
		if _, err := ParsePattern(wrong); err == nil {
			t.Errorf("%q is a pattern", wrong)
		}
	}
}

func TestAllow(t *testing.T) {
	key := newSigner(t, "k1")
	o := testOptions(Keys)
	o.Allow = []ServiceAccountPattern{{"shop", "cart"}, {"billing", "*"}}
	s := newWorld(t).withKeys(key).server(o)
	d := s.decide(key.sign(t, webClaims()))
	if d.Kind != Forbidden || d.Finding != finding.CallerNotAllowed || d.User != "" || d.Name != shopWeb {
		t.Errorf("shop/web: got %+v", d)
	}
	cart := claims{"sub": strings.Replace(shopWeb, "web", "cart", 1), "kubernetes.io": claims{"namespace": "shop", "serviceaccount": claims{"name": "cart"}}}
	if d := s.decide(key.sign(t, webClaims().with(cart))); d.Kind != Allow {
		t.Errorf("shop/cart: got %+v", d)
	}
}
