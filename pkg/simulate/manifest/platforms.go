package manifest

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// isTalos recognizes a machine configuration of Talos, or a patch of one.
func isTalos(o object) bool {
	switch {
	case o.kind == "KubeAPIServerConfig", o.kind == "KubeAuthenticationConfig":
		return o.group == "" && o.member("apiVersion").text() == "v1alpha1"
	case o.kind != "":
		return false
	}
	return o.in("cluster.apiServer").exists() || o.in("cluster.controlPlane").exists() && o.member("machine").exists()
}

// The folders of kube-apiserver on a Talos machine.
const talosSecrets, talosConfig = "/system/secrets/kubernetes/kube-apiserver", "/system/config/kubernetes/kube-apiserver"

// talosOwned are the flags that Talos sets itself and rejects in extraArgs (github.com/siderolabs/talos
// internal/app/machined/pkg/controllers/k8s/control_plane_static_pod.go, mergePolicies).
var talosOwned = []string{
	"etcd-servers", "client-ca-file", "requestheader-client-ca-file", "proxy-client-cert-file", "proxy-client-key-file", "encryption-provider-config",
	"etcd-cafile", "etcd-certfile", "etcd-keyfile", "kubelet-client-certificate", "kubelet-client-key", "service-account-key-file",
	"service-account-signing-key-file", "tls-cert-file", "tls-private-key-file", "authorization-config",
}

// talos reads a machine configuration of Talos, and the documents of its newer form.
func (p *parser) talos(_ object, all []object) (*Launch, error) {
	l := &Launch{Form: finding.T("Talos machine configuration"), Program: "Talos", confined: true}
	endpoint := ""
	var env environment
	owned := slices.Clone(talosOwned)
	for _, o := range all {
		server := o.in("cluster.apiServer")
		switch {
		case o.kind == "KubeAPIServerConfig":
			server = o.value
			// The documents of Talos 1.15 take these flags out of extraArgs.
			owned = append(owned, "authentication-config")
		case o.kind == "KubeAuthenticationConfig":
			data, err := yaml.Marshal(o.member("configuration").resolved())
			if err == nil {
				at := path.Join(talosConfig, "authentication-config.yaml")
				l.write(at, data)
				l.Args = append(l.Args, Argument{Text: "--authentication-config=" + at, At: o.member("configuration").at})
			}
		}
		if v := o.in("cluster.controlPlane.endpoint").text(); v != "" {
			endpoint = v
		}
		if v := releaseOf(server.member("image").text()); v != "" {
			l.Release = v
		}
		for _, e := range server.member("env").members() {
			env = append(env, variable{name: e.name, value: e.text()})
		}
		for _, v := range server.member("extraVolumes").items() {
			l.mountHost(v.member("mountPath").text(), v.member("hostPath").text())
		}
		for _, f := range o.in("machine.files").items() {
			l.write(f.member("path").text(), []byte(f.member("content").text()))
		}
		l.flags(server.member("extraArgs"), "Talos")
	}
	for i, a := range l.Args {
		l.Args[i].Text, l.Args[i].Unknown = env.expand(a.Text)
		if name := flagOf(a.Text); slices.Contains(owned, name) && !strings.HasPrefix(a.At, "configuration") {
			l.fault(a.At, a.Text, finding.T("Talos sets %s itself and does not accept it in extraArgs", finding.Standard("--"+name)))
		}
	}
	if l.has("authentication-config") && l.in(talosConfig) {
		l.Args = slices.DeleteFunc(l.Args, func(a Argument) bool { return flagOf(a.Text) == "anonymous-auth" })
	} else {
		l.defaults("anonymous-auth", "false")
	}
	l.defaults(
		"client-ca-file", talosSecrets+"/ca.crt", "requestheader-client-ca-file", talosSecrets+"/aggregator-ca.crt",
		"requestheader-allowed-names", "front-proxy-client", "requestheader-extra-headers-prefix", "X-Remote-Extra-",
		"requestheader-group-headers", "X-Remote-Group", "requestheader-username-headers", "X-Remote-User",
		"enable-bootstrap-token-auth", "true", "service-account-key-file", talosSecrets+"/service-account.pub",
		"service-account-signing-key-file", talosSecrets+"/service-account.key", "tls-private-key-file", talosSecrets+"/apiserver.key",
	)
	l.defaults("authorization-mode", "Node,RBAC")
	if endpoint == "" {
		l.Partial = true
		l.note(finding.T("the document has no cluster.controlPlane.endpoint, which Talos uses as --service-account-issuer: the issuer of ServiceAccount tokens is not known"))
	} else {
		l.defaults("api-audiences", endpoint)
		// An issuer in extraArgs follows Talos' own.
		l.Args = append([]Argument{{Text: "--service-account-issuer=" + endpoint, At: "Talos's own", Default: true}}, l.Args...)
	}
	l.mountHost(talosSecrets, talosSecrets)
	l.mountHost(talosConfig, talosConfig)
	return l, nil
}

