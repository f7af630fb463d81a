package cmd

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/kubeconfig"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/resolve"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate"
)

const (
	noFiles = cobra.ShellCompDirectiveNoFileComp
	noSpace = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	ordered = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	anyFile = cobra.ShellCompDirectiveDefault
)

// mostWords is the greatest number of completions, because the scripts of the shells process them
// one by one.
const mostWords = 500

// word is a completion and its description.
type word struct{ text, about string }

// completer completes the words of a command line.
type completer struct {
	connector *connector
	// caller returns the client that asks the cluster; nil if the cluster cannot be asked.
	caller func(context.Context) *cluster.Caller
}

// addCompletions registers the completion of each flag and argument. A flag without one completes
// nothing, not even file names.
func addCompletions(root *cobra.Command, from *connector) {
	root.CompletionOptions.SetDefaultShellCompDirective(noFiles)
	var once sync.Once
	var caller *cluster.Caller
	k := &completer{connector: from, caller: func(ctx context.Context) *cluster.Caller {
		once.Do(func() {
			// A completion sends no credential over plain HTTP.
			if c, err := from.caller(ctx); err == nil && !c.PlainHTTP() {
				caller = c
			}
		})
		return caller
	}}
	byFlag := k.flags()
	for _, c := range append(root.Commands(), root) {
		c.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			complete := byFlag[f.Name]
			if complete == nil && f.Value.Type() == "bool" {
				complete = these(word{"true", ""}, word{"false", ""})
			}
			if complete != nil {
				_ = c.RegisterFlagCompletionFunc(f.Name, complete)
			}
		})
		switch {
		case c.Name() == "call":
			c.ValidArgsFunction = k.afterURL
		case c.Annotations[credentialArgument] == takesCredential:
			c.ValidArgsFunction = k.credential
		case c.Name() == "mint":
			c.ValidArgsFunction = k.serviceAccount
		}
	}
}

