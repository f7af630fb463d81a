package finding

var (
	IssuerNotTrusted = declare(Entry{
		ID: "issuer-not-trusted", Severity: Error, Group: "Issuer, keys and signature",
		Title: "the API server does not trust the token's issuer",
		Meaning: "No authenticator of the API server is configured for the token's `iss`. The API server compares issuers exactly: " +
			"a final slash, http instead of https, or another case makes another issuer. The API server then ignores the " +
			"token, answers 401, and even TokenReview returns only `invalid bearer token`. Tokens of another cluster fail " +
			"like this. So do tokens that were issued before `--service-account-issuer` changed.",
		Detection: "TokenReview answers a well-formed JWT with only `invalid bearer token`, for the API server's own audiences. That " +
			"is by elimination: a webhook that rejects a token without a reason looks the same. The API server's flags prove " +
			"it: they show the webhook and all issuers, to callers who may list Pods in kube-system. Otherwise the discovery " +
			"document shows the cluster's first issuer. `/metrics` shows hashes of outside issuers, which reveals an issuer " +
			"with nearly the same name. Without permission to create TokenReviews and to list these Pods, it remains a " +
			"possibility.",
		Fix: "Compare `iss` with the output of `kubectl get --raw /.well-known/openid-configuration`. If the token is for " +
			"another cluster, use that cluster. If the issuer was renamed, add the old name as a further " +
			"`--service-account-issuer` until its tokens have expired. Add an outside issuer to the " +
			"AuthenticationConfiguration, with exactly the `iss` of its tokens.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/jwt.go, hasCorrectIssuer",
	})

	SigningKeyUnknown = declare(Entry{
		ID: "signing-key-unknown", Severity: Error, Group: "Issuer, keys and signature",
		Title: "no known key signed the token",
		Meaning: "The API server accepts the issuer, but none of the issuer's keys has the token's `kid`. Either the key was " +
			"removed while its tokens were still in use, or another cluster with the same issuer name issued the token. All " +
			"kubeadm clusters have the same default issuer. TokenReview returns `invalid signature, no keys found` (`error in " +
			"cryptographic primitive` up to 1.30), or `failed to verify id token signature` for an outside issuer.",
		Detection: "The token's `kid` is not in the issuer's published key set. Reading the API server's key set needs permission " +
			"for `/openid/v1/jwks`, which ServiceAccounts have. An external signer (`--service-account-signing-endpoint`) may " +
			"keep keys out of the set. If the published IDs are not IDs that an API server assigns, only the error message of " +
			"TokenReview proves it.",
		Fix: "Find out which cluster issued the token. After a key change, keep the old public key as a further " +
			"`--service-account-key-file` until its tokens have expired. Request new tokens with `kubectl create token NAME`. " +
			"The kubelet replaces tokens in Pods before they expire. To replace them at once, restart the Pods.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/jwt.go",
	})

	SignatureInvalid = declare(Entry{
		ID: "signature-invalid", Severity: Error, Group: "Issuer, keys and signature",
		Title: "the signature is not valid",
		Meaning: "No key of the issuer verifies the signature. Either the token was changed or damaged on the way, or the `kid` " +
			"belongs to another key. TokenReview returns `error in cryptographic primitive`. For an outside issuer, TokenReview returns " +
			"`failed to verify id token signature`, also for a key that the API server does not have.",
		Detection: "Verified here with the issuer's published key, which proves it. Reading the API server's keys needs permission " +
			"for `/openid/v1/jwks`. An API server's error message proves it for outside issuers. The detail then names the remaining readings, because an " +
			"unknown key has the same message.",
		Fix: "Fetch the token again from its issuer and compare both: one changed character is enough. If new tokens fail now " +
			"and then, API server replicas hold different keys. Compare the files of `--service-account-key-file` on the " +
			"control-plane nodes.",
		Reference: "RFC 7515, section 5.2",
	})

	AlgorithmNotAccepted = declare(Entry{
		ID: "algorithm-not-accepted", Severity: Error, Group: "Issuer, keys and signature",
		Title: "the signature algorithm is not accepted",
		Meaning: "The header's `alg` is `none`, an HMAC, or an algorithm that the key or the configuration does not allow. For " +
			"ServiceAccount tokens, the key decides: RSA keys verify RS and PS, EC keys verify ES. For outside issuers, " +
			"`--oidc-signing-algs` decides; the default is RS256. An AuthenticationConfiguration accepts RS, PS and ES in all " +
			"three lengths. TokenReview returns `error in cryptographic primitive` or `id token signed with unsupported " +
			"algorithm`.",
		Detection: "The token's header is compared with the key. The credential alone is enough. Every API server rejects `none` and " +
			"HMAC, so the token alone proves these two.",
		Fix: "Configure the issuer to sign with RS256 or ES256 for the client that Kubernetes uses. For another algorithm of " +
			"the list, name it in `--oidc-signing-algs`, or use an AuthenticationConfiguration. A token with `alg: none` does " +
			"not come from a trustworthy issuer: find out where it was created.",
		Reference: "RFC 8725, section 3.1",
	})

	WeakKey = declare(Entry{
		ID: "weak-key", Severity: Warning, Group: "Issuer, keys and signature",
		Title: "the key is weak",
		Meaning: "The key is an RSA key with fewer than 2048 bits or with a very small public exponent. An attacker with enough " +
			"computing power may forge its signatures, and with them any identity of that issuer. Kubernetes accepts such a " +
			"key; other verifiers reject it.",
		Detection: "Measured on the public key. Only permission to read the key set is needed.",
		Fix: "Create a new RSA key of at least 2048 bits, or an EC key on P-256. For ServiceAccounts, sign with the new key " +
			"(`--service-account-signing-key-file`). Keep the old key for verification until its tokens have expired, then " +
			"remove it.",
		Reference: "RFC 7518, section 3.3",
	})

	KeySetInvalid = declare(Entry{
		ID: "key-set-invalid", Severity: Error, Group: "Issuer, keys and signature",
		Title: "the key set cannot be used",
		Meaning: "The issuer's answer is not a JSON Web Key Set, has no keys, or holds a key that a verifier cannot use. The API " +
			"server reads a set as a whole. One key that it cannot parse makes all keys unusable, and every token of that " +
			"issuer is rejected. Private or symmetric keys in a public set are a leak: every reader can sign with them.",
		Detection: "The key set is fetched or read from a file, and each key is checked. Only permission to read it is needed.",
		Fix: "Correct the key set at the issuer: a JSON document with `keys`, which holds public RSA or EC keys, each with " +
			"`kty`, `kid`, `use` and `alg`. If a private key was published, replace the key at once: it is no longer secret.",
		Reference: "RFC 7517, section 5",
	})

	KeySetDuplicateKid = declare(Entry{
		ID: "key-set-duplicate-kid", Severity: Warning, Group: "Issuer, keys and signature",
		Title: "two keys of the set have the same kid",
		Meaning: "Two keys of the same type have the same `kid`. Verifiers differ: some try both keys, others use the first and " +
			"reject tokens of the second. Kubernetes derives the `kid` of its own keys from the key, so it has duplicates " +
			"only if a key is listed twice.",
		Detection: "Read from the key set alone.",
		Fix: "Give each key its own `kid` at the issuer, and keep it for as long as the key is used. The RFC 7638 thumbprint " +
			"is a good `kid`.",
		Reference: "RFC 7517, section 4.5",
	})

	IssuerNotChecked = declare(Entry{
		ID: "issuer-not-checked", Severity: Warning, Group: "Issuer, keys and signature",
		Title: "the issuer was not checked",
		Meaning: "`verify` was run without an issuer. The holder of any of the keys can then write any `iss` into a token, and one " +
			"key set often serves several issuers. A service must compare `iss` exactly with the issuer that it trusts. This " +
			"finding is about the check, not about the token.",
		Detection: "Neither `--issuer` nor `--issuer-url` was given.",
		Fix: "Add `--issuer ISSUER` with the issuer that the service trusts. `--issuer-url` names the issuer and reads its " +
			"keys.",
		Reference: "RFC 7519, section 4.1.1",
	})

	APIServerDiffers = declare(Entry{
		ID: "api-server-differs", Severity: Warning, Group: "Issuer, keys and signature",
		Title: "an API server judges this token differently",
		Meaning: "`verify` judges a token by the standards: RFC 7515, 7517, 7518 and 7519. The API server is stricter in some " +
			"points and less strict in others. For a JWT issuer, it requires `exp` and `aud`, and it does not support EdDSA. " +
			"It ignores `alg`, `use` and `key_ops` of a key, and the length of a PSS salt. It allows clocks to differ by one " +
			"minute. It reads the claims of a JWT issuer's token without regard to case, and accepts times that are strings.",
		Detection: "The API server's own authenticator runs on the token with the same keys, issuer and audiences, and the results " +
			"differ. It assumes that the objects of a ServiceAccount token exist, and skips claim validation rules. `verify " +
			"--each-line` does not compare.",
		Fix: "If the token is for the API server, rely on the API server: run `kubectl authn explain`, or `kubectl authn " +
			"simulate` with its configuration. If other parties accept the token, configure the issuer to follow the " +
			"standards, so that all parties read the same.",
		Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go",
	})
)
