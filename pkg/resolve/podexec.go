package resolve

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
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
	return append(append([]string{f.program}, f.args...), file)
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
		for _, c := range all {
			if c.Projected.Container == name && (r.Path == "" || c.Projected.Path == r.Path) {
				return true
			}
		}
		return false
	}
	if !has(chosen) {
		for _, c := range p.Spec.Containers {
			if has(c.Name) {
				chosen = c.Name
				break
			}
		}
	}
	if len(names) > 1 {
		r.Notice(fmt.Sprintf("note: taking container %s of %s; --container chooses another", chosen, strings.Join(names, ", ")))
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
	c.Again = fmt.Sprintf("pod/%s --namespace %s --exec --container %s --path %s", finding.Word(p.Pod), finding.Word(p.Namespace), finding.Word(p.Container), finding.Word(p.Path))
	if why := notRunning(r.pod, p.Container); why != "" {
		p.Unread = &credential.Unread{Text: why, Remedy: []finding.Remedy{instead(p)}}
		return
	}
	programs := readers
	if isWindows(r.pod) {
		if strings.ContainsAny(p.Path, cmdWords) {
			p.Unread = &credential.Unread{Text: fmt.Sprintf("the path %q has characters that cmd.exe takes for program text", p.Path), Remedy: []finding.Remedy{instead(p)}}
			return
		}
		programs = windowsReaders
	}
	var said finding.Evidence
	for _, reader := range programs {
		if slices.Contains(r.missing, reader.program) {
			continue
		}
		command := reader.command(p.Path)
		r.Notice(fmt.Sprintf("running in pod %s/%s, container %s: %s", p.Namespace, p.Pod, p.Container, inShell(command)))
		ran, failure := r.caller.Exec(ctx, p.Namespace, p.Pod, p.Container, command)
		if failure != nil {
			p.Unread = r.notAllowed(p, failure)
			return
		}
		if text, absent := missingProgram(reader.program, ran); absent {
			r.missing = append(r.missing, reader.program)
			if said.Value == "" {
				said = finding.Evidence{Source: "answer to " + reader.program, Value: cut(text)}
			}
			continue
		}
		r.judge(c, reader, ran)
		return
	}
	p.Unread = &credential.Unread{
		Text:   fmt.Sprintf("the image of container %s has no program that could read the file: tried %s", p.Container, strings.Join(r.missing, ", ")),
		Remedy: []finding.Remedy{instead(p), lookInside(p)},
	}
	if said.Value != "" {
		p.Unread.Evidence = []finding.Evidence{said}
	}
}

// judge says what came of a command that ran, or that the node refused to run for a
// reason other than the program.
func (r *podReader) judge(c *credential.Credential, reader fileReader, ran cluster.Ran) {
	p := c.Projected
	if ran.Refused != "" {
		p.Unread = &credential.Unread{
			Text:     fmt.Sprintf("the node of pod %s/%s did not run the command: %s", p.Namespace, p.Pod, cut(ran.Refused)),
			Evidence: []finding.Evidence{{Source: "pods/exec", Value: cut(ran.Refused)}},
			Remedy:   []finding.Remedy{instead(p)},
		}
		return
	}
	answer := []finding.Evidence{{Source: fmt.Sprintf("%s in container %s", reader.program, p.Container), Value: fmt.Sprintf("exit code %d", ran.ExitCode)}}
	if ran.Stderr != "" {
		answer[0].Value += ": " + cut(strings.TrimSpace(ran.Stderr))
	}
	unreadable := func(detail string, remedy ...finding.Remedy) {
		c.Faults = append(c.Faults, credential.Fault{ID: finding.TokenFileUnreadable, Effect: credential.Unavailable, Detail: detail, Evidence: answer, Remedy: remedy})
	}
	where := fmt.Sprintf("%s in container %s of pod %s/%s", p.Path, p.Container, p.Namespace, p.Pod)
	says := strings.ToLower(ran.Stderr)
	switch {
	case ran.ExitCode == 0:
		// client-go drops the white space around what a token file holds.
		text := strings.TrimSpace(ran.Stdout.Reveal())
		if text == "" {
			unreadable(where+" is empty: a client stops with `read empty token from file`", instead(p))
			return
		}
		c.Token = token.Parse(text)
	case strings.Contains(says, "permission denied"), strings.Contains(says, "access is denied"):
		answer = append(answer, securityOf(r.pod, p.Container)...)
		unreadable(where+" may not be read by the user that the container runs as",
			finding.Remedy{
				Description: "Let a group read it that every container of the Pod is in: spec: {securityContext: {fsGroup: 65532}}; the kubelet then gives the projected files to that group. A Pod that runs cannot be changed: say it where the Pod comes from.",
				Command:     groupFor(r.pod),
			})
	case strings.Contains(says, "no such file"), strings.Contains(says, "cannot find the"):
		detail := where + " does not exist"
		if !p.Undeclared {
			detail += ", although the Pod's spec projects a token there: another mount may hide it, or the program changed its root"
		}
		unreadable(detail, finding.Remedy{
			Description: "See where the Pod's spec puts its tokens.",
			Command:     fmt.Sprintf("kubectl authn inspect pod/%s --namespace %s", finding.Word(p.Pod), finding.Word(p.Namespace)),
		})
	case strings.Contains(says, "is a directory"), strings.Contains(says, "eisdir"), strings.Contains(says, "isadirectoryerror"):
		unreadable(where+" is a directory, not a file",
			finding.Remedy{Description: "Name the file in it, which is usually called token.", Command: fmt.Sprintf("kubectl authn inspect pod/%s --namespace %s --exec --container %s --path %s",
				finding.Word(p.Pod), finding.Word(p.Namespace), finding.Word(p.Container), finding.Word(path.Join(p.Path, "token")))})
	default:
		p.Unread = &credential.Unread{
			Text:     fmt.Sprintf("%s did not read the file and ended with exit code %d", reader.program, ran.ExitCode),
			Evidence: answer, Remedy: []finding.Remedy{instead(p)},
		}
	}
}

