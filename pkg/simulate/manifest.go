package simulate

import (
	_ "embed"
	"errors"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/manifest"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// known are all flags of kube-apiserver, one per line, with the default of a flag without a
// value (a boolean's). A test of the lab compares the list with the server.
//
//go:embed kube-apiserver.flags
var known string

// Placed is the error for a fault of an argument, with its place.
type Placed struct {
	// At is the place, such as spec.containers[0].command[7], and Argument the argument; each may be empty.
	At, Argument string
	Reason       finding.Text
	// Unfinished reports a value with a placeholder or a variable. An API server may start with it, but the value is
	// not the one that is meant.
	Unfinished bool
}

// OnlyUnfinished reports whether no fault prevents an API server from starting.
func (i *Invalid) OnlyUnfinished() bool {
	var all utilerrors.Aggregate
	if !errors.As(i.Err, &all) {
		return false
	}
	return !slices.ContainsFunc(utilerrors.Flatten(all).Errors(), func(err error) bool {
		var p *Placed
		return !errors.As(err, &p) || !p.Unfinished
	})
}

// Text returns the error message.
func (p *Placed) Text() finding.Text {
	switch {
	case p.At == "" && p.Argument == "":
		return p.Reason
	case p.Argument == "":
		return finding.T("%s: %s", finding.Quoted(p.At), p.Reason)
	case p.At == "":
		return finding.T("%s: %s", finding.Quoted(p.Argument), p.Reason)
	}
	return finding.T("%s: %s: %s", finding.Quoted(p.At), finding.Quoted(p.Argument), p.Reason)
}

// Error returns the error message as a string.
func (p *Placed) Error() string { return p.Text().String() }

// Parsed is the result of Parse.
type Parsed struct {
	// Faults are the arguments with which the API server does not start.
	Faults []*Placed
	// Notes are remarks about arguments that do not matter here.
	Notes []finding.Text
}

// Err returns the faults as one error; nil without any.
func (p *Parsed) Err() error {
	var errs []error
	for _, f := range p.Faults {
		errs = append(errs, f)
	}
	return invalid(errs)
}

// Parse parses a kube-apiserver's arguments as the release does. Flags that are set in over, the command line of
// this program, replace those of the same name, together with their faults. A release that is not known (0) is Release; of an
// older one than all known releases, unknown flags are only noted.
func (f *Flags) Parse(args []manifest.Argument, over *pflag.FlagSet, release Version) *Parsed {
	fs := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(strings.ReplaceAll(name, "_", "-"))
	})
	*f = Flags{}
	f.AddFlags(fs)
	for line := range strings.Lines(known) {
		name, implied, _ := strings.Cut(strings.TrimSpace(line), " ")
		if fs.Lookup(name) != nil {
			continue
		}
		// The list has kube-apiserver's shorthands (-v, -h) as names.
		short := ""
		if len(name) == 1 {
			short = name
		}
		fs.StringArrayP(name, short, nil, "")
		fs.Lookup(name).NoOptDefVal = implied
	}
	for name, until := range flagUntil {
		if release.minor() < until {
			fs.String(name, "", "")
		}
	}
	p := &argumentParser{flags: fs, release: release, out: &Parsed{}, replaced: map[string]bool{}, given: map[string]manifest.Argument{}}
	if over != nil {
		over.VisitAll(func(given *pflag.Flag) { p.replaced[given.Name] = given.Changed && fs.Lookup(given.Name) != nil })
	}
	p.parse(args)
	if over != nil {
		over.VisitAll(func(given *pflag.Flag) {
			if !p.replaced[given.Name] {
				return
			}
			own := fs.Lookup(given.Name)
			if err := replace(own, given); err != nil {
				p.out.Faults = append(p.out.Faults, &Placed{Argument: "--" + given.Name, Reason: finding.T("%s", finding.Err(err))})
			}
			own.Changed = true
		})
	}
	f.here = func(name string) bool { return p.replaced[name] }
	f.from = p.given
	return p.out
}

// argumentParser parses arguments one by one, so that each fault has its argument.
type argumentParser struct {
	flags    *pflag.FlagSet
	release  Version
	out      *Parsed
	replaced map[string]bool
	given    map[string]manifest.Argument
}

func (p *argumentParser) fault(a manifest.Argument, reason finding.Text) {
	p.out.Faults = append(p.out.Faults, &Placed{At: a.At, Argument: a.Text, Reason: reason})
}

