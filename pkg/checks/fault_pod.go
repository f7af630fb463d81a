package checks

import (
	"path"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// What the kubelet puts into a container: the token of its Pod, and the variables that
// tell where the API server is.
const (
	podToken    = credential.PodFolder + "/token"
	serviceHost = "KUBERNETES_SERVICE_HOST"
	servicePort = "KUBERNETES_SERVICE_PORT"
)

// unreadablePodToken is the token of the Pod that this runs in, which cannot be had.
func unreadablePodToken(f credential.Fault, advice finding.Text) finding.Finding {
	said := T("the token of this Pod is empty: there is nothing but white space in " + podToken)
	if f.Err != nil {
		said = T("%s", saidBy(f.Err))
	}
	return prove(f.ID, "%s", said).Seen("token of this Pod", T(podToken)).FixBy(advice, run("ls -lnL "+credential.PodFolder))
}

// podNotUsed is why the credential of the Pod that this runs in is not used.
func podNotUsed(f credential.Fault) kinds {
	named := func(title, said finding.Text) finding.Finding {
		out := prove(f.ID, "%s; there is no kubeconfig either", said)
		out.Title = title
		return out
	}
	variable := func(value string) finding.Value {
		if value == "" {
			return T("not set")
		}
		return finding.Address.Of(value)
	}
	missing := T(serviceHost)
	if f.Host != "" {
		missing = T(servicePort)
	}
	flags, verb := besides(f.Flags)
	return kinds{
		credential.PodVariableMissing: named(T("%s is not set beside the token of this Pod", missing),
			T("a ServiceAccount token is mounted here, and %s is not set, without which client-go does not look for it", missing)).
			Seen("token of this Pod", T(podToken)).Seen(serviceHost, variable(f.Host)).Seen(servicePort, variable(f.Port)).
			Fix("The kubelet sets both in each container; a shell that was started with an environment of its own (sudo, su -, sshd, cron) has lost them. Set them again.",
				run(serviceHost+"=kubernetes.default.svc "+servicePort+"=443 kubectl authn explain")),
		credential.PodTokenBesideFlags: named(T("the token of this Pod is not used beside %s", flags),
			T("client-go, and kubectl with it, uses the token of this Pod only where nothing else says which server or user is meant; %s %s", flags, verb)).
			Seen("token of this Pod", T(podToken)).
			FixBy(T("Say all of it on the command line, or leave %s away.", flags), run("kubectl authn explain --server").
				Raw(`"https://$`+serviceHost+`:$`+servicePort+`"`).Add("--certificate-authority "+credential.PodFolder+"/ca.crt --token").
				Output("", run("cat "+podToken))),
		credential.PodTokenNotMounted: named(T("no ServiceAccount token is mounted in this Pod"),
			T(serviceHost+" is set, as in a Pod, and there is no token where the kubelet puts that of the Pod's ServiceAccount")).
			Seen(podToken, T("does not exist")).Seen(serviceHost, variable(f.Host)).
			Fix("See whether the Pod or its ServiceAccount says automountServiceAccountToken: false, which is the usual reason; a container that was added later (kubectl debug) has none either.",
				run("kubectl get pod POD -o").Word("jsonpath={.spec.automountServiceAccountToken} {.spec.serviceAccountName}")).
			Fix("Where this container is meant to ask the API server, write automountServiceAccountToken: true into the Pod's spec, or project a token to that path; otherwise hand one over with -f.", finding.Command{}),
		credential.PodTokenIsFolder: named(T("there is no token of this Pod, but a folder"), T(podToken+" is a folder, which client-go passes over")).
			Seen(podToken, T("is a folder")).
			Fix("Mount the volume at "+credential.PodFolder+", so that its token is a file in there.", finding.Command{}),
		credential.PodTokenHidden: named(T("the token of this Pod cannot be looked at"),
			T("whether a ServiceAccount token is mounted here cannot be seen, so that client-go passes over it: %s", saidBy(f.Err))).
			Seen("looking for it", saidBy(f.Err)).
			Fix("Let whoever runs this read the folder.", run("ls -ldn "+credential.PodFolder)),
	}
}

// besides are the flags that keep client-go from the credential of a Pod.
func besides(flags []finding.Text) (names, verb finding.Text) {
	switch len(flags) {
	case 0:
		return T("the flags of the command line"), T("do")
	case 1:
		return flags[0], T("does")
	}
	for i, flag := range flags {
		if i > 0 {
			names = T("%s, ", names)
		}
		names = T("%s%s", names, flag)
	}
	return names, T("do")
}

// inContainer names the file of a token in a container.
func inContainer(p *credential.Projected) finding.Text {
	return T("%s in container %s of pod %s/%s", finding.File.Of(p.Path), finding.Container.Of(p.Container), finding.Namespace.Of(p.Namespace), finding.Pod.Of(p.Pod))
}

// programSaid adds what the program said that was to read a token in a container.
func programSaid(out finding.Finding, p *credential.Projected, a credential.Attempt) finding.Finding {
	what := T("exit code %s", finding.Count(a.ExitCode))
	if a.Said != "" {
		what = T("%s: %s", what, finding.Message(a.Said))
	}
	return out.SeenAt(T("%s in container %s", finding.Standard(a.Program), finding.Container.Of(p.Container)), what)
}

// unreadableInContainer is a token that its file in a container does not give.
func unreadableInContainer(p *credential.Projected, f credential.Fault) kinds {
	a, where, ask := f.Attempt, inContainer(p), askPod(p)
	found := func(said finding.Text) finding.Finding {
		return programSaid(prove(f.ID, "%s", said), p, a)
	}
	absent := T("%s does not exist", where)
	if !p.Undeclared {
		absent = T("%s, although the Pod's spec projects a token there: another mount may hide it, or the program changed its root", absent)
	}
	return kinds{
		credential.ContainerTokenEmpty: instead(found(T("%s is empty: a client stops with `read empty token from file`", where)), p),
		credential.ContainerTokenForbidden: found(T("%s may not be read by the user that the container runs as", where)).
			Seen("securityContext in the Pod's spec", T("runAsUser %s, runAsGroup %s, fsGroup %s", orNotSet(a.RunAsUser), orNotSet(a.RunAsGroup), orNotSet(a.FSGroup))).
			Fix("Let a group read it that every container of the Pod is in: spec: {securityContext: {fsGroup: 65532}}; the kubelet then gives the projected files to that group. A Pod that runs cannot be changed: say it where the Pod comes from.",
				groupFor(p, a)),
		credential.ContainerTokenAbsent: found(absent).Fix("See where the Pod's spec puts its tokens.", ask),
		credential.ContainerTokenIsFolder: found(T("%s is a directory, not a file", where)).
			Fix("Name the file in it, which is usually called token.", ask.Add("--exec").Flag("--container", finding.Container.Of(p.Container)).Flag("--path", finding.File.Of(path.Join(p.Path, "token")))),
	}
}

func orNotSet(id *int64) finding.Value {
	if id == nil {
		return T("not set")
	}
	return finding.Count(*id)
}

// groupFor gives the Pods of the same controller a group that may read their tokens; none
// where nothing that can be changed controls the Pod.
func groupFor(p *credential.Projected, a credential.Attempt) finding.Command {
	if a.Owner == "" {
		return finding.Command{}
	}
	return run("kubectl --namespace").Arg(finding.Namespace.Of(p.Namespace)).Add("patch").Arg(finding.Standard(a.OwnerKind)).Arg(finding.Object.Of(a.Owner)).
		Add("--patch").Word(`{"spec": {"template": {"spec": {"securityContext": {"fsGroup": 65532}}}}}`)
}

// unreadInContainer is a token in a container that was not read, where that is not laid to its file.
func unreadInContainer(c *credential.Credential, f credential.Fault) kinds {
	p, a, err := c.Projected, f.Attempt, saidBy(f.Err)
	container, namespace, pod := finding.Container.Of(p.Container), finding.Namespace.Of(p.Namespace), finding.Pod.Of(p.Pod)
	stopped, said, program := T("container %s of pod %s/%s is not running", container, namespace, pod), finding.Message(a.Said), finding.Standard(a.Program)
	found := func(said finding.Text) finding.Finding { return prove(finding.TokenNotRead, "%s", said) }
	reason := finding.Text{}
	if a.Reason != "" {
		reason = T(" (%s)", finding.Standard(a.Reason))
	}
	tried := make([]finding.Value, len(a.Tried))
	for i, program := range a.Tried {
		tried[i] = finding.Standard(program)
	}
	noProgram := found(T("the image of container %s has no program that could read the file: tried %s", container, finding.Join(", ", tried...)))
	if a.Said != "" {
		noProgram = noProgram.SeenAt(T("answer to %s", program), said)
	}
	return kinds{
		credential.PodUnscheduled:    instead(found(T("%s: no node has been found for the Pod yet", stopped)), p),
		credential.ContainerEnded:    instead(found(T("%s: it ended at %s with exit code %s%s", stopped, finding.Time(a.Ended), finding.Count(a.ExitCode), reason)), p),
		credential.ContainerWaiting:  instead(found(T("%s: it is waiting%s", stopped, reason)), p),
		credential.PodEnded:          instead(found(T("%s: the Pod has ended, its phase is %s", stopped, finding.Standard(a.Reason))), p),
		credential.PathIsProgramText: instead(found(T("the path %q has characters that cmd.exe takes for program text", finding.File.Of(p.Path))), p),
		credential.NoProgram: instead(noProgram, p).
			FixBy(T("Or look at the file yourself, from an ephemeral container with programs, which stays in the Pod as long as that lives: there it is /proc/1/root%s.", finding.File.Of(p.Path)),
				run("kubectl").Flag("--namespace", namespace).Add("debug").Arg(pod).Add("-it --image=busybox").Argf("--target=%s", container).Add("-- sh")),
		credential.CommandRefused: instead(found(T("the node of pod %s/%s did not run the command: %s", namespace, pod, said)).Seen("pods/exec", said), p),
		credential.ProgramFailed:  instead(programSaid(found(T("%s did not read the file and ended with exit code %s", program, finding.Count(a.ExitCode))), p, a), p),
		credential.ExecForbidden: instead(found(T("the caller may not run commands in the Pod: %s", err)).Seen("pods/exec", said).
			Fix("An administrator can give the right to run commands in this one Pod. It is a right to everything that the Pod may do.", mayExec(p, a.User)), p),
		credential.ExecFailed: instead(found(T("no command could be run in container %s: %s", container, err)).Seen("pods/exec", said), p),
	}
}

// mayExec hands the right to run commands in the Pod to a user; none where nobody knows who that is.
func mayExec(p *credential.Projected, user string) finding.Command {
	if user == "" {
		return finding.Command{}
	}
	namespace := finding.Namespace.Of(p.Namespace)
	// Reports indent commands, and YAML takes that: it is one document.
	return run("printf %s").Argf(`
apiVersion: v1
kind: List
items:
- apiVersion: rbac.authorization.k8s.io/v1
  kind: Role
  metadata: {name: exec-in-pod, namespace: %q}
  rules:
  - apiGroups: [""]
    resources: [pods/exec]
    resourceNames: [%q]
    verbs: [create, get]
- apiVersion: rbac.authorization.k8s.io/v1
  kind: RoleBinding
  metadata: {name: exec-in-pod, namespace: %q}
  roleRef:
    apiGroup: rbac.authorization.k8s.io
    kind: Role
    name: exec-in-pod
  subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: User
    name: %q
`, namespace, finding.Pod.Of(p.Pod), namespace, finding.User.Of(user)).Pipe(run("kubectl apply -f -")).ByOthers()
}

// instead adds how to ask about a token like the one that could not be read.
func instead(out finding.Finding, p *credential.Projected) finding.Finding {
	if p.Undeclared {
		return out.Fix("Copy what stands there to a file and hand that over: kubectl authn explain -f FILE.", finding.Command{})
	}
	mint, explain := run("kubectl authn mint").Arg(finding.ServiceAccount.Of(p.ServiceAccount)).Flag("--namespace", finding.Namespace.Of(p.Namespace)), run("kubectl authn explain -")
	if p.Audience != "" {
		audience := run("--audience").Argf("%s", finding.Audience.Of(p.Audience))
		mint, explain = mint.Append(audience), explain.Append(audience)
	}
	return out.Fix("Ask about a fresh token like it, which is bound to the same Pod; it shows what the API server makes of such tokens, not what stands in the file.",
		mint.Add("--bound-object-kind Pod").Flag("--bound-object-name", finding.Pod.Of(p.Pod)).Pipe(explain))
}

// askPod asks about the tokens of a Pod.
func askPod(p *credential.Projected) finding.Command {
	return run("kubectl authn inspect").Argf("pod/%s", finding.Pod.Of(p.Pod)).Flag("--namespace", finding.Namespace.Of(p.Namespace))
}