// notAllowed is what kept the API server from running a command.
func (r *podReader) notAllowed(p *credential.Projected, f *evidence.Failure) *credential.Unread {
	u := &credential.Unread{
		Text:     fmt.Sprintf("no command could be run in container %s: %s", p.Container, f.Text),
		Evidence: []finding.Evidence{{Source: "pods/exec", Value: cut(f.Text)}},
	}
	if f.Kind == evidence.Forbidden {
		u.Text = "the caller may not run commands in the Pod: " + f.Text
		command := ""
		if f.User != "" {
			command = mayExec(p, f.User)
		}
		u.Remedy = append(u.Remedy, finding.Remedy{
			Description: "An administrator can give the right to run commands in this one Pod. It is a right to everything that the Pod may do.",
			Command:     command,
		})
	}
	u.Remedy = append(u.Remedy, instead(p))
	return u
}

// mayExec hands the right to run commands in the Pod to a user. The names of Pod and
// namespace are those of objects; a user may have any.
func mayExec(p *credential.Projected, user string) string {
	manifest := fmt.Sprintf(`apiVersion: v1
kind: List
items:
- apiVersion: rbac.authorization.k8s.io/v1
  kind: Role
  metadata: {name: exec-in-pod, namespace: %[1]s}
  rules:
  - apiGroups: [""]
    resources: [pods/exec]
    resourceNames: [%[2]s]
    verbs: [create, get]
- apiVersion: rbac.authorization.k8s.io/v1
  kind: RoleBinding
  metadata: {name: exec-in-pod, namespace: %[1]s}
  roleRef:
    apiGroup: rbac.authorization.k8s.io
    kind: Role
    name: exec-in-pod
  subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: User
    name: %[3]s
`, strconv.Quote(p.Namespace), strconv.Quote(p.Pod), strconv.QuoteToASCII(user))
	// Reports indent commands, and YAML takes that: it is one document.
	return "printf %s '\n" + strings.ReplaceAll(manifest, "'", `'\''`) + "' | kubectl apply -f -"
}

// groupFor gives the Pods of the same controller a group that may read their tokens;
// empty where nothing that can be changed controls the Pod.
func groupFor(p *corev1.Pod) string {
	const patch = ` --patch '{"spec": {"template": {"spec": {"securityContext": {"fsGroup": 65532}}}}}'`
	for _, owner := range p.OwnerReferences {
		if owner.Controller == nil || !*owner.Controller || !finding.ObjectName(owner.Name) {
			continue
		}
		switch hash := p.Labels["pod-template-hash"]; {
		case owner.Kind == "StatefulSet", owner.Kind == "DaemonSet":
			return fmt.Sprintf("kubectl --namespace %s patch %s %s", p.Namespace, strings.ToLower(owner.Kind), owner.Name) + patch
		case owner.Kind == "ReplicaSet" && hash != "" && strings.HasSuffix(owner.Name, "-"+hash):
			return fmt.Sprintf("kubectl --namespace %s patch deployment %s", p.Namespace, strings.TrimSuffix(owner.Name, "-"+hash)) + patch
		}
	}
	return ""
}

