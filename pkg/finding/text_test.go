package finding

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestText(t *testing.T) {
	moment := time.Date(2026, 5, 24, 21, 10, 28, 0, time.FixedZone("", 2*60*60))
	for _, c := range []struct {
		text Text
		want string
	}{
		{Text{}, ""},
		{T("100%%, and %s"), "100%, and s"},
		{T("%s/%s does not exist", Namespace.Of("ci"), Pod.Of("web-0")), "ci/web-0 does not exist"},
		{T("not %q", Audience.Of(`a"b`+"\x1b")), `not "a\"b\x1b"`},
		{T("not %q", Audience.Of("")), `not ""`},
		{T("not %q", T("%s of %s", Count(2), User.Of("x y"))), `not "2 of x y"`},
		{T("%s ago, on %s", Duration(-90*time.Minute), Time(moment)), "1h 30m ago, on 2026-05-24 19:10:28Z"},
		{T("%s", Timestamp(moment)), "2026-05-24T19:10:28Z"},
		{T("%s", Duration(0)), "0s"},
		{T("it is %s", User.Of("it")).Capital(), "It is it"},
		{T("%s is it", User.Of("it")).Capital(), "it is it"},
		{Text{}.Capital(), ""},
		{T("%s", Duration(24*time.Hour+time.Second)), "1d"},
		{T("see %s", TokenExpired), "see token-expired"},
		{T("%s", Message("it says\n"+strings.Repeat("x", 300))), "it says\n" + strings.Repeat("x", 300)},
		{T("%s", Quoted(strings.Repeat("x", 300))), strings.Repeat("x", 200) + "…"},
		{T("%s", Excerpt("xyz", 2)), "xy…"},
		{T("%s", Excerpt("xyz", 3)), "xyz"},
		{T("%s", User.Of(strings.Repeat("x", 199)+"é")), strings.Repeat("x", 199) + "…"},
		{T("%s", File.Of(strings.Repeat("x", 300))), strings.Repeat("x", 300)},
		{T("%q", User.Of(strings.Repeat("x", 300)).Whole()), `"` + strings.Repeat("x", 300) + `"`},
		{Join(", ", Names(User, []string{"a", "b", "c"})...), "a, b, c"},
		{Join[Value](", "), ""},
		{Listed(2, Names(User, []string{"a", `b"`})...), `"a", "b\""`},
		{Listed(2, Names(User, []string{"a", "b", "c"})...), `"a", "b" and 1 more`},
		{Listed(2), ""},
		{Bracketed(Names(User, []string{"a", "b c"})...), `["a" "b c"]`},
		{Bracketed(), "[]"},
	} {
		if got := c.text.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestTextKnowsItsNames(t *testing.T) {
	text := T("%s: %q in %s/%s, %s", Message("gone: web-0"), Pod.Of("web-0"), Namespace.Of("ci"), Pod.Of("web-0"), T("as %s", User.Of("jane")))
	want := []Name{{Pod, "web-0"}, {Namespace, "ci"}, {User, "jane"}}
	if diff := cmp.Diff(want, text.Names()); diff != "" {
		t.Error(diff)
	}
	hidden := text.Map(func(s Span) Span {
		if s.Class != Ours {
			s.Value = "X"
		}
		return s
	})
	if got, want := hidden.String(), `X: "X" in X/X, as X`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := text.String(), `gone: web-0: "web-0" in ci/web-0, as jane`; got != want {
		t.Errorf("Map changed the text itself: %s", got)
	}
}

func TestErrorsHaveTexts(t *testing.T) {
	inner := Errorf("%s is not there", File.Of("/x"))
	outer := Errorf("the CA: %s", Err(inner))
	if got, want := outer.Error(), "the CA: /x is not there"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if !errors.Is(outer, inner) {
		t.Error("the error inside is lost")
	}
	if reworded := Reword(io.EOF, "no %s", File.Of("/x")); !errors.Is(reworded, io.EOF) || reworded.Error() != "no /x" {
		t.Errorf("%v", reworded)
	}
	if got := T("%s", Err(outer)).Names(); len(got) != 1 || got[0] != (Name{File, "/x"}) {
		t.Errorf("%v", got)
	}
	for _, s := range T("%s", Err(io.ErrUnexpectedEOF)).Spans() {
		if s.Class != Foreign {
			t.Errorf("%+v", s)
		}
	}
}

func TestFindingsKeepTheirTexts(t *testing.T) {
	f := Found(TokenExpired, Proved, "of %s", User.Of("jane")).
		Seen("exp", Time(time.Unix(0, 0))).SeenAt(T("Pod %s", Pod.Of("web")), Message("no")).
		Fix("Get another.", Run("kubectl authn mint").Arg(ServiceAccount.Of("web")).ByOthers()).
		FixBy(T("Ask %s.", User.Of("jane")), Command{}).
		Fix("Run it.", Run("x").Arg(Message(strings.Repeat("x", MaxText))))
	if f.Detail.String() != "of jane" || f.Evidence[0].Value.String() != "1970-01-01 00:00:00Z" || f.Evidence[1].Source.String() != "Pod web" ||
		f.Remedy[0].Command.String() != "kubectl authn mint web" || !f.Remedy[0].Command.TakesOthers() || f.Remedy[1].Description.String() != "Ask jane." || !f.Remedy[1].Command.IsZero() || !f.Remedy[2].Command.IsZero() {
		t.Errorf("%+v", f)
	}
}

// Replace only changes this program's own words.
func TestReplace(t *testing.T) {
	got := T("create token NAME for %s, or NAME", Pod.Of("NAME")).Replace("NAME", T("%s", ServiceAccount.Of("robot")))
	want := T("create token %s for %s, or %s", ServiceAccount.Of("robot"), Pod.Of("NAME"), ServiceAccount.Of("robot"))
	if !got.Equal(want) {
		t.Errorf("%q", got.String())
	}
}

// A text of the catalogue is reworded, and its command is kept.
func TestRedo(t *testing.T) {
	entry, _ := Lookup(TokenExpired)
	f := Prove(TokenExpired, "it is over").FixBy(entry.ToDo(), Run("kubectl get pods").ByOthers()).
		Redo(func(advice Text) Text { return T("%s Now.", advice) })
	if r := f.Remedy[0]; len(f.Remedy) != 1 || r.Description.String() != entry.Fix+" Now." || r.Command.String() != "kubectl get pods" || !r.Command.TakesOthers() || len(r.Description.Names()) > 0 {
		t.Errorf("%+v", f.Remedy)
	}
}

// A text is sliced as Go strings are, and a name in it stays whole.
func TestCut(t *testing.T) {
	text := T("accepted as %s, or %q", User.Of("jane"), Quoted("é\n"))
	whole := text.String()
	for most := range len(whole) {
		if got, want := text.Cut(most).String(), strings.ToValidUTF8(whole[:most], "")+"…"; got != want {
			t.Errorf("%d: %q, want %q", most, got, want)
		}
	}
	if got := text.Cut(len(whole)); !got.Equal(text) {
		t.Errorf("%q", got)
	}
	if got := text.Cut(14).Names(); len(got) != 1 || got[0] != User.Of("jane") {
		t.Errorf("%v", got)
	}
}

// Evidence that stands alone is a sentence.
func TestSentence(t *testing.T) {
	for _, c := range []struct {
		phrase Text
		want   string
	}{
		{Text{}, ""},
		{T("the token ended 4m ago"), "The token ended 4m ago."},
		{T("The token ended."), "The token ended."},
		{T("it is so (by this clock)"), "It is so (by this clock)."},
		{T("%s is a string", Standard("exp")), "exp is a string."},
		{T("%s reported it", Standard("the kubelet")), "The kubelet reported it."},
		{T("%s says no", User.Of("jane")), "jane says no."},
		{T("kubectl sends nothing"), "kubectl sends nothing."},
		{T("token-expired is one"), "token-expired is one."},
		{T("the server is %s", URL.Of("https://a.b")), "The server is https://a.b"},
		{T("the claim is %q", Quoted("x")), `The claim is "x".`},
		{T("the claim is %q", Quoted("https://a.b")), `The claim is "https://a.b".`},
		{T("the message is %q", Quoted("It failed.")), `The message is "It failed."`},
		{T("valid until %s", Time(time.Unix(0, 0))), "Valid until 1970-01-01 00:00:00Z."},
		{T("the file is %s", File.Of("/a/b")), "The file is /a/b"},
		{T("served as %s", User.Of("system:anonymous")), "Served as system:anonymous."},
	} {
		if got := c.phrase.Sentence().String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// Joining takes time in proportion to the number of values.
func TestJoinMany(t *testing.T) {
	joined := Bracketed(Names(Audience, slices.Repeat([]string{"a"}, 200_000))...)
	if got := joined.String(); len(got) < 6 {
		t.Errorf("got %q", got)
	}
}
