package errortext

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The tables of client_plugin*.go have the messages of exec plugins and of the programs that they
// run. A message explains more than the exit code that client-go reports after it.

// program is the source of a group of messages: its name, and whether it only runs as an exec
// plugin. Other tools write the same messages without Kubernetes.
type program struct {
	name       string
	onlyPlugin bool
}

// says returns the patterns of messages with the same reason.
func (p program) says(key Key, texts ...string) []pattern {
	id := finding.LoginFailed
	if p.onlyPlugin {
		id = finding.ExecPluginFailed
	}
	var table []pattern
	for _, text := range texts {
		table = append(table, pattern{text: text, stage: Plugin, ids: []finding.ID{id}, values: service(p.name), key: key, beside: slices.Contains(onlyBeside, text)})
	}
	return table
}

// wraps returns the patterns of messages that hold the message of another program.
func (p program) wraps(key Key, texts ...string) []pattern {
	table := p.says(key, texts...)
	for i := range table {
		table[i].wraps = true
	}
	return table
}

// beside returns the patterns of messages that any program writes: they count only in a text that
// shows a failed exec plugin.
func (p program) beside(key Key, texts ...string) []pattern {
	table := p.says(key, texts...)
	for i := range table {
		table[i].beside = true
	}
	return table
}

// onlyBeside are the messages of the tables that other programs write too, about something else.
var onlyBeside = []string{
	`Couldn't open browser{error...}`, `failed to open browser: {error...}`, `failed to open the browser: {error...}`, `Failed to open browser{error...}`, `exec: "xdg-open,x-www-browser,www-browser": executable file not found in {path:word}`,
	`exec: "xdg-open": executable file not found in {path:word}`, `xdg-open: no method available for opening {error...}`, `cannot open display: {error...}`, `Couldn't find a suitable web browser!`, `could not locate runnable browser`,
	`Unable to open a browser{error...}`, `unable to open browser{error...}`, `could not open a browser{error...}`, `No web browser found{error...}`,
	`could not start a local server: {error...}`, `no available port: {error...}`, `could not listen: {error...}`, `could not create a listener: {error...}`, `authorization error: context deadline exceeded`,
	`context cancelled while waiting for the local server: {error...}`, `no authorization response`, `authorization error: context canceled`, `state does not match (wants {want} but got {got})`, `nonce did not match (wants {want} but got {got})`,
	`could not write the token cache: {error...}`, `error acquiring lock on file {error...}`, `error creating mutex file {error...}`, `could not acquire a lock: {error...}`, `--oidc-issuer-url is missing`, `--oidc-client-id is missing`,
	`grant-type must be one of ({error...}`, `any authorization grant must be set`, `could not read a password: {error...}`, `could not read a username: {error...}`, `could not read an authorization code: {error...}`, `could not read from stdin: {error...}`,
	`invalid discovery document: {error...}`, `could not determine device authorization endpoint: {error...}`, `device-code error: {error...}`, `ropc error: {error...}`,
	`code expired`, `serverid is required`, `clientid is required`, `clientsecret is required`, `tenantid is required`, `is not supported. Supported method is one of {error...}`, `failed to store record: {error...}`,
	`failed to write to cache: {error...}`, `unable to create token cache{error...}`, `Identity not found{error...}`, `failed to acquire a token.`, `exec: "az": executable file not found in {path:word}`, `exec: "gcloud": executable file not found in {path:word}`,
	`Unable to parse config file: {error...}`, `ProfileNotFound: {error...}`, `You must specify a region{error...}`, `You must specify a region. You can also configure your region by running {error...}`, `MissingRegion: {error...}`,
	`an AWS region is required, but was not found`, `ClusterID is required`, `Error: cluster ID not specified`, `error: cluster ID not specified`, `could not get token: {error...}`, `argument operation: Invalid choice, valid choices are:`,
	`An error occurred (ResourceNotFoundException) when calling the DescribeCluster operation{error...}`,
	`ERROR: gcloud crashed ({kind}): {error...}`, `gcloud crashed ({kind}): {error...}`, `ERROR: gcloud failed to load: {error...}`, `gcloud failed to load{error...}`,
	`ERROR: The config file at {file:word} is invalid: {error...}`, `Could not find config file at {error...}`, `ERROR: Could not find config file at {error...}`, `ERROR: Not logged in.`, `your credentials have expired, please log in{error...}`,
	`cannot relogin in headless session{error...}`,
}

