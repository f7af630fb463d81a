package errortext

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// free are the messages that are recognised wherever they stand in a text: what only
// one speaker says. The API server's more common words (`EOF`, a webhook's generic
// errors, Go's x509) are its own only where the text shows that it is the speaker.
var free = sync.OnceValue(func() *set {
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
		aggregated(),
		serverHandshake, clientTransport, clientCredential, clientJoining,
		cloudAWS, cloudAzure, cloudGoogle, cloudVault, cloudOIDC(),
		own(serverRequest), own(serverServiceAccount), own(serverLegacyServiceAccount), own(serverServiceAccountDetail),
		own(serverBootstrap), own(serverOIDC), own(serverCertificate()), own(serverReview), own(serverTokenRequest),
		own(serverAuthorization), own(serverWebhook[:1]), loggedOf(serverWebhook),
		clientAnswer, clientStatus(),
	)
})

// Bounds on what a text made to be slow can cost: how often a message may begin, and
// how many lines may speak.
const (
	maxBeginnings = 2000
	maxFound      = 200
)

// unable begins the line in which an API server logs why it answers 401.
const unable = "Unable to authenticate the request"

// Find picks out of a text that somebody pasted the messages that say something about
// authentication, whoever says them: lines of an API server's log, a TokenReview, an
// audit event, what kubectl, client-go, kubeadm, a cloud's token service or Vault
// print. What it does not know it passes over. No message is returned twice.
//
// The speaker is told from the words: `x509: …` alone is a client's, and stands for the
// server's certificate; behind err= of an API server's log it is about the client's.
func Find(text string) []Reason {
	f := finder{seen: map[string]bool{}, budget: maxBeginnings}
	f.vault = strings.Contains(text, "auth/kubernetes") || strings.Contains(text, "auth/jwt") || strings.Contains(strings.ToLower(text), "vault")
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines) && len(f.out) < maxFound && f.budget > 0; i++ {
		line := strings.TrimRight(lines[i], "\r")
		if at := strings.Index(line, unable); at >= 0 {
			said, more := logged(line[at+len(unable):], lines[i+1:])
			i += more
			if said != "" {
				f.add(Parse(said)...)
				continue
			}
		}
		if whole := Parse(bare(line)); len(whole) > 0 && known(whole, strings.HasPrefix(bare(line), "[")) {
			f.add(whole...)
			continue
		}
		f.scan(line, 0)
	}
	return withoutStatus(f.out)
}

type finder struct {
	out    []Reason
	seen   map[string]bool
	budget int
	vault  bool
}

func (f *finder) add(reasons ...Reason) {
	for _, r := range reasons {
		if key := string(r.Stage) + r.Text; !f.seen[key] && len(f.out) < maxFound {
			f.seen[key] = true
			f.out = append(f.out, r)
		}
	}
}

// logged is the error of a log line, of which rest is what follows the message, and
// how many of the next lines belong to it.
func logged(rest string, next []string) (said string, more int) {
	for _, key := range []string{` err="`, `"err":"`, `"err": "`, ` error="`, `"error":"`} {
		if at := strings.Index(rest, key); at >= 0 {
			return unquote(rest[at+len(key)-1:]), 0
		}
	}
	// klog shows what has several lines as it is.
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

// unquote reads the quoted text that s begins with, as far as it is there.
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

// bare is a line without what people and tools put before and around a message.
func bare(line string) string {
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

// known reports whether these, the messages of a line that holds nothing else, are an
// API server's. Words of its webhook stand among them in an aggregate alone.
func known(reasons []Reason, aggregate bool) bool {
	own := false
	for _, r := range reasons {
		switch r.Stage {
		case ServiceAccount, LegacyServiceAccount, Bootstrap, X509, Bearer, WebSocket:
			own = own || len(reasons) > 1 || !strings.HasPrefix(r.Text, "json: ")
		case OIDC:
			// go-oidc speaks so in other programs as well.
			own = own || strings.HasPrefix(r.Text, "oidc: ") && startsOwn(r.Text)
		case Request:
			own = own || len(reasons) == 1 && r.Text == "Unauthorized"
		}
		if r.Stage == Unknown && !aggregate {
			return false
		}
	}
	// An unknown message before the first known one is what a tool put there.
	return own && reasons[0].Stage != Unknown
}

// startsOwn: `oidc: ` with the API server's own words behind it.
func startsOwn(text string) bool {
	for _, p := range serverOIDC {
		literal, _, _ := strings.Cut(p.text, "{")
		if literal != "oidc: " && strings.HasPrefix(text, literal) {
			return true
		}
	}
	return false
}

// scan looks for messages at the beginning of each word of a line.
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

// at takes what begins at pos, and returns its length; 0 where nothing known does.
//
// It has many branches: each is one form in which a message stands in a line, and all share how far they came.
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
		// A text inside a text: an answer or an event in JSON, a log's field.
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
	s := free()
	floating := s.floating
	if pos > 0 && strings.IndexByte(wordEnds, line[pos-1]) < 0 {
		// A word that any message may begin with has begun before.
		floating = nil
	}
	for _, candidates := range [2][]compiled{s.byFirst[rest[0]], floating} {
		for i := range candidates {
			c := &candidates[i]
			if first := c.pieces[0]; first.kind == literal && !strings.HasPrefix(rest, first.text) {
				continue
			} else if first.kind == literal && len(c.pieces) > 1 {
				f.budget--
			}
			n, values, open, ok := c.match(rest)
			if !ok || !open && !finished(rest[n:]) {
				continue
			}
			if c.text == "Unauthorized" && !said(line, pos, n) {
				continue
			}
			if c.stage == HTTP && strings.Trim(line[pos+n:], " \t\"'.)]}") != "" {
				// It is about something: an image, a page.
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
			f.add(Reason{Text: strings.TrimSpace(rest[:end]), Stage: c.stage, IDs: slices.Clone(c.ids), Values: values, Pattern: c.text, Since: c.since, Until: c.until})
			return max(end, 1)
		}
	}
	return 0
}

// said: the one word stands where a message does, alone between quotes, or at the end
// of the line behind a colon.
func said(line string, pos, n int) bool {
	before, after := strings.TrimRight(line[:pos], " "), strings.TrimSpace(line[pos+n:])
	switch {
	case strings.HasSuffix(line[:pos], `"`) && strings.HasPrefix(after, `"`):
		return true
	case after != "" && after != `"`:
		return false
	}
	return before == "" || strings.HasSuffix(before, ":")
}

// restEnd is where a message ends that has no end of its own: with the quotation it
// stands in, or with the line.
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

// closing is the length of the bracketed text that s begins with, or all of s.
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
