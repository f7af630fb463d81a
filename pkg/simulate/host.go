package simulate

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/manifest"
)

// Host reads the files of the API server's machine: below a folder, on this machine, or beside the manifest.
type Host struct {
	// Root is the folder that has the files; empty for this machine.
	Root string
	// Manifest is the name of the manifest's file.
	Manifest string
	// Files reads the files of this machine.
	Files *input.Files
	// Launch says where a file of the container is; nil before the manifest was read.
	Launch *manifest.Launch

	root  *os.Root
	below *input.Files
	notes []finding.Text
}

// Open opens the root. The error is about the folder itself.
func (h *Host) Open() error {
	if h.Root == "" {
		return nil
	}
	root, err := os.OpenRoot(h.Root)
	if err != nil {
		return err
	}
	h.root = root
	h.below = &input.Files{
		Open: func(name string) (io.ReadCloser, error) {
			// To open a pipe without a writer would wait forever.
			info, err := root.Stat(inRoot(name))
			switch {
			case err != nil:
				return nil, h.outside(err, name)
			case !info.Mode().IsRegular():
				return nil, finding.Errorf("%s is not a regular file", finding.File.Of(h.local(name)))
			}
			file, err := root.Open(inRoot(name))
			if err != nil {
				return nil, h.outside(err, name)
			}
			return file, nil
		},
		Stat: func(name string) (fs.FileInfo, error) { return root.Stat(inRoot(name)) },
	}
	return nil
}

// outside names the whole path in an error, and explains a link that leads out of the root.
func (h *Host) outside(err error, name string) error {
	var at *fs.PathError
	if !errors.As(err, &at) {
		return err
	}
	if !errors.Is(err, fs.ErrNotExist) && strings.Contains(err.Error(), "escapes from parent") {
		return finding.Errorf("%s is or contains a link that leads out of the folder of --root", finding.File.Of(h.local(name)))
	}
	return &fs.PathError{Op: "open", Path: h.local(name), Err: at.Err}
}

// local returns the local path of a path of the host.
func (h *Host) local(name string) string {
	return filepath.Join(h.Root, filepath.FromSlash(path.Join("/", name)))
}

// Read reads a path of the host, and returns it with its local path.
func (h *Host) Read(name string, limit int64) ([]byte, string, error) {
	if h.Root != "" {
		data, err := h.below.Read(path.Join("/", name), limit)
		return data, h.local(name), err
	}
	data, err := h.Files.Read(h.local(name), limit)
	if !errors.Is(err, fs.ErrNotExist) {
		return data, h.local(name), err
	}
	for _, candidate := range h.beside(name) {
		if found, missing := h.Files.Read(candidate, limit); missing == nil {
			h.notes = append(h.notes, finding.T("%s is read from %s, beside the manifest", finding.File.Of(name), finding.File.Of(candidate)))
			return found, candidate, nil
		}
	}
	return nil, h.local(name), err
}

// also reads a path of the machine that the host is a container on. A relative path is that of the manifest's folder.
func (h *Host) also(name string, limit int64) ([]byte, string, error) {
	if !path.IsAbs(name) {
		name = filepath.Join(filepath.Dir(h.Manifest), filepath.FromSlash(name))
	}
	data, err := h.Files.Read(filepath.FromSlash(name), limit)
	return data, name, err
}

// List returns the paths of the files in a folder of the host, sorted.
func (h *Host) List(folder string) []string {
	entries, err := h.entries(folder)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		out = append(out, path.Join(folder, e.Name()))
	}
	return out
}

// entries returns the entries of a folder of the host. As for a file, a link does not lead out of the root.
func (h *Host) entries(folder string) ([]fs.DirEntry, error) {
	if h.root == nil {
		return os.ReadDir(h.local(folder))
	}
	return fs.ReadDir(h.root.FS(), inRoot(folder))
}

// inRoot returns a path of the host relative to the root.
func inRoot(name string) string {
	return cmp.Or(strings.TrimLeft(path.Clean("/"+filepath.ToSlash(name)), "/"), ".")
}