// missingProgram reports whether a command did not run because the image has no such
// program, and the text that says so. containerd passes on runc's refusal as one; under
// CRI-O the runtime's text is what a command with exit code 126, 127 or 255 said.
func missingProgram(program string, ran cluster.Ran) (text string, absent bool) {
	text = ran.Refused
	if text == "" {
		if ran.ExitCode != 126 && ran.ExitCode != 127 && ran.ExitCode != 255 {
			return "", false
		}
		text = ran.Stderr
		if text == "" {
			text = ran.Stdout.Reveal()
		}
	}
	says := strings.ToLower(text)
	if !strings.Contains(says, program) || strings.Contains(says, "container not found") {
		return text, false
	}
	for _, words := range []string{"not found", "no such file", "cannot find the file", "permission denied"} {
		if strings.Contains(says, words) {
			return text, true
		}
	}
	return text, false
}

// notRunning says why no command can run in a container; empty where one may. A Pod
// whose status says nothing of the container is tried.
func notRunning(p *corev1.Pod, name string) string {
	where := fmt.Sprintf("container %s of pod %s/%s is not running", name, p.Namespace, p.Name)
	if p.Spec.NodeName == "" {
		return where + ": no node has been found for the Pod yet"
	}
	for _, statuses := range [][]corev1.ContainerStatus{p.Status.ContainerStatuses, p.Status.InitContainerStatuses, p.Status.EphemeralContainerStatuses} {
		for _, s := range statuses {
			switch {
			case s.Name != name || s.State.Running != nil:
			case s.State.Terminated != nil:
				return fmt.Sprintf("%s: it ended at %s with exit code %d%s", where, s.State.Terminated.FinishedAt.UTC().Format("2006-01-02 15:04:05Z"), s.State.Terminated.ExitCode, because(s.State.Terminated.Reason))
			case s.State.Waiting != nil:
				return where + ": it is waiting" + because(s.State.Waiting.Reason)
			}
		}
	}
	switch p.Status.Phase {
	case corev1.PodSucceeded, corev1.PodFailed:
		return fmt.Sprintf("%s: the Pod has ended, its phase is %s", where, p.Status.Phase)
	}
	return ""
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

// securityOf is what the spec says of the user that a container runs as.
func securityOf(p *corev1.Pod, name string) []finding.Evidence {
	id := func(n *int64) string {
		if n == nil {
			return "not set"
		}
		return fmt.Sprint(*n)
	}
	var user, group, fsGroup *int64
	if s := p.Spec.SecurityContext; s != nil {
		user, group, fsGroup = s.RunAsUser, s.RunAsGroup, s.FSGroup
	}
	for _, c := range p.Spec.Containers {
		if s := c.SecurityContext; c.Name == name && s != nil {
			if s.RunAsUser != nil {
				user = s.RunAsUser
			}
			if s.RunAsGroup != nil {
				group = s.RunAsGroup
			}
		}
	}
	return []finding.Evidence{{Source: "securityContext in the Pod's spec", Value: fmt.Sprintf("runAsUser %s, runAsGroup %s, fsGroup %s", id(user), id(group), id(fsGroup))}}
}

// instead is how to ask about a token like the one that could not be read.
func instead(p *credential.Projected) finding.Remedy {
	if p.Undeclared {
		return finding.Remedy{Description: "Copy what stands there to a file and hand that over: kubectl authn explain -f FILE."}
	}
	audience := ""
	if p.Audience != "" {
		audience = " --audience " + finding.Word(p.Audience)
	}
	return finding.Remedy{
		Description: "Ask about a fresh token like it, which is bound to the same Pod; it shows what the API server makes of such tokens, not what stands in the file.",
		Command: fmt.Sprintf("kubectl authn mint %s --namespace %s%s --bound-object-kind Pod --bound-object-name %s | kubectl authn explain -%s",
			finding.Word(p.ServiceAccount), finding.Word(p.Namespace), audience, finding.Word(p.Pod), audience),
	}
}

// lookInside is how a person can look at a file in an image without programs.
func lookInside(p *credential.Projected) finding.Remedy {
	return finding.Remedy{
		Description: "Or look at the file yourself, from an ephemeral container with programs, which stays in the Pod as long as that lives: there it is /proc/1/root" + p.Path + ".",
		Command: fmt.Sprintf("kubectl --namespace %s debug %s -it --image=busybox --target=%s -- sh",
			finding.Word(p.Namespace), finding.Word(p.Pod), finding.Word(p.Container)),
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
	const most = 400
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
