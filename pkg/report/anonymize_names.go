package report

import (
	"reflect"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
)

func (a *anonymizer) learnExplanation(x *Explanation) {
	a.credential(&x.Credential)
	a.identity(x.User)
	a.list("audience", x.Audiences)
	a.list("audience", x.AcceptedFor)
	if x.Server != nil {
		a.value("url", x.Server.URL)
		a.value("url", x.Server.Proxy)
		a.certificate(x.Server.Certificate)
		for _, ca := range x.Server.ClientCAs {
			a.name("ca", ca)
		}
		a.learn("audit", x.Server.AuditID)
	}
	if x.Servers != nil {
		for _, s := range x.Servers.Items {
			a.value("url", s.URL)
			a.value("user", s.Username)
			a.value("url", s.Issuer)
			for _, k := range s.Keys {
				a.learn("kid", k.KeyID)
				a.learn("fingerprint", k.Thumbprint)
				a.learn("kid", k.KubernetesKeyID)
			}
		}
	}
	for i := range x.Subjects {
		s := &x.Subjects[i]
		if s.Credential != nil {
			a.credential(s.Credential)
		}
		a.identity(s.User)
	}
}

// kindsOf are the kinds of what the messages of a log differ in.
var kindsOf = map[string]string{
	"ServiceAccount": "serviceaccount", "Secret": "secret", "Pod": "pod", "Node": "node", "issuer": "url",
	"audience of the token": "audience", "audience asked for": "audience", "user": "user", "reviewer": "user", "key ID": "kid",
	"certificate number": "serial", "key ID of the CA": "kid", "CA": "ca", "claim": "value", "URL": "url", "client": "host",
}

