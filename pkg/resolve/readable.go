package resolve

import (
	"cmp"
	"errors"
	"io/fs"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
)

// Readable returns an error if client-go cannot read a file of the caller's configuration.
// client-go reads each file to its end into memory, even a device without an end.
func (r *Resolver) Readable() error {
	s, err := r.selected()
	if err != nil {
		return nil
	}
	look := func(name string) error {
		var bound *input.Error
		if !errors.As(r.Files.Check(name, input.MaxNamed), &bound) || r.isFolder(name) {
			// client-go reports other errors itself.
			return nil
		}
		return &fs.PathError{Op: "read", Path: name, Err: finding.Reword(bound, "the file %s", bound.Reason)}
	}
	if len(s.Clusters) == 0 && len(s.AuthInfos) == 0 {
		if err := errors.Join(look(podToken), look(podCA), look(credential.PodFolder+"/namespace")); err != nil {
			return err
		}
	}
	if err := look(s.user.TokenFile); err != nil {
		return err
	}
	// client-go reads the token file again every minute, which a pipe does not allow.
	if info, err := r.Files.Stat(s.user.TokenFile); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		return &fs.PathError{Op: "read", Path: s.user.TokenFile, Err: finding.Errorf("the file is a pipe, which client-go could read only once")}
	}
	var all []error
	for _, f := range []struct {
		what finding.Text
		name string
		of   finding.Name
	}{
		{finding.T("client-cert"), cmp.Or(r.Flags.ClientCertificate, s.user.ClientCertificate), finding.User.Of(s.userName)},
		{finding.T("client-key"), cmp.Or(r.Flags.ClientKey, s.user.ClientKey), finding.User.Of(s.userName)},
		{finding.T("certificate-authority"), cmp.Or(r.Flags.CertificateAuthority, s.cluster.CertificateAuthority), finding.Cluster.Of(s.clusterName)},
	} {
		if err := look(f.name); err != nil {
			// Same error message as client-go's.
			all = append(all, finding.Errorf("unable to read %s %s for %s due to %s", f.what, finding.File.Of(f.name), f.of, finding.Err(err)))
		}
	}
	return utilerrors.NewAggregate(all)
}

func (r *Resolver) isFolder(name string) bool {
	info, err := r.Files.Stat(name)
	return err == nil && info.IsDir()
}