// unfinished reports a value that is not the final one.
func (p *argumentParser) unfinished(a manifest.Argument, reason finding.Text) {
	p.out.Faults = append(p.out.Faults, &Placed{At: a.At, Argument: a.Text, Reason: reason, Unfinished: true})
}

func (p *argumentParser) parse(args []manifest.Argument) {
	for i := 0; i < len(args); i++ {
		a := args[i]
		name := strings.ReplaceAll(strings.TrimPrefix(a.Text, "--"), "_", "-")
		name, _, joined := strings.Cut(name, "=")
		words := []string{a.Text}
		known := p.flags.Lookup(name)
		short := len(a.Text) == 2 && a.Text[0] == '-' && a.Text[1] != '-'
		if short {
			known = p.flags.ShorthandLookup(a.Text[1:])
		}
		if known != nil && !joined && known.NoOptDefVal == "" && (short || strings.HasPrefix(a.Text, "--")) && i+1 < len(args) {
			i++
			words = append(words, args[i].Text)
			a.Text += " " + args[i].Text
			a.Unknown = append(slices.Clone(a.Unknown), args[i].Unknown...)
		}
		if p.replaced[name] {
			continue
		}
		if strings.HasPrefix(a.Text, "--") && known != nil && p.introduced(a, name) {
			continue
		}
		err := p.flags.Parse(words)
		if known == nil {
			hideSecret(&a, args[max(i-1, 0)].Text)
		}
		switch {
		case err != nil:
			p.rejected(a, name, err)
		case p.flags.NArg() > 0:
			p.positional(a, args[max(i-1, 0)].Text)
		default:
			p.given[name] = a
			p.check(a, name)
		}
	}
}

// hideSecret hides the value of an unknown flag whose name indicates a secret: in the same argument, or in the one after the flag.
func hideSecret(a *manifest.Argument, before string) {
	flag, value, joined := strings.Cut(a.Text, "=")
	switch {
	case strings.HasPrefix(a.Text, "-") && joined && value != "" && token.NamesSecret(flag):
		a.Text = flag + "=" + token.Redacted
	case !strings.HasPrefix(a.Text, "-") && strings.HasPrefix(before, "-") && !strings.Contains(before, "=") && token.NamesSecret(before):
		a.Text = token.Redacted
	}
}

// introduced reports a flag that the release does not have yet.
func (p *argumentParser) introduced(a manifest.Argument, name string) bool {
	since := flagSince[name]
	if p.release.minor() >= since {
		return false
	}
	p.fault(a, finding.T("kube-apiserver %s has no such flag: it is new in %s", finding.Syntax(p.release.String()), finding.Syntax(since.String())))
	return true
}

// rejected explains an error of the parser of flags.
func (p *argumentParser) rejected(a manifest.Argument, name string, err error) {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		p.fault(a, finding.T("%s", finding.Err(err)))
		return
	}
	if p.release.ancient() || p.release.newer() {
		p.out.Notes = append(p.out.Notes, finding.T("%s: %s: kube-apiserver %s has no such flag. The file names release %s, whose flags are not known here, so the flag is ignored",
			finding.Quoted(a.At), finding.Quoted(a.Text), finding.Syntax(Release), finding.Syntax(p.release.String())))
		return
	}
	reason := finding.T("%s: kube-apiserver %s has no such flag", finding.Err(err), finding.Syntax(p.release.String()))
	flag, value, _ := strings.Cut(a.Text, " ")
	switch until := flagUntil[name]; {
	case until != 0:
		reason = finding.T("%s: it was removed in %s", reason, finding.Syntax(until.String()))
	case value != "" && p.flags.Lookup(strings.TrimPrefix(flag, "--")) != nil:
		reason = finding.T("the flag and its value are one argument: write them with =, or as two arguments")
	case strings.HasPrefix(a.Text, "-") && !strings.HasPrefix(a.Text, "--"):
		reason = finding.T("%s: a flag begins with two dashes", finding.Err(err))
	default:
		if close := p.closest(name); close != "" {
			reason = finding.T("%s: did you mean %s?", reason, finding.Syntax("--"+close))
		}
	}
	p.fault(a, reason)
}

// closest returns the known flag that a wrong name most likely means; empty if there is none.
func (p *argumentParser) closest(name string) string {
	best, least := "", 4
	p.flags.VisitAll(func(f *pflag.Flag) {
		d := distance(name, f.Name)
		if strings.HasPrefix(f.Name, name) && len(name) > 5 {
			d = min(d, 2)
		}
		if d < least {
			best, least = f.Name, d
		}
	})
	return best
}

