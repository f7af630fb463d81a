package finding

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// format is a constant text of this program. The type is not exported, so that an untyped constant
// converts to it, and a string variable does not compile.
type format string

// Kind is the kind of a name.
type Kind string

// The kinds of names. `--anonymize` builds its placeholders from them.
const (
	Namespace      Kind = "namespace"
	ServiceAccount Kind = "serviceaccount"
	Pod            Kind = "pod"
	Secret         Kind = "secret"
	ConfigMap      Kind = "configmap"
	Node           Kind = "node"
	Service        Kind = "service"
	Deployment     Kind = "deployment"
	StatefulSet    Kind = "statefulset"
	DaemonSet      Kind = "daemonset"
	ReplicaSet     Kind = "replicaset"
	Job            Kind = "job"
	CronJob        Kind = "cronjob"
	Container      Kind = "container"
	Object         Kind = "object"
	Role           Kind = "role"
	APIService     Kind = "apiservice"
	User           Kind = "user"
	Group          Kind = "group"
	Account        Kind = "account"
	Context        Kind = "context"
	Cluster        Kind = "cluster"
	File           Kind = "file"
	Program        Kind = "program"
	Variable       Kind = "variable"
	Host           Kind = "host"
	Address        Kind = "address"
	URL            Kind = "url"
	Email          Kind = "email"
	Issuer         Kind = "issuer"
	Audience       Kind = "audience"
	Client         Kind = "client"
	UID            Kind = "uid"
	KeyID          Kind = "kid"
	Thumbprint     Kind = "thumbprint"
	Fingerprint    Kind = "fingerprint"
	SerialNumber   Kind = "serial"
	TokenID        Kind = "jti"
	AuditID        Kind = "audit"
	Subject        Kind = "subject"
	Authority      Kind = "ca"
	Claim          Kind = "claim"
	ClaimValue     Kind = "value"
)

// Of is a name of this kind. In a sentence it is cut after 200 bytes.
func (k Kind) Of(value string) Name { return Name{k, value} }

// Name is a name with its kind.
type Name struct {
	// Kind is the kind of the named thing: a namespace, a user, a host and so on.
	Kind Kind `json:"kind"`
	// Value is the name itself.
	Value string `json:"value"`
}

// Class is the origin of a Span.
type Class int

const (
	// Ours are words of this program.
	Ours Class = iota
	// Named is a Name.
	Named
	// Foreign is a text from outside: from a server, a library, a token.
	Foreign
	// Term is a word from outside that a standard defines: an algorithm, a claim.
	Term
	// Saved is a text that was printed and read again, so the origin of its parts is unknown.
	Saved
)

// Span is a part of a Text with one origin.
type Span struct {
	Class Class
	// Kind is set for a name.
	Kind Kind
	// Value is the whole value, not escaped for a terminal.
	Value string
	// Most is the number of bytes of Value that are shown; 0 means MaxText characters.
	Most int
	// Escaped spans are in quotes and escaped as in Go.
	Escaped bool
}

// Shown is the span as it appears in the sentence.
func (s Span) Shown() string {
	shown := s.Value
	if s.Class != Ours {
		if s.Most > 0 {
			shown = Truncate(shown, s.Most, "…")
		}
		shown = Shorten(shown, MaxText)
	}
	if s.Escaped {
		quoted := strconv.Quote(shown)
		shown = quoted[1 : len(quoted)-1]
	}
	return shown
}

// Text is a text of this program: a constant sentence with values in it. Its zero value is empty.
type Text struct{ spans []Span }

// Value is a part of a Text. Only the types of this package implement it.
type Value interface{ inText() []Span }

// T inserts values into a constant text: %s unchanged, %q quoted and escaped as in Go, %% for a
// percent sign. Each verb takes one value; TestFormats counts them in the sources.
func T(f format, values ...Value) Text {
	out := Text{make([]Span, 0, 2*len(values)+1)}
	for rest := string(f); ; {
		before, after, found := strings.Cut(rest, "%")
		out.add(Span{Value: before})
		if !found || after == "" {
			return out
		}
		verb := after[0]
		rest = after[1:]
		if verb == '%' || len(values) == 0 {
			out.add(Span{Value: string(verb)})
			continue
		}
		spans := values[0].inText()
		values = values[1:]
		if verb != 'q' {
			out.add(spans...)
			continue
		}
		out.add(Span{Value: `"`})
		for _, s := range spans {
			s.Escaped = true
			out.add(s)
		}
		out.add(Span{Value: `"`})
	}
}

// add appends spans and merges neighbouring spans of this program.
func (t *Text) add(spans ...Span) {
	for _, s := range spans {
		switch n := len(t.spans); {
		case s.Value == "":
		case n > 0 && s.Class == Ours && t.spans[n-1].Class == Ours && s.Escaped == t.spans[n-1].Escaped:
			t.spans[n-1].Value += s.Value
		default:
			t.spans = append(t.spans, s)
		}
	}
}

