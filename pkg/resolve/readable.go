package resolve

import (
	"errors"
	"fmt"
	"io/fs"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// largestFile is more than any token, key or bundle of certificates has, in bytes.
const largestFile = 4 << 20

// Readable says of the files that client-go reads for the caller's configuration which it
// could not: it reads each to its end, which a device and a pipe do not have, into memory.
func (r *Resolver) Readable() error {
	raw, err := r.Kubeconfig.RawConfig()
	if err != nil {
		return nil
	}
	look := func(name string) error {
		info, err := r.Stat(name)
		switch {
		case name == "" || err != nil || info.IsDir():
			// What comes of it client-go says itself.
			return nil
		case !info.Mode().IsRegular():
			err = errors.New("it is no regular file")
		case info.Size() > largestFile:
			err = errors.New("it is larger than 4 MiB")
		default:
			return nil
		}
		return &fs.PathError{Op: "read", Path: name, Err: err}
	}
	if len(raw.Clusters) == 0 && len(raw.AuthInfos) == 0 {
		return errors.Join(look(podToken), look(podCA))
	}
	_, user, auth := r.current(raw)
	if auth == nil {
		auth = &clientcmdapi.AuthInfo{}
	}
	if err := look(auth.TokenFile); err != nil {
		return err
	}
	cluster := r.cluster(raw)
	files := []struct{ what, name, of string }{{"client-cert", auth.ClientCertificate, user}, {"client-key", auth.ClientKey, user}}
	if c := raw.Clusters[cluster]; c != nil {
		files = append(files, struct{ what, name, of string }{"certificate-authority", c.CertificateAuthority, cluster})
	}
	var all []error
	for _, f := range files {
		if err := look(f.name); err != nil {
			// In client-go's words.
			all = append(all, fmt.Errorf("unable to read %s %s for %s due to %w", f.what, f.name, f.of, err))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return utilerrors.NewAggregate(all)
}