// ownAgents are the user agents of Kubernetes' own programs, and of those that everybody has.
var ownAgents = []string{"kubectl", "kubelet", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubeadm", "curl", "Go-http-client"}

func (a *anonymizer) learnLog(x *LogSummary) {
	lists := [][]LogNames{x.Refused}
	for _, c := range x.Causes {
		lists = append(lists, c.Differs)
	}
	for _, list := range lists {
		for _, n := range list {
			for _, v := range n.Values {
				a.logged(n.What, v.Seen)
			}
		}
	}
}

func (a *anonymizer) logged(what, value string) {
	kind := kindsOf[what]
	switch {
	case what == "source IP":
		for ip := range strings.SplitSeq(value, ", ") {
			a.learn("host", ip)
		}
	case what == "user agent":
		if name, _, _ := strings.Cut(value, "/"); !slices.Contains(ownAgents, name) {
			a.learn("client", value)
		}
	case kind == "serviceaccount" || kind == "secret" || kind == "pod":
		namespace, name, ok := strings.Cut(value, "/")
		if !ok {
			a.learn(kind, value)
			return
		}
		a.learn("namespace", namespace)
		a.learn(kind, name)
		// Together too: either may be a word of ours.
		whole := ""
		for _, part := range []string{namespace, name} {
			if p := a.of[part]; p != "" {
				part = p
			}
			whole += "/" + part
		}
		a.of[value] = whole[1:]
	case kind != "":
		a.value(kind, value)
	}
}

func (a *anonymizer) credential(c *Credential) {
	if p := c.Projected; p != nil {
		a.learn("serviceaccount", p.ServiceAccountName)
		a.learn("node", p.NodeName)
		a.learn("container", p.Container)
		a.value("path", p.Path)
		a.value("audience", p.Audience)
	}
	a.certificate(c.Certificate)
	a.trace(c.Trace)
	a.claims(c.Header, "")
	a.claims(c.Claims, "")
}

func (a *anonymizer) trace(t *Trace) {
	if t == nil {
		return
	}
	for _, f := range t.Files {
		a.value("path", f.Path)
	}
	for _, s := range t.Settings {
		a.value("path", s.File)
		switch s.Name {
		case settingContext:
			a.learn("context", s.Value.String())
		case settingUser, settingActsAs:
			a.learn("user", s.Value.String())
		case settingCluster:
			a.learn("cluster", s.Value.String())
		case settingServer, settingProxy:
			a.value("url", s.Value.String())
		case settingServerName:
			a.learn("host", s.Value.String())
		}
	}
	for _, m := range t.Methods {
		a.value("path", m.File)
		switch m.Type {
		case credential.MethodExec:
			a.learn("command", m.Name.String())
		case credential.MethodBasic:
			a.learn("user", m.Name.String())
		case credential.MethodTokenFile, credential.MethodCertificate:
			a.value("path", m.Name.String())
		}
	}
}

func (a *anonymizer) certificate(k *Certificate) {
	if k == nil {
		return
	}
	a.learn("serial", k.SerialNumber)
	a.learn("fingerprint", k.SHA256)
	a.name("user", k.Subject)
	a.name("ca", k.Issuer)
}

// name learns the parts of a distinguished name.
func (a *anonymizer) name(kind, dn string) {
	for _, m := range attribute().FindAllStringSubmatch(dn, -1) {
		value := strings.NewReplacer(`\,`, ",", `\+`, "+", `\"`, `"`, `\\`, `\`).Replace(m[2])
		switch m[1] {
		case "CN":
			a.value(kind, value)
		case "O":
			a.value("group", value)
		default:
			a.value("value", value)
		}
	}
}

func (a *anonymizer) identity(u *Identity) {
	if u == nil {
		return
	}
	a.value("user", u.Username)
	a.learn("uid", u.UID)
	a.list("group", u.Groups)
	for _, key := range slices.Sorted(keysOf(u.Extra)) {
		for _, value := range u.Extra[key] {
			switch name := key[strings.LastIndexByte(key, '/')+1:]; {
			case name == "credential-id" && strings.HasPrefix(value, "JTI="):
				a.learn("jti", value[len("JTI="):])
			case name == "credential-id" && strings.HasPrefix(value, "X509SHA256="):
				a.learn("fingerprint", value[len("X509SHA256="):])
			case strings.HasSuffix(name, "-uid"):
				a.learn("uid", value)
			case name == "pod-name":
				a.learn("pod", value)
			case name == "node-name":
				a.learn("node", value)
			default:
				a.value("value", value)
			}
		}
	}
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (a *anonymizer) list(kind string, values []string) {
	for _, v := range values {
		a.value(kind, v)
	}
}

// plainClaims say how a token is made, and nothing of whom it is.
var plainClaims = []string{"alg", "typ", "cty", "enc", "zip", "crit", "b64", "kty", "crv", "use", "key_ops", "token_use", "scope", "scp", "acr", "amr", "ver", "idtyp",
	"exp", "iat", "nbf", "auth_time", "updated_at", "warnafter", "email_verified"}

// claimKinds are the kinds of what well-known claims hold.
var claimKinds = map[string]string{
	"sub": "user", "name": "user", "given_name": "user", "family_name": "user", "middle_name": "user", "nickname": "user", "preferred_username": "user",
	"upn": "user", "unique_name": "user", "oid": "uid", "email": "email", "iss": "url", "aud": "audience", "azp": "client", "client_id": "client",
	"appid": "client", "jti": "jti", "kid": "kid", "groups": "group", "roles": "group", "jku": "url", "x5u": "url", "uid": "uid", "namespace": "namespace",
	"kubernetes.io/serviceaccount/namespace": "namespace", "kubernetes.io/serviceaccount/secret.name": "secret",
	"kubernetes.io/serviceaccount/service-account.name": "serviceaccount", "kubernetes.io/serviceaccount/service-account.uid": "uid",
}

func (a *anonymizer) claims(members map[string]any, of string) {
	for _, key := range slices.Sorted(keysOf(members)) {
		if slices.Contains(plainClaims, key) {
			continue
		}
		kind := claimKinds[key]
		switch {
		case key == "name" && slices.Contains([]string{"serviceaccount", "pod", "node", "secret"}, of):
			kind = of
		case kind == "":
			kind = "value"
		}
		a.claim(kind, key, members[key])
	}
}

func (a *anonymizer) claim(kind, key string, value any) {
	switch v := value.(type) {
	case string:
		a.value(kind, v)
	case []any:
		for _, item := range v {
			a.claim(kind, key, item)
		}
	case map[string]any:
		a.claims(v, key)
	}
}

// value learns a name that may be made of others, or that is an address.
func (a *anonymizer) value(kind, s string) {
	switch {
	case s == "" || known(s) && !strings.HasPrefix(s, "system:"):
	case len(s) > longText:
		a.learn("value", s)
	case strings.Contains(s, "://") || strings.HasPrefix(s, "system:"):
		a.places(s, reflect.StructField{}, func(kind, value string, _, _ int) { a.learn(kind, value) })
		if kind == "url" || strings.HasPrefix(s, "system:") || a.covered(s) {
			return
		}
		a.learn(kind, s)
	case hostname().MatchString(s) && (kind == "url" || kind == "audience"):
		a.learn("host", s)
	case strings.Contains(s, "@") && kind != "user":
		a.learn("email", s)
	case kind == "url":
		a.learn("value", s)
	default:
		a.learn(kind, s)
	}
}

// covered reports whether s is an address from end to end.
func (a *anonymizer) covered(s string) bool {
	loc := address().FindStringIndex(s)
	return loc != nil && loc[0] == 0 && loc[1] == len(s)
}