// Join joins values with a separator.
func Join[V Value](separator format, values ...V) Text {
	var out Text
	for i, v := range values {
		if i > 0 {
			out.add(T(separator).spans...)
		}
		out.add(v.inText()...)
	}
	return out
}

// Listed quotes values and joins them with commas. Values beyond most are only counted.
func Listed(most int, values ...Value) Text {
	var out Text
	for i, v := range values {
		switch {
		case i == most:
			return T("%s and %s more", out, Count(len(values)-most))
		case i > 0:
			out = T("%s, %q", out, v)
		default:
			out = T("%q", v)
		}
	}
	return out
}

// Bracketed quotes values and puts them in brackets: ["a" "b"].
func Bracketed(values ...Value) Text {
	quoted := make([]Value, len(values))
	for i, v := range values {
		quoted[i] = T("%q", v)
	}
	return T("[%s]", Join(" ", quoted...))
}

// Names are names of one kind, as values.
func Names(kind Kind, names []string) []Value {
	out := make([]Value, len(names))
	for i, n := range names {
		out[i] = kind.Of(n)
	}
	return out
}

// String is the text as it is shown, without escapes for a terminal.
func (t Text) String() string {
	if len(t.spans) == 1 {
		return t.spans[0].Shown()
	}
	var b strings.Builder
	for _, s := range t.spans {
		b.WriteString(s.Shown())
	}
	return b.String()
}

// IsZero reports whether the text is empty.
func (t Text) IsZero() bool { return len(t.spans) == 0 }

// Spans are the spans of the text, in order.
func (t Text) Spans() []Span { return slices.Clone(t.spans) }

// Equal reports whether both texts have the same spans.
func (t Text) Equal(u Text) bool { return slices.Equal(t.spans, u.spans) }

// Map is the text with each span replaced.
func (t Text) Map(f func(Span) Span) Text {
	out := Text{slices.Clone(t.spans)}
	for i, s := range out.spans {
		out.spans[i] = f(s)
	}
	return out
}

// Cut is the text, cut after so many bytes.
func (t Text) Cut(most int) Text {
	var out Text
	for _, s := range t.spans {
		shown := s.Shown()
		if len(shown) <= most {
			most -= len(shown)
			out.add(s)
			continue
		}
		if s.Class == Ours || s.Escaped || most == 0 {
			s = Span{Class: s.Class, Kind: s.Kind, Value: Truncate(shown, most, "")}
			out.add(s, Span{Value: "…"})
			return out
		}
		s.Most = most
		out.add(s)
		return out
	}
	return out
}

// Split splits the text at a separator in the words of this program.
func (t Text) Split(at format) []Text {
	out := []Text{{}}
	for _, s := range t.spans {
		parts := []string{s.Value}
		if s.Class == Ours {
			parts = strings.Split(s.Value, string(at))
		}
		for i, part := range parts {
			if i > 0 {
				out = append(out, Text{})
			}
			s.Value = part
			out[len(out)-1].add(s)
		}
	}
	return out
}

// Replace replaces words of this program in the text by another text.
func (t Text) Replace(words format, by Text) Text {
	parts := t.Split(words)
	out := parts[0]
	for _, part := range parts[1:] {
		out = T("%s%s%s", out, by, part)
	}
	return out
}

// Capital is the text with a capital first letter, unless it begins with a name or a foreign text.
func (t Text) Capital() Text {
	first := true
	return t.Map(func(s Span) Span {
		if first && (s.Class == Ours || s.Class == Term || s.Class == Saved) {
			s.Value = strings.ToUpper(s.Value[:1]) + s.Value[1:]
		}
		first = false
		return s
	})
}

