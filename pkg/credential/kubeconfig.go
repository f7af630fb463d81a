package credential

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// handedOver has the inline data of a kubeconfig that was given as a credential. Its exec
// plugins are not run, its files not read and its server not contacted, because it may come from
// an untrusted source.
type handedOver struct {
	CurrentContext string `json:"current-context"`
	Contexts       []struct {
		Name    string `json:"name"`
		Context struct {
			User string `json:"user"`
		} `json:"context"`
	} `json:"contexts"`
	Users []struct {
		Name string `json:"name"`
		User struct {
			Token                 string `json:"token"`
			TokenFile             string `json:"tokenFile"`
			ClientCertificate     string `json:"client-certificate"`
			ClientCertificateData string `json:"client-certificate-data"`
			ClientKey             string `json:"client-key"`
			ClientKeyData         string `json:"client-key-data"`
			Username              string `json:"username"`
			Password              string `json:"password"`
			Exec                  *struct {
				Command string `json:"command"`
			} `json:"exec"`
			AuthProvider *struct {
				Name   string         `json:"name"`
				Config map[string]any `json:"config"`
			} `json:"auth-provider"`
		} `json:"user"`
	} `json:"users"`
}

// maxChoices is how many names are listed to choose from.
const maxChoices = 20

// Choices lists the names that there are to choose from.
func Choices(kind finding.Kind, names []string) finding.Text {
	slices.Sort(names)
	list := finding.Join(", ", finding.Names(kind, names[:min(len(names), maxChoices)])...)
	if more := len(names) - maxChoices; more > 0 {
		return finding.T("choose one of %s and %s more", list, finding.Count(more))
	}
	return finding.T("choose one of %s", list)
}

// UnknownContext is a kubeconfig that does not have the context that was asked for; Name is empty
// where none was, and the kubeconfig itself names none.
type UnknownContext struct {
	Name     string
	Contexts []string
	// each are the credentials of the contexts, where none was asked for: one for each user.
	each []part
}

func (e *UnknownContext) parts() []part { return e.each }

func (e *UnknownContext) Error() string { return e.Text().String() }

// Text is the error with its values.
func (e *UnknownContext) Text() finding.Text {
	if e.Name == "" {
		return finding.T("the kubeconfig has no current-context and several users: it does not say whose credential is meant")
	}
	return finding.T("the kubeconfig has no context %q", finding.Context.Of(e.Name))
}

// fromKubeconfig reads the inline credential of the user of a context, the current one if context
// is empty. It has a branch for each authentication method, as each has its own error if it cannot
// be used here.
func (c *Credential) fromKubeconfig(data []byte, context string) error {
	var k handedOver
	if err := yaml.Unmarshal(data, &k); err != nil {
		return finding.Reword(err, "the kubeconfig cannot be read%s", AtLine(err))
	}
	user, found := "", false
	unknown, chosen := &UnknownContext{Name: context}, cmp.Or(context, k.CurrentContext)
	for _, ctx := range k.Contexts {
		unknown.Contexts = append(unknown.Contexts, ctx.Name)
		if ctx.Name == chosen {
			user, found = ctx.Context.User, true
		}
	}
	which := finding.T("current context")
	switch {
	case context != "":
		which = finding.T("context %q", finding.Context.Of(context))
		if !found {
			return unknown
		}
	case k.CurrentContext != "" && !found:
		return finding.Errorf("the kubeconfig's current-context %q does not exist", finding.Context.Of(k.CurrentContext))
	case k.CurrentContext != "":
	case len(k.Users) == 1:
		user = k.Users[0].Name
	case len(k.Contexts) > 0 && len(k.Users) > 0:
		users := map[string]bool{}
		for _, ctx := range k.Contexts {
			if name := ctx.Context.User; ctx.Name != "" && !users[name] {
				users[name] = true
				unknown.each = append(unknown.each, part{finding.T("context %s", finding.Context.Of(ctx.Name)), ctx.Name, func(c *Credential) error { return c.fromKubeconfig(data, ctx.Name) }})
			}
		}
		return unknown
	default:
		return finding.Errorf("the kubeconfig has %s users and no current-context to choose one", finding.Count(len(k.Users)))
	}
	named := finding.User.Of(user)
	for _, u := range k.Users {
		if u.Name != user {
			continue
		}
		c.KubeconfigUser = user
		if u.User.ClientCertificateData != "" {
			pem, err := inlineData(u.User.ClientCertificateData)
			if err != nil {
				return finding.Errorf("client-certificate-data of user %q %s", named, finding.Err(err))
			}
			key, err := inlineData(u.User.ClientKeyData)
			if err != nil {
				return finding.Errorf("client-key-data of user %q %s", named, finding.Err(err))
			}
			if other, is := otherThanCertificate(pem); is {
				return finding.Errorf("client-certificate-data of user %q is not a PEM certificate: %s", named, other)
			}
			cert, err := ParseCertificate([]byte(string(pem) + "\n" + string(key)))
			if err != nil {
				return finding.Errorf("client-certificate-data of user %q: %s", named, finding.Err(err))
			}
			c.Certificate = cert
		}
		if isRedacted(u.User.Token) {
			return finding.Errorf("the token of user %q is redacted: kubectl config view shows it only with --raw", named)
		}
		if u.User.Token != "" {
			c.Token = token.Parse(u.User.Token)
		}
		if p := u.User.AuthProvider; p != nil && c.Token == nil && c.Certificate == nil {
			if stored := storedToken(p.Config); stored != "" {
				c.Token = token.Parse(stored)
				c.Notes = append(c.Notes, finding.T("the token that the auth provider %q stored in the kubeconfig; a client may renew it before a request", finding.Program.Of(p.Name)))
			}
		}
		if u.User.Username != "" || u.User.Password != "" {
			c.Basic = &Basic{Username: u.User.Username, Password: token.NewSecret(u.User.Password)}
		}
		c.Notes = append(c.Notes, finding.T("the credential of user %q; the kubeconfig's server is not used", named))
		if c.Type() != TypeNone {
			// A client with this kubeconfig would send another credential.
			if u.User.Token != "" && u.User.TokenFile != "" {
				c.Faults = append(c.Faults, Fault{ID: finding.TokenShadowedByTokenFile, Problem: FromKubeconfigFile})
			}
			if u.User.Exec != nil {
				c.Faults = append(c.Faults, Fault{ID: finding.ExecPluginSkipped, Problem: FromKubeconfigFile, Plugin: Plugin{Command: u.User.Exec.Command}})
			}
			return nil
		}
		switch {
		case u.User.Exec != nil:
			return finding.Errorf("user %q of the kubeconfig uses the exec plugin %q, which is not run for a kubeconfig given as a credential: use --kubeconfig", named, finding.Program.Of(u.User.Exec.Command))
		case u.User.TokenFile != "" || u.User.ClientCertificate != "":
			return finding.Errorf("user %q of the kubeconfig has its credential in a file, which is not read for a kubeconfig given as a credential: use --kubeconfig", named)
		case u.User.AuthProvider != nil:
			return finding.Errorf("user %q of the kubeconfig uses the auth provider %q, which is not run for a kubeconfig given as a credential: use --kubeconfig", named, finding.Program.Of(u.User.AuthProvider.Name))
		}
		return finding.Errorf("user %q of the kubeconfig has no credential", named)
	}
	if user == "" {
		return finding.Errorf("the kubeconfig's %s names no user", which)
	}
	return finding.Errorf("the kubeconfig's %s names the user %q, which does not exist", which, named)
}

