package terminal

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

func wrapped(s string, columns int) []string {
	var out []string
	for _, line := range wrap([]piece{{text: s}}, columns) {
		out = append(out, plain(line))
	}
	return out
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in      string
		columns int
		want    []string
	}{
		{"", 10, nil},
		{"one two three", 7, []string{"one two", "three"}},
		{"one two three", 100, []string{"one two three"}},
		{"one  two", 4, []string{"one", "two"}},
		{"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"a 0e6a2f3d-77ab", 15, []string{"a 0e6a2f3d-77ab"}},
		{"uid 0e6a2f3d-77ab", 15, []string{"uid", "0e6a2f3d-77ab"}},
		{"https://example.com/a/long/path", 22, []string{"https://example.com/a/", "long/path"}},
		{"see https://example.com/a/long/path", 22, []string{"see https://example.", "com/a/long/path"}},
		{"開発者ツール", 5, []string{"開発", "者ツ", "ール"}},
		{"山", 1, []string{"山"}},
		{"2026-05-24 19:10:28Z", 12, []string{"2026-05-24", "19:10:28Z"}},
		{"at 2026-05-24 19:10:28Z (4m ago)", 22, []string{"at", "2026-05-24 19:10:28Z", "(4m ago)"}},
		{"at 2026-05-24 19:10:28Z.", 21, []string{"at", "2026-05-24 19:10:28Z."}},
		{"vault (6), account (4)", 18, []string{"vault (6),", "account (4)"}},
		{"e\u0301e\u0301e\u0301", 2, []string{"e\u0301e\u0301", "e\u0301"}},
	} {
		if got := wrapped(c.in, c.columns); !slices.Equal(got, c.want) {
			t.Errorf("%q at %d: %q, want %q", c.in, c.columns, got, c.want)
		}
	}
}

// No line is too wide, and only spaces are lost, for any text.
func TestWrapLosesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	parts := []string{"a", "b", "word", "/", "-", "_", "====", ".", " ", " ", "開", "e\u0301", "7", "ע", "🚀", ","}
	for range 20000 {
		var in strings.Builder
		for range random.IntN(30) {
			in.WriteString(parts[random.IntN(len(parts))])
		}
		columns := 1 + random.IntN(20)
		lines := wrapped(in.String(), columns)
		for _, line := range lines {
			if w := ansi.StringWidth(line); w > max(columns, 2) {
				t.Fatalf("%q at %d: %q has %d cells", in.String(), columns, line, w)
			}
		}
		bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got, want := bare(strings.Join(lines, "")), bare(in.String()); got != want {
			t.Fatalf("%q at %d: %q", in.String(), columns, lines)
		}
	}
}

func wrappedCommand(line string, columns int) []string {
	var command finding.Command
	_ = command.UnmarshalText([]byte(line))
	words, more := wordsOf(command)
	return append(wrapCommand(words, columns), more...)
}

func TestWrapCommand(t *testing.T) {
	for _, c := range []struct {
		in      string
		columns int
		want    []string
	}{
		{"kubectl get pods", 20, []string{"kubectl get pods"}},
		{"kubectl get pods --namespace ci", 25, []string{`kubectl get pods \`, "    --namespace ci"}},
		{"kubectl get pods --namespace ci", 31, []string{"kubectl get pods --namespace ci"}},
		{"kubectl get pods -o 'a b  c' x", 20, []string{`kubectl get pods \`, "    -o 'a b  c' x"}},
		{`echo "a b c" 'd e' --flag=1 --long value`, 17, []string{`echo "a b c" \`, `    'd e' \`, `    --flag=1 \`, "    --long value"}},
		{"cat --into there <<'EOF'\n  a b c d e f g h i j\nEOF", 16, []string{`cat --into \`, `    there \`, "    <<'EOF'", "  a b c d e f g h i j", "EOF"}},
		{"", 10, []string{""}},
		{`token="$(kubectl create token robot)" && printf '%s\n' "$token" > token`, 60, []string{`token="$(kubectl create token robot)" &&`, `    printf '%s\n' "$token" > token`}},
		{"one two three | four | five", 20, []string{"one two three |", "    four | five"}},
		{"one two three four five six | seven", 20, []string{`one two three four \`, "    five six | seven"}},
	} {
		got := wrappedCommand(c.in, c.columns)
		if !slices.Equal(got, c.want) {
			t.Errorf("%q at %d:\n got %q\nwant %q", c.in, c.columns, got, c.want)
		}
	}
}

// A command with known words is broken between them, for any words.
func TestWrapKnownWords(t *testing.T) {
	run := finding.Run("kubectl get pods").Flag("--selector", finding.Object.Of("it's a b")).Pipe(finding.Run("wc -l"))
	words, more := wordsOf(run)
	want := []string{`kubectl get pods \`, `    --selector 'it'\''s a b' |`, "    wc -l"}
	if got := wrapCommand(words, 33); len(more) > 0 || !slices.Equal(got, want) {
		t.Errorf("got %q, %q", got, more)
	}
}

// A wrapped command has the same words at every width.
func TestWrappedCommandsPaste(t *testing.T) {
	for _, command := range []string{
		`kubectl --namespace ci get secret build-bot-token --output go-template='{{.data.token | base64decode}}' | kubectl authn inspect -`,
		`kubectl config set-credentials "a  b" --token "$(cat '/x y/token')" --flag=1 && true`,
		`kubectl authn mint 'it'\''s' --audience 'https://a b' -n ci --duration 1h`,
	} {
		for columns := 1; columns < 150; columns++ {
			lines := wrappedCommand(command, columns)
			joined := strings.NewReplacer("\\\n", "", "&&\n", "&&", "|\n", "|").Replace(strings.Join(lines, "\n"))
			if strings.Contains(joined, "\n") || strings.Join(strings.Fields(joined), " ") != strings.Join(strings.Fields(command), " ") {
				t.Fatalf("at %d: %q", columns, lines)
			}
		}
	}
}

// A manifest in a command keeps its lines, without padding.
func TestWordsOfAManifest(t *testing.T) {
	run := finding.Run("printf %s").Argf("\nkind: Pod\nmetadata: {name: %s}\n", finding.Pod.Of("web")).Pipe(finding.Run("kubectl apply -f -"))
	words, more := wordsOf(run)
	got := append(wrapCommand(words, 80), more...)
	if want := []string{"printf %s '", "kind: Pod", "metadata: {name: web}", "' | kubectl apply -f -"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A UID that is too wide for its column is unbroken below its name, so that it can be copied and compared.
func TestOneWordBelowItsName(t *testing.T) {
	uid := "21ad94b3-8987-4911-b940-17b306f314a1"
	row := document.Row{Name: document.Of(document.Prose, finding.T("UID of the account")), Value: document.Of(document.Value, finding.T("%s", finding.UID.Of(uid)))}
	for columns, want := range map[int]string{
		60: "UID of the account  " + uid + "\n",
		50: "UID of the account\n    " + uid + "\n",
	} {
		var out strings.Builder
		if err := (&Printer{W: &out, Width: columns}).Print(document.Document{document.Rows{Rows: []document.Row{row}}}); err != nil || out.String() != want {
			t.Errorf("at %d: %q, want %q; %v", columns, out.String(), want, err)
		}
	}
}
