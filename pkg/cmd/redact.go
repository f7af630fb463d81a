package cmd

import (
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// redact replaces what looks like a credential: also in errors, where a token may
// stand because somebody wrote it in the place of a name.
func redact(text string) string { return token.Redact(text) }

// bearer is a token in whatever header a server has repeated it: of any form.
var bearer = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)(\bbearer\s+)[^\s"',\\\]]{8,}`) })

// redactor is the writer of the log. client-go writes an entry at a time.
type redactor struct{ w io.Writer }

func (r *redactor) Write(p []byte) (int, error) {
	// Tabs are client-go's own; they come from no server.
	text := strings.ReplaceAll(bearer().ReplaceAllString(redact(string(p)), "${1}"+token.Redacted), "\t", "    ")
	if _, err := io.WriteString(r.w, report.EscapeLines(text)); err != nil {
		return 0, err
	}
	return len(p), nil
}
