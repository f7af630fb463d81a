package pasted

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// reason is an error message with what the text around it shows.
type reason struct {
	errortext.Reason
	// component is the server that the message is about, unless that is the API server. connection,
	// host and port are those of the connection to it, and signal is the words that show it.
	component          component
	connection         fault
	host, port, signal string
	// server is the server of a connection whose finding is that of the message.
	server component
	// holder is the program whose credential was sent.
	holder holder
	// before is the text before the message of a client about a failed exec plugin.
	before string
}

// A component is a server that a message about a connection is about. Its value is the words of
// reports.
type component string

const (
	apiServer         component = "the API server"
	kubelet           component = errortext.Kubelet
	admissionWebhook  component = "the admission webhook"
	conversionWebhook component = "the conversion webhook"
	aggregatedAPI     component = "the aggregated API"
	etcd              component = "etcd"
	oidcIssuer        component = "the OIDC issuer"
	imageRegistry     component = "the image registry"
	gitServer         component = "the Git server"
	chartRepository   component = "the chart repository"
	vaultServer       component = errortext.Vault
	serviceMesh       component = "the service mesh"
	forwardProxy      component = "the proxy"
	talosAPI          component = "Talos' API"
	k3sServer         component = "the K3s or RKE2 server"
	rancherServer     component = "the Rancher server"
	grpcServer        component = "a gRPC server"
	otherServer       component = "another server"
	// proxiedServer is an aggregated API, or a Service or a Pod that a client reaches through the API server.
	proxiedServer component = "the server behind the API server"
)

// A fault is what a client reports about a connection.
type fault string

const (
	untrusted   fault = "is not trusted"
	otherName   fault = "is for another name"
	notNow      fault = "is not valid now"
	wrongUsage  fault = "is not a server certificate"
	faulty      fault = "cannot be verified"
	refusedCert fault = "rejects the client certificate"
	noServing   fault = "has no serving certificate"
	alert       fault = "ends the TLS handshake"
	connection  fault = "cannot be reached"
	// clientRefuses and serverRefuses are in the log of the server.
	clientRefuses fault = "is rejected by a client"
	serverRefuses fault = "rejects the certificate of a client"
	// throughProxy is a proxy that does not connect.
	throughProxy fault = "is asked through a proxy"
)

// A signal is a set of words by which a component is recognized. Tables of signals are in the order
// of their weight: the first signal with one of its words in the line decides.
type signal[C ~string] struct {
	of    C
	words []string
}

// peers are the signals of servers in the words around a message.
var peers = []signal[component]{
	{imageRegistry, []string{"Failed to pull image", "failed to pull image", "failed to resolve reference", "PullImage from image service failed", "PullImage \"", "ErrImagePull",
		"ImagePullBackOff", "pinging container registry", "error pinging docker registry", "Error response from daemon: Get", "failed to fetch manifest", "error pulling image", "pull and unpack image", "failed to solve: ", "docker.io/", "failed to copy: httpReadSeeker"}},
	{conversionWebhook, []string{"conversion webhook for", "/convert?timeout="}},
	{admissionWebhook, []string{"failed to connect to webhook", "failed calling webhook", "failed calling admission webhook", "failed to call webhook", "Failed calling webhook"}},
	{aggregatedAPI, []string{"failing or missing response from", "no response from https://", "FailedDiscoveryCheck", "loading OpenAPI spec for", "available_controller.go:"}},
	{oidcIssuer, []string{"oidc authenticator", "fetch provider discovery", "fetch provider config", "initializing plugin: Get", "failed to query provider", "Failed to query provider",
		"oidc discovery", "OIDC discovery", "oidc: failed to get keys", "failed to get openid configuration"}},
	{gitServer, []string{"/info/refs?service=git", "fatal: unable to access", "failed to list refs", "git-upload-pack"}},
	{chartRepository, []string{"is not a valid chart repository", "/index.yaml"}},
	{vaultServer, []string{":8200/", "vault-agent", "Error making API request.", "Error writing data to auth/"}},
	{etcd, []string{":2379", ":2380", "etcd-client", "etcdclient", "etcdserver", "clientv3", "rafthttp", "health check for peer", "on stream Message (", "on stream MsgApp v2 (", "etcd cluster is unavailable", "\"etcd-ca\"", "etcd[", "storage-backend"}},
	{forwardProxy, []string{"proxyconnect tcp:"}},
	{rancherServer, []string{"rancher-system-agent", "/v3/connect", "cattle-cluster-agent", "cattle-node-agent"}},
	{k3sServer, []string{"/v1-k3s/", "/v1-rke2/", ":9345", "127.0.0.1:6444/", "failed to get CA certs", "CA cert validation failed", "Remotedialer proxy error", `msg="Failed to connect to proxy`}},
	{talosAPI, []string{"talosctl", "talosconfig", "error executing bootstrap: rpc error", "error applying new configuration: rpc error", "error getting version: rpc error", "trustd"}},
}

