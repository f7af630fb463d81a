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

// LogMessage is the explanation of one message of an API server's log or audit log.
type LogMessage struct {
	// Cause is the finding that the message proves; credential-rejected if it proves only the
	// rejection.
	Cause finding.Finding
	// Settled reports that the message proves more than the rejection.
	Settled bool
	// Possible are the findings that the message may also stand for.
	Possible []finding.ID
	// Known is false if the deciding text is not an API server's text about a credential, but
	// for example a webhook's.
	Known bool
	// OfComponent reports that the message is about a certificate of another component, such as a
	// kubelet. Such a message begins with the words of the API server.
	OfComponent bool
	// ByKubelet reports that a kubelet rejected a client. It logs that in words of its own.
	ByKubelet bool
	// ByDelegated reports that a component that asks the API server about each token rejected a client,
	// because its own ServiceAccount may not ask.
	ByDelegated bool
	// Key is the same for all messages that differ only in names.
	Key string
	// Text is the part of the message that gave the cause.
	Text finding.Text
	// Names are the names in the message.
	Names []Name
}

// Name is a value in which messages with the same cause differ. For a namespaced object, Value
// is NAMESPACE/NAME.
type Name struct {
	What  What
	Value string
}

// What is the label of a name in reports.
type What string

// The labels of the values that an API server logs with a message.
const (
	Account   What = "ServiceAccount"
	Secret    What = "Secret"
	User      What = "user"
	Reviewer  What = "reviewer"
	SourceIP  What = "source IP"
	UserAgent What = "user agent"
	// Request is the label of a verb and a path.
	Request What = "request"
)

// kinds maps labels to kinds of names. Values of other labels are plain text.
var kinds = map[What]finding.Kind{
	Account: finding.ServiceAccount, Secret: finding.Secret, "Pod": finding.Pod, "Node": finding.Node, "issuer": finding.Issuer,
	"audience of the token": finding.Audience, "requested audience": finding.Audience, User: finding.User, Reviewer: finding.User,
	"key ID": finding.KeyID, "serial number": finding.SerialNumber, "key ID of the CA": finding.KeyID, "CA": finding.Authority,
	"claim": finding.Claim, "URL": finding.URL, "client": finding.Address, SourceIP: finding.Address, UserAgent: finding.Program,
}

// Text returns the name with its kind.
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

// maxMessage is the maximum length of a message in bytes, which is errortext's limit too.
const maxMessage = 8 << 10

// FromLog explains one message of a log, given without its time and other prefixes. It returns
// false if it recognizes nothing in the message.
func FromLog(message string) (LogMessage, bool) {
	reasons := reasonsOf(message)
	if len(reasons) == 0 {
		return LogMessage{}, false
	}
	d, said, settled := fromReasons(reasons)
	m := LogMessage{Cause: d.Findings[0], Settled: settled, Text: finding.T("%s", clipped(said.Text)), Key: string(d.Cause), Names: namesOf(reasons)}
	m.Known = settled || said.Stage != errortext.Unknown && said.Stage != errortext.API && said.Stage != errortext.HTTP
	m.OfComponent = said.component != "" && d.Cause != finding.OtherServerUnreachable
	m.ByKubelet = d.Cause == finding.AggregatedAPIRefused && strings.Contains(said.Line, kubeletRefusal)
	m.ByDelegated = isDelegated(said)
	for _, f := range d.Findings[1:] {
		m.Possible = append(m.Possible, f.ID)
	}
	if m.Cause.ID == finding.AnonymousRequest {
		// The client in a log is not the reader, so the reader's kubeconfig shows nothing.
		entry, _ := finding.Lookup(m.Cause.ID)
		m.Cause.Remedy = nil
		m.Cause = m.Cause.FixBy(entry.ToDo(), finding.Command{})
	}
	if !settled {
		m.Key = fmt.Sprint(d.Cause, said.Stage, said.IDs)
		m.Cause.Remedy = nil
		m.Cause = m.Cause.Fix("Find the client of the rejected requests. Save its credential to token.txt, and run:", finding.Run("kubectl authn explain -f token.txt"))
		if said.Stage == errortext.Request {
			m.Cause = m.Cause.Fix("The audit log has no reasons. An administrator finds the reason of each rejection in the API server's own log.",
				finding.Run("kubectl -n kube-system logs -l component=kube-apiserver --tail=-1").Pipe(finding.Run("kubectl authn explain --log -")).ByOthers())
		}
	}
	return m, true
}

// FromClient explains a message in the log of a client of API servers, or of any other program, as
// FromText does.
func FromClient(text string) (LogMessage, bool) {
	d, ok := FromText(text)
	if !ok {
		return LogMessage{}, false
	}
	m := LogMessage{Cause: d.Findings[0], Settled: true, Known: true, Key: string(d.Cause), Text: d.Findings[0].Detail}
	if len(m.Cause.Evidence) > 0 {
		m.Text = m.Cause.Evidence[0].Value
	}
	for _, f := range d.Findings[1:] {
		m.Possible = append(m.Possible, f.ID)
	}
	return m, true
}

// NamesInLog returns the names in a message of a kind that FromLog has explained.
func NamesInLog(message string) []Name { return namesOf(reasonsOf(message)) }

func reasonsOf(message string) []reason {
	if len(message) > maxMessage {
		message = message[:maxMessage]
	}
	return messages(message)
}

func namesOf(reasons []reason) []Name {
	var names []Name
	for _, r := range reasons {
		// The front proxy's error adds nothing to that of the client CA.
		if r.Stage != errortext.RequestHeader || len(reasons) == 1 {
			names = appendNames(names, r)
		}
	}
	return names
}

// FromAnnotation explains an annotation of an audit event.
func FromAnnotation(id finding.ID, detail finding.Text, names ...Name) LogMessage {
	entry, _ := finding.Lookup(id)
	return LogMessage{
		Cause: finding.Prove(id, "%s", detail).FixBy(entry.ToDo(), finding.Command{}), Settled: true, Known: true,
		Key: string(id), Text: detail, Names: names,
	}
}

// FromBehind explains a 401 response to a user that the API server had authenticated.
func FromBehind() LogMessage {
	entry, _ := finding.Lookup(finding.AggregatedAPIRefused)
	f := finding.Found(finding.AggregatedAPIRefused, finding.Possible, "the API server authenticated the user and forwarded the request; the 401 came from the server behind it").
		FixBy(entry.ToDo(), finding.Command{})
	return LogMessage{Cause: f, Known: true, Key: "behind", Text: finding.T("%s", finding.Message("Unauthorized"))}
}

// whatOf maps the values of a message to their labels; other values are ignored.
var whatOf = map[string]What{
	"serviceAccount": Account, "secret": Secret, "pod": "Pod", "node": "Node",
	"issuer": "issuer", "gotAudiences": "audience of the token", "wantAudiences": "requested audience",
	"user": User, "subject": User, "kid": "key ID", "serial": "serial number", "akid": "key ID of the CA", "candidate": "CA",
	"algorithm": "algorithm", "claim": "claim", "url": "URL", "address": "client",
}

func appendNames(names []Name, r reason) []Name {
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
			// Remove the port, which differs in each message.
			if at := strings.LastIndexByte(value, ':'); at > 0 && !strings.HasSuffix(value, "]") {
				values[0] = strings.Trim(value[:at], "[]")
			}
		case "url":
			// A query may contain secrets.
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
