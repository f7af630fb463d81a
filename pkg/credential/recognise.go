package credential

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// MaxInput is the maximum size of the input, in bytes.
const MaxInput = 1 << 20

// Recognise reads a credential from an argument, a file or standard input, and recognizes its
// type by the content. White space around the content is significant only in an argument. Its
// errors are one sentence and never quote the content.
func Recognise(content []byte, source finding.Text) (*Credential, error) {
	return RecogniseContext(content, source, "")
}

// RecogniseContext is Recognise with the chosen context of a kubeconfig. Without a context, it is Recognise.
func RecogniseContext(content []byte, source finding.Text, context string) (*Credential, error) {
	if len(content) > MaxInput {
		return nil, finding.Errorf("%s is larger than 1 MiB, the limit for a credential", source)
	}
	text, encoding, err := decodeText(content)
	if err != nil {
		return nil, finding.Errorf("%s %s", source, finding.Err(err))
	}
	whole := text
	if !source.Equal(Argument) {
		text = strings.TrimSpace(text)
	}
	c := &Credential{Source: source}
	trimmed := strings.TrimSpace(text)
	switch {
	case context != "" && !looksLikeDocument(trimmed):
		err = errNoKubeconfig
	case strings.Contains(trimmed, "-----BEGIN ") && !looksLikeDocument(trimmed):
		c.Certificate, err = ParseCertificate([]byte(trimmed))
	case looksLikeDocument(trimmed):
		// Keep the last line break: in a YAML document, it may be part of a token.
		err = c.fromDocument([]byte(whole), context)
	default:
		var found bool
		if found, err = c.fromText(withoutScheme(trimmed)); !found {
			c.fromHeader(text)
		}
	}
	if err != nil {
		return nil, finding.Errorf("%s: %s", source, finding.Err(err))
	}
	if encoding != "" {
		c.keptAs(encoding)
	}
	return c, nil
}

// markedUTF8 is the encoding that some Windows programs call UTF-8.
const markedUTF8 = "UTF-8 with a byte order mark"

// MaxSeveral is how many credentials of a document are read.
const MaxSeveral = 50

// Several are the credentials of a document.
type Several struct {
	Credentials []*Credential
	// Contexts are the contexts of the credentials, for a kubeconfig with several.
	Contexts []string
	// LeftOut counts the parts of the document that have no credential that can be used, and
	// Beyond the parts after MaxSeveral credentials.
	LeftOut, Beyond int
}

// part is one of several credentials of a document.
type part struct {
	// name tells the part from the others.
	name finding.Text
	// context chooses the part in a kubeconfig; empty for the item of a list.
	context string
	read    func(*Credential) error
}

// severalError is the error of a document with several credentials where one is wanted.
type severalError interface {
	error
	parts() []part
}

// RecogniseAll is RecogniseContext for content that may have several credentials: a list of objects,
// and a kubeconfig with several contexts and no current one. If no part has a credential that can be
// used, the error is that of the first.
func RecogniseAll(content []byte, source finding.Text, context string) (Several, error) {
	c, err := RecogniseContext(content, source, context)
	var several severalError
	if err == nil || !errors.As(err, &several) || len(several.parts()) == 0 {
		return Several{Credentials: []*Credential{c}}, err
	}
	var out Several
	_, encoding, _ := decodeText(content)
	var first error
	for _, p := range several.parts() {
		c := &Credential{Source: finding.T("%s %s", source, p.name), Document: true}
		if len(out.Credentials) == MaxSeveral {
			out.Beyond++
			continue
		}
		if failed := p.read(c); failed != nil {
			if first == nil {
				first = finding.Errorf("%s: %s", c.Source, finding.Err(failed))
			}
			out.LeftOut++
			continue
		}
		// They are the same of each part.
		c.Notes = nil
		if encoding != "" && len(out.Credentials) == 0 {
			c.keptAs(encoding)
		}
		out.Credentials = append(out.Credentials, c)
		if p.context != "" {
			out.Contexts = append(out.Contexts, p.context)
		}
	}
	if len(out.Credentials) > 0 {
		return out, nil
	}
	var unknown *UnknownContext
	if errors.As(err, &unknown) {
		return Several{}, err
	}
	return Several{}, first
}

