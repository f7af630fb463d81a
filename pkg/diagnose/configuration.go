package diagnose

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// LegacyIssuer is the issuer of every Secret-based token.
const LegacyIssuer = "kubernetes/serviceaccount"

// ClusterIssuer is the issuer in the cluster's discovery document. The API server may accept others, which discovery hides.
func (c *Case) ClusterIssuer() (string, bool) {
	if d := c.Cluster.Value.Discovery; c.Cluster.Known() && d.Known() {
		return d.Value.Issuer, d.Value.Issuer != ""
	}
	return "", false
}

const WebhookFlag = "authentication-token-webhook-config-file"

// Flag is a flag in the API servers' command lines.
type Flag struct {
	Name string
	// Values are those given, or the default; empty without both.
	Values []string
	// Where names the Pods.
	Where finding.Text
}

// The defaults of the flags that have one.
var flagDefaults = map[string]string{
	"anonymous-auth": "true", "enable-bootstrap-token-auth": "false",
	"service-account-extend-token-expiration": "true", "service-account-lookup": "true",
}

// Flag returns the value that all API servers have. ok is false if the values differ or could not be read, as where API servers
// are not Pods.
func (c *Case) Flag(name string) (Flag, bool) {
	servers := c.Configuration.APIServers
	if !servers.Known() || len(servers.Value) == 0 {
		return Flag{}, false
	}
	out := Flag{Name: name, Values: valuesOf(servers.Value[0], name), Where: pods(servers.Value)}
	for _, s := range servers.Value {
		if !s.Unreadable.IsZero() || !slices.Equal(valuesOf(s, name), out.Values) {
			return Flag{}, false
		}
	}
	return out, true
}

// valuesOf returns the values of a flag or its default, without empty ones.
func valuesOf(s evidence.APIServer, name string) []string {
	out := slices.DeleteFunc(slices.Clone(s.Flags[name]), func(v string) bool { return v == "" })
	if d := flagDefaults[name]; len(out) == 0 && d != "" {
		return []string{d}
	}
	return out
}

func pods(servers []evidence.APIServer) finding.Text {
	const most = 3
	var names []finding.Value
	for _, s := range servers[:min(len(servers), most)] {
		names = append(names, s.Name())
	}
	switch more := len(servers) - most; {
	case more > 0:
		return finding.T("pods %s, %s more", finding.Join(", ", names...), finding.Count(more))
	case len(servers) > 1:
		return finding.T("pods %s", finding.Join(", ", names...))
	case servers[0].Pod == "":
		return finding.T("the configuration")
	}
	return finding.T("pod %s", names[0])
}

// Set reports whether the flag has a value or a default.
func (f Flag) Set() bool { return len(f.Values) > 0 }

// Off reports whether a boolean flag is false, by the rules of strconv.ParseBool.
func (f Flag) Off() bool {
	return f.Set() && slices.Contains([]string{"0", "f", "F", "false", "FALSE", "False"}, f.Values[0])
}

// flagKinds maps a flag to the kind of name in its values; other flags have values that Kubernetes defines.
var flagKinds = map[string]finding.Kind{
	"api-audiences": finding.Audience, "authentication-config": finding.File, WebhookFlag: finding.File, "client-ca-file": finding.File,
	"oidc-ca-file": finding.File, "oidc-client-id": finding.Client, "oidc-groups-claim": finding.Claim, "oidc-issuer-url": finding.Issuer, "oidc-groups-prefix": finding.ClaimValue,
	"oidc-required-claim": finding.ClaimValue, "oidc-username-claim": finding.Claim, "oidc-username-prefix": finding.ClaimValue, "service-account-issuer": finding.Issuer,
	"service-account-jwks-uri": finding.URL, "service-account-key-file": finding.File, "service-account-signing-key-file": finding.File, "token-auth-file": finding.File,
	"authorization-config": finding.File, "authorization-webhook-config-file": finding.File, "requestheader-allowed-names": finding.Subject, "requestheader-client-ca-file": finding.File,
}

// Text is the flag as on the command line.
func (f Flag) Text() finding.Text {
	name := finding.Standard(f.Name)
	if !f.Set() {
		return finding.T("(no --%s)", name)
	}
	var out []finding.Value
	for i, v := range f.Values {
		if i == MaxListed {
			out = append(out, finding.T("and %s more", finding.Count(len(f.Values)-i)))
			break
		}
		value := finding.Standard(v)
		if kind, has := flagKinds[f.Name]; has {
			value = kind.Of(v)
		}
		out = append(out, finding.T("--%s=%s", name, finding.T("%s", value).Cut(mostOfFlag)))
	}
	return finding.Join(" ", out...)
}

// mostOfFlag is the length to which a flag's value is cut, in bytes.
const mostOfFlag = 200

