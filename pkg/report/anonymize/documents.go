package anonymize

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// memberKinds are the kinds of the values of JSON members: claims of RFC 7519, OpenID Connect and Kubernetes,
// members of JWS headers (RFC 7515), keys (RFC 7517, 7518) and discovery documents (OpenID Connect Discovery,
// RFC 8414). The names of all these members stay.
var memberKinds = map[string]finding.Kind{
	"iss": finding.Issuer, "sub": finding.User, "aud": finding.Audience, "jti": finding.TokenID, "azp": finding.Client, "client_id": finding.Client, "appid": finding.Client,
	"name": finding.User, "given_name": finding.User, "family_name": finding.User, "middle_name": finding.User, "nickname": finding.User, "preferred_username": finding.User,
	"upn": finding.User, "unique_name": finding.User, "oid": finding.UID, "email": finding.Email, "groups": finding.Group, "roles": finding.Group, "username": finding.User,
	"profile": finding.URL, "picture": finding.URL, "website": finding.URL,

	"kid": finding.KeyID, "jku": finding.URL, "x5u": finding.URL, "x5t": finding.Fingerprint, "x5t#S256": finding.Fingerprint,

	"uid": finding.UID, "namespace": finding.Namespace, "node": finding.Node, "pod": finding.Pod, "secret": finding.Secret, "serviceaccount": finding.ServiceAccount,
	"kubernetes.io/serviceaccount/namespace": finding.Namespace, "kubernetes.io/serviceaccount/secret.name": finding.Secret,
	"kubernetes.io/serviceaccount/service-account.name": finding.ServiceAccount, "kubernetes.io/serviceaccount/service-account.uid": finding.UID,
	"authentication.kubernetes.io/node-name": finding.Node, "authentication.kubernetes.io/node-uid": finding.UID,
	"authentication.kubernetes.io/pod-name": finding.Pod, "authentication.kubernetes.io/pod-uid": finding.UID,

	"issuer": finding.Issuer, "jwks_uri": finding.URL, "authorization_endpoint": finding.URL, "token_endpoint": finding.URL, "userinfo_endpoint": finding.URL,
	"registration_endpoint": finding.URL, "end_session_endpoint": finding.URL, "revocation_endpoint": finding.URL, "introspection_endpoint": finding.URL,
	"device_authorization_endpoint": finding.URL, "check_session_iframe": finding.URL, "pushed_authorization_request_endpoint": finding.URL,
	"service_documentation": finding.URL, "op_policy_uri": finding.URL, "op_tos_uri": finding.URL, "claims_supported": finding.Claim,
}

// plain are members whose values are numbers, times and words of standards, which identify no one.
var plain = words(`exp iat nbf auth_time updated_at warnafter email_verified phone_number_verified
	alg typ cty enc zip crit b64 kty crv use key_ops ext ver idtyp token_use scope scp acr amr
	response_types_supported response_modes_supported grant_types_supported subject_types_supported scopes_supported
	id_token_signing_alg_values_supported id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported
	userinfo_signing_alg_values_supported userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported
	request_object_signing_alg_values_supported token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported
	revocation_endpoint_auth_methods_supported introspection_endpoint_auth_methods_supported code_challenge_methods_supported
	claim_types_supported display_values_supported prompt_values_supported`)

// times are the plain members whose values are seconds.
var times = words(`exp iat nbf auth_time updated_at warnafter`)

// opaque are defined members with arbitrary values.
var opaque = words(`keys jwk n e x y x5c d p q dp dq qi oth k
	nonce at_hash c_hash s_hash sid gender birthdate zoneinfo locale phone_number address formatted street_address locality region postal_code country
	act may_act cnf events txn toe sub_id entitlements orig iat_time tid kubernetes.io validatingwebhookconfiguration mutatingwebhookconfiguration
	authentication.kubernetes.io/credential-id authentication.kubernetes.io/issued-credential-id
	claims_locales_supported ui_locales_supported acr_values_supported claims_parameter_supported request_parameter_supported request_uri_parameter_supported
	require_request_uri_registration tls_client_certificate_bound_access_tokens backchannel_logout_supported backchannel_logout_session_supported
	frontchannel_logout_supported frontchannel_logout_session_supported require_pushed_authorization_requests authorization_response_iss_parameter_supported`)

