package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// release is the kube-apiserver of a lab: this program itself, or a separate program with another release of Kubernetes. The
// other components are the same for all releases.
type release struct {
	version string
	minor   int
	program string
	first   []string // the program's arguments before kube-apiserver's own
}

// The first releases with a feature that the lab configures.
const (
	oldest                 = 30 // takes an AuthenticationConfiguration without a feature gate
	anonymousConfigurable  = 32 // AuthenticationConfiguration has `anonymous`, without a feature gate
	authenticationConfigV1 = 34 // AuthenticationConfiguration is v1
)

// findRelease returns the kube-apiserver of a release; without one, this program itself.
func findRelease(version string) (release, error) {
	if version == "" {
		version = kubernetesVersion
	}
	r := release{version: version}
	parts := strings.SplitN(version, ".", 3)
	if len(parts) == 3 {
		r.minor, _ = strconv.Atoi(parts[1])
	}
	if len(parts) != 3 || parts[0] != "v1" || r.minor == 0 || parts[2] == "" || strings.ContainsAny(version, `/\`) {
		return release{}, usagef("--kubernetes takes a release such as %s, got %q", kubernetesVersion, version)
	}
	if r.minor < oldest {
		return release{}, usagef("--kubernetes takes v1.%d or later, got %s", oldest, version)
	}
	self, err := os.Executable()
	if err != nil {
		return release{}, err
	}
	if version == kubernetesVersion {
		r.program, r.first = self, []string{apiServerCommand}
		return r, nil
	}
	r.program = filepath.Join(filepath.Dir(self), "kube-apiserver-"+version)
	if _, err := os.Stat(r.program); err != nil {
		return release{}, fmt.Errorf("there is no kube-apiserver %s: %w\nIn the repository, 'make bin/%s' builds it", version, err, filepath.Base(r.program))
	}
	return r, nil
}

func (r release) atLeast(minor int) bool { return r.minor >= minor }

// authenticationConfigVersion is the apiVersion of an AuthenticationConfiguration that the release reads.
func (r release) authenticationConfigVersion() string {
	if r.atLeast(authenticationConfigV1) {
		return "apiserver.config.k8s.io/v1"
	}
	return "apiserver.config.k8s.io/v1beta1"
}