// beside returns where a copy of the host's files may have a file: in the tree that the manifest itself is in, or in
// its folder.
func (h *Host) beside(name string) []string {
	if h.Manifest == "" || h.Manifest == "-" {
		return nil
	}
	folder := filepath.Dir(h.Manifest)
	out := []string{filepath.Join(folder, filepath.FromSlash(path.Join("/", name)))}
	slashed := filepath.ToSlash(h.Manifest)
	for _, place := range []string{"/etc/kubernetes/", "/etc/rancher/", "/etc/systemd/", "/usr/lib/systemd/", "/proc/"} {
		if at := strings.LastIndex("/"+slashed, place); at > 0 {
			out = append(out, filepath.Join(filepath.FromSlash(("/" + slashed)[1:at]), filepath.FromSlash(path.Join("/", name))))
		}
	}
	return append(out, filepath.Join(folder, path.Base(name)))
}

// Notes returns remarks about files that were found elsewhere.
func (h *Host) Notes() []finding.Text { return h.notes }

// read reads the file that a flag names. The error is a *Missing if the API server may have the file and it was
// not given.
func (h *Host) read(flag, name string, isDefault bool, limit int64) ([]byte, string, error) {
	at := h.Launch.Locate(name)
	switch {
	case at.Data != nil:
		if int64(len(at.Data)) > limit {
			return nil, name, finding.Errorf("%s is larger than %s MiB", finding.File.Of(name), finding.Count(limit>>20))
		}
		return at.Data, name, nil
	case !at.Unknown.IsZero():
		return nil, name, &Missing{
			What: finding.T("the file %s of --%s is not known: it is in %s", finding.File.Of(name), finding.Syntax(flag), at.Unknown),
			How:  finding.T("give a ConfigMap or Secret with --objects FILE, or the file itself with --%s FILE", finding.Syntax(flag)),
		}
	case (at.Unmounted || at.Absent) && isDefault:
		return nil, name, &Missing{
			What: finding.T("the file %s of --%s is not known: the container creates it", finding.File.Of(name), finding.Syntax(flag)),
			How:  finding.T("give the file with --%s FILE", finding.Syntax(flag)),
		}
	case at.Unmounted, at.Absent:
		return nil, name, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	data, local, err := h.Read(at.Path, limit)
	if errors.Is(err, fs.ErrNotExist) && at.Also != "" && h.Root == "" {
		data, local, err = h.also(at.Also, limit)
	}
	if errors.Is(err, fs.ErrNotExist) && (isDefault || manifest.IsSystem(name) || h.Root == "" && !h.isNode()) {
		return nil, local, &Missing{
			What: finding.T("the file %s of --%s was not given", finding.File.Of(name), finding.Syntax(flag)),
			How:  finding.T("copy it from the host into a folder FOLDER with the same path and add --root FOLDER, or give it with --%s FILE", finding.Syntax(flag)),
			Err:  err,
		}
	}
	return data, local, err
}

// isNode reports whether this machine has one of the files that the manifest itself names, and so is the host.
func (h *Host) isNode() bool {
	for _, a := range h.Launch.Args {
		name, value, _ := strings.Cut(strings.TrimPrefix(a.Text, "--"), "=")
		if a.Default || !slices.Contains(files, name) {
			continue
		}
		if at := h.Launch.Locate(value); at.Path != "" {
			if _, err := h.Files.Stat(h.local(at.Path)); err == nil {
				return true
			}
		}
	}
	return false
}

// files returns the host's files by their paths in the container, for a library that reads them itself.
func (h *Host) files() *input.Files {
	return &input.Files{
		Open: func(name string) (io.ReadCloser, error) {
			data, _, err := h.read("authentication-token-webhook-config-file", filepath.ToSlash(name), false, input.MaxNamed)
			if err != nil {
				return nil, err
			}
			return io.NopCloser(strings.NewReader(string(data))), nil
		},
		Stat: func(name string) (fs.FileInfo, error) {
			return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
		},
	}
}
