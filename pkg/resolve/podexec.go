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

// The programs that images have to read a file, the most common first. Each takes the path as an
// argument, so that the path is never executed.
var (
	readers = []fileReader{
		{"cat", nil},
		// A shell without `cat` has these built in.
		{"sh", []string{"-c", `while IFS= read -r line; do printf '%s\n' "$line"; done <"$0" && printf %s "$line"`}},
		{"busybox", []string{"cat"}},
		// Distroless images of these languages have only these.
		{"python3", []string{"-c", "import sys; sys.stdout.write(open(sys.argv[1]).read())"}},
		{"/nodejs/bin/node", []string{"-e", "process.stdout.write(require('fs').readFileSync(process.argv[1]))"}},
	}
	windowsReaders = []fileReader{{"cmd.exe", []string{"/c", "type"}}}
)

// cmdWords are the characters that cmd.exe interprets in an argument, quoted or not.
const cmdWords = "&|<>^%!\"'()=,;`@*?\r\n"

type fileReader struct {
	program string
	args    []string
}

func (f fileReader) command(file string) []string {
	return slices.Concat([]string{f.program}, f.args, []string{file})
}

// defaultContainer returns kubectl's default container if it has a token, otherwise the first
// container with a token.
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
		r.Notice(finding.T("note: using the container %s out of %s; use --container to choose another", finding.Container.Of(chosen), finding.Join(", ", finding.Names(finding.Container, names)...)))
	}
	return chosen
}

// podReader reads the tokens of one Pod.
type podReader struct {
	*Resolver
	caller *cluster.Caller
	pod    *corev1.Pod
	// missing are the programs that the image does not have.
	missing []string
}

// read reads the token of c in its container. If that fails, it adds a Fault if the file is the
// reason, and otherwise sets Projected.Unread.
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
		r.Notice(finding.T("running in Pod %s/%s, container %s: %s", finding.Namespace.Of(p.Namespace), finding.Pod.Of(p.Pod), finding.Container.Of(p.Container), finding.Message(inShell(command))))
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

// unread is the fault of a token that was not read for another reason than its file.
func unread(problem credential.Problem, attempt credential.Attempt) *credential.Fault {
	return &credential.Fault{ID: finding.TokenNotRead, Problem: problem, Attempt: attempt}
}

// judge evaluates the result of a command, or of the node's rejection of it.
func (r *podReader) judge(c *credential.Credential, reader fileReader, ran cluster.Ran) {
	p := c.Projected
	if ran.Refused != "" {
		p.Unread = unread(credential.CommandNotRun, credential.Attempt{Said: cut(ran.Refused)})
		return
	}
	f := credential.Fault{ID: finding.TokenFileUnreadable, Effect: credential.Unavailable}
	f.Attempt = credential.Attempt{Program: reader.program, ExitCode: ran.ExitCode, Said: cut(ran.Stderr)}
	says := strings.ToLower(ran.Stderr)
	switch {
	case ran.ExitCode == 0:
		// client-go trims the content of a token file.
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

// notAllowed is the fault if the API server did not run a command.
func notAllowed(failure *evidence.Failure) *credential.Fault {
	f := unread(credential.ExecFailed, credential.Attempt{Said: cut(failure.Error())})
	f.Err = failure
	if failure.Kind == evidence.Forbidden {
		f.Problem, f.Attempt.User = credential.ExecForbidden, failure.User
	}
	return f
}

// ownerOf returns the workload whose template controls the Pod; empty if there is none.
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

// missingProgram reports whether a command did not run because the image has no such program,
// and returns the error message. containerd reports runc's error as a rejection; with CRI-O, it is
// the output of a command with the exit code 126, 127 or 255.
func missingProgram(program string, ran cluster.Ran) (text string, absent bool) {
	if ran.Refused == "" && !slices.Contains([]int{126, 127, 255}, ran.ExitCode) {
		return "", false
	}
	text = cmp.Or(ran.Refused, ran.Stderr, ran.Stdout.Reveal())
	says := strings.ToLower(text)
	return text, strings.Contains(says, program) && !strings.Contains(says, "container not found") &&
		containsAny(says, "not found", "no such file", "cannot find the file", "permission denied")
}

// notRunning returns why no command can run in a container; nil if one may, or if the Pod's
// status does not mention the container.
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

// securityOf copies the user and groups of a container from the spec.
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

// inShell returns a command as it would be typed in a shell.
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

// cut shortens the output of a container or a server to one line.
func cut(text string) string {
	return finding.Truncate(strings.Join(strings.Fields(text), " "), 400, "…")
}
