package errortext

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// unambiguous is the set of messages that are recognized anywhere in a text, because only one
// program writes them. The API server's common messages (`EOF`, generic errors of a webhook, Go's
// x509) are not in it: the text around them has to show that the API server wrote them.
var unambiguous = sync.OnceValue(func() *set {
	own := func(table []pattern) []pattern {
		return slices.DeleteFunc(slices.Clone(table), func(p pattern) bool {
			switch {
			case len(p.ids) == 0, p.stage == RequestHeader:
				return true
			}
			switch p.text {
			case `Unauthorized`, `json: {error...}`, `crypto/rsa: verification error`, `oidc: {error...}`,
				`error validating audiences`, `Token has expired`, `Token has expired.`, `Token could not be validated.`:
				return true
			}
			return strings.HasPrefix(p.text, "x509: ")
		})
	}
	return compile(
		aggregated(), frontProxy(),
		clientConfig(), clientProxy(), clientOther(), serverHandshake, pluginAWS(), pluginGoogle(), pluginAzure(), pluginOIDC(), pluginOther(),
		clientTransport, clientCredential, clientJoining,
		cloudAWS, cloudAzure(), cloudGoogle, cloudVault, cloudOIDC(),
		own(serverRequest), own(serverServiceAccount), own(serverLegacyServiceAccount), own(serverServiceAccountDetail),
		own(serverBootstrap), own(serverOIDC), own(serverCertificate()), own(serverReview), own(serverTokenRequest),
		own(serverAuthorization), own(serverWebhook[:1]), loggedOf(serverWebhook),
		clientAnswer, clientStatus(), clientPlugin(),
	)
})

// Bounds on the work for a text that is made to be slow: the number of positions at which a message
// may begin, and the number of messages.
const (
	maxBeginnings = 2000
	maxFound      = 200
)

// unable is the beginning of the log line with which an API server explains a 401.
const unable = "Unable to authenticate the request"

// Find returns the messages about authentication in a pasted text, from any program: log lines of
// an API server, a TokenReview, an audit event, or output of kubectl, client-go, kubeadm, a cloud's
// token service or Vault. It ignores everything else and returns no message twice.
//
// The text shows which program wrote a message. `x509: …` alone is a client's and is about the
// server's certificate; after err= in an API server's log, it is about the client's certificate.
func Find(text string) []Reason {
	f := finder{seen: map[string]bool{}, budget: maxBeginnings}
	f.vault = strings.Contains(text, "auth/kubernetes") || strings.Contains(text, "auth/jwt") || strings.Contains(strings.ToLower(text), "vault")
	f.kube, f.plugin = aboutKubernetes(text), aboutPlugin(text)
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines) && len(f.out) < maxFound && f.budget > 0; i++ {
		line := strings.TrimRight(lines[i], "\r")
		f.line = line
		if at := strings.Index(line, unable); at >= 0 {
			message, more := logged(line[at+len(unable):], lines[i+1:])
			i += more
			if message != "" {
				f.add(Parse(message)...)
				continue
			}
		}
		if whole := Parse(unwrapped(line)); len(whole) > 0 && known(whole, strings.HasPrefix(unwrapped(line), "[")) {
			f.add(whole...)
			continue
		}
		f.scan(line, 0)
	}
	return withoutStatus(withoutStrays(f.out))
}

type finder struct {
	out    []Reason
	seen   map[string]bool
	budget int
	vault  bool
	kube   bool
	plugin bool
	line   string
}

func (f *finder) add(reasons ...Reason) {
	for _, r := range reasons {
		if key := string(r.Stage) + r.Text; !f.seen[key] && len(f.out) < maxFound {
			f.seen[key] = true
			r.Line = f.line
			f.out = append(f.out, r)
		}
	}
}