// late are the signals of servers that are weaker than a URL in the line.
var late = []signal[component]{
	{kubelet, []string{"error dialing backend", ":10250", "containerLogs", "unable to fully scrape metrics", "Failed to scrape node", "unable to fetch metrics from Kubelet", "available for the kubelet"}},
	{serviceMesh, []string{":15012", "istiod", "istio-ca", "xdsproxy", "linkerd-identity"}},
	{apiServer, []string{"Unable to connect to the server", "The connection to the server", "Kubernetes cluster unreachable", "couldn't get current server API group list", "Unable to register node",
		"Error while proxying request", "Unable to connect to cluster", "an't connect to cluster", "io.fabric8.kubernetes.client", "io.kubernetes.client.", "kubernetes.client.exceptions", "kubernetes.client.rest", "kubernetes_asyncio", "@kubernetes/client-node", "kube_client::", "Kubeclient::", "KubeException", "ServiceError: ", "HyperError: ",
		"error retrieving resource lock", "Failed to ensure lease", "Failed to watch *", "Failed to list *", "failed to list *", "KUBERNETES_SERVICE_HOST", "kubernetes.default"}},
	{proxiedServer, []string{"Error trying to reach service", "error trying to reach service"}},
	{etcd, []string{" etcd", "etcd ", "etcd-0 ", "etcd-1 ", "etcd-2 "}},
	{grpcServer, []string{"grpc: addrConn", "grpc: Conn.resetTransport", "transport: authentication handshake failed"}},
}

// A place is the address of a request: its host, port, and path with the query.
type place struct{ host, port, path string }

// address matches the URLs of a line.
var address = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`https?://(\[[0-9a-fA-F:.%]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?(/[^\s"'\\<>)\]]*)?`)
})

// dialled matches the address after `dial tcp`.
var dialled = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`dial tcp (\[[0-9a-fA-F:.%]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})()`)
})

// paths are the signals of servers in the path of a request; the first match decides.
var paths = sync.OnceValue(func() []struct {
	of   component
	path *regexp.Regexp
} {
	var out []struct {
		of   component
		path *regexp.Regexp
	}
	for _, p := range []struct {
		of   component
		path string
	}{
		// k8s.io/kubernetes pkg/kubelet/server/server.go.
		{kubelet, `^/(containerLogs|portForward|runningpods)/|^/(exec|attach|run|cri)/[^/]+/[^/]+/|^/stats/summary|^/metrics/(cadvisor|resource|probes)`},
		{oidcIssuer, `/\.well-known/(openid-configuration|jwks|oauth-authorization-server)|/protocol/openid-connect/|/oauth2?/(v[0-9.]+/)?(token|keys|certs|jwks)|/(jwks|jwks\.json|openid/v1/jwks)$`},
		// All paths of an API server, also behind a gateway such as Rancher's.
		{apiServer, `(^|/)apis(/|\?|$)|(^|/)api/v1(beta[0-9])?/(bindings|componentstatuses|configmaps|endpoints|events|limitranges|namespaces|nodes|persistentvolume|pods|podtemplates|replicationcontrollers|resourcequotas|secrets|serviceaccounts|services|watch|proxy)` +
			`|^/api(\?timeout=|/v1(\?timeout=|$)|$)|^/openapi/v[23]([/?]|$)|/k8s/clusters/`},
		{gitServer, `\.git(/|$)|/info/refs\?`},
		{imageRegistry, `^/v2/`},
		{vaultServer, `^/v1/(auth|sys)/`},
	} {
		out = append(out, struct {
			of   component
			path *regexp.Regexp
		}{p.of, regexp.MustCompile(p.path)})
	}
	return out
})