// flags returns the completion of each flag by its name, which means the same in all commands.
func (k *completer) flags() map[string]cobra.CompletionFunc {
	certificates := files("pem", "crt", "cer", "cert")
	keys := files("pem", "key", "pub", "crt", "cer", "cert")
	manifests := files("yaml", "yml", "json")
	return map[string]cobra.CompletionFunc{
		"kubeconfig": files(), "context": k.contexts, "cluster": k.clusters, "user": k.users, "server": k.servers,
		"namespace": k.namespaces, "as": k.identities, "as-group": k.groups,
		"certificate-authority": certificates, "client-certificate": certificates, "client-key": keys,
		"color": these(word{"auto", "on a terminal, unless NO_COLOR is set"}, word{"always", ""}, word{"never", ""}),
		"v": these(word{"0", "nothing"}, word{"6", "each request and its status"}, word{"7", "with headers"},
			word{"8", "with shortened bodies"}, word{"9", "with full bodies, secrets redacted"}),

		"output": formats, "template": files(),
		"filename": files(), "user-context": k.userContexts, "container": k.containers, "path": k.paths,
		"audience": k.audiences, "api-audiences": k.audiences, "issuer": k.issuers, "issuer-url": k.issuers, "service-account-issuer": k.issuers,
		"endpoint": k.endpoints, "log": files(), "report": files("json"), "ca-file": certificates, "public-key": keys, "jwks": files("json", "jwks"),

		"mode":           these(word{"review", "ask the API server"}, word{"keys", "offline, with given keys"}, word{"discovery", "offline, with the issuer's keys"}, word{"review+keys", "reject offline, ask about the rest"}),
		"reason":         these(word{"code", "the finding's ID and title"}, word{"text", "with the API server's error message"}, word{"none", "the status alone"}),
		"success-status": these(word{"200", ""}, word{"202", ""}, word{"204", "not for Envoy"}),
		"from-env":       these(word{"authservice", "arrikto/oidc-authservice"}),
		"tls-cert":       certificates, "tls-key": keys, "client-ca": certificates,
		"username-claim": these(word{"sub", ""}, word{"email", "must be verified"}, word{"preferred_username", ""}),
		"path-header":    these(word{"X-Original-URI", "nginx"}, word{"X-Forwarded-Uri", "Caddy, Traefik"}),
		"user-header":    these(word{"kubeflow-userid", ""}, word{"X-Remote-User", ""}, word{"X-Auth-Request-User", ""}),
		"groups-header":  these(word{"kubeflow-groups", ""}, word{"X-Remote-Group", ""}, word{"X-Auth-Request-Groups", ""}),
		"method":         these(word{"GET", "the default"}, word{"HEAD", ""}, word{"POST", ""}), "every": these(word{"5s", ""}, word{"1m", ""}),

		"duration":          these(word{"10m", "the minimum"}, word{"1h", "the default"}, word{"24h", "if the API server grants it"}),
		"bound-object-kind": these(word{"Pod", "valid as long as the Pod exists"}, word{"Secret", "valid as long as the Secret exists"}, word{"Node", "valid as long as the Node exists (v1.31 and later)"}),
		"bound-object-name": k.boundObjects, "bound-object-uid": k.boundUID,

		"authentication-config": manifests, "manifest": manifests, "against": manifests, "objects": manifests, "claims": manifests,
		"root":               cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		"kubernetes-version": releases,
		"client-ca-file":     certificates, "oidc-ca-file": certificates, "requestheader-client-ca-file": certificates,
		"service-account-key-file": keys, "service-account-signing-key-file": keys, "tls-private-key-file": keys,
		"service-account-signing-endpoint": files(), "token-auth-file": files("csv"),
		"authentication-token-webhook-config-file": files(),
		"authentication-token-webhook-version":     these(word{"v1", ""}, word{"v1beta1", "kube-apiserver's default"}),
		"authorization-mode":                       listOf("AlwaysAllow", "AlwaysDeny", "ABAC", "Webhook", "RBAC", "Node"),
		"oidc-signing-algs":                        listOf("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"),
		"oidc-username-claim":                      these(word{"sub", ""}, word{"email", "must be verified"}, word{"preferred_username", ""}),
		"oidc-username-prefix":                     these(word{"oidc:", ""}, word{"-", "no prefix"}),
		"oidc-groups-claim":                        these(word{"groups", ""}, word{"roles", ""}),
		"oidc-groups-prefix":                       these(word{"oidc:", ""}),
		"requestheader-username-headers":           listOf("X-Remote-User"),
		"requestheader-uid-headers":                listOf("X-Remote-Uid"),
		"requestheader-group-headers":              listOf("X-Remote-Group"),
		"requestheader-extra-headers-prefix":       listOf("X-Remote-Extra-"),
	}
}

// offer returns the words that begin with typed. Names come from kubeconfigs and servers, so it
// omits words that a shell would change or run.
func offer(typed string, words []word) []string {
	var out []string
	for _, w := range words {
		if !strings.HasPrefix(w.text, typed) || finding.Word(w.text) != w.text && w.text != "-" || len(out) > mostWords {
			continue
		}
		if about := escape.Text(w.about); about != "" && !strings.ContainsAny(about, "$`") {
			out = append(out, cobra.CompletionWithDesc(w.text, about))
		} else {
			out = append(out, w.text)
		}
	}
	return out
}

// these completes a fixed set of words.
func these(words ...word) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return offer(typed, words), ordered
	}
}

// listOf completes a list of words, separated by commas.
func listOf(words ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := typed[:strings.LastIndexByte(typed, ',')+1]
		var out []word
		for _, w := range words {
			if !slices.Contains(strings.Split(before, ","), w) {
				out = append(out, word{before + w, ""})
			}
		}
		return offer(typed, out), ordered
	}
}

// files completes files with one of the extensions, or all files.
func files(extensions ...string) cobra.CompletionFunc {
	if len(extensions) == 0 {
		return cobra.FixedCompletions(nil, anyFile)
	}
	return cobra.FixedCompletions(extensions, cobra.ShellCompDirectiveFilterFileExt)
}