// logged returns the error of a log line, whose rest follows the message, and the number of next
// lines that belong to it.
func logged(rest string, next []string) (message string, more int) {
	for _, key := range []string{` err="`, `"err":"`, `"err": "`, ` error="`, `"error":"`} {
		if at := strings.Index(rest, key); at >= 0 {
			return unquote(rest[at+len(key)-1:]), 0
		}
	}
	// klog prints a value of several lines between < and >.
	if strings.HasSuffix(rest, " err=<") {
		var lines []string
		for _, l := range next {
			more++
			if strings.TrimSpace(l) == ">" || more > 100 {
				break
			}
			lines = append(lines, strings.TrimSpace(l))
		}
		return strings.Join(lines, " "), more
	}
	for _, before := range []string{" due to an error: ", ": "} {
		if at := strings.Index(rest, before); at >= 0 {
			return rest[at+len(before):], 0
		}
	}
	return "", 0
}

// unquote returns the content of the quoted text at the start of s, even if its end is missing.
func unquote(s string) string {
	n := quotedEnd(s)
	if n == 0 {
		return strings.TrimPrefix(s, `"`)
	}
	if text, err := strconv.Unquote(s[:n]); err == nil {
		return text
	}
	return s[1 : n-1]
}

// unwrapped returns a line without quotes and the prefixes that people and tools put before a
// message.
func unwrapped(line string) string {
	line = strings.Trim(line, " \t`,")
	for _, before := range []string{"error: ", "Error: ", "status.error: "} {
		line = strings.TrimPrefix(line, before)
	}
	if len(line) > 1 && (line[0] == '"' || line[0] == '\'') && line[len(line)-1] == line[0] {
		if line[0] == '"' {
			return unquote(line)
		}
		return line[1 : len(line)-1]
	}
	return line
}

// known reports whether the messages of a whole line are an API server's. Unknown messages, such as
// a webhook's, count only in an aggregate.
func known(reasons []Reason, aggregate bool) bool {
	own := false
	for _, r := range reasons {
		switch r.Stage {
		case ServiceAccount, LegacyServiceAccount, Bootstrap, X509, Bearer, WebSocket:
			own = own || len(reasons) > 1 || !strings.HasPrefix(r.Text, "json: ")
		case OIDC:
			// Other programs use go-oidc as well.
			own = own || strings.HasPrefix(r.Text, "oidc: ") && startsOwn(r.Text)
		case Request:
			own = own || len(reasons) == 1 && r.Text == "Unauthorized"
		}
		if r.Stage == Unknown && !aggregate {
			return false
		}
	}
	// An unknown first message is a prefix that a tool added.
	return own && reasons[0].Stage != Unknown
}

// startsOwn reports whether a message after `oidc: ` is the API server's own, and not go-oidc's.
func startsOwn(text string) bool {
	for _, p := range serverOIDC {
		literal, _, _ := strings.Cut(p.text, "{")
		if literal != "oidc: " && strings.HasPrefix(text, literal) {
			return true
		}
	}
	return false
}

// scan tries to match a message at the beginning of each word of a line.
func (f *finder) scan(line string, depth int) {
	for pos := 0; pos < len(line) && f.budget > 0; {
		if pos > 0 && wordByte(line[pos-1]) || line[pos] == ' ' {
			pos++
			continue
		}
		if n := f.at(line, pos, depth); n > 0 {
			pos += n
			continue
		}
		pos++
	}
}

