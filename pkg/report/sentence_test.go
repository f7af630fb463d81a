package report

import "testing"

func TestSentence(t *testing.T) {
	for in, want := range map[string]string{
		"":                                 "",
		"the token ended 4m ago":           "The token ended 4m ago.",
		"The token ended.":                 "The token ended.",
		"it is so (by this clock)":         "It is so (by this clock).",
		"exp is a string":                  "exp is a string.",
		"token-expired is one":             "token-expired is one.",
		"the server is https://a.b":        "The server is https://a.b",
		`the claim is "x"`:                 `The claim is "x"`,
		"valid until 2026-05-24 19:10:28Z": "Valid until 2026-05-24 19:10:28Z.",
		"the file is /a/b":                 "The file is /a/b",
		"served as system:anonymous":       "Served as system:anonymous.",
		"èze":                              "èze.",
	} {
		if got := sentence(said(in)).String(); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
