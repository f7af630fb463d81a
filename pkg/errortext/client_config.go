package errortext

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// faulty returns patterns of one fault of a client's configuration, or between a client and the API
// server. The message alone proves the finding.
func faulty(key Key, stage Stage, id finding.ID, texts ...string) []pattern {
	var table []pattern
	for _, text := range texts {
		table = append(table, pattern{text: text, stage: stage, ids: []finding.ID{id}, key: key})
	}
	return table
}

// nearKubernetes marks patterns whose text other programs use too, so that they match only in a
// text that is about Kubernetes.
func nearKubernetes(table []pattern) []pattern {
	for i := range table {
		table[i].kube = true
	}
	return table
}

func allOf(tables ...[]pattern) []pattern {
	var all []pattern
	for _, table := range tables {
		all = append(all, table...)
	}
	return all
}

// clientConfig has the errors of clients that cannot build a request.
//
// k8s.io/client-go tools/clientcmd (loader.go, validation.go, client_config.go), rest
// (config.go, url_utils.go, transport.go), transport, util/cert; k8s.io/cli-runtime
// pkg/genericclioptions/client_config.go; k8s.io/kubectl pkg/cmd/config; crypto/tls.
func clientConfig() []pattern {
	return allOf(noKubeconfig(), unreadKubeconfig(), invalidKubeconfig(), invalidEntries(), unusablePair(), unusableProvider())
}

// noKubeconfig has the errors of clients that found no kubeconfig.
func noKubeconfig() []pattern {
	table := allOf(
		foundNoKubeconfig(),
		faulty("no-kubeconfig", Client, finding.NoCredential,
			`The connection to the server localhost:8080 was refused - did you specify the right host or port?`,
			`The connection to the server localhost:8080 was refused`,
			// kubectl on Windows, whose error for a refused connection has other words.
			`Unable to connect to the server: dial tcp [::1]:8080: {error...}`,
			// kubectl proxy.
			`http: proxy error: dial tcp [::1]:8080: {error...}`, `http: proxy error: dial tcp 127.0.0.1:8080: {error...}`,
			`Unable to connect to the server: dial tcp 127.0.0.1:8080: {error...}`,
			`Unable to connect to the server: dial tcp: lookup localhost{error...}`,
			`invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable`,
			`invalid configuration: no configuration has been provided`,
			`no configuration has been provided, try setting KUBERNETES_MASTER environment variable`,
			`invalid configuration: default cluster has no server defined`,
			`default cluster has no server defined`, `could not locate a kubeconfig`,
			`Missing or incomplete configuration info. Please point to an existing, complete config file:`,
			`Missing or incomplete configuration info. Please login or point to an existing, complete config file:`,
			`No configuration file found, please login or point to an existing file:`, `No configuration file found, please login`,
		),
		nearKubernetes(faulty("no-kubeconfig", Client, finding.NoCredential, defaultAddress(`localhost:8080`)...)),
		nearKubernetes(faulty("no-host", Client, finding.NoCredential, joinTexts(defaultAddress(`localhost`), defaultAddress(`localhost:80`))...)),
		faulty("outside-pod", Client, finding.NoCredential,
			`unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined`,
			`unable to load in-cluster configuration`, `KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined`),
	)
	return table
}

// foundNoKubeconfig has the words of other clients that found no kubeconfig. A client that then tries the environment of
// a Pod reports no error.
func foundNoKubeconfig() []pattern {
	var table []pattern
	for _, noun := range []string{`kubeconfig`, `kubeconfig file`, `Kubeconfig`, `KUBECONFIG`, `kube config`, `kube config file`, `kube-config`, `kubernetes config`, `Kubernetes config`, `kubernetes configuration`, `Kubernetes configuration`, `K8S configuration`, `k8s config`, `k8s configuration`} {
		texts := []string{`no ` + noun + ` found{rest...}`, `No ` + noun + ` found{rest...}`}
		for _, verb := range []string{`cannot find `, `Cannot find `, `can't find `, `could not find `, `Could not find `, `couldn't find `, `Couldn't find `, `unable to find `, `Unable to find `, `failed to find `, `Failed to find `, `could not locate `, `unable to locate `, `Unable to locate `} {
			texts = append(texts, verb+noun+`{rest...}`)
		}
		table = append(table, faulty("no-kubeconfig", Client, finding.NoCredential, texts...)...)
	}
	return suiting(table, func(values map[string]string) bool {
		rest := strings.ToLower(values["rest"])
		return !strings.HasPrefix(rest, "map") && !slices.ContainsFunc([]string{"cluster", "using", "falling", "fall back", "fallback", "trying", "default", "skip", "ignor", "for context"}, func(word string) bool { return strings.Contains(rest, word) })
	})
}