// at adds the message that begins at pos and returns its length; 0 if no known message begins
// there.
//
// It has a branch for each form of a message in a line, because all forms share the position.
func (f *finder) at(line string, pos, depth int) int {
	rest := line[pos:]
	switch rest[0] {
	case '[':
		if pos > 0 && line[pos-1] == '[' {
			return 0
		}
		inside := rest[opening(rest):]
		if !strings.HasPrefix(inside, invalidBearerToken) && !strings.HasPrefix(inside, "x509: ") {
			return 0
		}
		f.budget--
		n := closing(rest)
		if reasons := Parse(rest[:n]); known(reasons, true) {
			f.add(reasons...)
			return n
		}
		return 0
	case '"':
		// A quoted text may contain messages: an answer or an event in JSON, or a field of a log.
		n := quotedEnd(rest[:min(len(rest), 2*window)])
		if n < 3 || depth > 2 || !strings.Contains(rest[:n], `\`) {
			return 0
		}
		f.budget--
		text, err := strconv.Unquote(rest[:n])
		if err != nil {
			return 0
		}
		found := len(f.out)
		for part := range strings.SplitSeq(text, "\n") {
			f.scan(part, depth+1)
		}
		if len(f.out) == found {
			return 0
		}
		return n
	}
	if f.vault && strings.HasPrefix(rest, vaultDenied) && finished(rest[len(vaultDenied):]) {
		f.add(Reason{Text: vaultDenied, Stage: Service, Values: service("Vault"), Pattern: vaultDenied})
		return len(vaultDenied)
	}
	s := unambiguous()
	floating := s.floating
	if pos > 0 && strings.IndexByte(wordEnds, line[pos-1]) < 0 {
		// A pattern that begins with a variable can match only at the start of a whole word.
		floating = nil
	}
	for _, candidates := range [2][]compiled{s.byFirst[rest[0]], floating} {
		for i := range candidates {
			c := &candidates[i]
			if first := c.pieces[0]; c.kube && !f.kube || c.beside && !f.plugin || first.kind == literal && !strings.HasPrefix(rest, first.text) {
				continue
			} else if first.kind == literal && len(c.pieces) > 1 {
				f.budget--
			}
			n, values, open, ok := c.match(rest)
			if !ok || !open && !finished(rest[n:]) {
				continue
			}
			if c.text == "Unauthorized" && !isWholeMessage(line, pos, n) {
				continue
			}
			if c.stage == HTTP && strings.Trim(strings.TrimSuffix(line[pos+n:], " with root cause"), " \t\"'.,;)]}") != "" {
				// More text follows, so the 401 is about something else, such as an image or a
				// page.
				continue
			}
			end := n
			if open {
				end = n + restEnd(line, pos, rest[n:])
				if values == nil {
					values = map[string]string{}
				}
				values[c.pieces[len(c.pieces)-1].text] = strings.TrimSpace(rest[n:end])
			}
			if c.suits != nil && !c.suits(values) {
				continue
			}
			f.add(c.reason(strings.TrimSpace(rest[:end]), values))
			if c.wraps || c.beside {
				end = n
			}
			return max(end, 1)
		}
	}
	return 0
}

// isWholeMessage reports whether the one-word message at pos stands where a message does: alone in
// quotes, or at the end of the line after a colon.
func isWholeMessage(line string, pos, n int) bool {
	before, after := strings.TrimRight(line[:pos], " "), strings.TrimSpace(line[pos+n:])
	switch {
	case strings.HasSuffix(line[:pos], `"`) && strings.HasPrefix(after, `"`):
		return true
	case after != "" && after != `"`:
		return false
	}
	return before == "" || strings.HasSuffix(before, ":")
}

// restEnd returns the end of a message without an end of its own: the end of its quotation, or of
// the line.
func restEnd(line string, pos int, rest string) int {
	end := min(len(rest), window)
	if pos > 0 && (line[pos-1] == '"' || line[pos-1] == '\'') {
		if n := strings.IndexByte(rest[:end], line[pos-1]); n >= 0 {
			return n
		}
	}
	for _, stop := range []string{`\r\n`, `\n`, ` Trace ID: `, `", "`, `","`, `"}`} {
		if n := strings.Index(rest[:end], stop); n >= 0 {
			end = n
		}
	}
	return end
}

// closing returns the length of the bracketed text at the start of s, or len(s) if the bracket is
// not closed.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '[':
			depth++
		case ']':
			depth--
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// finished reports whether a message may end before s.
func finished(s string) bool { return s == "" || !wordByte(s[0]) }

func wordByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' || b >= 0x80
}