// formats completes the output formats of the command, which are an annotation of its flag
// --output.
func formats(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	about := map[string]string{
		output.Text: "a report for the terminal", output.Markdown: "a report for a ticket", "jwks": "the key set alone", "pem": "the public keys alone", "json": "the object as JSON", "yaml": "the object as YAML",
		"jsonpath": "a JSONPath expression", "jsonpath-as-json": "a JSONPath expression, the result as JSON", "go-template": "a Go template",
		"jsonpath-file": "a JSONPath expression in a file", "go-template-file": "a Go template in a file",
	}
	name, _, templated := strings.Cut(typed, "=")
	if templated {
		if strings.HasSuffix(name, "-file") {
			return nil, anyFile
		}
		return nil, noFiles
	}
	var out []word
	for _, name := range c.Flags().Lookup("output").Annotations[output.FormatsAnnotation] {
		text := name
		if strings.HasPrefix(name, "jsonpath") || strings.HasPrefix(name, "go-template") {
			text += "="
		}
		out = append(out, word{text, about[name]})
	}
	directive, words := ordered, offer(typed, out)
	if !slices.ContainsFunc(words, func(w string) bool { text, _, _ := strings.Cut(w, "\t"); return !strings.HasSuffix(text, "=") }) {
		directive |= cobra.ShellCompDirectiveNoSpace
	}
	return words, directive
}

func releases(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var out []word
	for _, m := range simulate.Releases() {
		out = append(out, word{m.String(), ""})
	}
	return offer(typed, out), ordered
}

// config returns the kubeconfig that the command line names; empty if it cannot be loaded.
func (k *completer) config() clientcmdapi.Config {
	raw, _ := k.connector.kubeconfig().RawConfig()
	return raw
}

func (k *completer) contexts(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return offer(typed, sorted(contextsOf(k.config(), ""))), noFiles
}

// contextsOf returns the contexts of a kubeconfig, with the prefix before.
func contextsOf(config clientcmdapi.Config, before string) (out []word) {
	for name, c := range config.Contexts {
		about := "cluster " + c.Cluster + ", user " + c.AuthInfo
		if c.Namespace != "" {
			about += ", namespace " + c.Namespace
		}
		if name == config.CurrentContext {
			about = "current: " + about
		}
		out = append(out, word{before + name, about})
	}
	return out
}

// userContexts completes the contexts of the kubeconfig in -f. It reads only a regular file,
// because a pipe can be read only once.
func (k *completer) userContexts(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	f := c.Flags().Lookup("filename")
	if f == nil {
		return nil, noFiles
	}
	files, name := k.connector.inputs.files, f.Value.String()
	if info, err := files.Stat(name); name == "" || err != nil || !info.Mode().IsRegular() {
		return nil, noFiles
	}
	config, err := kubeconfig.Read(files, name)
	if err != nil {
		return nil, noFiles
	}
	return offer(typed, sorted(contextsOf(*config, ""))), noFiles
}

func (k *completer) clusters(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var out []word
	for name, c := range k.config().Clusters {
		out = append(out, word{name, withoutPassword(c.Server)})
	}
	return offer(typed, sorted(out)), noFiles
}

func (k *completer) servers(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var out []word
	for name, c := range k.config().Clusters {
		out = append(out, word{withoutPassword(c.Server), "cluster " + name})
	}
	return offer(typed, sorted(out)), noFiles
}

// withoutPassword returns a URL without user and password.
func withoutPassword(written string) string {
	u, err := url.Parse(written)
	if err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}

func (k *completer) users(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var out []word
	for name, u := range k.config().AuthInfos {
		about := "no credential"
		switch {
		case len(u.ClientCertificateData) > 0, u.ClientCertificate != "":
			about = "client certificate"
		case u.TokenFile != "":
			about = "token in a file"
		case u.Token != "":
			about = "token"
		case u.Exec != nil:
			about = "exec plugin " + filepath.Base(u.Exec.Command)
		case u.Username != "":
			about = "user name and password"
		}
		out = append(out, word{name, about})
	}
	return offer(typed, sorted(out)), noFiles
}

