package serverlog

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

var (
	refusal      = []byte(errortext.Refusal)
	httpLine     = []byte(`"HTTP" `)
	unauthorized = []byte(" resp=401")
	handshake    = []byte("http: TLS handshake error from ")
)

// line counts one line, and reports whether its form is known. rest is the text after it, for an
// error of several lines. written is the time that a log collector wrote beside it.
func (t *tally) line(line, rest, written []byte) bool {
	if isKlog(line) {
		t.klog(line, rest, written)
		return true
	}
	content, at := content(line)
	if at == nil {
		at = written
	}
	switch {
	case content == nil:
		if field := quotedField(line); field != nil {
			return t.line(field, rest, at)
		}
	case content[0] == '{':
		known := t.json(content, at)
		if !known && !t.server && t.depth == 0 && has(line, signs) {
			t.ofClient(line, fullStamp(at))
		}
		return known
	default:
		t.klog(content, rest, at)
		return true
	}
	if i := bytes.Index(line, refusal); i >= 0 {
		// The beginning of the line is missing.
		t.message(line[i:], rest, fullStamp(at))
		return true
	}
	// A text inside JSON is explained with its whole line.
	if !t.server && content == nil && t.depth == 0 && has(line, signs) {
		t.ofClient(line, fullStamp(at))
	}
	return false
}

// isKlog reports whether a line begins with a klog header: `E0524 19:10:28.123456`.
func isKlog(line []byte) bool {
	if len(line) < 22 || line[5] != ' ' || line[8] != ':' || line[11] != ':' || line[14] != '.' {
		return false
	}
	switch line[0] {
	case 'I', 'W', 'E', 'F':
		return line[1]-'0' <= 1 && line[6]-'0' <= 2
	}
	return false
}

// The longest prefix of a line, in bytes and in words.
const (
	mostBefore     = 400
	mostWordsAhead = 12
)

// content returns the API server's own part of a line with the prefix of a container runtime, a
// journal or kubectl: from the klog header or the JSON object on. It also returns the time in the
// prefix, which has a year.
func content(line []byte) (content, at []byte) {
	for i, words := 0, 0; i < min(len(line), mostBefore) && words < mostWordsAhead; words++ {
		rest := line[i:]
		if len(rest) == 0 {
			break
		}
		if isObject(rest) || isKlog(rest) {
			return rest, at
		}
		end := bytes.IndexByte(rest, ' ')
		if end < 0 {
			break
		}
		if end > 18 && rest[4] == '-' && rest[10] == 'T' && at == nil {
			at = rest[:end]
		}
		i += end + 1
	}
	return nil, at
}

// isObject reports whether a text begins like a JSON object that is not empty. Labels of Loki and the quotes of CSV
// do not.
func isObject(text []byte) bool {
	if len(text) == 0 || text[0] != '{' {
		return false
	}
	inner := bytes.TrimLeft(text[1:min(len(text), 64)], " \t\r\n")
	return len(inner) == 0 || inner[0] == '"' && !bytes.HasPrefix(inner, []byte(`""`))
}

// stampOf returns the time of a line of a known form.
func stampOf(line []byte) Stamp {
	if isKlog(line) {
		return klogStamp(line)
	}
	content, written := content(line)
	if at := fullStamp(written); at.known {
		return at
	}
	switch {
	case content == nil:
		if field := quotedField(line); field != nil {
			return stampOf(field)
		}
		return Stamp{}
	case content[0] != '{':
		return klogStamp(content)
	}
	for _, key := range []string{`"stageTimestamp":`, `"requestReceivedTimestamp":`, `"time":`, `"@timestamp":`} {
		if at := fullStamp(member(content, key)); at.known {
			return at
		}
	}
	return millisStamp(member(content, `"ts":`))
}

// member returns the value of the last member with this name in an object, without quotes.
func member(object []byte, key string) []byte {
	at := bytes.LastIndex(object, []byte(key))
	if at < 0 {
		return nil
	}
	value := bytes.TrimLeft(object[at+len(key):], ` "`)
	if end := bytes.IndexAny(value, `",} `); end >= 0 {
		value = value[:end]
	}
	return value
}

