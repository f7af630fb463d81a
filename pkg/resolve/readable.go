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

// Readable says of the files that client-go reads for the caller's configuration which it
// could not: it reads each to its end, which a device does not have, into memory.
func (r *Resolver) Readable() error {
	s, err := r.selected()
	if err != nil {
		return nil
	}
	look := func(name string) error {
		var bound *input.Error
		if !errors.As(r.Files.Check(name, input.MaxNamed), &bound) || r.isFolder(name) {
			// What comes of it client-go says itself.
			return nil
		}
		return &fs.PathError{Op: "read", Path: name, Err: finding.Reword(bound, "it %s", bound.Reason)}
	}
	if len(s.Clusters) == 0 && len(s.AuthInfos) == 0 {
		if err := errors.Join(look(podToken), look(podCA), look(credential.PodFolder+"/namespace")); err != nil {
			return err
		}
	}
	if err := look(s.user.TokenFile); err != nil {
		return err
	}
	// client-go reads it now and whenever a minute has passed, which no pipe bears.
	if info, err := r.Files.Stat(s.user.TokenFile); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		return &fs.PathError{Op: "read", Path: s.user.TokenFile, Err: finding.Errorf("it is a pipe, which client-go could read only once")}
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
			// In client-go's words.
			all = append(all, finding.Errorf("unable to read %s %s for %s due to %s", f.what, finding.File.Of(f.name), f.of, finding.Err(err)))
		}
	}
	return utilerrors.NewAggregate(all)
}

func (r *Resolver) isFolder(name string) bool {
	info, err := r.Files.Stat(name)
	return err == nil && info.IsDir()
}