// anyPlugin is a program of which only the exec plugin's failure is known.
var anyPlugin = program{name: ExecPlugin, onlyPlugin: true}

// clientPlugin has the messages that every exec plugin may write, and those of clients about exec
// plugins and auth providers.
//
// spf13/pflag, flag, urfave/cli; Python's argparse and click, Rust's clap; sh; os/exec;
// k8s.io/client-go plugin/pkg/client/auth/{exec,gcp,oidc,azure}; kubernetes-client/python
// exec_provider.py, kube-rs client/auth, kubernetes-client/java.
func clientPlugin() []pattern {
	exec := func(id finding.ID, key Key, texts ...string) []pattern {
		var table []pattern
		for _, text := range texts {
			table = append(table, pattern{text: text, stage: Client, ids: []finding.ID{id}, key: key})
		}
		return table
	}
	wrapping := func(table []pattern) []pattern {
		for i := range table {
			table[i].wraps = true
		}
		return table
	}
	// Node prints only the command of a plugin that failed.
	node := exec(finding.ExecPluginFailed, "", `Command failed: {command:word} {arguments...}`)
	node[0].beside = true
	return slices.Concat(
		node,
		anyPlugin.beside("plugin-usage",
			`unknown flag: {argument:word}`, `unknown shorthand flag: {argument...}`, `unknown command {argument:q} for {program:q}`, `unknown command {argument:q}`,
			`unknown subcommand {argument...}`, `flag provided but not defined: {argument:word}`, `Incorrect Usage: {argument...}`, `unrecognized arguments: {argument...}`,
			`unrecognized subcommand {argument...}`, `invalid choice: {argument...}`, `Invalid choice: {argument...}`, `argument command: Invalid choice, {argument...}`,
			`argument operation: Invalid choice, {argument...}`, `Invalid choice, maybe you meant{argument...}`, `Unknown options: {argument...}`, `No such option: {argument...}`,
			`No such command {argument...}`, `no such option: {argument...}`, `unexpected argument {argument...}`, `Found argument {argument...}`,
			`the following arguments are required: {argument...}`, `required flag(s) {argument...}`, `Missing option {argument...}`, `Missing parameter(s) {argument...}`,
			`flag needs an argument: {argument...}`, `invalid argument {argument:q} for {flag...}`, `expected one argument`, `unknown option {argument...}`),
		anyPlugin.beside("plugin-crashed", `Traceback (most recent call last):`, `ModuleNotFoundError: {error...}`, `ImportError: {error...}`, `panic: {error...}`,
			`SIGSEGV: {error...}`, `Segmentation fault`, `NullPointerException`, `Exception in thread {error...}`, `bad interpreter: {error...}`, `error while loading shared libraries: {error...}`,
			`Fatal Python error: {error...}`, `'NoneType' object {error...}`, `AttributeError: {error...}`, `KeyError: {error...}`, `TypeError: {error...}`, `UnicodeDecodeError: {error...}`, `not found (required by {program})`, `Library not loaded: {error...}`, `Killed: 9`),
		anyPlugin.beside("plugin-format", `cannot execute binary file: {error...}`, `cannot execute binary file`, `Exec format error`, `exec format error`, `Bad CPU type in executable`, `bad CPU type in executable`,
			`is not a valid Win32 application`),
		anyPlugin.beside("plugin-misses-program", `{missing:word}: command not found`, `command not found: {missing:word}`,
			`executable file not found in {path:word}`, `{missing:word}: not found`, `is not recognized as an internal or external command{error...}`,
			`env: '{missing}': No such file or directory`, `env: {missing:word}: No such file or directory`, `No such file or directory: '{missing}'`, `exit status 127`, `exit code 127`),
		anyPlugin.beside("plugin-permission", `permission denied`, `Permission denied`, `Operation not permitted`, `operation not permitted`, `exit status 126`, `exit code 126`),
		anyPlugin.beside("not-logged-in", `not logged in`, `Not logged in`, `You are not logged in{error...}`, `you are not logged in{error...}`, `login required`, `Login required`,
			`please log in{error...}`, `Please log in{error...}`, `please login{error...}`, `Please login{error...}`, `session expired`, `Session expired`, `session has expired`,
			`token has expired`, `token is expired`, `Token is expired`, `token expired`, `Token expired`, `credentials have expired{error...}`, `expired credentials`, `refresh token is expired`,
			`refresh token has expired`, `Unable to authenticate you`, `invalid token`, `Invalid token`, `invalid credentials`, `Invalid credentials`, `no credentials found`, `Session is not valid`,
			`interaction_required`, `login_required`, `need to log in{error...}`, `must be logged in`, `must log in{error...}`, `need to login{error...}`, `must login{error...}`, `re-authenticate{error...}`, `reauthenticate{error...}`, `Reauthenticate{error...}`),
		anyPlugin.beside("plugin-connection", `Could not connect to the endpoint URL: {error...}`, `Connection refused`, `Connection timed out`, `Max retries exceeded with url: {error...}`,
			`CERTIFICATE_VERIFY_FAILED`, `certificate verify failed{error...}`, `SSL validation failed for {error...}`, `NameResolutionError{error...}`, `Failed to establish a new connection: {error...}`,
			`network is unreachable`, `Network is unreachable`, `EOF occurred in violation of protocol{error...}`, `context deadline exceeded`, `Client.Timeout exceeded while awaiting headers`,
			`ConnectTimeoutError{error...}`, `Connect timeout on endpoint URL: {error...}`, `Read timeout on endpoint URL: {error...}`, `ProxyError{error...}`, `Proxy Authentication Required`),

		anyPlugin.beside("not-logged-in", `access key cannot be empty`, `secret key cannot be empty`, `API token is missing`, `missing API token`, `missing API key`, `no API token found{error...}`, `no access token found{error...}`, `No token found{error...}`, `no token found{error...}`,
			`API key is required`, `API token is required`, `invalid API key`, `Invalid API key`, `invalid API token`, `Invalid API token`, `InvalidAccessKeyId.NotFound`, `Specified access key is not found{error...}`, `Authentication required`, `authentication required`),
		anyPlugin.beside("not-logged-in", `rpc error: code = Unauthenticated desc = {error...}`),
		anyPlugin.beside("plugin-token-as-file", `open {file:word}: file name too long`, `File name too long: {file...}`),
		anyPlugin.beside("login-not-finished", `timed out waiting for callback`, `timed out waiting for token callback{error...}`, `timed out waiting for the browser{error...}`, `login timed out{error...}`),
		ownWords(wrapping(anyPlugin.beside("plugin-said", `Error: {error...}`, `ERROR: {error...}`, `error: {error...}`, `FATAL: {error...}`, `fatal: {error...}`, `Fatal: {error...}`, `FATA[{seconds:word}] {error...}`, `FAILED {error...}`))),

		// Clients other than client-go.
		exec(finding.ExecPluginFailed, "", `auth exec command '{command}' failed with status {code...}`, `exec: process returned {code:word}`, `exec: plugin returned {code...}`),
		exec(finding.ExecPluginNotFound, "", `unable to run auth exec: No such file or directory (os error 2)`, `exec: executable {command} not found`),
		exec(finding.ExecPluginFailed, "", `unable to load schema information from the API server: command terminated with exit code {code:word}`),
		exec(finding.ExecPluginFailed, "", `exec: executable {command} failed with exit code {code:word}`, `unable to run auth exec: {error...}`),

		wrapping(exec(finding.AuthProviderFailed, "gcp-provider", `error executing access token command {program:q}: {error...}`)),
		wrapping(exec(finding.AuthProviderFailed, "", `Unable to connect to the server: failed to refresh token: {error...}`, `failed to refresh token: oauth2: {error...}`)),
		exec(finding.AuthProviderFailed, "provider-id-token", `token response did not contain an id_token, {error...}`, `token response did not contain an id_token`),
		exec(finding.AuthProviderFailed, "provider-login", `No valid id-token, and cannot refresh without refresh-token`, `cannot refresh without refresh-token`),
		exec(finding.AuthProviderFailed, "provider-discovery", `oidc: failed to query metadata endpoint {status...}`, `oidc: discovery object doesn't contain a token_endpoint`, `oidc: failed to decode provider discovery object: {error...}`),
		wrapping(exec(finding.AuthProviderFailed, "", `acquiring a token for authorization header: {error...}`, `acquiring a new fresh token: {error...}`)),
	)
}

