// Package kubeconfig loads kubeconfigs as client-go does, with a maximum size for each file.
package kubeconfig

import (
	"errors"
	"io/fs"
	"maps"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/aliases"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
)

// Loader is client-go's loader of kubeconfigs with bounded reading: client-go reads each file to
// its end into memory.
type Loader struct {
	*clientcmd.ClientConfigLoadingRules
	Files *input.Files
}

// Load merges the files: for each entry and each other setting, the first file counts. It returns
// an *input.Error if a file is too large or of another type. A test compares it with client-go.
func (l *Loader) Load() (*clientcmdapi.Config, error) {
	var all []*clientcmdapi.Config
	var failed []error
	for _, name := range l.GetLoadingPrecedence() {
		if name == "" {
			continue
		}
		config, err := l.load(name)
		var bound *input.Error
		switch {
		case errors.As(err, &bound):
			return nil, bound
		case errors.Is(err, fs.ErrNotExist) && l.IsExplicitFile():
			return nil, err
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			failed = append(failed, finding.Errorf("error loading config file %q: %s", finding.File.Of(name), finding.Err(err)))
		default:
			all = append(all, config)
		}
	}
	merged := clientcmdapi.NewConfig()
	for i := len(all) - 1; i >= 0; i-- {
		merge(merged, all[i])
	}
	if l.ResolvePaths() {
		if err := clientcmd.ResolveLocalPaths(merged); err != nil {
			failed = append(failed, err)
		}
	}
	return merged, utilerrors.NewAggregate(failed)
}

// load reads a file, or the file that client-go would migrate to that name.
func (l *Loader) load(name string) (*clientcmdapi.Config, error) {
	from := name
	if old := l.MigrationRules[name]; old != "" {
		if _, err := l.Files.Stat(name); errors.Is(err, fs.ErrNotExist) {
			if info, err := l.Files.Stat(old); err == nil && !info.IsDir() {
				from = old
			}
		}
	}
	return read(l.Files, from, name)
}

// Read reads one file.
func Read(files *input.Files, name string) (*clientcmdapi.Config, error) {
	return read(files, name, name)
}

// read reads one file and records origin as the location of its entries.
func read(files *input.Files, name, origin string) (*clientcmdapi.Config, error) {
	data, err := files.Read(name, input.MaxGiven)
	if err != nil {
		return nil, hinted(err)
	}
	if err := aliases.Check(data); err != nil {
		return nil, err
	}
	config, err := clientcmd.Load(data)
	if err != nil {
		return nil, err
	}
	for _, entry := range config.AuthInfos {
		entry.LocationOfOrigin = origin
	}
	for _, entry := range config.Clusters {
		entry.LocationOfOrigin = origin
	}
	for _, entry := range config.Contexts {
		entry.LocationOfOrigin = origin
	}
	return config, nil
}

// hinted adds a hint to the error for a large kubeconfig: one context is enough.
func hinted(err error) error {
	var bound *input.Error
	if errors.As(err, &bound) && bound.TooLarge {
		bound.Hint = finding.T("if the file is a kubeconfig, use one context of it: kubectl config view --minify --flatten > FILE")
	}
	return err
}

// merge overwrites settings of into with those of from, except preferences and extensions, which
// do not configure a client.
func merge(into, from *clientcmdapi.Config) {
	if from.CurrentContext != "" {
		into.CurrentContext = from.CurrentContext
	}
	maps.Copy(into.Clusters, from.Clusters)
	maps.Copy(into.AuthInfos, from.AuthInfos)
	maps.Copy(into.Contexts, from.Contexts)
}

// Client returns a configuration that is loaded on demand, with overrides from the command line.
func (l *Loader) Client(overrides *clientcmd.ConfigOverrides) clientcmd.ClientConfig {
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(l, overrides)
}

// ReadTLS reads the certificate and key files of a configuration into it, so that no library reads
// them without a bound.
func ReadTLS(files *input.Files, config *rest.Config) error {
	for _, part := range []struct {
		file string
		data *[]byte
	}{
		{config.CAFile, &config.CAData}, {config.CertFile, &config.CertData}, {config.KeyFile, &config.KeyData},
	} {
		if part.file == "" || len(*part.data) > 0 {
			continue
		}
		data, err := files.Read(part.file, input.MaxNamed)
		if err != nil {
			return err
		}
		*part.data = data
	}
	return nil
}