// in reports whether the document has a file below a folder.
func (l *Launch) in(folder string) bool {
	for name := range l.written {
		if _, ok := under(name, folder); ok {
			return true
		}
	}
	return false
}

// kopsFlags are the fields of kubeAPIServer that concern authentication, with their flags (k8s.io/kops
// pkg/apis/kops/componentconfig.go).
var kopsFlags = map[string]string{
	"anonymousAuth": "anonymous-auth", "apiAudiences": "api-audiences", "authenticationConfigFile": "authentication-config",
	"authenticationTokenWebhookConfigFile": "authentication-token-webhook-config-file", "authenticationTokenWebhookCacheTtl": "authentication-token-webhook-cache-ttl",
	"authorizationMode": "authorization-mode", "clientCAFile": "client-ca-file", "enableBootstrapTokenAuth": "enable-bootstrap-token-auth",
	"experimentalEncryptionProviderConfig": "encryption-provider-config",
	"oidcCAFile":                           "oidc-ca-file", "oidcClientID": "oidc-client-id", "oidcGroupsClaim": "oidc-groups-claim", "oidcGroupsPrefix": "oidc-groups-prefix",
	"oidcIssuerURL": "oidc-issuer-url", "oidcRequiredClaim": "oidc-required-claim", "oidcUsernameClaim": "oidc-username-claim", "oidcUsernamePrefix": "oidc-username-prefix",
	"oidcSigningAlgs":           "oidc-signing-algs",
	"requestheaderAllowedNames": "requestheader-allowed-names",
	"requestheaderClientCAFile": "requestheader-client-ca-file", "requestheaderExtraHeaderPrefixes": "requestheader-extra-headers-prefix",
	"requestheaderGroupHeaders": "requestheader-group-headers", "requestheaderUsernameHeaders": "requestheader-username-headers",
	"serviceAccountIssuer": "service-account-issuer", "additionalServiceAccountIssuers": "service-account-issuer", "serviceAccountJWKSURI": "service-account-jwks-uri",
	"serviceAccountKeyFile": "service-account-key-file", "serviceAccountSigningKeyFile": "service-account-signing-key-file",
	"tokenAuthFile":            "token-auth-file",
	"egressSelectorConfigFile": "egress-selector-config-file",
}

// repeated are the flags that take one value each time.
var repeated = []string{"oidc-required-claim", "service-account-issuer", "service-account-key-file"}

// kops reads a Cluster of kops (k8s.io/kops nodeup/pkg/model/kube_apiserver.go).
func (p *parser) kops(o object, _ []object) (*Launch, error) {
	if o.kind != "Cluster" {
		return nil, nil
	}
	l := &Launch{Form: finding.T("kops Cluster"), Program: "kops", Partial: true, Release: releaseOf(":" + o.in("spec.kubernetesVersion").text())}
	for _, e := range o.in("spec.kubeAPIServer").members() {
		name, ok := kopsFlags[e.name]
		switch {
		case !ok && e.name == "featureGates":
			var gates []string
			for _, g := range e.members() {
				gates = append(gates, g.name+"="+g.text())
			}
			l.Args = append(l.Args, Argument{Text: "--feature-gates=" + strings.Join(gates, ","), At: e.at})
		case !ok:
		default:
			l.join(name, e.value)
		}
	}
	for _, e := range o.in("spec.authentication.oidc").members() {
		if name, ok := kopsOIDC[e.name]; ok {
			l.join(name, e.value)
		}
	}
	for _, f := range o.in("spec.fileAssets").items() {
		data := []byte(f.member("content").text())
		if f.member("isBase64").text() == "true" {
			data = decoded(data, "base64")
		}
		at := f.member("path").text()
		if at == "" {
			at = "/srv/kubernetes/assets/" + f.member("name").text()
		}
		l.write(at, data)
	}
	if o.in("spec.authentication.aws").node != nil {
		l.defaults("authentication-token-webhook-config-file", "/etc/kubernetes/authn.config")
	}
	if !l.has("authentication-config") {
		l.defaults("anonymous-auth", "false")
	}
	const folder = "/srv/kubernetes/kube-apiserver/"
	l.defaults("client-ca-file", "/srv/kubernetes/ca.crt", "service-account-key-file", folder+"service-account.pub",
		"requestheader-client-ca-file", folder+"apiserver-aggregator-ca.crt", "requestheader-allowed-names", "aggregator",
		"requestheader-extra-headers-prefix", "X-Remote-Extra-", "requestheader-group-headers", "X-Remote-Group", "requestheader-username-headers", "X-Remote-User")
	if !l.has("service-account-issuer") {
		l.note(finding.T("kops derives --service-account-issuer from the cluster's name and its discovery store: the issuer of ServiceAccount tokens is not known"))
	}
	return l, nil
}

