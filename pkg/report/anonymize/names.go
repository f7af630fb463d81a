package anonymize

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// allowed are the names that Kubernetes or a standard defines.
var allowed = map[finding.Kind][]string{
	finding.Namespace:      {"default", "kube-system", "kube-public", "kube-node-lease"},
	finding.ServiceAccount: {"default"},
	finding.ConfigMap:      {"kube-root-ca.crt", "extension-apiserver-authentication", "cluster-info", "kubeadm-config"},
	finding.Service:        {"kubernetes"},
	finding.Container:      {"kube-apiserver"},
	finding.User: {"system:anonymous", "system:apiserver", "system:kube-controller-manager", "system:kube-scheduler", "system:kube-proxy", "system:node", "system:serviceaccount",
		"kube-apiserver-kubelet-client", "kube-apiserver", "front-proxy-client", "kubernetes-admin", "kubernetes-super-admin"},
	finding.Group: {"system:authenticated", "system:unauthenticated", "system:masters", "system:nodes", "system:serviceaccounts", "system:bootstrappers", "system:monitoring",
		"system:bootstrappers:kubeadm:default-node-token", "kubeadm:cluster-admins"},
	finding.Role: {"cluster-admin", "admin", "edit", "view", "system:auth-delegator", "system:service-account-issuer-discovery", "system:node-bootstrapper", "system:node",
		"system:discovery", "system:basic-user", "system:public-info-viewer", "system:aggregated-metrics-reader", "extension-apiserver-authentication-reader"},
	finding.Host: {"localhost", "127.0.0.1", "::1", "0.0.0.0", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
		"openid.kubernetes.default.svc", "kubernetes.io", "github.com"},
	finding.Issuer:    {"kubernetes/serviceaccount"},
	finding.Audience:  {"kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"},
	finding.Authority: {"kubernetes", "kubernetes-ca", "front-proxy-ca", "kubernetes-front-proxy-ca", "etcd-ca"},
	finding.Program: {"kubectl", "kubectl-authn", "kubelet", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubeadm", "curl", "Go-http-client",
		"aws", "aws-iam-authenticator", "gcloud", "gke-gcloud-auth-plugin", "az", "kubelogin", "kubectl-oidc_login", "tsh", "doctl", "oci"},
	finding.Variable: {"KUBECONFIG", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "all_proxy", "no_proxy", "KUBERNETES_SERVICE_HOST",
		"KUBERNETES_SERVICE_PORT", "POD_NAMESPACE", "HOME", "PATH"},
	finding.File: {"-", "the API server's /openid/v1/jwks", "/dev/stdin", "/var/run/secrets/kubernetes.io/serviceaccount", "/var/run/secrets/kubernetes.io/serviceaccount/token",
		"/var/run/secrets/kubernetes.io/serviceaccount/ca.crt", "/var/run/secrets/kubernetes.io/serviceaccount/namespace", "/etc/kubernetes/admin.conf", "/etc/kubernetes/super-admin.conf",
		"/etc/kubernetes/manifests/kube-apiserver.yaml", "/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/sa.pub", "/etc/kubernetes/pki/sa.key", "/etc/kubernetes/pki/front-proxy-ca.crt",
		"/etc/kubernetes/pki/apiserver.crt"},
}

