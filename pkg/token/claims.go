package token

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// checkHeader judges the members of the header that every reader of a JWT needs.
func (j *jwt) checkHeader() {
	for _, path := range j.header.duplicates {
		j.malformed(fmt.Sprintf("the header has the member %s more than once: the API server does not read such a token", quotePath(path)))
	}
	if j.header.fault != "" {
		return
	}
	switch alg, ok := j.Header["alg"]; {
	case !ok:
		j.malformed("the header has no alg: nothing says how it is signed")
	case typeName(alg) != "a string":
		j.malformed("alg in the header is " + typeName(alg) + ", not a string")
	}
	if kid, ok := j.Header["kid"]; ok && kid != nil && typeName(kid) != "a string" {
		j.malformed("kid in the header is " + typeName(kid) + ", not a string")
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
			j.malformed(fmt.Sprintf("the payload has the claim %s more than once: for a ServiceAccount token the API server refuses that, other readers take the last", quotePath(path)))
		}
	}
	for _, name := range textClaims {
		j.checkText(j.Claims, name, "claim "+name)
	}
	j.checkAudience()
	for _, name := range timeClaims {
		j.checkTime(j.Claims, name, "claim "+name)
	}
	j.checkKubernetes()
}

func quotePath(path []string) string { return quote(strings.Join(path, ".")) }

func (j *jwt) checkText(m map[string]any, name, label string) {
	if v := m[name]; v != nil && typeName(v) != "a string" {
		j.malformed(label + " is " + typeName(v) + ", not a string")
	}
}

func (j *jwt) checkAudience() {
	v, present := j.Claims["aud"]
	if !present || typeName(v) == "a string" {
		return
	}
	list, ok := v.([]any)
	if !ok {
		j.malformed("claim aud is " + typeName(v) + ", not a string or a list of strings")
		return
	}
	if i := slices.IndexFunc(list, func(e any) bool { return typeName(e) != "a string" }); i >= 0 {
		j.malformed(fmt.Sprintf("claim aud has %s at position %d, not a string", typeName(list[i]), i+1))
	}
}

func (j *jwt) checkTime(m map[string]any, name, label string) {
	switch v := m[name].(type) {
	case nil:
	case json.Number:
		if _, ok := numericDate(exactNumber(v.String())); !ok {
			j.malformed(fmt.Sprintf("%s is %s, no time in seconds between 1970 and the year 9999", label, quote(v.String())))
		}
	case string:
		j.malformed(fmt.Sprintf("%s is the string %s, not a number of seconds", label, quote(v)))
	default:
		j.malformed(label + " is " + typeName(v) + ", not a number of seconds")
	}
}

func (j *jwt) checkKubernetes() {
	v := j.Claims[claimKubernetes]
	if v == nil {
		return
	}
	k, ok := v.(map[string]any)
	if !ok {
		j.malformed("claim " + claimKubernetes + " is " + typeName(v) + ", not an object")
		return
	}
	j.checkText(k, "namespace", claimKubernetes+".namespace")
	for _, name := range []string{"serviceaccount", "pod", "secret", "node"} {
		label := claimKubernetes + "." + name
		switch o := k[name].(type) {
		case nil:
		case map[string]any:
			j.checkText(o, "name", label+".name")
			j.checkText(o, "uid", label+".uid")
		default:
			j.malformed(label + " is " + typeName(o) + ", not an object")
		}
	}
	j.checkTime(k, "warnafter", claimKubernetes+".warnafter")
}
