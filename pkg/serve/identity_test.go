package serve

import (
	"regexp"
	"testing"
)

const robotName = "system:serviceaccount:shop:robot"

// A name is handed on unchanged or not at all, and no rewriting makes it one that only Kubernetes gives.
func TestHeaderNames(t *testing.T) {
	for _, c := range []struct {
		name, prefix string
		rewrites     []string
		groups       []string
		user, want   string
	}{
		{"as it is", "", nil, nil, robotName, robotName},
		{"a prefix", "k8s:", nil, nil, robotName, "k8s:" + robotName},
		{"a rewrite", "", []string{"^system:serviceaccount:(.*):(.*)$", "$1/$2"}, nil, robotName, "shop/robot"},
		{"a rewrite, then the prefix", "sa-", []string{"^system:serviceaccount:", ""}, nil, robotName, "sa-shop:robot"},
		{"the first that matches", "", []string{"nothing", "x", "^system:", "a:", "^a:", "b:"}, nil, robotName, "a:serviceaccount:shop:robot"},
		{"a rewrite that leaves nothing", "", []string{".*", ""}, nil, robotName, ""},
		{"a rewrite that makes a ServiceAccount", "", []string{"^corp:", ""}, nil, "corp:system:serviceaccount:kube-system:admin", ""},
		{"a rewrite that makes another ServiceAccount", "", []string{":shop:", ":kube-system:"}, nil, robotName, ""},
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
		{"shop/robot", robotName, true},
		{"shop/*", robotName, true},
		{"*/robot", robotName, true},
		{"*/*", robotName, true},
		{"shop/robo", robotName, false},
		{"sho/robot", robotName, false},
		{"robot/shop", robotName, false},
		{"*/*", "jane", false},
		{"*/*", "https://issuer.example#" + robotName, false},
		{"*/*", "system:serviceaccount:shop", false},
		{"*/*", "system:serviceaccount:shop:robot:x", false},
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
}
