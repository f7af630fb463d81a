package finding

var (
	NoCredential = declare(Entry{
		ID: "no-credential", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the kubeconfig context has no credential",
		Meaning: "The user of the current context has no token, token file, client certificate, exec plugin, auth provider or " +
			"password, or the context names no user. The client sends the request without a credential. An API server with " +
			"anonymous access identifies it as `system:anonymous` and usually answers 403; other API servers answer 401. On a " +
			"terminal, kubectl prompts for a user name, but typing one does not help: no API server reads passwords. In a Pod " +
			"without a kubeconfig, the credential is the mounted token of its ServiceAccount. Without that mount, or without " +
			"`KUBERNETES_SERVICE_HOST` or `KUBERNETES_SERVICE_PORT`, clients use localhost:8080 and send no credential. The " +
			"same happens if a flag names a server or a user.",
		Detection: "Read from the kubeconfig alone, or from the Pod's environment and files. No permissions and no server are " +
			"needed, and the result is certain. In a pasted error (`--error`), the client names its default address " +
			"(`localhost:8080`, or `http://localhost` of a Terraform provider), or a kubeconfig that does not exist.",
		Fix: "Check the current context and user with `kubectl config view --minify`. Choose another context with `kubectl " +
			"config use-context NAME`, or set its user with `kubectl config set-context --current --user=NAME`. If the user " +
			"entry is empty, download the kubeconfig again from the cluster's administrator. In a Pod, mount the token " +
			"(`automountServiceAccountToken: true`), and keep the environment of the container.",
		Reference: "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/",
	})

	EmptyBearerToken = declare(Entry{
		ID: "empty-bearer-token", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the bearer token is empty",
		Meaning: "The token is empty or consists of white space. The API server ignores an Authorization header without a value " +
			"after `Bearer` and treats the request as anonymous. TokenReview rejects an empty token as a bad request. It " +
			"reports a token of spaces as authenticated, with the user `system:anonymous`; that is not a success.",
		Detection: "Read from the credential alone, with certainty. No permissions are needed.",
		Fix: "Check the source of the token. Typical reasons are an unset shell variable, a file that is written later, and a " +
			"Secret key with another name. To request a token for a ServiceAccount, run `kubectl create token NAME " +
			"--namespace NAMESPACE`.",
		Reference: "k8s.io/apiserver pkg/authentication/request/bearertoken/bearertoken.go",
	})

	TokenHasWhitespace = declare(Entry{
		ID: "token-has-whitespace", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the token contains white space",
		Meaning: "The API server splits the Authorization header at spaces. With a space before the token, it ignores the header, " +
			"treats the request as anonymous, and returns a Warning about the extra space. After a space inside the token, it " +
			"drops the rest and judges the first part. A line break cannot be sent: Go clients stop with `invalid header " +
			"field value for \"Authorization\"` before any request.",
		Detection: "Read from the credential alone, with certainty. The value from a kubeconfig, a token file or an exec plugin is " +
			"judged exactly as it is. client-go trims the content of a token file, but not a `token` in a kubeconfig.",
		Fix: "Write the token without a final newline: use `printf %s` instead of `echo`. Remove breaks that come from a " +
			"terminal or a mail, for example with `tr -d '[:space:]'`. If other text or a second token surrounds the token, " +
			"extract the token first. For a kubeconfig, write the token again with `kubectl config set-credentials NAME " +
			"--token=TOKEN`.",
		Reference: "k8s.io/apiserver pkg/authentication/request/bearertoken/bearertoken.go",
	})

	TokenHasControlCharacters = declare(Entry{
		ID: "token-has-control-characters", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the token has characters invalid in HTTP headers",
		Meaning: "The token contains a control character, such as a zero byte or an escape. kubectl and other Go clients do not " +
			"send the request: `net/http: invalid header field value for \"Authorization\"`. An API server answers 400 to a " +
			"client that does. The characters come from UTF-16 files, from colors, and from terminals that mark pasted text. " +
			"TokenReview receives the token in JSON, which can hold such characters, so only the direct request decides.",
		Detection: "Read from the credential alone, with certainty. No permissions are needed.",
		Fix: "Copy the token again from its issuer, without a terminal in between. `tr -d '[:cntrl:]'` removes control " +
			"characters from a file. `iconv -f UTF-16 -t UTF-8` converts a UTF-16 file.",
		Reference: "RFC 9110, section 5.5",
	})

	TokenFileEncoding = declare(Entry{
		ID: "token-file-encoding", Severity: Warning, Group: "Encoding and transport of the credential",
		Title: "the token's file is not plain text",
		Meaning: "The file is UTF-16, as Windows PowerShell writes it with `>` and `Out-File`, or begins with a UTF-8 byte order " +
			"mark. It was decoded here, and the report is about the decoded token. A client that reads the same file as its " +
			"token file sends the bytes unchanged. A byte order mark becomes part of the token, and the API server answers " +
			"`invalid bearer token`. UTF-16 has zero bytes, which Go clients do not send (`net/http: invalid header field " +
			"value`).",
		Detection: "Read from the bytes of the file or of standard input. UTF-16 without a byte order mark is detected if all " +
			"characters are ASCII.",
		Fix: "Write the file without a byte order mark. In PowerShell use `... | Out-File -Encoding ascii FILE`, elsewhere " +
			"`iconv -f UTF-16 -t UTF-8`. In an editor, save as \"UTF-8\", not as \"UTF-8 with BOM\".",
		Reference: "https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding",
	})

	TokenBase64Wrapped = declare(Entry{
		ID: "token-base64-wrapped", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the token is still base64-encoded",
		Meaning: "The value is the `data.token` of a Secret as the API returns it, which is the base64 encoding of the token. No " +
			"authenticator recognizes the value, so the API server answers 401. TokenReview returns only `invalid bearer " +
			"token`.",
		Detection: "The value decodes as base64 to a JWT or a bootstrap token. The credential alone shows it; no permissions are " +
			"needed. The report also shows how the decoded token would be judged.",
		Fix: "Decode the value once: `kubectl get secret NAME --namespace NAMESPACE --output go-template='{{.data.token | " +
			"base64decode}}'`. If possible, use a token that expires instead, from `kubectl create token NAME`.",
		Reference: "https://kubernetes.io/docs/concepts/configuration/secret/",
	})

	AuthorizationSchemePasted = declare(Entry{
		ID: "authorization-scheme-pasted", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the token begins with \"Bearer \"",
		Meaning: "The token was stored with the scheme of the header that it was copied from. The client adds its own `Bearer ` in " +
			"front, and the API server reads the word Bearer as the token. The answer is 401, and TokenReview returns " +
			"`invalid bearer token`.",
		Detection: "Read from the credential alone, with certainty, if a kubeconfig, a token file or an exec plugin holds it. A " +
			"header line as an argument, in a file or on standard input is not a fault: `kubectl authn` extracts its token.",
		Fix: "Store only the token, without `Bearer ` and without `Authorization:`. For a kubeconfig: `kubectl config " +
			"set-credentials NAME --token=TOKEN`.",
		Reference: "RFC 6750, section 2.1",
	})

	TokenTruncated = declare(Entry{
		ID: "token-truncated", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "a part of the token is missing",
		Meaning: "A signed JWT has three parts with dots between them, and one of them is missing, empty or incomplete. Without " +
			"three parts and a readable payload, the API server does not recognize a JWT and returns only `invalid bearer " +
			"token`. If only the signature is incomplete, it returns `error in cryptographic primitive` or `failed to verify " +
			"id token signature`.",
		Detection: "Read from the credential alone. No permissions are needed. The signs are fewer than three parts, an ellipsis, " +
			"incomplete JSON, or a signature too short for its algorithm. A token that was cut elsewhere may look like a " +
			"damaged token.",
		Fix: "Copy the whole token again. Do not select it on a screen that wraps or shortens lines. Pipe it from the command " +
			"that prints it, or write it to a file and use that file.",
		Reference: "RFC 7515, section 7.1",
	})

	TokenPadded = declare(Entry{
		ID: "token-padded", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the token is padded or not base64url",
		Meaning: "The parts of a JWT are base64url without padding. This token has parts that end in `=` or that use `+` and `/`, " +
			"as an encoder for standard base64 writes them. The API server decodes strictly, does not recognize a JWT, and " +
			"returns only `invalid bearer token`.",
		Detection: "Read from the credential alone, with certainty. No permissions are needed.",
		Fix: "Use the token exactly as its issuer wrote it. If a program assembles or encodes the token, change it to " +
			"base64url without padding. Changing the characters afterwards works only if the signature covers the corrected " +
			"text.",
		Reference: "RFC 7515, section 2",
	})

	MalformedJWT = declare(Entry{
		ID: "malformed-jwt", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the JWT cannot be decoded",
		Meaning: "The value has the form of a JWT, but one part is not base64url, not JSON, or holds a claim of the wrong type. An " +
			"API server that cannot read the payload does not recognize a JWT and returns only `invalid bearer token`. A " +
			"claim of the wrong type is detected after the signature, and the error message of the JSON decoder is returned.",
		Detection: "Read from the credential alone: the finding names the part and the byte. No permissions are needed.",
		Fix: "Request a new token from its issuer, and check how it is stored on the way. Shells, templates and YAML change " +
			"quotes, line breaks and backslashes. If the issuer writes such tokens, correct the issuer.",
		Reference: "RFC 7519, section 7.2",
	})

	EncryptedToken = declare(Entry{
		ID: "encrypted-token", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the token is encrypted",
		Meaning: "A token of five parts is a JWE: its claims are encrypted for another recipient. The API server reads only signed " +
			"tokens, does not recognize this token, and returns `invalid bearer token`. Some identity providers encrypt ID " +
			"tokens if the client is registered for it, and many issue encrypted access tokens.",
		Detection: "Read from the credential alone, with certainty: it has five parts, and a header with `enc`. No permissions are " +
			"needed.",
		Fix: "Configure the identity provider to issue signed, unencrypted ID tokens for the client that Kubernetes uses. " +
			"Check that the client sends the ID token, not the access token.",
		Reference: "RFC 7516, section 3.1",
	})

	BasicAuthUnsupported = declare(Entry{
		ID: "basic-auth-unsupported", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "no API server reads user names and passwords",
		Meaning: "The kubeconfig holds a user name and a password. The client sends them, and no API server reads them: Kubernetes " +
			"1.19 removed the last authenticator for passwords. The API server finds no credential, and the request is " +
			"anonymous. A proxy in front of the API server may still read them.",
		Detection: "Read from the kubeconfig alone, with certainty. No permissions are needed.",
		Fix: "Use a client certificate, an exec plugin or a token. Remove the old entry: `kubectl config unset " +
			"users.NAME.username` and `kubectl config unset users.NAME.password`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
	})

	KubeconfigInvalid = declare(Entry{
		ID: "kubeconfig-invalid", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the kubeconfig is invalid",
		Meaning: "The kubeconfig contradicts itself or names something that does not exist. client-go then stops before any " +
			"request, or uses an unintended default (`localhost:8080`). Typical faults are PEM in " +
			"`certificate-authority-data` without base64, a certificate both inline and as a file, and a token beside a " +
			"password. Others are a context whose cluster does not exist, and an `exec` section without `apiVersion` or " +
			"`interactiveMode`.",
		Detection: "client-go loads the kubeconfig and returns the error. The report adds the entry and the file. No permissions and " +
			"no server are needed. For a credential from elsewhere (`-f`), the finding also means that no kubeconfig is in use, " +
			"so no API server checks the credential. In a pasted error (`--error`), the client's message names the fault.",
		Fix: "Correct the entry that the report names. `kubectl config unset` removes an entry. `kubectl config set-cluster` " +
			"and `kubectl config set-credentials` write an entry again; `--embed-certs` stores certificates as base64. " +
			"Relative paths in a kubeconfig start at its own folder. Downloading the kubeconfig again is often quickest.",
		Reference: "k8s.io/client-go tools/clientcmd/validation.go",
	})

	AuthProviderRemoved = declare(Entry{
		ID: "auth-provider-removed", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "client-go no longer has the auth provider",
		Meaning: "The kubeconfig uses the `gcp` or `azure` auth provider, which client-go removed in 1.26 in favor of exec " +
			"plugins. The client stops before it sends a request, with `The gcp auth plugin has been removed`, `The azure " +
			"auth plugin has been removed` or `no Auth Provider found for name`.",
		Detection: "Read from the kubeconfig alone, with certainty. No permissions are needed.",
		Fix: "For GKE, install `gke-gcloud-auth-plugin` and run `gcloud container clusters get-credentials CLUSTER`. For AKS, " +
			"install kubelogin, run `az aks get-credentials` and then `kubelogin convert-kubeconfig`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins",
	})

	AuthProviderFailed = declare(Entry{
		ID: "auth-provider-failed", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the auth provider returned no token",
		Meaning: "The kubeconfig's `auth-provider` (`oidc`) stores an ID token and renews it with a refresh token. The renewal " +
			"failed. The ID token has expired or is invalid, the refresh token is missing, or the identity provider rejected " +
			"it or could not be reached. The client stops before it sends a request, for example with `No valid id-token, and " +
			"cannot refresh without refresh-token`.",
		Detection: "The provider is called as client-go calls it, and the expiry of the ID token in the kubeconfig is read. No " +
			"permissions in the cluster are needed.",
		Fix: "Log in again with the tool that wrote the kubeconfig. An exec plugin such as kubelogin replaces the auth " +
			"provider and logs in automatically.",
		Reference: "k8s.io/client-go plugin/pkg/client/auth/oidc/oidc.go",
	})

	ExecPluginNotFound = declare(Entry{
		ID: "exec-plugin-not-found", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the exec plugin is not installed",
		Meaning: "The kubeconfig names a command that prints the credential, and the process that reads the kubeconfig cannot find " +
			"the command. The client stops with `getting credentials: exec: executable … not found` before it sends a " +
			"request. A name without a slash is looked up on the PATH of that process. In an IDE, a cron job or a container, " +
			"that PATH differs from the PATH of your shell. A name with a slash is relative to the kubeconfig.",
		Detection: "The command is looked up in the same way here. No permissions and no server are needed.",
		Fix: "Install the plugin. The kubeconfig's `installHint`, which the report shows, often has instructions. If the " +
			"plugin is installed, write its full path into the kubeconfig, or correct the PATH of the program that fails.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins",
	})

	ExecPluginFailed = declare(Entry{
		ID: "exec-plugin-failed", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the exec plugin failed",
		Meaning: "The command that prints the credential failed, or its output is not an ExecCredential. The client stops with " +
			"`getting credentials: exec: executable … failed with exit code` or `decoding stdout`, and sends nothing to the " +
			"API server. Most often a login with the identity provider has expired, or the plugin prompts without a terminal.",
		Detection: "The plugin is run as client-go runs it. The report shows its exit status and its standard error. No permissions " +
			"in the cluster are needed.",
		Fix: "Log in again with the plugin's tool (`aws sso login`, `gcloud auth login`, `az login` or similar). Then run the " +
			"plugin's own command by hand. For programs without a terminal, configure the plugin to never prompt.",
		Reference: "k8s.io/client-go plugin/pkg/client/auth/exec/exec.go",
	})

	LoginFailed = declare(Entry{
		ID: "login-failed", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the login with the cloud or identity provider failed",
		Meaning: "The program that obtains the credential could not log in, or could not renew its session. The session or the " +
			"refresh token has expired, the program has no credentials of its own, or the provider rejected them. The client " +
			"has no new credential to send, and no API server judged anything.",
		Detection: "Recognized in a pasted error (`--error`), by the messages of clouds' tools, of their SDKs and of OpenID " +
			"Connect clients. If the text shows that an exec plugin failed, the finding is `exec-plugin-failed` instead.",
		Fix: "Log in again with the tool that wrote the message (`aws sso login`, `gcloud auth login`, `az login` or similar). " +
			"Use the same user and environment as the program that failed.",
		Reference: "RFC 6749, section 5.2",
	})

	ExecPluginVersionMismatch = declare(Entry{
		ID: "exec-plugin-version-mismatch", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the exec plugin answers in another API version",
		Meaning: "The kubeconfig requests one version of `client.authentication.k8s.io`, and the plugin answers in another. Or " +
			"client-go no longer supports the requested version. client-go supports `v1` and `v1beta1`, and the answer must " +
			"have the requested version. The client stops with `exec plugin is configured to use API version` and sends " +
			"nothing.",
		Detection: "The version in the kubeconfig is compared with the version in the plugin's answer. No permissions and no server " +
			"are needed.",
		Fix: "Update the plugin, and set `apiVersion` in the `exec` section of the kubeconfig to the version of its answer. " +
			"Most tools do both when they write the kubeconfig again, such as `aws eks update-kubeconfig --name CLUSTER`.",
		Reference: "https://kubernetes.io/docs/reference/config-api/client-authentication.v1/",
	})

	ExecPluginNoCredential = declare(Entry{
		ID: "exec-plugin-no-credential", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the exec plugin returned no credential",
		Meaning: "The plugin ran, and its answer holds neither a token nor a client certificate with its key. The client stops " +
			"with `exec plugin didn't return a token or cert/key pair`, `didn't return a status field` or `returned only " +
			"certificate or key, not both`. It sends nothing.",
		Detection: "The plugin is run as client-go runs it, and its answer is read. No permissions and no server are needed.",
		Fix: "Run the plugin's command by hand and check the `status` in its output. Usually the plugin is logged out, uses " +
			"another account, or gets wrong arguments.",
		Reference: "k8s.io/client-go plugin/pkg/client/auth/exec/exec.go",
	})

	ExecPluginNeedsTerminal = declare(Entry{
		ID: "exec-plugin-needs-terminal", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the exec plugin requires a terminal",
		Meaning: "The kubeconfig has `interactiveMode: Always`, and standard input is not a terminal: in a pipe, in CI, in a cron " +
			"job. client-go then does not run the plugin and stops with `exec plugin cannot support interactive mode`.",
		Detection: "client-go returns this error without running the plugin. No permissions and no server are needed.",
		Fix: "Run the command from a terminal. Or let the plugin log in without prompts, and run `kubectl config " +
			"set-credentials NAME --exec-interactive-mode=IfAvailable`. For programs, use a ServiceAccount token instead.",
		Reference: "https://kubernetes.io/docs/reference/config-api/client-authentication.v1/",
	})

	ExecPluginNotAllowed = declare(Entry{
		ID: "exec-plugin-not-allowed", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "kubectl's preferences forbid the exec plugin",
		Meaning: "kubectl's preferences (`~/.kube/kuberc`, or the file that `KUBERC` names) have a `credentialPluginPolicy` that " +
			"does not allow this plugin, or an invalid allowlist. Clients since 1.35 then stop with `not allowed: policy set " +
			"to` or `is not permitted by the credential plugin allowlist`.",
		Detection: "The preferences are read as kubectl reads them, and client-go decides. The plugin is not run. No permissions are " +
			"needed.",
		Fix: "If the plugin should run, add its command to `credentialPluginAllowlist` in the preferences, with its full path " +
			"or as in the kubeconfig.",
		Reference: "https://kubernetes.io/docs/reference/kubectl/kuberc/",
	})

	ExecCredentialExpired = declare(Entry{
		ID: "exec-credential-expired", Severity: Warning, Group: "Encoding and transport of the credential",
		Title: "the exec plugin returned an expired credential",
		Meaning: "The plugin's answer has a `status.expirationTimestamp` in the past. client-go sends the credential once and runs " +
			"the plugin again for each request. That is slow, and the plugin may prompt each time. Either the plugin has a " +
			"stale cache, or this machine's clock is wrong.",
		Detection: "client-go runs the plugin a second time for the same request, for this reason only. No permissions are needed.",
		Fix:       "Clear the plugin's cache and log in again. Check this machine's clock (`date -u`).",
		Reference: "k8s.io/client-go plugin/pkg/client/auth/exec/exec.go",
	})

	ExecPluginSkipped = declare(Entry{
		ID: "exec-plugin-skipped", Severity: Warning, Group: "Encoding and transport of the credential",
		Title: "another credential overrides the exec plugin",
		Meaning: "The user entry has an exec plugin and also a token, a password or a client certificate. client-go then never " +
			"runs the plugin, and prints no warning. The client gets the other identity instead of the plugin's, often from " +
			"an old entry or from `--token`.",
		Detection: "Read from the kubeconfig and the flags alone. No permissions are needed. `kubectl auth whoami` shows the " +
			"identity that the API server assigns.",
		Fix: "Remove the unwanted entry, for example with `kubectl config unset users.NAME.token` or `kubectl config unset " +
			"users.NAME.client-certificate-data`.",
		Reference: "k8s.io/client-go plugin/pkg/client/auth/exec/exec.go, UpdateTransportConfig",
	})

	TokenNotRead = declare(Entry{
		ID: "token-not-read", Severity: Info, Group: "Encoding and transport of the credential",
		Title: "the token was described but not read",
		Meaning: "The report shows what the Pod's spec requests for the token: its audience, its lifetime, and its path in the " +
			"container. The kubelet writes the token itself into the container, where it was not read. The API server " +
			"therefore cannot judge it.",
		Detection: "Reported for `pod/NAME` without `--exec`, or if `--exec` could not read the token. Then the caller may not run " +
			"commands in the Pod, the container does not run, or its image has no program to read a file. Reading the Pod " +
			"needs permission.",
		Fix: "Read the token in the container with `kubectl authn explain pod/NAME --exec`, which needs permission to create " +
			"`pods/exec`. If that is not possible, examine a new token of the same kind: `kubectl authn mint SERVICEACCOUNT " +
			"--bound-object-kind Pod --bound-object-name POD | kubectl authn explain -`.",
		Reference: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#launch-a-pod-using-service-account-token-projection",
	})

	CertificateWithoutKey = declare(Entry{
		ID: "certificate-without-key", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the certificate's private key is missing",
		Meaning: "A client certificate identifies the holder of its private key. Only the certificate was given, or a key that " +
			"does not belong to it. A client cannot present such a certificate to a server. Faults of the certificate itself " +
			"are still reported.",
		Detection: "Read from the input, with certainty. No permissions are needed.",
		Fix: "Pass certificate and key together, in one file or as a kubeconfig with `client-certificate-data` and " +
			"`client-key-data`. Or name the kubeconfig with `--kubeconfig` and examine its context.",
		Reference: "RFC 8446 section 4.4.3",
	})

	ClientCertificateUnusable = declare(Entry{
		ID: "client-certificate-unusable", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the client certificate cannot be used",
		Meaning: "A certificate and a key are configured, and the client cannot present them. A file is missing, unreadable or not " +
			"PEM, certificate and key are swapped, or the key belongs to another certificate. The client stops with an error " +
			"message such as `tls: private key does not match public key` and sends no request.",
		Detection: "client-go loads both as for a request and returns the error. No permissions and no server are needed.",
		Fix: "Write both again from the files that belong together: `kubectl config set-credentials NAME " +
			"--client-certificate=FILE --client-key=FILE --embed-certs`. Relative paths in a kubeconfig start at its own " +
			"folder. To check a pair, run `openssl x509 -noout -pubkey -in CERTIFICATE` and `openssl pkey -pubout -in KEY`. " +
			"Both must print the same key.",
		Reference: "https://kubernetes.io/docs/reference/kubectl/generated/kubectl_config/kubectl_config_set-credentials/",
	})

	ImpersonationConfigured = declare(Entry{
		ID: "impersonation-configured", Severity: Warning, Group: "Encoding and transport of the credential",
		Title: "kubectl acts as another user",
		Meaning: "The user entry has `as` (and perhaps `as-groups`), or the command line has `--as`. Every request of kubectl asks " +
			"the API server to treat it as that user's request. The credential identifies one user, and the permissions are " +
			"those of the other. If the first user may not impersonate, the API server answers every request with 403.",
		Detection: "Read from the kubeconfig and the flags. A SelfSubjectReview as the caller shows whether the API server accepts " +
			"the impersonation. The credential itself is tried without impersonation.",
		Fix: "If impersonation is not intended, remove `--as`, or remove it from the kubeconfig: `kubectl config unset " +
			"users.NAME.act-as`. If it is intended, an administrator grants the verb `impersonate` on that user.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation",
	})

	TokenShadowedByClientCertificate = declare(Entry{
		ID: "token-shadowed-by-client-certificate", Severity: Warning, Group: "Encoding and transport of the credential",
		Title: "the client certificate hides the token",
		Meaning: "The client sends a certificate and a token. The API server checks the certificate first. If the certificate is " +
			"accepted, the API server uses its identity and never reads the token, so even an invalid token goes unnoticed. " +
			"Therefore `kubectl --token` has no effect with a kubeconfig that holds a certificate. If the certificate is " +
			"rejected, the API server tries the token.",
		Detection: "Read from the kubeconfig and the flags alone. A SelfSubjectReview, which any authenticated user may create, " +
			"proves it. Its `credential-id` holds the hash of the certificate instead of the ID of the token.",
		Fix: "Use a context whose user has only the token: `kubectl config set-credentials NAME --token=TOKEN` and `kubectl " +
			"--user=NAME`.",
		Reference: "k8s.io/kubernetes pkg/kubeapiserver/authenticator/config.go",
	})

	TokenShadowedByTokenFile = declare(Entry{
		ID: "token-shadowed-by-token-file", Severity: Warning, Group: "Encoding and transport of the credential",
		Title: "the token file overrides the token",
		Meaning: "The user entry has a `tokenFile` and also a `token`, in the kubeconfig or from `--token`. client-go sends the " +
			"content of the file. It uses the other token only while the file cannot be read. `kubectl --token` does not " +
			"clear a `tokenFile`.",
		Detection: "Read from the kubeconfig and the flags alone. No permissions are needed. Comparing the credential ID in a " +
			"SelfSubjectReview with both tokens proves which token was sent.",
		Fix: "Remove one of the two: `kubectl config unset users.NAME.tokenFile` or `kubectl config unset users.NAME.token`. " +
			"To try another token once, use another user entry.",
		Reference: "k8s.io/client-go transport/round_trippers.go",
	})

	TokenFileUnreadable = declare(Entry{
		ID: "token-file-unreadable", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the token file cannot be read or is empty",
		Meaning: "The kubeconfig or the in-cluster configuration names a file that is missing, unreadable or empty. The same can " +
			"be true of the token file in a container. A client that starts stops with the error of the file system or with " +
			"`read empty token from file`. A client that already runs logs `Unable to rotate token`, keeps the old token, and " +
			"fails when that token expires.",
		Detection: "The file is opened here. That proves it for this machine and this user, and needs no permissions in the cluster. " +
			"With `pod/NAME --exec`, the file is read in the container, as the user of the container. That needs permission " +
			"to create `pods/exec`.",
		Fix: "Correct the path or the file mode. In a Pod, check that `automountServiceAccountToken` is not false. For a " +
			"process that does not run as root, set `securityContext.fsGroup`, so that the process can read the projected " +
			"token.",
		Reference: "k8s.io/client-go transport/token_source.go",
	})

	TokenFileMismatch = declare(Entry{
		ID: "token-file-mismatch", Severity: Warning, Group: "Encoding and transport of the credential",
		Title: "the token is not the one in the Pod's spec",
		Meaning: "The token in the container names another Pod, ServiceAccount or audience than the Pod's spec, or has a longer " +
			"lifetime. It was copied from elsewhere: into the image, from another Pod through a shared volume, or by a " +
			"program that keeps its own token. The kubelet does not renew such a token. A token that is bound to another Pod " +
			"becomes invalid with that Pod.",
		Detection: "With `pod/NAME --exec`, the claims of the token are compared with the Pod's spec and UID. It needs permission to " +
			"get the Pod and to create `pods/exec`.",
		Fix: "Configure the program to read the file that the kubelet projects. Its path is " +
			"`/var/run/secrets/kubernetes.io/serviceaccount/token`, or the path of a projected volume. Do not mount anything " +
			"over it.",
		Reference: "https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken",
	})

	PlainHTTPServer = declare(Entry{
		ID: "plain-http-server", Severity: Error, Group: "Encoding and transport of the credential",
		Title: "the server URL is http: no credential is sent",
		Meaning: "The cluster's `server` begins with `http://`. kubectl and every other client that reads a kubeconfig drop the " +
			"user's credential for such a server, so that it is not sent unencrypted. The request arrives without a " +
			"credential and is anonymous. A program that builds its own configuration may still send the credential.",
		Detection: "Read from the kubeconfig alone, with certainty. No permissions are needed.",
		Fix: "Set the https address of the API server: `kubectl config set-cluster NAME --server=https://HOST:6443 " +
			"--certificate-authority=FILE`. A proxy on this machine (`kubectl proxy`) adds its own credential and needs none.",
		Reference: "k8s.io/client-go tools/clientcmd/client_config.go",
	})
)
