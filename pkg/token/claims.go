package token

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// checkHeader judges the members of the header that every reader of a JWT needs.
func (j *jwt) checkHeader() {
	for _, path := range j.header.duplicates {
		j.malformed(finding.T("the header has the member %q more than once: the API server does not read such a token", member(path)))
	}
	if !j.header.fault.IsZero() {
		return
	}
	switch alg, ok := j.Header["alg"]; {
	case !ok:
		j.malformed(finding.T("the header has no alg: nothing says how it is signed"))
	case !isText(alg):
		j.malformed(finding.T("alg in the header is %s, not a string", typeName(alg)))
	}
	if kid, ok := j.Header["kid"]; ok && kid != nil && !isText(kid) {
		j.malformed(finding.T("kid in the header is %s, not a string", typeName(kid)))
	}
}

// Names of claims by their type. A JSON null is read as absent, but for aud.
var (
	textClaims = []string{"iss", "sub", "jti", claimLegacyNamespace, claimLegacySecret, claimLegacyName, claimLegacyUID}
	timeClaims = []string{"exp", "nbf", "iat"}
)

// checkClaims judges the types of the claims that the API server reads. It runs
// before numbers are made exact, when a number can still be told from a string.
func (j *jwt) checkClaims() {
	if j.payload == nil {
		return
	}
	for _, path := range j.payload.duplicates {
		// go-jose, with which the API server reads ServiceAccount tokens, looks no deeper.
		if len(path) == 1 || path[0] == claimKubernetes {
			j.malformed(finding.T("the payload has the claim %q more than once: for a ServiceAccount token the API server refuses that, other readers take the last", member(path)))
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

// claimAt names a claim, or a member of one.
func claimAt(path []string) finding.Text {
	if len(path) == 1 {
		return finding.T("claim %s", member(path))
	}
	return finding.T("%s", member(path))
}

// checkText judges the last member of a path, which m holds; so does checkTime.
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
			j.malformed(finding.T("%s is %q, no time in seconds between 1970 and the year 9999", claimAt(path), finding.ClaimValue.Of(v.String())))
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
