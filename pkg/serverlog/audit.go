package serverlog

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// auditEvent has the fields of an audit.k8s.io/v1 event that are read.
type auditEvent struct {
	Stage          string
	RequestURI     string
	Verb           string
	User           struct{ Username string }
	SourceIPs      []string
	UserAgent      string
	ResponseStatus struct {
		Code    int
		Message string
	}
	RequestReceivedTimestamp string
	Annotations              map[string]string
	// Of the bodies, only the error of a TokenReview is read.
	ResponseObject struct {
		Kind   string
		Status json.RawMessage
	}
}

// The annotations with which the API server reports about a token.
//
// k8s.io/kubernetes pkg/serviceaccount/claims.go and legacy.go.
const (
	staleToken       = "authentication.k8s.io/stale-token"
	legacyTokenStale = "authentication.k8s.io/legacy-token-invalidated"
)

// event counts an audit event.
func (t *tally) event(text, written []byte) {
	t.forms[formAudit] = true
	if !telling(text) {
		return
	}
	var e auditEvent
	if json.Unmarshal(text, &e) != nil {
		t.cut++
		return
	}
	at := fullStamp([]byte(e.RequestReceivedTimestamp))
	if !at.known {
		at = fullStamp(written)
	}
	names := e.requestNames()
	switch code := e.ResponseStatus.Code; {
	case code == 401 && e.User.Username == "":
		// The authentication filter writes one event, with the stage ResponseStarted.
		if secret := e.Annotations[legacyTokenStale]; secret != "" {
			name, namespace, _ := strings.Cut(secret, "/")
			t.said(request, at, pasted.FromAnnotation(finding.LegacyTokenMarkedInvalid, finding.T("the token of the Secret %s/%s has been marked invalid", finding.Namespace.Of(namespace), finding.Secret.Of(name)),
				append(names, pasted.Name{What: pasted.Secret, Value: namespace + "/" + name})...))
			return
		}
		t.answered(at, e.ResponseStatus.Message, names)
	case code == 401 && e.Stage == "ResponseComplete":
		said := pasted.FromBehind()
		said.Names = append(names, pasted.Name{What: pasted.User, Value: e.User.Username})
		t.said(request, at, said)
	case code == 403 && e.User.Username == "system:anonymous" && e.Stage == "ResponseComplete":
		t.answered(at, e.ResponseStatus.Message, names)
	}
	if stale := e.Annotations[staleToken]; stale != "" && e.Stage == "ResponseComplete" {
		if said, ok := pasted.FromLog(stale); ok {
			said.Names = append(said.Names, names...)
			t.said(message, at, said)
		}
	}
	if e.ResponseObject.Kind == "TokenReview" && e.Stage == "ResponseComplete" {
		t.review(at, &e)
	}
}

// answered counts a 401, or a 403 to an anonymous request.
func (t *tally) answered(at Stamp, text string, names []pasted.Name) {
	said, ok := pasted.FromLog(text)
	if !ok || !said.Known {
		said, _ = pasted.FromLog("Unauthorized")
	}
	said.Names = names
	t.said(request, at, said)
}

// review counts a TokenReview of a rejected token, with its reason. The request itself succeeded.
func (t *tally) review(at Stamp, e *auditEvent) {
	var status struct{ Error string }
	if json.Unmarshal(e.ResponseObject.Status, &status) != nil || status.Error == "" {
		return
	}
	said, ok := pasted.FromLog(status.Error)
	if !ok || !said.Known {
		return
	}
	said.Names = append(said.Names, pasted.Name{What: pasted.Reviewer, Value: e.User.Username})
	t.said(message, at, said)
}

// requestNames returns the client and the request, without the query of the URL, which may contain
// a token.
func (e *auditEvent) requestNames() []pasted.Name {
	path, _, _ := strings.Cut(e.RequestURI, "?")
	names := []pasted.Name{
		{What: pasted.SourceIP, Value: strings.Join(e.SourceIPs, ", ")},
		{What: pasted.UserAgent, Value: token.Redact(e.UserAgent)},
		{What: pasted.Request, Value: strings.TrimSpace(e.Verb + " " + token.Redact(path))},
	}
	var out []pasted.Name
	for _, n := range names {
		if n.Value != "" {
			out = append(out, n)
		}
	}
	return out
}

// isEvent reports whether an object is an audit event, by its beginning. The items of a list have
// neither kind nor version. An event inside another object or a string does not count.
func isEvent(head []byte) bool {
	for _, word := range [...]string{`"audit.k8s.io/`, `"auditID"`} {
		if at := bytes.Index(head, []byte(word)); at >= 0 && isMember(head[:at]) {
			return true
		}
	}
	return false
}

// isMember reports whether the text before a member is the beginning of the same object.
func isMember(before []byte) bool {
	depth, inString, escaped := 0, false, false
	for _, c := range before {
		switch {
		case escaped:
			escaped = false
		case inString && c == '\\':
			escaped = true
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
	}
	return depth == 1 && !inString
}

// telling reports whether an event may count. Most do not, and are not decoded.
func telling(text []byte) bool {
	return hasCode(text, "401") ||
		hasCode(text, "403") && bytes.Contains(text, []byte(`"system:anonymous"`)) ||
		bytes.Contains(text, []byte(staleToken)) ||
		bytes.Contains(text, []byte(`"TokenReview"`)) && bytes.Contains(text, []byte(`"error"`))
}

// hasCode reports whether a member code has that value.
func hasCode(text []byte, code string) bool {
	for i := 0; ; {
		at := bytes.Index(text[i:], []byte(code))
		if at < 0 {
			return false
		}
		if before := bytes.TrimRight(text[:i+at], " "); bytes.HasSuffix(before, []byte(`"code":`)) {
			return true
		}
		i += at + len(code)
	}
}
