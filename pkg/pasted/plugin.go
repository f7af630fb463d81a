package pasted

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// explanation is the headline, the meaning and the fix of messages with one Key.
type explanation struct {
	// title replaces that of the catalogue, if any.
	title finding.Text
	// before is a clause before the quoted message, which replaces what explain says of the Stage.
	before finding.Text
	// means is one or two sentences after the quoted message; the zero Text if the message says enough.
	means finding.Text
	fix   []step
	// reference replaces that of the catalogue, if any.
	reference string
}

// step is an instruction with its command.
type step struct {
	todo finding.Text
	run  finding.Command
}

// produced are the findings of a client that got no credential from the program that should produce it.
var produced = []finding.ID{finding.ExecPluginFailed, finding.ExecPluginNoCredential, finding.LoginFailed, finding.AuthProviderFailed}

// attributed returns the messages with the findings that the whole text gives them: beside a failed exec plugin or auth
// provider, a failed login is that of the plugin, and a failed connection is the plugin's own. client-go sends no request
// without the credential.
func attributed(reasons []reason) []reason {
	producer, command := producerOf(reasons)
	if producer == "" {
		return reasons
	}
	connection := errortext.Key("plugin-connection")
	if slices.ContainsFunc(reasons, func(r reason) bool { return r.Key == "oidc-discovery" }) {
		connection = "oidc-discovery"
	}
	out := slices.Clone(reasons)
	for i, r := range out {
		r, ok := ofProducer(r, producer, connection)
		if ok && command != "" {
			r = with(r, "command", command)
		}
		out[i] = r
	}
	return out
}

// producerOf returns the finding about the program that should produce the credential, and the command of the exec plugin;
// "" if the text shows no such program.
func producerOf(reasons []reason) (producer finding.ID, command string) {
	for _, r := range reasons {
		switch {
		case r.Stage != errortext.Client && r.Stage != errortext.Plugin:
		case slices.Contains(r.IDs, finding.ExecPluginFailed):
			producer = finding.ExecPluginFailed
			if r.Values["command"] != "" {
				command = r.Values["command"]
			}
		case producer == "" && r.Stage == errortext.Client && slices.Contains(r.IDs, finding.AuthProviderFailed):
			producer = finding.AuthProviderFailed
		}
	}
	return producer, command
}

// ofProducer returns a message as one of the program that should produce the credential; false if it is not. The key of a
// failed connection is given.
func ofProducer(r reason, producer finding.ID, connection errortext.Key) (reason, bool) {
	var key errortext.Key
	switch {
	case r.Stage == errortext.Plugin && slices.Contains(r.IDs, finding.LoginFailed):
		r.IDs = []finding.ID{producer}
		return r, true
	case r.Stage == errortext.Plugin:
		return r, r.Values["service"] == errortext.ExecPlugin
	case r.Stage == errortext.Service && (len(r.IDs) == 0 || r.IDs[0] == finding.AnswerNotFromAPIServer):
		r.IDs = append([]finding.ID{producer}, r.IDs...)
		return r, true
	case producer != finding.ExecPluginFailed:
		return r, false
	case r.Stage == errortext.Transport && strings.Contains(r.Line, "failed with exit code "):
		// The client gave up the request while the plugin ran.
		r.Stage, r.Key, r.IDs, r.Wraps = errortext.Plugin, "plugin-said", []finding.ID{producer}, true
		return r, true
	case r.Stage == errortext.Transport && !ofRequest(r):
		key = connection
	case r.Stage == errortext.Request && r.Text == "Unauthorized" && !ofRequest(r):
		// Only the plugin's own request got an answer.
		key = "not-logged-in"
	case r.Stage == errortext.ServiceAccount && r.Until == "old" && !strings.Contains(r.Line, errortext.Refusal):
		key = "not-logged-in"
	case r.Stage == errortext.Client && slices.Contains(r.IDs, finding.ExecPluginNotFound) && !strings.Contains(r.Line, "getting credentials"):
		// The plugin itself was found.
		key = "plugin-misses-program"
	default:
		return r, false
	}
	r.Stage, r.Key, r.IDs, r.Values = errortext.Plugin, key, []finding.ID{producer}, service(errortext.ExecPlugin)
	return r, true
}