func sorted(words []word) []word {
	slices.SortFunc(words, func(a, b word) int { return strings.Compare(a.text, b.text) })
	return words
}

// list completes the objects of a namespace (empty: of the cluster), with the prefix before. If the
// list is truncated, its first word is typed itself, so that the shell does not complete the common
// prefix of an incomplete list.
func (k *completer) list(ctx context.Context, namespace, resource, selector, before, typed string, about func(cluster.Row) string) []string {
	start, ok := strings.CutPrefix(typed, before)
	if caller := k.caller(ctx); caller != nil && ok {
		rows, cut, _ := caller.List(ctx, namespace, resource, selector, func(name string) bool { return strings.HasPrefix(name, start) && finding.ObjectName(name) }, mostWords)
		var out []word
		if cut && typed != "" {
			out = append(out, word{typed, fmt.Sprintf("more than %d names, type more letters", len(rows))})
		}
		for _, r := range rows {
			out = append(out, word{before + r.Name, about(r)})
		}
		return offer(typed, out)
	}
	return nil
}

// inNamespace is list for the namespace of the command line.
func (k *completer) inNamespace(ctx context.Context, resource, selector, before, typed string, about func(cluster.Row) string) []string {
	namespace, err := k.connector.namespace()
	if err != nil {
		return nil
	}
	return k.list(ctx, namespace, resource, selector, before, typed, about)
}

// age returns a description: the known facts and the age of an object.
func age(r cluster.Row, known ...string) string {
	if a := r.Cells["Age"]; a != "" && !strings.HasPrefix(a, "<") {
		known = append(known, "age "+a)
	}
	return strings.Join(slices.DeleteFunc(known, func(s string) bool { return s == "" }), ", ")
}

func ofAge(r cluster.Row) string { return age(r) }
func withReady(r cluster.Row) string {
	if ready := r.Cells["Ready"]; ready != "" {
		return age(r, ready+" ready")
	}
	return age(r)
}
func withStatus(r cluster.Row) string { return age(r, r.Cells["Status"]) }

func (k *completer) namespaces(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return k.list(c.Context(), "", "namespaces", "", "", typed, withStatus), noFiles
}

// credentialTypes are the types of CREDENTIAL. Short names are completed only after the first
// letter.
var credentialTypes = []string{
	"context", "secret", "serviceaccount", "sa", "pod", "deployment", "statefulset", "sts", "daemonset", "ds", "replicaset", "rs", "job", "cronjob", "cj",
}

// aboutType returns the description of a type of CREDENTIAL.
func aboutType(kind finding.Kind) string {
	switch kind {
	case finding.Context:
		return "what a context of the kubeconfig sends"
	case finding.Secret:
		return "the token in a Secret"
	case finding.ServiceAccount:
		return "a new ten-minute token of a ServiceAccount"
	case finding.Pod:
		return "the tokens of a Pod; with --exec, as its containers have them"
	}
	return "the tokens of the newest running Pod of a " + resolve.Title(kind)
}

// credential completes CREDENTIAL: first the type, then the name, after a slash or as a separate
// word.
// afterURL completes the credential after the URL of call.
func (k *completer) afterURL(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, noFiles
	}
	return k.credential(c, args[1:], typed)
}

func (k *completer) credential(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if slices.ContainsFunc([]string{"filename", "error", "log", "report"}, c.Flags().Changed) {
		return nil, noFiles
	}
	if len(args) > 0 {
		if len(args) > 1 {
			return nil, noFiles
		}
		return k.named(c, resolve.KindOf(args[0]), "", typed)
	}
	written, _, named := strings.Cut(typed, "/")
	if named {
		return k.named(c, resolve.KindOf(written), written+"/", typed)
	}
	var kinds []word
	for _, name := range credentialTypes {
		if len(name) > 3 || name == "pod" || name == "job" || typed != "" {
			kinds = append(kinds, word{name + "/", aboutType(resolve.KindOf(name))})
		}
	}
	if typed == "" {
		kinds = append(kinds, word{"-", "standard input"})
	}
	return offer(typed, kinds), noSpace | ordered
}