// defaultAddress returns the ways in which Go programs report that nothing answers at a default
// address.
func defaultAddress(host string) []string {
	var texts []string
	for _, end := range []string{`": dial tcp {address}: {error...}`, `": dial tcp: lookup {error...}`, `: dial tcp {address}: {error...}`, `": EOF`} {
		texts = append(texts, `http://`+host+`/{path:word}`+end, `http://`+host+end)
	}
	return texts
}

func joinTexts(lists ...[]string) []string {
	var all []string
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// unreadKubeconfig has the errors about a kubeconfig that is not there, or that cannot be opened.
// The error of the system has the path, and only the path shows that the file is a kubeconfig.
func unreadKubeconfig() []pattern {
	table := faulty("kubeconfig-missing", Client, finding.NoCredential,
		`error loading config file {file:q}: open {path}: no such file or directory`,
		`error loading config file {file:q}: open {path}: The system cannot find the file specified.`,
		`error loading config file {file:q}: open {path}: The system cannot find the path specified.`,
		`Kubernetes cluster unreachable: {path:word}: no such file or directory`, `Config not found: {file:word}`, `invalid configuration: Please login to your server`, `kubernetes configuration file {file:q} does not exist`,
		`kubeconfig file not found`, `Unable to locate K8s cluster configuration`)
	table = append(table, faulty("kubeconfig-unreadable", Client, finding.KubeconfigInvalid,
		`error loading config file {file:q}: open {path}: permission denied`,
		`Error loading config file {file:q}: open {path}: permission denied`,
		`error loading config file {file:q}: open {path}: Access is denied.`,
		`error loading config file {file:q}: open {path}: operation not permitted`,
		`Unable to read {file:word}, please start server with --write-kubeconfig-mode {advice...}`)...)
	table = append(table, faulty("kubeconfig-is-folder", Client, finding.KubeconfigInvalid,
		`error loading config file {file:q}: read {path}: is a directory`,
		`Error loading config file {file:q}: read {path}: is a directory`,
		`error loading config file {file:q}: read {path}: Incorrect function.`,
		`error loading config file {file:q}: open {path}: not a directory`)...)
	for _, call := range []string{`stat `, `open `, `CreateFile `, `GetFileAttributesEx `} {
		for _, absent := range []string{`no such file or directory`, `The system cannot find the file specified.`, `The system cannot find the path specified.`} {
			table = append(table, ofKubeconfig(faulty("kubeconfig-missing", Client, finding.NoCredential, call+`{path}: `+absent))...)
		}
		table = append(table, ofKubeconfig(faulty("kubeconfig-unreadable", Client, finding.KubeconfigInvalid, call+`{path}: permission denied`, call+`{path}: Access is denied.`))...)
	}
	// Python, Node and Java.
	table = append(table, ofKubeconfig(faulty("kubeconfig-missing", Client, finding.NoCredential, `No such file or directory: '{path}'`, `No such file or directory: "{path}"`, `ENOENT: no such file or directory, open '{path}'`,
		`FileNotFoundException: {path} (No such file or directory)`, `File {path:word} was not found`, `file {path:word} was not found`, `file {path:word} not found`, `File {path:word} not found`))...)
	table = append(table, ofKubeconfig(faulty("kubeconfig-unreadable", Client, finding.KubeconfigInvalid, `Permission denied: '{path}'`, `EACCES: permission denied, open '{path}'`, `FileNotFoundException: {path} (Permission denied)`))...)
	table = append(table, ofKubeconfig(faulty("kubeconfig-is-folder", Client, finding.KubeconfigInvalid, `read {path}: is a directory`))...)
	return table
}

const maxPath = 300

// kubeconfigs are the paths at which people and tools keep a kubeconfig.
var kubeconfigs = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(?:[a-z]:)?[^\n:]*(?:(?:^|[/\\])\.kube[/\\][^/\\:]+|kubeconfig[^/\\:]*|/etc/kubernetes/[a-z-]+\.conf|/etc/rancher/(?:k3s/k3s|rke2/rke2)\.yaml|kube_config_cluster\.ya?ml)$`)
})

// ofKubeconfig limits patterns of a path to those of a kubeconfig.
func ofKubeconfig(table []pattern) []pattern {
	for i := range table {
		table[i].suits = func(values map[string]string) bool {
			path := values["path"]
			// kubectl config creates the lock to write the file.
			return len(path) < maxPath && kubeconfigs().MatchString(path) && !strings.HasSuffix(path, ".lock")
		}
	}
	return table
}

// invalidKubeconfig has the errors about the text of a kubeconfig.
func invalidKubeconfig() []pattern {
	var table []pattern
	for _, loading := range []string{
		`error loading config file {file:q}: `, `error loading config file {file:q} : `, `Error loading config file {file:q}: `, `error loading kubeconfig file {file:q}: `, `Error loading kubeconfig file `, `failed to load kubeconfig: `,
		`failed to parse kubeconfig: `, `failed to parse kubeconfig data in `, `error loading kubeconfig: `, `unable to load kubeconfig: `, `unable to load kubeconfig from file {file:q}: `, `failed to load Kubernetes config: `, `loading config file {file:q}: `,
	} {
		table = append(table, allOf(
			faulty("not-base64", Client, finding.KubeconfigInvalid, loading+`{where}illegal base64 data at input byte {byte:word}`),
			faulty("kubeconfig-not-yaml", Client, finding.KubeconfigInvalid, loading+`yaml: {error...}`, loading+`error converting YAML to JSON: {error...}`, loading+`error parsing {error...}`,
				loading+`couldn't get version/kind; json parse error: invalid character {error...}`),
			faulty("kubeconfig-of-other-kind", Client, finding.KubeconfigInvalid, loading+`couldn't get version/kind; json parse error: {error...}`, loading+`no kind {kind:q} is registered for {error...}`,
				loading+`Object 'Kind' is missing in {error...}`, loading+`Object 'apiVersion' is missing in {error...}`),
			faulty("kubeconfig-of-other-shape", Client, finding.KubeconfigInvalid, loading+`v1.Config{error...}`, loading+`json: cannot unmarshal {error...}`, loading+`strict decoding error: {error...}`),
		)...)
	}
	return allOf(table,
		faulty("kubeconfig-invalid", Client, finding.KubeconfigInvalid, `error loading config file {file:q}: {error...}`, `Error loading config file {file:q}: {error...}`),
		nearKubernetes(faulty("kubeconfig-of-other-kind", Client, finding.KubeconfigInvalid, `no kind "Config" is registered for version {version:q}`, `couldn't get version/kind; json parse error: {error...}`)),
		nearKubernetes(faulty("kubeconfig-of-other-shape", Client, finding.KubeconfigInvalid, `v1.Config.{field:word} {error...}`, `json: cannot unmarshal {value:word} into Go struct field Config.{error...}`)),
	)
}

