package resolve

import (
	"cmp"
	"encoding/base64"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-authn/kubectl-authn/pkg/aliases"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
)

// unloadable is the result for a context that client-go cannot load. A fault of the kubeconfig
// leaves no credential to send; a flag that names a missing entry is wrong usage.
func (r *Resolver) unloadable(c *credential.Credential, s *selected, err error) (*credential.Credential, error) {
	var fault credential.Fault
	var path *os.PathError
	var all utilerrors.Aggregate
	switch {
	case s.user.TokenFile != "" && errors.As(err, &path) && path.Path == s.user.TokenFile:
		fault = unreadableTokenFile(s.user.TokenFile, path)
	case errors.As(err, &path) && path.Path == podToken:
		c.Source = finding.T("in-cluster")
		fault = unreadableInPod(OfPod(err))
	case errors.As(err, &all):
		fault = invalid(s, all.Errors())
	default:
		// The flags name a user, a cluster or a context that does not exist.
		return nil, wrong(finding.Errorf("the kubeconfig cannot be used: %s", finding.Err(credential.KubeconfigError(err))))
	}
	c.Faults = append(c.Faults, fault)
	settle(c, nil)
	return c, nil
}

// invalid returns the fault of a kubeconfig that client-go rejects for these reasons.
func invalid(s *selected, reasons []error) credential.Fault {
	var faults []credential.Fault
	for _, e := range reasons {
		f := refused(s.user, e)
		f.Context, f.User, f.Cluster, f.Choices = s.contextName, s.userName, s.clusterName, slices.Collect(maps.Keys(s.Contexts))
		faults = append(faults, f)
	}
	// A contradiction is reported before missing values.
	first := max(0, slices.IndexFunc(faults, func(f credential.Fault) bool { return f.ID == finding.KubeconfigInvalid }))
	f := faults[first]
	f.Also = slices.Delete(faults, first, first+1)
	return f
}

// reason is a problem with the parts of client-go's error message that identify it.
type reason struct {
	id      finding.ID
	problem credential.Problem
	words   []string
}

// refusals are the reasons for which client-go rejects a kubeconfig
// (k8s.io/client-go tools/clientcmd/validation.go).
var refusals = []reason{
	{finding.KubeconfigInvalid, credential.TwoAuthorities, []string{"certificate-authority-data and certificate-authority are both"}},
	{finding.KubeconfigInvalid, credential.TwoCertificates, []string{"client-cert-data and client-cert are both"}},
	{finding.KubeconfigInvalid, credential.TwoKeys, []string{"client-key-data and client-key are both"}},
	{finding.KubeconfigInvalid, credential.AuthorityUnreadable, []string{"unable to read certificate-authority"}},
	{finding.ClientCertificateUnusable, credential.CertificateUnreadable, []string{"unable to read client-cert", "unable to read client-key"}},
	{finding.CertificateWithoutKey, 0, []string{"client-key-data or client-key must be specified"}},
	{finding.KubeconfigInvalid, credential.TokenAndPassword, []string{"more than one authentication method found"}},
	{finding.KubeconfigInvalid, credential.ImpersonatesNobody, []string{"without impersonating a user"}},
	{finding.KubeconfigInvalid, credential.PluginAndProvider, []string{"authProvider cannot be provided in combination"}},
	{finding.KubeconfigInvalid, credential.PluginWithoutCommand, []string{"command must be specified"}},
	{finding.KubeconfigInvalid, credential.PluginWithoutVersion, []string{"apiVersion must be specified"}},
	{finding.KubeconfigInvalid, credential.PluginWithoutMode, []string{"interactiveMode must be specified"}},
	{finding.KubeconfigInvalid, credential.PluginModeUnknown, []string{"invalid interactiveMode"}},
	{finding.KubeconfigInvalid, credential.PluginVariableWithoutName, []string{"env variable name must be specified"}},
	{finding.ExecPluginNotAllowed, 0, []string{"allowlist misconfiguration"}},
	{finding.KubeconfigInvalid, credential.ContextUnknown, []string{"context was not found"}},
	{finding.KubeconfigInvalid, credential.ProxyUnusable, []string{"'proxy-url'"}},
	{finding.KubeconfigInvalid, credential.ServerMissing, []string{"no server found for cluster", "cluster has no server defined"}},
}

