package terminal

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Styles come from the one renderer that is told what it would query the terminal for.
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
