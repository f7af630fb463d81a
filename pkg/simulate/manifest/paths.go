package manifest

import (
	"path"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// mount is a mount of a container: a path of the host, files with known content, or a volume whose files are not known.
type mount struct {
	container string
	// host is the path on the host; empty for a volume of another type.
	host string
	// sub is the path inside a volume that is no path of the host.
	sub     string
	files   []file
	unknown finding.Text
}

// sortMounts sorts the mounts so that the longest path is tried first.
func (l *Launch) sortMounts() {
	slices.SortStableFunc(l.mounts, func(a, b mount) int { return len(b.container) - len(a.container) })
}

// Location is where a file of the API server is.
type Location struct {
	// Path is the path on the host; empty if the file is not there. Also is another path of the same file, for a host
	// that is a container itself.
	Path, Also string
	// Data is the content if the document or a given object has it.
	Data []byte
	// Unknown says what has the file if its content is not known; empty otherwise.
	Unknown finding.Text
	// Unmounted reports that no volume of the container has the path.
	Unmounted bool
	// Absent reports that the volume has no such file.
	Absent bool
}

// inImage are the folders with the certificates of an operating system or an image.
var inImage = []string{"/etc/ssl/certs", "/usr/share/ca-certificates", "/etc/pki/tls", "/etc/pki/ca-trust", "/etc/ca-certificates", "/usr/local/share/ca-certificates"}

// Locate returns where a file is that an argument names.
func (l *Launch) Locate(name string) Location {
	// The server's working directory is /.
	clean := path.Join("/", name)
	for _, m := range l.mounts {
		rest, ok := under(clean, m.container)
		if !ok {
			continue
		}
		if m.host != "" {
			return l.onHost(path.Join(m.host, rest))
		}
		if !m.unknown.IsZero() {
			return Location{Unknown: m.unknown}
		}
		for _, f := range m.files {
			if path.Join("/", f.name) == path.Join("/", m.sub, rest) {
				return Location{Data: f.data}
			}
		}
		return Location{Absent: true}
	}
	if !l.confined {
		return l.onHost(clean)
	}
	if IsSystem(clean) {
		return Location{Unknown: finding.T("the container's image")}
	}
	return Location{Unmounted: true}
}

// IsSystem reports whether a file is among the certificates that an operating system or an image has itself.
func IsSystem(name string) bool {
	return slices.ContainsFunc(inImage, func(folder string) bool { _, ok := under(name, folder); return ok })
}

// onHost returns a path of the host, or the content that the document itself writes there.
func (l *Launch) onHost(name string) Location {
	if data, ok := l.written[name]; ok {
		return Location{Data: data}
	}
	at := Location{Path: name}
	for _, m := range l.node {
		if rest, ok := under(name, m.container); ok {
			at.Also = path.Join(m.host, rest)
		}
	}
	return at
}

// under cuts a folder off a path.
func under(name, folder string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(name, folder)
	return rest, ok && (rest == "" || rest[0] == '/' || folder == "/")
}

// write adds a file that the document writes on the host.
func (l *Launch) write(name string, data []byte) {
	if l.written == nil {
		l.written = map[string][]byte{}
	}
	l.written[path.Join("/", name)] = data
}

// mountHost adds a mount of a folder or file of the host.
func (l *Launch) mountHost(container, host string) {
	l.mounts = append(l.mounts, mount{container: path.Join("/", container), host: path.Join("/", host)})
	l.sortMounts()
}
