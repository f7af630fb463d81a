package resolve

import (
	"cmp"
	"errors"
	"io/fs"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
)

// Readable says of the files that client-go reads for the caller's configuration which it
// could not: it reads each to its end, which a device does not have, into memory.
func (r *Resolver) Readable() error {
	raw, err := r.Kubeconfig.RawConfig()
	if err != nil {
		return nil
	}
	look := func(name string) error {
		var bound *input.Error
		switch err := r.Files.Check(name, input.MaxNamed); {
		case name == "":
			return nil
		case errors.As(err, &bound) && !isFolder(r, name):
			return &fs.PathError{Op: "read", Path: name, Err: finding.Reword(bound, "it %s", bound.Reason)}
		}
		// What comes of it client-go says itself.
		return nil
	}
	if len(raw.Clusters) == 0 && len(raw.AuthInfos) == 0 {
		if err := errors.Join(look(podToken), look(podCA), look(credential.PodFolder+"/namespace")); err != nil {
			return err
		}
	}
	_, user, auth := r.current(raw)
	if auth == nil {
		auth = &clientcmdapi.AuthInfo{}
	}
	if auth.TokenFile != "" {
		if err := look(auth.TokenFile); err != nil {
			return err
		}
		// client-go reads it now and whenever a minute has passed, which no pipe bears.
		if info, err := r.Files.Stat(auth.TokenFile); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
			return &fs.PathError{Op: "read", Path: auth.TokenFile, Err: finding.Errorf("it is a pipe, which client-go could read only once")}
		}
	}
	name := r.cluster(raw)
	ca := ""
	if c := raw.Clusters[name]; c != nil {
		ca = c.CertificateAuthority
	}
	var all []error
	for _, f := range []struct {
		what finding.Text
		name string
		of   finding.Name
	}{
		{finding.T("client-cert"), cmp.Or(r.Flags.ClientCertificate, auth.ClientCertificate), finding.User.Of(user)},
		{finding.T("client-key"), cmp.Or(r.Flags.ClientKey, auth.ClientKey), finding.User.Of(user)},
		{finding.T("certificate-authority"), cmp.Or(r.Flags.CertificateAuthority, ca), finding.Cluster.Of(name)},
	} {
		if err := look(f.name); err != nil {
			// In client-go's words.
			all = append(all, finding.Errorf("unable to read %s %s for %s due to %s", f.what, finding.File.Of(f.name), f.of, finding.Err(err)))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return utilerrors.NewAggregate(all)
}

func isFolder(r *Resolver, name string) bool {
	info, err := r.Files.Stat(name)
	return err == nil && info.IsDir()
}
