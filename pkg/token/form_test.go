package token

import (
	"strings"
	"testing"
)

// A documented prefix says what an opaque token is; a text that only begins alike does not.
func TestForm(t *testing.T) {
	for raw, want := range map[string]string{
		"ghp_" + strings.Repeat("a", 36):       "ghp_",
		"github_pat_11A_b":                     "github_pat_",
		"glpat-abc":                            "glpat-",
		"ya29.a0-b":                            "ya29.",
		"hvs.CAES":                             "hvs.",
		"sha256~abc":                           "sha256~",
		"kubeconfig-u-ab12c:" + hex40:          "kubeconfig-",
		"token-ab12c:" + hex40:                 "token-",
		"K10" + hex40 + hex40 + "::server:abc": "K10",
		"xoxb-1-2":                             "xoxb-",
		"dapi" + hex40[:32]:                    "dapi",
		"AbCdEfGhIjKlMn.atlasv1." + hex40:      "atlasv1.",
		"AKIA" + strings.Repeat("A", 16):       "AKIA",
		"ghp_":                                 "",
		"ghp_a b":                              "",
		"xghp_abc":                             "",
		"token-of-mine":                        "",
		"kubeconfig-admin":                     "",
		"K10":                                  "",
		"dapiece":                              "",
		"AKIAbc":                               "",
		"short.atlasv1.abc":                    "",
		"npm_run_build":                        "",
		"hunter2":                              "",
		compactJWT(rs256, legacyClaims, "ghp_abc"): "",
	} {
		got, ok := Parse(raw).Form()
		if got.Prefix != want || ok != (want != "") {
			t.Errorf("%.20s: got %q, want %q", raw, got.Prefix, want)
		}
		if ok && (got.What.IsZero() || got.Verifier.IsZero() || !strings.HasPrefix(got.Reference, "https://")) {
			t.Errorf("%q is incomplete: %+v", want, got)
		}
	}
}

// A longer prefix stands before a shorter one with the same beginning.
func TestFormsInOrder(t *testing.T) {
	for i, f := range forms() {
		for _, g := range forms()[:i] {
			if strings.HasPrefix(f.Prefix, g.Prefix) {
				t.Errorf("%q is never found: %q stands before it", f.Prefix, g.Prefix)
			}
		}
	}
	for prefix := range remainders() {
		found := false
		for _, f := range forms() {
			found = found || f.Prefix == prefix
		}
		if !found {
			t.Errorf("no form begins with %q", prefix)
		}
	}
}

const hex40 = "0123456789abcdef0123456789abcdef01234567"