// ports are the signals of servers in the port of a request. The kubelet and etcd have the same
// ports on every distribution.
var ports = map[string]component{"10250": kubelet, "10248": kubelet, "10257": otherServer, "10259": otherServer, "2379": etcd, "2380": etcd, "6443": apiServer, "16443": apiServer, "15012": serviceMesh, "8200": vaultServer}

// anyServer matches paths that an API server has, and many other servers too.
var anyServer = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^/(version|healthz|livez|readyz|metrics)([/?]|$)`) })

// of returns the server at the address, or another server if the path shows only that it is no
// API server. It returns "" if the address shows nothing.
func (p place) of() component {
	if c := ports[p.port]; c != "" && c != apiServer {
		return c
	}
	for _, known := range paths() {
		if known.path.MatchString(p.path) {
			return known.of
		}
	}
	service := strings.HasSuffix(p.host, ".svc") || strings.HasSuffix(p.host, ".svc.cluster.local")
	switch {
	case ports[p.port] == apiServer || p.host == "kubernetes" || strings.HasPrefix(p.host, "kubernetes.default") || strings.HasPrefix(p.host, "openshift.default"):
		return apiServer
	case anyServer().MatchString(p.path):
		return ""
	case strings.Contains(p.path, "timeout=") && (service || strings.HasPrefix(p.path, "/")):
		// The API server adds its timeout to the URL of each webhook.
		return admissionWebhook
	case service || len(p.path) > 1:
		return otherServer
	}
	return ""
}

// maxAround is the number of bytes of a line before a message in which signals count.
const maxAround = 4 << 10

// around returns the part of the line of a message in which signals count, and the part of it
// before the message.
func around(r reason) (line, before string) {
	line = strings.ReplaceAll(r.Line, `\`, "")
	before = line
	if at := strings.Index(line, strings.ReplaceAll(r.Text, `\`, "")); at >= 0 {
		end := min(len(line), at+len(r.Text)+maxAround/4)
		line, before = line[max(0, at-maxAround):end], line[max(0, at-maxAround):at]
	}
	return line[:min(len(line), 2*maxAround)], before[max(0, len(before)-maxAround):]
}

// first returns what the first signal of a table with words in the text stands for, and the words.
func first[C ~string](table []signal[C], text string) (of C, words string) {
	for _, s := range table {
		for _, w := range s.words {
			if strings.Contains(text, w) {
				return s.of, w
			}
		}
	}
	return "", ""
}

// peer returns the server that a line is about, its address, and the words that show it.
func peer(line, before string) (c component, at place, words string) {
	for _, pattern := range []*regexp.Regexp{address(), dialled()} {
		// The URL of the failed request is the last one before the message.
		text := before
		if pattern == dialled() {
			text = line
		}
		if all := pattern.FindAllStringSubmatch(text, -1); len(all) > 0 {
			last := all[len(all)-1]
			at, words = place{last[1], last[2], last[3]}, last[0]
			break
		}
	}
	if _, to, ok := strings.Cut(line, "rying to reach:"); ok {
		if m := address().FindStringSubmatch(to); m != nil {
			at, words = place{m[1], m[2], m[3]}, m[0]
		}
		if at.of() == kubelet {
			return kubelet, at, words
		}
		return proxiedServer, at, "Trying to reach:"
	}
	if said := strings.TrimSuffix(strings.TrimSpace(before), " tls: failed to verify certificate:"); strings.HasSuffix(said, "Unable to connect to the server:") {
		return apiServer, at, "Unable to connect to the server"
	}
	// The words before a message say more than those after it, which may be about anything.
	for _, text := range []string{before, line} {
		if c, w := first(peers, text); c != "" {
			return c, at, w
		}
		if c = at.of(); c != "" && c != otherServer {
			return c, at, words
		}
		if c, w := first(late, text); c != "" {
			return c, at, w
		}
	}
	return c, at, words
}

// A pastedText is a text in its normal form, and as it was pasted.
type pastedText struct{ normal, raw string }

// placed sets the component that each message is about and the holder of its credential, and
// removes messages about connections that do not concern the cluster.
func placed(reasons []reason, text pastedText) []reason {
	byProxy, byKubelet, byCertificate := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range reasons {
		if r.Stage == errortext.Service && r.Values["service"] == errortext.Kubelet {
			byKubelet[r.Line] = true
		}
		if id := frontProxy(r, text.normal); id != "" && r.Stage != errortext.Authorization {
			byProxy[r.Line] = true
		}
		if r.Stage == errortext.X509 {
			byCertificate[r.Line] = true
		}
	}
	byPlugin := slices.ContainsFunc(reasons, func(r reason) bool { return slices.Contains(r.IDs, finding.ExecPluginFailed) })
	asked, byDelegated := askedComponent(text.normal), delegated(reasons)
	var out []reason
	for _, r := range reasons {
		switch id := frontProxy(r, text.normal); {
		case asked != "" && (isAnonymous(r) || r.Stage == errortext.Request):
			r.Stage, r.IDs, r.Key = errortext.Service, []finding.ID{finding.AggregatedAPIRefused}, componentAnonymous
			out = append(out, with(r, "service", asked))
		case id != "":
			out = append(out, about(r, aggregatedAPI, "", id))
		case (r.Stage == errortext.X509 || r.Stage == errortext.RequestHeader) && byProxy[r.Line]:
			// The other errors of the same certificate say less.
		case r.Stage == errortext.Request && r.Text == "Unauthorized" && byKubelet[r.Line]:
			// It is the body of a kubelet's answer.
		case (r.Stage == errortext.Bearer || r.Stage == errortext.Request) && byDelegated[r.Line]:
			// The component could not ask whether the token is valid.
		case isTokenOfKubelet(r) && byCertificate[r.Line]:
		default:
			if (r.Stage == errortext.RequestHeader || r.Stage == errortext.X509) && len(r.IDs) > 0 && kubeletLogged(r.Line) || isTokenOfKubelet(r) {
				r.Stage, r.IDs, r.Values = errortext.Service, []finding.ID{finding.AggregatedAPIRefused}, service(errortext.Kubelet)
			}
			if r.Stage == errortext.RequestHeader && slices.Contains(r.IDs, finding.ClientCANotTrusted) {
				r.IDs = append(slices.Clone(r.IDs), finding.FrontProxyCertificateUntrusted)
			}
			if r, ok := placeOf(r, text, byPlugin); ok {
				out = append(out, r)
			}
		}
	}
	return out
}

// componentAnonymous is the Key of an API server's words in the answer of another component.
const componentAnonymous errortext.Key = "component-anonymous"

// askedComponent returns the component of the control plane whose port all URLs of a short text have, if it is not the API server.
func askedComponent(text string) string {
	if len(text) > 4*maxAround {
		return ""
	}
	asked := ""
	for _, m := range address().FindAllStringSubmatch(text, -1) {
		component := map[string]string{"10257": "kube-controller-manager", "10259": "kube-scheduler"}[m[2]]
		if component == "" || asked != "" && asked != component {
			return ""
		}
		asked = component
	}
	return asked
}

// kubeletRefusal is the beginning of the message that only a kubelet logs for each 401.
const kubeletRefusal = `Unable to authenticate the request due to an error" err=`

