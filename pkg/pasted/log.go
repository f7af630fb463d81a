package pasted

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// LogMessage is what one message of an API server's log, or of its audit log, says by
// itself.
type LogMessage struct {
	// Cause is the finding that the message proves; credential-rejected where it says no
	// more than that.
	Cause finding.Finding
	// Settled: the message proves more than that a credential was refused.
	Settled bool
	// Possible are the findings that it may stand for, beside the cause or in place of one.
	Possible []finding.ID
	// Known is false where the deciding words are none of the API server's about a
	// credential: a webhook's, or the server's own trouble.
	Known bool
	// Key is the same for all messages that say the same, of whatever names.
	Key string
	// Text is the part of the message from which the cause was taken.
	Text string
	// Names are those of the things that it speaks of.
	Names []Name
}

// Name is what differs between messages that say the same.
type Name struct{ What, Value string }

// maxMessage is how much of a message is looked at, in bytes; errortext looks at no more.
const maxMessage = 8 << 10

// FromLog explains one message of a log, without its time and whatever else stands before
// it. It reports false where nothing in it is known.
func FromLog(message string) (LogMessage, bool) {
	reasons := reasonsOf(message)
	if len(reasons) == 0 {
		return LogMessage{}, false
	}
	d, said, settled := fromReasons(reasons)
	m := LogMessage{Cause: d.Findings[0], Settled: settled, Text: clip(said.Text), Key: string(d.Cause)}
	m.Known = settled || said.Stage != errortext.Unknown && said.Stage != errortext.API && said.Stage != errortext.HTTP
	for _, f := range d.Findings[1:] {
		m.Possible = append(m.Possible, f.ID)
	}
	if !settled {
		m.Key = fmt.Sprint(d.Cause, said.Stage, said.IDs)
		m.Cause.Remedy = nil
		m.Cause = m.Cause.Fix("Ask about a credential of those who are refused: the API server is then asked what it makes of this one.", finding.Run("kubectl authn explain -f token.txt"))
		if said.Stage == errortext.Request {
			m.Cause = m.Cause.Fix("An audit log holds no reason. The API server's own log, which an administrator can read, has one for each refusal.",
				finding.Run("kubectl -n kube-system logs -l component=kube-apiserver --tail=-1").Pipe(finding.Run("kubectl authn explain --log -")).ByOthers())
		}
	}
	m.Names = namesOf(reasons)
	return m, true
}

// NamesInLog are the names in a message of which FromLog has explained the like.
func NamesInLog(message string) []Name { return namesOf(reasonsOf(message)) }

func reasonsOf(message string) []errortext.Reason {
	if len(message) > maxMessage {
		message = message[:maxMessage]
	}
	return errortext.Find(withoutSecrets(message))
}

func namesOf(reasons []errortext.Reason) []Name {
	var names []Name
	for _, r := range reasons {
		// Beside the client CA's own, the front proxy's complaint says nothing new.
		if r.Stage != errortext.RequestHeader || len(reasons) == 1 {
			names = appendNames(names, r)
		}
	}
	return names
}

// FromAnnotation is what an annotation of an audit event proves.
func FromAnnotation(id finding.ID, detail finding.Text, names ...Name) LogMessage {
	entry, _ := finding.Lookup(id)
	return LogMessage{
		Cause: finding.Prove(id, "%s", detail).FixBy(entry.ToDo(), finding.Command{}), Settled: true, Known: true,
		Key: string(id), Text: detail.String(), Names: names,
	}
}

// FromBehind is a 401 that somebody got whom the API server had authenticated.
func FromBehind() LogMessage {
	entry, _ := finding.Lookup(finding.AggregatedAPIRefused)
	f := finding.Found(finding.AggregatedAPIRefused, finding.Possible, "the API server knew who was asking and passed the request on; the 401 came from what stands behind it").
		FixBy(entry.ToDo(), finding.Command{})
	return LogMessage{Cause: f, Known: true, Key: "behind", Text: "Unauthorized"}
}

// whatOf says in words what the values of a message are, of those that tell one from
// another.
var whatOf = map[string]string{
	"serviceAccount": "ServiceAccount", "secret": "Secret", "pod": "Pod", "node": "Node",
	"issuer": "issuer", "gotAudiences": "audience of the token", "wantAudiences": "audience asked for",
	"user": "user", "subject": "user", "kid": "key ID", "serial": "certificate number", "akid": "key ID of the CA", "candidate": "CA",
	"algorithm": "algorithm", "claim": "claim", "url": "URL", "address": "client",
}

func appendNames(names []Name, r errortext.Reason) []Name {
	for _, key := range slices.Sorted(maps.Keys(r.Values)) {
		value, what := r.Values[key], whatOf[key]
		if what == "" || value == "" || key == "user" && value == diagnose.AnonymousUser {
			continue
		}
		values := []string{value}
		switch key {
		case "gotAudiences", "wantAudiences":
			if list, ok := errortext.Strings(value); ok {
				values = list
			}
		case "serviceAccount", "secret", "pod":
			if namespace := r.Values["namespace"]; namespace != "" {
				values[0] = namespace + "/" + value
			}
		case "address":
			// Without its port, which is another one each time.
			if at := strings.LastIndexByte(value, ':'); at > 0 && !strings.HasSuffix(value, "]") {
				values[0] = strings.Trim(value[:at], "[]")
			}
		case "url":
			// A query may hold what is nobody's business.
			values[0], _, _ = strings.Cut(value, "?")
		}
		for _, v := range values {
			if n := (Name{what, v}); !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names
}
