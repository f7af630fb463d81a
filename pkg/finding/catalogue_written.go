package finding

var (
	NoCredential = declare(Entry{
		ID: "no-credential", Severity: Error, Group: "How the credential is written and carried",
		Title: "the kubeconfig context identifies nobody",
		Meaning: "The user of the context that is in use has no token, token file, client certificate, exec plugin, auth " +
			"provider or password, or the context names no user at all. The request is sent without a credential. An API " +
			"server with anonymous access takes it for `system:anonymous` and usually answers 403 in that name; one " +
			"without answers 401. On a terminal kubectl asks for a user name instead, and whatever is typed then does not " +
			"help: no API server reads passwords. In a Pod without a kubeconfig the credential is the mounted token of its " +
			"ServiceAccount; where none is mounted, `KUBERNETES_SERVICE_HOST` or `KUBERNETES_SERVICE_PORT` is not set, or a " +
			"flag names a server or a user, clients fall back to localhost:8080 and send none.",
		Detection: "Read from the kubeconfig alone, or from the Pod's environment and files, so it needs no rights and no " +
			"server, and it is certain.",
		Fix: "See which context and user are in force with `kubectl config view --minify`. Choose another context with " +
			"`kubectl config use-context NAME`, or give this one a user with `kubectl config set-context --current " +
			"--user=NAME`. If the user entry itself is empty, fetch the kubeconfig again from whoever runs the cluster. In a Pod, have the " +
			"token mounted (`automountServiceAccountToken: true`), and keep the environment of the container.",
		Reference: "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/",
	})

	EmptyBearerToken = declare(Entry{
		ID: "empty-bearer-token", Severity: Error, Group: "How the credential is written and carried",
		Title: "the bearer token is empty",
		Meaning: "The token is empty or consists of white space. The API server ignores an Authorization header with nothing " +
			"after `Bearer`, and goes on as if no credential had been sent: the request is anonymous. TokenReview refuses " +
			"an empty token as a bad request, and reports one of mere spaces as authenticated, with the user " +
			"`system:anonymous`; that is not a success.",
		Detection: "Seen in the credential alone, without any rights and with certainty.",
		Fix: "Look where the token should have come from. An unset shell variable, a file that is written later, and a " +
			"Secret key of another name are the usual reasons. A fresh token for a ServiceAccount comes from `kubectl " +
			"create token NAME --namespace NAMESPACE`.",
		Reference: "k8s.io/apiserver pkg/authentication/request/bearertoken/bearertoken.go",
	})

	TokenHasWhitespace = declare(Entry{
		ID: "token-has-whitespace", Severity: Error, Group: "How the credential is written and carried",
		Title: "the token contains white space",
		Meaning: "The API server splits the Authorization header at spaces. With a space before the token the header is " +
			"ignored, the request is anonymous, and the answer carries a Warning about the extra space; what follows a " +
			"space inside the token is dropped, and the server judges what is left of it. A line break cannot be sent at " +
			"all: Go clients stop with `invalid header field value for \"Authorization\"` before any request is made.",
		Detection: "Seen in the credential alone, with certainty. What a kubeconfig, a token file or an exec plugin holds is " +
			"judged to the letter; client-go trims the content of a token file, but not a `token` in a kubeconfig.",
		Fix: "Write the token without a final newline (`printf %s` rather than `echo`), and remove breaks that came from a " +
			"terminal or a mail, for example with `tr -d '[:space:]'`. Where other text stands around the token, or a second token, take the " +
			"token out of it first. For a kubeconfig, set it anew with `kubectl config set-credentials NAME --token=TOKEN`.",
		Reference: "k8s.io/apiserver pkg/authentication/request/bearertoken/bearertoken.go",
	})

	TokenHasControlCharacters = declare(Entry{
		ID: "token-has-control-characters", Severity: Error, Group: "How the credential is written and carried",
		Title: "the token has characters that no HTTP header can hold",
		Meaning: "A control character such as a zero byte or an escape is in the token. Go clients, kubectl among them, refuse to " +
			"send the request: `net/http: invalid header field value for \"Authorization\"`. Other clients refuse too, and an API " +
			"server answers 400 to one that does not. The characters come from UTF-16 files, from colours and from terminals that mark " +
			"pasted text. TokenReview takes the token in JSON, where such characters can stand, so only the wire decides.",
		Detection: "Seen in the credential alone, with certainty and without any rights.",
		Fix: "Take the token again from where it was issued, without the terminal between. `tr -d '[:cntrl:]'` removes control " +
			"characters from a file; `iconv -f UTF-16 -t UTF-8` converts one that is UTF-16.",
		Reference: "RFC 9110, section 5.5",
	})

	TokenFileEncoding = declare(Entry{
		ID: "token-file-encoding", Severity: Warning, Group: "How the credential is written and carried",
		Title: "the file that holds the token is not plain text",
		Meaning: "The file is UTF-16, as Windows PowerShell writes with `>` and `Out-File`, or begins with a UTF-8 byte order mark. It " +
			"was decoded here, and the token in it is judged. A client that reads the same file as its token file sends the bytes as " +
			"they are: a byte order mark becomes part of the token, and the API server answers `invalid bearer token`; UTF-16 has zero " +
			"bytes, which Go clients refuse to send (`net/http: invalid header field value`).",
		Detection: "Seen in the bytes of the file or of standard input. UTF-16 without a byte order mark is recognised where all of it is ASCII.",
		Fix: "Write the file without a mark: in PowerShell `... | Out-File -Encoding ascii FILE`, elsewhere `iconv -f UTF-16 -t UTF-8`. " +
			"An editor saves as \"UTF-8\" rather than \"UTF-8 with BOM\".",
		Reference: "https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding",
	})

	TokenBase64Wrapped = declare(Entry{
		ID: "token-base64-wrapped", Severity: Error, Group: "How the credential is written and carried",
		Title: "the token is still base64-encoded",
		Meaning: "The value is the `data.token` of a Secret as the API shows it, which is base64 of the token. No " +
			"authenticator recognises it, so the API server answers 401, and TokenReview says nothing but `invalid bearer " +
			"token`.",
		Detection: "The value decodes as base64 to a JWT or a bootstrap token. That is seen in the credential alone, without any " +
			"rights. The report goes on to say what the token inside would get.",
		Fix: "Decode it once: `kubectl get secret NAME --namespace NAMESPACE --output go-template='{{.data.token | " +
			"base64decode}}'`. Where possible use a token that expires instead, from `kubectl create token NAME`.",
		Reference: "https://kubernetes.io/docs/concepts/configuration/secret/",
	})

	AuthorizationSchemePasted = declare(Entry{
		ID: "authorization-scheme-pasted", Severity: Error, Group: "How the credential is written and carried",
		Title: "the token itself begins with \"Bearer \"",
		Meaning: "The token was stored together with the scheme of the header it was copied from. The client puts its own " +
			"`Bearer ` in front, and the API server reads the word Bearer as the token. It answers 401, and TokenReview " +
			"says `invalid bearer token`.",
		Detection: "Seen in the credential alone, with certainty, where a kubeconfig, a token file or an exec plugin holds it. A " +
			"header line given to this command as an argument, a file or standard input stands for the token inside it " +
			"and is no fault.",
		Fix: "Store the token alone, without `Bearer ` and without `Authorization:`. For a kubeconfig: `kubectl config " +
			"set-credentials NAME --token=TOKEN`.",
		Reference: "RFC 6750, section 2.1",
	})

	TokenTruncated = declare(Entry{
		ID: "token-truncated", Severity: Error, Group: "How the credential is written and carried",
		Title: "a part of the token is missing",
		Meaning: "A signed JWT has three parts with dots between them, and one of them is missing, empty or cut short. Where " +
			"the API server does not find three parts and a readable payload it does not take the value for a JWT at all, " +
			"and says only `invalid bearer token`. Where the signature alone was cut it says `error in cryptographic " +
			"primitive` or `failed to verify id token signature`.",
		Detection: "Seen in the credential alone, without any rights: fewer than three parts, an ellipsis, JSON that ends in the " +
			"middle, or a signature too short for its algorithm. A token that was cut between two characters of a part " +
			"may look like a damaged one.",
		Fix: "Copy the token again and whole; do not select it on a screen that wraps or shortens lines. Pipe it from the " +
			"command that makes it, or write it to a file and use that.",
		Reference: "RFC 7515, section 7.1",
	})

	TokenPadded = declare(Entry{
		ID: "token-padded", Severity: Error, Group: "How the credential is written and carried",
		Title: "the token is padded or in the wrong base64 alphabet",
		Meaning: "The parts of a JWT are written in base64url without padding. This one ends parts in `=` or uses `+` and `/`, " +
			"which an encoder for ordinary base64 produces. The API server decodes strictly, does not recognise a JWT, " +
			"and says nothing but `invalid bearer token`.",
		Detection: "Seen in the credential alone, with certainty and without any rights.",
		Fix: "Use the token exactly as its issuer wrote it. If a program assembles or re-encodes it, make that program use " +
			"base64url without padding; changing the characters afterwards works only if the signature was made over the " +
			"corrected text.",
		Reference: "RFC 7515, section 2",
	})

	MalformedJWT = declare(Entry{
		ID: "malformed-jwt", Severity: Error, Group: "How the credential is written and carried",
		Title: "the JWT cannot be decoded",
		Meaning: "The value is built like a JWT, and one of its parts is not base64url, not JSON, or holds a claim of the " +
			"wrong type. An API server that cannot read the payload takes it for no JWT and says only `invalid bearer " +
			"token`. A claim of the wrong type is noticed after the signature, and the error of the JSON decoder is " +
			"passed on.",
		Detection: "Seen in the credential alone: the finding says which part and which byte. Proved without any rights.",
		Fix: "Get a new token from its issuer, and compare how it is stored on the way: shells, templates and YAML change " +
			"quotes, line breaks and backslashes. If the issuer itself writes such tokens, it has to be corrected there.",
		Reference: "RFC 7519, section 7.2",
	})

	EncryptedToken = declare(Entry{
		ID: "encrypted-token", Severity: Error, Group: "How the credential is written and carried",
		Title: "the token is encrypted",
		Meaning: "A token of five parts is a JWE: its claims are encrypted for somebody else. The API server reads signed " +
			"tokens only, does not recognise this one, and says `invalid bearer token`. Some identity providers encrypt " +
			"ID tokens when the client is registered for it, and many issue encrypted access tokens.",
		Detection: "Seen in the credential alone, with certainty: five parts, and a header with `enc`.",
		Fix: "Have the identity provider issue signed and unencrypted ID tokens for the client that Kubernetes uses, and " +
			"make sure that the ID token is sent, not the access token.",
		Reference: "RFC 7516, section 3.1",
	})

	BasicAuthUnsupported = declare(Entry{
		ID: "basic-auth-unsupported", Severity: Error, Group: "How the credential is written and carried",
		Title: "no API server reads user names and passwords",
		Meaning: "The kubeconfig holds a user name and a password. The client sends them, and nothing reads them: the last " +
			"authenticator for passwords was removed in Kubernetes 1.19. The API server sees no credential, and the " +
			"request is anonymous. A proxy in front of the API server may still read them.",
		Detection: "Read from the kubeconfig alone, without any rights and with certainty.",
		Fix: "Use a client certificate, an exec credential plugin or a token, and remove the old entry: `kubectl config " +
			"unset users.NAME.username` and `kubectl config unset users.NAME.password`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
	})

	KubeconfigInvalid = declare(Entry{
		ID: "kubeconfig-invalid", Severity: Error, Group: "How the credential is written and carried",
		Title: "the kubeconfig is not in order",
		Meaning: "The kubeconfig contradicts itself, or names what is not there, so that client-go refuses it before any request, " +
			"or falls back to something that nobody meant (`localhost:8080`). Typical are PEM where `certificate-authority-data` " +
			"wants base64 of it, a certificate both inline and as a file, a token beside a password, a context whose cluster " +
			"does not exist, and an `exec` section without `apiVersion` or `interactiveMode`.",
		Detection: "client-go itself loads the kubeconfig and says what it makes of it; which entry of which file it is, is read " +
			"there. It needs no rights and no server.",
		Fix: "Correct the entry that the report names: `kubectl config unset` removes one, `kubectl config set-cluster` and " +
			"`kubectl config set-credentials` write one anew, with `--embed-certs` as base64. Paths in a kubeconfig are relative " +
			"to its own folder. Often it is quickest to fetch the kubeconfig again.",
		Reference: "k8s.io/client-go tools/clientcmd/validation.go",
	})

	AuthProviderRemoved = declare(Entry{
		ID: "auth-provider-removed", Severity: Error, Group: "How the credential is written and carried",
		Title: "the auth provider has been removed from client-go",
		Meaning: "The kubeconfig uses the `gcp` or `azure` auth provider, which client-go dropped in 1.26 in favour of exec " +
			"credential plugins. The client stops before it sends a request, with `The gcp auth plugin has been removed`, " +
			"`The azure auth plugin has been removed` or `no Auth Provider found for name`.",
		Detection: "Read from the kubeconfig alone, without any rights and with certainty.",
		Fix: "For GKE install `gke-gcloud-auth-plugin` and run `gcloud container clusters get-credentials CLUSTER`. For " +
			"AKS install kubelogin, run `az aks get-credentials` and then `kubelogin convert-kubeconfig`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins",
	})

	AuthProviderFailed = declare(Entry{
		ID: "auth-provider-failed", Severity: Error, Group: "How the credential is written and carried",
		Title: "the auth provider gave no token",
		Meaning: "The kubeconfig's `auth-provider` (`oidc`) keeps an ID token and renews it with a refresh token. It could not: " +
			"the ID token is past its time or is none, there is no refresh token, or the identity provider refused or could " +
			"not be reached. The client stops before it sends a request, for example with `No valid id-token, and cannot " +
			"refresh without refresh-token`.",
		Detection: "The provider is asked as client-go asks it, and the expiry of the ID token in the kubeconfig is read. It needs " +
			"no rights in the cluster.",
		Fix: "Log in again with the tool that wrote the kubeconfig. An exec plugin such as kubelogin logs in by itself, and " +
			"replaces the auth provider.",
		Reference: "k8s.io/client-go plugin/pkg/client/auth/oidc/oidc.go",
	})

	ExecPluginNotFound = declare(Entry{
		ID: "exec-plugin-not-found", Severity: Error, Group: "How the credential is written and carried",
		Title: "the exec credential plugin is not installed",
		Meaning: "The kubeconfig names a command that should produce the credential, and the process that reads the kubeconfig " +
			"cannot find it. The client stops with `getting credentials: exec: executable … not found` before it sends a " +
			"request. A name without a slash is looked up on the PATH of that process, which in an IDE, a cron job or a " +
			"container is not that of your shell; one with a slash is relative to the kubeconfig.",
		Detection: "The command is looked up in the same way here. It needs no rights and no server.",
		Fix: "Install the plugin; the kubeconfig's `installHint`, which is shown, often says how. If it is installed, " +
			"write its full path into the kubeconfig, or correct the PATH of the program that fails.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins",
	})

	ExecPluginFailed = declare(Entry{
		ID: "exec-plugin-failed", Severity: Error, Group: "How the credential is written and carried",
		Title: "the exec credential plugin failed",
		Meaning: "The command that should produce the credential ended with an error, or printed something that is not an " +
			"ExecCredential. The client stops with `getting credentials: exec: executable … failed with exit code` or " +
			"`decoding stdout`, and nothing reaches the API server. Most often a login with the identity provider has " +
			"expired, or the plugin wants to ask something where there is no terminal.",
		Detection: "The plugin is run as client-go runs it, and its exit status and what it wrote to standard error are shown. " +
			"It needs no rights in the cluster.",
		Fix: "Run the plugin's login again (`aws sso login`, `gcloud auth login`, `az login` or its like) and then the " +
			"plugin's own command by hand. Programs without a terminal need a plugin configuration that never asks.",
		Reference: "k8s.io/client-go plugin/pkg/client/auth/exec/exec.go",
	})

	ExecPluginVersionMismatch = declare(Entry{
		ID: "exec-plugin-version-mismatch", Severity: Error, Group: "How the credential is written and carried",
		Title: "the exec plugin speaks another API version",
		Meaning: "The kubeconfig asks the plugin for one version of `client.authentication.k8s.io`, and it answers in another, " +
			"or the version asked for is one that client-go no longer knows. client-go takes `v1` and `v1beta1`, and the " +
			"answer must be of the version that was asked for. The client stops with `exec plugin is configured to use " +
			"API version`, and nothing is sent.",
		Detection: "The version in the kubeconfig is compared with the one in the plugin's answer. It needs no rights and no " +
			"server.",
		Fix: "Update the plugin, and set `apiVersion` in the `exec` section of the kubeconfig to the version that it " +
			"answers with. Most tools do both when they write the kubeconfig again, such as `aws eks update-kubeconfig " +
			"--name CLUSTER`.",
		Reference: "https://kubernetes.io/docs/reference/config-api/client-authentication.v1/",
	})

	ExecPluginNoCredential = declare(Entry{
		ID: "exec-plugin-no-credential", Severity: Error, Group: "How the credential is written and carried",
		Title: "the exec plugin returned no credential",
		Meaning: "The plugin ran and answered, and its answer holds neither a token nor a client certificate with its key. The " +
			"client stops with `exec plugin didn't return a token or cert/key pair`, `didn't return a status field` or " +
			"`returned only certificate or key, not both`. Nothing is sent.",
		Detection: "The plugin is run as client-go runs it, and its answer is read. It needs no rights and no server.",
		Fix: "Run the plugin's command by hand and see what `status` it prints. Usually it is logged out, points to " +
			"another account, or is called with arguments that make it do something else.",
		Reference: "k8s.io/client-go plugin/pkg/client/auth/exec/exec.go",
	})

	ExecPluginNeedsTerminal = declare(Entry{
		ID: "exec-plugin-needs-terminal", Severity: Error, Group: "How the credential is written and carried",
		Title: "the exec plugin insists on a terminal",
		Meaning: "The kubeconfig says `interactiveMode: Always`, and standard input is no terminal: in a pipe, in CI, in a cron job. " +
			"client-go does not run the plugin then, and stops with `exec plugin cannot support interactive mode`.",
		Detection: "client-go says so, and nothing is run. It needs no rights and no server.",
		Fix: "Run the command from a terminal, or have the plugin log in without questions and set `kubectl config " +
			"set-credentials NAME --exec-interactive-mode=IfAvailable`. For programs use a ServiceAccount's token instead.",
		Reference: "https://kubernetes.io/docs/reference/config-api/client-authentication.v1/",
	})

	ExecPluginNotAllowed = declare(Entry{
		ID: "exec-plugin-not-allowed", Severity: Error, Group: "How the credential is written and carried",
		Title: "kubectl's preferences forbid the exec plugin",
		Meaning: "The preferences of kubectl (`~/.kube/kuberc`, or the file that `KUBERC` names) have a `credentialPluginPolicy` " +
			"that does not let this plugin run, or an allowlist that is not in order. Clients since 1.35 then stop with " +
			"`not allowed: policy set to` or `is not permitted by the credential plugin allowlist`.",
		Detection: "The preferences are read as kubectl reads them, and client-go decides. Nothing is run; it needs no rights.",
		Fix: "If the plugin is meant to run, add its command to `credentialPluginAllowlist` in the preferences, with its full path or " +
			"as the kubeconfig writes it.",
		Reference: "https://kubernetes.io/docs/reference/kubectl/kuberc/",
	})

	ExecCredentialExpired = declare(Entry{
		ID: "exec-credential-expired", Severity: Warning, Group: "How the credential is written and carried",
		Title: "the exec plugin hands out what it calls expired",
		Meaning: "The plugin's answer has a `status.expirationTimestamp` in the past. client-go sends the credential once and runs the " +
			"plugin anew for each request, which is slow, and asks anew each time where the plugin asks. The plugin has a " +
			"stale cache, or the clock of this machine is wrong.",
		Detection: "client-go runs the plugin a second time for the same request, which it does for this reason only. Needs no rights.",
		Fix:       "Have the plugin forget what it kept, and log in again; compare this machine's clock (`date -u`).",
		Reference: "k8s.io/client-go plugin/pkg/client/auth/exec/exec.go",
	})

	ExecPluginSkipped = declare(Entry{
		ID: "exec-plugin-skipped", Severity: Warning, Group: "How the credential is written and carried",
		Title: "the exec plugin is not run: another credential wins",
		Meaning: "The user entry has an exec plugin and also a token, a password or a client certificate. client-go then never " +
			"runs the plugin, and does not say so. Whoever expects the plugin's identity gets the other one, often from " +
			"an old entry or from `--token`.",
		Detection: "Read from the kubeconfig and the flags alone, without any rights. Who the server takes the request for can " +
			"be seen with `kubectl auth whoami`.",
		Fix: "Remove the entry that is not wanted, for example with `kubectl config unset users.NAME.token` or `kubectl " +
			"config unset users.NAME.client-certificate-data`.",
		Reference: "k8s.io/client-go plugin/pkg/client/auth/exec/exec.go, UpdateTransportConfig",
	})

	TokenNotRead = declare(Entry{
		ID: "token-not-read", Severity: Info, Group: "How the credential is written and carried",
		Title: "the token was described and not read",
		Meaning: "What is known of the token is what the Pod's spec asks for: its audience, its lifetime, where the container " +
			"finds it. The kubelet puts the token itself into the container, and nobody has looked at it there. No API " +
			"server can be asked about it.",
		Detection: "Reported for `pod/NAME` without `--exec`, or where `--exec` could not read it: the caller may not run commands " +
			"in the Pod, the container does not run, the image has no program that reads a file. It needs the right to " +
			"read the Pod.",
		Fix: "Read the token where it is, with `kubectl authn explain pod/NAME --exec`, which needs the right to create " +
			"`pods/exec`. Where that is not possible, ask about a fresh token of the same kind: `kubectl authn mint " +
			"SERVICEACCOUNT --bound-object-kind Pod --bound-object-name POD | kubectl authn explain -`.",
		Reference: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#launch-a-pod-using-service-account-token-projection",
	})

	CertificateWithoutKey = declare(Entry{
		ID: "certificate-without-key", Severity: Error, Group: "How the credential is written and carried",
		Title: "the private key of the certificate is not at hand",
		Meaning: "A client certificate identifies whoever can sign with its private key. Only the certificate was handed over, " +
			"or a key that does not belong to it, so that it cannot be presented to a server. What is wrong with the " +
			"certificate itself can be seen all the same.",
		Detection: "Seen in what was handed over, without any rights and with certainty.",
		Fix: "Hand over certificate and key together, in one file or as a kubeconfig with `client-certificate-data` and " +
			"`client-key-data`; or name the kubeconfig with `--kubeconfig` and ask about its context.",
		Reference: "RFC 8446 section 4.4.3",
	})

	ClientCertificateUnusable = declare(Entry{
		ID: "client-certificate-unusable", Severity: Error, Group: "How the credential is written and carried",
		Title: "the client certificate cannot be used",
		Meaning: "A certificate and a key are configured, and the client cannot present them: a file is missing or may not be read, " +
			"there is no PEM in it, certificate and key are swapped, or the key belongs to another certificate. The client stops " +
			"with words such as `tls: private key does not match public key`, and no request is sent.",
		Detection: "client-go loads both as for a request and says what is wrong. It needs no rights and no server.",
		Fix: "Write both anew from the files that belong together: `kubectl config set-credentials NAME --client-certificate=FILE " +
			"--client-key=FILE --embed-certs`. Paths in a kubeconfig are relative to its own folder. Whether a pair belongs " +
			"together, `openssl x509 -noout -pubkey -in CERTIFICATE` and `openssl pkey -pubout -in KEY` show: both print the same.",
		Reference: "https://kubernetes.io/docs/reference/kubectl/generated/kubectl_config/kubectl_config_set-credentials/",
	})

	ImpersonationConfigured = declare(Entry{
		ID: "impersonation-configured", Severity: Warning, Group: "How the credential is written and carried",
		Title: "kubectl acts as another user",
		Meaning: "The user's entry has `as` (and perhaps `as-groups`), or the command line has --as: every request of kubectl asks the server to treat it as that " +
			"user's. The credential identifies one user, and rights are those of the other; who may not impersonate is refused " +
			"everything.",
		Detection: "Read from the kubeconfig and the flags. Whether the server takes the caller for that user is asked with a SelfSubjectReview as " +
			"the caller; the credential itself is tried without impersonation.",
		Fix: "If it is not meant, leave out --as, or remove it from the kubeconfig: `kubectl config unset users.NAME.act-as`. If it is, an administrator grants the verb " +
			"`impersonate` on that user.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation",
	})

	TokenShadowedByClientCertificate = declare(Entry{
		ID: "token-shadowed-by-client-certificate", Severity: Warning, Group: "How the credential is written and carried",
		Title: "the client certificate hides the token",
		Meaning: "The client sends a certificate and a token. The API server asks its certificate authenticator first; if the " +
			"certificate is good, its identity is taken and the token is never looked at, so even a bad token goes " +
			"unnoticed. This is why `kubectl --token` has no effect with a kubeconfig that holds a certificate. A " +
			"certificate that is refused does not hide the token: then the token is tried.",
		Detection: "Read from the kubeconfig and the flags alone. It is proved by a SelfSubjectReview, which any authenticated " +
			"user may create: its `credential-id` names the hash of the certificate instead of the token's ID.",
		Fix: "Use a context whose user holds the token alone: `kubectl config set-credentials NAME --token=TOKEN` and " +
			"`kubectl --user=NAME`.",
		Reference: "k8s.io/kubernetes pkg/kubeapiserver/authenticator/config.go",
	})

	TokenShadowedByTokenFile = declare(Entry{
		ID: "token-shadowed-by-token-file", Severity: Warning, Group: "How the credential is written and carried",
		Title: "the token loses to the token file",
		Meaning: "The user entry has a `tokenFile` and there is a `token` beside it, in the kubeconfig or from `--token`. " +
			"client-go sends what the file holds; the other is used only while the file cannot be read. `kubectl --token` " +
			"does not clear a `tokenFile`.",
		Detection: "Read from the kubeconfig and the flags alone, without any rights. Comparing the credential-id of a " +
			"SelfSubjectReview with both tokens proves which one was sent.",
		Fix: "Remove one of the two: `kubectl config unset users.NAME.tokenFile` or `kubectl config unset " +
			"users.NAME.token`. To try another token once, use another user entry.",
		Reference: "k8s.io/client-go transport/round_trippers.go",
	})

	TokenFileUnreadable = declare(Entry{
		ID: "token-file-unreadable", Severity: Error, Group: "How the credential is written and carried",
		Title: "the token file cannot be read or is empty",
		Meaning: "The kubeconfig, or the in-cluster configuration, names a file that is missing, may not be read, or is empty; or " +
			"that is so of the token's file in a container. A client that starts stops with the error of the file system or with `read empty token from file`. One that " +
			"runs already logs `Unable to rotate token`, keeps the old token, and fails when that expires.",
		Detection: "The file is opened here; that proves it for this machine and this user, and needs no rights in the cluster. " +
			"With `pod/NAME --exec` it is read in the container, as the user that the container runs as; that needs the " +
			"right to create `pods/exec`.",
		Fix: "Correct the path, or the rights to the file. In a Pod see that `automountServiceAccountToken` is not false, " +
			"and that a process which does not run as root gets a `securityContext.fsGroup`, so that it may read the " +
			"projected token.",
		Reference: "k8s.io/client-go transport/token_source.go",
	})

	TokenFileMismatch = declare(Entry{
		ID: "token-file-mismatch", Severity: Warning, Group: "How the credential is written and carried",
		Title: "the token is not the one that the Pod's spec asks for",
		Meaning: "The token that was read in the container names another Pod, another ServiceAccount or another audience than the " +
			"Pod's spec, or lives longer than the spec asks for. It was copied from elsewhere: into the image, from another " +
			"Pod through a shared volume, or by a program that keeps a token of its own. The kubelet does not renew such a " +
			"token, and one that is bound to another Pod ends with that Pod.",
		Detection: "With `pod/NAME --exec`, the claims of the token are compared with the Pod's spec and uid. It needs the rights " +
			"to read the Pod and to create `pods/exec`.",
		Fix: "Let the program read the file that the kubelet projects, `/var/run/secrets/kubernetes.io/serviceaccount/token` or " +
			"the path of a projected volume, and let nothing be mounted over it.",
		Reference: "https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken",
	})

	PlainHTTPServer = declare(Entry{
		ID: "plain-http-server", Severity: Error, Group: "How the credential is written and carried",
		Title: "the server URL is plain http, so no credential is sent",
		Meaning: "The cluster's `server` begins with `http://`. kubectl and every client that reads a kubeconfig drop the " +
			"user's credentials for such a server, so that they do not travel in the clear, and the request arrives " +
			"anonymous. A program that builds its configuration itself may send them all the same.",
		Detection: "Read from the kubeconfig alone, without any rights and with certainty.",
		Fix: "Set the https address of the API server: `kubectl config set-cluster NAME --server=https://HOST:6443 " +
			"--certificate-authority=FILE`. If a proxy on this machine (`kubectl proxy`) is meant, it adds its own " +
			"credential, and none is needed.",
		Reference: "k8s.io/client-go tools/clientcmd/client_config.go",
	})
)