// isTokenOfKubelet reports whether a kubelet logged that it rejects the token of a client.
func isTokenOfKubelet(r reason) bool {
	return r.Stage == errortext.Bearer && strings.Contains(r.Line, kubeletRefusal)
}

// isTokenRejected reports whether isTokenOfKubelet held for a message.
func isTokenRejected(r reason) bool {
	return strings.Contains(r.Line, kubeletRefusal) && r.Text == "invalid bearer token"
}

// kubeletLogged reports whether a kubelet wrote a line of a log. Its message about a rejected
// credential has other words than that of an API server.
//
// k8s.io/kubernetes pkg/kubelet/server/server.go.
func kubeletLogged(line string) bool {
	return strings.Contains(line, kubeletRefusal) || strings.Contains(line, "kubelet[") || strings.Contains(line, "hyperkube[") || strings.Contains(line, "kubelet/server")
}

// placeOf sets the component that a message is about, unless an exec plugin wrote the message. It returns false for a message about a
// connection that does not concern the cluster.
func placeOf(r reason, text pastedText, byPlugin bool) (reason, bool) {
	what := faultOf(r)
	switch {
	case r.Stage == errortext.Service && r.Key == "" && len(r.IDs) > 0 && ownComponents[r.IDs[0]] != "":
		r.component, r.connection = ownComponents[r.IDs[0]], noServing
		return r, true
	case r.Key == "no-status" && answersWebhook(r):
		return r, false
	case len(r.IDs) > 0 && r.IDs[0] == finding.ServerCertificateRejected:
		return about(r, otherServer, clientRefuses, r.IDs[0]), true
	case what != "" && strings.Contains(r.Line, "rejected connection"):
		return about(r, etcd, etcdLogged(what), finding.EtcdCertificateRejected), what != connection
	case what == "":
		r.holder = holderOf(r, text)
		return r, true
	}
	line, before := around(r)
	c, at, words := peer(line, before)
	if c == "" {
		c, at, words = nearby(text.normal)
	}
	if c == proxiedServer && what != connection {
		// The API server's proxy does not verify the certificates of Services and Pods.
		c = aggregatedAPI
	}
	id, ok := findingOf(c, what)
	switch {
	case (c == "" || c == otherServer) && byPlugin:
		return r, true
	case !ok && what == connection && c != apiServer && (c != "" || !isAlone(before)):
		return r, false
	case !ok:
		r.server, r.holder = c, holderOf(r, text)
		return r, true
	}
	r = about(r, c, what, id)
	r.host, r.port, r.signal = cmp.Or(strings.Trim(at.host, "[]"), r.Values["host"]), at.port, words
	return r, true
}

