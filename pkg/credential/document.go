package credential

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-authn/kubectl-authn/pkg/aliases"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// document has the fields of all kinds of documents that may have a credential.
type document struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Type       string            `json:"type"`
	Data       map[string]string `json:"data"`
	StringData map[string]string `json:"stringData"`
	Spec       struct {
		Token string `json:"token"`
	} `json:"spec"`
	Status struct {
		Token                 string `json:"token"`
		ClientCertificateData string `json:"clientCertificateData"`
		ClientKeyData         string `json:"clientKeyData"`
	} `json:"status"`
	Items []json.RawMessage `json:"items"`
}

var errNoKubeconfig = finding.Errorf("this is not a kubeconfig, and --user-context needs one")

// fromDocument reads the credential in a JSON or YAML document.
func (c *Credential) fromDocument(data []byte, context string) error {
	c.Document = true
	if err := aliases.Check(data); err != nil {
		return finding.Errorf("the document was not read: %s", finding.Err(err))
	}
	var kind struct {
		Kind string `json:"kind"`
	}
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '[' {
		return c.fromAnswer(data)
	}
	if err := yaml.Unmarshal(data, &kind); err != nil {
		if found, severally := c.fromText(string(data)); found {
			return severally
		}
		return finding.Reword(err, "the document is not valid JSON or YAML%s", AtLine(err))
	}
	switch {
	case kind.Kind == "Config":
		return c.fromKubeconfig(data, context)
	case context != "":
		return errNoKubeconfig
	}
	if kind.Kind == "" {
		return c.fromAnswer(data)
	}
	var d document
	if err := yaml.Unmarshal(data, &d); err != nil {
		return finding.Reword(err, "the %q document has members of an unexpected type", finding.Standard(fmt.Sprintf("%.40s", kind.Kind)))
	}
	switch d.Kind {
	case "Secret":
		values, err := d.secretValues()
		if err != nil {
			return err
		}
		return c.FromSecret(d.Type, d.Metadata.Name, values)
	case "TokenRequest":
		return c.fromField(d.Status.Token, d.Kind, finding.T("status.token"))
	case "TokenReview":
		return c.fromField(d.Spec.Token, d.Kind, finding.T("spec.token"))
	case "ExecCredential":
		if d.Status.ClientCertificateData != "" {
			cert, err := ParseCertificate([]byte(d.Status.ClientCertificateData + "\n" + d.Status.ClientKeyData))
			if err != nil {
				return finding.Errorf("status.clientCertificateData of the ExecCredential: %s", finding.Err(err))
			}
			c.Certificate = cert
			if d.Status.Token != "" {
				c.Token = token.Parse(d.Status.Token)
			}
			return nil
		}
		return c.fromField(d.Status.Token, d.Kind, finding.T("status.token"))
	case "List", "SecretList":
		return &listError{d.Kind, d.Items}
	}
	return &OtherKind{Kind: d.Kind, Name: d.Metadata.Name}
}

// listError is the error for a list of objects where one is wanted.
type listError struct {
	kind  string
	items []json.RawMessage
}

func (e *listError) Error() string { return e.Text().String() }

// Text returns the error message with its values.
func (e *listError) Text() finding.Text {
	return finding.T("the document is a list of %s objects: give one of them", finding.Count(len(e.items)))
}

// parts are the items. Those of a SecretList need not say their kind.
func (e *listError) parts() []part {
	var out []part
	for i, item := range e.items {
		var of document
		_ = yaml.Unmarshal(item, &of)
		name := finding.T("item %s", finding.Count(i+1))
		isSecret := of.Kind == "Secret" || of.Kind == "" && e.kind == "SecretList"
		switch {
		case isSecret && of.Metadata.Namespace != "" && of.Metadata.Name != "":
			name = finding.T("secret %s/%s", finding.Namespace.Of(of.Metadata.Namespace), finding.Secret.Of(of.Metadata.Name))
		case isSecret && of.Metadata.Name != "":
			name = finding.T("secret %s", finding.Secret.Of(of.Metadata.Name))
		}
		out = append(out, part{name: name, read: func(c *Credential) error {
			if isSecret && of.Kind == "" {
				values, err := of.secretValues()
				if err != nil {
					return err
				}
				return c.FromSecret(of.Type, of.Metadata.Name, values)
			}
			var list *listError
			if err := c.fromDocument(item, ""); !errors.As(err, &list) {
				return err
			}
			return &OtherKind{Kind: list.kind}
		}})
	}
	return out
}