func service(name string) map[string]string { return map[string]string{"service": name} }

// ofRequest reports whether the line of a message is that of a client about its own request.
func ofRequest(r reason) bool {
	return slices.ContainsFunc([]string{"Unable to connect to the server: ", "The connection to the server ", "You must be logged in to the server", "Error from server", `"Status"`}, func(said string) bool {
		return strings.Contains(r.Line, said)
	})
}

// ofPlugin returns the meaning of a message of an exec plugin or of the tool that it runs.
func ofPlugin(r reason) finding.Text {
	text := clipped(strings.TrimRight(r.Text, ". "))
	if command := r.Values["command"]; command != "" {
		return withMeaning(finding.T("the exec plugin %q failed, so the client has no credential to send. The plugin's output: %s", finding.Program.Of(baseOf(command)), text), r)
	}
	return withMeaning(finding.T("the message of %s: %s", finding.Standard(r.Values["service"]), text), r)
}

// withMeaning adds the meaning of a message's Key.
func withMeaning(said finding.Text, r reason) finding.Text {
	if means := fixes()[r.Key].means; !means.IsZero() {
		return finding.T("%s. %s", said, means)
	}
	return said
}

// explanationOf returns the explanation of a message's Key, with the names in the message. It returns
// false if the message needs none.
func explanationOf(r reason) (explanation, bool) {
	e, ok := fixes()[r.Key]
	if r.Key == "no-kubeconfig" && r.holder == terraform {
		e.before, e.fix = finding.T("the Terraform provider found no usable kubeconfig and no host"), fixes()["no-host"].fix
	}
	if name := r.Values["context"]; name != "" {
		e.before = e.before.Replace("the context that the client was told to use", finding.T("the context %q", finding.Context.Of(name)))
	}
	name := finding.File.Of(cmp.Or(r.Values["file"], r.Values["path"]))
	if name.Value == "" {
		return e, ok
	}
	e.before = e.before.Replace("the kubeconfig", finding.T("%s", name))
	if strings.HasPrefix(name.Value, "-") || strings.Contains(name.Value, `\`) {
		return e, ok
	}
	e.fix = slices.Clone(e.fix)
	for i, s := range e.fix {
		e.fix[i].run = s.run.Map(func(word finding.Span) finding.Span {
			if word.Value == "KUBECONFIG-FILE" {
				return finding.T("%s", name).Spans()[0]
			}
			return word
		})
	}
	return e, ok
}

// withKeyFix adds the headline and the fix of a message's Key. It returns false if there are none.
func withKeyFix(f finding.Finding, r reason) (finding.Finding, bool) {
	e, ok := explanationOf(r)
	if !ok || !slices.Contains(r.IDs, f.ID) && r.Stage != errortext.Service {
		return f, false
	}
	switch {
	case e.title.IsZero():
	case f.ID == finding.ExecPluginFailed && r.Values["command"] != "":
		f.Title = finding.T("exec plugin %s: %s", finding.Program.Of(baseOf(r.Values["command"])), e.title)
	default:
		f.Title = e.title
	}
	f.Reference = cmp.Or(e.reference, f.Reference)
	if login := programs()[baseOf(r.Values["command"])].login; r.Key == "plugin-said" && !login.todo.IsZero() {
		e.fix = append(steps(login), e.fix...)
	}
	return asRead(withSteps(f, e.fix), r), true
}

// asRead adds what Microsoft Entra ID read in the token.
func asRead(f finding.Finding, r reason) finding.Finding {
	if r.Values["service"] != errortext.EntraID {
		return f
	}
	for _, claim := range []struct {
		key   string
		where finding.Text
		kind  finding.Kind
	}{
		{"issuer", finding.T("issuer that Entra ID read"), finding.Issuer},
		{"subject", finding.T("subject that Entra ID read"), finding.Subject},
		{"audience", finding.T("audience that Entra ID read"), finding.Audience},
	} {
		if value := r.Values[claim.key]; value != "" {
			f = f.SeenAt(claim.where, claim.kind.Of(value))
		}
	}
	return f
}

// ofExec returns the finding of client-go's own message about an exec plugin, with what the plugin's name and exit code add.
func ofExec(f finding.Finding, r reason) (finding.Finding, bool) {
	name := baseOf(r.Values["command"])
	if r.Stage != errortext.Client || name == "." || f.ID != finding.ExecPluginFailed && f.ID != finding.ExecPluginNotFound {
		return f, false
	}
	p, known := programs()[name]
	program := finding.Program.Of(name)
	switch {
	case f.ID == finding.ExecPluginNotFound:
		f.Title = finding.T("the exec plugin %s is not installed", program)
		if known {
			f = f.FixBy(p.install.todo, p.install.run)
		} else {
			f = f.FixBy(finding.T("Install the plugin. The `installHint` in the kubeconfig often has instructions."), finding.Run("kubectl config view --minify"))
		}
		return f.FixBy(finding.T("If the plugin is installed, the PATH of the program that failed does not have its folder. Write the plugin's full path into `command` of the kubeconfig's `exec` "+
			"section, or correct that PATH."), finding.Command{}), true
	case ofShell(r.Values["code"]):
		return ofShellCode(f, program, r.Values["code"]), true
	}
	f = ofExitCode(f, name, r.Values["code"])
	if r.before != "" {
		f = f.Saying(finding.T("%s. The text before this message may be the output of the plugin: %s", f.Detail, clipped(r.before)))
		return f.Fix("If the text before the message is the plugin's, correct what it names. Otherwise, run the command of the kubeconfig's `exec` section by hand, with its arguments and variables.",
			finding.Run("kubectl config view --minify")), true
	}
	return f.FixBy(finding.T("If that does not help, run the command of the kubeconfig's `exec` section by hand, with its arguments and variables. The plugin then prints the reason, which this text does not have."),
		finding.Run("kubectl config view --minify")), true
}

// outputBefore returns the last lines before the message of a client about a failed exec plugin: the plugin writes to the same
// terminal before the client. It returns "" if no such lines are there, or if other log lines are.
func outputBefore(text string, r errortext.Reason) string {
	const lines, line = 4, 200
	if r.Stage != errortext.Client || r.Values["code"] == "" || !slices.Contains(r.IDs, finding.ExecPluginFailed) {
		return ""
	}
	before, _, found := strings.Cut(text, r.Text)
	end := strings.LastIndexByte(before, '\n')
	if !found || end < 0 {
		return ""
	}
	var out []string
	for said := range strings.Lines(before[:end]) {
		said = strings.TrimSpace(said)
		switch {
		case clientLine().MatchString(said):
			// Another message of the client, or the prompt of a shell.
			out = nil
		case strings.ContainsFunc(said, unicode.IsLetter):
			out = append(out, finding.Truncate(said, line, "…"))
		}
	}
	return strings.Join(out[max(0, len(out)-lines):], " ")
}

// clientLine matches the beginning of a line that no plugin wrote: a client's log line, a command, or an answer.
var clientLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[IWEF]\d{4} |[$#%>❯➜] |\S+@\S+[:~]|kubectl |helm |terraform |Unable to connect to the server|Error from server|\{|"level"|level=|time=|[A-Z]+\s+NAMESPACE|NAME\s)`)
})

