package diagnose

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// LegacyIssuer is what every Secret-based token has as its issuer.
const LegacyIssuer = "kubernetes/serviceaccount"

// ClusterIssuer is the issuer that the cluster's discovery document names, if it
// could be read. Others may be accepted beside it, and are invisible.
func (e *Case) ClusterIssuer() (string, bool) {
	if d := e.Cluster.Value.Discovery; e.Cluster.Known() && d.Known() {
		return d.Value.Issuer, d.Value.Issuer != ""
	}
	return "", false
}

const WebhookFlag = "authentication-token-webhook-config-file"

// Flag is what the API servers' command lines say of one of their flags.
type Flag struct {
	Name string
	// Values are those given, or the default; none where there is neither.
	Values []string
	// Where names the Pods.
	Where string
}

// The defaults of the flags that have one.
var flagDefaults = map[string]string{
	"anonymous-auth": "true", "enable-bootstrap-token-auth": "false",
	"service-account-extend-token-expiration": "true", "service-account-lookup": "true",
}

// Flag returns what all API servers are started with; ok is false where that could not
// be seen, as on clusters whose API servers are no Pods, or where they are not agreed.
func (e *Case) Flag(name string) (Flag, bool) {
	servers := e.Configuration.APIServers
	if !servers.Known() || len(servers.Value) == 0 {
		return Flag{}, false
	}
	out := Flag{Name: name, Values: valuesOf(servers.Value[0], name), Where: pods(servers.Value)}
	for _, s := range servers.Value {
		if s.Unreadable != "" || !slices.Equal(valuesOf(s, name), out.Values) {
			return Flag{}, false
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
	var names []string
	for _, s := range servers {
		names = append(names, s.Pod)
	}
	switch {
	case len(servers) > 1:
		return "pods " + strings.Join(AtMost(3, "%d more", names), ", ")
	case names[0] == "":
		return "the configuration"
	}
	return "pod " + names[0]
}

// Set reports whether the flag has a value, its own or the default.
func (f Flag) Set() bool { return len(f.Values) > 0 }

// Off reports whether a boolean flag is: an API server reads the values of strconv.ParseBool.
func (f Flag) Off() bool {
	return f.Set() && slices.Contains([]string{"0", "f", "F", "false", "FALSE", "False"}, f.Values[0])
}

// Words are the flag as it stands on the command line.
func (f Flag) Words() string {
	if !f.Set() {
		return "(no --" + f.Name + ")"
	}
	var out []string
	for _, v := range f.Values {
		out = append(out, "--"+f.Name+"="+Short(v))
	}
	return strings.Join(AtMost(MaxListed, "and %d more", out), " ")
}

// DifferingFlags are the flags in which the API servers differ, as they stand on each.
func (e *Case) DifferingFlags() []Flag {
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
	var out []Flag
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if slices.ContainsFunc(readable, func(s evidence.APIServer) bool { return !slices.Equal(valuesOf(s, name), valuesOf(readable[0], name)) }) {
			for _, s := range readable {
				out = append(out, Flag{name, valuesOf(s, name), "pod " + s.Pod})
			}
		}
	}
	return out
}

// KnownIssuer is an issuer that the API server is known to take tokens of.
type KnownIssuer struct{ URL, Where string }

// KnownIssuers are those that can be known of, and whether there are no others.
func (e *Case) KnownIssuers() (known []KnownIssuer, all bool) {
	add := func(issuer, where string) {
		if !slices.ContainsFunc(known, func(k KnownIssuer) bool { return k.URL == issuer }) {
			known = append(known, KnownIssuer{issuer, where})
		}
	}
	if own, ok := e.ClusterIssuer(); ok {
		add(own, "issuer of the cluster (discovery document)")
	}
	own, haveOwn := e.Flag("service-account-issuer")
	oidc, haveOIDC := e.Flag("oidc-issuer-url")
	file, haveFile := e.Flag("authentication-config")
	for _, f := range []Flag{own, oidc} {
		for _, v := range f.Values {
			add(v, f.Where+" --"+f.Name)
		}
	}
	listed := len(e.Configuration.APIServers.Value) > 0
	for _, s := range e.Configuration.APIServers.Value {
		listed = listed && s.Issuers.Known()
		for _, v := range s.Issuers.Value {
			add(v, s.Issuers.Source)
		}
	}
	return known, haveOwn && own.Set() && haveOIDC && haveFile && (!file.Set() || listed)
}

// IsOwnIssuer reports whether the cluster itself issues tokens in that name, now or
// before; known is false where nobody could see.
func (e *Case) IsOwnIssuer(iss string) (own, known bool) {
	if f, ok := e.Flag("service-account-issuer"); ok && slices.Contains(f.Values, iss) {
		return true, true
	}
	name, ok := e.ClusterIssuer()
	return ok && name == iss, ok
}

// NearMiss is the known issuer from which iss differs by what people overlook, and how.
// One that only a hash of it is known of can be told as well.
func (e *Case) NearMiss(iss string) (KnownIssuer, string) {
	known, _ := e.KnownIssuers()
	for _, k := range known {
		if near := keyset.NearMiss(iss, k.URL).String(); near != "" {
			return k, near
		}
	}
	for _, variant := range keyset.Near(iss) {
		if near := keyset.NearMiss(iss, variant).String(); near != "" && e.CountsIssuer(variant) {
			return KnownIssuer{variant, "GET /metrics, by its hash"}, near
		}
	}
	return KnownIssuer{}, ""
}

// CountsIssuer reports whether the API server counts tokens or keys of that issuer.
func (e *Case) CountsIssuer(iss string) bool {
	if !e.Configuration.Authenticators.Known() || iss == "" {
		return false
	}
	_, ok := e.Configuration.Authenticators.Value.Issuers[HashOf(iss)]
	return ok
}

// HashOf is an issuer as the API server's metrics name it.
func HashOf(iss string) string {
	sum := sha256.Sum256([]byte(iss))
	return hex.EncodeToString(sum[:])
}
