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
	Text finding.Text
	// Names are those of the things that it speaks of.
	Names []Name
}

// Name is what differs between messages that say the same. Where an object has a namespace,
// Value is NAMESPACE/NAME.
type Name struct {
	What  What
	Value string
}

// What says in words what a name is the name of.
type What string

// What an API server writes of a request, beside its message.
const (
	Account   What = "ServiceAccount"
	Secret    What = "Secret"
	User      What = "user"
	Reviewer  What = "reviewer"
	SourceIP  What = "source IP"
	UserAgent What = "user agent"
	// Request is a verb and a path.
	Request What = "request"
)

// kinds are those of the names. What has none here is a text, or a word of a standard.
var kinds = map[What]finding.Kind{
	Account: finding.ServiceAccount, Secret: finding.Secret, "Pod": finding.Pod, "Node": finding.Node, "issuer": finding.Issuer,
	"audience of the token": finding.Audience, "audience asked for": finding.Audience, User: finding.User, Reviewer: finding.User,
	"key ID": finding.KeyID, "certificate number": finding.SerialNumber, "key ID of the CA": finding.KeyID, "CA": finding.Authority,
	"claim": finding.Claim, "URL": finding.URL, "client": finding.Address, SourceIP: finding.Address, UserAgent: finding.Program,
}

// Text is the name with its kind.
func (n Name) Text() finding.Text {
	before, after, both := strings.Cut(n.Value, "/")
	switch kind := kinds[n.What]; {
	case n.What == Request:
		if before, after, both = strings.Cut(n.Value, " "); both {
			return finding.T("%s %s", finding.Standard(before), finding.URL.Of(after))
		}
		return finding.T("%s", finding.URL.Of(n.Value))
	case kind == "":
		return finding.T("%s", finding.Message(n.Value))
	case both && (n.What == Account || n.What == Secret || n.What == "Pod"):
		return finding.T("%s/%s", finding.Namespace.Of(before).Whole(), kind.Of(after).Whole())
	default:
		return finding.T("%s", kind.Of(n.Value).Whole())
	}
}

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
	m := LogMessage{Cause: d.Findings[0], Settled: settled, Text: finding.T("%s", clipped(said.Text)), Key: string(d.Cause), Names: namesOf(reasons)}
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
		Key: string(id), Text: detail, Names: names,
	}
}

// FromBehind is a 401 that somebody got whom the API server had authenticated.
func FromBehind() LogMessage {
	entry, _ := finding.Lookup(finding.AggregatedAPIRefused)
	f := finding.Found(finding.AggregatedAPIRefused, finding.Possible, "the API server knew who was asking and passed the request on; the 401 came from what stands behind it").
		FixBy(entry.ToDo(), finding.Command{})
	return LogMessage{Cause: f, Known: true, Key: "behind", Text: finding.T("%s", finding.Message("Unauthorized"))}
}

// whatOf says what the values of a message are, of those that tell one from another.
var whatOf = map[string]What{
	"serviceAccount": Account, "secret": Secret, "pod": "Pod", "node": "Node",
	"issuer": "issuer", "gotAudiences": "audience of the token", "wantAudiences": "audience asked for",
	"user": User, "subject": User, "kid": "key ID", "serial": "certificate number", "akid": "key ID of the CA", "candidate": "CA",
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