// OtherKind is the error for a document of a kind that has no credential.
type OtherKind struct{ Kind, Name string }

func (e *OtherKind) Error() string { return e.Text().String() }

// Text returns the error message with its values.
func (e *OtherKind) Text() finding.Text {
	return finding.T("the document has the kind %q, which has no credential", finding.Standard(fmt.Sprintf("%.60s", e.Kind)))
}

func (c *Credential) fromField(value, kind string, field finding.Text) error {
	of := finding.Standard(kind)
	if value == "" {
		return finding.Errorf("the %s has no %s", of, field)
	}
	if value == "REDACTED" {
		return finding.Errorf("%s of the %s is redacted and has no token", field, of)
	}
	c.Token = token.Parse(value)
	c.Notes = append(c.Notes, finding.T("the token was read from %s of a %s", field, of))
	return nil
}

func (d *document) secretValues() (map[string][]byte, error) {
	values := map[string][]byte{}
	for k, v := range d.Data {
		plain, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(v), ""))
		if err != nil {
			return nil, finding.Reword(err, "data[%q] of the Secret is not valid base64 (a value in plain text belongs under stringData)", finding.Quoted(fmt.Sprintf("%.60s", k)))
		}
		values[k] = plain
	}
	for k, v := range d.StringData {
		values[k] = []byte(v)
	}
	return values, nil
}

// The types of Secrets with a credential.
const (
	SecretTypeServiceAccountToken = "kubernetes.io/service-account-token"
	SecretTypeBootstrapToken      = "bootstrap.kubernetes.io/token"
	secretTypeTLS                 = "kubernetes.io/tls"
)

// FromSecret reads the credential in the decoded data of a Secret. Its errors never quote values.
func (c *Credential) FromSecret(secretType, name string, data map[string][]byte) error {
	of := finding.Secret.Of(name)
	switch {
	case secretType == SecretTypeBootstrapToken:
		id, secret := string(data["token-id"]), string(data["token-secret"])
		if id == "" || secret == "" {
			return finding.Errorf("the bootstrap token Secret %q lacks token-id or token-secret", of)
		}
		c.Token = token.Parse(id + "." + secret)
		return nil
	case secretType == secretTypeTLS:
		cert, err := ParseCertificate([]byte(string(data["tls.crt"]) + "\n" + string(data["tls.key"])))
		if err != nil {
			return finding.Errorf("tls.crt of the Secret %q: %s", of, finding.Err(err))
		}
		c.Certificate = cert
		return nil
	case len(data["token"]) > 0:
		c.Token = token.Parse(string(data["token"]))
		return nil
	case secretType == SecretTypeServiceAccountToken:
		return finding.Errorf("the ServiceAccount token Secret %q has no token yet: the token controller adds one if the ServiceAccount in the Secret's annotation exists", of)
	}
	return finding.Errorf("the Secret %q of type %q has no token", of, finding.Standard(fmt.Sprintf("%.60s", secretType)))
}

var yamlLine = regexp.MustCompile(`line \d+`)

// AtLine returns the line of a parser's error. The rest of the error is dropped, as it may quote
// a secret.
func AtLine(err error) finding.Text {
	line, ok := strings.CutPrefix(yamlLine.FindString(err.Error()), "line ")
	if n, err := strconv.Atoi(line); ok && err == nil {
		return finding.T(": line %s", finding.Count(n))
	}
	return finding.Text{}
}

var (
	// A path such as config.yaml also ends before a colon.
	fromParser = regexp.MustCompile(`(?:^|[\s"'(])(?:yaml|json): |cannot unmarshal|cannot decode|strict decoding`)
	ofFile     = regexp.MustCompile(`config file "([^"]+)"`)
)

// KubeconfigError wraps client-go's error for a kubeconfig. Of a parser's error, which may quote
// a secret, it keeps only the file and the line.
func KubeconfigError(err error) error {
	text := err.Error()
	if !fromParser.MatchString(text) {
		return err
	}
	why := finding.T("not valid YAML of the form that a kubeconfig has%s", AtLine(err))
	if m := ofFile.FindStringSubmatch(text); m != nil {
		why = finding.T("%s: %s", finding.File.Of(m[1]), why)
	}
	return finding.Reword(err, "%s", why)
}
