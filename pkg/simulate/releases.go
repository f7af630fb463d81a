package simulate

import (
	"strconv"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Minor is a minor release of Kubernetes: 30 is v1.30.
type Minor int

// The releases whose differences are known: their sources were compared with those of Release.
const (
	oldest Minor = 30
	newest Minor = 37
)

// Releases returns the known releases, the newest first.
func Releases() []Minor {
	var out []Minor
	for m := newest; m >= oldest; m-- {
		out = append(out, m)
	}
	return out
}

// String returns the release with its major version, as v1.30.
func (m Minor) String() string { return "v1." + strconv.Itoa(int(m)) }

// ParseMinor parses a release: v1.30, 1.30 or v1.30.14, with any suffix of a distribution. It
// returns an error for an unknown release.
func ParseMinor(s string) (Minor, error) {
	major, rest, ok := strings.Cut(strings.TrimPrefix(s, "v"), ".")
	minor, patch, patched := strings.Cut(rest, ".")
	n, err := strconv.Atoi(minor)
	if !ok || err != nil || major == "" || strings.Trim(major, "0123456789") != "" || patched && (patch == "" || patch[0] < '0' || patch[0] > '9') {
		return 0, finding.Errorf("%q is not a Kubernetes release: write it like %s or %s", finding.Quoted(s), finding.Syntax(oldest.String()), finding.Syntax(Release))
	}
	if m := Minor(n); major != "1" || m < oldest || m > newest {
		return 0, finding.Errorf("release %s of Kubernetes is not supported: the known releases are %s to %s", finding.Quoted(s), finding.Syntax(oldest.String()), finding.Syntax(newest.String()))
	}
	return Minor(n), nil
}

// Version is a release that a manifest or --kubernetes-version names; its zero value is Release.
type Version struct {
	// Known is the release if it is one of Releases.
	Known Minor
	// Text is the release as it is written, if it is not one of them.
	Text string
	// Own reports a kube-apiserver with flags and feature gates of its own, such as OpenShift's.
	Own bool
}

// VersionOf returns the Version of a release that a file names, such as v1.36.0.
func VersionOf(s string) Version {
	if m, err := ParseMinor(s); err == nil {
		return Version{Known: m}
	}
	return Version{Text: s}
}

// minor returns the release, and newest if it is not known.
func (v Version) minor() Minor {
	if v.Known == 0 {
		return newest
	}
	return v.Known
}

// String returns the release, such as v1.36 or v1.37.2.
func (v Version) String() string {
	switch {
	case v.Text != "":
		return v.Text
	case v.Known == 0:
		return Release
	}
	return v.Known.String()
}

// ancient and newer report a release before or after all known ones.
func (v Version) ancient() bool { n := v.unknown(); return n > 0 && Minor(n) < oldest }
func (v Version) newer() bool   { return v.Own || Minor(v.unknown()) > newest }

// unknown returns the minor of a release that is not known; 0 if it has none.
func (v Version) unknown() int {
	_, rest, _ := strings.Cut(v.Text, ".")
	minor, _, _ := strings.Cut(rest, ".")
	n, _ := strconv.Atoi(minor)
	return n
}

// Affects is what a difference between releases is about.
type Affects string

const (
	// AffectsStart means that the API server does not start.
	AffectsStart Affects = "Start"
	// AffectsVerdict means that a rejected credential may be accepted, or vice versa.
	AffectsVerdict Affects = "Verdict"
	// AffectsUser means that the identity differs.
	AffectsUser Affects = "User"
	// AffectsError means that the credential is rejected with another error message.
	AffectsError Affects = "Error"
)

// Difference is a difference between a release and Release.
type Difference struct {
	// Releases names the releases with the difference: "before v1.34".
	Releases finding.Text
	Affects  Affects
	// Detail is what those releases do: a sentence without a full stop.
	Detail finding.Text
	// Reference is the source file that differs.
	Reference string
	// Prevents reports that those releases do not start with the configuration.
	Prevents bool
}

// flagSince maps each flag of kube-apiserver that v1.30 did not have to its first release.
var flagSince = map[string]Minor{
	"disable-http2-serving":                       31,
	"emulated-version":                            31,
	"storage-initialization-timeout":              31,
	"requestheader-uid-headers":                   32,
	"service-account-signing-endpoint":            32,
	"emulation-forward-compatible":                33,
	"runtime-config-emulation-forward-compatible": 33,
	"coordinated-leadership-lease-duration":       34,
	"coordinated-leadership-renew-deadline":       34,
	"coordinated-leadership-retry-period":         34,
	"min-compatibility-version":                   35,
	"tls-curve-preferences":                       36,
}

// flagUntil maps each removed flag of kube-apiserver to the first release without it.
var flagUntil = map[string]Minor{
	"cloud-provider-gce-l7lb-src-cidrs": 31,
	"cloud-config":                      33,
	"cloud-provider":                    33,
}

// flagGate maps flags to the feature gate that they need in the releases before `before`.
var flagGate = map[string]struct {
	gate   string
	before Minor
}{
	"requestheader-uid-headers":        {"RemoteRequestHeaderUID", 33},
	"service-account-signing-endpoint": {"ExternalServiceAccountTokenSigner", 34},
}

// twoVariables is the name in functionSince of the macros (all, exists, …) with two variables.
const twoVariables = "a comprehension with two variables"

// functionSince maps each CEL function that v1.30 did not have to its first release.
var functionSince = map[string]Minor{
	"validate":              31,
	"format.named":          31,
	"semver":                33,
	"isSemver":              33,
	"first":                 33,
	"last":                  33,
	"unwrapOpt":             33,
	"optional.unwrap":       33,
	"lists.range":           34,
	"slice":                 34,
	"flatten":               34,
	"distinct":              34,
	"reverse":               34,
	"sort":                  34,
	"@sortByAssociatedKeys": 34,
	"includes":              37,
	twoVariables:            32,
}

// Reworded returns the error message of a release for a fault of a configuration, and false if
// the release accepts the configuration.
func Reworded(m Minor, fault string) (string, bool) {
	for _, r := range rules {
		if m < r.since && strings.Contains(fault, r.text) {
			return "", false
		}
	}
	for _, r := range rewordings {
		if m < r.since {
			fault = r.older(fault)
		}
	}
	return fault, true
}

// rules are the validation rules that v1.30 did not have, by their error message.
var rules = []struct {
	since Minor
	text  string
}{
	{32, "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use"},
	{35, "contain overlapping certificates"},
}

// rewordings convert an error message to that of the releases before since.
var rewordings = []struct {
	since Minor
	older func(string) string
}{
	{32, text("either `--service-account-key-file` or `--service-account-signing-endpoint` must be set", "service-account-key-file is a required flag")},
	{34, func(s string) string { return strings.TrimPrefix(s, "invalid authentication configuration: ") }},
	{34, func(s string) string {
		if rest, ok := strings.CutPrefix(s, `failed to load authentication configuration from file "`); ok {
			if _, after, ok := strings.Cut(rest, `": `); ok {
				return after
			}
		}
		return s
	}},
	{31, func(s string) string {
		if strings.HasPrefix(s, "anonymous") {
			return `strict decoding error: unknown field "anonymous"`
		}
		return s
	}},
	{34, text("--anonymous-auth flag cannot be set", "--anonynous-auth flag cannot be set")},
	{34, text("may not be specified when claim is set", "message can't be set when claim is set")},
	{34, text("must be lowercase", "key must be lowercase")},
	{34, ofField(".requiredValue", "may not be specified when expression is set", "requiredValue can't be set when expression is set")},
	{34, ofField(".prefix", "may not be specified when expression is set", "prefix can't be set when expression is set")},
	{34, required(".url", "URL is required")},
	{34, required("]", "audience can't be empty")},
	{34, required(".valueExpression", "valueExpression is required")},
	{34, required(".expression", "expression is required")},
}

func text(now, then string) func(string) string {
	return func(s string) string { return strings.ReplaceAll(s, now, then) }
}

// ofField replaces text in the error messages of fields whose path has the suffix path.
func ofField(path, now, then string) func(string) string {
	return func(s string) string {
		if where, _, ok := strings.Cut(s, ": "); ok && strings.HasSuffix(where, path) {
			return strings.ReplaceAll(s, now, then)
		}
		return s
	}
}

// required adds the older error text for a required field whose path has the suffix path.
func required(path, older string) func(string) string {
	return func(s string) string {
		if s, ok := strings.CutSuffix(s, path+": Required value"); ok {
			return s + path + ": Required value: " + older
		}
		return s
	}
}
