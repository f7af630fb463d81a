package e2e

const issuerLines = `jwt:
- issuer: {url: ISSUER, certificateAuthority: CA, audiences: [authn-lab]}
`

func mapped(claimMappings, more string) string {
	return issuerLines + "  claimMappings: {" + claimMappings + "}\n" + more
}

const prefixedSub = `username: {claim: sub, prefix: "oidc:"}`

// oidcFlags replaces the lab's AuthenticationConfiguration by flags.
func oidcFlags(more ...string) []string {
	return append([]string{"authentication-config-", "oidc-issuer-url=ISSUER", "oidc-ca-file=CAFILE", "oidc-client-id=authn-lab"}, more...)
}

var configurations = []configuration{
	{name: "as-it-is"},
	{name: "sub-prefixed", authentication: mapped(prefixedSub, "")},
	{name: "sub-bare", authentication: mapped(`username: {claim: sub, prefix: ""}, groups: {claim: groups, prefix: ""}`, "")},
	{name: "email", authentication: mapped(`username: {claim: email, prefix: ""}`, "")},
	{name: "group-is-a-role", authentication: mapped(prefixedSub+`, groups: {claim: role, prefix: "r:"}`, "")},
	{name: "uid-claim", authentication: mapped(prefixedSub+`, uid: {claim: jti}`, "")},
	{name: "uid-expression", authentication: mapped(prefixedSub+`, uid: {expression: "claims.sub + '/' + claims.jti"}`, "")},
	{name: "expressions", authentication: mapped(`username: {expression: "'x:' + claims.sub"}, groups: {expression: "claims.groups"}`, "")},
	{name: "groups-split", authentication: mapped(`username: {expression: "claims.sub"}, groups: {expression: "claims.role.split(',')"}`, "")},
	{name: "groups-optional", authentication: mapped(`username: {expression: "claims.sub"}, groups: {expression: "claims.?groups.orValue([])"}`, "")},
	{name: "email-or-sub", authentication: mapped(`username: {expression: "has(claims.email) && claims.?email_verified.orValue(false) == true ? claims.email : 'sub:' + claims.sub"}`, "")},
	{name: "extra", authentication: mapped(prefixedSub+`, extra: [{key: example.org/tenant, valueExpression: claims.tenant}, {key: example.org/roles, valueExpression: "claims.?groups.orValue([])"}]`, "")},
	{name: "nested", authentication: mapped(`username: {expression: "claims.person.name"}, groups: {expression: "claims['https://example.org/groups']"}`, "")},
	{name: "required-claim", authentication: mapped(prefixedSub, "  claimValidationRules:\n  - {claim: tenant, requiredValue: blue}\n")},
	{name: "rule-lifetime", authentication: mapped(prefixedSub, "  claimValidationRules:\n  - {expression: 'claims.exp - claims.iat <= 86400', message: no longer than a day}\n")},
	{name: "rule-of-numbers", authentication: mapped(prefixedSub, "  claimValidationRules:\n  - {expression: 'claims.exp - 3600 > 0', message: a time}\n")},
	{name: "numbers-in-names", authentication: mapped(prefixedSub+`, uid: {expression: "string(claims.iat)"}`, "")},
	{name: "rule-several", authentication: mapped(prefixedSub, "  claimValidationRules:\n  - {expression: 'claims.tenant in [\"blue\", \"green\"]', message: a tenant}\n  - {expression: 'has(claims.email)', message: an email}\n")},
	{name: "rule-on-user", authentication: mapped(`username: {claim: sub, prefix: ""}, groups: {claim: groups, prefix: ""}`, "  userValidationRules:\n  - {expression: \"!user.username.startsWith('system:')\", message: no system user}\n  - {expression: \"user.groups.all(g, !g.startsWith('system:'))\", message: no system group}\n")},
	{name: "audiences", authentication: "jwt:\n- issuer: {url: ISSUER, certificateAuthority: CA, audiences: [authn-lab, other], audienceMatchPolicy: MatchAny}\n  claimMappings: {" + prefixedSub + "}\n"},
	{name: "a-dead-issuer-too", authentication: "jwt:\n- issuer: {url: DEAD, audiences: [authn-lab]}\n  claimMappings: {username: {claim: sub, prefix: \"dead:\"}}\n- issuer: {url: ISSUER, certificateAuthority: CA, audiences: [authn-lab]}\n  claimMappings: {" + prefixedSub + "}\n"},
	{name: "nobody-is-served", authentication: mapped(prefixedSub, "anonymous: {enabled: false}\n")},
	{name: "nobody-is-served-some-paths", authentication: mapped(prefixedSub, "anonymous: {enabled: true, conditions: [{path: /livez}]}\n")},
	{name: "no-issuer", flags: []string{"authentication-config-"}},
	{name: "oidc-flags", flags: oidcFlags()},
	{name: "oidc-flags-email", flags: oidcFlags("oidc-username-claim=email")},
	{name: "oidc-flags-no-prefix", flags: oidcFlags("oidc-username-prefix=-", "oidc-groups-claim=groups", "oidc-groups-prefix=g:")},
	{name: "oidc-flags-required", flags: oidcFlags("oidc-required-claim=tenant=blue", "oidc-username-prefix=u:")},
	{name: "oidc-flags-algorithms", flags: oidcFlags("oidc-signing-algs=ES256,RS512")},
	{name: "another-service-account-issuer", flags: []string{"service-account-issuer=https://kubernetes.default.svc"}},
	{name: "issuers-the-other-way-round", flags: []string{"service-account-issuer=https://kubernetes.default.svc", "service-account-issuer=https://kubernetes.default.svc.cluster.local"}},
	{name: "old-key-alone", flags: []string{"service-account-key-file=OLDKEY"}},
	{name: "audiences-of-its-own", flags: []string{"api-audiences=https://kubernetes.default.svc,vault"}},
	{name: "no-lookup", flags: []string{"service-account-lookup=false"}},
	{name: "few", flags: []string{"authentication-config-", "token-auth-file-", "enable-bootstrap-token-auth=false", "anonymous-auth=false"}},
	{name: "no-front-proxy", flags: []string{"requestheader-client-ca-file-", "requestheader-allowed-names-"}},
	// The other CA must have another name, because the API servers publish their CAs together, and scenarios look
	// for a CA of the same name.
	{name: "another-client-ca", flags: []string{"client-ca-file=OTHERCA"}},
}

