package diagnose

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// A flag is what the API servers' command lines say of one of their flags.
type flag struct {
	name string
	// values are those given, or the default; none where there is neither.
	values []string
	// where names the Pods.
	where string
}

// The defaults of the flags that have one.
var flagDefaults = map[string]string{
	"anonymous-auth": "true", "enable-bootstrap-token-auth": "false",
	"service-account-extend-token-expiration": "true", "service-account-lookup": "true",
}

// flagOf returns what all API servers are started with; ok is false where that could not
// be seen, as on clusters whose API servers are no Pods, or where they are not agreed.
func flagOf(e *evidence.Evidence, name string) (flag, bool) {
	servers := e.Configuration.APIServers
	if !servers.Known() || len(servers.Value) == 0 {
		return flag{}, false
	}
	out := flag{name: name, values: valuesOf(servers.Value[0], name), where: pods(servers.Value)}
	for _, s := range servers.Value {
		if s.Unreadable != "" || !slices.Equal(valuesOf(s, name), out.values) {
			return flag{}, false
		}
	}
	return out, true
}

// valuesOf are the values of a flag, with its default, and without empty ones, which
// stand for none.
func valuesOf(s evidence.APIServer, name string) []string {
	var out []string
	for _, v := range s.Flags[name] {
		if v != "" {
			out = append(out, v)
		}
	}
	if d := flagDefaults[name]; len(out) == 0 && d != "" {
		return []string{d}
	}
	return out
}

func pods(servers []evidence.APIServer) string {
	const most = 3
	var names []string
	for i, s := range servers {
		if i == most {
			names = append(names, fmt.Sprintf("%d more", len(servers)-most))
			break
		}
		names = append(names, s.Pod)
	}
	if len(servers) == 1 && names[0] == "" {
		return "the configuration"
	}
	if len(servers) == 1 {
		return "pod " + names[0]
	}
	return "pods " + strings.Join(names, ", ")
}

func (f flag) set() bool { return len(f.values) > 0 }

// off reports whether a boolean flag is: an API server reads the values of strconv.ParseBool.
func (f flag) off() bool {
	return f.set() && slices.Contains([]string{"0", "f", "F", "false", "FALSE", "False"}, f.values[0])
}

// words are the flag as it stands on the command line.
func (f flag) words() string {
	if !f.set() {
		return "(no --" + f.name + ")"
	}
	var out []string
	for i, v := range f.values {
		if i == 8 {
			out = append(out, fmt.Sprintf("and %d more", len(f.values)-i))
			break
		}
		out = append(out, "--"+f.name+"="+short(v))
	}
	return strings.Join(out, " ")
}

// seen adds the flags to what was seen.
func seen(f finding.Finding, flags ...flag) finding.Finding {
	var words []string
	for _, fl := range flags {
		words = append(words, fl.words())
	}
	if len(flags) == 0 {
		return f
	}
	return f.See(flags[0].where, strings.Join(words, " "))
}

// unlike are the flags in which the API servers differ, as they stand on each.
func unlike(e *evidence.Evidence) []finding.Evidence {
	var readable []evidence.APIServer
	for _, s := range e.Configuration.APIServers.Value {
		if s.Unreadable == "" {
			readable = append(readable, s)
		}
	}
	if !e.Configuration.APIServers.Known() || len(readable) < 2 {
		return nil
	}
	names := map[string]bool{}
	for _, s := range readable {
		for name := range s.Flags {
			names[name] = true
		}
	}
	var out []finding.Evidence
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if slices.ContainsFunc(readable, func(s evidence.APIServer) bool { return !slices.Equal(valuesOf(s, name), valuesOf(readable[0], name)) }) {
			for _, s := range readable {
				out = append(out, finding.Evidence{Source: "pod " + s.Pod, Value: flag{name: name, values: valuesOf(s, name)}.words()})
			}
		}
	}
	return out
}

// knownIssuer is an issuer that the API server is known to take tokens of.
type knownIssuer struct{ url, where string }

// knownIssuers are those that can be known of, and whether there are no others.
func knownIssuers(e *evidence.Evidence) (known []knownIssuer, all bool) {
	add := func(issuer, where string) {
		if !slices.ContainsFunc(known, func(k knownIssuer) bool { return k.url == issuer }) {
			known = append(known, knownIssuer{issuer, where})
		}
	}
	if own, ok := clusterIssuer(e); ok {
		add(own, "issuer of the cluster (discovery document)")
	}
	own, haveOwn := flagOf(e, "service-account-issuer")
	oidc, haveOIDC := flagOf(e, "oidc-issuer-url")
	file, haveFile := flagOf(e, "authentication-config")
	for _, f := range []flag{own, oidc} {
		for _, v := range f.values {
			add(v, f.where+" --"+f.name)
		}
	}
	listed := len(e.Configuration.APIServers.Value) > 0
	for _, s := range e.Configuration.APIServers.Value {
		listed = listed && s.Issuers.Known()
		for _, v := range s.Issuers.Value {
			add(v, s.Issuers.Source)
		}
	}
	return known, haveOwn && own.set() && haveOIDC && haveFile && (!file.set() || listed)
}

// ownIssuer reports whether the cluster itself issues tokens in that name, now or
// before; known is false where nobody could see.
func ownIssuer(e *evidence.Evidence, iss string) (own, known bool) {
	if f, ok := flagOf(e, "service-account-issuer"); ok && slices.Contains(f.values, iss) {
		return true, true
	}
	name, ok := clusterIssuer(e)
	return ok && name == iss, ok
}

// nearMiss is the known issuer from which iss differs by what people overlook, and how.
// One that only a hash of it is known of can be told as well.
func nearMiss(e *evidence.Evidence, iss string) (knownIssuer, string) {
	known, _ := knownIssuers(e)
	for _, k := range known {
		if near := keyset.NearMiss(iss, k.url).String(); near != "" {
			return k, near
		}
	}
	for _, variant := range keyset.Near(iss) {
		if near := keyset.NearMiss(iss, variant).String(); near != "" && counts(e, variant) {
			return knownIssuer{variant, "GET /metrics, by its hash"}, near
		}
	}
	return knownIssuer{}, ""
}

// counts reports whether the API server counts tokens or keys of that issuer.
func counts(e *evidence.Evidence, iss string) bool {
	if !e.Configuration.Authenticators.Known() || iss == "" {
		return false
	}
	_, ok := e.Configuration.Authenticators.Value.Issuers[hashOf(iss)]
	return ok
}

func hashOf(iss string) string {
	sum := sha256.Sum256([]byte(iss))
	return hex.EncodeToString(sum[:])
}