// Names are the names in the text, each once, in order.
func (t Text) Names() []Name {
	var out []Name
	for _, s := range t.spans {
		if n := (Name{s.Kind, s.Value}); s.Class == Named && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// bounded is the text, shortened to MaxText characters, because it may quote a long foreign text.
func (t Text) bounded() Text {
	if whole := t.String(); len(whole) > MaxText {
		return T("%s", Message(Shorten(whole, MaxText)))
	}
	return t
}

// Sentence turns a phrase, which fits into a table, into a sentence. A name, a foreign text and the
// name of a program or a claim keep their first letter. After an address, a path or a quotation
// there is no full stop, because it would look like a part of it.
func (t Text) Sentence() Text {
	words := strings.Fields(t.String())
	if len(words) == 0 {
		return t
	}
	if first := t.spans[0]; (first.Class == Ours || first.Class == Saved || first.Class == Term && words[0] == "the") && plainLetters(words[0]) && !slices.Contains(lowerCase, words[0]) {
		t = t.Capital()
	}
	last := words[len(words)-1]
	open, quoted := strings.CutSuffix(last, `"`)
	if quoted && (open == "" || !strings.ContainsAny(open[len(open)-1:], ".?!")) ||
		!strings.Contains(last, "/") && (last[len(last)-1] == ')' || plainLetters(last[len(last)-1:])) {
		t = T("%s.", t)
	}
	return t
}

// lowerCase are names that keep their small letter at the beginning of a sentence.
var lowerCase = []string{"kubectl", "kubelet", "kubeadm"}

func plainLetters(word string) bool {
	return strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// MarshalText is String.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads a text that was printed, as one Saved span.
func (t *Text) UnmarshalText(text []byte) error {
	*t = Text{}
	t.add(Span{Class: Saved, Value: string(text)})
	return nil
}

// Rewrite replaces the values in the text. If f also changes the whole text, the result replaces it.
func (t *Text) Rewrite(f func(string) string) {
	*t = t.Map(func(s Span) Span {
		if s.Class != Ours {
			s.Value = f(s.Value)
		}
		return s
	})
	if whole := t.String(); f(whole) != whole {
		*t = T("%s", Message(f(whole)))
	}
}

func (t Text) inText() []Span { return t.spans }

// mostOfName is the number of bytes of a name or a quotation in a sentence.
const mostOfName = 200

func (n Name) inText() []Span {
	most := mostOfName
	if n.Kind == File || n.Kind == URL {
		// The end of a path is the part that matters.
		most = 0
	}
	return []Span{{Class: Named, Kind: n.Kind, Value: n.Value, Most: most}}
}

// String is the name itself.
func (n Name) String() string { return n.Value }

// Whole is the name without the limit, for evidence.
func (n Name) Whole() Value {
	spans := n.inText()
	spans[0].Most = 0
	return Text{spans}
}

type foreign struct {
	text string
	most int
}

func (f foreign) inText() []Span {
	return []Span{{Class: Foreign, Value: f.text, Most: f.most}}
}

// Quoted is an excerpt of a foreign text, cut after 200 bytes.
func Quoted(text string) Value { return Excerpt(text, mostOfName) }

// Excerpt is Quoted with another limit, in bytes. Only the end is cut, because a secret is
// recognized by its beginning.
func Excerpt(text string, most int) Value { return foreign{text, most} }

// Message is the whole message of a server, a library or a program.
func Message(text string) Value { return foreign{text, 0} }

type term string

func (t term) inText() []Span { return []Span{{Class: Term, Value: string(t), Most: mostOfName}} }

// Standard is a word from outside that a standard defines, such as the name of an algorithm or a
// claim. `--anonymize` keeps the words that it knows.
func Standard(s string) Value { return term(s) }

type own string

func (o own) inText() []Span { return []Span{{Value: string(o)}} }

// Syntax is a part of this program's own command line: a flag, a command, a format. It has no name
// of a user or a cluster.
func Syntax(s string) Value { return own(s) }

// Count is a number.
func Count[N ~int | ~int32 | ~int64 | ~uint64](n N) Value { return own(fmt.Sprint(n)) }

// Time is a time in UTC, to the second.
func Time(t time.Time) Value { return own(t.UTC().Format("2006-01-02 15:04:05Z")) }

// Timestamp is a time in UTC, as in RFC 3339.
func Timestamp(t time.Time) Value { return own(t.UTC().Format(time.RFC3339)) }

// Duration is a duration without its sign, in its two largest units.
func Duration(d time.Duration) Value { return own(duration(d)) }

func duration(d time.Duration) string {
	d = d.Abs()
	units := []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}
	for i, u := range units {
		if d < u.size {
			continue
		}
		text := fmt.Sprintf("%d%s", d/u.size, u.name)
		if rest := d % u.size; i+1 < len(units) && rest >= units[i+1].size {
			text += fmt.Sprintf(" %d%s", rest/units[i+1].size, units[i+1].name)
		}
		return text
	}
	return "0s"
}

func (id ID) inText() []Span { return own(id).inText() }

// texter is an error that consists of a Text.
type texter interface{ Text() Text }

type textError struct {
	text  Text
	cause error
}

func (e *textError) Error() string { return e.text.String() }
func (e *textError) Text() Text    { return e.text }
func (e *textError) Unwrap() error { return e.cause }

// Errorf is an error of this program that may reach a report. It wraps an error among its values.
func Errorf(f format, values ...Value) error {
	e := &textError{text: T(f, values...)}
	for _, v := range values {
		if wrapped, ok := v.(errorValue); ok {
			e.cause = wrapped.error
		}
	}
	return e
}

// Reword is an error that wraps cause without its message, which may quote a secret.
func Reword(cause error, f format, values ...Value) error {
	return &textError{text: T(f, values...), cause: cause}
}

type errorValue struct{ error }

func (e errorValue) inText() []Span {
	var t texter
	if errors.As(e.error, &t) && t.Text().String() == e.Error() {
		return t.Text().spans
	}
	return foreignError(e.error).spans
}

// Err is an error in a text. An error of this program keeps its Text; any other error is foreign,
// except for the names that its type tells.
func Err(err error) Value { return errorValue{err} }
