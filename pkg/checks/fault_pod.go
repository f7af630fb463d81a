package checks

import (
	"path"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The kubelet adds these to a container: the token of its Pod, and the variables with the API server's address.
const (
	podToken    = credential.PodFolder + "/token"
	serviceHost = "KUBERNETES_SERVICE_HOST"
	servicePort = "KUBERNETES_SERVICE_PORT"
)

// unreadablePodToken is the finding about the unreadable token of the Pod in which this program runs.
func unreadablePodToken(f credential.Fault, advice finding.Text) finding.Finding {
	said := T("the token of this Pod is empty: " + podToken + " has only white space")
	if f.Err != nil {
		said = T("%s", saidBy(f.Err))
	}
	return prove(f.ID, "%s", said).Seen("token of this Pod", T(podToken)).FixBy(advice, run("ls -lnL "+credential.PodFolder))
}

// podNotUsed has the findings that explain why the credential of this program's Pod is not used.
func podNotUsed(f credential.Fault) kinds {
	named := func(title, said finding.Text) finding.Finding {
		out := prove(f.ID, "%s. A kubeconfig is missing too", said)
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
		credential.PodVariableMissing: named(T("%s is not set in this Pod", missing),
			T("a ServiceAccount token is mounted here, but client-go ignores it because %s is not set", missing)).
			Seen("token of this Pod", T(podToken)).Seen(serviceHost, variable(f.Host)).Seen(servicePort, variable(f.Port)).
			Fix("Set both variables again. The kubelet sets them in each container, but sudo, su -, sshd and cron start shells without them.",
				run(serviceHost+"=kubernetes.default.svc "+servicePort+"=443 kubectl authn explain")),
		credential.PodTokenBesideFlags: named(T("the token of this Pod is not used with %s", flags),
			T("client-go uses the token of this Pod only if nothing else chooses a server or a user, and %s %s", flags, verb)).
			Seen("token of this Pod", T(podToken)).
			FixBy(T("Remove %s, or give server, certificate authority and token on the command line.", flags), run("kubectl authn explain --server").
				Raw(`"https://$`+serviceHost+`:$`+servicePort+`"`).Add("--certificate-authority "+credential.PodFolder+"/ca.crt --token").
				Output("", run("cat "+podToken))),
		credential.PodTokenNotMounted: named(T("no ServiceAccount token is mounted in this Pod"),
			T(serviceHost+" is set, as in a Pod, but the token of the Pod's ServiceAccount is not mounted")).
			Seen(podToken, T("does not exist")).Seen(serviceHost, variable(f.Host)).
			Fix("Check whether the Pod or its ServiceAccount sets automountServiceAccountToken: false. A container that `kubectl debug` added has no token either.",
				run("kubectl get pod POD -o").Word("jsonpath={.spec.automountServiceAccountToken} {.spec.serviceAccountName}")).
			Fix("If this container needs the API server, set automountServiceAccountToken: true in the Pod's spec, or project a token to that path. Otherwise pass a token with -f.", finding.Command{}),
		credential.PodTokenIsFolder: named(T("the token of this Pod is a folder"), T(podToken+" is a folder, and client-go ignores it")).
			Seen(podToken, T("is a folder")).
			Fix("Mount the volume at "+credential.PodFolder+", so that the token is a file in that folder.", finding.Command{}),
		credential.PodTokenHidden: named(T("the token of this Pod cannot be read"),
			T("client-go ignores the token of this Pod, because the folder cannot be read: %s", saidBy(f.Err))).
			Seen("looking for it", saidBy(f.Err)).
			Fix("Give the user of this process permission to read the folder.", run("ls -ldn "+credential.PodFolder)),
	}
}

// besides lists the flags that prevent client-go from using the credential of a Pod.
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

// inContainer is the location of a token in a container.
func inContainer(p *credential.Projected) finding.Text {
	return T("%s in container %s of Pod %s/%s", finding.File.Of(p.Path), finding.Container.Of(p.Container), finding.Namespace.Of(p.Namespace), finding.Pod.Of(p.Pod))
}

// programSaid adds the output of the program that tried to read a token in a container.
func programSaid(out finding.Finding, p *credential.Projected, a credential.Attempt) finding.Finding {
	what := T("exit code %s", finding.Count(a.ExitCode))
	if a.Said != "" {
		what = T("%s: %s", what, finding.Message(a.Said))
	}
	return out.SeenAt(T("%s in container %s", finding.Standard(a.Program), finding.Container.Of(p.Container)), what)
}

// unreadableInContainer has the findings about a token whose file in a container is not readable.
func unreadableInContainer(p *credential.Projected, f credential.Fault) kinds {
	a, where, ask := f.Attempt, inContainer(p), askPod(p)
	found := func(said finding.Text) finding.Finding {
		return programSaid(prove(f.ID, "%s", said), p, a)
	}
	absent := T("%s does not exist", where)
	if !p.Undeclared {
		absent = T("%s, although the Pod's spec projects a token there. Another mount may hide the file, or the program changed its root directory", absent)
	}
	return kinds{
		credential.ContainerTokenEmpty: instead(found(T("%s is empty. Clients fail with `read empty token from file`", where)), p),
		credential.ContainerTokenForbidden: found(T("the user of the container has no permission to read %s", where)).
			Seen("securityContext in the Pod's spec", T("runAsUser %s, runAsGroup %s, fsGroup %s", orNotSet(a.RunAsUser), orNotSet(a.RunAsGroup), orNotSet(a.FSGroup))).
			Fix("Set fsGroup in the securityContext of the workload that controls the Pod. The kubelet then lets that group read the projected files. A running Pod cannot be changed.",
				groupFor(p, a)),
		credential.ContainerTokenAbsent: found(absent).Fix("List the tokens in the Pod's spec and their paths.", ask),
		credential.ContainerTokenIsFolder: found(T("%s is a directory, not a file", where)).
			Fix("Pass the path of the file in that directory. Its name is usually token.", ask.Add("--exec").Flag("--container", finding.Container.Of(p.Container)).Flag("--path", finding.File.Of(path.Join(p.Path, "token")))),
	}
}

func orNotSet(id *int64) finding.Value {
	if id == nil {
		return T("not set")
	}
	return finding.Count(*id)
}

// groupFor is the command that gives the Pods of the same controller a group that may read their tokens; empty if
// no controller with a template manages the Pod.
func groupFor(p *credential.Projected, a credential.Attempt) finding.Command {
	if a.Owner == "" {
		return finding.Command{}
	}
	return run("kubectl --namespace").Arg(finding.Namespace.Of(p.Namespace)).Add("patch").Arg(finding.Standard(a.OwnerKind)).Arg(finding.Object.Of(a.Owner)).
		Add("--patch").Word(`{"spec": {"template": {"spec": {"securityContext": {"fsGroup": 65532}}}}}`)
}

// unreadInContainer has the findings about a token in a container that was not read for a reason other than its
// file.
func unreadInContainer(c *credential.Credential, f credential.Fault) kinds {
	p, a, err := c.Projected, f.Attempt, saidBy(f.Err)
	container, namespace, pod := finding.Container.Of(p.Container), finding.Namespace.Of(p.Namespace), finding.Pod.Of(p.Pod)
	stopped, said, program := T("container %s of Pod %s/%s is not running", container, namespace, pod), finding.Message(a.Said), finding.Standard(a.Program)
	found := func(said finding.Text) finding.Finding { return prove(finding.TokenNotRead, "%s", said) }
	reason := finding.Text{}
	if a.Reason != "" {
		reason = T(" (%s)", finding.Standard(a.Reason))
	}
	tried := make([]finding.Value, len(a.Tried))
	for i, program := range a.Tried {
		tried[i] = finding.Standard(program)
	}
	noProgram := found(T("the image of container %s has no program that can read the file. Tried: %s", container, finding.Join(", ", tried...)))
	if a.Said != "" {
		noProgram = noProgram.SeenAt(T("answer to %s", program), said)
	}
	return kinds{
		credential.PodUnscheduled:    instead(found(T("%s: the Pod is not scheduled to a node yet", stopped)), p),
		credential.ContainerEnded:    instead(found(T("%s: the container exited at %s with exit code %s%s", stopped, finding.Time(a.Ended), finding.Count(a.ExitCode), reason)), p),
		credential.ContainerWaiting:  instead(found(T("%s: the container is waiting%s", stopped, reason)), p),
		credential.PodEnded:          instead(found(T("%s: the phase of the Pod is %s", stopped, finding.Standard(a.Reason))), p),
		credential.PathIsProgramText: instead(found(T("the path %q has characters that cmd.exe interprets", finding.File.Of(p.Path))), p),
		credential.NoProgram: instead(noProgram, p).
			FixBy(T("Or read the file from an ephemeral container, at /proc/1/root%s. The ephemeral container stays in the Pod until the Pod is deleted.", finding.File.Of(p.Path)),
				run("kubectl").Flag("--namespace", namespace).Add("debug").Arg(pod).Add("-it --image=busybox").Argf("--target=%s", container).Add("-- sh")),
		credential.CommandNotRun: instead(found(T("the node of Pod %s/%s did not run the command: %s", namespace, pod, said)).Seen("pods/exec", said), p),
		credential.ProgramFailed: instead(programSaid(found(T("%s did not read the file and exited with exit code %s", program, finding.Count(a.ExitCode))), p, a), p),
		credential.ExecForbidden: instead(found(T("the caller has no permission to run commands in the Pod: %s", err)).Seen("pods/exec", said).
			Ask("Ask an administrator for permission to run commands in this Pod. The permission includes everything that the Pod is allowed to do.", mayExec(p, a.User)), p),
		credential.ExecFailed: instead(found(T("running a command in container %s failed: %s", container, err)).Seen("pods/exec", said), p),
	}
}

// mayExec is the command that permits a user to run commands in the Pod; empty if the user is unknown.
func mayExec(p *credential.Projected, user string) finding.Command {
	if user == "" {
		return finding.Command{}
	}
	namespace := finding.Namespace.Of(p.Namespace)
	// The document is valid YAML with the indentation that reports add to commands.
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

// instead adds the fix that explains a similar token instead of the unreadable one.
func instead(out finding.Finding, p *credential.Projected) finding.Finding {
	if p.Undeclared {
		return out.Fix("Copy the token to a file and pass that file: `kubectl authn explain -f FILE`.", finding.Command{})
	}
	create, explain := requestToken(p.Namespace, p.ServiceAccount), run("kubectl authn explain -")
	if p.Audience != "" {
		audience := run("--audience").Argf("%s", finding.Audience.Of(p.Audience))
		create, explain = create.Append(audience), explain.Append(audience)
	}
	return out.Fix("Explain a new token for the same ServiceAccount and Pod. The answer shows how the API server treats such tokens, not what the file holds.",
		create.Add("--bound-object-kind Pod").Flag("--bound-object-name", finding.Pod.Of(p.Pod)).Pipe(explain))
}

// askPod is the command that explains the tokens of a Pod.
func askPod(p *credential.Projected) finding.Command {
	return run("kubectl authn inspect").Argf("pod/%s", finding.Pod.Of(p.Pod)).Flag("--namespace", finding.Namespace.Of(p.Namespace))
}
