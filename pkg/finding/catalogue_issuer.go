package finding

var (
	IssuerNotTrusted = declare(Entry{
		ID: "issuer-not-trusted", Severity: Error, Group: "Issuer, key, signature",
		Title: "the API server does not know the token's issuer",
		Meaning: "No authenticator of the API server is configured for the token's `iss`. The comparison is to the letter: a " +
			"final slash, http for https, or another case make another issuer. The API server then does not look at the " +
			"token any further, answers 401, and even TokenReview says only `invalid bearer token`. A token of another " +
			"cluster, and one from before `--service-account-issuer` was changed, fail in this way.",
		Detection: "TokenReview answers a well-formed JWT with the bare `invalid bearer token`, for the API server's own " +
			"audiences. That is by elimination: a webhook authenticator that says no without a reason looks the same. Whether there " +
			"is one, and all issuers of the cluster, show in the API server's flags, to those who may list Pods in kube-system; then it " +
			"is proved. Else the cluster's own issuer is taken from the discovery document, which shows the first of several. That an " +
			"outside issuer is known by a name that is nearly the same, `/metrics` gives away by its hash. Without the right to create " +
			"TokenReviews, and to list these Pods, it stays a possibility.",
		Fix: "Compare `iss` with `kubectl get --raw /.well-known/openid-configuration`. If the token is meant for another " +
			"cluster, use that one. If the issuer was renamed, add the old name as a further `--service-account-issuer` " +
			"until its tokens have expired; an outside issuer belongs into the AuthenticationConfiguration, with exactly " +
			"the `iss` of its tokens.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/jwt.go, hasCorrectIssuer",
	})

	SigningKeyUnknown = declare(Entry{
		ID: "signing-key-unknown", Severity: Error, Group: "Issuer, key, signature",
		Title: "no known key signed the token",
		Meaning: "The issuer is one that the API server accepts, and no key of it has the token's `kid`. Either the key was " +
			"replaced and taken away while tokens it had signed were still in use, or another cluster with the same " +
			"issuer name issued the token: with kubeadm every cluster has the same one. TokenReview says `invalid " +
			"signature, no keys found` (`error in cryptographic primitive` up to 1.30), or `failed to verify id token " +
			"signature` for an outside issuer.",
		Detection: "The token's `kid` is not in the key set that the issuer publishes: reading the API server's needs the right " +
			"to `/openid/v1/jwks`, which ServiceAccounts have. An external signer (`--service-account-signing-endpoint`) may keep " +
			"keys out of that set; where the published IDs are not those that an API server gives, only TokenReview proves it, " +
			"by the server's own words.",
		Fix: "See which cluster the token is from. After a change of keys keep the old public key as a further " +
			"`--service-account-key-file` until its tokens have expired, and mint new ones with `kubectl create token " +
			"NAME`. Pods are given a new token by the kubelet before the old one ends, and at once when they are " +
			"restarted.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/jwt.go",
	})

	SignatureInvalid = declare(Entry{
		ID: "signature-invalid", Severity: Error, Group: "Issuer, key, signature",
		Title: "the signature does not match the token",
		Meaning: "There is a key for the token, and the signature was not made with it over these bytes. The token was changed " +
			"or damaged on the way, or its `kid` is right and the key behind it is another. TokenReview says `error in " +
			"cryptographic primitive`, or `failed to verify id token signature` for an outside issuer.",
		Detection: "Verified here with the issuer's published key, which proves it; reading the API server's keys needs the " +
			"right to `/openid/v1/jwks`. By the text alone an unknown key and an algorithm that is not accepted look the " +
			"same.",
		Fix: "Fetch the token again from its issuer and compare the two: a single character is enough. If fresh tokens " +
			"fail now and then, API servers hold different keys: compare the files of --service-account-key-file on the control-plane nodes.",
		Reference: "RFC 7515, section 5.2",
	})

	AlgorithmNotAccepted = declare(Entry{
		ID: "algorithm-not-accepted", Severity: Error, Group: "Issuer, key, signature",
		Title: "the signature algorithm is not accepted",
		Meaning: "The header's `alg` is `none`, an HMAC, or one that the key or the configuration does not allow. For " +
			"ServiceAccount tokens the key decides: RSA keys verify RS and PS, EC keys ES. For outside issuers " +
			"`--oidc-signing-algs` decides, which is RS256 unless set; an AuthenticationConfiguration takes RS, PS and ES " +
			"of all three lengths. TokenReview says `error in cryptographic primitive` or `id token signed with " +
			"unsupported algorithm`.",
		Detection: "Read in the token's header and compared with the key; the credential is enough. `none` and HMAC are refused " +
			"everywhere, so they are proved by the token alone.",
		Fix: "Have the issuer sign with RS256 or ES256 for the client that Kubernetes uses. If it signs with another " +
			"algorithm of the list, name it in `--oidc-signing-algs`, or use an AuthenticationConfiguration. A token with " +
			"`alg: none` comes from no serious issuer: find out who made it.",
		Reference: "RFC 8725, section 3.1",
	})

	WeakKey = declare(Entry{
		ID: "weak-key", Severity: Warning, Group: "Issuer, key, signature",
		Title: "the key is weak",
		Meaning: "The key is RSA with fewer than 2048 bits, or has a very small public exponent. Signatures made with it may " +
			"be forged by somebody with enough computers, and then so may any identity of that issuer. Kubernetes does " +
			"not refuse such a key; other verifiers do.",
		Detection: "Measured on the public key, wherever that was read. It needs no rights but to read the key set.",
		Fix: "Make a new key of at least 2048 bits, or an EC key on P-256. For ServiceAccounts sign with the new one " +
			"(`--service-account-signing-key-file`), keep the old one for verification until its tokens have expired, " +
			"then remove it.",
		Reference: "RFC 7518, section 3.3",
	})

	KeySetInvalid = declare(Entry{
		ID: "key-set-invalid", Severity: Error, Group: "Issuer, key, signature",
		Title: "the key set cannot be used",
		Meaning: "What the issuer serves as its keys is not a JSON Web Key Set, has no keys, or holds one that a verifier " +
			"cannot use. The API server reads a set as a whole: a single key that it cannot parse makes all of them " +
			"unusable, and every token of that issuer is refused. Private or symmetric keys in a public set are a leak: " +
			"whoever has read it can sign.",
		Detection: "The key set is fetched or read from a file and each key is looked at. It needs no rights but to read it.",
		Fix: "Correct it at the issuer: `keys` with public RSA or EC keys, each with `kty`, `kid`, `use` and `alg`, served " +
			"as JSON. If a private key was published, replace it at once, as it is known now.",
		Reference: "RFC 7517, section 5",
	})

	KeySetDuplicateKid = declare(Entry{
		ID: "key-set-duplicate-kid", Severity: Warning, Group: "Issuer, key, signature",
		Title: "two keys of the set share a key ID",
		Meaning: "Two keys of the same type have the same `kid`. Verifiers differ in what they do then: some try both, others " +
			"take the first and refuse tokens of the second. Kubernetes derives the `kid` of its own keys from the key " +
			"itself, so with them it happens only if one key is listed twice.",
		Detection: "Seen in the key set alone.",
		Fix: "Give each key a `kid` of its own at the issuer, and keep it for as long as the key is used. The RFC 7638 " +
			"thumbprint is a good one.",
		Reference: "RFC 7517, section 4.5",
	})

	IssuerNotChecked = declare(Entry{
		ID: "issuer-not-checked", Severity: Warning, Group: "Issuer, key, signature",
		Title: "the issuer was not checked",
		Meaning: "`verify` was asked for a token of any issuer. Whoever owns one of the keys can then write any `iss` into a token, " +
			"and one key set often serves several issuers. A service has to compare `iss` with the issuer that it trusts, to the " +
			"letter. Nothing is said here about the token itself.",
		Detection: "Neither `--issuer` nor `--issuer-url` was given.",
		Fix:       "Add `--issuer ISSUER` with the issuer that the service trusts. `--issuer-url` names the issuer and reads its keys.",
		Reference: "RFC 7519, section 4.1.1",
	})

	APIServerDiffers = declare(Entry{
		ID: "api-server-differs", Severity: Warning, Group: "Issuer, key, signature",
		Title: "an API server judges this token otherwise",
		Meaning: "`verify` judges a token by the standards: RFC 7515, 7517, 7518 and 7519. The API server is stricter in some " +
			"points and laxer in others. It demands `exp` and `aud` of a JWT issuer's token, and knows no EdDSA. It does not " +
			"look at `alg`, `use` and `key_ops` of a key, nor at the length of a PSS salt, allows clocks to differ by a " +
			"minute, and reads the claims of a JWT issuer's token without regard to case and times that are strings.",
		Detection: "The API server's own authenticator runs on the token with the same keys, issuer and audiences, and the answers " +
			"differ. Objects that a ServiceAccount token is bound to are taken to exist, and rules about claims are left out. " +
			"`verify --each-line` does not compare.",
		Fix: "Where a token is for the API server, go by what the API server does: `kubectl authn explain`, or `kubectl authn " +
			"simulate` with its configuration. Where other parties accept the token, have the issuer keep to the standards, so " +
			"that all of them read the same.",
		Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go",
	})
)