var kopsOIDC = map[string]string{
	"issuerURL": "oidc-issuer-url", "clientID": "oidc-client-id", "usernameClaim": "oidc-username-claim", "usernamePrefix": "oidc-username-prefix",
	"groupsClaims": "oidc-groups-claim", "groupsClaim": "oidc-groups-claim", "groupsPrefix": "oidc-groups-prefix", "requiredClaims": "oidc-required-claim",
}

// join adds a flag whose value may be a list or a map.
func (l *Launch) join(name string, v value) {
	var texts []string
	for _, item := range v.items() {
		texts = append(texts, item.text())
	}
	for _, e := range v.members() {
		texts = append(texts, e.name+"="+e.text())
	}
	if v.isScalar() {
		texts = []string{v.text()}
	}
	if !slices.Contains(repeated, name) {
		texts = []string{strings.Join(texts, ",")}
	}
	for _, t := range texts {
		l.Args = append(l.Args, Argument{Text: "--" + name + "=" + t, At: v.at})
	}
}

// extraArgsAt are the places of kube-apiserver's arguments in the objects of other programs, with the program that adds its own.
var extraArgsAt = []struct{ kind, at, program string }{
	{"ClusterConfig", "spec.api.extraArgs", "k0s"},
	{"K0sControlPlane", "spec.k0sConfigSpec.k0s.spec.api.extraArgs", "k0s"},
	{"K0smotronControlPlane", "spec.k0sConfig.spec.api.extraArgs", "k0s"},
	{"Cluster", "spec.k0sConfig.spec.api.extraArgs", "k0s"},
	{"Cluster", "spec.api.extraArgs", "k0s"},
	{"TenantControlPlane", "spec.controlPlane.deployment.extraArgs.apiServer", "Kamaji"},
	{"KamajiControlPlane", "spec.apiServer.extraArgs", "Kamaji"},
	{"Cluster", "spec.rkeConfig.machineGlobalConfig.kube-apiserver-arg", "rke2"},
	{"RKE2ControlPlane", "spec.serverConfig.kubeAPIServer.extraArgs", "rke2"},
	{"RKE2ControlPlaneTemplate", "spec.template.spec.serverConfig.kubeAPIServer.extraArgs", "rke2"},
	{"KThreesControlPlane", "spec.kthreesConfigSpec.serverConfig.kubeAPIServerArg", "k3s"},
	{"", "services.kube-api.extra_args", "RKE"},
	{"", "rancher_kubernetes_engine_config.services.kube-api.extra_args", "RKE"},
	{"", "controlPlane.distro.k8s.apiServer.extraArgs", "vcluster"},
	{"", "cluster.apiServer.extraArgs", "Talos"},
}

func isExtraArgs(o object) bool {
	return slices.ContainsFunc(extraArgsAt, func(f struct{ kind, at, program string }) bool { return f.kind == o.kind && o.in(f.at).exists() })
}

// extraArgs reads the arguments in the objects of other programs.
func (p *parser) extraArgs(o object, _ []object) (*Launch, error) {
	for _, f := range extraArgsAt {
		args := o.in(f.at)
		if f.kind != o.kind || !args.exists() {
			continue
		}
		l := &Launch{Form: finding.T("configuration of %s", finding.Syntax(f.program)), Program: f.program, Partial: true, Release: releaseOf(":" + o.in("spec.kubernetes.version").text())}
		switch f.program {
		case "k3s", "rke2":
			settings := rancherSettings{"kube-apiserver-arg": args.items()}
			if args.isScalar() {
				settings["kube-apiserver-arg"] = []value{args}
			}
			l.Partial = false
			return p.rancherLaunch(l, f.program, settings)
		case "Kamaji":
			// Kamaji starts the API server with kubeadm's arguments.
			l.flags(args, f.program)
			k := &Launch{Form: l.Form, Args: l.Args, Faults: l.Faults, Release: l.Release}
			p.kubeadm(k, nil)
			k.Program, k.confined = f.program, false
			return k, nil
		}
		l.flags(args, f.program)
		l.note(finding.T("%s adds arguments of its own that are not known here: only the arguments in the document are used", finding.Syntax(f.program)))
		return l, nil
	}
	return nil, nil
}