// ofShell reports whether an exit code is one with which shells report a program that does not run.
func ofShell(code string) bool { return code == "126" || code == "127" }

// ofShellCode adds the meaning and the fix of an exit code of ofShell.
func ofShellCode(f finding.Finding, program finding.Value, code string) finding.Finding {
	c := fixes()["plugin-permission"]
	if code == "127" {
		c = fixes()["plugin-misses-program"]
	}
	f.Title = finding.T("exec plugin %s: %s", program, c.title)
	return withSteps(f, c.fix).Saying(finding.T("%s. %s", f.Detail, c.means))
}

// ofExitCode adds what the name and the exit code of a plugin say: the meaning of the code, and the login of the plugin.
func ofExitCode(f finding.Finding, name, code string) finding.Finding {
	if code == "-1" || code == "137" {
		f = f.Saying(finding.T("%s. A signal stopped the plugin, for example for lack of memory or at a time limit", f.Detail))
	}
	if means, ok := awsExitCodes()[code]; ok && name == "aws" {
		f = f.Saying(finding.T("%s. %s", f.Detail, means))
	}
	f.Title = finding.T("the exec plugin %s failed", finding.Program.Of(name))
	if p := programs()[name]; !p.login.todo.IsZero() {
		f = f.FixBy(p.login.todo, p.login.run)
	}
	return f
}

