package cmd

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

// Only bytes in the pipe count, and the check never waits: a CI runner's standard input is an empty pipe or
// /dev/null.
func TestHoldsUnread(t *testing.T) {
	holds := func(what string, f *os.File, want bool) {
		t.Helper()
		if got := holdsUnread(f); got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	holds("an idle pipe", in, false)
	if runtime.GOOS != "windows" {
		must(out.WriteString("token"))
		holds("a pipe with a token", in, true)
		out.Close()
		holds("a pipe with a token, closed", in, true)
		must(in.Read(make([]byte, 10)))
	}
	out.Close()
	holds("a pipe at its end", in, false)
	holds("a closed file", out, false)

	null := must(os.Open(os.DevNull))
	defer null.Close()
	holds("the null device", null, false)
	full := must(os.Open(file(t, "token.txt", "token")))
	defer full.Close()
	holds("a file", full, true)
	must(full.Read(make([]byte, 10)))
	holds("a file that was read", full, false)
	empty := must(os.Open(file(t, "empty", "")))
	defer empty.Close()
	holds("an empty file", empty, false)
}

// A note says that a credential on standard input was not read, if the command line names another.
func TestUnreadInputIsNoted(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	a.as(t, object{"token": "admin-token"})
	const note = "note: standard input was not read, "
	keys := file(t, "keys.json", `{"keys":[]}`)
	for _, c := range []struct {
		args    []string
		waiting []bool
		want    string
	}{
		{[]string{"explain"}, []bool{true}, note + "and the report is about the current context; to use standard input, run: kubectl authn explain -\n"},
		{[]string{"inspect"}, []bool{true}, "kubectl authn inspect -\n"},
		{[]string{"review"}, []bool{true}, "kubectl authn review -\n"},
		{[]string{"verify", "--jwks", keys}, []bool{true}, "kubectl authn verify -\n"},
		{[]string{"explain"}, []bool{false, true}, note},
		{[]string{"explain"}, []bool{false, false}, ""},
		{[]string{"verify", "--jwks", "-"}, []bool{true, true}, ""},
		{[]string{"simulate", "--jwks", "https://a.example=-"}, []bool{true, true}, ""},
		{[]string{"explain", "-"}, []bool{true, true}, ""},
		{[]string{"explain", "admin-token"}, []bool{true, true}, ""},
		{[]string{"explain", "-f", file(t, "token.txt", "admin-token")}, []bool{true, true}, ""},
		{[]string{"explain", "--error", "-"}, []bool{true, true}, ""},
		{[]string{"version"}, []bool{true, true}, ""},
	} {
		env, out, errs := world(t, strings.NewReader("janes-token"))
		asked := 0
		env.Waiting = func() bool { asked++; return c.waiting[min(asked, len(c.waiting))-1] }
		Main(t.Context(), append([]string{"kubectl-authn"}, c.args...), env)
		if n := strings.Count(errs.String(), note); n > 1 || (n == 1) != (c.want != "") || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%q, %v:\n%s", c.args, c.waiting, errs)
		}
		if strings.Contains(out.String(), note) {
			t.Errorf("%q: the note is on standard output", c.args)
		}
	}
}
