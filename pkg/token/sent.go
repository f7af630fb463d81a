package token

import (
	"fmt"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Sent is how a token arrives in an Authorization header.
type Sent struct {
	// Possible reports whether an HTTP client can send the token; Reason is why not.
	Possible bool
	Reason   finding.Text
	// Read is the token that the API server reads from the header; "" if it finds none, so that
	// the request is anonymous. It is a secret like the token itself.
	Read string `json:"-"`
	// ExtraSpace reports whether the API server returns its warning about an extra space before
	// the token.
	ExtraSpace bool
}

// Format implements fmt.Formatter, so that no verb prints Read.
func (s Sent) Format(f fmt.State, _ rune) {
	read := Redacted
	if s.Read == "" {
		read = "nothing"
	}
	fmt.Fprintf(f, "{Possible:%t Reason:%q Read:%s ExtraSpace:%t}", s.Possible, s.Reason.String(), read, s.ExtraSpace)
}

// Sent returns how the token passes through client and server.
//
// Go's HTTP clients refuse a header value with control characters and trim white
// space around it (golang.org/x/net/http/httpguts, net/textproto). The server trims
// the value again, as Unicode has white space, and splits it at spaces
// (k8s.io/apiserver pkg/authentication/request/bearertoken). Held against the real
// client and v0.36.3 of that package with 8,000 short texts, over HTTP/1.1 and HTTP/2.
func (t *Token) Sent() Sent { return sent(t.Raw.Reveal()) }

func sent(raw string) Sent {
	for i := 0; i < len(raw); i++ {
		if c := raw[i]; (c < ' ' && c != '\t') || c == 0x7f {
			return Sent{Reason: finding.T("%s after %s is not allowed in an HTTP header", characterName(rune(c)), characters(raw[:i]))}
		}
	}
	parts := strings.SplitN(strings.TrimSpace("Bearer "+raw), " ", 3)
	if len(parts) < 2 {
		return Sent{Possible: true}
	}
	return Sent{Possible: true, Read: parts[1], ExtraSpace: parts[1] == ""}
}