// clientWords are words of a client about its request, not of an exec plugin about its failure.
var clientWords = []string{"getting credentials", "the server", "unreachable", "exec plugin", "exec: ", "exit status ", "exit code ", "unable to connect", "forbidden: User", "failed to get API group resources"}

// ownWords limits messages to those that a client does not write about its request.
func ownWords(table []pattern) []pattern {
	for i := range table {
		table[i].suits = func(values map[string]string) bool {
			said := strings.ToLower(values["error"])
			return !slices.ContainsFunc(clientWords, func(words string) bool { return strings.Contains(said, strings.ToLower(words)) })
		}
	}
	return table
}

// pluginWords are the words of texts that show an exec plugin, without their spaces: a line may be
// broken anywhere.
var pluginWords = []string{
	"exec:executable", "exec:exitstatus", "exec:fork/exec", "exec:processreturned", "exec:pluginreturned", "authexec", "gettingcredentials:exec", "execplugin", "get-token:",
	"printcredentialfailed", "failedtogettoken", "couldnotgettoken", "Pinnipedlogin", "exec_auth.js",
}

var withoutSpaces = strings.NewReplacer(" ", "", "\n", "")

func aboutPlugin(text string) bool {
	text = withoutSpaces.Replace(text)
	return slices.ContainsFunc(pluginWords, func(words string) bool { return strings.Contains(text, words) })
}

// showsPlugin reports whether a message shows that an exec plugin ran and failed.
func showsPlugin(r Reason) bool {
	switch r.Stage {
	case Client:
		// Also a message that counts only in a text about exec plugins.
		return slices.Contains(r.IDs, finding.ExecPluginFailed) || slices.Contains(r.IDs, finding.ExecPluginNoCredential)
	case Plugin:
		return !r.beside && slices.Contains(r.IDs, finding.ExecPluginFailed)
	}
	return false
}

// withoutStrays removes the messages that any program writes if the text shows no failed exec
// plugin.
func withoutStrays(reasons []Reason) []Reason {
	if slices.ContainsFunc(reasons, showsPlugin) {
		return reasons
	}
	return slices.DeleteFunc(reasons, func(r Reason) bool { return r.beside })
}

// Keys returns the Key of each message that has one.
func Keys() []Key {
	keys := []Key{vaultDeniedKey}
	for _, s := range []*set{unambiguous(), server()} {
		for _, table := range append(s.byFirst[:], s.floating) {
			for _, c := range table {
				if c.key != "" && !slices.Contains(keys, c.key) {
					keys = append(keys, c.key)
				}
			}
		}
	}
	return keys
}