// named completes the name of a credential of a kind, with the prefix before.
func (k *completer) named(c *cobra.Command, kind finding.Kind, before, typed string) ([]string, cobra.ShellCompDirective) {
	ctx := c.Context()
	switch kind {
	case finding.Context:
		return offer(typed, sorted(contextsOf(k.config(), before))), noFiles
	case finding.Secret:
		return k.tokens(ctx, before, typed), noFiles
	case finding.ServiceAccount:
		return k.inNamespace(ctx, "serviceaccounts", "", before, typed, ofAge), noFiles
	case finding.Pod:
		return k.inNamespace(ctx, "pods", "", before, typed, withStatus), noFiles
	}
	if !resolve.IsWorkload(kind) {
		return nil, noFiles
	}
	return k.inNamespace(ctx, string(kind)+"s."+cluster.WorkloadGroup(kind), "", before, typed, withReady), noFiles
}

// tokens completes the Secrets that contain a token.
func (k *completer) tokens(ctx context.Context, before, typed string) []string {
	out := k.inNamespace(ctx, "secrets", "type=kubernetes.io/service-account-token", before, typed, func(r cluster.Row) string { return age(r, "ServiceAccount token") })
	// The API server looks for bootstrap tokens only in kube-system.
	if namespace, err := k.connector.namespace(); err == nil && namespace == "kube-system" {
		out = append(out, k.inNamespace(ctx, "secrets", "type=bootstrap.kubernetes.io/token", before, typed, func(r cluster.Row) string { return age(r, "bootstrap token") })...)
	}
	return out
}

func (k *completer) serviceAccount(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 1 || len(args) == 1 && resolve.KindOf(args[0]) != finding.ServiceAccount {
		return nil, noFiles
	}
	before := ""
	if written, _, named := strings.Cut(typed, "/"); named && resolve.KindOf(written) == finding.ServiceAccount {
		before = written + "/"
	}
	return k.named(c, finding.ServiceAccount, before, typed)
}

// identities completes the users for --as: the ServiceAccounts of the namespace.
func (k *completer) identities(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	out := offer(typed, []word{{"system:anonymous", "requests without a credential"}})
	if namespace, err := k.connector.namespace(); err == nil {
		before := "system:serviceaccount:" + namespace + ":"
		if strings.HasPrefix(before, typed) {
			return append(out, k.list(c.Context(), namespace, "serviceaccounts", "", before, before, ofAge)...), noFiles
		}
		out = append(out, k.list(c.Context(), namespace, "serviceaccounts", "", before, typed, ofAge)...)
	}
	return out, noFiles
}

func (k *completer) groups(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	out := []word{
		{"system:authenticated", "authenticated users"}, {"system:masters", "all permissions"},
		{"system:nodes", "kubelets"}, {"system:serviceaccounts", "all ServiceAccounts"}, {"system:unauthenticated", "unauthenticated requests"},
	}
	if namespace, err := k.connector.namespace(); err == nil {
		out = append(out, word{"system:serviceaccounts:" + namespace, "ServiceAccounts of the namespace"})
	}
	return offer(typed, sorted(out)), noFiles
}

// pod reads the containers of the Pod on the command line, and their tokens.
func (k *completer) pod(c *cobra.Command, args []string) (containers []string, tokens []*credential.Credential) {
	if len(args) == 0 {
		return nil, nil
	}
	kind, name, _ := strings.Cut(*argument(args), "/")
	namespace, err := k.connector.namespace()
	caller := k.caller(c.Context())
	if err != nil || caller == nil {
		return nil, nil
	}
	p := resolve.PodOf(c.Context(), caller, resolve.KindOf(kind), namespace, name)
	if p == nil {
		return nil, nil
	}
	return resolve.ContainerNames(p), resolve.ProjectedTokens(p)
}

