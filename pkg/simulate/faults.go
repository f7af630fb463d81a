package simulate

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Fault is one fault with which the API server would not start.
type Fault struct {
	// Path is the field of the AuthenticationConfiguration or the flag; empty if the message names neither.
	Path string
	// Message is the server's error message without the path.
	Message finding.Text
	field   bool
}

// Text returns the whole error message of the server.
func (f Fault) Text() finding.Text {
	if f.field {
		return finding.T("%s: %s", finding.Syntax(f.Path), f.Message)
	}
	return f.Message
}

// Faults returns the faults in the order of Each, each with its place.
func (i *Invalid) Faults() []Fault {
	var out []Fault
	for _, err := range i.each() {
		out = append(out, faultOf(err))
	}
	return out
}

func faultOf(err error) Fault {
	var f *field.Error
	if errors.As(err, &f) {
		return Fault{Path: f.Field, Message: fieldMessage(f), field: true}
	}
	var placed *Placed
	if errors.As(err, &placed) && placed.At != "" {
		return Fault{Path: placed.At, Message: (&Placed{Argument: placed.Argument, Reason: placed.Reason}).Text()}
	}
	text := err.Error()
	return Fault{Path: placeIn(text), Message: finding.T("%s", finding.Err(err))}
}

// fieldMessage is the body of a field's error: the type, the value and the server's sentence.
func fieldMessage(f *field.Error) finding.Text {
	kind := finding.Syntax(f.Type.String())
	rest := strings.TrimPrefix(f.ErrorBody(), f.Type.String())
	value, ok := strings.CutSuffix(rest, f.Detail)
	switch {
	case f.Detail == "" || !ok:
		return finding.T("%s%s", kind, foreignUnless(rest))
	case slices.Contains(fieldSentences, f.Detail), strings.HasPrefix(f.Detail, "claims.email_verified must be used in "):
		return finding.T("%s%s%s", kind, foreignUnless(value), finding.Syntax(f.Detail))
	}
	for _, start := range fieldSentences {
		if after, ok := strings.CutPrefix(f.Detail, start+": "); ok {
			return finding.T("%s%s%s: %s", kind, foreignUnless(value), finding.Syntax(start), finding.Message(after))
		}
	}
	return finding.T("%s%s%s", kind, foreignUnless(value), finding.Message(f.Detail))
}

// foreignUnless marks a part of a message as foreign, unless it is only punctuation.
func foreignUnless(s string) finding.Value {
	if strings.Trim(s, ": ") == "" {
		return finding.Syntax(s)
	}
	inner := strings.TrimSuffix(strings.TrimPrefix(s, ": "), ": ")
	before, after, _ := strings.Cut(s, inner)
	return finding.T("%s%s%s", finding.Syntax(before), finding.Message(inner), finding.Syntax(after))
}

// fieldSentences are the sentences of k8s.io/apiserver pkg/apis/apiserver/validation about an
// AuthenticationConfiguration, as far as they quote nothing.
var fieldSentences = []string{
	"enabled should be set to true when conditions are defined", "discoveryURL must be different from URL",
	"URL must not overlap with disallowed issuers", "URL scheme must be https", "URL must not contain a username or password",
	"URL must not contain a query", "URL must not contain a fragment", "audienceMatchPolicy must be MatchAny for multiple audiences",
	"audienceMatchPolicy must be empty or MatchAny for single audience", "data does not contain any valid RSA or ECDSA certificates",
	"egress selector must be either controlplane or cluster", "claim and expression can't both be set", "claim or expression is required",
	"may not be specified when claim is set", "may not be specified when expression is set", "must be lowercase",
	"k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use",
	"prefix is required when claim is set. It can be set to an empty string to disable prefixing",
	"must evaluate to bool", "must evaluate to string", "compilation failed",
}

var (
	strictField = regexp.MustCompile(`(?:unknown|duplicate) field "([^"]{1,200})"`)
	namedFlag   = regexp.MustCompile("(?:^|[\\s`\"'(])(?:--)?((?:oidc|service-account|requestheader|authentication|client-ca|token-auth|api-audiences|anonymous-auth|tls-private|egress-selector)-?[a-z-]*)")
)

// placeIn returns the field or flag that a message names first.
func placeIn(text string) string {
	if m := strictField.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	if m := namedFlag.FindStringSubmatch(text); m != nil && strings.Contains(m[1], "-") {
		return "--" + m[1]
	}
	return ""
}