func words(list string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		out[w] = true
	}
	return out
}

// isMember reports whether a standard defines a member of this name.
func isMember(name string) bool {
	return memberKinds[name] != "" || plain[name] || opaque[name]
}

// deepest is the maximum depth of the walk.
const deepest = 100

// Document anonymizes a JSON document, such as the claims of a token.
func (n *Names) Document(members map[string]any) map[string]any {
	if members == nil {
		return nil
	}
	return n.members(members, "", 0)
}

func (n *Names) members(members map[string]any, of string, depth int) map[string]any {
	out := make(map[string]any, len(members))
	keys := slices.Sorted(maps.Keys(members))
	// Defined members come first, so that unknown members do not change the numbers of their placeholders.
	for _, key := range keys {
		if isMember(key) {
			out[key] = n.member(key, members[key], of, depth)
		}
	}
	for _, key := range keys {
		if !isMember(key) {
			out[n.placeholder(finding.Claim, key)] = n.member("", members[key], of, depth)
		}
	}
	return out
}

// member anonymizes the value of a member.
func (n *Names) member(key string, value any, of string, depth int) any {
	switch v := value.(type) {
	case nil, bool:
		return v
	case map[string]any:
		if depth < deepest {
			return n.members(v, key, depth+1)
		}
	case []any:
		if depth < deepest {
			out := make([]any, len(v))
			for i := range v {
				out[i] = n.member(key, v[i], of, depth+1)
			}
			return out
		}
	case string:
		return n.value(key, v, of)
	default:
		if times[key] {
			return v
		}
	}
	data, _ := json.Marshal(value)
	return n.placeholder(finding.ClaimValue, string(data))
}

// value anonymizes a string value of a member.
func (n *Names) value(key, s, of string) string {
	kind := memberKinds[key]
	if key == "name" && (of == "serviceaccount" || of == "pod" || of == "node" || of == "secret") {
		kind = memberKinds[of]
	}
	fingerprint, isFingerprint := strings.CutPrefix(s, "X509SHA256=")
	id, isID := strings.CutPrefix(s, "JTI=")
	switch {
	case s == "REDACTED" || s == "[REDACTED]":
		return s
	case kind != "":
		return n.Name(kind, s)
	case plain[key] && n.isTerm(s):
		return s
	case plain[key] && strings.Contains(s, " "):
		return n.Term(s)
	case strings.HasSuffix(key, "credential-id") && isFingerprint:
		return "X509SHA256=" + n.Name(finding.Fingerprint, fingerprint)
	case strings.HasSuffix(key, "credential-id") && isID:
		return "JTI=" + n.Name(finding.TokenID, id)
	}
	return n.placeholder(finding.ClaimValue, s)
}

// Extra anonymizes the further attributes of a user.
func (n *Names) Extra(extra map[string][]string) map[string][]string {
	if extra == nil {
		return nil
	}
	whole := make(map[string]any, len(extra))
	for key, values := range extra {
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = v
		}
		whole[key] = list
	}
	out := make(map[string][]string, len(extra))
	for key, list := range n.Document(whole) {
		out[key] = nil
		for _, v := range list.([]any) {
			out[key] = append(out[key], v.(string))
		}
	}
	return out
}

// inputs anonymizes the JSON values that an expression reads, by their paths such as claims.sub.
func (n *Names) inputs(read map[string]string) map[string]string {
	if read == nil {
		return nil
	}
	out := make(map[string]string, len(read))
	for _, key := range slices.Sorted(maps.Keys(read)) {
		root, rest, deep := strings.Cut(key, ".")
		if !n.isTerm(root) {
			root = n.placeholder(word, root)
		}
		if deep {
			root += "." + n.claim(rest)
		}
		out[root] = n.json(rest[strings.LastIndexByte(rest, '.')+1:], read[key])
	}
	return out
}

// json anonymizes the JSON value of a member.
func (n *Names) json(key, value string) string {
	if value == "" {
		return ""
	}
	var v any
	decoder := json.NewDecoder(strings.NewReader(value))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil || decoder.More() {
		return n.placeholder(finding.ClaimValue, value)
	}
	out, err := json.Marshal(n.member(key, v, "", 0))
	if err != nil {
		return n.placeholder(finding.ClaimValue, value)
	}
	return string(out)
}
