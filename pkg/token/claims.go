package token

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// checkHeader checks the header members that every reader of a JWT needs.
func (j *jwt) checkHeader() {
	for _, path := range j.header.duplicates {
		j.malformed(finding.T("the header has the member %q more than once: the API server cannot read such a token", member(path)))
	}
	if !j.header.fault.IsZero() {
		return
	}
	switch alg, ok := j.Header["alg"]; {
	case !ok:
		j.malformed(finding.T("the header has no alg, so the signature algorithm is unknown"))
	case !isText(alg):
		j.malformed(finding.T("alg in the header is %s, not a string", typeName(alg)))
	}
	if kid, ok := j.Header["kid"]; ok && kid != nil && !isText(kid) {
		j.malformed(finding.T("kid in the header is %s, not a string", typeName(kid)))
	}
}

// Names of claims by type. JSON null counts as absent, except for aud.
var (
	textClaims = []string{"iss", "sub", "jti", claimLegacyNamespace, claimLegacySecret, claimLegacyName, claimLegacyUID}
	timeClaims = []string{"exp", "nbf", "iat"}
)

// checkClaims checks the types of the claims that the API server reads. It must run before exact,
// which turns some numbers into strings.
func (j *jwt) checkClaims() {
	if j.payload == nil {
		return
	}
	for _, path := range j.payload.duplicates {
		// The API server's go-jose does not check deeper duplicates in ServiceAccount tokens.
		if len(path) == 1 || path[0] == claimKubernetes {
			j.malformed(finding.T("the payload has the claim %q more than once: the API server rejects that in a ServiceAccount token, other readers use the last one", member(path)))
		}
	}
	for _, name := range textClaims {
		j.checkText(j.Claims, name)
	}
	j.checkAudience()
	for _, name := range timeClaims {
		j.checkTime(j.Claims, name)
	}
	j.checkKubernetes()
}

func member(path []string) finding.Value { return finding.Standard(strings.Join(path, ".")) }

// claimAt returns the name of a claim, or of a member of a claim, for a sentence.
func claimAt(path []string) finding.Text {
	if len(path) == 1 {
		return finding.T("claim %s", member(path))
	}
	return finding.T("%s", member(path))
}

// checkText checks that the last member of the path, in m, is a string.
func (j *jwt) checkText(m map[string]any, path ...string) {
	if v := m[path[len(path)-1]]; v != nil && !isText(v) {
		j.malformed(finding.T("%s is %s, not a string", claimAt(path), typeName(v)))
	}
}

func (j *jwt) checkAudience() {
	v, present := j.Claims["aud"]
	if !present || isText(v) {
		return
	}
	list, ok := v.([]any)
	if !ok {
		j.malformed(finding.T("claim aud is %s, not a string or a list of strings", typeName(v)))
		return
	}
	if i := slices.IndexFunc(list, func(e any) bool { return !isText(e) }); i >= 0 {
		j.malformed(finding.T("claim aud has %s at position %s, not a string", typeName(list[i]), finding.Count(i+1)))
	}
}

func (j *jwt) checkTime(m map[string]any, path ...string) {
	switch v := m[path[len(path)-1]].(type) {
	case nil:
	case json.Number:
		if _, ok := numericDate(exactNumber(v.String())); !ok {
			j.malformed(finding.T("%s is %q, not a time in seconds between 1970 and the year 9999", claimAt(path), finding.ClaimValue.Of(v.String())))
		}
	case string:
		j.malformed(finding.T("%s is the string %q, not a number of seconds", claimAt(path), finding.ClaimValue.Of(v)))
	default:
		j.malformed(finding.T("%s is %s, not a number of seconds", claimAt(path), typeName(v)))
	}
}

func (j *jwt) checkKubernetes() {
	v := j.Claims[claimKubernetes]
	if v == nil {
		return
	}
	k, ok := v.(map[string]any)
	if !ok {
		j.malformed(finding.T("claim kubernetes.io is %s, not an object", typeName(v)))
		return
	}
	j.checkText(k, claimKubernetes, "namespace")
	for _, name := range []string{"serviceaccount", "pod", "secret", "node"} {
		switch o := k[name].(type) {
		case nil:
		case map[string]any:
			j.checkText(o, claimKubernetes, name, "name")
			j.checkText(o, claimKubernetes, name, "uid")
		default:
			j.malformed(finding.T("kubernetes.io.%s is %s, not an object", finding.Standard(name), typeName(o)))
		}
	}
	j.checkTime(k, claimKubernetes, "warnafter")
}