// klog counts a klog line. written is the time in its prefix.
func (t *tally) klog(line, rest, written []byte) {
	t.forms[formKlog] = true
	const ahead = len("E0524 19:10:28.123456")
	end := bytes.IndexByte(line[ahead:min(len(line), ahead+200)], ']')
	if end < 0 || len(line) < ahead+end+4 {
		return
	}
	t.server = t.server || isServerFile(line[ahead:ahead+end])
	body := line[ahead+end+2:]
	whole := body
	switch body[0] {
	case '"':
		if body[1] == 'H' && bytes.HasPrefix(body, httpLine) {
			t.http(body)
			return
		}
		body = body[1:]
	}
	if body[0] == refusal[0] && bytes.HasPrefix(body, refusal) || errortext.Logged(body) {
		at := fullStamp(written)
		if !at.known {
			at = klogStamp(line)
		}
		t.message(body, rest, at)
	} else if !t.server && (line[0] != 'I' || has(whole, refusals)) {
		t.ofClient(line, klogStamp(line))
	}
}

// message counts a relevant message at the start of body.
func (t *tally) message(body, rest []byte, at Stamp) {
	body = bytes.TrimRight(body, "\r")
	u := message
	switch {
	case bytes.HasPrefix(body, refusal):
		u = request
		if bytes.HasSuffix(body, []byte(" err=<")) {
			body = append(append(bytes.Clone(body), '\n'), more(rest)...)
		}
	case bytes.HasPrefix(body, handshake):
		u = connection
		body = withoutPort(body)
	}
	t.add(u, body, at, func() string { return string(body) })
}

// more returns the further lines of an error of several lines.
func more(rest []byte) []byte {
	var out []byte
	for range 100 {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		rest = after
		for _, stream := range []string{" stderr F ", " stdout F "} {
			if i := bytes.Index(line[:min(len(line), 60)], []byte(stream)); i >= 0 {
				line = line[i+len(stream):]
			}
		}
		if len(out)+len(line) > longestKey || len(line) == 0 || isKlog(line) {
			break
		}
		out = append(append(out, line...), '\n')
		if string(bytes.TrimSpace(line)) == ">" {
			break
		}
	}
	return out
}

// withoutPort removes the client port, which differs each time, from a handshake message.
func withoutPort(body []byte) []byte {
	address, _, ok := bytes.Cut(body[len(handshake):], []byte(": "))
	if !ok {
		return body
	}
	port := bytes.LastIndexByte(address, ':')
	if port < 0 {
		return body
	}
	out := append([]byte(nil), body[:len(handshake)+port]...)
	return append(out, body[len(handshake)+len(address):]...)
}

// http counts the client of a request line with a 401.
func (t *tally) http(body []byte) {
	if !bytes.Contains(body, unauthorized) {
		return
	}
	text := string(body)
	source := field(text, ` srcIP="`)
	if at := strings.LastIndexByte(source, ':'); at > 0 {
		source = source[:at]
	}
	t.who(pasted.SourceIP, strings.Trim(source, "[]"))
	t.who(pasted.UserAgent, field(text, ` userAgent="`))
	path, _, _ := strings.Cut(field(text, ` URI="`), "?")
	t.who(pasted.Request, field(text, ` verb="`)+" "+path)
}

func (t *tally) who(what pasted.What, value string) {
	c := t.refused[what]
	if c == nil {
		c = &counter{}
		t.refused[what] = c
	}
	c.add(finding.Truncate(token.Redact(value), longestValue, "…"), 1)
}

// field returns the quoted value after a key of a line.
func field(text, key string) string {
	_, after, ok := strings.Cut(text, key)
	if !ok {
		return ""
	}
	quoted, err := strconv.QuotedPrefix(`"` + after)
	if err != nil {
		return ""
	}
	value, err := strconv.Unquote(quoted)
	if err != nil {
		return ""
	}
	return value
}

var (
	dockerLine = []byte(`{"log":"`)
	msg        = []byte(`"msg":"`)
	ts         = []byte(`"ts":`)
)

// json counts a line that is a JSON object.
func (t *tally) json(line, at []byte) bool {
	head := line[:min(len(line), 400)]
	switch {
	case bytes.HasPrefix(line, dockerLine):
		return t.docker(line)
	case isLogr(head, line):
		t.forms[formJSON] = true
		t.logr(line, at)
		return true
	case isList(head):
		return t.list(line)
	case isEvent(head):
		t.event(line, at)
		return true
	}
	return t.wrapped(line, at)
}

