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

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/kubeconfig"
)

// read reads the file that a flag names. The server's own readers, which get only its content
// from here, would read a device without an end.
func (f *Flags) read(src Source, flag, file string) ([]byte, error) {
	limit := int64(input.MaxNamed)
	if flag == "authentication-config" {
		// It takes a hundred times its size to be read.
		limit = input.MaxGiven
	}
	return src.files().Read(f.path(src, flag, file), limit)
}

func (s Source) files() *input.Files {
	if s.Files == nil {
		return input.OS()
	}
	return s.Files
}

// tokensOf reads a static token file, whose name is only for errors, as tokenfile.NewCSV of
// k8s.io/apiserver does.
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

// restConfig is what the server makes of the webhook's kubeconfig (k8s.io/apiserver
// pkg/util/webhook, LoadKubeconfig). Missing is set where it is not used here: a configuration
// that somebody else has written runs no program, and no file of this machine is sent.
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
			return nil, &Missing{What: finding.T("the kubeconfig of the webhook runs a plugin, which is not run here"), How: finding.T("give a kubeconfig with a token or a client certificate")}, nil
		case who.TokenFile != "":
			return nil, &Missing{What: finding.T("the kubeconfig of the webhook names a file with a token, which is not sent from here"), How: finding.T("write the token itself into the kubeconfig")}, nil
		}
	}
	config, err := client.ClientConfig()
	if err != nil {
		return nil, nil, err
	}
	if config.BearerTokenFile != "" {
		return nil, &Missing{What: finding.T("the webhook's kubeconfig is empty, and the token of the Pod that this runs in is not sent to it"), How: finding.T("write the webhook's address into the kubeconfig")}, nil
	}
	if err := kubeconfig.ReadTLS(w.files, config); err != nil {
		return nil, nil, err
	}
	config.QPS = -1
	return config, nil, nil
}