// distance is the Levenshtein distance of two names, each cut after 60 bytes.
func distance(a, b string) int {
	a, b = a[:min(len(a), 60)], b[:min(len(b), 60)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		last := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := last
			if a[i-1] != b[j-1] {
				cost = 1 + min(last, row[j], row[j-1])
			}
			last, row[j] = row[j], cost
		}
	}
	return row[len(b)]
}

// unknown reports an argument with a variable whose value is not known.
func (p *argumentParser) unknown(a manifest.Argument) {
	p.unfinished(a, finding.T("the value of the variable %s is not known here: it comes from %s", finding.Variable.Of(a.Unknown[0].Name), a.Unknown[0].From))
}

// positional reports an argument that is no flag.
func (p *argumentParser) positional(a manifest.Argument, before string) {
	if len(a.Unknown) > 0 {
		p.unknown(a)
		return
	}
	name := strings.TrimPrefix(before, "--")
	if f := p.flags.Lookup(name); f != nil && f.NoOptDefVal != "" && (a.Text == "true" || a.Text == "false") {
		p.fault(a, finding.T("kube-apiserver accepts only flags: write %s", finding.Syntax("--"+name+"="+a.Text)))
		return
	}
	if strings.HasPrefix(a.Text, "–") || strings.HasPrefix(a.Text, "—") || strings.HasPrefix(a.Text, "−") {
		p.fault(a, finding.T("the argument begins with a typographic dash: write two hyphens"))
		return
	}
	p.fault(a, finding.T("kube-apiserver accepts only flags, and this argument is not a flag"))
}

var placeholders = []struct {
	is  *regexp.Regexp
	why func(found string) finding.Text
}{
	{regexp.MustCompile(`\{\{.*?\}\}|\{%.*?%\}`), func(s string) finding.Text {
		return finding.T("the placeholder %s of a template was left in the value: render the template first", finding.Quoted(s))
	}},
	{regexp.MustCompile(`\$\{[^}]*\}|\$[A-Za-z_][A-Za-z0-9_]*`), func(s string) finding.Text {
		return finding.T("the variable %s was left in the value: no shell expands it, so kube-apiserver takes it literally. Write the value itself", finding.Quoted(s))
	}},
	{regexp.MustCompile(`\$\([^)]*\)`), func(s string) finding.Text {
		return finding.T("the variable %s was left in the value: the container has no environment variable of this name", finding.Quoted(s))
	}},
	{regexp.MustCompile(`<[^<>\s][^<>]*>`), func(s string) finding.Text {
		return finding.T("the placeholder %s was left in the value: replace it", finding.Quoted(s))
	}},
}

// check looks for faults in the value of an argument that the parser accepts.
func (p *argumentParser) check(a manifest.Argument, name string) {
	if name == "feature-gates" {
		p.gates(a)
	}
	_, value, ok := strings.Cut(a.Text, "=")
	if !ok {
		_, value, _ = strings.Cut(a.Text, " ")
	}
	matters := authenticates(name)
	if len(a.Unknown) > 0 {
		if matters {
			p.unknown(a)
		}
		return
	}
	for _, kind := range placeholders {
		found := kind.is.FindString(value)
		switch {
		case found == "":
			continue
		case matters:
			p.unfinished(a, kind.why(found))
		}
		return
	}
	if !matters {
		return
	}
	switch {
	case strings.HasPrefix(value, " ") || strings.HasSuffix(value, " "):
		p.out.Notes = append(p.out.Notes, finding.T("%s: %s: the value begins or ends with a space, as if it were split over two lines: kube-apiserver keeps the space", finding.Quoted(a.At), finding.Quoted(a.Text)))
	case len(value) > 1 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0]:
		p.out.Notes = append(p.out.Notes, finding.T("%s: %s: the quotes are part of the value: no shell removes them", finding.Quoted(a.At), finding.Quoted(a.Text)))
	}
}

// authenticates reports whether a flag is one of those that this package reads.
func authenticates(name string) bool {
	var f Flags
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.AddFlags(fs)
	return fs.Lookup(name) != nil && name != "authorization-mode"
}

//go:embed feature-gates.txt
var gateList string

// gate is a feature gate: the releases that have it, and the value that it is locked to.
type gate struct {
	first, last, lockedSince Minor
	lockedTo                 string
}