// invalidEntries has the errors about entries of a kubeconfig, or about what a program makes of
// them.
func invalidEntries() []pattern {
	invalid := func(key Key, texts ...string) []pattern {
		return faulty(key, Client, finding.KubeconfigInvalid, texts...)
	}
	return allOf(
		invalid("context-unknown",
			`context was not found for specified context: {context...}`,
			`error: context {context:q} does not exist`, `Error: context {context:q} does not exist`, `config: context {context:q} does not exist`, `unreachable: context {context:q} does not exist`,
			`no context exists with the name: {context:q}`,
			`Context {context:word} does not exist in kubeconfig`, `Context {context:q} does not exist in kubeconfig`,
			`context {context:q} does not exist in the kubeconfig`, `context {context:q} not found in kubeconfig`, `cannot locate context {context:q}`),
		nearKubernetes(invalid("context-unknown", `context {context:q} does not exist`, `cannot locate context {context:word}`, `error: context {context:word} not found`)),
		invalid("context-not-chosen", `no context chosen`, `error: current-context is not set`, `error: no current context is set`, `current-context is not set`, `current-context must exist in order to minify`, `context was not specified`),
		invalid("entry-unknown",
			`user {user:q} was not found for context {context:q}`, `cluster {cluster:q} was not found for context {context:q}`,
			`user was not specified for context {context:q}`, `cluster was not specified for context {context:q}`,
			`auth info {user:q} does not exist`, `error: cluster {cluster:q} does not exist`),
		nearKubernetes(invalid("entry-unknown", `cluster {cluster:q} does not exist`, `cannot locate cluster {cluster:word}`, `cannot locate user {user:word}`)),
		invalid("server-missing", `no server found for cluster {cluster:q}`, `cluster has no server defined`, `cluster url is missing on selected cluster`),
		invalid("server-malformed", `host must be a URL or a host:port pair: {server:q}`, `host must be a URL or a host:port pair`, `failed to parse cluster url: {error...}`),
		nearKubernetes(invalid("server-malformed", `unsupported protocol scheme {scheme:q}`, `http: no Host in request URL`, `no Host in request URL`, `tls: either ServerName or InsecureSkipVerify must be specified in the tls.Config`,
			`dial tcp: address {server:word}: too many colons in address`, `dial tcp: address {server:word}: missing port in address`)),
		nearKubernetes(ofServer(invalid("server-malformed", `parse {server:q}: first path segment in URL cannot contain colon`, `parse {server:q}: net/url: invalid control character in URL`,
			`parse {server:q}: invalid character {character:q} in host name`, `parse {server:q}: invalid port {port:q} after host`))),
		invalid("authority-unreadable", `unable to read certificate-authority {file} for {cluster} due to open {path}: no such file or directory`, `unable to read certificate-authority {file} for {cluster} due to open {path}: permission denied`,
			`unable to read certificate-authority {file} for {cluster} due to {error...}`, `failed to load certificate authority{error...}`,
			`failed to load CA bundle for execProvider: {error...}`, `could not stat certificate-authority file {error...}`),
		nearKubernetes(invalid("authority-unreadable", `Failed to read CA data from file`)),
		nearKubernetes(invalid("authority-not-pem", `Failed to parse CA data from file`, `error creating pool from {file}: {error...}`)),
		invalid("authority-not-pem", `unable to load root certificates: {error...}`, `unable to parse bytes as PEM block`, `no valid certificate authority data seen`,
			`data does not contain any valid RSA or ECDSA certificates`, `failed to parse PEM-encoded certificates: {error...}`),
		invalid("authority-and-insecure", `specifying a root certificates file with the insecure flag is not allowed`, `you cannot specify a certificate authority and insecure mode at the same time`),
		invalid("data-and-file",
			`certificate-authority-data and certificate-authority are both specified for {cluster}. certificate-authority-data will override.`,
			`client-cert-data and client-cert are both specified for {user}. client-cert-data will override.`,
			`client-key-data and client-key are both specified for {user}; client-key-data will override`),
		invalid("token-and-password", `username/password or bearer token may be set, but not both`, `username and password or bearer token may be set, but not both`,
			`more than one authentication method found for {user}; found {methods}, only one is allowed`,
			`you cannot specify more than one authentication method at the same time: {methods...}`),
		invalid("plugin-incomplete",
			`authProvider cannot be provided in combination with an exec plugin for {user...}`, `execProvider and authProvider cannot be used in combination`,
			`command must be specified for {user} to use exec authentication plugin`, `apiVersion must be specified for {user} to use exec authentication plugin`,
			`interactiveMode must be specified for {user} to use exec authentication plugin`, `invalid interactiveMode for {user}: {mode:q}`,
			`env variable name must be specified for {user} to use exec authentication plugin`, `env variable {variable:word} value must be specified for {user} to use exec authentication plugin`, `unknown interactiveMode: {mode:q}`,
			`command must be specified to use exec authentication plugin`),
		invalid("impersonates-nobody", `requesting uid, groups or user-extra for {user} without impersonating a user`, `requesting groups or user-extra for {user} without impersonating a user`),
		invalid("proxy-malformed", `invalid 'proxy-url' {url:q} for cluster {cluster:q}: {error...}`, `failed to parse proxy url: {error...}`, `failed to create proxy URL request for execProvider: {error...}`,
			`failed to get proxy URL for execProvider: {error...}`, `unsupported scheme {scheme:q}, must be http, https, or socks5`),
		invalid("kubeconfig-invalid", `error converting *[]Named{entries:word} into {type}: duplicate name {name:q} in list: {error...}`, `namespace {namespace:q} for context {context:q} does not conform to the kubernetes DNS_LABEL rules`,
			`empty context name for {entry} is not allowed`),
		[]pattern{
			{text: `credential plugin policy set to {policy:q}, but allowlist is {error...}`, stage: Client, since: "1.35", ids: []finding.ID{finding.ExecPluginNotAllowed}},
			{text: `unknown plugin policy: {policy:q}`, stage: Client, since: "1.35", ids: []finding.ID{finding.ExecPluginNotAllowed}},
			{text: `unknown plugin policy {policy:q}`, stage: Client, since: "1.35", ids: []finding.ID{finding.ExecPluginNotAllowed}},
			{text: `allowlist misconfiguration: {error...}`, stage: Client, since: "1.35", ids: []finding.ID{finding.ExecPluginNotAllowed}},
			{text: `misconfigured credential plugin allowlist: {error...}`, stage: Client, since: "1.35", ids: []finding.ID{finding.ExecPluginNotAllowed}},
		},
		faulty("pod-authority-missing", Client, finding.ServerCertificateUntrusted,
			`Expected to load root CA config from {file:word}, but got err: {error...}`, `Expected to load root CA config from {file:word} but got err: {error...}`),
	)
}

