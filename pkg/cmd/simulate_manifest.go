package cmd

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/manifest"
)

// fromManifest reads the configuration in the file of --manifest, whatever form it has.
func (s *simulateCommand) fromManifest() (*simulate.Flags, simulate.Source, error) {
	data, err := s.inputs.read(s.manifest, s.manifestFlag(), input.MaxNamed)
	if err != nil {
		return nil, simulate.Source{}, err
	}
	s.files = append(s.files, s.manifest)
	host := &simulate.Host{Root: s.root, Manifest: s.manifest, Files: s.inputs.files}
	if err := host.Open(); err != nil {
		return nil, simulate.Source{}, usage(finding.Errorf("--root: %s", finding.Err(err)))
	}
	dropIns, err := s.dropIns()
	if err != nil {
		return nil, simulate.Source{}, err
	}
	reader := manifest.Reader{
		Name: s.manifest, List: host.List, DropIns: dropIns,
		Beside: func(path string) ([]byte, error) {
			data, _, err := host.Read(path, input.MaxGiven)
			return data, err
		},
	}
	for _, name := range s.objects {
		if objects, err := s.inputs.files.Read(name, input.MaxNamed); err == nil {
			reader.Objects = append(reader.Objects, objects)
		}
	}
	launch, err := manifest.Parse(data, reader)
	if err != nil {
		return nil, simulate.Source{}, usage(finding.Errorf("%s %s: %s", finding.Syntax(s.manifestFlag()), finding.File.Of(s.manifest), finding.Err(err)))
	}
	host.Launch = launch
	s.adoptRelease(launch)
	var flags simulate.Flags
	given := s.given
	if s.first != nil {
		given = borrowed(s.first, launch)
	}
	parsed := flags.Parse(launch.Args, given, s.versionOf(launch))
	for _, f := range launch.Faults {
		parsed.Faults = append(parsed.Faults, &simulate.Placed{At: f.At, Argument: f.Argument, Reason: f.Reason})
	}
	for _, f := range flags.Mounts(launch) {
		// Another fault of the argument, such as a placeholder, explains why the file is not mounted.
		if !slices.ContainsFunc(parsed.Faults, func(known *simulate.Placed) bool { return known.At == f.At && known.Argument == f.Argument }) {
			parsed.Faults = append(parsed.Faults, f)
		}
	}
	for _, note := range append(launch.Notes, parsed.Notes...) {
		s.notice(finding.T("note: %s", note))
	}
	var invalid *simulate.Invalid
	if errors.As(parsed.Err(), &invalid) {
		return nil, simulate.Source{}, s.wouldNotStart(invalid)
	}
	return &flags, simulate.Source{Complete: !launch.Partial, Files: s.inputs.files, Stdin: s.inputs.stdin, Server: host}, nil
}

// borrowed returns the key files of the first configuration that stand for the files that a program creates for the
// second one, and that are on its host.
func borrowed(first *pflag.FlagSet, launch *manifest.Launch) *pflag.FlagSet {
	out := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, name := range []string{"service-account-key-file", "client-ca-file", "requestheader-client-ca-file"} {
		if f := first.Lookup(name); f != nil && f.Changed && launch.HasDefault(name) {
			out.AddFlag(f)
		}
	}
	return out
}

// dropIns reads the files in the folder MANIFEST.d.
func (s *simulateCommand) dropIns() ([]manifest.DropIn, error) {
	entries, err := os.ReadDir(s.manifest + ".d")
	if err != nil {
		// The folder is optional.
		return nil, nil
	}
	var out []manifest.DropIn
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext != ".yaml" && ext != ".yml" && ext != ".conf" {
			continue
		}
		data, err := s.inputs.files.Read(filepath.Join(s.manifest+".d", e.Name()), input.MaxGiven)
		if err != nil {
			return nil, notRead(s.manifestFlag(), err)
		}
		out = append(out, manifest.DropIn{Name: e.Name(), Data: data})
	}
	return out, nil
}

// manifestFlag is the flag that names the manifest.
func (s *simulateCommand) manifestFlag() string {
	if s.isOther {
		return "--against"
	}
	return "--manifest"
}

// adoptRelease compares with the release that the manifest names, unless --kubernetes-version names one.
func (s *simulateCommand) adoptRelease(launch *manifest.Launch) {
	version := s.versionOf(launch)
	if s.all.Lookup("kubernetes-version") == nil || s.compares() || s.release != 0 || version.Own || launch.Release == "" {
		return
	}
	file := finding.File.Of(s.manifest)
	if version.Known == 0 {
		releases := simulate.Releases()
		s.notice(finding.T("note: %s names Kubernetes %s, whose behavior is not known: the known releases are %s to %s", file, finding.Quoted(launch.Release),
			finding.Syntax(releases[len(releases)-1].String()), finding.Syntax(releases[0].String())))
		return
	}
	if own, err := simulate.ParseMinor(simulate.Release); err == nil && own == version.Known {
		return
	}
	s.release = version.Known
	s.notice(finding.T("note: compared with Kubernetes %s, which %s names; --kubernetes-version overrides it", finding.Syntax(s.release.String()), file))
}

// versionOf returns the release whose flags and feature gates the manifest may use.
func (s *simulateCommand) versionOf(launch *manifest.Launch) simulate.Version {
	switch {
	case s.release != 0:
		return simulate.Version{Known: s.release}
	case launch.Program == "OpenShift":
		return simulate.Version{Text: "OpenShift", Own: true}
	case launch.Release != "":
		return simulate.VersionOf(launch.Release)
	}
	return simulate.Version{}
}

// notGiven prints the files of the server that were not given, and where the others were found.
func (s *simulateCommand) notGiven(from simulate.Source, config *simulate.Config) {
	if from.Server == nil {
		return
	}
	for _, note := range from.Server.Notes() {
		s.notice(finding.T("note: %s", note))
	}
	if text := config.NotGiven(); !text.IsZero() {
		s.notice(finding.T("note: %s", text))
	}
}

// unreadableFile explains a file of the server that cannot be read.
func (s *simulateCommand) unreadableFile(err error) error {
	f := usage(err)
	var missing *simulate.Missing
	switch {
	case errors.As(err, &missing):
		return f.hint(finding.T("%s", missing.How))
	case errors.Is(err, fs.ErrNotExist) && s.manifest != "":
		return f.hint(finding.T("copy the file of the host with its path into the folder of --root"))
	}
	return f
}
