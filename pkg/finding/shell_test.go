package finding

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCommand(t *testing.T) {
	for _, c := range []struct {
		command Command
		want    string
	}{
		{Command{}, ""},
		{Command{}.Add("more").Pipe(Run("cat")), ""},
		{Run("kubectl config view --minify"), "kubectl config view --minify"},
		{Run("kubectl logs --tail=-1"), "kubectl logs --tail=-1"},
		{Run("kubectl get pod").Arg(Pod.Of("web")).Add("-o").Word("jsonpath={.spec.x[*]}"), "kubectl get pod web -o jsonpath='{.spec.x[*]}'"},
		{Run("a").Arg(User.Of("it's me")).Arg(User.Of("")).Arg(User.Of("a=b c")).Arg(User.Of("=ls")), `a 'it'\''s me' '' 'a=b c' '=ls'`},
		{Run("a").Arg(User.Of("--all")), ""},
		{Run("a").Flag("--user", User.Of("--all")), "a --user '--all'"},
		{Run("a").Argf("--user=%s", User.Of("it's me")).Argf("--user=%s", User.Of("-x")), `a --user='it'\''s me' --user='-x'`},
		{Run("a").Arg(User.Of("b\x1b")).Argf("--user=%s", User.Of("b\u202e")), "a NAME --user=NAME"},
		{Run("a").Flag("--namespace", Namespace.Of("ci")).Raw("</dev/null"), "a --namespace ci </dev/null"},
		{Run("base64 -d").From(File.Of("my token")).Pipe(Run("kubectl authn explain -")), "base64 -d < 'my token' | kubectl authn explain -"},
		{Run("a").And(Run("b")).Then(Run("c")), "a && b; c"},
		{Run("a").Output("--token=", Run("cat").Arg(File.Of("/x y"))), `a --token="$(cat '/x y')"`},
		{Run("printf %s").Argf("\nname: %s\n", Pod.Of("web")).Pipe(Run("kubectl apply -f -")), "printf %s '\nname: web\n' | kubectl apply -f -"},
		{Run("x").Arg(User.Of(string(make([]byte, 0)) + "é")), "x NAME"},
	} {
		if got := c.command.String(); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
}

// putInPlace is a command that replaces the token in a file.
func putInPlace(file string) Command {
	return Assign("token", Run("kubectl create token").Arg(ServiceAccount.Of("it's"))).And(Run("printf").Word(`%s\n`).Raw(`"$token"`).To(File.Of(file)))
}

// Real shells write a requested token to its file. If the request fails, the file stays unchanged.
func TestTokensAreWrittenByShells(t *testing.T) {
	for _, name := range []string{"sh", "bash"} {
		shell, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		file := filepath.Join(t.TempDir(), "a 'quoted' $file")
		if err := os.WriteFile(file, []byte("old\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		command := putInPlace(file).String()
		for _, c := range []struct {
			kubectl, want string
			fails         bool
		}{
			{"kubectl() { echo no >&2; return 1; }\n", "old\n", true},
			{"kubectl() { printf '%s.' new \"$@\"; echo; }\n", "new.create.token.it's.\n", false},
		} {
			out, err := exec.Command(shell, "-c", c.kubectl+"      "+command).CombinedOutput()
			got, readErr := os.ReadFile(file)
			if (err != nil) != c.fails || readErr != nil || string(got) != c.want {
				t.Errorf("%s: %v %s: %q\n%s", name, err, out, got, command)
			}
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: the file has another mode: %v, %v", name, info, err)
			}
		}
	}
}

// A command that would change a file is omitted if only a placeholder could be printed, because the placeholder
// may be another file.
func TestNoCommandChangesAnotherFile(t *testing.T) {
	for _, file := range []string{"a\nb", "a\x1bb", "jürgen/token", "\u202etoken"} {
		if got := putInPlace(file); !got.IsZero() {
			t.Errorf("%q: %s", file, got)
		}
		if got := Run("kubectl config set-credentials u").Flag("--kubeconfig", File.Of(file)).Exact(); !got.IsZero() {
			t.Errorf("%q: %s", file, got)
		}
	}
	if putInPlace("$(touch x)").IsZero() || !Run("a").Argf("%s", Text{[]Span{{Class: Named, Value: "ü", Escaped: true}}}).Exact().IsZero() {
		t.Error("a name that can be pasted is none, or an escaped one is exact")
	}
}

// Such a command is read from a saved report unchanged, with its names.
func TestAssignmentsStayInOnePiece(t *testing.T) {
	command := putInPlace("my token")
	var again Command
	text, err := command.MarshalText()
	if err == nil {
		err = again.UnmarshalText(text)
	}
	if err != nil || again.String() != command.String() || len(again.Words()) != len(command.Words()) {
		t.Errorf("%v: %q", err, again.Words())
	}
	if words := command.Words(); words[0] != `token="$(kubectl create token 'it'\''s')"` {
		t.Errorf("%q", words)
	}
	if got := command.With(Run("--context x"), Run("--context x")).String(); !strings.HasPrefix(got, `token="$(kubectl --context x create token 'it'\''s')" && printf`) {
		t.Error(got)
	}
	if names := command.Names(); len(names) != 2 {
		t.Errorf("%v", names)
	}
	if !Assign("token", Command{}).IsZero() || !Assign("token", Run("a").ByOthers()).TakesOthers() {
		t.Error("no command, or for others, is assigned")
	}
	if got := Run("kubectl authn explain -f x").Subcommand("review").String(); got != "kubectl authn review -f x" {
		t.Error(got)
	}
}

// A shell parses the words of a command unchanged.
func TestCommandsReachTheirPrograms(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	words := []string{"plain", "it's me", `"quoted"`, "$(touch x)", "`id`", "a b", "*", "~", "!x", `back\slash`, "#", "a=b c", "&&", ";", "|", "<x", "=", "{a,b}", "%s"}
	command, want := Run("printf").Word(`<%s>`), ""
	for _, w := range words {
		command = command.Arg(User.Of(w)).Argf("--x=%s", User.Of(w))
		want += "<" + w + "><--x=" + w + ">"
	}
	out, err := exec.Command(sh, "-c", command.String()).Output()
	if diff := cmp.Diff(want, string(out)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestCommandsAreForTheClusterThatWasAsked(t *testing.T) {
	kubectl, plugin := Run("--context").Arg(Context.Of("my own")), Run("--context").Arg(Context.Of("my own")).Add("--proxy-url x")
	for _, c := range []struct {
		command Command
		want    string
	}{
		{Run("kubectl get pods"), "kubectl --context 'my own' get pods"},
		{Run("kubectl authn explain"), "kubectl authn explain --context 'my own' --proxy-url x"},
		{Run("kubectl get pods").ByOthers(), "kubectl get pods"},
		{Run("kubectl create role x -o yaml").Pipe(Run("kubectl apply -f -")), "kubectl --context 'my own' create role x -o yaml | kubectl apply -f -"},
		{Run("kubeadm certs").Arg(User.Of("kubectl")), "kubeadm certs kubectl"},
		{Run("kubectl config set-credentials x").Output("--token=", Run("kubectl config view")), `kubectl --context 'my own' config set-credentials x --token="$(kubectl --context 'my own' config view)"`},
		{Run("date -u"), "date -u"},
	} {
		if got := c.command.With(kubectl, plugin).String(); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
	if got := Run("kubectl get pods").With(Command{}, Command{}).String(); got != "kubectl get pods" {
		t.Error(got)
	}
}

func TestCommandsKnowTheirNames(t *testing.T) {
	c := Run("kubectl get pod").Arg(Pod.Of("web")).Output("--token=", Run("cat").Arg(File.Of("/x"))).Pipe(Run("grep").Arg(Pod.Of("web")))
	if diff := cmp.Diff([]Name{{Pod, "web"}, {File, "/x"}}, c.Names()); diff != "" {
		t.Error(diff)
	}
	hidden := c.Map(func(s Span) Span {
		if s.Class == Named {
			s.Value = "POD-1"
		}
		return s
	})
	if got, want := hidden.String(), `kubectl get pod POD-1 --token="$(cat POD-1)" | grep POD-1`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A placeholder is never a file that another command could read.
func TestCommandValue(t *testing.T) {
	for _, c := range []struct {
		command Command
		want    string
		ok      bool
	}{
		{Run("-f").Argf("%s", File.Of("my token")), "my token", true},
		{Run("-f TOKEN-FILE"), "TOKEN-FILE", false},
		{Run("-f"), "", false},
		{Run("").Argf("secret/%s", Secret.Of("x")).Flag("--namespace", Namespace.Of("shop")), "", false},
		{Command{}, "", false},
	} {
		if got, ok := c.command.Value("-f"); ok != c.ok || got.String() != c.want {
			t.Errorf("%s: %q, %t", c.command, got, ok)
		}
	}
}