// refused returns the fault for one of the reasons for which client-go rejects a kubeconfig.
func refused(auth *clientcmdapi.AuthInfo, err error) credential.Fault {
	f := credential.Fault{ID: finding.KubeconfigInvalid, Effect: credential.Unavailable, Err: err}
	text := err.Error()
	f = because(f, refusals, text)
	switch {
	case f.ID == finding.ClientCertificateUnusable && strings.Contains(text, "unable to read client-key"):
		f.Key = finding.T("client-key")
	case f.ID == finding.ClientCertificateUnusable:
		f.Key = finding.T("client-certificate")
	case f.ID == finding.ExecPluginNotAllowed:
		f.Plugin.Command = auth.Exec.Command
	case f.ID == finding.KubeconfigInvalid && f.Problem == credential.ProxyUnusable:
		// Omit the address, which may contain a password.
		_, reason, _ := strings.Cut(text, " for cluster ")
		f.Err = finding.Reword(err, "invalid 'proxy-url' for cluster %s", finding.Message(reason))
	}
	return f
}

// because sets the problem that client-go's error message stands for.
func because(f credential.Fault, all []reason, text string) credential.Fault {
	for _, one := range all {
		if containsAny(text, one.words...) {
			f.ID, f.Problem = one.id, one.problem
			break
		}
	}
	return f
}

// unreadable is the result for a kubeconfig that client-go cannot decode. Invalid base64 in a
// field is a fault; anything else is unreadable input.
func (r *Resolver) unreadable(err error) (*credential.Credential, error) {
	for _, name := range r.files() {
		if f := r.badBase64(name); f != nil {
			return &credential.Credential{
				Source: finding.T("kubeconfig"), AsCaller: true, Faults: []credential.Fault{*f},
				Trace: &credential.Trace{Files: []credential.KubeconfigFile{{Path: name}}},
			}, nil
		}
	}
	return nil, wrong(finding.Errorf("the kubeconfig cannot be read: %s", finding.Err(credential.KubeconfigError(err))))
}

// files returns the kubeconfig files in the order of precedence.
func (r *Resolver) files() []string {
	access := r.Kubeconfig.ConfigAccess()
	if access == nil {
		return nil
	}
	return access.GetLoadingPrecedence()
}

// entries are the parts of a kubeconfig that may have base64 fields.
type entries struct {
	Clusters []struct {
		Name    string         `json:"name"`
		Cluster map[string]any `json:"cluster"`
	} `json:"clusters"`
	Users []struct {
		Name string         `json:"name"`
		User map[string]any `json:"user"`
	} `json:"users"`
}

// notInBase64 reports whether base64 text cannot have the character. Line breaks are ignored in it.
func notInBase64(r rune) bool {
	return !(r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("+/=\r\n", r))
}

// badBase64 returns the fault of the first field in a file that should be base64 and is not.
func (r *Resolver) badBase64(name string) *credential.Fault {
	data, err := r.Files.Read(name, input.MaxGiven)
	var e entries
	if err != nil || aliases.Check(data) != nil || yaml.Unmarshal(data, &e) != nil {
		return nil
	}
	fault := func(fields map[string]any, key finding.Text) *credential.Fault {
		value := fields[key.String()]
		text, isText := value.(string)
		_, err := base64.StdEncoding.DecodeString(text)
		f := &credential.Fault{ID: finding.KubeconfigInvalid, Effect: credential.Unavailable, Problem: credential.NotBase64, Err: err, File: name, Key: key}
		switch {
		case value == nil, isText && err == nil:
			return nil
		case !isText:
			f.Problem = credential.NotText
		case strings.Contains(text, "-----BEGIN"):
			f.Problem = credential.PEMItself
		case strings.HasPrefix(text, "/") || strings.HasPrefix(text, "./"):
			f.Problem = credential.PathOfFile
		case strings.IndexFunc(text, notInBase64) >= 0:
			at := strings.IndexFunc(text, notInBase64)
			r, _ := utf8.DecodeRuneInString(text[at:])
			f.Character, f.Place = string(r), utf8.RuneCountInString(text[:at])+1
		case len(strings.TrimRight(text, "="))%4 == 1 || len(text)%4 != 0:
			f.Problem = credential.Base64CutOff
		}
		return f
	}
	for _, c := range e.Clusters {
		if f := fault(c.Cluster, finding.T("certificate-authority-data")); f != nil {
			f.Cluster = c.Name
			return f
		}
	}
	for _, u := range e.Users {
		if f := cmp.Or(fault(u.User, finding.T("client-certificate-data")), fault(u.User, finding.T("client-key-data"))); f != nil {
			f.User = u.Name
			return f
		}
	}
	return nil
}
