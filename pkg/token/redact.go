package token

import "regexp"

const members = `token|password|client-key-data|client-certificate-data|clientkeydata|token-secret|id-token|refresh-token|access-token`

// shapes are those of credentials, as they stand in headers, bodies and messages.
var shapes = regexp.MustCompile(
	`(?i)(authorization:?\s*\[?"?(?:bearer|basic)\s+)[^"'\s\]]+` +
		`|("(?:` + members + `)"\s*:\s*")(?:[^"\\]|\\.)*` +
		// The same in a body that a log quotes.
		`|(\\"(?:` + members + `)\\"\s*:\s*\\")(?:[^"\\]|\\[^"])*` +
		`|()eyJ[A-Za-z0-9_=+/-]+(?:\.[A-Za-z0-9_=+/-]*)*` +
		`|()ZXlK[A-Za-z0-9_=+/-]+` +
		`|()\b[a-z0-9]{6}\.[a-z0-9]{16}\b` +
		`|()k8s-aws-v1\.[A-Za-z0-9_=+/-]+` +
		`|()-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)-----END [A-Z ]*PRIVATE KEY-----`)

// Redact replaces what looks like a credential by REDACTED, in text that comes from
// elsewhere: a log, an error, the message of a server that repeats what it was sent.
func Redact(text string) string {
	return shapes.ReplaceAllString(text, "${1}${2}${3}${4}${5}${6}${7}${8}"+Redacted)
}
