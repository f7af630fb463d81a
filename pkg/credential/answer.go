package credential

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Bounds of the search for tokens in a document of an unknown kind.
const (
	maxAnswerDepth  = 12
	maxAnswerValues = 20_000
)

// answerValue is a string in a document, with the path of its member.
type answerValue struct {
	path, member, text string
}

// The members of the answers of token services, without underscores and in lower case: OAuth 2.0 and OpenID
// Connect (RFC 6749 section 5.1), AWS Cognito, Firebase, the Azure and Google CLIs, Vault.
const (
	memberID     = "idtoken"
	memberAccess = "accesstoken"
	memberClient = "clienttoken"
)

// fromAnswer reads the token in a JSON or YAML document without a kind: the answer of a token service or the
// output of a CLI. An ID token is preferred, then the only JWT or AWS IAM token, then an access token, then the
// only opaque token of a documented form.
func (c *Credential) fromAnswer(data []byte) error {
	var document any
	if err := yaml.Unmarshal(data, &document); err != nil {
		return finding.Reword(err, "the document is not valid JSON or YAML%s", AtLine(err))
	}
	values := answerValues(document)
	readable := distinct(values, func(v answerValue) bool { return isReadable(v.text) })
	named := func(member string) []answerValue {
		return distinct(values, func(v answerValue) bool { return v.member == member && isOneWord(v.text) })
	}
	ids, access := named(memberID), slices.Concat(named(memberAccess), named(memberClient))
	known := distinct(values, hasForm)
	switch {
	case len(ids) == 1:
		c.fromValue(ids[0])
		c.noteOthers(access)
	case len(readable) == 1:
		c.fromValue(readable[0])
	case len(readable) > 1:
		return &answersError{readable}
	case len(access) == 1:
		c.fromValue(access[0])
	case len(known) == 1:
		c.fromValue(known[0])
	default:
		if found, severally := c.fromText(string(data)); found {
			return severally
		}
		return noAnswer(document)
	}
	return nil
}

func (c *Credential) fromValue(v answerValue) {
	c.Token = token.Parse(v.text)
	c.Notes = append(c.Notes, finding.T("the token was read from %s of the document", pathText(v)))
}

// noteOthers says that an access token of the same answer was left out.
func (c *Credential) noteOthers(access []answerValue) {
	if len(access) > 0 {
		c.Notes = append(c.Notes, finding.T("%s of the document was left out: an API server with an OIDC issuer reads ID tokens", pathText(access[0])))
	}
}

// pathText returns the path of a value, bounded.
func pathText(v answerValue) finding.Text {
	return finding.T("%s", finding.Quoted(fmt.Sprintf("%.80s", v.path)))
}

// answersError is the error for a document with several tokens where one is wanted.
type answersError struct{ values []answerValue }

func (e *answersError) Error() string { return e.Text().String() }

// Text returns the error message with its values.
func (e *answersError) Text() finding.Text {
	var paths []finding.Value
	for _, v := range e.values {
		paths = append(paths, pathText(v))
	}
	return finding.T("the document has %s tokens: give one of %s", finding.Count(len(e.values)), finding.Listed(5, paths...))
}

// parts are the tokens.
func (e *answersError) parts() []part {
	var out []part
	for _, v := range e.values {
		out = append(out, part{name: pathText(v), read: func(c *Credential) error {
			c.fromValue(v)
			return nil
		}})
	}
	return out
}

// answerValues returns the strings of a document, in the order of their paths.
func answerValues(document any) (values []answerValue) {
	var walk func(v any, path, member string, depth int)
	walk = func(v any, path, member string, depth int) {
		if depth > maxAnswerDepth || len(values) == maxAnswerValues {
			return
		}
		switch v := v.(type) {
		case string:
			values = append(values, answerValue{cmp.Or(path, "the text"), member, withoutScheme(strings.TrimSpace(v))})
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				walk(v[name], strings.TrimPrefix(path+"."+name, "."), plainMember(name), depth+1)
			}
		case []any:
			for i, element := range v {
				walk(element, path+"["+strconv.Itoa(i)+"]", member, depth+1)
			}
		}
	}
	walk(document, "", "", 0)
	return values
}

