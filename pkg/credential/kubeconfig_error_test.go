package credential

import (
	"errors"
	"strings"
	"testing"
)

// TestKubeconfigError: a parser's error may quote a secret and is reworded. The error of a missing file keeps its reason, whatever
// the name of the file is.
func TestKubeconfigError(t *testing.T) {
	for text, keeps := range map[string]bool{
		"open /home/jane/config.yaml: no such file or directory":         true,
		"open /home/jane/config.json: permission denied":                 true,
		`error loading config file "a": yaml: line 3: found s3cret`:      false,
		`error converting YAML to JSON: yaml: line 2: mapping of s3cret`: false,
		"yaml: line 2: s3cret":                                              false,
		"json: cannot unmarshal s3cret into Go value":                       false,
		`error loading config file "x.yaml": json: cannot unmarshal s3cret`: false,
	} {
		got := KubeconfigError(errors.New(text)).Error()
		if kept := got == text; kept != keeps || strings.Contains(got, "s3cret") {
			t.Errorf("%s: %s", text, got)
		}
	}
}