// answersWebhook reports whether a message is about the answer of a webhook to the API server.
func answersWebhook(r reason) bool {
	_, before := around(r)
	c, _ := first(peers, before)
	return c == admissionWebhook || c == conversionWebhook
}

// isAlone reports whether a message stands alone in its line, so that whoever pasted it means the
// API server.
func isAlone(before string) bool {
	before = strings.TrimSpace(address().ReplaceAllString(errortext.Unlisted(before), ""))
	for _, word := range []string{"error:", "Error:", "Get", "Post", ":"} {
		before = strings.Trim(strings.TrimPrefix(before, word), ` "'`)
	}
	return before == ""
}

// ownComponents are the findings of messages that only one component writes.
var ownComponents = map[finding.ID]component{finding.FrontProxyNotConfigured: aggregatedAPI, finding.KubeletServingCertificateMissing: kubelet}

// maxNearby is the number of lines of a pasted text in which signals count for a message whose own
// line has none.
const maxNearby = 20

// etcdLogged returns the fault that etcd logs about the connection of a client.
func etcdLogged(what fault) fault {
	if what == refusedCert {
		return clientRefuses
	}
	return serverRefuses
}

// nearby returns the server that the lines of a short text agree on.
func nearby(text string) (c component, at place, words string) {
	if strings.Count(text, "\n") > maxNearby || len(text) > 4*maxAround {
		return "", place{}, ""
	}
	for line := range strings.Lines(text) {
		line = strings.ReplaceAll(line, `\`, "")
		of, where, w := peer(line, line)
		switch {
		case of == "" || of == otherServer:
		case c == "" || c == of:
			c, at, words = of, where, w
		default:
			return "", place{}, ""
		}
	}
	return c, at, words
}

// with returns the message with another value.
func with(r reason, key, value string) reason {
	r.Values = maps.Clone(r.Values)
	if r.Values == nil {
		r.Values = map[string]string{}
	}
	r.Values[key] = value
	return r
}

// about returns the message as one about a component other than the API server, with that finding.
func about(r reason, c component, what fault, id finding.ID) reason {
	r.Stage, r.IDs, r.component, r.connection = errortext.Service, []finding.ID{id}, c, what
	if _, ok := goFaults[r.Key]; ok {
		r.Key = ""
	}
	return with(r, "service", string(c))
}

// faultOf returns what a message says about a connection, or "" for other messages.
func faultOf(r reason) fault {
	_, isGo := goFaults[r.Key]
	isGo = isGo && (strings.HasPrefix(r.Text, "x509: ") || strings.HasPrefix(r.Text, "tls: ") || strings.HasPrefix(r.Text, "remote error: "))
	if r.Stage != errortext.Transport || len(r.IDs) == 0 || r.Key != "" && !isGo && !slices.Contains(proxied, r.Key) || strings.HasPrefix(r.Text, "http: TLS handshake error") {
		return ""
	}
	switch {
	case isGo:
		return goFaults[r.Key]
	case r.Key != "":
		return throughProxy
	}
	sent, isAlert := strings.CutPrefix(r.Text, "remote error: ")
	sent = strings.TrimPrefix(sent, "tls: ")
	switch {
	case isAlert && strings.HasPrefix(sent, "internal error"):
		return noServing
	case isAlert && strings.Contains(sent, "certificate"):
		return refusedCert
	case isAlert:
		return alert
	case r.IDs[0] == finding.ServerCertificateUntrusted:
		return untrusted
	case r.IDs[0] == finding.ServerCertificateNameMismatch:
		return otherName
	case r.IDs[0] == finding.ServerCertificateExpired:
		return notNow
	case r.IDs[0] == finding.APIServerUnreachable:
		return connection
	}
	return ""
}

// goFaults are the Keys of the messages of Go's TLS that are about a server of any component. Clients in other languages have some
// of the Keys too.
var goFaults = map[errortext.Key]fault{
	"server-certificate-usage": wrongUsage, "server-certificate-issuer": faulty, "server-certificate-faulty": faulty, "certificate-required": refusedCert, "handshake-alert": alert,
}

// proxied are the Keys of the messages about a client's proxy.
var proxied = []errortext.Key{"proxy-refused", "proxy-login", "proxy-unreachable", "proxy-scheme"}

// certificateFindings are the findings about the certificate that a component serves.
var certificateFindings = map[component]finding.ID{
	admissionWebhook: finding.WebhookCertificateRejected, conversionWebhook: finding.WebhookCertificateRejected,
	aggregatedAPI: finding.AggregatedAPICertificateRejected, etcd: finding.EtcdCertificateRejected, oidcIssuer: finding.IssuerCertificateRejected,
	imageRegistry: finding.OtherServerCertificateRejected, gitServer: finding.OtherServerCertificateRejected, chartRepository: finding.OtherServerCertificateRejected,
	vaultServer: finding.OtherServerCertificateRejected, serviceMesh: finding.OtherServerCertificateRejected, forwardProxy: finding.OtherServerCertificateRejected,
	talosAPI: finding.OtherServerCertificateRejected, k3sServer: finding.OtherServerCertificateRejected, rancherServer: finding.OtherServerCertificateRejected, grpcServer: finding.OtherServerCertificateRejected, otherServer: finding.OtherServerCertificateRejected,
}

// kubeletFindings are the findings about a kubelet's certificate.
var kubeletFindings = map[fault]finding.ID{
	untrusted: finding.KubeletCertificateUntrusted, wrongUsage: finding.KubeletCertificateUntrusted, faulty: finding.KubeletCertificateUntrusted, otherName: finding.KubeletCertificateNameMismatch,
	notNow: finding.KubeletCertificateExpired, noServing: finding.KubeletServingCertificateMissing,
}

// behind are the servers that an API server connects to.
var behind = []component{kubelet, admissionWebhook, conversionWebhook, aggregatedAPI, proxiedServer, etcd}

// findingOf returns the finding for a fault of the connection to a component. It returns false if
// the message keeps its own finding: for the API server, and for a server that the text does not
// show.
func findingOf(c component, what fault) (finding.ID, bool) {
	switch {
	case c == apiServer || c == "":
		return "", false
	case what == connection || what == throughProxy:
		return finding.OtherServerUnreachable, slices.Contains(behind, c) || c == k3sServer && what == connection
	case c == kubelet && kubeletFindings[what] != "":
		return kubeletFindings[what], true
	case c == kubelet:
		return finding.OtherServerUnreachable, true
	}
	return certificateFindings[c], true
}
