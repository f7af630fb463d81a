package simulate

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apiserver/pkg/authentication/token/tokenfile"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/kubeconfig"
)

// read reads the file that a flag names, up to a limit. The server's own readers, which get
// only the content, would read an endless device forever.
func (f *Flags) read(src Source, flag, file string) ([]byte, error) {
	limit := int64(input.MaxNamed)
	if flag == "authentication-config" || flag == "authentication-token-webhook-config-file" {
		// Decoding takes a hundred times the size of the file in memory.
		limit = input.MaxGiven
	}
	data, name, err := f.readFrom(src, flag, file, limit)
	if err == nil && src.Opened != nil {
		src.Opened(name)
	}
	return data, err
}

// readFrom also returns the local path.
func (f *Flags) readFrom(src Source, flag, file string, limit int64) (data []byte, name string, err error) {
	switch here := src.Server == nil || f.here(flag); {
	case here && file == "-" && flag == "authentication-config" && src.Stdin != nil:
		data, err = input.All(src.Stdin, credential.Stdin, limit)
		return data, file, err
	case here:
		data, err = src.files().Read(file, limit)
		return data, file, err
	}
	return src.Server.read(flag, file, f.from[flag].Default, limit)
}

// reader returns what reads the file of a flag for a library.
func (f *Flags) reader(src Source, flag string) *input.Files {
	if src.Server == nil || f.here(flag) {
		return src.files()
	}
	return src.Server.files()
}

func (s Source) files() *input.Files {
	if s.Files == nil {
		return input.OS()
	}
	return s.Files
}

// tokensOf reads a static token file as tokenfile.NewCSV of k8s.io/apiserver does. name is
// used only in errors.
func tokensOf(data []byte, name string) (*tokenfile.TokenAuthenticator, error) {
	tokens := map[string]*user.DefaultInfo{}
	lines := csv.NewReader(bytes.NewReader(data))
	lines.FieldsPerRecord = -1
	for {
		record, err := lines.Read()
		switch {
		case errors.Is(err, io.EOF):
			return tokenfile.New(tokens), nil
		case err != nil:
			return nil, err
		case len(record) < 3:
			return nil, fmt.Errorf("token file '%s' must have at least 3 columns (token, user name, user uid), found %d", name, len(record))
		case record[0] == "":
			continue
		}
		who := &user.DefaultInfo{Name: record[1], UID: record[2]}
		if len(record) > 3 {
			who.Groups = strings.Split(record[3], ",")
		}
		tokens[record[0]] = who
	}
}

// restConfig reads the webhook's kubeconfig as the server does (k8s.io/apiserver pkg/util/webhook,
// LoadKubeconfig). It returns a Missing for a kubeconfig that would run a program or send a local file, because
// the kubeconfig may be from another person.
func (w *Webhook) restConfig() (*rest.Config, *Missing, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = w.File
	client := (&kubeconfig.Loader{ClientConfigLoadingRules: rules, Files: w.files}).Client(&clientcmd.ConfigOverrides{})
	raw, err := client.RawConfig()
	if err != nil {
		return nil, nil, err
	}
	if context := raw.Contexts[raw.CurrentContext]; context != nil {
		switch who := raw.AuthInfos[context.AuthInfo]; {
		case who == nil:
		case who.Exec != nil, who.AuthProvider != nil:
			return nil, &Missing{What: finding.T("the webhook's kubeconfig uses an exec plugin or auth provider, which simulate does not run"), How: finding.T("give a kubeconfig with a token or a client certificate")}, nil
		case who.TokenFile != "":
			return nil, &Missing{What: finding.T("the webhook's kubeconfig names a token file, which simulate does not send"), How: finding.T("write the token itself into the kubeconfig")}, nil
		}
	}
	config, err := client.ClientConfig()
	if err != nil {
		return nil, nil, err
	}
	if config.BearerTokenFile != "" {
		return nil, &Missing{What: finding.T("the webhook's kubeconfig is empty, and simulate does not send the token of its own Pod"), How: finding.T("write the webhook's address into the kubeconfig")}, nil
	}
	if err := kubeconfig.ReadTLS(w.files, config); err != nil {
		return nil, nil, err
	}
	config.QPS = -1
	return config, nil, nil
}