// refusedConfigurations prevent an API server from starting.
var refusedConfigurations = []configuration{
	{name: "unknown-field", authentication: mapped(prefixedSub, "  claimValidationRule: []\n")},
	{name: "not-yaml", authentication: "jwt: [\n"},
	{name: "no-audience", authentication: "jwt:\n- issuer: {url: ISSUER}\n  claimMappings: {" + prefixedSub + "}\n"},
	{name: "http-issuer", authentication: "jwt:\n- issuer: {url: \"http://issuer.example\", audiences: [a]}\n  claimMappings: {" + prefixedSub + "}\n"},
	{name: "no-username", authentication: mapped("groups: {claim: groups, prefix: x}", "")},
	{name: "claim-without-prefix", authentication: mapped("username: {claim: sub}", "")},
	{name: "claim-and-expression", authentication: mapped(`username: {claim: sub, expression: claims.sub, prefix: ""}`, "")},
	{name: "expression-broken", authentication: mapped(`username: {expression: "claims.sub +"}`, "")},
	{name: "expression-of-a-range", authentication: mapped(`username: {expression: "claims.sub"}, groups: {expression: "claims.groups.map(g, g)"}`, "")},
	{name: "email-without-verified", authentication: mapped(`username: {expression: claims.email}`, "")},
	{name: "rule-no-boolean", authentication: mapped(prefixedSub, "  claimValidationRules:\n  - {expression: claims.sub}\n")},
	{name: "rule-twice", authentication: mapped(prefixedSub, "  claimValidationRules:\n  - {claim: a, requiredValue: b}\n  - {claim: a, requiredValue: c}\n")},
	{name: "user-rule-unknown", authentication: mapped(prefixedSub, "  userValidationRules:\n  - {expression: user.name == 'x'}\n")},
	{name: "extra-key-reserved", authentication: mapped(prefixedSub+`, extra: [{key: kubernetes.io/x, valueExpression: claims.a}]`, "")},
	{name: "two-of-one-issuer", authentication: mapped(prefixedSub, "") + "- issuer: {url: ISSUER, audiences: [b]}\n  claimMappings: {" + prefixedSub + "}\n"},
	{name: "issuer-of-the-cluster", authentication: "jwt:\n- issuer: {url: \"https://kubernetes.default.svc\", audiences: [a]}\n  claimMappings: {" + prefixedSub + "}\n"},
	{name: "egress-without-a-file", authentication: "jwt:\n- issuer: {url: ISSUER, certificateAuthority: CA, audiences: [a], egressSelectorType: controlplane}\n  claimMappings: {" + prefixedSub + "}\n"},
	{name: "ca-broken", authentication: "jwt:\n- issuer: {url: ISSUER, certificateAuthority: nonsense, audiences: [a]}\n  claimMappings: {" + prefixedSub + "}\n"},
	{name: "several-faults", authentication: "jwt:\n- issuer: {url: \"http://x?y\", audiences: [a, a, \"\"]}\n  claimMappings: {username: {}}\n"},
	{name: "anonymous-twice", authentication: mapped(prefixedSub, "anonymous: {enabled: false}\n"), flags: []string{"anonymous-auth=true"}},
	{name: "anonymous-conditions-disabled", authentication: "anonymous: {enabled: false, conditions: [{path: /livez}]}\n"},
	{name: "both-ways", authentication: mapped(prefixedSub, ""), flags: []string{"oidc-issuer-url=ISSUER", "oidc-client-id=a"}},
	{name: "oidc-half", flags: []string{"authentication-config-", "oidc-issuer-url=ISSUER"}},
	{name: "oidc-algorithm", flags: oidcFlags("oidc-signing-algs=HS256")},
	{name: "oidc-http", flags: []string{"authentication-config-", "oidc-issuer-url=http://issuer.example", "oidc-client-id=a"}},
	{name: "issuer-twice", flags: []string{"service-account-issuer=https://a.example", "service-account-issuer=https://a.example"}},
	{name: "issuer-empty", flags: []string{"service-account-issuer="}},
	{name: "unknown-flag", flags: []string{"no-such-flag=1"}},
	{name: "bad-boolean", flags: []string{"anonymous-auth=perhaps"}},
	{name: "front-proxy-and-clients", flags: []string{"requestheader-client-ca-file=CLIENTCA", "requestheader-allowed-names-"}},
	{name: "blank-header", flags: []string{"requestheader-username-headers= "}},
	{name: "key-file-missing", flags: []string{"service-account-key-file=/nowhere/sa.pub"}},
	{name: "client-ca-missing", flags: []string{"client-ca-file=/nowhere/ca.crt"}},
	{name: "client-ca-empty", flags: []string{"client-ca-file=EMPTY"}},
	{name: "token-file-missing", flags: []string{"token-auth-file=/nowhere/tokens.csv"}},
	{name: "token-file-narrow", flags: []string{"token-auth-file=NARROW"}},
	{name: "config-missing", flags: []string{"authentication-config=/nowhere/config.yaml"}},
	{name: "config-empty", flags: []string{"authentication-config=EMPTY"}},
	{name: "another-kind", flags: []string{"authentication-config=OTHERKIND"}},
}