func (k *completer) containers(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	containers, tokens := k.pod(c, args)
	var out []word
	for _, name := range containers {
		about := "no token in its spec"
		if i := slices.IndexFunc(tokens, func(t *credential.Credential) bool { return t.Projected.Container == name }); i >= 0 {
			about = "token at " + tokens[i].Projected.Path
		}
		out = append(out, word{name, about})
	}
	return offer(typed, out), ordered
}

func (k *completer) paths(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	_, tokens := k.pod(c, args)
	var out []word
	for _, t := range tokens {
		at := t.Projected
		if f := c.Flags().Lookup("container"); f.Changed && f.Value.String() != at.Container || slices.ContainsFunc(out, func(w word) bool { return w.text == at.Path }) {
			continue
		}
		out = append(out, word{at.Path, "for " + cmp.Or(at.Audience, "the API server")})
	}
	return offer(typed, out), ordered
}

// issuer returns the cluster's issuer from its discovery document; empty if it cannot be read.
func (k *completer) issuer(ctx context.Context) string {
	caller := k.caller(ctx)
	if caller == nil {
		return ""
	}
	var document struct{ Issuer string }
	if d := caller.Document(ctx, cluster.DiscoveryPath); d.Failure != nil || json.Unmarshal(d.Body, &document) != nil {
		return ""
	}
	return document.Issuer
}

func (k *completer) issuers(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return offer(typed, []word{{k.issuer(c.Context()), "the issuer of this cluster"}}), noFiles
}

// audiences completes the audiences of the Pod on the command line, the cluster's audience, and the
// audiences that clouds document for federated ServiceAccount tokens.
func (k *completer) audiences(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	var out []word
	add := func(text, about string) {
		if text != "" && !slices.ContainsFunc(out, func(w word) bool { return w.text == text }) {
			out = append(out, word{text, about})
		}
	}
	_, tokens := k.pod(c, args)
	for _, t := range tokens {
		add(t.Projected.Audience, "audience of the token at "+t.Projected.Path)
	}
	add(k.issuer(c.Context()), "the issuer of this cluster, by default its audience")
	add("sts.amazonaws.com", "AWS STS, for IAM roles")
	add("api://AzureADTokenExchange", "Microsoft Entra Workload ID")
	return offer(typed, out), ordered
}

func (k *completer) endpoints(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	caller := k.caller(c.Context())
	if caller == nil {
		return nil, noFiles
	}
	var out []word
	for _, a := range caller.Addresses(c.Context()).Value {
		out = append(out, word{a, "an API server of the cluster"})
	}
	return offer(typed, out), noFiles
}

// boundObjects completes the objects of the kind in --bound-object-kind.
func (k *completer) boundObjects(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	kind, _ := c.Flags().GetString("bound-object-kind")
	switch kind {
	case "Pod":
		return k.inNamespace(c.Context(), "pods", "", "", typed, withStatus), noFiles
	case "Secret":
		return k.inNamespace(c.Context(), "secrets", "", "", typed, func(r cluster.Row) string { return age(r, r.Cells["Type"]) }), noFiles
	case "Node":
		return k.list(c.Context(), "", "nodes", "", "", typed, withStatus), noFiles
	}
	return nil, noFiles
}

// boundUID completes the UID of the Pod or Node on the command line. It does not read a Secret,
// because that would return its content.
func (k *completer) boundUID(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	kind, _ := c.Flags().GetString("bound-object-kind")
	name, _ := c.Flags().GetString("bound-object-name")
	namespace, err := k.connector.namespace()
	caller := k.caller(c.Context())
	if err != nil || caller == nil || !finding.ObjectName(name) {
		return nil, noFiles
	}
	about := "of " + kind + " " + name
	switch kind {
	case "Pod":
		return offer(typed, []word{{caller.Pod(c.Context(), namespace, name).Value.UID, about}}), noFiles
	case "Node":
		return offer(typed, []word{{caller.Node(c.Context(), name).Value.UID, about}}), noFiles
	}
	return nil, noFiles
}