// DifferingFlags returns the flags whose values differ, one entry for each API server.
func (c *Case) DifferingFlags() []Flag {
	readable := slices.DeleteFunc(slices.Clone(c.Configuration.APIServers.Value), func(s evidence.APIServer) bool { return !s.Unreadable.IsZero() })
	if !c.Configuration.APIServers.Known() || len(readable) < 2 {
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
				out = append(out, Flag{name, valuesOf(s, name), finding.T("pod %s", s.Name())})
			}
		}
	}
	return out
}

// KnownIssuer is an issuer that the API server trusts. Where is the source of this fact.
type KnownIssuer struct {
	URL   string
	Where finding.Text
}

// KnownIssuers returns the issuers that the evidence names, and whether the list is complete.
func (c *Case) KnownIssuers() (known []KnownIssuer, all bool) {
	add := func(issuer string, where finding.Text) {
		if !slices.ContainsFunc(known, func(k KnownIssuer) bool { return k.URL == issuer }) {
			known = append(known, KnownIssuer{issuer, where})
		}
	}
	if own, ok := c.ClusterIssuer(); ok {
		add(own, finding.T("cluster's issuer (discovery)"))
	}
	own, haveOwn := c.Flag("service-account-issuer")
	oidc, haveOIDC := c.Flag("oidc-issuer-url")
	file, haveFile := c.Flag("authentication-config")
	for _, f := range []Flag{own, oidc} {
		for _, v := range f.Values {
			add(v, finding.T("%s --%s", f.Where, finding.Standard(f.Name)))
		}
	}
	listed := len(c.Configuration.APIServers.Value) > 0
	for _, s := range c.Configuration.APIServers.Value {
		listed = listed && s.Issuers.Known()
		for _, v := range s.Issuers.Value {
			add(v.URL, s.Issuers.Source)
		}
	}
	return known, haveOwn && own.Set() && haveOIDC && haveFile && (!file.Set() || listed)
}

// ConfiguredAudiences are those that the AuthenticationConfiguration has for an issuer. ok is false if the API servers differ, or if
// the file of one could not be read.
func (c *Case) ConfiguredAudiences(issuer string) (audiences []string, where finding.Text, ok bool) {
	servers := c.Configuration.APIServers
	if !servers.Known() || len(servers.Value) == 0 {
		return nil, finding.Text{}, false
	}
	for i, s := range servers.Value {
		at := slices.IndexFunc(s.Issuers.Value, func(known evidence.ConfiguredIssuer) bool { return known.URL == issuer })
		if !s.Issuers.Known() || at < 0 || i > 0 && !slices.Equal(audiences, s.Issuers.Value[at].Audiences) {
			return nil, finding.Text{}, false
		}
		audiences = s.Issuers.Value[at].Audiences
	}
	return audiences, servers.Value[0].Issuers.Source, true
}

// Mappings are the claim mappings of an issuer; nil if they are not known. flags reports that flags configure the issuer.
func (c *Case) Mappings(issuer string) (m *evidence.ClaimMappings, flags bool) {
	for _, s := range c.Configuration.APIServers.Value {
		at := slices.IndexFunc(s.Issuers.Value, func(known evidence.ConfiguredIssuer) bool { return known.URL == issuer })
		if at >= 0 {
			m = s.Issuers.Value[at].Mappings
		}
	}
	oidc, _ := c.Flag("oidc-issuer-url")
	return m, slices.Contains(oidc.Values, issuer)
}

// IsOwnIssuer reports whether the cluster issues, or issued, tokens with this issuer; known is false without evidence.
func (c *Case) IsOwnIssuer(iss string) (own, known bool) {
	if f, ok := c.Flag("service-account-issuer"); ok && slices.Contains(f.Values, iss) {
		return true, true
	}
	name, ok := c.ClusterIssuer()
	return ok && name == iss, ok
}

// NearMiss returns a known issuer that differs from iss in an easily overlooked way, and the difference. A known hash suffices.
func (c *Case) NearMiss(iss string) (KnownIssuer, finding.Text) {
	known, _ := c.KnownIssuers()
	for _, k := range known {
		if near := keyset.NearMiss(iss, k.URL); !near.IsZero() {
			return k, near
		}
	}
	for _, variant := range keyset.Near(iss) {
		if near := keyset.NearMiss(iss, variant); !near.IsZero() && c.CountsIssuer(variant) {
			return KnownIssuer{variant, finding.T("GET /metrics, by its hash")}, near
		}
	}
	return KnownIssuer{}, finding.Text{}
}

// CountsIssuer reports whether the API server counts tokens or keys of that issuer.
func (c *Case) CountsIssuer(iss string) bool {
	if !c.Configuration.Authenticators.Known() || iss == "" {
		return false
	}
	_, ok := c.Configuration.Authenticators.Value.Issuers[HashOf(iss)]
	return ok
}

// HashOf is the hash of an issuer in the API server's metrics.
func HashOf(iss string) string {
	sum := sha256.Sum256([]byte(iss))
	return hex.EncodeToString(sum[:])
}
