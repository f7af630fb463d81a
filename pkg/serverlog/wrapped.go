package serverlog

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// deepest is the number of objects, arrays and texts around a log line that are read.
const deepest = 12

// shortestLine is the size of the shortest text that can be a log line, in bytes.
const shortestLine = 22

// texts are the members in which log collectors write a line, the most frequent first.
var texts = []string{"log", "message", "MESSAGE", "@message", "line", "textPayload", "jsonPayload", "protoPayload", "_source", "properties"}

// times are the members in which log collectors write the time of a line.
var times = []string{"timestamp", "@timestamp", "time", "TimeGenerated", "ts"}

// wrapped counts the log lines and audit events inside a JSON object, as journals, log collectors and clouds write
// them. Members may be texts that are JSON themselves.
func (t *tally) wrapped(line, at []byte) bool {
	n := t.within(line, at)
	if n == 0 && t.depth == 0 && (bytes.Contains(line, []byte("audit.k8s.io/v")) || bytes.Contains(line, refusal)) {
		// An unread event must not look like a log without failures.
		t.cut++
	}
	if n > 1 && t.depth == 0 {
		t.lines += n - 1
		t.recognised += n - 1
	}
	return n > 0
}

// within counts the log lines and events inside a value, and returns their number.
func (t *tally) within(value, at []byte) (n int64) {
	if t.depth >= deepest || len(value) < 2 {
		return 0
	}
	t.depth++
	defer func() { t.depth-- }()
	switch value[0] {
	case '{':
		var object map[string]json.RawMessage
		if json.Unmarshal(value, &object) == nil {
			return t.members(value, object, at)
		}
	case '[':
		var array []json.RawMessage
		if json.Unmarshal(value, &array) != nil {
			return 0
		}
		for _, element := range array {
			n += t.within(element, at)
		}
	case '"':
		var text string
		if len(value) > shortestLine && json.Unmarshal(value, &text) == nil {
			return t.text([]byte(strings.TrimSpace(text)), at)
		}
	}
	return n
}

// members counts the lines in the first member of an object that has any: others repeat it.
func (t *tally) members(text []byte, object map[string]json.RawMessage, at []byte) int64 {
	if _, ok := object["auditID"]; ok && object["stage"] != nil {
		t.event(text, at)
		t.seen(fullStamp([]byte(unquoted(cmp.Or(string(object["stageTimestamp"]), string(object["requestReceivedTimestamp"]))))))
		return 1
	}
	if written := timeOf(object); written != nil {
		at = written
	}
	if payload := object["protoPayload"]; payload != nil && t.cloudAudit(payload, at) {
		t.seen(fullStamp(at))
		return 1
	}
	for _, name := range texts {
		if value, ok := object[name]; ok {
			if n := t.within(value, at); n > 0 {
				return n
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if slices.Contains(texts, name) {
			continue
		}
		if n := t.within(object[name], at); n > 0 {
			return n
		}
	}
	return 0
}

// text counts the lines of a text inside JSON.
func (t *tally) text(text, at []byte) (n int64) {
	if len(text) > 0 && text[0] == '[' {
		if n = t.within(text, at); n > 0 {
			return n
		}
	}
	if isObject(text) {
		var line bytes.Buffer
		if json.Compact(&line, text) == nil && t.json(line.Bytes(), at) {
			t.seen(cmp.Or(fullStamp(at), stampOf(line.Bytes())))
			return 1
		}
		return 0
	}
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		if len(line) < shortestLine || !t.line(line, rest, at) {
			continue
		}
		t.seen(cmp.Or(fullStamp(at), stampOf(line)))
		n++
	}
	return n
}

// seen extends the period of the log.
func (t *tally) seen(at Stamp) { t.first, t.last = earliest(t.first, at), latest(t.last, at) }

// timeOf returns the time that a log collector wrote, in RFC 3339.
func timeOf(object map[string]json.RawMessage) []byte {
	for _, name := range times {
		value := unquoted(string(object[name]))
		if fullStamp([]byte(value)).known {
			return []byte(value)
		}
		// CloudWatch writes milliseconds since 1970.
		if ms, err := strconv.ParseInt(value, 10, 64); err == nil && len(value) == 13 {
			return []byte(time.UnixMilli(ms).UTC().Format(time.RFC3339Nano))
		}
	}
	return nil
}

func unquoted(value string) string { return strings.Trim(value, `"`) }

// cloudAudit counts an entry of Google Cloud's audit log, which has the requests of a cluster in a form of its own.
func (t *tally) cloudAudit(payload, at []byte) bool {
	var entry struct {
		ServiceName, MethodName, ResourceName string
		AuthenticationInfo                    struct{ PrincipalEmail string }
		RequestMetadata                       struct{ CallerIP, CallerSuppliedUserAgent string }
		Status                                struct {
			Code    int
			Message string
		}
	}
	if json.Unmarshal(payload, &entry) != nil || entry.ServiceName != "k8s.io" && !strings.HasPrefix(entry.MethodName, "io.k8s.") {
		return false
	}
	t.forms[formAudit] = true
	e := auditEvent{RequestURI: entry.ResourceName, Verb: entry.MethodName[strings.LastIndexByte(entry.MethodName, '.')+1:], UserAgent: entry.RequestMetadata.CallerSuppliedUserAgent}
	if ip := entry.RequestMetadata.CallerIP; ip != "" {
		e.SourceIPs = []string{ip}
	}
	// google.rpc.Code: PERMISSION_DENIED is 7, UNAUTHENTICATED 16.
	user := entry.AuthenticationInfo.PrincipalEmail
	switch code := entry.Status.Code; {
	case (code == 16 || code == 401) && user == "", (code == 7 || code == 403) && user == "system:anonymous":
		t.answered(fullStamp(at), entry.Status.Message, e.requestNames())
	}
	return true
}

// quotedField returns the field of a CSV line that is a log line or JSON, without its quotes.
func quotedField(line []byte) []byte {
	for i := 0; i < min(len(line), mostBefore); {
		at := bytes.IndexByte(line[i:], '"')
		if at < 0 {
			return nil
		}
		i += at + 1
		if i > 1 && line[i-2] != ',' {
			continue
		}
		field := line[i:]
		if !isKlog(field) && !bytes.HasPrefix(field, []byte(`{""`)) {
			continue
		}
		if end := fieldEnd(field); end >= 0 {
			field = field[:end]
		}
		return bytes.ReplaceAll(field, []byte(`""`), []byte(`"`))
	}
	return nil
}

// fieldEnd returns the position of the quote that ends a field of CSV, and -1 if the field goes on.
func fieldEnd(field []byte) int {
	for i := 0; i < len(field); i++ {
		if field[i] != '"' {
			continue
		}
		if i+1 == len(field) || field[i+1] != '"' {
			return i
		}
		i++
	}
	return -1
}