func plainMember(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// distinct returns the values that is selects, each text once.
func distinct(values []answerValue, is func(answerValue) bool) (out []answerValue) {
	for _, v := range values {
		if is(v) && !slices.ContainsFunc(out, func(o answerValue) bool { return o.text == v.text }) {
			out = append(out, v)
		}
	}
	return out
}

// isReadable reports whether a text is a JWT or an AWS IAM token. A refresh token may be a JWT too, encrypted.
func isReadable(text string) bool {
	if !strings.HasPrefix(text, "eyJ") && !strings.HasPrefix(text, awsToken) {
		return false
	}
	t := token.Parse(text)
	return t.Kind == token.KindAWSIAM || t.Claims != nil
}

// hasForm reports whether a value is an opaque token of a documented form. A refresh token is not what a client sends.
func hasForm(v answerValue) bool {
	if v.member == "refreshtoken" {
		return false
	}
	_, ok := token.Parse(v.text).Form()
	return ok
}

func isOneWord(text string) bool { return text != "" && !strings.ContainsAny(text, " \t\r\n") }

// documentForms are the documents without a token that are taken for one, by their members.
var documentForms = []struct {
	members []string
	what    finding.Text
}{
	{[]string{"jwks_uri"}, finding.T("a discovery document, which has no credential; kubectl authn discover checks an issuer's")},
	{[]string{"keys"}, finding.T("a key set, which has no credential; kubectl authn verify --jwks uses it")},
	{[]string{"kty"}, finding.T("a key, which is no credential; kubectl authn verify --jwks uses it")},
	{[]string{"Credentials"}, finding.T("a credential of AWS itself, which no API server reads; `aws eks get-token` creates a token with it")},
	{[]string{"AccessKeyId", "SecretAccessKey"}, finding.T("a credential of AWS itself, which no API server reads; `aws eks get-token` creates a token with it")},
	{[]string{"private_key", "client_email"}, finding.T("a key file of Google Cloud (`service_account`), which no API server reads; `gke-gcloud-auth-plugin` requests a token with it")},
	{[]string{"client_secret", "refresh_token"}, finding.T("a refresh token of Google, which no API server reads; `gke-gcloud-auth-plugin` requests a token with it")},
	{[]string{"credential_source", "token_url"}, finding.T("a configuration of Google's workload identity federation; kubectl authn preflight --config reads it")},
	{[]string{"clientId", "clientSecret"}, finding.T("the secret of an Azure service principal, which no API server reads; `kubelogin` requests a token with it")},
	{[]string{"appId", "password"}, finding.T("the secret of an Azure service principal, which no API server reads; `kubelogin` requests a token with it")},
	{[]string{"auths"}, finding.T("a configuration of registries, which no API server reads")},
	{[]string{"refresh_token"}, finding.T("an answer with only a refresh token, which no API server reads")},
	{[]string{"device_code"}, finding.T("an answer to a device login that is not complete yet, without a token")},
}

// noAnswer says what a document without a kind and without a token is, as far as its members show.
func noAnswer(document any) error {
	members, _ := document.(map[string]any)
	shown := func(text string, most int) finding.Value {
		for name, value := range members {
			if secret, ok := value.(string); ok && secret != "" && token.NamesSecret(name) {
				text = strings.ReplaceAll(text, secret, token.Redacted)
			}
		}
		return finding.Quoted(fmt.Sprintf("%.*s", most, text))
	}
	if code, ok := members["error"].(string); ok {
		why := finding.T("%q", shown(code, 60))
		if text, ok := members["error_description"].(string); ok {
			why = finding.T("%s: %q", why, shown(text, 200))
		}
		return finding.Errorf("the document is the error of a token service and has no token: %s", why)
	}
	has := func(name string) bool { _, ok := members[name]; return ok }
	for _, form := range documentForms {
		if !slices.ContainsFunc(form.members, func(name string) bool { return !has(name) }) {
			return finding.Errorf("the document is %s", form.what)
		}
	}
	if has("iss") && (has("sub") || has("aud")) {
		return finding.Errorf("the document has the claims of a token, and not the token; kubectl authn simulate --claims judges them")
	}
	return finding.Errorf("the document has no kind and no JWT, so the location of its credential is unknown")
}

const awsToken = "k8s-aws-v1."

// answerLine is a line of the answer of a token service in YAML, such as `gcloud config config-helper` prints.
var answerLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^[ ]*(?:id_token|idToken|access_token|accessToken|client_token):[ ]+\S`)
})

var awsInText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`k8s-aws-v1\.[A-Za-z0-9_-]+=*`) })

// awsTokens returns the AWS IAM tokens in other text, such as a log or a file of variables, each once. A text
// that begins with the token is the token itself, even if it is wrapped.
func awsTokens(text string) (tokens []string) {
	if !strings.Contains(text, awsToken) || strings.HasPrefix(text, awsToken) {
		return nil
	}
	for _, t := range awsInText().FindAllString(text, MaxSeveral) {
		if !slices.Contains(tokens, t) {
			tokens = append(tokens, t)
		}
	}
	return tokens
}

// fromText reads the AWS IAM token in other text. It returns false if the text has none.
func (c *Credential) fromText(text string) (found bool, err error) {
	tokens := awsTokens(text)
	switch len(tokens) {
	case 0:
		return false, nil
	case 1:
		c.Document, c.Token = true, token.Parse(tokens[0])
		c.Notes = append(c.Notes, finding.T("the token was read from other text"))
		return true, nil
	}
	var values []answerValue
	for i, t := range tokens {
		values = append(values, answerValue{path: "token " + strconv.Itoa(i+1), text: t})
	}
	return true, &answersError{values}
}
