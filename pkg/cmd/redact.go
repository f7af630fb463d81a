package cmd

import (
	"io"
	"regexp"

	"github.com/kubectl-authn/kubectl-authn/pkg/report"
)

// secrets are the shapes of credentials, as client-go's log may hold them: bodies
// and headers at -v=8 and above. What looks like one does not leave the program.
var secrets = regexp.MustCompile(
	`(?i)(authorization:?\s*\[?"?(?:bearer|basic)\s+)[^"'\s\]]+` +
		`|("(?:token|password|client-key-data|client-certificate-data|clientkeydata|token-secret|id-token|refresh-token|access-token)"\s*:\s*")[^"]*` +
		`|()eyJ[A-Za-z0-9_=+/-]+(?:\.[A-Za-z0-9_=+/-]*)*` +
		`|()ZXlK[A-Za-z0-9_=+/-]+` +
		`|()\b[a-z0-9]{6}\.[a-z0-9]{16}\b` +
		`|()k8s-aws-v1\.[A-Za-z0-9_=+/-]+` +
		`|()-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)-----END [A-Z ]*PRIVATE KEY-----`)

// redact replaces what looks like a credential: also in errors, where a token may
// stand because somebody wrote it in the place of a name.
func redact(text string) string {
	return secrets.ReplaceAllString(text, "${1}${2}${3}${4}${5}${6}${7}REDACTED")
}

// redactor is the writer of the log. client-go writes an entry at a time.
type redactor struct{ w io.Writer }

func (r *redactor) Write(p []byte) (int, error) {
	if _, err := io.WriteString(r.w, report.EscapeLines(redact(string(p)))); err != nil {
		return 0, err
	}
	return len(p), nil
}