// shoot reads a Shoot of Gardener.
func (p *parser) shoot(o object, _ []object) (*Launch, error) {
	server := o.in("spec.kubernetes.kubeAPIServer")
	l := &Launch{Form: finding.T("Gardener Shoot"), Program: "Gardener", Partial: true, Release: releaseOf(":" + o.in("spec.kubernetes.version").text())}
	oidc := server.member("oidcConfig")
	for _, e := range oidc.members() {
		if name, ok := shootFlags[e.name]; ok {
			l.join(name, e.value)
		}
	}
	if ca := oidc.member("caBundle").text(); ca != "" {
		l.write("/srv/kubernetes/oidc/ca.crt", []byte(ca))
		l.Args = append(l.Args, Argument{Text: "--oidc-ca-file=/srv/kubernetes/oidc/ca.crt", At: oidc.member("caBundle").at})
	}
	if name := server.in("structuredAuthentication.configMapName"); name.exists() {
		l.mounts = append(l.mounts, mount{container: "/etc/kubernetes/structured/authentication", unknown: finding.T("the ConfigMap %s, which was not given", finding.ConfigMap.Of(name.text()))})
		if found, ok := p.find("ConfigMap", "", name.text()); ok {
			l.mounts = []mount{{container: "/etc/kubernetes/structured/authentication", files: contents(found)}}
		}
		l.Args = append(l.Args, Argument{Text: "--authentication-config=/etc/kubernetes/structured/authentication/config.yaml", At: name.at})
	}
	if e := server.member("enableAnonymousAuthentication"); e.exists() {
		l.Args = append(l.Args, Argument{Text: "--anonymous-auth=" + e.text(), At: e.at})
	} else if !l.has("authentication-config") {
		l.defaults("anonymous-auth", "false")
	}
	l.note(finding.T("Gardener adds arguments of its own that are not known here: only the arguments in the document are used"))
	return l, nil
}

var shootFlags = map[string]string{
	"issuerURL": "oidc-issuer-url", "clientID": "oidc-client-id", "usernameClaim": "oidc-username-claim", "usernamePrefix": "oidc-username-prefix",
	"groupsClaim": "oidc-groups-claim", "groupsPrefix": "oidc-groups-prefix", "requiredClaims": "oidc-required-claim", "signingAlgs": "oidc-signing-algs",
}

// isOpenShift recognizes the configuration of OpenShift's kube-apiserver.
func isOpenShift(o object) bool {
	return o.member("apiServerArguments").isMap()
}

// openShift reads a KubeAPIServerConfig of OpenShift, as HyperShift has it in the ConfigMap kas-config.
func (p *parser) openShift(o object, _ []object) (*Launch, error) {
	l := &Launch{Form: finding.T("OpenShift KubeAPIServerConfig"), Program: "OpenShift"}
	l.flags(o.member("apiServerArguments"), "OpenShift")
	return l, nil
}

// openShiftConfig reads the arguments in the file of --openshift-config.
func (p *parser) openShiftConfig(l *Launch) {
	name := l.get("openshift-config")
	if name == "" {
		return
	}
	l.Program, l.Partial = "OpenShift", true
	l.Args = slices.DeleteFunc(l.Args, func(a Argument) bool { return flagOf(a.Text) == "openshift-config" })
	if data := l.Locate(name).Data; data != nil {
		if docs, err := documents(data); err == nil && len(docs) == 1 {
			l.flags(docs[0].member("apiServerArguments"), "OpenShift")
			l.Partial = false
			return
		}
	}
	l.note(finding.T("the arguments in the file of --openshift-config are not known: give its ConfigMap with --objects"))
}

// fragments are the places of arguments in a part of a document that has no kind.
var fragments = []struct{ at, program string }{
	{"apiServer", "kubeadm"}, {"clusterConfiguration.apiServer", "kubeadm"}, {"kubeadmConfigSpec.clusterConfiguration.apiServer", "kubeadm"},
	{"spec.kubeadmConfigSpec.clusterConfiguration.apiServer", "kubeadm"}, {"spec.kubeAPIServer", "kops"}, {"kubeAPIServer", "kops"},
}