var apiService = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(v[0-9]+((alpha|beta)[0-9]+)?[./])?((custom\.|external\.)?metrics\.k8s\.io)(/v[0-9]+((alpha|beta)[0-9]+)?)?$`)
})

// Name returns the placeholder of a name, or an allowed name itself. A name that consists of others, such as
// system:serviceaccount:NAMESPACE:NAME or a URL, keeps its structure.
func (n *Names) Name(kind finding.Kind, value string) string {
	if value == "" || slices.Contains(allowed[kind], value) {
		return value
	}
	switch kind {
	case finding.User, finding.Group:
		return n.user(kind, value)
	case finding.Subject, finding.Authority:
		return n.distinguished(kind, value)
	case finding.Host, finding.Address:
		return n.address(value)
	case finding.URL, finding.Issuer, finding.Audience:
		return n.url(kind, value)
	case finding.ServiceAccount, finding.Secret, finding.Pod, finding.ConfigMap, finding.Service, finding.Object,
		finding.Deployment, finding.StatefulSet, finding.DaemonSet, finding.ReplicaSet, finding.Job, finding.CronJob:
		return n.object(kind, value)
	case finding.Claim:
		return n.claim(value)
	case finding.Program:
		return n.program(value)
	case finding.File:
		if out, ok := n.web(value); ok {
			return out
		}
	case finding.APIService:
		if apiService().MatchString(value) {
			return value
		}
	}
	return n.placeholder(kind, value)
}

// systemNames are the names that Kubernetes derives from others.
var systemNames = []struct {
	prefix string
	kind   finding.Kind
}{
	{"system:serviceaccounts:", finding.Namespace},
	{"system:node:", finding.Node},
	{"system:bootstrap:", finding.TokenID},
	{"system:bootstrappers:", finding.Group},
}

func (n *Names) user(kind finding.Kind, value string) string {
	const account = "system:serviceaccount:"
	if rest, ok := strings.CutPrefix(value, account); ok {
		if namespace, name, ok := strings.Cut(rest, ":"); ok && namespace != "" && name != "" && !strings.Contains(name, ":") {
			return account + n.Name(finding.Namespace, namespace) + ":" + n.Name(finding.ServiceAccount, name)
		}
	}
	for _, s := range systemNames {
		if rest, ok := strings.CutPrefix(value, s.prefix); ok && rest != "" {
			return s.prefix + n.placeholderOr(s.kind, rest)
		}
	}
	// Without a configured prefix, the issuer precedes its users.
	if issuer, name, ok := strings.Cut(value, "#"); ok && name != "" {
		if url, ok := n.web(issuer); ok {
			return url + "#" + n.placeholder(kind, name)
		}
	}
	return n.placeholder(kind, value)
}

// placeholderOr returns the placeholder of a name without structure, unless the name is allowed.
func (n *Names) placeholderOr(kind finding.Kind, value string) string {
	if slices.Contains(allowed[kind], value) {
		return value
	}
	return n.placeholder(kind, value)
}

// object anonymizes the name of an object, or namespace and name.
func (n *Names) object(kind finding.Kind, value string) string {
	const bootstrap = "bootstrap-token-"
	if id, ok := strings.CutPrefix(value, bootstrap); ok && kind == finding.Secret && id != "" {
		return bootstrap + n.placeholder(finding.TokenID, id)
	}
	namespace, name, ok := strings.Cut(value, "/")
	if !ok || namespace == "" || name == "" || strings.Contains(name, "/") {
		return n.placeholder(kind, value)
	}
	return n.Name(finding.Namespace, namespace) + "/" + n.Name(kind, name)
}

// claim anonymizes the name or the path of a claim.
func (n *Names) claim(value string) string {
	if isMember(value) {
		return value
	}
	for i := len(value) - 1; i > 0; i-- {
		if value[i] == '.' && i+1 < len(value) && isMember(value[:i]) {
			return value[:i+1] + n.claim(value[i+1:])
		}
	}
	return n.placeholder(finding.Claim, value)
}

// program anonymizes a program or a user agent, such as kubectl/v1.36.3 (linux/amd64).
func (n *Names) program(value string) string {
	name, rest, isAgent := strings.Cut(value, "/")
	if !isAgent || !slices.Contains(allowed[finding.Program], name) {
		return n.placeholder(finding.Program, value)
	}
	if number := release().FindString(rest); number != "" {
		return name + "/" + number
	}
	return name
}

// attributes are the attribute types of a distinguished name (RFC 4514 and crypto/x509/pkix).
var attributes = []string{"CN", "O", "OU", "L", "ST", "C", "STREET", "POSTALCODE", "SERIALNUMBER", "DC", "UID"}

// distinguished anonymizes a distinguished name by its parts. A common name alone is a user.
func (n *Names) distinguished(kind finding.Kind, value string) string {
	parts := splitEscaped(value, ",+")
	common := kind
	if kind == finding.Subject {
		common = finding.User
	}
	if !strings.Contains(parts[0], "=") {
		return n.placeholderOrUser(common, value)
	}
	var out strings.Builder
	for _, p := range parts {
		if p == "," || p == "+" {
			out.WriteString(p)
			continue
		}
		name, of, _ := strings.Cut(p, "=")
		of = unescape(of)
		kind := finding.ClaimValue
		switch trimmed := strings.TrimSpace(name); {
		case trimmed == "CN":
			kind = common
		case trimmed == "O":
			kind = finding.Group
		case !slices.Contains(attributes, trimmed):
			name = n.placeholder(word, name)
		}
		out.WriteString(name + "=" + n.placeholderOrUser(kind, of))
	}
	return out.String()
}

func (n *Names) placeholderOrUser(kind finding.Kind, value string) string {
	if kind == finding.User || kind == finding.Group {
		return n.Name(kind, value)
	}
	return n.placeholderOr(kind, value)
}

// splitEscaped splits a text at separators without a backslash, and keeps the separators.
func splitEscaped(s, separators string) []string {
	var out []string
	from := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case strings.IndexByte(separators, s[i]) >= 0:
			out = append(out, s[from:i], s[i:i+1])
			from = i + 1
		}
	}
	return append(out, s[from:])
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// address anonymizes a host, and keeps its port.
func (n *Names) address(value string) string {
	if _, err := netip.ParseAddr(value); err == nil {
		return n.placeholderOr(finding.Host, value)
	}
	host, port := value, ""
	if i := strings.LastIndexByte(value, ':'); i > 0 && i+1 < len(value) && strings.Trim(value[i+1:], "0123456789") == "" {
		host, port = value[:i], value[i:]
	}
	if inner, ok := strings.CutPrefix(host, "["); ok && strings.HasSuffix(inner, "]") {
		host = strings.TrimSuffix(inner, "]")
	}
	return n.placeholderOr(finding.Host, host) + port
}

// schemes are the schemes of the URLs that keep their structure.
var schemes = []string{"https", "http", "socks5", "wss", "ws"}

// url anonymizes a URL. An issuer or audience that is not a URL is a name.
func (n *Names) url(kind finding.Kind, value string) string {
	if out, ok := n.web(value); ok {
		return out
	}
	if kind == finding.URL {
		if strings.HasPrefix(value, "/") {
			return n.urlPath(value)
		}
		if _, err := netip.ParseAddrPort(value); err == nil {
			return n.address(value)
		}
	}
	return n.placeholder(kind, value)
}

// web anonymizes a URL, and keeps its scheme and port. It returns false if the value is not a URL.
func (n *Names) web(value string) (string, bool) {
	scheme, rest, ok := strings.Cut(value, "://")
	if !ok || rest == "" || !slices.Contains(schemes, scheme) {
		return "", false
	}
	authority, at := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, rest = rest[:i], rest[i:]
	} else {
		rest = ""
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		at = n.placeholder(finding.User, authority[:i]) + "@"
		authority = authority[i+1:]
	}
	return scheme + "://" + at + n.address(authority) + n.urlPath(rest), true
}

// ownPaths are paths that Kubernetes and standards define. They may follow other paths.
var ownPaths = []string{"/.well-known/openid-configuration", "/openid/v1/jwks", "/.well-known/jwks.json", "/healthz", "/readyz", "/livez", "/version", "/metrics"}

// urlPath anonymizes the path of a URL and the text after it. The unknown part is one placeholder; a slash at
// the end stays.
func (n *Names) urlPath(value string) string {
	switch {
	case value == "" || value == "/":
		return value
	case strings.HasPrefix(value, "/api/v1/"), strings.HasPrefix(value, "/apis/"), value == "/api", value == "/apis":
		return n.apiPath(value)
	}
	for _, own := range ownPaths {
		if before, ok := strings.CutSuffix(value, own); ok {
			return n.chosenPath(before) + own
		}
	}
	return n.chosenPath(value)
}

func (n *Names) chosenPath(value string) string {
	if value == "" {
		return ""
	}
	whole := strings.TrimSuffix(value, "/")
	chosen := strings.TrimLeft(whole, "/")
	if chosen == "" {
		return value
	}
	return "/" + n.placeholder(path, chosen) + value[len(whole):]
}

// resources are the API resources that precede names.
var resources = map[string]finding.Kind{
	"namespaces": finding.Namespace, "serviceaccounts": finding.ServiceAccount, "secrets": finding.Secret, "pods": finding.Pod, "nodes": finding.Node,
	"configmaps": finding.ConfigMap, "services": finding.Service, "apiservices": finding.APIService,
	"deployments": finding.Deployment, "statefulsets": finding.StatefulSet, "daemonsets": finding.DaemonSet, "replicasets": finding.ReplicaSet,
	"jobs": finding.Job, "cronjobs": finding.CronJob,
}

// apiPath anonymizes a path of the Kubernetes API.
func (n *Names) apiPath(value string) string {
	value, _, query := strings.Cut(value, "?")
	segments := strings.Split(value, "/")
	for i, s := range segments {
		switch {
		case i > 0 && resources[segments[i-1]] != "":
			segments[i] = n.placeholderOr(resources[segments[i-1]], s)
		case s != "" && s != "api" && s != "apis" && !n.isTerm(s) && !isMember(s):
			segments[i] = n.placeholderOr(finding.Object, s)
		}
	}
	value = strings.Join(segments, "/")
	if query {
		value += "?…"
	}
	return value
}
