package resolve

import (
	"cmp"
	"context"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// The ways to read a file that images have, the least surprising first. Each takes the
// path as an argument, so that nothing in it is taken for program text.
var (
	readers = []fileReader{
		{"cat", nil},
		// A shell without `cat` has these built in.
		{"sh", []string{"-c", `while IFS= read -r line; do printf '%s\n' "$line"; done <"$0" && printf %s "$line"`}},
		{"busybox", []string{"cat"}},
		// What distroless images of these languages have.
		{"python3", []string{"-c", "import sys; sys.stdout.write(open(sys.argv[1]).read())"}},
		{"/nodejs/bin/node", []string{"-e", "process.stdout.write(require('fs').readFileSync(process.argv[1]))"}},
	}
	windowsReaders = []fileReader{{"cmd.exe", []string{"/c", "type"}}}
)

// cmdWords are what cmd.exe reads in an argument, quoted or not.
const cmdWords = "&|<>^%!\"'()=,;`@*?\r\n"

type fileReader struct {
	program string
	args    []string
}

func (f fileReader) command(file string) []string {
	return slices.Concat([]string{f.program}, f.args, []string{file})
}

// defaultContainer is the one that kubectl would take, if it has a token, else the first
// that has one.
func (r *Resolver) defaultContainer(p *corev1.Pod, all []*credential.Credential) string {
	names := ContainerNames(p)
	chosen := ""
	if len(names) > 0 {
		chosen = names[0]
	}
	if named := p.Annotations["kubectl.kubernetes.io/default-container"]; slices.Contains(names, named) {
		chosen = named
	}
	has := func(name string) bool {
		return slices.ContainsFunc(all, func(c *credential.Credential) bool { return r.wants(c, name) })
	}
	first := slices.IndexFunc(p.Spec.Containers, func(c corev1.Container) bool { return has(c.Name) })
	if first >= 0 && !has(chosen) {
		chosen = p.Spec.Containers[first].Name
	}
	if len(names) > 1 {
		r.Notice(finding.T("note: taking container %s of %s; --container chooses another", finding.Container.Of(chosen), finding.Join(", ", finding.Names(finding.Container, names)...)))
	}
	return chosen
}

// podReader reads the tokens of one Pod.
type podReader struct {
	*Resolver
	caller *cluster.Caller
	pod    *corev1.Pod
	// missing are the programs that the image turned out not to have.
	missing []string
}

// read reads the token of c in its container. What keeps it from doing so goes into c: a
// Fault where it is the file, else Projected.Unread.
func (r *podReader) read(ctx context.Context, c *credential.Credential) {
	p := c.Projected
	c.Again = againOf(p, true)
	if p.Unread = notRunning(r.pod, p.Container); p.Unread != nil {
		return
	}
	programs := readers
	if isWindows(r.pod) {
		if strings.ContainsAny(p.Path, cmdWords) {
			p.Unread = unread(credential.PathIsProgramText, credential.Attempt{})
			return
		}
		programs = windowsReaders
	}
	none := unread(credential.NoProgram, credential.Attempt{})
	for _, reader := range programs {
		if slices.Contains(r.missing, reader.program) {
			continue
		}
		command := reader.command(p.Path)
		r.Notice(finding.T("running in pod %s/%s, container %s: %s", finding.Namespace.Of(p.Namespace), finding.Pod.Of(p.Pod), finding.Container.Of(p.Container), finding.Message(inShell(command))))
		ran, failure := r.caller.Exec(ctx, p.Namespace, p.Pod, p.Container, command)
		if failure != nil {
			p.Unread = notAllowed(failure)
			return
		}
		if text, absent := missingProgram(reader.program, ran); absent {
			r.missing = append(r.missing, reader.program)
			if none.Attempt.Said == "" {
				none.Attempt.Program, none.Attempt.Said = reader.program, cut(text)
			}
			continue
		}
		r.judge(c, reader, ran)
		return
	}
	none.Attempt.Tried = r.missing
	p.Unread = none
}

// unread is a token that was not read, for a reason that is not its file's.
func unread(problem credential.Problem, attempt credential.Attempt) *credential.Fault {
	return &credential.Fault{ID: finding.TokenNotRead, Problem: problem, Attempt: attempt}
}

// judge says what came of a command that ran, or that the node refused to run for a
// reason other than the program.
func (r *podReader) judge(c *credential.Credential, reader fileReader, ran cluster.Ran) {
	p := c.Projected
	if ran.Refused != "" {
		p.Unread = unread(credential.CommandRefused, credential.Attempt{Said: cut(ran.Refused)})
		return
	}
	f := credential.Fault{ID: finding.TokenFileUnreadable, Effect: credential.Unavailable}
	f.Attempt = credential.Attempt{Program: reader.program, ExitCode: ran.ExitCode, Said: cut(ran.Stderr)}
	says := strings.ToLower(ran.Stderr)
	switch {
	case ran.ExitCode == 0:
		// client-go drops the white space around what a token file holds.
		if text := strings.TrimSpace(ran.Stdout.Reveal()); text != "" {
			c.Token = token.Parse(text)
			return
		}
		f.Problem = credential.ContainerTokenEmpty
	case containsAny(says, "permission denied", "access is denied"):
		f.Problem = credential.ContainerTokenForbidden
		securityOf(r.pod, p.Container, &f.Attempt)
		f.Attempt.OwnerKind, f.Attempt.Owner = ownerOf(r.pod)
	case containsAny(says, "no such file", "cannot find the"):
		f.Problem = credential.ContainerTokenAbsent
	case containsAny(says, "is a directory", "eisdir", "isadirectoryerror"):
		f.Problem = credential.ContainerTokenIsFolder
	default:
		p.Unread = unread(credential.ProgramFailed, f.Attempt)
		return
	}
	c.Faults = append(c.Faults, f)
}

// notAllowed is what kept the API server from running a command.
func notAllowed(failure *evidence.Failure) *credential.Fault {
	f := unread(credential.ExecFailed, credential.Attempt{Said: cut(failure.Error())})
	f.Err = failure
	if failure.Kind == evidence.Forbidden {
		f.Problem, f.Attempt.User = credential.ExecForbidden, failure.User
	}
	return f
}

// ownerOf is the controller of the Pod's controller, whose template can be changed; empty
// where there is none.
func ownerOf(p *corev1.Pod) (kind, name string) {
	for _, owner := range p.OwnerReferences {
		if owner.Controller == nil || !*owner.Controller || !finding.ObjectName(owner.Name) {
			continue
		}
		switch hash := p.Labels["pod-template-hash"]; {
		case owner.Kind == "StatefulSet", owner.Kind == "DaemonSet":
			return strings.ToLower(owner.Kind), owner.Name
		case owner.Kind == "ReplicaSet" && hash != "" && strings.HasSuffix(owner.Name, "-"+hash):
			return "deployment", strings.TrimSuffix(owner.Name, "-"+hash)
		}
	}
	return "", ""
}

// missingProgram reports whether a command did not run because the image has no such
// program, and the text that says so. containerd passes on runc's refusal as one; under
// CRI-O the runtime's text is what a command with exit code 126, 127 or 255 said.
func missingProgram(program string, ran cluster.Ran) (text string, absent bool) {
	if ran.Refused == "" && !slices.Contains([]int{126, 127, 255}, ran.ExitCode) {
		return "", false
	}
	text = cmp.Or(ran.Refused, ran.Stderr, ran.Stdout.Reveal())
	says := strings.ToLower(text)
	return text, strings.Contains(says, program) && !strings.Contains(says, "container not found") &&
		containsAny(says, "not found", "no such file", "cannot find the file", "permission denied")
}

// notRunning says why no command can run in a container; nil where one may. A Pod
// whose status says nothing of the container is tried.
func notRunning(p *corev1.Pod, name string) *credential.Fault {
	if p.Spec.NodeName == "" {
		return unread(credential.PodUnscheduled, credential.Attempt{})
	}
	for _, s := range slices.Concat(p.Status.ContainerStatuses, p.Status.InitContainerStatuses, p.Status.EphemeralContainerStatuses) {
		switch ended, waiting := s.State.Terminated, s.State.Waiting; {
		case s.Name != name || s.State.Running != nil:
		case ended != nil:
			return unread(credential.ContainerEnded, credential.Attempt{Ended: ended.FinishedAt.Time, ExitCode: int(ended.ExitCode), Reason: ended.Reason})
		case waiting != nil:
			return unread(credential.ContainerWaiting, credential.Attempt{Reason: waiting.Reason})
		}
	}
	if p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
		return unread(credential.PodEnded, credential.Attempt{Reason: string(p.Status.Phase)})
	}
	return nil
}