// isLogr reports whether a line is one of --logging-format=json, whose ts is in milliseconds. The logs of etcd and
// of controllers have the same members, but their ts is a string or in seconds. A message that only API servers
// write counts with any ts, because a log collector may have changed it.
func isLogr(head, line []byte) bool {
	i := bytes.Index(line, msg)
	if i < 0 || !bytes.Contains(head, ts) {
		return false
	}
	digits := 0
	for _, c := range member(head, `"ts":`) {
		if c < '0' || c > '9' {
			break
		}
		digits++
	}
	body := line[i+len(msg):]
	return digits > 11 || bytes.HasPrefix(body, refusal) || errortext.Logged(body)
}

// docker counts a line of Docker's json-file: {"log":"…\n","stream":"stderr","time":"…"}.
func (t *tally) docker(line []byte) bool {
	inner := line[len(dockerLine):]
	if len(inner) > 0 && inner[0] == '{' {
		// The log line is itself JSON, inside the JSON of Docker.
		var l struct{ Log string }
		if json.Unmarshal(line, &l) != nil {
			t.cut++
			return false
		}
		return t.json([]byte(strings.TrimSpace(l.Log)), member(line, `"time":`))
	}
	if !isKlog(inner) || hasLines(inner) {
		return t.wrapped(line, nil)
	}
	t.forms[formKlog] = true
	end := bytes.IndexByte(inner[:min(len(inner), 250)], ']')
	if end < 0 || end+2 >= len(inner) {
		return true
	}
	body := bytes.TrimPrefix(inner[end+2:], []byte(`\"`))
	if !bytes.HasPrefix(body, refusal) && !errortext.Logged(body) && !bytes.HasPrefix(body, []byte(`HTTP\" `)) {
		return true
	}
	var l struct{ Log, Time string }
	if json.Unmarshal(line, &l) != nil {
		t.cut++
		return true
	}
	t.klog([]byte(strings.TrimRight(l.Log, "\n")), nil, []byte(l.Time))
	return true
}

// hasLines reports whether a text inside JSON has more than one line.
func hasLines(inner []byte) bool {
	at := bytes.Index(inner, []byte(`\n`))
	return at >= 0 && at+2 < len(inner) && inner[at+2] != '"'
}

// logr counts a line of --logging-format=json: {"ts":…,"caller":…,"msg":"…","err":"…"}.
func (t *tally) logr(line, written []byte) {
	i := bytes.Index(line, msg)
	body := line[i+len(msg):]
	refused := bytes.HasPrefix(body, refusal)
	caller := member(line[:i], `"caller":`)
	t.server = t.server || isServerFile(caller[bytes.LastIndexByte(caller, '/')+1:])
	if !refused && !errortext.Logged(body) {
		if bytes.HasPrefix(body, []byte(`HTTP"`)) && bytes.Contains(body, []byte(`"resp":401`)) {
			var l struct{ Verb, URI, UserAgent, SrcIP string }
			if json.Unmarshal(line, &l) == nil {
				t.http([]byte(`"HTTP" verb=` + strconv.Quote(l.Verb) + " URI=" + strconv.Quote(l.URI) + " userAgent=" + strconv.Quote(l.UserAgent) +
					" srcIP=" + strconv.Quote(l.SrcIP) + string(unauthorized)))
			}
		} else if !t.server && has(line, signs) {
			t.ofClient(line, millisStamp(member(line[:i], `"ts":`)))
		}
		return
	}
	at := fullStamp(written)
	if !at.known {
		at = millisStamp(member(line[:i], `"ts":`))
	}
	u := message
	if refused {
		u = request
	} else if bytes.HasPrefix(body, handshake) {
		u = connection
	}
	t.add(u, body, at, func() string {
		var l struct{ Msg, Err string }
		if json.Unmarshal(line, &l) != nil {
			// The line is truncated: count its complete part.
			return string(body)
		}
		l.Msg = strings.TrimSpace(l.Msg)
		if u == connection {
			l.Msg = string(withoutPort([]byte(l.Msg)))
		}
		if refused {
			return l.Msg + `" err=` + strconv.Quote(l.Err)
		}
		return l.Msg
	})
}