// gatesByName are the feature gates of kube-apiserver v1.30 to v1.37, from the sources of k8s.io/kubernetes and
// k8s.io/apiserver pkg/features of each release.
var gatesByName = func() map[string]gate {
	out := map[string]gate{}
	for line := range strings.Lines(gateList) {
		fields := strings.Fields(line)
		first, _ := strconv.Atoi(fields[1])
		last, _ := strconv.Atoi(fields[2])
		g := gate{first: Minor(first), last: Minor(last)}
		if len(fields) > 3 {
			since, to, _ := strings.Cut(strings.TrimPrefix(fields[3], "locked="), ":")
			n, _ := strconv.Atoi(since)
			g.lockedSince, g.lockedTo = Minor(n), to
		}
		out[fields[0]] = g
	}
	return out
}()

// gates checks --feature-gates as k8s.io/component-base featuregate does.
func (p *argumentParser) gates(a manifest.Argument) {
	_, list, ok := strings.Cut(a.Text, "=")
	if !ok {
		_, list, _ = strings.Cut(a.Text, " ")
	}
	for _, pair := range strings.Split(strings.Trim(list, `"'`), ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if component, of, cut := strings.Cut(name, ":"); cut {
			if component != "kube" {
				continue
			}
			name = of
		}
		if on, err := strconv.ParseBool(value); !ok || err != nil {
			p.fault(a, finding.T("the feature gate %s needs a value, true or false", finding.Quoted(name)))
		} else if reason := p.gateFault(name, on); !reason.IsZero() {
			p.fault(a, reason)
		}
	}
}

// gateFault returns why the release does not start with a feature gate; empty if it does or is not known.
func (p *argumentParser) gateFault(name string, on bool) finding.Text {
	g, known := gatesByName[name]
	m, release := p.release.minor(), finding.Syntax(p.release.String())
	switch {
	case p.release.ancient() || p.release.newer():
	case !known:
		return finding.T("kube-apiserver %s does not know the feature gate %s, and does not start with it", release, finding.Quoted(name))
	case g.first > m:
		return finding.T("kube-apiserver %s does not know the feature gate %s: it is new in %s", release, finding.Standard(name), finding.Syntax(g.first.String()))
	case m > g.last:
		return finding.T("kube-apiserver %s does not know the feature gate %s: it was removed in %s", release, finding.Standard(name), finding.Syntax((g.last + 1).String()))
	case g.lockedSince != 0 && m >= g.lockedSince && strconv.FormatBool(on) != g.lockedTo:
		return finding.T("kube-apiserver %s has the feature gate %s locked to %s, and does not start with another value", release, finding.Standard(name), finding.Syntax(g.lockedTo))
	}
	return finding.Text{}
}

// files are the flags that name a file which must exist when the API server starts.
var files = []string{
	"admission-control-config-file", "audit-policy-file", "authentication-config", "authentication-token-webhook-config-file", "authorization-config",
	"authorization-policy-file", "authorization-webhook-config-file", "client-ca-file", "egress-selector-config-file", "encryption-provider-config",
	"etcd-cafile", "etcd-certfile", "etcd-keyfile", "kubelet-certificate-authority", "kubelet-client-certificate", "kubelet-client-key", "oidc-ca-file",
	"peer-ca-file", "proxy-client-cert-file", "proxy-client-key-file", "requestheader-client-ca-file", "service-account-key-file",
	"service-account-signing-key-file", "tls-cert-file", "tls-private-key-file", "token-auth-file", "tracing-config-file",
}

// Mounts returns the arguments whose files no volume of the container has.
func (f *Flags) Mounts(launch *manifest.Launch) []*Placed {
	var out []*Placed
	values := f.values()
	for _, name := range files {
		for _, file := range values[name] {
			a := f.from[name]
			if file == "" || a.Default || f.here(name) {
				continue
			}
			switch at := launch.Locate(file); {
			case at.Unmounted:
				out = append(out, &Placed{At: a.At, Argument: "--" + name + "=" + file, Reason: finding.T(
					"no volume of the container is mounted at the path, so kube-apiserver does not find the file: mount %s (with kubeadm, in apiServer.extraVolumes)", finding.File.Of(path.Dir(path.Join("/", file))))})
			case at.Absent:
				out = append(out, &Placed{At: a.At, Argument: "--" + name + "=" + file, Reason: finding.T("the volume that is mounted there has no such file")})
			}
		}
	}
	return out
}

// replace copies the value of a flag to another.
func replace(own, given *pflag.Flag) error {
	from, isList := given.Value.(pflag.SliceValue)
	to, toList := own.Value.(pflag.SliceValue)
	if isList && toList {
		return to.Replace(from.GetSlice())
	}
	return own.Value.Set(given.Value.String())
}