// baseOf returns the name of a program, without its folder and the ending of Windows.
func baseOf(command string) string {
	return strings.TrimSuffix(path.Base(strings.ReplaceAll(command, `\`, "/")), ".exe")
}

// awsExitCodes is what the AWS CLI says with its exit code (its documentation, "return codes").
var awsExitCodes = sync.OnceValue(func() map[string]finding.Text {
	return map[string]finding.Text{
		"252": finding.T("With the exit code 252, the AWS CLI reports wrong arguments, or that it is too old for them"),
		"253": finding.T("With the exit code 253, the AWS CLI reports that its configuration is invalid or has no credentials"),
		"254": finding.T("With the exit code 254, the AWS CLI reports that AWS rejected the request"),
	}
})

// plugin is what is known of an exec plugin by its name.
type plugin struct{ login, install step }

// programs are the exec plugins of clouds and identity providers, by the name of the program.
var programs = sync.OnceValue(func() map[string]plugin {
	do := func(todo finding.Text, run finding.Command) step { return step{todo, run} }
	none := finding.Command{}
	awsLogin := do(finding.T("Log in to AWS again, with the profile that the kubeconfig uses. For keys without SSO, replace them with `aws configure`."), finding.Run("aws sso login"))
	gcloudLogin := do(finding.T("Log in to Google Cloud again."), finding.Run("gcloud auth login"))
	oidcInstall := do(finding.T("Install kubelogin (int128/kubelogin) as the kubectl plugin `oidc-login`."), finding.Run("kubectl krew install oidc-login"))
	oidcLogin := do(finding.T("Delete the cached tokens, so that the plugin logs in again with the next command."), finding.Run("kubectl oidc-login clean"))
	return map[string]plugin{
		"aws": {awsLogin, do(finding.T("Install the AWS CLI, version 2 (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html)."), none)},
		"aws-iam-authenticator": {awsLogin, do(finding.T("Write the kubeconfig again with the AWS CLI, which needs no aws-iam-authenticator. Or install it (`brew install aws-iam-authenticator`, or its releases on GitHub)."),
			finding.Run("aws eks update-kubeconfig --name CLUSTER"))},
		"gcloud": {gcloudLogin, do(finding.T("Install the Google Cloud CLI (https://cloud.google.com/sdk/docs/install)."), none)},
		"gke-gcloud-auth-plugin": {gcloudLogin, do(finding.T("Install the plugin. If the Google Cloud CLI comes from a package manager, install the package `google-cloud-cli-gke-gcloud-auth-plugin` instead."),
			finding.Run("gcloud components install gke-gcloud-auth-plugin"))},
		"kubelogin": {do(finding.T("Log in again. For AKS, the program is Azure's kubelogin, which often uses the login of the Azure CLI. For other clusters, the program is int128/kubelogin, whose cached tokens "+
			"`kubectl oidc-login clean` deletes."), finding.Run("az login")),
			do(finding.T("Two programs have the name kubelogin. For AKS (arguments such as `--server-id`), install Azure's. For arguments such as `--oidc-issuer-url`, run `kubectl krew install oidc-login` instead."),
				finding.Run("az aks install-cli"))},
		"kubectl-oidc_login": {oidcLogin, oidcInstall}, "kubectl-oidc-login": {oidcLogin, oidcInstall},
		"kubectl": {oidcLogin, do(finding.T("Install kubectl in the environment of the program that failed, with the plugin that the kubeconfig's `exec` section names (often `oidc-login`)."), none)},
		"az":      {do(finding.T("Log in to Azure again."), finding.Run("az login")), do(finding.T("Install the Azure CLI (https://learn.microsoft.com/cli/azure/install-azure-cli)."), none)},
		"doctl": {do(finding.T("Log in to DigitalOcean again."), finding.Run("doctl auth init")),
			do(finding.T("Install doctl (https://docs.digitalocean.com/reference/doctl/how-to/install/), and log in with `doctl auth init`."), none)},
		"oci": {do(finding.T("Renew the session of the OCI CLI, with the profile that the kubeconfig uses."), finding.Run("oci session authenticate")),
			do(finding.T("Install the OCI CLI (https://docs.oracle.com/iaas/Content/API/SDKDocs/cliinstall.htm)."), none)},
		"ibmcloud": {do(finding.T("Log in to IBM Cloud again, and write the kubeconfig with `ibmcloud ks cluster config --cluster CLUSTER`."), finding.Run("ibmcloud login")),
			do(finding.T("Install the IBM Cloud CLI with its plugin container-service (https://cloud.ibm.com/docs/cli)."), none)},
		"tsh": {do(finding.T("Log in to Teleport again, and write the kubeconfig with `tsh kube login CLUSTER`."), finding.Run("tsh login")),
			do(finding.T("Install the Teleport client tsh (https://goteleport.com/docs/installation/)."), none)},
		"pinniped": {do(finding.T("Run the command in a terminal, where Pinniped can prompt for a login. If the login still fails, ask for a new kubeconfig."), none),
			do(finding.T("Install the Pinniped CLI (https://pinniped.dev/docs/howto/install-cli/)."), none)},
		"tanzu": {do(finding.T("Log in to the Tanzu platform again."), finding.Run("tanzu login")), do(finding.T("Install the Tanzu CLI."), none)},
		"vault": {do(finding.T("Log in to Vault again."), finding.Run("vault login")), do(finding.T("Install Vault's command line (https://developer.hashicorp.com/vault/install)."), none)},
		"oc":    {do(finding.T("Log in to OpenShift again."), finding.Run("oc login")), do(finding.T("Install oc (https://mirror.openshift.com/pub/openshift-v4/clients/ocp/)."), none)},
		"yc":    {do(finding.T("Log in to Yandex Cloud again."), finding.Run("yc init")), do(finding.T("Install the Yandex Cloud CLI (https://yandex.cloud/docs/cli/quickstart)."), none)},
		"rancher": {do(finding.T("Log in to Rancher again."), finding.Run("rancher login")),
			do(finding.T("Install the Rancher CLI, or download a kubeconfig with a token from Rancher."), none)},
		"omnictl": {do(finding.T("Run the command in a terminal with a browser, and log in to Omni."), none), do(finding.T("Install omnictl, and the kubectl plugin `oidc-login`."), finding.Run("kubectl krew install oidc-login"))},
		"argocd-k8s-auth": {do(finding.T("Read the log of the Argo CD application controller: it has the reason beside the cluster's name. Check the identity of the controller's Pod in the cloud."),
			finding.Run("kubectl --namespace argocd get secrets --selector argocd.argoproj.io/secret-type=cluster")),
			do(finding.T("Use an image of Argo CD, version 2.3 or later: it contains argocd-k8s-auth."), none)},
		"ack-ram-authenticator": {do(finding.T("Check the Alibaba Cloud credentials of the program that failed."), finding.Run("aliyun configure list")),
			do(finding.T("Install ack-ram-tool and ack-ram-authenticator."), none)},
		"civo": {step{}, do(finding.T("Install the Civo CLI."), none)}, "linode-cli": {step{}, do(finding.T("Install the Linode CLI."), none)},
		"scw": {do(finding.T("Log in to Scaleway again."), finding.Run("scw init")), do(finding.T("Install the Scaleway CLI."), none)},
		"exo": {do(finding.T("Write the kubeconfig again with the Exoscale CLI."), none), do(finding.T("Install the Exoscale CLI."), none)},
	}
})
