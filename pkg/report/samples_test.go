package report

import (
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The time of the reports in these tests.
var now = time.Date(2026, 5, 24, 19, 14, 30, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

func clock(s string) *Time {
	t, err := time.Parse(time.DateTime, s)
	if err != nil {
		panic(err)
	}
	return At(t)
}

// boundToken is a token of a Pod's ServiceAccount, as `kubectl create token` and the kubelet request it, which
// expired four minutes before now.
func boundToken() Credential {
	return Credential{
		Type:   ServiceAccountToken,
		Source: finding.T("secret %s/%s", finding.Namespace.Of("ci"), finding.Secret.Of("build-bot-token")),
		Header: map[string]any{"alg": "RS256", "kid": "3yJ5sVwCqzdLCEnbyGPSgpEYF7vkJkdqhTcJU-JFjgU"},
		Claims: map[string]any{
			"aud": []any{"https://kubernetes.default.svc.cluster.local"},
			"exp": int64(1779649828),
			"iat": int64(1779646228),
			"nbf": int64(1779646228),
			"iss": "https://kubernetes.default.svc.cluster.local",
			"jti": "b1f2d9a4-5f0c-4a55-9c1d-0a7a1c0a6a11",
			"sub": "system:serviceaccount:ci:build-bot",
			"kubernetes.io": map[string]any{
				"namespace":      "ci",
				"serviceaccount": map[string]any{"name": "build-bot", "uid": "7f0c3c1e-2f4e-4b3a-9d58-4a4a6f1a9b21"},
				"pod":            map[string]any{"name": "build-bot-7c9d5f6b4-x2x9k", "uid": "0e6a2f3d-77ab-4f0c-8d0a-3d2e1f4c5b6a"},
				"node":           map[string]any{"name": "worker-3", "uid": "c4d1a6de-98a0-4a1b-a9c2-c0ffee123456"},
				"warnafter":      int64(1779648200),
			},
		},
		IssuedAt:  clock("2026-05-24 18:10:28"),
		NotBefore: clock("2026-05-24 18:10:28"),
		WarnAfter: clock("2026-05-24 18:43:20"),
		ExpiresAt: clock("2026-05-24 19:10:28"),
	}
}

func buildBot() *Identity {
	return &Identity{
		Username: "system:serviceaccount:ci:build-bot",
		UID:      "7f0c3c1e-2f4e-4b3a-9d58-4a4a6f1a9b21",
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:ci", "system:authenticated"},
		Extra: map[string][]string{
			"authentication.kubernetes.io/credential-id": {"JTI=b1f2d9a4-5f0c-4a55-9c1d-0a7a1c0a6a11"},
			"authentication.kubernetes.io/pod-name":      {"build-bot-7c9d5f6b4-x2x9k"},
			"authentication.kubernetes.io/pod-uid":       {"0e6a2f3d-77ab-4f0c-8d0a-3d2e1f4c5b6a"},
		},
	}
}

// shell is a command from its words.
func shell(line string) (c finding.Command) {
	if err := c.UnmarshalText([]byte(line)); err != nil {
		panic(err)
	}
	return c
}

func expired() finding.Finding {
	return finding.Finding{
		ID: finding.TokenExpired, Severity: finding.Error, Certainty: finding.Proved,
		Title:     finding.T("the token has expired"),
		Detail:    finding.T("The token was valid until 2026-05-24 19:10:28Z, and the API server's clock is 4m past that. Whoever sends it read its file once and kept the copy: the kubelet has put a fresh token there since."),
		Reference: "https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken",
	}.
		Quote(finding.T("[invalid bearer token, service account token has expired]")).
		Seen("exp", finding.T("2026-05-24 19:10:28Z")).
		Seen("the server's Date", finding.T("2026-05-24 19:14:28Z")).
		Fix("Read the token file again for each request, or at least once a minute; restarting the Pod helps once.", shell("kubectl --namespace ci rollout restart deployment/build-bot")).
		Fix("For a token outside a Pod, mint another:", shell("kubectl authn mint build-bot --namespace ci --duration 1h"))
}

func sampleChecks() List[Check] {
	return List[Check]{
		{"credential-present", "credential", Pass, finding.T("present: ServiceAccountToken"), "Token encoding"},
		{"token-form", "token encoding", Pass, finding.T("no faults (ServiceAccountToken)"), "Token encoding"},
		{"token-not-wrapped", "token characters", Pass, finding.T("no white space or control characters"), "Token encoding"},
		{"https", "connection security", Pass, finding.T("TLS to %s", finding.URL.Of("https://10.11.12.13:6443")), "Token encoding"},
		{"certificate-lifetime", "certificate validity period", NotApplicable, finding.T("no certificate"), "Token encoding"},
		{"issuer", "token issuer", Pass, finding.T("trusted: %q", finding.Issuer.Of("https://kubernetes.default.svc.cluster.local")), "Issuer, key and signature"},
		{"key", "signing key", Pass, finding.T("in the key set"), "Issuer, key and signature"},
		{"signature", "signature", Pass, finding.T("verified by the API server"), "Issuer, key and signature"},
		{"token-lifetime", "token lifetime", Fail, finding.T("expired 4m ago"), "Lifetime"},
		{"token-fresh", "token refresh", Warn, finding.T("overdue for 31m"), "Lifetime"},
		{"clock", "clock skew", Pass, finding.T("negligible"), "Lifetime"},
		{"audience", "audience", Pass, finding.T("%q", finding.Audience.Of("https://kubernetes.default.svc.cluster.local")), "Audience"},
		{"service-account", "ServiceAccount", Pass, finding.T("exists with this UID"), "Objects of the token"},
		{"pod", "bound Pod", Unknown, finding.T("not looked at: %s", finding.Message(`pods "build-bot-7c9d5f6b4-x2x9k" is forbidden: User "jane" cannot get resource "pods" in API group "" in the namespace "ci"`)), "Objects of the token"},
		{"secret", "bound Secret", NotApplicable, finding.T("not bound to a Secret"), "Objects of the token"},
	}
}

func server() *Server {
	return &Server{URL: "https://10.11.12.13:6443", Version: "v1.36.3", ClockSkewSeconds: ptr(int64(-2)), AuditID: "5a1d1a6f-91ef-4a5c-8a1f-1c2d3e4f5a6b"}
}

func explainExpired() *Explanation {
	x := NewExplanation()
	x.Credential = boundToken()
	x.Verdict, x.DecidedBy = Rejected, ByTokenReview
	x.Cause = finding.TokenExpired
	x.Findings = List[finding.Finding]{
		expired(),
		finding.Finding{ID: finding.AnswerMayBeCached, Severity: finding.Info, Certainty: finding.Proved, Title: finding.T("the server may answer from its cache"),
			Detail: finding.T("API servers keep the answer to a token for ten seconds: a change made just now may not show yet.")},
		finding.Finding{ID: finding.TokenStale, Severity: finding.Warning, Certainty: finding.Proved, Title: finding.T("the token is past its renewal time"),
			Detail: finding.T("Since 2026-05-24 18:43:20Z the client should have been using a newer token.")}.
			Seen("warnafter", finding.T("2026-05-24 18:43:20Z")),
	}
	x.Checks = sampleChecks()
	x.Server = server()
	return x
}

func explainAccepted() *Explanation {
	x := NewExplanation()
	x.Credential = boundToken()
	x.Credential.Source = finding.T("serviceaccount %s/%s", finding.Namespace.Of("ci"), finding.ServiceAccount.Of("build-bot"))
	x.Credential.ExpiresAt, x.Credential.WarnAfter = clock("2026-05-24 20:10:28"), clock("2026-05-24 20:00:00")
	x.Audiences = List[string]{"vault", "https://sts.example.com"}
	x.Verdict, x.DecidedBy = Accepted, ByTokenReview
	x.User = buildBot()
	x.Findings = List[finding.Finding]{
		finding.Finding{ID: finding.ClockSkew, Severity: finding.Warning, Certainty: finding.Proved, Title: finding.T("the clocks differ"),
			Detail: finding.T("This machine's clock is 95 s ahead of the API server's.")}.
			Seen("the server's Date", finding.T("2026-05-24 19:12:55Z")).
			Fix("Have this machine's clock set from the network.", shell("timedatectl set-ntp true")),
	}
	x.Checks = sampleChecks()[:5]
	x.Server = server()
	return x
}

// explainWrapped is the pasted base64 value of a Secret.
func explainWrapped() *Explanation {
	inner := boundToken()
	inner.Source, inner.ExpiresAt, inner.WarnAfter = finding.T("the decoded base64"), clock("2027-05-24 18:10:28"), nil
	x := NewExplanation()
	x.Credential = Credential{Type: OpaqueToken, Source: finding.T("argument")}
	x.Verdict, x.DecidedBy, x.Cause = Rejected, BySelfSubjectReview, finding.TokenBase64Wrapped
	x.Findings = List[finding.Finding]{
		finding.Finding{ID: finding.TokenBase64Wrapped, Severity: finding.Error, Certainty: finding.Proved, Title: finding.T("the token is wrapped in base64"),
			Detail: finding.T("The data of a Secret is base64; this is that base64, and a JWT only once it is decoded. The API server does not decode it.")}.
			Seen("the credential", finding.T("1124 characters of base64; decoded, a JWT of 843")).
			Fix("Decode it:", shell(`kubectl --namespace ci get secret build-bot-token --output go-template='{{.data.token | base64decode}}'`)),
	}
	x.Findings = append(x.Findings, anonymousAccess())
	x.Subjects = []Subject{{
		Role: RoleShadowed, Description: finding.T("the token beside the client certificate"), Credential: ptr(boundToken()),
		Verdict: Rejected, DecidedBy: ByTokenReview, Cause: finding.TokenExpired, Findings: List[finding.Finding]{expired(), anonymousAccess(), explainExpired().Findings[2]},
	}, {
		Role: RoleUnwrapped, Description: finding.T("the token inside the base64"), Credential: &inner,
		Verdict: Accepted, DecidedBy: ByTokenReview, User: buildBot(), Findings: List[finding.Finding]{anonymousAccess()},
	}}
	x.Checks = sampleChecks()[:2]
	x.Server = server()
	return x
}

func anonymousAccess() finding.Finding {
	return finding.Finding{ID: finding.AnonymousAccessEnabled, Severity: finding.Info, Certainty: finding.Proved, Title: finding.T("requests without credentials are served"),
		Detail: finding.T("requests without credentials are served as system:anonymous")}
}

// explainUnreachable is a client certificate about which no API server could be asked.
func explainUnreachable() *Explanation {
	x := NewExplanation()
	x.Credential = certificate()
	x.Verdict, x.DecidedBy, x.Cause = Undecided, ByNobody, finding.APIServerUnreachable
	x.Findings = List[finding.Finding]{
		finding.Finding{ID: finding.APIServerUnreachable, Severity: finding.Error, Certainty: finding.Proved, Title: finding.T("the API server cannot be reached"),
			Detail: finding.T("No connection to %s could be made: connection refused.", finding.URL.Of("https://10.11.12.13:6443"))}.
			Seen("connecting", finding.Message("dial tcp 10.11.12.13:6443: connect: connection refused")).
			Fix("See whether the address is the cluster's, and whether a firewall or a VPN stands between.", shell("kubectl config view --minify --output jsonpath='{.clusters[0].cluster.server}'")),
		finding.Finding{ID: finding.CertificateExpired, Severity: finding.Error, Certainty: finding.Proved, Title: finding.T("the client certificate has expired"),
			Detail: finding.T("It was valid until 2026-01-12 08:00:00Z.")}.
			Fix("Renew it, on a control-plane node:", shell("kubeadm certs renew admin.conf")),
		finding.Finding{ID: finding.ClientCARebuilt, Severity: finding.Error, Certainty: finding.Possible, Title: finding.T("the kubeconfig is of the cluster before it was rebuilt")},
	}
	x.Checks = List[Check]{
		{"reach", "API server connectivity", Fail, finding.T("connection refused"), "Connection to the server"},
		{"certificate-lifetime", "certificate validity period", Fail, finding.T("expired at 2026-01-12 08:00:00Z"), "Lifetime"},
		{"review", "authentication answer", Unknown, finding.T("the server could not be reached"), "API server's answers"},
	}
	x.Server = &Server{URL: "https://10.11.12.13:6443"}
	return x
}

func certificate() Credential {
	return Credential{
		Type: ClientCertificate, Source: finding.T("kubeconfig context kubernetes-admin@kubernetes user kubernetes-admin"),
		Certificate: &Certificate{
			Subject: "CN=kubernetes-admin,O=kubeadm:cluster-admins", Issuer: "CN=kubernetes", SerialNumber: "3b:5c:1f:90:aa:02:44:17",
			NotBefore: clock("2025-01-12 08:00:00"), NotAfter: clock("2026-01-12 08:00:00"), ExtendedKeyUsages: List[string]{"clientAuth"},
			SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		},
		NotBefore: clock("2025-01-12 08:00:00"), ExpiresAt: clock("2026-01-12 08:00:00"),
	}
}

// explainAnonymous has only a verdict and its cause.
func explainAnonymous() *Explanation {
	x := NewExplanation()
	x.Credential = Credential{Type: None, Source: finding.T("kubeconfig context dev user")}
	x.Verdict, x.DecidedBy, x.Cause = Anonymous, BySelfSubjectReview, finding.NoCredential
	x.Findings = List[finding.Finding]{
		finding.Finding{ID: finding.NoCredential, Severity: finding.Error, Certainty: finding.Eliminated, Title: finding.T("the kubeconfig context has no credential"),
			Detail: finding.T("Context dev names no user, so nothing is sent and the request is served as system:anonymous.")}.
			Seen("SelfSubjectReview status.userInfo.username", finding.T("system:anonymous")).
			Fix("Name a user in the context:", shell("kubectl config set-context dev --user USER")),
	}
	return x
}

// explainRepeated is a token that one of two API servers rejects.
func explainRepeated() *Explanation {
	x := NewExplanation()
	x.Credential = boundToken()
	x.Credential.ExpiresAt, x.Credential.WarnAfter = clock("2026-05-24 20:10:28"), clock("2026-05-24 20:00:00")
	x.Verdict, x.DecidedBy, x.Cause = Rejected, ByTokenReview, finding.ReplicasDisagree
	x.Answers = []Answers{
		{"", "SelfSubjectReview", finding.T("accepted as %s", finding.User.Of("system:serviceaccount:ci:build-bot")), 11, 20}, {"", "SelfSubjectReview", finding.T("401 Unauthorized"), 9, 20},
		{"", "TokenReview", finding.T("accepted as %s", finding.User.Of("system:serviceaccount:ci:build-bot")), 12, 20},
		{"", "TokenReview", finding.T("rejected: [invalid bearer token, go-jose/go-jose: error in cryptographic primitive]"), 8, 20},
	}
	f := finding.Found(finding.ReplicasDisagree, finding.Proved, "asked 20 times over new connections, the address gave different answers in turn")
	for _, a := range x.Answers {
		f = f.SeenAt(finding.T("%s, %s of %s", finding.Standard(a.Question), finding.Count(a.Times), finding.Count(a.Of)), a.Answer)
	}
	x.Findings = List[finding.Finding]{f}
	x.Checks = List[Check]{{"answers-agree", "consistency of answers", Fail, finding.T("different answers"), "API server's answers"}}
	x.Server = server()
	return x
}

// explainSteady is a token with the same answer on every attempt.
func explainSteady() *Explanation {
	x := explainAccepted()
	x.Answers = []Answers{{"", "SelfSubjectReview", finding.T("accepted as %s", finding.User.Of("jane")), 48, 50}, {"", "SelfSubjectReview", finding.T("no answer: connection refused"), 2, 50}, {"", "TokenReview", finding.T("accepted as %s", finding.User.Of("jane")), 50, 50}}
	return x
}

// explainEachServer is a token that one of three API servers rejects, and one cannot be reached.
func explainEachServer() *Explanation {
	x := explainRepeated()
	x.Answers = []Answers{{"https://10.0.0.12:6443", "TokenReview", finding.T("rejected: [invalid bearer token, invalid signature, no keys found]"), 3, 3}}
	f := finding.Found(finding.ReplicasDisagree, finding.Proved, "https://api.ci.example:6443 and 1 more accept the credential, which is rejected by https://10.0.0.12:6443, because the server publishes no key with the token's kid").
		Seen("https://api.ci.example:6443", finding.T("accepted as %s", finding.User.Of("system:serviceaccount:ci:build-bot"))).
		Seen("https://10.0.0.11:6443", finding.T("accepted as %s", finding.User.Of("system:serviceaccount:ci:build-bot"))).
		Seen("https://10.0.0.12:6443", finding.T("[invalid bearer token, invalid signature, no keys found]"))
	x.Findings, x.Checks[0].Detail = List[finding.Finding]{f}, f.Detail
	slices := finding.T("the EndpointSlices of the Service kubernetes")
	keys := []Key{{KeyID: "3yJ5sVwCqzdLCEnbyGPSgpEYF7vkJkdqhTcJU-JFjgU", KeyType: "RSA", Thumbprint: "thumb-1"}}
	good := OneServer{
		URL: "https://api.ci.example:6443", NamedBy: finding.T("the kubeconfig"), Verdict: Accepted, Username: "system:serviceaccount:ci:build-bot", Version: "v1.36.3",
		ClockSkewSeconds: ptr(int64(0)), Issuer: "https://kubernetes.default.svc.cluster.local", Keys: keys, HasKey: ptr(true),
	}
	same, odd := good, good
	same.URL, same.NamedBy = "https://10.0.0.11:6443", slices
	odd.URL, odd.NamedBy, odd.Verdict, odd.Username = "https://10.0.0.12:6443", slices, Rejected, ""
	odd.Error, odd.Differences = finding.T("[invalid bearer token, invalid signature, no keys found]"), []finding.Text{finding.T("the server publishes no key with the token's kid")}
	odd.ClockSkewSeconds, odd.Keys, odd.HasKey = ptr(int64(-2)), []Key{{KeyID: "qT9mWxUo-4bQbTgOaWvyq8E7gQm1g5mGJX1yN0m3T4w", KeyType: "RSA", Thumbprint: "thumb-2"}}, ptr(false)
	x.Servers = &Servers{
		Items:  List[OneServer]{good, same, odd, {URL: "https://10.0.0.13:6443", NamedBy: slices, NotAsked: finding.T("the server cannot be reached from here: no answer in time")}},
		Remedy: []finding.Remedy{{Description: finding.T("Where API servers cannot be reached from outside, ask from a Pod of the cluster.")}},
	}
	return x
}

// explainUnlisted is a token for which the caller may not read the API servers' addresses.
func explainUnlisted() *Explanation {
	x := explainAccepted()
	x.Servers = &Servers{
		Items:   List[OneServer]{{URL: "https://api.ci.example:6443", NamedBy: finding.T("the kubeconfig"), Verdict: Accepted, Username: "system:serviceaccount:ci:build-bot", Keys: []Key{}}},
		Problem: finding.T("the addresses of the API servers could not be read: %s", finding.Message(`endpointslices.discovery.k8s.io is forbidden: User "jane" cannot list resource "endpointslices"`)),
		Remedy: []finding.Remedy{{Description: finding.T("Pass --endpoint https://HOST:6443 for each API server.")}, {
			Description: finding.T("Or ask an administrator for permission to read the addresses."),
			Command:     finding.Run("kubectl create role api-server-addresses --namespace default --verb=list --resource=endpointslices.discovery.k8s.io"),
		}},
	}
	return x
}

func inspectBound() *Inspection {
	x := NewInspection()
	x.Credential = boundToken()
	x.Identity = buildBot()
	x.Findings = List[finding.Finding]{
		finding.Finding{ID: finding.TokenExpired, Severity: finding.Error, Certainty: finding.Proved, Title: finding.T("the token has expired"), Detail: finding.T("By this machine's clock it expired 4m ago.")}.
			Fix("Mint another:", shell("kubectl authn mint build-bot --namespace ci")),
	}
	return x
}

// inspectForeign is an OIDC ID token with names that are wide, right-to-left or longer than any line.
func inspectForeign() *Inspection {
	x := NewInspection()
	x.Credential = Credential{
		Type: JWT, Source: finding.T("standard input"),
		Header: map[string]any{"alg": "ES256", "kid": "k1", "typ": "JWT"},
		Claims: map[string]any{
			"iss": "https://login.example.com/realms/北京市海淀区中关村软件园二期十号楼东区三层开发中心/protocol/openid-connect/with/a/path/that/does/not/end",
			"sub": "עובד-בניין-מספר-שבע", "aud": "kubernetes", "azp": "", "email_verified": true, "nonce": "1234",
			"name": "山田 太郎", "groups": []any{"開発", "oncall"}, "exp": uint64(18446744073709551615), "iat": 1779646228.5, "amr": nil,
			"address": map[string]any{"formatted": "1 Main St", "geo": map[string]any{"lat": 48.8566, "lon": 2.3522}},
			"https://hasura.io/jwt/claims/with/a/name/that/is/far/too/long/for/its/column": map[string]any{"x-hasura-default-role": "user"},
			"roles": []any{map[string]any{"name": "admin", "scope": []any{"a", int64(9007199254740993)}}}, "empty": []any{}, "none": map[string]any{},
		},
		IssuedAt: clock("2026-05-24 18:10:28"),
	}
	x.Findings = List[finding.Finding]{
		finding.Finding{ID: finding.AudienceMissing, Severity: finding.Warning, Certainty: finding.Possible, Title: finding.T("no audience"), Detail: finding.T("Some relying parties insist on one.")},
	}
	return x
}

func inspectCertificate() *Inspection {
	x := NewInspection()
	x.Credential = certificate()
	x.Identity = &Identity{Username: "kubernetes-admin", Groups: []string{"kubeadm:cluster-admins", "system:authenticated"}}
	return x
}

// inspectNone is a kubeconfig without a credential.
func inspectNone() *Inspection {
	x := NewInspection()
	x.Credential, x.Findings = explainAnonymous().Credential, explainAnonymous().Findings
	return x
}

func inspectList() *InspectionList {
	opaque := NewInspection()
	opaque.Credential = Credential{Type: OpaqueToken, Source: finding.T("pod ci/build container main path /var/run/secrets/tokens/vault")}
	opaque.Findings = List[finding.Finding]{{ID: finding.OpaqueToken, Severity: finding.Info, Certainty: finding.Proved, Title: finding.T("the token is opaque"),
		Detail: finding.T("Not a JWT: only the server can tell the identity.")}}
	return NewInspectionList(*inspectBound(), *opaque)
}

// sourced is a copy of a credential with another source.
func sourced(c Credential, source finding.Text) Credential {
	c.Source = source
	return c
}

// explainList is a list of Secrets: one accepted, one rejected and one undecided.
func explainList() *Explanation {
	x := explainExpired()
	x.Credential = sourced(x.Credential, finding.T("file %s secret %s/%s", finding.File.Of("tokens.yaml"), finding.Namespace.Of("ci"), finding.Secret.Of("build-bot")))
	x.Subjects = nil
	for i, other := range []*Explanation{explainAccepted(), explainUnreachable()} {
		source := finding.T("file %s item %s", finding.File.Of("tokens.yaml"), finding.Count(i+2))
		c := sourced(other.Credential, source)
		x.Subjects = append(x.Subjects, Subject{Role: RoleAnother, Description: source, Credential: &c,
			Verdict: other.Verdict, DecidedBy: other.DecidedBy, User: other.User, Cause: other.Cause, Findings: other.Findings})
	}
	return x
}

func verifyList() *VerificationList { return NewVerificationList(*verifyValid(), *verifyInvalid()) }

func simulateList() *SimulationList {
	return NewSimulationList(*simulateAccepted(), *simulateUndecided(), *simulateRejected())
}

func reviewList() *Reviews { return &Reviews{Items: []Review{*reviewAccepted(), *reviewRefused()}} }

func key() Key {
	return Key{KeyID: "3yJ5sVwCqzdLCEnbyGPSgpEYF7vkJkdqhTcJU-JFjgU", KeyType: "RSA", Algorithm: "RS256", Use: "sig", Bits: 2048,
		Thumbprint: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", KubernetesKeyID: "3yJ5sVwCqzdLCEnbyGPSgpEYF7vkJkdqhTcJU-JFjgU"}
}

func verifyValid() *Verification {
	x := NewVerification()
	x.Valid = true
	x.Credential = boundToken()
	x.Credential.Verified = true
	x.Credential.ExpiresAt = nil
	x.Credential.WarnAfter = nil
	x.Key = ptr(key())
	x.Key.Source = finding.T("file %s", finding.File.Of("jwks.json"))
	return x
}

func verifyInvalid() *Verification {
	x := NewVerification()
	x.Credential = boundToken()
	x.Findings = List[finding.Finding]{
		finding.Finding{ID: finding.SignatureInvalid, Severity: finding.Error, Certainty: finding.Proved, Title: finding.T("the signature does not fit the key"),
			Detail: finding.T("The key with this kid is in the set, and the signature was not made by it.")}.
			Seen("key set", finding.T("file jwks.json, kid 3yJ5sVwCqzdLCEnbyGPSgpEYF7vkJkdqhTcJU-JFjgU")),
		expired(),
	}
	return x
}

func verifyOneFault() *Verification {
	x := verifyInvalid()
	x.Findings = x.Findings[1:]
	x.Key = ptr(key())
	return x
}

func called(status int, verdict string) *Call {
	x := NewCall()
	x.CalledAt, x.Number, x.Method, x.URL = At(now), 1, "GET", "https://web.example/api"
	x.Credential, x.Status, x.Verdict, x.Milliseconds = boundToken(), status, verdict, 12
	return x
}

func callAccepted() *Call {
	x := called(200, Accepted)
	x.Identity = []Header{{"kubeflow-userid", "system:serviceaccount:shop:cart"}, {"kubeflow-groups", "system:serviceaccounts,system:authenticated"}}
	x.Message = "hello"
	return x
}

func callRejected() *Call {
	x := called(401, Rejected)
	x.Challenges = []Challenge{{Scheme: "Bearer", Realm: "web", Error: "invalid_token", ErrorDescription: "token-expired: the token has expired"}, {Scheme: "Basic", Realm: "users"}}
	x.Message = "Unauthorized: token-expired: the token has expired"
	x.Cause = finding.TokenExpired
	x.Findings = List[finding.Finding]{finding.Prove(finding.TokenExpired, "the service gives this reason: %s", finding.Message(x.Challenges[0].ErrorDescription)).
		Fix("Request a new token and replace the old one.", finding.Command{})}
	return x
}

func callUnanswered() *Call {
	x := called(0, Undecided)
	x.Cause = finding.ServiceUnreachable
	x.Findings = List[finding.Finding]{finding.Prove(finding.ServiceUnreachable, "no answer arrived: %s", finding.Message("dial tcp 10.11.12.13:443: connect: connection refused")).
		Fix("Check the address, and call again.", finding.Command{})}
	return x
}

func discovery() *Discovery {
	x := NewDiscovery()
	x.Configuration = map[string]any{
		"issuer": "https://kubernetes.default.svc.cluster.local", "jwks_uri": "https://10.11.12.13:6443/openid/v1/jwks",
		"response_types_supported": []any{"id_token"}, "subject_types_supported": []any{"public"}, "id_token_signing_alg_values_supported": []any{"RS256"},
	}
	x.Keys = List[Key]{key(), {KeyID: "my-key", KeyType: "EC", Algorithm: "ES256", Bits: 256, Thumbprint: "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s", KubernetesKeyID: "x"}}
	x.ReadableBy = ReadableByAuthenticated
	x.Findings = List[finding.Finding]{
		finding.Finding{ID: finding.DiscoveryNotPublic, Severity: finding.Warning, Certainty: finding.Proved, Title: finding.T("outsiders cannot read the keys"),
			Detail: finding.T("Relying parties outside the cluster (AWS, Vault, another cluster) are rejected as system:anonymous.")}.
			Fix("If outsiders are to verify these tokens, allow everybody to read the document and the keys, which hold nothing secret:",
				shell("kubectl create clusterrolebinding oidc-reviewer --clusterrole=system:service-account-issuer-discovery --group=system:unauthenticated")),
	}
	return x
}

func discoveryBroken() *Discovery {
	x := NewDiscovery()
	x.ReadableBy = ReadableByUnknown
	x.Findings = List[finding.Finding]{{ID: finding.DiscoveryDisabled, Severity: finding.Error, Certainty: finding.Proved, Title: finding.T("discovery is disabled"),
		Detail: finding.T("GET /.well-known/openid-configuration was answered 404.")}}
	return x
}

func reviewRefused() *Review {
	return &Review{
		Source: finding.T("argument"), Asked: []string{"vault"}, Error: "[invalid bearer token, token audiences [\"https://kubernetes.default.svc.cluster.local\"] is invalid for the target audiences [\"vault\"]]",
		Findings: []finding.Finding{finding.Finding{ID: finding.AudienceMismatch, Severity: finding.Error, Certainty: finding.Proved, Title: finding.T("the token was issued for another audience"),
			Detail: finding.T("It is for https://kubernetes.default.svc.cluster.local; vault was asked for.")}.
			Fix("Mount a token for this audience into the Pod:", shell("kubectl patch deployment build-bot --namespace ci --patch-file /dev/stdin <<'EOF'\nspec:\n  template:\n    spec:\n      volumes:\n      - name: vault-token\n        projected:\n          sources:\n          - serviceAccountToken:\n              audience: vault\n              path: token\nEOF")).
			Fix("Or mint one:", shell("kubectl authn mint build-bot --namespace ci --audience vault"))},
	}
}

func reviewAccepted() *Review {
	return &Review{Source: finding.T("secret %s/%s", finding.Namespace.Of("ci"), finding.Secret.Of("build-bot-token")), Asked: []string{"https://kubernetes.default.svc.cluster.local", "vault"}, Authenticated: true, User: buildBot(),
		Audiences: []string{"https://kubernetes.default.svc.cluster.local"}}
}

// minted is a token that differs from the request.
func minted() *Minted {
	return &Minted{
		ServiceAccount: finding.T("%s/%s", finding.Namespace.Of("ci"), finding.ServiceAccount.Of("build-bot")), Audiences: []string{"vault"}, RequestedAudiences: []string{"vault", "https://sts.example.com"},
		IssuedAt: At(now), ExpiresAt: clock("2026-05-26 19:14:30"), RequestedSeconds: 365 * 86400, RenewBy: clock("2026-05-24 20:14:37"),
		BoundTo: finding.T("Pod %s", finding.Pod.Of("build-bot-7c9d5f6b4-x2x9k")), Warnings: []string{"requested expiration of 31536000 seconds shortened to 172800 seconds"},
	}
}

func catalogue() *FindingList {
	return NewFindingList(
		finding.Entry{ID: finding.NoCredential, Severity: finding.Error, Group: "Encoding and transport of the credential", Title: "the kubeconfig context has no credential",
			Meaning:   "The context names no user, or a user without a credential. Nothing is sent, and the API server serves the request as system:anonymous, if it serves anonymous requests at all.\n\nThis is an answer, not an error of kubectl: clients send such requests without a word.",
			Detection: "The kubeconfig is read. No rights are needed.",
			Fix:       "Name a user in the context, or log in again.", Reference: "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/"},
		finding.Entry{ID: finding.TokenShadowedByClientCertificate, Severity: finding.Warning, Group: "Encoding and transport of the credential", Title: "a client certificate is sent too, and the API server takes its identity and never looks at the token"},
		finding.Entry{ID: finding.OpaqueToken, Severity: finding.Info, Group: "Other tokens", Title: "not a JWT"},
	)
}