// ofServer limits patterns of a URL to those that may be an API server's. Other programs parse other URLs.
func ofServer(table []pattern) []pattern {
	for i := range table {
		table[i].suits = func(values map[string]string) bool {
			server := values["server"]
			scheme, rest, has := strings.Cut(server, "://")
			if !has {
				// The scheme is missing, and client-go reads the host as one.
				return !strings.ContainsAny(server, "@?#")
			}
			// client-go puts a scheme before an address that it cannot read.
			_, path, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(rest, "https://"), "http://"), "/")
			return (scheme == "https" || scheme == "http") && (strings.Trim(path, "/ ") == "" || apiURL().MatchString("/"+path))
		}
	}
	return table
}

// unusablePair has the errors about a client certificate and its key. A server that loads its own
// certificate has the same errors of crypto/tls.
func unusablePair() []pattern {
	pair := func(key Key, texts ...string) []pattern {
		return faulty(key, Client, finding.ClientCertificateUnusable, texts...)
	}
	return allOf(
		faulty("", Client, finding.TokenFileUnreadable, `unable to read tokenFile {file} for {user} due to {error...}`),
		pair("certificate-unreadable", `unable to read client-cert {file} for {user} due to open {path}: no such file or directory`, `unable to read client-cert {file} for {user} due to open {path}: permission denied`,
			`unable to read client-key {file} for {user} due to open {path}: no such file or directory`, `unable to read client-key {file} for {user} due to open {path}: permission denied`,
			`unable to read client-cert {file} for {user} due to {error...}`, `unable to read client-key {file} for {user} due to {error...}`,
			`failed to load client certificate{error...}`, `failed to load client key{error...}`, `could not stat client-certificate file {error...}`, `could not stat client-key file {error...}`),
		faulty("key-missing", Client, finding.CertificateWithoutKey, `client-key-data or client-key must be specified for {user} to use the clientCert authentication method`),
		pair("certificate-not-pem", `tls: failed to find any PEM data in certificate input`,
			`tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: {types...}`),
		pair("key-not-pem", `tls: failed to find any PEM data in key input`, `tls: failed to parse private key`, `tls: found unknown private key type in PKCS#8 wrapping`,
			`tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: {types...}`),
		pair("certificate-and-key-swapped", `tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched`,
			`tls: found a certificate rather than a key in the PEM for the private key`),
		// Python, Node and curl.
		nearKubernetes(allOf(pair("pair-unusable", `PEM lib (_ssl.c:{line:word})`, `PEM routines:get_name:no start line`, `PEM routines::no start line`, `PEM routines:PEM_read_bio:no start line`, `Problem with the local SSL certificate`, `unable to set private key file: {error...}`,
			`could not load PEM client certificate{error...}`), pair("key-of-another", `KEY_VALUES_MISMATCH] key values mismatch{error...}`, `X509_check_private_key:key values mismatch`, `x509 certificate routines::key values mismatch`))),
		pair("key-of-another", `tls: private key does not match public key`, `tls: private key type does not match public key type`),
	)
}

// unusableProvider has the errors of a kubeconfig's auth provider, and of an exec plugin after a 401, in words that
// other programs use too.
func unusableProvider() []pattern {
	var table []pattern
	for _, text := range []string{`ID Token is not a valid JWT`, `Must provide idp-issuer-url`, `Must provide client-id`} {
		table = append(table, pattern{text: text, stage: Client, ids: []finding.ID{finding.AuthProviderFailed}, key: "provider-config"})
	}
	// client-go logs the failure of the plugin.
	table = append(table, pattern{text: `refreshing credentials: {error...}`, stage: Client, ids: []finding.ID{finding.ExecPluginFailed}, wraps: true})
	return nearKubernetes(table)
}