// decodeText decodes text from a shell or an editor. encoding is empty for plain UTF-8, and
// otherwise names an encoding that most clients cannot read.
func decodeText(b []byte) (text, encoding string, err error) {
	if rest, marked := bytes.CutPrefix(b, []byte("\xef\xbb\xbf")); marked {
		b, encoding = rest, markedUTF8
	}
	if text, encoding := token.DecodeUTF16(b); encoding != "" {
		return text, encoding, nil
	}
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")):
		return "", "", finding.Errorf("is damaged UTF-16 text, or has half a character at its end")
	case bytes.IndexByte(b, 0) >= 0 || !utf8.Valid(b):
		return "", "", finding.Errorf("is binary data, not text; a credential is a token, a header line, a document or PEM")
	}
	return string(b), encoding, nil
}

// keptAs records the encoding of the credential's file.
func (c *Credential) keptAs(encoding string) {
	if c.Token == nil || c.Document {
		how := finding.Text{}
		if encoding != markedUTF8 {
			how = finding.T(", as written by > in Windows PowerShell")
		}
		c.Notes = append(c.Notes, finding.T("%s is encoded in %s%s, and was decoded; not every client does that", c.Source, finding.Standard(encoding), how))
		return
	}
	f := Fault{ID: finding.TokenFileEncoding, Encoding: encoding}
	if encoding == markedUTF8 {
		f.Problem = ByteOrderMark
	}
	c.Faults = append(c.Faults, f)
}

// looksLikeDocument tells a JSON or YAML document from a token.
func looksLikeDocument(s string) bool {
	// PEM begins with dashes, too, and the placeholder of a template with a brace.
	if rest, isList := strings.CutPrefix(s, "["); isList && strings.HasPrefix(strings.TrimSpace(rest), "{") {
		return true
	}
	if strings.HasPrefix(s, "{") && !strings.HasPrefix(s, "{{") || strings.HasPrefix(s, "---") && !strings.HasPrefix(s, "----") {
		return true
	}
	for line := range strings.Lines(s) {
		if strings.HasPrefix(line, "apiVersion:") || strings.HasPrefix(line, "kind:") {
			return true
		}
	}
	return strings.Contains(s, "\n") && answerLine().MatchString(s)
}

// fromHeader reads the token in a header line; any other line is a token. One space separates
// the scheme from the token: a second one is part of the value and makes the API server ignore
// the header.
func (c *Credential) fromHeader(s string) {
	line := s
	name, value, isHeader := strings.Cut(strings.TrimLeft(line, " \t"), ":")
	if isHeader = isHeader && strings.EqualFold(name, "authorization"); isHeader {
		line = strings.TrimPrefix(value, " ")
	}
	scheme, rest, spaced := strings.Cut(line, " ")
	if !spaced {
		scheme = strings.TrimSpace(scheme)
	}
	switch {
	case strings.EqualFold(scheme, "bearer"):
		c.Token = token.Parse(rest)
		c.Notes = append(c.Notes, finding.T("the token was read from a header line"))
	case isHeader && strings.EqualFold(scheme, "basic"):
		c.Basic = basicFrom(rest)
	default:
		c.Token = token.Parse(line)
	}
}

// withoutScheme removes the beginning of a header line.
func withoutScheme(line string) string {
	if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "authorization") {
		line = strings.TrimSpace(value)
	}
	if scheme, value, ok := strings.Cut(line, " "); ok && strings.EqualFold(scheme, "bearer") {
		line = strings.TrimSpace(value)
	}
	return line
}

func basicFrom(encoded string) *Basic {
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return &Basic{Password: token.NewSecret(encoded)}
	}
	user, password, _ := strings.Cut(string(plain), ":")
	return &Basic{Username: user, Password: token.NewSecret(password)}
}