// isFragment recognizes a part of a document: a list of arguments, or the settings of an API server.
func isFragment(o object) bool {
	if o.kind != "" {
		return false
	}
	for _, f := range fragments {
		if o.in(f.at).isMap() {
			return true
		}
	}
	return len(argumentsIn(o.value)) > 0
}

// argumentsIn returns the items of a list of arguments.
func argumentsIn(v value) []value {
	for _, item := range v.items() {
		if strings.HasPrefix(item.text(), "--") {
			return v.items()
		}
	}
	return nil
}

// fragment reads a part of a document.
func (p *parser) fragment(o object, _ []object) (*Launch, error) {
	for _, f := range fragments {
		v := o.in(f.at)
		if !v.isMap() {
			continue
		}
		if f.program == "kops" {
			return p.kops(object{nested("/spec/kubeAPIServer", v), "Cluster", "kops.k8s.io"}, nil)
		}
		if !v.member("extraArgs").exists() {
			continue
		}
		l := &Launch{Form: finding.T("part of a kubeadm configuration")}
		p.kubeadm(l, []value{nested("/apiServer", v)})
		return l, nil
	}
	l := &Launch{Form: finding.T("list of arguments"), Partial: true}
	for _, item := range argumentsIn(o.value) {
		if a := l.item(item, nil); strings.HasPrefix(a.Text, "-") {
			l.Args = append(l.Args, a)
		}
	}
	if len(l.Args) == 0 {
		return nil, nil
	}
	return l, nil
}

// isCompose recognizes a file of docker compose.
func isCompose(o object) bool { return o.kind == "" && o.member("services").isMap() }

// compose reads the services of a compose file.
func (p *parser) compose(o object, _ []object) (*Launch, error) {
	for _, s := range o.member("services").members() {
		l := &Launch{Form: finding.T("compose file"), Release: releaseOf(s.member("image").text()), confined: true}
		var env environment
		for _, e := range s.member("environment").members() {
			env = append(env, variable{name: e.name, value: e.text()})
		}
		var words []Argument
		for _, name := range []string{"entrypoint", "command"} {
			v := s.member(name)
			for _, item := range v.items() {
				words = append(words, l.item(item, nil))
			}
			if v.isScalar() {
				for _, w := range unitWords(v.text()) {
					words = append(words, Argument{Text: w, At: v.at})
				}
			}
		}
		if len(words) > 0 && words[0].Text == "server" && strings.Contains(s.member("image").text(), "k3s") {
			words = append([]Argument{{Text: "k3s"}}, words...)
		}
		c := p.callOf(words, env)
		if c == nil {
			continue
		}
		for _, v := range s.member("volumes").items() {
			host, rest, ok := strings.Cut(v.text(), ":")
			container, _, _ := strings.Cut(rest, ":")
			if v.isMap() {
				host, container, ok = v.member("source").text(), v.member("target").text(), true
			}
			if ok {
				l.mountHost(container, host)
			}
		}
		return p.launch(l, c)
	}
	return nil, nil
}

// isCloudConfig recognizes the user data of cloud-init.
func isCloudConfig(o object) bool { return o.kind == "" && o.member("write_files").isList() }

// cloudConfig reads the files that cloud-init writes.
func (p *parser) cloudConfig(o object, _ []object) (*Launch, error) {
	files := o.member("write_files")
	for _, f := range files.items() {
		data := decoded([]byte(f.member("content").text()), f.member("encoding").text())
		if !mentionsAPIServer(data) {
			continue
		}
		if launch, err := p.parse(data); err == nil {
			p.hostFiles(launch, o, files)
			return launch.within(f.member("content").at), nil
		}
	}
	return nil, nil
}

// minikube reads the flags of `minikube start`: --extra-config=apiserver.NAME=VALUE is an argument of kube-apiserver.
func minikube(l *Launch, args []Argument) *Launch {
	l.Form, l.Program, l.Partial = finding.T("configuration of minikube"), "minikube", true
	for i, a := range args {
		flag, text, joined := strings.Cut(a.Text, "=")
		if !joined && i+1 < len(args) {
			text = args[i+1].Text
		}
		switch flag {
		case "--extra-config":
			if argument, ok := strings.CutPrefix(text, "apiserver."); ok {
				l.Args = append(l.Args, Argument{Text: "--" + argument, At: a.At, Unknown: a.Unknown})
			}
		case "--kubernetes-version":
			l.Release = releaseOf(":" + text)
		}
	}
	l.note(finding.T("minikube adds arguments of its own that are not known here: only the arguments in the command are used"))
	return l
}
