package terminal

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// A UID is faint, except if it proves a cause or a sentence is about it.
func TestFaint(t *testing.T) {
	uid := finding.T("%s", finding.UID.Of("0e6a2f3d-77ab"))
	row := document.Row{Name: document.Of(document.Prose, finding.T("uid")), Value: document.Of(document.Value, uid)}
	for want, block := range map[bool]document.Block{
		true:  document.Rows{Rows: []document.Row{row}},
		false: document.Part{document.Rows{Rows: []document.Row{row}, Evidence: true}, document.Paragraph{Words: document.Of(document.Prose, uid)}},
	} {
		var out strings.Builder
		if err := (&Printer{W: &out, Color: true}).Print(document.Document{block}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "\x1b[2m"); got != want || !strings.Contains(out.String(), "0e6a2f3d-77ab") {
			t.Errorf("faint is %t, want %t: %q", got, want, out.String())
		}
	}
}

// All styles come from the one renderer whose colors and background are set.
func TestNobodyElseStyles(t *testing.T) {
	asks := regexp.MustCompile(`lipgloss\.(NewStyle|NewRenderer|DefaultRenderer|ColorProfile|HasDarkBackground|AdaptiveColor|CompleteAdaptiveColor)\b|muesli/termenv`)
	files, found := 0, 0
	err := filepath.WalkDir("../../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files++
		source, err := os.ReadFile(path)
		for _, word := range asks.FindAllString(string(source), -1) {
			found++
			if filepath.Base(path) != "style.go" {
				t.Errorf("%s has %s", path, word)
			}
		}
		return err
	})
	if err != nil || files < 100 || found == 0 {
		t.Errorf("%d files, %d words, %v", files, found, err)
	}
}
