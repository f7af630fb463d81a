package main

import (
	"slices"
	"testing"
)

func TestOverride(t *testing.T) {
	for _, tc := range []struct {
		name      string
		arguments []string
		want      []string
	}{
		{"nothing", nil, []string{"--issuer=a", "--issuer=b", "--v=4"}},
		{"replaces", []string{"issuer=c"}, []string{"--v=4", "--issuer=c"}},
		{"the next ones add", []string{"issuer=c", "--issuer=d"}, []string{"--v=4", "--issuer=c", "--issuer=d"}},
		{"removes", []string{"issuer-"}, []string{"--v=4"}},
		{"new, value with =", []string{"feature-gates=A=true"}, []string{"--issuer=a", "--issuer=b", "--v=4", "--feature-gates=A=true"}},
		{"empty value", []string{"v="}, []string{"--issuer=a", "--issuer=b", "--v="}},
	} {
		flags := &flagList{{"issuer", "a"}, {"issuer", "b"}, {"v", "4"}}
		if err := flags.override(tc.arguments); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if got := flags.args(); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
	for _, argument := range []string{"", "issuer", "=a", "-", "issuer-=a"} {
		if err := (&flagList{}).override([]string{argument}); err == nil {
			t.Errorf("%q is taken", argument)
		}
	}
}

func TestLastError(t *testing.T) {
	for log, want := range map[string]string{
		"":                                       "",
		"I1122 10:00:00.000000 1 a.go:1] fine\n": "",
		"Error: unknown flag: --x\n":             "unknown flag: --x",
		"E1122 10:04:59.145989   27685 run.go:72] \"command failed\" err=\"must be \\\"a\\\"\"\n": `must be "a"`,
		"F1122 10:00:00.000000       1 hooks.go:203] PostStartHook failed\ngoroutine 1:\n":        "PostStartHook failed",
		"panic: oh\n\ngoroutine 1 [running]:\n":                                                   "panic: oh",
	} {
		if got := lastError(log); got != want {
			t.Errorf("of %q got %q, want %q", log, got, want)
		}
	}
}

func TestShellQuote(t *testing.T) {
	for text, want := range map[string]string{"/a/b-c_1.d": "/a/b-c_1.d", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$x": "'$x'"} {
		if got := shellQuote(text); got != want {
			t.Errorf("of %q got %s, want %s", text, got, want)
		}
	}
}