// storedToken returns the ID token that the auth provider oidc keeps in a kubeconfig.
func storedToken(config map[string]any) string {
	stored, _ := config["id-token"].(string)
	return stored
}

// isRedacted reports whether kubectl config view replaced a value.
func isRedacted(value string) bool {
	return slices.Contains([]string{"REDACTED", "DATA+OMITTED", "DATA REDACTED", "<redacted>"}, value)
}

// inlineData decodes the base64 value of a kubeconfig's field. The error never quotes the value.
func inlineData(value string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(value)
	switch {
	case isRedacted(value):
		return nil, finding.Errorf("is redacted: kubectl config view shows it only with --raw")
	case err == nil:
		return data, nil
	case strings.Contains(value, "-----BEGIN"):
		return nil, finding.Errorf("is PEM text, but must be PEM encoded in base64")
	case strings.HasPrefix(value, "<"), strings.HasPrefix(value, "$"), strings.HasPrefix(value, "{"):
		return nil, finding.Errorf("is a placeholder that was not replaced")
	case strings.HasPrefix(value, "/"), strings.HasPrefix(value, "./"):
		return nil, finding.Errorf("looks like a file path, but must be base64")
	}
	return nil, finding.Errorf("is not valid base64, or was cut off")
}

// otherThanCertificate returns what stands in place of a PEM certificate; false if a PEM block with a
// certificate is there, or one that is damaged.
func otherThanCertificate(data []byte) (finding.Text, bool) {
	text := strings.TrimSpace(string(data))
	switch {
	case strings.Contains(text, "-----BEGIN CERTIFICATE-----"), strings.Contains(text, "-----BEGIN TRUSTED CERTIFICATE"):
		return finding.Text{}, false
	case strings.Contains(text, "PRIVATE KEY-----"):
		return finding.T("it is a private key. Certificate and key may be swapped"), true
	case strings.HasPrefix(text, "-----BEGIN "):
		return finding.T("the PEM block is of another type, such as a certificate signing request or a public key"), true
	case strings.HasPrefix(text, "ssh-"), strings.HasPrefix(text, "ecdsa-sha2-"), strings.HasPrefix(text, "sk-ssh-"):
		return finding.T("it is an SSH public key"), true
	case strings.HasPrefix(text, "LS0t"):
		return finding.T("the value is encoded in base64 twice"), true
	case len(data) > 1 && data[0] == 0x30 && data[1]&0x80 != 0:
		return finding.T("it is a certificate in DER, or another binary structure. Convert it to PEM before base64"), true
	}
	return finding.T("it has no line -----BEGIN CERTIFICATE-----"), true
}