// securityOf notes what the spec says of the user that a container runs as.
func securityOf(p *corev1.Pod, name string, a *credential.Attempt) {
	if s := p.Spec.SecurityContext; s != nil {
		a.RunAsUser, a.RunAsGroup, a.FSGroup = s.RunAsUser, s.RunAsGroup, s.FSGroup
	}
	for _, c := range p.Spec.Containers {
		if s := c.SecurityContext; c.Name == name && s != nil {
			a.RunAsUser, a.RunAsGroup = cmp.Or(s.RunAsUser, a.RunAsUser), cmp.Or(s.RunAsGroup, a.RunAsGroup)
		}
	}
}

func isWindows(p *corev1.Pod) bool {
	return p.Spec.OS != nil && p.Spec.OS.Name == corev1.Windows || p.Spec.NodeSelector[corev1.LabelOSStable] == string(corev1.Windows)
}

func absolute(p *corev1.Pod, file string) bool {
	return strings.HasPrefix(file, "/") || isWindows(p) && len(file) > 2 && file[1] == ':'
}

// inShell is a command as it would be typed.
func inShell(command []string) string {
	words := make([]string, len(command))
	for i, w := range command {
		words[i] = finding.Word(w)
		if words[i] == "'"+w+"'" && !strings.ContainsAny(w, " ;$\"'()<>|&`*?") {
			words[i] = w // a flag
		}
	}
	return strings.Join(words, " ")
}

// cut bounds what a container or a server says.
func cut(text string) string {
	return finding.Truncate(strings.Join(strings.Fields(text), " "), 400, "…")
}
